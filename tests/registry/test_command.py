"""`amin registry serve` as a real program: a station asks it, it is killed, and it still knows."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.main import main
from crypto import oprf
from election import claims
from election.acts import SignedActKind
from election.claims import AnswerKind, Why
from election.errors import ElectionError
from headquarters.key_folder import KeyUse, create_key_folder
from registry.running import Place
from simulators.registry.centre import B2, FIRST, SECOND, Line, centre
from simulators.registry.stations import Station, voter
from tests.headquarters.unlocking import PASSPHRASE_FILE, unlock

WORLD = centre()
ANSWERS = WORLD.keys["registry"].classical.public


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """The registry's own folder, a published one, and a passphrase in a file."""
    keys = create_key_folder(tmp_path / "own", KeyUse.REHEARSAL, unlock)
    keys.write_new("signing.key", WORLD.keys["registry"].to_pem())
    (tmp_path / "own" / "signing.der").write_bytes(WORLD.certificates["registry"])
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "register.json").write_bytes(WORLD.register_file)
    (tmp_path / "public" / "root.der").write_bytes(WORLD.root)
    return tmp_path


def started(office: Path, *options: str, step: str = "serve") -> subprocess.Popen[str]:
    own = office / ("own" if step == "serve" else "board")
    words = ["registry", step, own, office / "public"]
    words += ["--passphrase-file", PASSPHRASE_FILE, *options]
    return subprocess.Popen(
        [sys.executable, "-m", "commands.main", *map(str, words)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    )


@pytest.fixture
def evaluator(office: Path) -> Path:
    """The evaluator's folder beside the registry's."""
    keys = create_key_folder(office / "board", KeyUse.REHEARSAL, unlock)
    keys.write_new("signing.key", WORLD.keys["evaluator"].to_pem())
    keys.write_new("pseudonyms.key", WORLD.pseudonyms.to_bytes())
    (office / "board" / "signing.der").write_bytes(WORLD.certificates["evaluator"])
    return office


@contextmanager
def running(
    office: Path, *options: str, step: str = "serve"
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    listen = () if "--listen" in options else ("--listen", f"127.0.0.1:{port}")
    process = started(office, *listen, *options, step=step)
    assert process.stderr is not None
    try:
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "Stations may ask" in line:
                break
        assert any("Stations may ask" in line for line in lines), lines
        yield process, port
    finally:
        process.kill()
        process.wait(20)
        process.stderr.close()


def asked(line: Line, station: Station, whom: object) -> claims.Answer:
    request = station.request(station.claim(voter(whom)))
    status, body = line.post("/claim", claims.write_request(request))
    assert status == 200, body
    return claims.open_answer(body, ANSWERS, request)


@pytest.mark.slow
def test_a_registry_that_is_killed_still_knows(office: Path) -> None:
    book = office / "claims.db"
    with running(office, "--book", str(book)) as (process, port):
        first = Line(port, WORLD, FIRST, office)
        assert first.post("/act", WORLD.act(SignedActKind.OPEN))[0] == 204
        station = WORLD.station()
        assert asked(first, station, 1).kind is AnswerKind.GRANTED
        first.close()
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    with running(office, "--book", str(book)) as (process, port):
        second = Line(port, WORLD, SECOND, office)
        assert second.post("/act", WORLD.act(SignedActKind.OPEN, SECOND, B2))[0] == 204
        assert asked(second, WORLD.station(SECOND, B2), 1).why is Why.CLAIMED
        first = Line(port, WORLD, FIRST, office)
        assert asked(first, station, 2).kind is AnswerKind.GRANTED
        second.close()
        first.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in {0, -signal.SIGTERM}
    assert book.stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_an_evaluator_that_is_killed_has_the_same_names_for_people(evaluator: Path) -> None:
    """Two copies, one after the other: stateless, so nothing is lost with one."""
    names: set[bytes] = set()
    for ending in (signal.SIGKILL, signal.SIGTERM):
        with running(evaluator, step="evaluate") as (process, port):
            line = Line(port, WORLD, FIRST, evaluator)
            blinded = oprf.blind(b"0012345679")
            status, body = line.post("/evaluate", blinded.element)
            assert status == 200, body
            answer = oprf.Evaluation((body[:32],), body[32:])
            names.update(oprf.finalize([blinded], answer, WORLD.pseudonyms.public))
            line.close()
            process.send_signal(ending)
            process.wait(20)
    assert len(names) == 1


@pytest.mark.slow
def test_an_evaluator_with_another_key_than_the_registers_does_not_start(office: Path) -> None:
    """It would give one branch other names, and nobody would see who votes twice."""
    keys = create_key_folder(office / "board", KeyUse.REHEARSAL, unlock)
    keys.write_new("signing.key", WORLD.keys["evaluator"].to_pem())
    keys.write_new("pseudonyms.key", oprf.EvaluatorKey.generate().to_bytes())
    (office / "board" / "signing.der").write_bytes(WORLD.certificates["evaluator"])
    process = started(office, "--listen", "127.0.0.1:1", step="evaluate")
    _, told = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "another key" in told
    assert "Traceback" not in told


@pytest.mark.slow
def test_nobody_but_nginx_reaches_the_socket(office: Path) -> None:
    """Who reaches it says who asks. What a killed one left is no hindrance."""
    path = office / "registry.sock"
    for _ in range(2):
        with running(office, "--book", str(office / "claims.db"), "--listen", f"unix:{path}"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o660


@pytest.mark.slow
def test_a_registry_that_cannot_start_says_so(office: Path) -> None:
    (office / "folder").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = f"127.0.0.1:{taken.getsockname()[1]}"
        for book, why in (("claims.db", "could not start"), ("folder", "folder cannot be read")):
            process = started(office, "--book", str(office / book), "--listen", busy)
            _, said = process.communicate(timeout=60)
            assert process.returncode not in {0, None}
            assert why in said
            assert "Traceback" not in said, said


@pytest.mark.parametrize("library", ["starlette", "uvicorn", "asyncpg"])
def test_a_library_that_is_not_installed(
    office: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    """`pip install amin` alone has none of them: the sentence comes before any secret is asked for."""
    for name in [x for x in sys.modules if x.partition(".")[0] in {"registry", library}]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    words = ["registry", "serve", office / "own", office / "public", "--book", office / "claims.db"]
    done = CliRunner().invoke(main, list(map(str, words)), env={"LC_ALL": "C"})
    assert done.exit_code == 2, done.output
    assert f"{library} is not installed: pip install 'amin[registry]'" in done.output
    assert not (office / "claims.db").exists()


@pytest.mark.parametrize(
    "listen",
    ["", "8443", ":8443", "host:", "host:0", "host:65536", "host:x", "host:۸۴۴۳", "host:-1"],
)
def test_an_address_that_is_none(listen: str) -> None:
    with pytest.raises(ElectionError, match="address:port"):
        Place.parse("claims.db", listen)


def test_places() -> None:
    assert Place.parse("a/claims.db", "[::1]:8443") == Place(Path("a/claims.db"), ("::1", 8443))
    centre_place = Place.parse("postgresql://amin@/amin", "unix:/run/amin.sock")
    assert centre_place == Place("postgresql://amin@/amin", Path("/run/amin.sock"))
