"""What can be wrong with a ceremony."""

from __future__ import annotations

from election.errors import ElectionError


class CeremonyError(ElectionError):
    """A file, a stick or a secret is refused; the message says what to do next.

    `reason` is a stable word: `format`, those of `crypto.threshold.messages.StepRefused`, and
    ceremony, place, changed, commitment, transcript, incomplete, fingerprint, secret, stick,
    trustees, declined, busy. `file` is the name of the file it is about, or empty.
    """

    def __init__(self, reason: str, message: str, file: str = "") -> None:
        super().__init__(f"{file}: {message}" if file else message)
        self.reason = reason
        self.file = file
