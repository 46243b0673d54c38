"""Which outside world is the application wired to? The only place that makes real tools; tests give fakes."""

from __future__ import annotations

from dataclasses import dataclass

from app.beacon import Beacon, beacon_for
from app.kernel.clock import Clock, SystemClock
from app.kernel.entropy import Entropy, SystemEntropy
from app.keycabinet import KeyCabinet
from app.mail import Mailer, mailer_for
from config import Settings


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Time, chance, keys, mail and a public beacon, as arguments instead of globals."""

    clock: Clock
    entropy: Entropy
    keys: KeyCabinet
    mailer: Mailer
    beacon: Beacon


def real_tools(settings: Settings) -> Tools:
    """Wire the application to this machine."""
    return Tools(
        clock=SystemClock(),
        entropy=SystemEntropy(),
        keys=KeyCabinet(settings.keys_folder, settings.keys_passphrase_file),
        mailer=mailer_for(settings.mail, settings.mail_sender),
        beacon=beacon_for(settings.beacon),
    )
