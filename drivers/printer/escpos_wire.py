"""ESC/POS bytes that the driver sends and the printer answers, for both ends of the line.

    10 04 n          real-time status n = 1 printer, 2 off-line cause, 3 error, 4 paper: one byte
    1D 72 01         paper status, answered in order, after all data before it has been worked off
    1B 40            initialise          1B 64 n         feed n lines
    1D 56 41|42 n    feed and cut        1D 56 00|01     cut
    1D 61 n          automatic status    10 14 08 ...    forget what was received, at once
    1D 76 30 00 xL xH yL yH data         raster bit image, x bytes a row, y rows, 1 = black

Command prefixes are those of python-escpos; status masks as in its constants and in printer manuals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag
from typing import TypeVar

from escpos.constants import ESC, GS, HW_INIT, PAPER_PART_CUT, RT_STATUS, S_RASTER_N

from drivers.errors import ProtocolError
from drivers.printer.seam import Raster

INITIALISE: bytes = HW_INIT
STATUS_REQUEST: bytes = RT_STATUS
FEED_LINES: bytes = ESC + b"d"
PARTIAL_CUT: bytes = PAPER_PART_CUT
CUT: bytes = GS + b"V"
RASTER: bytes = S_RASTER_N
REPORT_PAPER: bytes = GS + b"r\x01"
AUTOMATIC_STATUS_OFF: bytes = GS + b"a\x00"
"""Unasked status bytes could be taken for the answer to `REPORT_PAPER`."""

CLEAR_BUFFER = bytes.fromhex("10140801031401060208")
"""DLE DC4 8: forget all received data; what was being printed stays half done."""

BAND_ROWS = 24
"""Rows in one raster command, 3 mm: two bands of 80 mm paper fit into a buffer of 4 KiB."""

MAX_BAND_ROWS = 2303
"""The limit of the command in manuals."""

FEED_BEFORE_CUT = 6
"""Lines between the print head and the cutter."""

_BEGIN = INITIALISE + AUTOMATIC_STATUS_OFF
_FEED = FEED_LINES + bytes((FEED_BEFORE_CUT,))
_END = _FEED + PARTIAL_CUT

_FIXED_MASK, _FIXED_BITS = 0b1001_0011, 0b0001_0010
_PAPER_FIXED_MASK = 0b1001_0000
STATUS_CLEAR = _FIXED_BITS
"""A real-time status without any alarm."""
_DLE = 0x10
_REAL_TIME = (0x04, 0x14)
"""Bytes that make a real-time command after DLE, wherever they stand, even in image data."""


class PrinterFlag(IntFlag):
    """Bits of the answer to status 1: the printer."""

    DRAWER_PIN3 = 4
    OFFLINE = 8
    WAITING_RECOVERY = 32
    FEED_BUTTON = 64


class OfflineFlag(IntFlag):
    """Bits of the answer to status 2: the off-line cause."""

    COVER_OPEN = 4
    FED_BY_BUTTON = 8
    STOPPED_PAPER_END = 32
    ERROR = 64


class ErrorFlag(IntFlag):
    """Bits of the answer to status 3: the error."""

    MECHANICAL = 4
    CUTTER = 8
    UNRECOVERABLE = 32
    AUTO_RECOVERABLE = 64


BROKEN = ErrorFlag.MECHANICAL | ErrorFlag.UNRECOVERABLE
"""Errors that the printer does not get out of by itself or by its lid."""
StatusFlag = TypeVar("StatusFlag", bound=IntFlag)


@dataclass(frozen=True, slots=True)
class PaperByte:
    """Answer to status 4, and to `REPORT_PAPER`: the paper."""

    near_end: bool
    end: bool


def decode(byte: int, flags: type[StatusFlag]) -> StatusFlag:
    """Decode status 1, 2 or 3. Raises ProtocolError, as all decoders here, if the fixed bits are wrong."""
    _check(byte)
    return flags(byte & ~_FIXED_BITS)


def decode_paper(byte: int) -> PaperByte:
    """Decode status 4. Raises ProtocolError.

    Each sensor owns two bits that go together; either of them is taken as its alarm.
    """
    _check(byte)
    return PaperByte(bool(byte & 0b1100), bool(byte & 0b110_0000))


def encode(flags: IntFlag) -> int:
    """Encode status 1, 2 or 3."""
    return _FIXED_BITS | flags


def encode_paper(status: PaperByte) -> int:
    """Encode status 4."""
    return _FIXED_BITS | (0b1100 if status.near_end else 0) | (0b110_0000 if status.end else 0)


def is_status(byte: int) -> bool:
    """Tell whether a byte can answer `10 04 n`."""
    return byte & _FIXED_MASK == _FIXED_BITS


def is_paper_report(byte: int) -> bool:
    """Tell whether a byte can answer `1D 72 01`.

    Its bits 4 and 7 are 0, unlike those of a real-time status.
    """
    return byte & _PAPER_FIXED_MASK == 0


def encode_paper_report(status: PaperByte) -> int:
    """Encode the answer to `REPORT_PAPER`."""
    return (0b11 if status.near_end else 0) | (0b1100 if status.end else 0)


def decode_paper_report(byte: int) -> PaperByte:
    """Decode the answer to `REPORT_PAPER`, in which each sensor owns two bits, too.

    Raises ProtocolError if the fixed bits are wrong.
    """
    if not is_paper_report(byte):
        raise ProtocolError("this is no paper report; check the printer's model and baud rate")
    return PaperByte(bool(byte & 0b11), bool(byte & 0b1100))


def status_request(number: int) -> bytes:
    """Encode the real-time question for status `number`, 1 to 4."""
    return STATUS_REQUEST + bytes((number,))


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes that end in `REPORT_PAPER`; its answer confirms `rows` more rows."""

    data: bytes
    rows: int


