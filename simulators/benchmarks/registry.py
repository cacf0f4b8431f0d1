"""Ask a centre's registry as a country does: PostgreSQL with fsync, nginx with mutual TLS, signatures.

Claims and answers are signed. Everything runs on this machine, the stations too, so what they cost is taken
from what is left for the rest. The service is the real `amin registry serve` on tables that are empty and
were never analysed, as on the morning of the day. A station asks at most twenty times at once; so many
stations ask that this is enough.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import psutil

from crypto.passphrase import Cost
from headquarters.keepers import PassphraseKeeper
from headquarters.key_folder import KeyUse, create_key_folder
from registry.door import BURST
from registry.postgres import PostgresBook
from simulators.benchmarks.measure import Figure, Limit, StatusCallback
from simulators.registry.centre import B2, Centre, centre, pem
from simulators.registry.load import Plan
from simulators.registry.servers import nginx, postgres

CLAIMS_A_SECOND: Final = 3_000
P99_MS: Final = 80.0
AT_ONCE: Final = 160
"""Stations that wait for an answer at the same time."""
_GENERATORS: Final = 2
_PASSPHRASE: Final = "one that is only for this bench, and long enough"
_CHEAP: Final = Cost(8192, 1, 1)
_US: Final = 1e6


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one run."""

    taken: tuple[float, ...]
    """Seconds from the first byte out to the last byte in, of every claim."""
    seconds: float
    busy: Mapping[str, float]
    """CPU seconds of each part."""

    @property
    def rate(self) -> float:
        """Claims a second."""
        return len(self.taken) / self.seconds


PROCESSES: Final = 2


def bench_registry(stations: int, tell: StatusCallback) -> Iterator[Figure]:
    """Measure `stations` × 20 claims, and where their time goes. `RuntimeError` if a claim is refused."""
    load = os.getloadavg()[0]
    found = measure(stations, tell)
    ordered = sorted(found.taken)
    note = f"{len(ordered)} claims, {stations} stations; load of the machine before: {load:.1f}"
    rate = found.rate
    yield Figure("claims", rate, "/s", target=CLAIMS_A_SECOND, limit=Limit.AT_LEAST, note=note)
    for name, share, target in (("half", 0.5, None), ("99 of 100", 0.99, P99_MS)):
        value = ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000
        yield Figure(
            f"answered within: {name}", value, "ms", target=target, note=f"{AT_ONCE} wait at once"
        )
    whole = sum(found.busy.values())
    for part, seconds in found.busy.items():
        cost = seconds / len(ordered) * _US
        yield Figure(f"processor: {part}", cost, "µs/claim", note=f"{seconds / whole:.0%}")


def measure(stations: int, tell: StatusCallback) -> Measured:
    """Run servers, service and stations once."""
    tell(f"keys of {stations} stations")
    world = centre(stations)
    names = [str(device.id) for device in world.published.register.devices if "-x" in device.id]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="amin-registry-")))
        dsn = stack.enter_context(postgres())
        tell("PostgreSQL, the service, nginx")
        service, socket = stack.enter_context(_service(world, folder, dsn))
        asyncio.run(_open_all(dsn, names))
        certificate, key = world.files("registry", folder)
        root = folder / "root.pem"
        root.write_bytes(pem(world.root))
        # Lines wait for their turn longer than a station's would.
        port = stack.enter_context(
            nginx(folder / "nginx", socket, certificate, key, root, 600, PROCESSES)
        )
        for name in names:
            world.files(name, folder)
            (folder / f"{name}.pair").write_bytes(world.keys[name].to_pem())
        tell("stations connect")
        plan = Plan(
            port,
            str(folder),
            str(root),
            world.published.register.election,
            (),
            BURST,
            AT_ONCE // _GENERATORS,
        )
        parts = {"service": service, "nginx": _child("nginx"), "PostgreSQL": _child("postgres")}
        return _asked(plan, names, parts, tell)


def _asked(
    plan: Plan, names: list[str], parts: Mapping[str, psutil.Process], tell: StatusCallback
) -> Measured:
    running = []
    for at in range(_GENERATORS):
        ours = replace(plan, stations=tuple((name, B2) for name in names[at::_GENERATORS]))
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", "simulators.registry.load", json.dumps(asdict(ours))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
    try:
        for each in running:
            assert each.stdout is not None
            if each.stdout.readline().strip() != "ready":
                raise RuntimeError("a station could not connect")
        tell("claims")
        before = {name: _busy(process) for name, process in parts.items()}
        for each in running:
            assert each.stdin is not None
            each.stdin.write("\n")
            each.stdin.flush()
        said = [json.loads(each.communicate(timeout=600)[0] or "null") for each in running]
        if None in said:
            raise RuntimeError("a claim was refused, or a line ended")
    finally:
        for each in running:
            each.kill()
            each.wait(20)
    busy = {name: _busy(process) - before[name] for name, process in parts.items()}
    seconds = max(one["ended"] for one in said) - min(one["began"] for one in said)
    busy["stations"] = sum(one["busy"] for one in said)
    return Measured(tuple(each for one in said for each in one["taken"]), seconds, busy)


def _busy(process: psutil.Process) -> float:
    """CPU seconds of a process and of those below it."""
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        times = one.cpu_times()
        total += times.user + times.system
    return total


def _child(name: str) -> psutil.Process:
    """Return the server of that name that this process started, or that belongs to its folder."""
    ours = [each for each in psutil.Process().children(recursive=True) if each.name() == name]
    if not ours:
        # PostgreSQL's own starter has left; its server is the youngest.
        every = psutil.process_iter(["name", "create_time"])
        ours = sorted(
            (each for each in every if each.info["name"] == name and _is_server(each)),
            key=lambda each: -each.info["create_time"],
        )
    return ours[0]


def _is_server(process: psutil.Process) -> bool:
    try:
        return "-D" in process.cmdline()
    except psutil.Error:
        return False


async def _open_all(dsn: str, names: list[str]) -> None:
    """Open the polls at all stations; their signed openings are measured elsewhere."""
    book = await PostgresBook.open(dsn)
    for name in names:
        await book.change(name, lambda now: replace(now, opened=True))  # type: ignore[arg-type]
    await book.close()


@contextmanager
def _service(world: Centre, folder: Path, dsn: str) -> Iterator[tuple[psutil.Process, Path]]:
    """Start `amin registry serve` behind a Unix socket."""
    keeper = PassphraseKeeper(lambda _: _PASSPHRASE, _CHEAP, 1)
    keys = create_key_folder(folder / "own", KeyUse.REHEARSAL, lambda _: keeper)
    keys.write_new("signing.key", world.keys["registry"].to_pem())
    (folder / "own" / "signing.der").write_bytes(world.certificates["registry"])
    (folder / "public").mkdir()
    (folder / "public" / "register.json").write_bytes(world.register_file)
    (folder / "public" / "root.der").write_bytes(world.root)
    (folder / "passphrase").write_text(_PASSPHRASE)
    socket = folder / "registry.sock"
    words = ("registry", "serve", folder / "own", folder / "public", "--book", dsn)
    options = (
        "--listen",
        f"unix:{socket}",
        "--processes",
        PROCESSES,
        "--passphrase-file",
        folder / "passphrase",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "commands.main", *map(str, (*words, *options))],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    try:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "Stations may ask" in line:
                break
        else:
            raise RuntimeError(f"the registry does not start: {''.join(lines)}")
        yield psutil.Process(process.pid), socket
    finally:
        process.terminate()
        process.wait(30)
