"""Which settings make a complete installation?"""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from config import Settings, SettingsError


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    """A complete environment of production mode."""
    return {
        "SYNAQ_MODE": "production",
        "SYNAQ_INSTANCE": str(tmp_path),
        "SYNAQ_SECRET_KEY": "x" * 32,
        "DATABASE_URL": "postgresql://synaq@db/synaq",
        "SYNAQ_PUBLIC_ORIGIN": "https://Test.GOV.kz/",
        "SYNAQ_KEYS_PASSPHRASE_FILE": "/run/secrets/keys",
        "SYNAQ_MAIL": "smtp://mail:25",
        "SYNAQ_MAIL_SENDER": "test@gov.kz",
    }


def test_empty_environment_gives_a_demonstration_on_this_machine(tmp_path: Path) -> None:
    settings = Settings.from_environment({"SYNAQ_INSTANCE": str(tmp_path)})

    assert settings.demonstration
    assert settings.database_url == f"sqlite:///{tmp_path / 'synaq.db'}"
    assert settings.public_origin == "http://127.0.0.1:8000"
    assert settings.port == 8000
    assert settings.mail == f"folder:{tmp_path / 'mail'}"
    assert not settings.served_over_tls
    assert not settings.testing


def test_port_is_part_of_the_default_origin(tmp_path: Path) -> None:
    settings = Settings.from_environment({"SYNAQ_INSTANCE": str(tmp_path), "PORT": "8123"})

    assert (settings.port, settings.public_origin) == (8123, "http://127.0.0.1:8123")


def test_secret_of_a_demonstration_is_kept_and_private(tmp_path: Path) -> None:
    environment = {"SYNAQ_INSTANCE": str(tmp_path / "new")}

    first, second = (Settings.from_environment(environment).secret_key for _ in range(2))

    assert first == second
    assert len(first) == 64
    assert stat.S_IMODE((tmp_path / "new" / "secret-key").stat().st_mode) == 0o600


def test_two_demonstrations_have_different_secrets(tmp_path: Path) -> None:
    secrets = {Settings.from_environment({"SYNAQ_INSTANCE": str(tmp_path / name)}).secret_key for name in "ab"}

    assert len(secrets) == 2


def test_complete_production_environment_is_taken(production: dict[str, str]) -> None:
    settings = Settings.from_environment(production)

    assert not settings.demonstration
    assert settings.secret_key == "x" * 32
    assert settings.public_origin == "https://test.gov.kz"
    assert settings.official_host == "test.gov.kz"
    assert settings.served_over_tls
    assert settings.keys_passphrase_file == Path("/run/secrets/keys")


@pytest.mark.parametrize(
    "name",
    [
        "SYNAQ_SECRET_KEY",
        "DATABASE_URL",
        "SYNAQ_PUBLIC_ORIGIN",
        "SYNAQ_KEYS_PASSPHRASE_FILE",
        "SYNAQ_MAIL",
        "SYNAQ_MAIL_SENDER",
    ],
)
@pytest.mark.parametrize("how", ["missing", "empty"])
def test_production_without_a_setting_stops_and_names_it(production: dict[str, str], name: str, how: str) -> None:
    del production[name]
    if how == "empty":
        production[name] = ""

    with pytest.raises(SettingsError, match=rf"Production mode needs {name};"):
        Settings.from_environment(production)


def test_production_with_nothing_set_names_everything_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({"SYNAQ_MODE": "production"})

    assert all(name in str(refused.value) for name in ("SYNAQ_SECRET_KEY", "DATABASE_URL", "SYNAQ_MAIL_SENDER"))


def test_short_secret_is_refused_in_production(production: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="SYNAQ_SECRET_KEY is too short"):
        Settings.from_environment(production | {"SYNAQ_SECRET_KEY": "x" * 31})


def test_production_writes_no_secret_to_the_disk(production: dict[str, str], tmp_path: Path) -> None:
    Settings.from_environment(production)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u:p@h:5432/d", "postgresql+psycopg://u:p@h:5432/d"),
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
        ("sqlite:////srv/synaq.db", "sqlite:////srv/synaq.db"),
    ],
)
def test_postgresql_address_gets_its_driver(tmp_path: Path, given: str, used: str) -> None:
    settings = Settings.from_environment({"SYNAQ_INSTANCE": str(tmp_path), "DATABASE_URL": given})

    assert settings.database_url == used


def test_unknown_mode_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="demonstration, production"):
        Settings.from_environment({"SYNAQ_MODE": "prod"})


@pytest.mark.parametrize("port", ["0", "65536", "-1", "eight", ""])
def test_port_that_is_no_port_is_refused(tmp_path: Path, port: str) -> None:
    with pytest.raises(SettingsError, match="PORT"):
        Settings.from_environment({"SYNAQ_INSTANCE": str(tmp_path), "PORT": port})


def test_settings_of_tests_stay_below_their_folder(tmp_path: Path) -> None:
    settings = Settings.for_tests(tmp_path, public_origin="https://synaq.example")

    assert settings.testing
    assert settings.official_host == "synaq.example"
    assert all(tmp_path in path.parents for path in (settings.keys_folder, settings.keys_passphrase_file))


