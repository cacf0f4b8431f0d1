"""How long the voter's screens take to answer, painted and heard; and what stays of voters in memory.

At normal text on 340 × 212 mm and at the largest on an upright screen, with 4,096 candidates.
"""

from __future__ import annotations

import gc
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QSize
from PySide6.QtWidgets import QAbstractButton, QApplication

from election.authorization import Authorization
from election.definition import (
    BallotForm,
    BranchId,
    Candidate,
    Contest,
    ContestId,
    DeviceId,
    SelectionCode,
    StyleId,
)
from election.marks import Marks
from kiosk.flows.ballot import states as at
from kiosk.status import DeviceStatus
from simulators.benchmarks.hearing import bench_sound
from simulators.benchmarks.measure import Figure, StatusCallback, Took, rounds, sampled, timed
from simulators.people import Sex, make_people
from ui.ballot.hearing import SoundDesk
from ui.ballot.window import BallotWindow
from words.languages import for_voters
from words.text import PERSIAN, Text

DPI: Final = 96.0
CANDIDATES: Final = 4096
VOTERS: Final = 500
DAY: Final = date(2026, 6, 14)
SEARCH_MS, TOUCH_MS, LANGUAGE_MS, OPEN_MS = 16.0, 50.0, 100.0, 250.0
"""Targets; searched, opened and changed by the median, what is touched by the slowest (p99)."""
START_S: Final = 5.0
ANSWERS_S, VOTERS_S = 25.0, 120.0
"""Nothing new is begun afterwards: a machine that does much else ends, too, with fewer rounds."""
FIRST_SCREEN: Final = """
from PySide6.QtWidgets import QApplication
app = QApplication([])
from kiosk.flows.ballot.states import Idle
from kiosk.status import DeviceStatus
from ui.ballot.window import BallotWindow
window = BallotWindow(96.0, lambda _digest: b"")
window.resize(1285, 801)
window.show()
window.show_state(Idle(), DeviceStatus())
app.processEvents()
window.grab()
"""
"""From an interpreter to the idle screen, painted."""
GROWTH_MIB: Final = 4.0
LOOKS: Final = {
    "normal, 340 × 212 mm": (at.Presentation(PERSIAN), (1285, 801)),
    "largest, upright": (at.Presentation(PERSIAN, at.TextSize.LARGEST), (1058, 1890)),
}
TYPED: Final = ("م", "ح", "م", "د")


