"""Devices on the console: looked at, chosen, tried, kept by two roles, undone; before a package, too."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.examined.finding import DoctorFinding, bad
from drivers.plugged import Plugged
from drivers.settings import PcscReaderSettings, PrinterLine
from election.definition import Role
from election.device_table import (
    AsBefore,
    Choose,
    DeviceTable,
    Look,
    Place,
    TryOut,
    keep,
    read_kept,
)
from election.signing_in import NeedCard, SignedIn
from kiosk import configuration
from kiosk.flows.operator import events as on
from kiosk.flows.operator.states import ChoosingDevices, Console, ConsoleAct, SecondSignature
from kiosk.settings import StationConfiguration, TerminalReaders
from kiosk.station.base import Workbench
from simulators.demo.station_file import write_station
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import TERMINAL, Office
from words.message import m

OLD, NEW = "/dev/serial/by-id/usb-old", "/dev/serial/by-id/usb-new"


class DeviceBench(TerminalBench):
    """A new terminal without a package, with a printer and a reader of PC/SC."""

    asked: tuple[str, set[Place]] | None = None
    """Path of the printer and places of the last try."""

    def boot(self) -> None:
        self.config = replace(
            self.config,
            readers=TerminalReaders(PcscReaderSettings("Reader A")),
            printer=PrinterLine(OLD, 115_200),
        )
        super().boot()
        self.station.context.workbench = Workbench(
            lambda: Plugged(("Reader A", "Reader B"), (OLD, NEW)), self.tried
        )

    def tried(
        self, config: StationConfiguration, places: Collection[Place]
    ) -> Sequence[DoctorFinding]:
        assert config.printer is not None
        self.asked = (config.printer.path, set(places))
        return (bad(m("printer"), m("off line"), m("press its button")),)


@pytest.fixture
def bench(office: Office, tmp_path: Path) -> Iterator[DeviceBench]:
    made = DeviceBench(office, tmp_path / "terminal")
    yield made
    made.terminal.stop()


def choosing(bench: DeviceBench, *changes: Choose | AsBefore | TryOut | Look) -> DeviceTable:
    bench.sign_in()
    post = bench.station.console.loop.post
    post(on.DevicesWanted())
    for change in changes:
        post(on.DevicesWanted(change))
    bench.settle()
    state = bench.console
    assert isinstance(state, ChoosingDevices)
    return state.view.devices


def test_two_roles_choose_before_a_package_is_loaded(bench: DeviceBench) -> None:
    table = choosing(bench, Choose(Place.PRINTER, NEW), Choose(Place.CARD_READER, "Reader B"))
    assert [(row.place, row.now, row.chosen) for row in table.rows] == [
        (Place.CARD_READER, "Reader A", "Reader B"),
        (Place.PRINTER, OLD, NEW),
    ]
    post = bench.station.console.loop.post
    post(on.DevicesWanted(TryOut()))
    bench.settle()
    state = bench.console
    assert isinstance(state, ChoosingDevices)
    assert bench.asked == (NEW, {Place.PRINTER, Place.CARD_READER})
    assert [check.passed for check in state.view.checks] == [False]

    post(on.ActChosen(ConsoleAct.KEEP_DEVICES))
    bench.until(lambda: isinstance(bench.console, SecondSignature), "the second role")
    assert read_kept(bench.config.data).chosen == (), "one role keeps nothing"
    bench.until_signin(SignedIn)
    bench.operators.remove()
    bench.until_signin(NeedCard)
    bench.present(bench.office.operator(Role.SUPERVISOR))
    bench.until(lambda: isinstance(bench.console, Console), "the end")
    assert isinstance(bench.console, Console)
    assert bench.console.outcome is not None
    assert bench.console.outcome.ok, bench.console.outcome.message
    (told,) = bench.logged("devices-kept")
    assert told.startswith("2 ")


def test_what_was_kept_serves_from_the_next_start(
    office: Office, tmp_path: Path, bench: DeviceBench
) -> None:
    own = bench.config
    write_station(own, tmp_path / "station.toml")
    keep(
        own.data, choosing(bench, Choose(Place.PRINTER, NEW), Choose(Place.CARD_READER, "Reader B"))
    )
    read = configuration.read(tmp_path / "station.toml")
    assert read.readers == TerminalReaders(PcscReaderSettings("Reader B"))
    assert read.printer == PrinterLine(NEW, 115_200), "its speed is that of station.toml"
    assert replace(read, readers=own.readers, printer=own.printer) == own
    (own.data / "devices.json").write_bytes(b"damaged")
    assert configuration.read(tmp_path / "station.toml") == own


def test_nothing_is_kept_that_was_not_chosen(bench: DeviceBench) -> None:
    choosing(bench)
    bench.station.console.loop.post(on.ActChosen(ConsoleAct.KEEP_DEVICES))
    bench.settle()
    assert isinstance(bench.console, ChoosingDevices)
    bench.station.console.loop.post(on.Cancelled())
    bench.settle()
    assert isinstance(bench.console, Console)
    bench.station.console.loop.post(on.ActChosen(ConsoleAct.KEEP_DEVICES))
    bench.settle()
    assert isinstance(bench.console, Console), "only from the page that shows what was chosen"


def test_a_simulated_reader_is_no_reader_of_the_service(new_terminal: TerminalBench) -> None:
    """It is not replaced by a name: a file of devices on a simulated station changes nothing."""
    assert new_terminal.config.serving() == {}
    own = new_terminal.config
    assert own.served_by({Place.CARD_READER: "Reader B", Place.PRINTER: NEW}) == own
    assert own.device == TERMINAL
