"""Hands, switches and ears: events of touch, key and timer as a window system sends them.

Nothing here calls a flow or a slot. A body finds what it wants as a person does: where it is seen, where
the focus or the ring is, or by its name when it is heard.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt, QTimer, QTimerEvent
from PySide6.QtGui import QKeyEvent, QPointingDevice, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from election.definition import Language
from tests.ui.ballot.ears import Ear
from tests.ui.ballot.ways import Machine, page_of
from tests.ui.hands import settle
from tests.ui.personas.persona import Way
from ui.ballot.candidates import CardList
from ui.ballot.hearing import LANGUAGE_KEY
from ui.keys.stops import Stop, stops_of
from ui.widgets import Button, ButtonKind
from words.languages import for_voters
from words.message import Code, Message
from words.text import PERSIAN

PATIENCE = 300
"""Moves after which something is not to be reached."""
STEP_S = 1.0
"""Between two acts of a calm hand."""
UNREACHED_MS = 10_000_000
LETTERS = "ابپتسشنمکرضه abzԱԲ"


class Unreached(AssertionError):
    """Something cannot be reached in this way."""


class Body(ABC):
    """One way of input at one terminal."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.window = machine, machine.window
        self.acts = 0
        self._now = 0.0
        self.window.pilot._clock = lambda: self._now
        self.window._stage.steady.clock = lambda: self._now

    @property
    def handle(self) -> QWindow:
        handle = self.window.windowHandle()
        assert handle is not None
        return handle

    def begin(self, language: Language) -> None:
        """Do what comes first after the card: say which switches, and in which language."""
        self.choose(f"lang-{language}")

    @abstractmethod
    def choose(self, key: str) -> None:
        """Choose what has this name. Raises Unreached."""

    def code(self, digits: str) -> None:
        """Type a code."""
        if not self.sees("digit-0"):
            self.choose("tab-code")
        for digit in digits:
            self.choose(f"digit-{digit}")

    @abstractmethod
    def anything(self, rng: random.Random) -> None:
        """Do something at random that these hands can do."""

    def sees(self, key: str) -> bool:
        return any(one.key == key for one in self.stops())

    def stops(self, *, turned_away: bool = False) -> list[Stop]:
        settle()
        rows = stops_of(page_of(self.window), turned_away=turned_away)
        return [one for row in rows for one in row]

    def find(self, key: str) -> Stop:
        """Find what is seen, turning pages as far as they can be turned. Raises Unreached."""
        for way in ("-down", "-up"):
            for turner in [one.key for one in self.stops() if one.key.endswith(way)]:
                for _ in range(PATIENCE):
                    if self.sees(key):
                        return self.stop(key)
                    if not self.sees(turner):
                        break
                    self.choose(turner)
        return self.stop(key)

    def stop(self, key: str) -> Stop:
        found = [one for one in self.stops() if one.key == key]
        if not found:
            raise Unreached(f"{key} is not among {[one.key for one in self.stops()]}")
        return found[0]

    def done(self) -> None:
        self.acts += 1
        self._now += STEP_S
        settle()

    def close(self) -> None:  # noqa: B027 - most have nothing to put down
        """Go away."""


class Touch(Body):
    """A finger on the screen."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._device = touch_device()

    def choose(self, key: str) -> None:
        spot = page_of(self.window).mapTo(self.window, self.find(key).area.center())
        self.touch(spot)

    def touch(self, spot: QPoint) -> None:
        QTest.touchEvent(self.handle, self._device).press(0, spot, self.handle).commit()
        QTest.touchEvent(self.handle, self._device).release(0, spot, self.handle).commit()
        self.done()

    def anything(self, rng: random.Random) -> None:
        stops = self.stops()
        if stops and rng.random() < 0.8:
            area = rng.choice(stops).area
            page = page_of(self.window)
            self.touch(page.mapTo(self.window, _inside(rng, area.topLeft(), area.bottomRight())))
        else:
            corner = QPoint(self.window.width() - 1, self.window.height() - 1)
            self.touch(_inside(rng, QPoint(0, 0), corner))


class Keypad(Body):
    """Digits, four arrows, select, and the keys for sound and help."""

    KEYS: Sequence[Qt.Key] = (
        *(Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right) * 3,
        *(Qt.Key.Key_Return,) * 6,
        *(Qt.Key.Key_Backspace, Qt.Key.Key_Tab, Qt.Key.Key_Backtab),
        *(Qt.Key.Key_F1, Qt.Key.Key_F2, Qt.Key.Key_F3, Qt.Key.Key_F4, Qt.Key.Key_F5),
        *(Qt.Key.Key_F6, Qt.Key.Key_F7, Qt.Key.Key_F8, Qt.Key.Key_F9),
    )

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(self.handle, key)
        self.done()

    def type(self, text: str) -> None:
        """Type a letter or digit, in any script."""
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, text)
            QApplication.sendEvent(self.handle, event)
        self.done()

    def begin(self, language: Language) -> None:
        number = 1 + [one.id for one in for_voters()].index(language)
        self.type(str(number))

    def code(self, digits: str) -> None:
        for digit in digits:
            self.type(digit)

    def choose(self, key: str) -> None:
        if not self.here() and self.main() == key and key != "begin":
            # Where nothing has the focus, select goes to the main action.
            self.press(Qt.Key.Key_Return)
        for _ in range(PATIENCE):
            if self.here() == key:
                self.press(Qt.Key.Key_Return)
                return
            self.press(Qt.Key.Key_Down)
        raise Unreached(f"{key} is never reached by keys")

    def here(self) -> str:
        """The name of what has the focus, empty if nothing has that can be chosen."""
        now = self.window.focusWidget()
        name = "" if now is None else now.objectName()
        if isinstance(now, CardList) and now.focused_code is not None:
            name = f"{name}-{int(now.focused_code)}"
        return name if any(one.key == name for one in self.stops(turned_away=True)) else ""

    def main(self) -> str:
        """The name of the page's main action."""
        found = page_of(self.window).findChildren(Button)
        shown = (b.objectName() for b in found if b.isVisible() and b.kind is ButtonKind.MAIN)
        return next(shown, "")

    def anything(self, rng: random.Random) -> None:
        if rng.random() < 0.3:
            self.type(rng.choice("0123456789"))
        else:
            self.press(rng.choice(self.KEYS))


