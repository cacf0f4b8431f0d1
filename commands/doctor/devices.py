"""Ask each device of a configured station by the driver that would use it on the day.

They are asked side by side, each with a limit: one that hangs costs its own line and no other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final, assert_never

from commands import plugins
from commands.devices import (
    card_reader,
    fingerprint_reader,
    io_board,
    power_source,
    printer,
    serial_line,
)
from commands.doctor.finding import DoctorFinding, at, bad, good
from drivers.errors import (
    CardInUseError,
    CardMuteError,
    CardRemovedError,
    DeviceLostError,
    DeviceNotFoundError,
    DriverError,
)
from drivers.fingerprint.seam import ReaderState
from drivers.power.seam import Doubt, PowerSource, PowerState, Supply
from drivers.printer.seam import PaperState, PrinterStatus
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.channel import CardReader
from drivers.smartcard.pcsc import list_readers
from drivers.smartcard.recognise import CardKind, recognise
from drivers.sound.clips import check_decoder
from drivers.sound.espeak import EspeakVoice
from drivers.sound.output import MiniaudioOutput
from drivers.sound.sonic import check_library
from drivers.sound.wave import RATE, silence
from election.because import because
from election.clips import Clips
from kiosk.settings import (
    DeviceLimits,
    FingerprintLine,
    FingerprintProtocol,
    IdentityReaders,
    IoBoardLine,
    PcscReaderSettings,
    Power,
    PrinterLine,
    ReaderSettings,
    SerialLineSettings,
    SocketReaderSettings,
    SoundSettings,
    StationConfiguration,
    TerminalReaders,
)
from kiosk.station.power import describe
from words.errors import MessageError
from words.message import Items, Latin, Message, Value, all_of, m

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

IDENTITY_READER: Final = m("identity reader")
CARD_READER: Final = m("card reader")
FINGERPRINT: Final = m("fingerprint reader")
PRINTER: Final = m("printer")
SCANNER: Final = m("scanner")
POWER: Final = m("power")
SOUND: Final = m("sound")
IO_BOARD: Final = m("switch box")

KINDS: Final[Mapping[CardKind, Message]] = {
    CardKind.IDENTITY: m("an identity card"),
    CardKind.OPERATOR: m("an operator card"),
    CardKind.AUTHORIZATION: m("an authorization card"),
    CardKind.UNKNOWN: m("a card of no known kind"),
}
DOUBTS: Final[Mapping[Doubt, Message]] = {
    Doubt.NO_SERVICE: m("its service does not answer"),
    Doubt.SILENT: m("its service does not answer in time"),
    Doubt.STALE: m("its service has had no data for a while: stale"),
    Doubt.NO_DRIVER: m("its service has lost the driver"),
    Doubt.NO_DEVICE: m("there is no such device"),
    Doubt.REFUSED: m("its service refuses to answer"),
    Doubt.NONSENSE: m("its service answers what the protocol does not allow"),
    Doubt.NOT_SAID: m("its service names neither line nor battery"),
}


@dataclass(frozen=True, slots=True)
class DeviceQuestion:
    """A device to be asked, and how; `ask` may take as long as the device's time-out."""

    name: Message
    ask: Callable[[], DoctorFinding]


def examine(config: StationConfiguration, limit_s: float = LIMIT_S) -> tuple[DoctorFinding, ...]:
    """One finding for each configured device, after `limit_s` seconds at the latest."""
    return ask_all(questions(config), limit_s)


