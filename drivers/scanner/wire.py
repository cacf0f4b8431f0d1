"""Messages of a code scanner on a serial line, cut into scans.

    [prefix] []Q1] text [suffix] CR | LF | CR LF

One message a code, in ASCII, ended by CR or LF. The AIM prefix is `]`, a letter for the symbology and a
modifier (ISO/IEC 15424). A message that breaks off, is too long or holds other characters is dropped up to
its end mark, and reported once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from drivers.scanner.seam import RejectedScan, ScanEvent, Scanned, ScanRejection

MAX_LENGTH: Final = 2_953
"""Bytes in the largest QR code (version 40, level L)."""
PRINTABLE: Final = frozenset(map(chr, range(0x20, 0x7F)))
END_MARKS: Final = b"\r\n"
_AIM: Final = re.compile(rb"\]([A-Za-z])[0-9A-Za-z]")


class Aim(Enum):
    """Treatments of the AIM prefix."""

    STRIP = "strip"  # taken off if it is there
    REQUIRE = "require"
    KEEP = "keep"  # the scanner sends none; `]` is text


@dataclass(frozen=True, slots=True)
class Framing:
    """Setup of a scanner: what it sends around a text. Raises ValueError."""

    prefix: bytes = b""
    suffix: bytes = b""
    aim: Aim = Aim.STRIP
    max_length: int = MAX_LENGTH
    """Longest text in characters, without prefixes and suffix."""
    allowed: frozenset[str] = field(default=PRINTABLE, repr=False)

    def __post_init__(self) -> None:
        if not 1 <= self.max_length <= MAX_LENGTH:
            raise ValueError(f"the longest text has 1 to {MAX_LENGTH} characters")
        if not self.allowed <= PRINTABLE:
            raise ValueError("codes are printable ASCII")
        if any(mark in self.prefix + self.suffix for mark in END_MARKS):
            raise ValueError("neither prefix nor suffix holds an end mark")

    @property
    def max_message(self) -> int:
        """Bytes of the longest message: prefixes, text and suffix."""
        aim = 0 if self.aim is Aim.KEEP else 3
        return len(self.prefix) + aim + self.max_length + len(self.suffix)


def decode(message: bytes, framing: Framing) -> ScanEvent:
    """Decode one message without its end mark. Never raises."""
    if not (
        len(message) >= len(framing.prefix) + len(framing.suffix)
        and message.startswith(framing.prefix)
        and message.endswith(framing.suffix)
    ):
        return RejectedScan(ScanRejection.FRAME)
    body = message[len(framing.prefix) : len(message) - len(framing.suffix)]
    symbology = ""
    if framing.aim is not Aim.KEEP:
        aim = _AIM.match(body)
        if aim is not None:
            symbology, body = aim.group(1).decode("ascii"), body[aim.end() :]
        elif framing.aim is Aim.REQUIRE:
            return RejectedScan(ScanRejection.FRAME)
    if len(body) > framing.max_length:
        return RejectedScan(ScanRejection.TOO_LONG)
    # Latin-1 gives every byte a character, so that the set of allowed ones alone decides.
    text = body.decode("latin-1")
    if not text or not framing.allowed.issuperset(text):
        return RejectedScan(ScanRejection.CHARACTERS)
    return Scanned(text, symbology)


class Assembler:
    """Cut a stream into messages; holds one unfinished message, at most `max_message` bytes of it."""

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._message = bytearray()
        self._dropping = False

    @property
    def unfinished(self) -> bool:
        """True while bytes have come whose end mark has not."""
        return bool(self._message) or self._dropping

    def feed(self, data: bytes) -> Iterator[ScanEvent]:
        """Yield the scans that end or become impossible within `data`. Exhaust the iterator."""
        for byte in data:
            if byte in END_MARKS:
                # The second half of CR LF ends nothing.
                if self._message:
                    yield decode(bytes(self._message), self._framing)
                self._reset()
            elif self._dropping:
                continue
            elif len(self._message) == self._framing.max_message:
                self._message.clear()
                self._dropping = True
                yield RejectedScan(ScanRejection.TOO_LONG)
            else:
                self._message.append(byte)

    def silence(self) -> ScanEvent | None:
        """Give up an unfinished message, because the line was silent too long; None if there is none."""
        broken_off = bool(self._message)
        self._reset()
        return RejectedScan(ScanRejection.NO_END) if broken_off else None

    def _reset(self) -> None:
        self._message.clear()
        self._dropping = False
