"""The audit log of a device, damaged with the power off. What does not verify must be told, and
must never keep the votes in the device.
"""

from collections.abc import Callable

from kiosk.flows.operator.states import Act, allowed
from tests.cases.branch.kit import serves
from tests.cases.runner import case, collect, expect
from tests.cases.stations import TerminalBench, exported, open_terminal, vote


def started_again(
    bench: TerminalBench, change: Callable[[list[bytes]], list[bytes] | None]
) -> None:
    """`change` is made to the lines of the log, or None: the file is deleted."""
    bench.terminal.stop()
    path = bench.files.audit
    lines = change(path.read_bytes().splitlines(keepends=True))
    if lines is None:
        path.unlink()
    else:
        path.write_bytes(b"".join(lines))
    bench.boot()


def told(bench: TerminalBench, before: int) -> bool:
    """Nobody is served, or the new entries say more than that the device was started."""
    return not serves(bench) or any(entry.what != "started" for entry in bench.log()[before:])


@case
def deleted_log() -> None:
    with open_terminal() as bench:
        vote(bench, 1)
        started_again(bench, lambda lines: None)
        expect(told(bench, 0), "a new log begins, the terminal serves, and nobody is told")


@case
def torn_last_line() -> None:
    """A power cut does that; the start takes the rest of the line away, and has to say so."""
    with open_terminal() as bench:
        vote(bench, 1)
        bench.settle()
        whole = len(bench.log()) - 1
        started_again(bench, lambda lines: [*lines[:-1], lines[-1][:-37]])
        expect(told(bench, whole), "the last entry is taken away, and no entry says so")


def bundle_leaves(bench: TerminalBench, votes: int) -> None:
    """The polls are closed, and the bundle with all votes is on the stick, log or no log."""
    bench.sign_in()
    offered = allowed(bench.console.view)
    names = " and ".join(sorted(act.value for act in offered))
    expect(Act.CLOSE in offered, f"{type(bench.state).__name__}; the console offers {names} only")
    expect(bench.act(Act.CLOSE).ok, "the polls cannot be closed")
    expect(bench.act(Act.EXPORT).ok, "no bundle")
    expect(exported(bench).content.root.cast == votes, "votes are missing")


@case
def log_with_a_line_missing_still_closes() -> None:
    with open_terminal() as bench:
        vote(bench, 1, 2)
        started_again(bench, lambda lines: [*lines[:3], *lines[4:]])
        bundle_leaves(bench, 2)


@case
def log_with_an_entry_twice_still_closes() -> None:
    """As two programs leave it that write one file."""
    with open_terminal() as bench:
        vote(bench, 1, 2)
        started_again(bench, lambda lines: [*lines, lines[-1]])
        bundle_leaves(bench, 2)


test_case = collect()
