"""A name spelled for the ear: every letter once, in order, by a voice that tells it from all others."""

from __future__ import annotations

import random
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.people import make_people
from tests.needs import missing
from tests.ui.sample import DAY
from words.folding import fold
from words.languages import for_voters
from words.spelled import spelled
from words.spoken import Piece, split
from words.text import ENGLISH, PERSIAN, Language

LANGUAGES = [one.id for one in for_voters()]
ANY_NAME = st.text(
    st.sampled_from("ابپتحهی‌ کگژآئءێڵەԱբև abZé-'’\u202e\u2067\ue000\ue001\u0651٣5"), max_size=20
)


def pieces(name: str, language: Language) -> tuple[Piece, ...]:
    return split(spelled(name, language, for_voters()), language)


def letters(name: str, language: Language) -> list[str]:
    said = "".join(piece.text for piece in pieces(name, language))
    return [sign for sign in said if sign.isalnum()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_of_a_name_is_heard_once_and_in_order(language: Language) -> None:
    for person in make_people(random.Random(5), 40, DAY):
        for name in (person.name.fa, person.name.latin):
            heard = letters(name, language)
            assert [fold(x) for x in heard] == [fold(x) for x in name if x.isalnum()]
            assert all(
                len(piece.text.rstrip(".").split(", ")) >= 1 for piece in pieces(name, language)
            )


def test_words_are_sentences_and_the_voice_follows_the_script() -> None:
    assert pieces("علی رضا‌پور", PERSIAN) == (
        Piece(PERSIAN, "ع, ل, ی."), Piece(PERSIAN, "ر, ض, ا."), Piece(PERSIAN, "پ, و, ر."),
    )  # fmt: skip
    assert pieces("علی", ENGLISH) == (Piece(PERSIAN, "ع, ل, ی."),)
    assert pieces("Ali", PERSIAN) == (Piece(ENGLISH, "a, l, i."),)
    assert pieces("Անի", Language("hy")) == (Piece(Language("hy"), "ա, ն, ի."),)
    assert pieces("علي", Language("ar")) == (Piece(Language("ar"), "ع, ل, ي."),)
    assert pieces("سۆران", Language("ckb")) == (Piece(PERSIAN, "س, و, ر, ا, ن."),)
    assert pieces("تبریز", Language("az-Arab")) == (Piece(PERSIAN, "ت, ب, ر, ی, ز."),)
    assert pieces("-'‌ ", PERSIAN) == ()


@given(ANY_NAME, st.sampled_from(LANGUAGES))
def test_any_name_can_be_spelled(name: str, language: Language) -> None:
    said = pieces(name, language)
    assert all(piece.language in LANGUAGES for piece in said)
    assert not set("".join(x.text for x in said)) & set("\u202e\u2067\ue000\ue001\u0651'-")
    assert len(letters(name, language)) <= len(name)


VOICES = [Language(x) for x in ("fa", "ar", "en", "hy")]


@pytest.mark.parametrize("language", VOICES)
def test_letters_that_sound_alike_are_told_apart(language: Language) -> None:
    """The voice says a name for each key's letter, and no two have one: ص is not س, ح is not ه."""
    if shutil.which("espeak-ng") is None:
        missing("espeak-ng is not installed")
    data = for_voters()[language]
    keys = sorted(set("".join(data.alphabetical_keys)))
    text = "\n".join(pieces(key, language)[0].text for key in keys)
    command = ["espeak-ng", "-v", data.voice, "-x", "-q"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    named = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    assert len(named) == len(keys)
    assert len(set(named)) == len(keys)
