"""What is wrong with the items of a pool, as an editor should hear it? Pure: standard library only."""

import enum
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from question_bank import depth, giveaways
from question_bank.acts import Register, is_eligible
from question_bank.items import LANGUAGES, OPTION_LETTERS, Item
from question_bank.loading import Pool
from question_bank.programme import Programme
from question_bank.reading import Fault


class Severity(enum.Enum):
    """An error keeps a pool from being used; a warning is for the editor's judgement."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing found; ``file`` is empty where it concerns the pool as a whole."""

    check: str
    severity: Severity
    message: str
    file: str = ""
    line: int = 0
    item_id: str = ""

    def __str__(self) -> str:
        """Return one line, beginning with the place where there is one."""
        place = f"{self.file}:{self.line}: " if self.file else ""
        subject = f"{self.item_id}: " if self.item_id else ""
        return f"{place}{self.severity.value} {self.check}: {subject}{self.message}"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a check may look at."""

    pool: Pool
    register: Register
    programmes: tuple[Programme, ...]
    on: date

    def error(self, check: str, item: Item, message: str, field: str = "") -> Finding:
        """Make an error about an item, at the line of one of its fields."""
        return self._about(Severity.ERROR, check, item, message, field)

    def warning(self, check: str, item: Item, message: str, field: str = "") -> Finding:
        """Make a warning about an item, at the line of one of its fields."""
        return self._about(Severity.WARNING, check, item, message, field)

    def _about(self, severity: Severity, check: str, item: Item, message: str, field: str) -> Finding:
        place = self.pool.places.get(item.id)
        return Finding(
            check=check,
            severity=severity,
            message=message,
            file=place.file if place else "",
            line=place.lines.get(field, place.line) if place else 0,
            item_id=item.id,
        )


Check = Callable[[Setting], Iterator[Finding]]

# Above NEAR two stems are read as the same question by most people; above CLOSE they deserve a look.
CLOSE, NEAR = 0.7, 0.9
PREFIXES = {
    "constitution-2026": "con-",
    "civil-service-law": "cs-",
    "anti-corruption-law": "ac-",
    "ethics-code": "et-",
}
FORBIDDEN = {
    "kk": (
        r"(барлығы|бәрі|барлық жауап\w*) (дұрыс|да дұрыс)",
        r"аталған\w*(дар)?дың (барлығы|бәрі)",
        r"жоғарыда(ғы)? (аталған|көрсетілген)\w* (барлығы|бәрі|ешқайсысы)",
        r"дұрыс жауап (жоқ|берілмеген)",
        r"ешқайсысы (да )?(дұрыс )?(емес|жоқ)$",
    ),
    "ru": (
        r"вс[её] (выше)?перечисленн\w+",
        r"все (выше)?(указанн\w+|названн\w+) (ответы|варианты)",
        r"все (ответы|варианты)( ответ\w*)? (верн|правильн)\w+",
        r"(нет|ни один из) (правильн|верн|перечисленн|указанн)\w+( ответ\w*| вариант\w*)?$",
        r"(варианты?|ответы?|пункты?) [«\"]?[абвгabcd][»\"]? и [«\"]?[абвгabcd]\b",
    ),
    "en": (
        r"(all|none|any|both|neither) of the (above|following|listed|options|answers)",
        r"all (answers|options) are (right|correct)",
        r"no (right|correct) answer",
        r"(both|options?|answers?) [abcd] (and|or) [abcd]\b",
    ),
}


def check_pool(
    pool: Pool,
    register: Register,
    programmes: Iterable[Programme],
    on: date | None = None,
    *,
    faults: Iterable[Fault] = (),
) -> list[Finding]:
    """Run every check.

    Args:
        pool: The items that could be read.
        register: The acts that they cite.
        programmes: The programmes that the pool serves.
        on: The day on which the items would be asked; by default ``settled_day``.
        faults: What the loader could not read; each becomes an error.
    """
    programmes = tuple(programmes)
    setting = Setting(pool=pool, register=register, programmes=programmes, on=on or settled_day(programmes, register))
    unread = [_unread(fault) for fault in faults]
    found = itertools.chain.from_iterable(check(setting) for check in CHECKS)
    return sorted([*unread, *found], key=lambda finding: (finding.file, finding.line, finding.check, finding.message))


def settled_day(programmes: Iterable[Programme], register: Register) -> date:
    """Return the first day on which the programmes and the newest edition of each of their acts are all in force."""
    programmes = tuple(programmes)
    acts = {block.act for programme in programmes for block in programme.blocks} & set(register.acts)
    begins = [programme.in_force_from for programme in programmes]
    return max([*begins, *(register.act(code).editions[-1].in_force_from for code in acts)])


def _unread(fault: Fault) -> Finding:
    return Finding(check="unreadable", severity=Severity.ERROR, message=fault.message, file=fault.file, line=fault.line)


def check_languages(setting: Setting) -> Iterator[Finding]:
    """Every language is there and no field is blank or untrimmed."""
    for item in setting.pool.items:
        for language in LANGUAGES:
            text = item.texts.get(language)
            if text is None:
                yield setting.error("language-missing", item, f"no text in {language}")
                continue
            for name, value in text.to_dict().items():
                if not value.strip():
                    yield setting.error("text-blank", item, f"{language}.{name} is empty", f"{language}.{name}")
                elif value != " ".join(value.split()):
                    message = f"{language}.{name} has superfluous spaces or line breaks"
                    yield setting.warning("text-untidy", item, message, f"{language}.{name}")


def check_options(setting: Setting) -> Iterator[Finding]:
    """The four options of an item differ in every language by more than case and punctuation."""
    for item in setting.pool.items:
        for language, text in item.texts.items():
            if len({normalised(option) for option in text.options}) < len(text.options):
                yield setting.error("options-equal", item, f"two options are the same in {language}", f"{language}.a")
            if not text.stem.rstrip('»")').endswith(("?", ":", "…")):
                message = f"the stem in {language} is not a question"
                yield setting.warning("stem-open", item, message, f"{language}.stem")


def check_citations(setting: Setting) -> Iterator[Finding]:
    """Every cited provision exists and is in force on the day, unchanged since the item was written."""
    for item in setting.pool.items:
        for citation in item.cites:
            ruling = setting.register.cited_in_force(item.act, citation, setting.on, written_from=item.edition)
            if not ruling.is_in_force:
                message = f"{citation} of {item.act} is {ruling.standing.value} on {setting.on}: {ruling.reason}"
                yield setting.error("citation", item, message, "cites")
            elif ruling.partly:
                held = ", ".join(str(address) for address in ruling.partly)
                message = f"{citation} is wider than what is in force: {held} must not be relied on"
                yield setting.warning("citation-partly", item, message, "cites")


def check_subtopics(setting: Setting) -> Iterator[Finding]:
    """Every item belongs to a row of a blueprint, and its id begins as its act asks."""
    known = {
        (block.act, row) for programme in setting.programmes for block in programme.blocks for row in block.blueprint
    }
    for item in setting.pool.items:
        if (item.act, item.subtopic) not in known:
            yield setting.error("subtopic", item, f"no programme asks for {item.act}/{item.subtopic}")
        prefix = PREFIXES.get(item.act, "")
        if not re.fullmatch(rf"{prefix}[a-z0-9]+(-[a-z0-9]+)*", item.id):
            yield setting.error("id", item, f"the id must begin with {prefix!r} and use a-z, 0-9 and hyphens", "id")


def check_enemies(setting: Setting) -> Iterator[Finding]:
    """Enemies exist and nobody is an enemy of itself."""
    for item in setting.pool.items:
        for enemy in item.enemies:
            if enemy == item.id or enemy not in setting.pool.by_id:
                yield setting.error("enemy-unknown", item, f"enemy {enemy} is not another item of the pool", "enemies")


def check_phrases(setting: Setting) -> Iterator[Finding]:
    """No option speaks about other options or about their places: papers shuffle them."""
    patterns = {language: [re.compile(text) for text in texts] for language, texts in FORBIDDEN.items()}
    for item in setting.pool.items:
        for language, text in item.texts.items():
            for letter, option in zip(OPTION_LETTERS, text.options, strict=True):
                plain = normalised(option)
                if any(pattern.search(plain) for pattern in patterns.get(language, ())):
                    message = f"option {letter} in {language} speaks about other options: {option!r}"
                    yield setting.error("forbidden-phrase", item, message, f"{language}.{letter}")


def check_duplicates(setting: Setting) -> Iterator[Finding]:
    """No two stems of an act are nearly the same, unless the items are declared enemies."""
    told: set[frozenset[str]] = set()
    for language in LANGUAGES:
        for items in setting.pool.by_block.values():
            prints = [(item, shingles(item.texts[language].stem)) for item in items if language in item.texts]
            for one, other, likeness in _alike(prints):
                pair = frozenset({one.id, other.id})
                if pair in told or one.id in other.enemies or other.id in one.enemies:
                    continue
                told.add(pair)
                message = f"asks nearly what {one.id} asks ({language}, {likeness:.0%}): make them enemies or rewrite"
                make = setting.error if likeness >= NEAR else setting.warning
                yield make("near-duplicate", other, message, f"{language}.stem")


def _alike(prints: Sequence[tuple[Item, frozenset[str]]]) -> Iterator[tuple[Item, Item, float]]:
    for (one, left), (other, right) in itertools.combinations(prints, 2):
        shorter, longer = sorted((len(left), len(right)))
        if shorter >= CLOSE * longer > 0:
            likeness = len(left & right) / len(left | right)
            if likeness >= CLOSE:
                yield one, other, likeness


def normalised(text: str) -> str:
    """Return a text without case, punctuation and double spaces, with ё as е."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return " ".join(re.findall(r"\w+", plain))


