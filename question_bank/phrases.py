"""Does a text speak about options, or ask by way of a negation? Pure: standard library only.

The patterns find what is usually written; a reader finds the rest.
"""

import re
from collections.abc import Mapping, Sequence

from question_bank.likeness import normalised

# Options that stand for other options. They are searched in the normalised text.
_OTHERS = {
    "kk": (
        r"(барлығы|бәрі|барлық жауап\w*) (дұрыс|да дұрыс)",
        r"аталған\w*(дар)?дың (барлығы|бәрі|ешқайсысы)",
        r"жоғарыда(ғы)? (аталған|көрсетілген)\w* (барлығы|бәрі|ешқайсысы)",
        r"дұрыс жауап (жоқ|берілмеген)",
        r"ешқайсысы (да )?(дұрыс )?(емес|жоқ)$",
        r"^(мұның |бұлардың |олардың )?(барлығы|бәрі|ешқайсысы|екеуі де)$",
    ),
    "ru": (
        r"вс[её] (выше)?перечисленн\w+",
        r"все (выше)?(указанн\w+|названн\w+) (ответы|варианты)",
        r"все (ответы|варианты)( ответ\w*)? (верн|правильн)\w+",
        r"(нет|ни один из) (правильн|верн|перечисленн|указанн)\w+( ответ\w*| вариант\w*)?$",
        r"ни (один|одна|одно|одного|одной) из (выше)?(перечисленн|указанн|названн)\w+",
        r"^(все|ничего|ни один|ни одно|ни одна|оба|обе)( из (них|этого|перечисленн\w+|указанн\w+|названн\w+))?$",
    ),
    "en": (
        r"(all|none|any|both|neither) of the (above|following|listed|options|answers)",
        r"all (answers|options) are (right|correct)",
        r"no (right|correct) answer",
        r"^(all|none|any|both|neither)( of (these|those|them))?$",
    ),
}
# Words about the place of an option: a paper shuffles them.
_PLACES = {
    "kk": (
        r"\b[абвгabcd]\b( және [абвгabcd]\b)? (нұсқа|жауап)",
        r"\b(нұсқа|жауап)(лар\w*|тар\w*)? [абвгabcd]\b",
        r"\b(бірінші|екінші|үшінші|төртінші|алдыңғы|келесі|соңғы|жоғарыдағы|төмендегі) (екі )?(нұсқа|жауап)",
    ),
    "ru": (
        r"\b(вариант\w*|ответ(а|ы|ов)?|пункты?|подпункты?) [абвгabcd] и [абвгabcd]\b",
        r"\b(вариант\w*|ответ(а|ы|ов|е|ом)?) ([бгbd]\b|[авac]$)",
        r"\b(перв|втор|трет|четверт|предыдущ|следующ|последн|верхн|нижн|вышеприведенн)\w* (два |две )?"
        r"(вариант|ответ)(а|ы|ов|у|ом|ах|е)?( ответ\w*)?$",
    ),
    "en": (
        r"\b(both|options?|answers?|choices?) [abcd]( (and|or) [abcd])?\b(?! \w)",
        r"\b(both|options?|answers?|choices?) [abcd] (and|or) [abcd]\b",
        r"\b(first|second|third|fourth|previous|preceding|next|last|above|other) (two )?(options?|answers?|choices?)$",
    ),
}

# "Not later than" and its like set a limit; they turn nothing round.
_LIMITS = {
    "ru": r"(?! (?:позднее|позже|ранее|раньше|менее|более|меньше|больше|реже|чаще|только|свыше|выше|ниже|старше|моложе"
    r"|превыша\w+)\b)",
    "en": r"(?! (?:later|earlier|more|less|fewer|longer|older|younger|only|exceed\w*|to)\b)",
}
_CLAUSE = "if|when|who|that|because|where|unless|after|while|although|since|so|but"
# A question that is answered by what does not fit. Searched in the last sentence, with its case.
_NEGATED = {
    "kk": r"\b(?:емес|жоқ|\w+[мбп](?:айды|ейді)|\w+[мбп][ае]уге тиіс)\W*$"
    r"|\b\w+[мбп](?:айтын|ейтін)\w* (?:\w+ )?(?:қай\w*|қандай|кім\w*|не)\W*$",
    "ru": r"\b(?:[Кк]ак\w*|[Кк]то|[Кк]ого|[Кк]ому|[Кк]ем|[Чч]то|[Чч]его|[Чч]ему|[Кк]огда|[Гг]де|[Кк]отор\w+)\b"
    rf"[^,;]*?\bне\b{_LIMITS['ru']}",
    "en": rf"\b(?:[Ww]hich|[Ww]hat|[Ww]ho|[Ww]hom|[Ww]hose|[Ww]hen|[Ww]here|[Hh]ow)\b"
    rf"(?:(?!\b(?:{_CLAUSE})\b)[^,;])*?"
    r"(?:\b(?:never|except|cannot)\b|\b(?:is|are|was|were|has|have|had|will|would|need) not\b"
    rf"|\b(?:may|can|must|shall|should|do|does|did) (?:(?!(?:{_CLAUSE})\b)\w+ ){{0,4}}?"
    rf"(?<!for )(?<!of )(?<!by )not\b){_LIMITS['en']}",
}
# Two negations on one verb, whatever stands around them. Searched in the normalised text.
_DOUBLE = {
    "kk": r"\b\w+[мбп][ае]у(?:ге|ға) (?:болмайды|тиіс емес|құқығы жоқ)",
    "ru": rf"\bне \w+ не\b{_LIMITS['ru']}|\bнельзя не\b",
    "en": r"\b(?:not|cannot|never) (?:\w+ )?(?:not|never)\b(?! (?:later|earlier|more|less|fewer|only)\b)",
}
_NEGATION = {
    "kk": r"\bемес\b|\w[мбп](?:айды|ейді)\b",
    "ru": rf"\bне\b{_LIMITS['ru']}",
    "en": rf"\b(?:not|never|cannot)\b{_LIMITS['en']}",
}
_SENTENCE = re.compile(r"(?<=[.!?…])[»”“]?\s+")


def stands_for_others(option: str, language: str) -> bool:
    """Tell whether an option means other options, such as "all of the above"."""
    return _any(_OTHERS, language, option)


def speaks_of_places(text: str, language: str) -> bool:
    """Tell whether a text names an option by its letter or place."""
    return _any(_PLACES, language, text)


def _any(patterns: Mapping[str, tuple[str, ...]], language: str, text: str) -> bool:
    plain = normalised(text)
    return any(re.search(pattern, plain) for pattern in patterns.get(language, ()))


def asks_by_negation(stem: str, language: str) -> bool:
    """Tell whether the question, the last sentence of a stem, is turned round by a negation without capitals."""
    return _negates(_question(stem), language)


def negates_twice(stem: str, options: Sequence[str], language: str) -> bool:
    """Tell whether one must resolve two negations: both on one verb, or of a negated question and an option."""
    if any(re.search(_DOUBLE[language], normalised(text)) for text in (stem, *options)):
        return True
    turned = _negates(_question(stem).lower(), language)
    return turned and any(re.search(_NEGATION[language], normalised(option)) for option in options)


def _question(stem: str) -> str:
    return _SENTENCE.split(stem.strip())[-1]


def _negates(question: str, language: str) -> bool:
    return re.search(_NEGATED[language], question) is not None
