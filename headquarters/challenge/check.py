"""Make a challenged ballot again, and compare."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from crypto.casting import BallotMaker, HomomorphicAnswer, SlotAnswer
from crypto.election import BeleniosElection, parse_election
from crypto.embedding import EmbeddingTable
from crypto.errors import DecodeError, ProofError
from election.challenge import ChallengeTicket, is_tracking_of, read_ticket
from election.definition_file import PublishedDefinition
from election.errors import ManifestError
from election.files import read_file
from election.schema import SchemaError
from election.sealed import Opening
from headquarters.challenge.reading import ContestReading, ReadingKind, read_answers
from headquarters.supplement import SUPPLEMENT_FOLDER
from headquarters.supplement_files import CHALLENGED_FILE, MAX_BOXES, read_challenged


class ChallengeFault(StrEnum):
    """The faults of a challenged ballot; any of them is a reason to complain."""

    DIFFERENT = "different-ballot"
    """Seed and answers give another ballot than the terminal showed the code of, or none at all."""
    IMPOSSIBLE = "impossible-answers"
    """The ballot holds what no honest terminal writes."""
    NOTED = "other-than-noted"
    """The ticket is not of the tracking code that the voter noted before the challenge."""
    UNPUBLISHED = "not-published"
    """The published challenged ballots do not hold it."""
    PUBLISHED_OTHERWISE = "published-otherwise"
    """It is published, with another seed or other answers."""


MAX_ELECTION: Final = 64 * 1024 * 1024
"""Bytes of election.json."""


@dataclass(frozen=True, slots=True)
class ChallengeVerdict:
    """The verdict on a challenged ballot: what it says, and what is wrong with it."""

    ticket: ChallengeTicket
    made: bytes | None
    """Digest of the ballot that seed and answers give; None: they give none."""
    readings: tuple[ContestReading, ...]
    faults: tuple[ChallengeFault, ...]

    @property
    def honest(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def read_election_file(path: Path) -> BeleniosElection:
    """Read the election object; one final line end, as editors add it, is not part of it.

    Raises `OSError`, and `CryptoError` for a file that is none.
    """
    return parse_election(read_file(path, MAX_ELECTION).removesuffix(b"\n"))


def check_ticket(
    election: BeleniosElection,
    text: str,
    definition: PublishedDefinition | None = None,
    noted: str | None = None,
    supplement: Path | None = None,
) -> ChallengeVerdict:
    """Make the ballot again and compare.

    `noted`: tracking number or code that the voter noted before choosing the challenge;
    `supplement`: the published folder, or its challenged.json. Raises `TicketError` for a text that
    is no ticket of this election, `ManifestError` for a supplement that is none, `OSError`.
    """
    ticket = read_ticket(election, text)
    made = _made(election, ticket.opening)
    readings = read_answers(election, definition, ticket.opening.answers)
    faults: list[ChallengeFault] = []
    if made != ticket.digest:
        faults.append(ChallengeFault.DIFFERENT)
    if any(reading.kind is ReadingKind.IMPOSSIBLE for reading in readings):
        faults.append(ChallengeFault.IMPOSSIBLE)
    if noted is not None and not is_tracking_of(noted, ticket.digest):
        faults.append(ChallengeFault.NOTED)
    if supplement is not None:
        faults += _published(ticket, _challenged_file(supplement))
    return ChallengeVerdict(ticket, made, readings, tuple(faults))


# ---------------------------------------------------------------- parts


def _made(election: BeleniosElection, opening: Opening) -> bytes | None:
    vectors = [answer.integers for answer in opening.answers if isinstance(answer, SlotAnswer)]
    try:
        maker = BallotMaker(election, EmbeddingTable.of_vectors(vectors))
        return maker.make(opening.answers, opening.seed).digest
    except (DecodeError, ProofError):
        return None  # two marks where one is allowed, for instance: no ballot proves that


def _challenged_file(path: Path) -> Path:
    """Return the file itself, or its path in a supplement or in the folder of an archive."""
    if not path.is_dir():
        return path
    inner = path / SUPPLEMENT_FOLDER / CHALLENGED_FILE
    return inner if inner.exists() else path / CHALLENGED_FILE


def _published(ticket: ChallengeTicket, path: Path) -> list[ChallengeFault]:
    try:
        items = read_challenged(read_file(path, MAX_BOXES))
    except SchemaError as error:
        raise ManifestError.of("{name} is no list of challenged ballots", name=path.name) from error
    answers = tuple(
        answer.choices if isinstance(answer, HomomorphicAnswer) else answer.integers
        for answer in ticket.opening.answers
    )
    for item in items:
        if hashlib.sha256(item.ballot.encode()).digest() == ticket.digest:
            equal = item.seed == ticket.opening.seed and item.answers == answers
            return [] if equal else [ChallengeFault.PUBLISHED_OTHERWISE]
    return [ChallengeFault.UNPUBLISHED]
