"""Read votes from a file anybody can write, so that anybody can allocate the seats again.

    votes.csv   code, name_fa, name_en, list, votes          RFC 4180, UTF-8
                12, مریم رضایی, Maryam Rezaei, hope, 1520
    lists.csv   key, name_fa, name_en                        may be left out: lists are called by key

    votes.json  {"seats": 21, "selections": 21, "ballots": 40000, "title": {"fa": "شورا"},
                 "lists": [{"key": "hope", "name": {"fa": "امید", "en": "Hope"}}],
                 "candidates": [{"code": "12", "name": {"fa": "مریم رضایی"}, "list": "hope",
                                 "votes": 1520}]}

`votes` are individual votes and votes of the list together. An empty `list` (null in JSON) is an
independent. `ballots` are valid ballots; they may be left out. Numbers may have Persian digits.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, TypeAlias

from annotated_types import Interval

from crypto.errors import DecodeError
from crypto.strict_json import read_json
from election.because import because
from election.definition import SelectionCode, Text
from election.errors import ManifestError
from election.fields import Pattern
from election.schema import SchemaError, from_input, to_json
from headquarters.candidate_files import (
    MAX_SIZE,
    CandidateKey,
    Name,
    OptionalName,
    parse,
    read_lists,
)
from headquarters.names import is_shown
from headquarters.seats.model import (
    INDEPENDENTS,
    ContestVotesRead,
    Member,
    Votes,
    groups_of,
)
from words.message import Code, m

CONTEST = "votes"
"""The contest's id, where a file has only one and does not name it."""

_TITLE = m("Allocation of seats")
"""Of a file that names no contest."""
MAX_VOTES = 10**12
MAX_SEATS = 1000


@dataclass(frozen=True, slots=True)
class Missing:
    """The numbers that a CSV file does not carry."""

    seats: int
    selections: int
    ballots: int | None = None


def read_votes_csv(
    votes: bytes,
    lists: bytes | None,
    missing: Missing,
    votes_name: str = "votes.csv",
    lists_name: str = "lists.csv",
) -> ContestVotesRead:
    """Read votes.csv, and lists.csv if given. Raises `ManifestError` that names file, line and column."""
    rows = parse(_Row, votes, votes_name)
    if lists is None:
        names = {row.list: Text(row.list, row.list) for row in rows if row.list}
    else:
        names = {slate.key: slate.name for slate in read_lists(lists, lists_name)}
    content = _File(
        missing.seats,
        missing.selections,
        missing.ballots,
        lists=tuple(_List(key, _name(text)) for key, text in names.items()),
        candidates=tuple(
            _Candidate(
                row.code, _Name(row.name_fa, row.name_en), row.list or None, votes=int(row.votes)
            )
            for row in rows
        ),
    )
    return _contest(votes_name, content)


def read_votes_json(
    data: bytes, name: str = "votes.json", ballots: int | None = None
) -> ContestVotesRead:
    """Read votes.json; `ballots` in place of the file's own. Raises `ManifestError` that names the place."""
    try:
        file = from_input(_File, read_json(data, MAX_SIZE))
    except SchemaError as error:
        raise ManifestError(
            m("{name}, {place}: {detail}", name=name, place=error.place, detail=error.problem)
        ) from error
    except DecodeError as error:
        raise ManifestError(m("{name}: {detail}", name=name, detail=because(error))) from error
    if len({slate.key for slate in file.lists}) != len(file.lists):
        raise ManifestError(m("{name}, lists: a key occurs twice", name=name))
    return _contest(name, file if ballots is None else replace(file, ballots=ballots))


def write_votes_json(contest: ContestVotesRead) -> bytes:
    """Write the votes of one contest, as `read_votes_json` takes them; indented, UTF-8."""
    groups = contest.votes.groups
    return to_json(
        _File(
            contest.seats,
            contest.votes.selections,
            contest.votes.ballots,
            _name(contest.title) if isinstance(contest.title, Text) else None,
            tuple(
                _List(group.key, _name(group.name))
                for group in groups
                if group.key != INDEPENDENTS and isinstance(group.name, Text)
            ),
            candidates=tuple(
                _Candidate(
                    contest.format_code(member.code),
                    _name(member.name),
                    None if group.key == INDEPENDENTS else group.key,
                    votes=member.votes,
                )
                for group in groups
                for member in group.members
            ),
        )
    )


