"""The pictures of the documents are what the screens look like now."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from tests.ui.walks.gallery import CHOSEN, CHOSEN_FOLDER, difference, drawn, page

MOST = 0.004
"""Share of pixels that another version of Qt or FreeType may draw otherwise."""


@pytest.mark.slow
@pytest.mark.parametrize("name", CHOSEN)
def test_the_documents_show_the_screens(qtbot: QtBot, name: str) -> None:
    """Draw them anew with `python -m tests.ui.walks.gallery --chosen`, and look at them."""
    kept = QImage(str(CHOSEN_FOLDER / f"{name}.png")).convertToFormat(QImage.Format.Format_RGB32)
    assert not kept.isNull()
    assert difference(kept, drawn(*CHOSEN[name])) <= MOST


def test_nothing_else_lies_there() -> None:
    assert {path.stem for path in CHOSEN_FOLDER.glob("*.png")} == set(CHOSEN)


def test_the_comparison_sees_a_missing_button(qtbot: QtBot) -> None:
    image = QImage(1280, 800, QImage.Format.Format_RGB32)
    image.fill(QColor("#ffffff"))
    other = QImage(image)
    painter = QPainter(other)
    painter.fillRect(600, 700, 190, 48, QColor("#003f47"))
    painter.end()
    assert difference(image, image) == 0
    assert difference(image, other) > MOST
    assert difference(image, other.scaledToWidth(640)) == 1


def test_the_page_names_every_picture() -> None:
    text = page({"voter/<idle>": [("fa-normal", "a.jpg"), ("en-normal", "b.jpg")]})
    assert text.count("<figure") == 2
    assert "voter/&lt;idle&gt;" in text
    assert 'src="a.jpg"' in text
