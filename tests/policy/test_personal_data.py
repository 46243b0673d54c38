"""Is every table that holds something about a person in the copy of their data, or left out for a reason?"""

from __future__ import annotations

import json

import pytest

from app.db import Base
from tests.policy.tree import ROOT, import_everything, listed

SCHEMA = json.loads((ROOT / "docs" / "personal-data" / "export.schema.json").read_text(encoding="utf-8"))

EXPORTED = {
    "accommodation": "accommodations",
    "account": "account",
    "answer": "sittings",
    "appeal": "appeals",
    "appeal_question": "appeals",
    "applicant": "person",
    "application": "applications",
    "ban": "bans",
    "booking": "bookings",
    "certificate": "certificates",
    "certificate_status": "certificates",
    "check_in": "bookings",
    "email_change": "account",
    "erasure_request": "erasures",
    "late_answer": "sittings",
    "notice": "notices",
    "paper": "sittings",
    "receipt": "receipts",
    "result": "results",
    "result_void": "results",
    "sitting": "sittings",
    "sitting_credit": "sittings",
    "sitting_event": "sittings",
    "sitting_gap": "sittings",
    "waiting": "waiting",
}
"""Tables about people, each with the part of the copy that tells them."""

LEFT_OUT = {
    "appeal_member": "who decides, and how each one votes, is nobody's but the commission's",
    "approval_request": "about acts of the staff",
    "invitation": "for people behind the desk",
    "move_code": "a secret for minutes, as a hash",
    "outbound_event": "that a result or a certificate, which are there, was told to the HR system; no words of its own",
    "password_reset": "a link that works for minutes; asking for it is an act, which is there",
    "prepared_sitting": "what the start of a test reads, minutes before it; the sitting, which is there, has the same",
    "recovery_code": "a secret of people behind the desk, as a hash",
    "registration": "what was typed within the hour; account, person and consent that came of it are there",
    "second_factor": "a secret of people behind the desk",
    "sitting_beat": "when a page was last heard; overwritten each few seconds",
    "struck_booking": "what a job did to a booking; the new booking, the waiting list and the act are there",
}
"""Tables that lead to people and are not in the copy, each with the reason."""

OF_PEOPLE = {"account_id", "applicant_id", "subject_id"}
"""Columns that name a person, or what is theirs, also where no foreign key says so."""


@pytest.fixture(scope="module", autouse=True)
def _all_tables() -> None:
    import_everything()


def about_people() -> set[str]:
    """Return the tables from which foreign keys lead to a person, over however many tables."""
    tables = Base.metadata.tables.values()
    found = {"account", "applicant"} | {table.name for table in tables if OF_PEOPLE & set(table.columns.keys())}
    while True:
        more = {table.name for table in tables for key in table.foreign_keys if key.column.table.name in found} - found
        if not more:
            return found
        found |= more


def test_every_table_about_people_is_in_the_copy_or_left_out_for_a_reason() -> None:
    known, both = EXPORTED.keys() | LEFT_OUT.keys(), EXPORTED.keys() & LEFT_OUT.keys()
    new, gone = about_people() - known, known - about_people()

    assert not new, f"add these to app/personal and EXPORTED, else to LEFT_OUT with the reason:{listed(sorted(new))}"
    assert not gone, f"these are no more, or lead to nobody:{listed(sorted(gone))}"
    assert not both, f"decide:{listed(sorted(both))}"


def test_parts_that_are_named_are_in_the_schema() -> None:
    missing = set(EXPORTED.values()) - set(SCHEMA["properties"])

    assert not missing, f"the schema has no such part:{listed(sorted(missing))}"
    assert set(SCHEMA["required"]) == set(SCHEMA["properties"])
