"""From closing bundles to published pages: what every command costs a ballot on one core, and how that grows.

Every step is the command itself in a process of its own that may use one core; its time is the processor's
(user and system), which other programs lengthen little. Two trustees; a council of 21 seats and a second
contest.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Final

from election.definition import Text
from election.records import spent_hash
from headquarters.index_document import ARCHIVE_FILE, INDEX_FILE
from headquarters.packaging import PUBLIC_FOLDER
from headquarters.registering import OPERATORS_FOLDER, register_election
from headquarters.tally.decryption_proofs import proofs_path
from headquarters.tally.workers import workers as processes
from headquarters.toml_text import write_toml
from headquarters.verification import verify_archive
from headquarters.workspace import ElectionFolder
from simulators.benchmarks.closings import CITY, ManyBranches
from simulators.benchmarks.importing import PASSPHRASE, unlock
from simulators.benchmarks.measure import Figure, Limit, StatusCallback, sampled, timed

A_BALLOT_S: Final = 0.2
LINEAR: Final = 1.1
"""What a further ballot may cost with many ballots, against what it costs with few."""
ON_TWO_WORKERS: Final = 1.5
PAIRS: Final = 5
TIMES: Final = (1, 3, 10)
"""Ballots of the three elections, as multiples of the smallest."""
BRANCHES: Final = 2
TRUSTEES: Final = (1, 2)
_NOT_ANCHORED: Final = 3
_BETWEEN: Final = """
import os, resource, subprocess, sys
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:int(sys.argv[1])])
status = subprocess.run(sys.argv[2:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"\\n{status} {used.ru_utime + used.ru_stime} {used.ru_maxrss / 1024}")
"""
"""Runs a command on some cores and prints how it ended, seconds of all cores, and MiB at the most."""
_COMMAND: Final = """
import atexit, resource, runpy, sys
def told():
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"\\n{used.ru_utime + used.ru_stime}", file=sys.stderr)
atexit.register(told)
runpy.run_module("commands.main", run_name="__main__", alter_sys=True)
"""
"""Runs a command of `amin` and prints last the seconds that its first process took, without helpers."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one step took: seconds of a core, those of its first process, MiB of memory at the most."""

    step: str
    seconds: float
    alone: float
    memory: float


