"""A laptop's battery, read by psutil from files as the kernel has them."""

from pathlib import Path

import psutil
import pytest

from drivers.power.battery import BatterySource
from drivers.power.seam import Doubt, PowerState, Supply
from tests.needs import missing

# psutil reads the kernel's folder whose path is this constant of its Linux half.
FOLDER = "psutil._pslinux.POWER_SUPPLY_PATH"


@pytest.fixture
def sysfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if not psutil.LINUX:
        missing("Linux, where psutil reads files")
    monkeypatch.setattr(FOLDER, str(tmp_path))
    return tmp_path


def battery(folder: Path, status: str, now: int, plugged: int | None, power: int = 0) -> None:
    files = {
        "energy_now": now,
        "energy_full": 50_000_000,
        "power_now": power,
        "capacity": now // 500_000,
    }
    (folder / "BAT0").mkdir()
    for name, value in files.items():
        (folder / "BAT0" / name).write_text(f"{value}\n")
    (folder / "BAT0" / "status").write_text(f"{status}\n")
    if plugged is not None:
        (folder / "AC0").mkdir()
        (folder / "AC0" / "online").write_text(f"{plugged}\n")


def test_on_line(sysfs: Path) -> None:
    battery(sysfs, "Charging", 40_000_000, 1, 10_000_000)
    assert BatterySource().read() == PowerState(Supply.ON_LINE, 80)


def test_on_battery_with_its_runtime(sysfs: Path) -> None:
    battery(sysfs, "Discharging", 25_000_000, 0, 50_000_000)
    assert BatterySource().read() == PowerState(Supply.ON_BATTERY, 50, 1800)


def test_low(sysfs: Path) -> None:
    battery(sysfs, "Discharging", 4_000_000, 0, 50_000_000)
    assert BatterySource().read() == PowerState(Supply.LOW, 8, 288, low_battery=True)
    assert BatterySource(low_percent=5).read().supply is Supply.ON_BATTERY


def test_no_battery_and_no_word(sysfs: Path) -> None:
    assert BatterySource().read() == PowerState(Supply.UNKNOWN, doubt=Doubt.NO_DEVICE)
    battery(sysfs, "Unknown", 25_000_000, None)
    state = BatterySource().read()
    assert (state.supply, state.doubt) == (Supply.UNKNOWN, Doubt.NOT_SAID)


def test_nonsense(sysfs: Path) -> None:
    battery(sysfs, "Discharging", -25_000_000, 0, 50_000_000)
    assert BatterySource().read().supply is Supply.UNKNOWN


def test_an_impossible_limit_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="percentage"):
        BatterySource(101)
