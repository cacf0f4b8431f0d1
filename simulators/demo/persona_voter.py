"""A voter of the day with their own hands: what is meant, act by act, at the real window."""

from __future__ import annotations

from election.definition import Contest
from simulators.demo.hands import Hands
from simulators.demo.intents import ContestChoice, Intent
from simulators.demo.personas import Persona, Temper, fingers_of


class PersonaVoter:
    """One persona in the booth. All methods raise `StuckError` if the screen does not follow."""

    def __init__(self, hands: Hands, persona: Persona) -> None:
        self._hands, self._persona = hands, persona
        self._fingers = fingers_of(persona, hands)

    def choose(self, name: str) -> None:
        """Choose something on the screen."""
        self._fingers.choose(name)

    def begin(self, *, asks_for_help: bool) -> None:
        """Choose how to vote, ask for help if that is wanted, and begin."""
        self._fingers.begin(self._persona.language)
        if asks_for_help:
            self.choose("help")
            self._hands.until_flow("Helping")
            self.choose("still-here")
            self._hands.until_flow("Preferences")
        self.choose("begin")
        self._hands.until_flow("Marking")

    def mark_all(self, contests: tuple[Contest, ...], intent: Intent) -> None:
        """Mark every contest, look at the review and have the ballot sealed."""
        for contest, choice in zip(contests, intent.choices, strict=True):
            self._hands.until_flow("Marking")
            if self._persona.temper is Temper.HESITANT:
                self._hesitate()
            self.mark(contest, choice)
            self._go_on(choice)
        self._review()
        if self._persona.temper is not Temper.QUICK:
            self.choose("back")
            self._review()

    def mark(self, contest: Contest, choice: ContestChoice) -> None:
        """Mark one contest by codes; who changes their mind begins with somebody else."""
        codes = choice.persons if choice.list_code is None else (choice.list_code,)
        if self._persona.temper is Temper.CHANGING:
            other = next(one.code for one in contest.candidates if one.code not in codes)
            self._code(contest.format_code(other))
            self.choose(f"tray-{other}")
        for code in codes:
            self._code(contest.format_code(code))

    def challenge(self) -> None:
        """Have the sealed ballot opened, and begin anew."""
        self.choose("challenge")
        self._hands.until_flow("Challenged")
        self.choose("begin")

    def _code(self, digits: str) -> None:
        self._fingers.code(digits)
        self._hands.until_name("confirm-yes")
        self.choose("confirm-yes")

    def _hesitate(self) -> None:
        self.choose("settings")
        self._hands.until_name("settings-close")
        self.choose("settings-close")

    def _review(self) -> None:
        self._hands.until_flow("Review")
        self.choose("accept")
        self._hands.until_flow("CastOrChallenge")

    def _go_on(self, choice: ContestChoice) -> None:
        if not choice.takes_part:
            self.choose("skip")
            return
        self.choose("next")
        if choice.blank:
            self._hands.until_name("confirm-yes")
            self.choose("confirm-yes")
