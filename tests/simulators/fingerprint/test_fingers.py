"""Simulated fingers succeed as often as people's fingers do in the field, and never for another."""

import random

import pytest

from drivers.fingerprint.iso19794 import FingerPosition, Minutia, parse_record
from simulators.fingerprint.fingers import FIELD, RIO_2022, FieldProfile, Finger, Placement
from simulators.fingerprint.matcher import FingerComparison, compare

TRIES = 4


def enrolled(finger: Finger) -> tuple[Minutia, ...]:
    return parse_record(finger.template()).views[0].minutiae


def tries_of(profile: FieldProfile, persons: int) -> list[int]:
    """How many persons matched at the first, second, ... try; last, how many never did."""
    rng = random.Random("field")
    counts = [0] * (TRIES + 1)
    for seed in range(persons):
        finger = Finger.of(seed, profile=profile)
        template = enrolled(finger)
        tries = (compare(finger.impression(rng).minutiae, template).is_match for _ in range(TRIES))
        counts[next((i for i, ok in enumerate(tries) if ok), TRIES)] += 1
    return counts


@pytest.mark.slow
def test_success_by_try_follows_the_field_figures() -> None:
    persons = 1500
    counts = tries_of(FIELD, persons)
    shares = [count / persons for count in counts]
    # 24 279 voters: 17 142, 3 552, 1 352, 628 and 1 605; three standard deviations of 1 500.
    for share, field in zip(shares, [0.706, 0.146, 0.056, 0.026, 0.066], strict=True):
        assert share == pytest.approx(field, abs=3 * (field * (1 - field) / persons) ** 0.5)
    matched = sum(counts[:TRIES])
    mean_tries = sum((i + 1) * count for i, count in enumerate(counts[:TRIES])) / matched
    assert mean_tries == pytest.approx(1.36, abs=0.06)


@pytest.mark.slow
def test_the_harder_population_follows_its_figures() -> None:
    counts = tries_of(RIO_2022, 800)
    matched = sum(counts[:TRIES])
    assert matched / 800 == pytest.approx(0.884, abs=0.04)
    mean_tries = sum((i + 1) * count for i, count in enumerate(counts[:TRIES])) / matched
    assert mean_tries == pytest.approx(1.74, abs=0.12)


@pytest.mark.slow
def test_impostors_do_not_match() -> None:
    rng = random.Random(2)
    fingers = [Finger.of(seed) for seed in range(40)]
    templates = [enrolled(finger) for finger in fingers]
    scores = []
    for i, finger in enumerate(fingers):
        probe = finger.impression(rng, Placement.CLEAN).minutiae
        scores += [compare(probe, t).score for j, t in enumerate(templates) if j != i]
    assert len(scores) == 40 * 39
    assert max(scores) < 0.12


def test_a_clean_placement_always_matches() -> None:
    rng = random.Random(3)
    for seed in range(150):
        finger = Finger.of(seed)
        assert compare(finger.impression(rng, Placement.CLEAN).minutiae, enrolled(finger)).is_match


BAD = [how for how in Placement if how not in (Placement.RIGHT, Placement.CLEAN)]


@pytest.mark.parametrize("how", BAD)
def test_a_bad_placement_seldom_matches(how: Placement) -> None:
    rng = random.Random(4)
    fingers = [Finger.of(seed) for seed in range(60)]
    matches = sum(compare(f.impression(rng, how).minutiae, enrolled(f)).is_match for f in fingers)
    assert matches <= 12


def test_a_finger_is_the_same_every_time_and_every_impression_another() -> None:
    assert Finger.of(5) == Finger.of(5)
    assert Finger.of(5).template() == Finger.of(5).template()
    assert Finger.of(5).features != Finger.of(5, FingerPosition.LEFT_INDEX).features
    assert Finger.of(5).skin is Finger.of(5, FingerPosition.LEFT_INDEX).skin
    rng = random.Random(6)
    assert Finger.of(5).impression(rng) != Finger.of(5).impression(rng)
    assert Finger.of(5).impression(random.Random(7)) == Finger.of(5).impression(random.Random(7))


def test_matching_does_not_depend_on_the_order_of_the_fingers() -> None:
    rng = random.Random(8)
    a = Finger.of(1).impression(rng, Placement.CLEAN).minutiae
    b = Finger.of(1).impression(rng, Placement.CLEAN).minutiae
    assert compare(a, b).score == pytest.approx(compare(b, a).score, abs=0.1)
    assert compare(a, a).score == 1.0


def test_no_minutiae_match_nothing() -> None:
    some = Finger.of(1).impression(random.Random(1), Placement.CLEAN).minutiae
    assert compare((), some) == compare(some, ()) == compare((), ()) == FingerComparison(0, 0.0)
