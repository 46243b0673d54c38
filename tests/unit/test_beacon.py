"""Which round of a public beacon is taken, and which answer of a relay is believed?"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.beacon import Beacon, Chain, DrandBeacon, NoBeacon, beacon_for
from config import Settings, SettingsError
from question_bank.throw import BeaconRound, beacon_salt, is_salt
from tests.kit.drand import CHAIN, GENESIS, PERIOD, DrandRelay, drand_relay
from tests.kit.outside import MORNING, HandBeacon, HandClock

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def relay(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[DrandRelay]:
    with drand_relay(clock, monkeypatch) as relay:
        yield relay


@pytest.fixture
def committed(relay: DrandRelay, clock: HandClock) -> BeaconRound:
    """A round that is published ten minutes from now."""
    planned = DrandBeacon(relay.url).round_at(clock.now() + timedelta(minutes=10))
    assert planned is not None
    return planned


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        pytest.param(GENESIS - timedelta(days=400), 1, id="before the chain began"),
        pytest.param(GENESIS, 1, id="at the first round"),
        pytest.param(GENESIS + MOMENT, 2, id="just after a round"),
        pytest.param(GENESIS + PERIOD - MOMENT, 2, id="just before a round"),
        pytest.param(GENESIS + PERIOD, 2, id="at a round"),
        pytest.param(GENESIS + 1000 * PERIOD + MOMENT, 1002, id="long after"),
    ],
)
def test_round_is_the_first_at_or_after_the_moment(moment: datetime, number: int) -> None:
    assert Chain(name=CHAIN, genesis=GENESIS, period=PERIOD).round_at(moment) == number


def test_round_lies_ahead_until_it_is_published(relay: DrandRelay, committed: BeaconRound, clock: HandClock) -> None:
    beacon, published_at = DrandBeacon(relay.url), relay.published_at(committed.number)
    assert published_at >= MORNING + timedelta(minutes=10)
    clock.set(published_at - MOMENT)
    assert beacon.randomness(committed) is None

    clock.set(published_at)

    assert beacon.randomness(committed) == relay.randomness(committed.number)


def test_round_of_a_chain_makes_a_salt(relay: DrandRelay, committed: BeaconRound, clock: HandClock) -> None:
    clock.advance(minutes=11)

    randomness = DrandBeacon(relay.url).randomness(committed)

    assert committed.chain == CHAIN
    assert randomness is not None
    assert is_salt(beacon_salt(committed, randomness))


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"round": 1}, id="another round"),
        pytest.param({"randomness": "00" * 32}, id="chosen randomness"),
        pytest.param({"signature": "00" * 48}, id="another signature"),
        pytest.param({"randomness": "00"}, id="short randomness"),
        pytest.param({"randomness": "no hex"}, id="randomness that is no hex"),
        pytest.param({"randomness": None}, id="no randomness"),
        pytest.param({"hash": "00" * 32}, id="another chain"),
    ],
)
def test_answer_that_cannot_be_right_is_refused_and_noted(
    relay: DrandRelay, committed: BeaconRound, clock: HandClock, told: dict[str, object]
) -> None:
    clock.advance(minutes=11)
    relay.told = told

    with capture_logs() as logs:
        assert DrandBeacon(relay.url).randomness(committed) is None

    assert [(line["event"], line["round"]) for line in logs] == [("beacon.not_taken", committed.number)]


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"hash": "00" * 31}, id="short hash"),
        pytest.param({"hash": None}, id="no hash"),
        pytest.param({"period": 0}, id="no period"),
        pytest.param({"period": "30"}, id="period in letters"),
        pytest.param({"genesis_time": 10**30}, id="beginning after all time"),
    ],
)
def test_chain_that_cannot_be_one_is_not_planned_with(relay: DrandRelay, told: dict[str, object]) -> None:
    relay.told = told

    with capture_logs() as logs:
        assert DrandBeacon(relay.url).round_at(MORNING) is None

    assert [line["event"] for line in logs] == ["beacon.not_planned"]


@pytest.mark.parametrize("how", ["down", "refused", "silent"])
def test_beacon_that_is_away_gives_nothing(
    relay: DrandRelay, committed: BeaconRound, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.beacon.TIMEOUT_SECONDS", 0.1)
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        relay.down = how == "down"
        if how == "silent":
            port.listen()
        beacon = DrandBeacon(relay.url if how == "down" else f"http://127.0.0.1:{port.getsockname()[1]}")

        with capture_logs() as logs:
            assert beacon.round_at(MORNING) is None
            assert beacon.randomness(committed) is None

    assert [line["log_level"] for line in logs] == ["warning", "warning"]


@pytest.mark.parametrize("text", ["[]", '"info"', "7", "null", "<html>", "", '{"hash": 7}'])
def test_answer_of_another_kind_is_not_taken(relay: DrandRelay, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(relay, "answer", lambda _: (200, text.encode()))

    assert DrandBeacon(relay.url).round_at(MORNING) is None


# --- which beacon


@pytest.mark.parametrize(
    ("setting", "beacon"),
    [
        ({}, NoBeacon()),
        ({"SYNAQ_BEACON": ""}, NoBeacon()),
        ({"SYNAQ_BEACON": "https://api.drand.sh/"}, DrandBeacon("https://api.drand.sh")),
        ({"SYNAQ_BEACON": f"http://127.0.0.1:8080/{CHAIN}"}, DrandBeacon(f"http://127.0.0.1:8080/{CHAIN}")),
    ],
)
def test_setting_names_the_beacon(tmp_path: Path, setting: dict[str, str], beacon: Beacon) -> None:
    settings = Settings.from_environment({"SYNAQ_INSTANCE": str(tmp_path), **setting})

    assert beacon_for(settings.beacon) == beacon


@pytest.mark.parametrize("address", ["api.drand.sh", "ftp://api.drand.sh", "https://", "file:///etc/passwd"])
def test_setting_that_is_no_address_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsError, match="SYNAQ_BEACON"):
        Settings.from_environment({"SYNAQ_INSTANCE": str(tmp_path), "SYNAQ_BEACON": address})


@pytest.mark.parametrize("beacon", [NoBeacon(), HandBeacon()])
def test_without_a_beacon_there_is_no_round(beacon: Beacon) -> None:
    assert beacon.round_at(MORNING) is None
    assert beacon.randomness(BeaconRound(chain=CHAIN, number=1)) is None
