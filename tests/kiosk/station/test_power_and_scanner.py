"""A UPS and a code scanner at the stations: real drivers, simulated devices on their wires."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.fingerprint.sfm import SfmModule
from drivers.fingerprint.sfm_wire import BAUD_DEFAULT
from drivers.power.nut import NutSource
from drivers.power.seam import Supply
from drivers.scanner.serial_scanner import SerialScanner
from drivers.serial_line import SerialLine
from election.definition import PERSIAN
from election.document_trust import OwnDocuments
from election.incidents import Incident
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot import states as ballot
from kiosk.flows.common import ClosedReason
from kiosk.flows.identity import states as at
from kiosk.flows.identity.states import AccessProblem
from kiosk.flows.operator.states import ConsoleAct
from kiosk.station.ballot import BallotTerminal
from kiosk.station.identity import IdentityStation
from simulators.fingerprint.sfm import SfmSimulator
from simulators.scanner.serial_scanner import ScannerSimulator
from simulators.ups.upsd import UpsSimulator
from tests.kiosk.station.bench import IdentityBench, PluggableReader, TerminalBench
from tests.kiosk.station.office import Office, people
from tests.kiosk.station.test_identity_cards import CAN, WRONG, asked, card_of, zone_text
from tests.kiosk.station.test_identity_station import check_in, finger
from tests.needs import BUSY_S
from words.languages import installed

POLL_S = 0.02
VOTER, OTHER = people(2, "power")


class PoweredStation(IdentityBench):
    def __init__(
        self,
        office: Office,
        folder: Path,
        sensor: SfmSimulator,
        ups: UpsSimulator,
        scanner: ScannerSimulator,
        profile: str = "standard",
    ) -> None:
        self._ups, self._scanner, self._profile = ups, scanner, profile
        super().__init__(office, folder, sensor)

    def boot(self) -> None:
        self.config = replace(self.config, identity=OwnDocuments(self._profile))
        self.reader = PluggableReader("identity")
        self.operators = self.cards = PluggableReader("authorization")
        self.identity = self.station = IdentityStation(
            self.config,
            self.clock,
            self.reader,
            self.cards,
            SfmModule(lambda: SerialLine.open(self.sensor.path, BAUD_DEFAULT)),
            lambda _: None,
            self.shown.append,
            self.said.append,
            self.woken.set,
            scanner=SerialScanner(lambda: SerialLine.open(self._scanner.path, 9600)),
            power=NutSource(None, self._ups.host, self._ups.port),
        )
        assert self.identity.power is not None
        self.identity.power.watcher.every_s = POLL_S
        self.identity.start()
        self.settle()


class PoweredTerminal(TerminalBench):
    def __init__(self, office: Office, folder: Path, ups: UpsSimulator) -> None:
        self._ups = ups
        super().__init__(office, folder)

    def boot(self) -> None:
        self.reader = self.operators = PluggableReader("terminal")
        self.terminal = self.station = BallotTerminal(
            self.config,
            self.clock,
            self.reader,
            lambda _: None,
            self.shown.append,
            self.said.append,
            self.lamp.append,
            self.woken.set,
            power=NutSource(None, self._ups.host, self._ups.port),
        )
        assert self.terminal.power is not None
        self.terminal.power.watcher.every_s = POLL_S
        self.terminal.start()
        self.settle()


@pytest.fixture
def ups() -> Iterator[UpsSimulator]:
    with UpsSimulator() as simulator:
        yield simulator


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[ScannerSimulator]:
    with ScannerSimulator(tmp_path / "scanner", paced=False) as simulator:
        yield simulator


MakeStation = Callable[[str], PoweredStation]


@pytest.fixture
def station_of(
    office: Office,
    tmp_path: Path,
    sensor: SfmSimulator,
    ups: UpsSimulator,
    scanner: ScannerSimulator,
) -> Iterator[MakeStation]:
    made: list[PoweredStation] = []

    def make(profile: str = "standard") -> PoweredStation:
        bench = PoweredStation(office, tmp_path / "station", sensor, ups, scanner, profile)
        made.append(bench)
        assert bench.open_polls().ok
        bench.see(at.Idle)
        return bench

    yield make
    for bench in made:
        bench.identity.stop()


@pytest.fixture
def powered(station_of: MakeStation) -> PoweredStation:
    return station_of("standard")


@pytest.fixture
def terminal(office: Office, tmp_path: Path, ups: UpsSimulator) -> Iterator[PoweredTerminal]:
    bench = PoweredTerminal(office, tmp_path / "terminal", ups)
    assert bench.open_polls().ok
    yield bench
    bench.terminal.stop()


def supply(bench: PoweredStation, wanted: Supply) -> None:
    power = bench.identity.power
    assert power is not None
    bench.until(lambda: power.state.supply is wanted, wanted.value)


# ---------------------------------------------------------------- power


def test_on_battery_there_is_a_lamp_and_voting_goes_on(
    powered: PoweredStation, ups: UpsSimulator
) -> None:
    power = powered.identity.power
    assert power is not None
    supply(powered, Supply.ON_LINE)
    assert power.lamp().ok
    ups.set_charge(52)
    ups.strike("battery")
    powered.until(lambda: "minutes" in str(power.lamp().detail), "the lamp")
    assert not power.lamp().ok
    assert "15 minutes" in str(power.lamp().detail)
    detail = power.lamp().detail
    assert detail is not None
    assert "۱۵ دقیقه" in installed().speaker(PERSIAN)(detail)
    check_in(powered, VOTER)
    assert "on battery, warn" in powered.logged("power")


def test_the_running_voter_is_served_to_the_end_and_nobody_else_begins(
    powered: PoweredStation, ups: UpsSimulator, office: Office
) -> None:
    powered.cards.insert(office.blank())
    powered.reader.insert(office.identity_card(VOTER))
    powered.see(at.Fingerprint)
    ups.strike("battery")
    supply(powered, Supply.ON_BATTERY)
    powered.clock.later(61)
    power = powered.identity.power
    assert power is not None
    powered.until(lambda: not power.may_begin, "the advice")
    powered.settle()
    powered.see(at.Fingerprint, at.FingerFailed)
    finger(powered, VOTER)
    powered.see(at.Done)
    powered.sensor.lift()
    powered.reader.remove()
    powered.cards.remove()
    assert powered.see(at.Closed) == at.Closed(ClosedReason.POWER)
    powered.reader.insert(office.identity_card(OTHER))
    powered.settle()
    assert powered.state == at.Closed(ClosedReason.POWER)
    ups.strike("line")
    powered.see(at.Fingerprint)  # the card was in already
    powered.put_away()
    assert "on battery, finish running voter" in powered.logged("power")


def test_a_nearly_empty_battery_puts_the_station_out_of_service(
    powered: PoweredStation, ups: UpsSimulator
) -> None:
    ups.strike("low")
    assert powered.see(at.OutOfService) == at.OutOfService(Incident.POWER)
    ups.strike("line")
    powered.see(at.Idle)
    assert powered.logged("out-of-service") == [Incident.POWER]
    assert "low, close safely" in powered.logged("power")
    check_in(powered, VOTER)


@pytest.mark.parametrize("fault", ["stale", "gone"])
def test_a_supply_that_is_not_known_warns(
    powered: PoweredStation, ups: UpsSimulator, fault: str
) -> None:
    ups.strike(fault)
    supply(powered, Supply.UNKNOWN)
    powered.settle()
    assert powered.state == at.Idle()
    assert powered.identity.power is not None
    assert not powered.identity.power.check().passed
    powered.clock.later(61)
    powered.see(at.Closed)


def test_operators_still_get_in_without_power(powered: PoweredStation, ups: UpsSimulator) -> None:
    ups.strike("low")
    powered.see(at.OutOfService)
    assert powered.do(ConsoleAct.PAUSE).ok
    ups.strike("line")
    assert powered.see(at.Closed) == at.Closed(ClosedReason.PAUSED)


def test_a_ballot_that_has_begun_is_recorded_and_the_next_waits(
    terminal: PoweredTerminal, ups: UpsSimulator, office: Office
) -> None:
    terminal.to_the_cast_question(office.voting_card())
    ups.strike("battery")
    power = terminal.terminal.power
    assert power is not None
    terminal.until(lambda: power.state.supply is Supply.ON_BATTERY, "the battery")
    terminal.clock.later(61)
    terminal.until(lambda: not power.may_begin, "the advice")
    terminal.settle()
    terminal.touch(voter.StillHere(), voter.CastChosen())
    terminal.see(ballot.Recorded)
    terminal.reader.remove()
    assert terminal.see(ballot.Closed) == ballot.Closed(ClosedReason.POWER)
    assert terminal.cast() == 1
    terminal.reader.insert(office.voting_card(office.authorization(2)))
    terminal.settle()
    assert terminal.state == ballot.Closed(ClosedReason.POWER)
    ups.strike("line")
    terminal.see(ballot.Preferences)


def test_a_nearly_empty_battery_puts_the_terminal_out_of_service(
    terminal: PoweredTerminal, ups: UpsSimulator
) -> None:
    ups.strike("low")
    assert terminal.see(ballot.OutOfService) == ballot.OutOfService(Incident.POWER)
    ups.strike("line")
    terminal.see(ballot.Idle)


# ---------------------------------------------------------------- scanner


def test_scanned_digits_open_the_card(
    station_of: MakeStation, scanner: ScannerSimulator, office: Office
) -> None:
    bench = station_of("moc")
    scanner.scan(CAN)  # nobody asked
    bench.settle()
    assert bench.state == at.Idle()
    bench.reader.insert(card_of(office, VOTER, tries=5))
    asked(bench)
    scanner.scan("https://example.org/" + CAN)
    bench.until(lambda: asked(bench).problem is AccessProblem.UNUSABLE, "what was scanned")
    scanner.scan(WRONG)
    bench.until(lambda: _failures(bench) == 1, "the refusal")
    scanner.scan(CAN)
    bench.see(at.Fingerprint)
    bench.put_away()
    assert not any(CAN in entry.detail for entry in bench.log())


def _failures(bench: PoweredStation) -> int:
    state = bench.state
    return state.failures if isinstance(state, at.AwaitingAccess) else 0


def test_a_zone_scanned_line_by_line_opens_the_card(
    station_of: MakeStation, scanner: ScannerSimulator, office: Office
) -> None:
    bench = station_of("icao")
    card = card_of(office, VOTER)
    bench.reader.insert(card)
    asked(bench)
    zone = card.groups[1][-90:].decode()
    for line in (zone[:30], zone[30:60], zone[60:]):
        scanner.scan(line)
    bench.see(at.Overriding)
    assert zone_text(card)
    bench.put_away()


def test_a_scanner_that_is_unplugged_shows_and_comes_back(
    station_of: MakeStation, scanner: ScannerSimulator, office: Office
) -> None:
    bench = station_of("moc")
    desk = bench.identity.scanner
    assert desk is not None
    bench.until(lambda: desk.present and desk.lamp().ok, "the scanner")
    scanner.unplug()
    bench.until(lambda: not desk.present, "its absence")
    assert not desk.check().passed
    assert bench.state == at.Idle(), "cards can still be opened by typing"
    scanner.replug()
    bench.until(lambda: desk.present, "the scanner again")
    bench.reader.insert(card_of(office, VOTER, tries=5))
    asked(bench)
    scanner.scan(CAN)
    bench.see(at.Fingerprint)
    bench.put_away()


# ---------------------------------------------------------------- stopping


@pytest.mark.parametrize("fault", ["silent finger", "no upsd", "no scanner", "waiting finger"])
def test_stopping_is_prompt_whatever_a_device_does(
    powered: PoweredStation,
    ups: UpsSimulator,
    scanner: ScannerSimulator,
    office: Office,
    fault: str,
) -> None:
    match fault:
        case "silent finger":
            powered.sensor.unplug()
        case "no upsd":
            ups.unplug()
        case "no scanner":
            scanner.unplug()
        case _:
            powered.reader.insert(office.identity_card(VOTER))
            powered.see(at.Fingerprint)
            powered.until(lambda: powered.sensor.wait_for_scan(0.01), "the sensor")
    before = time.monotonic()
    powered.identity.stop()
    assert time.monotonic() - before < BUSY_S
    left = {thread.name for thread in threading.enumerate()}
    assert not left & {"power", "scanner", "finger", "store", "ticker"}
    powered.boot()
