"""After a voter nothing of theirs is in the window: no text, no model, no object."""

from __future__ import annotations

import gc
import weakref

import pytest

from election.definition import ENGLISH
from election.marks import Marks
from kiosk.flows.ballot import states as at
from tests.ui.ballot.looking import click, click_row, texts
from tests.ui.gallery import settle
from tests.ui.sample import COUNCIL, EXPERTS, TRACKING, Sample, status
from ui.ballot.window import BallotWindow
from ui.screen import Screen


@pytest.mark.parametrize("last", ["marking", "review", "challenged", "recorded", "helping"])
def test_nothing_of_a_voter_stays(window: BallotWindow, sample: Sample, last: str) -> None:
    look = at.Presentation(ENGLISH, at.TextSize.LARGE, at.Theme.WHITE_ON_BLACK)
    chosen = sample.council.candidates[33]
    marks = Marks(COUNCIL, (chosen.code,)), Marks(EXPERTS, (sample.experts.candidates[1].code,))
    session = sample.session(look, *marks)
    marking = at.Marking(session, 0)
    window.show_state(marking, status())
    settle()
    for name in ("tab-name", "key-k", "key-a", "key-m", "tab-code", "digit-7", "tab-list"):
        click(window, name)
        settle()
    click_row(window, "lists", sample.council.lists[2].code)
    states: dict[str, at.BallotState] = {
        "marking": marking,
        "review": at.Review(session),
        "challenged": at.Challenged(session, TRACKING, "AMIN1:00ff"),
        "recorded": at.Recorded(TRACKING, look),
        "helping": at.Helping(marking),
    }
    window.show_state(states[last], status())
    settle()
    screens = [weakref.ref(screen) for screen in window.findChildren(Screen)]
    assert any(text for text in texts(window))

    window.show_state(at.Idle(), status())
    settle()
    gc.collect()

    left = " ".join(texts(window))
    names = {c.name.fa for c in sample.council.candidates} | {
        c.name.en for c in sample.council.candidates
    }
    assert [name for name in names if name in left] == []
    assert f"tray-{chosen.code}" not in left
    assert TRACKING[:4] not in left
    assert "kam" not in left
    assert "AMIN1" not in left
    assert [ref() for ref in screens if ref() is not None] == []
    assert len(window.findChildren(Screen)) == 1

    fresh = at.Presentation()
    window.show_state(at.Marking(sample.session(fresh), 0), status())
    settle()
    assert "search" in set(texts(window))
    assert "kam" not in " ".join(texts(window))
    assert window.layoutDirection().name == "RightToLeft"
