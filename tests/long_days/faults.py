"""`python -m tests.long_days.faults`: a day through the windows of a branch, among faults.

Two stations and three terminals as real programs, robots at their screens, and before a voter, or in the
middle of a vote, something happens that happens on a day:

    killed         the power of one device is cut, and it is switched on again
    cut-voting     the same at any moment of a vote; the voter comes back with the card
    mains          the line fails for some seconds, for the two devices of a desk
    no-mirror      the second memory is pulled, and put back
    no-finger      the finger module is pulled and plugged in
    no-paper       the report printer runs out of paper
    wrong-card     a stranger's card is put in where a voter's belongs
    pulled         the voter takes the card out while marking, and begins again

Measured: how long a device was away after each, from the fault to the first screen for voters. The day ends
as every day does: counted votes are what the voters meant, nobody has two ballots, every vote has its
receipt, the archive verifies; and the log of each device tells of so many starts and faults as there were.
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Final

import click

from crypto.hybrid import HybridKey
from election.audit_events import AuditEvent
from election.audit_log import check_log
from election.definition import Contest
from headquarters.progress import ProgressCallback
from kiosk.flows.identity.states import VoterRefusal
from simulators.cards.piv import PivCard
from simulators.demo import electorate
from simulators.demo.booth import Booth
from simulators.demo.branch_day import BranchDay, Visit, VoterTurn
from simulators.demo.checkin import CheckIn
from simulators.demo.day import play_day
from simulators.demo.desk import Desk
from simulators.demo.electorate import VisitKind
from simulators.demo.hands import Hands, StuckError
from simulators.demo.hardware import CardPlace
from simulators.demo.intents import Intent
from simulators.demo.office import Prepared
from simulators.demo.personas import Persona
from simulators.demo.places import DayFolders
from simulators.demo.report import DayReport
from simulators.demo.stations import StationError
from simulators.robot import RobotError

GONE: Final = (StuckError, RobotError, StationError, OSError)
AGAIN_S: Final = 120.0
"""A device that does not serve after so long is stuck."""
LOOKS_S: Final = 75.0
"""An idle device looks at its memories every half minute, and the reader's driver has its own pace."""
CANDIDATES: Final = 300
"""In the council race; thousands are another test's matter."""
AT_STATIONS: Final = ("killed", "mains", "no-mirror", "no-finger", "no-paper", "wrong-card")
AT_TERMINALS: Final = (
    "killed",
    "cut-voting",
    "cut-voting",
    "mains",
    "no-mirror",
    "pulled",
    "wrong-card",
)
WHOLE: Final = frozenset({VisitKind.ORDINARY, VisitKind.BLANK, VisitKind.COUNCIL_ONLY})
"""Whose vote may be cut: the others do something on the way that is counted."""


@dataclass
class Happened:
    """What happened to the devices, and how long each was away. From any thread."""

    seed: int
    every: float
    """Mean number of voters between two faults at a device."""
    away_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    starts: Counter[str] = field(default_factory=Counter)
    stopped: Counter[str] = field(default_factory=Counter)
    """Faults by device that take it out of service, and are told in its log."""
    _random: dict[str, random.Random] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def drawn(self, hands: Hands, kinds: Sequence[str]) -> str | None:
        """Draw what happens to a device now; None: nothing."""
        device = hands.station.device
        with self._lock:
            rng = self._random.setdefault(device, random.Random(f"faults {self.seed} {device}"))
            return rng.choice(kinds) if rng.random() * self.every < 1 else None

    def moment(self, hands: Hands) -> float:
        """Draw seconds from the card to the cut."""
        with self._lock:
            return self._random[hands.station.device].uniform(0.1, 2.5)

    def note(self, kind: str, seconds: float) -> None:
        """Keep how long a device was away."""
        with self._lock:
            self.away_s[kind].append(seconds)

    def started(self, hands: Hands) -> None:
        """Count a start."""
        with self._lock:
            self.starts[hands.station.device] += 1


