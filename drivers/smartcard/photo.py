"""Photos of cards made fit for the screen: JPEG as it is, JPEG 2000 turned into JPEG.

The bytes come from a card that is not verified yet, so only the two decoders that cards may need are
ever tried, and nothing is decoded before its size is known to be bounded.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field
from typing import Final

from PIL import Image

from drivers.errors import ProtocolError
from drivers.smartcard.faces import PictureForm, picture_form

MAX_BYTES: Final = 65_535
"""Longest picture file; no file of a card is longer."""
MAX_PIXELS: Final = 3_000_000
"""A portrait after ISO/IEC 19794-5 has some 0.1 to 0.5 million."""
MIN_SIDE: Final = 16
JPEG_QUALITY: Final = 90
"""For pictures that were JPEG 2000: no loss that a person would see at this size."""

_MODES: Final = frozenset({"L", "RGB"})
"""Modes that every JPEG reader can show; anything else is turned into RGB."""
_DECODER_ERRORS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    OverflowError,
    MemoryError,
    EOFError,
    struct.error,
    Image.DecompressionBombError,
)
"""Raised by Pillow for files that are damaged or absurdly large."""


@dataclass(frozen=True, slots=True)
class CardPhoto:
    """A photo for the screen: size in pixels and a JPEG file in grey or RGB."""

    width: int
    height: int
    jpeg: bytes = field(repr=False)


def decode(image: bytes) -> CardPhoto:
    """Decode a JPEG or JPEG 2000 file completely. Raises `ProtocolError` for anything else.

    A JPEG in grey or RGB is handed on byte for byte; everything else is encoded anew, once.
    """
    if len(image) > MAX_BYTES:
        raise ProtocolError(f"the photo on the card is longer than {MAX_BYTES} bytes")
    form = picture_form(image)
    try:
        with Image.open(io.BytesIO(image), formats=[form.value]) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS or min(width, height) < MIN_SIDE:
                raise ProtocolError("the photo on the card is too large or too small")
            picture.load()
            if form is PictureForm.JPEG and picture.mode in _MODES:
                return CardPhoto(width, height, image)
            return CardPhoto(width, height, _encoded(picture))
    except _DECODER_ERRORS as error:
        raise ProtocolError("the photo on the card cannot be decoded") from error


def _encoded(picture: Image.Image) -> bytes:
    shown = picture if picture.mode in _MODES else picture.convert("RGB")
    out = io.BytesIO()
    shown.save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()
