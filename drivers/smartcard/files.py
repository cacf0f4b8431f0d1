"""Transparent files of a card: SELECT by identifier, READ BINARY in pieces (ISO/IEC 7816-4 11.2, 11.3).

Pieces are as long as the profile says, under secure messaging no longer than an answer holds, and up to
`LONG_PIECE` where the card announces extended lengths in EF.ATR/INFO (7816-4 12.7.1)::

    7F66 { 02 most bytes of a command, 02 most bytes of an answer }
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

_FILE_HEADER: Final = 4
_SHORT_OFFSETS: Final = 0x8000


def _silent(_: int) -> None:
    """Ignore the progress."""


class CardFiles:
    """Files of the selected application, or of the master file.

    All methods raise what `ApduChannel.send` raises, `ApduError` when the card refuses and
    `ProtocolError` for files that are not what they should be.
    """

    def __init__(self, channel: ApduChannel, chunk: int) -> None:
        self._channel = channel
        self._chunk = chunk

    def learn_lengths(self) -> None:
        """Read EF.ATR/INFO, if the card has it, and use the lengths it announces from now on."""
        if self.select(FID_INFO) != SW.OK:
            return
        command = Command(0x00, 0xB0, 0, 0, le=MAX_SHORT_LE)
        answer = self._channel.send(command)
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
        piece = self._channel.room(self._chunk)
        while len(data) < size:
            data += self._piece(len(data), min(piece, size - len(data)))
            report(len(data))
        return bytes(data)

    def read_object(self, fid: int, tag: int) -> bytes:
        """Read a whole file that is one data object `tag`."""
        return self.read(fid, self.size(fid, tag))

    def _select(self, fid: int) -> None:
        sw = self.select(fid)
        if sw != SW.OK:
            raise ApduError(sw, f"select file {fid:04X}")

    def _piece(self, offset: int, size: int) -> bytes:
        """Read at least one and at most `size` bytes from `offset` of the selected file."""
        if offset < _SHORT_OFFSETS:
            command = Command(0x00, 0xB0, offset >> 8, offset & 0xFF)
            response = self._channel.send(self._channel.expecting(command, size))
        else:
            where = tlv.encode(0x54, offset.to_bytes(2, "big"))
            # The answer is wrapped in 53, so ask for its header too.
            most = self._channel.room(len(tlv.encode(0x53, bytes(size))))
            command = Command(0x00, 0xB1, 0, 0, where)
            response = self._channel.send(self._channel.expecting(command, most))
        if response.sw not in (SW.OK, SW.END_OF_FILE):
            raise ApduError(response.sw, "read a file of the card")
        data = response.data
        if offset >= _SHORT_OFFSETS:
            data = tlv.parse_one(data, 0x53).value
        if not 1 <= len(data) <= size:
            raise ProtocolError("the card sent less or more than was asked for")
        return data


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
