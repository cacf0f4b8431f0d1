"""Sort tracking codes into pages by their first characters, so that a voter finds a code without a query.

A page says of a code what the archives say: counted, not counted and why, or challenged. It does not say at
which terminal or in which batch. A few hundred codes stand on one page; more are parted by the first
character (64 pages), or by the first two (4,096). Folders and pages are numbers (Base64, RFC 4648 section 4),
because names that differ in capitals alone are one name on many USB drives.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final, TypeVar

from election.challenge import tracking_code
from election.files import read_file
from headquarters.decisions import (
    MAX_SIZE,
    Decision,
    DecisionGround,
    DecisionVerdict,
    read_decisions,
)
from headquarters.exclusion import DECISIONS_FILE, EXCLUDED_FILE, HandleOpening, read_excluded
from headquarters.index_document import ArchiveIndex
from headquarters.supplement import SUPPLEMENT_FOLDER
from headquarters.supplement_files import CHALLENGED_FILE, MAX_BOXES, read_challenged
from headquarters.tally.archive_reader import PublishedArchive
from words.message import Message, m

ALPHABET: Final = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
"""In the order of its numbers."""
ON_A_PAGE: Final = 400
"""Codes that a page has at most, on average, before they are parted further."""
DEEPEST: Final = 2
T = TypeVar("T")

GROUNDS: Final[Mapping[DecisionGround, Message]] = {
    DecisionGround.ALREADY_VOTED: m("the person had voted already"),
    DecisionGround.ANOTHER_PROVISIONAL: m("another provisional ballot of the person counts"),
    DecisionGround.PROVEN_BY_CHIP: m("a ballot whose person a chip has proven counts"),
    DecisionGround.NOT_ELIGIBLE: m("the person could not vote here"),
    DecisionGround.UNKNOWN_HANDLE: m("no station handed in a check-in for it"),
    DecisionGround.CONTRADICTION: m("several check-ins claim it"),
}
"""Why a provisional ballot is not counted."""
UNDECIDED: Final = m("nobody decided on it, and the decisions leave out what is undecided")
TWICE: Final = m("its card was used at two terminals, and one ballot counts at most")


@dataclass(frozen=True, slots=True)
class TrackedCodes:
    """Every tracking code of a publication, in the order of bytes."""

    counted: tuple[str, ...] = ()
    excluded: tuple[tuple[str, Message], ...] = ()
    """Each with why it is not counted."""
    challenged: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Return how many codes there are."""
        return len(self.counted) + len(self.excluded) + len(self.challenged)


@dataclass(frozen=True, slots=True)
class CodePage:
    """The codes with one beginning, or the pages with longer ones."""

    prefix: str
    codes: TrackedCodes
    """Empty where there are pages."""
    pages: tuple[str, ...]
    """The next longer beginnings."""

    @property
    def name(self) -> str:
        """Return its name in the folder of a language, without the ending."""
        return page_of(self.prefix)


def page_of(prefix: str) -> str:
    """Return the page of a beginning: `Rq` → `codes/17/42`."""
    return "/".join(["codes", *(f"{ALPHABET.index(sign):02d}" for sign in prefix)])


def depth_of(codes: int) -> int:
    """Return how many characters part so many codes."""
    return next(x for x in range(DEEPEST + 1) if x == DEEPEST or codes <= ON_A_PAGE * 64**x)


def code_pages(codes: TrackedCodes) -> Iterator[CodePage]:
    """Yield every page, also those that no code begins with: what is missing is seen."""
    deepest = depth_of(len(codes))
    for depth in range(deepest):
        for prefix in map("".join, product(ALPHABET, repeat=depth)):
            yield CodePage(prefix, TrackedCodes(), tuple(prefix + sign for sign in ALPHABET))
    counted = _parted(((code, code) for code in codes.counted), deepest)
    excluded = _parted(((row[0], row) for row in codes.excluded), deepest)
    challenged = _parted(((code, code) for code in codes.challenged), deepest)
    for prefix in map("".join, product(ALPHABET, repeat=deepest)):
        here = TrackedCodes(
            tuple(counted.get(prefix, ())),
            tuple(excluded.get(prefix, ())),
            tuple(challenged.get(prefix, ())),
        )
        yield CodePage(prefix, here, ())


def read_codes(
    folder: Path, index: ArchiveIndex, archives: Iterable[PublishedArchive]
) -> TrackedCodes:
    """Read the codes of a publication that was verified. Raises `DecodeError`, `OSError`."""
    excluded: dict[str, Message] = {}
    challenged: set[str] = set()
    for batch in index.batches:
        place = folder / batch.name / SUPPLEMENT_FOLDER
        if (place / EXCLUDED_FILE).exists():
            excluded |= _excluded(place)
        if (place / CHALLENGED_FILE).exists():
            opened = read_challenged(read_file(place / CHALLENGED_FILE, MAX_BOXES))
            challenged |= {
                tracking_code(hashlib.sha256(each.ballot.encode()).digest()) for each in opened
            }
    counted = {
        tracking_code(bytes.fromhex(digest)) for archive in archives for digest in archive.ballots
    }
    return TrackedCodes(
        tuple(sorted(counted)),
        tuple(sorted(excluded.items(), key=_code)),
        tuple(sorted(challenged)),
    )


# ---------------------------------------------------------------- parts


def _excluded(place: Path) -> dict[str, Message]:
    opened = read_excluded(read_file(place / EXCLUDED_FILE, MAX_SIZE))
    decided: Mapping[bytes, Decision] = {}
    if (place / DECISIONS_FILE).exists():
        data = read_file(place / DECISIONS_FILE, MAX_SIZE)
        decided = read_decisions(data).statement.by_handle
    return {tracking_code(each.digest): _ground(each, decided) for each in opened}


def _ground(opened: HandleOpening, decided: Mapping[bytes, Decision]) -> Message:
    decision = decided.get(opened.handle)
    if decision is None:
        return UNDECIDED
    return TWICE if decision.decision is DecisionVerdict.INCLUDE else GROUNDS[decision.reason]


def _parted(rows: Iterable[tuple[str, T]], depth: int) -> dict[str, list[T]]:
    found: dict[str, list[T]] = {}
    for code, row in rows:
        found.setdefault(code[:depth], []).append(row)
    return found


def _code(row: tuple[str, Message]) -> str:
    return row[0]
