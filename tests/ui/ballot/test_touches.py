"""Real presses and releases on real widgets send the right events, and only those."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from election.definition import ENGLISH, Rules, SelectionCode
from election.marks import Marks
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.flows.ballot.flow import BallotFlow
from tests.ui.ballot.looking import click, click_row, seen
from tests.ui.gallery import settle
from tests.ui.sample import COUNCIL, EXPERTS, TRACKING, Sample, status
from ui.ballot.candidates import CandidateView, CardList
from ui.ballot.window import BallotWindow

LOOK = at.Presentation()


class Booth:
    """The window and the real flow behind it: an event is a step, a step is drawn."""

    def __init__(self, window: BallotWindow, state: at.BallotState) -> None:
        self.window, self.state = window, state
        self.events: list[on.BallotEvent] = []
        window.acted.connect(self._step)
        self.draw()

    def _step(self, event: on.BallotEvent) -> None:
        self.events.append(event)
        self.state = BallotFlow(Rules()).step(self.state, event).state
        self.draw()

    def draw(self) -> None:
        self.window.show_state(self.state, status())
        settle()

    def click(self, *names: str) -> None:
        for name in names:
            click(self.window, name)
            settle()

    def taken(self) -> list[on.BallotEvent]:
        events, self.events = self.events, []
        return events

    @property
    def marks(self) -> Marks:
        assert isinstance(self.state, at.Marking)
        return self.state.marks


@pytest.fixture
def booth(window: BallotWindow, sample: Sample) -> Iterator[Booth]:
    made = Booth(window, at.Preferences(sample.session(LOOK)))
    yield made
    window.acted.disconnect()


def _marking(booth: Booth, sample: Sample, *marks: Marks, index: int = 0) -> None:
    booth.state = at.Marking(sample.session(LOOK, *marks), index)
    booth.draw()


def test_preferences(booth: Booth) -> None:
    booth.click("size-large")
    assert booth.taken() == [on.PresentationChosen(at.Presentation(size=at.TextSize.LARGE))]
    booth.click("lang-en", "theme-white-on-black")
    assert booth.taken()[-1] == on.PresentationChosen(
        at.Presentation(ENGLISH, at.TextSize.LARGE, at.Theme.WHITE_ON_BLACK)
    )
    assert booth.window.layoutDirection() == Qt.LayoutDirection.LeftToRight
    booth.click("begin")
    assert booth.taken() == [on.Begin()]
    assert isinstance(booth.state, at.Marking)


def test_an_act_needs_press_and_release_inside(booth: Booth) -> None:
    begin = seen(booth.window, "begin", QAbstractButton)
    middle = begin.rect().center()
    outside = QPoint(middle.x(), -60)
    QTest.mousePress(begin, Qt.MouseButton.LeftButton, pos=middle)
    assert booth.taken() == []
    QTest.mouseMove(begin, outside)
    QTest.mouseRelease(begin, Qt.MouseButton.LeftButton, pos=outside)
    assert booth.taken() == []
    QTest.mousePress(begin, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseRelease(begin, Qt.MouseButton.LeftButton, pos=middle)
    assert booth.taken() == [on.Begin()]


def test_a_card_needs_press_and_release_on_it(booth: Booth, sample: Sample) -> None:
    _marking(booth, sample)
    booth.click("tab-all")
    view = seen(booth.window, "candidates", CardList)
    first = view.visualRect(view.model().index(0, 0)).center()
    second = view.visualRect(view.model().index(1, 0)).center()
    between = QPoint((first.x() + second.x()) // 2, first.y())
    for press, release in ((first, second), (second, first), (between, between)):
        QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=press)
        QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=release)
    assert booth.taken() == []


def test_by_name(booth: Booth, sample: Sample) -> None:
    _marking(booth, sample)
    booth.click("tab-name", "key-م", "key-ح")
    field = seen(booth.window, "search", QLineEdit)
    assert field.text() == "مح"
    assert booth.taken() == []
    codes = _codes(booth.window)
    names = [c.name.fa for c in sample.council.candidates if c.code in codes]
    assert names
    assert all("مح" in name.replace("\u200c", " ").replace(" ", "") for name in names)
    booth.click("key-erase", "key-space", "search-clear")
    assert field.text() == ""
    assert len(_codes(booth.window)) == len(sample.council.candidates)
    code = sample.council.candidates[300].code
    click_row(booth.window, "candidates", code)
    assert booth.taken() == [on.Toggled(code)]
    assert booth.marks.persons == (code,)


def test_the_alphabet_may_be_in_order_and_the_keyboard_hidden(booth: Booth, sample: Sample) -> None:
    _marking(booth, sample)
    booth.click("key-order")
    keys = [b.text() for b in _buttons(booth.window, "key-") if len(b.text()) == 1]
    assert "".join(keys) == "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
    booth.click("key-hide")
    assert _buttons(booth.window, "key-") == []
    booth.click("keyboard-show", "key-order", "key-ض")
    assert seen(booth.window, "search", QLineEdit).text() == "ض"


def test_by_code(booth: Booth, sample: Sample) -> None:
    _marking(booth, sample)
    chosen = sample.council.candidates[30]
    booth.click("tab-code", *_digits(sample, chosen.code))
    assert seen(booth.window, "found-name", QLabel).text() == chosen.name.fa
    assert booth.taken() == []
    booth.click("confirm-no")
    assert booth.taken() == []
    booth.click(*_digits(sample, chosen.code), "confirm-yes")
    assert booth.taken() == [on.Toggled(chosen.code)]
    booth.click(*_digits(sample, chosen.code))
    assert "پیش‌تر انتخاب شده" in seen(booth.window, "found-list", QLabel).text()
    booth.click("confirm-no")
    assert booth.taken() == []
    booth.click(*_digits(sample, chosen.code), "confirm-yes")
    assert booth.marks.empty


def test_an_unknown_code_is_said(booth: Booth, sample: Sample) -> None:
    _marking(booth, sample)
    booth.click("tab-code", *["digit-8"] * 4)
    assert "۸۸۸۸" in seen(booth.window, "code-hint", QLabel).text()
    assert _buttons(booth.window, "confirm-yes") == []
    booth.click("digit-erase", "digit-erase", "digit-clear")
    assert booth.taken() == []


def test_codes_may_be_typed_back_to_back(booth: Booth, sample: Sample) -> None:
    _marking(booth, sample)
    first, second = (c.code for c in sample.council.candidates[5:7])
    booth.click("tab-code", *_digits(sample, first), *_digits(sample, second))
    name = sample.council.candidates[5].name.fa
    assert name in seen(booth.window, "found-name", QLabel).text()
    waits = seen(booth.window, "code-ahead", QLabel).text()
    assert booth.window.look.t.code(sample.council.format_code(second)) in waits
    booth.click("confirm-yes")
    assert booth.taken() == [on.Toggled(first)]
    assert sample.council.candidates[6].name.fa in seen(booth.window, "found-name", QLabel).text()
    booth.click("confirm-no")
    assert booth.taken() == []
    assert booth.marks.persons == (first,)


def test_by_list(booth: Booth, sample: Sample) -> None:
    _marking(booth, sample)
    the_list = sample.council.lists[4]
    booth.click("tab-list")
    click_row(booth.window, "lists", the_list.code)
    settle()
    assert booth.taken() == []
    assert _codes(booth.window) == list(the_list.members)
    booth.click("list-back")
    click_row(booth.window, "lists", the_list.code)
    settle()
    booth.click("choose-list")
    assert booth.taken() == [on.Toggled(the_list.code)]
    assert booth.marks.list_code == the_list.code
    booth.click("choose-list")
    assert booth.marks.empty


def test_a_list_instead_of_persons_is_asked(booth: Booth, sample: Sample) -> None:
    code, the_list = sample.council.candidates[0].code, sample.council.lists[3]
    _marking(booth, sample, Marks(COUNCIL, (code,)), Marks(EXPERTS))
    booth.click("tab-list")
    for answer, kept in (("confirm-no", True), ("confirm-yes", False)):
        click_row(booth.window, "lists", the_list.code)
        settle()
        booth.click("choose-list", answer)
        assert booth.taken()[-1] == on.ListReplacesAnswered(not kept)
        assert booth.marks.persons == ((code,) if kept else ())
        if kept:
            booth.click("list-back")


def test_a_question_covers_what_is_behind_it(booth: Booth, sample: Sample) -> None:
    booth.state = at.Marking(sample.session(LOOK), 0, confirming_blank=True)
    booth.draw()
    for name in ("next", "tab-all", "help"):
        assert not any(b.isVisible() for b in booth.window.findChildren(QAbstractButton, name))
    booth.click("confirm-no")
    assert booth.taken() == [on.BlankAnswered(False)]


def test_the_tray(booth: Booth, sample: Sample) -> None:
    codes = tuple(c.code for c in sample.council.candidates[40:43])
    _marking(booth, sample, Marks(COUNCIL, codes), Marks(EXPERTS))
    assert seen(booth.window, "chosen-count", QLabel).text() == "۳ از ۲۱ نفر"
    booth.click(f"tray-{codes[1]}")
    assert booth.taken() == [on.Toggled(codes[1])]
    booth.click("clear-all", "confirm-no")
    assert booth.taken() == []
    booth.click("clear-all", "confirm-yes")
    assert booth.taken() == [on.Cleared()]
    assert booth.marks.empty


def test_one_too_many_is_asked_about_at_its_card(booth: Booth, sample: Sample) -> None:
    codes = tuple(c.code for c in sample.experts.candidates[:3])
    _marking(booth, sample, Marks(COUNCIL), Marks(EXPERTS, codes[:2]), index=1)
    for answer, after in (
        ("confirm-no", codes[:2]),
        (f"over-{codes[0]}", (codes[1], codes[2])),
    ):
        click_row(booth.window, "candidates", codes[2])
        settle()
        assert isinstance(booth.state, at.Marking)
        name = sample.experts.candidates[2].name.fa
        assert name in seen(booth.window, "over-name", QLabel).text()
        booth.click(answer)
        kept = booth.window.window().findChildren(QWidget, "question-over")
        assert not any(question.isVisible() for question in kept)
        assert booth.state.session.marks[1].persons == after


def test_another_list_is_asked_about(booth: Booth, sample: Sample) -> None:
    one, other = sample.council.lists[:2]
    _marking(booth, sample, Marks(COUNCIL, list_code=one.code), Marks(EXPERTS))
    booth.click("tab-list")
    click_row(booth.window, "lists", other.code)
    settle()
    booth.click("choose-list", "confirm-no")
    assert booth.marks.list_code == one.code
    booth.click("choose-list", "confirm-yes")
    assert booth.taken()[-1] == on.OverAnswered(one.code)
    assert booth.marks.list_code == other.code


@pytest.mark.parametrize("photo", ["", "f" * 64])
def test_one_that_stands_alone_is_a_large_card_with_two_answers(
    booth: Booth, sample: Sample, photo: str
) -> None:
    """Also without a photo, and with one that is no picture."""
    person = replace(sample.experts.candidates[0], portrait=photo)
    alone = replace(sample.experts, candidates=(person,), seats=1, max_selections=1)
    session = replace(
        sample.session(LOOK),
        contests=(sample.council, alone),
        marks=(Marks(COUNCIL), Marks(EXPERTS)),
    )
    booth.state = at.Marking(session, 1)
    booth.draw()
    assert person.name.fa in seen(booth.window, "only-name", QLabel).text()
    assert _buttons(booth.window, "tab-code") == []
    booth.click("only-no", "only-no")
    assert booth.taken() == [on.OnlyAnswered(False)] * 2
    assert seen(booth.window, "only-no", QAbstractButton).isChecked()
    booth.click("only-yes")
    assert isinstance(booth.state, at.Marking)
    assert booth.state.marks.persons == (person.code,)
    assert not seen(booth.window, "only-no", QAbstractButton).isChecked()
    QTest.keyClick(booth.window, Qt.Key.Key_7)
    assert booth.state.marks.persons == (person.code,), "there is no code to be typed"


def test_one_list_alone_leaves_the_way_to_its_members(booth: Booth, sample: Sample) -> None:
    the_list = sample.council.lists[0]
    members = tuple(c for c in sample.council.candidates if c.list_code == the_list.code)
    council = replace(sample.council, candidates=members, lists=(the_list,))
    session = replace(sample.session(LOOK), contests=(council, sample.experts))
    booth.state = at.Marking(session, 0)
    booth.draw()
    booth.click("only-yes")
    assert booth.marks.list_code == the_list.code
    booth.click("tab-all")
    click_row(booth.window, "candidates", members[1].code)
    settle()
    booth.click("confirm-yes")
    assert booth.marks.persons == (members[1].code,)


def test_going_on(booth: Booth, sample: Sample) -> None:
    booth.click("begin", "back", "begin", "next", "confirm-yes")
    booth.click("skip")
    assert isinstance(booth.state, at.Review)
    assert booth.taken()[-2:] == [on.BlankAnswered(True), on.Skipped()]
    booth.click("change-0")
    assert booth.taken() == [on.ChangeContest(0)]
    click_row(booth.window, "candidates", sample.council.candidates[2].code)
    settle()
    booth.click("next")
    assert isinstance(booth.state, at.Review)
    booth.taken()
    booth.click("accept")
    assert booth.taken() == [on.ReviewAccepted()]
    assert isinstance(booth.state, at.Sealing)


def test_casting_and_challenging(booth: Booth, sample: Sample) -> None:
    sealed = at.CastOrChallenge(
        sample.session(LOOK, Marks(COUNCIL, blank=True), Marks(EXPERTS, blank=True)), TRACKING
    )
    for name, event in (
        ("cast", on.CastChosen()),
        ("challenge", on.ChallengeChosen()),
        ("back", on.Back()),
    ):
        booth.state = sealed
        booth.draw()
        booth.click(name)
        assert booth.taken() == [event]
    booth.state = at.Challenged(sealed.session, TRACKING, "AMIN1:00")
    booth.draw()
    booth.click("begin")
    assert booth.taken() == [on.Begin()]


def test_without_challenge_it_is_not_offered(qtbot: QtBot, sample: Sample) -> None:
    window = BallotWindow(96, sample.portraits, may_challenge=lambda _spoiled: False)
    qtbot.addWidget(window)
    window.show()
    window.show_state(at.CastOrChallenge(sample.session(LOOK), TRACKING), status())
    assert window.findChildren(QWidget, "challenge") == []
    assert window.findChildren(QWidget, "cast") != []


def test_help_hides_the_marks_and_comes_back_to_the_same_place(
    booth: Booth, sample: Sample
) -> None:
    _marking(booth, sample)
    booth.click("tab-name", "key-م", "help")
    assert booth.window.findChildren(QWidget, "tray") == []
    booth.click("still-here")
    assert booth.taken()[-1] == on.StillHere()
    assert seen(booth.window, "search", QLineEdit).text() == "م"


def test_the_inactivity_alert_is_answered(booth: Booth, sample: Sample) -> None:
    booth.state = at.Inactive(at.Review(sample.session(LOOK)), 1.0)
    booth.draw()
    assert "۰:۲۷" in seen(booth.window, "time-left", QLabel).text()
    booth.click("still-here")
    assert booth.taken() == [on.StillHere()]


def test_another_language_keeps_marks_tab_and_letters(booth: Booth, sample: Sample) -> None:
    code = sample.council.candidates[9].code
    _marking(booth, sample, Marks(COUNCIL, (code,)), Marks(EXPERTS))
    booth.click("tab-name", "key-ر", "settings", "lang-en", "size-small", "settings-close")
    assert seen(booth.window, "search", QLineEdit).text() == "ر"
    assert seen(booth.window, "chosen-count", QLabel).text() == "1 of 21 chosen"
    assert booth.marks.persons == (code,)


def test_next_and_select_reach_and_do_everything(booth: Booth, sample: Sample) -> None:
    """Two switches: Tab goes through all buttons and cards, Space chooses."""
    _marking(booth, sample)
    booth.window.activateWindow()
    booth.click("tab-all")
    booth.taken()
    reached: list[str] = []
    QTest.keyClick(booth.window, Qt.Key.Key_Tab)
    for _ in range(60):
        QTest.keyClick(_focus(), Qt.Key.Key_Tab)
        reached.append(_focus().objectName())
    wanted = {
        "help",
        "settings",
        "tab-name",
        "tab-code",
        "tab-list",
        "candidates",
        "back",
        "skip",
        "next",
    }
    assert wanted <= set(reached)
    while _focus().objectName() != "candidates":
        QTest.keyClick(_focus(), Qt.Key.Key_Tab)
    QTest.keyClick(_focus(), Qt.Key.Key_Tab)
    QTest.keyClick(_focus(), Qt.Key.Key_Space)
    assert booth.taken() == [on.Toggled(sample.council.candidates[1].code)]


@pytest.mark.slow
def test_the_rest_of_a_list_is_reached_page_by_page(booth: Booth, sample: Sample) -> None:
    _marking(booth, sample)
    booth.click("tab-all")
    seen_codes: list[int] = []
    while True:
        seen_codes += [c for c in _shown(booth.window) if c not in seen_codes]
        if not seen(booth.window, "candidates-down", QAbstractButton).isEnabled():
            break
        booth.click("candidates-down")
    assert seen_codes == [c.code for c in sample.council.candidates]


def test_the_row_of_a_code(booth: Booth, sample: Sample) -> None:
    _marking(booth, sample)
    booth.click("tab-all")
    view = next(v for v in booth.window.findChildren(CandidateView) if v.isVisible())
    assert view.row_of(sample.council.candidates[17].code) == 17
    assert view.row_of(SelectionCode(1)) is None


def test_the_same_state_again_changes_nothing(booth: Booth, sample: Sample) -> None:
    _marking(booth, sample)
    booth.click("tab-code", "digit-1")
    before = booth.window.findChildren(QWidget)
    booth.window.show_state(booth.state, replace(status(), deadline_s=3.0))
    assert booth.window.findChildren(QWidget) == before


# ---------------------------------------------------------------- parts


def _focus() -> QWidget:
    focus = QApplication.focusWidget()
    assert focus is not None
    return focus


def _digits(sample: Sample, code: SelectionCode) -> list[str]:
    return [f"digit-{digit}" for digit in sample.council.format_code(code)]


def _buttons(window: QWidget, prefix: str) -> list[QAbstractButton]:
    found = window.findChildren(QAbstractButton)
    return [b for b in found if b.isVisible() and b.objectName().startswith(prefix)]


def _codes(window: QWidget) -> list[int]:
    model = seen(window, "candidates", CardList).model()
    return [model.index(row, 0).data(Qt.ItemDataRole.UserRole) for row in range(model.rowCount())]


def _shown(window: QWidget) -> list[int]:
    """Codes of the rows wholly on the screen."""
    view = seen(window, "candidates", CardList)
    inside = view.viewport().rect()
    model = view.model()
    indexes = (model.index(row, 0) for row in range(model.rowCount()))
    return [
        i.data(Qt.ItemDataRole.UserRole) for i in indexes if inside.contains(view.visualRect(i))
    ]
