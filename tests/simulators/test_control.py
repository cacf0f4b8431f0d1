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
    ClearFaults,
    Command,
    ControlError,
    Device,
    Fault,
    Happen,
    Help,
    Insert,
    Lift,
    PlaceFinger,
    Remove,
    Replug,
    Scan,
    State,
    Swap,
    Unplug,
    parse,
)
from simulators.fingerprint.fingers import Placement
from simulators.serial_line import Direction, LineFault


@pytest.mark.parametrize(
    ("device", "line", "command"),
    [
        (Device.CARD, "insert", Insert()),
        (Device.CARD, "  REMOVE \r", Remove()),
        (Device.CARD, "swap", Swap()),
        (Device.CARD, "fault pull 3", Fault("pull", at=3)),
        (Device.CARD, "fault pull", Fault("pull")),
        (Device.CARD, "fault reader gone", Fault("reader gone")),
        (Device.CARD, "fault pcscd restart", Fault("pcscd restart")),
        (Device.CARD, "fault garbage rate 0.25", Fault("garbage", rate=0.25)),
        (Device.CARD, "fault none", ClearFaults()),
        (Device.FINGERPRINT, "finger ali", PlaceFinger("ali")),
        (Device.FINGERPRINT, "finger Ali Reza", PlaceFinger("Ali Reza")),
        (Device.FINGERPRINT, "finger علی wet", PlaceFinger("علی", Placement.WET)),
        (Device.FINGERPRINT, "finger wet", PlaceFinger("wet")),
        (Device.FINGERPRINT, "lift", Lift()),
        (Device.FINGERPRINT, "unplug", Unplug()),
        (Device.FINGERPRINT, "replug", Replug()),
        (Device.FINGERPRINT, "fault corrupt at 2", Fault("corrupt", at=2)),
        (
            Device.FINGERPRINT,
            "fault drop to device rate 1",
            Fault("drop", Direction.TO_DEVICE, rate=1.0),
        ),
        (Device.PRINTER, "paper out", Happen("paper out")),
        (Device.PRINTER, "paper out after 200", Happen("paper out", 200)),
        (Device.PRINTER, "Cover  CLOSED", Happen("cover closed")),
        (Device.PRINTER, "jam", Happen("jam")),
        (Device.PRINTER, "jam cleared", Happen("jam cleared")),
        (Device.PRINTER, "fault head hot", Happen("head hot")),
        (Device.SCANNER, "scan  a  b ", Scan("a  b ")),
        (Device.UPS, "state", State()),
        (Device.UPS, "help", Help()),
        (Device.CARD, "help fault", Help("fault")),
        (Device.CARD, "", None),
        (Device.CARD, "   \t", None),
        (Device.CARD, "# insert", None),
    ],
)
def test_lines(device: Device, line: str, command: Command | None) -> None:
    assert parse(line, device) == command


@pytest.mark.parametrize(
    ("device", "line", "named"),
    [
        (Device.CARD, "eject", "insert"),
        (Device.CARD, "finger ali", "insert"),
        (Device.CARD, "insert twice", "insert"),
        (Device.CARD, "fault", "pull"),
        (Device.CARD, "fault explode", "pull"),
        (Device.CARD, "fault pull at 0", "whole number"),
        (Device.CARD, "fault pull at", "at N"),
        (Device.CARD, "fault pull rate 0", "above 0"),
        (Device.CARD, "fault pull rate 2", "above 0"),
        (Device.CARD, "fault pull rate nan", "above 0"),
        (Device.CARD, "fault pull ²", "whole number"),
        (Device.FINGERPRINT, "finger", "finger NAME"),
        (Device.PRINTER, "paper", "paper out"),
        (Device.PRINTER, "paper red", "paper out"),
        (Device.PRINTER, "paper out after none", "whole number"),
        (Device.SCANNER, "scan ", "scan TEXT"),
        (Device.PRINTER, "x" * (control.MAX_LINE + 1), "at most"),
    ],
)
def test_errors_say_what_to_write(device: Device, line: str, named: str) -> None:
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
    device=st.sampled_from(Device),
    line=st.text(max_size=60) | st.lists(st.sampled_from(_WORDS), max_size=6).map(" ".join),
)
def test_any_line_is_a_command_or_a_clear_error(device: Device, line: str) -> None:
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
