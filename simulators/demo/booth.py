"""Robot voter in the booth: the vote they intend and the touches that cast it."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from election.definition import Contest, ContestId, Election, SelectionCode
from simulators.cards.piv import PivCard
from simulators.demo.electorate import EXPERTS, VisitKind, Visitor
from simulators.demo.hands import Hands
from simulators.demo.hardware import CardPlace
from simulators.local_reader import VirtualCard
from ui.ballot.search import CandidateIndex
from words.folding import fold

REFUSES_PAPER = frozenset({VisitKind.FAILS_FIRST, VisitKind.BLANK})
"""Who finds the first paper record wrong, where the election wants one."""
LETTERS = 5
"""Letters of a name that a searching voter types."""


class SearchWay(Enum):
    """Way a voter finds candidates."""

    CODE = "code"
    NAME = "name"
    LIST = "list"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ContestChoice:
    """Intended vote in one contest: a list, persons, a blank vote (neither), or no part in it."""

    contest: ContestId
    list_code: SelectionCode | None = None
    persons: tuple[SelectionCode, ...] = ()
    takes_part: bool = True
    way: SearchWay = SearchWay.CODE

    @property
    def blank(self) -> bool:
        """True for a blank vote, which takes part but chooses nothing."""
        return self.takes_part and self.list_code is None and not self.persons


@dataclass(frozen=True, slots=True)
class Intent:
    """Intended ballot, kept by the driver of the demo alone to be compared with the tally."""

    choices: tuple[ContestChoice, ...]


@dataclass(slots=True)
class Meant:
    """Totals that all cast ballots together should come to."""

    lists: Counter[tuple[ContestId, SelectionCode]]
    persons: Counter[tuple[ContestId, SelectionCode]]
    blanks: Counter[ContestId]

    @classmethod
    def of(cls, intents: Iterable[Intent]) -> Meant:
        """Return the totals of these intended ballots."""
        meant = cls(Counter(), Counter(), Counter())
        for intent in intents:
            for choice in intent.choices:
                meant.persons.update((choice.contest, code) for code in choice.persons)
                if choice.list_code is not None:
                    meant.lists[choice.contest, choice.list_code] += 1
                if choice.blank:
                    meant.blanks[choice.contest] += 1
        return meant


def contests_of(visitor: Visitor, election: Election) -> tuple[Contest, ...]:
    """Return the contests of the visitor's ballot style."""
    style = election.style_for(visitor.residence)
    return tuple(c for c in election.contests if style and c.id in style.contests)


def make_intent(rng: random.Random, kind: VisitKind, contests: tuple[Contest, ...]) -> Intent:
    """Return the vote a visitor of this kind intends in the contests of their ballot style."""
    return Intent(tuple(_choice(rng, kind, contest) for contest in contests))


