"""Robot at one station: it looks, waits, clicks what a person would click, and takes pictures.

Nothing is reached around the screen: what is not visible and enabled in the window cannot be clicked.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from election.definition import BranchId, Role
from simulators.cards.piv import PivCard
from simulators.demo.desk import Lane
from simulators.demo.handing_back import has_receipt
from simulators.demo.hardware import CardPlace, Hardware
from simulators.demo.office import PINS
from simulators.demo.places import DayFolders
from simulators.demo.plan import BRANCH
from simulators.demo.stations import StationProcess, write_configurations
from simulators.robot import RobotClient, RobotError

LOOK_S = 0.015
"""Pause between two looks at the screen."""
PATIENCE_S = 60.0
"""Longest wait for something a station does by itself; the polls open within a few seconds."""


CARD_S = 2.0
"""How long a card is left in the reader of a console that does not count it."""
HAND_S = 0.5
"""A hand needs this to change a card; pcscd looks every 0.4 s."""


TRAINING_CODES = (201, 11)
"""Of `election/training.toml`: one plant for each of its contests."""


class StuckError(Exception):
    """The screen does not reach the expected state; the message says what it shows instead."""


class StoppedError(StuckError):
    """Somebody stopped the step; whatever was in the readers stays where it is."""


@dataclass(frozen=True, slots=True)
class RobotView:
    """Robot's view of the station: screens of flow and console, and what can be touched."""

    flow: str
    console: str
    detail: str
    """The reason of a refusal, or how far a sign-in is."""
    console_detail: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class RobotPlace:
    """Where keys and switches are."""

    focus: str
    ring: tuple[str, ...]
    in_row: bool


