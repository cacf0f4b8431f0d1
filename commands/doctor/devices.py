"""Ask each device of a configured station by the driver that would use it on the day.

They are asked side by side, each with a limit: one that hangs costs its own line and no other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final, assert_never

from commands import plugins
from commands.devices import card_reader, fingerprint_reader, power_source, printer, serial_line
from commands.doctor.finding import Area, DoctorFinding
from drivers.errors import (
    CardInUseError,
    CardMuteError,
    CardRemovedError,
    DeviceLostError,
    DeviceNotFoundError,
    DriverError,
)
from drivers.fingerprint.seam import ReaderState
from drivers.power.seam import PowerSource, PowerState, Supply
from drivers.printer.seam import PaperState, PrinterStatus
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.channel import CardReader
from drivers.smartcard.pcsc import list_readers
from drivers.smartcard.recognise import CardKind, recognise
from kiosk.settings import (
    DeviceLimits,
    FingerprintLine,
    FingerprintProtocol,
    IdentityReaders,
    PcscReaderSettings,
    Power,
    PrinterLine,
    ReaderSettings,
    SerialLineSettings,
    SocketReaderSettings,
    StationConfiguration,
    TerminalReaders,
)

LIMIT_S: Final = 20.0
"""For each device. No question of a driver takes longer."""
CARD_WAIT_S: Final = 1.0
"""pcscd tells at once of a card that is in."""
OTHER_SPEEDS: Final = {
    FingerprintProtocol.SFM: (115_200, 9_600),
    FingerprintProtocol.ZFM: (57_600, 9_600),
}
"""What makers deliver; tried if the configured speed and protocol get no answer."""
QUICK: Final = DeviceLimits(finger_answer_s=0.3)

KIND_WORDS: Final = {
    CardKind.IDENTITY: "an identity card",
    CardKind.OPERATOR: "an operator card",
    CardKind.AUTHORIZATION: "an authorization card",
    CardKind.UNKNOWN: "a card of no known kind",
}


@dataclass(frozen=True, slots=True)
class DeviceQuestion:
    """A device to be asked, and how; `ask` may take as long as the device's time-out."""

    name: str
    ask: Callable[[], DoctorFinding]


def examine(config: StationConfiguration, limit_s: float = LIMIT_S) -> tuple[DoctorFinding, ...]:
    """One finding for each configured device, after `limit_s` seconds at the latest."""
    return ask_all(questions(config), limit_s)


def questions(config: StationConfiguration) -> list[DeviceQuestion]:
    """List what to ask of this station's devices; nothing is asked yet."""
    limits = config.limits
    asked: list[DeviceQuestion] = []

    def add(name: str, ask: Callable[[], DoctorFinding]) -> None:
        asked.append(DeviceQuestion(name, ask))

    match config.readers:
        case IdentityReaders(identity, authorization):
            add("identity reader", lambda: _reader("identity reader", identity, limits))
            add("card reader", lambda: _reader("card reader", authorization, limits))
        case TerminalReaders(card):
            add("card reader", lambda: _reader("card reader", card, limits))
        case _:
            assert_never(config.readers)
    sensor, paper, scanner, power = config.fingerprint, config.printer, config.scanner, config.power
    if sensor is not None:
        add("fingerprint", lambda: _fingerprint(sensor, limits))
    if paper is not None:
        add("printer", lambda: _printer(paper, limits))
    if scanner is not None:
        add("scanner", lambda: _scanner(scanner, limits))
    if power is not None:
        add("power", lambda: _power(power))
    return asked


def ask_all(asked: Sequence[DeviceQuestion], limit_s: float) -> tuple[DoctorFinding, ...]:
    """All answers, in order; a question without one by then is answered with that."""
    answers: list[SimpleQueue[DoctorFinding]] = []
    for question in asked:
        answers.append(SimpleQueue())
        # Nobody waits for the thread of a device that hangs: it ends with the program.
        threading.Thread(
            target=_ask, args=(question, answers[-1]), name=question.name, daemon=True
        ).start()
    deadline = time.monotonic() + limit_s
    return tuple(
        _answer(question, answer, deadline, limit_s)
        for question, answer in zip(asked, answers, strict=True)
    )


