"""Is whatever somebody with direct SQL does to the log found and named, also where they cover it?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from app.audit import queries
from app.audit.errors import LogContradicted
from certs.log import Kept, SignedCheckpoint
from certs.note import Checkpoint, sign_note
from tests.kit.factories.audit import Attacker, CheckLog, RecordAct, SignLog
from tests.kit.outside import HandClock

SIGNED = (4, 8)
SIZE = 12
REWRITTEN = "One of the acts 5 to 8 is another than when the checkpoint of 8 acts was signed."


@pytest.fixture
def notes(record_act: RecordAct, sign_log: SignLog, clock: HandClock) -> list[SignedCheckpoint]:
    """Twelve acts, a minute apart; the first four and the first eight of them are signed."""
    signed = []
    for number in range(1, SIZE + 1):
        clock.advance(minutes=1)
        record_act(subject=f"thing {number}", number=number)
        if number in SIGNED:
            signed.append(sign_log())
    return signed


def changed(seq: int, **fields: Any) -> Callable[[list[Kept]], list[Kept]]:
    """Another act in the place of ``seq``."""

    def tamper(acts: list[Kept]) -> list[Kept]:
        kept = acts[seq - 1]
        acts[seq - 1] = replace(kept, act=replace(kept.act, **fields))
        return acts

    return tamper


def other_facts(acts: list[Kept]) -> list[Kept]:
    salt, _ = acts[5].body or (b"", {})
    acts[5] = replace(acts[5], body=(salt, {"number": 600}))
    return acts


def back_dated(seq: int, by: timedelta) -> Callable[[list[Kept]], list[Kept]]:
    return lambda acts: changed(seq, at=acts[seq - 1].act.at - by)(acts)


def exchanged(acts: list[Kept]) -> list[Kept]:
    """The sixth and the seventh in each other's place, each under the other's number."""
    sixth, seventh = acts[5], acts[6]
    acts[5] = replace(seventh, act=replace(seventh.act, seq=6))
    acts[6] = replace(sixth, act=replace(sixth.act, seq=7))
    return acts


def inserted(acts: list[Kept]) -> list[Kept]:
    """A seventh act that nobody did; the later ones move up."""
    moved = [replace(kept, act=replace(kept.act, seq=kept.act.seq + 1)) for kept in acts[6:]]
    new = replace(acts[5], act=replace(acts[5].act, seq=7, actor="nobody"))
    return [*acts[:6], new, *moved]


NOT_RECORDED = "Act {} is not what was recorded: its fields do not give its leaf."


def test_log_to_which_nothing_was_done_is_whole(notes: list[SignedCheckpoint], check_log: CheckLog) -> None:
    assert check_log() is None
    assert check_log(*(signed.note for signed in notes)) is None


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        pytest.param(
            ["UPDATE audit_entry SET actor = 'somebody else' WHERE seq = 6"], NOT_RECORDED.format(6), id="change"
        ),
        pytest.param(
            ["UPDATE audit_body SET facts = '{\"number\": 7}' WHERE seq = 6"],
            "The facts of act 6 are not those that were recorded.",
            id="change the facts",
        ),
        pytest.param(
            ["DELETE FROM audit_body WHERE seq = 6"],
            "The facts of act 6 are missing, and no erasure is recorded.",
            id="delete the facts",
        ),
        pytest.param(
            ["DELETE FROM audit_body WHERE seq = 6", "DELETE FROM audit_entry WHERE seq = 6"],
            "Act 6 is missing: after 5 comes 7.",
            id="delete",
        ),
        pytest.param(
            [
                "INSERT INTO audit_entry SELECT 13, at, 'nobody', kind, subject, commitment, leaf "
                "FROM audit_entry WHERE seq = 12"
            ],
            "Act 13 did not come through the log's writer: the head counts 12 acts.",
            id="insert at the end",
        ),
        pytest.param(
            ["UPDATE audit_entry SET at = '2026-11-20 05:00:00.000000' WHERE seq = 6"],
            NOT_RECORDED.format(6),
            id="back-date",
        ),
        pytest.param(
            ["DELETE FROM audit_body WHERE seq > 10", "DELETE FROM audit_entry WHERE seq > 10"],
            "Acts 11 to 12 are missing: the log ends with act 10, and 12 are counted by the head.",
            id="cut the tail",
        ),
    ],
)
@pytest.mark.usefixtures("notes")
def test_tampering_by_direct_sql_is_named(
    attacker: Attacker, check_log: CheckLog, statements: list[str], sentence: str
) -> None:
    attacker.sql(*statements)

    assert check_log() == sentence


@pytest.mark.parametrize(
    ("tamper", "sentence"),
    [
        pytest.param(inserted, NOT_RECORDED.format(7), id="insert within"),
        pytest.param(exchanged, NOT_RECORDED.format(6), id="swap"),
    ],
)
@pytest.mark.usefixtures("notes")
def test_acts_moved_to_other_numbers_are_named(
    attacker: Attacker, check_log: CheckLog, tamper: Callable[[list[Kept]], list[Kept]], sentence: str
) -> None:
    attacker.put(tamper)

    assert check_log() == sentence


@pytest.mark.parametrize(
    ("tamper", "sentence"),
    [
        pytest.param(changed(6, actor="somebody else"), REWRITTEN, id="change"),
        pytest.param(other_facts, REWRITTEN, id="change the facts"),
        pytest.param(lambda acts: [*acts[:5], *acts[6:]], REWRITTEN, id="delete"),
        pytest.param(inserted, REWRITTEN, id="insert"),
        pytest.param(exchanged, REWRITTEN, id="swap"),
        pytest.param(back_dated(6, timedelta(minutes=1)), REWRITTEN, id="back-date by a minute"),
        pytest.param(
            back_dated(6, timedelta(hours=1)),
            "Act 6, dated 2026-11-24T04:06:00+00:00, was back-dated: "
            "the acts before it were signed at 2026-11-24T05:04:00+00:00.",
            id="back-date by an hour",
        ),
        pytest.param(
            back_dated(10, timedelta(hours=1)),
            "Act 10, dated 2026-11-24T04:10:00+00:00, was back-dated: "
            "the acts before it were signed at 2026-11-24T05:08:00+00:00.",
            id="back-date after the last checkpoint",
        ),
        pytest.param(
            lambda acts: acts[:6],
            "Acts 7 to 8 are missing: the log ends with act 6, and 8 were signed.",
            id="cut the tail",
        ),
    ],
)
@pytest.mark.usefixtures("notes")
def test_tampering_that_is_covered_is_betrayed_by_a_checkpoint(
    attacker: Attacker, check_log: CheckLog, tamper: Callable[[list[Kept]], list[Kept]], sentence: str
) -> None:
    attacker.rewrite(tamper)

    assert check_log() == sentence


def test_tail_cut_with_its_checkpoints_shows_only_to_who_kept_one(
    attacker: Attacker, check_log: CheckLog, notes: list[SignedCheckpoint]
) -> None:
    attacker.rewrite(lambda acts: acts[:3])
    attacker.sql("DELETE FROM audit_checkpoint")

    assert check_log() is None
    assert check_log(notes[1].note) == "Acts 4 to 8 are missing: the log ends with act 3, and 8 were signed."


def test_whole_log_written_anew_shows_only_to_who_kept_a_checkpoint(
    attacker: Attacker, check_log: CheckLog, sign_log: SignLog, notes: list[SignedCheckpoint]
) -> None:
    attacker.rewrite(changed(6, actor="somebody else"))
    attacker.sql("DELETE FROM audit_checkpoint")
    sign_log()

    assert check_log() is None
    assert check_log(notes[1].note) == (
        "One of the acts 1 to 8 is another than when the checkpoint of 8 acts was signed."
    )


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(changed(6, actor="somebody else"), id="change"),
        pytest.param(lambda acts: acts[:6], id="cut the tail"),
    ],
)
@pytest.mark.usefixtures("notes")
def test_log_that_contradicts_its_last_checkpoint_is_not_signed_on(
    attacker: Attacker, sign_log: SignLog, tamper: Callable[[list[Kept]], list[Kept]]
) -> None:
    attacker.rewrite(tamper)

    with pytest.raises(LogContradicted):
        sign_log()


@pytest.mark.usefixtures("notes")
def test_what_no_checkpoint_covers_can_be_cut_unseen(attacker: Attacker, check_log: CheckLog) -> None:
    """Why the log is signed every minute while people sit."""
    attacker.rewrite(lambda acts: acts[:9])

    assert check_log() is None


@pytest.mark.usefixtures("notes")
def test_head_set_back_is_named(attacker: Attacker, check_log: CheckLog, session: Session) -> None:
    whole = attacker.acts()
    attacker.rewrite(lambda acts: acts[:6])
    head = queries.head_of_log(session).to_bytes()
    session.rollback()
    attacker.rewrite(lambda _: whole)

    attacker.sql("UPDATE audit_head SET frontier = :head", head=head)

    assert check_log() == "The head was set back: it counts 6 acts, and 8 were signed."


@pytest.mark.usefixtures("notes")
def test_act_changed_after_the_last_checkpoint_is_told_by_the_head(attacker: Attacker, check_log: CheckLog) -> None:
    def with_its_leaf(acts: list[Kept]) -> list[Kept]:
        from tests.kit.factories.audit import recomputed  # noqa: PLC0415  # only here

        return recomputed(changed(10, actor="somebody else")(acts))

    attacker.put(with_its_leaf)

    assert check_log() == "The head is not that of these 12 acts: it was changed, or one of the last acts was."


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        pytest.param("UPDATE audit_checkpoint SET root = :zeros WHERE size = 8", "its note states another size or root",
                     id="another root"),
        pytest.param("UPDATE audit_checkpoint SET note = 'signed, really' WHERE size = 8",
                     "malformed: no empty line between text and signatures", id="no note"),
        pytest.param(
            "UPDATE audit_checkpoint SET note = (SELECT c.note FROM audit_checkpoint c WHERE c.size = 4) "
            "WHERE size = 8",
            "its note states another size or root",
            id="another note",
        ),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("notes")
def test_forged_checkpoint_is_named(attacker: Attacker, check_log: CheckLog, forge: str, reason: str) -> None:
    attacker.sql(forge, **({"zeros": bytes(32)} if ":zeros" in forge else {}))

    assert check_log() == f"The checkpoint of 8 acts is no signed word of this log: {reason}."


def test_checkpoint_that_covers_a_rewriting_needs_the_key_of_the_log(
    attacker: Attacker, check_log: CheckLog, session: Session, notes: list[SignedCheckpoint]
) -> None:
    attacker.rewrite(changed(6, actor="somebody else"))
    root = queries.head_of_log(session).root
    session.rollback()
    origin = notes[0].note.split("\n")[0]
    own_key = Ed25519PrivateKey.generate()
    note = sign_note(Checkpoint(origin=origin, size=SIZE, root=root).to_text(), origin, own_key)
    attacker.sql("DELETE FROM audit_checkpoint WHERE size = 8")
    attacker.sql(
        "INSERT INTO audit_checkpoint SELECT 12, :root, at, :note FROM audit_checkpoint WHERE size = 4",
        root=root,
        note=note,
    )

    assert check_log() == (
        "The checkpoint of 12 acts is no signed word of this log: "
        f"unknown-key: signed by {origin}, and by no key that is known here."
    )


def test_hash_of_the_tree_changed_beside_its_acts_is_named(
    attacker: Attacker, check_log: CheckLog, session: Session, clock: HandClock
) -> None:
    from app.audit import service  # noqa: PLC0415  # many acts in one unit of work

    for number in range(600):
        service.record("tests.thing.done", session=session, at=clock.now(), actor="a", subject="b", number=number)
    session.commit()
    assert check_log() is None

    attacker.sql("UPDATE audit_node SET hash = :zeros WHERE position = 1", zeros=bytes(32))

    assert check_log() == "The hash over acts 257 to 512 is not that of these acts: proofs made from it do not hold."
