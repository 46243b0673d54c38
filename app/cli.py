"""What can be done from the command line? Make keys, items and people ready, serve, work, rehearse."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from app import serving
from app.accounts import factors
from app.accounts.errors import AccountNotFound
from app.accounts.queries import staff_named
from app.accounts.rules import STAFF, Role, normalised_name
from app.audit.queries import checkpoints, erased_acts, kept_acts, newest_checkpoint
from app.audit.roles import restrict
from app.bookings import service as bookings
from app.bookings.places import load_places
from app.bookings.queries import centre_with_code, session_with_code
from app.db import db, unit_of_work
from app.demonstration import people, rehearsal
from app.errorpages import in_words
from app.jobs.worker import run_forever, stop_on_signals
from app.kernel.errors import DomainError
from app.papers import service as papers
from app.papers.queries import transcript_of
from app.people import service as people_service
from app.processes import closing_time, log_check, log_keeping, session_end, timetable
from app.sittings.queries import any_running
from app.web import LANGUAGES, link_to, settings, tools
from app.wiring import clock_of
from app.work import HANDLERS, TIMERS
from certs.authority import initialise
from certs.errors import CertsError
from certs.log_export import write_export
from question_bank.draw import DrawInfeasible
from question_bank.loading import load_pool
from question_bank.reading import FaultyFiles
from question_bank.throw import NOT_THROWN, ThrowRefused, dice_salt
from question_bank.transcript import transcript_text

DEMONSTRATION_ISSUER = "SYNAQ-DEMO"
POLL_SECONDS = 0.5

Command = TypeVar("Command", bound=Callable[..., Any])


def refused_in_words(command: Command) -> Command:
    """Show a refusal as sentences instead of a traceback."""

    @wraps(command)
    def told(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except DomainError as error:
            raise click.ClickException(in_words(error)) from error
        except (FaultyFiles, CertsError, DrawInfeasible, ThrowRefused) as error:
            raise click.ClickException(str(error)) from error

    return cast(Command, told)


keys = AppGroup("keys", help="Signing keys of the certificates.")
items = AppGroup("items", help="The item pool.")
draw = AppGroup("draw", help="Draws and their transcripts.")
audit = AppGroup("audit", help="The log of acts: verify, sign, hand over.")
centres = AppGroup("centres", help="Testing centres and their sessions.")
people_group = AppGroup("people", help="People behind the desk: the first administrators, and a lost second factor.")
clock = AppGroup("clock", help="The time of this server, and the clock of the machine.")
demo = AppGroup("demo", help="Demonstration people and sessions.")


def init_app(app: Flask) -> None:
    for command in (keys, items, draw, audit, centres, people_group, clock, demo, worker, close_expired):
        app.cli.add_command(command)
    for command in (serve, rehearse):
        app.cli.add_command(command)


@keys.command("init")
@click.option("--issuer", help="Issuer code that certificates carry; needed in production mode.")
@click.option("--if-missing", is_flag=True, help="Do nothing where keys are there already.")
@refused_in_words
def keys_init(issuer: str | None, if_missing: bool) -> None:
    """Make root, issuing authority and leaf keys, encrypted under the passphrase file of the settings."""
    cabinet = tools().keys
    if cabinet.is_filled and if_missing:
        click.echo(f"Keys are in {cabinet.folder}.")
        return
    if not settings().demonstration and not issuer:
        raise click.UsageError("Give --issuer CODE: it stands in every certificate and cannot be changed later.")
    passphrase = _passphrase(settings().keys_passphrase_file, may_make=settings().demonstration)
    initialise(
        cabinet.folder,
        passphrase,
        issuer or DEMONSTRATION_ISSUER,
        tools().clock.now(),
        demonstration=settings().demonstration,
    )
    click.echo(f"Keys made in {cabinet.folder}. Take root.p12 off this machine and keep it offline.")


def _passphrase(file: Path, *, may_make: bool) -> bytes:
    """Read the passphrase; a demonstration makes one, beside the folder of the keys."""
    if not file.exists():
        if not may_make:
            raise click.UsageError(f"There is no passphrase in {file}; write one there first, readable only by you.")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32), encoding="ascii")
    return file.read_bytes().strip()


@items.command("import")
@refused_in_words
def items_import() -> None:
    """Store the item versions of question_bank/content that are new."""
    with unit_of_work() as session:
        fresh = papers.import_items(load_pool().items, session=session, now=tools().clock.now())
    click.echo(f"{fresh} new item versions stored.")


@draw.command("reveal")
@click.argument("session_code")
@refused_in_words
def draw_reveal(session_code: str) -> None:
    """Reveal the secret of a session's draw; refused while a sitting of it may still start or run."""
    with unit_of_work() as session:
        session_end.reveal(session_code, session=session, now=tools().clock.now())
    click.echo(f"The draw of {session_code} is revealed.")


