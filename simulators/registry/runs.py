"""Run a whole centre for a moment: servers, the real service, nginx, stations that ask; say what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import psutil

from crypto.passphrase import Cost
from headquarters.keepers import PassphraseKeeper
from headquarters.key_folder import KeyUse, create_key_folder
from simulators.registry.centre import B2, Centre, pem
from simulators.registry.cluster import Cluster
from simulators.registry.load import Plan
from simulators.registry.servers import nginx

_GENERATORS: Final = 2
_PASSPHRASE: Final = "one that is only for this bench, and long enough"
_CHEAP: Final = Cost(8192, 1, 1)
_WAIT_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one run."""

    taken: tuple[float, ...]
    """Seconds from the first byte out to the last byte in, of every claim; sorted."""
    seconds: float
    busy: Mapping[str, float]
    """CPU seconds of each part."""
    memory: Mapping[str, int]
    """Bytes of each part that no other program has, at the end."""

    @property
    def rate(self) -> float:
        """Claims a second."""
        return len(self.taken) / self.seconds

    def within_ms(self, share: float) -> float:
        """Return within how many milliseconds that share of the claims was answered."""
        return self.taken[min(len(self.taken) - 1, int(share * len(self.taken)))] * 1000


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything but the service and nginx, which are started for each run: buckets are full then."""

    world: Centre
    folder: Path
    database: Cluster
    processes: int

    def __post_init__(self) -> None:
        """Write keys and what is published."""
        keeper = PassphraseKeeper(lambda _: _PASSPHRASE, _CHEAP, 1)
        keys = create_key_folder(self.folder / "own", KeyUse.REHEARSAL, lambda _: keeper)
        keys.write_new("signing.key", self.world.keys["registry"].to_pem())
        (self.folder / "own" / "signing.der").write_bytes(self.world.certificates["registry"])
        (self.folder / "public").mkdir()
        (self.folder / "public" / "register.json").write_bytes(self.world.register_file)
        (self.folder / "public" / "root.der").write_bytes(self.world.root)
        (self.folder / "passphrase").write_text(_PASSPHRASE)
        (self.folder / "root.pem").write_bytes(pem(self.world.root))
        for name in self.stations:
            self.world.files(name, self.folder)
            (self.folder / f"{name}.pair").write_bytes(self.world.keys[name].to_pem())

    @property
    def stations(self) -> list[str]:
        """Names of those that ask."""
        return [
            str(device.id) for device in self.world.published.register.devices if "-x" in device.id
        ]

    def ask(
        self, names: Sequence[str], claims: int, at_once: int, *, connect_late: bool = False
    ) -> Measured:
        """Let stations ask; `RuntimeError` if a claim is refused or a line ends.

        `connect_late`: their lines are made while the clock runs.
        """
        with self._service() as (service, socket):
            certificate, key = self.world.files("registry", self.folder)
            # Lines wait for their turn longer than a station's would.
            files = (self.folder / "nginx", socket, certificate, key, self.folder / "root.pem", 600)
            with nginx(*files, processes=self.processes) as port:
                plan = Plan(
                    port,
                    str(self.folder),
                    str(self.folder / "root.pem"),
                    self.world.published.register.election,
                    (),
                    claims,
                    max(1, at_once // _GENERATORS),
                    connect_late,
                )
                (front,) = (each for each in psutil.Process().children() if each.name() == "nginx")
                parts = {
                    "service": [service],
                    "nginx": [front],
                    "PostgreSQL": [one.processes()[0] for one in self.database.servers],
                }
                return _asked(plan, names, parts)

    @contextmanager
    def _service(self) -> Iterator[tuple[psutil.Process, Path]]:
        """Start `amin registry serve` behind Unix sockets."""
        socket = self.folder / "registry.sock"
        words = ("registry", "serve", self.folder / "own", self.folder / "public")
        options = ("--book", self.database.dsn, "--listen", f"unix:{socket}")
        more = ("--processes", self.processes, "--passphrase-file", self.folder / "passphrase")
        process = subprocess.Popen(
            [sys.executable, "-m", "commands.main", *map(str, (*words, *options, *more))],
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


def _asked(
    plan: Plan, names: Sequence[str], parts: Mapping[str, Sequence[psutil.Process]]
) -> Measured:
    running = []
    for at in range(_GENERATORS):
        ours = replace(plan, stations=tuple((name, B2) for name in names[at::_GENERATORS]))
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", "simulators.registry.load"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        pipe = running[-1].stdin
        assert pipe is not None
        pipe.write(json.dumps(asdict(ours)) + "\n")
        pipe.flush()
    try:
        for each in running:
            assert each.stdout is not None
            if each.stdout.readline().strip() != "ready":
                raise RuntimeError("a station could not connect")
        before = {name: _busy(processes) for name, processes in parts.items()}
        for each in running:
            assert each.stdin is not None
            each.stdin.write("\n")
            each.stdin.flush()
        said = []
        for each in running:
            assert each.stdout is not None
            said.append(json.loads(each.stdout.readline() or "null"))
        if None in said:
            raise RuntimeError("a claim was refused, or a line ended")
        busy = {name: _busy(processes) - before[name] for name, processes in parts.items()}
        memory = {name: _memory(processes) for name, processes in parts.items()}
    finally:
        for each in running:
            each.kill()
            each.wait(20)
    seconds = max(one["ended"] for one in said) - min(one["began"] for one in said)
    busy["stations"] = sum(one["busy"] for one in said)
    taken = sorted(each for one in said for each in one["taken"])
    return Measured(tuple(taken), seconds, busy, memory)


def _all(processes: Sequence[psutil.Process]) -> Iterator[psutil.Process]:
    for one in processes:
        yield from (one, *one.children(recursive=True))


def _busy(processes: Sequence[psutil.Process]) -> float:
    """CPU seconds of processes and of those below them."""
    times = [one.cpu_times() for one in _all(processes)]
    return float(sum(each.user + each.system for each in times))


def _memory(processes: Sequence[psutil.Process]) -> int:
    return sum(one.memory_full_info().uss for one in _all(processes))
