"""Define the error of a ceremony."""

from __future__ import annotations

from election.errors import ElectionError
from words.message import Latin, Message, as_message, m


class CeremonyError(ElectionError):
    """A file, a USB drive or a secret is refused; the message says what to do next.

    `reason` is a stable word: `format`, those of `crypto.threshold.messages.StepRefusedError`, and
    ceremony, place, changed, commitment, transcript, incomplete, fingerprint, secret, stick,
    trustees, declined, busy. `file` is the name of the file it is about, or empty.
    """

    def __init__(self, reason: str, message: Message | str, file: str = "") -> None:
        said = as_message(message)
        super().__init__(m("{file}: {said}", file=Latin(file), said=said) if file else said)
        self.args = (reason, message, file)
        self.reason = reason
        self.file = file
