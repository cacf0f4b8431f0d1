"""A station's settings: `station.toml`, read once at the start.

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
    name = "Reader 00 00"

    [fingerprint]                            # identity station only
    path = "/dev/ttyUSB0"                    # device or pyserial URL
    baud = 115200

    [printer]                                # optional
    path = "/dev/ttyUSB1"
    baud = 9600

    [screen]                                 # optional
    dpi = 96
    fullscreen = true
    text = "normal"                          # normal | large | huge

Nothing overrides the file: there are no settings in the environment.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk.definition import BranchId, DeviceId, Role
from kiosk.errors import ElectionError


class ConfigurationError(ElectionError):
    """`station.toml` cannot be used; the message names the key."""


@dataclass(frozen=True, slots=True)
class PcscReader:
    name: str


@dataclass(frozen=True, slots=True)
class SocketReader:
    path: Path


Reader: TypeAlias = PcscReader | SocketReader


@dataclass(frozen=True, slots=True)
class SerialLine:
    path: str
    """Device path or pyserial URL."""
    baud: int


@dataclass(frozen=True, slots=True)
class Screen:
    dpi: int = 96
    fullscreen: bool = True
    text: str = "normal"
    """Text size at the start: normal, large or huge."""


@dataclass(frozen=True, slots=True)
class IdentityReaders:
    identity: Reader
    authorization: Reader


@dataclass(frozen=True, slots=True)
class TerminalReaders:
    card: Reader


@dataclass(frozen=True, slots=True)
class StationConfiguration:
    device: DeviceId
    role: Role
    """Identity station or ballot terminal."""
    branch: BranchId
    data: Path
    mirror: Path
    """A folder on the second medium."""
    usb: Path
    """Where packages are read from and bundles are written to."""
    root_certificate: Path
    signing_key: Path
    sealing_key: Path
    readers: IdentityReaders | TerminalReaders
    fingerprint: SerialLine | None
    """Set for an identity station, None for a ballot terminal."""
    printer: SerialLine | None
    screen: Screen


def read(path: Path) -> StationConfiguration:
    """Raises `ConfigurationError` that names the setting."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path} is missing: name the station's settings file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read as text") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    try:
        station = _Station.model_validate(content)
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {_first(error)}") from error
    return _configuration(station, path)


def write(configuration: StationConfiguration, path: Path) -> None:
    """Write a file that `read` understands; paths are written as they are."""
    simple: list[tuple[str, str]] = [
        ("device", configuration.device),
        ("role", configuration.role.value),
        ("branch", configuration.branch),
        ("data", str(configuration.data)),
        ("mirror", str(configuration.mirror)),
        ("usb", str(configuration.usb)),
        ("root_certificate", str(configuration.root_certificate)),
        ("signing_key", str(configuration.signing_key)),
        ("sealing_key", str(configuration.sealing_key)),
    ]
    lines = [f"{key} = {_quoted(value)}" for key, value in simple]
    match configuration.readers:
        case IdentityReaders(identity, authorization):
            lines += _reader_table("identity", identity)
            lines += _reader_table("authorization", authorization)
        case TerminalReaders(card):
            lines += _reader_table("card", card)
    for name, line in (
        ("fingerprint", configuration.fingerprint),
        ("printer", configuration.printer),
    ):
        if line is not None:
            lines += ["", f"[{name}]", f"path = {_quoted(line.path)}", f"baud = {line.baud}"]
    screen = configuration.screen
    lines += ["", "[screen]", f"dpi = {screen.dpi}"]
    lines += [f"fullscreen = {str(screen.fullscreen).lower()}", f"text = {_quoted(screen.text)}"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


# ---------------------------------------------------------------- the file's own form


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class _Pcsc(_Model):
    kind: Literal["pcsc"]
    name: _Name


class _Socket(_Model):
    kind: Literal["socket"]
    path: _Name


_AnyReader = Annotated[_Pcsc | _Socket, Field(discriminator="kind")]


class _Readers(_Model):
    identity: _AnyReader | None = None
    authorization: _AnyReader | None = None
    card: _AnyReader | None = None


class _Line(_Model):
    path: _Name
    baud: Annotated[int, Field(ge=300, le=4_000_000)]


class _Screen(_Model):
    dpi: Annotated[int, Field(ge=40, le=1000)] = 96
    fullscreen: bool = True
    text: Literal["normal", "large", "huge"] = "normal"


class _Station(_Model):
    device: _Id
    role: Literal["identity-station", "ballot-terminal"]
    branch: _Id
    data: _Name
    mirror: _Name
    usb: _Name
    root_certificate: _Name
    signing_key: _Name
    sealing_key: _Name
    readers: _Readers
    fingerprint: _Line | None = None
    printer: _Line | None = None
    screen: _Screen = _Screen()


def _configuration(station: _Station, path: Path) -> StationConfiguration:
    folder = path.parent
    role = Role(station.role)
    identity = role is Role.IDENTITY_STATION
    if identity is not (station.fingerprint is not None):
        raise ConfigurationError(f"{path}: fingerprint: for an identity station, and only there")
    return StationConfiguration(
        device=DeviceId(station.device),
        role=role,
        branch=BranchId(station.branch),
        data=folder / station.data,
        mirror=folder / station.mirror,
        usb=folder / station.usb,
        root_certificate=folder / station.root_certificate,
        signing_key=folder / station.signing_key,
        sealing_key=folder / station.sealing_key,
        readers=_readers(station.readers, path, identity=identity),
        fingerprint=_line(station.fingerprint),
        printer=_line(station.printer),
        screen=Screen(station.screen.dpi, station.screen.fullscreen, station.screen.text),
    )


def _readers(readers: _Readers, path: Path, *, identity: bool) -> IdentityReaders | TerminalReaders:
    given = (readers.identity, readers.authorization, readers.card)
    match given:
        case (first, second, None) if identity and first is not None and second is not None:
            return IdentityReaders(_reader(first, path), _reader(second, path))
        case (None, None, card) if not identity and card is not None:
            return TerminalReaders(_reader(card, path))
        case _:
            wanted = "identity and authorization" if identity else "card"
            raise ConfigurationError(f"{path}: readers: exactly {wanted} for this role")


def _reader(reader: _Pcsc | _Socket, path: Path) -> Reader:
    match reader:
        case _Pcsc(name=name):
            return PcscReader(name)
        case _Socket(path=socket):
            return SocketReader(path.parent / socket)


def _line(line: _Line | None) -> SerialLine | None:
    return None if line is None else SerialLine(line.path, line.baud)


def _reader_table(name: str, reader: Reader) -> list[str]:
    match reader:
        case PcscReader(pcsc):
            return ["", f"[readers.{name}]", 'kind = "pcsc"', f"name = {_quoted(pcsc)}"]
        case SocketReader(socket):
            return ["", f"[readers.{name}]", 'kind = "socket"', f"path = {_quoted(str(socket))}"]


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _first(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
