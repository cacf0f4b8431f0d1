"""Report a verification: its failures by reason, or none."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from words.errors import MessageError
from words.message import Message, m


class Rule(StrEnum):
    """Rules of the verifier; the values are reported, as the reason of a failure."""

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
    UNLISTED = "spent-unlisted"
    """Spent authorizations that a station vouched for and does not list as issued."""
    SPENT_TWICE = "spent-twice"
    """Authorizations that were spent at two terminals."""
    HANDLES_MISSING = "handles-missing"
    """Votes without a handle beyond the ordinary authorizations: provisional ones that a terminal hides."""
    VOTES_LOST = "votes-lost"
    """Receipts of a terminal that hands in no votes for them."""
    RECEIPT_INVALID = "receipt-invalid"
    """Receipts that a station holds and no terminal signed."""
    RECEIPTS_CLOSED = "receipts-closed"
    """Receipts of a station that headquarters could not open."""
    RECEIPTS_COVER = "receipts-cover"
    """How many of the votes receipts cover, if not all."""


@dataclass(frozen=True, slots=True)
class ArchiveFinding:
    """A broken rule of an archive, supplement or index; or, with a `NoticeReason`, what breaks none."""

    reason: StrEnum
    """Its values are reported and stay as they are."""
    entry: str
    """A file inside the archive, a device, a ballot; `@N` is the byte where something else is read."""
    message: Message
    batch: str = ""
    """In an index: of which batch; empty for what is not about one."""


def apart(
    found: Iterable[ArchiveFinding],
) -> tuple[tuple[ArchiveFinding, ...], tuple[ArchiveFinding, ...]]:
    """Separate what breaks a rule from what is told."""
    all_found = tuple(found)
    told = tuple(each for each in all_found if isinstance(each.reason, NoticeReason))
    return tuple(each for each in all_found if each not in told), told


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The verdict on an archive, and what was counted on the way."""

    failures: tuple[ArchiveFinding, ...]
    ballots: int
    fingerprint: str | None
    complete: bool
    told: tuple[ArchiveFinding, ...] = ()
    irregular: tuple[tuple[int, int], ...] = ()
    """(question, row), from 0, of the crooked rows: the result's integers there are no vote."""

    @property
    def ok(self) -> bool:
        """Whether every rule holds."""
        return not self.failures

    @property
    def ok_but_for_proofs(self) -> bool:
        """Whether the archive holds, whatever is wrong with the strong proofs beside it."""
        return self.reasons <= {Rule.DECRYPTION_PROOF}

    @property
    def reasons(self) -> frozenset[StrEnum]:
        """The categories that occur among the failures."""
        return frozenset(failure.reason for failure in self.failures)


class FlawError(MessageError):
    """A broken rule, on its way from a formula to the report."""

    def __init__(self, reason: Rule, message: Message) -> None:
        super().__init__(message)
        self.reason = reason


MOST: Final = 1000
"""Findings of one reason that are told one by one: a file of strangers makes no endless report."""


class Findings:
    """Collects what is found while the verification goes on: what is the same once, with its number."""

    def __init__(self) -> None:
        self._found: Counter[ArchiveFinding] = Counter()
        self._kinds: Counter[StrEnum] = Counter()
        self._more: Counter[StrEnum] = Counter()
        """Beyond `MOST`, by reason."""

    def add(self, reason: StrEnum, entry: str, message: Message) -> None:
        """Record what is found at an entry of the archive."""
        self._keep(ArchiveFinding(reason, entry, message), 1)

    def extend(self, others: "Findings") -> None:
        """Take over what another collection holds."""
        for found, times in others._found.items():
            self._keep(found, times)
        self._more += others._more

    def _keep(self, found: ArchiveFinding, times: int) -> None:
        if found not in self._found:
            if self._kinds[found.reason] == MOST:
                self._more[found.reason] += times
                return
            self._kinds[found.reason] += 1
        self._found[found] += times

    @contextmanager
    def catching(self, entry: str) -> Iterator[None]:
        """Turn a FlawError of the block into a failure at this entry, and go on after the block."""
        try:
            yield
        except FlawError as flaw:
            self.add(flaw.reason, entry, flaw.message)

    def all(self) -> tuple[ArchiveFinding, ...]:
        """Return everything, in the order found."""
        return (
            *(
                found if times == 1 else replace(found, message=_times(found.message, times))
                for found, times in self._found.items()
            ),
            *(
                ArchiveFinding(reason, "", m("and {number} more of this kind", number=number))
                for reason, number in self._more.items()
            ),
        )


def _times(problem: Message, number: int) -> Message:
    return m("{problem} ({number} times)", problem=problem, number=number)