def test_hr_system_is_told_over_tls_with_a_secret(production: dict[str, str]) -> None:
    production |= {"SYNAQ_HR_WEBHOOK": "https://hr.gov.kz/events", "SYNAQ_HR_WEBHOOK_SECRET_FILE": "/run/secrets/hr"}

    settings = Settings.from_environment(production)

    assert settings.hr_webhook == "https://hr.gov.kz/events"
    assert settings.hr_webhook_secret_file == Path("/run/secrets/hr")


def test_without_an_address_nobody_is_told(production: dict[str, str]) -> None:
    settings = Settings.from_environment(production)

    assert (settings.hr_webhook, settings.hr_webhook_secret_file) == ("", None)


@pytest.mark.parametrize("url", ["http://hr.gov.kz/events", "hr.gov.kz", "https://", "ftp://localhost/", "//hr.gov.kz"])
def test_hr_system_without_tls_is_refused(production: dict[str, str], url: str) -> None:
    production |= {"SYNAQ_HR_WEBHOOK": url, "SYNAQ_HR_WEBHOOK_SECRET_FILE": "/run/secrets/hr"}

    with pytest.raises(SettingsError, match="SYNAQ_HR_WEBHOOK"):
        Settings.from_environment(production)


@pytest.mark.parametrize("url", ["http://localhost:9000/events", "http://127.0.0.1/events", "http://[::1]:9000/"])
def test_receiver_on_this_machine_needs_no_tls(production: dict[str, str], url: str) -> None:
    production |= {"SYNAQ_HR_WEBHOOK": url, "SYNAQ_HR_WEBHOOK_SECRET_FILE": "/run/secrets/hr"}

    assert Settings.from_environment(production).hr_webhook == url


def test_address_without_a_secret_is_refused(production: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="SYNAQ_HR_WEBHOOK_SECRET_FILE"):
        Settings.from_environment(production | {"SYNAQ_HR_WEBHOOK": "https://hr.gov.kz/events"})


# --- digital signatures


def test_signatures_are_not_taken_unless_authorities_are_named(tmp_path: Path) -> None:
    settings = Settings.from_environment({"SYNAQ_INSTANCE": str(tmp_path)})

    assert (settings.signature_anchors, settings.signature_lists, settings.signature_sidecar) == (None, None, "")


def test_signatures_are_taken_as_the_settings_say(tmp_path: Path) -> None:
    environment = {
        "SYNAQ_INSTANCE": str(tmp_path),
        "SYNAQ_SIGNATURE": str(tmp_path),
        "SYNAQ_SIGNATURE_CRL": str(tmp_path),
        "SYNAQ_SIGNATURE_SIDECAR": "http://ncanode:14579/",
    }

    settings = Settings.from_environment(environment)

    assert (settings.signature_anchors, settings.signature_lists) == (tmp_path, tmp_path)
    assert settings.signature_sidecar == "http://ncanode:14579"


def test_production_takes_no_signatures_without_lists_of_the_revoked(
    production: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match="SYNAQ_SIGNATURE_CRL"):
        Settings.from_environment(production | {"SYNAQ_SIGNATURE": str(tmp_path)})


@pytest.mark.parametrize("name", ["SYNAQ_SIGNATURE", "SYNAQ_SIGNATURE_CRL"])
def test_folder_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({"SYNAQ_INSTANCE": str(tmp_path), name: str(tmp_path / "absent")})


@pytest.mark.parametrize(
    "wrong", [{"SYNAQ_SIGNATURE_SIDECAR": "ncanode:14579"}, {"SYNAQ_SIGNATURE_SIDECAR": "https://"}]
)
def test_service_that_has_no_address_is_refused(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="SYNAQ_SIGNATURE_SIDECAR"):
        Settings.from_environment({"SYNAQ_INSTANCE": str(tmp_path), "SYNAQ_SIGNATURE": str(tmp_path), **wrong})


def test_service_without_authorities_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="needs SYNAQ_SIGNATURE"):
        Settings.from_environment({"SYNAQ_INSTANCE": str(tmp_path), "SYNAQ_SIGNATURE_SIDECAR": "http://ncanode:14579"})


def test_second_factor_is_always_required_in_production(production: dict[str, str]) -> None:
    assert Settings.from_environment(production).second_factor_required
    with pytest.raises(SettingsError, match="SYNAQ_SECOND_FACTOR"):
        Settings.from_environment(production | {"SYNAQ_SECOND_FACTOR": "offered"})


@pytest.mark.parametrize(("text", "required"), [("", False), ("offered", False), ("required", True)])
def test_demonstration_may_require_a_second_factor(tmp_path: Path, text: str, required: bool) -> None:
    environment = {"SYNAQ_INSTANCE": str(tmp_path), "SYNAQ_SECOND_FACTOR": text}

    assert Settings.from_environment(environment).second_factor_required is required
    with pytest.raises(SettingsError, match="SYNAQ_SECOND_FACTOR"):
        Settings.from_environment(environment | {"SYNAQ_SECOND_FACTOR": "perhaps"})
