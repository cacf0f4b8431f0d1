"""Load a package whose portraits lie beside it: with them, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from election.package.portraits import PORTRAITS_FILE, read_portraits, write_portraits
from headquarters.packaging import encode
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import Office


def package(office: Office) -> bytes:
    """One package for the tests of this file: an office has it signed once."""
    if (data := office.once.get(b"beside")) is None:
        data = office.once[b"beside"] = encode(office.election, None, office.authority)
    return data


def put(bench: TerminalBench, office: Office) -> Path:
    """Put the portraits on the drive."""
    path = bench.config.usb / PORTRAITS_FILE
    path.write_bytes(write_portraits(office.portraits))
    return path


WRONG: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda data: data[:-100],
    "one bit": lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
    "one portrait less": lambda data: write_portraits(dict(list(read_portraits(data).items())[1:])),
    "two exchanged": lambda data: write_portraits(
        dict(zip(read_portraits(data), list(read_portraits(data).values())[::-1], strict=True))
    ),
    "nothing": lambda _: b"",
}


def test_without_the_right_portraits_nothing_is_loaded(
    new_terminal: TerminalBench, office: Office
) -> None:
    outcome = new_terminal.load(package(office))
    assert not outcome.ok
    assert PORTRAITS_FILE in str(outcome.message)
    for what, change in WRONG.items():
        path = put(new_terminal, office)
        path.write_bytes(change(path.read_bytes()))
        outcome = new_terminal.load(package(office))
        assert not outcome.ok, what
        assert PORTRAITS_FILE in str(outcome.message), what
        assert not (new_terminal.files.data / PORTRAITS_FILE).exists()


def test_a_device_keeps_them_on_both_memories(new_terminal: TerminalBench, office: Office) -> None:
    more = {**office.portraits, "0" * 64: b"\xff\xd8\xff of another election"}
    put(new_terminal, office).write_bytes(write_portraits(more))
    assert new_terminal.load(package(office)).ok
    new_terminal.sign_out()
    new_terminal.settle()
    (new_terminal.config.usb / PORTRAITS_FILE).unlink()
    kept = [
        folder / PORTRAITS_FILE for folder in (new_terminal.files.data, new_terminal.files.mirror)
    ]
    assert [path.read_bytes() for path in kept] == [write_portraits(office.portraits)] * 2
    new_terminal.terminal.stop()
    kept[0].write_bytes(kept[0].read_bytes()[:-1])
    new_terminal.boot()
    new_terminal.settle()
    assert type(new_terminal.state).__name__ == "Closed", "the second memory has them"
    found = new_terminal.terminal.context.installed()
    assert dict(found.portraits) == office.portraits
    assert kept[0].read_bytes() == kept[1].read_bytes()
    new_terminal.terminal.stop()
    for path in kept:
        path.unlink()
    new_terminal.boot()
    assert type(new_terminal.state).__name__ == "OutOfService"
    put(new_terminal, office)
    assert new_terminal.load(package(office)).ok, "loading it again mends"
    new_terminal.sign_out()
    new_terminal.settle()
    assert type(new_terminal.state).__name__ == "Closed"