def questions(config: StationConfiguration) -> list[DeviceQuestion]:
    """List what to ask of this station's devices; nothing is asked yet."""
    limits = config.limits
    asked: list[DeviceQuestion] = []

    def add(name: Message, ask: Callable[[], DoctorFinding]) -> None:
        asked.append(DeviceQuestion(name, ask))

    match config.readers:
        case IdentityReaders(identity, authorization):
            add(IDENTITY_READER, lambda: _reader(IDENTITY_READER, identity, limits))
            add(CARD_READER, lambda: _reader(CARD_READER, authorization, limits))
        case TerminalReaders(card):
            add(CARD_READER, lambda: _reader(CARD_READER, card, limits))
        case _:
            assert_never(config.readers)
    sensor, paper, scanner, power = config.fingerprint, config.printer, config.scanner, config.power
    if sensor is not None:
        add(FINGERPRINT, lambda: _fingerprint(sensor, limits))
    if paper is not None:
        add(PRINTER, lambda: _printer(paper, limits))
    if scanner is not None:
        add(SCANNER, lambda: _scanner(scanner, limits))
    if power is not None:
        add(POWER, lambda: _power(power))
    sound, board = config.sound, config.io_board
    if sound is not None:
        add(SOUND, lambda: _sound(sound))
    if board is not None:
        add(IO_BOARD, lambda: _io_board(board, limits))
    return asked


def ask_all(asked: Sequence[DeviceQuestion], limit_s: float) -> tuple[DoctorFinding, ...]:
    """All answers, in order; a question without one by then is answered with that."""
    answers: list[SimpleQueue[DoctorFinding]] = []
    for question in asked:
        answers.append(SimpleQueue())
        # Nobody waits for the thread of a device that hangs: it ends with the program.
        threading.Thread(target=_ask, args=(question, answers[-1]), daemon=True).start()
    deadline = time.monotonic() + limit_s
    return tuple(
        _answer(question, answer, deadline, limit_s)
        for question, answer in zip(asked, answers, strict=True)
    )


def _ask(question: DeviceQuestion, answer: SimpleQueue[DoctorFinding]) -> None:
    try:
        answer.put(question.ask())
    except (DriverError, MessageError, OSError, ImportError) as trouble:
        advice = m("see {file} or the maker's manual", file=Latin("docs/simulators.md"))
        answer.put(bad(question.name, because(trouble), advice))


def _answer(
    question: DeviceQuestion, answer: SimpleQueue[DoctorFinding], deadline: float, limit_s: float
) -> DoctorFinding:
    try:
        return answer.get(timeout=max(0.0, deadline - time.monotonic()))
    except Empty:
        return bad(
            question.name,
            m("no result after {count} s", count=round(limit_s)),
            m("unplug the device and plug it in again; then restart what drives it"),
        )


# ---------------------------------------------------------------- cards


def _reader(name: Message, reader: ReaderSettings, limits: DeviceLimits) -> DoctorFinding:
    match reader:
        case SocketReaderSettings(path):
            detail = m("simulated, at {path}", path=path)
            if plugins.are_simulators_installed():
                return good(name, detail, m("no real reader: for demonstrations only"))
            return bad(name, detail, plugins.advice(plugins.SOCKET_READER))
        case PcscReaderSettings(wanted):
            return _pcsc(name, Latin(wanted), reader, limits)
        case _:
            assert_never(reader)


def _pcsc(
    name: Message, wanted: Latin, reader: ReaderSettings, limits: DeviceLimits
) -> DoctorFinding:
    try:
        there = list_readers()
    except DriverError as trouble:
        advice = m(
            "is pcscd installed? Type: {command}", command=Latin("systemctl start pcscd.socket")
        )
        return bad(name, because(trouble), advice)
    driver = card_reader(reader, limits)
    try:
        # Opened whether or not a card is in: that tells whether the reader itself is there.
        driver.wait_event(CARD_WAIT_S)
        return _card(name, wanted, driver)
    except DeviceNotFoundError as trouble:
        listed = Items(tuple(map(Latin, there))) if there else m("none at all")
        return bad(
            name,
            m(
                "{wanted}: {reason}; there: {listed}",
                wanted=wanted,
                reason=because(trouble),
                listed=listed,
            ),
            m("plug it in, or set its name in station.toml"),
        )
    except DeviceLostError as trouble:
        advice = m("type: {command}", command=Latin("systemctl restart pcscd"))
        return bad(name, because(trouble), advice)
    finally:
        driver.close()


