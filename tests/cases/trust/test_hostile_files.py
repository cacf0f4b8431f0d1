"""Each place that reads a file from outside, given each kind of file that is none, or that has no end."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from click.testing import CliRunner

from commands.main import main
from commands.trustee_keeper import passphrase_in
from crypto.errors import CryptoError
from election.errors import ElectionError
from election.usb_drive import read_brought
from headquarters.authority import load_root
from headquarters.ceremony.ceremony_files import read_ceremony_files
from headquarters.challenge.check import read_election_file
from headquarters.key_folder import read_lock
from headquarters.offices import load_requests, read_certificate
from headquarters.portraits import read_portrait
from headquarters.tally.archive_reader import read_events
from headquarters.trustees import load_trustees
from headquarters.verification.report import FlawError
from headquarters.verification.strong import read_proof_file
from headquarters.workspace import (
    ElectionFolder,
    load_plan,
    open_sent_package,
    read_brought_file,
    read_file,
)
from tests.cases.trust.test_usb_drive import GIB, a_socket, of_size
from tests.headquarters.unlocking import with_passphrase

LIMIT_S = 20
"""Nothing waits longer for a file, however hostile it is, on a machine that others keep busy."""
WORK_S = 5
"""Seconds of a processor, without a word of progress."""
MOST_MIB = 150


def link_to_a_pipe(path: Path) -> None:
    pipe = path.with_suffix(".pipe")
    os.mkfifo(pipe)
    path.symlink_to(pipe)


KINDS: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "socket": a_socket,
    "endless-device": lambda path: path.symlink_to("/dev/zero"),
    "terminal": lambda path: path.symlink_to("/dev/ptmx"),
    "link-to-itself": lambda path: path.symlink_to(path.name),
    "link-to-a-pipe": link_to_a_pipe,
    "folder": Path.mkdir,
    "three-gib": of_size(3 * GIB),
}
Words = Callable[[Path], tuple[str | Path, ...]]
"""The words of a command that reads the file."""

COMMANDS: dict[str, tuple[str, Words]] = {
    "request": ("requests/a.json", lambda bad: ("package", bad.parent.parent, "--yes")),
    "decisions": ("decisions.json", lambda bad: ("countersign", bad.parent, bad)),
    "root": ("root.der", lambda bad: ("verify", other(bad, "other.bel"), "--root", bad)),
    "archive": ("election.bel", lambda bad: ("verify", bad)),
    "archive to mix": ("election.bel", lambda bad: ("mix", bad, "--trustee", "1")),
    "index": ("index.json", lambda bad: ("verify", bad, "--number", "0" * 64)),
    "batches": ("batches.json", lambda bad: ("mix", bad.parent, "--trustee", "1")),
    "key of a trustee": ("t.key", lambda bad: ("decrypt", bad.parent, "--key", bad)),
    "ceremony": ("ceremony.json", lambda bad: ("ceremony", "status", bad.parent)),
    "ceremony: published": (
        "trustees.json",
        lambda bad: ("ceremony", "verify", bad.parent, "--trustees", bad),
    ),
    "certificate": (
        "officer.der",
        lambda bad: ("office-key", bad.parent, "--certificate", bad),
    ),
    "seats: result": ("result.json", lambda bad: ("seats", bad)),
    "seats: votes": ("votes.csv", lambda bad: ("seats", "--votes", bad, "--seats", "1")),
    "challenge: election": (
        "election.json",
        lambda bad: ("check-challenge", "AMIN", "--election", bad),
    ),
    "challenge: ticket": (
        "ticket.txt",
        lambda bad: ("check-challenge", "--election", other(bad, "e.json"), "--file", bad),
    ),
    "check page": ("election.json", lambda bad: ("check-page", bad.parent, "-o", bad.parent / "p")),
}
READERS: dict[str, Callable[[Path], object]] = {
    "headquarters: brought": read_brought_file,
    "headquarters: its own": read_file,
    "package": lambda path: open_sent_package(path, b""),
    "plan": lambda path: load_plan(ElectionFolder(named(path, "election.toml"))),
    "root": lambda path: load_root(named(path, "root.der")),
    "lock of keys": lambda path: read_lock(named(path, "lock.json")),
    "requests of offices": lambda path: load_requests(named(path, "officer.json")),
    "certificate of an office": read_certificate,
    "trustees": load_trustees,
    "ceremony": lambda path: read_ceremony_files(named(path, "ceremony.json")),
    "passphrase": passphrase_in,
    "portrait": read_portrait,
    "election object": read_election_file,
    "archive": lambda path: list(read_events(path)),
    "proofs": read_proof_file,
    "a drive": lambda path: read_brought(path, 1 << 20),
}


def named(path: Path, name: str) -> Path:
    """Give a file the name by which a folder is asked for it; return the folder."""
    path.rename(path.with_name(name))
    return path.parent


def other(beside: Path, name: str) -> Path:
    """Return a file that is not what it should be, so that the command ends after it read the other."""
    path = beside.parent / name
    path.write_bytes(b"nothing")
    return path


@contextmanager
def limited() -> Iterator[None]:
    """Fail after the limit, also where a system call hangs."""

    def late(_: int, __: FrameType | None) -> None:
        raise TimeoutError(f"waited longer than {LIMIT_S} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LIMIT_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def peak() -> int:
    """Return the most memory that this process ever had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", COMMANDS)
def test_no_command_waits_for_a_hostile_file(tmp_path: Path, place: str, kind: str) -> None:
    """Refused with a sentence (2), or told as what it is (1), at once and without its size in memory."""
    name, words = COMMANDS[place]
    hostile = tmp_path / "bad" / name
    hostile.parent.mkdir(parents=True)
    KINDS[kind](hostile)
    memory, began, worked = peak(), time.monotonic(), time.process_time()
    with limited():
        asked = with_passphrase(*words(hostile))
        told = CliRunner().invoke(main, ["election", *asked])
    assert isinstance(told.exception, SystemExit), told.exception
    assert told.exit_code in {1, 2}, told.output
    assert told.output.strip()
    assert "Usage" not in told.output or "Invalid value" in told.output
    assert time.monotonic() - began < LIMIT_S
    assert time.process_time() - worked < WORK_S
    assert peak() - memory < MOST_MIB


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", READERS)
def test_no_reader_waits_for_a_hostile_file(tmp_path: Path, place: str, kind: str) -> None:
    hostile = tmp_path / "file.json"
    KINDS[kind](hostile)
    memory, began, worked = peak(), time.monotonic(), time.process_time()
    with limited(), pytest.raises((OSError, ElectionError, CryptoError, FlawError)):
        READERS[place](hostile)
    assert time.monotonic() - began < LIMIT_S
    assert time.process_time() - worked < WORK_S
    assert peak() - memory < MOST_MIB
