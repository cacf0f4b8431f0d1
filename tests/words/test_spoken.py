"""Messages for the ear: one language a piece, signs that a voice reads, nothing smuggled in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from words.languages import installed
from words.message import m
from words.spoken import Piece, split, spoken
from words.text import ENGLISH, PERSIAN, Text

EN, FA = installed().speaker(ENGLISH), installed().speaker(PERSIAN)


def test_a_name_that_is_persian_only_is_said_by_the_persian_voice() -> None:
    message = m("{name}: chosen", name=Text("علی"))
    assert spoken(message, EN) == (Piece(PERSIAN, "علی"), Piece(ENGLISH, "chosen"))
    assert [x.language for x in spoken(message, FA)] == [PERSIAN]
    both = m("{name}: chosen", name=Text("علی", "Ali"))
    assert spoken(both, EN) == (Piece(ENGLISH, "Ali: chosen"),)


def test_numbers_are_one_number_and_two_stops_are_one() -> None:
    assert spoken(m("{count} of {most} chosen", count=2294, most=4096), EN) == (
        Piece(ENGLISH, "2294 of 4096 chosen"),
    )
    asked = m("{first}. {others}", first=m("Is that what you want?"), others=m("No"))
    assert spoken(asked, EN) == (Piece(ENGLISH, "Is that what you want? No"),)


@given(st.text(max_size=60))
def test_no_name_can_begin_another_language_or_hide_marks(name: str) -> None:
    pieces = spoken(m("{name}: chosen", name=Text(f"{name}x")), EN)
    assert {piece.language for piece in pieces} == {PERSIAN, ENGLISH}
    assert not any(mark in piece.text for piece in pieces for mark in "\ue000\ue001")


@given(st.text(max_size=60))
def test_any_text_is_split_without_an_error(text: str) -> None:
    for piece in split(text.replace("\ue000", ""), ENGLISH):
        assert piece.text
