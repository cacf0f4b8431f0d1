"""Take media away from a terminal, or their room, and give them back."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from election.bundle import read_bundle
from election.polls import PollsState
from election.records import SignedRoot
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot.states import Idle, OutOfService, Recorded
from kiosk.flows.operator.states import ConsoleAct
from kiosk.station.device import LOOK_S
from tests.cases.branch.mounted import CASES
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.full import fill
from tests.kiosk.station.office import Office
from tests.needs import missing

ROOT = Path(__file__).parents[3]
OWN_MOUNTS = ["unshare", "--map-root-user", "--mount"]
MOUNT = 'mount -t tmpfs -o size=4m tmpfs "$0" && exec "$@"'


def test_mirror_that_is_old(terminal: TerminalBench, office: Office) -> None:
    """An older copy comes back: both have everything again."""
    vote(terminal, 1)
    old = terminal.files.votes_mirror.read_bytes()
    vote(terminal, 2)
    vote(terminal, 3)
    terminal.terminal.stop()
    terminal.files.votes_mirror.write_bytes(old)
    terminal.boot()
    vote(terminal, 4)
    assert terminal.cast() == 4


@pytest.mark.parametrize("older", ["polls", "polls_mirror"])
@pytest.mark.parametrize("paused_now", [False, True])
def test_an_older_copy_never_ends_a_pause(
    terminal: TerminalBench, older: str, paused_now: bool
) -> None:
    """A pause is no act, so nothing signed says which copy is the later one: then the polls are paused."""
    path = getattr(terminal.files, older)
    if not paused_now:
        assert terminal.do(ConsoleAct.PAUSE).ok
    old = path.read_bytes()
    assert terminal.do(ConsoleAct.PAUSE if paused_now else ConsoleAct.RESUME).ok
    terminal.terminal.stop()
    path.write_bytes(old)
    terminal.boot()
    assert terminal.terminal.context.polls.state is PollsState.PAUSED
    assert terminal.do(ConsoleAct.RESUME).ok, "an operator goes on"
    vote(terminal, 1)


@pytest.mark.parametrize("which", ["votes", "votes_mirror"])
def test_damaged_copy_beside_a_good_one(
    terminal: TerminalBench, office: Office, which: str
) -> None:
    """The device goes on with the good copy, and the damaged one is kept and named in the log."""
    damage_and_start(terminal, flip, which)
    terminal.see(Idle)
    assert terminal.cast() == 3
    assert terminal.logged("media-damaged") == ["primary" if which == "votes" else "mirror"]
    vote(terminal, 4)
    assert terminal.cast() == 4


def test_damaged_copy_at_the_close(terminal: TerminalBench) -> None:
    """All votes leave the device, and what was set aside is erased."""
    damage_and_start(terminal, flip, "votes")
    closes_and_hands_in(terminal)


def test_two_damaged_copies_at_the_close(terminal: TerminalBench) -> None:
    """Nobody is served; what verifies by itself leaves the device."""
    damage_and_start(terminal, forge, "votes", "votes_mirror")
    terminal.see(OutOfService)
    closes_and_hands_in(terminal)


def closes_and_hands_in(terminal: TerminalBench) -> None:
    assert terminal.do(ConsoleAct.CLOSE).ok
    outcome = terminal.do(ConsoleAct.EXPORT)
    assert outcome.ok, outcome.message
    assert exported(terminal).cast == 3
    assert not list(terminal.config.data.glob("*.damaged-*"))


def damage_and_start(
    terminal: TerminalBench, damage: Callable[[Path], object], *which: str
) -> None:
    """Three voters; then something happens to the stores while the power is off."""
    for number in (1, 2, 3):
        vote(terminal, number)
    terminal.terminal.stop()
    for name in which:
        damage(getattr(terminal.files, name))
    terminal.boot()


def flip(path: Path) -> None:
    """Forty bytes behind the first page become others."""
    raw, rng = bytearray(path.read_bytes()), random.Random(1)
    for _ in range(40):
        raw[rng.randrange(4096, len(raw))] ^= 0xFF
    path.write_bytes(raw)


def forge(path: Path) -> None:
    """The root says another number; every record is as it was."""
    connection = sqlite3.connect(path)
    connection.execute("UPDATE root SET counts = x'0000000900000000'")
    connection.commit()
    connection.close()


def exported(bench: TerminalBench) -> SignedRoot:
    """The root of the bundle that headquarters takes."""
    data = (bench.config.usb / f"{bench.config.device}.bundle").read_bytes()
    bundle = read_bundle(
        data, bench.office.election, bench.office.authority.root, bench.clock.now()
    )
    assert bundle.box is not None
    return bundle.box.root


def vote(bench: TerminalBench, number: int) -> None:
    bench.vote(bench.office.voting_card(bench.office.authorization(number)))


@pytest.fixture(scope="module")
def mounted(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """What one process says that has played all cases, where nobody sees its mounts outside."""
    if subprocess.run([*OWN_MOUNTS, "true"], check=False, capture_output=True).returncode:
        missing("mount name spaces")
    folder = tmp_path_factory.mktemp("mounted")
    python = [sys.executable, "-m", "tests.cases.branch.mounted", str(folder), *CASES]
    return subprocess.run(
        [*OWN_MOUNTS, *python], cwd=ROOT, check=False, capture_output=True, text=True
    )


@pytest.mark.parametrize("name", CASES)
def test_medium_of_its_own(mounted: subprocess.CompletedProcess[str], name: str) -> None:
    """What `mounted` plays."""
    assert name in mounted.stdout.splitlines(), mounted.stderr


def test_drive_that_is_missing(terminal: TerminalBench) -> None:
    """The folder is gone: it says what to do, without a path and without the system's words."""
    assert terminal.do(ConsoleAct.CLOSE).ok
    terminal.config.usb.rename(terminal.config.usb.with_name("elsewhere"))
    outcome = terminal.do(ConsoleAct.EXPORT)
    told = str(outcome.message)
    assert (outcome.ok, "Put a USB drive in, and export again" in told) == (False, True)
    assert "Errno" not in told
    assert str(terminal.config.usb) not in told


