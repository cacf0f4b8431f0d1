"""Take media away from a terminal, or their room, and give them back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot.states import Idle, NotRecorded, OutOfService
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.full import fill
from tests.kiosk.station.office import Office, token_on
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


def vote(bench: TerminalBench, number: int) -> None:
    bench.vote(bench.office.voting_card(bench.office.authorization(number)))


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


def full_before_the_visit(folder: Path, medium: str) -> None:
    """The voter is told, the card stays good, and counts when there is room again."""
    office = Office.open(folder / "office")
    bench = TerminalBench(office, folder / "terminal")
    assert bench.open_polls().ok
    vote(bench, 1)
    ballast = getattr(bench.config, medium) / "ballast"
    fill(ballast)
    card = office.voting_card(office.authorization(2))
    bench.to_the_cast_question(card)
    bench.touch(voter.CastChosen())
    bench.see(NotRecorded)
    bench.take_card()
    bench.see(OutOfService)
    assert token_on(card) is not None
    ballast.unlink()
    bench.sign_in()
    bench.sign_out()
    bench.see(Idle)
    bench.vote(card)
    assert bench.cast() == 2
    bench.terminal.stop()


if __name__ == "__main__":
    full_before_the_visit(Path(sys.argv[1]), sys.argv[2])