@dataclass
class FaultyBooth(Booth):
    """A terminal to which something may happen before or while somebody votes."""

    happened: Happened
    places: DayFolders

    def vote(
        self,
        card: PivCard,
        kind: VisitKind,
        intent: Intent,
        contests: tuple[Contest, ...],
        persona: Persona | None = None,
    ) -> float | None:
        """Vote as `Booth.vote` does, whatever happens."""
        fault = self.happened.drawn(self.hands, AT_TERMINALS)
        if fault == "cut-voting" and kind in WHOLE:
            return self._vote_cut(card, kind, intent, contests)
        if fault == "pulled":
            self._pull(card)
        elif fault not in {None, "cut-voting"}:
            strike(str(fault), self.hands, CardPlace.TERMINAL, self.places, self.happened)
        return super().vote(card, kind, intent, contests, persona)

    def _pull(self, card: PivCard) -> None:
        hands, began = self.hands, time.monotonic()
        slot = hands.hardware.slots[CardPlace.TERMINAL]
        slot.insert(card)
        hands.until_flow("Preferences")
        slot.remove()
        hands.until_flow("Abandoned", "Idle")
        self.happened.note("pulled", time.monotonic() - began)

    def _vote_cut(
        self, card: PivCard, kind: VisitKind, intent: Intent, contests: tuple[Contest, ...]
    ) -> float:
        """Vote once, across a cut at any moment of it."""
        hands = self.hands
        slot = hands.hardware.slots[CardPlace.TERMINAL]
        cut = threading.Timer(self.happened.moment(hands), switch_off, (hands,))
        cut.start()
        try:
            took = super().vote(card, kind, intent, contests)
            if took is None:
                raise AssertionError("nobody leaves here")
        except GONE:
            if not hands.stopped.is_set():
                cut.cancel()
                raise  # nothing was cut yet
            took = None
        cut.cancel()
        cut.join()
        if hands.stopped.is_set():
            # Also where the cut came behind the vote, before the next voter.
            slot.remove()
            switch_on("cut-voting", hands, self.happened)
        if took is not None:
            return took
        slot.insert(card)
        view = hands.until_flow("Preferences", "Refused")
        slot.remove()
        hands.until_flow("Abandoned", "Idle")
        if view.flow == "Refused":
            # Recorded before the cut: the card says so, or was wiped already.
            if view.detail not in {"spent", "no-token"}:
                raise StuckError(f"after a cut the card is refused: {view.detail}")
            return 0.0
        again = super().vote(card, kind, intent, contests)
        return 0.0 if again is None else again


class FaultyDay(BranchDay):
    """A branch to whose devices something happens."""

    happened: Happened
    places: DayFolders

    def _serve(self, hands: Hands, visit: Visit, authorization: PivCard | None) -> CheckIn:
        fault = self.happened.drawn(hands, AT_STATIONS)
        if fault is not None:
            strike(fault, hands, CardPlace.IDENTITY, self.places, self.happened)
        if fault == "wrong-card":
            with self._lock:
                self._report.refused[VoterRefusal.UNKNOWN_CARD.value] += 1
        return super()._serve(hands, visit, authorization)

    def _serve_booth(
        self,
        booth: Booth,
        intents: Mapping[Visit, Intent],
        turns: Queue[VoterTurn | None],
        *,
        odd: bool,
    ) -> None:
        faulty = FaultyBooth(booth.hands, self.happened, self.places)
        super()._serve_booth(faulty, intents, turns, odd=odd)


# ---------------------------------------------------------------- what happens


def switch_off(hands: Hands) -> None:
    """Cut the power of a device; its robot gives up at its next look."""
    hands.stopped.set()
    process = hands.station.process
    if process is not None:
        process.kill()
        process.wait()


def switch_on(kind: str, hands: Hands, happened: Happened) -> None:
    """Start a device again and wait until it serves."""
    began = time.monotonic()
    hands.station.kill()
    hands.stopped.clear()
    hands.station.start()
    hands.station.connect()
    happened.started(hands)
    hands.until(lambda v: v.flow == "Idle", "the device after a start", AGAIN_S)
    happened.note(kind, time.monotonic() - began)


