"""Can an auditor see what proves an act, and can somebody outside follow the log?"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.audit import queries, service
from certs.log import Act, commitment, leaf_bytes
from certs.merkle import leaf_hash, verify_consistency, verify_inclusion
from certs.note import Checkpoint, open_note, parse_verifier_key
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.audit import Attacker, RecordAct, SignLog
from tests.kit.outside import HandClock
from tests.kit.pages import Page

LANGUAGES = ("kk", "ru", "en")


@pytest.fixture
def auditor(client_request: ClientRequest, make_account: MakeAccount) -> ClientRequest:
    client_request.sign_in(make_account(role=Role.AUDITOR))
    return client_request


@pytest.fixture
def seven_acts(record_act: RecordAct, clock: HandClock) -> None:
    for number in range(1, 8):
        clock.advance(minutes=1)
        record_act(subject=f"thing {number}", number=number, text="<b>", nothing=None)


# --- one act


@pytest.mark.usefixtures("seven_acts")
def test_page_of_an_act_shows_what_proves_it(auditor: ClientRequest, sign_log: SignLog, session: Session) -> None:
    signed = sign_log()

    page = auditor.get("reports.act", seq=3)

    proof = queries.prove(3, session=session)
    words = page.words()
    assert page.h1 == "Act 3 of the log"
    for stated in ("24.11.2026 10:03:00", "tests.thing.done", "thing 3", "<b>", proof.leaf.hex()):
        assert stated in words, stated
    assert "The proof holds" in words
    assert "the root of the 7 acts that was signed on 24.11.2026 10:07:00" in words
    assert [code.text for code in page.all(".//ol[@class='path']//code")] == [node.hex() for node in proof.path]
    assert page.all(".//pre")[0].text == signed.note


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.usefixtures("seven_acts")
def test_pages_of_the_log_are_shown_in_every_language(
    auditor: ClientRequest, sign_log: SignLog, record_act: RecordAct, language: str
) -> None:
    sign_log()
    record_act("sittings.sitting.ended")
    auditor.post("pages.choose_language", {}, code=language)

    for page in (auditor.get("reports.act", seq=1), auditor.get("reports.act", seq=8)):
        assert page.tree.get("lang") == language
    auditor.get("reports.log")
    auditor.get("reports.checkpoints")


@pytest.mark.usefixtures("seven_acts")
def test_act_that_is_not_signed_yet_says_so(auditor: ClientRequest, sign_log: SignLog, record_act: RecordAct) -> None:
    sign_log()
    record_act()

    assert "Not signed yet" in auditor.get("reports.act", seq=8).words()
    assert auditor.get("reports.proof", 409, seq=8).h1 == "Not signed yet"


@pytest.mark.usefixtures("seven_acts")
def test_erased_facts_are_said_to_be_erased_by_which_act(
    auditor: ClientRequest, sign_log: SignLog, session: Session, clock: HandClock
) -> None:
    service.erase_facts(3, reason="decision 12", actor="two", session=session, now=clock.now())
    sign_log()

    page = auditor.get("reports.act", seq=3)

    assert "The facts were erased on 24.11.2026 10:07. Act 8 of the log" in page.words()
    assert "The proof holds" in page.words()
    assert "The facts were erased." in auditor.get("reports.log").words()
    assert proof_of(auditor, 3)["facts"] is None


@pytest.mark.usefixtures("seven_acts")
def test_page_of_a_changed_act_says_that_the_proof_does_not_hold(
    auditor: ClientRequest, sign_log: SignLog, attacker: Attacker
) -> None:
    sign_log()
    attacker.sql("UPDATE audit_entry SET subject = 'another' WHERE seq = 3")

    assert "The proof does not hold" in auditor.get("reports.act", seq=3).words()
    assert "The proof holds" in auditor.get("reports.act", seq=4).words()


@pytest.mark.usefixtures("seven_acts")
def test_facts_that_vanished_are_said_to_be_missing(auditor: ClientRequest, attacker: Attacker) -> None:
    attacker.sql("DELETE FROM audit_body WHERE seq = 3")

    assert "no act tells that they were erased" in auditor.get("reports.act", seq=3).words()


@pytest.mark.parametrize("seq", [0, 8, 2**63, 10**30])
@pytest.mark.usefixtures("seven_acts")
def test_act_that_is_not_there_is_not_found(auditor: ClientRequest, seq: int) -> None:
    auditor.get("reports.act", 404, seq=seq)
    auditor.get("reports.proof", 404, seq=seq)


# --- the proof as a file


def proof_of(auditor: ClientRequest, seq: int) -> dict:
    page = auditor.get("reports.proof", seq=seq)
    assert page.headers["Content-Disposition"] == f"attachment; filename=act-{seq}-proof.json"
    return json.loads(page.body)


@pytest.mark.usefixtures("seven_acts")
def test_proof_can_be_checked_by_what_the_page_of_the_log_says(auditor: ClientRequest, sign_log: SignLog) -> None:
    sign_log()

    proof = proof_of(auditor, 3)

    act = dict(proof["act"])
    made_from = bytes.fromhex(proof["salt"]), proof["facts"]
    committed = bytes.fromhex(act.pop("commitment"))
    leaf = bytes.fromhex(proof["leaf"])
    assert proof["form"] == "synaq-act-proof-v1"
    assert commitment(*made_from) == committed
    at = datetime.fromisoformat(act.pop("at"))
    assert leaf_hash(leaf_bytes(Act(**act, at=at, commitment=committed))) == leaf
    said = Checkpoint.from_text(open_note(proof["checkpoint"], map(parse_verifier_key, proof["key"])))
    path = [bytes.fromhex(node) for node in proof["path"]]
    assert verify_inclusion(leaf, act["seq"] - 1, said.size, path, said.root)
    assert not verify_inclusion(leaf, act["seq"], said.size, path, said.root)


# --- checkpoints, and those who keep them


@pytest.mark.usefixtures("keys")
def test_log_without_a_signature_says_so(auditor: ClientRequest, make_browser: Callable[[], ClientRequest]) -> None:
    visitor = make_browser()
    visitor.post("pages.choose_language", {}, code="en")

    assert "Nothing has been signed yet." in auditor.get("reports.checkpoints").words()
    assert visitor.get("witness.checkpoint", 404).text == "Nothing has been signed yet.\n"
    assert visitor.get("witness.consistency", 409, old=1, new=1).h1 == "Not signed yet"


@pytest.mark.usefixtures("seven_acts")
def test_checkpoints_are_listed_newest_first_with_the_way_to_verify(
    auditor: ClientRequest, sign_log: SignLog, record_act: RecordAct
) -> None:
    first = sign_log()
    record_act()
    second = sign_log()

    page = auditor.get("reports.checkpoints")

    notes = [note.text for note in page.all(".//li[@class='checkpoint']//pre")]
    assert notes == [second.note, first.note]
    assert "python -m certs verify-log FOLDER --key 'synaq-test/log+" in page.words()
    assert "The log has 8 acts now." in page.words()


@pytest.mark.usefixtures("seven_acts")
def test_witness_follows_the_log_from_note_to_note(
    make_browser: Callable[[], ClientRequest], sign_log: SignLog, record_act: RecordAct
) -> None:
    witness = make_browser()
    sign_log()
    keys = [parse_verifier_key(line) for line in witness.get("witness.key").text.splitlines()]
    before = noted(witness.get("witness.checkpoint"), keys)
    for _ in range(5):
        record_act()
    sign_log()

    after = noted(witness.get("witness.checkpoint"), keys)
    answer = json.loads(witness.get("witness.consistency", old=before.size, new=after.size).body)

    path = [bytes.fromhex(node) for node in answer["proof"]]
    assert (answer["old"], answer["new"]) == (7, 12)
    assert verify_consistency(7, 12, before.root, after.root, path)
    assert not verify_consistency(7, 12, after.root, after.root, path)


def noted(page: Page, keys: list) -> Checkpoint:
    assert page.headers["Content-Type"].startswith("text/plain")
    return Checkpoint.from_text(open_note(page.text, keys))


@pytest.mark.parametrize(("old", "new", "status"), [(0, 7, 404), (7, 6, 404), (7, 8, 409), (1, 10**30, 409)])
@pytest.mark.usefixtures("seven_acts")
def test_witness_who_asks_for_what_never_was_is_told(
    make_browser: Callable[[], ClientRequest],
    sign_log: SignLog,
    record_act: RecordAct,
    old: int,
    new: int,
    status: int,
) -> None:
    sign_log()
    record_act()

    make_browser().get("witness.consistency", status, old=old, new=new)


def test_installation_without_keys_has_no_key_to_show(client_request: ClientRequest) -> None:
    client_request.get("witness.key", 503)


@pytest.mark.usefixtures("seven_acts")
def test_what_is_public_says_nothing_of_the_acts(make_browser: Callable[[], ClientRequest], sign_log: SignLog) -> None:
    sign_log()
    visitor = make_browser()

    shown = visitor.get("witness.checkpoint").text + visitor.get("witness.consistency", old=3, new=7).text

    assert "thing" not in shown
    for seq in range(1, 8):
        assert visitor.get("reports.act", 302, seq=seq).location.startswith("/sign-in?next=")
