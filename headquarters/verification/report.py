"""Report a verification: its failures by reason, or none."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum


class FailureReason(StrEnum):
    """Categories of failures, one per rule of the verifier."""

    FORMAT = "format"
    CHAIN = "chain"
    INCOMPLETE = "incomplete"
    SETUP = "setup"
    BALLOT_HEADER = "ballot-header"
    CREDENTIAL = "credential"
    BALLOT_DUPLICATE = "ballot-duplicate"
    SIGNATURE = "signature"
    BALLOT_PROOF = "ballot-proof"
    GROUP = "group"
    TALLY = "tally"
    SHUFFLE = "shuffle"
    DECRYPTION = "decryption"
    DECRYPTION_PROOF = "decryption-proof"
    ENCODING = "encoding"
    RESULT = "result"


class NoticeReason(StrEnum):
    """Categories of what is said of an archive without making it invalid."""

    CROOKED_ROW = "crooked-row"
    """A ballot of which a slot holds what no honest terminal encrypts: an invalid vote."""
    UNPROVEN = "decryption-unproven"
    """Decryptions without strong proof: what that leaves open."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One broken rule. `entry` names the file inside the archive, or says where it is missing."""

    reason: FailureReason
    entry: str
    message: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know about an archive that breaks no rule. `entry` as in a `Failure`."""

    reason: NoticeReason
    entry: str
    message: str


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The verdict on an archive, and what was counted on the way."""

    failures: tuple[Failure, ...]
    ballots: int
    fingerprint: str | None
    complete: bool
    told: tuple[Notice, ...] = ()
    irregular: tuple[tuple[int, int], ...] = ()
    """(question, row), from 0, of the crooked rows: the result's integers there are no vote."""

    @property
    def ok(self) -> bool:
        """Whether every rule holds."""
        return not self.failures

    @property
    def ok_but_for_proofs(self) -> bool:
        """Whether the archive holds, whatever is wrong with the strong proofs beside it."""
        return self.reasons <= {FailureReason.DECRYPTION_PROOF}

    @property
    def reasons(self) -> frozenset[FailureReason]:
        """The categories that occur among the failures."""
        return frozenset(failure.reason for failure in self.failures)


class FlawError(Exception):
    """A broken rule, on its way from a formula to the report."""

    def __init__(self, reason: FailureReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class Findings:
    """Collects failures while the verification goes on."""

    def __init__(self) -> None:
        self._failures: list[Failure] = []

    def add(self, reason: FailureReason, entry: str, message: str) -> None:
        """Record a failure at an entry of the archive."""
        self._failures.append(Failure(reason, entry, message))

    def extend(self, others: "Findings") -> None:
        """Take over what another collection holds."""
        self._failures += others.all()

    @contextmanager
    def catching(self, entry: str) -> Iterator[None]:
        """Turn a FlawError of the block into a failure at this entry, and go on after the block."""
        try:
            yield
        except FlawError as flaw:
            self.add(flaw.reason, entry, flaw.message)

    def all(self) -> tuple[Failure, ...]:
        """Return the failures, in the order found."""
        return tuple(self._failures)
