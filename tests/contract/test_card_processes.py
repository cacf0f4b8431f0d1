"""Reader and card in two processes, joined by a Unix socket: either may be killed and come back."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.errors import CardRemovedError, DeviceNotFoundError
from drivers.smartcard.channel import Inserted, ReaderGone, Removed
from simulators.cards.piv import PIV_ATR, authorization_card
from simulators.readers import SocketReader
from simulators.vpcd import SocketSlot

WAIT_S = 20.0
SELECT_PIV = bytes.fromhex("00A404000BA00000030800001000010000")
OK = b"\x90\x00"

STATION = """
import sys
from pathlib import Path
from simulators.readers import SocketReader
reader = SocketReader("slot", Path(sys.argv[1]))
while True:
    print(type(reader.wait_event()).__name__, flush=True)
"""

CARD = """
import sys
from pathlib import Path
from simulators.cards.piv import authorization_card
from simulators.vpcd import SocketSlot
slot = SocketSlot(Path(sys.argv[1]))
slot.insert(authorization_card(bytes(32)))
input()
"""


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    running: list[subprocess.Popen[str]] = []

    def start(script: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "reader")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_killed_station_finds_the_card_again(
    spawn: Callable[[str], subprocess.Popen[str]], tmp_path: Path
) -> None:
    slot = SocketSlot(tmp_path / "reader")
    slot.insert(authorization_card(bytes(32)))
    for _ in range(3):
        station = spawn(STATION)
        assert _line(station) == "Inserted"
        station.send_signal(signal.SIGKILL)
        station.wait()
    slot.remove()


def test_a_killed_card_process_pulls_its_card(
    spawn: Callable[[str], subprocess.Popen[str]], tmp_path: Path
) -> None:
    reader = SocketReader("slot", tmp_path / "reader")
    for _ in range(2):
        holder = spawn(CARD)
        assert reader.wait_event(WAIT_S) == Inserted(PIV_ATR)
        channel = reader.open()
        assert channel.transmit(SELECT_PIV)[-2:] == OK
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert reader.wait_event(WAIT_S) == Removed()
        with pytest.raises(CardRemovedError):
            channel.transmit(SELECT_PIV)
    reader.close()


def test_a_socket_reader_is_served_once(tmp_path: Path) -> None:
    reader = SocketReader("slot", tmp_path / "reader")
    with pytest.raises(DeviceNotFoundError):
        SocketReader("slot", tmp_path / "reader")
    reader.close()
    SocketReader("slot", tmp_path / "reader").close()


def test_a_closed_reader_is_gone(tmp_path: Path) -> None:
    reader = SocketReader("slot", tmp_path / "reader")
    slot = SocketSlot(tmp_path / "reader")
    slot.insert(authorization_card(bytes(32)))
    assert reader.wait_event(WAIT_S) == Inserted(PIV_ATR)
    channel = reader.open()
    reader.close()
    assert reader.wait_event(WAIT_S) == ReaderGone()
    with pytest.raises(CardRemovedError):
        channel.transmit(SELECT_PIV)
    with pytest.raises(DeviceNotFoundError):
        reader.open()
    slot.remove()