def shingles(text: str) -> frozenset[str]:
    """Return the words and the pairs of neighbouring words of a text."""
    words = normalised(text).split()
    pairs = (" ".join(pair) for pair in itertools.pairwise(words))
    return frozenset([*words, *pairs])


def check_giveaways(setting: Setting) -> Iterator[Finding]:
    """Neither the place nor the length of the key can be guessed."""
    for item in setting.pool.items:
        for language, text in item.texts.items():
            if (telling := giveaways.telling_length(text.options, item.key_index)) is not None:
                message = f"the key in {language} is {telling} than every other option"
                yield setting.warning("key-length", item, message, f"{language}.{item.key}")
    for act, items in setting.pool.by_block.items():
        for hint in giveaways.hints(items):
            severity = Severity.ERROR if hint.grave else Severity.WARNING
            yield Finding(check=hint.check, severity=severity, message=f"{act}: {hint.message}")


def check_depth(setting: Setting) -> Iterator[Finding]:
    """Every cell of every blueprint can fill its quota on the day, whatever the seed."""
    pool = [item for item in setting.pool.items if is_eligible(item, setting.register, setting.on)]
    told: set[str] = set()
    for programme in setting.programmes:
        for lack in depth.lacks(pool, programme):
            if lack.message not in told:
                told.add(lack.message)
                severity = Severity.ERROR if lack.grave else Severity.WARNING
                yield Finding(check=lack.check, severity=severity, message=lack.message)


CHECKS: tuple[Check, ...] = (
    check_languages,
    check_options,
    check_citations,
    check_subtopics,
    check_enemies,
    check_phrases,
    check_duplicates,
    check_giveaways,
    check_depth,
)
