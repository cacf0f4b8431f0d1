"""Keep from reports what would tell the order of casting."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from election.definition import Role
from election.papers import Report, ReportKind
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot.states import CastOrChallenge, Challenged, Idle, Preferences, Recorded
from kiosk.flows.operator.states import Console, ConsoleAct
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import Office

CHANGING = {"Ballots cast", "Entries in the event log", "Last entry of the event log"}
"""In the log a voter is one line, so its length says no more than the number cast."""
OF_RECORDS = {"Signed root", "Ballots challenged (spoiled)"}


def shown(bench: TerminalBench) -> Report:
    """Return the report on the console."""
    bench.sign_in()
    console = bench.console
    bench.sign_out()
    assert isinstance(console, Console)
    assert console.view.report is not None
    return console.view.report


def taken(bench: TerminalBench) -> dict[str, str]:
    """Let the officer alone take a report; its lines."""
    bench.sign_in(Role.OFFICER)
    assert bench.act(ConsoleAct.PRINT_REPORT).ok
    bench.sign_out()
    return lines(shown(bench))


def lines(report: Report) -> dict[str, str]:
    return {str(x.label): str(x.value) for x in report.lines}


def root(report: Report) -> str:
    """Return the signed root on a report; empty if it has none."""
    return lines(report).get("Signed root", "")


@contextmanager
def opened(office: Office, folder: Path) -> Iterator[TerminalBench]:
    bench = TerminalBench(office, folder)
    try:
        assert bench.open_polls().ok
        yield bench
    finally:
        bench.terminal.stop()


def vote(
    bench: TerminalBench,
    number: int = 1,
    marks: tuple[int, ...] = (0, 7),
    *,
    challenge: bool = False,
) -> None:
    """Let this voter choose persons of the council, after a challenge if wanted."""
    office = bench.office
    bench.reader.insert(office.voting_card(office.authorization(number)))
    state = bench.see(Preferences)
    if challenge:
        bench.mark()
        bench.touch(voter.ChallengeChosen())
        state = bench.see(Challenged)
    assert isinstance(state, Preferences | Challenged)
    council, experts = state.session.contests
    bench.touch(
        voter.Begin(),
        *(voter.Toggled(council.candidates[x].code) for x in marks),
        voter.Next(),
        voter.Toggled(experts.candidates[1].code),
        voter.Next(),
        voter.ReviewAccepted(),
    )
    bench.see(CastOrChallenge)
    bench.touch(voter.CastChosen())
    bench.see(Recorded)
    bench.reader.remove()
    bench.see(Idle)


def test_zero_and_closing_reports_keep_the_root(
    new_terminal: TerminalBench, office: Office
) -> None:
    terminal = new_terminal
    assert terminal.open_polls().ok
    zero = shown(terminal)
    terminal.vote(office.voting_card())
    assert terminal.do(ConsoleAct.CLOSE).ok
    closing = shown(terminal)
    assert (zero.kind, closing.kind) == (ReportKind.ZERO, ReportKind.CLOSING)
    assert root(zero)
    assert root(closing)
    assert root(zero) != root(closing)
    assert lines(zero).keys() >= OF_RECORDS
    assert lines(closing).keys() >= OF_RECORDS


@pytest.mark.parametrize("gap", [1, 3])
def test_reports_between_voters_differ_in_the_number_cast_alone(
    terminal: TerminalBench, gap: int
) -> None:
    """Nothing else may change, or it would say which records came between two reports."""
    reports = [taken(terminal)]
    for group in range(2):
        for number in range(gap):
            vote(terminal, group * gap + number)
        reports.append(taken(terminal))
    for before, after in itertools.pairwise(reports):
        assert {x for x in after if after[x] != before.get(x)} == CHANGING
    assert [x["Ballots cast"] for x in reports] == ["0", str(gap), str(2 * gap)]


@pytest.mark.parametrize(
    ("marks", "challenge"),
    [((0, 7), False), ((1, 2), False), ((3,), False), ((0, 7), True)],
    ids=["the-same-choice", "another-choice", "a-single-person", "a-challenge-before"],
)
def test_terminals_with_as_many_ballots_report_the_same(
    office: Office, tmp_path: Path, marks: tuple[int, ...], challenge: bool
) -> None:
    seen: list[dict[str, str]] = []
    choices = [((0, 7), False), (marks, challenge)]
    for number, (chosen, challenged) in enumerate(choices):
        with opened(office, tmp_path / str(number)) as bench:
            vote(bench, 1, chosen, challenge=challenged)
            seen.append(taken(bench))
            # The log names the package; with one package the rest of it is equal (test_open_device.py).
            for signed_anew in ("Package", "Number of the election", "Last entry of the event log"):
                seen[-1].pop(signed_anew)
    assert seen[0] == seen[1]


def test_status_report_does_not_count_challenges(terminal: TerminalBench) -> None:
    before = taken(terminal)
    assert not before.keys() & OF_RECORDS
    vote(terminal, challenge=True)
    after = taken(terminal)
    entries = "Entries in the event log"
    assert int(after[entries]) - int(before[entries]) == 2, "the report before, and the vote"
    log = {each: after[each] for each in CHANGING}
    assert after == {**before, **log, "Ballots cast": "1"}


def test_paused_terminal_reports_no_more_than_an_open_one(terminal: TerminalBench) -> None:
    vote(terminal)
    assert terminal.do(ConsoleAct.PAUSE).ok
    assert not taken(terminal).keys() & OF_RECORDS


def test_each_report_is_in_the_log(terminal: TerminalBench) -> None:
    assert [x.split()[0] for x in terminal.logged("report-made")] == ["zero"]
    taken(terminal)
    taken(terminal)
    assert terminal.do(ConsoleAct.CLOSE).ok
    assert terminal.do(ConsoleAct.PRINT_REPORT).ok
    entries = [x.split() for x in terminal.logged("report-made")]
    assert [x[0] for x in entries] == ["zero", "status", "status", "closing", "closing"]
    assert [len(x) - 1 for x in entries] == [2, 1, 1, 2, 1], "who took it is named"
