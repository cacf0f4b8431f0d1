"""A branch on its worst day: two stations, three terminals, a spare of each; tally = intent, everything told.

    a terminal dies            its second memory is rescued at a station; the spare terminal opens
    a station dies             both memories go into the bag; the spare station opens for its voters
    an operator card is lost   the district's reserve signs from then on, and blocks it at every device
    no power for three hours   every device goes on as it was left
    an extension               voters still vote past midnight, after two roles confirmed the clock

Each voter belongs to one station. The spares are enrolled for the branch, and are loaded
in the morning: before a register is there nobody's reserve is believed.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from crypto.election import parse_election
from election.closing_order import Standing
from election.definition import DeviceId, Role
from election.polls import PollsState
from election.register import open_published_register
from election.rescue import open_rescue, read_rescue
from headquarters.authority import load_sealing_key
from headquarters.closings import SettledDevices
from headquarters.counting import count_election
from headquarters.import_report import FindingKind
from headquarters.importing import Imported
from headquarters.tally import relay
from headquarters.trustees import load_private_keys
from kiosk.flows.operator.states import ConsoleAct
from simulators.cards.piv import PivCard
from simulators.fingerprint.sfm import SfmSimulator
from tests.headquarters.at_once import BundleFile, import_bundles
from tests.headquarters.unlocking import unlock
from tests.kiosk.station.bench import Bench, IdentityBench, TerminalBench
from tests.kiosk.station.conftest import finger_sensor
from tests.kiosk.station.office import BRANCH, NOON, NUMBERS, Office, people
from tests.kiosk.station.test_identity_station import check_in

STATIONS = tuple(DeviceId(f"b1-i{number}") for number in (1, 2, 3))
TERMINALS = tuple(DeviceId(f"b1-t{number}") for number in (1, 2, 3, 4))
HOURS = timedelta(hours=1)
pytestmark = pytest.mark.slow


@dataclass(slots=True)
class Day:
    """The branch, and what its voters meant."""

    office: Office
    folder: Path
    sensors: dict[DeviceId, SfmSimulator]
    stations: dict[DeviceId, IdentityBench] = field(default_factory=dict)
    terminals: dict[DeviceId, TerminalBench] = field(default_factory=dict)
    meant: list[tuple[int, int, int]] = field(default_factory=list)
    now: timedelta = timedelta()
    """Since noon, on every clock of the branch."""

    @property
    def running(self) -> list[Bench]:
        return [*self.stations.values(), *self.terminals.values()]

    def load(self, device: DeviceId) -> None:
        """Load the package; a spare goes back into its box then."""
        folder = self.folder / device
        bench: Bench
        if device in STATIONS:
            bench = self.stations[device] = IdentityBench(
                self.office, folder, self.sensors[device], device=device
            )
        else:
            bench = self.terminals[device] = TerminalBench(self.office, folder, device)
        assert bench.load(self.office.package()).ok
        bench.sign_out()

    def open(self, device: DeviceId) -> None:
        bench = {**self.stations, **self.terminals}[device]
        assert bench.do(ConsoleAct.OPEN).ok

    def die(self, device: DeviceId) -> Path:
        """Switch a device off for ever; return its second memory."""
        gone = self.stations.pop(device) if device in STATIONS else self.terminals.pop(device)
        gone.station.stop()
        return gone.files.mirror

    def vote(self, station: DeviceId, terminal: DeviceId, number: int) -> None:
        self.cast(self.card(station, number), terminal, number)

    def card(self, station: DeviceId, number: int) -> PivCard:
        return check_in(self.stations[station], VOTERS[number])

    def cast(self, card: PivCard, terminal: DeviceId, number: int) -> None:
        booth, rng = self.terminals[terminal], random.Random(number)
        first, second = sorted(rng.sample(range(8), 2))
        booth.choice = (first, second, rng.randrange(3))
        booth.vote(card)
        self.meant.append(booth.choice)

    def pass_time(self, by: timedelta) -> None:
        self.now += by
        for bench in self.running:
            bench.clock.reach(NOON + self.now)


VOTERS = people(14, "a bad day")


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    roles = dict.fromkeys(STATIONS, (Role.IDENTITY_STATION, BRANCH))
    roles |= dict.fromkeys(TERMINALS, (Role.BALLOT_TERMINAL, BRANCH))
    for name in ("office", *(f"finger-{each}" for each in STATIONS)):
        (tmp_path / name).mkdir()
    with ExitStack() as stack:
        sensors = {
            each: stack.enter_context(finger_sensor(tmp_path / f"finger-{each}"))
            for each in STATIONS
        }
        day = Day(Office.open(tmp_path / "office", roles), tmp_path, sensors)
        yield day
        for bench in day.running:
            bench.station.stop()


def lose_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the officer of the branch is the district's reserve."""
    own = Office.operator

    def operator(office: Office, role: Role, *, pin: str) -> PivCard:
        return own(office, role, branch=None if role is Role.OFFICER else BRANCH, pin=pin)

    monkeypatch.setattr(Office, "operator", operator)


def power_cut(day: Day) -> None:
    """Three hours without power: every device off, and on again with what it has."""
    for bench in day.running:
        bench.station.stop()
    day.now += 3 * HOURS
    for device, station in day.stations.items():
        station.boot()
        assert station.station.context.polls.state is PollsState.OPEN, device
    for device, terminal in day.terminals.items():
        terminal.boot()
        assert terminal.station.context.polls.state is PollsState.OPEN, device
    day.pass_time(timedelta())


