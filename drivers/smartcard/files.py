"""Transparent files of a card: SELECT by identifier, READ BINARY in pieces (ISO/IEC 7816-4 11.2, 11.3).

Pieces are as long as the profile says, under secure messaging no longer than an answer holds, and up to
`LONG_PIECE` where the card announces extended lengths in EF.ATR/INFO (7816-4 12.7.1)::

    7F66 { 02 most bytes of a command, 02 most bytes of an answer }

Real chips refuse what they announce, or give less than 256 bytes at a time. A piece that is refused for
its length, or comes back empty, is asked for again in a smaller one, down to `SMALLER[-1]`; what was
learnt holds for the rest of the session. Costs a card that keeps its word nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.errors import ApduError, ProtocolError
from drivers.smartcard import tlv
from drivers.smartcard.apdu import (
    MAX_SHORT_LE,
    SW,
    ApduChannel,
    Command,
    ExtendedLengths,
)

MAX_FILE: Final = 65_535
LONG_PIECE: Final = 4096
"""Longest piece in bytes: long enough to be quick, short enough to show progress."""

FID_MASTER: Final = 0x3F00
FID_INFO: Final = 0x2F01
FID_CARD_ACCESS: Final = 0x011C
TAG_EXTENDED_LENGTHS: Final = 0x7F66

SMALLER: Final = (192, 128, 96)
"""Pieces in bytes, one after the other, for cards that refuse longer ones; real limits are 192, 128, 100."""

_FILE_HEADER: Final = 4
_SHORT_OFFSETS: Final = 0x8000
_TOO_LONG: Final = frozenset({SW.OK, SW.END_OF_FILE, SW.WRONG_LENGTH, SW.WRONG_OFFSET})
"""Answers of cards that were asked for more than they give; with the first two, no data comes."""
_EXACT_LENGTH: Final = 0x6C
"""First byte of an answer that tells the right length; seen here under secure messaging only."""


def _silent(_: int) -> None:
    """Ignore the progress."""


class CardFiles:
    """Files of the selected application, or of the master file.

    All methods raise what `ApduChannel.send` raises, `ApduError` when the card refuses and
    `ProtocolError` for files that are not what they should be.
    """

    def __init__(self, channel: ApduChannel, chunk: int) -> None:
        self._channel = channel
        self._chunk = self._short_chunk = chunk

    def ask_for_less(self, *, at_once: bool = False) -> bool:
        """Ask for smaller pieces from now on; False if there are none.

        First without extended lengths, then down the row of `SMALLER`, or to its end `at_once`.
        """
        if self._channel.is_extended:
            self._channel.forbid_extended()
            self._chunk = self._short_chunk
            return True
        smaller = [size for size in SMALLER if size < self._chunk]
        if not smaller:
            return False
        self._chunk = smaller[-1 if at_once else 0]
        return True

    def learn_lengths(self) -> None:
        """Read EF.ATR/INFO, if the card has it, and use the lengths it announces from now on.

        Nothing is learnt after `ask_for_less`: the card did not keep its word.
        """
        if self._channel.is_forbidden or self.select(FID_INFO) != SW.OK:
            return
        answer = self._channel.send(Command(0x00, 0xB0, 0, 0, le=MAX_SHORT_LE))
        if answer.sw == SW.WRONG_LENGTH:
            answer = self._channel.send(Command(0x00, 0xB0, 0, 0, le=SMALLER[-1]))
        if answer.sw not in (SW.OK, SW.END_OF_FILE):
            return
        try:
            lengths = parse_lengths(answer.data)
        except ProtocolError:
            return  # makers put their own things there; short commands always work
        if lengths is not None:
            self._channel.allow_extended(lengths)
            self._chunk = max(self._chunk, min(LONG_PIECE, lengths.answer))

    def select_master(self) -> None:
        """Leave an application. Cards that know no way back are left as they are."""
        fid = FID_MASTER.to_bytes(2, "big")
        self._channel.send(Command(0x00, 0xA4, 0x00, 0x0C, fid))

    def select(self, fid: int) -> int:
        """Select a file of the current application; return the status word."""
        command = Command(0x00, 0xA4, 0x02, 0x0C, fid.to_bytes(2, "big"))
        return self._channel.send(command).sw

    def size(self, fid: int, tag: int) -> int:
        """Select a file that is one data object `tag`, and return its whole length in bytes."""
        self._select(fid)
        actual, start, length = tlv.header(self._piece(0, _FILE_HEADER))
        if actual != tag or start + length > MAX_FILE:
            raise ProtocolError(f"file {fid:04X} of the card is not what its number says")
        return start + length

    def read(self, fid: int, size: int, report: Callable[[int], None] = _silent) -> bytes:
        """Read `size` bytes of a file; `report` is called with the bytes so far after every piece."""
        self._select(fid)
        data = bytearray()
        while len(data) < size:
            data += self._piece(len(data), size - len(data))
            report(len(data))
        return bytes(data)

    def read_object(self, fid: int, tag: int) -> bytes:
        """Read a whole file that is one data object `tag`."""
        return self.read(fid, self.size(fid, tag))

    def _select(self, fid: int) -> None:
        sw = self.select(fid)
        if sw != SW.OK:
            raise ApduError(sw, f"select file {fid:04X}")

    def _piece(self, offset: int, wanted: int) -> bytes:
        """Read at least one and at most `wanted` bytes from `offset` of the selected file."""
        while True:
            size = min(wanted, self._channel.room(self._chunk))
            command = self._reading(offset, size)
            response = self._channel.send(command)
            data = response.data
            if data and response.sw in (SW.OK, SW.END_OF_FILE):
                break
            if not (self._is_too_long(command, response.sw, size) and self.ask_for_less()):
                if response.sw == SW.OK:
                    raise ProtocolError("the card sends nothing of a file")
                raise ApduError(response.sw, "read a file of the card")
        if offset >= _SHORT_OFFSETS:
            data = tlv.parse_one(data, 0x53).value
        if not 1 <= len(data) <= size:
            raise ProtocolError("the card sent less or more than was asked for")
        return data

    def _is_too_long(self, command: Command, sw: int, size: int) -> bool:
        """Tell whether a smaller piece may help: after some refusals, after any of an extended command."""
        is_length = sw in _TOO_LONG or sw >> 8 == _EXACT_LENGTH
        return command.extended or (is_length and size > SMALLER[-1])

    def _reading(self, offset: int, size: int) -> Command:
        if offset < _SHORT_OFFSETS:
            command = Command(0x00, 0xB0, offset >> 8, offset & 0xFF)
            return self._channel.expecting(command, size)
        where = tlv.encode(0x54, offset.to_bytes(2, "big"))
        # The answer is wrapped in 53, so ask for its header too.
        most = self._channel.room(len(tlv.encode(0x53, bytes(size))))
        return self._channel.expecting(Command(0x00, 0xB1, 0, 0, where), most)


def parse_lengths(data: bytes) -> ExtendedLengths | None:
    """Parse the extended lengths EF.ATR/INFO announces; None without them.

    Raises `ProtocolError`.
    """
    announced = tlv.find_optional(tlv.parse(data), TAG_EXTENDED_LENGTHS)
    if announced is None:
        return None
    numbers = [
        int.from_bytes(element.value, "big")
        for element in announced.children()
        if element.tag == 0x02
    ]
    if len(numbers) != 2 or not all(MAX_SHORT_LE <= number <= MAX_FILE for number in numbers):
        raise ProtocolError("the card announces lengths that cannot be")
    return ExtendedLengths(*numbers)
