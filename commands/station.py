"""Wire up one device of a branch, as its configuration says: `amin station`."""

from __future__ import annotations

import faulthandler
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from commands import plugins
from commands.booth import Booth, open_hearing
from commands.devices import card_reader
from commands.doctor.devices import try_out
from commands.speaking import say
from crypto.hybrid import HybridKey
from drivers import heartbeat
from drivers.attached import fingerprint_reader, power_source, printer, scanner
from drivers.media.lock import DeviceLock, only_one, run_folder
from drivers.printer.seam import WIDTH_80_MM, Raster
from drivers.threads.worker import OnCrash
from election.papers import Printed
from election.recorded import RecordedKind
from election.signs import Films
from kiosk.clock import SystemClock
from kiosk.configuration import ConfigurationError
from kiosk.flows.ballot.states import BallotState
from kiosk.flows.identity.states import IdentityState
from kiosk.settings import IdentityReaders, StationConfiguration, TerminalReaders
from kiosk.station.ballot import BallotTerminal
from kiosk.station.base import DeviceContext, Workbench
from kiosk.station.identity import IdentityStation
from kiosk.station.paper import ReportPrinter
from kiosk.station.record_printer import RecordPrinter
from kiosk.status import Mode
from ui.ballot.window import BallotWindow
from ui.bridge import UiBridge, detail_of
from ui.display import check_display
from ui.forgetting import Collector
from ui.identity.voter import VoterWindow
from ui.identity.window import IdentityWindow
from ui.papers import render


def run_station(config: StationConfiguration, robot: Path | None = None) -> int:
    """Run until the window is closed or the process is told to end.

    `robot`: the socket of hands and eyes for the windows. Raises `NotInstalled` without simulators,
    also for a card reader that is a socket; `AlreadyRunningError`, `ConfigurationError` without a
    display.
    """
    check_display()
    with suppress(OSError):
        config.data.mkdir(parents=True, exist_ok=True)
    name = sha256(HybridKey.load(config.signing_key).public_bytes).hexdigest()
    with only_one(name, (config.data, config.mirror), run_folder(), told=say) as lock:
        return _run(config, lock, robot)


def _run(config: StationConfiguration, lock: DeviceLock, robot: Path | None) -> int:
    start_robot = None if robot is None else plugins.robot()
    app = QApplication(sys.argv[:1])
    simulated = plugins.are_simulators_installed()
    make = _identity if _is_identity(config) else _terminal
    bridge, device = make(config, simulated)
    device.guard(lock)
    if robot is not None and start_robot is not None:
        start_robot(robot)
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ending, lambda *_: app.quit())
    app.aboutToQuit.connect(bridge.stop)
    QGuiApplication.setDesktopFileName("amin")
    Collector(app)
    faulthandler.enable()  # where the program was, if it dies below Python: files and lines, no values
    bridge.start(fullscreen=config.screen.fullscreen)
    alive = QTimer()
    if (every := heartbeat.interval_ms()) is not None:
        alive.timeout.connect(partial(heartbeat.notify, heartbeat.ALIVE))
        alive.start(every)
    QTimer.singleShot(0, partial(heartbeat.notify, heartbeat.READY))
    return app.exec()


# ---------------------------------------------------------------- the two devices


def _terminal(config: StationConfiguration, simulated: bool) -> tuple[UiBridge, BallotTerminal]:
    readers = config.readers
    if not isinstance(readers, TerminalReaders):
        raise ConfigurationError.of("a ballot terminal has one card reader: set [readers.card]")
    window = BallotWindow(
        config.screen.dpi,
        lambda digest: _portrait(device.context, digest),
        may_challenge=lambda spoiled: device.flow.may_challenge(spoiled),  # noqa: PLW0108 - later
    )
    if config.signs is not None:
        window.films = Films(Path(config.signs.films), lambda: device.listed(RecordedKind.SIGNS))
    bridge = UiBridge(window)

    def crashed(name: str, defect: BaseException) -> None:
        device.crashed(name, defect)

    booth = Booth(config, window, crashed, lambda: device.listed(RecordedKind.SPEECH))

    def draw(state: BallotState) -> None:
        status = device.status()
        window.show_state(state, status)
        window.setProperty("detail", detail_of(state))
        booth.show(state, training=status.mode is Mode.TRAINING)

    device: BallotTerminal = BallotTerminal(
        config,
        SystemClock(),
        card_reader(readers.card, config.limits),
        lambda crashed: _paper(config, crashed),
        show=draw,
        show_console=bridge.draw_console,
        call_officer=booth.call_officer,
        wake=bridge.wake,
        power=None if config.power is None else power_source(config.power),
        equipment=booth.equipment,
        record=lambda crashed: _record(config, crashed),
        scanner=None if config.scanner is None else scanner(config.scanner, config.limits),
        simulated=simulated,
    )
    device.context.workbench = Workbench(try_out=try_out)
    bridge.wire(device, lambda: draw(device.shown))
    return bridge, device


