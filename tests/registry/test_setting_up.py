"""A centre is set up by the page's own commands, from the database on, and a station asks it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from election import claims
from election.acts import SignedActKind
from election.claims import AnswerKind
from simulators.registry.centre import FIRST, Line, centre
from simulators.registry.cluster import Server, cluster
from simulators.registry.servers import PROGRAMS, free_port
from simulators.registry.stations import voter
from tests.headquarters.unlocking import PASSPHRASE_FILE
from tests.needs import missing
from tests.outages.servers import READY, own_folder
from tests.registry.test_backup import commands

WORLD = centre()
SOURCE = Path(__file__).parents[2]
ACCOUNT = ["runuser", "-u", "amin-registry", "--"]
TESTED_ELSEWHERE = ("apt", shlex.join([*ACCOUNT, "amin", "election"]))
"""Packages and keys: `make package-test` and the tests of headquarters."""


@pytest.fixture
def server() -> Iterator[Server]:
    with cluster(0, fsync=False) as machines:
        yield machines.primary


def run(line: str, folder: Path, server: Server, stack: ExitStack) -> str:
    """Run a command of the page in a test's folders; what serves goes on until the stack ends."""
    words = shlex.split(line)
    environment = {
        **os.environ,
        "LC_ALL": "C",
        "PATH": f"{PROGRAMS}:/usr/sbin:/usr/bin:/bin",
        "PGHOST": str(server.folder),
        # Who runs a command is who signs in (peer): root is nobody there.
        "PGUSER": "amin-registry" if words[:4] == ACCOUNT else "root",
        "PGDATABASE": "postgres",
    }
    if words[:4] == ACCOUNT:
        words = words[4:]
    if words[0] == "amin-registry-database":
        environment["PGUSER"] = "amin"
        words = ["sh", str(SOURCE / "packaging" / "registry" / "database")]
    elif words[0] == "amin":
        words = [sys.executable, "-m", "commands.main", *words[1:]]
        words += ["--passphrase-file", str(PASSPHRASE_FILE)]
    elif words[:3] == ["runuser", "-u", "www-data"]:
        # A test's folders are root's.
        words = [*words[4:], "-g", "user root;"]
    elif words[0] == "install":
        # Accounts of the package are not on this machine.
        words = ["install", "-d", "-m", words[words.index("-m") + 1], words[-1]]
    if "serve" not in words and words[0] != "nginx":
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "NOTICE" not in done.stderr, done.stderr
        return done.stdout
    process = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True)
    stack.callback(process.wait, 30)
    stack.callback(process.terminate)
    if words[0] != "nginx":
        assert process.stderr is not None
        assert any(READY in line for line in iter(process.stderr.readline, ""))
    return ""


@pytest.mark.slow
def test_the_pages_commands_make_a_centre(server: Server, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        missing("the database's script is root's")
    lines = commands("(tables that are missing are made):")
    assert len(lines) == 10
    own_folder(WORLD, tmp_path)
    port = free_port()
    folders = {
        "/run/amin-registry": str(tmp_path / "run"),
        "/run/amin-nginx": str(tmp_path / "nginx"),
        "/run/postgresql": str(server.folder),
        " OWN ": f" {tmp_path / 'own'} ",
        " PUBLIC ": f" {tmp_path / 'public'} ",
        "--listen 8443": f"--listen 127.0.0.1:{port}",
    }
    with ExitStack() as stack:
        said = ""
        for line in lines:
            if line.startswith(TESTED_ELSEWHERE):
                continue
            if "status" in line:
                ask_as_a_station(port, tmp_path)
            for name, folder in folders.items():
                line = line.replace(name, folder)  # noqa: PLW2901 - one after the other
            said = run(line, tmp_path, server, stack)
            if line == "amin-registry-database":
                assert run(line, tmp_path, server, stack) == said, "again is fine, and says no more"
        assert "stations that have opened: 1" in said
        # No few are told.
        assert "voters with a claim: few" in said


def test_what_asks_a_centres_book_is_run_as_its_account() -> None:
    """Nobody else signs in, and a board's account made by root is one that the board cannot read."""
    docs = SOURCE / "docs"
    page = (docs / "registry.md").read_text(encoding="utf-8")
    steps = ("status ", "export ", "obey ", "destroy PUBLIC --book", 'serve OWN PUBLIC --book "')
    for step in steps:
        lines = [x for x in page.splitlines() if x[:4].isspace() and f"amin registry {step}" in x]
        assert lines
        for line in lines:
            assert line.strip().startswith(shlex.join(ACCOUNT)), line
    for name in ("board.md", "board.fa.md"):
        text = (docs / name).read_text(encoding="utf-8")
        assert "runuser -u amin-board -- amin board account /var/lib/amin-board" in text


def ask_as_a_station(port: int, folder: Path) -> None:
    """Open and claim over nginx, once it answers."""
    line = Line(port, WORLD, FIRST, folder)
    until = time.monotonic() + 30
    while True:
        try:
            assert line.post("/act", WORLD.act(SignedActKind.OPEN))[0] == 204
            break
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.1)
    request = WORLD.station().request(WORLD.station().claim(voter(1)))
    status, body = line.post("/claim", claims.write_request(request))
    assert status == 200, body
    answer = claims.open_answer(body, WORLD.keys["registry"].classical.public, request)
    assert answer.kind is AnswerKind.GRANTED
    line.close()
