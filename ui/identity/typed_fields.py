"""Hold what is typed into fields of fixed lengths, one after the other, until it is handed on."""

from __future__ import annotations

from collections.abc import Sequence


class TypedFields:
    """Texts by field, and the field that is typed into; a full one passes on to the next."""

    def __init__(self, lengths: Sequence[int]) -> None:
        self._lengths = tuple(lengths)
        self.place = 0
        self.texts = [""] * len(self._lengths)

    def clear(self) -> None:
        """Forget everything."""
        self.place = 0
        self.texts = [""] * len(self._lengths)

    def add(self, letter: str) -> None:
        """Type a letter, if the field has room."""
        if len(self.texts[self.place]) == self._lengths[self.place]:
            return
        self.texts[self.place] += letter
        if not self.has_room and self.place + 1 < len(self._lengths):
            self.place += 1

    def erase(self) -> None:
        """Take the last letter back, of the field before if this one is empty."""
        if not self.texts[self.place] and self.place:
            self.place -= 1
        self.texts[self.place] = self.texts[self.place][:-1]

    @property
    def has_room(self) -> bool:
        """Whether the field that is typed into takes another letter."""
        return len(self.texts[self.place]) < self._lengths[self.place]

    @property
    def is_full(self) -> bool:
        """Whether every field is."""
        return all(len(text) == most for text, most in zip(self.texts, self._lengths, strict=True))
