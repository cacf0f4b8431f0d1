"""The windowed day: where its windows stand, what the table shows meanwhile, and steps that go wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QImage, QImageWriter, QPainter
from pytestqt.qtbot import QtBot

from crypto.signing import SigningKey
from drivers.smartcard.authorization import NOTE_OBJECT, encode_token
from election.definition import ENGLISH, PERSIAN, DeviceId, Language, Role
from election.voucher import encode_note, intent_of, sign_receipt
from kiosk.flows.ballot.states import Presentation
from kiosk.station.export import BUNDLE_SUFFIX
from simulators.bench.arrange import Arrangement, Place
from simulators.bench.devices import Drawn, ReaderDrawing
from simulators.bench.monitors import Screen
from simulators.bench.pairs import Pairs
from simulators.bench.protocol import (
    BenchCard,
    BenchCardId,
    BenchCardKind,
    BenchPair,
    BenchState,
    DayStep,
    Monitor,
    StepKey,
)
from simulators.bench.steps import Steps
from simulators.bench.window import BenchWindow
from simulators.cards.piv import PivCard, authorization_card
from simulators.demo import table as tables
from simulators.demo.bench import TableBench
from simulators.demo.desk import Desk, Post, lanes_of
from simulators.demo.electorate import make_visitors
from simulators.demo.hands import Hands, StuckError
from simulators.demo.hardware import CardPlace, Hardware
from simulators.demo.office import STATION, Prepared, devices_of
from simulators.demo.places import DayFolders
from simulators.demo.stations import FIRST_LANE, StationError, StationProcess
from simulators.demo.step_list import (
    BROKEN_OFF,
    NO_STATION,
    OPEN_STATION,
    PREPARE,
    STOPPED,
    STUCK,
    VOTE,
    steps_of,
)
from simulators.demo.steps import DaySteps
from simulators.demo.table import Table
from simulators.demo.watching import Watcher
from simulators.languages import bench_languages
from simulators.robot import RobotError
from tests.simulators.bench.fake import FakeBench, many, scenes
from tests.ui.hands import click, find, settle
from tests.ui.walks.forms import DPI, DrawnForm
from tests.ui.walks.judge import faults, seen
from ui.theme import Ink
from ui.widgets.buttons import Button
from ui.widgets.frames import BorderedFrame
from words.message import Message, m
from words.plain import plain_message

SCREENS = {
    (1366, 768): Place.BESIDE,
    (1280, 1024): Place.ABOVE,
    (1920, 1080): Place.ABOVE,
    (1080, 1920): Place.ABOVE,
    (1020, 737): Place.PAGE,
}


@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
@pytest.mark.parametrize(("size", "place"), SCREENS.items(), ids=str)
def test_the_branch_fits_the_screen(
    qtbot: QtBot, size: tuple[int, int], place: Place, language: Language
) -> None:
    """Nothing is cut or covered, and the window is no larger than the screen."""
    shown = replace(scenes()["busy"], screens=pictures())
    window = BenchWindow(DPI, FakeBench(shown), Presentation(language))
    qtbot.addWidget(window)
    window.resize(*size)
    window.show()
    window.look_again()
    settle()
    form = DrawnForm(Presentation(language), (0, 0))
    wrong = [x for x in faults(window, form, pixels=False) if not x.startswith("the window grew")]
    assert wrong == []
    assert (window.width(), window.height()) == size
    arrangement = window.findChild(Arrangement)
    assert arrangement is not None
    assert arrangement.place is place
    if place is Place.PAGE:
        click(window, "turn-page")
    monitors = [w for w in window.findChildren(Screen) if w.isVisible()]
    assert len(monitors) == 2
    assert all(min(m.width() * 10 // 16, m.height()) > 100 for m in monitors)


@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
def test_the_row_of_all_devices_takes_no_room_from_the_steps(
    qtbot: QtBot, language: Language
) -> None:
    """On a usual screen the row stands over the two screens: the step that is next is seen whole."""
    heights: list[int] = []
    for shown in (scenes()["busy"], replace(scenes()["busy"], pairs=many().pairs)):
        window = BenchWindow(
            DPI, FakeBench(replace(shown, screens=pictures())), Presentation(language)
        )
        qtbot.addWidget(window)
        window.resize(1920, 1080)
        window.show()
        window.look_again()
        settle()
        steps = window.findChild(Steps)
        assert steps is not None
        heights.append(steps.height())
    assert heights[1] >= heights[0] * 9 // 10


@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
@pytest.mark.parametrize("size", SCREENS, ids=str)
def test_no_word_on_a_drawn_device_is_cut(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], language: Language
) -> None:
    drawn: list[str] = []
    cut: list[str] = []
    words = Drawn.words

    def watch(self: Drawn, painter: QPainter, box: QRectF, text: str, ink: str, size: Ink) -> None:
        words(self, painter, box, text, ink, size)
        flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
        drawn.append(text)
        if not box.contains(painter.boundingRect(box, flags, text)):
            cut.append(f"{self.objectName()}: {text}")

    monkeypatch.setattr(Drawn, "words", watch)
    for shown in (*scenes().values(), many(), on_paper(1, OPEN_STATION)):
        window = BenchWindow(DPI, FakeBench(shown), Presentation(language))
        qtbot.addWidget(window)
        window.resize(*size)
        window.show()
        window.look_again()
        settle()
        window.grab()
    assert len(set(drawn)) > 10
    assert sorted(set(cut)) == []


def on_paper(stations: int, following: StepKey) -> BenchState:
    """A branch without terminals, whose cards are those of people, of operators and one odd one."""
    state = scenes()["morning"]
    kept = tuple(card for card in state.cards if card.kind is not BenchCardKind.AUTHORIZATION)
    odd = BenchCard(BenchCardId("other"), BenchCardKind.OTHER, m("Some other card"))
    pairs = tuple(
        BenchPair(((Monitor.STATION, f"identity-{number}"),)) for number in range(1, stations + 1)
    )
    listed = steps_before(following, terminals=False)
    return replace(state, cards=(*kept, odd), pairs=pairs, steps=listed)


def steps_before(following: StepKey, *, terminals: bool) -> tuple[DayStep, ...]:
    listed = steps_of(terminals=terminals)
    at = [key for key, _, _ in listed].index(following)
    return tuple(
        DayStep(key, title, hint, done=place < at, next=place == at, possible=place <= at)
        for place, (key, title, hint) in enumerate(listed)
    )


@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
@pytest.mark.parametrize("terminals", [True, False])
@pytest.mark.parametrize("row", [True, False])
def test_the_step_that_is_next_is_seen_whole_beside_the_screens(
    qtbot: QtBot, *, row: bool, terminals: bool, language: Language
) -> None:
    """Its words, its frame, and the button that has it done: without turning a page."""
    for key, _, _ in steps_of(terminals=terminals):
        if terminals:
            day = many() if row else scenes()["morning"]
            shown = replace(day, steps=steps_before(key, terminals=True))
        else:
            shown = on_paper(2 if row else 1, key)
        window = BenchWindow(
            DPI, FakeBench(replace(shown, screens=pictures())), Presentation(language)
        )
        qtbot.addWidget(window)
        window.resize(1366, 768)
        window.show()
        window.look_again()
        settle()
        settle()  # the page turns once the screens have made room
        card = find(window, Button, f"step-{key}").parentWidget()
        assert isinstance(card, BorderedFrame)
        assert seen(card, window), key
        wrong = faults(window, DrawnForm(Presentation(language), (0, 0)), pixels=False)
        assert [x for x in wrong if not x.startswith("the window grew")] == []
        assert (window.width(), window.height()) == (1366, 768)
        monitors = [w for w in window.findChildren(Screen) if w.isVisible()]
        assert all(min(w.width() * 10 // 16, w.height()) > 100 for w in monitors)


@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
def test_a_branch_on_paper_names_no_authorization_cards(qtbot: QtBot, language: Language) -> None:
    """Neither the tray nor a reader; in a branch with terminals both do."""
    for shown, named in ((on_paper(2, VOTE), False), (on_paper(1, VOTE), False), (many(), True)):
        window = BenchWindow(DPI, FakeBench(shown), Presentation(language))
        qtbot.addWidget(window)
        window.resize(1366, 768)
        window.show()
        window.look_again()
        settle()
        t = bench_languages().load().speaker(language)
        shelf = find(window, Button, "shelf-cards")
        title = m("Authorization cards") if named else m("Other cards")
        assert (shelf.text(), shelf.accessibleName()) == (t(title), t(title))
        reader = find(window, ReaderDrawing, "slot-authorization-reader")
        takes = m("authorization or operator card") if named else m("operator card")
        assert reader.accessibleName().endswith(": " + t(takes))
        if not named:
            click(window, "shelf-cards")
            click(window, "card-other")


@pytest.mark.parametrize("size", SCREENS, ids=str)
def test_five_devices_more_fit_every_screen(qtbot: QtBot, size: tuple[int, int]) -> None:
    pairs = (*many().pairs, *many().pairs[1:])
    window = BenchWindow(DPI, FakeBench(replace(scenes()["busy"], pairs=pairs)))
    qtbot.addWidget(window)
    window.resize(*size)
    window.show()
    window.look_again()
    settle()
    found = faults(window, DrawnForm(Presentation(), (0, 0)), pixels=False)
    assert [each for each in found if not each.startswith("the window grew")] == []


def pictures() -> tuple[tuple[Monitor, bytes], ...]:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image = QImage(160, 100, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkCyan)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return tuple((monitor, bytes(data.data())) for monitor in Monitor)


def test_a_touch_opens_a_device_and_a_step_can_be_stopped(qtbot: QtBot) -> None:
    bench = FakeBench(scenes()["busy"])
    window = BenchWindow(DPI, bench)
    qtbot.addWidget(window)
    window.resize(1920, 1080)
    window.show()
    window.look_again()
    settle()
    screen = window.findChild(Screen, f"monitor-{Monitor.TERMINAL.value}")
    assert screen is not None
    assert not screen.isEnabled(), "a device that is off has no screen"
    bench.now = replace(bench.now, screens=pictures())
    window.look_again()
    click(window, screen.objectName())
    click(window, "step-cancel")
    assert bench.done == [("enlarge", Monitor.TERMINAL), ("cancel",)]


def test_the_table_is_laid_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The window reads the table from another thread: it never finds a card without its face."""
    table = Table(Desk((FIRST_LANE,), (cast(Hardware, None),), ""))
    seen: list[int] = []

    def portrait(_person: object) -> bytes:
        seen.append(len(table.cards()))
        return b""

    monkeypatch.setattr(tables, "portrait", portrait)
    monkeypatch.setattr(tables, "visitor_card", lambda *_: object())
    monkeypatch.setattr(tables, "authorization_card", lambda *_: object())
    visitors = make_visitors(Random(3), 12, date(2026, 6, 14))
    prepared = SimpleNamespace(
        operators=dict.fromkeys(Role, object()), card_key=b"", on_paper=False
    )
    table.lay_out(cast(Prepared, prepared), visitors)
    assert seen == [0] * len(visitors)
    assert len(table.cards()) == len(table.visitors) + len((Role.OFFICER, Role.SUPERVISOR)) + 4


