from __future__ import annotations

import shutil
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


@pytest.fixture(scope="session")
def opened_terminal(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Media of a terminal whose polls were opened; it is switched off."""
    folder = tmp_path_factory.mktemp("opened-terminal")
    bench = TerminalBench(office, folder)
    assert bench.open_polls().ok
    bench.terminal.stop()
    return folder


@pytest.fixture
def terminal(office: Office, opened_terminal: Path, tmp_path: Path) -> Iterator[TerminalBench]:
    """A terminal that was opened and started again: a day's opening costs most of a short test."""
    folder = shutil.copytree(opened_terminal, tmp_path / "terminal")
    bench = TerminalBench(office, folder)
    yield bench
    bench.terminal.stop()


def finger_sensor(folder: Path) -> SfmSimulator:
    return SfmSimulator(folder / "finger", seed=1, timing=INSTANT, paced=False)


@pytest.fixture
def sensor(tmp_path: Path) -> Iterator[SfmSimulator]:
    with finger_sensor(tmp_path) as simulator:
        yield simulator


@pytest.fixture
def new_station(office: Office, tmp_path: Path, sensor: SfmSimulator) -> Iterator[IdentityBench]:
    """An identity station without a package."""
    bench = IdentityBench(office, tmp_path / "station", sensor)
    yield bench
    bench.identity.stop()


@pytest.fixture(scope="session")
def opened_station(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Media of an identity station whose polls were opened; it is switched off."""
    folder = tmp_path_factory.mktemp("opened-station")
    with finger_sensor(tmp_path_factory.mktemp("finger")) as simulator:
        bench = IdentityBench(office, folder, simulator)
        assert bench.open_polls().ok
        bench.identity.stop()
    return folder


@pytest.fixture
def station(
    office: Office, opened_station: Path, tmp_path: Path, sensor: SfmSimulator
) -> Iterator[IdentityBench]:
    """An identity station that was opened and started again."""
    folder = shutil.copytree(opened_station, tmp_path / "station")
    bench = IdentityBench(office, folder, sensor)
    yield bench
    bench.identity.stop()
