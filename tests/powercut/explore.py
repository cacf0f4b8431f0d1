"""Go through what cuts can leave of a recorded day, and judge every state; shrink what fails.

tier 1   at every point: nothing, all, each write missing, each write alone, on either medium, with
         nothing and with all of the other
tier 2   each cut of each write, at each of its sectors, from the front and from the back
tier 3   drawn: any pieces of both media; some with one medium garbled where it was being written, or gone
"""

from __future__ import annotations

import hashlib
import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Final

from tests.powercut.days import Told
from tests.powercut.disk import SECTOR, Disks, Medium, Piece, points, put, shapes, words
from tests.powercut.judge import Found, Judge, LostError
from tests.powercut.recording import Did, Recording
from tests.powercut.settling import Lying, Settling, hashed

_CUT: Final = "cut"
_DRAWN: Final = "drawn"
_VOTES: Final = "votes.db"
_GARBLED: Final = (_VOTES, "pollbook.db")
"""Stores of which each entry is joined from both media (the state of the polls is taken whole)."""
_PER_CLASS: Final = 400
"""States of one kind that are kept for chains and second cuts."""
_DIFFERENT: Final = 0.35
"""At least this share of the states of a day is not the same as another one of them."""


class Damage(StrEnum):
    """What happened to a medium beside the cut."""

    NONE = ""
    GARBLED = "garbled"
    """Sectors of files that were being written hold something else."""
    GONE = "gone"
    """The second memory is not there any more."""


