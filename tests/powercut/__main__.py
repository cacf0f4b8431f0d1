"""`python -m tests.powercut`: cut the power everywhere, and see that nothing is lost, doubled or stuck."""

from __future__ import annotations

import multiprocessing
import os
import random
import secrets
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any, Final

import click

from election.definition import Role
from tests.kiosk.station.asking import branch_registry
from tests.kiosk.station.office import BRANCH, STATION, TERMINAL, Office, on_paper
from tests.powercut import days
from tests.powercut.chains import Chain, records_checked_once
from tests.powercut.disk import points
from tests.powercut.explore import (
    Damage,
    Failure,
    Plan,
    State,
    Tally,
    explore,
    in_order,
    lay,
    left,
    plan_for,
)
from tests.powercut.judge import Found, Judge, LostError, computed_once
from tests.powercut.mistakes import MISTAKES, Mistake, made
from tests.powercut.processes import Killed, kill
from tests.powercut.recording import Did, Event, Recording, again_preloaded, is_preloaded, recording

MINUTE: Final = 60.0
_SHARES: Final = {
    "terminal": 0.15,
    "station": 0.25,
    "asking": 0.4,
    "one-medium": 0.12,
    "paper": 0.08,
}
"""Of the raw states, by day: as there are cuts in it."""
_ON_PAPER: Final = "paper"
_FEW: Final = 1000
"""Of fewer raw states none are of a day on paper, which has an office of its own."""
_ROUNDS: Final = 8
_AFTER_PROMISE: Final = 60
"""Points that are searched for a mistake."""
_SYSTEMATIC: Final = ("nothing", "all", "missing", "alone", "cut")


@dataclass(frozen=True, slots=True)
class Day:
    """A recorded day of a device."""

    name: str
    office: Office
    recording: Recording

    def judge(self, folder: Path) -> Judge:
        """Return a judge with media of its own."""
        device = STATION if self.name in {"station", "asking", _ON_PAPER} else TERMINAL
        return Judge(self.office, self.office.configuration(device, folder))


@dataclass(slots=True)
class Later:
    """What is done with the outcomes of the raw states."""

    chains: int = 0
    counted: Counter[int] = field(default_factory=Counter)
    second: Tally = field(default_factory=Tally)
    failures: list[str] = field(default_factory=list)


def play(name: str, office: Office, folder: Path) -> Day:
    """Record a day."""
    if name == "asking":
        (folder / "registry").mkdir(parents=True)
        with branch_registry(office, folder / "registry") as registry:
            connect = registry.connect(STATION)
            made = days.station_day(registry.office, folder / "station", connect=connect)
            return Day(name, registry.office, made)
    plays: dict[str, Callable[[], Recording]] = {
        "terminal": lambda: days.terminal_day(office, folder),
        "one-medium": lambda: days.terminal_day(office, folder, one_medium=True),
        "station": lambda: days.station_day(office, folder),
    }
    if name == _ON_PAPER:
        (folder / "office").mkdir(parents=True)
        alone = Office.open(folder / "office", {STATION: (Role.IDENTITY_STATION, BRANCH)})
        return Day(name, on_paper(alone), days.paper_day(on_paper(alone), folder))
    return Day(name, office, plays[name]())


def raw(
    day: Day, folder: Path, seed: int, plan: Plan, take: Callable[[], int] | None = None
) -> Tally:
    """(a) Judge states of a day."""
    with computed_once():
        return explore(day.recording, day.judge(folder), seed, plan, take)


def chains(day: Day, folder: Path, states: Sequence[State], until: float, later: Later) -> None:
    """(b) Go on from these states to headquarters."""
    judge = day.judge(folder)
    chain = Chain.of(judge)
    with computed_once(), records_checked_once():
        for state, disks, told in in_order(day.recording, states):
            if time.monotonic() > until:
                return
            lay(day.recording, judge, left(disks, state))
            later.chains += 1
            try:
                later.counted[chain.follow(told)] += 1
            except Exception as trouble:  # noqa: BLE001 - whatever stops a chain is told
                where = f"{day.name}, event {state.point}, {state.shape} {state.damage}"
                later.failures.append(f"{where}: {type(trouble).__name__} {trouble}")


