"""SECRECY. What a device leaves in memory, in a core file and in files that others on the machine
can read.
"""

import gc
import os
import resource
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import kiosk.station.vault as vault_module
from kiosk import configuration
from kiosk.station.vault import Vault
from tests.cases.runner import case, collect, expect, new_folder
from tests.cases.stations import Office
from tests.cases.trust.kit import A_VOTE, B_VOTE, headquarters
from tests.kiosk.station.office import TERMINAL

MASK = 0x5A

SEARCH = """
import os, re, sys
needles = [bytes(b ^ 0x5A for b in bytes.fromhex(line)) for line in sys.stdin.read().split()]
hits, parent = [0] * len(needles), os.getppid()
with open(f"/proc/{parent}/maps") as maps, open(f"/proc/{parent}/mem", "rb", 0) as memory:
    for line in maps:
        found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
        if not found or "[v" in line:
            continue
        start, end = (int(each, 16) for each in found.groups())
        try:
            memory.seek(start)
            data = memory.read(end - start)
        except OSError:
            continue
        for number, needle in enumerate(needles):
            hits[number] += data.count(needle)
print(*hits)
"""


def masked(data: bytes) -> bytes:
    return bytes(each ^ MASK for each in data)


def in_memory(needles: list[bytes]) -> list[int]:
    """How often each masked value is in this process' memory, as another process sees it."""
    lines = " ".join(each.hex() for each in needles)
    found = subprocess.run(
        [sys.executable, "-c", SEARCH], input=lines, capture_output=True, text=True, check=True
    )
    return [int(each) for each in found.stdout.split()]


@case
def seed_of_the_last_voter_is_gone() -> None:
    """The seed opens the ballot: who finds it, and the record, knows the vote."""
    hq, one, _ = headquarters()
    vault = Vault(hq.election, one.store)
    drawn, seeds = secrets.token_bytes, []

    class Watched:
        """Notes each seed, masked, as the vault draws it."""

        def __getattr__(self, name: str):
            return getattr(secrets, name)

        @staticmethod
        def token_bytes(size: int) -> bytes:
            seed = drawn(size)
            seeds.append(masked(seed))
            return seed

    vault_module.secrets = Watched()
    try:
        for number in range(10):
            vault.seal(A_VOTE if number % 2 else B_VOTE)
            vault.cast(drawn(16))
            vault.forget()
        gc.collect()
        afterwards = in_memory(seeds)
        vault.seal(A_VOTE)
        if not in_memory(seeds)[-1]:
            raise RuntimeError(
                "a seed that is in use is not found; this case has to follow the vault"
            )
    finally:
        vault_module.secrets = secrets
    left = [number for number, times in enumerate(afterwards, 1) if times]
    expect(not left, f"10 ballots cast and forgotten; in memory still: the seed of voter {left}")


@contextmanager
def started_station() -> Iterator[tuple[subprocess.Popen, list[Path]]]:
    """The real program as a service manager may start it: usual umask, no limits. Its two media."""
    folder = new_folder()
    config = Office.open(folder / "office").configuration(TERMINAL, folder / "terminal")
    path = folder / "station.toml"
    configuration.write(config, path)
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]

    def surroundings() -> None:
        os.umask(0o022)
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    station = subprocess.Popen(
        [sys.executable, "-m", "commands.main", "station", "--config", str(path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=surroundings,
    )
    try:
        limit = time.monotonic() + 40
        while not (config.data / "audit.jsonl").exists() and time.monotonic() < limit:
            time.sleep(0.2)
        time.sleep(1)
        if station.poll() is not None:
            raise RuntimeError("the station has ended")
        yield station, [config.data, config.mirror]
    finally:
        station.terminate()
        station.wait(20)


@case
def station_writes_no_core_file() -> None:
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        raise RuntimeError("core files are forbidden here altogether; nothing to be seen")
    with started_station() as (station, _):
        soft = resource.prlimit(station.pid, resource.RLIMIT_CORE)[0]
    expect(soft == 0, "a crash in the booth may write marks, seed and keys to a core file")


@case
def stores_are_private() -> None:
    """The differences of two copies of a store are the order of casting."""
    with started_station() as (_, media):
        wide = [
            path.name
            for medium in media
            for path in medium.iterdir()
            if path.stat().st_mode & 0o077
        ]
    expect(not wide, f"any account of the machine can read {', '.join(sorted(wide))}")


test_case = collect()
