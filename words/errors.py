"""Define the errors that people are told about: each carries a message instead of a string."""

from __future__ import annotations

from words.message import Message, as_message


class MessageError(Exception):
    """Root of the errors whose message reaches a screen, paper or a terminal in its language.

    `str(error)` is English. A string is an English text without values.
    """

    def __init__(self, message: Message | str) -> None:
        super().__init__(message)
        self.message = as_message(message)

    def __str__(self) -> str:
        """Return the message in English, for logs and tests."""
        return str(self.message)
