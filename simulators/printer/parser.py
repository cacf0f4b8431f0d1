"""Parser of an ESC/POS host's bytes into commands, by one table.

Lengths of commands that are not drawn are in the table all the same, so that their parameters are
never taken for text. A command that is not in the table is logged and skipped, never guessed at.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_log = logging.getLogger(__name__)

_DLE, _EOT, _DC4, _ESC, _FS, _GS, _LF = 0x10, 0x04, 0x14, 0x1B, 0x1C, 0x1D, 0x0A

TEXT = b""
"""The prefix of a `PrinterCommand` that is one character of text."""

_PARAMETERS: Final[Mapping[int, Mapping[int, bytes]]] = MappingProxyType(
    {
        _ESC: {0: b"@2", 1: b" !-3=EGJMRVadt{", 2: b"$\\c", 3: b"p"},
        _FS: {0: b".&", 1: b"C"},
        _GS: {1: b"!BHIabfhrw", 2: b"LPW", 6: b"v"},
    }
)
_CUT = b"\x1dV"
_CUT_WITH_FEED = (0x41, 0x42)
_COUNTED = b"\x1d("
"""`1D 28 fn pL pH` and that many bytes."""
_COLUMNS = b"\x1b*"
"""`1B 2A m nL nH` and n columns; of `COLUMN_BYTES` each."""
COLUMN_BYTES: Final[Mapping[int, int]] = MappingProxyType({0: 1, 1: 1, 32: 3, 33: 3})

_PULSES = {0x01: 2, 0x02: 2, 0x08: 7}
"""Parameter bytes of the real-time requests `10 14 n`."""

CLEAR_REQUEST = 0x08


@dataclass(frozen=True, slots=True)
class PrinterCommand:
    """Command of `prefix` and parameters; for `1D 76` the six bytes of the header without the image.

    A printable character is a command with the prefix `TEXT`.
    """

    prefix: bytes
    parameters: bytes


@dataclass(frozen=True, slots=True)
class RealTime:
    """Real-time command `10 04 n` (`code` 04) or `10 14 n` (`code` 14)."""

    code: int
    number: int


class RealTimeFilter:
    """Takes real-time commands out of the stream, wherever they stand, also inside image data."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> list[bytes | RealTime]:
        """Return ordinary bytes and real-time commands in the order of their arrival."""
        data = self._held + data
        self._held = b""
        parts: list[bytes | RealTime] = []
        plain = bytearray()
        at = 0
        while at < len(data):
            if data[at] != _DLE:
                plain.append(data[at])
                at += 1
                continue
            length = _real_time_length(data[at : at + 3])
            if length is None or at + length > len(data):
                self._held = data[at:]
                break
            if length == 1:
                plain.append(_DLE)
            else:
                if plain:
                    parts.append(bytes(plain))
                    plain.clear()
                parts.append(RealTime(data[at + 1], data[at + 2]))
            at += length
        if plain:
            parts.append(bytes(plain))
        return parts


class Parser:
    """Splits ordinary bytes into commands; image data is fetched row by row with `take`."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.unknown = 0
        """Commands skipped so far because the table does not hold them."""
        self.needed = 0
        """Bytes of the command at the front, as far as it is known; may be more than a buffer holds."""

    def __len__(self) -> int:
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Append bytes from the host."""
        self._buffer += data

    def clear(self) -> None:
        """Forget all bytes that were not used yet."""
        self._buffer.clear()

    def take(self, size: int) -> bytes | None:
        """Return the next `size` bytes, None until all of them have come."""
        if len(self._buffer) < size:
            return None
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def next_command(self) -> PrinterCommand | None:
        """Return the next whole command, or None until more bytes have come."""
        while self._buffer:
            first = self._buffer[0]
            if first == _LF:
                self.take(1)
                return PrinterCommand(b"\n", b"")
            if first not in (_ESC, _FS, _GS):
                character = self._buffer.pop(0)
                if character >= 0x20:
                    return PrinterCommand(TEXT, bytes((character,)))
                continue
            if len(self._buffer) < 2:
                return None
            prefix = bytes(self._buffer[:2])
            length = self._length(prefix)
            if length is None:
                return None
            if length < 0:
                self.unknown += 1
                _log.warning("unknown printer command %s skipped", prefix.hex())
                self.take(2)
                continue
            self.needed = 2 + length
            whole = self.take(self.needed)
            return None if whole is None else PrinterCommand(prefix, whole[2:])
        return None

    def _length(self, prefix: bytes) -> int | None:
        """Return a command's number of parameter bytes; None until it is known, -1 for an unknown command."""
        if prefix == _CUT:
            if len(self._buffer) < 3:
                return None
            return 2 if self._buffer[2] in _CUT_WITH_FEED else 1
        if prefix == _COUNTED:
            if len(self._buffer) < 5:
                return None
            return 3 + int.from_bytes(self._buffer[3:5], "little")
        if prefix == _COLUMNS:
            if len(self._buffer) < 5:
                return None
            size = COLUMN_BYTES.get(self._buffer[2])
            return -1 if size is None else 3 + size * int.from_bytes(self._buffer[3:5], "little")
        counts = _PARAMETERS[prefix[0]].items()
        return next((count for count, letters in counts if prefix[1] in letters), -1)


def _real_time_length(start: bytes) -> int | None:
    """Return the length of a real-time command at `start`.

    It is 1 for a DLE that begins none, None if the command is cut off.
    """
    if len(start) < 2:
        return None
    if start[1] == _EOT:
        return 3
    if start[1] == _DC4:
        return None if len(start) < 3 else 3 + _PULSES.get(start[2], 0)
    return 1
