"""Does a running server keep what it is told? Many applicants play whole sittings over HTTP; then all is compared.

The players know the key of their own paper, read from the database beside the server, so that some pass and some do
not. Everything else goes the way of a real browser.
"""

from __future__ import annotations

import hashlib
import re
import time
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import httpx
from flask import Flask, current_app
from sqlalchemy.orm import Session

from app.applicants.rules import check_digit
from app.bookings import service as bookings
from app.bookings.queries import SessionFacts
from app.certificates.queries import certificate_of_result
from app.db import db, unit_of_work
from app.demonstration.people import DemoApplicant, ensure_applicant, make_session
from app.papers import service as papers
from app.papers.queries import key_of, paper_with_id
from app.processes.ceremony import close_and_commit
from app.processes.release import release_session
from app.scoring.queries import ResultFacts, result_of_sitting
from app.sittings.queries import journal, sitting_with_id
from app.sittings.rules import next_head, standing_answers
from app.wiring import Tools
from certs.verification import Verdict, verify
from question_bank.scoring import judge, score

PASSWORD = "rehearsal-of-synaq"  # noqa: S105  # of synthetic people
PROGRAMME = "corps-b-legislation"
CENTRE_CODE = "REHEARSAL"
CENTRE = {"kk": "Жаттығу орталығы", "ru": "Учебный центр", "en": "Rehearsal centre"}
SESSION_LENGTH = timedelta(hours=12)
AT_ONCE = 16
CERTIFICATE_SECONDS = 90
SPARE_SEATS = 5
ACCESSIBLE_EVERY = 10
KNOWS_PERCENT = (95, 70, 45, 25)
"""How much the players know, in turn: some pass, some do not."""

_FIELD_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_META_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
_SITTING = re.compile(r"/sittings/([0-9a-f-]{36})")


@dataclass
class Play:
    """What one player sent and what was acknowledged."""

    iin: str
    booking_id: uuid.UUID
    knows_percent: int
    sitting_id: uuid.UUID | None = None
    acknowledged: list[tuple[int, int, int | None, str]] = field(default_factory=list)
    slowest_save: float = 0.0
    error: str = ""


@dataclass(frozen=True)
class Report:
    """What came of a rehearsal."""

    plays: int
    papers: int
    answers: int
    passed: int
    certificates: int
    seconds: float
    slowest_save: float
    faults: tuple[str, ...]

    @property
    def clean(self) -> bool:
        return not self.faults

    @property
    def text(self) -> str:
        lines = [
            f"{self.plays} sittings in {self.seconds:.1f} s; {self.papers} different papers",
            f"{self.answers} answers acknowledged and found in the journal; slowest save {self.slowest_save:.0f} ms",
            f"{self.passed} passed; {self.certificates} certificates issued and verified",
            f"{len(self.faults)} faults",
        ]
        return "\n".join([*lines, *(f"  - {fault}" for fault in self.faults)])


def rehearse(applicants: int, *, pace: str, url: str, salt: str, tools: Tools) -> Report:
    """Play ``applicants`` people against the server at ``url`` and compare what it stored with what was sent.

    Args:
        applicants: How many; each gets a synthetic identity, a booking in a new session, and a drawn seat.
        pace: ``fast``, or seconds between two answers of one person.
        url: The running server; its database is the one of this command's settings.
        salt: What somebody threw for the draw, as ``question_bank.throw`` writes it; empty makes the draw weak.
        tools: This command's tools.
    """
    plays = _enrol(applicants, salt=salt, tools=tools)
    pause = 0.0 if pace == "fast" else float(pace)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # threads need the app itself
    begun = time.monotonic()
    with ThreadPoolExecutor(max_workers=min(applicants, AT_ONCE if not pause else applicants)) as pool:
        list(pool.map(partial(_play_safely, app, url=url, pause=pause), plays))
    seconds = time.monotonic() - begun
    return _compare(plays, seconds, tools=tools)


def is_served(url: str) -> bool:
    """Say whether a server answers there."""
    try:
        return httpx.get(f"{url}/healthz", timeout=10).is_success
    except httpx.HTTPError:
        return False