@dataclass(frozen=True, slots=True)
class Office:
    """An election's folder at headquarters whose devices have closed, and the bundles they handed in."""

    folder: Path
    bundles: tuple[Path, ...]

    @classmethod
    def prepare(cls, place: Path, ballots: int, branches: int = BRANCHES) -> Office:
        """Play the day of an election with so many ballots, shared among the branches."""
        folder = place / "election"
        folder.mkdir()
        day = ManyBranches.begin(folder, branches, unlock, CITY, stations=True)
        (folder / "election.toml").write_text(_plan(day), "utf-8")
        day = _registered(day)
        (place / "passphrase").write_text(PASSPHRASE, "utf-8")
        shares = [ballots * at // branches for at in range(branches + 1)]
        bundles = []
        for number, (first, end) in enumerate(pairwise(shares)):
            spent = [spent_hash(secrets.token_bytes(32)) for _ in range(first, end)]
            box = day.close(number, [day.seal(vote) for vote in range(first, end)], spent)
            for name, data in (("terminal", box), ("station", day.admit(number, spent))):
                bundles.append(place / f"{number}-{name}.bundle")
                bundles[-1].write_bytes(data)
        return cls(folder, tuple(bundles))

    @property
    def place(self) -> Path:
        """The folder around it."""
        return self.folder.parent

    @property
    def result(self) -> Path:
        """The folder of the count."""
        return self.folder / "result"

    def steps(self) -> Iterator[tuple[str, Sequence[str], Sequence[int]]]:
        """Yield name, words and possible exit status of every command, in the order of the night."""
        folder, count = str(self.folder), str(self.result)
        opened = ("--passphrase-file", str(self.place / "passphrase"))
        # Status 1 of an import: stations of the bench count no evidence of voters, and that is told.
        yield "import", ("import", folder, *map(str, self.bundles), *opened), (0, 1)
        yield "batches", ("batches", folder, count, "--despite-findings", *opened), (0,)
        for number in TRUSTEES:
            yield f"mix {number}", ("mix", count, "--trustee", str(number)), (0,)
        for number in TRUSTEES:
            key = str(self.folder / "trustees" / f"trustee-{number}.key")
            yield f"decrypt {number}", ("decrypt", count, "--key", key, *opened), (0,)
        yield "conclude", ("conclude", folder, count, *opened), (0, 1)
        yield "verify", ("verify", str(self.result / INDEX_FILE)), (_NOT_ANCHORED,)
        yield "publish", ("publish", count, "--site", str(self.place / "site")), (_NOT_ANCHORED,)


def bench_pipeline(
    ballots: int,
    tell: StatusCallback,
    times: Sequence[int] = TIMES,
    pairs: int = PAIRS,
) -> Iterator[Figure]:
    """Yield what a ballot costs in each step and in all, how that grows, and what two workers give."""
    sizes = [ballots * as_many for as_many in times]
    offices: list[Office] = []
    nights: list[list[Cost]] = []
    with tempfile.TemporaryDirectory(prefix="amin-bench-") as folder:
        for size in sizes:
            place = Path(folder) / str(size)
            place.mkdir()
            tell(f"the day of {size} ballots")
            offices.append(Office.prepare(place, size))
            nights.append([*run(offices[-1], partial(_tell_step, tell, size))])
            yield from _night(size, nights[-1], last=size == sizes[-1])
        yield from _growth(sizes, nights)
        yield from _first_processes(Path(folder), sizes[-2:], tell)
        yield from _two_workers(offices[-1], sizes[-1], pairs, tell)


def _tell_step(tell: StatusCallback, ballots: int, step: str) -> None:
    tell(f"{ballots} ballots: {step}")


def _night(size: int, costs: Sequence[Cost], *, last: bool) -> Iterator[Figure]:
    for cost in costs:
        milliseconds = 1000 * cost.seconds / size
        yield Figure(f"{size} ballots: {cost.step}", milliseconds, "ms a ballot")
    spent = sum(cost.seconds for cost in costs) / size
    target = A_BALLOT_S if last else None
    note = "of one core, all commands and their starts"
    yield Figure(
        f"{size} ballots: import → published", spent, "s a ballot", target=target, note=note
    )
    yield Figure(f"{size} ballots: memory at the most", max(cost.memory for cost in costs), "MiB")


def _growth(sizes: Sequence[int], nights: Sequence[Sequence[Cost]]) -> Iterator[Figure]:
    """Yield what one more ballot costs between two sizes, without the commands' starts, and their ratio."""
    totals = [sum(cost.seconds for cost in costs) for costs in nights]
    more = []
    for (few, many), (before, after) in zip(pairwise(sizes), pairwise(totals), strict=True):
        more.append((after - before) / (many - few))
        yield Figure(f"one more ballot between {few} and {many}", more[-1], "s")
    yield Figure(
        "of the last, as many times as of the first", more[-1] / more[0], "×", target=LINEAR
    )


def _first_processes(folder: Path, sizes: Sequence[int], tell: StatusCallback) -> Iterator[Figure]:
    """Yield what one more ballot costs the first process of every step, with helpers on a second core."""
    nights = []
    for size in sizes:
        place = folder / f"{size} on two cores"
        place.mkdir()
        told = partial(_tell_step, tell, size)
        nights.append([*run(Office.prepare(place, size), told, cores=2)])
    for few, many in zip(*nights, strict=True):
        alone = 1000 * (many.alone - few.alone) / (sizes[-1] - sizes[0])
        yield Figure(f"{many.step}: one more ballot, the first process alone", alone, "ms")


def _two_workers(
    office: Office, ballots: int, pairs: int, tell: StatusCallback
) -> Iterator[Figure]:
    """Yield how much less time a Dask cluster of two workers takes to verify than one of one, in pairs."""
    if find_spec("distributed") is None:
        name = "one Dask worker : two"
        yield Figure(name, 0, "×", samples=0, note="not measured: Dask is not installed")
        return
    # Below the count alone: the site has the same archives once more.
    archives = sorted(office.result.rglob(ARCHIVE_FILE))
    # Dask begins processes that import the program: none of this process's making.
    from distributed import LocalCluster

    ratios = []
    with ExitStack() as stack:
        found = []
        for workers in (1, 2):
            cluster = LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address="127.0.0.1:0",
            )
            stack.enter_context(cluster)
            with cluster.get_client() as client:  # type: ignore[no-untyped-call]
                client.run(_leave_session)
            found.append(stack.enter_context(processes(str(cluster.scheduler_address))))
        for pair in range(pairs):
            tell(f"one Dask worker and two, {pair + 1} of {pairs}")
            one, two = (timed(partial(_verify, archives, executor)) for executor in found)
            ratios.append(one / two)
    yield sampled(
        "one Dask worker : two",
        ratios,
        "×",
        target=ON_TWO_WORKERS,
        limit=Limit.AT_LEAST,
        note=f"{ballots} ballots verified",
    )


