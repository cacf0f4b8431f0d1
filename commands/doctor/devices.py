"""Ask each device of a configured station by the driver that would use it on the day.

They are asked side by side, each with a limit: one that hangs costs its own line and no other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
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
from drivers.asking import DeviceQuestion, ask_all
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
from election.device_files import Files
from election.device_table import Place
from election.package.looking import installed_content
from kiosk.settings import IdentityReaders, StationConfiguration, TerminalReaders
from words.message import Latin, Message, m

LIMIT_S: Final = 20.0
"""For each device. No question of a driver takes longer."""
TRY_OUT_S: Final = 10.0
"""At a console somebody waits for it."""

IDENTITY_READER: Final = m("identity reader")
CARD_READER: Final = m("card reader")


def examine(config: StationConfiguration, limit_s: float = LIMIT_S) -> tuple[DoctorFinding, ...]:
    """One finding for each configured device, after `limit_s` seconds at the latest."""
    return ask_all(questions(config), limit_s, _failed)


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
    content = installed_content(Files(config.data, config.mirror).package)
    recorded = () if content is None else content.recorded
    if sound is not None:
        add(SOUND, lambda: examine_sound(sound, recorded))
    if (signs := config.signs) is not None:
        add(SIGNS, lambda: examine_signs(signs, recorded))
    if board is not None:
        add(IO_BOARD, lambda: examine_io_board(board, limits))
    return asked


def try_out(config: StationConfiguration, places: Collection[Place]) -> tuple[DoctorFinding, ...]:
    """Ask the devices of some places, as a configuration that is not in use yet names them."""
    names = {_NAMES[place] for place in places}
    asked = [each for each in questions(config) if each.name in names]
    return ask_all(asked, TRY_OUT_S, _failed)


_NAMES: Final = {
    Place.IDENTITY_READER: IDENTITY_READER,
    Place.AUTHORIZATION_READER: CARD_READER,
    Place.CARD_READER: CARD_READER,
    Place.FINGERPRINT: FINGERPRINT,
    Place.PRINTER: PRINTER,
    Place.RECORD_PRINTER: RECORD_PRINTER,
    Place.SCANNER: SCANNER,
    Place.IO_BOARD: IO_BOARD,
}


def _failed(name: Message, trouble: Exception) -> DoctorFinding:
    advice = m("see {file} or the maker's manual", file=Latin("docs/simulators.md"))
    return bad(name, because(trouble), advice)