def _enrol(applicants: int, *, salt: str, tools: Tools) -> list[Play]:
    """Enter the players, book them into one new session, and draw their seats and papers."""
    code = f"REHEARSAL-{tools.clock.now():%Y%m%d-%H%M%S}"
    people: list[tuple[str, uuid.UUID]] = []
    for number, iin in zip(range(applicants), _synthetic_iins(code), strict=False):
        person = DemoApplicant(iin, "Сынақов", "Сынақ", "", "kk" if number % 2 else "ru")
        with unit_of_work() as session:
            people.append((iin, ensure_applicant(person, session=session, tools=tools, password=PASSWORD)))
    with unit_of_work() as session:
        exam_session = _open(code, seats=applicants + SPARE_SEATS, session=session, tools=tools)
        now, entropy = tools.clock.now(), tools.entropy
        plays = [
            Play(
                iin=iin,
                booking_id=bookings.book(
                    applicant_id,
                    exam_session.id,
                    accessible=number % ACCESSIBLE_EVERY == 0,
                    session=session,
                    now=now,
                    entropy=entropy,
                ),
                knows_percent=KNOWS_PERCENT[number % len(KNOWS_PERCENT)],
            )
            for number, (iin, applicant_id) in enumerate(people)
        ]
        close_and_commit(exam_session, actor="system:rehearsal", session=session, now=now, entropy=entropy)
        papers.draw_session(
            exam_session,
            salt,
            why_weak=None if salt else "rehearsal",
            actor="system:rehearsal",
            session=session,
            now=now,
            entropy=entropy,
        )
        release_session(exam_session, actor="system:rehearsal", session=session, now=now)
    return plays


def _open(code: str, *, seats: int, session: Session, tools: Tools) -> SessionFacts:
    """Open a session that starts now, at a centre with seats enough."""
    now = tools.clock.now()
    centre = bookings.ensure_centre(CENTRE_CODE, CENTRE, session=session, now=now, entropy=tools.entropy)
    numbers = [f"{number:03d}" for number in range(1, seats + 1)]
    bookings.ensure_workstations(centre, numbers, accessible=numbers[::ACCESSIBLE_EVERY], session=session, now=now)
    return make_session(code, PROGRAMME, centre, open_for=SESSION_LENGTH, session=session, tools=tools)


def _synthetic_iins(seed: str) -> Iterable[str]:
    """Yield numbers that are valid in form, of people between study and pension, different in each rehearsal."""
    number = 0
    while True:
        number += 1
        drawn = int.from_bytes(hashlib.sha256(f"{seed}/{number}".encode()).digest()[:8], "big")
        day = f"{drawn % 20 + 80:02d}{drawn // 50 % 12 + 1:02d}{drawn // 600 % 28 + 1:02d}"
        eleven = f"{day}{3 + drawn % 2}{drawn // 16800 % 10000:04d}"
        digit = check_digit(eleven)
        if digit is not None:
            yield eleven + digit


def _play_safely(app: Flask, play: Play, *, url: str, pause: float) -> None:
    try:
        with app.app_context(), httpx.Client(base_url=url, timeout=60) as client:
            _play(play, client, pause)
    except (httpx.HTTPError, LookupError, RuntimeError, ValueError) as error:
        play.error = f"{play.iin}: {type(error).__name__}: {error}"


def _play(play: Play, client: httpx.Client, pause: float) -> None:
    """Sign in, start, answer all, change some, finish."""
    page = client.get("/sign-in")
    _post(client, "/sign-in", page, {"sign_in_name": play.iin, "password": PASSWORD})
    start = f"/bookings/{play.booking_id}/start"
    step = client.get(start, follow_redirects=True)
    for choice in ({}, {"language": "kk" if int(play.iin) % 2 else "ru"}, {"rules_read": "y"}, {}, {}):
        step = _post(client, step.url.path, step, choice)
    exam = _post(client, start, step, {})
    play.sitting_id = uuid.UUID(_search(_SITTING, str(exam.url)))
    token = _search(_META_TOKEN, exam.text)
    base = f"/sittings/{play.sitting_id}"
    paper = _checked(client.get(f"{base}/paper")).json()
    right = _key(play.sitting_id)
    for sequence, question in enumerate(paper["questions"], 1):
        position = question["position"]
        option = right[position] if _draws_percent(play, position) < play.knows_percent else 1 + position % 4
        _save(play, client, base, token, (sequence, position, option))
        if position % 5 == 0:
            _beat(client, base, token, position)
        time.sleep(pause)
    _save(play, client, base, token, (len(paper["questions"]) + 1, 1, None))
    _save(play, client, base, token, (len(paper["questions"]) + 2, 1, right[1]))
    _post(client, f"{base}/finish", exam, {"reason": "click"})


def _save(play: Play, client: httpx.Client, base: str, token: str, row: tuple[int, int, int | None]) -> None:
    sequence, position, option = row
    body = {"sequence": sequence, "position": position, "option": option}
    begun = time.monotonic()
    answer = _checked(client.post(f"{base}/answers", json=body, headers={"X-CSRFToken": token})).json()
    play.slowest_save = max(play.slowest_save, (time.monotonic() - begun) * 1000)
    play.acknowledged.append((sequence, position, option, answer["head"]))


