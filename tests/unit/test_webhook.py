"""Is a message signed as Standard Webhooks wants it, and are secrets read as they are written?"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.webhook import SecretUnusable, read_secrets, signature_headers, webhook_for

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""Of the specification's own example."""


@pytest.fixture
def secrets_file(tmp_path: Path) -> Path:
    path = tmp_path / "hr-webhook"
    path.write_text(SECRET + "\n", encoding="ascii")
    return path


def test_signature_is_that_of_the_specification(secrets_file: Path) -> None:
    headers = signature_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        now=datetime.fromtimestamp(1614265330, UTC),
        secrets=read_secrets(secrets_file),
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_two_secrets_give_two_signatures_the_newest_first(secrets_file: Path) -> None:
    new = "whsec_" + base64.b64encode(b"n" * 32).decode()
    secrets_file.write_text(f"{new}\n\n{SECRET}\n", encoding="ascii")

    headers = signature_headers(
        "1", b"{}", now=datetime.fromtimestamp(1614265330, UTC), secrets=read_secrets(secrets_file)
    )

    one, other = headers["webhook-signature"].split(" ")
    alone = signature_headers("1", b"{}", now=datetime.fromtimestamp(1614265330, UTC), secrets=[b"n" * 32])
    assert one == alone["webhook-signature"]
    assert other.startswith("v1,")
    assert other != one


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n \n",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_",
        "whsec_c2hvcnQ=",
        "whsec_not base64!",
        "whsec_" + "A" * 88,
    ],
)
def test_line_that_is_no_secret_is_refused_and_not_repeated(secrets_file: Path, content: str) -> None:
    secrets_file.write_text(content, encoding="ascii")

    with pytest.raises(SecretUnusable) as refused:
        read_secrets(secrets_file)

    assert not content.strip() or content.strip() not in str(refused.value)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SecretUnusable):
        read_secrets(tmp_path / "nowhere")


def test_without_an_address_nobody_is_told(secrets_file: Path) -> None:
    assert webhook_for("", secrets_file, "https://test.gov.kz/verify") is None
