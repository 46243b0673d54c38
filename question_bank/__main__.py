"""Which question about the bank do you want answered at a prompt?"""

import argparse
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path

from question_bank import depth, simulation, verify_draw
from question_bank.acts import Register, is_eligible
from question_bank.checks import check_pool, settled_day
from question_bank.draw import DrawInfeasible, draw
from question_bank.findings import Severity
from question_bank.inputs import Attendee, DrawInputs
from question_bank.items import LANGUAGES, Item
from question_bank.loading import CONTENT, Pool, load_pool, read_pool
from question_bank.manifest import Manifest, build_manifest, salts_from
from question_bank.paper import Paper
from question_bank.programme import Programme
from question_bank.programmes import Programmes
from question_bank.reading import FaultyFiles
from question_bank.seating import Seat
from question_bank.seeds import SEED_BYTES, derive_seed
from question_bank.throw import NOT_THROWN, is_salt, round_of
from question_bank.transcript import DrawnPaper, build_transcript, transcript_text


class NoSuchProgramme(LookupError):
    """The register of programmes has none of this code, or none that is in force on the day."""

    def __init__(self, name: str) -> None:
        """Say which one was asked for."""
        super().__init__(f"no such programme: {name}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except (FaultyFiles, DrawInfeasible, NoSuchProgramme) as error:
        print(error, file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m question_bank", description=__doc__)
    commands = parser.add_subparsers(required=True)
    check = commands.add_parser("check", help="lint the pool and print its depth")
    check.add_argument("files", nargs="*", type=Path, help="show only what is found in these files")
    check.add_argument("--on", type=date.fromisoformat, help="the day of the test (YYYY-MM-DD)")
    check.add_argument("--content", type=Path, default=CONTENT, help="the folder of the items")
    check.set_defaults(run=run_check)
    _add_draw(commands.add_parser("draw", help="print the paper of a seed"))
    _add_simulate(commands.add_parser("simulate", help="print how many guessers pass, and how alike papers are"))
    verify = commands.add_parser("verify-draw", help="re-draw a published transcript")
    verify.add_argument("file", help="the transcript")
    verify.set_defaults(run=run_verify_draw)
    return parser


def _add_draw(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--seed", type=bytes.fromhex, help="the seed, in hexadecimal")
    source.add_argument("--secret", type=_secret, help="the secret of a session, 32 bytes in hexadecimal")
    parser.add_argument("--salt", type=_salt, default=NOT_THROWN, help="what was thrown, such as dice:3162453416")
    parser.add_argument("--session", default="session", help="the name of the session")
    parser.add_argument("--booking", default="booking", help="the name of the booking")
    parser.add_argument("--programme", required=True, help="the code of the programme")
    parser.add_argument("--on", type=date.fromisoformat, help="the day of the test (YYYY-MM-DD)")
    parser.add_argument("--language", choices=LANGUAGES, default=LANGUAGES[0])
    parser.add_argument("--pool-secret", type=bytes.fromhex, default=bytes(SEED_BYTES), help="salts the leaves")
    parser.add_argument("--transcript", type=Path, help="write a transcript for verify-draw (with --secret)")
    parser.add_argument("--content", type=Path, default=CONTENT, help="the folder of the items")
    parser.set_defaults(run=run_draw)


def _secret(text: str) -> bytes:
    secret = bytes.fromhex(text)
    if len(secret) != SEED_BYTES:
        message = f"a secret has {SEED_BYTES} bytes"
        raise argparse.ArgumentTypeError(message)
    return secret


def _salt(text: str) -> str:
    if text != NOT_THROWN and not is_salt(text):
        message = f"neither dice nor balls nor a round of a beacon: {text}"
        raise argparse.ArgumentTypeError(message)
    return text


def _add_simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--programme", default="corps-b-legislation", help="the code of the programme")
    parser.add_argument("--on", type=date.fromisoformat, help="the day of the test (YYYY-MM-DD)")
    parser.add_argument("--papers", type=int, default=100_000, help="how many papers guessers sit")
    parser.add_argument("--seed", default="synaq", help="any word; the same one gives the same figures")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="how many processes share the work")
    parser.add_argument("--content", type=Path, default=CONTENT, help="the folder of the items")
    parser.set_defaults(run=run_simulate)


def run_check(options: argparse.Namespace) -> int:
    """Print the findings and the depth of the pool; 1 where there is an error among those shown."""
    register, programmes = Register.load(), Programmes.load()
    pool, faults = read_pool(options.content)
    on = options.on or settled_day(programmes.versions, register)
    findings = check_pool(pool, register, programmes.versions, on, faults=faults)
    if options.files:
        wanted = {path.resolve() for path in options.files}
        findings = [finding for finding in findings if finding.file and Path(finding.file).resolve() in wanted]
    for finding in findings:
        print(finding)
    counts = Counter(finding.severity for finding in findings)
    errors, warnings, notes = counts[Severity.ERROR], counts[Severity.WARNING], counts[Severity.NOTE]
    if not options.files:
        _print_depth([item for item in pool.items if is_eligible(item, register, on)], programmes.versions, on)
    print(f"\n{len(pool.items)} items, {errors} errors, {warnings} warnings, {notes} notes on {on}")
    return 1 if errors else 0


def run_draw(options: argparse.Namespace) -> int:
    """Print the paper of a seed, or of a secret, a session and a booking."""
    if options.transcript and options.secret is None:
        print("a transcript needs --secret, --session and --booking", file=sys.stderr)
        return 2
    pool = load_pool(options.content)
    _, manifest = _manifest_of(options, pool, options.pool_secret)
    seed = options.seed
    if options.secret is not None:
        seed = derive_seed(options.secret, options.salt, options.session, options.booking)
    paper = draw(seed, manifest)
    _print_paper(paper, pool, options.language)
    if options.transcript:
        _write_transcript(options, manifest, paper)
    return 0


def run_simulate(options: argparse.Namespace) -> int:
    """Print the figures of a run; 1 where a limit does not hold."""
    pool = load_pool(options.content)
    programme, manifest = _manifest_of(options, pool, bytes(SEED_BYTES))
    trial = simulation.prepare(options.seed, manifest, programme, pool.by_id)
    work, stretches = partial(simulation.simulate, trial), simulation.stretches(options.papers)
    if options.workers > 1:
        # Spawned, not forked: the same on every system, and nothing is inherited but the trial.
        with ProcessPoolExecutor(options.workers, multiprocessing.get_context("spawn")) as workers:
            figures = simulation.together(workers.map(work, stretches))
    else:
        figures = simulation.together(map(work, stretches))
    print(f"{programme.code} {programme.version} on {manifest.on}, {len(manifest.names)} items, seed {options.seed!r}")
    print(*simulation.report(figures, trial), sep="\n")
    broken = simulation.broken_limits(figures)
    for line in broken:
        print(f"error: {line}")
    return 1 if broken else 0


def _manifest_of(options: argparse.Namespace, pool: Pool, pool_secret: bytes) -> tuple[Programme, Manifest]:
    """Return the programme that was asked for and what it would draw from.

    Raises:
        NoSuchProgramme: There is none of this code, or none on this day.
    """
    register, programmes = Register.load(), Programmes.load()
    try:
        on = options.on or settled_day([programmes.latest(options.programme)], register)
        programme = programmes.on(options.programme, on)
    except KeyError as error:
        raise NoSuchProgramme(error.args[0]) from error
    return programme, build_manifest(pool.items, programme, register, on, salts_from(pool_secret))


def run_verify_draw(options: argparse.Namespace) -> int:
    """Re-draw a transcript with the file that an auditor would use."""
    return verify_draw.main([options.file])


def _print_paper(paper: Paper, pool: Pool, language: str) -> None:
    for question in paper.questions:
        item = pool.by_id[question.item_id]
        print(f"{question.position}. [{question.item_id}] {item.texts[language].stem}")
        for number, option in enumerate(question.order, start=1):
            print(f"   {number}) {item.texts[language].options[option]}")
    print(f"fingerprint {paper.fingerprint().hex()}")


def _write_transcript(options: argparse.Namespace, manifest: Manifest, paper: Paper) -> None:
    """Write the transcript of a session with one booking, in a room with one seat; without a salt, of no roster."""
    roster = {options.booking: Attendee()} if options.salt else None
    seats = (Seat(number="1"),) if options.salt else ()
    transcript = build_transcript(
        session=options.session,
        number=1,
        secret=options.secret,
        salt=options.salt,
        inputs=DrawInputs(manifest_digest=manifest.digest, roster=roster, seats=seats, beacon=round_of(options.salt)),
        manifest=manifest,
        papers=[DrawnPaper(booking=options.booking, seat="1" if options.salt else None, seen=frozenset(), paper=paper)],
    )
    options.transcript.write_text(transcript_text(transcript), encoding="utf-8")


def _print_depth(items: Sequence[Item], programmes: Sequence[Programme], on: date) -> None:
    """Print a table for each language; programmes with the same blueprint share it."""
    alike: list[list[Programme]] = []
    for programme in programmes:
        group = next((group for group in alike if group[0].blocks == programme.blocks), None)
        if group is None:
            alike.append([programme])
        else:
            group.append(programme)
    for group in alike:
        names = ", ".join(f"{programme.code} {programme.version}" for programme in group)
        for language in LANGUAGES:
            print(f"\n{names}; {language}: items in force on {on} / questions of a paper")
            print(*depth.table(items, group[0], language), sep="\n")


if __name__ == "__main__":
    sys.exit(main())
