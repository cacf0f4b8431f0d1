"""Read a station's settings, `station.toml`, once at the start.

    device = "b0001-t1"                      # identifier on the enrolment list
    role = "ballot-terminal"                 # or "identity-station"
    branch = "b0001"
    data = "data"                            # folders and files: relative to this file
    mirror = "/media/mirror"
    usb = "/media/usb"
    root_certificate = "root.der"
    signing_key = "signing.key"
    sealing_key = "sealing.key"

    [readers.card]                           # identity station: readers.identity, readers.authorization
    kind = "pcsc"                            # pcsc: name; socket: path
    name = "Identiv uTrust 3700 F*"          # exact, or a pattern with * and ? that fits one reader

    [fingerprint]                            # identity station only
    path = "/dev/ttyUSB0"                    # device or pyserial URL
    baud = 115200
    protocol = "sfm"                         # optional: sfm | zfm
    password = 0                             # optional, zfm: what the module has to be shown
    security = 3                             # optional, zfm 1..5, sfm 48..80; as the module has it if missing

    [printer]                                # optional
    path = "/dev/ttyUSB1"
    baud = 9600
    width = 576                              # optional: dots in a row, 384 for 58 mm paper

    [record_printer]                         # ballot terminal, where the election wants paper records:
    path = "/dev/ttyUSB3"                    # a second printer, over a sealed box and behind a window
    baud = 115200
    width = 576

    [scanner]                                # optional; at a ballot terminal it reads paper records
    path = "/dev/ttyACM0"
    baud = 9600

    [power]                                  # optional
    kind = "nut"                             # nut: host, port, name; battery: the machine's own
    host = "127.0.0.1"
    port = 3493
    name = "ups"                             # if missing, the only one there

    [sound]                                  # optional: speech and tones; without it there are none
    headphones = ""                          # name of the sound device; empty: the usual one
    speaker = ""                             # a second device for tones
    jack = true                              # the I/O board tells whether headphones are in
    clips = ""                               # folder of recordings that the package vouches for

    [signs]                                  # optional: films in sign language
    films = "signs"                          # folder that the package vouches for

    [io_board]                               # optional: lamp, buzzer, two switches, headphones' socket
    path = "/dev/ttyUSB2"                    # Modbus RTU
    baud = 9600
    address = 1

    [identity]                               # for rehearsals only: a real election is then not loaded
    profile = "moc"                          # a family that comes with Amin, or a path ending in .toml
    csca = "csca"                            # folder of certificates beside those of the package

    [status_board]                           # optional, identity station: says how it is, and sums of the day
    address = "board.example:8444"           # amin board serve
    certificate = "board.pem"                # the board's, of TLS: no other is believed

    [limits]                                 # optional, seconds; as shown if missing
    card_answer = 30.0                       # one command to a card
    finger_answer = 0.5                      # one command to the module that needs no finger
    finger_match = 5.0                       # from the scanned finger to the result
    printer_answer = 1.0                     # one status request
    printer_confirm = 10.0                   # from one report of the printer to the next
    line_write = 10.0                        # a device that holds back data

    [screen]                                 # optional
    dpi = 96
    fullscreen = true

Nothing overrides the file: there are no settings in the environment.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from annotated_types import Interval

from drivers.settings import (
    SECURITY_LEVELS,
    BatteryPower,
    DeviceLimits,
    FingerprintLine,
    FingerprintProtocol,
    IoBoardLine,
    NutPower,
    PcscReaderSettings,
    Power,
    PrinterLine,
    ReaderSettings,
    ScreenSettings,
    SerialLineSettings,
    SignSettings,
    SocketReaderSettings,
    SoundSettings,
)
from election.because import because
from election.board_client import StatusBoardSettings
from election.definition import BranchId, DeviceId, DeviceRole, Role
from election.device_table import read_kept
from election.document_trust import OwnDocuments
from election.errors import ElectionError
from election.fields import Pattern, Word
from election.files import read_file
from election.schema import SchemaError, from_input
from kiosk.settings import IdentityReaders, StationConfiguration, TerminalReaders
from words.message import Latin, m

_LARGEST = 1 << 20
"""Bytes of a settings file."""


class ConfigurationError(ElectionError):
    """`station.toml` cannot be used; the message names the key."""


def read(path: Path) -> StationConfiguration:
    """Read and check a settings file, and which devices two roles let serve instead of those it names.

    Raises `ConfigurationError` that names the setting.
    """
    try:
        content = tomllib.loads(read_file(path, _LARGEST).decode())
    except FileNotFoundError as error:
        raise ConfigurationError(
            m("{path} is missing: name the station's settings file", path=path)
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(m("{path} cannot be read as text", path=path)) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            m("{path} is not valid TOML: {error}", path=path, error=because(error))
        ) from error
    try:
        station = from_input(_Station, content)
    except SchemaError as error:
        raise ConfigurationError(
            m("{path}: {place}: {detail}", path=path, place=error.place, detail=error.problem)
        ) from error
    made = _configuration(station, path)
    return made.served_by({each.place: each.name for each in read_kept(made.data).chosen})


# ---------------------------------------------------------------- the file's own form


_Id: TypeAlias = Annotated[str, Pattern("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")]


@dataclass(frozen=True, slots=True)
class _Pcsc:
    kind: Literal["pcsc"]
    name: Word


@dataclass(frozen=True, slots=True)
class _Socket:
    kind: Literal["socket"]
    path: Word


@dataclass(frozen=True, slots=True)
class _Readers:
    identity: _Pcsc | _Socket | None = None
    authorization: _Pcsc | _Socket | None = None
    card: _Pcsc | _Socket | None = None


@dataclass(frozen=True, slots=True)
class _Nut:
    kind: Literal["nut"]
    host: Word = "127.0.0.1"
    port: Annotated[int, Interval(ge=1, le=65_535)] = 3493
    name: Annotated[str, Pattern("[A-Za-z0-9._-]{0,63}")] = ""


@dataclass(frozen=True, slots=True)
class _Battery:
    kind: Literal["battery"]


@dataclass(frozen=True, slots=True)
class _Identity:
    """`OwnDocuments`, paths as they are written."""

    profile: Word | None = None
    csca: Word | None = None


_Seconds: TypeAlias = Annotated[float, Interval(gt=0, le=600)]


@dataclass(frozen=True, slots=True)
class _Limits:
    card_answer: _Seconds = 30.0
    finger_answer: _Seconds = 0.5
    finger_match: _Seconds = 5.0
    printer_answer: _Seconds = 1.0
    printer_confirm: _Seconds = 10.0
    line_write: _Seconds = 10.0


@dataclass(frozen=True, slots=True)
class _Station:
    """`StationConfiguration`, as it is written."""

    device: _Id
    role: DeviceRole
    branch: _Id
    data: Word
    mirror: Word
    usb: Word
    root_certificate: Word
    signing_key: Word
    sealing_key: Word
    readers: _Readers
    fingerprint: FingerprintLine | None = None
    printer: PrinterLine | None = None
    scanner: SerialLineSettings | None = None
    power: _Nut | _Battery | None = None
    sound: SoundSettings | None = None
    signs: SignSettings | None = None
    io_board: IoBoardLine | None = None
    record_printer: PrinterLine | None = None
    identity: _Identity | None = None
    status_board: StatusBoardSettings | None = None
    limits: _Limits = _Limits()
    screen: ScreenSettings = ScreenSettings()


def _configuration(station: _Station, path: Path) -> StationConfiguration:
    folder = path.parent
    identity = station.role is Role.IDENTITY_STATION
    if identity is not (station.fingerprint is not None):
        raise ConfigurationError(
            m("{path}: fingerprint: for an identity station, and only there", path=path)
        )
    if (station.identity or station.status_board) is not None and not identity:
        raise ConfigurationError(m("{path}: identity, status_board: not at a terminal", path=path))
    if station.record_printer is not None and identity:
        raise ConfigurationError(m("{path}: record_printer: for a ballot terminal only", path=path))
    return StationConfiguration(
        device=DeviceId(station.device),
        role=station.role,
        branch=BranchId(station.branch),
        data=folder / station.data,
        mirror=folder / station.mirror,
        usb=folder / station.usb,
        root_certificate=folder / station.root_certificate,
        signing_key=folder / station.signing_key,
        sealing_key=folder / station.sealing_key,
        readers=_readers(station.readers, path, identity=identity),
        fingerprint=_fingerprint(station.fingerprint, path),
        printer=station.printer,
        screen=station.screen,
        scanner=station.scanner,
        power=_power(station.power),
        sound=_sound(station.sound, folder),
        signs=_signs(station.signs, folder),
        io_board=station.io_board,
        record_printer=station.record_printer,
        identity=_identity(station.identity or _Identity(), folder),
        status_board=_board(station.status_board, folder),
        limits=DeviceLimits(**{f"{key}_s": value for key, value in asdict(station.limits).items()}),
    )


def _readers(readers: _Readers, path: Path, *, identity: bool) -> IdentityReaders | TerminalReaders:
    given = (readers.identity, readers.authorization, readers.card)
    match given:
        case (first, second, None) if identity and first is not None and second is not None:
            return IdentityReaders(_reader(first, path), _reader(second, path))
        case (None, None, card) if not identity and card is not None:
            return TerminalReaders(_reader(card, path))
        case _:
            wanted = Latin("identity, authorization" if identity else "card")
            raise ConfigurationError(
                m("{path}: readers: exactly {wanted} for this role", path=path, wanted=wanted)
            )


def _reader(reader: _Pcsc | _Socket, path: Path) -> ReaderSettings:
    match reader:
        case _Pcsc(name=name):
            return PcscReaderSettings(name)
        case _Socket(path=socket):
            return SocketReaderSettings(path.parent / socket)


def _fingerprint(line: FingerprintLine | None, path: Path) -> FingerprintLine | None:
    if line is None:
        return None
    protocol = line.protocol
    if line.security is not None and line.security not in SECURITY_LEVELS[protocol]:
        least, most = SECURITY_LEVELS[protocol][0], SECURITY_LEVELS[protocol][-1]
        raise ConfigurationError(
            m(
                "{path}: fingerprint.security: {least} to {most} with protocol {protocol}",
                path=path,
                least=least,
                most=most,
                protocol=Latin(protocol),
            )
        )
    if line.password and protocol is not FingerprintProtocol.ZFM:
        raise ConfigurationError(
            m("{path}: fingerprint.password: with protocol zfm only", path=path)
        )
    return line


def _power(power: _Nut | _Battery | None) -> Power | None:
    match power:
        case None:
            return None
        case _Nut(host=host, port=port, name=name):
            return NutPower(host, port, name)
        case _Battery():
            return BatteryPower()


def _signs(signs: SignSettings | None, folder: Path) -> SignSettings | None:
    return None if signs is None else replace(signs, films=str(folder / signs.films))


def _board(board: StatusBoardSettings | None, folder: Path) -> StatusBoardSettings | None:
    return None if board is None else replace(board, certificate=str(folder / board.certificate))


def _sound(sound: SoundSettings | None, folder: Path) -> SoundSettings | None:
    if sound is None or not sound.clips:
        return sound
    return replace(sound, clips=str(folder / sound.clips))


def _identity(cards: _Identity, folder: Path) -> OwnDocuments:
    profile = cards.profile
    is_file = profile is not None and profile.endswith(".toml")
    return OwnDocuments(
        profile=folder / profile if profile is not None and is_file else profile,
        csca=None if cards.csca is None else folder / cards.csca,
    )
