"""Do accounts let in whom they should, and nobody else?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import argon2
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import passwords, queries, service
from app.accounts.errors import (
    CentreMissing,
    NameTaken,
    PasswordTooShort,
    ResetNotUsable,
    SignInRefused,
    TooManyTries,
    UnusableName,
    WrongPassword,
)
from app.accounts.models import Account, PasswordReset, SignInThrottle
from app.accounts.rules import RESET_LIFE, Person, Role
from app.accounts.service import NewAccount
from app.audit import queries as audit
from app.jobs import queries as jobs
from app.jobs.models import Job
from app.jobs.rules import JobState
from app.wiring import Tools
from tests.kit.factories.accounts import PASSWORD, MakeAccount
from tests.kit.outside import HandClock

Try = Callable[..., Person | SignInRefused]


@pytest.fixture
def try_sign_in(session: Session, clock: HandClock) -> Try:
    def try_it(name: str, password: str = PASSWORD) -> Person | SignInRefused:
        return service.authenticate(name, password, session=session, now=clock.now())

    return try_it


@pytest.fixture
def staff(make_account: MakeAccount) -> Person:
    return make_account(role=Role.EDITOR, sign_in_name="aigul@example.kz", email="aigul@example.kz")


def kinds(session: Session, person: Person) -> list[str]:
    return [entry.kind for entry in audit.about(session, str(person.id))]


def create(session: Session, tools: Tools, **facts: Any) -> Person:
    new = NewAccount(
        **{
            "sign_in_name": "880101 300123",
            "display_name": "Айгүл Сейітқызы",
            "role": Role.APPLICANT,
            "password": "seven calm horses",
        }
        | facts
    )
    return service.create_account(new, session=session, now=tools.clock.now(), entropy=tools.entropy)


def test_new_account_can_sign_in(session: Session, tools: Tools, try_sign_in: Try) -> None:
    person = create(session, tools)

    assert try_sign_in("880101300123") == person
    assert kinds(session, person) == ["accounts.account.created", "accounts.session.opened"]


def test_staff_name_is_the_address_of_letters(session: Session, tools: Tools) -> None:
    person = create(session, tools, role=Role.EDITOR, sign_in_name="Aigul@Example.KZ")

    assert session.get_one(Account, person.id).email == "aigul@example.kz"


def test_second_account_of_a_name_is_refused_and_the_rest_kept(session: Session, tools: Tools) -> None:
    first = create(session, tools)

    with pytest.raises(NameTaken):
        create(session, tools, sign_in_name="880101300123")

    session.commit()
    assert queries.person(first.id, session, now=tools.clock.now()) == first


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"sign_in_name": "aigul@example.kz"}, UnusableName),
        ({"password": "too short"}, PasswordTooShort),
        ({"role": Role.PROCTOR, "sign_in_name": "aigul@example.kz"}, CentreMissing),
    ],
)
def test_unfit_account_is_refused(session: Session, tools: Tools, facts: dict[str, Any], refusal: type) -> None:
    with pytest.raises(refusal):
        create(session, tools, **facts)


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("name", ["aigul@example.kz", "nobody@example.kz", "\x00", "x" * 300])
def test_wrong_password_and_unknown_name_get_the_same_answer(try_sign_in: Try, name: str) -> None:
    answers = [try_sign_in(name, "not the password") for _ in range(5)]

    assert [type(answer) for answer in answers] == [WrongPassword] * 4 + [TooManyTries]


def test_closed_account_gets_the_same_answer(
    session: Session, staff: Person, try_sign_in: Try, clock: HandClock
) -> None:
    service.close_account(staff.id, actor="administrator", session=session, now=clock.now())

    assert isinstance(try_sign_in("aigul@example.kz"), WrongPassword)
    assert queries.person(staff.id, session, now=clock.now()) is None


def test_right_password_waits_too_and_is_told_until_when(staff: Person, try_sign_in: Try, clock: HandClock) -> None:
    for _ in range(5):
        try_sign_in("aigul@example.kz", "wrong")

    refusal = try_sign_in("aigul@example.kz")

    assert isinstance(refusal, TooManyTries)
    assert refusal.parameters == {"again_at": clock.now() + timedelta(minutes=1)}
    clock.advance(minutes=1)
    assert try_sign_in("aigul@example.kz") == staff


def test_success_forgets_the_failures(session: Session, staff: Person, try_sign_in: Try) -> None:
    for _ in range(4):
        try_sign_in("aigul@example.kz", "wrong")

    assert try_sign_in("aigul@example.kz") == staff
    assert session.execute(select(func.count()).select_from(SignInThrottle)).scalar_one() == 0
    assert isinstance(try_sign_in("aigul@example.kz", "wrong"), WrongPassword)


@pytest.mark.usefixtures("staff")
def test_waits_follow_the_table(try_sign_in: Try, clock: HandClock) -> None:
    waits = []
    for _ in range(4):
        try_sign_in("aigul@example.kz", "wrong")
    for _ in range(6):
        refusal = try_sign_in("aigul@example.kz", "wrong")
        assert isinstance(refusal, TooManyTries)
        again_at = refusal.parameters["again_at"]
        waits.append((again_at - clock.now()).total_seconds() / 60)
        clock.set(again_at)

    assert waits == [1, 2, 4, 8, 15, 15]


def test_tries_during_a_wait_do_not_lengthen_it(session: Session, staff: Person, try_sign_in: Try) -> None:
    answers = [try_sign_in("aigul@example.kz", "wrong") for _ in range(20)]

    assert len({answer.parameters["again_at"] for answer in answers[4:] if isinstance(answer, SignInRefused)}) == 1
    assert kinds(session, staff) == ["accounts.session.refused"]


def test_waits_of_an_unknown_name_are_recorded_without_the_name(session: Session, try_sign_in: Try) -> None:
    for _ in range(5):
        try_sign_in("880101300123", "wrong")

    (entry,) = audit.latest(session, limit=5)
    assert (entry.kind, entry.subject) == ("accounts.session.refused", "unknown")
    assert "880101300123" not in str(entry.facts)


def test_hash_of_older_parameters_is_renewed_at_sign_in(
    session: Session, make_account: MakeAccount, try_sign_in: Try
) -> None:
    old = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    person = make_account(sign_in_name="880101300123", password_hash=old)

    try_sign_in("880101300123")

    renewed = session.get_one(Account, person.id).password_hash
    assert renewed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert try_sign_in("880101300123") == person


def test_password_is_the_same_however_it_is_composed() -> None:
    assert passwords.matches(passwords.hashed("сары май"), "сары май")
    assert not passwords.matches(None, "anything")


def test_changed_password_raises_the_epoch(session: Session, staff: Person, try_sign_in: Try, clock: HandClock) -> None:
    changed = service.change_password(staff.id, PASSWORD, "eight calm horses", session=session, now=clock.now())

    assert isinstance(changed, Person)
    assert changed.epoch == staff.epoch + 1
    assert isinstance(try_sign_in("aigul@example.kz"), WrongPassword)
    assert try_sign_in("aigul@example.kz", "eight calm horses") == changed
    assert kinds(session, staff) == ["accounts.password.changed", "accounts.session.opened"]


def test_wrong_present_password_is_counted(session: Session, staff: Person, try_sign_in: Try, clock: HandClock) -> None:
    for _ in range(5):
        refusal = service.change_password(staff.id, "wrong", "eight calm horses", session=session, now=clock.now())

    assert isinstance(refusal, TooManyTries)
    assert isinstance(try_sign_in("aigul@example.kz"), TooManyTries)


def test_password_is_confirmed_in_the_middle_of_a_session(
    session: Session, staff: Person, try_sign_in: Try, clock: HandClock
) -> None:
    try_sign_in("aigul@example.kz", "wrong")

    assert service.confirm_password(staff, PASSWORD, session=session, now=clock.now()) is None

    assert kinds(session, staff) == ["accounts.password.confirmed"]
    assert session.execute(select(func.count()).select_from(SignInThrottle)).scalar_one() == 0


def test_wrong_confirmation_is_counted_like_a_sign_in(
    session: Session, staff: Person, try_sign_in: Try, clock: HandClock
) -> None:
    refusals = [service.confirm_password(staff, "wrong", session=session, now=clock.now()) for _ in range(5)]

    assert [type(refusal) for refusal in refusals] == [WrongPassword] * 4 + [TooManyTries]
    assert isinstance(service.confirm_password(staff, PASSWORD, session=session, now=clock.now()), TooManyTries)
    assert isinstance(try_sign_in("aigul@example.kz"), TooManyTries)
    assert kinds(session, staff) == ["accounts.session.refused"]


def test_closed_account_confirms_nothing(session: Session, staff: Person, clock: HandClock) -> None:
    service.close_account(staff.id, actor="administrator", session=session, now=clock.now())

    assert isinstance(service.confirm_password(staff, PASSWORD, session=session, now=clock.now()), WrongPassword)


@pytest.fixture
def ask(session: Session, tools: Tools) -> Callable[[str], str | None]:
    """Ask for a reset by name; return the token of the queued letter, if one was."""

    def asked(name: str) -> str | None:
        links: list[str] = []
        service.ask_for_reset(
            name,
            link_for=lambda token: links.append(token) or token,  # type: ignore[func-returns-value]
            session=session,
            now=tools.clock.now(),
            entropy=tools.entropy,
        )
        return links[0] if links else None

    return asked


def reset(session: Session, clock: HandClock, token: str, new: str = "eight calm horses") -> None:
    service.reset_password(token, new, session=session, now=clock.now())


def test_link_sets_a_new_password_once(
    session: Session, staff: Person, ask: Callable[[str], str], try_sign_in: Try, clock: HandClock
) -> None:
    token = ask("Aigul@example.kz")

    reset(session, clock, token)

    changed = try_sign_in("aigul@example.kz", "eight calm horses")
    assert isinstance(changed, Person)
    assert changed.epoch == staff.epoch + 1
    with pytest.raises(ResetNotUsable):
        reset(session, clock, token)
    assert kinds(session, staff)[:2] == ["accounts.reset.asked", "accounts.password.reset"]


@pytest.mark.usefixtures("staff")
def test_link_itself_is_not_stored(session: Session, ask: Callable[[str], str]) -> None:
    token = ask("aigul@example.kz")

    stored = session.scalars(select(PasswordReset.token_hash)).one()
    assert stored != token
    assert session.scalars(select(Job)).one().payload["context"]["new_password"] == token


@pytest.mark.usefixtures("staff")
def test_link_ends_after_thirty_minutes(session: Session, ask: Callable[[str], str], clock: HandClock) -> None:
    token = ask("aigul@example.kz")

    clock.advance(minutes=29)
    assert service.reset_is_open(token, session=session, now=clock.now())
    clock.advance(minutes=1)
    assert not service.reset_is_open(token, session=session, now=clock.now())
    with pytest.raises(ResetNotUsable):
        reset(session, clock, token)


@pytest.mark.usefixtures("staff")
def test_weak_password_leaves_the_link_good(session: Session, ask: Callable[[str], str], clock: HandClock) -> None:
    token = ask("aigul@example.kz")
    session.commit()

    with pytest.raises(PasswordTooShort):
        reset(session, clock, token, "short")

    session.rollback()
    assert service.reset_is_open(token, session=session, now=clock.now())


def test_closed_account_cannot_use_its_link(
    session: Session, staff: Person, ask: Callable[[str], str], clock: HandClock
) -> None:
    token = ask("aigul@example.kz")
    service.close_account(staff.id, actor="administrator", session=session, now=clock.now())

    with pytest.raises(ResetNotUsable):
        reset(session, clock, token)


def test_unknown_closed_and_mailless_accounts_get_no_letter(
    session: Session, make_account: MakeAccount, ask: Callable[[str], str | None]
) -> None:
    make_account(sign_in_name="880101300123", email=None)
    make_account(sign_in_name="880101300124", active=False)

    assert [ask(name) for name in ("nobody@example.kz", "880101300123", "880101300124")] == [None] * 3
    assert jobs.counts(session)[JobState.QUEUED] == 0


@pytest.mark.usefixtures("staff")
def test_second_letter_has_to_wait_five_minutes(ask: Callable[[str], str | None], clock: HandClock) -> None:
    assert ask("aigul@example.kz") is not None
    assert ask("aigul@example.kz") is None
    clock.advance(minutes=5)
    assert ask("aigul@example.kz") is not None


@pytest.mark.usefixtures("staff")
def test_reset_ends_the_wait(session: Session, ask: Callable[[str], str], try_sign_in: Try, clock: HandClock) -> None:
    for _ in range(5):
        try_sign_in("aigul@example.kz", "wrong")

    reset(session, clock, ask("aigul@example.kz"))

    assert isinstance(try_sign_in("aigul@example.kz", "eight calm horses"), Person)


@pytest.mark.usefixtures("staff")
def test_what_has_no_effect_any_more_is_forgotten(
    session: Session, ask: Callable[[str], str], try_sign_in: Try, clock: HandClock
) -> None:
    ask("aigul@example.kz")
    try_sign_in("somebody", "wrong")

    service.forget_old(session=session, now=clock.advance(minutes=14))
    assert session.scalars(select(SignInThrottle.name)).all() == ["somebody"]
    service.forget_old(session=session, now=clock.now() + RESET_LIFE)
    assert session.scalars(select(SignInThrottle.name)).all() == []
    assert session.scalars(select(PasswordReset.token_hash)).all() == []


def test_names_and_counts_are_found(session: Session, staff: Person, applicant: Person) -> None:
    assert queries.sign_in_name(staff.id, session) == "aigul@example.kz"
    assert queries.display_names([staff.id, applicant.id], session)[staff.id] == staff.display_name
    assert queries.active_by_role(session)[Role.EDITOR] == 1
    assert queries.active_by_role(session)[Role.AUDITOR] == 0
