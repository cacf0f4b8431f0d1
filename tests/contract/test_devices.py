"""The forms of `--device`."""

from __future__ import annotations

import pytest

from tests.contract.devices import Device, parse_device


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
