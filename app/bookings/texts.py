"""How is said what one brings to a test, and what one leaves? In one place: the rules of a test and a receipt agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

BRING: Mapping[str, LazyString] = {
    "identity_document": _l("your identity document: identity card or passport, or the digital one in eGov mobile"),
}
FORBIDDEN: Mapping[str, LazyString] = {
    "reference_materials": _l("books, notes and other reference materials"),
    "means_of_communication": _l("means of communication"),
    "other_software": _l("any program other than the test"),
}
KEPT_OUTSIDE: Mapping[str, LazyString] = {
    "electronic_devices": _l("phones, watches and other electronic devices"),
}


def things(names: Mapping[str, LazyString], codes: Iterable[str]) -> list[str]:
    """Name what a programme lists by its codes, as it stands in the middle of a sentence."""
    return [str(names[code]) for code in codes]
