"""Test logic and accuracy before delivery: a deck of ballots with a result that was sealed beforehand.

The deck is drawn from an election's definition: every selection of a contest gets a number of votes that no
other one has, so that two that were exchanged show; blank ballots and ones with less than allowed are among
them. Its order is mixed. What must come out is written, with a salt, and its SHA-256 told to whoever watches
before the first ballot is marked (`deck.json`, `expected.json`); afterwards the sealed file is opened and
compared with `result.json` of the rehearsal that was played with the deck.

NIST and the EAC's VVSG 2.0 (1.1.4, 1.1.5) ask for it, by a deck whose result is known.
"""

from __future__ import annotations

import hashlib
import random
import secrets
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from annotated_types import Interval, Len

from crypto.errors import DecodeError
from crypto.strict_json import read_json
from election.because import because
from election.definition import Contest, Election
from election.errors import ElectionError
from election.fields import Excerpt, Hash, Word
from election.files import PUBLIC, read_file, write_new
from election.schema import from_input, from_json, to_json
from words.message import Code, Latin, Message, m

DECK_FILE: Final = "deck.json"
SEALED_FILE: Final = "expected.json"
MOST: Final = 64 * 1024 * 1024
_Number = Annotated[int, Interval(ge=0, le=10_000_000)]
LARGEST_CONTEST: Final = 1000
"""Selections of a contest for which a deck can be marked by hand or robot."""


class AccuracyError(ElectionError):
    """A deck cannot be made, or what was sealed is not what was told."""


@dataclass(frozen=True, slots=True)
class DeckBallot:
    """One ballot to be marked: the codes of one contest, or none for a blank one."""

    number: _Number
    contest: Word
    codes: tuple[_Number, ...]


@dataclass(frozen=True, slots=True)
class Deck:
    """`deck.json`: for whoever marks, in the order of marking."""

    format: Literal["amin-accuracy-deck-1"]
    election: Word
    expected: Hash
    """SHA-256 of the sealed file."""
    ballots: tuple[DeckBallot, ...]


@dataclass(frozen=True, slots=True)
class ExpectedCount:
    """What must come out for one selection."""

    contest: Word
    code: _Number | None
    """None: blank ballots."""
    votes: _Number


@dataclass(frozen=True, slots=True)
class Expected:
    """`expected.json`: sealed until the count."""

    format: Literal["amin-accuracy-expected-1"]
    election: Word
    salt: Annotated[bytes, Len(32, 32)]
    """Without it anybody could try results until the hash fits."""
    ballots: _Number
    counts: tuple[ExpectedCount, ...]


def make_deck(election: Election, draw: random.Random, salt: bytes) -> tuple[Deck, Expected]:
    """Draw a deck and what must come out. Raises `AccuracyError` for a contest that is too large."""
    marked: list[tuple[str, tuple[int, ...]]] = []
    counts: Counter[tuple[str, int | None]] = Counter()
    for contest in election.contests:
        for codes in _of_contest(contest):
            marked.append((contest.id, codes))
            counts.update((contest.id, code) for code in codes or (None,))
    draw.shuffle(marked)
    expected = Expected(
        "amin-accuracy-expected-1",
        election.uuid,
        salt,
        len(marked),
        tuple(
            ExpectedCount(name, code, counts[name, code]) for name, code in sorted(counts, key=str)
        ),
    )
    told = hashlib.sha256(to_json(expected)).digest()
    ballots = tuple(
        DeckBallot(number, name, codes) for number, (name, codes) in enumerate(marked, 1)
    )
    return Deck("amin-accuracy-deck-1", election.uuid, told, ballots), expected


