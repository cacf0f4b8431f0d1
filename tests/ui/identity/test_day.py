"""What a desk shows of its last voters tells no more than the log: sums of quarters, and no reason."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kiosk.flows.common import ClosedReason
from kiosk.flows.identity import states as at
from kiosk.flows.identity.events import CountKind
from kiosk.status import Counter, DeviceStatus
from tests.ui import samples_station
from tests.ui.hands import settle
from tests.ui.samples_station import identity_states
from ui.identity.day import DeskDay
from ui.identity.window import IdentityWindow
from ui.widgets.labels import Label
from words.message import m

EIGHT = datetime(2026, 6, 14, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WORDS = {kind: m("Checked in") for kind in CountKind}
HOLDER = next(state for key, state in identity_states().items() if key == "done")


def status(clock: datetime, **sums: int) -> DeviceStatus:
    counters = tuple(Counter(kind.value, WORDS[kind], sums.get(kind.name, 0)) for kind in CountKind)
    return replace(samples_station.status(), clock=clock, counters=counters)


def played(arrivals: Sequence[tuple[int, bool]], minutes: int) -> list[DeskDay]:
    """Look once a minute; a voter is checked in or refused at minute n."""
    day, shown = DeskDay(), []
    for minute in range(minutes):
        so_far = [good for at_minute, good in arrivals if at_minute <= minute]
        now = status(
            EIGHT + minute * MINUTE, CHECKED_IN=sum(so_far), REFUSED=len(so_far) - sum(so_far)
        )
        day = day.after(at.Idle(), now)
        shown.append(day)
    return shown


VOTERS = st.lists(st.tuples(st.integers(1, 149), st.booleans()), max_size=60).map(sorted)


@given(VOTERS, st.randoms(use_true_random=False))
def test_voters_per_hour_says_no_more_than_the_log(
    voters: list[tuple[int, bool]], rng: random.Random
) -> None:
    """Two days with the same lines in the log, quarter by quarter, look the same at every minute."""
    moved = sorted((at_minute // 15 * 15 + rng.randrange(15), ok) for at_minute, ok in voters)
    moved = [(max(1, at_minute), ok) for at_minute, ok in moved]
    one, other = played(voters, 165), played(moved, 165)
    assert [day.per_hour for day in one] == [day.per_hour for day in other]
    for minute, day in enumerate(one):
        quarter = minute // 15
        first = max(1, quarter - 4)  # the first quarter was not seen from its beginning
        if quarter <= 1:
            assert day.per_hour is None
            continue
        lines = sum(ok for at_minute, ok in voters if first <= at_minute // 15 < quarter)
        assert day.per_hour == round(lines * 4 / (quarter - first))


@given(VOTERS)
def test_outcomes_are_the_last_five_and_nothing_else(voters: list[tuple[int, bool]]) -> None:
    minutes = [at_minute for at_minute, _ in voters]
    day = played(voters, 160)[-1]
    assert len(day.outcomes) == min(5, len(voters))
    if len(set(minutes)) == len(minutes):
        assert day.outcomes == tuple(good for _, good in reversed(voters))[:5]


@given(st.lists(st.sampled_from(CountKind), max_size=12))
def test_how_somebody_was_checked_in_is_not_shown(kinds: list[CountKind]) -> None:
    """An override or a document beside a voter changes nothing that is shown of the last ones."""
    plain, other = DeskDay(), DeskDay()
    sums = dict.fromkeys(("CHECKED_IN", "REFUSED", "OVERRIDE", "DOCUMENT"), 0)
    for minute, kind in enumerate([CountKind.REFUSED, *kinds]):
        sums[kind.name] += 1
        now = EIGHT + minute * MINUTE
        told = {name: count for name, count in sums.items() if name in {"CHECKED_IN", "REFUSED"}}
        plain, other = (
            plain.after(at.Idle(), status(now, **told)),
            other.after(at.Idle(), status(now, **sums)),
        )
    assert plain == other


def test_it_is_forgotten_when_nobody_is_served_and_a_clock_that_jumped_tells_nothing() -> None:
    day = played([(5, True), (20, True), (35, False)], 60)[-1]
    assert day.outcomes == (False, True, True)
    assert day.per_hour is not None
    later = status(EIGHT + 61 * MINUTE, CHECKED_IN=2, REFUSED=1)
    for reason in ClosedReason:
        assert day.after(at.Closed(reason), later) == DeskDay()
    broken = next(s for s in identity_states().values() if isinstance(s, at.OutOfService))
    assert day.after(broken, later) == DeskDay()
    for jump in (-180, 180, 24 * 60):
        jumped = day.after(at.Idle(), status(EIGHT + jump * MINUTE, CHECKED_IN=2, REFUSED=1))
        assert jumped.per_hour is None
    assert played([(5, True)], 3)[-1].outcomes == ()


def test_the_seconds_begin_with_the_document_and_end_with_the_voter() -> None:
    day = DeskDay().after(at.Idle(), status(EIGHT))
    assert day.seconds is None
    for second in (0, 1, 42):
        day = day.after(HOLDER, status(EIGHT + timedelta(seconds=second)))
        assert day.seconds == second
    assert day.after(HOLDER, status(EIGHT - MINUTE)).seconds == 0
    assert day.after(at.Idle(), status(EIGHT + MINUTE)).seconds is None


def test_the_rail_shows_signs_and_numbers(qtbot: QtBot) -> None:
    window = IdentityWindow(96)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    for minute in range(46):
        window.show_state(
            at.Idle(), status(EIGHT + minute * MINUTE, CHECKED_IN=minute, REFUSED=minute // 40)
        )
    window.show_state(HOLDER, status(EIGHT + 46 * MINUTE, CHECKED_IN=45, REFUSED=1))
    settle()
    (signs,) = window.findChildren(QWidget, "outcomes")
    assert signs.accessibleName().count("پذیرفته‌شده") == 5
    (rate,) = window.findChildren(QWidget, "counter-per-hour")
    assert rate.accessibleName().endswith("۶۰")
    (seconds,) = window.findChildren(Label, "seconds")
    assert seconds.text().startswith("۰")
    window.show_state(HOLDER, status(EIGHT + 47 * MINUTE, CHECKED_IN=45, REFUSED=1))
    assert window.findChildren(Label, "seconds")[0].text().startswith("۶۰")
    window.show_state(at.Closed(ClosedReason.PAUSED), status(EIGHT + 48 * MINUTE, CHECKED_IN=45))
    settle()
    assert window.findChildren(QWidget, "outcomes") == []
    assert window.findChildren(QWidget, "counter-per-hour") == []