def _name(text: Text) -> _Name:
    return _Name(text.fa, text.en)


# ---------------------------------------------------------------- models


_DIGIT = "[0-9۰-۹٠-٩]"
_OptionalKey: TypeAlias = Annotated[str, Pattern("([A-Za-z0-9][A-Za-z0-9._-]{0,31})?")]
_Code: TypeAlias = Annotated[str, Pattern(f"{_DIGIT}{{1,5}}")]
_Seats: TypeAlias = Annotated[int, Interval(ge=1, le=MAX_SEATS)]
_Votes: TypeAlias = Annotated[int, Interval(ge=0, lt=MAX_VOTES)]


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of votes.csv."""

    code: _Code
    name_fa: Name
    name_en: OptionalName
    list: _OptionalKey
    votes: Annotated[str, Pattern(f"{_DIGIT}{{1,12}}")]


@dataclass(frozen=True, slots=True)
class _Name:
    """Written by people, so without spaces around it; English may be left out."""

    fa: Name
    en: OptionalName = ""

    @property
    def text(self) -> Text:
        return Text(self.fa, self.en)


@dataclass(frozen=True, slots=True)
class _List:
    key: CandidateKey
    name: _Name


@dataclass(frozen=True, slots=True)
class _Candidate:
    code: _Code
    name: _Name
    list: CandidateKey | None = None
    votes: _Votes = field(kw_only=True)

    @property
    def member(self) -> Member:
        return Member(SelectionCode(int(self.code)), self.name.text, self.votes)


@dataclass(frozen=True, slots=True)
class _File:
    """The content of votes.json."""

    seats: _Seats
    selections: _Seats | None = None
    ballots: _Votes | None = None
    title: _Name | None = None
    lists: tuple[_List, ...] = ()
    candidates: tuple[_Candidate, ...] = field(kw_only=True)


# ---------------------------------------------------------------- checks


def _contest(name: str, file: _File) -> ContestVotesRead:
    names = {slate.key: slate.name.text for slate in file.lists}
    spelled: dict[str, str] = {}
    for key in names:
        other = spelled.setdefault(key.casefold(), key)
        if other != key:
            raise ManifestError(
                m(
                    "{file}: {key} and {other} are one list in two spellings; write it one way",
                    file=name,
                    key=key,
                    other=other,
                )
            )
        if key.startswith(INDEPENDENTS):
            raise ManifestError(
                m("{file}: a list cannot have the key {key}; leave it empty", file=name, key=key)
            )
    for key, text in [
        *names.items(),
        *((candidate.code, candidate.name.text) for candidate in file.candidates),
    ]:
        if any(not is_shown(letter) for _, said in text.by_language for letter in said):
            raise ManifestError(
                m(
                    "{file}: the name of {key} holds a character that cannot be seen; type it again",
                    file=name,
                    key=key,
                )
            )
    for candidate in file.candidates:
        if file.ballots is not None and candidate.votes > file.ballots:
            raise ManifestError(
                m(
                    "{file}: the candidate {code} has {votes} votes on {ballots} ballots; check both",
                    file=name,
                    code=Code(candidate.code),
                    votes=candidate.votes,
                    ballots=file.ballots,
                )
            )
    unknown = {candidate.list for candidate in file.candidates if candidate.list} - names.keys()
    if unknown:
        raise ManifestError(
            m("{file}: no list has the key {unknown}", file=name, unknown=min(unknown))
        )
    groups = groups_of(
        names.items(), [(candidate.list, candidate.member) for candidate in file.candidates]
    )
    width = max((len(candidate.code) for candidate in file.candidates), default=1)
    votes = Votes(groups, file.ballots, file.selections or file.seats)
    title = _TITLE if file.title is None else file.title.text
    return ContestVotesRead(CONTEST, title, file.seats, votes, width)
