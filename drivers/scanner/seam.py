"""Seam of a code scanner: texts, and scans that could not be used.

A scanned text is untrusted input. Anybody can print a code: whoever uses the text checks a signature or a
check value inside it first. The driver only vouches that it was read whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


class ScanRejection(Enum):
    """Reasons why a scan was dropped."""

    TOO_LONG = "too long"
    CHARACTERS = "characters"  # not allowed: another alphabet or encoding, noise
    NO_END = "no end"  # its end mark did not come in time
    FRAME = "frame"  # without the prefix or suffix that this scanner is set to send


@dataclass(frozen=True, slots=True)
class Scanned:
    """One code. Its text may belong to a person and is left out of `repr`.

    `symbology` is the letter of the AIM prefix (ISO/IEC 15424; Q is QR), empty if the scanner sends none.
    """

    text: str = field(repr=False)
    symbology: str = ""


@dataclass(frozen=True, slots=True)
class RejectedScan:
    """A scan that was dropped; the person may try again."""

    reason: ScanRejection


ScanEvent = Scanned | RejectedScan


class Scanner(Protocol):
    """One scanner, used by one worker thread; only `cancel` may come from another thread."""

    def next(self, timeout_s: float) -> ScanEvent | None:
        """Wait up to `timeout_s` for the next scan; None when the time is over or the wait was cancelled.

        Raises DeviceNotFoundError, DeviceLostError; calling again looks for the scanner anew.
        """

    def cancel(self) -> None:
        """End a running `next` with None; nothing happens if none runs."""

    def close(self) -> None:
        """Release the scanner. Never raises."""