def write(card: PivCard, note: bytes) -> None:
    """Write an object as a device does."""
    card.piv.store_object(NOTE_OBJECT, note)


def voted_on(card: PivCard) -> PivCard:
    """A card as a terminal leaves it: a receipt, and no token."""
    key = SigningKey.generate()
    note = encode_note(sign_receipt(key, "uuid", DeviceId("terminal-1"), bytes(32)))
    write(card, encode_token(note))
    return card


def lay(table: Table, cards: list[PivCard]) -> None:
    for number, card in enumerate(cards):
        key = BenchCardId(f"authorization-{number}")
        table._cards[key] = card
        table._faces[key] = BenchCard(
            key, BenchCardKind.AUTHORIZATION, m("Card {number}", number=1)
        )


def test_a_hand_is_told_to_hand_the_card_back(day: DaySteps) -> None:
    """Until the station has read the receipt, or has closed; not while robots play."""
    table = day.table
    first, second, blank = (authorization_card(bytes(24)) for _ in range(3))
    lay(table, [first, second, blank])
    assert day.prompt() is None
    voted_on(first)
    one = day.prompt()
    assert one is not None
    assert str(plain_message(one)["text"]).startswith(
        "1 card has the receipt of a vote: put it back"
    )
    notes = [None if card.note is None else str(card.note) for card in table.cards()]
    assert notes == ["has a receipt: hand it back", "blank", "blank"]
    voted_on(second)
    two = day.prompt()
    assert two is not None
    assert str(plain_message(two)["text"]).startswith("2 cards have receipts")
    assert table.to_hand_back() == (first, second)
    bench = TableBench(table, day)
    shown = bench.day.message if bench.day.bad else bench.day.prompt() or bench.day.message
    assert shown == two
    day.running = VOTE
    assert day.prompt() is None
    day.running = None
    # The station reads it and leaves it there.
    first.taken = first.piv.objects[NOTE_OBJECT]
    assert table.to_hand_back() == (second,)
    assert table.blank_card() is first
    assert table.with_receipts() == (first, second)
    (day.places.usb / f"{STATION}{BUNDLE_SUFFIX}").write_bytes(b"closed")
    assert day.prompt() is None


