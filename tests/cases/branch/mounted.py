"""Play what happens to media that are mounts of their own; run in name spaces of their own.

python -m tests.cases.branch.mounted FOLDER CASE…

Prints the name of every case that went well; what went wrong stands in the error output.
"""

from __future__ import annotations

import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from election.bundle import read_bundle
from election.incidents import Incident, incident_of
from election.pairing import MARKER
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot.states import Idle, NotRecorded, OutOfService
from kiosk.flows.operator.states import ActOutcome, ConsoleAct, allowed
from kiosk.flows.operator.states import Console as AtConsole
from kiosk.station.device import LOOK_S
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.full import fill
from tests.kiosk.station.office import Office, token_on


def mount(folder: Path) -> None:
    _run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder))


def pull(folder: Path) -> None:
    """Who has a file open keeps it; who comes later finds the bare mount point."""
    _run("umount", "--lazy", str(folder))


def lock(folder: Path, on: bool) -> None:
    _run("mount", "-o", f"remount,{'ro' if on else 'rw'}", str(folder))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def vote(bench: TerminalBench, number: int) -> None:
    bench.vote(bench.office.voting_card(bench.office.authorization(number)))


def restart(bench: TerminalBench, between: Callable[[], object]) -> None:
    bench.terminal.stop()
    between()
    bench.boot()


def is_out(bench: TerminalBench, incident: str) -> None:
    bench.settle()
    assert bench.state == OutOfService(incident), bench.state


def hand_in(bench: TerminalBench) -> int:
    """Close and export; ballots in the bundle."""
    assert bench.do(ConsoleAct.CLOSE).ok
    outcome = bench.do(ConsoleAct.EXPORT)
    assert outcome.ok, outcome.message
    data = (bench.config.usb / f"{bench.config.device}.bundle").read_bytes()
    office = bench.office
    box = read_bundle(data, office.election, office.authority.root, bench.clock.now()).box
    assert box is not None
    return box.root.cast


def confirm(bench: TerminalBench) -> ActOutcome:
    bench.sign_in()
    state = bench.console
    assert isinstance(state, AtConsole)
    assert ConsoleAct.CONFIRM in allowed(state.view)
    assert any("To confirm" in str(check.name) for check in state.view.checks)
    outcome = bench.act(ConsoleAct.CONFIRM)
    bench.sign_out()
    return outcome


# ------------------------------------------------------------ the second memory


def mirror_that_was_pulled(bench: TerminalBench) -> None:
    """Nobody votes on the bare mount point, and the memory serves again when it is back."""
    vote(bench, 1)
    kept = bench.config.mirror.with_name("kept")
    kept.mkdir()
    _run("mount", "--bind", str(bench.config.mirror), str(kept))
    card = bench.office.voting_card(bench.office.authorization(2))
    bench.to_the_cast_question(card)
    pull(bench.config.mirror)
    bench.touch(voter.CastChosen())
    bench.see(NotRecorded)
    bench.take_card()
    is_out(bench, Incident.MEDIA)
    assert token_on(card) is not None
    assert not list(bench.config.mirror.iterdir())
    _run("mount", "--bind", str(kept), str(bench.config.mirror))
    bench.clock.later(LOOK_S)
    bench.see(Idle)
    bench.vote(card)
    assert bench.cast() == 2


def mirror_that_is_missing_at_the_start(bench: TerminalBench) -> None:
    """Nobody is served; closing and handing in go on with the memory that is there."""
    vote(bench, 1)
    restart(bench, lambda: pull(bench.config.mirror))
    is_out(bench, Incident.MEDIA)
    assert not list(bench.config.mirror.iterdir())
    assert hand_in(bench) == 1


def mirror_that_is_locked_at_the_start(bench: TerminalBench) -> None:
    """Nobody is let in to find out after marking a ballot; unlocked, it serves by itself."""
    vote(bench, 1)
    restart(bench, lambda: lock(bench.config.mirror, True))
    is_out(bench, Incident.MEDIA)
    lock(bench.config.mirror, False)
    bench.clock.later(LOOK_S)
    bench.see(Idle)
    vote(bench, 2)
    assert bench.cast() == 2


def mirror_that_is_new(bench: TerminalBench) -> None:
    """It takes a copy of everything once two roles have confirmed it."""
    vote(bench, 1)

    def exchange() -> None:
        pull(bench.config.mirror)
        mount(bench.config.mirror)

    restart(bench, exchange)
    is_out(bench, "NEW-MEMORY")
    assert not list(bench.config.mirror.iterdir())
    assert confirm(bench).ok
    bench.see(Idle)
    assert bench.files.votes_mirror.exists()
    vote(bench, 2)
    assert bench.cast() == 2
    assert [each.split()[0] for each in bench.logged("doubt-confirmed")] == ["new-memory"]
    bench.restart()
    bench.see(Idle)


