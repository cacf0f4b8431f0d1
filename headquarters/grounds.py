"""Read WHAT=GROUND as people type it, once or many times: a device or a certificate, and why it is named."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from election.errors import ElectionError
from words.message import Latin, Message, m

_Ground = TypeVar("_Ground", bound=StrEnum)


def read_grounds(given: Iterable[str], form: str, known: type[_Ground]) -> dict[str, _Ground]:
    """Return the ground of each. `form`: how it is written, such as `DEVICE=GROUND`.

    Raises `ElectionError` for another form, a ground that is not `known`, or two grounds for one.
    """
    found: dict[str, _Ground] = {}
    for each in given:
        what, _, word = each.rpartition("=")
        try:
            ground = known(word)
        except ValueError as error:
            raise _wrong(form, known) from error
        if not what:
            raise _wrong(form, known)
        check_same(what, found.setdefault(what, ground), ground)
    return found


def check_same(what: str, before: StrEnum, ground: StrEnum) -> None:
    """Raise `ElectionError` where something has another ground already: neither may be lost in silence."""
    if before is not ground:
        raise ElectionError(
            m(
                "{what} is {before} already, and cannot be {ground}, too",
                what=Latin(what),
                before=Latin(before),
                ground=Latin(ground),
            )
        )


def _wrong(form: str, known: type[StrEnum]) -> ElectionError:
    grounds = Latin(", ".join(known))
    said: Message = m("write {form}; the grounds are {grounds}", form=Latin(form), grounds=grounds)
    return ElectionError(said)