_AUTOGROUP = Path("/proc/self/autogroup")


def _leave_session(group: Path = _AUTOGROUP) -> None:
    """Make a worker a session of its own, with the weight that the one before it has.

    Linux divides busy cores among sessions: two workers of one would get the part of one.
    """
    # Where a kernel divides nothing among sessions, the file is missing, empty or unreadable.
    try:
        words = group.read_text("ascii").split()
    except OSError:
        words = []
    os.setsid()
    if "nice" in words and words[-1] != "0":
        with suppress(OSError):
            group.write_text(words[-1], "ascii")


def _verify(archives: Sequence[Path], executor: Executor | None) -> None:
    reports = [
        verify_archive(path, executor=executor, proofs=proofs_path(path)) for path in archives
    ]
    if not reports or not all(report.ok for report in reports):
        raise AssertionError("the bench's archives do not verify")


def run(office: Office, tell: StatusCallback = lambda _: None, *, cores: int = 1) -> Iterator[Cost]:
    """Take every step as its command, each on so many cores, and yield what it cost."""
    for name, words, ends in office.steps():
        tell(name)
        yield _measured(name, [sys.executable, "-c", _COMMAND, "election", *words], ends, cores)


def _measured(name: str, words: Sequence[str], ends: Sequence[int], cores: int) -> Cost:
    # A process in between: what Linux tells of memory at the most begins with that of whoever forks.
    between = [sys.executable, "-I", "-S", "-c", _BETWEEN, str(cores), *words]
    # As installed, where modules were compiled once; a variable may keep them from being stored.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        between, stdin=subprocess.DEVNULL, capture_output=True, check=False, env=environment
    )
    *told, measured = done.stdout.decode().splitlines()
    status, seconds, memory = measured.split()
    if int(status) not in ends:
        raise AssertionError(f"{name} ended with {status}: {told} {done.stderr[-2000:]!r}")
    alone = float(done.stderr.decode().splitlines()[-1])
    return Cost(name, float(seconds), alone, float(memory))


def _registered(day: ManyBranches) -> ManyBranches:
    """Put the cards of all operators and everything else under a register."""
    place = ElectionFolder(day.folder)
    given = day.folder / OPERATORS_FOLDER
    given.mkdir()
    for branch in day.election.branches:
        for at, card in enumerate(day.cards(branch.id)):
            (given / f"{branch.id}-{at}.der").write_bytes(card)
    (day.folder / PUBLIC_FOLDER).mkdir(exist_ok=True)
    written = register_election(place, unlock, day.election.opens)
    return replace(day, number=bytes.fromhex(written.number))


def _plan(day: ManyBranches) -> str:
    """Write what people had decided, as far as the count reads it again."""
    election = day.election
    return write_toml(
        {
            "uuid": election.uuid,
            "rehearsal": True,
            "name": _texts(election.name),
            "day": election.day,
            "opens": election.opens,
            "closes": election.closes,
            "lots": {"seats": "a bench", "decisions": "a bench"},
            "contests": [
                {
                    "id": contest.id,
                    "title": _texts(contest.title),
                    "seats": contest.seats,
                    "max_selections": contest.max_selections,
                    "form": contest.form.value,
                }
                for contest in election.contests
            ],
            "styles": [
                {"id": style.id, "name": _texts(style.name), "contests": list(style.contests)}
                for style in election.styles
            ],
            "branches": [
                {"id": branch.id, "name": _texts(branch.name), "district": branch.district}
                for branch in election.branches
            ],
        }
    )


def _texts(text: Text) -> dict[str, str]:
    return {"fa": text.fa, "en": text.en}
