"""Part of a card that compares fingers: templates, retry counters, a matcher.

Written from ISO/IEC 7816-11 and 19794-2, not with the driver's converter. A card keeps compact minutiae
only: no record, no image, and no command that reads them out. `OnCardFingers` answers the commands and
sits inside an application (the eID application, PIV).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from drivers.fingerprint.iso19794 import DPI_500, Minutia, MinutiaType, parse_record
from drivers.smartcard import tlv
from drivers.smartcard.apdu import SW, Command
from simulators.cards.base import CommandRefusedError, always
from simulators.fingerprint.matcher import compare

TRIES: Final = 5
LEAST: Final = 8
MOST: Final = 60
"""Fewest and most minutiae of a live finger."""
ANSWER_S: Final = 0.25
"""An answer leaves at a multiple of this time after its command, whatever the score was."""

ORDER_XY: Final = 0x05
"""Ascending by x, then y."""

INS_VERIFY: Final = 0x20
INS_VERIFY_OBJECTS: Final = 0x21
INS_GET_DATA: Final = 0xCA
INS_GET_DATA_LIST: Final = 0xCB
INSTRUCTIONS: Final = frozenset({INS_VERIFY, INS_VERIFY_OBJECTS, INS_GET_DATA, INS_GET_DATA_LIST})

_MINUTIA: Final = 3
_TENTHS_PER_CM: Final = 100
_LARGEST: Final = 255


@dataclass(slots=True)
class CardFinger:
    """Finger in the card's memory; `tries` outlives every reset."""

    reference: int
    subtype: int
    minutiae: bytes = field(repr=False)
    tries: int = TRIES
    verified: bool = False


def enrol(reference: int, subtype: int, record: bytes) -> CardFinger:
    """Personalise a finger from a one-finger ISO/IEC 19794-2:2005 record: the best `MOST` minutiae.

    Raises ValueError for a record with too few.
    """
    parsed = parse_record(record)
    best = sorted(parsed.views[0].minutiae, key=lambda m: m.quality, reverse=True)[:MOST]
    content = bytearray()
    for minutia in sorted(best, key=lambda m: (m.x, m.y)):
        x = int(_TENTHS_PER_CM * minutia.x / parsed.x_per_cm + 0.5)
        y = int(_TENTHS_PER_CM * minutia.y / parsed.y_per_cm + 0.5)
        if x <= _LARGEST and y <= _LARGEST:
            content += bytes((x, y, minutia.type * 64 + minutia.angle // 4))
    if len(content) < LEAST * _MINUTIA:
        raise ValueError("too few minutiae to enrol this finger")
    return CardFinger(reference, subtype, bytes(content))


class OnCardFingers:
    """Answers GET DATA 7F61 and VERIFY for the fingers of a card.

    `may_use` is the access rule (secure messaging, interface). `clock` and `pause` in seconds.
    """

    def __init__(
        self,
        fingers: Sequence[CardFinger],
        *,
        may_use: Callable[[], bool] = always,
        order: int = ORDER_XY,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._fingers = {finger.reference: finger for finger in fingers}
        self._may_use = may_use
        self._order = order
        self._clock = clock
        self._pause = pause

    def tries(self, reference: int) -> int:
        """Return how many tries a finger's counter has left."""
        return self._fingers[reference].tries

    def reset(self) -> None:
        """Lose power: what was verified is forgotten, the counters stay."""
        for finger in self._fingers.values():
            finger.verified = False

    def process(self, command: Command) -> bytes:
        """Answer one of `INSTRUCTIONS`. Raises `CommandRefusedError`."""
        if not self._may_use():
            raise CommandRefusedError(SW.SECURITY_STATUS)
        match command.ins:
            case 0xCA:
                if (command.p1, command.p2) != (0x7F, 0x61):
                    raise CommandRefusedError(SW.REFERENCE)
                return self.information()
            case 0xCB:
                if (command.p1, command.p2) != (0x3F, 0xFF):
                    raise CommandRefusedError(SW.WRONG_P1P2)
                if command.data != bytes.fromhex("5C027F61"):
                    raise CommandRefusedError(SW.NOT_FOUND)
                return self.information()
            case 0x20 | 0x21:
                return self._verify(command)
        raise CommandRefusedError(SW.WRONG_INS)

    def information(self) -> bytes:
        """Return the biometric information templates."""
        templates = [
            tlv.encode(
                0x7F60,
                tlv.encode(0x83, bytes((finger.reference,))),
                tlv.encode(
                    0xA1,
                    tlv.encode(0x81, b"\x08"),
                    tlv.encode(0x82, bytes((finger.subtype,))),
                    tlv.encode(0x87, b"\x01\x01"),
                    tlv.encode(0x88, b"\x00\x05"),
                    tlv.encode(
                        0xB1,
                        tlv.encode(0x81, bytes((LEAST, MOST))),
                        tlv.encode(0x82, bytes((self._order,))),
                    ),
                ),
            )
            for finger in self._fingers.values()
        ]
        if not templates:
            raise CommandRefusedError(SW.REFERENCE)
        return tlv.encode(0x7F61, tlv.encode(0x02, bytes((len(templates),))), *templates)

    def _verify(self, command: Command) -> bytes:
        if command.p1:
            raise CommandRefusedError(SW.WRONG_P1P2)
        finger = self._fingers.get(command.p2)
        if finger is None:
            raise CommandRefusedError(SW.REFERENCE)
        if not command.data:
            if finger.verified:
                return b""
            raise CommandRefusedError(SW.TRIES_LEFT | finger.tries if finger.tries else SW.BLOCKED)
        if not finger.tries:
            raise CommandRefusedError(SW.BLOCKED)
        probe = _probe(command, self._order)
        # Counted first: power lost during the comparison gives no try back.
        finger.tries -= 1
        finger.verified = False
        started = self._clock()
        same = compare(_restored(probe), _restored(finger.minutiae)).is_match
        self._wait_since(started)
        if same:
            finger.tries = TRIES
            finger.verified = True
            return b""
        raise CommandRefusedError(SW.TRIES_LEFT | finger.tries)

    def _wait_since(self, started: float) -> None:
        spent = self._clock() - started
        self._pause((int(spent / ANSWER_S) + 1) * ANSWER_S - spent)


def _probe(command: Command, order: int) -> bytes:
    """Return the live minutiae. Raises `CommandRefusedError` (6A80), which costs no try."""
    data = command.data
    if command.ins == INS_VERIFY_OBJECTS:
        data = tlv.parse_one(tlv.parse_one(data, 0x7F2E).value, 0x81).value
    rows = [data[at : at + _MINUTIA] for at in range(0, len(data), _MINUTIA)]
    if len(data) % _MINUTIA or not LEAST <= len(rows) <= MOST:
        raise CommandRefusedError(SW.WRONG_DATA)
    if any(row[2] >> 6 > MinutiaType.BIFURCATION for row in rows):
        raise CommandRefusedError(SW.WRONG_DATA)
    if order == ORDER_XY and rows != sorted(rows, key=lambda row: row[:2]):
        raise CommandRefusedError(SW.WRONG_DATA)
    return data


def _restored(data: bytes) -> tuple[Minutia, ...]:
    """Return compact minutiae in the matcher's units: pixels at 500 dpi, 256 angles."""
    scale = DPI_500 / _TENTHS_PER_CM
    return tuple(
        Minutia(
            MinutiaType(data[at + 2] >> 6),
            round(data[at] * scale),
            round(data[at + 1] * scale),
            (data[at + 2] & 0x3F) * 4,
        )
        for at in range(0, len(data), _MINUTIA)
    )
