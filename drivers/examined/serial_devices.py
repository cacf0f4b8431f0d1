"""Examine the devices on a station's serial lines: fingerprint module, printer, scanner, switch box."""

from __future__ import annotations

from pathlib import Path
from typing import Final, assert_never

from drivers.attached import fingerprint_reader, io_board, printer, serial_line
from drivers.because import because
from drivers.errors import DeviceLostError, DeviceNotFoundError, DriverError
from drivers.examined.finding import DoctorFinding, at, bad, good
from drivers.fingerprint.module_words import described
from drivers.fingerprint.seam import ReaderState
from drivers.printer.seam import PaperState, PrinterStatus
from drivers.settings import (
    DeviceLimits,
    FingerprintLine,
    FingerprintProtocol,
    IoBoardLine,
    PrinterLine,
    SerialLineSettings,
)
from words.message import Latin, Message, all_of, m

OTHER_SPEEDS: Final = {
    FingerprintProtocol.SFM: (115_200, 9_600),
    FingerprintProtocol.ZFM: (57_600, 9_600),
}
"""What makers deliver; tried if the configured speed and protocol get no answer."""
QUICK: Final = DeviceLimits(finger_answer_s=0.3)
FINGERPRINT: Final = m("fingerprint reader")
PRINTER: Final = m("printer")
RECORD_PRINTER: Final = m("printer of paper records")
SCANNER: Final = m("scanner")
IO_BOARD: Final = m("switch box")


def examine_fingerprint(line: FingerprintLine, limits: DeviceLimits) -> DoctorFinding:
    """Examine the fingerprint module by what it says of itself."""
    reader = fingerprint_reader(line, limits)
    try:
        status = reader.status()
    finally:
        reader.close()
    match status.state:
        case ReaderState.READY:
            return good(FINGERPRINT, at(Latin(line.path), described(status, line.protocol)))
        case ReaderState.ABSENT:
            return _unopened(FINGERPRINT, line)
        case ReaderState.SILENT:
            return _silent(line)
        case ReaderState.UNUSABLE:
            return bad(
                FINGERPRINT,
                m(
                    "{path} answers, and cannot be used as it is: {trouble}",
                    path=Latin(line.path),
                    trouble=Latin(status.trouble),
                ),
                m("configure the module's password, or use another module"),
            )
        case _:
            assert_never(status.state)


def _silent(line: FingerprintLine) -> DoctorFinding:
    """Explain silence: a wrong speed or protocol is the usual reason; what answers instead is what to set."""
    advice = m("check its power and cable, and path, baud and protocol in station.toml")
    for protocol, speeds in OTHER_SPEEDS.items():
        for baud in speeds:
            other = FingerprintLine(line.path, baud, protocol)
            if (protocol, baud) != (line.protocol, line.baud) and _answers(other):
                settings = Latin(f'protocol = "{protocol}", baud = {baud}')
                advice = m("in station.toml set {settings}: to that it answers", settings=settings)
                return bad(FINGERPRINT, _no_answer(line), advice)
    return bad(FINGERPRINT, _no_answer(line), advice)


def _no_answer(line: FingerprintLine) -> Message:
    return m(
        "{path} does not answer to {protocol} at {baud} baud",
        path=Latin(line.path),
        protocol=Latin(line.protocol),
        baud=line.baud,
    )


def _answers(line: FingerprintLine) -> bool:
    reader = fingerprint_reader(line, QUICK)
    try:
        # One that asks for a password, for example, has answered, too.
        return reader.status().state in (ReaderState.READY, ReaderState.UNUSABLE)
    finally:
        reader.close()


def _unopened(name: Message, line: SerialLineSettings) -> DoctorFinding:
    path = Latin(line.path)
    if "://" not in line.path and Path(line.path).exists():
        return bad(
            name,
            m("{path} is there and cannot be opened", path=path),
            m(
                "stop the program that uses it, perhaps the station; may this user open it "
                "(group {group})?",
                group=Latin("dialout"),
            ),
        )
    advice = m("plug it in, or set its path in station.toml")
    return bad(name, m("{path} is not there", path=path), advice)


def examine_io_board(line: IoBoardLine, limits: DeviceLimits) -> DoctorFinding:
    """Examine the switch box; lamp and buzzer stay as they are."""
    driver = io_board(line, limits)
    try:
        inputs = driver.read()
    except DeviceNotFoundError:
        return _unopened(IO_BOARD, line)
    except DriverError as trouble:
        advice = m("check its power and cable, and path, baud and address in station.toml")
        return bad(IO_BOARD, at(Latin(line.path), because(trouble)), advice)
    finally:
        driver.close()
    plugged = m("headphones are in") if inputs.headphones else m("no headphones are in")
    return good(IO_BOARD, at(Latin(line.path), plugged))


def examine_printer(line: PrinterLine, limits: DeviceLimits) -> DoctorFinding:
    """Examine the printer; nothing is printed."""
    driver = printer(line, limits)
    try:
        status = driver.status()
    except (DeviceNotFoundError, DeviceLostError):
        return _unopened(PRINTER, line)
    except DriverError as trouble:
        advice = m("is the speed in station.toml that of the printer?")
        return bad(PRINTER, at(Latin(line.path), because(trouble)), advice)
    finally:
        driver.close()
    return _printer_status(line, status)


def _printer_status(line: PrinterLine, status: PrinterStatus) -> DoctorFinding:
    path = Latin(line.path)
    faults = (
        (status.paper is PaperState.END, m("the paper is out"), m("put in a new roll")),
        (status.cover_open, m("the cover is open"), m("close it")),
        (status.cutter_fault, m("the cutter is stuck"), m("open the cover and free it")),
        (
            status.mechanical_fault,
            m("a mechanical fault"),
            m("switch it off and on; else exchange it"),
        ),
        (status.head_hot, m("the head is hot"), m("wait a minute")),
    )
    if wrong := [(fault, advice) for is_so, fault, advice in faults if is_so]:
        told, advised = zip(*wrong, strict=True)
        return bad(PRINTER, at(path, all_of(told)), all_of(advised))
    if not status.online:
        return bad(PRINTER, at(path, m("off line")), m("press its button"))
    if status.paper is PaperState.NEAR_END:
        advice = m("the paper is nearly at its end: have a roll ready")
        return good(PRINTER, at(path, m("ready")), advice)
    return good(PRINTER, at(path, m("ready, with paper")))


def examine_scanner(line: SerialLineSettings, limits: DeviceLimits) -> DoctorFinding:
    """Test the scanner's line: a scanner says nothing by itself."""
    try:
        serial_line(line, limits).close()
    except DriverError:
        return _unopened(SCANNER, line)
    return good(SCANNER, m("{path} opens", path=Latin(line.path)))