def _ask(question: DeviceQuestion, answer: SimpleQueue[DoctorFinding]) -> None:
    try:
        answer.put(question.ask())
    except (DriverError, OSError, ImportError) as trouble:
        answer.put(
            _bad(question.name, str(trouble), "see docs/simulators.md or the maker's manual")
        )


def _answer(
    question: DeviceQuestion, answer: SimpleQueue[DoctorFinding], deadline: float, limit_s: float
) -> DoctorFinding:
    try:
        return answer.get(timeout=max(0.0, deadline - time.monotonic()))
    except Empty:
        return _bad(
            question.name,
            f"no result after {limit_s:.0f} s",
            "unplug the device and plug it in again; then restart what drives it",
        )


def _good(name: str, detail: str, advice: str = "") -> DoctorFinding:
    return DoctorFinding(name, True, detail, True, advice, Area.DEVICE)


def _bad(name: str, detail: str, advice: str) -> DoctorFinding:
    return DoctorFinding(name, False, detail, True, advice, Area.DEVICE)


# ---------------------------------------------------------------- cards


def _reader(name: str, reader: ReaderSettings, limits: DeviceLimits) -> DoctorFinding:
    match reader:
        case SocketReaderSettings(path) if not plugins.are_simulators_installed():
            return _bad(name, f"simulated, at {path}", plugins.advice("a reader of kind socket"))
        case SocketReaderSettings(path):
            return _good(name, f"simulated, at {path}", "no real reader: for demonstrations only")
        case PcscReaderSettings(wanted):
            return _pcsc(name, wanted, reader, limits)
        case _:
            assert_never(reader)


def _pcsc(name: str, wanted: str, reader: ReaderSettings, limits: DeviceLimits) -> DoctorFinding:
    try:
        there = list_readers()
    except DriverError as trouble:
        return _bad(name, str(trouble), "systemctl start pcscd.socket; is pcscd installed?")
    driver = card_reader(reader, limits)
    try:
        # Opened whether or not a card is in: that tells whether the reader itself is there.
        driver.wait_event(CARD_WAIT_S)
        return _card(name, wanted, driver)
    except DeviceNotFoundError as trouble:
        listed = ", ".join(there) or "none at all"
        return _bad(
            name, f"{trouble}; there: {listed}", "plug it in, or set its name in station.toml"
        )
    except DeviceLostError as trouble:
        return _bad(name, str(trouble), "systemctl restart pcscd")
    finally:
        driver.close()


def _card(name: str, wanted: str, driver: CardReader) -> DoctorFinding:
    try:
        channel = driver.open()
    except CardRemovedError:
        return _good(name, f"{wanted}: ready, no card is in")
    except CardInUseError:
        return _good(name, f"{wanted}: in use", "stop the station to test the card as well")
    except CardMuteError as trouble:
        return _bad(name, f"{wanted}: {trouble}", "put it in the other way round, or try another")
    try:
        kind = recognise(ApduChannel(channel))
    except DriverError as trouble:
        return _bad(name, f"{wanted}: {trouble}", "clean the card, or try another")
    finally:
        channel.close()
    advice = "" if kind is not CardKind.UNKNOWN else "is it a card of this election?"
    return _good(name, f"{wanted}: {KIND_WORDS[kind]}", advice)


# ---------------------------------------------------------------- serial devices


def _fingerprint(line: FingerprintLine, limits: DeviceLimits) -> DoctorFinding:
    name = "fingerprint"
    reader = fingerprint_reader(line, limits)
    try:
        status = reader.status()
    finally:
        reader.close()
    match status.state:
        case ReaderState.READY:
            firmware = f"firmware {status.firmware}" if status.firmware else ""
            places = "" if status.capacity is None else f"{status.capacity} places"
            told = ", ".join(each for each in (status.model, firmware, places) if each)
            return _good(name, f"{line.path}: {told or line.protocol.value}")
        case ReaderState.ABSENT:
            return _unopened(name, line)
        case ReaderState.SILENT:
            return _silent(name, line, status.trouble)
        case ReaderState.UNUSABLE:
            what, _, advice = status.trouble.rpartition("; ")
            return _bad(name, f"{line.path}: {what}", advice)
        case _:
            assert_never(status.state)


