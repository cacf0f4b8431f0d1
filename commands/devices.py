"""The drivers of the configured devices: one place that turns settings into drivers."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import assert_never

from drivers.fingerprint.limits import DEFAULT as FINGER_LIMITS
from drivers.fingerprint.seam import FingerprintReader
from drivers.fingerprint.sfm import SfmModule, SfmSettings
from drivers.fingerprint.zfm import ZfmModule, ZfmSettings
from drivers.power.battery import BatterySource
from drivers.power.nut import NutSource
from drivers.power.seam import PowerSource
from drivers.printer.escpos import EscposPrinter
from drivers.printer.lines import open_line
from drivers.printer.strip import Limits as PrinterLimits
from drivers.scanner.serial_scanner import SerialScanner
from drivers.serial_line import Line, SerialLine
from drivers.smartcard.channel import CardReader
from drivers.smartcard.pcsc import PcscReader
from kiosk import settings
from kiosk.settings import (
    BatteryPower,
    FingerprintLine,
    FingerprintProtocol,
    Limits,
    NutPower,
    Power,
    PrinterLine,
    Reader,
)


def card_reader(reader: Reader, limits: Limits) -> CardReader:
    """Nothing is opened before it is used. Raises ImportError for a socket without simulators."""
    match reader:
        case settings.PcscReader(name):
            return PcscReader(name, answer_timeout_s=limits.card_answer_s)
        case settings.SocketReader(path):
            made: CardReader = import_module("simulators.readers").SocketReader(
                path.stem, path, answer_timeout_s=limits.card_answer_s
            )
            return made
        case _:
            assert_never(reader)


def fingerprint_reader(line: FingerprintLine, limits: Limits) -> FingerprintReader:
    """Opens its line when it is needed, and again after an unplug."""
    own = replace(FINGER_LIMITS, answer_s=limits.finger_answer_s, match_s=limits.finger_match_s)

    def opened() -> Line:
        return serial_line(line, limits)

    match line.protocol:
        case FingerprintProtocol.SFM:
            return SfmModule(opened, limits=own, settings=SfmSettings(security=line.security))
        case FingerprintProtocol.ZFM:
            return ZfmModule(
                opened,
                limits=own,
                settings=ZfmSettings(password=line.password, security=line.security),
            )
        case _:
            assert_never(line.protocol)


def printer(line: PrinterLine, limits: Limits) -> EscposPrinter:
    """Opens its line when it is needed, and again after an unplug."""
    return EscposPrinter(
        lambda: open_line(line.path, line.baud, write_timeout_s=limits.line_write_s),
        line.baud,
        line.width_px,
        limits=PrinterLimits(status_s=limits.printer_answer_s, confirm_s=limits.printer_confirm_s),
    )


def scanner(line: settings.SerialLine, limits: Limits) -> SerialScanner:
    """Opens its line when it is needed, and again after an unplug."""
    return SerialScanner(lambda: serial_line(line, limits))


def power_source(power: Power) -> PowerSource:
    """Nothing is asked before it is used."""
    match power:
        case NutPower(host, port, name):
            return NutSource(name or None, host, port)
        case BatteryPower():
            return BatterySource()
        case _:
            assert_never(power)


def serial_line(line: settings.SerialLine, limits: Limits) -> Line:
    """Raises DeviceNotFound."""
    return SerialLine.open(line.path, line.baud, write_timeout_s=limits.line_write_s)
