"""station.toml."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.fingerprint.limits import DEFAULT as FINGER_LIMITS
from drivers.printer.strip import PrinterLimits
from drivers.serial_line import WRITE_TIMEOUT_S
from drivers.settings import (
    BatteryPower,
    DeviceLimits,
    FingerprintLine,
    FingerprintProtocol,
    IoBoardLine,
    NutPower,
    PcscReaderSettings,
    PrinterLine,
    ScreenSettings,
    SerialLineSettings,
    SocketReaderSettings,
    SoundSettings,
)
from drivers.smartcard.channel import ANSWER_TIMEOUT_S
from election.definition import BranchId, DeviceId, Role
from election.document_trust import OwnDocuments
from kiosk import configuration
from kiosk.configuration import ConfigurationError
from kiosk.settings import IdentityReaders, StationConfiguration, TerminalReaders
from simulators.demo.station_file import write_station

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
    TerminalReaders(PcscReaderSettings('Reader "A" \\ 00')),
    None,
    PrinterLine("/dev/ttyUSB1", 9600, 384),
    ScreenSettings(120, False),
    SerialLineSettings("/dev/ttyACM0", 9600),
    NutPower("ups.local", 3494, "big-one"),
    limits=DeviceLimits(card_answer_s=5, finger_match_s=2.5),
)
IDENTITY = replace(
    TERMINAL,
    device=DeviceId("b0001-i1"),
    role=Role.IDENTITY_STATION,
    readers=IdentityReaders(PcscReaderSettings("A"), SocketReaderSettings(Path("/run/card"))),
    fingerprint=FingerprintLine(
        "socket://localhost:7000", 57600, FingerprintProtocol.ZFM, 0xFFFFFFFF, 5
    ),
    printer=None,
    scanner=None,
    power=BatteryPower(),
    identity=OwnDocuments(Path("/etc/card.toml"), Path("/etc/csca")),
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
    write_station(station, path)
    assert configuration.read(path) == station


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_text(TEXT)
    station = configuration.read(tmp_path / "station.toml")
    assert station.data == tmp_path / "data"
    assert station.mirror == Path("/mirror")
    assert station.readers == TerminalReaders(SocketReaderSettings(tmp_path / "card"))
    assert station.screen == ScreenSettings()
    assert station.printer is None
    assert (station.scanner, station.power) == (None, None)
    assert station.limits == DeviceLimits()


def test_a_file_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    text = TEXT.replace("ballot-terminal", "identity-station").replace(
        "[readers.card]", "[readers.identity]"
    )
    text += """
[readers.authorization]
kind = "pcsc"
name = "A"
[fingerprint]
path = "/dev/ttyUSB0"
baud = 115200
"""
    (tmp_path / "station.toml").write_text(text)
    station = configuration.read(tmp_path / "station.toml")
    assert station.fingerprint == FingerprintLine("/dev/ttyUSB0", 115200)
    assert station.fingerprint.protocol is FingerprintProtocol.SFM
    assert station.identity == OwnDocuments()


def test_the_limits_are_the_drivers_own() -> None:
    limits = DeviceLimits()
    assert limits.card_answer_s == ANSWER_TIMEOUT_S
    assert limits.line_write_s == WRITE_TIMEOUT_S
    assert (limits.finger_answer_s, limits.finger_match_s) == (
        FINGER_LIMITS.answer_s,
        FINGER_LIMITS.match_s,
    )
    assert (limits.printer_answer_s, limits.printer_confirm_s) == (
        PrinterLimits().status_s,
        PrinterLimits().confirm_s,
    )


_WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
_LINES = st.tuples(_WORDS, st.integers(300, 4_000_000))
_SECONDS = st.floats(0.001, 600)


@given(
    name=_WORDS,
    sensor=_LINES,
    protocol=st.sampled_from(FingerprintProtocol),
    printer=st.none()
    | st.builds(PrinterLine, _WORDS, st.just(9600), st.sampled_from([8, 384, 576])),
    scanner=st.none() | st.builds(SerialLineSettings, _WORDS, st.just(9600)),
    power=st.none()
    | st.builds(NutPower, _WORDS, st.integers(1, 65_535), st.just("") | st.just("a.b_c-1"))
    | st.just(BatteryPower()),
    sound=st.none()
    | st.builds(SoundSettings, st.just("") | _WORDS, _WORDS, st.booleans(), st.just("/clips"))
    | st.just(SoundSettings()),
    board=st.none() | st.builds(IoBoardLine, _WORDS, st.just(9600), st.integers(1, 247)),
    cards=st.builds(
        OwnDocuments, st.just("moc") | st.just(Path("/p.toml")), st.none() | st.just(Path("/c"))
    ),
    limits=st.builds(DeviceLimits, _SECONDS, _SECONDS, _SECONDS, _SECONDS, _SECONDS, _SECONDS),
)
@settings(max_examples=50)
def test_any_settings_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    sensor: tuple[str, int],
    protocol: FingerprintProtocol,
    printer: PrinterLine | None,
    scanner: SerialLineSettings | None,
    power: NutPower | BatteryPower | None,
    sound: SoundSettings | None,
    board: IoBoardLine | None,
    cards: OwnDocuments,
    limits: DeviceLimits,
) -> None:
    station = replace(
        IDENTITY,
        readers=IdentityReaders(PcscReaderSettings(name), PcscReaderSettings("*")),
        fingerprint=FingerprintLine(*sensor, protocol),
        printer=printer,
        scanner=scanner,
        power=power,
        sound=sound,
        io_board=board,
        identity=cards,
        limits=limits,
    )
    path = tmp_path_factory.mktemp("written") / "station.toml"
    write_station(station, path)
    assert configuration.read(path) == station


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
        ('path = "card"', 'path = "card"\n[scanner]\npath = "x"', "scanner.baud"),
        ('path = "card"', 'path = "card"\n[sound]\nclips_list = "x"', "sound.clips_list"),
        ('path = "card"', 'path = "card"\n[sound]\nloud = 1', "sound"),
        (
            'path = "card"',
            'path = "card"\n[io_board]\npath = "x"\nbaud = 9600\naddress = 0',
            "io_b",
        ),
        ('path = "card"', 'path = "card"\n[power]\nkind = "sun"', "power"),
        ('path = "card"', 'path = "card"\n[power]\nkind = "nut"\nport = 0', "power.nut.port"),
        ('path = "card"', 'path = "card"\n[limits]\ncard_answer = 0', "limits.card_answer"),
        ('path = "card"', 'path = "card"\n[limits]\ncard_answer = inf', "limits.card_answer"),
        ('path = "card"', 'path = "card"\n[identity]\nprofile = "x"', "identity"),
        (
            'path = "card"',
            'path = "card"\n[printer]\npath = "x"\nbaud = 9600\nwidth = 9',
            "printer.width",
        ),
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


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ('protocol = "usb"', "fingerprint.protocol"),
        ("security = 3", "fingerprint.security"),
        ('protocol = "zfm"\nsecurity = 6', "fingerprint.security"),
        ("password = 1", "fingerprint.password"),
    ],
)
def test_errors_of_the_fingerprint_module_name_the_setting(
    tmp_path: Path, more: str, named: str
) -> None:
    path = tmp_path / "station.toml"
    write_station(replace(IDENTITY, fingerprint=FingerprintLine("/dev/x", 57600)), path)
    path.write_text(path.read_text().replace('protocol = "sfm"', more))
    with pytest.raises(ConfigurationError, match=named):
        configuration.read(path)


@given(content=st.binary(max_size=200))
def test_random_files(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("random") / "station.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError):
        configuration.read(path)
