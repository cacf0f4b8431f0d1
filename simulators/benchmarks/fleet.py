"""What a country costs at headquarters before the day: tables, candidates, enrolment, packages, loading.

Every device has keys of its own and asks as a real one does; portraits are drawn. Neither is counted: it is
not headquarters' work, and is done by other processes, so that memory is that of the steps alone.
"""

from __future__ import annotations

import csv
import hashlib
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from election.definition import Branch, BranchId, DeviceId, Role, Rules, Text
from election.enrolment import make_request, write_request
from election.files import PUBLIC, replace_file
from election.package import Expected, LoadedPackage, open_package
from election.package.portraits import LARGEST_PORTRAITS, PORTRAITS_FILE
from election.register import open_published_register
from election.register_match import compare
from headquarters import branch_tables
from headquarters.device_list import ListedDevice, read_devices
from headquarters.districts import LARGEST_PACKAGE
from headquarters.packaging import WrittenPackage
from headquarters.preparation import add_candidates, make_package, new_election
from headquarters.registering import register_election
from headquarters.workspace import ElectionFolder, load_plan, open_workspace
from simulators.benchmarks.importing import unlock
from simulators.benchmarks.measure import Figure, StatusCallback, peak_mib, sampled, timed
from simulators.cards.issuer import Issuer
from simulators.demo.electorate import COUNCIL, EXPERTS, SECOND_CANDIDATES
from simulators.demo.plan import demo_plan
from simulators.people import make_people, portrait

BRANCHES: Final = 2874
IN_A_DISTRICT: Final = 130
STATIONS, TERMINALS = 2, 3
CANDIDATES: Final = 2294
"""Of the council of a city with as many branches."""
SECOND: Final = SECOND_CANDIDATES
"""Of the other contest."""
DAY: Final = date(2030, 1, 1)
_PIECE: Final = 50


@dataclass(frozen=True)
class World:
    """What devices and candidates bring, the same for elections of all sizes."""

    place: Path
    keys: dict[str, bytes]
    """Public keys of devices, by name."""
    candidates: int

    @classmethod
    def make(cls, place: Path, branches: int, candidates: int, others: Executor) -> World:
        """Draw portraits, and let every device of so many branches ask, in other processes."""
        (place / "requests").mkdir()
        (place / "portraits").mkdir()
        names = [branch_of(number).id for number in range(branches)]
        pieces = [names[i : i + _PIECE] for i in range(0, branches, _PIECE)]
        keys: dict[str, bytes] = {}
        for made in others.map(_ask, repeat(place / "requests"), pieces):
            keys |= made
        people = make_people(random.Random("fleet"), candidates + SECOND, DAY, ages=(30, 75, 50))
        drawn = others.map(portrait, people, chunksize=_PIECE)
        rows = []
        for number, (person, picture) in enumerate(zip(people, drawn, strict=True)):
            (place / "portraits" / f"{number}.jpg").write_bytes(picture)
            rows.append([f"p{number}", person.name.fa, "", "", "no", f"{number}.jpg"])
        _table(place / f"{COUNCIL}.csv", rows[:candidates])
        _table(place / f"{EXPERTS}.csv", rows[candidates:])
        return cls(place, keys, candidates)


@dataclass(frozen=True)
class Fleet:
    """An election's folder that a number of branches was prepared in."""

    folder: ElectionFolder
    world: World
    packages: tuple[Path, ...]
    seconds: dict[str, float]
    """By the clock, of each step."""
    core_s: float
    """Of a core, for the packages."""

    @classmethod
    def prepare(cls, world: World, place: Path, branches: int, tell: StatusCallback) -> Fleet:
        """Do what an office does, from the plan to the register."""
        folder, seconds = ElectionFolder(place), dict[str, float]()
        now = datetime.now(UTC).replace(microsecond=0)
        new_election(folder, "سنجش", now.date(), 1, now, lambda _: True, unlock, rehearsal=True)
        text = demo_plan(load_plan(folder).uuid, now, 1, Rules())
        replace_file(folder.plan, f'packages = "districts"\n{text}'.encode(), PUBLIC)
        folder.documents.mkdir()
        issuer = Issuer.create("Amin bench", now)
        replace_file(folder.documents / "csca.cer", issuer.authority_der, PUBLIC)
        listed = issuer.revocation_list(now - timedelta(days=1))
        replace_file(folder.documents / "csca.crl", listed, PUBLIC)
        table = place / "branches.csv"
        table.write_bytes(_branches(branches))

        def step(name: str, work: Callable[[], object]) -> None:
            tell(f"{branches} branches: {name}")
            seconds[name] = timed(work)

        step("table", lambda: branch_tables.take_in(folder, table, None))
        for device in read_devices(folder):
            name = f"{device.device}.json"
            (folder.requests / name).hardlink_to(world.place / "requests" / name)

        def stand() -> None:
            for contest in (COUNCIL, EXPERTS):
                people, pictures = world.place / f"{contest}.csv", world.place / "portraits"
                add_candidates(folder, contest, people, None, pictures)

        step("candidates", stand)
        made: list[WrittenPackage] = []
        spent = time.process_time()
        step("package", lambda: made.append(make_package(folder, unlock, now)))
        spent = time.process_time() - spent
        step("register", lambda: register_election(folder, unlock, now))
        return cls(folder, world, made[0].packages, seconds, spent)