def _choice(rng: random.Random, kind: VisitKind, contest: Contest) -> ContestChoice:
    if kind is VisitKind.BLANK:
        return ContestChoice(contest.id)
    if contest.id == EXPERTS:
        if rng.random() < 0.2:
            return ContestChoice(contest.id, takes_part=False)
        return ContestChoice(
            contest.id, persons=(rng.choice(contest.candidates).code,), way=SearchWay.ALL
        )
    if rng.random() < 0.5:
        return ContestChoice(contest.id, rng.choice(contest.lists).code, way=SearchWay.LIST)
    count = rng.choice((1, 3, 5, 8, contest.max_selections))
    # A few well-known persons get most votes, as in life; then names from all over the book.
    known = [c.code for c in contest.candidates[:80]]
    anyone = [c.code for c in contest.candidates[80:]]
    persons = rng.sample(known, (count + 1) // 2) + rng.sample(anyone, count // 2)
    way = SearchWay.NAME if count <= 3 else SearchWay.CODE
    return ContestChoice(contest.id, persons=tuple(persons), way=way)


@dataclass(slots=True)
class Booth:
    """Ballot terminal with a voter, operated by a robot."""

    hands: Hands

    def vote(
        self, card: PivCard, kind: VisitKind, intent: Intent, contests: tuple[Contest, ...]
    ) -> float | None:
        """Vote as one voter.

        Returns the seconds from the touch of "cast" to "recorded", None if the voter left
        before.
        """
        hands = self.hands
        slot = hands.hardware.slots[CardPlace.TERMINAL]
        slot.insert(card)
        hands.until_flow("Preferences")
        if kind is VisitKind.FAILS_FIRST:
            hands.click("help")
            hands.until_flow("Helping")
            hands.click("still-here")
            hands.until_flow("Preferences")
        hands.click("begin")
        if hands.until_flow("Marking", "ProvisionalNotice").flow == "ProvisionalNotice":
            hands.click("begin")
        if kind is VisitKind.LEAVES:
            hands.until_flow("Marking")
            self._mark(contests[0], intent.choices[0])
            slot.remove()
            hands.until_flow("Abandoned")
            return None
        self._mark_all(contests, intent)
        self._review(refuses=kind in REFUSES_PAPER)
        if kind is VisitKind.CHALLENGES:
            hands.click("challenge")
            hands.until_flow("Challenged")
            hands.click("begin")
            self._mark_all(contests, intent)
            self._review()
        started = time.monotonic()
        hands.click("cast")
        hands.until_flow("Recorded")
        took = time.monotonic() - started
        hands.until(lambda view: view.detail != "card-busy", "the receipt on the card")
        slot.remove()
        hands.until_flow("Idle")
        return took

    def is_refused(self, card: VirtualCard) -> str:
        """Insert a card that opens no ballot and return the reason's name."""
        slot = self.hands.hardware.slots[CardPlace.TERMINAL]
        slot.insert(card)
        view = self.hands.until_flow("Refused")
        slot.remove()
        self.hands.until_flow("Idle", "Closed")
        return view.detail

    def _mark_all(self, contests: tuple[Contest, ...], intent: Intent) -> None:
        for contest, choice in zip(contests, intent.choices, strict=True):
            self.hands.until_flow("Marking")
            self._mark(contest, choice)
            self._go_on(choice)

    def _review(self, *, refuses: bool = False) -> None:
        """Agree with the review and, where there is one, with the paper, or first `refuses` it."""
        hands = self.hands
        hands.until_flow("Review")
        hands.click("accept")
        if hands.until_flow("CastOrChallenge", "Comparing").flow == "CastOrChallenge":
            return
        if refuses:
            hands.click("paper-wrong")
            hands.until_flow("PaperVoid")
            hands.click("begin")
            hands.until_flow("Marking")
            hands.click("next")
            self._review()
            return
        hands.click("paper-right")
        hands.until_flow("CastOrChallenge")

    def _mark(self, contest: Contest, choice: ContestChoice) -> None:
        hands = self.hands
        if choice.list_code is not None:
            hands.click("tab-list")
            hands.row("lists", choice.list_code)
            hands.picture(hands.until_name("choose-list"), "list")
            hands.click("choose-list")
            return
        index = CandidateIndex(contest) if choice.way is SearchWay.NAME else None
        for number, code in enumerate(choice.persons):
            match choice.way:
                case SearchWay.CODE:
                    hands.click("tab-code")
                    for digit in contest.format_code(code):
                        hands.click(f"digit-{digit}")
                    hands.picture(hands.until_name("confirm-yes"), "code")
                    hands.click("confirm-yes")
                case SearchWay.NAME if index is not None:
                    self._by_name(contest, index, code)
                case _:
                    hands.click_if_there("tab-all")
                    hands.row("candidates", code)
            if number == 0:
                hands.picture(hands.look(), f"{contest.id}-{choice.way.value}")

    def _by_name(self, contest: Contest, index: CandidateIndex, code: SelectionCode) -> None:
        candidate = contest.candidate(code)
        if candidate is None:
            raise LookupError(code)
        hands = self.hands
        hands.click("tab-name")
        hands.click_if_there("keyboard-show")
        hands.click_if_there("search-clear")
        typed = ""
        for letter in fold(candidate.name.fa):
            if len(typed) >= LETTERS and len(index.by_name(typed)) <= LETTERS:
                break
            hands.click("key-space" if letter == " " else f"key-{letter}")
            typed += letter
        hands.picture(hands.look(), "name")
        hands.row("candidates", code)

    def _go_on(self, choice: ContestChoice) -> None:
        hands = self.hands
        if not choice.takes_part:
            hands.click("skip")
            hands.click_if_there("confirm-yes")
            return
        hands.click("next")
        if choice.blank:
            hands.picture(hands.until_name("confirm-yes"), "blank")
            hands.click("confirm-yes")
