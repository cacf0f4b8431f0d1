"""Leave no seed in memory, no core file, and no file that other accounts can read."""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crypto.errors import ProofError
from crypto.wiping import random_buffer, wipe
from drivers.private_process import OVERWRITING
from election import ballot_making as vault_module
from election.usb_drive import open_drive
from kiosk.settings import StationConfiguration
from kiosk.station.vault import Vault
from kiosk.storage.votes import Spending
from simulators.demo.station_file import write_station
from tests.cases.day import A_VOTE, B_VOTE, Day
from tests.kiosk.station.office import TERMINAL, Office

SEARCH = """
import os, re, sys
needles = [bytes(b ^ 0x5A for b in bytes.fromhex(line)) for line in sys.stdin.read().split()]
hits, parent = [0] * len(needles), os.getppid()
with open(f"/proc/{parent}/maps") as maps, open(f"/proc/{parent}/mem", "rb", 0) as memory:
    for line in maps:
        found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
        if not found or "[v" in line:
            continue
        start, end = (int(number, 16) for number in found.groups())
        try:
            memory.seek(start)
            data = memory.read(end - start)
        except OSError:
            continue
        for number, needle in enumerate(needles):
            hits[number] += data.count(needle)
print(*hits)
"""
"""Looks for masked values in its parent's memory: what they are unmasked is only in this process."""


def in_memory(needles: list[bytes]) -> list[int]:
    """Count each masked value in this process' memory, as another process sees it."""
    libc = ctypes.CDLL(None)
    libc.prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: a command that ran here before may have cleared it
    libc.prctl(0x59616D61, ctypes.c_ulong(2**64 - 1), 0, 0, 0)  # PR_SET_PTRACER, to any process
    lines = " ".join(needle.hex() for needle in needles)
    found = subprocess.run(
        [sys.executable, "-c", SEARCH], input=lines, capture_output=True, text=True, check=True
    )
    return [int(count) for count in found.stdout.split()]


@pytest.fixture
def seeds(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every seed the vault draws, masked."""
    drawn: list[bytes] = []

    def watched(size: int) -> bytearray:
        seed = random_buffer(size)
        drawn.append(bytes(byte ^ 0x5A for byte in seed))
        return seed

    monkeypatch.setattr(vault_module, "random_buffer", watched)
    return drawn


def cast(vault: Vault) -> None:
    vault.cast(Spending(os.urandom(16), bytes(64)))
    vault.forget()


def cast_alone(vault: Vault) -> None:
    vault.cast(Spending(os.urandom(16), bytes(64)))


def walk_away(vault: Vault) -> None:
    vault.forget()


def seal_again(vault: Vault) -> None:
    """The voter goes back and marks something else; the last one leaves."""
    vault.seal(B_VOTE)
    vault.forget()


def fail_to_encrypt(vault: Vault) -> None:
    vault.forget()
    with pytest.MonkeyPatch.context() as patch:

        def broken(*_: object) -> None:
            raise ProofError("no ballot")

        patch.setattr(vault._making._maker, "make", broken)
        with pytest.raises(ProofError):
            vault.seal(A_VOTE)


@pytest.mark.slow
@pytest.mark.parametrize("end", [cast, cast_alone, walk_away, seal_again, fail_to_encrypt])
def test_seeds_are_gone(tmp_path: Path, seeds: list[bytes], end: Callable[[Vault], None]) -> None:
    """A seed opens its ballot: who finds it, and the record, knows the vote."""
    day = Day.begin(tmp_path)
    vault = Vault(day.hq.election, day.one.store)
    for number in range(5):
        vault.seal(A_VOTE if number % 2 else B_VOTE)
        end(vault)
    gc.collect()
    assert in_memory(seeds) == [0] * len(seeds)


@pytest.mark.slow
def test_a_seed_that_is_in_use_is_found(tmp_path: Path, seeds: list[bytes]) -> None:
    """Once: who looks for the others finds what is there."""
    day = Day.begin(tmp_path)
    vault = Vault(day.hq.election, day.one.store)
    vault.seal(A_VOTE)
    assert in_memory(seeds) == [1]


VISITORS = 40


def vote_and_search() -> list[int]:
    """Let visitors vote, the next one not being there yet; count their nonces in this process' memory."""
    with tempfile.TemporaryDirectory() as folder:
        day = Day.begin(Path(folder))
        vault = Vault(day.hq.election, day.one.store)
        masked: list[bytes] = []

        def vote() -> None:
            nonce = os.urandom(16)
            masked.append(bytes(byte ^ 0x5A for byte in nonce))
            vault.cast(Spending(nonce, bytes(64)))

        for number in range(VISITORS):
            vault.seal(A_VOTE if number % 2 else B_VOTE)
            vote()
        gc.collect()
        held = os.urandom(16)
        masked.append(bytes(byte ^ 0x5A for byte in held))
        return in_memory(masked)


def visited(**surroundings: str) -> list[int]:
    code = f"from {__name__} import vote_and_search; print(*vote_and_search())"
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **surroundings},
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(count) for count in found.stdout.split()]


