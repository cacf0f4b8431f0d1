"""Run a polling branch as the real programs, with simulated hardware and hands in their windows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from election.definition import DeviceId, Rules
from simulators.cards.piv import PivCard, authorization_card
from simulators.demo.booth import Booth
from simulators.demo.checkin import CheckInDesk, identity_card
from simulators.demo.electorate import VisitKind, Visitor
from simulators.demo.hands import PATIENCE_S, Hands, StuckError
from simulators.demo.hardware import CardPlace, Hardware, SocketTransport
from simulators.demo.intents import ContestChoice, Intent
from simulators.demo.office import STATION, TERMINAL, CountedElection, Prepared, count, prepare
from simulators.demo.places import DayFolders
from simulators.demo.stations import StationError, StationProcess, write_configurations
from simulators.fingerprint.fingers import Placement
from simulators.local_reader import VirtualCard
from simulators.robot import RobotError
from tests.kiosk.station.office import people

SEED = 1
GONE = (StuckError, RobotError, StationError, OSError)
"""What hands meet at a station whose process has ended."""
MOST = 60
"""Voters at most."""
READERS = {STATION: CardPlace.AUTHORIZATION, TERMINAL: CardPlace.TERMINAL}


@dataclass(frozen=True, slots=True)
class Branch:
    """Both devices as processes, and the hands that click in their windows."""

    places: DayFolders
    hardware: Hardware
    prepared: Prepared
    stations: dict[DeviceId, StationProcess]
    hands: dict[DeviceId, Hands]

    @property
    def terminal(self) -> Hands:
        return self.hands[TERMINAL]

    @property
    def booth(self) -> Booth:
        return Booth(self.terminal)

    def start(self, *devices: DeviceId) -> None:
        """Start programs side by side, and wait for their robots."""
        for device in devices:
            self.stations[device].start()
        for device in devices:
            self.stations[device].connect()

    def blank(self) -> PivCard:
        return authorization_card(self.prepared.card_key)

    def check_in(self, number: int, card: PivCard) -> str | None:
        """Return the reason of a refusal; None: the card holds an authorization."""
        visitor = _visitor(number)
        desk = CheckInDesk(self.hands[STATION], self.hardware)
        return desk.serve(visitor, self._identity_card(visitor), card).refused

    def claim(self, number: int) -> None:
        """Check in without a blank card, as far as the station goes."""
        visitor = _visitor(number)
        self.hardware.slots[CardPlace.IDENTITY].insert(self._identity_card(visitor))
        self.hands[STATION].until_flow("Fingerprint")
        assert self.hardware.finger.wait_for_scan(PATIENCE_S)
        self.hardware.finger.place(visitor.person.finger(), Placement.CLEAN)
        self.hands[STATION].until_flow("WritingAuthorization")

    def _identity_card(self, visitor: Visitor) -> VirtualCard:
        return identity_card(visitor, self.prepared.issuer, self.prepared.election.day)

    @property
    def intent(self) -> Intent:
        """What every voter chooses: two of the council, one expert."""
        council, experts = self.prepared.election.contests
        persons = (council.candidates[0].code, council.candidates[7].code)
        return Intent(
            (
                ContestChoice(council.id, persons=persons),
                ContestChoice(experts.id, persons=(experts.candidates[1].code,)),
            )
        )

    def vote(self, card: PivCard) -> None:
        """Play a whole voter. Raises `StuckError`."""
        contests = self.prepared.election.contests
        self.booth.vote(card, VisitKind.ORDINARY, self.intent, contests)

    def count(self) -> CountedElection:
        """Let headquarters import what is on the USB drive, count and verify it."""
        return count(self.places, self.prepared, None, lambda *_: None)


def _visitor(number: int) -> Visitor:
    return Visitor(people(MOST, "cases")[number], VisitKind.ORDINARY)


@contextmanager
def branch(folder: Path) -> Iterator[Branch]:
    """Yield a branch in an empty folder, with an election of this hour and open polls."""
    places = DayFolders.make(folder / "day")
    rules = Rules(ballots_per_terminal=MOST, inactivity_ms=600_000)
    prepared = prepare(places, SEED, rules, None, lambda *_: None)
    transport = SocketTransport(places.wires)
    with Hardware.make(transport, places.wires, SEED, hurried=True) as hardware:
        write_configurations(places, hardware, fullscreen=False)
        stations = {
            device: StationProcess(device, places, transport.environment(reader), headless=True)
            for device, reader in READERS.items()
        }
        hands = {
            device: Hands(stations[device], hardware, places.screens, prepared.operators, reader)
            for device, reader in READERS.items()
        }
        made = Branch(places, hardware, prepared, stations, hands)
        try:
            made.start(*stations)
            for hand in hands.values():
                hand.open_polls()
            yield made
        finally:
            for station in stations.values():
                station.stop()
            places.clear_wires()
