"""A tool to look at the ballot terminal's screens: draws every situation into PNG files.

.venv/bin/python -m tests.ui.gallery OUTDIR [--language fa] [--size normal] [--theme default]
                                            [--screen 1280x800] [--dpi 96] [--only marking]
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from election.authorization import AuthorizationRefusal
from election.definition import ENGLISH, PERSIAN, Language
from election.marks import MarkRefused, Marks
from kiosk.flows.ballot import states as at
from kiosk.flows.common import ClosedReason
from tests.ui.sample import COUNCIL, EXPERTS, TRACKING, Sample, make_sample, status
from ui.ballot.candidates import CardList
from ui.ballot.rows import CODE_ROLE
from ui.ballot.window import BallotWindow

Touches = tuple[str, ...]
"""objectNames to click after the state is drawn."""
Situation = tuple[at.BallotState, Touches]


LETTERS = {
    **dict.fromkeys([PERSIAN, "ar", "az-Arab", "ckb"], ("م", "ح")),
    ENGLISH: ("m", "o"),
    "hy": ("ա", "ն"),
}
"""Two letters that are typed to find names; of the tests' own language if it is another."""


def situations(sample: Sample, look: at.Presentation) -> dict[str, Situation]:
    """Every state, and the contest screen's ways and questions."""
    council, experts = sample.council, sample.experts
    some = Marks(COUNCIL, tuple(c.code for c in council.candidates[100:1200:420]))
    full = Marks(COUNCIL, tuple(c.code for c in council.candidates[7:2200:105])[:21])
    by_list = Marks(COUNCIL, list_code=council.lists[0].code)
    two = Marks(EXPERTS, tuple(c.code for c in experts.candidates[3:5]))
    empty = sample.session(look)
    busy = sample.session(look, some, Marks(EXPERTS))
    filled = sample.session(look, full, two)
    listed = sample.session(look, by_list, Marks(EXPERTS, blank=True))
    asked = replace(busy, asked_list=council.lists[2].code)
    over = replace(filled, asked_over=council.candidates[0].code)
    over_list = replace(listed, asked_over=council.candidates[30].code)
    person = replace(experts, candidates=experts.candidates[:1], seats=1, max_selections=1)
    alone = replace(empty, contests=(council, person))
    members = tuple(c for c in council.candidates if c.list_code == council.lists[0].code)
    slate = replace(council, candidates=members, lists=council.lists[:1])
    one_list = replace(empty, contests=(slate, experts))
    seen = replace(look, companion=at.Companion.SEES)
    helped = replace(filled, presentation=seen)
    letters = LETTERS.get(look.language, ("א", "ב"))
    typing = ("tab-name", *(f"key-{letter}" for letter in letters))
    member = council.format_code(council.lists[1].members[3])
    opening = "AMIN1:" + "AEQG6WCCVOAIOYM7LIDMB4QJ" * 8 + "AA"  # as long as for 21 slots
    marking = at.Marking
    return {
        "01-idle": (at.Idle(look), ()),
        "02-checking": (at.CheckingCard(), ()),
        "03-refused": (at.Refused(AuthorizationRefusal.EXPIRED), ()),
        "03-refused-spent": (at.Refused(AuthorizationRefusal.SPENT), ()),
        "04-preferences": (at.Preferences(empty), ()),
        "04-provisional": (at.ProvisionalNotice(empty), ()),
        "05-marking-empty": (marking(empty, 0), ("tab-name",)),
        "05-marking-name": (marking(busy, 0), typing),
        "05-marking-name-few": (marking(busy, 0), (*typing, *typing[1:])),
        "05-marking-no-keyboard": (marking(busy, 0), (*typing, "key-hide|search-show")),
        "05-marking-alphabet": (marking(busy, 0), ("tab-name", "key-order")),
        "06-marking-code": (marking(busy, 0), ("tab-code", "digit-1", "digit-0")),
        "06-marking-code-found": (marking(busy, 0), ("tab-code", *(f"digit-{d}" for d in member))),
        "06-marking-code-wrong": (marking(busy, 0), ("tab-code", *["digit-8"] * 4)),
        "07-marking-lists": (marking(empty, 0), ("tab-list",)),
        "07-marking-list": (marking(empty, 0), ("tab-list", "row:lists:0")),
        "07-marking-list-chosen": (marking(listed, 0), ("tab-list", "row:lists:0")),
        "08-marking-all": (marking(filled, 0), ("tab-all", "candidates-down")),
        "09-marking-notice": (
            marking(replace(filled, notice=MarkRefused.UNKNOWN_CODE), 0), ("tab-all",)
        ),
        "10-question-over": (marking(over, 0), ()),
        "10-question-over-one": (marking(over_list, 0), ()),
        "13-marking-one": (marking(alone, 1), ()),
        "13-marking-one-list": (marking(one_list, 0), ("only-yes",)),
        "10-question-list": (marking(asked, 0), ()),
        "11-question-blank": (marking(empty, 0, confirming_blank=True), ()),
        "12-question-clear": (marking(filled, 0), ("clear-all",)),
        "13-marking-few": (marking(filled, 1), ()),
        "14-review-full": (at.Review(filled), ()),
        "14-review-list": (at.Review(listed), ()),
        "14-review-some": (
            at.Review(sample.session(look, some, Marks(EXPERTS, skipped=True))), ()
        ),
        "14-review-companion": (at.Review(helped), ()),
        "15-settings": (marking(busy, 0), ("settings",)),
        "16-sealing": (at.Sealing(filled), ()),
        "17-cast": (at.CastOrChallenge(filled, TRACKING), ()),
        "16-printing": (at.Printing(filled, TRACKING), ()),
        "16-compare": (at.Comparing(filled, TRACKING), ()),
        "16-compare-read": (
            at.Comparing(listed, TRACKING, reads=True, read=listed.marks), ()
        ),
        "16-compare-unread": (at.Comparing(listed, TRACKING, reads=True, unread=True), ()),
        "16-paper-refused": (at.PaperVoid(filled, "", at.PaperProblem.REFUSED), ()),
        "16-paper-jam": (
            at.PaperVoid(filled, TRACKING, at.PaperProblem.PRINTER, unmarked=True), ()
        ),
        "16-paper-differs": (at.PaperVoid(filled, TRACKING, at.PaperProblem.DIFFERS), ()),
        "18-recording": (at.Recording(filled, TRACKING), ()),
        "19-challenged": (at.Challenged(filled, TRACKING, opening), ()),
        "20-recorded": (at.Recorded(TRACKING, look), ()),
        "20-recorded-card-busy": (at.Recorded(TRACKING, look, card_busy=True), ()),
        "20-recorded-slip": (at.Recorded(TRACKING, look, slip=True), ()),
        "21-abandoned": (at.Abandoned(look), ()),
        "21-ended": (at.Abandoned(look, card_in=True), ()),
        "22-not-recorded": (at.NotRecorded(at.RecordingProblem.MEDIUM_LOST, look), ()),
        "23-helping": (at.Helping(marking(filled, 0)), ()),
        "23-helping-end": (at.Helping(marking(filled, 0)), ("end",)),
        "24-inactive-called": (at.Inactive(marking(filled, 0), 1.0, officer_called=True), ()),
        "24-inactive": (at.Inactive(marking(filled, 0), 1.0), ()),
        "25-out-of-service": (at.OutOfService("T2-77"), ()),
        "26-closed": (at.Closed(ClosedReason.NOT_OPENED), ()),
    }  # fmt: skip


