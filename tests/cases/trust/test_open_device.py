"""Hold that what leaves an open device depends on the number of votes cast, and on no vote."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from election.definition import Role
from election.papers import Report
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot.states import CastOrChallenge, Challenged, Idle, Preferences, Recorded
from kiosk.flows.operator.states import Console, ConsoleAct
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import Office

VOTERS = 3
SEEDS = [(1, 2), (3, 4), (5, 6)]


@contextmanager
def opened(office: Office, folder: Path, brought: Path) -> Iterator[TerminalBench]:
    """Open the polls with the package and the register that were brought."""
    bench = TerminalBench(office, folder)
    try:
        shutil.copytree(brought, bench.config.usb, dirs_exist_ok=True)
        bench.sign_in()
        assert bench.act(ConsoleAct.LOAD_PACKAGE).ok
        assert bench.act(ConsoleAct.OPEN).ok
        bench.sign_out()
        yield bench
    finally:
        bench.terminal.stop()


def vote(bench: TerminalBench, number: int, rng: random.Random) -> None:
    """One voter, who marks whom they like, and challenges before or not."""
    bench.reader.insert(bench.office.voting_card(bench.office.authorization(number)))
    bench.see(Preferences)
    _mark(bench, rng)
    if rng.random() < 0.5:
        bench.touch(voter.ChallengeChosen())
        bench.see(Challenged)
        _mark(bench, rng)
    bench.touch(voter.CastChosen())
    bench.see(Recorded)
    bench.reader.remove()
    bench.see(Idle)


def _mark(bench: TerminalBench, rng: random.Random) -> None:
    state = bench.state
    assert isinstance(state, Preferences | Challenged)
    council, experts = state.session.contests
    chosen = rng.sample(council.candidates, rng.randint(1, 5))
    bench.touch(
        voter.Begin(),
        *(voter.Toggled(person.code) for person in chosen),
        voter.Next(),
        voter.Toggled(rng.choice(experts.candidates).code),
        voter.Next(),
        voter.ReviewAccepted(),
    )
    bench.see(CastOrChallenge)


def reported(bench: TerminalBench) -> Report:
    """Print a status report, and return it."""
    bench.sign_in(Role.OFFICER)
    assert bench.act(ConsoleAct.PRINT_REPORT).ok
    assert isinstance(bench.console, Console)
    report = bench.console.view.report
    assert report is not None
    bench.sign_out()
    return report


def told(office: Office, folder: Path, brought: Path, seed: int) -> dict[str, object]:
    """All that an open terminal tells after these votes."""
    rng = random.Random(seed)
    with opened(office, folder, brought) as bench:
        for number in rng.sample(range(1, 1000), VOTERS):
            vote(bench, number, rng)
        report = reported(bench)
        bench.settle()
        files = bench.files
        return {
            "report": report,
            "log": files.audit.read_bytes(),
            "anchors": [path.read_bytes() for path in files.anchors],
            "sums": bench.station.context.counters.events(),
            "status": bench.terminal.status(),
            "acts": [(s.cast, s.log) for s in bench.station.context.polls.statements()],
            "names": sorted(p.name for p in (*files.data.iterdir(), *files.mirror.iterdir())),
            "sizes": [p.stat().st_size for p in (files.votes, files.votes_mirror)],
        }


@pytest.mark.slow
@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.usefixtures("same_cards", "one_moment")
def test_two_sets_of_votes_of_one_size_tell_the_same(
    office: Office, tmp_path: Path, seeds: tuple[int, int]
) -> None:
    brought = tmp_path / "brought"
    brought.mkdir()
    office.bring(office.package(), brought)
    one, other = (told(office, tmp_path / str(seed), brought, seed) for seed in seeds)
    assert one == other
