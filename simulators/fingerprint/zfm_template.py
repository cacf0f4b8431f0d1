"""Template format of the simulated ZFM maker, and the comparison of two templates.

    template  03 01 | views(1) | 00 | CRC-32 of the rest(4) | views | zeros up to 512 bytes
    view      count(1) | count x 4 bytes: x(9 bits) y(9) angle(8) type(2) quality(4)

Nobody outside the module may read it; it only has to come back as it went out. A template of one image
has one view, one merged of two images has two. Real makers do not publish theirs.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.errors import ProtocolError
from drivers.fingerprint.iso19794 import Minutia, MinutiaType, parse_record
from drivers.fingerprint.zfm_wire import IMAGE_HEIGHT, IMAGE_WIDTH
from simulators.fingerprint.fingers import HEIGHT, WIDTH, Finger, Impression
from simulators.fingerprint.matcher import FingerComparison, compare

TEMPLATE_BYTES = 512
MAGIC = b"\x03\x01"
MAX_VIEWS = 2
MAX_MINUTIAE = 60
"""Of one view; two full views fit the 512 bytes."""

SCORE_UNIT = 1000

Views = tuple[tuple[Minutia, ...], ...]


@dataclass(frozen=True, slots=True)
class Strictness:
    """Number of minutiae that must agree, and the least score from 0 to 1."""

    matched: int
    score: float


LEVELS = {
    1: Strictness(7, 0.14),
    2: Strictness(8, 0.17),
    3: Strictness(9, 0.20),
    4: Strictness(10, 0.25),
    5: Strictness(12, 0.32),
}
"""By security level; 3, the factory's, is what the field figures are drawn with."""


@dataclass(frozen=True, slots=True)
class TemplateVerdict:
    """Outcome of a comparison; `score` is the number that the module answers."""

    fits: bool
    score: int


def enrolled(finger: Finger) -> bytes:
    """Return the template taken at enrolment, from the same impression as `Finger.template`."""
    (view,) = parse_record(finger.template()).views
    return encode_template([seen(Impression(view.position, view.minutiae, view.quality))])


def seen(impression: Impression) -> tuple[Minutia, ...]:
    """Return the minutiae in the middle of an impression, where this smaller sensor is."""
    left, top = (WIDTH - IMAGE_WIDTH) // 2, (HEIGHT - IMAGE_HEIGHT) // 2
    return tuple(
        Minutia(m.type, m.x - left, m.y - top, m.angle, m.quality)
        for m in impression.minutiae
        if 0 <= m.x - left < IMAGE_WIDTH and 0 <= m.y - top < IMAGE_HEIGHT
    )


def encode_template(views: Sequence[Sequence[Minutia]]) -> bytes:
    """Return a template; of too many minutiae the best are kept. Raises ValueError for too many views."""
    if not 1 <= len(views) <= MAX_VIEWS:
        raise ValueError(f"a template holds 1 to {MAX_VIEWS} views")
    body = bytearray()
    for view in views:
        best = sorted(view, key=lambda m: -m.quality)[:MAX_MINUTIAE]
        kept = sorted(best, key=lambda m: (m.y, m.x))
        body.append(len(kept))
        for m in kept:
            body += _packed(m).to_bytes(4, "big")
    body = body.ljust(TEMPLATE_BYTES - 8, b"\0")
    head = MAGIC + bytes((len(views), 0)) + zlib.crc32(body).to_bytes(4, "big")
    return head + bytes(body)


def decode_template(data: bytes) -> Views:
    """Return a template's views. Raises ProtocolError for bytes no module of this kind wrote."""
    if len(data) != TEMPLATE_BYTES or data[:2] != MAGIC or not 1 <= data[2] <= MAX_VIEWS:
        raise ProtocolError("this is no template of this module; enrol the finger again")
    body = data[8:]
    if zlib.crc32(body).to_bytes(4, "big") != data[4:8]:
        raise ProtocolError("this template is damaged; enrol the finger again")
    views, offset = [], 0
    for _ in range(data[2]):
        count, offset = body[offset] if offset < len(body) else 0, offset + 1
        end = offset + 4 * count
        if end > len(body):
            raise ProtocolError("this template is damaged; enrol the finger again")
        numbers = (int.from_bytes(body[i : i + 4], "big") for i in range(offset, end, 4))
        views.append(tuple(_unpacked(number) for number in numbers))
        offset = end
    return tuple(views)


def judge(a: Views, b: Views, level: int) -> TemplateVerdict:
    """Compare two templates, the best pair of views decides."""
    best = max((compare(p, q) for p in a for q in b), key=_worth, default=FingerComparison(0, 0.0))
    strict = LEVELS[level]
    fits = best.matched >= strict.matched and best.score >= strict.score
    return TemplateVerdict(fits, round(best.score * SCORE_UNIT))


def _worth(comparison: FingerComparison) -> tuple[float, int]:
    return comparison.score, comparison.matched


def _packed(m: Minutia) -> int:
    return (
        (m.x & 0x1FF) << 23
        | (m.y & 0x1FF) << 14
        | m.angle << 6
        | m.type << 4
        | m.quality * 15 // 100
    )


def _unpacked(number: int) -> Minutia:
    kind = number >> 4 & 3
    if kind > MinutiaType.BIFURCATION:
        raise ProtocolError("this template is damaged; enrol the finger again")
    quality = (number & 15) * 100 // 15
    return Minutia(
        MinutiaType(kind), number >> 23, number >> 14 & 0x1FF, number >> 6 & 0xFF, quality
    )