@pytest.mark.parametrize("medium", ["mirror", "data"], ids=lambda name: f"full-{name}")
def test_full_medium_loses_nothing(tmp_path: Path, medium: str) -> None:
    """The medium is a file system of its own, which nobody sees outside."""
    folder = tmp_path / "terminal" / medium
    folder.mkdir(parents=True)
    command = [*OWN_MOUNTS, "sh", "-c", MOUNT, str(folder)]
    if subprocess.run([*command, "true"], check=False, capture_output=True).returncode:
        missing("mount name spaces")
    python = [sys.executable, "-m", __name__, str(tmp_path), medium]
    done = subprocess.run(
        [*command, *python], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def full_before_and_in_a_visit(folder: Path, medium: str) -> None:
    """Nobody is let in; who marks just then is recorded, because slots and journals have their room."""
    office = Office.open(folder / "office")
    bench = TerminalBench(office, folder / "terminal")
    assert bench.open_polls().ok
    vote(bench, 1)
    ballast = getattr(bench.config, medium) / "ballast"
    fill(ballast)
    bench.clock.later(LOOK_S)
    bench.see(OutOfService)
    ballast.unlink()
    bench.clock.later(LOOK_S)
    bench.see(Idle)
    card = office.voting_card(office.authorization(2))
    bench.to_the_cast_question(card)
    fill(ballast)
    bench.touch(voter.CastChosen())
    bench.see(Recorded)
    bench.take_card()
    bench.see(OutOfService)
    ballast.unlink()
    bench.clock.later(LOOK_S)
    bench.see(Idle)
    vote(bench, 3)
    assert bench.cast() == 3
    bench.terminal.stop()


if __name__ == "__main__":
    full_before_and_in_a_visit(Path(sys.argv[1]), sys.argv[2])
