"""Work of a simulated ZFM module with fingers: image, two buffers, comparison, library."""

from __future__ import annotations

import hashlib

from drivers.errors import ProtocolError
from drivers.fingerprint.zfm_wire import IMAGE_HEIGHT, IMAGE_WIDTH, ZfmCode
from simulators.fingerprint.fingers import Placement
from simulators.fingerprint.ridges import draw_finger, pack_nibbles
from simulators.fingerprint.sensor import MIN_MINUTIAE, CaptureResult, Sensor, SensorTouch
from simulators.fingerprint.zfm_store import Flash
from simulators.fingerprint.zfm_template import (
    MAX_VIEWS,
    Views,
    decode_template,
    encode_template,
    judge,
    seen,
)

_BAD_IMAGE = {
    Placement.WET: (ZfmCode.DISORDERLY, ZfmCode.TOO_WET),
    Placement.DRY: (ZfmCode.FEW_FEATURES, ZfmCode.TOO_DRY),
    Placement.MOVED: (ZfmCode.DISORDERLY, ZfmCode.DISORDERLY),
}
_POOR = (ZfmCode.FEW_FEATURES, ZfmCode.FEW_FEATURES)


class Core:
    """Image, buffers and library.

    `tells_skin`: answer 04 and 05 for dry and wet fingers, as some makers' modules do.
    """

    def __init__(self, sensor: Sensor, flash: Flash, *, tells_skin: bool = False) -> None:
        self._sensor = sensor
        self._flash = flash
        self._tells_skin = tells_skin
        self._drawn: dict[str, SensorTouch] = {}
        self.forget()

    def forget(self) -> None:
        """Lose power: image and buffers are gone."""
        self._image: SensorTouch | None = None
        self._foreign_image = False
        self._buffers: dict[int, bytes] = {}

    def take_image(self) -> ZfmCode:
        """Take an image of the finger on the sensor."""
        touch = self._sensor.touch()
        if touch is None:
            return ZfmCode.NO_FINGER
        self._image, self._foreign_image = touch, False
        self._sensor.note(CaptureResult.TAKEN)
        return ZfmCode.DONE

    def extract(self, buffer: int) -> ZfmCode:
        """Extract the image's features into a buffer; only images drawn here have any."""
        if self._foreign_image:
            return ZfmCode.FEW_FEATURES
        if self._image is None:
            return ZfmCode.NO_IMAGE
        minutiae = seen(self._image.impression)
        if not self._image.usable or len(minutiae) < MIN_MINUTIAE:
            self._sensor.note(CaptureResult.BAD_IMAGE)
            return _BAD_IMAGE.get(self._image.how, _POOR)[self._tells_skin]
        self._buffers[buffer] = encode_template([minutiae])
        return ZfmCode.DONE

    def match(self) -> tuple[ZfmCode, int]:
        """Return code and score of the comparison of buffer 1 with buffer 2."""
        a, b = self._views(1), self._views(2)
        if a is None or b is None:
            return ZfmCode.NO_MATCH, 0
        verdict = judge(a, b, self._flash.security)
        self._sensor.note(CaptureResult.MATCH if verdict.fits else CaptureResult.NO_MATCH)
        return (ZfmCode.DONE if verdict.fits else ZfmCode.NO_MATCH), verdict.score

    def search(self, buffer: int, start: int, count: int) -> tuple[ZfmCode, int, int]:
        """Return code, place and score of the best match."""
        probe = self._views(buffer)
        best: tuple[int, int] | None = None
        for place, data in sorted(self._flash.templates.items()):
            if probe is None or not start <= place < start + count:
                continue
            verdict = judge(probe, decode_template(data), self._flash.security)
            if verdict.fits and (best is None or verdict.score > best[1]):
                best = place, verdict.score
        self._sensor.note(CaptureResult.NO_MATCH if best is None else CaptureResult.MATCH)
        return (ZfmCode.NOT_FOUND, 0, 0) if best is None else (ZfmCode.DONE, *best)

    def merge(self) -> ZfmCode:
        """Merge both images into one template, in both buffers; 0A if they are not of one finger."""
        a, b = self._views(1), self._views(2)
        if a is None or b is None or not judge(a, b, self._flash.security).fits:
            return ZfmCode.MERGE_FAILED
        self._buffers[1] = self._buffers[2] = encode_template([*a[:1], *b[:1]][:MAX_VIEWS])
        return ZfmCode.DONE

    def store(self, buffer: int, place: int) -> ZfmCode:
        """Store a buffer at a place of the library."""
        if not 0 <= place < self._flash.capacity:
            return ZfmCode.BAD_PAGE
        if self._views(buffer) is None:
            return ZfmCode.BAD_TEMPLATE
        self._flash.templates[place] = self._buffers[buffer]
        self._flash.save()
        return ZfmCode.DONE

    def load(self, buffer: int, place: int) -> ZfmCode:
        """Load a place of the library into a buffer."""
        if not 0 <= place < self._flash.capacity:
            return ZfmCode.BAD_PAGE
        if place not in self._flash.templates:
            return ZfmCode.BAD_TEMPLATE
        self._buffers[buffer] = self._flash.templates[place]
        return ZfmCode.DONE

    def delete(self, place: int, count: int) -> ZfmCode:
        """Delete `count` places of the library from `place` on."""
        if not 0 <= place <= place + count - 1 < self._flash.capacity:
            return ZfmCode.DELETE_FAILED
        for slot in range(place, place + count):
            self._flash.templates.pop(slot, None)
        self._flash.save()
        return ZfmCode.DONE

    def empty(self) -> ZfmCode:
        """Delete the whole library."""
        self._flash.templates.clear()
        self._flash.save()
        return ZfmCode.DONE

    def template(self, buffer: int) -> bytes | None:
        """Return a buffer's template, None if it is empty."""
        return self._buffers.get(buffer)

    def put_template(self, buffer: int, data: bytes) -> None:
        """Put bytes into a buffer unchecked; they are checked when they are used."""
        self._buffers[buffer] = data

    def image(self) -> bytes | None:
        """Return the image that was taken last, 4 bits a pixel, None if there is none."""
        if self._image is None:
            return None
        impression = self._image.impression
        picture = draw_finger(seen(impression), impression.quality, IMAGE_WIDTH, IMAGE_HEIGHT)
        packed = pack_nibbles(picture)
        self._drawn[_digest(packed)] = self._image
        return packed

    def put_image(self, data: bytes) -> None:
        """Take an image from the host.

        Features can be extracted only from images drawn here: no algorithm here reads pictures.
        """
        self._image = self._drawn.get(_digest(data))
        self._foreign_image = self._image is None

    def _views(self, buffer: int) -> Views | None:
        data = self._buffers.get(buffer)
        if data is None:
            return None
        try:
            return decode_template(data)
        except ProtocolError:
            return None


def _digest(image: bytes) -> str:
    return hashlib.sha256(image).hexdigest()
