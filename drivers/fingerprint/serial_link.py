"""Link of a fingerprint module: an open line, used by both families in the same way."""

from __future__ import annotations

import time
from typing import Final, Generic, TypeVar

from drivers.errors import ProtocolError
from drivers.fingerprint.limits import FingerprintLimits
from drivers.fingerprint.stream import StreamDecoder
from drivers.serial_line import POLL_S, ByteLine

NO_ANSWER: Final = "the fingerprint module does not answer: check its cable and power"

D_co = TypeVar("D_co", bound=StreamDecoder, covariant=True)


class SerialLink(Generic[D_co]):
    """One open line and the decoder of what arrives on it. All methods raise DeviceLostError."""

    def __init__(self, line: ByteLine, limits: FingerprintLimits, decoder: D_co) -> None:
        self._line = line
        self._limits = limits
        self._decoder = decoder

    def close(self) -> None:
        """Release the line. Never raises."""
        self._line.close()

    def forget(self) -> None:
        """Forget what has arrived so far."""
        self._line.discard_input()
        self._decoder.clear()

    def wait_until_quiet(self) -> None:
        """Read on until the module sends nothing for `FingerprintLimits.settle_s`, and forget it all.

        Raises ProtocolError if it still sends after `FingerprintLimits.block_s`.
        """
        deadline = time.monotonic() + self._limits.block_s
        while self._line.read(self._limits.settle_s):
            if time.monotonic() >= deadline:
                raise ProtocolError("the fingerprint module does not stop talking; replug it")
        self._decoder.clear()

    def _fill(self, deadline: float) -> bool:
        """Feed the decoder with what arrives next; False, without reading, after the deadline."""
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            return False
        self._decoder.feed(self._line.read(min(left_s, POLL_S)))
        return True