def second_cuts(
    day: Day, folder: Path, states: Iterable[State], seed: int, until: float, later: Later
) -> None:
    """(d) Record the start on what a cut has left, and cut that again."""
    judge = day.judge(folder / "first")
    again = day.judge(folder / "second")
    config = judge.config
    with computed_once():
        for number, (state, disks, told) in enumerate(in_order(day.recording, states)):
            if time.monotonic() > until or later.second.failures:
                return
            lay(day.recording, judge, left(disks, state))
            roots = (config.data, config.mirror)
            with recording(config.data.parent, roots) as first, suppress(LostError):
                judge.judge(told, clean=False)
            recovered = _until_next_vote(first)
            recovered.events.insert(0, replace(_EMPTY, data=days.as_mark(told)))
            plan = Plan(0.25, 0.02, 1, damaged=0.0, until=until)
            later.second.add(explore(recovered, again, seed + number, plan))


_EMPTY: Final = Event(Did.MARK, "")


def _until_next_vote(first: Recording) -> Recording:
    """Leave out what the judge's next voter writes: of that nothing was begun."""
    events = first.events
    for number, event in enumerate(events):
        if event.did is Did.MARK and event.data == days.NEXT_VOTER:
            return replace(first, events=list(events[:number]))
    return replace(first, events=list(events))


# ---------------------------------------------------------------- in several processes


