"""Does the log hear of everything that matters, and is every kind of act written down for readers?"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from app.audit.rules import KIND
from app.db import Base
from app.reports.texts import ACT_NAMES
from tests.policy.acts import Act, Module
from tests.policy.tree import APP, ROOT, import_everything, listed

CONSEQUENTIAL = {
    "accommodation": "who sits under special conditions",
    "account": "who may do what",
    "appeal": "what is contested, and how it was decided",
    "appeal_member": "who decides, and how they voted",
    "appeal_question": "which questions are contested, and which were found faulty",
    "applicant": "who sits, and under which name and IIN",
    "application": "for which competition a place is booked",
    "approval_request": "what two people decided",
    "ban": "who may not sit, and until when",
    "booking": "who has a place",
    "centre": "where tests are sat",
    "certificate": "what is certified",
    "certificate_status": "which certificates count no more",
    "draw": "what papers are drawn from",
    "erasure_request": "who wants their data erased, and until when it is done",
    "exam_session": "when and by which programme",
    "hiring_body": "for which bodies people act",
    "hours_exception": "on which days tests are sat",
    "invitation": "who is to work here, and as what",
    "item_version": "what is asked, and what is right",
    "paper": "who got which questions and which seat",
    "result": "who passed",
    "result_void": "whose result counts for nothing",
    "room": "where seats and sessions are",
    "second_factor": "how staff prove who they are",
    "session_release": "from when the tests of a session run",
    "sitting": "when somebody sat, and how it ended",
    "sitting_credit": "what was added to whose time, and why",
    "waiting": "who is offered a place, and in which order",
    "weekly_hours": "when tests are sat",
    "workstation": "which seats there are",
}
"""Tables whose every change is an act, each with what rests on it."""

OTHERS = {
    "answer": "the journal of a sitting has heads of its own: a minute's act holds those, and the end holds the last",
    "appeal_serial": "a counter; the act of the appeal has the number",
    "audit_body": "the log itself",
    "audit_checkpoint": "the log itself, signed",
    "audit_entry": "the log itself",
    "audit_erasure": "the log itself; the act is audit.facts.erased",
    "audit_head": "the log itself",
    "audit_node": "the log itself",
    "certificate_serial": "a counter; the act of the certificate has the number",
    "check_in": "steps of a page; identity, rules and the check of the computer are acts",
    "code_allowance": "counts letters",
    "email_change": "a wish; the address that comes of it is an act",
    "failed_lookup": "counts tries; an act tells when a number is barred",
    "job": "machinery; its cause is an act, and so is what it brings about",
    "late_answer": "unscored; that a credit lets it count is an act",
    "move_code": "a secret for minutes; making one and using it are acts",
    "notice": "words about something that is an act itself; reading it changes nothing",
    "outbound_event": "machinery; its cause is an act, and trying a failed one again is one",
    "prepared_sitting": "no clock runs yet; the start is an act and has all that counts",
    "practice_answer": "practice: counts for nothing, names nobody, is deleted after a day",
    "practice_run": "practice: counts for nothing, names nobody, is deleted after a day",
    "password_reset": "a link; asking for one and using it are acts",
    "receipt": "a signed copy of what the end of a sitting says; recording its bytes is an act",
    "recovery_code": "using one and making new ones are acts",
    "registration": "a form that changes nothing for anybody; account, applicant and consent that come of it are acts",
    "signature_challenge": "texts that are used up; the sign-in is an act",
    "struck_booking": "what a job did to each booking of a change; moves, cancellations and waiting are acts",
    "sign_in_throttle": "counts tries; an act tells of each wait, and the log cannot be flooded",
    "status_list": "a signed copy of what certificate_status says",
    "sitting_beat": "a sign of life each few seconds",
    "sitting_gap": "when a page was silent; time that is given back for it is an act",
    "sitting_event": "what a page saw and said; nothing is scored by it",
}
"""Tables whose changes are no acts, each with its reason."""

SILENT: dict[str, str] = {}
"""Functions that change a consequential table without an act, each with its reason."""

UNWRITTEN = ("app/migrations", "app/translations")
PAGE = ROOT / "docs" / "log.md"
ROW = re.compile(r"^\| `(?P<kind>[a-z_.]+)` \|(?P<when>[^|]+)\|(?P<subject>[^|]+)\|(?P<facts>[^|]*)\|$", re.MULTILINE)


@pytest.fixture(scope="module", autouse=True)
def _all_tables() -> None:
    import_everything()


def models(tables: set[str]) -> dict[str, frozenset[str]]:
    """Return the models of these tables by class name, each with the names of its columns."""
    return {
        mapper.class_.__name__: frozenset(column.key for column in mapper.column_attrs)
        for mapper in Base.registry.mappers
        if getattr(mapper.local_table, "name", "") in tables
    }


def modules() -> list[Module]:
    paths = [path for path in sorted(APP.rglob("*.py")) if not str(path.relative_to(ROOT)).startswith(UNWRITTEN)]
    counting = models(set(CONSEQUENTIAL))
    return [Module(_name(path), ast.parse(path.read_text(encoding="utf-8")), counting) for path in paths]


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def acts() -> list[Act]:
    return [act for module in modules() for act in module.acts()]


def test_every_table_is_said_to_matter_or_not() -> None:
    tables = set(Base.metadata.tables)
    both = CONSEQUENTIAL.keys() & OTHERS.keys()
    new, gone = tables - CONSEQUENTIAL.keys() - OTHERS.keys(), (CONSEQUENTIAL.keys() | OTHERS.keys()) - tables

    assert not new, f"is each change of these an act? CONSEQUENTIAL, else OTHERS with the reason:{listed(sorted(new))}"
    assert not gone, f"these tables are no more:{listed(sorted(gone))}"
    assert not both, f"decide:{listed(sorted(both))}"


def test_every_change_that_matters_is_recorded() -> None:
    silent = {name for module in modules() for name in module.silent_writers()}

    unheard, told = sorted(silent - SILENT.keys()), sorted(SILENT.keys() - silent)
    assert not unheard, f"call audit.record where the change is made, or add to SILENT with a reason:{listed(unheard)}"
    assert not told, f"these record by now; take them out of SILENT:{listed(told)}"


def test_kinds_are_area_object_verb_of_a_room() -> None:
    rooms = {path.parent.name for path in APP.glob("*/__init__.py")}
    odd = {f"{act.kind} ({act.where})" for act in acts() if not KIND.fullmatch(act.kind) or _area(act) not in rooms}

    assert not odd, f"a kind reads area.object.verb, and the area is a room of app/:{listed(sorted(odd))}"


def test_every_kind_of_act_is_written_down() -> None:
    recorded = {act.kind for act in acts()}
    written = [row["kind"] for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))]

    missing, stale = sorted(recorded - set(written)), sorted(set(written) - recorded)
    assert not missing, f"give these a row in docs/log.md:{listed(missing)}"
    assert not stale, f"nobody records these any more; take them out of docs/log.md:{listed(stale)}"
    assert written == sorted(written), "keep the table of docs/log.md in alphabetical order, each kind once"


def test_every_fact_of_an_act_is_written_down() -> None:
    told = {row["kind"]: set(re.findall(r"`([a-z_]+)`", row["facts"])) for row in ROW.finditer(PAGE.read_text("utf-8"))}
    missing = {
        f"{act.kind}: {', '.join(sorted(act.facts - told.get(act.kind, set())))}"
        for act in acts()
        if act.facts - told.get(act.kind, set())
    }

    assert not missing, f"name these facts in docs/log.md:{listed(sorted(missing))}"


def test_every_kind_of_act_has_a_name_on_the_pages() -> None:
    recorded = {act.kind for act in acts()}

    missing, stale = sorted(recorded - ACT_NAMES.keys()), sorted(ACT_NAMES.keys() - recorded)
    assert not missing, f"name these in app/reports/texts.py, for readers:{listed(missing)}"
    assert not stale, f"nobody records these any more; take their names out of app/reports/texts.py:{listed(stale)}"


def _area(act: Act) -> str:
    return act.kind.partition(".")[0]


# --- the policy itself

HEADER = """
from sqlalchemy import insert, update, delete, text
from app.audit import service as audit
from app.scoring.models import Result
"""


def silent_in(source: str) -> list[str]:
    module = Module("app.scoring.service", ast.parse(HEADER + source), models({"result"}))
    return [name.rpartition(".")[2] for name in module.silent_writers()]


@pytest.mark.parametrize(
    "change",
    [
        "session.add(Result(total=1))",
        "session.add_all(Result(total=n) for n in range(2))",
        "session.execute(insert(Result), [])",
        "session.execute(update(Result).values(total=1))",
        "session.execute(delete(Result))",
        "session.execute(_dialect(session).insert(Result).values(total=1))",
        "row.total = 55",
        "row.passed, row.total = True, 55",
        "row.total += 1",
        "setattr(row, 'total', 1)",
        "session.delete(row)",
        "session.execute(text('UPDATE result SET total = 55'))",
    ],
)
def test_silent_change_is_found(change: str) -> None:
    source = f"def alter(row, session):\n    {change}\n"
    told = source + "    audit.record('scoring.result.altered', session=session)\n"

    assert silent_in(source) == ["alter"]
    assert silent_in(told) == []


def test_private_step_is_told_by_its_callers() -> None:
    step = "def _step(row):\n    row.total = 1\n"
    told = "def verb(row):\n    _step(row)\n    audit.record('a.b.c')\n"
    silent = "def other(row):\n    _step(row)\n"

    assert silent_in(step + told) == []
    assert silent_in(step + told + silent) == ["_step"]
    assert silent_in(step) == ["_step"], "nobody calls it here, so nobody tells"


def test_change_that_records_through_a_step_is_told() -> None:
    source = "def verb(row):\n    row.total = 1\n    _note(row)\ndef _note(row):\n    audit.record('a.b.c')\n"

    assert silent_in(source) == []


def test_reading_and_other_objects_are_no_change() -> None:
    source = "def read(session, page):\n    page.title = 'x'\n    return session.scalars(select(Result))\n"

    assert silent_in(source) == []


def test_record_of_something_else_is_no_act() -> None:
    source = "def alter(row, jobs):\n    row.total = 1\n    jobs.record('a.b.c')\n"

    assert silent_in(source) == ["alter"]