def _of_contest(contest: Contest) -> list[tuple[int, ...]]:
    """Give each candidate one vote more than the one before, in as few ballots as the rules allow.

    Then blank ballots: as many as nobody else has votes.
    """
    candidates = [candidate.code for candidate in contest.candidates]
    if len(candidates) > LARGEST_CONTEST:
        raise AccuracyError(
            m(
                "contest {contest} has more than {most} candidates: test it in parts",
                contest=Latin(contest.id),
                most=LARGEST_CONTEST,
            )
        )
    left = {code: place for place, code in enumerate(candidates, 1)}
    ballots: list[tuple[int, ...]] = []
    while left:
        chosen = sorted(left, key=lambda code: -left[code])[: contest.max_selections]
        ballots.append(tuple(sorted(chosen)))
        left = {code: votes - (code in chosen) for code, votes in left.items()}
        left = {code: votes for code, votes in left.items() if votes}
    return ballots + [()] * (len(candidates) + 1)


def write_deck(election: Election, folder: Path) -> Deck:
    """Write both files, once. Raises `AccuracyError`, `OSError`."""
    deck, expected = make_deck(
        election, random.Random(secrets.randbits(128)), secrets.token_bytes(32)
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_new(folder / SEALED_FILE, to_json(expected))
    write_new(folder / DECK_FILE, to_json(deck), PUBLIC)
    return deck


def open_sealed(folder: Path, told: bytes | None = None) -> Expected:
    """Open what was sealed; it must be what was told beforehand. Raises `AccuracyError`, `OSError`.

    `told`: the hash as somebody wrote it down; the deck's own if None.
    """
    data = read_file(folder / SEALED_FILE, MOST)
    try:
        deck = from_json(Deck, read_file(folder / DECK_FILE, MOST))
        expected = from_json(Expected, data)
    except DecodeError as error:
        raise AccuracyError(
            m("{path} is damaged: {reason}", path=folder, reason=because(error))
        ) from error
    if (
        hashlib.sha256(data).digest() != (told or deck.expected)
        or expected.election != deck.election
    ):
        raise AccuracyError(m("what was sealed is not what was told before the test"))
    return expected


def parse_hash(text: str | None) -> bytes | None:
    """Read a hash as people write it. Raises `AccuracyError`."""
    try:
        found = None if text is None else bytes.fromhex(text)
    except ValueError:
        found = b""
    if found is not None and len(found) != 32:
        raise AccuracyError(m("a sealed hash has 64 hex digits"))
    return found


@dataclass(frozen=True, slots=True)
class _Counted(Excerpt):
    code: str
    total: _Number


@dataclass(frozen=True, slots=True)
class _Contest(Excerpt):
    id: str
    blanks: _Number
    candidates: tuple[_Counted, ...]


@dataclass(frozen=True, slots=True)
class _Result(Excerpt):
    ballots: _Number
    contests: tuple[_Contest, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """What came out: votes by contest and code; blank ballots have the code None."""

    votes: dict[tuple[str, int | None], int]


def read_result(data: bytes) -> Counted:
    """Read the votes of `result.json`. Raises `AccuracyError`."""
    try:
        result = from_input(_Result, read_json(data))
        votes: dict[tuple[str, int | None], int] = {
            (contest.id, int(each.code)): each.total
            for contest in result.contests
            for each in contest.candidates
        }
    except (DecodeError, ValueError) as error:
        raise AccuracyError(m("this is no result.json: {reason}", reason=because(error))) from error
    return Counted(votes | {(contest.id, None): contest.blanks for contest in result.contests})


def compare(expected: Expected, counted: Counted) -> tuple[Message, ...]:
    """Name every number that differs; empty if the count is right. What is missing is zero."""
    found = counted.votes
    wanted = {(each.contest, each.code): each.votes for each in expected.counts}
    return tuple(
        m(
            "contest {contest}, code {code}: {votes} votes, and {expected} were sealed",
            contest=Latin(contest),
            code=Code("—" if code is None else str(code)),
            votes=found.get((contest, code), 0),
            expected=wanted.get((contest, code), 0),
        )
        for contest, code in sorted(wanted.keys() | found.keys(), key=str)
        if found.get((contest, code), 0) != wanted.get((contest, code), 0)
    )