def _silent(name: str, line: FingerprintLine, trouble: str) -> DoctorFinding:
    """Explain silence: a wrong speed or protocol is the usual reason; what answers instead is what to set."""
    for protocol, speeds in OTHER_SPEEDS.items():
        for baud in speeds:
            other = FingerprintLine(line.path, baud, protocol)
            if (protocol, baud) != (line.protocol, line.baud) and _answers(other):
                return _bad(
                    name,
                    f"{line.path} does not answer to {line.protocol} at {line.baud} baud",
                    f'set protocol = "{protocol}" and baud = {baud}: to that it answers',
                )
    return _bad(
        name,
        f"{line.path} does not answer to {line.protocol} at {line.baud} baud ({trouble})",
        "check its power and cable, and path, baud and protocol in station.toml",
    )


def _answers(line: FingerprintLine) -> bool:
    reader = fingerprint_reader(line, QUICK)
    try:
        # One that asks for a password, for example, has answered, too.
        return reader.status().state in (ReaderState.READY, ReaderState.UNUSABLE)
    finally:
        reader.close()


def _unopened(name: str, line: SerialLineSettings) -> DoctorFinding:
    if "://" not in line.path and Path(line.path).exists():
        return _bad(
            name,
            f"{line.path} is there and cannot be opened",
            "stop the program that uses it, perhaps the station; may this user open it (group dialout)?",
        )
    return _bad(name, f"{line.path} is not there", "plug it in, or set its path in station.toml")


def _printer(line: PrinterLine, limits: DeviceLimits) -> DoctorFinding:
    name = "printer"
    driver = printer(line, limits)
    try:
        status = driver.status()
    except (DeviceNotFoundError, DeviceLostError):
        return _unopened(name, line)
    except DriverError as trouble:
        return _bad(name, f"{line.path}: {trouble}", "is `baud` that of the printer?")
    finally:
        driver.close()
    return _printer_status(name, line, status)


def _printer_status(name: str, line: PrinterLine, status: PrinterStatus) -> DoctorFinding:
    faults = {
        "the paper is out": ("put in a new roll", status.paper is PaperState.END),
        "the cover is open": ("close it", status.cover_open),
        "the cutter is stuck": ("open the cover and free it", status.cutter_fault),
        "a mechanical fault": ("switch it off and on; else exchange it", status.mechanical_fault),
        "the head is hot": ("wait a minute", status.head_hot),
    }
    wrong = {what: advice for what, (advice, is_so) in faults.items() if is_so}
    if wrong:
        return _bad(name, f"{line.path}: {', '.join(wrong)}", "; ".join(wrong.values()))
    if not status.online:
        return _bad(name, f"{line.path}: off line", "press its button")
    if status.paper is PaperState.NEAR_END:
        return _good(
            name, f"{line.path}: ready", "the paper is nearly at its end: have a roll ready"
        )
    return _good(name, f"{line.path}: ready, with paper")


def _scanner(line: SerialLineSettings, limits: DeviceLimits) -> DoctorFinding:
    """Test the scanner's line: a scanner says nothing by itself."""
    name = "scanner"
    try:
        serial_line(line, limits).close()
    except DriverError:
        return _unopened(name, line)
    return _good(name, f"{line.path} opens")


def _power(power: Power) -> DoctorFinding:
    source: PowerSource = power_source(power)
    try:
        return _power_state("power", source.read())
    finally:
        source.close()


def _power_state(name: str, state: PowerState) -> DoctorFinding:
    charge = "" if state.charge_percent is None else f", {state.charge_percent:.0f} %"
    detail = f"{state.supply.value}{charge}"
    if state.closing:
        return _bad(name, f"{detail}; it will switch off", "close safely")
    match state.supply:
        case Supply.UNKNOWN:
            why = "" if state.doubt is None else f": {state.doubt.value}"
            return _bad(
                name, f"{detail}{why}", "see whether upsd runs, and [power] in station.toml"
            )
        case Supply.LOW:
            return _bad(name, f"{detail}; nearly empty", "bring the line power back")
        case Supply.ON_BATTERY:
            return _good(name, detail, "bring the line power back")
        case Supply.ON_LINE:
            worn = state.replace_battery or state.low_battery
            return _good(name, detail, "the battery is worn or not charged yet" if worn else "")
        case _:
            assert_never(state.supply)
