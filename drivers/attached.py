"""Turn settings into drivers of the devices at a line; card readers are `commands.devices`.

What a kind in `station.toml` means is a table here, or a `match` that is checked to be complete. No
installed package can add a kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias, assert_never

from drivers import settings
from drivers.fingerprint.limits import DEFAULT as FINGER_LIMITS
from drivers.fingerprint.limits import FingerprintLimits as FingerLimits
from drivers.fingerprint.seam import FingerprintReader
from drivers.fingerprint.sfm import SfmModule, SfmSettings
from drivers.fingerprint.zfm import ZfmModule, ZfmSettings
from drivers.io_board.modbus import ModbusBoard
from drivers.power.battery import BatterySource
from drivers.power.nut import NutSource
from drivers.power.seam import PowerSource
from drivers.printer.escpos import EscposPrinter
from drivers.printer.lines import open_line
from drivers.printer.strip import PrinterLimits
from drivers.scanner.serial_scanner import SerialScanner
from drivers.serial_line import ByteLine, SerialLine
from drivers.settings import (
    BatteryPower,
    DeviceLimits,
    FingerprintLine,
    FingerprintProtocol,
    NutPower,
    Power,
    PrinterLine,
)

OpenLine: TypeAlias = Callable[[], ByteLine]
"""Opens the line of a device, again after each unplug. Raises DeviceNotFoundError."""


def _sfm(opened: OpenLine, line: FingerprintLine, limits: FingerLimits) -> FingerprintReader:
    return SfmModule(opened, limits=limits, settings=SfmSettings(security=line.security))


def _zfm(opened: OpenLine, line: FingerprintLine, limits: FingerLimits) -> FingerprintReader:
    chosen = ZfmSettings(password=line.password, security=line.security)
    return ZfmModule(opened, limits=limits, settings=chosen)


FINGERPRINT_MODULES: Final[
    Mapping[
        FingerprintProtocol, Callable[[OpenLine, FingerprintLine, FingerLimits], FingerprintReader]
    ]
] = {FingerprintProtocol.SFM: _sfm, FingerprintProtocol.ZFM: _zfm}
"""Families of fingerprint modules: `protocol` in `station.toml` to the driver."""


def fingerprint_reader(
    line: FingerprintLine, limits: DeviceLimits, opened: OpenLine | None = None
) -> FingerprintReader:
    """Make the driver; its line is opened (`opened`) when it is needed, and again after an unplug."""
    own = replace(FINGER_LIMITS, answer_s=limits.finger_answer_s, match_s=limits.finger_match_s)
    opened = opened or (lambda: serial_line(line, limits))
    return FINGERPRINT_MODULES[line.protocol](opened, line, own)


def printer(line: PrinterLine, limits: DeviceLimits) -> EscposPrinter:
    """Make the driver; its line is opened when it is needed, and again after an unplug."""
    return EscposPrinter(
        lambda: open_line(line.path, line.baud, write_timeout_s=limits.line_write_s),
        line.baud,
        line.width,
        limits=PrinterLimits(status_s=limits.printer_answer_s, confirm_s=limits.printer_confirm_s),
    )


def scanner(line: settings.SerialLineSettings, limits: DeviceLimits) -> SerialScanner:
    """Make the driver; its line is opened when it is needed, and again after an unplug."""
    return SerialScanner(lambda: serial_line(line, limits))


def io_board(line: settings.IoBoardLine, limits: DeviceLimits) -> ModbusBoard:
    """Make the driver; its line is opened when it is needed, and again after an unplug."""
    return ModbusBoard(lambda: serial_line(line, limits), line.address)


def power_source(power: Power) -> PowerSource:
    """Nothing is asked before it is used."""
    match power:
        case NutPower(host, port, name):
            return NutSource(name or None, host, port)
        case BatteryPower():
            return BatterySource()
        case _:
            assert_never(power)


def serial_line(line: settings.SerialLineSettings, limits: DeviceLimits) -> ByteLine:
    """Open a line. Raises `DeviceNotFoundError`."""
    return SerialLine.open(line.path, line.baud, write_timeout_s=limits.line_write_s)
