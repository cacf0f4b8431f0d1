"""Describe what a verdict consists of: findings of three classes, each with a reason and a number.

    wrong    a signature, sum or proof, or somebody whom the register does not name
    told     breaks no rule: missing or rescued records, used spares, revoked keys, a rehearsal
    right    was compared and agrees

The sentence of a finding is that of its reason in the published table (`election.reasons`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from election.reasons import Agreement, Refusal
from headquarters.verification import ArchiveFinding
from words.message import m


class FindingClass(StrEnum):
    """The class of a finding; the value is reported."""

    WRONG = "wrong"
    TOLD = "told"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was compared."""

    verdict: FindingClass
    reason: Refusal
    entry: str
    """File, device, branch or batch."""
    count: int = 1
    """How many it is about."""
    batch: str = ""

    @property
    def as_archive_finding(self) -> ArchiveFinding:
        """The same beside the findings about archives: its number, and the sentence of the table."""
        message = m("{count}: {sentence}", count=self.count, sentence=self.reason.sentence)
        return ArchiveFinding(self.reason, self.entry, message, self.batch)

    @property
    def as_plain(self) -> Mapping[str, object]:
        """The same for a program, as JSON, about a device."""
        return {
            "class": self.verdict,
            "reason": self.reason,
            "device": self.entry,
            "count": self.count,
            "message": str(self.reason.sentence),
        }

    @classmethod
    def right(cls, reason: Agreement, entry: str, count: int = 1, batch: str = "") -> Finding:
        """Return a finding that something agrees."""
        return cls(FindingClass.RIGHT, reason, entry, count, batch)


def wrong(reason: Refusal, entry: str, count: int = 1, batch: str = "") -> Finding:
    """Return a finding that something is wrong."""
    return Finding(FindingClass.WRONG, reason, entry, count, batch)


def told(reason: Refusal, entry: str, count: int = 1, batch: str = "") -> Finding:
    """Return a finding that breaks no rule."""
    return Finding(FindingClass.TOLD, reason, entry, count, batch)
