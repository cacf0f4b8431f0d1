"""A channel that plays a written exchange, for worked examples."""

from __future__ import annotations

from collections.abc import Sequence


class ScriptedChannel:
    """Expects these commands in this order and gives these answers (hexadecimal)."""

    atr = b"\x3b\x00"

    def __init__(self, exchanges: Sequence[tuple[str, str]]) -> None:
        self._left = list(exchanges)

    @property
    def finished(self) -> bool:
        return not self._left

    def transmit(self, apdu: bytes) -> bytes:
        command, answer = self._left.pop(0)
        assert apdu.hex().upper() == command
        return bytes.fromhex(answer)

    def restart(self) -> None: ...

    def close(self, reset: bool = True) -> None:
        """Nothing to release."""
