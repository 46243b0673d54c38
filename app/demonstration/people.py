"""Who and what is there to try the engine with? Synthetic people, a centre, open sessions. Never in production mode."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.queries import account_named
from app.accounts.rules import Role
from app.applicants import service as applicants
from app.applicants.queries import applicant_with_iin
from app.bookings import service as bookings
from app.bookings.queries import SessionFacts, session_with_code, sessions_of_centre
from app.db import unit_of_work
from app.kernel.clock import local_day
from app.kernel.rulebook import programmes
from app.papers import service as papers
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

STAFF = (
    ("proctor@demo.synaq", "Гүлнар Омарова", Role.PROCTOR, "kk"),
    ("administrator@demo.synaq", "Тимур Сәрсенов", Role.ADMINISTRATOR, "ru"),
    ("auditor@demo.synaq", "Мәдина Ахметова", Role.AUDITOR, "kk"),
)
"""One person for each role that has pages of its own."""


def seed(tools: Tools) -> None:
    """Make what is missing, and print who can sign in. Running it twice harms nothing."""
    with unit_of_work() as session:
        centre = bookings.ensure_centre(
            CENTRE_CODE, CENTRE, session=session, now=tools.clock.now(), entropy=tools.entropy
        )
        sessions = [_open_session(code, centre, session=session, tools=tools) for code in PROGRAMMES]
        for person in APPLICANTS:
            applicant_id = ensure_applicant(person, session=session, tools=tools)
            for exam_session in sessions:
                bookings.book(
                    applicant_id, exam_session.id, session=session, now=tools.clock.now(), entropy=tools.entropy
                )
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
    _print_sign_ins()


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
    code: str, programme_code: str, centre: uuid.UUID, *, open_for: timedelta, session: Session, tools: Tools
) -> SessionFacts:
    """Open an exam session that starts now, and commit its draw."""
    now = tools.clock.now()
    programme = programmes().on(programme_code, local_day(now))
    command = bookings.OpenSession(
        code=code,
        centre_id=centre,
        programme_code=programme.code,
        programme_version=programme.version,
        opens_at=now,
        closes_at=now + open_for,
    )
    bookings.open_session(command, session=session, now=now, entropy=tools.entropy)
    exam_session = session_with_code(code, session=session)
    papers.commit_draw(exam_session, session=session, now=now, entropy=tools.entropy)
    return exam_session


def _open_session(programme_code: str, centre: uuid.UUID, *, session: Session, tools: Tools) -> SessionFacts:
    """Return an open demonstration session of the programme; a closed one is followed by a new one."""
    now = tools.clock.now()
    prefix = f"DEMO-{programme_code}"
    for found in sessions_of_centre(centre, session=session):
        if found.code.startswith(prefix) and found.is_open(now):
            return found
    code = f"{prefix}-{local_day(now):%Y%m%d}"
    return make_session(code, programme_code, centre, open_for=OPEN_FOR, session=session, tools=tools)


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
    for address, name, role, _ in STAFF:
        print(f"  {role.value:<14} {address:<26} {name}")