def bench_fleet(
    runs: int, tell: StatusCallback, branches: int = BRANCHES, candidates: int = CANDIDATES
) -> Iterator[Figure]:
    """Yield seconds, sizes and memory for as many branches of five devices, and how they grow."""
    with (
        tempfile.TemporaryDirectory(prefix="amin-bench-") as place,
        ProcessPoolExecutor(mp_context=get_context("spawn")) as others,
    ):
        tell("devices ask, portraits are drawn")
        world = World.make(Path(place), branches, candidates, others)
        sizes = [max(1, branches // part) for part in (8, 4, 1)]
        first, second, whole = (
            Fleet.prepare(world, Path(place) / f"e{size}", size, tell) for size in sizes
        )
        took, devices = whole.seconds, branches * (STATIONS + TERMINALS)
        yield Figure(
            "branches and devices from a table", took["table"], "s", note=f"{branches} branches"
        )
        yield Figure("who stands", took["candidates"], "s", note=f"{candidates + SECOND} portraits")
        note = f"{devices} devices; of a core {whole.core_s:.0f}"
        yield Figure("packages", took["package"], "s", target=600, note=note)
        yield Figure("a device, in packages", took["package"] / devices * 1000, "ms")
        yield Figure("register", took["register"], "s")
        early = (second.core_s - first.core_s) / max(1, sizes[1] - sizes[0])
        late = (whole.core_s - second.core_s) / max(1, sizes[2] - sizes[1])
        note = f"from {sizes[1]} to {sizes[2]}, beside {sizes[0]} to {sizes[1]}"
        yield Figure(
            "one more branch, as many times", late / max(early, 1e-9), "×", target=1.2, note=note
        )
        written = [path.stat().st_size for path in whole.packages]
        note = f"the largest of {len(written)}"
        yield Figure(
            "size of a package", max(written) / 1e6, "MB", target=LARGEST_PACKAGE / 1e6, note=note
        )
        beside = (whole.folder.districts / PORTRAITS_FILE).stat().st_size
        yield Figure("size of all portraits", beside / 1e6, "MB", target=LARGEST_PORTRAITS / 1e6)
        yield Figure(
            "opened again at headquarters", timed(lambda: open_workspace(whole.folder)), "s"
        )
        yield Figure("memory at the most", peak_mib(), "MiB", target=1024)
        took_s, spent_s = [], []
        for _ in range(max(3, min(runs, 10))):
            tell("loading on a device")
            spent = time.process_time()
            took_s.append(timed(lambda: load(whole)))
            spent_s.append(time.process_time() - spent)
        note = f"the largest package; of a core {statistics.median(spent_s):.2f}"
        yield sampled("loaded and verified on a device", took_s, "s", target=2, note=note)


def load(fleet: Fleet) -> LoadedPackage:
    """Do what a device does with what is on its drive: register, package, portraits."""
    path = max(fleet.packages, key=lambda each: each.stat().st_size)
    root = (fleet.folder.path / "public" / "root.der").read_bytes()
    published = open_published_register(fleet.folder.register.read_bytes(), root)
    data = path.read_bytes()
    digest = hashlib.sha256(data).digest()
    branch = next(x.branches[0] for x in published.register.packages if x.sha256 == digest)
    device = DeviceId(f"{branch}-t1")
    expected = Expected(root, None, branch, device, fleet.world.keys[device])
    loaded = open_package(data, expected, datetime.now(UTC), beside=fleet.folder.districts)
    compare(published, loaded, branch)
    return loaded


def branch_of(number: int) -> Branch:
    """Return a branch; so many of them follow each other in a district."""
    name = Text(f"شعبهٔ شمارهٔ {number}", f"Branch {number}")
    return Branch(BranchId(f"b{number:05}"), name, f"{number // IN_A_DISTRICT + 1}")


def _branches(count: int) -> bytes:
    branches = tuple(map(branch_of, range(count)))
    devices = (
        ListedDevice(DeviceId(name), role, branch.id)
        for branch in branches
        for name, role in _devices(branch.id)
    )
    return branch_tables.write_branches(branch_tables.BranchTables(branches, tuple(devices)))


def _devices(branch: str) -> Iterator[tuple[str, Role]]:
    for role, count in ((Role.IDENTITY_STATION, STATIONS), (Role.BALLOT_TERMINAL, TERMINALS)):
        for number in range(1, count + 1):
            yield f"{branch}-{branch_tables.ROLES[role]}{number}", role


def _ask(folder: Path, branches: list[str]) -> dict[str, bytes]:
    """Write the requests of the devices of some branches; return their public keys."""
    keys: dict[str, bytes] = {}
    for branch in branches:
        for name, role in _devices(branch):
            key, sealing = HybridKey.generate(), SealingKey.generate().public_bytes
            request = make_request(DeviceId(name), role, BranchId(branch), key, sealing)
            (folder / f"{name}.json").write_bytes(write_request(request))
            keys[name] = key.public_bytes
    return keys


def _table(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("key", "name_fa", "name_en", "list", "woman", "portrait"), *rows]
        )
