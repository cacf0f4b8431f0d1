"""The drawing of all scenes: complete, in the theme's colours, and mirrored where cards move."""

import re

import pytest
from pytestqt.qtbot import QtBot

from election.definition import ENGLISH, PERSIAN, Language
from kiosk.flows.ballot.states import Presentation, Theme
from ui.theme import FOLDER
from ui.widgets.look import make_look
from ui.widgets.pictures import Picture, Scene, drawing
from words.languages import installed


@pytest.mark.parametrize("theme", list(Theme))
def test_every_scene_is_drawn_in_every_theme(qtbot: QtBot, theme: Theme) -> None:
    shapes = drawing(make_look(96.0, Presentation(theme=theme), installed().load()))
    assert shapes.isValid()
    assert [scene for scene in Scene if not shapes.elementExists(scene.value)] == []


def test_no_shape_has_a_colour_of_its_own() -> None:
    text = (FOLDER / "scenes.svg").read_text("utf-8")
    inks = set(re.findall(r'(?:fill|stroke)="([^"]+)"', text))
    assert {ink for ink in inks if not ink.startswith("$")} == {"none"}


@pytest.mark.parametrize("scene", list(Scene))
def test_scenes_are_mirrored_where_people_read_from_the_right(qtbot: QtBot, scene: Scene) -> None:
    def shot(language: Language) -> Picture:
        look = make_look(96.0, Presentation(language), installed().load())
        picture = Picture(look, scene, 200)
        qtbot.addWidget(picture)
        picture.resize(200, 200)
        return picture

    left, right = (shot(language).grab().toImage() for language in (ENGLISH, PERSIAN))
    ground = left.pixel(0, 0)
    drawn = [(x, y) for x in range(0, 200, 4) for y in range(200) if left.pixel(x, y) != ground]
    assert len(drawn) > 300
    # A tick is not mirrored, and an edge may fall differently: most of what is drawn is enough.
    same = [(x, y) for x, y in drawn if right.pixel(199 - x, y) == left.pixel(x, y)]
    assert len(same) > 0.8 * len(drawn)