def touch(window: QWidget, name: str) -> None:
    """Click the visible button (the first of `this|that`), or `row:<view>:<row>`."""
    if name.startswith("row:"):
        _, view, row = name.split(":")
        found = next(v for v in window.findChildren(CardList, view) if v.isVisible())
        found.touched.emit(found.model().index(int(row), 0).data(CODE_ROLE))
    else:
        named = (b for n in name.split("|") for b in window.findChildren(QAbstractButton, n))
        seen = [button for button in named if button.isVisible()]
        if not seen:
            raise LookupError(f"nothing visible is called {name}")
        seen[0].click()
    settle()


def settle() -> None:
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()


def draw(
    out: Path,
    sample: Sample,
    look: at.Presentation,
    *,
    screen: tuple[int, int] = (1280, 800),
    dpi: float = 96,
    only: str = "",
    report: Callable[[str], object] = print,
) -> None:
    """One picture for each situation whose name contains `only`."""
    out.mkdir(parents=True, exist_ok=True)
    window = BallotWindow(dpi, sample.portraits)
    window.hears = True
    window.resize(*screen)
    window.show()
    for name, (state, touches) in situations(sample, look).items():
        if only not in name:
            continue
        window.show_state(at.Closed(ClosedReason.NOT_OPENED), status())
        window.show_state(state, status())
        settle()
        for place in touches:
            touch(window, place)
        if (window.width(), window.height()) != screen:
            report(f"{name}: the screen grew to {window.width()} x {window.height()}")
            window.resize(*screen)
        window.grab().save(str(out / f"{name}.png"))
    window.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--language", choices=[PERSIAN, ENGLISH], default="fa")
    parser.add_argument("--size", choices=[x.value for x in at.TextSize], default="normal")
    parser.add_argument("--theme", choices=[x.value for x in at.Theme], default="default")
    parser.add_argument("--screen", default="1280x800")
    parser.add_argument("--dpi", type=float, default=96)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication([])
    application.setApplicationName("gallery")
    width, height = (int(part) for part in given.screen.split("x"))
    look = at.Presentation(Language(given.language), at.TextSize(given.size), at.Theme(given.theme))
    draw(given.out, make_sample(), look, screen=(width, height), dpi=given.dpi, only=given.only)


if __name__ == "__main__":
    main()
