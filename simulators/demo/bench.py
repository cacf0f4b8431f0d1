"""Windowed day: the device bench in this process, the two stations in processes of their own.

Everything a robot does in the headless day a person does here by hand, or lets be done: each step of the
day can be played by the robots as well.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from election.definition import DeviceId, Role
from simulators.bench.protocol import BenchState, Cable, Monitor, StepKey
from simulators.bench.window import BenchWindow
from simulators.demo.desk import Desk, lanes_of
from simulators.demo.electorate import Visitor
from simulators.demo.office import Prepared, devices_of
from simulators.demo.places import DayFolders
from simulators.demo.steps import PEOPLE, DaySteps
from simulators.demo.table import FAULTS, Table
from ui.forgetting import Collector
from words.message import m

DPI = 96.0
TOUR_MS = 600


@dataclass(frozen=True, slots=True, weakref_slot=True)  # Qt holds its methods by weak references
class TableBench:
    """Table and steps of the day as one `simulators.bench.protocol.Bench`."""

    hands: Table
    day: DaySteps

    def state(self) -> BenchState:
        """Return the present state of the table, the devices and the steps."""
        return BenchState(
            screens=self.day.screens(),
            pairs=self.day.pairs(),
            pair=self.hands.at,
            cards=self.hands.cards(),
            slots=self.hands.slots(),
            sensor=self.hands.sensor(),
            printer=self.hands.printer(),
            ups=self.hands.ups(),
            scanner=self.hands.scanner(),
            faults=FAULTS,
            steps=self.day.steps(),
            running=self.day.running,
            progress=self.day.progress,
            message=self.day.message if self.day.bad else self.day.prompt() or self.day.message,
            message_bad=self.day.bad,
        )

    def connect(self, cable: Cable, *, plugged: bool) -> None:
        """Plug a device's cable in or pull it, or say that it cannot be pulled here."""
        if not self.hands.cable(cable, plugged=plugged):
            self.day.say(m("Without pcscd the readers' cables can't be pulled."), bad=True)

    def do_step(self, key: StepKey) -> None:
        """Let robots do a step of the day."""
        self.day.do(key)

    def cancel_step(self) -> None:
        """Stop the step that runs."""
        self.day.cancel()

    def enlarge(self, monitor: Monitor) -> None:
        """Bring a device's own window to the front; on a thread, as the device may be busy."""
        threading.Thread(target=self.day.enlarge, args=(monitor,), daemon=True).start()

    def turn_to(self, pair: int) -> None:
        """Put the devices of another lane on the table."""
        self.hands.turn_to(pair)


Brought = Callable[[DayFolders], tuple[Prepared, Sequence[Visitor]]]
"""Prepares an election of somebody's own in the folders of a day, and who comes."""


def run_bench(
    root: Path,
    seed: int,
    wanted: str | None,
    *,
    devices: Sequence[tuple[DeviceId, Role]] = devices_of(1, 1),
    paper_record: bool = False,
    voters: int = PEOPLE,
    brought: Brought | None = None,
) -> int:
    """Open the bench and return when its window is closed.

    `voters`: who come, where the election is not `brought`. Raises `FileExistsError`.
    """
    places = DayFolders.make(root)
    app = QApplication(sys.argv[:1])
    Collector(app)
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # Devices are programs of their own: who ends this one ends them as well.
        signal.signal(ending, lambda *_: app.quit())
    lanes = lanes_of(devices)
    with Desk.make(lanes, wanted, places.wires, seed, hurried=False, paper=paper_record) as desk:
        table = Table(desk)
        screen = app.primaryScreen().availableGeometry()
        day = DaySteps(
            places,
            table,
            seed,
            screen,
            paper_record=paper_record,
            people=voters,
            brought=None if brought is None else partial(brought, places),
        )
        bench = TableBench(table, day)
        window = BenchWindow(DPI, bench)
        window.setGeometry(screen)
        window.show()
        window.start()
        day.start()
        if desk.notice:
            print(desk.notice, file=sys.stderr)
        remembered = _tour_mark()
        if not remembered.exists():
            window.tour_finished.connect(lambda: _remember(remembered))
            # The tour shows a picture of the table, which has to be laid out first.
            QTimer.singleShot(TOUR_MS, window.start_tour)
        try:
            return app.exec()
        finally:
            window.stop()
            day.stop()
            places.clear_wires()


def _tour_mark() -> Path:
    """Return the path of the note that the tour was read (XDG base directories)."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "amin" / "tour-read"


def _remember(mark: Path) -> None:
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
