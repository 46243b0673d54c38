"""What does the server answer to the exam page's own calls?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.papers.queries import paper_of_booking, text_of
from app.sittings.queries import answers_of, marks_of, progress_of, sitting_with_id
from app.sittings.rules import MOST_EVENTS
from tests.kit.factories.sittings import ExamDesk
from tests.kit.outside import HandClock


@pytest.fixture
def begun(desk: ExamDesk) -> ExamDesk:
    desk.start("ru")
    return desk


def test_paper_is_sent_in_the_language_of_the_test(begun: ExamDesk, session: Session) -> None:
    paper = begun.paper()

    frozen = paper_of_booking(begun.booking.id, session=session)
    assert frozen is not None
    text = text_of(frozen, "ru", session=session)
    assert paper["language"] == "ru"
    assert [question["stem"] for question in paper["questions"]] == [question.stem for question in text.questions]
    assert [[option["text"] for option in question["options"]] for question in paper["questions"]] == [
        list(question.options) for question in text.questions
    ]
    assert [[option["number"] for option in question["options"]] for question in paper["questions"]] == [
        [1, 2, 3, 4]
    ] * 55


def test_paper_tells_the_clock_of_the_server(begun: ExamDesk, clock: HandClock) -> None:
    clock.advance(minutes=10)

    paper = begun.paper()

    assert paper["remaining_ms"] == timedelta(minutes=45).total_seconds() * 1000
    assert (paper["beat_seconds"], paper["grace_seconds"], paper["state"]) == (3, 5, "running")
    assert paper["server_time"] == clock.now().isoformat()


def test_saved_answer_is_acknowledged_with_the_head_of_the_journal(begun: ExamDesk, session: Session) -> None:
    saved = begun.answer(5, 2)

    assert begun.sitting_id is not None
    progress = progress_of(sitting_with_id(begun.sitting_id, session=session), session=session)
    assert saved == {
        "sequence": 1,
        "head": progress.head.hex(),
        "saved_at": "2026-11-24T05:00:00+00:00",
        "remaining_ms": 3_300_000.0,
        "credit_seconds": 0,
    }


def test_reloaded_page_goes_on_where_it_was(begun: ExamDesk) -> None:
    begun.answer(5, 2)
    begun.answer(6, 3)
    begun.answer(5, None)
    begun.beat({"n": 1, "kind": "flag", "position": 7}, {"n": 2, "kind": "place", "position": 9})

    paper = begun.paper()

    assert (paper["answers"], paper["flags"], paper["place"]) == ({"6": 3}, [7], 9)
    assert (paper["sequence"], paper["event_number"]) == (3, 2)


def test_reloaded_page_learns_when_each_answer_was_saved(begun: ExamDesk, clock: HandClock) -> None:
    first = begun.answer(5, 2)
    clock.advance(seconds=10)
    begun.answer(6, 3)
    cleared = begun.answer(6, None)

    assert begun.paper()["saved"] == {"5": first["saved_at"], "6": cleared["saved_at"]}


def test_reloaded_page_learns_what_has_been_seen_and_which_event_was_the_last(begun: ExamDesk) -> None:
    begun.beat({"n": 1, "kind": "seen", "position": 4}, {"n": 2, "kind": "seen", "position": 2, "facts": {"t": 7}})

    paper = begun.paper()

    assert (paper["seen"], paper["event_number"], paper["event_time"]) == ([2, 4], 2, 7)


def test_page_may_say_more_of_an_event(begun: ExamDesk, session: Session) -> None:
    shown = {"t": 1_795_323_600_123, "answered": 46, "blank": 9, "blocks": [20, 1, 0, 26, 0, 9], "name": "time-up"}
    begun.beat({"n": 1, "kind": "summary", "facts": shown}, {"n": 2, "kind": "hidden"})

    assert begun.sitting_id is not None
    summary, hidden = marks_of(begun.sitting_id, session=session)
    assert (summary.kind, summary.facts) == ("summary", shown)
    assert (hidden.kind, hidden.facts) == ("hidden", None)


def test_events_beyond_what_a_sitting_may_have_are_not_kept(begun: ExamDesk) -> None:
    begun.beat({"n": MOST_EVENTS, "kind": "hidden"}, {"n": MOST_EVENTS + 1, "kind": "shown"})

    assert begun.paper()["event_number"] == MOST_EVENTS


def test_answer_sent_again_is_acknowledged_again(begun: ExamDesk) -> None:
    first = begun.answer(5, 2)

    assert begun.answer(5, 2, sequence=1) == first


def test_gap_is_answered_with_the_number_to_send(begun: ExamDesk) -> None:
    begun.answer(5, 2)

    assert begun.answer(5, 3, status=409, sequence=7) == {"code": "sittings.sequence_gap", "expected": 2}


def test_answer_after_the_end_is_refused_with_the_way_to_the_result(begun: ExamDesk, session: Session) -> None:
    begun.answer(5, 2)
    begun.finish()

    refused = begun.answer(5, 3, status=409)

    assert begun.sitting_id is not None
    assert refused["code"] == "sittings.ended"
    assert refused["location"] == f"/sittings/{begun.sitting_id}/result"
    assert answers_of(begun.sitting_id, session=session) == {5: 2}
    assert begun.paper(status=409)["location"] == refused["location"]


def test_answer_after_the_grace_is_kept_apart_and_does_not_count(begun: ExamDesk, clock: HandClock) -> None:
    begun.answer(1, 1)
    clock.advance(minutes=55, seconds=5)

    late = begun.answer(5, 3, status=409)
    again = begun.answer(5, 3, status=409)
    begun.finish()
    after = begun.answer(6, 4, status=409, sequence=3)

    assert late == again == {"code": "sittings.late", "kept": True}
    assert after == {"code": "sittings.ended", "kept": True, "location": f"/sittings/{begun.sitting_id}/result"}
    words = begun.result().words()
    assert "Left blank 54" in words
    assert "Arrived too late 2" in words


def test_late_answer_that_contradicts_a_kept_one_is_not_kept(begun: ExamDesk, clock: HandClock) -> None:
    clock.advance(minutes=55, seconds=5)
    begun.answer(5, 3, status=409)

    assert begun.answer(5, 2, status=409)["kept"] is False


@pytest.mark.parametrize(("position", "option"), [(0, 1), (56, 1), (1, 5)])
def test_late_answer_of_another_paper_is_not_kept(
    begun: ExamDesk, clock: HandClock, position: int, option: int
) -> None:
    clock.advance(minutes=55, seconds=5)

    assert begun.answer(position, option, status=409)["kept"] is False


def test_answer_in_the_grace_is_taken(begun: ExamDesk, clock: HandClock) -> None:
    clock.advance(minutes=55, seconds=4.9)

    assert begun.answer(5, 3)["remaining_ms"] == 0


def test_beat_tells_the_time_left_and_after_the_end_where_to_go(begun: ExamDesk, clock: HandClock) -> None:
    clock.advance(minutes=5)
    running = begun.beat()
    begun.finish()
    ended = begun.beat()

    assert running == {
        "state": "running",
        "server_time": clock.now().isoformat(),
        "remaining_ms": 3_000_000.0,
        "paused": None,
        "credit_seconds": 0,
        "beat_seconds": 3,
        "location": None,
    }
    assert (ended["state"], ended["location"]) == ("ended", f"/sittings/{begun.sitting_id}/result")


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {},
        {"sequence": 1},
        {"sequence": 1, "position": "5", "option": 1},
        {"sequence": 1, "position": 5.0, "option": 1},
        {"sequence": True, "position": 5, "option": 1},
        {"sequence": 1, "position": 5, "option": "a"},
        {"sequence": 1, "position": 5, "option": [1]},
        {"sequence": -1, "position": 5, "option": 1},
        {"sequence": 2**40, "position": 5, "option": 1},
        {"sequence": 1, "position": 0, "option": 1},
        {"sequence": 1, "position": 56, "option": 1},
        {"sequence": 1, "position": 5, "option": 0},
        {"sequence": 1, "position": 5, "option": 5},
    ],
    ids=repr,
)
def test_malformed_answer_is_refused_and_nothing_is_saved(begun: ExamDesk, body: object) -> None:
    assert begun.send(body, 422)["code"] == "sittings.answer_malformed"
    assert begun.paper()["sequence"] == 0


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b'{"sequence": 1e999}', b"[" * 5000], ids=lambda content: repr(content[:12])
)
@pytest.mark.parametrize("endpoint", ["sittings.answers", "sittings.events"])
def test_body_that_is_no_json_is_refused(begun: ExamDesk, content: bytes, endpoint: str) -> None:
    browser = begun.browser
    response = browser.browser.post(
        browser.address_of(endpoint, sitting_id=begun.sitting_id),
        data=content,
        headers={"X-CSRFToken": browser.csrf_token(), "Content-Type": "application/json"},
    )

    assert (response.status_code, response.get_json()["code"]) == (422, "sittings.answer_malformed")
    response.close()


@pytest.mark.parametrize(
    "events",
    [
        {"n": 1, "kind": "steal", "position": 1},
        {"n": 1, "kind": None},
        {"n": 1, "kind": ["flag"]},
        {"n": 1, "kind": {}},
        {"n": "1", "kind": "flag", "position": 1},
        {"n": 1, "kind": "flag", "position": 56},
        {"n": 1, "kind": "flag", "position": 0},
        {"kind": "flag", "position": 1},
        {"n": 1, "kind": "message", "facts": "offline"},
        {"n": 1, "kind": "message", "facts": {"name": "Free words"}},
        {"n": 1, "kind": "message", "facts": {"Name": "offline"}},
        {"n": 1, "kind": "message", "facts": {"waiting": -1}},
        {"n": 1, "kind": "message", "facts": {"waiting": 2**60}},
        {"n": 1, "kind": "message", "facts": {"waiting": 0.5}},
        {"n": 1, "kind": "message", "facts": {"waiting": True}},
        {"n": 1, "kind": "message", "facts": {"blocks": [[1]]}},
        {"n": 1, "kind": "message", "facts": {"blocks": [1] * 100}},
        "flag",
    ],
    ids=repr,
)
def test_malformed_events_are_refused_and_none_is_kept(begun: ExamDesk, events: object) -> None:
    good = {"n": 9, "kind": "flag", "position": 3}

    assert begun.beat(good, events, status=422)["code"] == "sittings.answer_malformed"
    assert begun.paper()["event_number"] == 0


def test_too_many_events_in_one_beat_are_refused(begun: ExamDesk) -> None:
    events = [{"n": number, "kind": "place", "position": 1} for number in range(1, 202)]

    begun.beat(*events, status=422)
    begun.beat(*events[:200])


@pytest.mark.parametrize("endpoint", ["sittings.answers", "sittings.events"])
def test_call_without_csrf_token_is_refused(begun: ExamDesk, endpoint: str) -> None:
    body = {"sequence": 1, "position": 1, "option": 1, "events": []}

    begun.browser.post_json(endpoint, body, 400, csrf=False, sitting_id=begun.sitting_id)

    assert begun.paper()["sequence"] == 0


@pytest.mark.parametrize("kept", [slice(0), slice(1, None), slice(-2)], ids=["none", "head", "tail"])
def test_call_with_a_spoilt_token_is_refused(begun: ExamDesk, kept: slice) -> None:
    assert send_answer(begun, begun.browser.csrf_token()[kept]) == 400
    assert begun.paper()["sequence"] == 0


def test_call_with_the_token_of_another_browser_is_refused(begun: ExamDesk, make_desk: Callable[..., ExamDesk]) -> None:
    other = make_desk()
    other.start()
    other.answer(1, 1)  # their token is known to be signed by us

    assert send_answer(begun, other.browser.csrf_token()) == 400
    assert send_answer(begun, begun.browser.csrf_token()) == 200


def send_answer(desk: ExamDesk, token: str) -> int:
    """Send an answer with a token of one's own choice, as a script would; return how it was answered."""
    body = {"sequence": 1, "position": 1, "option": 1}
    address = f"/sittings/{desk.sitting_id}/answers"
    return desk.browser.browser.post(address, json=body, headers={"X-CSRFToken": token}).status_code


