"""Assign codes to the people and lists who stand, and make a contest of them.

Codes have one fixed width, and persons and lists share one code space without overlap:

    0                           the empty slot, never given
    1 … 10^(w−1) − 1            lists, in the given order (0001, 0002, …)
    10^(w−1) … last − 1         persons, in the given order (1000, 1001, …)
    last = min(10^w − 1, 65535) the blank vote

so that a list's code begins with 0 and a person's never does. The width w is the smallest that
has room, or a given larger one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from election.definition import (
    BallotForm,
    Candidate,
    CandidateList,
    Contest,
    ContestId,
    SelectionCode,
    Text,
)
from election.errors import ManifestError
from headquarters.names import alike, name_problem
from words.message import Bytes, Code, Message, m

LARGEST_CODE = 0xFFFF
MOST_CANDIDATES = 4096
MOST_CHOICES = 200
"""Candidates of a choice contest: proof and ballot grow with each."""
LARGEST_PORTRAIT = 128 * 1024
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class NewCandidate:
    """A person who stands, before there is a code."""

    key: str
    """Registration number: one person has one. Not published."""
    name: Text
    list_key: str | None
    """None for an independent."""
    woman: bool
    portrait: bytes
    """JPEG."""


@dataclass(frozen=True, slots=True)
class NewList:
    """A list that stands, before there is a code; `key` is what its candidates name."""

    key: str
    name: Text


@dataclass(frozen=True, slots=True)
class ContestRules:
    """The rules of a contest, known before anybody stands."""

    id: ContestId
    title: Text
    seats: Annotated[int, Interval(ge=1, le=1000)]
    max_selections: Annotated[int, Interval(ge=1, le=200)]
    form: BallotForm
    code_width: Annotated[int, Interval(ge=2, le=5)] | None = None
    """None: as narrow as possible."""


@dataclass(frozen=True, slots=True)
class Slate:
    """A contest with its candidates, and the portraits by SHA-256 (hex)."""

    contest: Contest
    portraits: Mapping[str, bytes]

    def told(self) -> Iterator[Message]:
        """Say how codes are given."""
        found = self.contest
        first, last = (found.format_code(found.candidates[place].code) for place in (0, -1))
        yield m(
            "{count} candidates with the codes {first} to {last}",
            count=len(found.candidates),
            first=Code(first),
            last=Code(last),
        )
        for each in found.lists:
            yield m(
                "list {code}: {name}, {count}",
                code=Code(found.format_code(each.code)),
                name=each.name,
                count=len(each.members),
            )
        yield m("blank: {code}", code=Code(found.format_code(found.blank_code)))


def make_slate(
    rules: ContestRules, candidates: Sequence[NewCandidate], lists: Sequence[NewList] = ()
) -> Slate:
    """Give codes and check the rules of standing. Raises `ManifestError` that names who or what."""
    _check_rules(rules)
    _check_lists(rules, candidates, lists)
    _check_candidates(rules, candidates)
    width = _width(rules, len(candidates), len(lists))
    first_person = 10 ** (width - 1)
    list_codes = {slate.key: SelectionCode(code) for code, slate in enumerate(lists, 1)}
    digests = [hashlib.sha256(candidate.portrait).hexdigest() for candidate in candidates]
    persons = tuple(
        Candidate(
            SelectionCode(first_person + place),
            pair.name,
            None if pair.list_key is None else list_codes[pair.list_key],
            digest,
            pair.woman,
        )
        for place, (pair, digest) in enumerate(zip(candidates, digests, strict=True))
    )
    coded_lists = tuple(
        CandidateList(
            list_codes[slate.key],
            slate.name,
            tuple(p.code for p in persons if p.list_code == list_codes[slate.key]),
        )
        for slate in lists
    )
    contest = Contest(
        rules.id,
        rules.title,
        rules.seats,
        rules.max_selections,
        rules.form,
        width,
        blank_code(width),
        persons,
        coded_lists,
    )
    portraits = {
        digest: candidate.portrait for digest, candidate in zip(digests, candidates, strict=True)
    }
    return Slate(contest, portraits)


def blank_code(width: int) -> SelectionCode:
    """Return the code of a blank vote in a contest with codes of this width (digits)."""
    return SelectionCode(min(10**width - 1, LARGEST_CODE))


def _check_rules(rules: ContestRules) -> None:
    if not 1 <= rules.max_selections <= MOST_CHOICES or rules.seats < 1:
        raise ManifestError.of("contest {id}: seats and selections are at least 1", id=rules.id)
    if rules.max_selections > rules.seats:
        raise ManifestError.of("contest {id}: more selections than seats", id=rules.id)


def _check_lists(
    rules: ContestRules, candidates: Sequence[NewCandidate], lists: Sequence[NewList]
) -> None:
    if rules.form is BallotForm.CHOICE and lists:
        raise ManifestError.of("contest {id}: lists need a contest with slots", id=rules.id)
    if twice := _twice([slate.key for slate in lists]):
        raise ManifestError.of(
            "contest {id}: the list '{twice}' is there twice", id=rules.id, twice=twice
        )
    for language in sorted({language for slate in lists for language, _ in slate.name.by_language}):
        names = [slate.name.in_(language) for slate in lists]
        for one, other, *_ in alike(names):
            raise ManifestError.of(
                "contest {id}: the lists '{one}' and '{other}' have names that look the same on "
                "the ballot: “{name}” and “{also}”; give one of them another name",
                id=rules.id,
                one=lists[one].key,
                other=lists[other].key,
                name=names[one],
                also=names[other],
            )
    members = Counter(
        candidate.list_key for candidate in candidates if candidate.list_key is not None
    )
    for slate in lists:
        _check_name(rules, slate.key, slate.name)
        if not 1 <= members[slate.key] <= rules.seats:
            raise ManifestError.of(
                "contest {id}: the list '{key}' has {members} members, a list has 1 to {seats}",
                id=rules.id,
                key=slate.key,
                members=members[slate.key],
                seats=rules.seats,
            )
    if unknown := sorted(set(members) - {slate.key for slate in lists}):
        raise ManifestError.of(
            "contest {id}: there is no list '{unknown}'", id=rules.id, unknown=unknown[0]
        )


def _check_candidates(rules: ContestRules, candidates: Sequence[NewCandidate]) -> None:
    most = MOST_CANDIDATES if rules.form is BallotForm.SLOTS else MOST_CHOICES
    if not rules.max_selections <= len(candidates) <= most:
        raise ManifestError.of(
            "contest {id}: {count} candidates, it takes {least} to {most}",
            id=rules.id,
            count=len(candidates),
            least=rules.max_selections,
            most=most,
        )
    if twice := _twice([candidate.key for candidate in candidates]):
        raise ManifestError.of(
            "contest {id}: the person '{twice}' stands twice; a person is on one list at most",
            id=rules.id,
            twice=twice,
        )
    for candidate in candidates:
        _check_name(rules, candidate.key, candidate.name)
        if not candidate.portrait.startswith(_JPEG) or len(candidate.portrait) > LARGEST_PORTRAIT:
            raise ManifestError.of(
                "contest {id}: the portrait of '{key}' is no JPEG of at most {most}",
                id=rules.id,
                key=candidate.key,
                most=Bytes(LARGEST_PORTRAIT),
            )


def _check_name(rules: ContestRules, key: str, name: Text) -> None:
    if not name.fa.strip():
        raise ManifestError.of("contest {id}: '{key}' has no Persian name", id=rules.id, key=key)
    for _, text in name.by_language:
        if (problem := name_problem(text)) is not None:
            raise ManifestError.of(
                "contest {id}, the name of '{key}': {problem}",
                id=rules.id,
                key=key,
                problem=problem,
            )


def _width(rules: ContestRules, persons: int, lists: int) -> int:
    needed = next(
        (
            width
            for width in range(2, 6)
            if lists < 10 ** (width - 1) and persons <= blank_code(width) - 10 ** (width - 1)
        ),
        None,
    )
    wanted = rules.code_width or needed
    if needed is None or wanted is None or not needed <= wanted <= 5:
        raise ManifestError.of(
            "contest {id}: {persons} persons and {lists} lists do not fit codes of {width} digits",
            id=rules.id,
            persons=persons,
            lists=lists,
            width=wanted or 5,
        )
    return wanted


def _twice(keys: Sequence[str]) -> str | None:
    """Return a key that is there twice; small letters and capitals are the same."""
    seen: set[str] = set()
    for key in keys:
        if key.casefold() in seen:
            return key
        seen.add(key.casefold())
    return None
