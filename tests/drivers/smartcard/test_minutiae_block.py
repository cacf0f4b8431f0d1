"""Finger minutiae of ISO/IEC 39794-2, wherever a family of cards keeps its numbers."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import DriverError, ProfileError
from drivers.fingerprint import iso19794
from drivers.fingerprint.iso19794 import (
    FingerPosition,
    FingerRecord,
    FingerView,
    Minutia,
    MinutiaType,
)
from drivers.smartcard import lds, tlv
from drivers.smartcard.emrtd import build_identity
from drivers.smartcard.minutiae_block import MinutiaeLayout, Place, as_of_2005
from drivers.smartcard.profile import load_profile, parse_profile, profile_text
from simulators.fingerprint.fingers import Finger
from simulators.fingerprint.matcher import compare
from tests.cases.documents.kit import GROUPS, NOW

TEXT = profile_text("standard")
AT = TEXT.index("# [minutiae]")
EXAMPLE = "\n".join(line.removeprefix("# ") for line in TEXT[AT:].splitlines())
PROFILE = parse_profile(TEXT[:AT] + EXAMPLE)
assert PROFILE.minutiae is not None
LAYOUT = PROFILE.minutiae
VERSION = tlv.encode(0xA0, tlv.encode(0x80, b"\3"), tlv.encode(0x81, b"\x07\xe7"))


def number(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


def placed(values: dict[tuple[int, ...], bytes]) -> bytes:
    """Put values where their tags lead, in the order of the tags."""
    parts = []
    for tag in sorted({place[0] for place in values}):
        below = {place[1:]: value for place, value in values.items() if place[0] == tag}
        inside = below[()] if () in below else placed(below)
        parts.append(tlv.encode(tag, inside))
    return b"".join(parts)


def numbers(pairs: list[tuple[Place, int]]) -> dict[tuple[int, ...], bytes]:
    return {place: number(value) for place, value in pairs if isinstance(place, tuple) and place}


def block(record: FingerRecord, layout: MinutiaeLayout = LAYOUT, extra: bytes = b"") -> bytes:
    """Return a record's fingers as one data object `62`; `extra` stands in each part of it."""
    kinds = {MinutiaType.ENDING: layout.ending, MinutiaType.BIFURCATION: layout.bifurcation}
    fingers = b""
    for view in record.views:
        row = b"".join(
            tlv.encode(
                0x30,
                placed(
                    numbers(
                        [
                            (layout.x, m.x),
                            (layout.y, m.y),
                            (layout.angle, m.angle),
                            (layout.kind, kinds.get(m.type, 99)),
                            (layout.quality, m.quality),
                        ]
                    )
                ),
                extra,
            )
            for m in view.minutiae
        )
        about = numbers(
            [
                (layout.position, view.position),
                (layout.width, record.width),
                (layout.height, record.height),
                (layout.x_rate, record.x_per_cm),
                (layout.y_rate, record.y_per_cm),
            ]
        )
        fingers += tlv.encode(0x30, placed({**about, layout.minutiae: row}), extra)
    return tlv.encode(0x62, VERSION, tlv.encode(0xA1, fingers), extra)


def group_13(data: bytes) -> bytes:
    header = tlv.encode(0xA1, b"\x81\x01\x08\x82\x01\x09\x87\x02\x01\x01\x88\x02\x00\x01")
    template = tlv.encode(0x7F60, header, tlv.encode(0x7F2E, tlv.encode(0xA1, data)))
    return tlv.encode(0x6D, tlv.encode(0x7F61, b"\x02\x01\x01", template))


MINUTIA = st.builds(
    Minutia,
    st.sampled_from(MinutiaType),
    st.integers(0, 299),
    st.integers(0, 399),
    st.integers(0, 255),
    st.integers(0, 100),
)
VIEW = st.builds(
    FingerView,
    st.sampled_from(FingerPosition),
    st.just(0),
    st.lists(MINUTIA, min_size=1, max_size=12).map(tuple),
)
RECORD = st.builds(
    lambda views, x, y: FingerRecord(300, 400, tuple(views), x, y),
    st.lists(VIEW, min_size=1, max_size=3),
    st.integers(50, 500),
    st.integers(50, 500),
)
TAGS = st.permutations(range(0x80, 0x90))


@st.composite
def layouts(draw: st.DrawFn) -> MinutiaeLayout:
    """Any tags at any depth, each of its own."""
    above, below = draw(TAGS), draw(TAGS)
    deep = draw(st.lists(st.booleans(), min_size=10, max_size=10))
    place = [
        ((each | 0x20, draw(st.integers(0x80, 0x8F))) if nested else (each,))
        for each, nested in zip([*above[:5], *below[:5]], deep, strict=True)
    ]
    position, width, height, x_rate, y_rate, x, y, angle, kind, quality = place
    return MinutiaeLayout(
        position, width, height, x_rate, y_rate,
        (above[5] | 0x20,) if draw(st.booleans()) else (above[5] | 0x20, 0xA3),
        x, y, angle, kind, quality,
        is_per_inch=False, turn=256,
        ending=draw(st.integers(0, 4)), bifurcation=draw(st.integers(5, 9)),
    )  # fmt: skip


