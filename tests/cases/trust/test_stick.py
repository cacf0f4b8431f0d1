"""INTEGRITY AND GOING ON. A stick is read and written by name, links are followed, and neither kind
nor size of a file is looked at. Needs a stick whose file system knows links (any of Linux); on FAT
the size is left.
"""

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path

from election.definition import Role
from kiosk.flows.operator.events import ActChosen
from kiosk.flows.operator.states import Act, Console, Outcome
from kiosk.flows.signin import NeedCard, SignedIn
from tests.cases.runner import apart, case, collect, expect, new_folder
from tests.cases.stations import Office, TerminalBench, bundle_file, open_terminal, vote

GIB = 1 << 30


@case
def export_does_not_follow_links_to_the_media() -> None:
    """`<device>.part` leads to the device's own votes.db, `<device>.audit.jsonl` to its mirror."""
    with open_terminal() as bench:
        vote(bench, 1)
        bench.do(Act.CLOSE)
        bundle_file(bench).with_suffix(".part").symlink_to(bench.files.votes)
        bundle_file(bench).with_suffix(".audit.jsonl").symlink_to(bench.files.votes_mirror)
        bench.do(Act.EXPORT)
        media = {"votes.db": bench.files.votes, "the mirror": bench.files.votes_mirror}
        gone = [name for name, path in media.items() if not path.read_bytes().startswith(b"SQLite")]
    expect(not gone, f"one export by the officer has overwritten {' and '.join(gone)}")


@case
def export_does_not_follow_links_to_the_key() -> None:
    with open_terminal() as bench:
        bench.do(Act.CLOSE)
        bundle_file(bench).with_suffix(".part").symlink_to(bench.config.signing_key)
        bench.do(Act.EXPORT)
        kept = b"PRIVATE KEY" in bench.config.signing_key.read_bytes()
    expect(kept, "the device's private key is overwritten by the bundle")


def load(bench: TerminalBench) -> None:
    """Both roles load what is on the stick; returns when the second PIN is entered."""
    bench.sign_in()
    bench.station.console.loop.post(ActChosen(Act.LOAD_PACKAGE))
    bench.until_signin(SignedIn)
    bench.operators.remove()
    bench.until_signin(NeedCard)
    bench.present(bench.office.operator(Role.SUPERVISOR))


def outcome(bench: TerminalBench) -> Outcome | None:
    """None: no answer within six seconds."""
    for _ in range(60):
        bench.station.drain()
        state = bench.console
        if isinstance(state, Console) and state.busy is None and state.outcome is not None:
            return state.outcome
        time.sleep(0.1)
    return None


def peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def refused_at_once(put: Callable[[Path], object]) -> None:
    """`put` makes what lies on the stick as package.amin; the console has to refuse it."""
    folder = new_folder()
    bench = TerminalBench(Office.open(folder / "office"), folder / "terminal")
    put(bench.config.usb / "package.amin")
    before = peak_mib()
    load(bench)
    answer = outcome(bench)
    taken = peak_mib() - before
    expect(
        answer is not None, f"no answer in 6 s: the store's only thread waits, {taken} MiB taken"
    )
    expect(not answer.ok, "loaded")
    expect(taken < 300, f"refused only after {taken} MiB had been read")


@case
def package_without_end() -> None:
    """A link to an endless device file."""
    apart(
        lambda: refused_at_once(lambda path: path.symlink_to("/dev/zero")),
        seconds=40,
        memory=2 * GIB,
    )


@case
def package_of_one_gib() -> None:
    def put(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(GIB)

    apart(lambda: refused_at_once(put), seconds=40, memory=3 * GIB)


@case
def package_that_is_a_fifo() -> None:
    """Nobody writes into it: whoever opens it waits for ever."""
    apart(lambda: refused_at_once(os.mkfifo), seconds=40)


test_case = collect()