def _identity(config: StationConfiguration, simulated: bool) -> tuple[UiBridge, IdentityStation]:
    readers = config.readers
    if not isinstance(readers, IdentityReaders) or config.fingerprint is None:
        raise ConfigurationError.of(
            "an identity station has two card readers and a fingerprint module:"
            " set [readers.identity], [readers.authorization] and [fingerprint]"
        )
    window = IdentityWindow(config.screen.dpi)
    turned = _voters_half(config, window)
    bridge = UiBridge(window)

    def crashed(name: str, defect: BaseException) -> None:
        device.crashed(name, defect)

    heard = open_hearing(config, crashed, lambda: device.listed(RecordedKind.SPEECH))

    def draw(state: IdentityState) -> None:
        status = device.status()
        if heard is not None:
            heard[0].show(state, window.voters_language)
        window.show_state(state, status)
        if turned is not None:
            turned.show_state(state, status)
        window.setProperty("detail", detail_of(state))

    device: IdentityStation = IdentityStation(
        config,
        SystemClock(),
        card_reader(readers.identity, config.limits),
        card_reader(readers.authorization, config.limits),
        fingerprint_reader(config.fingerprint, config.limits),
        lambda crashed: _paper(config, crashed),
        show=draw,
        show_console=bridge.draw_console,
        wake=bridge.wake,
        scanner=None if config.scanner is None else scanner(config.scanner, config.limits),
        power=None if config.power is None else power_source(config.power),
        equipment=() if heard is None else heard[1:],
        simulated=simulated,
    )
    device.context.workbench = Workbench(try_out=try_out)
    bridge.wire(device, lambda: draw(device.loop.state))
    return bridge, device


# ---------------------------------------------------------------- parts


def _voters_half(config: StationConfiguration, window: IdentityWindow) -> VoterWindow | None:
    """On the second screen, full size; None if there is one screen only."""
    screens = QGuiApplication.screens()
    if len(screens) < 2 or not config.screen.fullscreen:
        return None
    turned = VoterWindow(config.screen.dpi, window.presentation)

    def follow() -> None:
        """Look as the officer's screen does, in the voter's language."""
        turned.set_presentation(replace(window.presentation, language=window.voters_language))

    window.presentation_changed.connect(follow)
    window.voters_language_changed.connect(follow)
    # The officer's window is the station: with it the program ends.
    turned.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
    turned.setGeometry(screens[1].geometry())
    # By this name the compositor knows which screen the window is for (weston.ini, app-ids).
    QGuiApplication.setDesktopFileName("amin-voter")
    turned.showFullScreen()
    return turned


def _is_identity(config: StationConfiguration) -> bool:
    return isinstance(config.readers, IdentityReaders)


def _paper(config: StationConfiguration, crashed: OnCrash) -> ReportPrinter | None:
    if config.printer is None:
        return None
    draw = partial(_draw, width=config.printer.width)
    return ReportPrinter(printer(config.printer, config.limits), draw, crashed)


def _draw(printed: Printed, width: int = WIDTH_80_MM) -> Raster:
    drawn = render(printed, width)
    return Raster(drawn.width_px, drawn.rows)


def _record(config: StationConfiguration, crashed: OnCrash) -> RecordPrinter | None:
    if config.record_printer is None:
        return None
    draw = partial(_draw, width=config.record_printer.width)
    return RecordPrinter(printer(config.record_printer, config.limits), draw, crashed)


def _portrait(context: DeviceContext, digest: str) -> bytes:
    return context.package.portraits[digest] if context.package is not None else b""
