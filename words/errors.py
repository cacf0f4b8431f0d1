"""Define the errors that people are told about: each carries a message instead of a string."""

from __future__ import annotations

from typing import Self

from words.message import Message, Value, as_message, m


class MessageError(Exception):
    """Root of the errors whose message reaches a screen, paper or a terminal in its language.

    `str(error)` is English. A string is an English text without values.
    """

    def __init__(self, message: Message | str) -> None:
        super().__init__(message)
        self.message = as_message(message)

    @classmethod
    def of(cls, source: str, /, **values: Value) -> Self:
        """Make an error that takes a message alone: `ManifestError.of("{name}: empty", name="a.csv")`."""
        return cls(m(source, **values))

    def __str__(self) -> str:
        """Return the message in English, for logs and tests."""
        return str(self.message)