def strike(
    kind: str, hands: Hands, place: CardPlace, places: DayFolders, happened: Happened
) -> None:
    """Let something happen to an idle device, undo it, and wait until it serves."""
    hardware, began = hands.hardware, time.monotonic()
    match kind:
        case "killed":
            switch_off(hands)
            switch_on(kind, hands, happened)
            return
        case "mains":
            hardware.ups.strike("battery")
            time.sleep(2.0)
            hardware.ups.strike("line")
        case "no-mirror":
            mirror = places.device(hands.station.device).mirror
            away = mirror.with_name("mirror.away")
            mirror.rename(away)
            hands.until(lambda v: v.flow == "OutOfService", "the missing memory", LOOKS_S)
            happened.stopped[hands.station.device] += 1
            if mirror.exists():
                mirror.rmdir()  # whatever made it: only an empty one
            away.rename(mirror)
        case "no-finger":
            hardware.finger.unplug()
            time.sleep(0.5)
            hardware.finger.replug()
        case "no-paper":
            hardware.printers[place].strike("paper out")
            hardware.printers[place].strike("paper ok")
        case "wrong-card":
            hardware.slots[place].insert(PivCard("000000", "00000000", bytes(32)))
            hands.until_flow("Refused")
            hardware.slots[place].remove()
        case _:
            raise ValueError(kind)
    hands.until(lambda v: v.flow == "Idle", f"the device after {kind}", AGAIN_S)
    happened.note(kind, time.monotonic() - began)


# ---------------------------------------------------------------- what is told


def untold(places: DayFolders, devices: Sequence[Hands], happened: Happened) -> list[str]:
    """Compare the logs of the devices with what happened to them; say what they do not tell."""
    found: list[str] = []
    for hands in devices:
        device = hands.station.device
        own = places.device(device)
        key = HybridKey.load(own.keys / "signing.pem").classical.public
        log = check_log((own.data / "audit.jsonl").read_bytes(), key)
        said = Counter(entry.what for entry in log.entries)
        found += [f"{device}: {finding.reason}" for finding in log.findings]
        # Once in the morning.
        if (starts := said[AuditEvent.STARTED] - 1) != happened.starts[device]:
            found.append(f"{device}: {happened.starts[device]} starts, its log tells of {starts}")
        if (out := said[AuditEvent.OUT_OF_SERVICE]) < happened.stopped[device]:
            found.append(f"{device}: out of service {happened.stopped[device]} times, told {out}")
    return found


def play(root: Path, voters: int, stations: int, terminals: int, happened: Happened) -> DayReport:
    """Play the day; what is wrong stands in the report's disagreements."""
    electorate.COUNCIL_CANDIDATES = CANDIDATES
    staffed: list[FaultyDay] = []

    def staff(
        places: DayFolders,
        desk: Desk,
        prepared: Prepared,
        report: DayReport,
        progress: ProgressCallback,
    ) -> BranchDay:
        day = FaultyDay(places, desk, prepared, report, progress)
        day.happened, day.places = happened, places
        staffed.append(day)
        return day

    report = play_day(
        root,
        voters=voters,
        seed=happened.seed,
        transport="in-process",
        stations=stations,
        terminals=terminals,
        staff=staff,
    )
    (day,) = staffed
    report.disagreements += untold(day.places, day.hands, happened)
    return report


@click.command()
@click.option("--voters", default=300, show_default=True, type=click.IntRange(min=1))
@click.option("--stations", default=2, show_default=True, type=click.IntRange(min=1))
@click.option("--terminals", default=3, show_default=True, type=click.IntRange(min=1))
@click.option(
    "--every", default=4.0, show_default=True, help="Voters between two faults at a device."
)
@click.option("--seed", default=0, envvar="SEED")
@click.option("--out", type=click.Path(path_type=Path), help="Keep the day here.")
def main(
    voters: int, stations: int, terminals: int, every: float, seed: int, out: Path | None
) -> None:
    """Play a day among faults; status 1 if it did not end as every day does."""
    happened = Happened(seed, every)
    with tempfile.TemporaryDirectory(prefix="faults-") as temporary:
        root = out or Path(temporary) / "day"
        report = play(root, voters, stations, terminals, happened)
    for kind, seconds in sorted(happened.away_s.items()):
        middle = sorted(seconds)[len(seconds) // 2]
        click.echo(
            f"{kind:12} {len(seconds):4} times, away {middle:5.1f} s, at most {max(seconds):5.1f} s"
        )
    click.echo(f"{report.ballots_cast} votes of {voters} voters, seed {seed}")
    for line in report.disagreements:
        click.echo(line, err=True)
    raise click.exceptions.Exit(int(bool(report.disagreements)))


if __name__ == "__main__":
    main()
