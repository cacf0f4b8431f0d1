from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.fingerprint.module import INSTANT
from simulators.fingerprint.sfm import SfmSimulator
from tests.kiosk.station.bench import IdentityBench, TerminalBench
from tests.kiosk.station.office import Office


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office.open(tmp_path_factory.mktemp("office"))


@pytest.fixture
def new_terminal(office: Office, tmp_path: Path) -> Iterator[TerminalBench]:
    """A terminal without a package."""
    bench = TerminalBench(office, tmp_path / "terminal")
    yield bench
    bench.terminal.stop()


@pytest.fixture
def terminal(new_terminal: TerminalBench) -> TerminalBench:
    """A terminal with open polls."""
    assert new_terminal.open_polls().ok
    return new_terminal


@pytest.fixture
def sensor(tmp_path: Path) -> Iterator[SfmSimulator]:
    with SfmSimulator(tmp_path / "finger", seed=1, timing=INSTANT, paced=False) as simulator:
        yield simulator


@pytest.fixture
def new_station(office: Office, tmp_path: Path, sensor: SfmSimulator) -> Iterator[IdentityBench]:
    """An identity station without a package."""
    bench = IdentityBench(office, tmp_path / "station", sensor)
    yield bench
    bench.identity.stop()


@pytest.fixture
def station(new_station: IdentityBench) -> IdentityBench:
    """An identity station with open polls."""
    assert new_station.open_polls().ok
    return new_station
