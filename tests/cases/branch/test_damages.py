"""Damage each file of a terminal in each way and each state of the polls: no vote lost, none twice, a way on.

Pairwise in the tests: each file with each damage, each of both in each state; all with `make damages`.
The log is judged by what anchors it (`kiosk.station.anchoring`), and so is a state of the polls that was
set back or whose acts were garbled; a medium that cannot be read or written is played in `mounted`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from election.authorization import AuthorizationRefusal
from election.bundle import read_bundle
from election.polls import PollsState
from kiosk.flows.ballot.states import Closed, Idle, OutOfService
from kiosk.flows.operator.states import Console as AtConsole
from kiosk.flows.operator.states import ConsoleAct, allowed
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import Office

VOTES = 2
FILES = (
    "data/votes.db",
    "mirror/votes.db",
    "data/polls.db",
    "mirror/polls.db",
    "data/package.amin",
    "mirror/package.amin",
    "data/register.json",
    "data/amin-medium",
    "mirror/amin-medium",
)
STATES = (PollsState.READY, PollsState.OPEN, PollsState.PAUSED, PollsState.CLOSED)


def remove(path: Path, _older: Path) -> None:
    path.unlink()


def truncate(path: Path, _older: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path, _older: Path) -> None:
    os.truncate(path, 0)


def garble(path: Path, _older: Path) -> None:
    raw = bytearray(path.read_bytes())
    for place in range(len(raw) // 3, len(raw), max(1, len(raw) // 40)):
        raw[place] ^= 0xFF
    path.write_bytes(raw)


def set_back(path: Path, older: Path) -> None:
    """As it was after the first vote; what did not exist then stays."""
    if older.exists():
        shutil.copy(older, path)


def make_folder(path: Path, _older: Path) -> None:
    path.unlink()
    path.mkdir()


def make_link(path: Path, _older: Path) -> None:
    moved = path.with_name("elsewhere")
    path.rename(moved)
    path.symlink_to(moved)


def make_dangling(path: Path, _older: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nowhere"))


DAMAGES: tuple[Callable[[Path, Path], None], ...] = (
    remove,
    truncate,
    empty,
    garble,
    set_back,
    make_folder,
    make_link,
    make_dangling,
)
ALL = os.environ.get("DAMAGES") == "all"
CASES = [
    pytest.param(
        file, damage, state, id=f"{file}-{damage.__name__}-{state.value}", marks=pytest.mark.slow
    )
    for i, file in enumerate(FILES)
    for j, damage in enumerate(DAMAGES)
    for k, state in enumerate(STATES)
    if (ALL or (i + j) % len(STATES) == k)
    and not (damage is set_back and file.endswith("polls.db"))
    and not (damage is garble and file == "data/polls.db")
    and not (state is PollsState.READY and file.endswith("votes.db"))
]


@dataclass(frozen=True, slots=True)
class Days:
    """A terminal, and copies of its media in each state of the polls."""

    bench: TerminalBench
    copies: Path

    def bring(self, state: PollsState) -> None:
        for name in ("data", "mirror", "usb"):
            folder = self.bench.config.data.parent / name
            shutil.rmtree(folder)
            shutil.copytree(self.copies / state.value / name, folder)


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    folder = tmp_path_factory.mktemp("damages")
    bench = TerminalBench(Office.open(folder / "office"), folder / "terminal")
    made = Days(bench, folder / "copies")

    def keep(name: str) -> None:
        bench.terminal.stop()
        shutil.copytree(folder / "terminal", folder / "copies" / name)
        bench.boot()

    assert bench.load(bench.office.package()).ok
    bench.sign_out()
    keep(PollsState.READY.value)
    assert bench.do(ConsoleAct.OPEN).ok
    for number in range(1, VOTES + 1):
        bench.vote(bench.office.voting_card(bench.office.authorization(number)))
        if number == 1:
            keep("older")
    keep(PollsState.OPEN.value)
    assert bench.do(ConsoleAct.PAUSE).ok
    keep(PollsState.PAUSED.value)
    assert bench.do(ConsoleAct.CLOSE).ok
    keep(PollsState.CLOSED.value)
    bench.terminal.stop()
    yield made
    bench.terminal.stop()


@pytest.mark.parametrize(("file", "damage", "state"), CASES)
def test_damage(
    days: Days, file: str, damage: Callable[[Path, Path], None], state: PollsState
) -> None:
    bench = days.bench
    days.bring(state)
    damage(bench.config.data.parent / file, days.copies / "older" / file)
    bench.boot()
    try:
        judge(bench, state)
    finally:
        bench.terminal.stop()


def judge(bench: TerminalBench, state: PollsState) -> None:
    ways_on(bench)
    assert bench.station.context.polls.state is state
    if state is PollsState.READY:
        assert bench.do(ConsoleAct.OPEN).ok
        assert isinstance(bench.see(Idle, OutOfService), Idle)
        return
    if state is PollsState.PAUSED:
        assert bench.do(ConsoleAct.RESUME).ok
        ways_on(bench)
    if state is not PollsState.CLOSED:
        bench.see(Idle)
        assert bench.cast() == VOTES
        for number in range(1, VOTES + 1):
            card = bench.office.voting_card(bench.office.authorization(number))
            assert bench.refused(card) is AuthorizationRefusal.SPENT
        assert bench.do(ConsoleAct.CLOSE).ok
    outcome = bench.do(ConsoleAct.EXPORT)
    assert outcome.ok, outcome.message
    data = (bench.config.usb / f"{bench.config.device}.bundle").read_bytes()
    office = bench.office
    box = read_bundle(data, office.election, office.authority.root, bench.clock.now()).box
    assert box is not None
    assert (box.root.cast, len(box.spent)) == (VOTES, VOTES)


def ways_on(bench: TerminalBench) -> None:
    """Do what the console offers two people who know nothing of files."""
    bench.settle()
    if isinstance(bench.state, Idle | Closed):
        return
    bench.sign_in()
    state = bench.console
    assert isinstance(state, AtConsole)
    for act in (ConsoleAct.CONFIRM, ConsoleAct.LOAD_PACKAGE):
        if act in allowed(state.view):
            outcome = bench.act(act)
            assert outcome.ok, outcome.message
            break
    bench.sign_out()
    bench.settle()
