"""Hold what a voter has marked in one contest, and apply the rules of marking.

A vote is one list, or up to `max_selections` persons, or an explicit blank, or nothing (the
voter takes no part in this contest). Nothing is ever deselected automatically: an overvote
is impossible because a further mark is refused, and what would take its place is a question to the
voter, not an effect.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from election.definition import BallotForm, Contest, ContestId, SelectionCode


class MarkRefused(StrEnum):
    """The reasons why a mark was not made; shown to the voter."""

    UNKNOWN_CODE = "unknown-code"
    FULL = "full"
    """As many are chosen as may be chosen: take one away first."""
    LIST_CHOSEN = "list-chosen"
    """A list is chosen: it stands for all its members."""
    PERSONS_CHOSEN = "persons-chosen"
    """Persons are chosen: choosing a list would replace them, the voter must say so."""
    OTHER_LIST = "other-list"
    """Another list is chosen: only one can be."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one contest. At most one of `list_code`, `persons`, `blank` is set."""

    contest: ContestId
    persons: tuple[SelectionCode, ...] = ()
    """In the order of marking (it is only shown, never stored)."""
    list_code: SelectionCode | None = None
    blank: bool = False
    """The voter confirmed an empty vote in this contest."""
    skipped: bool = False
    """The voter takes no part in this contest (a private choice, made in the booth)."""

    @property
    def empty(self) -> bool:
        """Whether neither a person nor a list is chosen."""
        return not self.persons and self.list_code is None

    @property
    def settled(self) -> bool:
        """Whether something is chosen, or its absence is confirmed."""
        return not self.empty or self.blank or self.skipped

    def count(self) -> int:
        """Return the number of persons chosen."""
        return len(self.persons)


def toggle(marks: Marks, contest: Contest, code: SelectionCode) -> Marks | MarkRefused:
    """Choose the person or list with this code, or take it away if it is chosen."""
    if marks.list_code == code:
        return replace(marks, list_code=None)
    if code in marks.persons:
        return replace(marks, persons=tuple(c for c in marks.persons if c != code))
    if contest.list_of(code) is not None:
        if marks.persons:
            return MarkRefused.PERSONS_CHOSEN
        if marks.list_code is not None:
            return MarkRefused.OTHER_LIST
        return Marks(contest.id, list_code=code)
    if contest.candidate(code) is None:
        return MarkRefused.UNKNOWN_CODE
    if marks.list_code is not None:
        return MarkRefused.LIST_CHOSEN
    if len(marks.persons) >= contest.max_selections:
        return MarkRefused.FULL
    return Marks(contest.id, persons=(*marks.persons, code))


def replace_by_list(contest: Contest, code: SelectionCode) -> Marks | MarkRefused:
    """Choose a list instead of everything else; only after the voter was asked."""
    if contest.list_of(code) is None:
        return MarkRefused.UNKNOWN_CODE
    return Marks(contest.id, list_code=code)


def exchange(
    marks: Marks, contest: Contest, out: SelectionCode, code: SelectionCode
) -> Marks | MarkRefused:
    """Take `out` away and choose `code`; only after the voter was asked."""
    if out != marks.list_code and out not in marks.persons:
        return MarkRefused.UNKNOWN_CODE
    without = toggle(marks, contest, out)
    return without if isinstance(without, MarkRefused) else toggle(without, contest, code)


def answer_only(contest: Contest, *, yes: bool) -> Marks:
    """Choose the one that stands alone, or cast a blank vote. `ValueError` where several stand."""
    if contest.only is None:
        raise ValueError("several stand in this contest")
    chosen = toggle(Marks(contest.id), contest, contest.only)
    if not yes or isinstance(chosen, MarkRefused):
        return Marks(contest.id, blank=True)
    return chosen


def selection_codes(marks: Marks, contest: Contest) -> tuple[SelectionCode, ...]:
    """Return the codes to encrypt: what is chosen; the blank code for a blank; nothing if skipped."""
    if marks.skipped:
        return ()
    if marks.list_code is not None:
        return (marks.list_code,)
    if marks.persons:
        return marks.persons
    return (contest.blank_code,)


def may_hold_list(contest: Contest) -> bool:
    """Return whether a contest can be voted by list: a slots contest that has lists."""
    return contest.form is BallotForm.SLOTS and bool(contest.lists)