def test_an_intent_or_noise_on_a_card_is_no_receipt(day: DaySteps) -> None:
    card = authorization_card(bytes(24))
    lay(day.table, [card])
    for note in (b"", b"\x53\x01\xff", encode_token(encode_note(intent_of(DeviceId("t"), b"x")))):
        write(card, note)
        assert day.table.to_hand_back() == ()


def test_robots_hand_the_cards_back_when_the_station_closes(
    day: DaySteps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Table, "clear", lambda _: None)
    card = voted_on(authorization_card(bytes(24)))
    lay(day.table, [card, authorization_card(bytes(24))])
    given: dict[CardPlace, object] = {}
    for place in CardPlace:
        hands = SimpleNamespace(close_polls=lambda cards, at=place: given.update({at: cards}))
        day._hands[Post(0, place)] = cast(Any, hands)
    day._do_close(CardPlace.TERMINAL)
    day._do_close(CardPlace.IDENTITY)
    assert given == {CardPlace.TERMINAL: (), CardPlace.IDENTITY: (card,)}


@pytest.mark.parametrize(("stations", "terminals"), [(1, 2), (2, 3), (3, 5), (2, 1)])
def test_every_station_is_closed_and_the_last_one_gets_all_cards_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stations: int, terminals: int
) -> None:
    """What an earlier one read, the last one may ask for: nobody sees which of them gave a card."""
    monkeypatch.setattr(Table, "clear", lambda _: None)
    lanes = lanes_of(devices_of(stations, terminals))
    table = Table(Desk(lanes, tuple(cast(Hardware, None) for _ in lanes), ""))
    day = DaySteps(DayFolders.make(tmp_path / "day"), table, 5)
    cards = tuple(voted_on(authorization_card(bytes(24))) for _ in range(2))
    lay(table, [*cards, authorization_card(bytes(24))])
    done: list[tuple[str, str, object]] = []

    def take(name: str, given: tuple[PivCard, ...]) -> None:
        done.append(("took", name, given))
        for card in given:
            card.taken = card.piv.objects[NOTE_OBJECT]

    def close(name: str, given: tuple[PivCard, ...]) -> None:
        done.append(("closed", name, given))
        (day.places.usb / f"{name}{BUNDLE_SUFFIX}").write_bytes(b"closed")

    for post in (*table.desk.posts(CardPlace.IDENTITY), *table.desk.posts(CardPlace.TERMINAL)):
        device = table.desk.device_at(post)
        day._hands[post] = cast(
            Any,
            SimpleNamespace(hand_back=partial(take, device), close_polls=partial(close, device)),
        )
    day._do_close(CardPlace.TERMINAL)
    day._do_close(CardPlace.IDENTITY)
    names = [table.desk.device_at(post) for post in table.desk.posts(CardPlace.IDENTITY)]
    *earlier, last = names
    expected: list[tuple[str, str, object]] = [
        ("closed", table.desk.device_at(post), ()) for post in table.desk.posts(CardPlace.TERMINAL)
    ]
    for name in earlier:
        expected += [("took", name, cards), ("closed", name, ())]
    assert done == [*expected, ("closed", last, cards)]
    assert all(step.done for step in day.steps() if str(step.key).startswith("close-"))
    assert day.prompt() is None


