"""A branch of three stations by chance: lines cut, answers lost, cards returned, protests; then the night.

Everything is the real thing but the network: the station's half, the service, its book. Voters go from
station to station and try again; some never use a written card. In the night nobody has two ballots that
count, and nobody who used a card has none.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from election.authorization_life import AlreadyVoted, ClaimedNotIssued, Granted
from election.definition import Authority
from election.provisional import ORDINARY
from headquarters.decisions import DecisionVerdict
from headquarters.night import People, used_ordinary
from headquarters.reconciliation import reconcile
from kiosk.flows.identity.events import ClaimWay
from registry.book import ThreadedBook
from registry.door import Door, Pace
from registry.service import Registry, make_app
from simulators.people import make_person
from simulators.registry.centre import B1, B2, FIRST, SECOND
from simulators.registry.in_process import AppInProcess, CutLine
from tests.contract.claiming import WORLD, Station
from tests.shares import few

THIRD = next(each.id for each in WORLD.published.register.devices if each.id.startswith("b02-x"))
VOTERS, VISITS = 12, 60


@dataclass
class Day:
    stations: list[Station]
    draw: random.Random
    spent: set[bytes] = field(default_factory=set)
    handles: set[bytes] = field(default_factory=set)
    cards: list[tuple[str, bytes, bytes | None]] = field(default_factory=list)
    """Written and not used: person, hash of the nonce, handle."""
    used: Counter[str] = field(default_factory=Counter)
    protests: int = 0
    """Provisional ballots that were given to who was said to have voted."""

    def visit(self, person: str) -> None:
        """A person comes to a station, and two roles do what they may."""
        station = self.draw.choice(self.stations)
        asked = station.ask(person)
        if asked.outcome is None and self.draw.random() < 0.6:
            asked = station.ask(person, ClaimWay.WITHOUT_ANSWER)
        if asked.outcome == ClaimedNotIssued() and self.draw.random() < 0.8:
            asked = station.ask(person, ClaimWay.REISSUE)
        if asked.outcome == AlreadyVoted() and self.draw.random() < 0.3:
            asked = station.ask(person, ClaimWay.PROTEST)
            self.protests += asked.outcome == Granted()
        assert asked.outcome in (None, Granted(), AlreadyVoted(), ClaimedNotIssued())
        if asked.outcome != Granted():
            station.between()
            return
        handle = station.do(partial(station.book.handle, asked.reference))
        if self.draw.random() < 0.15:
            station.restart()  # the power is cut before the card is confirmed
            return
        self.cards.append((person, station.give(asked.reference), handle))

    def go_on(self) -> None:
        """Cards are used at terminals, or come back."""
        while self.cards and self.draw.random() < 0.7:
            person, spent, handle = self.cards.pop(self.draw.randrange(len(self.cards)))
            if self.draw.random() < 0.2:
                self.draw.choice(self.stations).take_back(spent)
            elif spent not in self.spent:
                self.spent.add(spent)
                self.used[person] += 1
                if handle is not None:
                    self.handles.add(handle)

    def shake(self) -> None:
        """Lines go and come back."""
        for station in self.stations:
            assert station.wire is not None
            station.wire.up = self.draw.random() < 0.8
            station.wire.lose = self.draw.choice([0, 0, 0, 1])
            if station.wire.up:
                # What only time ends: the probes that bring it back.
                station.attendant.link = type(station.attendant.link)()


@contextmanager
def branch(folder: Path, draw: random.Random) -> Iterator[Day]:
    pace = Pace(lambda: 0.0, burst=1_000_000)
    open_book = partial(ThreadedBook.open, folder / "claims.db")
    made = Registry(Door(WORLD.published), open_book, WORLD.keys["registry"].classical, pace)
    with ExitStack() as stack:
        app = stack.enter_context(AppInProcess(make_app(made)).running())
        stations = []
        for device, place in ((FIRST, B1), (SECOND, B2), (THIRD, B2)):
            line = CutLine(app, WORLD.certificates[device])
            station = Station(device, place, folder, Authority.BRANCH, lambda *_, at=line: at)
            stack.callback(station.stop)
            stations.append(station)
        yield Day(stations, draw)


@pytest.mark.parametrize("seed", range(few(4, 60)))
def test_a_day_by_chance(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    people = [make_person(draw, date(2026, 6, 1)).national_number for _ in range(VOTERS)]
    with branch(tmp_path, draw) as day:
        for _ in range(VISITS):
            day.shake()
            day.visit(draw.choice(people))
            day.go_on()
        entries = [entry for station in day.stations for entry in station.entries()]
        issued = [spent for station in day.stations for spent in station.book.issued()]
    assert len(issued) == len(set(issued)) == len(entries), "one entry for every authorization"
    assert day.spent <= set(issued)
    assert day.protests, "a day by chance has some"

    everybody = People(entries)
    found = used_ordinary(entries, everybody, day.spent, day.handles)
    assert found.twice == 0, "nobody has two ordinary ballots"
    lot = "a public value"
    decided = reconcile(day.handles, entries, (), (), lot, day.spent)
    included = {each.handle for each in decided if each.decision is DecisionVerdict.INCLUDE}
    person_of = {entry.spent: everybody.who(entry) for entry in entries}
    counted = Counter(
        person_of[entry.spent]
        for entry in entries
        if entry.spent in day.spent and (entry.handle == ORDINARY or entry.handle in included)
    )
    assert set(counted.values()) <= {1}, "nobody twice"
    assert len(counted) == len(day.used), "nobody's only vote is lost"
