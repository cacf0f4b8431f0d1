"""Compare the rules by which seats were allocated with those that the register names.

`result.json` beside the index says by which rules its seats follow from the votes; the lot is compared by
`headquarters.lot_check`. They have to be the registered ones, for every contest of the registered
definition and its number of seats.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from election.definition_file import DEFINITION_FILE, PublishedDefinition
from election.errors import ElectionError
from election.files import read_file
from election.reasons import Agreement, PublicationReason, RegisterReason
from election.register import Register, SeatRule
from election.schema import MAX_JSON, SchemaError, from_json
from headquarters.finding import Finding, wrong
from headquarters.result import RESULT_FILE
from headquarters.result_file import MAX_SIZE, NewerResultError, read_votes
from headquarters.seats.model import ContestVotesRead, SeatParameters
from headquarters.seats.readings import Denominator, RemainderSeats
from words.text import Language


def check_seats(register: Register, folder: Path) -> Iterator[Finding]:
    """Yield whether the seats in `result.json` follow from the registered rules; nothing without it.

    What cannot be compared must not pass: a later version is refused, and nothing else of it is said.
    """
    if not (folder / RESULT_FILE).exists():
        return
    try:
        contests = read_votes(read_file(folder / RESULT_FILE, MAX_SIZE))
        definition = from_json(PublishedDefinition, read_file(folder / DEFINITION_FILE, MAX_JSON))
    except NewerResultError:
        yield wrong(PublicationReason.RESULT_NEWER, RESULT_FILE)
        return
    except (OSError, ElectionError, SchemaError):
        yield wrong(RegisterReason.REGISTER_SEATS, RESULT_FILE)
        return
    seats = {contest.id: contest.seats for contest in definition.contests}
    given = [(contest.id, contest.parameters) for contest in contests if contest.parameters]
    if [contest.id for contest in contests] != [
        contest.id for contest in definition.contests
    ] or any(
        parameters != parameters_of(register.seats, seats[name], parameters.seed)
        for name, parameters in given
    ):
        yield wrong(RegisterReason.REGISTER_SEATS, RESULT_FILE)
    elif [_named(contest) for contest in contests] != [
        sorted((int(each.code), each.name.by_language) for each in contest.candidates)
        for contest in definition.contests
    ]:
        yield wrong(RegisterReason.REGISTER_DEFINITION, RESULT_FILE)
    else:
        yield Finding.right(Agreement.RIGHT_SEATS, RESULT_FILE, len(given))


def parameters_of(rule: SeatRule, seats: int, seed: str) -> SeatParameters | None:
    """Return the parameters that a registered rule stands for; None for a word that is no rule."""
    try:
        denominator, remainder = Denominator(rule.denominator), RemainderSeats(rule.remainder)
    except ValueError:
        return None
    given = SeatParameters(seats, seed)
    return replace(given, denominator=denominator, remainder_seats=remainder)


def _named(contest: ContestVotesRead) -> list[tuple[int, tuple[tuple[Language, str], ...]]]:
    members = (member for group in contest.votes.groups for member in group.members)
    return sorted((int(member.code), member.name.by_language) for member in members)
