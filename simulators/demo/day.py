"""Headless day: headquarters, opening, voters, closing and count, all played by robots.

Two devices or twenty, at one desk; what the voters meant is known here alone.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console as Terminal
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from election.definition import Rules
from headquarters.index_document import INDEX_FILE
from headquarters.progress import ProgressCallback
from simulators.demo.branch_day import BranchDay, Visit
from simulators.demo.comparing import compare
from simulators.demo.desk import Desk, lanes_of
from simulators.demo.electorate import SPECIAL, WITHOUT_CHIP, VisitKind, Visitor, make_visitors
from simulators.demo.hardware import RECORD
from simulators.demo.intents import Intent, contests_of, make_intent
from simulators.demo.office import (
    Prepared,
    count,
    count_papers,
    count_refused,
    count_stored,
    prepare,
)
from simulators.demo.personas import mixture
from simulators.demo.places import DayFolders
from simulators.demo.registry import hand_over, registry_of
from simulators.demo.report import DayReport

PROCESSES = 2
SPARE_SLOTS = 8
"""Reserved beyond the expected number of ballots, for challenged ones."""

Prepare = Callable[[DayFolders, Executor, ProgressCallback], Prepared]
"""Headquarters' work before the day, up to the package on the USB drive."""
Staff = Callable[[DayFolders, Desk, Prepared, DayReport, ProgressCallback], BranchDay]
"""Who serves at the devices: robots for whom all goes well, unless others are given."""
People = Callable[[random.Random, int, Prepared], Sequence[Visitor]]
"""Who comes to the branch."""


