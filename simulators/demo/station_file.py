"""Write `station.toml` for the stations of a demonstration; people write that of a voting machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from drivers.settings import (
    BatteryPower,
    FingerprintLine,
    NutPower,
    PcscReaderSettings,
    Power,
    ReaderSettings,
    SerialLineSettings,
    SocketReaderSettings,
)
from election.definition import Role
from election.files import PUBLIC, replace_file
from kiosk.settings import IdentityReaders, StationConfiguration, TerminalReaders

_Value = str | int | float | bool


def write_station(configuration: StationConfiguration, path: Path) -> None:
    """Write a file that `kiosk.configuration.read` understands; paths are written as they are."""
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
    lines += _table("fingerprint", _fingerprint_values(configuration.fingerprint))
    printer, scanner = configuration.printer, configuration.scanner
    if printer is not None:
        lines += _table("printer", {**_line_values(printer), "width": printer.width})
    if configuration.record_printer is not None:
        record = configuration.record_printer
        lines += _table("record_printer", {**_line_values(record), "width": record.width})
    if scanner is not None:
        lines += _table("scanner", _line_values(scanner))
    lines += _table("power", _power_values(configuration.power))
    sound, switches = configuration.sound, configuration.io_board
    if sound is not None:
        lines += _table("sound", asdict(sound))
    if switches is not None:
        lines += _table("io_board", {**_line_values(switches), "address": switches.address})
    if configuration.role is Role.IDENTITY_STATION:
        cards = configuration.identity
        own = {"profile": cards.profile, "csca": cards.csca}
        given: dict[str, _Value] = {key: str(x) for key, x in own.items() if x is not None}
        lines += _table("identity", given or None)
    board = configuration.status_board
    lines += _table("status_board", None if board is None else asdict(board))
    limits = asdict(configuration.limits)
    lines += _table("limits", {name.removesuffix("_s"): value for name, value in limits.items()})
    lines += _table("screen", asdict(configuration.screen))
    replace_file(path, ("\n".join(lines) + "\n").encode(), PUBLIC)


def _table(name: str, values: Mapping[str, _Value] | None) -> list[str]:
    if values is None:
        return []
    return ["", f"[{name}]", *(f"{key} = {_value(value)}" for key, value in values.items())]


def _line_values(line: SerialLineSettings) -> dict[str, _Value]:
    return {"path": line.path, "baud": line.baud}


def _fingerprint_values(line: FingerprintLine | None) -> dict[str, _Value] | None:
    if line is None:
        return None
    values: dict[str, _Value] = {**_line_values(line), "protocol": line.protocol.value}
    if line.password:
        values["password"] = line.password
    if line.security is not None:
        values["security"] = line.security
    return values


def _power_values(power: Power | None) -> dict[str, _Value] | None:
    match power:
        case None:
            return None
        case NutPower(host, port, name):
            return {"kind": "nut", "host": host, "port": port, "name": name}
        case BatteryPower():
            return {"kind": "battery"}


def _reader_table(name: str, reader: ReaderSettings) -> list[str]:
    match reader:
        case PcscReaderSettings(pcsc):
            return _table(f"readers.{name}", {"kind": "pcsc", "name": pcsc})
        case SocketReaderSettings(socket):
            return _table(f"readers.{name}", {"kind": "socket", "path": str(socket)})


def _value(value: _Value) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _quoted(value)
        case _:
            return repr(value)


def _quoted(text: str) -> str:
    """Write a TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
