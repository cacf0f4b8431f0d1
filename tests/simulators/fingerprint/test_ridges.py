"""Pictures of fingers: ridges as wide as real ones, ending where the minutiae are."""

import random
from itertools import pairwise

from drivers.fingerprint.iso19794 import Minutia, MinutiaType
from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.ridges import PAPER, PERIOD_PX, draw_finger, pack_nibbles
from simulators.fingerprint.zfm_template import seen

WIDTH, HEIGHT = 256, 288


def crossings(row: bytes) -> int:
    """How many ridges a line crosses."""
    dark = [grey < 140 for grey in row]
    return sum(b and not a for a, b in pairwise(dark))


def test_ridges_have_the_distance_of_real_ones() -> None:
    picture = draw_finger((), 100, WIDTH, HEIGHT)
    column = picture.crop((WIDTH // 2, 54, WIDTH // 2 + 1, 234)).tobytes()
    assert abs(crossings(column) - 180 / PERIOD_PX) <= 2


def test_one_minutia_is_one_ridge_more_on_one_side() -> None:
    ending = Minutia(MinutiaType.ENDING, WIDTH // 2, HEIGHT // 2, 0, 90)
    picture = draw_finger((ending,), 100, WIDTH, HEIGHT)
    left = picture.crop((70, 64, 71, 224)).tobytes()
    right = picture.crop((186, 64, 187, 224)).tobytes()
    plain = draw_finger((), 100, WIDTH, HEIGHT)
    same = crossings(plain.crop((70, 64, 71, 224)).tobytes())
    assert abs(crossings(left) - crossings(right)) == 1
    assert same in {crossings(left), crossings(right)}


def test_nothing_is_drawn_where_no_finger_is() -> None:
    impression = Finger.of(1).impression(random.Random(1), Placement.CLEAN)
    picture = draw_finger(seen(impression), impression.quality, WIDTH, HEIGHT)
    assert set(picture.crop((0, 0, 20, 20)).tobytes()) == {PAPER}


def test_equal_fingers_give_equal_pictures_and_others_others() -> None:
    a = seen(Finger.of(1).impression(random.Random(1), Placement.CLEAN))
    b = seen(Finger.of(2).impression(random.Random(1), Placement.CLEAN))
    first = draw_finger(a, 90, 128, 144).tobytes()
    assert first == draw_finger(a, 90, 128, 144).tobytes()
    assert first != draw_finger(b, 90, 128, 144).tobytes()


def test_two_pixels_go_into_one_byte_the_left_one_high() -> None:
    picture = draw_finger((), 100, WIDTH, HEIGHT)
    packed = pack_nibbles(picture)
    grey = picture.tobytes()
    assert len(packed) == WIDTH * HEIGHT // 2
    assert all(
        byte >> 4 == grey[2 * i] >> 4 and byte & 15 == grey[2 * i + 1] >> 4
        for i, byte in enumerate(packed)
    )
