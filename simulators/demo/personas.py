"""Voters of the day with different hands: a language, a way of input and a temper for each."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum

from election.definition import Language
from simulators.demo.hands import Hands, StuckError
from words.languages import for_voters
from words.text import PERSIAN

STEADY_S = 0.6
"""Between two presses of one key: what comes sooner is a trembling hand (EN 301 549, 5.8)."""
LOOK_S = 0.05
MOVES = 1000
"""Looks or moves after which something is not to be reached."""


class VotingWay(StrEnum):
    """What a voter votes with."""

    TOUCH = "touch"
    KEYPAD = "keypad"
    KEYBOARD = "keyboard"
    ONE_SWITCH = "one switch"
    TWO_SWITCHES = "two switches"
    DARK = "keypad, dark screen"
    """Who hears presses the same keys."""


class Temper(StrEnum):
    """How a voter goes about it; leaving, help and challenges are kinds of visits."""

    QUICK = "quick"
    HESITANT = "hesitant"
    CHANGING = "changing their mind"


@dataclass(frozen=True, slots=True)
class Persona:
    """How one voter votes."""

    language: Language = PERSIAN
    way: VotingWay = VotingWay.TOUCH
    temper: Temper = Temper.QUICK

    @property
    def few_choices(self) -> bool:
        """Whether each choice takes so long that the voter makes few."""
        return self.way in {VotingWay.ONE_SWITCH, VotingWay.TWO_SWITCHES}


def mixture(count: int) -> tuple[Persona, ...]:
    """Return personas for `count` voters: ways, languages and tempers in turn, each with each."""
    languages, ways, tempers = [one.id for one in for_voters()], [*VotingWay], [*Temper]
    return tuple(
        Persona(
            languages[(place + place // len(ways)) % len(languages)],
            ways[place % len(ways)],
            tempers[(place + place // len(ways)) % len(tempers)],
        )
        for place in range(count)
    )


class Fingers(ABC):
    """Hands of one voter at the terminal: `name` is that of a widget, or of a card with its code."""

    by_code = True
    """Whether names are not searched for: there are no letters, or other ones."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands

    def begin(self, language: Language) -> None:
        """Say how and in which language the voter votes."""
        self.choose(f"lang-{language}")

    @abstractmethod
    def choose(self, name: str) -> None:
        """Choose something. Raises `StuckError`."""

    def code(self, digits: str) -> None:
        """Type a code."""
        self.choose("tab-code")
        for digit in digits:
            self.choose(f"digit-{digit}")


class TouchFingers(Fingers):
    """A finger on the screen."""

    def choose(self, name: str) -> None:
        """Touch it."""
        self._hands.touch(name)


class KeyFingers(Fingers):
    """A keypad or keyboard; `dark`: on a dark screen."""

    def __init__(self, hands: Hands, *, dark: bool = False) -> None:
        super().__init__(hands)
        self._dark = dark

    def begin(self, language: Language) -> None:
        """Choose the language by its digit."""
        number = 1 + [one.id for one in for_voters()].index(language)
        self._hands.type_keys(str(number))
        if self._dark:
            self._hands.press("F9")

    def choose(self, name: str) -> None:
        """Go there and select."""
        for _ in range(MOVES):
            if self._hands.where().focus == name:
                self._hands.press("Return")
                time.sleep(STEADY_S)
                return
            self._hands.press("Down")
        raise StuckError(f"{name} is not reached by keys")

    def code(self, digits: str) -> None:
        """Type it: a code needs no tab."""
        self._hands.type_keys(digits)


class SwitchFingers(Fingers):
    """One switch or two of a USB interface."""

    def __init__(self, hands: Hands, *, two: bool) -> None:
        super().__init__(hands)
        self._two = two

    def begin(self, language: Language) -> None:
        """Say which switches there are; with one, how fast to scan."""
        self._press("F11")
        self._press("F12" if self._two else "F11")
        if not self._two:
            for _ in range(2):
                self.choose("pat-faster")
        self.choose("pat-begin")
        self.choose(f"lang-{language}")

    def choose(self, name: str) -> None:
        """Select its row when that is offered, then the same in the row."""
        for _ in range(MOVES):
            now = self._hands.where()
            if not now.ring:
                # The scan rests: a press wakes it, and chooses nothing.
                self._press(self._selecting)
            elif name in now.ring:
                together = self._hands.press_at(self._selecting, name, in_row=now.in_row)
                time.sleep(STEADY_S)
                if together == 1:
                    return
            elif self._two:
                self._press("F11")
            else:
                time.sleep(LOOK_S)
        raise StuckError(f"the scan does not come to {name}")

    @property
    def _selecting(self) -> str:
        return "F12" if self._two else "F11"

    def _press(self, key: str) -> None:
        self._hands.press(key)
        time.sleep(STEADY_S)


def fingers_of(persona: Persona, hands: Hands) -> Fingers:
    """Return the hands of a persona."""
    match persona.way:
        case VotingWay.TOUCH:
            return TouchFingers(hands)
        case VotingWay.KEYPAD | VotingWay.KEYBOARD:
            return KeyFingers(hands)
        case VotingWay.DARK:
            return KeyFingers(hands, dark=True)
        case VotingWay.ONE_SWITCH | VotingWay.TWO_SWITCHES:
            return SwitchFingers(hands, two=persona.way is VotingWay.TWO_SWITCHES)