@dataclass(slots=True)
class Hands:
    """Robot that operates one station and its devices."""

    station: StationProcess
    hardware: Hardware
    screens: Path
    operators: dict[Role, PivCard]
    operator_place: CardPlace
    """The reader for operator cards at this station."""
    stopped: threading.Event = field(default_factory=threading.Event)
    """Set while a step is to end where it is."""
    still_open: frozenset[str] = frozenset()
    """Stations of the branch that close after this one."""
    dead: frozenset[str] = frozenset()
    """Devices of the branch that do not start any more."""
    operators_free: threading.RLock = field(default_factory=threading.RLock)
    """Held while the operators' cards are used here: several stations share one pair."""
    _pictured: set[str] = field(default_factory=set)

    # ------------------------------------------------------------ looking

    @property
    def robot(self) -> RobotClient:
        """Connection to the station. Raises `StuckError` if it is not running."""
        if self.station.robot is None:
            raise StuckError(f"{self.station.device} is not running")
        return self.station.robot

    def look(self) -> RobotView:
        """Return what the station shows now."""
        seen = self.robot.ask(do="look")
        names = seen["names"]
        return RobotView(
            str(seen["flow"]),
            str(seen["console"]),
            str(seen["detail"]),
            str(seen["consoleDetail"]),
            frozenset(map(str, names)) if isinstance(names, list) else frozenset(),
        )

    def until(
        self, wanted: Callable[[RobotView], bool], what: str, patience_s: float = PATIENCE_S
    ) -> RobotView:
        """Wait for a view. Raises `StuckError`."""
        limit = time.monotonic() + patience_s
        while True:
            self._go_on()
            view = self.look()
            if wanted(view):
                return view
            if time.monotonic() > limit:
                self.picture(view, "stuck")
                raise StuckError(
                    f"{self.station.device}: waited for {what}; there is flow {view.flow},"
                    f" console {view.console}, with {', '.join(sorted(view.names)[:30])}"
                )
            time.sleep(LOOK_S)

    def until_flow(self, *flows: str) -> RobotView:
        """Wait for one of these states of the flow. Raises `StuckError`."""
        return self.until(lambda v: v.flow in flows, " or ".join(flows))

    def until_console(self, *consoles: str) -> RobotView:
        """Wait for one of these states of the console. Raises `StuckError`."""
        return self.until(lambda v: v.console in consoles, "console " + " or ".join(consoles))

    def until_name(self, name: str) -> RobotView:
        """Wait until the widget of this name can be touched. Raises `StuckError`."""
        return self.until(lambda v: name in v.names, name)

    def keep_pictures(self) -> None:
        """Keep one picture of every screen of this station from now on."""
        self.robot.ask(do="watch", prefix=str(self.screens / f"{self.station.device}-"))

    def picture(self, view: RobotView, label: str) -> None:
        """Keep the first picture of a screen with something special on it."""
        screen = view.flow if view.console == "Away" else f"operator-{view.console}"
        name = f"{self.station.device}-{screen}-{label}"
        if name not in self._pictured:
            self._pictured.add(name)
            self.robot.ask(do="grab", path=str(self.screens / f"{name}.png"))

    # ------------------------------------------------------------ touching

    def click(self, name: str) -> None:
        """Click a widget as soon as it can be clicked. Raises `StuckError`."""
        self._patiently(lambda: self.robot.ask(do="click", name=name))

    def touch(self, name: str) -> None:
        """Touch a widget with a finger as soon as that is possible. Raises `StuckError`."""
        self._patiently(lambda: self.robot.ask(do="touch", name=name))

    def press(self, key: str) -> None:
        """Press one of Qt's keys. Raises `StuckError`."""
        self._patiently(lambda: self.robot.ask(do="key", key=key))

    def press_at(self, key: str, name: str, *, in_row: bool) -> int:
        """Press a switch if a scan offers `name` in this moment, in a row or as one of it.

        Returns how many things are offered together, 0 if it was too late.
        """
        try:
            told = self.robot.ask(do="key", key=key, offered=name, inRow=in_row)
        except RobotError:
            return 0
        return int(str(told["offered"]))

    def type_keys(self, text: str) -> None:
        """Press keys with these letters or digits. Raises `StuckError`."""
        self._patiently(lambda: self.robot.ask(do="type", text=text))

    def where(self) -> RobotPlace:
        """Return what has the focus, and what a scan offers."""
        told = self.robot.ask(do="where")
        offered = told["ring"]
        ring = tuple(map(str, offered)) if isinstance(offered, list) else ()
        return RobotPlace(str(told["focus"]), ring, bool(told["inRow"]))

    def _go_on(self) -> None:
        """Raise `StoppedError` if the step was stopped."""
        if self.stopped.is_set():
            raise StoppedError("stopped")

    def _patiently(self, do: Callable[[], object]) -> None:
        limit = time.monotonic() + PATIENCE_S
        while True:
            self._go_on()
            try:
                do()
            except RobotError as problem:
                self._go_on()
                # A program that has ended answers nobody: whoever starts it again begins anew.
                if self.station.has_ended or time.monotonic() > limit:
                    raise StuckError(f"{self.station.device}: {problem}") from problem
                time.sleep(LOOK_S)
            else:
                return

    def row(self, view: str, code: int) -> None:
        """Scroll a list to the row with this selection code, and click it. Raises `StuckError`."""
        self._patiently(lambda: self.robot.ask(do="row", name=view, code=code))

    def click_if_there(self, name: str) -> None:
        """Click a widget if it can be clicked now."""
        with contextlib.suppress(RobotError):
            self.robot.ask(do="click", name=name)

    def type_pin(self, pin: str) -> None:
        """Type a PIN and confirm it. Raises `StuckError`."""
        for digit in pin:
            self.click(f"pin-{digit}")
        self.click("pin-ok")

    # ------------------------------------------------------------ the operators' acts

    def sign_in(self, role: Role) -> None:
        """Insert the role's card and enter its PIN; the caller waits for what follows."""
        self.hardware.slots[self.operator_place].insert(self.operators[role])
        self.until_name("pin-0")
        self.type_pin(PINS[role])

    def take_card_out(self) -> None:
        """Take the operator card out."""
        self.hardware.slots[self.operator_place].remove()

    def act_together(self, act: str, second: Role, cards: Sequence[PivCard] = ()) -> None:
        """Do an act of two roles, one of which is signed in; afterwards `second` is, with the card inserted.

        A station that asks for the missing cards is given these. Raises `StuckError`.
        """
        self.click(f"act-{act}")
        asked = {"AskingDevices", "AskingCards", "SecondSignature"}
        view = self.until(lambda v: v.console in asked or "confirm-yes" in v.names, "confirmation")
        if view.console == "AskingDevices":
            self._say_all_are_closed(view)
            view = self.until(
                lambda v: v.console == "AskingCards" or "confirm-yes" in v.names, "the cards"
            )
        if view.console == "AskingCards":
            self._hand_in(cards)
            self.picture(self.look(), "cards-back")
            self.click("go-on")
            view = self.until_name("confirm-yes")
        if view.console != "SecondSignature":
            self.picture(view, f"confirm-{act}")
            self.click("confirm-yes")
            self.until_console("SecondSignature")
        self._sign_second(second, act)

    def _sign_second(self, second: Role, act: str) -> None:
        self.take_card_out()
        # A reader looks a few times a second: the next card goes in when the first is seen to be out.
        self.until(lambda v: v.console_detail == "NeedCard", "the first card to be out")
        self.sign_in(second)
        self.until(lambda v: v.console == "Console", f"the end of {act}")

    def _say_all_are_closed(self, view: RobotView) -> None:
        """Say of every other device how it stands, page after page."""
        while True:
            for name in sorted(view.names):
                standing, _, device = name.partition("-")
                if standing == self._standing(device):
                    self.click(name)
            view = self.until(lambda v: bool({"go-on", "devices-down"} & v.names), "all devices")
            if "go-on" in view.names:
                break
            self.click("devices-down")
            view = self.look()
        self.picture(view, "all-closed")
        self.click("go-on")

    def _standing(self, device: str) -> str:
        if device in self.dead:
            return "dead"
        return "open" if device in self.still_open else "closed"

    def _hand_in(self, cards: Sequence[PivCard]) -> None:
        """Put cards into the reader for authorization cards until none is missing, or again in vain.

        One that brings something is counted.
        """
        slot = self.hardware.slots[CardPlace.AUTHORIZATION]
        for card in (*cards, *cards):
            before = self.look().console_detail
            if before == "0":
                return
            slot.insert(card)
            limit = time.monotonic() + CARD_S
            while self.look().console_detail == before and time.monotonic() < limit:
                time.sleep(LOOK_S)
            slot.remove()
            time.sleep(HAND_S)

    def hand_back(self, cards: Sequence[PivCard], patience_s: float = PATIENCE_S) -> None:
        """Put cards that bring a receipt into the reader for authorization cards, while nobody is served.

        `patience_s`: for one card. All are tried; raises `StuckError` if one was not taken.
        """
        slot = self.hardware.slots[CardPlace.AUTHORIZATION]
        for card in filter(has_receipt, cards):
            slot.insert(card)
            limit = time.monotonic() + patience_s
            while has_receipt(card) and time.monotonic() < limit:
                self._go_on()
                time.sleep(LOOK_S)
            slot.remove()
            time.sleep(HAND_S)
        if any(map(has_receipt, cards)):
            raise StuckError(f"{self.station.device} did not take the receipt of a card back")

    def load(self) -> None:
        """Load the package and no more: a spare goes back into its box then. Raises `StuckError`."""
        # A hand may have been here before.
        if "act-open" not in self._begin("act-open", "act-load-package"):
            self.act_together("load-package", Role.SUPERVISOR)
        self._end("loaded")

    def rescue(self) -> None:
        """Hand in what lies on a dead terminal's memory, in the USB port. Raises `StuckError`."""
        self._begin("act-rescue")
        self.act_together("rescue", Role.SUPERVISOR)
        self._end("rescued")

    def block_card(self, number: str) -> None:
        """Block an operator card that was lost. Raises `StuckError`."""
        self._begin("act-block-card")
        self.click("act-block-card")
        for digit in number:
            self.click(f"code-{digit}")
        self.click("code-ok")
        self.until_console("SecondSignature")
        self._sign_second(Role.SUPERVISOR, "block-card")
        self._end("blocked")

    def act_alone(self, act: str) -> None:
        """Do an act of one person and wait for its end. Raises `StuckError`."""
        self.click(f"act-{act}")
        # The buttons come back when the act has ended.
        self.until(
            lambda v: v.console == "Console" and any(n.startswith("act-") for n in v.names),
            f"the end of {act}",
        )

    def train(self) -> None:
        """Let somebody try out how to vote before the polls open. Raises `StuckError`."""
        self._turn_training()
        self.click("training-begin")
        self.until_flow("Preferences")
        self.click("begin")
        for code in TRAINING_CODES:
            self.until_flow("Marking")
            self.row("candidates", code)
            self.picture(self.look(), "training")
            self.click("next")
        self.click("accept")
        self.until_flow("CastOrChallenge")
        self.click("cast")
        self.until_flow("Recorded")
        self.click("training-done")
        self.until_flow("Idle")
        self._turn_training()

    def _turn_training(self) -> None:
        """Begin the training as an officer, or end it."""
        self.sign_in(Role.OFFICER)
        self.until_console("Console")
        self.act_alone("train")
        self.take_card_out()
        self.until_console("Away")

    def open_polls(self) -> None:
        """Load the package, run the self-test and open the polls. Raises `StuckError`."""
        role = Role.OFFICER
        # A hand may have been here before.
        if "act-open" not in self._begin("act-open", "act-load-package"):
            self.act_together("load-package", Role.SUPERVISOR)
            role = Role.SUPERVISOR
            self.until_name("act-open")
        self.picture(self.look(), "package-checks")
        self.act_alone("self-test")
        self.picture(self.look(), "self-test")
        self.act_together("open", Role.OFFICER if role is Role.SUPERVISOR else Role.SUPERVISOR)
        self.until_name("act-close")
        self._end("zero-report")
        self.until_flow("Idle")

    def close_polls(self, cards: Sequence[PivCard] = ()) -> None:
        """Close the polls, with the cards that came back, and export the bundle. Raises `StuckError`."""
        if cards:
            # The reader for authorization cards is left to them.
            self.operator_place = CardPlace.IDENTITY
        # Where a terminal was rescued there is something to export before the closing, too.
        if "act-close" in self._begin("act-export", "act-close"):
            self.act_together("close", Role.SUPERVISOR, cards)
        self.until_name("act-export")
        self.picture(self.look(), "closing-report")
        self.act_alone("export")
        self._end("exported")

    def _begin(self, *wanted: str) -> frozenset[str]:
        """Sign in; return what can be touched once one of `wanted` can be."""
        self.sign_in(Role.OFFICER)
        self.until_console("Console")
        return self.until(lambda v: not v.names.isdisjoint(wanted), " or ".join(wanted)).names

    def _end(self, label: str) -> None:
        self.picture(self.look(), label)
        self.take_card_out()
        self.until_console("Away")


def lane_hands(
    places: DayFolders,
    hardware: Hardware,
    operators: dict[Role, PivCard],
    lane: Lane,
    *,
    headless: bool,
    branch: BranchId = BRANCH,
    operators_free: threading.RLock | None = None,
) -> dict[CardPlace, Hands]:
    """Write the configurations of a lane's devices, and return their robots; nothing is started yet.

    `operators_free`: of those who share the operators' cards.
    """
    write_configurations(places, hardware, fullscreen=False, lane=lane, branch=branch)
    free = operators_free or threading.RLock()
    return {
        place: Hands(
            StationProcess(
                device, places, hardware.transport.environment(place), headless=headless
            ),
            hardware,
            places.screens,
            operators,
            operator_place,
            operators_free=free,
        )
        for place, device, operator_place in (
            (CardPlace.IDENTITY, lane.station, CardPlace.AUTHORIZATION),
            (CardPlace.TERMINAL, lane.terminal, CardPlace.TERMINAL),
        )
        if device is not None
    }