def encode_strip(
    bitmap: Raster, band_rows: int = BAND_ROWS, *, cut: bool = True
) -> tuple[Part, ...]:
    """Encode a strip: a part for each band, and one for the feed and the cut at the end.

    Without the cut the last row is fed as far, so that all of it can be seen.
    """
    parts = [
        Part(band + REPORT_PAPER, int.from_bytes(band[6:8], "little"))
        for band in encode_bands(bitmap, band_rows)
    ]
    first = Part(_BEGIN + parts[0].data, parts[0].rows)
    end = _END if cut else _FEED
    return (first, *parts[1:], Part(end + REPORT_PAPER, 0))


def encode_abandonment() -> bytes:
    """Encode the end of an unfinished strip: forget it, cut off what hangs out, ask for a report."""
    return CLEAR_BUFFER + _BEGIN + _END + REPORT_PAPER


def encode_bands(bitmap: Raster, band_rows: int = BAND_ROWS) -> Iterator[bytes]:
    """Encode a bitmap as raster commands, with no real-time command hidden in their data.

    A pair that would span two rows is parted by beginning a new band; a pair inside a row gets one
    more black dot beside a black one.
    """
    width = bitmap.row_bytes
    band = bytearray()
    for start in range(0, len(bitmap.rows), width):
        row = _without_pairs(bitmap.rows[start : start + width])
        spans = bool(band) and band[-1] == _DLE and row[0] in _REAL_TIME
        if spans or len(band) == band_rows * width:
            yield _band(width, bytes(band))
            band.clear()
        band += row
    yield _band(width, bytes(band))


def _without_pairs(row: bytes) -> bytes:
    if not any(bytes((_DLE, second)) in row for second in _REAL_TIME):
        return row
    mended = bytearray(row)
    for at in range(1, len(mended)):
        if mended[at - 1] == _DLE and mended[at] in _REAL_TIME:
            mended[at] |= 0b1000
    return bytes(mended)


def _band(width: int, data: bytes) -> bytes:
    rows = len(data) // width
    return RASTER + width.to_bytes(2, "little") + rows.to_bytes(2, "little") + data


def _check(byte: int) -> None:
    if not is_status(byte):
        raise ProtocolError("this is no printer status; check the printer's model and baud rate")
