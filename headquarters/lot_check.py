"""Verify the lots beside an index: who recorded them, after what, and that they were kept to.

    lot-seats.json        names this index, which is final; result.json drew with its value or with none
    lot-decisions.json    names all recorded handles; decisions that chose by a lot name this file

Whether the value is what the public source gave only people can say: it stands in the file. That equal
ballots of one person were ranked by it only the two offices saw, who know persons.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from crypto import merkle
from election.errors import ManifestError
from election.files import read_file
from election.lots import FILES, MAX_LOT, LotError, LotKind, open_lot
from election.reasons import Agreement, LotReason
from election.register import PublishedRegister
from election.schema import SchemaError, from_json
from headquarters.authorizations_check import SPENT_FILE, SpentLists
from headquarters.decisions import MAX_SIZE, DecisionError, read_decisions
from headquarters.exclusion import DECISIONS_FILE
from headquarters.finding import Finding, wrong
from headquarters.index_document import MAX_INDEX, ArchiveIndex
from headquarters.published_acts import DECISION_LOT_FILE, PublishedActs
from headquarters.result import RESULT_FILE
from headquarters.result_file import MAX_SIZE as MAX_RESULT
from headquarters.result_file import read_votes
from headquarters.supplement import SUPPLEMENT_FOLDER

_SEATS: Final = FILES[LotKind.SEATS]
_MAX_SPENT: Final = 1 << 28


def check_lots(
    published: PublishedRegister, path: Path, index: ArchiveIndex, acts: PublishedActs
) -> Iterator[Finding]:
    """Yield what is wrong with the lots beside the index at `path`, and what agrees."""
    yield from _seats(published, path, index)
    yield from _decisions(path.parent, index, acts)


def handles_root(hashes: Iterable[bytes]) -> bytes:
    """Return what a decision lot is recorded after: the Merkle root of all recorded handles' hashes."""
    return merkle.root(set(hashes))


# ---------------------------------------------------------------- parts


def _seats(published: PublishedRegister, path: Path, index: ArchiveIndex) -> Iterator[Finding]:
    folder, value = path.parent, ""
    if (folder / _SEATS).exists():
        try:
            lot = open_lot(read_file(folder / _SEATS, MAX_LOT), published, LotKind.SEATS)
        except OSError:
            yield wrong(LotReason.LOT_FORMAT, _SEATS)
            return
        except LotError as error:
            yield wrong(error.reason, _SEATS)
            return
        if index.interim or lot.after != _sha256(path, MAX_INDEX):
            yield wrong(LotReason.LOT_AFTER, _SEATS)
            return
        value = lot.value
        yield Finding.right(Agreement.RIGHT_LOT, _SEATS)
    if _drawn_with(folder / RESULT_FILE) - {"", value}:
        yield wrong(LotReason.LOT_RESULT, RESULT_FILE)


def _decisions(folder: Path, index: ArchiveIndex, acts: PublishedActs) -> Iterator[Finding]:
    digest = None
    if acts.decision_lot is not None:
        digest = _sha256(folder / DECISION_LOT_FILE, MAX_LOT)
        if acts.decision_lot.after != handles_root(_handles(folder, index)):
            yield wrong(LotReason.LOT_AFTER, DECISION_LOT_FILE)
        else:
            yield Finding.right(Agreement.RIGHT_LOT, DECISION_LOT_FILE)
    for batch in index.batches:
        place = folder / batch.name / SUPPLEMENT_FOLDER / DECISIONS_FILE
        try:
            named = read_decisions(read_file(place, MAX_SIZE)).statement.lot
        except (OSError, DecisionError):  # none, or what the check of the supplement calls wrong
            continue
        if named is not None and named != digest:
            yield wrong(LotReason.LOT_DECISIONS, DECISIONS_FILE, batch=batch.name)


def _handles(folder: Path, index: ArchiveIndex) -> Iterator[bytes]:
    """Yield the hashes of all handles; a list that cannot be read is named by its own check."""
    for batch in index.batches:
        place = folder / batch.name / SUPPLEMENT_FOLDER / SPENT_FILE
        try:
            lists = from_json(SpentLists, read_file(place, _MAX_SPENT), _MAX_SPENT)
        except (OSError, SchemaError):
            continue
        for terminal in lists.items:
            yield from terminal.handles


def _drawn_with(path: Path) -> set[str]:
    """Return the values with which the published result was drawn, if there is one to be read."""
    try:
        contests = read_votes(read_file(path, MAX_RESULT), path.name)
    except (OSError, ManifestError):
        return set()
    return {contest.parameters.seed for contest in contests if contest.parameters is not None}


def _sha256(path: Path, limit: int) -> bytes | None:
    try:
        return hashlib.sha256(read_file(path, limit)).digest()
    except OSError:
        return None
