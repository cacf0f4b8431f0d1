"""Lines of the control side: every one is a command or a clear error."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators import control
from simulators.control import (
    FAULTS,
    HAPPENINGS,
    ControlCommand,
    ControlError,
    Deed,
    Fault,
    Happen,
    Help,
    PlaceFinger,
    Scan,
    SimulatedDevice,
    parse,
)
from simulators.fingerprint.fingers import Placement
from simulators.serial_line import Direction, LineFault


@pytest.mark.parametrize(
    ("device", "line", "command"),
    [
        (SimulatedDevice.CARD, "insert", Deed.INSERT),
        (SimulatedDevice.CARD, "  REMOVE \r", Deed.REMOVE),
        (SimulatedDevice.CARD, "swap", Deed.SWAP),
        (SimulatedDevice.CARD, "fault pull 3", Fault("pull", at=3)),
        (SimulatedDevice.CARD, "fault pull", Fault("pull")),
        (SimulatedDevice.CARD, "fault reader gone", Fault("reader gone")),
        (SimulatedDevice.CARD, "fault pcscd restart", Fault("pcscd restart")),
        (SimulatedDevice.CARD, "fault garbage rate 0.25", Fault("garbage", rate=0.25)),
        (SimulatedDevice.CARD, "fault none", Deed.CLEAR_FAULTS),
        (SimulatedDevice.FINGERPRINT, "finger ali", PlaceFinger("ali")),
        (SimulatedDevice.FINGERPRINT, "finger Ali Reza", PlaceFinger("Ali Reza")),
        (SimulatedDevice.FINGERPRINT, "finger علی wet", PlaceFinger("علی", Placement.WET)),
        (SimulatedDevice.FINGERPRINT, "finger wet", PlaceFinger("wet")),
        (SimulatedDevice.FINGERPRINT, "lift", Deed.LIFT),
        (SimulatedDevice.FINGERPRINT, "unplug", Deed.UNPLUG),
        (SimulatedDevice.FINGERPRINT, "replug", Deed.REPLUG),
        (SimulatedDevice.FINGERPRINT, "fault corrupt at 2", Fault("corrupt", at=2)),
        (
            SimulatedDevice.FINGERPRINT,
            "fault drop to device rate 1",
            Fault("drop", Direction.TO_DEVICE, rate=1.0),
        ),
        (SimulatedDevice.PRINTER, "paper out", Happen("paper out")),
        (SimulatedDevice.PRINTER, "paper out after 200", Happen("paper out", 200)),
        (SimulatedDevice.PRINTER, "Cover  CLOSED", Happen("cover closed")),
        (SimulatedDevice.PRINTER, "jam", Happen("jam")),
        (SimulatedDevice.PRINTER, "jam cleared", Happen("jam cleared")),
        (SimulatedDevice.PRINTER, "fault head hot", Happen("head hot")),
        (SimulatedDevice.SCANNER, "scan  a  b ", Scan("a  b ")),
        (SimulatedDevice.UPS, "state", Deed.STATE),
        (SimulatedDevice.UPS, "help", Help()),
        (SimulatedDevice.CARD, "help fault", Help("fault")),
        (SimulatedDevice.CARD, "", None),
        (SimulatedDevice.CARD, "   \t", None),
        (SimulatedDevice.CARD, "# insert", None),
    ],
)
def test_lines(device: SimulatedDevice, line: str, command: ControlCommand | None) -> None:
    assert parse(line, device) == command


@pytest.mark.parametrize(
    ("device", "line", "named"),
    [
        (SimulatedDevice.CARD, "eject", "insert"),
        (SimulatedDevice.CARD, "finger ali", "insert"),
        (SimulatedDevice.CARD, "insert twice", "insert"),
        (SimulatedDevice.CARD, "fault", "pull"),
        (SimulatedDevice.CARD, "fault explode", "pull"),
        (SimulatedDevice.CARD, "fault pull at 0", "whole number"),
        (SimulatedDevice.CARD, "fault pull at", "at N"),
        (SimulatedDevice.CARD, "fault pull rate 0", "above 0"),
        (SimulatedDevice.CARD, "fault pull rate 2", "above 0"),
        (SimulatedDevice.CARD, "fault pull rate nan", "above 0"),
        (SimulatedDevice.CARD, "fault pull ²", "whole number"),
        (SimulatedDevice.FINGERPRINT, "finger", "finger NAME"),
        (SimulatedDevice.PRINTER, "paper", "paper out"),
        (SimulatedDevice.PRINTER, "paper red", "paper out"),
        (SimulatedDevice.PRINTER, "paper out after none", "whole number"),
        (SimulatedDevice.SCANNER, "scan ", "scan TEXT"),
        (SimulatedDevice.PRINTER, "x" * (control.MAX_LINE + 1), "at most"),
    ],
)
def test_errors_say_what_to_write(device: SimulatedDevice, line: str, named: str) -> None:
    with pytest.raises(ControlError, match=named):
        parse(line, device)


def test_every_fault_of_a_line_has_its_name_and_its_words() -> None:
    assert {fault.value for fault in LineFault} == set(control.LINE_FAULTS)
    assert {"corrupt", "drop", "late", "split", "garbage", "duplicate"} <= set(control.LINE_FAULTS)


_WORDS = sorted(
    {"insert", "fault", "at", "rate", "to", "device", "none", "after", "3", "0.5", "finger", "scan"}
    | {word for faults in FAULTS.values() for name in faults for word in name.split()}
    | {word for names in HAPPENINGS.values() for name in names for word in name.split()}
)


@pytest.mark.fuzz
@given(
    device=st.sampled_from(SimulatedDevice),
    line=st.text(max_size=60) | st.lists(st.sampled_from(_WORDS), max_size=6).map(" ".join),
)
def test_any_line_is_a_command_or_a_clear_error(device: SimulatedDevice, line: str) -> None:
    try:
        command = parse(line, device)
    except ControlError:
        return
    match command:
        case Fault(kind, _, at, rate):
            assert kind in FAULTS[device]
            assert at >= 1
            assert rate is None or 0 < rate <= 1
        case Happen(what, _):
            assert what in HAPPENINGS[device]
        case None:
            assert not line.strip() or line.strip().startswith("#")
        case _:
            pass


def test_the_manual_names_every_fault_and_happening() -> None:
    manual = (Path(__file__).parents[2] / "docs/simulators.md").read_text(encoding="utf-8")
    names = {name for faults in FAULTS.values() for name in faults}
    names |= {name for happenings in HAPPENINGS.values() for name in happenings}
    assert {name for name in names if f"`{name}`" not in manual} == set()
