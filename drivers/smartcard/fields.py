"""Fields of a card family: national number and name, from the sources that a profile names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, assert_never

from drivers.errors import ProtocolError
from drivers.smartcard import lds
from drivers.smartcard.mrz import Mrz
from drivers.smartcard.profile import FieldSource, GroupField, ZoneField

NUMBER_DIGITS: Final = 10


def national_number(source: FieldSource, zone: Mrz, groups: Mapping[int, bytes]) -> str:
    """Take the ten digits of the national number from its source. Raises `ProtocolError`."""
    match source:
        case GroupField(group, path):
            number = lds.parse_text(groups[group], group, path) if group in groups else ""
        case ZoneField.OPTIONAL:
            number = zone.optional.replace("<", "")
        case ZoneField.NUMBER:
            number = zone.number
        case ZoneField.NAMES:
            raise ValueError("names hold no number")
        case _:
            assert_never(source)
    if len(number) != NUMBER_DIGITS or not (number.isascii() and number.isdigit()):
        raise ProtocolError("the national number on the card is not ten digits")
    return number


def person_name(source: FieldSource, zone: Mrz, groups: Mapping[int, bytes]) -> tuple[str, str]:
    """Take surname and given names in the state's script, the Latin ones if the card has no others.

    Raises `ProtocolError`.
    """
    name = ("", "")
    if isinstance(source, GroupField) and source.group in groups:
        name = lds.split_name(lds.parse_text(groups[source.group], source.group, source.path))
    return name if any(name) else (zone.surname, zone.given_names)
