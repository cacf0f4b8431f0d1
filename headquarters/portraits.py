"""Read portraits as offices have them, and make them fit for a ballot: upright, without metadata.

A phone writes a picture lying on its side and says so in its EXIF data, which a ballot does not look
at; the same data may hold where and when it was taken. A picture with EXIF data is encoded anew,
upright and without them; every other one stays byte for byte.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from election.because import because
from election.errors import ManifestError
from election.files import read_file
from headquarters.candidates import LARGEST_PORTRAIT
from words.message import Bytes

LARGEST_FILE: Final = 32 * 1024 * 1024
"""Bytes of a file as a camera writes it; nothing larger is opened."""
MOST_PIXELS: Final = 50_000_000
QUALITY: Final = 90
_MODES: Final = frozenset({"L", "RGB"})
"""What every screen draws."""
_DECODER_ERRORS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    OverflowError,
    EOFError,
    Image.DecompressionBombError,
)
"""Raised by Pillow for files that are damaged or absurdly large."""


def read_portrait(path: Path) -> bytes:
    """Return a JPEG of at most `LARGEST_PORTRAIT` bytes that can be drawn. Raises `ManifestError`."""
    try:
        data = read_file(path, LARGEST_FILE)
    except OSError as error:
        raise ManifestError.of(
            "the portrait {path} cannot be read: {reason}", path=path, reason=because(error)
        ) from error
    try:
        fit = _upright(data)
    except _DECODER_ERRORS as error:
        raise ManifestError.of(
            "the portrait {path} is no JPEG that can be drawn; save it again as a JPEG",
            path=path,
        ) from error
    if len(fit) > LARGEST_PORTRAIT:
        raise ManifestError.of(
            "the portrait {path} is larger than {most}; save it with fewer pixels",
            path=path,
            most=Bytes(LARGEST_PORTRAIT),
        )
    return fit


def _upright(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        picture.load()
        if "exif" not in picture.info and picture.mode in _MODES:
            return data
        turned = ImageOps.exif_transpose(picture)
        shown = turned if turned.mode in _MODES else turned.convert("RGB")
        shown.info.clear()
        out = io.BytesIO()
        shown.save(out, "JPEG", quality=QUALITY)
        return out.getvalue()