@pytest.fixture
def day(tmp_path: Path) -> DaySteps:
    return DaySteps(
        DayFolders.make(tmp_path / "day"),
        Table(Desk((FIRST_LANE,), (cast(Hardware, None),), "")),
        5,
    )


def outcome(day: DaySteps) -> tuple[Message | None, bool, StepKey | None]:
    return day.message, day.bad, day.running


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (StuckError("T-2: nothing visible is called pin-0"), STUCK),
        (RobotError("the screen changed"), STUCK),
        (StationError("T-2 ended; see /tmp/log"), NO_STATION),
    ],
)
def test_a_step_that_fails_says_a_sentence(
    day: DaySteps, monkeypatch: pytest.MonkeyPatch, trouble: Exception, said: Message
) -> None:
    def fails(_day: DaySteps) -> Message:
        raise trouble

    monkeypatch.setattr(DaySteps, "_do_prepare", fails)
    day.running = PREPARE
    day._do(PREPARE)
    assert outcome(day) == (said, True, None)


def test_a_step_that_is_stopped_leaves_the_table_free(
    day: DaySteps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A robot that waits for a screen ends at once; the cards are out and the next step can begin."""
    hands = Hands(
        cast(StationProcess, SimpleNamespace(device="T-2", robot=None)),
        cast(Hardware, None),
        Path(),
        {},
        CardPlace.TERMINAL,
    )
    cleared: list[bool] = []
    monkeypatch.setattr(Table, "clear", lambda _: cleared.append(True))
    monkeypatch.setattr(DaySteps, "_do_prepare", lambda _: hands.until_flow("Idle"))
    day._hands[Post(0, CardPlace.TERMINAL)] = hands
    day.running = PREPARE
    day.cancel()
    day._do(PREPARE)
    assert outcome(day) == (STOPPED, False, None)
    assert cleared == [True]
    assert not hands.stopped.is_set()


def test_after_a_fault_nobody_expected_another_step_can_be_asked_for(
    day: DaySteps, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_day: DaySteps) -> Message:
        raise LookupError

    monkeypatch.setattr(DaySteps, "_do_prepare", fails)
    day.running = PREPARE
    with pytest.raises(LookupError):
        day._do(PREPARE)
    assert outcome(day) == (BROKEN_OFF, True, None)
    assert any(step.possible for step in day.steps())


@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
@pytest.mark.parametrize("size", [(1366, 768), (1280, 1024), (1920, 1080)], ids=str)
def test_a_branch_of_many_devices_fits_the_screen(
    qtbot: QtBot, size: tuple[int, int], language: Language
) -> None:
    """All are in the row; a touch puts a pair on the table, where what it has not is not drawn."""
    bench = FakeBench(many())
    window = BenchWindow(DPI, bench, Presentation(language))
    qtbot.addWidget(window)
    window.resize(*size)
    window.show()
    window.look_again()
    settle()
    for number, pair in enumerate(bench.now.pairs):
        click(window, f"pair-{number + 1}")
        settle()
        form = DrawnForm(Presentation(language), (0, 0))
        wrong = faults(window, form, pixels=False)
        assert [x for x in wrong if not x.startswith("the window grew")] == []
        assert (window.width(), window.height()) == size
        assert bench.done[-1:] == [("turn", number)]
        for monitor in Monitor:
            screen = window.findChild(Screen, f"monitor-{monitor.value}")
            assert screen is not None
            assert screen.isHidden() is not pair.has(monitor)
        readers = {x.objectName() for x in window.findChildren(ReaderDrawing) if x.isVisible()}
        assert len(readers) == 2 * pair.has(Monitor.STATION) + pair.has(Monitor.TERMINAL)


def test_a_station_alone_stands_on_the_table_without_a_terminal(qtbot: QtBot) -> None:
    """A branch on paper: neither a terminal's screen nor its reader is drawn, and there is no row."""
    lanes = lanes_of(devices_of(1, 0))
    desk = Desk(lanes, (cast(Any, None),), "")
    pairs = Watcher(Table(desk)).pairs()
    assert [pair.names for pair in pairs] == [((Monitor.STATION, "identity-1"),)]
    window = BenchWindow(DPI, FakeBench(replace(scenes()["busy"], pairs=pairs)))
    qtbot.addWidget(window)
    window.show()
    window.look_again()
    row, screen = window.findChild(Pairs), window.findChild(Screen, "monitor-terminal")
    assert row is not None
    assert screen is not None
    assert (row.isHidden(), screen.isHidden()) == (True, True)
    assert len([x for x in window.findChildren(ReaderDrawing) if x.isVisible()]) == 2


def test_a_branch_of_two_devices_has_no_row(qtbot: QtBot) -> None:
    window = BenchWindow(DPI, FakeBench(scenes()["busy"]))
    qtbot.addWidget(window)
    window.show()
    window.look_again()
    row = window.findChild(Pairs)
    assert row is not None
    assert row.isHidden()
