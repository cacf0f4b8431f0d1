"""Every screen of every window, by name, with what draws it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial

from PySide6.QtWidgets import QAbstractButton, QWidget

from kiosk.flows.ballot import states as ballot
from kiosk.flows.identity import states as identity
from kiosk.flows.operator import states as console
from kiosk.status import DeviceStatus, Mode
from simulators.bench.protocol import Cable
from simulators.bench.window import BenchWindow
from tests.simulators.bench.fake import FakeBench, scenes
from tests.ui import gallery, samples_station
from tests.ui.hands import settle
from tests.ui.sample import TRACKING, Sample, make_sample, status
from tests.ui.walks.forms import DPI, OFFICERS, DrawnForm
from ui.ballot.window import BallotWindow
from ui.identity.day import DeskDay
from ui.identity.voter import VoterWindow
from ui.identity.window import IdentityWindow
from words.text import PERSIAN

TIMED = 23.0
CANDIDATES = 240
LEAVING = ("sheet-close", "strip-close", "tour-skip", "settings-close", "deny-no")
"""What closes questions that the window opens by itself."""


@dataclass(frozen=True, slots=True)
class WalkedScreen:
    """A screen of one kind of window; `draw` shows it there."""

    kind: str
    name: str
    draw: Callable[[QWidget], None]

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


@cache
def sample() -> Sample:
    """Return the election of the pictures."""
    return make_sample(CANDIDATES)


def windows(form: DrawnForm) -> dict[str, Callable[[], QWidget]]:
    """Return what makes each kind of window in this form."""
    look = form.look
    at_rest = look if look.language in OFFICERS else replace(look, language=PERSIAN)
    return {
        "voter": lambda: _hearing(BallotWindow(DPI, sample().portraits, at_rest=at_rest)),
        "identity": lambda: IdentityWindow(DPI, look),
        "turned": lambda: VoterWindow(DPI, look),
        "console": lambda: IdentityWindow(DPI, look),
        "bench": lambda: WalkedBench(form),
    }


def screens(form: DrawnForm) -> Iterator[WalkedScreen]:
    """Yield every screen there is in the form's language; those of one window together, in one order."""
    yield from voters_screens(form)
    if form.look.language in OFFICERS:
        yield from officers_screens()


def voters_screens(form: DrawnForm) -> Iterator[WalkedScreen]:
    """Yield what voters see at the terminal and at the identity station: in every language."""
    for name, (state, touches) in gallery.situations(sample(), form.look).items():
        yield WalkedScreen("voter", name, partial(_voter, state, touches))
    for name, state in (
        ("27-training", ballot.Idle(form.look)),
        ("27-training-over", ballot.Recorded(TRACKING, form.look)),
        ("27-training-card", ballot.Refused(ballot.CardProblem.TRAINING)),
    ):
        yield WalkedScreen("voter", name, partial(_voter, state, (), mode=Mode.TRAINING))
    for key, person in samples_station.identity_states().items():
        yield WalkedScreen("turned", key, partial(_turned, person))


def officers_screens() -> Iterator[WalkedScreen]:
    """Yield the screens of station, console and bench."""
    for key, person in samples_station.identity_states().items():
        yield WalkedScreen("identity", key, partial(_identity, person, ()))
        if key == "idle":
            yield WalkedScreen("identity", "settings", partial(_identity, person, ("settings",)))
        if key == "override-reason":
            yield WalkedScreen("identity", "deny", partial(_identity, person, ("deny",)))
        if key in {"access-digits", "access-wrong"}:
            turned = ("access-way",)
            yield WalkedScreen("identity", f"{key}-lines", partial(_identity, person, turned))
    broken = partial(_identity, identity.Idle(), (), broken=True)
    yield WalkedScreen("identity", "idle-broken", broken)
    for key, officer in samples_station.operator_states().items():
        yield WalkedScreen("console", key, partial(_console, officer, ()))
        if key == "console-closed":
            report = ("view-report",)
            yield WalkedScreen("console", "report", partial(_console, officer, report))
            yield WalkedScreen("console", "settings", partial(_console, officer, ("settings",)))
    for key in scenes():
        yield WalkedScreen("bench", key, partial(_bench, key, ()))
    for device in Cable:
        more = (f"more-{device.value}",)
        yield WalkedScreen("bench", f"sheet-{device.value}", partial(_bench, "busy", more))
    yield WalkedScreen("bench", "strip", partial(_bench, "busy", ("printer",)))
    for number in range(6):
        tour = ("tour", *["tour-next"] * number)
        yield WalkedScreen("bench", f"tour-{number}", partial(_bench, "morning", tour))


def _hearing(window: BallotWindow) -> BallotWindow:
    """With sound there is more to choose."""
    window.hears = True
    return window


def _leave(window: QWidget) -> None:
    for name in LEAVING:
        for button in window.findChildren(QAbstractButton, name):
            if button.isVisible():
                button.click()


def _touched(window: QWidget, touches: tuple[str, ...]) -> None:
    settle()
    for name in touches:
        gallery.touch(window, name)


def _voter(
    state: ballot.BallotState,
    touches: tuple[str, ...],
    window: QWidget,
    *,
    mode: Mode = Mode.SIMULATION,
) -> None:
    assert isinstance(window, BallotWindow)
    _nobody(window)
    window.show_state(state, status(mode))
    _touched(window, touches)


def _nobody(window: BallotWindow) -> None:
    """Leave as little of the screen before as somebody does who goes, but draw no screen for it."""
    window._place.empty()
    window._desks.clear()
    window._close_panel()
    window._stage.steady.forget()
    if window._key is not None:
        window._key = ("nobody", *window._key[1:])


def _identity(
    state: identity.IdentityState,
    touches: tuple[str, ...],
    window: QWidget,
    *,
    broken: bool = False,
) -> None:
    assert isinstance(window, IdentityWindow)
    _leave(window)
    window.show_operator(console.Away())
    window._place.empty()
    # The day as if it had been shown; drawing each of its screens took a third of the walk.
    window._day = _day_before()
    window.show_state(state, _status_for(state, broken=broken))
    _touched(window, touches)


@cache
def _day_before() -> DeskDay:
    day = DeskDay()
    for earlier in samples_station.earlier():
        day = day.after(identity.Idle(), earlier)
    return day


def _turned(state: identity.IdentityState, window: QWidget) -> None:
    assert isinstance(window, VoterWindow)
    window.show_state(state, _status_for(state))
    settle()


def _console(state: console.ConsoleState, touches: tuple[str, ...], window: QWidget) -> None:
    assert isinstance(window, IdentityWindow)
    window.show_state(identity.Idle(), samples_station.status())
    _leave(window)
    window.show_operator(console.Away())
    window.show_operator(state)
    _touched(window, touches)


class WalkedBench(BenchWindow):
    """Bench whose devices a walk sets."""

    def __init__(self, form: DrawnForm) -> None:
        self.fake = FakeBench(scenes()["busy"])
        super().__init__(DPI, self.fake, form.look)


def _bench(scene: str, touches: tuple[str, ...], window: QWidget) -> None:
    assert isinstance(window, WalkedBench)
    _leave(window)
    window.fake.now = scenes()[scene]
    window.look_again()
    _touched(window, touches)


def _status_for(state: identity.IdentityState, *, broken: bool = False) -> DeviceStatus:
    timed = (
        isinstance(state, identity.Fingerprint)
        and state.feedback is identity.SensorFeedback.PLACE_FINGER
    )
    out = broken or isinstance(state, identity.OutOfService)
    return samples_station.status(broken=out, deadline=TIMED if timed else None)
