"""Does everything that speaks against a signature come up before it is made?"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from certificate_sample import NOW, ORDINARY

from certs.document import Section, StatusPointer
from certs.keys import MemoryKeyStore, SigningWindow
from certs.number import CertificateNumber
from certs.profile import RULES, ProfileError, SigningContext, is_name, lint
from certs.signing import prepare

CONTEXT = SigningContext(
    issuer="KZ-GS",
    window=SigningWindow(opens=NOW - timedelta(days=30), closes=NOW + timedelta(days=330)),
    key_expires_at=NOW + timedelta(days=800),
    now=NOW,
)
SECTION = Section(maximum=50, correct=46)

CASES: list[tuple[str, dict[str, Any]]] = [
    ("issuer-shape", {"issuer": "kz gs"}),
    ("issuer-other", {"issuer": "KZ-XX"}),
    ("number-year", {"number": CertificateNumber(year=2025, serial=1)}),
    ("number-year", {"number": CertificateNumber(year=2027, serial=1), "version": 2}),
    ("version-range", {"version": 0}),
    ("family-shape", {"family": ""}),
    ("family-shape", {"family": "А" * 61}),
    ("family-shape", {"family": "Иван\u202eова"}),
    ("family-shape", {"family": "Robert\x00"}),
    ("family-shape", {"family": " Иванова"}),
    ("family-shape", {"family": "\ud800"}),
    ("given-shape", {"given": "7"}),
    ("patronymic-shape", {"patronymic": ""}),
    ("birth-after-test", {"birth_date": NOW.date()}),
    ("iin-check", {"iin": "950821499919"}),
    ("iin-check", {"iin": "9508214999"}),
    ("iin-birth-date", {"birth_date": date(1995, 8, 22)}),
    ("programme-shape", {"programme_code": ""}),
    ("programme-version-shape", {"programme_version": "2026 1"}),
    ("sections-range", {"sections": ()}),
    ("sections-range", {"sections": (Section(maximum=40, correct=46),)}),
    ("sections-range", {"sections": (Section(maximum=50, correct=47), Section(maximum=5, correct=-1))}),
    ("sections-range", {"sections": (SECTION, Section(maximum=0, correct=0))}),
    ("total-sum", {"total": 47}),
    ("threshold-range", {"threshold": 0}),
    ("threshold-range", {"threshold": 56}),
    ("below-threshold", {"threshold": 47}),
    ("language-unknown", {"language": "en"}),
    ("centre-shape", {"centre_code": "ALA/01"}),
    ("sitting-shape", {"sitting": "a" * 27}),
    ("test-after-issue", {"tested_at": NOW + timedelta(seconds=1)}),
    ("issue-in-future", {"issued_at": NOW + timedelta(minutes=6)}),
    ("expiry-before-issue", {"expires_at": NOW}),
    ("expiry-after-key", {"expires_at": NOW + timedelta(days=801)}),
    ("key-window", {"issued_at": NOW - timedelta(days=31), "tested_at": NOW - timedelta(days=31)}),
    ("photo-hash-length", {"photo_hash": bytes(32)}),
    ("status-range", {"status": StatusPointer(list_number=0, index=131_072)}),
    ("status-range", {"status": StatusPointer(list_number=-1, index=0)}),
    ("too-long", {"family": "Ә" * 60, "given": "Ә" * 60, "patronymic": "Ә" * 60}),
]


def test_ordinary_document_may_be_signed() -> None:
    assert lint(ORDINARY, CONTEXT) == ()


def test_document_without_patronymic_and_photo_may_be_signed() -> None:
    assert lint(replace(ORDINARY, patronymic=None, photo_hash=None), CONTEXT) == ()


def test_document_issued_anew_keeps_its_older_number() -> None:
    again = replace(ORDINARY, number=CertificateNumber(year=2025, serial=9), version=2)

    assert lint(again, CONTEXT) == ()


def test_number_follows_the_local_year() -> None:
    # 31 December 2026, 19:30 UTC is 00:30 on 1 January 2027 in Kazakhstan.
    evening = NOW.replace(month=12, day=31, hour=19)
    document = replace(ORDINARY, number=CertificateNumber(year=2027, serial=1), issued_at=evening, tested_at=evening)

    assert lint(document, replace(CONTEXT, now=evening)) == ()


@pytest.mark.parametrize(("code", "facts"), CASES)
def test_each_fault_is_found(code: str, facts: dict[str, Any]) -> None:
    found = [finding.code for finding in lint(replace(ORDINARY, **facts), CONTEXT)]

    assert code in found


def test_every_rule_has_a_case() -> None:
    assert {rule.code for rule in RULES} == {code for code, _ in CASES}


def test_all_faults_are_reported_at_once(ring: MemoryKeyStore) -> None:
    document = replace(ORDINARY, language="en", total=47, iin="1")

    with pytest.raises(ProfileError) as refusal:
        prepare(document, ring, NOW)

    assert [fault.code for fault in refusal.value.lints] == [
        "iin-check",
        "iin-birth-date",
        "total-sum",
        "language-unknown",
    ]


@pytest.mark.parametrize("name", ["Ә", "Нұр-Сұлтан", "О'Коннор", "Оглы Мамед", "Ng", "Ибн Сина мл.", "José"])
def test_names_of_many_kinds_are_names(name: str) -> None:
    assert is_name(name)
