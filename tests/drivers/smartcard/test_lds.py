"""Data groups: published examples, groups of a card, noise."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ProtocolError
from drivers.smartcard import faces, lds, mrz, tlv
from drivers.smartcard.dates import PartialDate
from drivers.smartcard.faces import Face, PictureForm
from drivers.smartcard.lds import FingerTemplate
from simulators.cards import eid
from simulators.cards.eid import PersonData


def example(vectors: dict[str, Any], name: str) -> bytes:
    objects = {o["name"]: bytes.fromhex(o["hex"]) for o in vectors["icao9303_lds"]["objects"]}
    return objects[name]


def test_published_examples(vectors: dict[str, Any]) -> None:
    zone = mrz.parse(lds.parse_dg1(example(vectors, "EF.DG1 (TD2)")))
    assert (zone.number, zone.surname) == ("D23145890", "ERIKSSON")
    details = lds.parse_dg11(example(vectors, "EF.DG11"))
    assert (details.surname, details.given_names) == ("SMITH", "JOHN J")
    assert details.birth_place == "ANYTOWN MN"
    tlv.parse_one(example(vectors, "EF.DG16"), lds.GROUP_TAGS[16])


def test_groups_of_a_card(person: PersonData, finger_record: bytes) -> None:
    groups = eid.build_groups(person)
    assert lds.parse_faces(groups[2]) == (Face(240, 320, PictureForm.JPEG, person.photo),)
    details = lds.parse_dg11(groups[11])
    assert (details.surname, details.given_names) == ("نمونه زاده", "مریم")
    assert details.personal_number == person.national_number
    assert details.birth_date == PartialDate.of(person.birth_date)
    assert details.birth_place == "تهران"
    templates = (FingerTemplate(0x09, finger_record), FingerTemplate(0x0A, finger_record))
    assert lds.parse_finger_group(groups[13], 13) == templates
    assert lds.parse_finger_group(groups[3], 3) == templates


def test_a_packed_birth_date() -> None:
    group = tlv.encode(0x6B, tlv.encode(0x5F2B, bytes.fromhex("19850321")))
    assert lds.parse_dg11(group).birth_date == PartialDate(1985, 3, 21)


def test_a_face_with_feature_points() -> None:
    image = bytes((1, 0, 0, 10, 0, 20)) + bytes(6)
    picture = b"\xff\xd8\xff\xd9"
    face = (20 + 16 + 12 + 4).to_bytes(4, "big") + b"\x00\x02" + bytes(14) + bytes(16)
    body = face + image + picture
    record = b"FAC\x00010\x00" + (14 + len(body)).to_bytes(4, "big") + b"\x00\x01" + body
    assert faces.parse_record(record) == Face(10, 20, PictureForm.JPEG, picture)
    for code_stream in (b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP  \r\n\x87\n"):
        longer = (20 + 16 + 12 + len(code_stream)).to_bytes(4, "big") + face[4:] + image
        other = longer + code_stream
        made = record[:8] + (14 + len(other)).to_bytes(4, "big") + b"\x00\x01" + other
        assert faces.parse_record(made).form is PictureForm.JPEG_2000
    for damaged in (
        record.replace(picture, b"\x89PNG"),
        record.replace(image, image[:1] + b"\x09" + image[2:]),
    ):
        with pytest.raises(ProtocolError):
            faces.parse_record(damaged)


def test_a_text_by_its_path() -> None:
    group = tlv.encode(0x6D, tlv.encode(0xA0, tlv.encode(0x5F10, "۱۲".encode())))
    assert lds.parse_text(group, 13, (0xA0, 0x5F10)) == "۱۲"
    assert lds.parse_text(group, 13, (0xA1, 0x5F10)) == ""
    assert lds.parse_text(group, 13, (0x5F10,)) == ""
    with pytest.raises(ProtocolError):
        lds.parse_text(group, 11, (0x5F10,))


def test_templates_of_another_form_are_refused(person: PersonData) -> None:
    group = eid.build_groups(person)[13]
    for good, bad in (
        (b"FMR\x00 20\x00", b"FMR\x00 30\x00"),
        (b"\x88\x02\x00\x01", b"\x88\x02\x00\x07"),
    ):
        with pytest.raises(ProtocolError):
            lds.parse_finger_group(group.replace(good, bad), 13)


PARSERS: list[tuple[int, Callable[[bytes], object]]] = [
    (1, lds.parse_dg1),
    (2, lds.parse_faces),
    (11, lds.parse_dg11),
    (13, lambda data: lds.parse_finger_group(data, 13)),
    (11, lambda data: lds.parse_text(data, 11, (0x5F0E,))),
    (13, lambda data: lds.parse_text(data, 13, (0x7F61, 0x7F60, 0xA1, 0x82))),
]


@pytest.mark.parametrize(("number", "parse"), PARSERS)
@given(data=st.data())
def test_noise_and_damage_raise_only_protocol_errors(
    person: PersonData, number: int, parse: Callable[[bytes], object], data: st.DataObject
) -> None:
    groups = eid.build_groups(person)
    good = groups[number]
    at = data.draw(st.integers(0, min(len(good) - 1, 120)))
    noise = data.draw(st.binary(min_size=1, max_size=4))
    cut = data.draw(st.integers(0, 4))
    for damaged in (good[:at] + noise + good[at + cut :], noise, good[:at]):
        with contextlib.suppress(ProtocolError):
            parse(damaged)
