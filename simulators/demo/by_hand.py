"""A desk by hand: commands move the cards between the readers of a branch's real stations and terminals.

Whoever has a display sees the windows and touches them; every act of a robot is a command, too. Each
command is answered by one line, as by every simulator (docs/simulators.md).
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from election.definition import DeviceId
from election.incidents import spoken
from kiosk.station.export import BUNDLE_SUFFIX
from simulators.cards.piv import PivCard, authorization_card
from simulators.control import ControlError
from simulators.demo.booth import Booth
from simulators.demo.branch_day import BranchDay
from simulators.demo.checkin import CheckInDesk, visitor_card
from simulators.demo.desk import Desk, Reader
from simulators.demo.desk_commands import WRONG, DeskCommand, DeskNames, parse, usage
from simulators.demo.electorate import Visitor
from simulators.demo.errors import AMIN_ERRORS
from simulators.demo.handing_back import brings_receipt, has_receipt
from simulators.demo.hands import Hands, StuckError
from simulators.demo.hardware import CardPlace
from simulators.demo.intents import Intent, contests_of, make_intent
from simulators.demo.live_drill import AT_STATIONS, AT_TERMINALS, OUT, STRIKES, UNDONE, LiveDrill
from simulators.demo.office import Prepared
from simulators.demo.stations import StationError
from simulators.fingerprint.fingers import Placement
from simulators.local_reader import VirtualCard
from simulators.robot import RobotError

DONE_BY_HANDS: Final = frozenset(
    {"put", "take", "unplug", "replug", "memory-out", "memory-in", "mains-off", "mains-on", "open"}
)
"""Steps that a drill counts."""
CARDS: Final = 4
"""Authorization cards for each station."""


@dataclass(slots=True)
class HandDesk:
    """Cards by name, and what commands do with them."""

    desk: Desk
    branch: BranchDay
    prepared: Prepared
    visitors: Sequence[Visitor]
    count: Callable[[], Mapping[str, object]]
    """Headquarters' count, as an object for JSON."""
    cast: list[Intent] = field(default_factory=list)
    """What the voters of `vote` meant."""
    _drill: LiveDrill | None = None
    _cards: dict[str, VirtualCard] = field(default_factory=dict)
    _people: dict[str, Visitor] = field(default_factory=dict)

    def lay_out(self) -> None:
        """Lay everybody's cards on the desk."""
        for number, visitor in enumerate(self.visitors, 1):
            name = f"person-{number}"
            self._people[name] = visitor
            self._cards[name] = visitor_card(visitor, self.prepared)
        for role, card in self.prepared.operators.items():
            self._cards[role.value] = card
        for number in range(1, CARDS * len(self.branch.stations) + 1):
            self._cards[f"card-{number}"] = authorization_card(self.prepared.card_key)

    @property
    def names(self) -> DeskNames:
        """What can be named in a command."""
        return DeskNames(
            tuple(self._cards),
            tuple(self._people),
            tuple(post.hands.station.device for post in self.branch.stations),
            tuple(hands.station.device for hands in self.branch.terminals),
            tuple(incident.row.code for incident in STRIKES),
        )

    def answer(self, line: str) -> str | None:
        """Do what a line says and return the answer, one line; None for a line that says nothing."""
        try:
            command = parse(line, self.names)
            return None if command is None else self._do(command)
        except ControlError as wrong:
            return f"error {wrong}"
        except (StuckError, StationError, RobotError, OSError, *AMIN_ERRORS) as trouble:
            return "error " + " ".join(str(trouble).split())

    def _do(self, command: DeskCommand) -> str:
        names = command.names
        if self._drill is not None and command.verb in DONE_BY_HANDS:
            self._drill.steps += 1
        match command.verb:
            case "put":
                self.desk.put(self._cards[names["card"]], reader(names["reader"]))
            case "take":
                self.desk.take(self._cards[names["card"]])
            case "finger":
                self._finger(names["person"], DeviceId(names["station"]), command.how)
            case "lift":
                self.desk.lane_of(DeviceId(names["station"])).finger.lift()
            case "unplug" | "replug":
                self._plug(DeviceId(names["device"]), plugged=command.verb == "replug")
            case "memory-out" | "memory-in":
                self._move_memory(DeviceId(names["device"]), out=command.verb == "memory-out")
            case "mains-off" | "mains-on":
                ups = self.desk.lane_of(DeviceId(names["device"])).ups
                ups.strike("low" if command.verb == "mains-off" else "line")
            case "drill":
                return self._strike(names["code"], names["device"])
            case "score":
                if self._drill is None:
                    raise ControlError("begin with `drill CODE DEVICE`")
                drill, self._drill = self._drill, None
                return json.dumps(drill.score())
            case "open":
                self._free()
                self._hands(names["device"]).open_polls()
            case "close":
                self._close(names["device"])
            case "vote":
                return self._vote(names["person"], names["station"], names["terminal"])
            case "count":
                return json.dumps(self.count(), ensure_ascii=False)
            case "state":
                return json.dumps(self._state(), ensure_ascii=False)
            case _:
                return f"ok {usage()}"
        return "ok"

    def _finger(self, person: str, station: DeviceId, how: str) -> None:
        visitor = self._people[person].person
        finger = visitor.finger()
        if how == WRONG:
            finger = type(finger).of(visitor.finger_seed + 1)
        placement = Placement.CLEAN if how == WRONG else Placement(how)
        self.desk.lane_of(station).finger.place(finger, placement)

    def _plug(self, device: DeviceId, *, plugged: bool) -> None:
        station = device in self.names.stations
        place = CardPlace.IDENTITY if station else CardPlace.TERMINAL
        if not self.desk.lane_of(device).transport.connect(place, plugged=plugged):
            raise ControlError("readers without a pcscd have no cable; begin with --pcscd")

    def _move_memory(self, device: DeviceId, *, out: bool) -> None:
        """Pull the second memory, or put it in again: a folder that is not under its name."""
        there = self.branch.places.device(device).mirror
        away = there.with_name("pulled")
        here, to = (there, away) if out else (away, there)
        if to.exists() or not here.exists():
            raise ControlError("the memory is out already" if out else "the memory is in already")
        here.rename(to)

    def _strike(self, code: str, device: str) -> str:
        incident = spoken(code)
        if incident is None or incident not in STRIKES:
            raise ControlError("that incident cannot strike here")
        stations = self.names.stations
        if incident in (AT_TERMINALS if device in stations else AT_STATIONS):
            raise ControlError(f"incident {code} is one of the other kind of device")
        hands = self._hands(device)
        drill = LiveDrill(incident, lambda: hands.look().flow)
        if drill.look() == OUT:
            raise ControlError(f"{device} is out of service already: put it right first")
        self._drill = None
        self._do(DeskCommand(STRIKES[incident], {"device": device}))
        if not drill.wait_until_shown():
            # Nobody would put right what no screen shows.
            self._do(DeskCommand(UNDONE[STRIKES[incident]], {"device": device}))
            raise StuckError(f"{device} does not notice it; it is undone")
        self._drill = drill
        return "ok"

    def _free(self) -> None:
        """Take the cards of officer and supervisor to where a robot uses them."""
        for card in self.prepared.operators.values():
            self.desk.take(card)

    def _close(self, device: str) -> None:
        hands = self._hands(device)
        stations = [post.hands.station.device for post in self.branch.stations]
        closed = {x for x in stations if self._is_closed(x)}
        hands.still_open = frozenset(set(stations) - closed - {hands.station.device})
        self._free()
        mine = [card for card in self._cards.values() if isinstance(card, PivCard)]
        bring = [card for card in mine if brings_receipt(card)] if device in stations else []
        if bring and hands.still_open:
            hands.hand_back(bring)
            bring = []
        hands.close_polls(bring)

    def _is_closed(self, device: DeviceId) -> bool:
        return (self.branch.places.usb / f"{device}{BUNDLE_SUFFIX}").exists()

    def _vote(self, person: str, station: str, terminal: str) -> str:
        visitor = self._people[person]
        blank = [
            each
            for name, each in self._cards.items()
            if name.startswith("card-") and isinstance(each, PivCard)
        ]
        # A station takes the receipt of a card that it writes anew.
        card = next((each for each in blank if not has_receipt(each)), blank[0])
        self.desk.take(card)
        self.desk.take(self._cards[person])
        self._free()
        hands = self._hands(station)
        outcome = CheckInDesk(hands, hands.hardware).serve(visitor, self._cards[person], card)
        if outcome.refused is not None:
            return f"ok refused {outcome.refused}"
        contests = contests_of(visitor, self.prepared.election)
        rng = random.Random(f"vote {visitor.person.national_number}")
        intent = make_intent(rng, visitor.kind, contests)
        if Booth(self._hands(terminal)).vote(card, visitor.kind, intent, contests) is None:
            return "ok left"
        self.cast.append(intent)
        return "ok recorded"

    def _hands(self, device: str) -> Hands:
        return next(each for each in self.branch.hands if each.station.device == device)

    def _state(self) -> Mapping[str, object]:
        where = {id(self.desk.card_in(each)): str(each) for each in self.desk.readers()}
        devices = {}
        for hands in self.branch.hands:
            view = hands.look()
            devices[hands.station.device] = {"flow": view.flow, "console": view.console}
        return {
            "cards": {name: where.get(id(card)) for name, card in self._cards.items()},
            "devices": devices,
        }


def as_object(answer: str) -> str:
    """Return an answer as one JSON object."""
    word, _, rest = answer.partition(" ")
    if word == "error":
        return json.dumps({"ok": False, "error": rest}, ensure_ascii=False)
    found = json.loads(answer) if answer.startswith("{") else rest if word == "ok" else answer
    return json.dumps({"ok": True, "answer": found}, ensure_ascii=False)


def reader(name: str) -> Reader:
    """Return the reader of a name that is known."""
    device, _, slot = name.rpartition(".")
    if device:
        return Reader(DeviceId(device), CardPlace(slot))
    return Reader(DeviceId(name), CardPlace.TERMINAL)
