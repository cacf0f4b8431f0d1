"""The library of templates that a ZFM module keeps in its flash memory, by place (0 to capacity - 1).

For an enrolment desk. A polling station has no use for it: it stores no fingerprints.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.fingerprint.seam import Template, TemplateFormat, accept
from drivers.fingerprint.zfm import ENROLLED, FORMATS, LIVE, ZfmModule
from drivers.fingerprint.zfm_link import Answer, ZfmLink, refused
from drivers.fingerprint.zfm_wire import (
    IMAGE_BYTES,
    LIST_BYTES,
    Code,
    Command,
    Parameters,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A place of the library, and the module's score of the comparison."""

    place: int
    score: int


class ZfmLibrary:
    """Raises as `FingerprintReader.verify`; ValueError for a place that the library does not have."""

    def __init__(self, module: ZfmModule) -> None:
        self._module = module
        self._limits = module.limits

    def store(self, place: int, template: Template) -> None:
        """Keep a template at `place`, over what is there."""
        (data,) = accept([template], FORMATS, most=1)
        with self._module.session() as (link, parameters):
            where = _place(place, parameters)
            link.put(ENROLLED, data, parameters.packet_size, check=True)
            self._done(link, Command.STORE, bytes((ENROLLED,)) + where)

    def load(self, place: int) -> Template | None:
        """The template at `place`, None if there is none."""
        with self._module.session() as (link, parameters):
            where = _place(place, parameters)
            answer = link.confirmed(
                Command.LOAD, bytes((ENROLLED,)) + where, limit_s=self._limits.work_s
            )
            if answer.code == Code.BAD_TEMPLATE:
                return None
            if answer.code != Code.DONE:
                raise refused(Command.LOAD, answer.code)
            return Template(link.fetch(ENROLLED), TemplateFormat.ZFM_OWN)

    def search(self, template: Template) -> Found | None:
        """The best match among all places, None if nothing matches (1:n, by the module's level)."""
        (data,) = accept([template], FORMATS, most=1)
        with self._module.session() as (link, parameters):
            link.put(LIVE, data, parameters.packet_size, check=True)
            span = bytes((LIVE,)) + bytes(2) + parameters.capacity.to_bytes(2, "big")
            answer = link.confirmed(Command.SEARCH, span, limit_s=self._limits.match_s)
            if answer.code == Code.NOT_FOUND:
                return None
            if answer.code != Code.DONE:
                raise refused(Command.SEARCH, answer.code)
            return Found(answer.number(), answer.number(2))

    def delete(self, place: int) -> None:
        with self._module.session() as (link, parameters):
            self._done(link, Command.DELETE, _place(place, parameters) + b"\x00\x01")

    def clear(self) -> None:
        """Delete all templates."""
        with self._module.session() as (link, _):
            self._done(link, Command.EMPTY)

    def places(self) -> tuple[int, ...]:
        """The places that hold a template, in order."""
        with self._module.session() as (link, parameters):
            used: list[int] = []
            for page in range(-(-parameters.capacity // (8 * LIST_BYTES))):
                bits = self._done(link, Command.LIST, bytes((page,))).results
                used += (
                    page * 8 * LIST_BYTES + 8 * i + bit
                    for i, byte in enumerate(bits)
                    for bit in range(8)
                    if byte >> bit & 1
                )
            return tuple(place for place in used if place < parameters.capacity)

    def image(self) -> bytes:
        """The image that was taken last, two pixels a byte: 256 by 288 on most modules.

        Personal data, for finding faults of a sensor only. Takes 7 s at 57 600 baud.
        """
        with self._module.session() as (link, _):
            return link.fetch_image(IMAGE_BYTES)

    def _done(self, link: ZfmLink, command: Command, parameters: bytes = b"") -> Answer:
        answer = link.confirmed(command, parameters, limit_s=self._limits.work_s)
        if answer.code != Code.DONE:
            raise refused(command, answer.code)
        return answer


def _place(place: int, parameters: Parameters) -> bytes:
    if not 0 <= place < parameters.capacity:
        raise ValueError(f"the module has the places 0 to {parameters.capacity - 1}")
    return place.to_bytes(2, "big")
