"""The paper record at a real terminal: driver, printer and scanner, and what an auditor finds in the box."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from election.audit_events import AuditEvent
from election.definition import ENGLISH
from election.incidents import Incident
from election.marks import Marks
from election.paper_record import read_record
from headquarters.acts_check import act_findings
from headquarters.import_report import FindingKind
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot import states as at
from kiosk.flows.operator.states import Console, ConsoleAct
from tests.kiosk.station.office import COUNCIL, EXPERTS, Office
from tests.kiosk.station.paper_bench import PaperBench, hanging_code, paper_bench, papers

pytestmark = pytest.mark.slow
BLIND = at.Presentation(
    ENGLISH, at.TextSize.LARGEST, at.Theme.WHITE_ON_BLACK, at.Hearing(dark=True, wpm=60, volume=9)
)


@pytest.fixture
def bench(office: Office, tmp_path: Path, qtbot: QtBot) -> Iterator[PaperBench]:
    with paper_bench(office, tmp_path, reads=True) as made:
        yield made


def meant(bench: PaperBench) -> tuple[Marks, ...]:
    council, experts = bench.election.contests
    codes = sorted((council.candidates[0].code, council.candidates[7].code))
    return Marks(COUNCIL, tuple(codes)), Marks(EXPERTS, (experts.candidates[1].code,))


def test_equal_choices_give_equal_bytes_whoever_votes_how_when_and_after_whom(
    bench: PaperBench, office: Office
) -> None:
    for number, way in enumerate(((), (voter.PresentationChosen(BLIND), voter.Attended()), ()), 1):
        bench.to_the_paper(office.voting_card(office.authorization(number)), *way)
        bench.cast_paper()
        bench.clock.later(299)
    one, two, three = (each.rows for each in bench.device.receipts() if any(each.rows))
    assert one == two == three
    assert {read_record(bench.election, code) for _, code in papers(bench.device)} == {meant(bench)}
    assert [word for word, _ in papers(bench.device)] == ["recorded"] * 3
    assert bench.cast() == 3
    assert bench.sums() == {"paper-printed": 3}


def test_refused_spoiled_read_and_differing_papers_are_void_and_nothing_is_cast(
    bench: PaperBench, office: Office
) -> None:
    assert bench.eye is not None
    bench.to_the_paper(office.voting_card(office.authorization(1)))
    code = hanging_code(bench.device)
    bench.eye.scan(code)
    bench.until(lambda: getattr(bench.state, "read", None) is not None, "the paper to be read")
    state = bench.state
    assert isinstance(state, at.Comparing)
    assert state.read == meant(bench)
    bench.touch(voter.PaperRefused())
    refused = bench.see(at.PaperVoid)
    assert isinstance(refused, at.PaperVoid)
    assert (refused.problem, refused.tracking) == (at.PaperProblem.REFUSED, "")
    bench.touch(voter.Begin(), voter.Next(), voter.ReviewAccepted())
    bench.see(at.Comparing)
    # Another paper before the scanner: its code is not what was marked.
    other = code[:-1] + ("1" if code[-1] != "1" else "2")
    bench.eye.scan(other)
    void = bench.see(at.PaperVoid)
    assert isinstance(void, at.PaperVoid)
    assert void.problem is at.PaperProblem.DIFFERS
    assert bench.lamp[-1] is True
    bench.touch(voter.PrintAgain())
    bench.see(at.Comparing)
    bench.eye.strike("encoding")
    bench.eye.scan(code)
    bench.until(lambda: getattr(bench.state, "unread", False), "a scan that is no use")
    assert bench.cast() == 0
    bench.cast_paper()
    assert [word for word, _ in papers(bench.device)] == ["void", "void", "recorded"]
    assert bench.sums() == {
        "paper-printed": 3,
        "paper-void voter": 1,
        "paper-void differs": 1,
    }
    assert bench.cast() == 1


@pytest.mark.parametrize(
    ("fault", "rows"), [("paper out", 1), ("cover open", 700), ("power cut", 500)]
)
def test_a_printer_that_stops_spoils_the_paper_and_the_sealed_ballot_waits(
    bench: PaperBench, office: Office, fault: str, rows: int
) -> None:
    mend = {"paper out": "paper ok", "cover open": "cover closed"}
    bench.device.strike(fault, after_rows=rows)
    void = bench.to_the_paper(office.voting_card())
    assert isinstance(void, at.PaperVoid)
    assert void.problem is at.PaperProblem.PRINTER
    assert void.tracking
    bench.touch(voter.PaperConfirmed(), voter.CastChosen())
    assert bench.state == void, "nothing casts it"
    bench.device.strike(mend.get(fault, "power on"))
    bench.touch(voter.PrintAgain())
    waits = bench.see(at.Comparing)
    assert isinstance(waits, at.Comparing)
    assert waits.tracking == void.tracking
    bench.cast_paper()
    assert bench.cast() == 1
    words = [word for word, _ in papers(bench.device)]
    assert words[-1] == "recorded"
    assert words.count("recorded") == 1
    assert bench.sums() == {"paper-printed": 2, "paper-void printer": 1}


def test_without_its_printer_nobody_begins_and_it_goes_on_by_itself(
    bench: PaperBench, office: Office
) -> None:
    bench.device.strike("cover open")
    bench.clock.later(31)
    out = bench.see(at.OutOfService)
    assert isinstance(out, at.OutOfService)
    assert out.incident == Incident.RECORD_PRINTER
    bench.device.strike("cover closed")
    bench.clock.later(31)
    bench.see(at.Idle)
    bench.to_the_paper(office.voting_card())
    bench.cast_paper()
    assert bench.cast() == 1


def test_a_power_cut_between_print_and_cast_casts_nothing_and_the_card_is_good(
    bench: PaperBench, office: Office
) -> None:
    card = office.voting_card()
    bench.to_the_paper(card)
    record, bench.terminal._record = bench.terminal._record, None
    assert record is not None
    record._pieces.hanging = False  # the process is gone; nothing is printed any more
    bench.restart()
    bench.see(at.Idle)
    assert bench.cast() == 0
    assert bench.device.hanging() == 0, "nobody sees the paper of the voter before"
    assert [word for word, _ in papers(bench.device)] == [""]
    assert bench.sums() == {"paper-printed": 1, "paper-void no-vote": 1}
    bench.to_the_paper(card)
    bench.cast_paper()
    assert bench.cast() == 1
    assert bench.sums()["paper-printed"] - 1 == 1


def test_a_word_that_cannot_be_printed_is_told_and_the_vote_stands(
    bench: PaperBench, office: Office
) -> None:
    bench.to_the_paper(office.voting_card())
    bench.device.strike("paper out")
    bench.touch(voter.PaperConfirmed(), voter.CastChosen())
    bench.see(at.Recorded)
    bench.reader.remove()
    bench.see(at.OutOfService)
    assert bench.cast() == 1
    assert bench.sums() == {"paper-printed": 1, "paper-unmarked recorded": 1}
    bench.device.strike("paper ok")
    bench.clock.later(31)
    bench.see(at.Idle)


def test_the_closing_says_how_many_papers_count(bench: PaperBench, office: Office) -> None:
    bench.to_the_paper(office.voting_card(office.authorization(1)))
    bench.touch(voter.PaperRefused(), voter.Begin(), voter.Next(), voter.ReviewAccepted())
    bench.see(at.Comparing)
    bench.cast_paper()
    bench.sign_in()
    assert bench.act(ConsoleAct.PRINT_REPORT).ok
    status = bench.console
    assert isinstance(status, Console)
    assert status.view.report is not None
    assert not [x for x in status.view.report.lines if "Paper" in x.label.source], "open: nothing"
    assert bench.act(ConsoleAct.CLOSE).ok
    closed = bench.console
    assert isinstance(closed, Console)
    report = closed.view.report
    assert report is not None
    said = {x.label.source: x.value for x in report.lines if "Paper" in x.label.source}
    assert said == {
        "Papers that count": 1,
        "Papers that are void": 1,
        "Papers without a word at their end": 0,
    }
    assert papers_told(bench) == []


def papers_told(bench: PaperBench) -> list[str]:
    bundle = bench.terminal.loaded.bundle()
    found = act_findings(bench.election, [bundle])
    return [str(each.message) for each in found if each.kind is FindingKind.PAPERS]


def test_headquarters_tells_papers_that_do_not_add_up(bench: PaperBench, office: Office) -> None:
    bench.to_the_paper(office.voting_card(office.authorization(1)))
    bench.cast_paper()
    context = bench.terminal.context
    for event, why in ((AuditEvent.PAPER_PRINTED, ""), (AuditEvent.PAPER_UNMARKED, "recorded")):
        context.store.submit(partial(context.counters.add_event, event, why))
    bench.settle()
    bench.sign_in()
    assert bench.act(ConsoleAct.CLOSE).ok
    assert papers_told(bench) == [
        "2 paper records count, and 1 votes",
        "1 paper record has no word at its end",
    ]
