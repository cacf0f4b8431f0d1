"""The registry of the demonstration's branch: its line that is cut, who goes where, what is meant."""

from __future__ import annotations

import random
import socket
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, patch

import pytest
from click.testing import CliRunner

from election.definition import Authority, Rules, SelectionCode
from headquarters.election_config import read_plan
from simulators.demo.command import demo
from simulators.demo.day import _visits
from simulators.demo.electorate import COUNCIL, SPECIAL, VisitKind, make_visitors
from simulators.demo.intents import ContestChoice, Intent
from simulators.demo.plan import demo_plan, free_address
from simulators.demo.registry import Relay

NOW = datetime.now(UTC).replace(microsecond=0)


def test_only_several_stations_ask() -> None:
    for registry, authority in (("", Authority.ALONE), ("127.0.0.1:1", Authority.BRANCH)):
        text = demo_plan("Mf4VPQhYzYqYyL", NOW, 5, Rules(), registry)
        (branch,) = read_plan(text.encode()).branches
        assert (branch.authority, branch.registry) == (authority, registry)
        assert branch.offline == bool(registry), "a line that is cut closes nobody's way"


@pytest.fixture
def echo() -> str:
    """A server that says everything back."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                line, _ = listening.accept()
                threading.Thread(target=_say_back, args=(line,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return f"127.0.0.1:{listening.getsockname()[1]}"


def _say_back(line: socket.socket) -> None:
    with suppress(OSError), line:
        while data := line.recv(1024):
            line.sendall(data)


def _said(address: str) -> bytes:
    host, _, port = address.rpartition(":")
    with suppress(OSError), socket.create_connection((host, int(port)), 10) as line:
        line.settimeout(10)
        line.sendall(b"here")
        return line.recv(1024)
    return b""


def test_a_cut_while_a_line_is_made_ends_it(echo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The relay has let it in, and is still on its way to the registry."""
    here = free_address()
    there = echo.rpartition(":")
    real = socket.create_connection

    def made(address: tuple[str, int], *given: Any) -> socket.socket:
        line = real(address, *given)
        if address == (there[0], int(there[2])):
            relay.cut()
        return line

    with Relay(here, echo).running() as relay:
        monkeypatch.setattr(socket, "create_connection", made)
        assert _said(here) == b""


@pytest.mark.parametrize(
    ("words", "shown", "said"),
    [
        (["--personas"], True, "add --headless"),
        (["--line-cuts", "--stations", "2"], True, "add --headless"),
        (["--line-cuts"], False, "--stations 2"),
        (["--line-cuts", "--headless"], True, "--stations 2"),
    ],
)
def test_what_would_do_nothing_is_refused(
    tmp_path: Path, words: list[str], shown: bool, said: str
) -> None:
    with patch("simulators.demo.options.has_display", lambda: shown):
        done = CliRunner().invoke(demo, [*words, "--out", str(tmp_path / "day")])
    assert done.exit_code == 2
    assert said in done.output
    assert not (tmp_path / "day").exists()


def test_a_line_is_cut_and_mended(echo: str) -> None:
    here = free_address()
    with Relay(here, echo).running() as relay:
        assert _said(here) == b"here"
        relay.cut()
        assert _said(here) == b""
        relay.mend()
        assert _said(here) == b"here"
        host, _, port = here.rpartition(":")
        with socket.create_connection((host, int(port)), 10) as line:
            line.settimeout(10)
            line.sendall(b"once")
            assert line.recv(1024) == b"once"
            relay.cut()
            with suppress(ConnectionError):
                assert line.recv(1024) == b"", "what was open is ended"
        assert relay.cuts == 2


@pytest.mark.parametrize("personas", [False, True])
def test_who_brings_the_same_card_twice_means_the_same(
    personas: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of the two ballots the night leaves in."""

    def drawn(rng: random.Random, *_: object) -> Intent:
        persons = rng.sample(range(100), 5)
        return Intent((ContestChoice(COUNCIL, persons=tuple(map(SelectionCode, persons))),))

    monkeypatch.setattr("simulators.demo.day.contests_of", lambda *_: ())
    monkeypatch.setattr("simulators.demo.day.make_intent", drawn)
    people = make_visitors(random.Random(3), 14, NOW.date(), (*SPECIAL, VisitKind.TWO_KINDS))
    visits, intents = _visits(MagicMock(), lambda *_: people, 14, 3, personas=personas)
    double = [v for v in visits if v.visitor.kind is VisitKind.DOUBLE]
    assert len(double) == 2
    assert intents[double[0]] == intents[double[1]]
    two = [v for v in visits if v.visitor.kind is VisitKind.TWO_KINDS]
    assert [v.counts for v in two] == [False, True]
    assert intents[two[0]] != intents[two[1]]
