"""Does every end of a test lead to one signed receipt, which tells what was saved and no more?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit import queries as audit
from app.processes import receipts_due
from app.processes.closing_time import close_expired
from app.receipts import service as receipts
from app.receipts.errors import ReceiptNotReady, StillRuns
from app.receipts.models import Receipt
from app.receipts.queries import ReceiptFacts, receipt_of, sheet_of
from app.sittings.journal import SaveAnswer
from app.sittings.models import Answer, Sitting
from app.sittings.queries import SittingFacts, journal, sitting_with_id
from app.sittings.rules import Cause
from app.sittings.service import quarantine
from app.wiring import Tools
from certs.authority import Authority, create
from certs.keys import KeyUse, MemoryKeyStore, key_id
from certs.receipt import seal_of
from certs.receipt_verification import ReceiptVerdict, verify_receipt
from certs.sheet import parse_sheet
from certs.trust import load_trust_list
from config import Settings
from tests.kit.factories.receipts import MakeReceipt
from tests.kit.factories.sittings import EndSitting, SaveOne, StartSitting
from tests.kit.outside import HandClock
from tests.kit.pki import make_keys

Ended = Callable[..., SittingFacts]


@pytest.fixture
def row(session: Session) -> Callable[[SittingFacts], Receipt]:
    def read(sitting: SittingFacts) -> Receipt:
        session.rollback()
        session.expire_all()
        return session.get_one(Receipt, sitting.id)

    return read


def checked(receipt: ReceiptFacts, keys: Authority, sheet: bytes | None = None) -> ReceiptVerdict:
    trust = load_trust_list(keys.trust_list(1, receipt.signed_at), keys.pinned_root())
    return verify_receipt(receipt.token, trust, sheet=sheet).verdict


def test_end_writes_one_row_and_signs_nothing(ended: Ended, row: Callable[..., Receipt]) -> None:
    kept = row(ended())

    assert len(kept.secret) == 32
    assert (kept.payload, kept.token, kept.code) == (None, None, None)


def test_second_end_changes_no_secret(
    ended: Ended, end: EndSitting, row: Callable[..., Receipt], session: Session
) -> None:
    sitting = ended()
    before = row(sitting).secret
    session.rollback()

    end(sitting)

    assert row(sitting).secret == before


@pytest.mark.parametrize("cause", [Cause.CLICK, Cause.PROCTOR])
def test_receipt_states_what_was_saved(
    make_receipt: MakeReceipt, keys: Authority, clock: HandClock, cause: Cause
) -> None:
    receipt = make_receipt(counts=(15, 4, 0, 10), cause=cause)
    stated = receipt.stated

    assert [(count.asked, count.answered) for count in stated.counts] == [(15, 15), (15, 9), (15, 7), (10, 10)]
    assert (stated.rows, stated.cause, stated.late, stated.credit_seconds) == (41, cause.value, 0, 0)
    assert stated.ended_at == clock.now().replace(microsecond=0)
    assert (stated.programme_code, stated.issuer) == ("corps-b-legislation", keys.issuer)
    assert receipt.code == stated.code
    assert checked(receipt, keys) is ReceiptVerdict.GENUINE


def test_sweep_gives_a_receipt_too(
    start_sitting: StartSitting,
    answer: SaveOne,
    keys: Authority,
    make_receipts_due: Callable[[], int],
    clock: HandClock,
    tools: Tools,
    app: Flask,
    session: Session,
) -> None:
    sitting = start_sitting()
    answer(sitting, 1)
    clock.advance(hours=3)
    with app.app_context():
        close_expired(tools)

    assert make_receipts_due() == 1
    stated = receipt_of(sitting.id, session=session).stated
    assert (stated.cause, stated.rows, stated.answered) == ("time", 1, 1)


def test_test_without_an_answer_has_a_receipt(
    start_sitting: StartSitting,
    end: EndSitting,
    reread: Callable[..., SittingFacts],
    keys: Authority,
    make_receipts_due: Callable[[], int],
    session: Session,
) -> None:
    sitting = start_sitting()
    end(sitting)
    make_receipts_due()
    receipt = receipt_of(sitting.id, session=session)
    sheet = sheet_of(reread(sitting), session=session)

    assert (receipt.stated.rows, receipt.stated.answered, sheet.rows) == (0, 0, ())
    assert checked(receipt, keys, sheet.to_json()) is ReceiptVerdict.SHEET_FITS


def test_cleared_answer_counts_as_blank_and_its_rows_are_told(
    start_sitting: StartSitting,
    answer: SaveOne,
    end: EndSitting,
    keys: Authority,
    make_receipts_due: Callable[[], int],
    session: Session,
) -> None:
    sitting = start_sitting()
    for sequence, option in enumerate((1, 2, None), 1):
        answer(sitting, sequence, 7, option)
    end(sitting)
    make_receipts_due()

    stated = receipt_of(sitting.id, session=session).stated
    assert (stated.rows, stated.answered) == (3, 0)


def test_late_answers_and_credit_are_stated(
    start_sitting: StartSitting,
    answer: SaveOne,
    end: EndSitting,
    reread: Callable[..., SittingFacts],
    keys: Authority,
    make_receipts_due: Callable[[], int],
    clock: HandClock,
    session: Session,
) -> None:
    sitting = start_sitting()
    answer(sitting, 1)
    session.execute(update(Sitting).where(Sitting.id == sitting.id).values(credit_seconds=90))
    clock.advance(minutes=59)
    late = SaveAnswer(sitting_id=sitting.id, nonce=sitting.live_nonce or b"", sequence=2, position=4, option=3)
    assert quarantine(late, session=session, now=clock.now())
    end(sitting, Cause.TIME)
    make_receipts_due()

    receipt, sheet = receipt_of(sitting.id, session=session), sheet_of(reread(sitting), session=session)
    assert (receipt.stated.late, receipt.stated.credit_seconds, receipt.stated.rows) == (1, 90, 1)
    assert [(row.number, row.question, row.option, row.received_at) for row in sheet.late] == [(2, 4, 3, clock.now())]
    assert checked(receipt, keys, sheet.to_json()) is ReceiptVerdict.SHEET_FITS


def test_receipt_is_the_same_each_time(
    make_receipt: MakeReceipt, make_receipts_due: Callable[[], int], session: Session, clock: HandClock
) -> None:
    first = make_receipt()
    clock.advance(days=1)

    assert make_receipts_due() == 0
    assert receipt_of(first.sitting_id, session=session) == first


def test_recording_is_an_act_with_the_digest_of_the_bytes(make_receipt: MakeReceipt, session: Session) -> None:
    receipt = make_receipt()
    (act,) = [act for act in audit.concerning([str(receipt.sitting_id)], session=session) if "receipt" in act.kind]

    assert act.kind == "receipts.receipt.recorded"
    assert act.facts is not None
    assert act.facts["digest"] == hashlib.sha256(receipt.payload).hexdigest()


def test_many_are_made_in_batches(
    ended: Ended, keys: Authority, make_receipts_due: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts_due, "BATCH", 2)
    for _ in range(3):
        ended(counts=(0, 0, 0, 0))

    assert make_receipts_due() == 3
    assert make_receipts_due() == 0


def test_without_keys_it_waits(
    ended: Ended,
    make_receipts_due: Callable[[], int],
    settings: Settings,
    clock: HandClock,
    row: Callable[..., Receipt],
) -> None:
    sitting = ended()
    assert make_receipts_due() == 0
    assert row(sitting).payload is None

    make_keys(settings, clock.now() - timedelta(days=1))
    assert make_receipts_due() == 1


def test_crash_after_recording_leaves_bytes_that_are_signed_later(
    ended: Ended,
    keys: Authority,
    tools: Tools,
    session: Session,
    clock: HandClock,
    make_receipts_due: Callable[[], int],
    row: Callable[..., Receipt],
) -> None:
    sitting = ended()
    session.rollback()
    receipts.record(sitting.id, tools.keys.ring, session=session, now=clock.now())
    session.commit()
    recorded = row(sitting).payload
    session.rollback()
    with pytest.raises(ReceiptNotReady):
        receipt_of(sitting.id, session=session)
    clock.advance(minutes=5)

    assert make_receipts_due() == 1
    assert recorded is not None
    assert receipt_of(sitting.id, session=session).payload == recorded


def test_new_key_in_between_records_anew(
    ended: Ended,
    keys: Authority,
    tools: Tools,
    session: Session,
    clock: HandClock,
    make_receipts_due: Callable[[], int],
) -> None:
    sitting = ended()
    session.rollback()
    other = make_other_ring(keys)
    receipts.record(sitting.id, other, session=session, now=clock.now())
    session.commit()

    assert make_receipts_due() == 1, "the old bytes are taken back"
    assert make_receipts_due() == 1
    receipt = receipt_of(sitting.id, session=session)
    assert session.get_one(Receipt, sitting.id).kid == key_id(tools.keys.ring.certificate(KeyUse.RECEIPT))
    assert checked(receipt, keys) is ReceiptVerdict.GENUINE


def make_other_ring(keys: Authority) -> MemoryKeyStore:
    window = keys.leaves[0].certificate.not_valid_before_utc
    return create(keys.issuer, window, demonstration=True).ring()


def test_one_that_cannot_be_made_keeps_no_other_waiting(
    ended: Ended, keys: Authority, make_receipts_due: Callable[[], int], session: Session
) -> None:
    broken, whole = ended(), ended()
    session.execute(update(Sitting).where(Sitting.id == broken.id).values(final_sequence=0))
    session.commit()

    assert make_receipts_due() == 1
    assert receipt_of(whole.id, session=session)
    with pytest.raises(ReceiptNotReady):
        receipt_of(broken.id, session=session)


def test_running_test_has_neither_receipt_nor_sheet(
    start_sitting: StartSitting, make_receipts_due: Callable[[], int], keys: Authority, session: Session
) -> None:
    sitting = start_sitting()

    assert make_receipts_due() == 0
    with pytest.raises(StillRuns):
        sheet_of(sitting, session=session)


# --- what it hides


def test_receipts_of_the_same_answers_cannot_be_linked(make_receipt: MakeReceipt, session: Session) -> None:
    """Two people, the same counts: every byte that could come from the answers is another."""
    one, other = make_receipt(counts=(15, 15, 15, 10)), make_receipt(counts=(15, 15, 15, 10))

    assert one.stated.counts == other.stated.counts
    assert one.stated.seal != other.stated.seal
    assert one.code != other.code
    secrets = set(session.scalars(select(Receipt.secret)))
    assert len(secrets) == 2


def test_receipt_holds_neither_head_nor_secret_nor_fingerprint(
    make_receipt: MakeReceipt, session: Session, reread: Callable[..., SittingFacts]
) -> None:
    receipt = make_receipt()
    sitting = session.get_one(Sitting, receipt.sitting_id)
    secret = session.get_one(Receipt, receipt.sitting_id).secret

    for hidden in (sitting.final_head or b"", sitting.first_head, secret):
        assert hidden[:8] not in receipt.token
    assert receipt.stated.seal == seal_of(secret, sitting.id, sitting.final_sequence or 0, sitting.final_head or b"")


# --- the sheet


def test_sheet_has_the_rows_as_saved_and_fits_the_receipt(
    make_receipt: MakeReceipt,
    keys: Authority,
    session: Session,
    right_options: Callable[..., dict[int, int]],
) -> None:
    receipt = make_receipt()
    sitting = sitting_with_id(receipt.sitting_id, session=session)
    content = sheet_of(sitting, session=session).to_json()
    read = parse_sheet(content)

    saved = journal(sitting.id, session=session)
    assert [(r.number, r.question, r.option, r.saved_at, r.head) for r in read.rows] == [
        (e.row.sequence, e.row.position, e.row.option, e.row.saved_at, e.head) for e in saved
    ]
    assert [(act.first, act.last) for act in read.acts] == [(1, 15), (16, 30), (31, 45), (46, 55)]
    assert checked(receipt, keys, content) is ReceiptVerdict.SHEET_FITS
    assert content == sheet_of(sitting, session=session).to_json()


def test_answer_changed_in_the_database_no_longer_fits(
    make_receipt: MakeReceipt, keys: Authority, session: Session
) -> None:
    receipt = make_receipt()
    row = session.get_one(Answer, (receipt.sitting_id, 3))
    row.option = (row.option or 0) % 4 + 1
    session.flush()
    sitting = sitting_with_id(receipt.sitting_id, session=session)

    assert checked(receipt, keys, sheet_of(sitting, session=session).to_json()) is ReceiptVerdict.SHEET_DIFFERS
