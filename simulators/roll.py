"""Stand-in for the roll: knows the people it was given, by number and birth date, and says yes or no."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from election.persons import RollAnswer
from simulators.people import Person


class ListedRoll:
    """`election.persons.Roll` over a list; `silent` cuts its line."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._known = {(person.national_number, person.born) for person in people}
        self.silent = False
        self.asked = 0

    def compare(self, national_number: str, born: date, done: Callable[[RollAnswer], None]) -> None:
        """Answer as `Roll.compare`, at once."""
        self.asked += 1
        known = (national_number, born) in self._known
        if self.silent:
            done(RollAnswer.SILENT)
        else:
            done(RollAnswer.FITS if known else RollAnswer.DOES_NOT_FIT)
