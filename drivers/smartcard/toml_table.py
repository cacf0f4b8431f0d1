"""Read the tables of a TOML file key by key; what is missing, unknown or wrong is refused by its name."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from drivers.errors import ProfileError
from drivers.smartcard.lds import GROUP_TAGS

MAX_TAG: Final = 0xFFFFFF
MAX_NUMBER: Final = 0xFFFF
_Choice = TypeVar("_Choice", bound=StrEnum)


class Table:
    """A TOML table whose keys are taken one by one; errors name the key."""

    def __init__(self, values: Mapping[str, object], name: str) -> None:
        self._left = dict(values)
        self._name = name

    def finish(self) -> None:
        """Raise `ProfileError` for a key that was not taken."""
        for key in self._left:
            raise ProfileError(f"unknown key {self._full(key)}")

    def left(self) -> tuple[str, ...]:
        """Return the keys that were not taken yet."""
        return tuple(self._left)

    def table(self, key: str) -> Table:
        """Take a table."""
        value = self._take(key)
        if not isinstance(value, dict):
            raise ProfileError(f"{self._full(key)} is a table")
        return Table(value, self._full(key))

    def text(self, key: str) -> str:
        """Take a text."""
        value = self._take(key)
        if not isinstance(value, str):
            raise ProfileError(f"{self._full(key)} is a text")
        return value

    def number(self, key: str, least: int, most: int) -> int:
        """Take a whole number within bounds."""
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ProfileError(f"{self._full(key)} is a number from {least} to {most}")
        return value

    def hexadecimal(self, key: str) -> bytes:
        """Take bytes written in hexadecimal."""
        try:
            return bytes.fromhex(self.text(key))
        except ValueError:
            raise ProfileError(f"{self._full(key)} is not hexadecimal") from None

    def tags(self, key: str) -> tuple[int, ...]:
        """Take tags inside tags, such as `A1/80`; none for an empty text."""
        text = self.text(key)
        try:
            tags = tuple(int(tag, 16) for tag in text.split("/")) if text else ()
        except ValueError:
            tags = (0,)
        if not all(0 < tag <= MAX_TAG for tag in tags):
            raise ProfileError(f"{self._full(key)} is a row of tags such as A1/80")
        return tags

    def place(self, key: str) -> int | tuple[int, ...]:
        """Take a number that all cards share, or the tags that lead to one."""
        if not isinstance(self._left.get(key), int):
            return self.tags(key)
        return self.number(key, 0, MAX_NUMBER)

    def aid(self, key: str, *, may_be_empty: bool = False) -> bytes:
        """Take an application identifier (ISO/IEC 7816-4)."""
        aid = self.hexadecimal(key)
        if not 5 <= len(aid) <= 16 and not (may_be_empty and not aid):
            raise ProfileError(f"{self._full(key)} has 5 to 16 bytes")
        return aid

    def choice(self, key: str, kind: type[_Choice]) -> _Choice:
        """Take one word of a kind."""
        return self._member(key, self.text(key), kind)

    def choices(self, key: str, kind: type[_Choice]) -> tuple[_Choice, ...]:
        """Take a list of different words of a kind."""
        members = tuple(self._member(key, value, kind) for value in self._row(key))
        if len(set(members)) != len(members):
            raise ProfileError(f"{self._full(key)} names one twice")
        return members

    def groups(self, key: str) -> tuple[int, ...]:
        """Take a list of different data groups."""
        row = self._row(key)
        groups = tuple(number for number in row if isinstance(number, int) and number in GROUP_TAGS)
        if len(groups) != len(row) or len(set(groups)) != len(groups):
            raise ProfileError(f"{self._full(key)} are different numbers from 1 to 16")
        return groups

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of different texts."""
        row = self._row(key)
        texts = tuple(text for text in row if isinstance(text, str))
        if len(texts) != len(row) or len(set(texts)) != len(texts):
            raise ProfileError(f"{self._full(key)} is a list of different texts")
        return texts

    def _row(self, key: str) -> list[object]:
        value = self._take(key)
        if not isinstance(value, list):
            raise ProfileError(f"{self._full(key)} is a list")
        return value

    def _member(self, key: str, value: object, kind: type[_Choice]) -> _Choice:
        if not isinstance(value, str) or value not in set(kind):
            known = ", ".join(kind)
            raise ProfileError(
                f"{self._full(key)} {value!r} is not supported by this version; it knows {known}"
            )
        return kind(value)

    def _take(self, key: str) -> object:
        if key not in self._left:
            raise ProfileError(f"key {self._full(key)} is missing")
        return self._left.pop(key)

    def _full(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key