@draw.command("transcript")
@click.argument("session_code")
@click.argument("file", type=click.Path(path_type=Path))
@refused_in_words
def draw_transcript(session_code: str, file: Path) -> None:
    """Write what lets anyone re-draw the papers of a revealed session."""
    session = db.session()
    transcript = transcript_of(session_with_code(session_code, session=session), session=session)
    file.write_text(transcript_text(transcript), encoding="utf-8")
    click.echo(f"{file}: check it with python -m question_bank verify-draw {file}")


@audit.command("verify")
@click.option(
    "--checkpoint",
    "kept",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with a checkpoint that somebody else has kept; may be given several times.",
)
@refused_in_words
def audit_verify(kept: tuple[Path, ...]) -> None:
    """Check every act, checkpoint, paper, saved answer and result; name the first thing that is wrong."""
    keys_of_log = tools().keys.log_keys() if tools().keys.is_filled else []
    notes = [file.read_text(encoding="utf-8", errors="replace") for file in kept]
    with log_check.one_moment() as session:
        report = log_check.check(keys_of_log, session=session, kept_elsewhere=notes)
    click.echo(f"{report.acts} acts, the first {report.signed} of them signed; {report.sittings} sittings re-computed")
    if report.faults:
        click.echo("\n".join(f"NOT WHOLE: {fault}" for fault in report.faults))
        raise click.exceptions.Exit(1)
    click.echo("All is as it was recorded.")


@audit.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@refused_in_words
def audit_export(folder: Path) -> None:
    """Write the whole log into FOLDER, from which anybody can verify it: python -m certs verify-log FOLDER."""
    keys_of_log = tools().keys.log_keys()
    try:
        with log_check.one_moment() as session:
            write_export(
                folder,
                entries=kept_acts(session),
                checkpoints=checkpoints(session),
                erased=erased_acts(session),
                verifier_keys=keys_of_log,
            )
    except FileExistsError as error:
        raise click.ClickException(f"There is an export in {folder} already; choose another folder.") from error
    click.echo(f"{folder}: check it with python -m certs verify-log {folder}")


@audit.command("checkpoint")
@refused_in_words
def audit_checkpoint() -> None:
    """Sign the log as it stands now, and print the checkpoint for somebody else to keep."""
    log_keeping.sign_now(tools())
    newest = newest_checkpoint(db.session())
    click.echo(newest.note if newest else "The log is empty: there is nothing to sign.", nl=False)


@audit.command("restrict-role")
@click.argument("role")
@refused_in_words
def audit_restrict_role(role: str) -> None:
    """Let the PostgreSQL role ROLE add to the log and read it, and no more. Run it as the owner of the tables."""
    if db.engine.dialect.name != "postgresql":
        raise click.UsageError("SQLite knows no roles; its triggers guard the log.")
    with unit_of_work() as session:
        restrict(role, session=session)
    click.echo(f"{role} may read the log and add to it.")


@centres.command("import")
@refused_in_words
def centres_import() -> None:
    """Enter the regional centres, and bring those that are there up to date."""
    places, outside = load_places(), tools()
    with unit_of_work() as session:
        new, changed = bookings.import_centres(
            places, session=session, now=outside.clock.now(), entropy=outside.entropy
        )
    click.echo(f"{len(places)} centres: {len(new)} new, {len(changed)} changed.")


@centres.command("plan")
@refused_in_words
def centres_plan() -> None:
    """Make the sessions that follow from rooms and hours, as the worker's timer does."""
    click.echo(f"{timetable.plan_sessions(tools())} sessions made.")


