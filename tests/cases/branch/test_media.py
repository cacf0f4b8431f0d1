"""Media of a terminal that are pulled, full, locked or damaged. Runs in name spaces of its own
(`unshare`), because it mounts small file systems there; nothing of it is seen outside.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from kiosk.flows.operator.states import Act
from tests.cases.branch.kit import fill, flip, mount, own_mounts, read_only, said, serves, unmount
from tests.cases.runner import case, collect, expect, new_folder
from tests.cases.stations import (
    TerminalBench,
    bundle_file,
    done,
    exported,
    open_terminal,
    try_to_vote,
    vote,
)

own_mounts()


@contextmanager
def terminal(*mounted: str) -> Iterator[TerminalBench]:
    """`mounted`: of data, mirror and usb, which are media of their own."""
    folder = new_folder()
    for name in mounted:
        mount(folder / name)
    try:
        with open_terminal(folder=folder) as bench:
            yield bench
    finally:
        for name in mounted:
            with suppress(RuntimeError):
                unmount(folder / name)


def off(bench: TerminalBench) -> None:
    bench.terminal.stop()


# ------------------------------------------------------------ the second copy


@case
def mirror_that_was_pulled() -> None:
    """Its mount point stays: an empty folder on the system's disk."""
    with terminal("mirror") as bench:
        vote(bench, 1)
        unmount(bench.config.mirror)
        seen = [try_to_vote(bench, 2), try_to_vote(bench, 2)]
        made = [path.name for path in bench.config.mirror.iterdir()]
    expect("Recorded" not in seen and not made, f"then {seen}, with {made} in the bare mount point")


@case
def mirror_that_is_missing_at_the_start() -> None:
    with terminal("mirror") as bench:
        vote(bench, 1)
        off(bench)
        unmount(bench.config.mirror)
        bench.boot()
        made = [path.name for path in bench.config.mirror.iterdir()]
        expect(not serves(bench) and not made, f"serves, with {made} in the bare mount point")


@case
def mirror_that_is_locked_at_the_start() -> None:
    """Read-only: nobody may be let in to find out after marking a ballot."""
    with terminal("mirror") as bench:
        vote(bench, 1)
        off(bench)
        read_only(bench.config.mirror, True)
        bench.boot()
        if serves(bench):
            seen = [try_to_vote(bench, number) for number in (2, 3)]
            expect(False, f"serves; two voters mark their ballots and see {seen}")


@case
def mirror_that_was_locked_and_is_not() -> None:
    """The medium can be written again: no further voter is sent away."""
    with terminal("mirror") as bench:
        vote(bench, 1)
        off(bench)
        read_only(bench.config.mirror, True)
        bench.boot()
        try_to_vote(bench, 2)
        read_only(bench.config.mirror, False)
        bench.sign_in()
        bench.sign_out()
        seen = [try_to_vote(bench, number) for number in (2, 3)]
    expect(seen == ["Recorded"] * 2, f"the next two voters see {seen}")


@case
def mirror_that_is_old() -> None:
    """An older copy comes back: both have everything again."""
    with terminal() as bench:
        vote(bench, 1)
        old = bench.files.votes_mirror.read_bytes()
        vote(bench, 2, 3)
        off(bench)
        bench.files.votes_mirror.write_bytes(old)
        bench.boot()
        vote(bench, 4)
        expect(bench.cast() == 4, f"{bench.cast()} of 4 ballots")


def full(name: str) -> None:
    """The voter is told, the card stays good, and counts when there is room again."""
    with terminal(name) as bench:
        vote(bench, 1)
        folder = getattr(bench.config, name)
        film = fill(folder)
        seen = try_to_vote(bench, 2)
        served = serves(bench)
        film.unlink()
        bench.sign_in()
        bench.sign_out()
        bench.settle()
        after = try_to_vote(bench, 2)
        expect(
            (seen, served, after) == ("NotRecorded", False, "Recorded"),
            f"{seen}, {served}, {after}",
        )
        expect(bench.cast() == 2, f"{bench.cast()} of 2 ballots")


@case
def full_mirror_loses_nothing() -> None:
    full("mirror")


@case
def full_data_loses_nothing() -> None:
    full("data")


# ------------------------------------------------------------ damaged files


@case
def damaged_copy_beside_a_good_one() -> None:
    """40 bytes of the primary are flipped, the mirror is perfect: the device goes on with it."""
    with terminal() as bench:
        vote(bench, 1, 2, 3)
        off(bench)
        flip(bench.files.votes)
        bench.boot()
        expect(serves(bench), f"{type(bench.state).__name__} for good, whatever the mirror holds")
        expect(bench.cast() == 3, f"{bench.cast()} of 3 ballots")


@case
def damaged_copy_at_the_close() -> None:
    """The votes of the good copy leave the device."""
    with terminal() as bench:
        vote(bench, 1, 2, 3)
        off(bench)
        flip(bench.files.votes)
        bench.boot()
        done(bench, Act.CLOSE)
        outcome = bench.do(Act.EXPORT)
        expect(outcome.ok, f"no bundle: «{outcome.message.fa}»")
        expect(exported(bench).content.root.cast == 3, "votes are missing in the bundle")


@case
def lost_state_of_the_polls() -> None:
    """polls.db is gone, log, package and votes are there: this device was set up."""
    with terminal() as bench:
        vote(bench, 1)
        off(bench)
        bench.files.polls.unlink()
        bench.boot()
        told = type(bench.state).__name__ == "OutOfService"
        expect(told, f"{bench.state}: the terminal takes itself for a new one")


# ------------------------------------------------------------ the stick


@case
def stick_that_was_pulled() -> None:
    """Its mount point stays: nothing may be written there as if it were the stick."""
    with terminal("usb") as bench:
        vote(bench, 1)
        bench.do(Act.CLOSE)
        unmount(bench.config.usb)
        outcome = bench.do(Act.EXPORT)
        written = bundle_file(bench).exists()
    expect(not outcome.ok and not written, f"«{said(outcome)}», on the system's disk")


@case
def stick_that_is_missing() -> None:
    with terminal() as bench:
        bench.do(Act.CLOSE)
        bench.config.usb.rename(bench.config.usb.with_name("elsewhere"))
        outcome = bench.do(Act.EXPORT)
    told = said(outcome)
    expect("Errno" not in told and str(bench.config.usb) not in told, f"says «{told}»")


@case
def stick_that_is_full() -> None:
    with terminal("usb") as bench:
        bench.do(Act.CLOSE)
        fill(bench.config.usb)
        outcome = bench.do(Act.EXPORT)
        left = [path.name for path in bench.config.usb.glob("*.part")]
    expect("Errno" not in said(outcome), f"says «{said(outcome)}»")
    expect(not left, f"leaves {left} behind")


test_case = collect()
