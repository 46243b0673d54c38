"""Which settings does this installation run with? A frozen record, complete at start-up."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

ROOT = Path(__file__).resolve().parent
MODES = ("demonstration", "production")
SECOND_FACTOR = ("required", "offered")


class SettingsError(Exception):
    """The environment does not make a complete installation; the message says what to set."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that differs between two installations. The rules of a test are not here: they are programme files."""

    mode: str
    """``demonstration`` (one machine, synthetic people) or ``production``."""
    secret_key: str
    """Signs the session cookie. Changing it signs everybody out."""
    database_url: str
    instance: Path
    """Folder of everything this installation writes beside its database."""
    public_origin: str
    """Scheme and host as people type them, lower case, no trailing slash."""
    keys_folder: Path
    keys_passphrase_file: Path
    mail: str
    """``smtp://host:port`` or ``folder:PATH`` (development: every message becomes a file)."""
    mail_sender: str
    sms: str
    """``https://…`` (a gateway, see ``docs/notices.md``), ``folder:PATH`` (development), or empty: none are sent."""
    sms_token_file: Path
    """Holds the bearer token of the gateway."""
    beacon: str
    """Base URL of a drand chain, whose rounds stand for the throw; empty: dice or balls are thrown."""
    hr_webhook: str
    """Where the state HR system is told of results and certificates; empty: nobody is told."""
    hr_webhook_secret_file: Path | None
    """Secrets with which events are signed, one ``whsec_…`` a line, the newest first."""
    port: int
    signature_anchors: Path | None = None
    """Folder of the certificates of the authorities whose digital signatures open an account; None: passwords alone."""
    signature_lists: Path | None = None
    """Folder of their lists of revoked certificates; None: revocation is not checked."""
    signature_sidecar: str = ""
    """Base URL of a service that checks signatures by GOST; empty: they are refused."""
    second_factor: str = "required"
    """``required`` of all staff before anything else, always so in production mode; or ``offered``."""
    testing: bool = False

    @property
    def demonstration(self) -> bool:
        return self.mode == "demonstration"

    @property
    def second_factor_required(self) -> bool:
        return self.second_factor == "required"

    @property
    def official_host(self) -> str:
        """Host that a certificate's QR code names."""
        return urlsplit(self.public_origin).netloc

    @property
    def served_over_tls(self) -> bool:
        return self.public_origin.startswith("https://")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the environment; defaults serve one machine for a demonstration.

        Raises:
            SettingsError: A value is missing in production mode, or is not one that we know.
        """
        mode = environ.get("SYNAQ_MODE", "demonstration")
        if mode not in MODES:
            raise SettingsError(f"SYNAQ_MODE is {mode!r}; set it to one of: {', '.join(MODES)}.")
        instance = Path(environ.get("SYNAQ_INSTANCE", ROOT / "instance")).absolute()
        port = _port(environ.get("PORT", "8000"))
        defaults = {
            "DATABASE_URL": f"sqlite:///{instance / 'synaq.db'}",
            "SYNAQ_PUBLIC_ORIGIN": f"http://127.0.0.1:{port}",
            "SYNAQ_KEYS_PASSPHRASE_FILE": str(instance / "keys-passphrase"),
            "SYNAQ_MAIL": f"folder:{instance / 'mail'}",
            "SYNAQ_MAIL_SENDER": "synaq@localhost",
        }
        secret_key = environ.get("SYNAQ_SECRET_KEY", "")
        if mode == "production":
            _demand(environ, ["SYNAQ_SECRET_KEY", *defaults])
            if len(secret_key) < 32:
                raise SettingsError("SYNAQ_SECRET_KEY is too short; give at least 32 random characters.")
            if environ.get("SYNAQ_SIGNATURE"):
                _demand(environ, ["SYNAQ_SIGNATURE_CRL"])
        values = {name: environ.get(name) or default for name, default in defaults.items()}
        return cls(
            mode=mode,
            secret_key=secret_key or _kept_secret(instance / "secret-key"),
            database_url=_psycopg(values["DATABASE_URL"]),
            instance=instance,
            public_origin=values["SYNAQ_PUBLIC_ORIGIN"].rstrip("/").lower(),
            keys_folder=Path(environ.get("SYNAQ_KEYS_FOLDER", instance / "keys")),
            keys_passphrase_file=Path(values["SYNAQ_KEYS_PASSPHRASE_FILE"]),
            mail=values["SYNAQ_MAIL"],
            mail_sender=values["SYNAQ_MAIL_SENDER"],
            sms=_sms(environ.get("SYNAQ_SMS", "")),
            sms_token_file=Path(environ.get("SYNAQ_SMS_TOKEN_FILE", instance / "sms-token")),
            beacon=_beacon(environ.get("SYNAQ_BEACON", "")),
            **_hr_webhook(environ),
            port=port,
            signature_anchors=_folder(environ, "SYNAQ_SIGNATURE"),
            signature_lists=_folder(environ, "SYNAQ_SIGNATURE_CRL"),
            signature_sidecar=_sidecar(environ),
            second_factor=_second_factor(environ.get("SYNAQ_SECOND_FACTOR", ""), mode),
        )

    @classmethod
    def for_tests(cls, instance: Path, **overrides: object) -> Settings:
        """Settings that touch nothing outside ``instance``."""
        settings = cls(
            mode="demonstration",
            secret_key="only-for-tests-only-for-tests-only",
            database_url=f"sqlite:///{instance / 'synaq.db'}",
            instance=instance,
            public_origin="http://localhost",
            keys_folder=instance / "keys",
            keys_passphrase_file=instance / "keys-passphrase",
            mail=f"folder:{instance / 'mail'}",
            mail_sender="synaq@localhost",
            sms="",
            sms_token_file=instance / "sms-token",
            beacon="",
            hr_webhook="",
            hr_webhook_secret_file=None,
            port=0,
            second_factor="offered",
            testing=True,
        )
        return replace(settings, **overrides)  # type: ignore[arg-type]  # overrides are named by the tests


def _demand(environ: Mapping[str, str], names: list[str]) -> None:
    missing = [name for name in names if not environ.get(name)]
    if missing:
        raise SettingsError(f"Production mode needs {', '.join(missing)}; see the table of settings in README.md.")


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise SettingsError(f"PORT is {text!r}; give a number from 1 to 65535.")
    return int(text)


def _second_factor(text: str, mode: str) -> str:
    if mode == "production":
        if text not in ("", "required"):
            raise SettingsError("SYNAQ_SECOND_FACTOR: production mode always requires a second factor of staff.")
        return "required"
    if text and text not in SECOND_FACTOR:
        raise SettingsError(f"SYNAQ_SECOND_FACTOR is {text!r}; set it to one of: {', '.join(SECOND_FACTOR)}.")
    return text or "offered"


def _beacon(url: str) -> str:
    if url and not (urlsplit(url).scheme in ("https", "http") and urlsplit(url).hostname):
        raise SettingsError(f"SYNAQ_BEACON is {url!r}; give the base URL of a drand chain, or leave it empty.")
    return url.rstrip("/")


def _hr_webhook(environ: Mapping[str, str]) -> dict[str, Any]:
    """Events name people by their IIN: they leave over TLS, except to this machine itself."""
    url, secrets_file = environ.get("SYNAQ_HR_WEBHOOK", ""), environ.get("SYNAQ_HR_WEBHOOK_SECRET_FILE", "")
    parts = urlsplit(url)
    if url and not (parts.hostname and (parts.scheme == "https" or _is_local(parts))):
        raise SettingsError(
            f"SYNAQ_HR_WEBHOOK is {url!r}; give an address that begins with https://, or leave it empty."
        )
    if url and not secrets_file:
        raise SettingsError("SYNAQ_HR_WEBHOOK needs SYNAQ_HR_WEBHOOK_SECRET_FILE, a file with a line whsec_….")
    return {"hr_webhook": url, "hr_webhook_secret_file": Path(secrets_file) if secrets_file else None}


def _is_local(parts: SplitResult) -> bool:
    return parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")


def _folder(environ: Mapping[str, str], name: str) -> Path | None:
    value = environ.get(name, "")
    if value and not Path(value).is_dir():
        raise SettingsError(f"{name} is {value!r}; give a folder that is there, or leave it empty.")
    return Path(value) if value else None


def _sidecar(environ: Mapping[str, str]) -> str:
    url = environ.get("SYNAQ_SIGNATURE_SIDECAR", "")
    if url and not (urlsplit(url).scheme in ("https", "http") and urlsplit(url).hostname):
        raise SettingsError(f"SYNAQ_SIGNATURE_SIDECAR is {url!r}; give the base URL of the service, or leave it empty.")
    if url and not environ.get("SYNAQ_SIGNATURE"):
        raise SettingsError("SYNAQ_SIGNATURE_SIDECAR needs SYNAQ_SIGNATURE, the folder of the trusted authorities.")
    return url.rstrip("/")


def _sms(address: str) -> str:
    if address and not (address.startswith(("https://", "folder:")) or _is_local(urlsplit(address))):
        raise SettingsError(f"SYNAQ_SMS is {address!r}; give https://… or folder:PATH, or leave it empty.")
    return address


def _psycopg(url: str) -> str:
    """Name the driver: a bare ``postgresql://`` would look for another one."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _kept_secret(path: Path) -> str:
    """A secret of this machine, made once. Only a demonstration may live with one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="ascii")
    return path.read_text(encoding="ascii").strip()
