"""Photos made from bytes that nobody can be sure of: one picture of a bounded size, or none.

Only JPEG is opened, by name, so that no other decoder ever sees them. A picture is turned as its EXIF data
say. One that is cut, too large to be decoded or too small to be anybody is none: a silhouette stands in its
place, for half a face would be worse than no face.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QSize
from PySide6.QtGui import QImageIOHandler, QImageReader, QPixmap

LARGEST_BYTES: Final = 2_000_000
"""Headquarters writes 128 KiB at most, and no file of a card has more than 64."""
MOST_PIXELS: Final = 50_000_000
LEAST_SIDE: Final = 16
LONGEST_SHAPE: Final = 4
"""Sides of more than 4 to 1 are no portrait."""
_SCAN, _END = b"\xff\xda", b"\xff\xd9"
_TURNED: Final = QImageIOHandler.Transformation.TransformationRotate90


def photo_of(jpeg: bytes, width: int) -> QPixmap | None:
    """Return a photo at most about `width` px wide, upright; None if there is none that can be shown."""
    # The last scan of a whole file is followed by its end (ITU-T T.81, B.2.1). What a cut file lacks
    # a decoder fills up with grey.
    if not 0 < len(jpeg) <= LARGEST_BYTES or jpeg.rfind(_END) <= jpeg.rfind(_SCAN):
        return None
    buffer = QBuffer()
    buffer.setData(QByteArray(jpeg))
    reader = QImageReader(buffer, QByteArray(b"jpeg"))
    reader.setAutoDetectImageFormat(False)
    reader.setAutoTransform(True)
    size = reader.size()
    if not _is_portrait(size.width(), size.height()):
        return None
    # Scaled while it is decoded, before it is turned.
    lies = bool(reader.transformation() & _TURNED)
    wide = size.height() if lies else size.width()
    if wide > width:
        reader.setScaledSize(
            QSize(*(max(1, side * width // wide) for side in (size.width(), size.height())))
        )
    image = reader.read()
    return None if image.isNull() else QPixmap.fromImage(image)


def _is_portrait(width: int, height: int) -> bool:
    small, large = sorted((width, height))
    return small >= LEAST_SIDE and large <= small * LONGEST_SHAPE and width * height <= MOST_PIXELS
