from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.sample import Sample, make_sample
from ui.ballot.window import BallotWindow

SCREEN = (1280, 800)
DPI = 96.0


@pytest.fixture(scope="session")
def sample() -> Sample:
    return make_sample(candidates=420)


@pytest.fixture
def open_window(qtbot: QtBot, sample: Sample) -> Callable[..., BallotWindow]:
    """A shown window of the kiosk's size; `screen` and `dpi` may be given."""

    def opened(screen: tuple[int, int] = SCREEN, dpi: float = DPI) -> BallotWindow:
        window = BallotWindow(dpi, sample.portraits)
        qtbot.addWidget(window)
        window.resize(*screen)
        window.show()
        return window

    return opened


@pytest.fixture
def window(open_window: Callable[..., BallotWindow]) -> BallotWindow:
    return open_window()