def test_a_bad_day(day: Day, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    i1, i2, i3 = STATIONS
    t1, t2, t3, t4 = TERMINALS
    for device in (*STATIONS, *TERMINALS):
        day.load(device)
    for device in (i1, i2, t1, t2, t3):
        day.open(device)
    for number, (station, terminal) in enumerate(((i1, t1), (i2, t2), (i1, t2), (i2, t3))):
        day.vote(station, terminal, number)

    # 12:30: a terminal dies; its voter's card is good at another one.
    day.pass_time(HOURS / 2)
    waiting = day.card(i1, 4)
    memory = day.die(t2)
    usb = day.stations[i1].config.usb
    shutil.rmtree(usb)
    shutil.copytree(memory, usb)
    assert day.stations[i1].do(ConsoleAct.RESCUE).ok
    day.open(t4)
    day.cast(waiting, t4, 4)

    # 13:00: the officer's card is lost; the reserve of the district comes.
    day.pass_time(HOURS / 2)
    lose_card(monkeypatch)
    for bench in day.running:
        assert bench.do(ConsoleAct.BLOCK_CARD, NUMBERS[Role.OFFICER]).ok

    # 13:30: a station dies with a card of its outside; the spare one serves its voters.
    day.pass_time(HOURS / 2)
    outside = day.card(i2, 5)
    day.die(i2)
    day.cast(outside, t1, 5)
    day.open(i3)
    day.vote(i3, t3, 6)

    # 14:00 to 17:00: no power.
    day.pass_time(HOURS / 2)
    power_cut(day)
    day.vote(i1, t1, 7)
    day.vote(i3, t4, 8)

    # Past midnight, after an extension: late is never out of service, and asks nobody.
    day.pass_time(8 * HOURS)
    for bench in day.running:
        bench.station.context.store.submit(bench.station.tell_readiness)
        bench.settle()
        assert not bench.station.context.doubts()
    day.vote(i1, t3, 9)
    day.vote(i3, t1, 10)

    imported = bring(day, close(day, dead={t2: Standing.DEAD, i2: Standing.DEAD}))
    report = imported.report
    assert not report.rejected
    assert len(imported.ballots) == len(day.meant) == 11
    told = {(finding.kind, finding.subject, str(finding.message)) for finding in report.findings}
    blocked = f"two roles blocked the operator card {NUMBERS[Role.OFFICER]} there"
    assert told == {
        *((FindingKind.WENT_ON, device, blocked) for device in (i1, i3, t1, t3, t4)),
        *(
            (FindingKind.WENT_ON, station, message)
            for station, out in ((i1, 5), (i3, 3))
            for message in (
                f"it closed without {i2} dead",
                f"it closed without {t2} dead",
                f"it closed last, and {out} of its cards had not come back",
            )
        ),
    }
    assert len(day.stations[i1].logged("rescued")) == 1
    assert counted(day, imported, tmp_path) == expected(day)


def close(day: Day, dead: dict[DeviceId, Standing]) -> dict[str, bytes]:
    """Close terminals, then stations, and export; return what the drives hold."""
    brought: dict[str, bytes] = {}
    for bench in (*day.terminals.values(), *day.stations.values()):
        bench.standings = dead
        assert bench.do(ConsoleAct.CLOSE).ok
        shutil.rmtree(bench.config.usb)
        bench.config.usb.mkdir()
        assert bench.do(ConsoleAct.EXPORT).ok
        brought |= {path.name: path.read_bytes() for path in bench.config.usb.iterdir()}
    return brought


def bring(day: Day, brought: dict[str, bytes]) -> Imported:
    """Import everything; the dead station is finally missing, as two offices sign."""
    office = day.office
    package = office.package()
    published = open_published_register(office.once[package], office.authority.root)
    rescues = [
        (open_rescue(read_rescue(data).act, published).statement, read_rescue(data))
        for name, data in brought.items()
        if name.endswith(".rescue")
    ]
    assert [(each.device, each.found.cast) for each, _ in rescues] == [(TERMINALS[1], 2)]
    missing = frozenset({STATIONS[1]})
    return import_bundles(
        office.election,
        sha256(package).digest(),
        office.authority.root,
        load_sealing_key(office.folder / "keys", unlock),
        [BundleFile(name, data) for name, data in brought.items() if name.endswith(".bundle")],
        NOON + day.now,
        settled=SettledDevices(tuple(rescues), missing, stationless=frozenset({BRANCH})),
        published=published,
    )


def counted(day: Day, imported: Imported, folder: Path) -> list[list[int]]:
    """Mix, decrypt and count as the trustees do: votes of every candidate, by contest."""
    office = day.office
    encrypted = parse_election(office.election.belenios_election)
    keys = load_private_keys(office.folder / "trustees", office.trustees, unlock)
    begun = relay.begin(
        folder / "election.bel", encrypted, office.trustees, imported.ballots, timestamp=1
    )
    result = relay.finish(begun, keys.values())
    contests = count_election(office.election, result, len(imported.ballots))
    return [[candidate.individual for candidate in contest.candidates] for contest in contests]


def expected(day: Day) -> list[list[int]]:
    council = Counter(place for meant in day.meant for place in meant[:2])
    experts = Counter(meant[2] for meant in day.meant)
    return [[council[n] for n in range(8)], [experts[n] for n in range(3)]]
