"""Fictional persons: names, national numbers, birth dates, portraits and fingers, all from one seed.

Their national numbers satisfy the check rule, but begin with digits that no registry office uses as
far as is known, so that none is a living person's.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from drivers.fingerprint.iso19794 import FingerPosition
from simulators.fingerprint.fingers import FIELD, FieldProfile, Finger
from simulators.names import BilingualName, family_names, female_names, male_names, party_names
from simulators.portraits.draw import draw_portrait
from simulators.portraits.look import Sex

__all__ = [
    "BilingualName",
    "Person",
    "Sex",
    "make_people",
    "make_person",
    "national_number",
    "party_names",
    "portrait",
]

OFFICE_CODES = range(990, 1000)
"""First three digits of the fictional national numbers."""

AGES = (18, 88, 33)
"""Youngest, oldest and most frequent age in years."""

PHOTO_YEAR = 2026


@dataclass(frozen=True, slots=True)
class Person:
    """Fictional person."""

    national_number: str
    given: BilingualName
    family: BilingualName
    sex: Sex
    born: date
    portrait_seed: int
    finger_seed: int

    @property
    def name(self) -> BilingualName:
        """Given and family name."""
        return BilingualName(
            f"{self.given.fa} {self.family.fa}", f"{self.given.latin} {self.family.latin}"
        )

    def finger(
        self,
        position: FingerPosition = FingerPosition.RIGHT_INDEX,
        profile: FieldProfile = FIELD,
    ) -> Finger:
        """Return one of the person's fingers; always the same one."""
        return Finger.of(self.finger_seed, position, profile)


def make_person(
    rng: random.Random, on: date, *, sex: Sex | None = None, ages: tuple[int, int, int] = AGES
) -> Person:
    """Return a person whose age on `on` is in `ages` (youngest, oldest, most frequent; whole years)."""
    sex = sex or rng.choice((Sex.FEMALE, Sex.MALE))
    youngest, oldest, mode = ages
    age = rng.triangular(youngest, oldest + 1, mode)
    # The youngest age counts in whole years: nobody's birthday may fall after `on`.
    born = min(on - timedelta(days=round(age * 365.2425)), _years_before(on, youngest))
    return Person(
        national_number=national_number(rng),
        given=rng.choice(female_names() if sex is Sex.FEMALE else male_names()),
        family=rng.choice(family_names()),
        sex=sex,
        born=born,
        portrait_seed=rng.getrandbits(32),
        finger_seed=rng.getrandbits(32),
    )


def make_people(
    rng: random.Random, count: int, on: date, *, ages: tuple[int, int, int] = AGES
) -> tuple[Person, ...]:
    """Return persons who differ in national number and in full name, in both scripts."""
    people: list[Person] = []
    taken: set[str] = set()
    while len(people) < count:
        person = make_person(rng, on, ages=ages)
        marks = {person.national_number, person.name.fa, person.name.latin}
        if taken.isdisjoint(marks):
            taken |= marks
            people.append(person)
    return tuple(people)


def national_number(rng: random.Random) -> str:
    """Return a fictional ten-digit national number with a correct check digit."""
    first = f"{rng.choice(OFFICE_CODES)}{rng.randrange(10**6):06}"
    remainder = sum(int(digit) * (10 - i) for i, digit in enumerate(first)) % 11
    number = f"{first}{remainder if remainder < 2 else 11 - remainder}"
    # Ten equal digits are refused everywhere, although their check digit is right.
    return national_number(rng) if len(set(number)) == 1 else number


def portrait(person: Person) -> bytes:
    """Return the person's photo: a drawing, as JPEG of 180 by 240 px; always the same bytes."""
    age = max(18, PHOTO_YEAR - person.born.year)
    return draw_portrait(person.portrait_seed, person.sex, age)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