@dataclass(frozen=True, slots=True)
class State:
    """One state of both media, and what had been promised."""

    point: int
    shape: str
    kept: tuple[frozenset[Piece], ...]
    damage: Damage = Damage.NONE
    medium: int = 0
    """The one that is damaged."""
    seed: int = 0
    """Of the damage."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What a device made of a state, and the shortest list of what has to be lost for it."""

    state: State
    what: str
    lines: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What was gone through."""

    states: int = 0
    """Different from each other, by every byte of both media and what was promised; each file of them was
    opened by the storage's own code, the same file and journal once."""
    judged: int = 0
    """Of those: a start was judged, and one more voter; the others were the same once they were opened."""
    distinct: set[bytes] = field(default_factory=set)
    points: int = 0
    done: Counter[str] = field(default_factory=Counter)
    of: Counter[str] = field(default_factory=Counter)
    damages: Counter[str] = field(default_factory=Counter)
    found: dict[Found, list[State]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take what another process has gone through."""
        self.states += other.states
        self.judged += other.judged
        self.distinct |= other.distinct
        self.points += other.points
        self.done += other.done
        self.of += other.of
        self.damages += other.damages
        for found, states in other.found.items():
            self.found.setdefault(found, []).extend(states)
        self.failures += other.failures


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of a day is gone through by one process."""

    tier1: float = 1.0
    """Share of the states of this tier."""
    tier2: float = 1.0
    drawn: int = 0
    """States of the third tier at each point."""
    damaged: float = 0.3
    """Share of those with a medium that is garbled or gone."""
    until: float = float("inf")
    """On the monotonic clock."""
    most_failures: int = 3
    only: frozenset[int] | None = None
    """Points; None: all."""


def plan_for(recording: Recording, raw: int) -> Plan:
    """Return what gives about so many states: tier 1 first, then tier 2, some drawn."""
    one, two, _ = sizes(recording)
    if raw < one:
        return Plan(raw / one, 0.0, 2 if raw > one // 2 else 0)
    tier2 = min(1.0, (raw / _DIFFERENT - one) / max(two, 1))
    return Plan(1.0, tier2, 2)


def sizes(recording: Recording) -> tuple[int, int, int]:
    """Count the states of tiers 1 and 2, and the points."""
    counted = Counter(
        shape == _CUT for _, disks in _walk(recording) for shape, _ in _systematic(disks)
    )
    return counted[False], counted[True], sum(1 for _ in points(recording))


def explore(
    recording: Recording,
    judge: Judge,
    seed: int,
    plan: Plan,
    take: Callable[[], int] | None = None,
) -> Tally:
    """Judge what the plan asks for.

    `take`: the number of the stretch that comes next, larger at each call; all of them if None. A stretch is
    the points with the same promises, one after the other.
    """
    take = count().__next__ if take is None else take
    tally, known = Tally(), set[tuple[bytes, bytes]]()
    stretch, mine = -1, take()
    told, at, said = Told(), 0, b""
    rng, settling = random.Random(), Settling(judge.config.data.parent)
    for point, disks in _walk(recording):
        for event in recording.events[at:point]:
            told.take(event)
        at, before, said = point, said, str(told).encode()
        if said != before:
            stretch += 1
            known.clear()
            rng = random.Random(f"{seed} {stretch}")
            mine = take() if mine < stretch else mine
        if stretch != mine or (plan.only is not None and point not in plan.only):
            continue
        tally.points += plan.tier1 > 0
        lying = Lying(disks, settling)
        for state in _states(point, disks, rng, plan, tally):
            if time.monotonic() > plan.until:
                return tally
            clean = state.damage is Damage.NONE
            name, settled = lying.names(state.kept) if clean else _damaged(disks, state)
            tally.done[state.shape] += 1
            if (said, name) in known:
                continue
            known.add((said, name))
            tally.distinct.add(name)
            tally.states += 1
            tally.damages[state.damage.value] += 1
            if (b"settled" + said, settled) in known:
                continue
            known.add((b"settled" + said, settled))
            _judge(recording, judge, disks, state, told, tally)
            if len(tally.failures) >= plan.most_failures:
                return tally
    return tally


def _damaged(disks: Disks, state: State) -> tuple[bytes, bytes]:
    """Name a state with a damaged medium, which is judged as it is."""
    digest = hashlib.blake2b(digest_size=12)
    files = left(disks, state)
    for path in sorted(files):
        digest.update(path.encode() + b"\0" + hashed(files[path]))
    return (name := state.damage.value.encode() + digest.digest()), name


def _judge(
    recording: Recording,
    judge: Judge,
    disks: Disks,
    state: State,
    told: Told,
    tally: Tally,
) -> None:
    lay(recording, judge, left(disks, state), gone=_gone(recording, state))
    tally.judged += 1
    try:
        found = judge.judge(told, clean=state.damage is Damage.NONE)
    except LostError as lost:
        tally.failures.append(shrink(recording, judge, disks, state, told, str(lost)))
        return
    kept = tally.found.setdefault(found, [])
    if len(kept) < _PER_CLASS and state.damage is not Damage.GONE:
        kept.append(state)


def _walk(recording: Recording) -> Iterator[tuple[int, Disks]]:
    """Yield every point with the media as they are there."""
    disks, at = Disks(recording), 0
    for point in points(recording):
        while at < point:
            disks.do(recording.events[at])
            at += 1
        yield point, disks


def in_order(recording: Recording, states: Iterable[State]) -> Iterator[tuple[State, Disks, Told]]:
    """Yield states by their points, with the media and what was promised there."""
    disks, told, at = Disks(recording), Told(), 0
    for state in sorted(states, key=lambda state: state.point):
        for event in recording.events[at : state.point]:
            disks.do(event)
            told.take(event)
        at = state.point
        yield state, disks, told


def _systematic(disks: Disks) -> Iterator[tuple[str, tuple[frozenset[Piece], ...]]]:
    one, two = disks.media
    every = (frozenset(one.pieces()), frozenset(two.pieces()))
    nothing: frozenset[Piece] = frozenset()
    for shape, kept in shapes(one):
        yield shape, (kept, nothing)
        if every[1]:
            yield shape, (kept, every[1])
    for shape, kept in shapes(two):
        if shape in {"nothing", "all"}:
            continue  # said above
        yield shape, (nothing, kept)
        if every[0]:
            yield shape, (every[0], kept)


def _states(
    point: int, disks: Disks, rng: random.Random, plan: Plan, tally: Tally
) -> Iterator[State]:
    for shape, kept in _systematic(disks):
        if not plan.tier1:
            break
        tally.of[shape] += 1
        if rng.random() < (plan.tier2 if shape == _CUT else plan.tier1):
            yield State(point, shape, kept)
    for _ in range(plan.drawn):
        kept = tuple(frozenset(_draw(medium, rng)) for medium in disks.media)
        damage, which = Damage.NONE, 0
        if rng.random() < plan.damaged:
            which = rng.randrange(2)
            damage = rng.choice((Damage.GARBLED, Damage.GARBLED, Damage.GONE))
            which = 1 if damage is Damage.GONE else which
            # The other medium is as the writes before some moment left it.
            other = 1 - which
            pieces = disks.media[other].pieces()
            numbers = sorted({piece[0] for piece in pieces})
            until = rng.choice([*numbers, len(disks.media[other].pending)])
            prefix = frozenset(piece for piece in pieces if piece[0] < until)
            kept = (kept[0], prefix) if other else (prefix, kept[1])
        tally.of[_DRAWN] += 1
        yield State(point, _DRAWN, kept, damage, which, rng.getrandbits(32))


def _draw(medium: Medium, rng: random.Random) -> Iterable[Piece]:
    pieces = medium.pieces()
    often = rng.choice((0.1, 0.5, 0.9))
    if rng.random() < 0.3:
        whole = {number for number in range(len(medium.pending)) if rng.random() < often}
        return [piece for piece in pieces if piece[0] in whole]
    return [piece for piece in pieces if rng.random() < often]


def left(disks: Disks, state: State) -> dict[str, bytes]:
    """Return the files of both media in a state."""
    files: dict[str, bytes] = {}
    for number, (medium, kept) in enumerate(zip(disks.media, state.kept, strict=True)):
        if state.damage is Damage.GONE and state.medium == number:
            continue
        found = medium.left(kept)
        if state.damage is Damage.GARBLED and state.medium == number:
            _garble(medium, found, random.Random(state.seed))
        files |= found
    return files


def _garble(medium: Medium, files: dict[str, bytes], rng: random.Random) -> None:
    """Turn over sectors of stores that were being written, or the signed root of the votes."""
    at_work = {
        each.event.path.removesuffix("-journal")
        for each in medium.pending
        if each.event.did is Did.WRITE
    }
    for path in [path for path in files if Path(path).name in _GARBLED]:
        content = bytearray(files[path])
        sectors = range(max(1, len(content) // SECTOR))
        if path not in at_work:
            # What was written long ago goes, too: here what has no second copy in the same file.
            sectors = _root_sectors(files[path]) if Path(path).name == _VOTES else range(0)
        for _ in range(rng.randint(1, 3) if sectors else 0):
            at = rng.choice(sectors) * SECTOR
            content[at : at + SECTOR] = rng.randbytes(len(content[at : at + SECTOR]))
        files[path] = bytes(content)


def _root_sectors(content: bytes) -> range:
    """Return where the signature of the root lies."""
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.deserialize(content)
            (signature,) = connection.execute("SELECT signature FROM root").fetchone()
        except (sqlite3.Error, TypeError):
            return range(0)
    # Its end lies together on one page.
    at = content.find(signature[-4 * SECTOR : -3 * SECTOR])
    return range(0) if at < 0 else range(at // SECTOR, at // SECTOR + 1)


def _gone(recording: Recording, state: State) -> Path | None:
    return recording.roots[state.medium] if state.damage is Damage.GONE else None


def lay(
    recording: Recording, judge: Judge, files: Mapping[str, bytes], gone: Path | None = None
) -> None:
    """Write a state where the judge's device looks for its media."""
    config = judge.config
    shutil.rmtree(config.data.parent, ignore_errors=True)
    for folder in (config.data, config.mirror, config.usb):
        if gone is None or folder.name != gone.name:
            folder.mkdir(parents=True)
    put(files, str(recording.folder), config.data.parent)


def shrink(
    recording: Recording, judge: Judge, disks: Disks, state: State, told: Told, what: str
) -> Failure:
    """Have all written that the failure does not need to be lost."""
    clean = state.damage is Damage.NONE

    def fails(kept: tuple[frozenset[Piece], ...]) -> str:
        tried = State(state.point, state.shape, kept, state.damage, state.medium, state.seed)
        lay(recording, judge, left(disks, tried), gone=_gone(recording, state))
        try:
            judge.judge(told, clean=clean)
        except LostError as lost:
            return str(lost)
        return ""

    kept = state.kept
    for number, medium in enumerate(disks.media):
        every = medium.pieces()
        for operation in range(len(medium.pending)):
            pieces = frozenset(piece for piece in every if piece[0] == operation)
            if pieces <= kept[number]:
                continue
            tried = tuple(k | pieces if i == number else k for i, k in enumerate(kept))
            if said := fails(tried):
                kept, what = tried, said
    last = recording.events[max(0, state.point - 1)]
    where = f"cut after {last.did.name.lower()} {Path(last.path).name} (event {state.point})"
    lines = [where]
    for medium, pieces in zip(disks.media, kept, strict=True):
        lost = [line for line in words(medium, pieces) if not line.endswith(": there")]
        lines += [f"{Path(medium.root).name}: {line}" for line in lost]
    if not clean:
        lines.append(f"{Path(disks.media[state.medium].root).name}: {state.damage.value}")
    return Failure(state, what, tuple(lines))