class Keyboard(Keypad):
    """A keyboard: letters, too."""

    def anything(self, rng: random.Random) -> None:
        if rng.random() < 0.2:
            self.type(rng.choice(LETTERS))
        else:
            super().anything(rng)


class HeldTimer(QTimer):
    """The scan's clock, which passes when the body lets it: a slow machine would let it run on."""

    def start(self, _ms: int = 0) -> None:
        super().start(UNREACHED_MS)


class Switches(Body):
    """One switch or two, by the page that asks which was pressed."""

    SWITCHES = (Qt.Key.Key_F11, Qt.Key.Key_F12)
    two = False

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        scanner = self.window.pilot.scanner
        scanner._timer.stop()
        scanner._timer = HeldTimer(scanner)
        scanner._timer.timeout.connect(scanner._tick)

    def begin(self, language: Language) -> None:
        self.press(1)
        self.press(2 if self.two else 1)
        self.choose("pat-begin")
        self.choose(f"lang-{language}")

    def press(self, number: int) -> None:
        """Press a switch of a USB switch interface, which is a key."""
        QTest.keyClick(self.handle, self.SWITCHES[number - 1])
        self.done()

    def choose(self, key: str) -> None:
        self.find(key)
        self._until(lambda: key in self._row(), key)
        alone = len(self._row()) == 1
        self.press(self.select)
        if not alone:
            self._until(lambda: self._row()[self._place()] == key, key)
            self.press(self.select)

    @property
    def select(self) -> int:
        return 2 if self.two else 1

    def advance(self) -> None:
        """Let what comes next be offered: by a press, or by time, which passes."""
        if self.two:
            self.press(1)
            return
        timer = self.window.pilot.scanner._timer
        QCoreApplication.sendEvent(timer, QTimerEvent(timer.timerId()))
        self.done()

    def _until(self, wanted: object, key: str) -> None:
        assert callable(wanted)
        settle()
        for _ in range(PATIENCE):
            if wanted():
                return
            self.advance()
        raise Unreached(f"the scan never comes to {key}")

    def _row(self) -> list[str]:
        scanner = self.window.pilot.scanner
        return [one.key for one in scanner._rows[scanner._scan.row]] if scanner._rows else [""]

    def _place(self) -> int:
        place = self.window.pilot.scanner._scan.place
        return -1 if place is None else place

    def anything(self, rng: random.Random) -> None:
        if rng.random() < 0.5 and self.window.pilot.scanner.running:
            self.advance()
        else:
            self.press(rng.choice((1, 2)) if self.two else 1)


class TwoSwitches(Switches):
    two = True


class Hearing(Keypad):
    """A keypad and headphones, the screen dark: goes on until what is wanted is heard."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.ear = Ear(machine)
        self.ear.desk.plugged(True)
        self.language: Language = PERSIAN
        self.last: list[str] = self.ear.sentences()
        """What was heard after the last act."""

    def done(self) -> None:
        super().done()
        self.last = self.ear.sentences() or self.last

    def begin(self, language: Language) -> None:
        self.last = self.ear.sentences() or self.last
        self.language = language
        for digit in "123456789":
            said = Message(LANGUAGE_KEY.source, (("digit", Code(digit)),))
            if self.ear.words(said, language) in " | ".join(self.last):
                self.type(digit)
                break
        else:
            raise Unreached(f"nobody says how to choose {language}: {self.last}")
        self.press(Qt.Key.Key_F9)
        darkness = self.window.findChild(QWidget, "darkness")
        assert darkness is not None
        assert darkness.isVisible()

    def choose(self, key: str) -> None:
        if not self.here() and self.main() == key and key != "begin":
            self.press(Qt.Key.Key_Return)
        for _ in range(PATIENCE):
            if self.here() == key:
                name = self.ear.spelt(self.stop(key).name, self.language)
                assert name in " | ".join(self.last), f"{name} was not heard: {self.last}"
                self.press(Qt.Key.Key_Return)
                return
            self.press(Qt.Key.Key_Down)
        raise Unreached(f"{key} is never heard")

    def hears(self, text: str) -> None:
        """Demand that a text of the voter's language was heard after the last act."""
        wanted = self.ear.spelt(text, self.language)
        assert wanted in " | ".join(self.last), f"{wanted} was not heard: {self.last}"

    def close(self) -> None:
        self.ear.close()


def body(way: Way, machine: Machine) -> Body:
    """A body for a way of input."""
    kinds: dict[Way, type[Body]] = {
        Way.TOUCH: Touch,
        Way.KEYPAD: Keypad,
        Way.KEYBOARD: Keyboard,
        Way.ONE_SWITCH: Switches,
        Way.TWO_SWITCHES: TwoSwitches,
        Way.EAR: Hearing,
    }
    return kinds[way](machine)


_SCREENS: list[QPointingDevice] = []


def touch_device() -> QPointingDevice:
    """The one touch screen of this process."""
    if not _SCREENS:
        _SCREENS.append(QTest.createTouchDevice())
    return _SCREENS[0]


def _inside(rng: random.Random, first: QPoint, last: QPoint) -> QPoint:
    return QPoint(rng.randint(first.x(), last.x()), rng.randint(first.y(), last.y()))
