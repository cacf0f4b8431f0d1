"""Habits of real chips: answers that the standards do not foresee, or that few cards give.

Each was reported for genuine documents, or follows from a standard's wording; a reader has to live with
all of them. A habit only says what a card answers; `IsoCard` asks it for each command.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from drivers.smartcard.apdu import MAX_SHORT_LE, SW, Command

_INS_SELECT: Final = 0xA4
_INS_CHALLENGE: Final = 0x84
_INS_READ: Final = (0xB0, 0xB1)
_MSE_SET_AT: Final = (0x22, 0xC1, 0xA4)
_MASTER: Final = (b"", b"\x3f\x00")
_CARD_ACCESS: Final = b"\x01\x1c"


class CommonFile(Enum):
    """Forms of EF.COM."""

    RIGHT = auto()
    ABSENT = auto()
    TOO_LONG = auto()
    """It lists groups that are not there."""


@dataclass(slots=True)
class SincePower:
    """What happened since the card got power."""

    tried: bool = False
    """PACE was tried."""
    session_ended: bool = False


@dataclass(frozen=True, slots=True)
class CardHabit:
    """Departures of one chip; the defaults depart in nothing. Status words are numbers, None for none."""

    most: int = MAX_SHORT_LE
    """Largest Le of a short READ BINARY; 6700 above it."""
    gives: int = MAX_SHORT_LE
    """Most bytes of one short READ BINARY, whatever Le asks for."""
    drops_keys: bool = False
    """6700 is sent without protection and ends the session."""
    leaves_application: bool = False
    """The master file is selected when a session ends."""
    extended: int | None = None
    """Answer to every extended command, though EF.ATR/INFO announces them."""
    master: int | None = None
    """Answer to SELECT of the master file, which is selected all the same."""
    card_access: int | None = None
    """Answer for EF.CardAccess, to SELECT or, with `card_access_reading`, to READ BINARY."""
    card_access_reading: bool = False
    card_access_content: bytes = field(default=b"", repr=False)
    """EF.CardAccess of a card whose way of PACE few readers know; empty for the usual file."""
    environment: int | None = None
    """Answer to MSE:SET AT of PACE; a warning lets PACE go on, a refusal does not."""
    past_end: int | None = None
    """Answer to READ BINARY of more than is left: a warning comes with data, a refusal without."""
    after_trying: int | None = None
    """Answer to GET CHALLENGE once PACE was tried, until power is cut."""
    after_session: int | None = None
    """Answer to every command once a session has ended, until power is cut."""
    common: CommonFile = CommonFile.RIGHT
    wrong_delay_s: float = 0.0
    """Seconds before the card says that a secret was wrong."""

    def refusal(self, command: Command, current: bytes, since: SincePower) -> int | None:
        """Return what the card answers in place of the usual; `current` is the file chosen last."""
        if since.session_ended and self.after_session is not None:
            return self.after_session
        if (command.ins, command.p1, command.p2) == _MSE_SET_AT:
            since.tried = True
        if command.ins == _INS_CHALLENGE and since.tried and self.after_trying is not None:
            return self.after_trying
        reading = command.ins in _INS_READ
        if reading and not command.extended and (command.le or MAX_SHORT_LE) > self.most:
            return SW.WRONG_LENGTH
        if command.ins == _INS_SELECT and command.p1 == 0x00 and command.data in _MASTER:
            return self.master
        chosen = reading if self.card_access_reading else command.ins == _INS_SELECT
        if chosen and current == _CARD_ACCESS:
            return self.card_access
        if (command.ins, command.p1, command.p2) == _MSE_SET_AT and not _is_warning(
            self.environment
        ):
            return self.environment
        return None

    def cut(self, command: Command, data: bytes) -> bytes:
        """Return what the card gives of the data of an answer."""
        short = command.ins in _INS_READ and not command.extended
        return data[: self.gives] if short and command.ins & 1 == 0 else data

    def status(self, command: Command, data: bytes) -> int:
        """Return the status word of an answer that would be 9000."""
        if (command.ins, command.p1, command.p2) == _MSE_SET_AT and self.environment is not None:
            return self.environment
        wanted = command.le or MAX_SHORT_LE
        is_past = command.ins in _INS_READ and len(data) < min(wanted, self.gives)
        return self.past_end if is_past and self.past_end is not None else SW.OK


def _is_warning(status: int | None) -> bool:
    return status is not None and status >> 8 in (0x62, 0x63)


PLAIN: Final = CardHabit()

_ABSENT: Final = (0x6982, 0x6985, 0x6A81, 0x6A86, 0x6A87, 0x6A88, 0x6D00)
_MASTER_STATUS: Final = (0x6982, 0x6985, 0x6A81, 0x6A82, 0x6A86, 0x6A87)

HABITS: Final[Mapping[str, CardHabit]] = {
    "le-192": CardHabit(most=192),
    "le-128": CardHabit(most=128),
    "le-100": CardHabit(most=100),
    "le-192-drops-keys": CardHabit(most=192, drops_keys=True),
    "le-100-drops-keys": CardHabit(most=100, drops_keys=True, leaves_application=True),
    "gives-100": CardHabit(gives=100),
    "extended-6700": CardHabit(extended=0x6700),
    "extended-6982": CardHabit(extended=0x6982),
    "extended-empty": CardHabit(extended=0x9000),
    **{f"master-{status:04x}": CardHabit(master=status) for status in _MASTER_STATUS},
    **{f"card-access-{status:04x}": CardHabit(card_access=status) for status in _ABSENT},
    "card-access-read-6982": CardHabit(card_access=0x6982, card_access_reading=True),
    "pace-ecdh-im": CardHabit(
        card_access_content=bytes.fromhex("31143012060A04007F00070202040404020102020112")
    ),
    "pace-dh-3des": CardHabit(
        card_access_content=bytes.fromhex("31143012060A04007F00070202040101020102020102")
    ),
    "pace-refused": CardHabit(
        environment=0x6A80,
        card_access_content=bytes.fromhex("31143012060A04007F0007020204020202010202010C"),
    ),
    "pace-refused-restart": CardHabit(
        environment=0x6A80,
        after_trying=0x6985,
        card_access_content=bytes.fromhex("31143012060A04007F0007020204020202010202010C"),
    ),
    "le-192-restart": CardHabit(
        most=192, drops_keys=True, extended=0x6700, master=0x6982, after_session=0x6985
    ),
    "pace-63c2": CardHabit(environment=0x63C2),
    "past-end-6282": CardHabit(past_end=0x6282),
    "past-end-6b00": CardHabit(past_end=0x6B00),
    "no-common-file": CardHabit(common=CommonFile.ABSENT),
    "common-too-long": CardHabit(common=CommonFile.TOO_LONG),
    "slow-after-wrong": CardHabit(wrong_delay_s=2.0),
}
"""Habits by the names that `amin simulator card --habit` takes."""
