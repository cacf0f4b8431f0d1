"""Publish what receipts cards brought back, and compare them with the votes of the terminals.

    stations.json    "receipts": [{"hash", "terminal"}], null where headquarters could not open them;
                     "receipts_root" is under the station's signature (`election.issuance`)
    lost.json        {"items": [{"terminal", "hash", "signature"}]}: the receipts for which no vote is there

A receipt is a terminal's signature that it recorded a vote (`election.voucher`). Signatures are published
only where no vote is there: a hostile terminal could write anything in place of one. A receipt whose terminal
hands in no vote proves a lost one. Nothing is refused for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from election.definition import DeviceId
from election.fields import Hash, ShortSignature
from election.files import PUBLIC, read_file, replace_file
from election.schema import from_json, to_json
from election.voucher import Receipt
from headquarters.issuance_check import StationCount, StationEvidence

LOST_FILE: Final = "lost.json"
_MAX_LOST: Final = 1 << 28

Held = tuple[DeviceId, bytes]
"""A receipt that a station holds: terminal, hash of the authorization."""


@dataclass(frozen=True, slots=True)
class LostVote:
    """A receipt for which its terminal hands in no vote."""

    terminal: DeviceId
    hash: Hash
    signature: ShortSignature

    @property
    def receipt(self) -> Receipt:
        """The receipt as the card brought it."""
        return Receipt(self.terminal, self.hash, self.signature)


@dataclass(frozen=True, slots=True)
class LostVotes:
    """The content of lost.json."""

    items: tuple[LostVote, ...]
    """By terminal and hash."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The number of votes for which a receipt came back, and of all votes."""

    covered: int = 0
    votes: int = 0

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage(self.covered + other.covered, self.votes + other.votes)


def write_lost(
    folder: Path,
    stations: Iterable[StationEvidence],
    spent: Mapping[DeviceId, AbstractSet[bytes]],
) -> None:
    """Write lost.json. `spent`: hashes by terminal that is in. Raises `OSError`."""
    lost = {
        LostVote(receipt.terminal, receipt.spent, receipt.signature)
        for station in stations
        for receipt in station.receipts or ()
        if receipt.spent not in spent.get(receipt.terminal, frozenset())
    }
    ordered = sorted(lost, key=lambda vote: (vote.terminal, vote.hash, vote.signature))
    replace_file(folder / LOST_FILE, to_json(LostVotes(tuple(ordered))), PUBLIC)


def read_lost(folder: Path) -> tuple[LostVote, ...]:
    """Read lost.json; nothing in it is verified. Raises `SchemaError`, `OSError`."""
    return from_json(LostVotes, read_file(folder / LOST_FILE, _MAX_LOST), _MAX_LOST).items


def held_by(stations: Sequence[StationCount]) -> frozenset[Held]:
    """Return the receipts that stations hold, as far as they could be opened."""
    return frozenset(
        (receipt.terminal, receipt.hash)
        for station in stations
        for receipt in station.receipts or ()
    )
