"""Films in sign language on the voter's screens: played, damaged, missing; and nothing stops."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from election.recorded import RecordedKind
from election.signs import Films, SignStep
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from tests.election.recording import film_entry, written
from tests.ui.ballot.looking import seen
from tests.ui.ballot.ways import Machine
from tests.ui.hands import settle
from tests.ui.sample import Sample
from ui.ballot.signs import LARGEST_SIDE, FilmPlayer
from ui.ballot.window import BallotWindow
from ui.widgets import make_look
from words.languages import for_voters


def film(frames: int = 4, side: int = 40, ms: int = 40) -> bytes:
    pictures = [Image.new("RGB", (side, side), (40 * n % 256, 90, 160)) for n in range(frames)]
    file = io.BytesIO()
    pictures[0].save(
        file, "WEBP", save_all=True, append_images=pictures[1:], duration=ms, lossless=True
    )
    return file.getvalue()


def films(folder: Path, **data: bytes) -> Films:
    entries = []
    for step, content in data.items():
        (folder / f"{step}.webp").write_bytes(content)
        entries.append(film_entry(content or b"-", step, f"{step}.webp"))
    return Films(folder, written(folder, RecordedKind.SIGNS, *entries))


@pytest.fixture
def machine(window: BallotWindow, sample: Sample, tmp_path: Path) -> Machine:
    all_steps = {step.value: film() for step in SignStep}
    window.films = films(tmp_path, **all_steps)
    return Machine(window, sample)


def buttons(machine: Machine) -> list[QAbstractButton]:
    settle()
    return [b for b in machine.window.findChildren(QAbstractButton, "sign") if b.isVisible()]


def test_each_step_has_its_film_and_it_plays_to_its_end(machine: Machine, qtbot: QtBot) -> None:
    assert len(buttons(machine)) == 1, "before a card is in"
    machine.insert()
    machine.act(on.Begin())
    (button,) = buttons(machine)
    button.click()
    settle()
    player = seen(machine.window, "film", FilmPlayer)
    assert player.playing
    qtbot.waitUntil(lambda: not player.playing, timeout=10_000)
    assert not player._frame.isNull()
    seen(machine.window, "sign-again", QAbstractButton).click()
    assert player.playing
    seen(machine.window, "sign-close", QAbstractButton).click()
    settle()
    assert isinstance(machine.state, at.Marking)
    assert not [w for w in machine.window.findChildren(QWidget, "film") if w.isVisible()]


def test_a_film_goes_with_its_screen(machine: Machine) -> None:
    machine.insert()
    machine.act(on.Begin())
    buttons(machine)[0].click()
    machine.act(on.HelpAsked())
    settle()
    assert not [w for w in machine.window.findChildren(QWidget, "film") if w.isVisible()]
    assert len(buttons(machine)) == 1


def test_without_films_nothing_is_there(window: BallotWindow, sample: Sample) -> None:
    machine = Machine(window, sample)
    machine.insert()
    assert buttons(machine) == []


@pytest.mark.parametrize(
    "data",
    [b"", b"RIFF", b"RIFF\x10\0\0\0WEBPVP8 ", b"GIF89a", film()[:60], film(1, LARGEST_SIDE + 8)],
    ids=["missing", "cut", "cut head", "another form", "half", "too large"],
)
def test_a_film_that_cannot_be_shown_is_a_sentence(
    machine: Machine, tmp_path: Path, data: bytes
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    machine.window.films = films(folder, marking=data)
    if not data:
        (folder / "marking.webp").unlink()
    machine.insert()
    machine.act(on.Begin())
    buttons(machine)[0].click()
    settle()
    assert seen(machine.window, "sign-sorry", QLabel).text()
    assert not [b for b in machine.window.findChildren(QWidget, "sign-again") if b.isVisible()]
    seen(machine.window, "sign-close", QAbstractButton).click()
    settle()
    machine.act(on.Next())
    assert isinstance(machine.state, at.Marking)
    assert machine.state.confirming_blank


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_any_damage_of_a_film_ends_in_a_picture_or_a_sentence(
    qtbot: QtBot, data: st.DataObject
) -> None:
    whole = bytearray(film())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    look = make_look(96, at.Presentation(), for_voters().load())
    player = FilmPlayer(look, bytes(whole[: data.draw(st.integers(1, len(whole)))]))
    qtbot.addWidget(player)
    sorry: list[int] = []
    player.failed.connect(lambda: sorry.append(1))
    player.play()
    for _ in range(8):
        player._next()
    assert sorry or not player._frame.isNull()
