"""Keys of the screen stand where they stand on a real keyboard, in each language."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from election.definition import ENGLISH, PERSIAN, Language
from kiosk.flows.ballot.states import Presentation, TextSize
from tests.ui.hands import find, settle
from ui.widgets.buttons import Button
from ui.widgets.keyboard import Keyboard, KeyOrder
from ui.widgets.look import make_look
from words.languages import installed

ISIRI_9147 = ("ضصثقفغعهخحجچ", "شسیبلاتنمکگ", "ظطزرذدپو")
"""Letters of each row as they follow each other from left to right (ISIRI 9147, unshifted)."""
QWERTY = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def rows(qtbot: QtBot, language: Language, order: KeyOrder, size: TextSize) -> list[str]:
    """Letters as they are seen, from left to right and from top to bottom."""
    look = make_look(96.0, Presentation(language, size), installed().load())
    keyboard = Keyboard(look, order)
    qtbot.addWidget(keyboard)
    keyboard.setLayoutDirection(look.direction)
    keyboard.resize(1200, keyboard.height())
    keyboard._build()
    keyboard.show()
    settle()
    seen: dict[int, list[tuple[int, str]]] = {}
    for key in keyboard.findChildren(Button):
        name = key.objectName().removeprefix("key-")
        if len(name) == 1:
            seen.setdefault(key.y(), []).append((key.x(), name))
    return ["".join(letter for _, letter in sorted(row)) for _, row in sorted(seen.items())]


@pytest.mark.parametrize("size", list(TextSize))
@pytest.mark.parametrize(("language", "real"), [(PERSIAN, ISIRI_9147), (ENGLISH, QWERTY)])
def test_the_standard_order_is_that_of_real_keyboards(
    qtbot: QtBot, language: Language, real: tuple[str, ...], size: TextSize
) -> None:
    for shown, wanted in zip(rows(qtbot, language, KeyOrder.STANDARD, size), real, strict=True):
        # ژ is a shifted key there, and has a key of its own here.
        assert shown.lower().replace("ژ", "") == wanted


@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
def test_the_alphabet_begins_where_reading_begins(qtbot: QtBot, language: Language) -> None:
    keys = installed().load()[language].alphabetical_keys
    shown = rows(qtbot, language, KeyOrder.ALPHABETICAL, TextSize.NORMAL)
    turned = [row[::-1] if language == PERSIAN else row for row in shown]
    assert turned == list(keys)


def test_erase_is_at_the_right_end_as_on_a_real_keyboard(qtbot: QtBot) -> None:
    look = make_look(96.0, Presentation(PERSIAN), installed().load())
    keyboard = Keyboard(look)
    qtbot.addWidget(keyboard)
    keyboard.resize(1200, keyboard.height())
    keyboard.show()
    settle()
    erase, last = find(keyboard, Button, "key-erase"), find(keyboard, Button, "key-و")
    assert erase.x() > last.x()