@pytest.mark.slow
def test_no_visitors_nonce_stays_in_memory() -> None:
    """As the program runs: what is freed is overwritten. The search finds one that is in use."""
    *gone, held = visited(**OVERWRITING)
    assert held >= 1
    assert (len(gone), sum(gone)) == (VISITORS, 0), gone


@pytest.mark.slow
def test_without_it_the_last_ones_would_stay() -> None:
    """Python alone leaves freed bytes as they are; a list of a day's is there neither way."""
    *gone, _ = visited(PYTHONMALLOC="pymalloc", GLIBC_TUNABLES="")
    assert sum(gone[:-2]) == 0, gone
    assert sum(gone[-2:]) >= 1, "nothing to mend: is another allocator in use?"


def test_buffers_are_overwritten_in_place() -> None:
    one, other = random_buffer(32), random_buffer(32)
    assert one != other
    view = memoryview(one)
    wipe(one)
    assert view.tobytes() == bytes(32)
    assert random_buffer(0) == b""


# ---------------------------------------------------------------- the program


@contextmanager
def started(
    office: Office, folder: Path
) -> Iterator[tuple[subprocess.Popen[bytes], StationConfiguration]]:
    """The real program as a service manager may start it: usual umask, core files allowed."""
    config = office.configuration(TERMINAL, folder / "terminal")
    for place in (config.data, config.mirror):
        if place.exists():
            place.rmdir()
    path = folder / "station.toml"
    write_station(config, path)
    surroundings = 'umask 022; ulimit -S -c "$(ulimit -H -c)"; exec "$@"'
    program = [sys.executable, "-m", "commands.main", "station", "--config", str(path)]
    config.mirror.mkdir(parents=True)
    station = subprocess.Popen(
        ["/bin/sh", "-c", surroundings, "sh", *program],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        limit = time.monotonic() + 60
        while not (config.data / "audit.jsonl").exists() and time.monotonic() < limit:
            assert station.poll() is None, "the station has ended"
            time.sleep(0.2)
        time.sleep(0.5)
        assert station.poll() is None
        yield station, config
    finally:
        station.terminate()
        station.wait(20)


@pytest.mark.slow
def test_station_keeps_memory_and_files_to_itself(office: Office, tmp_path: Path) -> None:
    with started(office, tmp_path) as (station, config):
        status = Path(f"/proc/{station.pid}/status").read_text()
        assert "Umask:\t0077" in status
        assert resource.prlimit(station.pid, resource.RLIMIT_CORE)[0] == 0
        # The dynamic linker takes the tunables apart where they stand.
        surroundings = Path(f"/proc/{station.pid}/environ").read_bytes().replace(b"\0", b":")
        assert all(
            f"{name}={value}:".encode() in surroundings for name, value in OVERWRITING.items()
        )
        made = [config.data, *config.data.rglob("*"), *config.mirror.rglob("*")]
        wide = [path.name for path in made if path.stat().st_mode & 0o077]
    assert len(made) > 2
    assert not wide


def test_private_process_is_not_dumpable() -> None:
    """As the program sees itself: PR_GET_DUMPABLE (3), core limit and umask."""
    code = (
        "import ctypes, os, resource\n"
        "from drivers.private_process import keep_files_private, keep_memory_off_the_disk\n"
        "dumpable = lambda: ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)\n"
        "before = dumpable()\n"
        "keep_files_private(); keep_memory_off_the_disk()\n"
        "print(before, dumpable(), resource.getrlimit(resource.RLIMIT_CORE)[0], os.umask(0))\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["1", "0", "0", str(0o077)]


@pytest.mark.parametrize("options", [[], ["-I"], ["-E", "-s"], ["-B"]], ids=str)
def test_a_program_begins_anew_once(options: list[str]) -> None:
    """With its words, as isolated as it was, and the same process id."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import os\n"
        "from drivers.private_process import _is_overwriting, overwrite_freed_memory\n"
        "overwrite_freed_memory()\n"
        "print(os.getpid(), _is_overwriting(), sys.argv[1:], '' in sys.path, sys.flags.no_user_site)\n"
    )
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    program = subprocess.Popen(
        [sys.executable, *options, "-c", code, str(Path.cwd()), "--config", "x y"],
        env={**surroundings, "PYTHONPATH": "/nowhere", "AMIN": "kept"},
        stdout=subprocess.PIPE,
        text=True,
    )
    said, _ = program.communicate(timeout=60)
    words, isolated = [str(Path.cwd()), "--config", "x y"], "-I" in options
    alone = int(isolated or "-s" in options)
    assert said == f"{program.pid} True {words} {not isolated} {alone}\n"


def test_a_program_that_cannot_begin_so_does_not_begin() -> None:
    code = "from drivers.private_process import overwrite_freed_memory as begin; begin(); print('served')"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "AMIN_BEGUN_ANEW": "yes", "PYTHONMALLOC": "pymalloc"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stdout) == (1, "")
    assert "OSError" in told.stderr


def test_what_is_exported_can_be_read_elsewhere(tmp_path: Path) -> None:
    """A station's umask must not lock headquarters out of its own drive."""
    before = os.umask(0o077)
    try:
        with open_drive(tmp_path) as drive:
            drive.write("device", ".bundle", b"sealed")
    finally:
        os.umask(before)
    assert (tmp_path / "device.bundle").stat().st_mode & 0o777 == 0o644
