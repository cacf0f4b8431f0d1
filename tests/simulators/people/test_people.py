"""Fictional persons are plausible, different from each other, and the same for the same seed."""

import io
import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from simulators.names import (
    ZWNJ,
    BilingualName,
    family_names,
    female_names,
    male_names,
    party_names,
)
from simulators.people import Sex, make_people, make_person, national_number, portrait
from simulators.portraits.draw import paint
from simulators.portraits.look import Beard, Clothes, Cover, Glasses, Hair, choose_look

DAY = date(2026, 6, 19)
CANDIDATES = 2294
LETTERS = set("ABCDEFGHIJKLMNOPQRSTUVWXYZ -")


def test_there_are_enough_names_and_all_differ() -> None:
    for names, least in [(male_names(), 150), (female_names(), 150), (family_names(), 300)]:
        assert len(names) >= least
        assert len({name.fa for name in names}) == len(names)
        assert len({name.latin for name in names}) == len(names)
    assert sum(ZWNJ in name.fa for name in family_names()) > 80


@pytest.mark.parametrize("names", [male_names(), female_names(), family_names(), party_names()])
def test_every_name_is_clean_in_both_scripts(names: tuple[BilingualName, ...]) -> None:
    for name in names:
        assert set(name.latin.upper()) <= LETTERS
        assert all(c in (ZWNJ, " ") or "\u0621" <= c <= "\u06cc" for c in name.fa)
        assert not set(name.fa) & set("يك")
        assert name.fa == name.fa.strip(ZWNJ + " ")


def test_nine_lists_have_names() -> None:
    assert len(party_names()) == 9


def test_all_candidates_of_tehran_differ() -> None:
    people = make_people(random.Random(1), CANDIDATES, DAY)
    assert len({p.national_number for p in people}) == CANDIDATES
    assert len({p.name.fa for p in people}) == CANDIDATES
    assert len({p.name.latin for p in people}) == CANDIDATES
    assert people == make_people(random.Random(1), CANDIDATES, DAY)
    women = sum(p.sex is Sex.FEMALE for p in people)
    assert 0.45 < women / CANDIDATES < 0.55


@given(st.integers())
def test_a_national_number_obeys_the_check_rule(seed: int) -> None:
    number = national_number(random.Random(seed))
    digits = [int(digit) for digit in number]
    assert len(digits) == 10
    assert len(set(digits)) > 1
    remainder = sum(digit * (10 - i) for i, digit in enumerate(digits[:9])) % 11
    assert digits[9] == (remainder if remainder < 2 else 11 - remainder)
    assert number.startswith("99")


@given(st.integers(), st.sampled_from([date(2026, 6, 19), date(2028, 2, 29), date(2027, 1, 1)]))
def test_nobody_is_too_young_to_vote(seed: int, on: date) -> None:
    born = make_person(random.Random(seed), on).born
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    assert 18 <= years <= 89


def test_the_sex_can_be_chosen() -> None:
    rng = random.Random(2)
    assert {make_person(rng, DAY, sex=Sex.FEMALE).given for _ in range(50)} <= set(female_names())
    assert {make_person(rng, DAY, sex=Sex.MALE).given for _ in range(50)} <= set(male_names())


def test_portraits_are_small_and_differ_and_stay_the_same() -> None:
    people = make_people(random.Random(3), 60, DAY)
    pictures = [portrait(person) for person in people]
    assert len(set(pictures)) == 60
    assert pictures == [portrait(person) for person in people]
    for data in pictures:
        assert 2_500 < len(data) < 8_000
        picture = Image.open(io.BytesIO(data))
        assert (picture.format, picture.size, picture.mode) == ("JPEG", (180, 240), "RGB")


def test_every_kind_of_look_is_drawn_in_its_own_way() -> None:
    woman, man = (choose_look(random.Random(5), sex, 65) for sex in (Sex.FEMALE, Sex.MALE))
    for looks in (
        [replace(woman, cover=cover) for cover in Cover],
        [replace(man, beard=beard) for beard in Beard],
        [replace(man, hair=hair) for hair in Hair],
        [replace(man, clothes=clothes) for clothes in Clothes],
        [replace(man, glasses=glasses) for glasses in Glasses],
    ):
        assert len({paint(look).tobytes() for look in looks}) == len(looks)


def test_a_person_has_fingers() -> None:
    one, two = make_people(random.Random(4), 2, DAY)
    assert one.finger() == one.finger()
    assert one.finger().features != two.finger().features
