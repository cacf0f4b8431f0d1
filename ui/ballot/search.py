"""Find candidates of one contest by what a voter types.

Names are compared in their folded form (`words.folding.fold`), so Arabic and Persian letters, marks
and the zero-width non-joiner make no difference. The index is built once per contest and holds
nothing of a voter; one search of 4,096 candidates takes well under a screen's frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from election.definition import PERSIAN, Candidate, CandidateList, Contest, SelectionCode, Text
from words.digits import to_latin_digits
from words.folding import fold, seen_as

CONTESTS: Final = 16
"""Contests whose look-alikes are remembered."""
_KURDISH = re.compile("[ڵڕێۆە]")
_SHORT_VOWEL = re.compile(r"(?<=\w)(?:ە|(?<!و)و(?!و))(?=\w)")
"""e and u inside a word; a long u is written as two letters."""


@dataclass(frozen=True, slots=True)
class _Entry:
    candidate: Candidate
    words: str
    """All names' words, each after a space, so that `" word"` finds a beginning."""
    joined: str
    """The same without spaces: `محمد رضا` and `محمدرضا` are the same name."""


class CandidateIndex:
    """Search in one contest."""

    def __init__(self, contest: Contest) -> None:
        self.contest = contest
        self._entries = tuple(_entry(candidate) for candidate in contest.candidates)
        self._candidates = {c.code: c for c in contest.candidates}
        self._lists = {x.code: x for x in contest.lists}
        # Now, and not at the first choice: with thousands it takes longer than a choice may.
        look_alikes(contest)

    def by_name(self, typed: str) -> tuple[Candidate, ...]:
        """Find by name: first where every typed word begins a word of the name, then where it is anywhere.

        In ballot order within both. Nothing typed: everybody.

        Digits alone are the beginning of a code.
        """
        query = _folded(typed)
        words = query.split()
        if not words:
            return self.contest.candidates
        digits = to_latin_digits("".join(words))
        if digits.isascii() and digits.isdigit():
            return self.by_code(digits)
        start, *starts = [" " + word for word in words]
        joined = "".join(words)
        first: list[Candidate] = []
        then: list[Candidate] = []
        for entry in self._entries:
            # Most people type one word: nothing is built for the others.
            if start in entry.words and all(other in entry.words for other in starts):
                first.append(entry.candidate)
            elif joined in entry.joined:
                then.append(entry.candidate)
        return (*first, *then)

    @staticmethod
    def beginning(
        rows: Iterable[Candidate | CandidateList], typed: str
    ) -> tuple[Candidate | CandidateList, ...]:
        """Return of few rows those of whose name a word begins so, in their order."""
        start = f" {_folded(typed)}"
        return tuple(
            row for row in rows if any(start in f" {_folded(x)}" for _, x in row.name.by_language)
        )

    def by_code(self, digits: str) -> tuple[Candidate, ...]:
        """Whose code, in full width, begins with these Latin digits."""
        width = self.contest.code_width
        return tuple(c for c in self.contest.candidates if f"{c.code:0{width}d}".startswith(digits))

    def find(self, digits: str) -> Candidate | CandidateList | None:
        """Return what a whole code of Latin digits stands for, if anything."""
        if len(digits) != self.contest.code_width or not (digits.isascii() and digits.isdigit()):
            return None
        code = SelectionCode(int(digits))
        return self._candidates.get(code) or self._lists.get(code)

    def candidate(self, code: SelectionCode) -> Candidate | None:
        """Return the candidate with this code, if there is one."""
        return self._candidates.get(code)

    def members(self, of: CandidateList) -> tuple[Candidate, ...]:
        """In the list's own order."""
        return tuple(self._candidates[code] for code in of.members if code in self._candidates)


def _folded(text: str) -> str:
    return fold(text)


def _texts(name: Text) -> list[str]:
    """Persian first: what most people type. Then the same names as others write them."""
    given = [name.fa, *(text for language, text in name.by_language if language != PERSIAN)]
    return given + [other for text in given if (other := _other_spelling(text)) != text]


def _other_spelling(text: str) -> str:
    """Write رئوف as رووف, and a Kurdish name without its short vowels, as Persian does: گوڵاڵە, گلاله."""
    text = text.replace("ئو", "وو")
    return _SHORT_VOWEL.sub("", text) if _KURDISH.search(text) else text


class _This:
    """A contest that is equal to itself alone: comparing thousands of names would cost more than it saves."""

    def __init__(self, contest: Contest) -> None:
        self.contest = contest

    def __hash__(self) -> int:
        return id(self.contest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _This) and self.contest is other.contest


def look_alikes(contest: Contest) -> frozenset[SelectionCode]:
    """Return the codes of those whose names, in some language, could be taken for another's of the contest.

    Their names stand beside their codes everywhere, also where nobody else is.
    """
    return _look_alikes(_This(contest))


@lru_cache(maxsize=CONTESTS)
def _look_alikes(this: _This) -> frozenset[SelectionCode]:
    seen: dict[tuple[str, str], list[SelectionCode]] = {}
    standing: tuple[Candidate | CandidateList, ...] = (
        *this.contest.candidates,
        *this.contest.lists,
    )
    for one in standing:
        for language, text in one.name.by_language:
            seen.setdefault((language, seen_as(text)), []).append(one.code)
    return frozenset(code for codes in seen.values() if len(codes) > 1 for code in codes)


def _entry(candidate: Candidate) -> _Entry:
    words = " ".join(_folded(text) for text in _texts(candidate.name)).split()
    return _Entry(candidate, "".join(" " + word for word in words), "".join(words))
