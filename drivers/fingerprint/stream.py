"""Buffer of a module's line: the bytes that are not decoded yet, for both families."""

from __future__ import annotations


class StreamDecoder:
    """Keep what has arrived until a whole message can be taken out of it.

    The decoder of a family adds how its messages are found, and how it finds its way back after
    bytes that are none.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.skipped = 0
        """Bytes passed over so far because no message could start there."""

    @property
    def pending(self) -> bool:
        """True while bytes have arrived that are not decoded yet."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> None:
        """Append what has arrived."""
        self._buffer += data

    def clear(self) -> None:
        """Forget what has arrived and was not decoded."""
        self._buffer.clear()

    def _skip(self, count: int) -> None:
        del self._buffer[:count]
        self.skipped += count
