"""Robot voter in the booth: the touches that cast what they intend."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from election.definition import Contest, SelectionCode
from simulators.cards.piv import PivCard
from simulators.demo.electorate import VisitKind
from simulators.demo.hands import Hands
from simulators.demo.hardware import CardPlace
from simulators.demo.intents import ContestChoice, Intent, SearchWay
from simulators.demo.persona_voter import PersonaVoter
from simulators.demo.personas import Persona
from simulators.local_reader import VirtualCard
from ui.ballot.search import CandidateIndex
from words.folding import fold

REFUSES_PAPER = frozenset({VisitKind.FAILS_FIRST, VisitKind.BLANK})
"""Who finds the first paper record wrong, where the election wants one."""
LETTERS = 5
"""Letters of a name that a searching voter types."""


@dataclass(slots=True)
class Booth:
    """Ballot terminal with a voter, operated by a robot."""

    hands: Hands

    def vote(
        self,
        card: PivCard,
        kind: VisitKind,
        intent: Intent,
        contests: tuple[Contest, ...],
        persona: Persona | None = None,
    ) -> float | None:
        """Vote as one voter; by the mouse, in Persian, unless it is a persona.

        Returns the seconds from the touch of "cast" to "recorded", None if the voter left
        before.
        """
        hands = self.hands
        slot = hands.hardware.slots[CardPlace.TERMINAL]
        slot.insert(card)
        hands.until_flow("Preferences")
        if persona is not None:
            return self._vote_as(persona, kind, intent, contests)
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
        return self._cast(lambda: hands.click("cast"))

    def _cast(self, choose: Callable[[], None]) -> float:
        hands = self.hands
        started = time.monotonic()
        choose()
        hands.until_flow("Recorded")
        took = time.monotonic() - started
        hands.until(lambda view: view.detail != "card-busy", "the receipt on the card")
        hands.hardware.slots[CardPlace.TERMINAL].remove()
        hands.until_flow("Idle")
        return took

    def _vote_as(
        self, persona: Persona, kind: VisitKind, intent: Intent, contests: tuple[Contest, ...]
    ) -> float | None:
        voter = PersonaVoter(self.hands, persona)
        voter.begin(asks_for_help=kind is VisitKind.FAILS_FIRST)
        if kind is VisitKind.LEAVES:
            voter.mark(contests[0], intent.choices[0])
            self.hands.hardware.slots[CardPlace.TERMINAL].remove()
            self.hands.until_flow("Abandoned")
            return None
        voter.mark_all(contests, intent)
        if kind is VisitKind.CHALLENGES:
            voter.challenge()
            voter.mark_all(contests, intent)
        return self._cast(lambda: voter.choose("cast"))

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
                case SearchWay.ONE:
                    hands.click("only-yes")
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
