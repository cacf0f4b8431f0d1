"""Code scanner on a pseudo-terminal: it sends the codes it is shown, and can have faults.

It sends as a scanner does: on its own, one message a code, whoever listens. The host sends it nothing.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from simulators.line_device import LineDevice

BAUD: Final = 9600
TRIGGER_S: Final = 0.3
"""From one reading to the next of a scanner whose trigger is held."""
NOISE_BYTES: Final = 24

FAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "noise": "random bytes come from a disturbed line",
        "no end": "the next code comes without its end mark",
        "encoding": "the next code comes in UTF-16",
        "repeated": "the next code is read three times, as with a held trigger",
        "glued": "the next code comes twice in one piece, without a pause",
        "cut off": "the cable is pulled in the middle of the next code",
    }
)
"""By name: what happens."""


class ScannerSimulator(LineDevice):
    """Code scanner; a context manager, or `start` and `stop`. Any thread may call any method."""

    def __init__(
        self,
        link: Path,
        *,
        baud: int = BAUD,
        prefix: bytes = b"",
        suffix: bytes = b"",
        aim: bytes = b"]Q1",
        end: bytes = b"\r\n",
        seed: int = 0,
        paced: bool = True,
    ) -> None:
        """Create an unplugged scanner; `aim` precedes every text, empty for a scanner not set to."""
        self._rng = random.Random(f"scanner {seed}")
        super().__init__(link, baud, seed, paced=paced)
        self._prefix = prefix + aim
        self._suffix = suffix
        self._end = end
        self._lock = threading.Lock()
        self._next: list[str] = []

    def scan(self, text: str) -> None:
        """Show a code and return when it has been sent. Faults named before strike now."""
        with self._lock:
            faults, self._next = self._next, []
            body = text.encode("utf-16" if "encoding" in faults else "utf-8")
            message = self._prefix + body + self._suffix
            if "cut off" in faults:
                self._line.write(message[: len(message) // 2])
                self._line.unplug()
                return
            if "no end" not in faults:
                message += self._end
            if "glued" in faults:
                message += message
            self._line.write(message)
            if "repeated" in faults:
                for _ in range(2):
                    time.sleep(TRIGGER_S)
                    self._line.write(message)

    def strike(self, fault: str) -> None:
        """Cause a fault of `FAULTS`: noise at once, others with the next code. Raises ValueError."""
        if fault not in FAULTS:
            raise ValueError(f"name a fault of a scanner, one of: {', '.join(FAULTS)}")
        with self._lock:
            if fault == "noise":
                self._line.write(self._rng.randbytes(NOISE_BYTES))
            else:
                self._next.append(fault)

    def clear_faults(self) -> None:
        """Forget all faults that have not struck yet."""
        with self._lock:
            self._next.clear()
        super().clear_faults()
