"""Fields of a card family: national number and name, from the sources that a profile names."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final, assert_never

from drivers.errors import ProtocolError
from drivers.smartcard import lds
from drivers.smartcard.mrz import Mrz
from drivers.smartcard.profile import FieldSource, GroupField, ZoneField

NUMBER_DIGITS: Final = 10
_BETWEEN: Final = "< -"
"""Fillers and what groups digits."""


def national_number(source: FieldSource, zone: Mrz, groups: Mapping[int, bytes]) -> str:
    """Take the ten digits of the national number from its source, in Latin digits.

    Issuers fill it up, group it and write it in the state's digits. Raises `ProtocolError`.
    """
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
    digits = [unicodedata.decimal(digit, None) for digit in number if digit not in _BETWEEN]
    found = [digit for digit in digits if digit is not None]
    if not len(digits) == len(found) == NUMBER_DIGITS:
        raise ProtocolError("the national number on the card is not ten digits")
    return "".join(map(str, found))


def person_name(source: FieldSource, zone: Mrz, groups: Mapping[int, bytes]) -> tuple[str, str]:
    """Take surname and given names in the state's script, the Latin ones if the card has no others.

    Raises `ProtocolError`.
    """
    name = ("", "")
    if isinstance(source, GroupField) and source.group in groups:
        name = lds.split_name(lds.parse_text(groups[source.group], source.group, source.path))
    return name if any(name) else (zone.surname, zone.given_names)
