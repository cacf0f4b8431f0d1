"""The service manager hears that the screen's thread is alive, and nobody is stopped where there is none."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from drivers import heartbeat


@pytest.mark.parametrize("abstract", [False, True])
def test_a_state_reaches_the_manager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool
) -> None:
    place = str(tmp_path / "n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + place[1:] if abstract else place)
        manager.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + place[1:] if abstract else place)
        heartbeat.notify(heartbeat.READY)
        assert manager.recv(64) == b"READY=1"


@pytest.mark.parametrize("address", [None, "", "nowhere", "/not/there"])
def test_without_a_manager_nothing_happens(
    monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    if address is None:
        monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    else:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    heartbeat.notify(heartbeat.ALIVE)


@pytest.mark.parametrize(
    ("asked", "every"), [("60000000", 20000), ("1", 1), ("", None), ("x", None), ("-5", None)]
)
def test_it_is_heard_thrice_as_often_as_demanded(
    monkeypatch: pytest.MonkeyPatch, asked: str, every: int | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", asked)
    assert heartbeat.interval_ms() == every