@people_group.command("invite")
@click.option("--role", required=True, type=click.Choice([role.value for role in STAFF]))
@click.option("--email", required=True, help="Where the letter goes; the person signs in with it.")
@click.option("--name", required=True, help="As pages show it.")
@click.option("--language", default="kk", show_default=True, type=click.Choice(list(LANGUAGES)))
@click.option("--centre", default="", help="Code of the centre where an operator works.")
@refused_in_words
def people_invite(role: str, email: str, name: str, language: str, centre: str) -> None:
    """Invite a person, print the link, and queue the letter with it. Makes the first administrators."""
    links: list[str] = []

    def link_for(token: str) -> str:
        links.append(link_to("invitations.show", token=token))
        return links[-1]

    with unit_of_work() as session:
        command = people_service.Invite(
            role=Role(role),
            email=email,
            display_name=name,
            language=language,
            centre_id=centre_with_code(centre, session=session).id if centre else None,
        )
        people_service.invite(
            command,
            actor=None,
            link_for=link_for,
            session=session,
            now=tools().clock.now(),
            entropy=tools().entropy,
        )
    click.echo(f"The letter is queued; the worker sends it. The link works once, for seven days:\n{links[-1]}")


@people_group.command("reset-factor")
@click.option("--email", required=True, help="With which the person signs in.")
@click.option("--reason", required=True, help="Kept in the log; name no people.")
@refused_in_words
def people_reset_factor(email: str, reason: str) -> None:
    """Take a lost second factor from somebody, where no administrator is left who could."""
    with unit_of_work() as session:
        found = staff_named(normalised_name(email), session)
        if found is None:
            raise AccountNotFound
        factors.take_away(
            found.id,
            reason=reason,
            actor=people_service.COMMAND,
            session=session,
            now=tools().clock.now(),
            entropy=tools().entropy,
        )
    click.echo("The second factor is reset. A letter tells the person, who sets up another one at the next sign-in.")


@demo.command("seed")
@refused_in_words
def demo_seed() -> None:
    """Make the demonstration centre, sessions and people; a second run makes only what is missing."""
    if not settings().demonstration:
        raise click.UsageError("Demonstration people are made in demonstration mode only.")
    people.seed(tools())


@clock.command("show")
def clock_show() -> None:
    """Say what time it is here, and how far the clock of the machine is from it."""
    ours = clock_of(settings())
    now = ours.now().isoformat(timespec="seconds")
    click.echo(f"{now}; the clock of the machine is {_signed(ours.apart())} s off.")


@clock.command("accept")
def clock_accept() -> None:
    """Take the time of the machine from the next start of the server on. Not while anybody sits."""
    if any_running(session=db.session()):
        raise click.ClickException("Somebody sits a test now: a step of the clock would change their time.")
    ours = clock_of(settings())
    ours.forget()
    click.echo(f"Restart the server now; its time then moves by {_signed(ours.apart())} s.")


def _signed(length: timedelta) -> str:
    return f"{length.total_seconds():+.1f}"


@click.command()
def worker() -> None:
    """Do the jobs and timers until stopped."""
    stop = threading.Event()
    stop_on_signals(stop)
    run_forever(HANDLERS, TIMERS, tools(), stop, POLL_SECONDS)


@click.command("close-expired")
def close_expired() -> None:
    """End the sittings whose time is over, as the worker's timer does."""
    click.echo(f"{closing_time.close_expired(tools())} sittings ended.")


@click.command()
def serve() -> None:
    """Serve the pages and do the jobs, until Ctrl-C."""
    origin, port = settings().public_origin, settings().port
    try:
        serving.require_free_port(port)
    except serving.PortTaken as error:
        raise click.ClickException(
            f"Port {port} is in use. Is Synaq running already? PORT=8080 takes another."
        ) from error
    click.echo(f"\nSynaq on {origin}\n  verify a certificate  {origin}/verify\nCtrl-C stops it.\n")
    raise SystemExit(serving.serve(current_app.extensions["synaq_settings"]))


@click.command()
@click.option("--applicants", default=50, show_default=True, help="How many people sit.")
@click.option("--pace", default="fast", show_default=True, help="fast, or seconds between two answers of a person.")
@click.option("--url", help="The running server; the address of the settings where it is left out.")
@click.option("--dice", default="", help="Ten or more dice that you have thrown; without them the draw is weak.")
def rehearse(applicants: int, pace: str, url: str | None, dice: str) -> None:
    """Play applicants through the HTTP interface of a running server and check what it stored."""
    if not settings().demonstration:
        raise click.UsageError("A rehearsal makes synthetic people and certificates: demonstration mode only.")
    address = url or settings().public_origin
    if not rehearsal.is_served(address):
        raise click.ClickException(f"No server at {address}. Start it with make run, or give its address with --url.")
    salt = dice_salt([int(digit) for digit in dice if digit.isdecimal()]) if dice else NOT_THROWN
    report = rehearsal.rehearse(applicants, pace=pace, url=address, salt=salt, tools=tools())
    click.echo(report.text)
    if not report.clean:
        raise click.exceptions.Exit(1)
