"""Several processes of a real `amin registry serve` behind a real nginx: one dies, the first one dies."""

from __future__ import annotations

import errno
import http.client
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import psutil
import pytest

from election import claims
from election.acts import SignedActKind
from election.claims import AnswerKind
from election.errors import ElectionError
from registry import processes
from registry.door import BURST
from registry.running import Place
from simulators.registry.centre import FIRST, Line, centre, pem
from simulators.registry.cluster import postgres
from simulators.registry.servers import nginx
from simulators.registry.stations import Station, voter
from tests.outages.servers import Service, own_folder
from words.message import m

WORLD = centre()
ANSWERS = WORLD.keys["registry"].classical.public
PROCESSES = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("processes")
    own_folder(WORLD, made)
    return made


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[tuple[Service, int]]:
    certificate, key = WORLD.files("registry", folder)
    root = folder / "root.pem"
    root.write_bytes(pem(WORLD.root))
    with postgres(fsync=False) as dsn:
        service = Service(folder, dsn, PROCESSES)
        files = (folder / "nginx", service.socket, certificate, key, root)
        try:
            with nginx(*files, processes=PROCESSES) as port:
                yield service, port
        finally:
            service.stop()


@pytest.mark.parametrize("why", [ElectionError(m("away")), OSError(errno.EMFILE, "many files")])
def test_what_cannot_start_again_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, why: Exception
) -> None:
    tried: list[int] = []

    def start(_: object, number: int, *__: object) -> None:
        tried.append(number)
        if len(tried) < 3:
            raise why

    monkeypatch.setattr(processes, "_start", start)
    monkeypatch.setattr(processes, "AGAIN_SECONDS", 0)
    given: Any = MagicMock()
    processes._start_again({}, 2, given, given)
    assert tried == [2, 2, 2]


def answered(line: Line, station: Station, whom: object) -> claims.Answer:
    """Ask until there is an answer, as a station does."""
    signed = station.claim(voter(whom))
    until = time.monotonic() + 60
    while time.monotonic() < until:
        request = station.request(signed)
        with suppress(OSError, http.client.HTTPException):
            status, body = line.post("/claim", claims.write_request(request))
            if status == 200:
                return claims.open_answer(body, ANSWERS, request)
        time.sleep(0.1)
    raise AssertionError("nobody answers")


@pytest.mark.slow
def test_processes_that_die_are_replaced_and_a_station_keeps_its_pace(
    served: tuple[Service, int], folder: Path
) -> None:
    service, port = served
    line = Line(port, WORLD, FIRST, folder)
    assert line.post("/act", WORLD.act(SignedActKind.OPEN))[0] == 204
    station = WORLD.station()
    assert answered(line, station, 1).kind is AnswerKind.GRANTED
    before = service.children()
    assert len(before) == PROCESSES
    for process in before:
        process.kill()
    # The same station is in step, and the claim has the same answer.
    answer = answered(line, station, 2)
    assert answer.kind is AnswerKind.GRANTED
    until = time.monotonic() + 20
    while len(service.children()) < PROCESSES and time.monotonic() < until:
        time.sleep(0.05)
    assert len(service.children()) == PROCESSES
    assert not {each.pid for each in before} & {each.pid for each in service.children()}
    # Three processes are not three times the pace.
    statuses = [line.post("/claim", b"")[0] for _ in range(BURST + 2)]
    assert statuses.count(429) >= 2
    line.close()


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_the_first_one(
    served: tuple[Service, int], how: signal.Signals
) -> None:
    service, _ = served
    children = service.children()
    assert len(children) == PROCESSES
    try:
        service.process.send_signal(how)
        service.process.wait(30)
        gone, alive = psutil.wait_procs(children, 30)
        assert not alive
        assert len(gone) == PROCESSES
    finally:  # the tests after it have the same service
        service.start()


@pytest.mark.parametrize(
    ("book", "listen"),
    [("claims.db", "unix:/run/x.sock"), ("postgresql://amin@/amin", "127.0.0.1:8443")],
)
def test_a_branchs_registry_has_one_process(book: str, listen: str) -> None:
    with pytest.raises(ElectionError, match="several processes"):
        Place.parse(book, listen, 2)
    assert Place.parse(book, listen, 1).processes == 1