class ProgressBars(Progress):
    """Progress on standard error: bars on a terminal, a line per step elsewhere."""

    def __init__(self) -> None:
        terminal = Terminal(stderr=True)
        super().__init__(
            TextColumn("{task.description:<28}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=terminal,
            disable=not terminal.is_terminal,
        )
        self._steps: dict[str, TaskID] = {}
        self._steps_lock = threading.Lock()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show that `done` of `total` units of a step are finished."""
        with self._steps_lock:
            if step not in self._steps:
                self._steps[step] = self.add_task(step, total=total)
                if not self.console.is_terminal:
                    self.console.print(f"{step} …")
            self.update(self._steps[step], completed=done, total=total)


def play_day(
    root: Path,
    *,
    voters: int,
    seed: int,
    transport: str | None,
    special: Sequence[VisitKind] = SPECIAL,
    paper_record: bool = False,
    personas: bool = False,
    stations: int = 1,
    terminals: int = 1,
    line_cuts: bool = False,
    staff: Staff = BranchDay,
) -> DayReport:
    """Play a whole day of the demonstration's election; discrepancies are in the report's `disagreements`.

    `special`: who comes. `personas`: they vote in all languages and ways of input, not with a mouse in
    Persian. `line_cuts`: the line of several stations to their registry is cut at random. Raises as
    `play`.
    """
    rules = Rules(
        ballots_per_terminal=2 * voters + SPARE_SLOTS,
        inactivity_ms=600_000,
        paper_record=paper_record,
    )

    def prepared(places: DayFolders, executor: Executor, progress: ProgressCallback) -> Prepared:
        return prepare(
            places, seed, rules, executor, progress, stations=stations, terminals=terminals
        )

    def people(rng: random.Random, count: int, made: Prepared) -> Sequence[Visitor]:
        return make_visitors(rng, count, made.election.day, special)

    return play(
        root,
        prepared,
        people,
        voters=voters,
        seed=seed,
        transport=transport,
        personas=personas,
        line_cuts=line_cuts,
        staff=staff,
    )


def play(
    root: Path,
    prepared_by: Prepare,
    people: People,
    *,
    voters: int,
    seed: int,
    transport: str | None,
    personas: bool = False,
    line_cuts: bool = False,
    staff: Staff = BranchDay,
) -> DayReport:
    """Play a day with as many devices as the package lists for its branch.

    Raises `FileExistsError` if `root` is not empty, `StuckError` or `StationError` if a device does not
    do what it should (its log is in the folder then).
    """
    places = DayFolders.make(root)
    context = get_context("spawn")
    try:
        with ProgressBars() as said, ProcessPoolExecutor(PROCESSES, mp_context=context) as executor:
            report = DayReport(voters, seed, transport or "", folder=str(root))
            with _phase(report, "headquarters"):
                prepared = prepared_by(places, executor, said)
            report.number = prepared.number
            report.election, report.branch = prepared.election.name.fa, prepared.branch
            paper = prepared.election.rules.paper_record
            lanes = lanes_of((x.id, x.role) for x in prepared.branch_devices)
            cut_by = seed if line_cuts else None
            with (
                registry_of(places, prepared, cut_by) as line,
                Desk.make(lanes, transport, places.wires, seed, hurried=True, paper=paper) as desk,
            ):
                report.transport = desk.transport
                if desk.notice:
                    said(desk.notice, 1, 1)
                branch = staff(places, desk, prepared, report, said)
                report.stations, report.terminals = len(branch.stations), len(branch.terminals)
                try:
                    with _phase(report, "opening"):
                        branch.open()
                    with _phase(report, "voting"):
                        branch.vote(*_visits(prepared, people, voters, seed, personas=personas))
                    with _phase(report, "closing"):
                        branch.close()
                finally:
                    branch.stop()
                report.line_cuts = None if line is None else line.cuts
                _keep_receipts(places, desk)
                report.stored_records = count_stored(places, prepared)
                counted_refused = count_refused(places, prepared)
                if paper:
                    report.papers = count_papers(places, prepared)
                    report.papers["pieces in the box"] = _pieces(desk)
            with _phase(report, "count"):
                export = hand_over(places, prepared, datetime.now(UTC).replace(microsecond=0))
                counted = count(places, prepared, executor, said, export)
            report.index = str(root / INDEX_FILE)
            compare(report, branch.cast, counted, counted_refused)
    finally:
        places.clear_wires()
    return report


@contextmanager
def _phase(report: DayReport, name: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    report.phases_s[name] = time.monotonic() - started


def _visits(
    prepared: Prepared, people: People, voters: int, seed: int, *, personas: bool
) -> tuple[list[Visit], dict[Visit, Intent]]:
    """Return who comes, in this order, and what they mean to vote."""
    rng = random.Random(f"voters {seed}")
    election = prepared.election
    visitors = list(people(rng, voters, prepared))
    # Who comes twice comes again at the end; with the card, whose ballot counts.
    twice = {VisitKind.DOUBLE, VisitKind.TWO_KINDS}
    visits = [
        Visit(v, WITHOUT_CHIP.get(v.kind), v.kind is not VisitKind.TWO_KINDS, who)
        for v, who in zip(
            visitors, mixture(len(visitors)) if personas else repeat(None), strict=False
        )
    ]
    # One and the same for who brings the same card, so also the same vote.
    visits += [Visit(v.visitor, persona=v.persona) for v in visits if v.visitor.kind in twice]
    intents = {
        visit: visit.meant(
            make_intent(rng, visit.visitor.kind, contests_of(visit.visitor, election))
        )
        for visit in visits
    }
    return visits, intents


def _keep_receipts(places: DayFolders, desk: Desk) -> None:
    for number, hardware in enumerate(desk.hardware, 1):
        lane = f"{number}-" if len(desk.hardware) > 1 else ""
        for place, printer in hardware.printers.items():
            for receipt in printer.receipts():
                name = f"{lane}{place}-{receipt.number}.png"
                (places.receipts / name).write_bytes(receipt.png())


def _pieces(desk: Desk) -> int:
    """Count the pieces of paper in the boxes that have anything on them."""
    return sum(
        any(receipt.rows)
        for hardware in desk.hardware
        for receipt in hardware.printers[RECORD].receipts()
    )
