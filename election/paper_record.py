"""Write and read the code of a paper record: what the paper says, for a scanner.

`AMINP1:`, ten hexadecimal digits of SHA-256 of the election object, `:`, and a field for each contest of the
definition, in its order, joined by `.`:

    P codes    persons, ascending              B zeros    a blank vote
    L code     one list                        N zeros    no part taken, or not entitled

A code has the contest's width; unused places are zeros, so that every code of an election has one length.
Order of marking, ballot style, time and number are not in it, and all symbols are in the alphanumeric set of
ISO/IEC 18004. A text that `record_text` does not write is refused: one vote has one code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from election.definition import Contest, Election, SelectionCode
from election.errors import ElectionError
from election.marks import Marks

PREFIX: Final = "AMINP1:"
LONGEST_RECORD: Final = 1_200
"""Characters: a QR symbol whose modules a printer of 203 dpi still draws large enough to be read."""
_SHORT: Final = 10


class PaperRecordError(ElectionError):
    """A text that is no paper record of this election."""


def settled_marks(election: Election, marks: Sequence[Marks]) -> tuple[Marks, ...]:
    """Return marks as a paper shows them: every contest of the election, codes ascending.

    A contest that the voter may not vote in is as one they take no part in.
    """
    given = {each.contest: each for each in marks}
    return tuple(
        _settled(given.get(contest.id) or Marks(contest.id, skipped=True))
        for contest in election.contests
    )


def record_text(election: Election, marks: Sequence[Marks]) -> str:
    """Write the code of a paper. `marks`: at most one for a contest, all of them settled."""
    settled = settled_marks(election, marks)
    fields = map(_field, election.contests, settled)
    return f"{_head(election)}{'.'.join(fields)}"


def read_record(election: Election, text: str) -> tuple[Marks, ...]:
    """Read the code of a paper: one `Marks` for each contest. Raises `PaperRecordError`."""
    head = _head(election)
    if not text.startswith(head) or len(text) != record_length(election):
        raise PaperRecordError.of("this is no paper record of this election")
    fields = text.removeprefix(head).split(".")
    if len(fields) != len(election.contests):
        raise PaperRecordError.of("this is no paper record of this election")
    marks = tuple(map(_read, election.contests, fields))
    if record_text(election, marks) != text:
        raise PaperRecordError.of("the code of this paper was not written by a terminal")
    return marks


def is_record_of(read: Sequence[Marks], marks: Sequence[Marks]) -> bool:
    """Return whether what was read from a paper is what was marked. `marks`: at most one for a contest."""
    given = {each.contest: each for each in marks}
    return {each.contest for each in read} >= given.keys() and all(
        each == _settled(given.get(each.contest) or Marks(each.contest, skipped=True))
        for each in read
    )


def record_length(election: Election) -> int:
    """Return the length of every code of an election, in characters."""
    fields = sum(1 + contest.max_selections * contest.code_width for contest in election.contests)
    return len(_head(election)) + fields + max(0, len(election.contests) - 1)


# ---------------------------------------------------------------- one contest


def _settled(marks: Marks) -> Marks:
    return Marks(
        marks.contest,
        tuple(sorted(marks.persons)),
        marks.list_code,
        blank=marks.blank,
        skipped=not marks.settled or marks.skipped,
    )


def _field(contest: Contest, marks: Marks) -> str:
    width = contest.max_selections * contest.code_width
    letter, codes = _letter(marks), _codes(marks)
    return letter + "".join(map(contest.format_code, codes)).ljust(width, "0")


def _letter(marks: Marks) -> str:
    if marks.skipped:
        return "N"
    if marks.list_code is not None:
        return "L"
    return "P" if marks.persons else "B"


def _codes(marks: Marks) -> tuple[SelectionCode, ...]:
    return marks.persons if marks.list_code is None else (marks.list_code,)


def _read(contest: Contest, field: str) -> Marks:
    codes = tuple(_places(contest, field[1:]))
    match field[:1], codes:
        case "P", (_, *_) if _are_candidates(contest, codes):
            return Marks(contest.id, codes)
        case "L", (code,) if contest.list_of(code):
            return Marks(contest.id, list_code=code)
        case "B", ():
            return Marks(contest.id, blank=True)
        case "N", ():
            return Marks(contest.id, skipped=True)
        case _:
            raise PaperRecordError.of("a code on this paper is not one of its contest")


def _are_candidates(contest: Contest, codes: Sequence[SelectionCode]) -> bool:
    known = {candidate.code for candidate in contest.candidates}
    return len(codes) == len(set(codes)) and known.issuperset(codes)


def _places(contest: Contest, digits: str) -> Iterator[SelectionCode]:
    if not digits.isascii() or not digits.isdigit():
        raise PaperRecordError.of("a code on this paper is not one of its contest")
    for start in range(0, len(digits), contest.code_width):
        if code := int(digits[start : start + contest.code_width]):
            yield SelectionCode(code)


def _head(election: Election) -> str:
    digest = hashlib.sha256(election.belenios_election).hexdigest()
    return f"{PREFIX}{digest[:_SHORT].upper()}:"
