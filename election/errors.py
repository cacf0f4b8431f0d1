"""Define the errors of election data and its documents.

    ElectionError ─ ManifestError, PackageError, PollsStateError

Messages hold no secrets and no personal data, and say what to do next.
"""

from __future__ import annotations

from election.reasons import Refusal
from words.errors import MessageError
from words.message import Message


class ElectionError(MessageError):
    """Election data, or the state of the polls, is not as it has to be."""


class ManifestError(ElectionError):
    """The election definition contradicts itself."""


class PackageError(ElectionError):
    """An election package is refused, or the register beside it (`election.register`)."""

    def __init__(self, reason: Refusal, message: Message | str | None = None) -> None:
        super().__init__(message or reason.sentence)
        self.args = (reason, message)
        self.reason = reason


class PollsStateError(ElectionError):
    """The step is not allowed in the present state of the polls."""