@pytest.mark.parametrize(("endpoint", "data"), [("desk.finish", {}), ("desk.resume", {})])
def test_form_without_csrf_token_is_refused(begun: ExamDesk, endpoint: str, data: dict[str, str]) -> None:
    begun.browser.post(endpoint, data, 400, csrf=False, sitting_id=begun.sitting_id)

    assert begun.answer(1, 1)["sequence"] == 1


def test_start_without_csrf_token_starts_nothing(desk: ExamDesk) -> None:
    desk.get_ready()

    desk.browser.post("way_in.begin", {}, 400, csrf=False, booking_id=desk.booking.id)

    assert "Ready to start" in desk.browser.get("desk.mine").words()


def test_live_cookie_of_one_sitting_opens_no_other(begun: ExamDesk, make_desk: Callable[..., ExamDesk]) -> None:
    other = make_desk()
    other.start()
    begun.sitting_id, mine = other.sitting_id, begun.sitting_id

    assert begun.answer(1, 1, status=409)["code"] == "sittings.elsewhere"
    assert begun.paper(status=409)["code"] == "sittings.elsewhere"
    begun.sitting_id = mine
    assert begun.answer(1, 1)["sequence"] == 1


def test_answers_to_the_page_are_not_kept_by_any_cache(begun: ExamDesk) -> None:
    page = begun.browser.get("sittings.paper", sitting_id=begun.sitting_id)

    assert page.headers["Cache-Control"] == "no-store"
