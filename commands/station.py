"""`amin station`: one device of a branch, as its configuration says; devices, flow and window wired up."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import assert_never

import click
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from commands import plugins
from commands.devices import card_reader, fingerprint_reader, power_source, printer, scanner
from commands.mode import mode_of
from commands.speaking import refusal
from crypto import group, hybrid
from crypto.errors import CryptoError
from drivers.errors import DriverError
from drivers.printer.seam import Raster
from election.because import because
from election.definition import PERSIAN, Text
from kiosk import configuration
from kiosk.clock import SystemClock
from kiosk.configuration import (
    ConfigurationError,
    IdentityReaders,
    StationConfiguration,
    TerminalReaders,
)
from kiosk.flows.ballot.states import BallotState
from kiosk.flows.identity.states import Fingerprint, IdentityState
from kiosk.flows.operator.states import ConsoleState
from kiosk.reports import Printed, Report, TicketSlip
from kiosk.runtime.worker import OnCrash
from kiosk.station.ballot import BallotTerminal
from kiosk.station.base import DeviceContext
from kiosk.station.cards import CardReaderService
from kiosk.station.identity import IdentityStation
from kiosk.station.paper import ReportPrinter
from kiosk.status import Counter, DeviceStatus, Lamp
from ui.ballot.window import BallotWindow
from ui.identity.voter import VoterWindow
from ui.identity.window import IdentityWindow
from ui.raster import render_report, render_ticket
from words.languages import installed
from words.message import Message, m

REFRESH_MS = 500
"""How often the status line is drawn anew."""


@click.command()
@click.option(
    "--config",
    "config_path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="station.toml of this device.",
)
@click.option("--robot", type=click.Path(path_type=Path), hidden=True)
def station(config_path: Path, robot: Path | None) -> None:
    """Run the identity station or the ballot terminal, as its configuration says.

    Where amin-simulators is installed every screen says SIMULATION, and only a rehearsal is loaded.
    """
    try:
        group.self_test()
        hybrid.self_test()
        config = configuration.read(config_path)
        raise click.exceptions.Exit(run_station(config, robot))
    except (ConfigurationError, CryptoError, DriverError, OSError) as trouble:
        raise refusal(because(trouble)) from trouble


def run_station(config: StationConfiguration, robot: Path | None = None) -> int:
    """Run until the window is closed or the process is told to end.

    `robot`: the socket of hands and eyes for the windows. Raises `NotInstalled` without simulators,
    also for a card reader that is a socket.
    """
    start_robot = None if robot is None else plugins.robot()
    app = QApplication(sys.argv[:1])
    simulated = plugins.are_simulators_installed()
    bridge = _identity(config, simulated) if _is_identity(config) else _terminal(config, simulated)
    if robot is not None and start_robot is not None:
        start_robot(robot)
    signal.signal(signal.SIGTERM, lambda *_: app.quit())
    app.aboutToQuit.connect(bridge.stop)
    bridge.start(fullscreen=config.screen.fullscreen)
    return app.exec()


class UiBridge(QObject):
    """Brings events from the workers' threads to the drawing thread, and the status to the window."""

    _woken = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._woken.connect(self._drain, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        self._drain_flows: Callable[[], None] = _nothing
        self._refresh_window: Callable[[], None] = _nothing
        self._start: Callable[[bool], None] = lambda _: None
        self._stop: Callable[[], None] = _nothing
        self._crashed: OnCrash | None = None

    def wire(
        self,
        *,
        drain: Callable[[], None],
        refresh: Callable[[], None],
        start: Callable[[bool], None],
        stop: Callable[[], None],
        crashed: OnCrash,
    ) -> None:
        self._drain_flows, self._refresh_window = drain, refresh
        self._start, self._stop, self._crashed = start, stop, crashed

    def wake(self) -> None:
        """From any thread."""
        self._woken.emit()

    def start(self, *, fullscreen: bool) -> None:
        self._start(fullscreen)
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        self._stop()

    def _drain(self) -> None:
        self._guarded(self._drain_flows)

    def _refresh(self) -> None:
        self._guarded(self._refresh_window)

    def _guarded(self, do: Callable[[], None]) -> None:
        """Qt would print what escapes here, marks and all, and go on with a stale screen."""
        try:
            do()
        except Exception as defect:
            if self._crashed is None:
                raise
            self._crashed("screen", defect)


def _nothing() -> None:
    pass


# ---------------------------------------------------------------- the two devices


def _terminal(config: StationConfiguration, simulated: bool) -> UiBridge:
    readers = config.readers
    if not isinstance(readers, TerminalReaders):
        raise ConfigurationError(m("a ballot terminal has one card reader: set [readers.card]"))
    bridge = UiBridge()
    window = BallotWindow(
        config.screen.dpi,
        lambda digest: _portrait(device.context, digest),
        may_challenge=lambda spoiled: _may_challenge(device, spoiled),
    )

    def draw(state: BallotState) -> None:
        window.show_state(state, status())
        window.setProperty("detail", _detail(state))

    def draw_console(state: ConsoleState) -> None:
        window.show_operator(state)
        window.setProperty("consoleDetail", _detail(state))

    device: BallotTerminal = BallotTerminal(
        config,
        SystemClock(),
        card_reader(readers.card, config.limits),
        lambda crashed: _paper(config, crashed),
        show=draw,
        show_console=draw_console,
        call_officer=_call_officer,
        wake=bridge.wake,
        power=None if config.power is None else power_source(config.power),
        simulated=simulated,
    )

    def status() -> DeviceStatus:
        return _status(
            device.context,
            (
                _lamp("card-reader", m("Card reader"), device.card_service),
                *([] if device.power is None else [device.power.lamp()]),
            ),
            (Counter("cast", m("Ballots cast"), device.counts.cast),),
            None,
        )

    window.event.connect(device.loop.post)
    window.operator_event.connect(device.console.loop.post)

    def start(fullscreen: bool) -> None:
        draw(device.loop.state)
        _open(window, fullscreen)
        device.start()

    bridge.wire(
        drain=device.drain,
        refresh=lambda: draw(device.loop.state),
        start=start,
        stop=device.stop,
        crashed=device.crashed,
    )
    return bridge


def _identity(config: StationConfiguration, simulated: bool) -> UiBridge:
    readers = config.readers
    if not isinstance(readers, IdentityReaders) or config.fingerprint is None:
        raise ConfigurationError(
            m(
                "an identity station has two card readers and a fingerprint module:"
                " set [readers.identity], [readers.authorization] and [fingerprint]"
            )
        )
    bridge = UiBridge()
    window = IdentityWindow(config.screen.dpi)
    turned = _voters_half(config, window)

    def draw(state: IdentityState) -> None:
        now = status()
        window.show_state(state, now)
        if turned is not None:
            turned.show_state(state, now)
        window.setProperty("detail", _detail(state))

    def draw_console(state: ConsoleState) -> None:
        window.show_operator(state)
        window.setProperty("consoleDetail", _detail(state))

    device: IdentityStation = IdentityStation(
        config,
        SystemClock(),
        card_reader(readers.identity, config.limits),
        card_reader(readers.authorization, config.limits),
        fingerprint_reader(config.fingerprint, config.limits),
        lambda crashed: _paper(config, crashed),
        show=draw,
        show_console=draw_console,
        wake=bridge.wake,
        scanner=None if config.scanner is None else scanner(config.scanner, config.limits),
        power=None if config.power is None else power_source(config.power),
        simulated=simulated,
    )

    def status() -> DeviceStatus:
        state = device.loop.state
        deadline = None
        if isinstance(state, Fingerprint) and state.deadline:
            deadline = max(0.0, state.deadline - device.context.clock.monotonic())
        return _status(
            device.context,
            (
                _lamp(
                    "identity-reader",
                    m("Identity card reader"),
                    device.identity_card_service,
                ),
                _lamp(
                    "authorization-reader",
                    m("Authorization card reader"),
                    device.card_desk,
                ),
                *([] if device.scanner is None else [device.scanner.lamp()]),
                *([] if device.power is None else [device.power.lamp()]),
            ),
            tuple(
                Counter(key, name, device.today[key])
                for key, name in (
                    ("checked-in", m("Checked in")),
                    ("refused", m("Refused")),
                    ("override", m("Overrides")),
                )
            ),
            deadline,
        )

    window.event.connect(device.loop.post)
    window.operator_event.connect(device.console.loop.post)

    def start(fullscreen: bool) -> None:
        draw(device.loop.state)
        _open(window, fullscreen)
        device.start()

    bridge.wire(
        drain=device.drain,
        refresh=lambda: draw(device.loop.state),
        start=start,
        stop=device.stop,
        crashed=device.crashed,
    )
    return bridge


# ---------------------------------------------------------------- parts


def _voters_half(config: StationConfiguration, window: IdentityWindow) -> VoterWindow | None:
    """On the second screen, full size; None if there is one screen only."""
    screens = QGuiApplication.screens()
    if len(screens) < 2 or not config.screen.fullscreen:
        return None
    turned = VoterWindow(config.screen.dpi, window.presentation)
    window.presentation_changed.connect(turned.set_presentation)
    # The officer's window is the station: with it the program ends.
    turned.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
    turned.setGeometry(screens[1].geometry())
    turned.showFullScreen()
    return turned


def _is_identity(config: StationConfiguration) -> bool:
    return isinstance(config.readers, IdentityReaders)


def _detail(state: object) -> str:
    """Of a refusal, its reason; of a sign-in, how far it is: for whoever reads without eyes."""
    signin = getattr(state, "signin", None)
    return type(signin).__name__ if signin is not None else str(getattr(state, "reason", ""))


def _open(window: BallotWindow | IdentityWindow, fullscreen: bool) -> None:
    if fullscreen:
        window.showFullScreen()
    else:
        window.resize(1280, 800)
        window.show()


def _paper(config: StationConfiguration, crashed: OnCrash) -> ReportPrinter | None:
    if config.printer is None:
        return None
    return ReportPrinter(printer(config.printer, config.limits), _draw, crashed)


def _draw(printed: Printed) -> Raster:
    match printed:
        case Report():
            drawn = render_report(printed, installed().speaker(PERSIAN))
        case TicketSlip():
            drawn = render_ticket(printed, installed().speaker(PERSIAN))
        case _:
            assert_never(printed)
    return Raster(drawn.width_px, drawn.rows)


def _may_challenge(device: BallotTerminal, spoiled: int) -> bool:
    return device.flow.may_challenge(spoiled)


def _portrait(context: DeviceContext, digest: str) -> bytes:
    return context.package.portraits[digest] if context.package is not None else b""


def _call_officer(wanted: bool) -> None:
    """The lamp and buzzer of the branch; on a machine without them, the log."""
    logging.getLogger("amin.station").info(
        "officer called" if wanted else "officer no longer called"
    )


def _lamp(key: str, name: Message, card_service: CardReaderService) -> Lamp:
    gone = m("Check the cable of the reader.")
    return Lamp(key, name, card_service.present, None if card_service.present else gone)


def _status(
    context: DeviceContext,
    lamps: tuple[Lamp, ...],
    counters: tuple[Counter, ...],
    deadline_s: float | None,
) -> DeviceStatus:
    package = context.package
    branch = package.election.branch(context.config.branch) if package is not None else None
    return DeviceStatus(
        device=context.config.device,
        election=package.election.name if package is not None else None,
        branch=branch.name if branch is not None else Text(context.config.branch),
        clock=context.clock.now().astimezone(),
        mode=mode_of(None if package is None else package.election, simulated=context.simulated),
        lamps=lamps,
        counters=counters,
        deadline_s=deadline_s,
    )
