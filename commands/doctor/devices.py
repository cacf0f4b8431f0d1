"""Ask each device of a configured station by the driver that would use it on the day.

They are asked side by side, each with a limit: one that hangs costs its own line and no other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final, assert_never

from commands.doctor.card_readers import examine_reader
from commands.doctor.supply import (
    POWER,
    SIGNS,
    SOUND,
    examine_power,
    examine_signs,
    examine_sound,
)
from drivers.errors import DriverError
from drivers.examined.finding import DoctorFinding, bad
from drivers.examined.serial_devices import (
    FINGERPRINT,
    IO_BOARD,
    PRINTER,
    RECORD_PRINTER,
    SCANNER,
    examine_fingerprint,
    examine_io_board,
    examine_printer,
    examine_scanner,
)
from election.because import because
from kiosk.settings import IdentityReaders, StationConfiguration, TerminalReaders
from words.errors import MessageError
from words.message import Latin, Message, m

LIMIT_S: Final = 20.0
"""For each device. No question of a driver takes longer."""

IDENTITY_READER: Final = m("identity reader")
CARD_READER: Final = m("card reader")


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
            add(IDENTITY_READER, lambda: examine_reader(IDENTITY_READER, identity, limits))
            add(CARD_READER, lambda: examine_reader(CARD_READER, authorization, limits))
        case TerminalReaders(card):
            add(CARD_READER, lambda: examine_reader(CARD_READER, card, limits))
        case _:
            assert_never(config.readers)
    sensor, paper, scanner, power = config.fingerprint, config.printer, config.scanner, config.power
    if sensor is not None:
        add(FINGERPRINT, lambda: examine_fingerprint(sensor, limits))
    if paper is not None:
        add(PRINTER, lambda: examine_printer(paper, limits))
    if (record := config.record_printer) is not None:
        add(RECORD_PRINTER, lambda: examine_printer(record, limits))
    if scanner is not None:
        add(SCANNER, lambda: examine_scanner(scanner, limits))
    if power is not None:
        add(POWER, lambda: examine_power(power))
    sound, board = config.sound, config.io_board
    if sound is not None:
        add(SOUND, lambda: examine_sound(sound))
    if (signs := config.signs) is not None:
        add(SIGNS, lambda: examine_signs(signs))
    if board is not None:
        add(IO_BOARD, lambda: examine_io_board(board, limits))
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