def data_that_is_missing_at_the_start(bench: TerminalBench) -> None:
    """The second memory would give everything: onto the system's disk, which nobody hands in."""
    vote(bench, 1)
    data = bench.config.data
    kept = data.with_name("kept")
    kept.mkdir()
    _run("mount", "--bind", str(data), str(kept))
    restart(bench, lambda: pull(data))
    bench.settle()
    state = bench.state
    assert isinstance(state, OutOfService)
    assert incident_of(state.incident) is Incident.NO_MEMORY
    assert not list(data.iterdir())
    restart(bench, lambda: _run("mount", "--bind", str(kept), str(data)))
    bench.see(Idle)
    vote(bench, 2)
    assert bench.cast() == 2


def mirror_of_another_device(bench: TerminalBench) -> None:
    """It is neither written nor offered for confirmation."""
    vote(bench, 1)
    marker = bench.config.mirror / MARKER
    other = marker.read_bytes().replace(b"b1-t1", b"b1-t9")
    restart(bench, lambda: marker.write_bytes(other))
    is_out(bench, Incident.MEDIA)
    bench.sign_in()
    state = bench.console
    assert isinstance(state, AtConsole)
    assert ConsoleAct.CONFIRM not in allowed(state.view)
    bench.sign_out()
    assert marker.read_bytes() == other
    assert hand_in(bench) == 1


# ------------------------------------------------------------ the drive


def drive_that_was_pulled(bench: TerminalBench) -> None:
    """Nothing is written on its mount point; the next drive takes all."""
    vote(bench, 1)
    assert bench.do(ConsoleAct.CLOSE).ok
    pull(bench.config.usb)
    outcome = bench.do(ConsoleAct.EXPORT)
    assert (outcome.ok, list(bench.config.usb.iterdir())) == (False, [])
    assert "There is no USB drive" in str(outcome.message)
    mount(bench.config.usb)
    assert bench.do(ConsoleAct.EXPORT).ok


def drive_that_is_full(bench: TerminalBench) -> None:
    assert bench.do(ConsoleAct.CLOSE).ok
    fill(bench.config.usb / "ballast")
    before = set(bench.config.usb.iterdir())
    outcome = bench.do(ConsoleAct.EXPORT)
    assert (outcome.ok, "The USB drive is full" in str(outcome.message)) == (False, True)
    assert set(bench.config.usb.iterdir()) == before
    (bench.config.usb / "ballast").unlink()
    assert bench.do(ConsoleAct.EXPORT).ok


def drive_that_is_locked(bench: TerminalBench) -> None:
    assert bench.do(ConsoleAct.CLOSE).ok
    lock(bench.config.usb, True)
    outcome = bench.do(ConsoleAct.EXPORT)
    assert (outcome.ok, "Take off its lock" in str(outcome.message)) == (False, True)
    lock(bench.config.usb, False)
    assert bench.do(ConsoleAct.EXPORT).ok


@dataclass(frozen=True, slots=True)
class Case:
    """What happens, and which folder of the terminal is a medium of its own."""

    play: Callable[[TerminalBench], None]
    medium: str


CASES = {
    each.play.__name__.replace("_", "-"): each
    for each in (
        Case(mirror_that_was_pulled, "mirror"),
        Case(mirror_that_is_missing_at_the_start, "mirror"),
        Case(mirror_that_is_locked_at_the_start, "mirror"),
        Case(mirror_that_is_new, "mirror"),
        Case(data_that_is_missing_at_the_start, "data"),
        Case(mirror_of_another_device, "mirror"),
        Case(drive_that_was_pulled, "usb"),
        Case(drive_that_is_full, "usb"),
        Case(drive_that_is_locked, "usb"),
    )
}


def main(folder: Path, names: Sequence[str]) -> None:
    """Play cases one after the other, each in a folder of its own."""
    for name in names:
        try:
            play(folder / name, CASES[name])
        except Exception:  # noqa: BLE001 - the others are played all the same
            print(f"{name}:", file=sys.stderr)
            traceback.print_exc()
        else:
            print(name)


def play(folder: Path, case: Case) -> None:
    medium = folder / "terminal" / case.medium
    medium.mkdir(parents=True)
    mount(medium)
    bench = TerminalBench(Office.open(folder / "office"), folder / "terminal")
    assert bench.open_polls().ok
    case.play(bench)
    bench.terminal.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
