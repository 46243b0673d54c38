"""Who and what is there to try the engine with? Synthetic people, a centre, open sessions. Never in production mode."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.queries import account_named
from app.accounts.rules import Role
from app.applicants import service as applicants
from app.applicants.queries import applicant_with_iin
from app.bookings import service as bookings
from app.bookings import timetable
from app.bookings.calendar import parse_hours
from app.bookings.places import load_places
from app.bookings.queries import (
    SessionFacts,
    centre_with_code,
    rooms_of_centre,
    session_with_code,
    sessions_of_centre,
)
from app.db import unit_of_work
from app.kernel.clock import local_day
from app.kernel.rulebook import programmes
from app.papers import service as papers
from app.processes import timetable as timetable_of_rooms
from app.processes.before_sitting import awaits_release
from app.processes.ceremony import close_and_commit
from app.processes.release import release_session
from app.wiring import Tools

PASSWORD = "synaq-demo-2026"  # noqa: S105  # shown on the screen; good for synthetic people only
OPEN_FOR = timedelta(days=30)
PROGRAMMES = ("practice-legislation", "corps-b-legislation")
"""The one booked last stands first on the applicant's page."""
CENTRE = {
    "kk": "Демонстрациялық тестілеу орталығы, Астана",
    "ru": "Демонстрационный центр тестирования, Астана",
    "en": "Demonstration testing centre, Astana",
}
CENTRE_CODE = "DEMO-AST"
CEREMONY = "DEMO-CEREMONY"
CEREMONY_OPENS_IN = timedelta(minutes=10)
CEREMONY_OPEN_FOR = timedelta(hours=3)
SEATS = 12


@dataclass(frozen=True)
class DemoApplicant:
    """A synthetic person; the IIN is valid in form and belongs to nobody."""

    iin: str
    family_name: str
    given_name: str
    patronymic: str
    language: str


APPLICANTS = (
    DemoApplicant("950821499918", "Әбенова", "Айгүл", "Серікқызы", "kk"),
    DemoApplicant("900515399919", "Қасымов", "Ерлан", "Болатұлы", "ru"),
    DemoApplicant("020312599913", "Жүнісов", "Дәурен", "Маратұлы", "kk"),
    DemoApplicant("981120498607", "Ли", "Вера", "Павловна", "ru"),
)

ROSTER = (
    DemoApplicant("930415499927", "Сейітова", "Дана", "Ержанқызы", "kk"),
    DemoApplicant("971102399939", "Ибраев", "Нұрлан", "Қайратұлы", "kk"),
    DemoApplicant("000620599944", "Ким", "Артур", "Олегович", "ru"),
)
"""Booked into a session whose draw waits for the dice."""

BOOKS = DemoApplicant("930727399957", "Тілеубаев", "Марат", "Асқарұлы", "kk")
"""Has no place yet, and books one."""

PLACES = (CENTRE_CODE, "AST-01", "KSH-01", "KRG-01", "ALA-01")
"""Centres at which sessions are planned."""
ROOM, ROOM_SEATS, ROOM_ACCESSIBLE = "A", 6, 1
HOURS = {weekday: parse_hours("09:00–13:00, 14:00–18:30") for weekday in range(1, 6)}

STAFF = (
    ("proctor@demo.synaq", "Гүлнар Омарова", Role.PROCTOR, "kk"),
    ("administrator@demo.synaq", "Тимур Сәрсенов", Role.ADMINISTRATOR, "ru"),
    ("administrator2@demo.synaq", "Әсел Мұратова", Role.ADMINISTRATOR, "kk"),
    ("reviewer@demo.synaq", "Бақыт Нұрланова", Role.REVIEWER, "kk"),
    ("reviewer2@demo.synaq", "Сергей Пак", Role.REVIEWER, "ru"),
    ("auditor@demo.synaq", "Мәдина Ахметова", Role.AUDITOR, "kk"),
)
"""One person for each role that has pages of its own; two administrators, for what nobody may do alone; with
the reviewers they make the commission of an appeal."""


def seed(tools: Tools) -> None:
    """Make what is missing, and print who can sign in. Running it twice harms nothing."""
    with unit_of_work() as session:
        centre = bookings.ensure_centre(
            CENTRE_CODE, CENTRE, session=session, now=tools.clock.now(), entropy=tools.entropy
        )
        sessions = [_open_session(code, centre, session=session, tools=tools) for code in PROGRAMMES]
        for exam_session in sessions:  # so that one person walks through alone; that of the ceremony is started by hand
            if awaits_release(exam_session):
                release_session(exam_session, actor="system:demonstration", session=session, now=tools.clock.now())
        for person in APPLICANTS:
            applicant_id = ensure_applicant(person, session=session, tools=tools)
            for exam_session in sessions:
                bookings.book(
                    applicant_id, exam_session.id, session=session, now=tools.clock.now(), entropy=tools.entropy
                )
        _ensure_ceremony(centre, session=session, tools=tools)
        for address, name, role, language in STAFF:
            _ensure_account(
                accounts.NewAccount(
                    sign_in_name=address,
                    display_name=name,
                    role=role,
                    password=PASSWORD,
                    email=address,
                    centre_id=centre if role is Role.PROCTOR else None,
                    language=language,
                ),
                session=session,
                tools=tools,
            )
        ensure_applicant(BOOKS, session=session, tools=tools)
        _furnish(session=session, tools=tools)
    timetable_of_rooms.plan_sessions(tools)
    _print_sign_ins()