def bench_ui(runs: int, tell: StatusCallback) -> Iterator[Figure]:
    """Yield milliseconds from an act to the painted screen and the first sound, and what 500 voters leave."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    tell("from nothing to the idle screen")
    command = [sys.executable, "-c", FIRST_SCREEN]
    starts = [timed(lambda: subprocess.run(command, check=True)) for _ in range(max(1, runs // 2))]
    yield sampled("program to idle screen", starts, "s", target=START_S)
    app = QApplication.instance() or QApplication([])
    contest = _contest()
    for name, (look, size) in LOOKS.items():
        yield from _answers(name, _session(contest, look), QSize(*size), 4 * runs, tell)
    yield _what_stays(_session(contest, at.Presentation(PERSIAN)), tell)
    del app


def _answers(
    name: str, session: at.Session, size: QSize, runs: int, tell: StatusCallback
) -> Iterator[Figure]:
    window = BallotWindow(DPI, lambda _digest: b"")
    window.resize(size)
    window.show()
    marking = at.Marking(session, 0)

    def shown(state: at.BallotState) -> None:
        window.show_state(state, DeviceStatus())
        _painted()

    first = timed(lambda: shown(marking)) * 1000
    yield Figure(f"cold start of a contest ({name})", first, "ms", target=4 * OPEN_MS)
    opened, searched, paged, touched, languages = Took(), Took(), Took(), Took(), Took()
    others = [one.id for one in for_voters() if one.id != session.presentation.language]
    for turn in rounds(runs, ANSWERS_S, tell, f"painted, {name}"):
        shown(at.Idle(session.presentation))
        opened.by(lambda: shown(marking))
        _touch(window, "tab-name")
        keys = [f"key-{letter}" for letter in TYPED]
        for key in keys:
            searched.by(partial(_touch, window, key))
        _touch(window, "search-clear")
        _touch(window, "tab-all")
        paged.by(lambda: _touch(window, "candidates-down"))
        chosen = Marks(session.contests[0].id, (session.contests[0].candidates[turn].code,))
        marked = at.Marking(replace(session, marks=(chosen,)), 0)
        touched.by(partial(shown, marked))
        for language in others:
            other = replace(session.presentation, language=language)
            changed = at.Marking(replace(session, presentation=other), 0)
            languages.by(partial(shown, changed))
        shown(marking)
    yield opened.figure(f"contest opened ({name})", OPEN_MS)
    yield searched.figure(f"a letter searched ({name})", SEARCH_MS)
    yield paged.figure(f"page turned ({name})", TOUCH_MS, by_p99=True)
    yield touched.figure(f"candidate marked ({name})", TOUCH_MS, by_p99=True)
    yield languages.figure(f"language changed ({name})", LANGUAGE_MS)

    def chosen_aloud(desk: SoundDesk, turn: int) -> None:
        """Choose one after another: the screen is painted, and who is chosen is heard."""
        contest = session.contests[0]
        marks = Marks(contest.id, (contest.candidates[turn].code,))
        state = at.Marking(replace(session, marks=(marks,)), 0)
        shown(state)
        desk.show(state)

    yield from bench_sound(name, chosen_aloud, runs, tell)
    window.close()


def _what_stays(session: at.Session, tell: StatusCallback) -> Figure:
    window = BallotWindow(DPI, lambda _digest: b"")
    window.resize(1285, 801)
    window.show()

    def voter() -> None:
        states = (
            at.Preferences(session),
            at.Marking(session, 0),
            at.Review(session),
            at.Idle(session.presentation),
        )
        for state in states:
            window.show_state(state, DeviceStatus())
            _painted()

    for _ in range(VOTERS // 10):
        voter()
    gc.collect()
    before = _resident_mib()
    came = 0
    for _ in rounds(VOTERS, VOTERS_S, tell, "memory, voters"):
        voter()
        came += 1
    gc.collect()
    grown = _resident_mib() - before
    window.close()
    # Fewer voters than there have to be keep no target.
    short = came < VOTERS
    return Figure(
        f"memory over {VOTERS} voters",
        grown,
        "MiB",
        samples=came,
        target=None if short else GROWTH_MIB,
        note=f"{VOTERS_S:.0f} s were over after {came}" if short else "",
    )


def _touch(window: BallotWindow, name: str) -> None:
    for button in window.findChildren(QAbstractButton, name):
        if button.isVisible():
            button.click()
            break
    _painted()


def _painted() -> None:
    """Let everything that is due happen, and be painted: what has changed, as on the screen."""
    for _ in range(2):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _contest() -> Contest:
    people = make_people(random.Random(1405), CANDIDATES, DAY)
    candidates = tuple(
        Candidate(
            SelectionCode(1001 + place),
            Text(one.name.fa, one.name.latin),
            None,
            "",
            woman=one.sex is Sex.FEMALE,
        )
        for place, one in enumerate(people)
    )
    return Contest(
        id=ContestId("council"),
        title=Text("شورای شهر", "City council"),
        seats=21,
        max_selections=21,
        form=BallotForm.SLOTS,
        code_width=4,
        blank_code=SelectionCode(9999),
        candidates=candidates,
        lists=(),
    )


def _session(contest: Contest, look: at.Presentation) -> at.Session:
    authorization = Authorization(
        election="bench",
        branch=BranchId("1"),
        issuer=DeviceId("1-identity-1"),
        style=StyleId("all"),
        contests=(contest.id,),
        expires=datetime(2026, 6, 14, 20, tzinfo=UTC),
        nonce=bytes(16),
    )
    marks = (Marks(contest.id),)
    return at.Session(authorization, (contest,), marks, look, active_at=1.0)