def _card(name: Message, wanted: Latin, driver: CardReader) -> DoctorFinding:
    try:
        channel = driver.open()
    except CardRemovedError:
        return good(name, at(wanted, m("ready, no card is in")))
    except CardInUseError:
        advice = m("stop the station to test the card as well")
        return good(name, at(wanted, m("in use")), advice)
    except CardMuteError as trouble:
        return bad(name, at(wanted, because(trouble)), m("turn the card round, or try another"))
    try:
        kind = recognise(ApduChannel(channel))
    except DriverError as trouble:
        return bad(name, at(wanted, because(trouble)), m("clean the card, or try another"))
    finally:
        channel.close()
    doubt = m("is it a card of this election?") if kind is CardKind.UNKNOWN else None
    return good(name, at(wanted, KINDS[kind]), doubt)


# ---------------------------------------------------------------- serial devices


def _fingerprint(line: FingerprintLine, limits: DeviceLimits) -> DoctorFinding:
    reader = fingerprint_reader(line, limits)
    try:
        status = reader.status()
    finally:
        reader.close()
    match status.state:
        case ReaderState.READY:
            told: list[Value] = [Latin(status.model or line.protocol)]
            if status.firmware:
                told.append(m("firmware {version}", version=Latin(status.firmware)))
            if status.capacity is not None:
                told.append(m("{count} places", count=status.capacity))
            return good(FINGERPRINT, at(Latin(line.path), Items(tuple(told))))
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


def _sound(sound: SoundSettings) -> DoctorFinding:
    """Examine speech and its device; without them votes are given, but not by ear."""
    advice = m("voters who need speech cannot vote here alone until it works")
    try:
        EspeakVoice().check()
        check_library()
        if sound.clips:
            check_decoder()
        MiniaudioOutput(lambda count: silence(count / RATE), sound.headphones).close()
    except DriverError as trouble:
        return bad(SOUND, because(trouble), advice)
    if sound.clips:
        clips = Clips(Path(sound.clips), sound.clips_list)
        if not clips.usable:
            detail = m(
                "{path}: its list is missing, or not the published one", path=Path(sound.clips)
            )
            return bad(SOUND, detail, m("copy the folder of recordings again"))
        return good(SOUND, m("speech, and {count} recordings", count=len(clips)))
    return good(SOUND, m("speech"))


def _io_board(line: IoBoardLine, limits: DeviceLimits) -> DoctorFinding:
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


def _printer(line: PrinterLine, limits: DeviceLimits) -> DoctorFinding:
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


def _scanner(line: SerialLineSettings, limits: DeviceLimits) -> DoctorFinding:
    """Test the scanner's line: a scanner says nothing by itself."""
    try:
        serial_line(line, limits).close()
    except DriverError:
        return _unopened(SCANNER, line)
    return good(SCANNER, m("{path} opens", path=Latin(line.path)))


def _power(power: Power) -> DoctorFinding:
    source: PowerSource = power_source(power)
    try:
        return _power_state(source.read())
    finally:
        source.close()


def _power_state(state: PowerState) -> DoctorFinding:
    detail, line = describe(state), m("bring the line power back")
    if state.closing:
        return bad(POWER, m("{supply}; it will switch off", supply=detail), m("close safely"))
    match state.supply:
        case Supply.UNKNOWN:
            why = detail if state.doubt is None else DOUBTS[state.doubt]
            return bad(POWER, why, m("see whether upsd runs, and [power] in station.toml"))
        case Supply.LOW:
            return bad(POWER, detail, line)
        case Supply.ON_BATTERY:
            return good(POWER, detail, line)
        case Supply.ON_LINE:
            worn = state.replace_battery or state.low_battery
            advice = m("the battery is worn or not charged yet") if worn else None
            return good(POWER, detail, advice)
        case _:
            assert_never(state.supply)
