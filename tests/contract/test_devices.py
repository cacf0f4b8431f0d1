"""The forms of `--device`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulators.cards.piv import PivCard
from simulators.pcscd import PrivatePcscd, unavailable_reason
from tests.contract.devices import Device, parse_device
from tests.needs import missing

RUN_S = 120.0


@pytest.mark.parametrize(
    ("text", "device"),
    [
        ("pcsc:ACS ACR39U ICC Reader 00 00", Device("pcsc", "ACS ACR39U ICC Reader 00 00")),
        ("pcsc:A@B: C*", Device("pcsc", "A@B: C*")),
        ("sfm:/dev/ttyUSB0", Device("sfm", "/dev/ttyUSB0")),
        ("zfm:/dev/ttyUSB0@57600", Device("zfm", "/dev/ttyUSB0", 57600)),
        ("printer:/dev/usb/lp0", Device("printer", "/dev/usb/lp0")),
    ],
)
def test_devices(text: str, device: Device) -> None:
    assert parse_device(text) == device


@pytest.mark.parametrize(
    "text", ["", "pcsc", "pcsc:", "foo:/dev/x", "sfm:/dev/x@fast", "sfm:@9600"]
)
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="--device"):
        parse_device(text)


@pytest.mark.slow
@pytest.mark.pcscd
def test_a_person_at_a_reader_is_told_what_to_do(tmp_path: Path) -> None:
    """The suite runs against a reader it knows nothing of; who does what it says, passes it."""
    reason = unavailable_reason()
    if reason is not None:
        missing(reason)
    name = "Somebody's Reader"
    with PrivatePcscd([name]) as daemon:
        slot = daemon.slot(name)
        suite = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                f"--basetemp={tmp_path / 'inner'}",
                "tests/contract/test_cards.py",
                "tests/contract/test_card_limits.py",
                "-k",
                "device-pcsc",
                "--device",
                "pcsc:Somebody*00 00",
            ],
            cwd=Path(__file__).parents[2],
            env={**os.environ, **daemon.env()},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert suite.stdout is not None
        printed = []
        asked = {"put": 0, "take": 0}
        for line in suite.stdout:
            printed.append(line)
            if "put a card in" in line:
                asked["put"] += 1
                slot.insert(PivCard("482915", "12345678", bytes(32)))
            elif "take the card out" in line:
                asked["take"] += 1
                slot.remove()
        assert suite.wait(RUN_S) == 0, "".join(printed)
        slot.remove()
    assert " passed" in printed[-1]
    assert "skipped" not in printed[-1]
    assert asked["put"] == asked["take"] > 3
