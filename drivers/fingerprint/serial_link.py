"""Link of a fingerprint module: an open line, used by both families in the same way."""

from __future__ import annotations

import time
from typing import Final, Generic, TypeVar

from drivers.errors import DeviceTimeoutError, ProtocolError
from drivers.fingerprint.limits import FingerprintLimits
from drivers.fingerprint.stream import StreamDecoder
from drivers.serial_line import POLL_S, ByteLine

_NO_ANSWER: Final = "the fingerprint module does not answer: check its cable and power"

D_co = TypeVar("D_co", bound=StreamDecoder, covariant=True)


class SerialLink(Generic[D_co]):
    """One open line and the decoder of what arrives on it. All methods raise DeviceLostError."""

    def __init__(self, line: ByteLine, limits: FingerprintLimits, decoder: D_co) -> None:
        self._line = line
        self._limits = limits
        self._decoder = decoder
        self._heard = 0

    def no_answer(self) -> DeviceTimeoutError:
        """Make the error for a module without an answer; it says whether anything was heard."""
        if not self._heard:
            return DeviceTimeoutError(_NO_ANSWER)
        return DeviceTimeoutError(
            f"{self._heard} bytes came from the line of the fingerprint module, and no answer in them: "
            "check its baud rate and protocol"
        )

    def close(self) -> None:
        """Release the line. Never raises."""
        self._line.close()

    def forget(self) -> None:
        """Forget what has arrived so far."""
        self._line.discard_input()
        self._decoder.clear()
        self._heard = 0

    def wait_until_quiet(self) -> None:
        """Read on until the module sends nothing for `FingerprintLimits.settle_s`, and forget it all.

        Raises ProtocolError if it still sends after `FingerprintLimits.block_s`.
        """
        deadline = time.monotonic() + self._limits.block_s
        while data := self._line.read(self._limits.settle_s):
            self._heard += len(data)
            if time.monotonic() >= deadline:
                raise ProtocolError("the fingerprint module does not stop talking; replug it")
        self._decoder.clear()

    def _fill(self, deadline: float) -> bool:
        """Feed the decoder with what arrives next; False, without reading, after the deadline."""
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            return False
        data = self._line.read(min(left_s, POLL_S))
        self._heard += len(data)
        self._decoder.feed(data)
        return True
