"""`amin board` as a real program: an account is made, stations speak, it is stopped, and it still knows."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.main import main
from election.polls import PollsState
from election.station_status import Power, StationStatus, write_status
from simulators.registry.centre import B2, SECOND, centre
from tests.headquarters.unlocking import PASSPHRASE_FILE

pytestmark = pytest.mark.slow
WORLD = centre()


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """The board's own folder, and a published one."""
    (tmp_path / "own").mkdir()
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "register.json").write_bytes(WORLD.register_file)
    (tmp_path / "public" / "root.der").write_bytes(WORLD.root)
    return tmp_path


@contextmanager
def running(folders: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "commands.main", "board", "serve"),
            *(str(folders / "own"), str(folders / "public"), "--listen", f"127.0.0.1:{port}"),
        ],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if "Stop with" in line:
                break
        yield process, port
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        assert process.wait(20) in {0, -signal.SIGTERM, 128 + signal.SIGTERM}
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def asked(port: int, path: str, body: bytes | None = None) -> tuple[int, str]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.request("GET" if body is None else "POST", path, body)
    answer = line.getresponse()
    return answer.status, answer.read().decode()


def message(number: int) -> bytes:
    status = StationStatus(
        WORLD.published.register.election,
        B2,
        SECOND,
        number,
        datetime.now(UTC).replace(microsecond=0),
        PollsState.OPEN,
        Power.MAINS,
        True,
        "0.1.0",
        None,
    )
    return write_status(status, WORLD.keys[SECOND].classical)


def test_it_serves_and_remembers(folders: Path) -> None:
    with running(folders) as (_, port):
        assert asked(port, "/status", message(5)) == (204, "")
        time.sleep(1.2)
        status, page = asked(port, "/public?language=en")
        assert status == 200
        assert '<td class="amount">1</td>' in page
        assert asked(port, "/")[0] == 303
    assert (folders / "own" / "heard.cbor").stat().st_mode & 0o777 == 0o600
    with running(folders) as (_, port):
        assert asked(port, "/status", message(4)) == (409, "status-number")
        assert asked(port, "/status", message(6))[0] == 204


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, list(map(str, words)))
    return done.exit_code, done.output


def test_accounts(folders: Path) -> None:
    make = ("board", "account", folders / "own", "maryam", "--passphrase-file", PASSPHRASE_FILE)
    status, said = run(*make)
    assert status == 0, said
    assert "otpauth://totp/Amin:maryam?" in said
    again = run(*make)
    assert again[0] == 2, again


def test_what_cannot_be_served(folders: Path) -> None:
    own, public = folders / "own", folders / "public"
    status, said = run("board", "serve", own, public, "--listen", "0.0.0.0:8444")
    assert status == 2
    assert "passphrases would travel openly" in said
    assert run("board", "serve", own, own)[0] == 2
    (own / "heard.cbor").write_bytes(b"damaged")
    status, said = run("board", "serve", own, public)
    assert status == 2
    assert "heard.cbor is damaged" in said
