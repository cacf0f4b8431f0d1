"""What the rest of the program knows of a fingerprint reader.

Whether a finger matches, does not match or never came is an outcome, not an error. Errors are for
readers that are gone, silent or talking nonsense; after one of them no try has been made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Feedback(Enum):
    """What to tell the person while a verification runs."""

    PLACE_FINGER = "place finger"
    SCANNED = "scanned"  # the finger may be lifted, the comparison runs


class MatchOutcome(Enum):
    MATCH = "match"
    NO_MATCH = "no match"
    BAD_IMAGE = "bad image"  # too wet, dry, partial: ask for a better placement
    TIMEOUT = "timeout"  # no finger came in time
    CANCELLED = "cancelled"


class ReaderState(Enum):
    READY = "ready"
    SILENT = "silent"  # the line is there, the module does not answer
    ABSENT = "absent"  # there is no line


@dataclass(frozen=True, slots=True)
class ReaderStatus:
    """`firmware` is the module's own version text, empty unless the state is READY."""

    state: ReaderState
    firmware: str = ""


class FingerprintReader(Protocol):
    """One reader, used by one worker thread; only `cancel` may come from another thread."""

    def verify(
        self,
        templates: Sequence[bytes],
        timeout_s: float,
        on_feedback: Callable[[Feedback], None],
    ) -> MatchOutcome:
        """Ask for a finger and compare it with `templates` (ISO/IEC 19794-2:2005 records).

        Raises DeviceNotFound, DeviceLost, DeviceTimeout, ProtocolError, CaptureError. After
        DeviceLost the next call looks for the device again.
        """

    def cancel(self) -> None:
        """End a running `verify` with CANCELLED; nothing happens if none runs."""

    def status(self) -> ReaderStatus:
        """Say whether the reader can work. Never raises for a device that is missing or silent."""

    def close(self) -> None:
        """Release the reader. Never raises."""