@settings(max_examples=60)
@given(
    record=RECORD, layout=layouts(), extra=st.sampled_from([b"", b"\x9e\x00", b"\xbe\x02\x80\x00"])
)
def test_any_fingers_in_any_layout(
    record: FingerRecord, layout: MinutiaeLayout, extra: bytes
) -> None:
    """Each becomes a record of 2005 with the same minutiae; elements that nobody asks for are skipped."""
    found = [iso19794.parse_record(one) for one in as_of_2005(block(record, layout, extra), layout)]
    assert found == [replace(record, views=(view,)) for view in record.views]


READ = replace(LAYOUT, x_rate=(0x8A,), y_rate=(0x8B,), is_per_inch=False)
"""With resolutions that the card tells."""


def test_a_finger_of_the_card_is_compared() -> None:
    """From the group by the profile's table to the record that a module takes."""
    one, other = Finger.of(1), Finger.of(2)
    enrolled = replace(iso19794.parse_record(one.template()))
    groups = {**GROUPS, 13: group_13(block(enrolled, READ))}
    profile = replace(PROFILE, minutiae=READ)
    (finger,) = build_identity(b"", groups, profile, NOW.date()).fingers
    assert finger.subtype == 9
    found = iso19794.parse_record(finger.record)
    assert found.views[0].minutiae == enrolled.views[0].minutiae
    for live, matches in ((one, True), (other, False)):
        (view,) = iso19794.parse_record(live.template()).views
        assert compare(view.minutiae, found.views[0].minutiae).is_match == matches


@pytest.mark.parametrize("turn", [8, 64, 180, 256, 360, 65_535])
def test_steps_of_a_turn(turn: int) -> None:
    """The nearest of 256; a whole turn is none."""
    layout = replace(READ, turn=turn)
    for angle in {0, 1, turn // 2, turn - 1}:
        record = FingerRecord(9, 9, (FingerView(FingerPosition.UNKNOWN, 0, (_minutia(angle),)),))
        (found,) = as_of_2005(block(record, layout), layout)
        (told,) = iso19794.parse_record(found).views[0].minutiae
        assert abs(told.angle * turn - angle * 256) <= turn / 2 or told.angle == 0
    record = FingerRecord(9, 9, (FingerView(FingerPosition.UNKNOWN, 0, (_minutia(turn),)),))
    with pytest.raises(DriverError, match="more than a turn"):
        as_of_2005(block(record, layout), layout)


def _minutia(angle: int) -> Minutia:
    return Minutia(MinutiaType.ENDING, 1, 2, angle)


def test_a_resolution_in_inches_that_all_cards_share() -> None:
    record = iso19794.parse_record(Finger.of(1).template())
    (found,) = as_of_2005(block(record), LAYOUT)
    assert iso19794.parse_record(found).x_per_cm == iso19794.DPI_500


def test_without_the_table_it_is_refused_by_its_name() -> None:
    record = iso19794.parse_record(Finger.of(1).template())
    groups = {**GROUPS, 13: group_13(block(record))}
    with pytest.raises(DriverError, match="39794-2 are not read"):
        build_identity(b"", groups, load_profile(), NOW.date())


@pytest.mark.parametrize("tag", [0x64, 0x65, 0x6F])
def test_other_parts_stay_refused(tag: int) -> None:
    with pytest.raises(DriverError, match="39794"):
        lds.parse_finger_group(group_13(tlv.encode(tag, VERSION)), 13, LAYOUT)


@given(at=st.integers(0), byte=st.integers(0, 255), cut=st.booleans())
def test_damage_is_refused_or_another_finger(at: int, byte: int, cut: bool) -> None:
    record = iso19794.parse_record(Finger.of(1).template())
    data = bytearray(block(record))
    at %= len(data)
    data[at] = byte
    with contextlib.suppress(DriverError):
        for found in as_of_2005(bytes(data[:at] if cut else data), LAYOUT):
            iso19794.parse_record(found)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('x = "80"', 'x = "80/"', "minutiae.x is a row of tags"),
        ('x = "80"', 'x = "00"', "minutiae.x is a row of tags"),
        ('x = "80"', 'x = "80818283"', "minutiae.x is a row of tags"),
        ("x_rate = 500", "x_rate = -1", "minutiae.x_rate is a number"),
        ("turn = 256", "turn = 0", "minutiae.turn is a number"),
        ('minutiae = "A5"', 'minutiae = ""', "names no place"),
        ('rate_per = "inch"', 'rate_per = "mile"', "minutiae.rate_per"),
        ('quality = "84"', "", "minutiae.quality is missing"),
        ('quality = "84"', 'quality = "84"\nridges = "85"', "unknown key minutiae.ridges"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_by_its_key(old: str, new: str, told: str) -> None:
    assert old in EXAMPLE
    with pytest.raises(ProfileError, match=told):
        parse_profile(TEXT[:AT] + EXAMPLE.replace(old, new, 1))


def test_the_table_is_for_templates_in_a_group() -> None:
    text = (TEXT[:AT] + EXAMPLE).replace('"group:13"\n', '"none"\n')
    with pytest.raises(ProfileError, match="for templates in a group"):
        parse_profile(text)
