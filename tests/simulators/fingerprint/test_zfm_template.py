"""The simulated maker's template: it comes back as it went out, and anything else is refused."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ProtocolError
from drivers.fingerprint.iso19794 import Minutia, MinutiaType
from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.zfm_template import (
    LEVELS,
    MAX_MINUTIAE,
    TEMPLATE_BYTES,
    decode_template,
    encode_template,
    enrolled,
    judge,
    seen,
)

minutiae = st.builds(
    Minutia,
    st.sampled_from(list(MinutiaType)),
    st.integers(0, 255),
    st.integers(0, 287),
    st.integers(0, 255),
    st.integers(0, 100),
)
views = st.lists(st.lists(minutiae, max_size=MAX_MINUTIAE), min_size=1, max_size=2)


def places(view: object) -> set[tuple[int, int, int]]:
    assert isinstance(view, (list, tuple))
    return {(m.x, m.y, m.angle) for m in view}


@given(views)
def test_templates_come_back_as_they_went_out(sent: list[list[Minutia]]) -> None:
    data = encode_template(sent)
    assert len(data) == TEMPLATE_BYTES
    got = decode_template(data)
    assert [places(view) for view in got] == [places(view) for view in sent]
    assert encode_template(got)[:3] == data[:3]


def test_two_full_views_fit_and_of_too_many_minutiae_the_best_are_kept() -> None:
    many = [Minutia(MinutiaType.ENDING, i, i, 0, i) for i in range(100)]
    (a, b) = decode_template(encode_template([many, many]))
    assert a == b
    assert {m.x for m in a} == set(range(100 - MAX_MINUTIAE, 100))


def test_the_number_of_views_is_the_callers_duty() -> None:
    none: list[list[Minutia]] = []
    three: list[list[Minutia]] = [[], [], []]
    for wrong in (none, three):
        with pytest.raises(ValueError, match="views"):
            encode_template(wrong)


@pytest.mark.fuzz
@given(
    st.binary(max_size=600) | st.binary(min_size=504, max_size=504).map(lambda b: b"\x03\x01" + b)
)
def test_bytes_that_are_no_template_are_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_template(data)


@pytest.mark.fuzz
@given(st.integers(0, TEMPLATE_BYTES - 1).filter(lambda at: at != 3), st.integers(1, 255))
def test_a_changed_template_is_refused(at: int, flip: int) -> None:
    data = bytearray(enrolled(Finger.of(1)))
    data[at] ^= flip
    with pytest.raises(ProtocolError):
        decode_template(bytes(data))


def test_stricter_levels_let_fewer_through() -> None:
    rng = random.Random(5)
    accepted = dict.fromkeys(LEVELS, 0)
    for seed in range(40):
        finger = Finger.of(seed)
        template = decode_template(enrolled(finger))
        probe = (seen(finger.impression(rng, Placement.RIGHT)),)
        for level in LEVELS:
            accepted[level] += judge(probe, template, level).fits
    counts = [accepted[level] for level in sorted(LEVELS)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


def test_no_level_lets_impostors_through() -> None:
    rng = random.Random(6)
    fingers = [Finger.of(seed) for seed in range(25)]
    templates = [decode_template(enrolled(finger)) for finger in fingers]
    for i, finger in enumerate(fingers):
        probe = (seen(finger.impression(rng, Placement.CLEAN)),)
        wrong = [judge(probe, t, 3).fits for j, t in enumerate(templates) if j != i]
        assert not any(wrong)
        assert judge(probe, templates[i], 5).fits
