"""What is wrong with the items of a pool, as an editor should hear it? Pure: standard library only."""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from question_bank import depth, giveaways, phrases, typography
from question_bank.acts import Register, is_eligible
from question_bank.findings import Finding, Severity, listed
from question_bank.items import LANGUAGES, OPTION_LETTERS, Item, Level
from question_bank.likeness import likeness, normalised, shingles
from question_bank.loading import Pool
from question_bank.programme import Programme
from question_bank.reading import Fault


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

    @property
    def wholes(self) -> Iterator[tuple[str, Sequence[Item]]]:
        """The items of each block, and of the pool where it has several: the shares are held in each of them."""
        yield from self.pool.by_block.items()
        if len(self.pool.by_block) > 1:
            yield THE_POOL, self.pool.items

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
# Least share, in per cent, of items that put the applicant before a case; the others ask what a provision says.
APPLY_PERCENT = 45
THE_POOL = "the pool"
PREFIXES = {
    "constitution-2026": "con-",
    "civil-service-law": "cs-",
    "anti-corruption-law": "ac-",
    "ethics-code": "et-",
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
    """Every language is there and no field is blank."""
    for item in setting.pool.items:
        for language in LANGUAGES:
            text = item.texts.get(language)
            if text is None:
                yield setting.error("language-missing", item, f"no text in {language}")
                continue
            for name, value in text.to_dict().items():
                if not value.strip():
                    yield setting.error("text-blank", item, f"{language}.{name} is empty", f"{language}.{name}")


def check_options(setting: Setting) -> Iterator[Finding]:
    """The four options of an item differ in every language by more than case and punctuation."""
    for item in setting.pool.items:
        for language, text in item.texts.items():
            if len({normalised(option) for option in text.options}) < len(text.options):
                yield setting.error("options-equal", item, f"two options are the same in {language}", f"{language}.a")
            if not text.stem.rstrip("»”)").endswith(("?", ":", "…")):
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


def check_typography(setting: Setting) -> Iterator[Finding]:
    """Quotes, dashes, signs of numbers, spaces and ends of sentences are those of the language."""
    for item in setting.pool.items:
        for language, text in item.texts.items():
            for name, value in text.to_dict().items():
                for complaint in _typography_of(value, language, name):
                    yield setting.error("typography", item, f"{language}.{name}: {complaint}", f"{language}.{name}")


def _typography_of(value: str, language: str, name: str) -> Iterator[str]:
    if not value.strip():
        return
    yield from typography.complaints(value, language)
    if name in OPTION_LETTERS:
        yield from typography.option_complaints(value)
    elif name == "why":
        yield from typography.why_complaints(value)


def check_phrases(setting: Setting) -> Iterator[Finding]:
    """No option stands for others, and no text names an option by its place: papers shuffle them."""
    for item in setting.pool.items:
        for language, text in item.texts.items():
            for letter, option in zip(OPTION_LETTERS, text.options, strict=True):
                if phrases.stands_for_others(option, language):
                    message = f"option {letter} in {language} speaks about other options: {option!r}"
                    yield setting.error("forbidden-phrase", item, message, f"{language}.{letter}")
            for name, value in text.to_dict().items():
                if phrases.speaks_of_places(value, language):
                    message = f"{language}.{name} speaks of the place of an option: {value!r}"
                    yield setting.error("option-place", item, message, f"{language}.{name}")


def check_negations(setting: Setting) -> Iterator[Finding]:
    """A negation that turns the question round stands in capitals, and no second one turns it back."""
    for item in setting.pool.items:
        for language, text in item.texts.items():
            if phrases.asks_by_negation(text.stem, language):
                message = f"the question in {language} is negated: ask for what holds, or set the negation in capitals"
                yield setting.warning("negated-stem", item, message, f"{language}.stem")
            if phrases.negates_twice(text.stem, text.options, language):
                message = f"two negations must be resolved in {language}"
                yield setting.warning("double-negation", item, message, f"{language}.stem")


def check_duplicates(setting: Setting) -> Iterator[Finding]:
    """No two stems of an act are nearly the same; enemies may be close, since one paper never has both."""
    for items in setting.pool.by_block.values():
        for one, other, language, alike in _closest(items):
            message = f"asks nearly what {one.id} asks ({language}, {alike:.0%})"
            if alike >= NEAR:
                yield setting.error("near-duplicate", other, f"{message}: rewrite or drop one", f"{language}.stem")
            elif one.id not in other.enemies and other.id not in one.enemies:
                message = f"{message}: make them enemies or rewrite"
                yield setting.warning("near-duplicate", other, message, f"{language}.stem")


def _closest(items: Sequence[Item]) -> Iterator[tuple[Item, Item, str, float]]:
    """Go through the pairs whose stems are close in some language, each with the language in which they are closest."""
    prints = {
        item.id: {language: shingles(text.stem) for language, text in item.texts.items() if text.stem.strip()}
        for item in items
    }
    for one, other in itertools.combinations(items, 2):
        left, right = prints[one.id], prints[other.id]
        shared = ((likeness(left[code], right[code]), code) for code in LANGUAGES if code in left and code in right)
        alike, language = max(shared, default=(0.0, ""))
        if alike >= CLOSE:
            yield one, other, language, alike


def check_same_stems(setting: Setting) -> Iterator[Finding]:
    """No stem comes twice in the pool, whatever the acts."""
    for language in LANGUAGES:
        first: dict[str, Item] = {}
        for item in setting.pool.items:
            stem = normalised(item.texts[language].stem) if language in item.texts else ""
            twin = first.setdefault(stem, item)
            if stem and twin.act != item.act:
                message = f"has the {language} stem of {twin.id}"
                yield setting.error("near-duplicate", item, message, f"{language}.stem")


def check_giveaways(setting: Setting) -> Iterator[Finding]:
    """Neither the place, the length nor the words of the key can be guessed, in a block or in the pool."""
    for item in setting.pool.items:
        for language, text in item.texts.items():
            if (telling := giveaways.telling_length(text.options, item.key_index)) is not None:
                message = f"the key in {language} is {telling} than every other option"
                yield setting.warning("key-length", item, message, f"{language}.{item.key}")
    for name, items in setting.wholes:
        for hint in giveaways.hints(items):
            message = f"{name}: {hint.message}: {listed(hint.items)}"
            yield Finding(check=hint.check, severity=Severity.ERROR, message=message)


def check_levels(setting: Setting) -> Iterator[Finding]:
    """Enough items ask what follows from a provision in a case; a block may lack some where the pool does not."""
    for name, items in setting.wholes:
        recall = [item for item in items if item.level is Level.RECALL]
        apply = len(items) - len(recall)
        if len(items) >= giveaways.ENOUGH_ITEMS and 100 * apply < APPLY_PERCENT * len(items):
            whole = name == THE_POOL or len(items) == len(setting.pool.items)
            message = (
                f"{name}: {apply} of {len(items)} are apply items, at least {APPLY_PERCENT}% are wanted; recall are"
            )
            yield Finding(
                check="apply-share",
                severity=Severity.ERROR if whole else Severity.WARNING,
                message=f"{message} {listed(item.id for item in recall)}",
            )


def check_reviews(setting: Setting) -> Iterator[Finding]:
    """An edition that a newer one is expected to replace is noted, with the number of items that wait for it."""
    written = Counter((item.act, item.edition) for item in setting.pool.items)
    for (code, name), count in written.items():
        act = setting.register.acts.get(code)
        for edition in act.editions if act else ():
            if edition.name == name and edition.review:
                message = f"{count} items of {code} rest on the edition of {name}, marked for review: {edition.review}"
                yield Finding(check="review", severity=Severity.NOTE, message=message)


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
    check_typography,
    check_phrases,
    check_negations,
    check_duplicates,
    check_same_stems,
    check_giveaways,
    check_levels,
    check_depth,
    check_reviews,
)