def _in_processes(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do jobs side by side, each in a process of its own that has all that this one has."""
    context = multiprocessing.get_context("fork")
    queue: Any = context.Queue()

    def work(number: int, job: Callable[[], Any]) -> None:
        try:
            queue.put((number, job(), ""))
        except BaseException as trouble:  # noqa: BLE001 - told by the parent
            queue.put((number, None, traceback.format_exc() or str(trouble)))

    processes = [
        context.Process(target=work, args=(number, job)) for number, job in enumerate(jobs)
    ]
    for process in processes:
        process.start()
    results: list[Any] = [None] * len(jobs)
    for _ in jobs:
        number, result, trouble = queue.get()
        if trouble:
            for process in processes:  # they would go on writing where this one cleans up
                process.kill()
                process.join()
            raise click.ClickException(trouble)
        results[number] = result
    for process in processes:
        process.join()
    return results


def _cores() -> int:
    return min(_most.jobs, len(os.sched_getaffinity(0)))


@dataclass(slots=True)
class _Most:
    """How many processes at once."""

    jobs: int = 2


_most = _Most()


def _since(began: float) -> str:
    """Say how long it took, and what of it was work: on a busy machine that is less."""
    used = os.times()
    work = used.user + used.system + used.children_user + used.children_system
    return f"{time.monotonic() - began:.0f} s, {work:.0f} s of work"


# ---------------------------------------------------------------- mistakes


def find(name: str, mistake: Mistake, office: Office, folder: Path, seed: int) -> Tally:
    """Make a mistake, and look for it where it shows."""
    with made(mistake):
        day = play(mistake.day, office, folder / name)
        day = replace(day, recording=mistake.forget(day.recording))
        since = next(
            number
            for number, event in enumerate(day.recording.events)
            if event.did is Did.MARK and mistake.since in event.data.decode()
        )
        near = [point for point in points(day.recording) if point > since][:_AFTER_PROMISE]
        plan = Plan(0.4, 0.02, 3, mistake.damaged, most_failures=1, only=frozenset(near))
        return raw(day, folder / f"{name}-state", seed, plan)


def _tell_mistakes(names: Iterable[str], office: Office, folder: Path, seed: int) -> list[str]:
    """Say of each mistake which state shows it; those that none shows."""
    missed = []
    for name in names:
        mistake = MISTAKES[name]
        tally = find(name, mistake, office, folder, seed)
        if not tally.failures:
            missed.append(f"the mistake {name} is not found in {tally.states} states")
            click.echo(f"  {name:20} NOT FOUND in {tally.states} states")
            continue
        failure = tally.failures[0]
        click.echo(f"  {name:20} found in state {tally.states}: {failure.what}")
        for line in failure.lines:
            click.echo(f"      {line}")
    return missed


# ---------------------------------------------------------------- telling


def _tell(tally: Tally) -> None:
    click.echo(
        f"  {tally.states} states, {len(tally.distinct)} different on the media; {tally.judged} different"
        f" once opened, each judged; {len(tally.found)} outcomes; {tally.points} points"
    )
    parts = [
        f"{shape} {tally.done[shape]}/{tally.of[shape]}"
        for shape in (*_SYSTEMATIC, "drawn")
        if tally.of[shape]
    ]
    click.echo(f"  coverage: {', '.join(parts)}")
    damaged = {name: number for name, number in tally.damages.items() if name}
    if damaged:
        click.echo(f"  beside the cut: {', '.join(f'{n} {k}' for k, n in damaged.items())}")


def _say(failure: Failure) -> str:
    return "\n    ".join((failure.what, failure.state.shape, *failure.lines))


def _spread(found: dict[Found, list[State]], count: int, rng: random.Random) -> list[State]:
    """Take about so many states, as many of each outcome as there are."""
    pools = [rng.sample(states, len(states)) for states in found.values()]
    taken: list[State] = []
    while len(taken) < count and any(pools):
        for pool in pools:
            if pool and len(taken) < count:
                taken.append(pool.pop())
    return taken


@click.command()
@click.option("--raw", "states", default=50_000, show_default=True, help="(a) states of the media")
@click.option("--chains", "follow", default=3_000, show_default=True, help="(b) up to the import")
@click.option("--processes", default=150, show_default=True, help="(c) real programs killed")
@click.option("--second", default=60, show_default=True, help="(d) starts that are cut again")
@click.option("--minutes", default=40.0, show_default=True, help="At most, all together.")
@click.option("--mistakes/--no-mistakes", default=True, help="Look for mistakes made on purpose.")
@click.option(
    "--mistake",
    "only",
    multiple=True,
    type=click.Choice(sorted(MISTAKES)),
    help="Look for these only.",
)
@click.option(
    "--day", "of", multiple=True, type=click.Choice(sorted(_SHARES)), help="Of these days only."
)
@click.option("--jobs", default=2, show_default=True, help="Processes at once.")
@click.option("--seed", type=int, envvar="SEED", default=None, help="Of the states and the kills.")
def main(
    states: int,
    follow: int,
    processes: int,
    second: int,
    minutes: float,
    mistakes: bool,
    only: tuple[str, ...],
    of: tuple[str, ...],
    jobs: int,
    seed: int | None,
) -> None:
    """Cut the power at every point of a day of a terminal and of a station.

    Status 1 if something is lost, doubled or without a way on, if a mistake is not found, or if less was
    done than asked for. A seed draws the same kinds of states; votes and keys are new each time.
    """
    if not is_preloaded():
        again_preloaded("tests.powercut")
    _most.jobs = jobs
    seed = secrets.randbits(32) if seed is None else seed
    began, rng = time.monotonic(), random.Random(seed)
    until = began + minutes * MINUTE
    click.echo(f"seed {seed}; the same again with --seed {seed}")
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="amin-cut-", dir=_memory()) as name:
        folder = Path(name)
        (folder / "office").mkdir()
        office = Office.open(folder / "office")
        if wrong := only or (tuple(MISTAKES) if mistakes else ()):
            click.echo("mistakes made on purpose")
            failures += _tell_mistakes(wrong, office, folder, seed)
        names = of or tuple(each for each in _SHARES if each != _ON_PAPER or states >= _FEW)
        shares = {name: _SHARES[name] / sum(_SHARES[each] for each in names) for name in names}
        on_from = sum(share for name, share in shares.items() if name != _ON_PAPER) or 1.0
        recorded = [play(name, office, folder / name) for name in names] if states else []
        whole = Tally()
        pools: list[tuple[Day, list[State]]] = []
        for day in recorded:
            tally = _all_raw(day, folder, rng, round(states * shares[day.name]), until)
            click.echo(f"(a) {day.name}, {_since(began)}")
            _tell(tally)
            failures += [f"{day.name}: {_say(failure)}" for failure in tally.failures]
            whole.add(tally)
            if day.name == _ON_PAPER:
                continue  # no ballot goes on to headquarters
            asked = ceil(round(1000 * follow * shares[day.name] / on_from) / 1000)
            pools.append((day, _spread(tally.found, asked, rng)))
        if states:
            click.echo("(a) all")
            _tell(whole)
            if whole.states < states:
                failures.append(f"only {whole.states} of {states} states")
        later = Later()
        cores = _cores()
        follows = [
            partial(_later, pools, folder / f"later-{n}", n, cores, second, seed, until)
            for n in range(cores)
        ]
        for part in _in_processes(follows) if follow or second else []:
            later.chains += part.chains
            later.counted += part.counted
            later.second.add(part.second)
            later.failures += part.failures
        if follow:
            click.echo(f"(b) {later.chains} chains to headquarters' import, {_since(began)}")
            failures += later.failures
            if later.chains < follow:
                failures.append(f"only {later.chains} of {follow} chains")
        if second:
            click.echo(f"(d) second cuts, {_since(began)}")
            _tell(later.second)
            failures += [f"second cut: {_say(failure)}" for failure in later.second.failures]
        if processes:
            killed = _killed(folder, processes, seed, until)
            click.echo(
                f"(c) {killed.processes} programs killed ({_counts(killed.by_device)}),"
                f" {killed.by_recorder} in the middle of a visit, {killed.lost}"
                f" pieces of writes taken, {_since(began)}"
            )
            failures += killed.trouble
            if killed.processes < processes:
                failures.append(f"only {killed.processes} of {processes} programs")
    _end(failures)


def _all_raw(day: Day, folder: Path, rng: random.Random, count: int, until: float) -> Tally:
    """Go through a day until there are so many states; what was drawn twice is drawn anew."""
    tally, plan = Tally(), plan_for(day.recording, count)
    for _ in range(_ROUNDS):
        for part in _in_processes(_raw_jobs(day, folder, rng, plan, until)):
            tally.add(part)
        missing = count - tally.states
        if missing <= 0 or tally.failures or time.monotonic() > until:
            break
        places = list(points(day.recording))
        some = frozenset(rng.sample(places, min(missing, len(places))))
        plan = Plan(0.0, 0.0, 1 + missing // len(places), only=some)
    return tally


def _raw_jobs(
    day: Day, folder: Path, rng: random.Random, plan: Plan, until: float
) -> list[Callable[[], Tally]]:
    """One for each core; they take stretches of the day in turn."""
    cores = _cores()
    drawn, following = rng.getrandbits(32), multiprocessing.get_context("fork").Value("q", 0)

    def take() -> int:
        with following.get_lock():
            number = int(following.value)
            following.value = number + 1
        return number

    plan = replace(plan, until=until)
    places = [folder / f"{day.name}-{number}" for number in range(cores)]
    return [partial(raw, day, place, drawn, plan, take) for place in places]


def _later(
    pools: Sequence[tuple[Day, list[State]]],
    folder: Path,
    part: int,
    parts: int,
    second: int,
    seed: int,
    until: float,
) -> Later:
    later = Later()
    for day, states in pools:
        own = states[part::parts]
        chains(day, folder / f"{day.name}-chain", own, until, later)
        count = ceil(second * _SHARES[day.name] / parts)
        clean = [state for state in own if state.damage is Damage.NONE][:count]
        second_cuts(day, folder / day.name, clean, seed, until, later)
    return later


def _killed(folder: Path, count: int, seed: int, until: float) -> Killed:
    cores = _cores()
    jobs = [
        partial(kill, folder / f"kill-{n}", -(-count // cores), seed + n, until)
        for n in range(cores)
    ]
    all_of = Killed()
    for part in _in_processes(jobs):
        all_of.processes += part.processes
        all_of.by_recorder += part.by_recorder
        all_of.by_device += part.by_device
        all_of.lost += part.lost
        all_of.trouble += part.trouble
    return all_of


def _counts(numbers: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(numbers.items()))


def _memory() -> str | None:
    """Return a folder in memory, if there is one: fifty thousand states are written there."""
    place = Path("/dev/shm")
    return str(place) if os.access(place, os.W_OK) else None


def _end(failures: Sequence[str]) -> None:
    for failure in failures:
        click.echo(f"FAILED {failure}", err=True)
    click.echo(
        "0 lost, 0 doubled, 0 without a way on" if not failures else f"{len(failures)} failed"
    )
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
