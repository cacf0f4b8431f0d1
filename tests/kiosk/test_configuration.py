"""station.toml."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import configuration
from kiosk.configuration import (
    ConfigurationError,
    IdentityReaders,
    PcscReader,
    Screen,
    SerialLine,
    SocketReader,
    StationConfiguration,
    TerminalReaders,
)
from kiosk.definition import BranchId, DeviceId, Role

TERMINAL = StationConfiguration(
    DeviceId("b0001-t1"),
    Role.BALLOT_TERMINAL,
    BranchId("b0001"),
    Path("/data"),
    Path("/mirror"),
    Path("/media/فلش"),
    Path("/etc/root.der"),
    Path("/etc/signing.key"),
    Path("/etc/sealing.key"),
    TerminalReaders(PcscReader('Reader "A" \\ 00')),
    None,
    SerialLine("/dev/ttyUSB1", 9600),
    Screen(120, False, "large"),
)
IDENTITY = replace(
    TERMINAL,
    device=DeviceId("b0001-i1"),
    role=Role.IDENTITY_STATION,
    readers=IdentityReaders(PcscReader("A"), SocketReader(Path("/run/card"))),
    fingerprint=SerialLine("socket://localhost:7000", 115200),
    printer=None,
)
TEXT = """
device = "t1"
role = "ballot-terminal"
branch = "b1"
data = "data"
mirror = "/mirror"
usb = "usb"
root_certificate = "root.der"
signing_key = "a.key"
sealing_key = "b.key"
[readers.card]
kind = "socket"
path = "card"
"""


@pytest.mark.parametrize("station", [TERMINAL, IDENTITY])
def test_round_trip(tmp_path: Path, station: StationConfiguration) -> None:
    path = tmp_path / "station.toml"
    configuration.write(station, path)
    assert configuration.read(path) == station


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_text(TEXT)
    station = configuration.read(tmp_path / "station.toml")
    assert station.data == tmp_path / "data"
    assert station.mirror == Path("/mirror")
    assert station.readers == TerminalReaders(SocketReader(tmp_path / "card"))
    assert station.screen == Screen()
    assert station.printer is None


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('device = "t1"\n', "", "device"),
        ('device = "t1"', "device = 1", "device"),
        ('device = "t1"', 'device = "../t1"', "device"),
        ('"ballot-terminal"', '"officer"', "role"),
        ('"ballot-terminal"', '"identity-station"', "fingerprint"),
        ('usb = "usb"', 'usb = ""', "usb"),
        ('usb = "usb"', 'usb = "usb"\nmore = 1', "more"),
        ('kind = "socket"', 'kind = "usb"', "readers.card"),
        ('path = "card"', 'name = "card"', "readers.card"),
        ("[readers.card]", "[readers.identity]", "readers"),
        ('path = "card"', 'path = "card"\n[printer]\npath = "x"\nbaud = "9600"', "printer.baud"),
        ('path = "card"', 'path = "card"\n[screen]\ndpi = 1', "screen.dpi"),
        ('path = "card"', 'path = "card"\n[fingerprint]\npath = "x"\nbaud = 9600', "fingerprint"),
        ("role", "=", "TOML"),
    ],
)
def test_errors_name_the_setting(tmp_path: Path, old: str, new: str, named: str) -> None:
    path = tmp_path / "station.toml"
    assert old in TEXT
    path.write_text(TEXT.replace(old, new, 1))
    with pytest.raises(ConfigurationError, match=named):
        configuration.read(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="missing"):
        configuration.read(tmp_path / "station.toml")


@given(content=st.binary(max_size=200))
def test_random_files(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("random") / "station.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError):
        configuration.read(path)
