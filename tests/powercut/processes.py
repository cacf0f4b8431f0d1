"""Kill real programs between two writes, take from their media what a cut takes, and go on.

Each round a voter comes, and the recorder kills one of the two programs after a drawn number of calls:
counted from its start, or from the voter's coming in a program that has served others. What was not written
through is lost as drawn, on both media; then the program starts again, and the voter does what a voter does.
At the end headquarters counts as many ballots as voters.
"""

from __future__ import annotations

import random
import signal
import struct
import subprocess
import time
from collections import Counter
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pytest

from election.definition import DeviceId
from simulators.demo import electorate, stations
from simulators.demo.office import STATION, TERMINAL
from simulators.demo.stations import StationProcess
from tests.cases.branch.kit import GONE, MOST, Branch, branch
from tests.cases.branch.test_power_cut import count, go_on
from tests.powercut.disk import Disks, replay
from tests.powercut.recording import Recording, build, contents, read_events

_EVENTS: Final = {TERMINAL: 160, STATION: 330}
"""Calls from the start of a program to the end of a visit, about."""
_VISIT: Final = {TERMINAL: 60, STATION: 120}
"""Of these in the visit, about."""
_AT_START: Final = 0.3
"""Share of rounds in which a program is started to be killed."""
_LEFT: Final = struct.Struct("<q")
_VOTERS: Final = MOST - 1
"""In a branch: a terminal whose slots are used is out of service, and no finding."""
_DYING_S: Final = 1.0
_START_S: Final = 240.0
"""Longest start: many of these wait for one core, and a slow start is no finding."""


@dataclass(slots=True)
class Killed:
    """What was seen."""

    processes: int = 0
    by_recorder: int = 0
    """Of these, in the middle of the visit; the others had served the voter by then."""
    by_device: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    """Writes that the cuts took."""
    trouble: list[str] = field(default_factory=list)


def kill(folder: Path, rounds: int, seed: int, until: float = float("inf")) -> Killed:
    """Kill so many programs, at most `_VOTERS` in a branch; stop at `until` on the monotonic clock."""
    rng, killed = random.Random(seed), Killed()
    number = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(electorate, "COUNCIL_CANDIDATES", 30)
        patch.setattr(electorate, "LISTS", 1)
        patch.setattr(stations, "START_S", _START_S)
        while killed.processes < rounds and time.monotonic() < until:
            number += 1
            with branch(folder / f"branch-{number}") as made:
                served, watched = 0, dict[DeviceId, Watched]()
                while served < _VOTERS and killed.processes < rounds and time.monotonic() < until:
                    try:
                        _round(made, served, rng, killed, watched)
                    except (AssertionError, *GONE) as trouble:
                        killed.trouble.append(f"seed {seed}, round {served}: {trouble}")
                        return killed
                    served += 1
                counted = count(made)
                if counted != served:
                    killed.trouble.append(f"headquarters has {counted} ballots of {served} voters")
                    return killed
    return killed


@dataclass(frozen=True, slots=True)
class Watched:
    """A program under the recorder."""

    before: Recording
    """Media at its start."""
    told: Path
    left: Path
    """How many calls until it is killed; 0: none."""

    @classmethod
    def start(cls, made: Branch, device: DeviceId, after: int) -> Watched:
        """Start it anew, to be killed after so many calls. Raises what `GONE` is if it has to live."""
        library = build()
        assert library is not None
        station, roots = made.stations[device], _roots(made, device)
        told = made.places.root / f"{device}.told"
        watched = cls(
            Recording(made.places.root, roots, *contents(roots)), told, told.with_suffix(".left")
        )
        told.write_bytes(b"")
        watched.left.write_bytes(_LEFT.pack(after))
        station.environment = {
            **station.environment,
            "LD_PRELOAD": str(library),
            "POWERCUT_ROOTS": ":".join(map(str, roots)),
            "POWERCUT_FILE": str(told),
            "POWERCUT_LEFT": str(watched.left),
        }
        with suppress(*GONE) if after else nullcontext():
            made.start(device)
        return watched

    def kill_after(self, calls: int) -> None:
        """Have it killed after so many calls from now."""
        with self.left.open("r+b") as stream:
            stream.write(_LEFT.pack(calls))

    def recording(self) -> Recording:
        """Return what it has told since its start."""
        return replace(self.before, events=list(read_events(self.told.read_bytes())))


def _round(
    made: Branch, number: int, rng: random.Random, killed: Killed, watched: dict[DeviceId, Watched]
) -> None:
    device = rng.choice((STATION, TERMINAL))
    if device not in watched or rng.random() < _AT_START:
        made.stations[device].stop()
        watched[device] = Watched.start(made, device, rng.randrange(5, _EVENTS[device]))
    else:
        watched[device].kill_after(rng.randrange(1, _VISIT[device]))
    card = made.blank()
    with suppress(*GONE):
        made.hands[device].until_flow("Idle")
        made.check_in(number, card)
        made.vote(card)
    by_recorder = _has_died(made.stations[device])
    made.stations[device].kill()
    recording = watched[device].recording()
    assert recording.events, f"the recorder saw nothing of {device}"
    if by_recorder:  # a program that is killed from outside may have done what it could not tell
        found = contents(recording.roots)[0]
        assert replay(recording) == found, "what was told is not what is there"
        killed.by_recorder += 1
    killed.lost += _cut(recording, rng)
    killed.processes += 1
    killed.by_device[device] += 1
    for slot in made.hardware.slots.values():
        slot.remove()
    made.hardware.finger.lift()
    watched[device] = Watched.start(made, device, 0)
    for each in (STATION, TERMINAL):
        made.hands[each].until_flow("Idle", "Abandoned")
    go_on(made, number, card)


def _has_died(station: StationProcess) -> bool:
    """Tell whether the recorder killed it; its end takes a moment longer than its last call."""
    assert station.process is not None
    with suppress(subprocess.TimeoutExpired):
        station.process.wait(_DYING_S)
    return station.process.poll() == -signal.SIGKILL


def _roots(made: Branch, device: DeviceId) -> tuple[Path, ...]:
    places = made.places.device(device)
    return (places.data, places.mirror)


def _cut(recording: Recording, rng: random.Random) -> int:
    """Take from the media what was not written through, as drawn; how many writes that concerns."""
    disks = Disks(recording)
    for event in recording.events:
        disks.do(event)
    lost = 0
    for medium in disks.media:
        often = rng.choice((0.0, 0.3, 0.7, 1.0))
        kept = [piece for piece in medium.pieces() if rng.random() < often]
        lost += len(medium.pieces()) - len(kept)
        files = medium.left(kept)
        for path in Path(medium.root).iterdir():
            if path.is_file() and str(path) not in files:
                path.unlink()
        for name, content in files.items():
            Path(name).write_bytes(content)
    return lost