def _beat(client: httpx.Client, base: str, token: str, position: int) -> None:
    events = {"events": [{"n": position, "kind": "place", "position": position}]}
    _checked(client.post(f"{base}/events", json=events, headers={"X-CSRFToken": token}))


def _post(client: httpx.Client, path: str, page: httpx.Response, data: dict[str, str]) -> httpx.Response:
    """Post the form of a page as a browser would, and follow."""
    fields = {**data, "csrf_token": _search(_FIELD_TOKEN, _checked(page).text)}
    return _checked(client.post(path, data=fields, follow_redirects=True))


def _checked(response: httpx.Response) -> httpx.Response:
    if not response.is_success:
        raise RuntimeError(f"{response.request.method} {response.request.url.path} → {response.status_code}")
    return response


def _search(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    if not found:
        raise LookupError(pattern.pattern)
    return found[1]


def _draws_percent(play: Play, position: int) -> int:
    return hashlib.sha256(f"{play.iin}/{position}".encode()).digest()[0] * 100 // 256


def _key(sitting_id: uuid.UUID) -> dict[int, int]:
    session = db.session()
    paper = paper_with_id(sitting_with_id(sitting_id, session=session).paper_id, session=session)
    key = {question.position: question.option for question in key_of(paper, session=session)}
    db.session.remove()
    return key


def _compare(plays: list[Play], seconds: float, *, tools: Tools) -> Report:
    """Hold what the server stored against what was sent."""
    session = db.session()
    faults = [play.error for play in plays if play.error]
    whole = [play for play in plays if not play.error and play.sitting_id]
    fingerprints = set()
    results: list[ResultFacts] = []
    for play in whole:
        assert play.sitting_id is not None  # noqa: S101  # filtered above
        sitting = sitting_with_id(play.sitting_id, session=session)
        paper = paper_with_id(sitting.paper_id, session=session)
        fingerprints.add(paper.fingerprint)
        faults += _journal_faults(play, session)
        result = result_of_sitting(play.sitting_id, session=session)
        sent = standing_answers((sequence, position, option) for sequence, position, option, _ in play.acknowledged)
        expected = score(key_of(paper, session=session), sent)
        passed = judge(expected, paper.programme).passed
        if (result.total, result.passed) != (expected.total, passed):
            faults.append(f"{play.iin}: scored {result.total}, sent {expected.total}")
        results.append(result)
    if len(fingerprints) != len(whole):
        faults.append(f"{len(whole) - len(fingerprints)} papers came twice")
    passes = [result for result in results if result.passed]
    certified = _verified_certificates(passes, faults, tools=tools)
    return Report(
        plays=len(plays),
        papers=len(fingerprints),
        answers=sum(len(play.acknowledged) for play in whole),
        passed=len(passes),
        certificates=certified,
        seconds=seconds,
        slowest_save=max((play.slowest_save for play in plays), default=0.0),
        faults=tuple(faults),
    )


def _journal_faults(play: Play, session: Session) -> list[str]:
    """Compare every acknowledged answer with the journal, and re-derive every head."""
    assert play.sitting_id is not None  # noqa: S101  # the caller has one
    stored = journal(play.sitting_id, session=session)
    rows = [(entry.row.sequence, entry.row.position, entry.row.option, entry.head.hex()) for entry in stored]
    faults = [] if rows == play.acknowledged else [f"{play.iin}: the journal differs from what was acknowledged"]
    head = sitting_with_id(play.sitting_id, session=session).first_head
    for entry in stored:
        head = next_head(head, entry.row)
        if head != entry.head:
            return [*faults, f"{play.iin}: head {entry.row.sequence} does not follow"]
    return faults


def _verified_certificates(passes: list[ResultFacts], faults: list[str], *, tools: Tools) -> int:
    """Wait for the worker and verify each token; count those that hold."""
    give_up = time.monotonic() + CERTIFICATE_SECONDS
    good = 0
    for result in passes:
        token = None
        while token is None and time.monotonic() < give_up:
            db.session.rollback()
            found = certificate_of_result(result.id, session=db.session())
            token = found.token if found else None
            if token is None:
                time.sleep(0.3)
        if token is None:
            faults.append(f"result {result.id}: no certificate after {CERTIFICATE_SECONDS} s; is the worker running?")
            continue
        report = verify(token, tools.keys.trust, tools.clock.now(), host=None)
        document = report.document
        if report.verdict is Verdict.NOT_VALID or document is None or document.total != result.total:
            faults.append(f"result {result.id}: the certificate does not hold: {report.reason}")
            continue
        good += 1
    return good
