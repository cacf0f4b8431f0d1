"""Check the records of a ballot box, each by itself: unsealing, points, proofs, openings.

This is what an import costs; what a record is beside all others is compared afterwards
(`headquarters.importing`). The sealing key stays in this process, and so do handles: other processes get a
ballot, and of a challenged one the opening, which becomes public.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

from crypto.ballot import check_ballot
from crypto.casting import open_challenge
from crypto.election import BeleniosElection
from crypto.errors import CryptoError, ProofError, SignatureError, UnsealError
from crypto.packing import KeptBallot, packed_size, unpack, unpack_again
from crypto.sealing import SealingKey
from election.fields import Hash
from election.records import RecordKind, StoredRecord
from election.sealed import (
    OpenedRecord,
    Origin,
    PlainRecord,
    open_sealed,
    origin_of,
    read_plain,
)
from headquarters.import_report import RecordReason
from headquarters.tally.work import Work

_PIECE: Final = 8
"""Records that a process checks at a time: half a second."""


@dataclass(frozen=True, slots=True)
class CheckedRecord:
    """A record and what became of it by itself."""

    kind: RecordKind
    digest: Hash
    reason: RecordReason | None
    """Why it is refused; None if it is sound."""
    plain: bytes = b""
    """Of a sound one: the packed ballot and what follows it in its plain text."""

    def opened(self, election: BeleniosElection, committed: bytes) -> OpenedRecord:
        """Read a sound record again, without testing its points. `committed`: beside the sealed bytes."""
        return read_plain(election, self._plain(election, committed), unpack_again)

    def kept(self, election: BeleniosElection, committed: bytes) -> tuple[KeptBallot, Origin]:
        """Return the ballot of a sound cast record, not opened, and how it came to be given."""
        plain = self._plain(election, committed)
        return KeptBallot(election, plain.digest, plain.packed), origin_of(plain)

    def _plain(self, election: BeleniosElection, committed: bytes) -> PlainRecord:
        end = packed_size(election)
        return PlainRecord(self.kind, self.digest, self.plain[:end], self.plain[end:], committed)


def check_boxes(
    election: BeleniosElection,
    key: SealingKey,
    boxes: Sequence[Sequence[StoredRecord]],
    work: Work,
) -> Iterator[tuple[CheckedRecord, ...]]:
    """Yield for every box what became of its records, in their order."""
    records = [record for box in boxes for record in box]
    opened = [_open(election, key, record) for record in records]
    asked = [_Asked.of(each) for each in opened if isinstance(each, PlainRecord)]
    pieces = [asked[at : at + _PIECE] for at in range(0, len(asked), _PIECE)]
    judged = (
        reason
        for piece in work.spread("ballots", partial(_judge, election), pieces)
        for reason in piece
    )
    checked = (_checked(record, each, judged) for record, each in zip(records, opened, strict=True))
    for box in boxes:
        yield tuple(islice(checked, len(box)))


def _open(
    election: BeleniosElection, key: SealingKey, record: StoredRecord
) -> PlainRecord | RecordReason:
    try:
        plain = open_sealed(election, record.kind, record.digest, record.sealed, key)
        if plain.kind is RecordKind.CAST:
            origin_of(plain)
    except UnsealError:
        return RecordReason.SEAL
    except CryptoError:
        return RecordReason.MALFORMED
    return plain


def _checked(
    record: StoredRecord, opened: PlainRecord | RecordReason, judged: Iterator[RecordReason | None]
) -> CheckedRecord:
    if isinstance(opened, RecordReason):
        return CheckedRecord(record.kind, record.digest, opened)
    if (reason := next(judged)) is not None:
        return CheckedRecord(record.kind, record.digest, reason)
    return CheckedRecord(record.kind, record.digest, None, opened.packed + opened.rest)


# ---------------------------------------------------------------- in other processes


@dataclass(frozen=True, slots=True)
class _Asked:
    """What another process needs to know of a record."""

    kind: RecordKind
    digest: bytes
    packed: bytes
    opening: bytes
    """Empty of a cast ballot: no handle leaves this process."""

    @classmethod
    def of(cls, plain: PlainRecord) -> _Asked:
        spoiled = plain.kind is RecordKind.SPOILED
        return cls(plain.kind, plain.digest, plain.packed, plain.rest if spoiled else b"")


def _judge(election: BeleniosElection, piece: Sequence[_Asked]) -> list[RecordReason | None]:
    return [_reason(election, asked) for asked in piece]


def _reason(election: BeleniosElection, asked: _Asked) -> RecordReason | None:
    try:
        if asked.kind is RecordKind.CAST:
            ballot = unpack(election, asked.packed)
            if ballot.digest != asked.digest:
                return RecordReason.MALFORMED
            check_ballot(election, ballot)
            return None
        plain = PlainRecord(asked.kind, asked.digest, asked.packed, asked.opening, b"")
        opened = read_plain(election, plain)
        assert opened.opening is not None  # a challenged ballot
        open_challenge(election, opened.ballot.text, opened.opening.seed, opened.opening.answers)
    except SignatureError:
        return RecordReason.BALLOT_SIGNATURE
    except ProofError:
        return RecordReason.BALLOT_PROOF if asked.kind is RecordKind.CAST else RecordReason.OPENING
    except CryptoError:
        return RecordReason.MALFORMED
    return None
