"""The real voice: sound from the first piece on, a process that waits, and what it knows of a voter."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.sound.espeak import EspeakVoice
from drivers.sound.wave import RATE, Wave, make_wave

VOICES = ["fa", "en", "ar", "hy", "az"]
TEXTS = {"fa": "چهار نامزد", "en": "Four of them", "ar": "أربعة", "hy": "Չորս", "az": "dörd"}
AUDIBLE = 60
SECRET = "Rezaei"


@pytest.fixture
def voice() -> Iterator[EspeakVoice]:
    made = EspeakVoice()
    yield made
    made.rest()


def spoken(voice: EspeakVoice, text: str, name: str, wpm: int = 160) -> Wave:
    whole = make_wave()
    for piece in voice.speak(text, name, wpm):
        whole.extend(piece)
    return whole


def waiting(voice: EspeakVoice) -> int | None:
    """The number of the process that waits."""
    return None if voice._waiting is None else voice._waiting[1].pid


@pytest.mark.parametrize("name", VOICES)
def test_it_begins_with_sound(voice: EspeakVoice, name: str) -> None:
    """Voices write 53 ms of silence first: half of what an act may take."""
    wave = spoken(voice, TEXTS[name], name)
    first = next(at for at, sample in enumerate(wave) if abs(sample) > AUDIBLE)
    assert first < 0.012 * RATE
    assert len(wave) > 0.2 * RATE


def test_the_next_sentence_of_the_language_is_said_by_the_process_that_waits(
    voice: EspeakVoice,
) -> None:
    one = spoken(voice, TEXTS["fa"], "fa")
    prepared = waiting(voice)
    assert prepared is not None
    pieces = voice.speak(TEXTS["fa"], "fa")
    first = next(pieces)
    assert voice._running is not None
    assert voice._running.pid == prepared
    rest = make_wave()
    for piece in pieces:
        rest.extend(piece)
    assert first + rest == one
    assert waiting(voice) not in {None, prepared}


@pytest.mark.parametrize(("name", "wpm"), [("en", 160), ("fa", 60)])
def test_another_language_or_speed_has_another_process(
    voice: EspeakVoice, name: str, wpm: int
) -> None:
    spoken(voice, TEXTS["fa"], "fa")
    prepared = waiting(voice)
    alone = spoken(EspeakVoice(), TEXTS[name], name, wpm)
    assert spoken(voice, TEXTS[name], name, wpm) == alone
    assert not Path(f"/proc/{prepared}/cmdline").exists()


def test_one_that_died_meanwhile_is_replaced(voice: EspeakVoice) -> None:
    one = spoken(voice, TEXTS["fa"], "fa")
    assert voice._waiting is not None
    voice._waiting[1].kill()
    voice._waiting[1].wait()
    assert spoken(voice, TEXTS["fa"], "fa") == one


def test_what_waits_knows_nothing_of_what_was_said_and_goes_with_the_voter(
    voice: EspeakVoice,
) -> None:
    spoken(voice, SECRET, "en")
    prepared = waiting(voice)
    command = Path(f"/proc/{prepared}/cmdline").read_bytes()
    environment = Path(f"/proc/{prepared}/environ").read_bytes()
    assert SECRET.encode() not in command + environment
    voice.rest()
    assert waiting(voice) is None
    assert not Path(f"/proc/{prepared}").exists()


def test_a_sentence_that_is_cut_leaves_no_process(voice: EspeakVoice) -> None:
    pieces = voice.speak(TEXTS["en"] * 20, "en")
    next(pieces)
    voice.rest()
    assert list(pieces) == [] or waiting(voice) is None
    time.sleep(0.05)
    assert waiting(voice) is None
