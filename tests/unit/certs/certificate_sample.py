"""Which certificate, issued when, do the tests of ``certs`` speak of?"""

from datetime import UTC, date, datetime, timedelta

from certs.document import CertificateDocument, Section, StatusPointer
from certs.number import CertificateNumber

HOST = "synaq.example.kz"
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

ORDINARY = CertificateDocument(
    issuer="KZ-GS",
    number=CertificateNumber(year=2026, serial=1234),
    family="Сейітова",
    given="Айгүл",
    patronymic="Ерланқызы",
    birth_date=date(1995, 8, 21),
    iin="950821499918",
    programme_code="b-general",
    programme_version="2026-1",
    sections=(
        Section(maximum=15, correct=12),
        Section(maximum=20, correct=17),
        Section(maximum=10, correct=8),
        Section(maximum=10, correct=9),
    ),
    total=46,
    threshold=39,
    language="kk",
    centre_code="ALA-01",
    sitting="7KQ2M9XW",
    tested_at=NOW - timedelta(hours=1),
    issued_at=NOW,
    expires_at=NOW + timedelta(days=365),
    photo_hash=bytes(range(16)),
    status=StatusPointer(list_number=3, index=70_001),
)
