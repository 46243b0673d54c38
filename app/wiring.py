"""Which outside world is the application wired to? The only place that makes real tools; tests give fakes."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.beacon import Beacon, beacon_for
from app.eds.verifier import NoSignatures, SignatureVerifier, verifier_for
from app.kernel.clock import Clock
from app.kernel.entropy import Entropy, SystemEntropy
from app.keycabinet import KeyCabinet
from app.mail import Mailer, mailer_for
from app.sms import Texter, texter_for
from app.steadyclock import SteadyClock
from app.webhook import Webhook, webhook_for
from config import Settings

VERIFICATION_PATH = "/verify"
"""Where the public page is; a test holds it to the route."""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Time, chance, keys, mail, short messages, and every other system, as arguments instead of globals."""

    clock: Clock
    entropy: Entropy
    keys: KeyCabinet
    mailer: Mailer
    beacon: Beacon
    texter: Texter | None
    """None where no short messages are sent."""
    webhook: Webhook | None
    """Where the state HR system is told; None where it is not."""
    signatures: SignatureVerifier = field(default_factory=NoSignatures)


def clock_of(settings: Settings) -> SteadyClock:
    """Return the clock of this installation on this machine."""
    return SteadyClock(settings.instance / "clock")


def real_tools(settings: Settings) -> Tools:
    """Wire the application to this machine."""
    return Tools(
        clock=clock_of(settings),
        entropy=SystemEntropy(),
        keys=KeyCabinet(settings.keys_folder, settings.keys_passphrase_file),
        mailer=mailer_for(settings.mail, settings.mail_sender),
        beacon=beacon_for(settings.beacon),
        webhook=webhook_for(
            settings.hr_webhook, settings.hr_webhook_secret_file, f"{settings.public_origin}{VERIFICATION_PATH}"
        ),
        signatures=verifier_for(settings.signature_anchors, settings.signature_lists, settings.signature_sidecar),
        texter=texter_for(settings.sms, settings.sms_token_file),
    )
