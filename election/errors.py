"""Define the errors of election data and its documents.

    ElectionError ─ ManifestError, PollsStateError, RefusedError ─ PackageError

Messages hold no secrets and no personal data, and say what to do next.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from election.reasons import PackageReason, Refusal
from words.errors import MessageError
from words.message import Message

Reason = TypeVar("Reason", bound=Refusal)


class ElectionError(MessageError):
    """Election data, or the state of the polls, is not as it has to be."""


class ManifestError(ElectionError):
    """The election definition contradicts itself."""


class RefusedError(ElectionError, Generic[Reason]):
    """A file or document is refused, for a reason of its table in `election.reasons`."""

    def __init__(self, reason: Reason, message: Message | str | None = None) -> None:
        super().__init__(message or reason.sentence)
        self.args = (reason, message)
        self.reason = reason


class PackageError(RefusedError[PackageReason]):
    """An election package is refused."""


class PollsStateError(ElectionError):
    """The step is not allowed in the present state of the polls."""
