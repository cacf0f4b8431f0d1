"""Every card of every page is seen whole and comes to hand: by touch, keys, switches and touch-to-hear.

The property is one for any number of cards and any room; then it is tried at the real window.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from election.definition import Contest, Language
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from tests.shares import few, share
from tests.ui.ballot.ways import Machine, page_of
from tests.ui.hands import settle
from tests.ui.sample import Sample, make_sample
from ui.ballot.candidates import CandidateView
from ui.ballot.cards import CardForm
from ui.ballot.portraits import PortraitCache
from ui.ballot.window import BallotWindow
from ui.keys.acts import KeyAct
from ui.keys.stops import Stop, stops_of
from ui.widgets import Look, make_look
from words.languages import for_voters

DPI = 96.0
LANGUAGES = [one.id for one in for_voters()]
SCREENS = ((1285, 801), (1020, 737), (1814, 1020), (1058, 1890))
"""340 × 212, 270 × 195, 480 × 270 and 280 × 500 mm."""


@cache
def look_of(language: Language, size: at.TextSize) -> Look:
    return make_look(DPI, at.Presentation(language, size), for_voters())


@cache
def _council() -> tuple[Contest, Callable[[str], bytes]]:
    return make_sample(candidates=200).council, lambda _digest: b""


def every_card_comes_to_hand(view: CandidateView) -> None:
    """Go through all pages there and back, and come to each card of each in every way."""
    count = view.model.rowCount()
    seen: set[int] = set()
    for way in (view._up, view._down, view._up):
        while way.isEnabled() and not view._turners.isHidden():
            way.click()
            settle()
            seen |= set(_page(view))
        seen |= set(_page(view))
    assert seen == set(range(count))


def _page(view: CandidateView) -> range:
    rows, shown = view.list.visible_rows(), view.list.viewport().rect()
    assert rows
    for row in rows:
        index = view.model.index(row, 0)
        where = view.list.visualRect(index)
        assert shown.contains(where), f"the card of row {row} is cut"
        view.list.focus_row(row)
        assert view.list.visible_rows() == rows, f"the page leaves with the focus on row {row}"
        assert view.list.visualRect(index) == where
        assert view.list.cards.focused == view.model.items(range(row, row + 1))[0].code
    return rows


@settings(
    max_examples=few(15, 400),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(
    count=st.integers(1, 60),
    language=st.sampled_from(LANGUAGES),
    size=st.sampled_from(at.TextSize),
    form=st.sampled_from(CardForm),
    rooms=st.lists(st.tuples(st.floats(1.0, 4.0), st.floats(1.0, 6.0)), min_size=1, max_size=3),
)
def test_every_card_of_every_page_comes_to_hand(
    qtbot: QtBot,
    count: int,
    language: Language,
    size: at.TextSize,
    form: CardForm,
    rooms: list[tuple[float, float]],
) -> None:
    """`rooms`: in cards of the least width and their height; the least is what a page has to hold."""
    contest, portraits = _council()
    look = look_of(language, size)
    view = CandidateView(look, contest, PortraitCache(portraits), form)
    qtbot.addWidget(view)
    rows = contest.lists if form is CardForm.LIST else contest.candidates

    def resize(room: tuple[float, float]) -> None:
        width = round(view._cards.least_width() * room[0]) + look.style.target + look.style.gap + 8
        view.resize(width, max(view.minimumHeight(), round(tallest(view, width) * room[1])))
        settle()

    view.show_rows(rows[:count])
    view.show()
    resize(rooms[0])
    every_card_comes_to_hand(view)
    for room in rooms[1:]:
        # As when the keyboard comes and goes: another room while some page is shown.
        view._down.click()
        resize(room)
        _page(view)
        every_card_comes_to_hand(view)
    view.close()


def tallest(view: CandidateView, width: int) -> int:
    """Height in px that the tallest card may need, whatever its name."""
    cards = view._cards
    return max(cards.height_for(width // n) for n in (1, 2)) + cards.height_for(width)


# ---------------------------------------------------------------- at the real window


CARDS = ("lists", "candidates")


def turned(window: BallotWindow, only: tuple[str, ...] = ()) -> Iterator[None]:
    """Turn what is shown to its first page, and then every page, one thing after the other."""

    def buttons(way: str) -> list[str]:
        found = {one.key for one in offered(window) if one.key.endswith(way)}
        return sorted(found if not only else found & {f"{name}{way}" for name in only})

    def turns(name: str) -> bool:
        button = next((one for one in offered(window) if one.key == name), None)
        if button is not None:
            button.act()
            settle()
        return button is not None

    for name in buttons("-up"):
        while turns(name):
            pass
    yield
    for name in buttons("-down"):
        while turns(name):
            yield


def offered(window: BallotWindow, *, turned_away: bool = False) -> list[Stop]:
    return [s for row in stops_of(page_of(window), turned_away=turned_away) for s in row]


def by_keys(window: BallotWindow) -> set[str]:
    """What is come to by going on and on; what has the focus is seen whole, and chosen by select."""
    pilot, met = window.pilot, set[str]()
    for _ in range(len(offered(window, turned_away=True)) + 4):
        pilot.act(KeyAct.DOWN)
        here = pilot._here(pilot._stops())
        assert here is not None
        assert here.key in {one.key for one in offered(window)}, f"{here.key} is not seen"
        met.add(here.key)
    return met


def everything_is_reached(window: BallotWindow) -> set[str]:
    """Come to all that can be chosen: page by page in sight, and by keys from each page of cards."""
    seen: set[str] = set()
    page = page_of(window)
    for _ in turned(window):
        for one in offered(window):
            assert page.rect().contains(one.area), f"{one.key} is not in sight"
        seen |= {one.key for one in offered(window)}
    pages = sum(1 for _ in turned(window, CARDS))
    for place, _ in enumerate(turned(window, CARDS)):
        if place in {0, pages - 2, pages - 1}:
            assert chosen(window) <= by_keys(window)
    return seen


def come_to(window: BallotWindow, key: str) -> Stop:
    """Turn to the page on which something is."""
    for _ in turned(window):
        found = next((one for one in offered(window) if one.key == key), None)
        if found is not None:
            return found
    raise AssertionError(f"{key} is on no page")


def chosen(window: BallotWindow) -> set[str]:
    """Return what can be chosen, also on another page; buttons that turn come and go meanwhile."""
    keys = {one.key for one in offered(window, turned_away=True)}
    return {key for key in keys if not key.endswith(("-up", "-down"))}


def small(contest: Contest, count: int, lists: int) -> Contest:
    """The same contest with fewer lists, and of each some members."""
    kept = tuple(
        replace(one, members=one.members[:count]) for one in contest.lists[:lists] if count
    )
    codes = {code for one in kept for code in one.members}
    alone = [one for one in contest.candidates if one.list_code is None]
    persons = tuple(one for one in contest.candidates if one.code in codes) + tuple(alone[:count])
    return replace(contest, candidates=persons, lists=kept)


FORMS = list(product(LANGUAGES, at.TextSize, SCREENS))
random.Random(12).shuffle(FORMS)
PARTS = 48


@pytest.mark.slow
def test_whatever_can_be_chosen_is_reached_on_every_screen_of_the_voter(
    open_window: Callable[..., BallotWindow], sample: Sample
) -> None:
    for number, (language, size, screen) in enumerate(share(FORMS, PARTS)):
        window = open_window(screen, DPI)
        many, lists = ((3, 4), (1, 2), (6, 9), (12, 7))[number % 4]
        machine = Machine(window, replace(sample, council=small(sample.council, many, lists)))
        machine.insert(at.Presentation(language, size))
        settle()
        what = f"{language}, {size}, {screen}, {lists} lists of {many}"
        try:
            assert "begin" in everything_is_reached(window)
            machine.act(on.Begin())
            _contest(window, machine)
            machine.act(on.Next())
            machine.act(on.Skipped())
            settle()
            assert {"accept", "change-0", "change-1"} <= everything_is_reached(window)
            machine.act(on.ReviewAccepted())
            settle()
            assert {"cast", "back"} <= everything_is_reached(window)
        except AssertionError as error:
            raise AssertionError(what) from error
        window.close()


def _contest(window: BallotWindow, machine: Machine) -> None:
    """Come to every list, every member of the first one, and everybody."""
    assert isinstance(machine.state, at.Marking)
    contest = machine.state.contest
    settle()
    for tab, name, codes in (
        ("tab-list", "lists", [one.code for one in contest.lists]),
        (f"lists-{contest.lists[0].code}", "candidates", contest.lists[0].members),
        ("tab-all", "candidates", [one.code for one in contest.candidates]),
    ):
        come_to(window, tab).act()
        settle()
        seen = everything_is_reached(window)
        assert {f"{name}-{code}" for code in codes} <= seen, f"of {tab}"
    for candidate in contest.candidates[: contest.max_selections - 1]:
        machine.act(on.Toggled(candidate.code))
    settle()
    assert f"tray-{contest.candidates[0].code}" in everything_is_reached(window)