def _furnish(*, session: Session, tools: Tools) -> None:
    """Enter the regional centres, and give some of them a room with hours; one that has a room is left as it is."""
    now, entropy = tools.clock.now(), tools.entropy
    known = load_places()
    astana = next(place for place in known if place.code == "AST-01")
    demonstration = replace(astana, code=CENTRE_CODE, names=CENTRE, addresses=None)
    bookings.import_centres([*known, demonstration], session=session, now=now, entropy=entropy)
    act = timetable.Act(actor="system:demonstration", now=now)
    for code in PLACES:
        centre_id = centre_with_code(code, session=session).id
        if rooms_of_centre(centre_id, session=session):
            continue
        timetable.add_room(centre_id, ROOM, ROOM, act, session=session, entropy=entropy)
        (room,) = rooms_of_centre(centre_id, session=session)
        seats = [f"{ROOM}-{number:02d}" for number in range(1, ROOM_SEATS + 1)]
        timetable.add_workstations(room, seats[:ROOM_ACCESSIBLE], act, accessible=True, session=session)
        timetable.add_workstations(room, seats[ROOM_ACCESSIBLE:], act, session=session)
        timetable.set_weekly_hours(centre_id, HOURS, act, session=session)


def ensure_applicant(person: DemoApplicant, *, session: Session, tools: Tools, password: str = PASSWORD) -> uuid.UUID:
    """Return the applicant with this IIN, entering account and person if they are new."""
    found = applicant_with_iin(person.iin, session=session)
    if found:
        return found.id
    account_id = _ensure_account(
        accounts.NewAccount(
            sign_in_name=person.iin,
            display_name=f"{person.given_name} {person.family_name}",
            role=Role.APPLICANT,
            password=password,
            language=person.language,
        ),
        session=session,
        tools=tools,
    )
    command = applicants.EnrolApplicant(
        account_id=account_id,
        iin=person.iin,
        family_name=person.family_name,
        given_name=person.given_name,
        patronymic=person.patronymic,
    )
    return applicants.enrol(command, session=session, now=tools.clock.now(), entropy=tools.entropy)


def make_session(
    code: str,
    programme_code: str,
    centre: uuid.UUID,
    *,
    open_for: timedelta,
    in_future: timedelta = timedelta(0),
    session: Session,
    tools: Tools,
) -> SessionFacts:
    """Open an exam session that starts ``in_future``, without a draw."""
    now = tools.clock.now() + in_future
    programme = programmes().on(programme_code, local_day(now))
    command = bookings.OpenSession(
        code=code,
        centre_id=centre,
        programme_code=programme.code,
        programme_version=programme.version,
        opens_at=now,
        closes_at=now + open_for,
    )
    bookings.open_session(command, session=session, now=tools.clock.now(), entropy=tools.entropy)
    return session_with_code(code, session=session)


def _open_session(programme_code: str, centre: uuid.UUID, *, session: Session, tools: Tools) -> SessionFacts:
    """Return an open demonstration session of the programme; a closed one is followed by a new one."""
    now = tools.clock.now()
    prefix = f"DEMO-{programme_code}"
    for found in sessions_of_centre(centre, session=session):
        if found.code.startswith(prefix) and found.is_open(now):
            return found
    code = f"{prefix}-{local_day(now):%Y%m%d}"
    made = make_session(code, programme_code, centre, open_for=OPEN_FOR, session=session, tools=tools)
    papers.commit_draw(made, session=session, now=now, entropy=tools.entropy)
    return made


def _ensure_ceremony(centre: uuid.UUID, *, session: Session, tools: Tools) -> None:
    """Make a session whose list is fixed at once and whose dice are still to be thrown, unless one lies ahead."""
    now = tools.clock.now()
    ahead = [found for found in sessions_of_centre(centre, session=session) if found.code.startswith(CEREMONY)]
    if any(now < found.closes_at for found in ahead):
        return
    numbers = [f"{number:02d}" for number in range(1, SEATS + 1)]
    bookings.ensure_workstations(centre, numbers, accessible=numbers[:2], session=session, now=now)
    made = make_session(
        f"{CEREMONY}-{now:%Y%m%d-%H%M}",
        PROGRAMMES[-1],
        centre,
        open_for=CEREMONY_OPEN_FOR,
        in_future=CEREMONY_OPENS_IN,
        session=session,
        tools=tools,
    )
    for number, person in enumerate(ROSTER):
        applicant_id = ensure_applicant(person, session=session, tools=tools)
        bookings.book(applicant_id, made.id, accessible=number == 0, session=session, now=now, entropy=tools.entropy)
    close_and_commit(made, actor="system:demonstration", session=session, now=now, entropy=tools.entropy)


def _ensure_account(new: accounts.NewAccount, *, session: Session, tools: Tools) -> uuid.UUID:
    found = account_named(new.sign_in_name, session)
    if found:
        return found
    return accounts.create_account(
        new, session=session, now=tools.clock.now(), entropy=tools.entropy, actor="system"
    ).id


def _print_sign_ins() -> None:
    print(f"\nDemonstration sign-ins (password of all: {PASSWORD})")
    for person in APPLICANTS:
        print(f"  applicant      {person.iin}               {person.family_name} {person.given_name}")
    for person in ROSTER:
        print(
            f"  applicant      {person.iin}               {person.family_name} {person.given_name}  (the draw to come)"
        )
    print(f"  applicant      {BOOKS.iin}               {BOOKS.family_name} {BOOKS.given_name}  (books a place)")
    for address, name, role, _ in STAFF:
        print(f"  {role.value:<14} {address:<26} {name}")
    print(
        f"\nThe sessions DEMO-… are started already: an applicant goes through the steps alone, and the test begins."
        f"\nIn the session {CEREMONY}-… the proctor throws the dice, waits until people are ready, and starts it."
    )
