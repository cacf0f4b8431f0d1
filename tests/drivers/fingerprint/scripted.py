"""A line that says whatever a test wants."""

from __future__ import annotations

import time

from drivers.errors import DeviceLostError


class ScriptedLine:
    """Says its chunks one by one whenever the driver listens; then the device is gone."""

    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks
        self.closed = False

    def read(self, timeout_s: float) -> bytes:
        if not self._chunks:
            raise DeviceLostError("end of the script")
        return self._chunks.pop(0)

    def write(self, data: bytes) -> None: ...

    def discard_input(self) -> None: ...

    def close(self) -> None:
        self.closed = True


class SilentAfterLine(ScriptedLine):
    """Says its chunks, then nothing for ever: only the driver's own limits end a call."""

    def read(self, timeout_s: float) -> bytes:
        if self._chunks:
            return self._chunks.pop(0)
        time.sleep(timeout_s)
        return b""
