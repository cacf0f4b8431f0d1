"""Notice what was put back, cut off or written into the media of a device by somebody without its keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from crypto.hybrid import HybridKey
from election.acts import Closing, SignedActKind, act_hash, read_statement
from election.bundle import read_bundle
from election.reasons import StartReason
from election.schema import to_cbor
from headquarters.authority import load_sealing_key
from headquarters.import_report import FindingKind, ImportReport
from kiosk.flows.ballot.states import Closed, Idle, OutOfService
from kiosk.flows.operator.states import Console, ConsoleAct
from tests.acts import sign_act
from tests.headquarters.at_once import BundleFile, import_bundles
from tests.headquarters.day import operator_cards
from tests.headquarters.unlocking import unlock
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import BRANCH, NOON, Office

LATER = NOON.replace(hour=19)


def vote(bench: TerminalBench, office: Office, *numbers: int) -> None:
    for number in numbers:
        bench.vote(office.voting_card(office.authorization(number)))
    bench.settle()


def media(bench: TerminalBench) -> tuple[Path, Path]:
    return bench.files.votes, bench.files.votes_mirror


@contextmanager
def switched_off(bench: TerminalBench) -> Iterator[None]:
    """Stop the device, change its media, and start it again."""
    bench.terminal.stop()
    yield
    bench.boot()


def put_back_after_three_more(bench: TerminalBench, office: Office) -> None:
    """Cast two votes, copy both media, cast three more, and put the copies back."""
    vote(bench, office, 1, 2)
    old = [path.read_bytes() for path in media(bench)]
    vote(bench, office, 3, 4, 5)
    with switched_off(bench):
        for path, content in zip(media(bench), old, strict=True):
            path.write_bytes(content)


def edit_polls(bench: TerminalBench, *statements: str) -> None:
    """Write into both copies; one alone is mended from the other (`tests.cases.branch.test_damages`)."""
    with switched_off(bench):
        for path in (bench.files.polls, bench.files.polls_mirror):
            with sqlite3.connect(path) as connection:
                for statement in statements:
                    connection.execute(statement)


def set_log(bench: TerminalBench, content: bytes) -> None:
    """Write both copies of the log."""
    for path in (bench.files.audit, bench.files.audit_mirror):
        path.write_bytes(content)


def refuses(bench: TerminalBench) -> StartReason:
    """Return why the terminal does not serve; the console says the same, with what to do."""
    bench.see(OutOfService)
    assert isinstance(bench.state, OutOfService)
    reason = StartReason(bench.state.incident.lower())
    bench.sign_in()
    assert isinstance(bench.console, Console)
    assert reason.sentence in [check.detail for check in bench.console.view.checks]
    bench.sign_out()
    assert any(detail.startswith(reason) for detail in bench.logged("start-failed"))
    return reason


def bundle_of(bench: TerminalBench) -> bytes:
    return (bench.config.usb / f"{bench.config.device}.bundle").read_bytes()


def imported(bench: TerminalBench, office: Office) -> ImportReport:
    return import_bundles(
        office.election,
        bench.terminal.context.installed().digest,
        office.authority.root,
        load_sealing_key(office.folder / "keys", unlock),
        [BundleFile("brought", bundle_of(bench))],
        LATER,
    ).report


def handed_in(bench: TerminalBench, office: Office) -> ImportReport:
    """Close the polls and export: both are possible whatever the start said."""
    bench.clock.reach(LATER)
    outcome = bench.do(ConsoleAct.CLOSE)
    assert outcome.ok, outcome
    assert bench.do(ConsoleAct.EXPORT).ok
    return imported(bench, office)


def test_old_media_are_noticed_at_the_start(terminal: TerminalBench, office: Office) -> None:
    put_back_after_three_more(terminal, office)
    assert refuses(terminal) is StartReason.VOTES_SET_BACK
    terminal.reader.insert(office.voting_card(office.authorization(3)))
    terminal.settle()
    assert not isinstance(terminal.state, Idle)


def test_old_media_are_noticed_by_headquarters(terminal: TerminalBench, office: Office) -> None:
    put_back_after_three_more(terminal, office)
    report = handed_in(terminal, office)
    assert report.ballots == 2
    assert FindingKind.SET_BACK in {finding.kind for finding in report.findings}


def test_a_memory_that_was_exchanged_in_the_day_is_one_alarm(
    terminal: TerminalBench, office: Office
) -> None:
    """Log and counters are gone with it; the votes are on the other one, and nobody changed a number."""
    vote(terminal, office, 1)
    vote(terminal, office, 2)
    with switched_off(terminal):
        for path in (*terminal.files.data.iterdir(), terminal.files.audit_mirror):
            path.unlink()
    assert refuses(terminal) is StartReason.LOG_SET_BACK
    report = handed_in(terminal, office)
    assert report.ballots == 2
    kinds = {finding.kind for finding in report.findings}
    assert FindingKind.SET_BACK in kinds
    assert FindingKind.VOTER_SUMS not in kinds


def test_an_empty_memory_in_the_place_of_the_first_serves_on(
    terminal: TerminalBench, office: Office
) -> None:
    """Votes, state, log and the sums of the day come back from the second one: nothing is to be told."""
    vote(terminal, office, 1, 2)
    with switched_off(terminal):
        for path in terminal.files.data.iterdir():
            path.unlink()
    terminal.see(Idle)
    vote(terminal, office, 3)
    assert terminal.cast() == 3
    report = handed_in(terminal, office)
    assert report.ballots == 3
    kinds = {finding.kind for finding in report.findings}
    assert not {FindingKind.SET_BACK, FindingKind.VOTER_SUMS} & kinds


def test_the_right_media_put_back_serve_again(terminal: TerminalBench, office: Office) -> None:
    vote(terminal, office, 1)
    old = [path.read_bytes() for path in media(terminal)]
    vote(terminal, office, 2)
    with switched_off(terminal):
        new = [path.read_bytes() for path in media(terminal)]
        for path, content in zip(media(terminal), old, strict=True):
            path.write_bytes(content)
    assert refuses(terminal) is StartReason.VOTES_SET_BACK
    with switched_off(terminal):
        for path, content in zip(media(terminal), new, strict=True):
            path.write_bytes(content)
    terminal.see(Idle)
    vote(terminal, office, 3)
    assert terminal.cast() == 3


def test_closed_polls_stay_closed(terminal: TerminalBench, office: Office) -> None:
    vote(terminal, office, 1)
    assert terminal.do(ConsoleAct.CLOSE).ok
    edit_polls(
        terminal,
        "UPDATE polls SET state='open'",
        "DELETE FROM signed_act WHERE number = (SELECT MAX(number) FROM signed_act)",
    )
    assert refuses(terminal) is StartReason.POLLS_CHANGED


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE polls SET state='closed'",
        "UPDATE polls SET state='ready'",
        "DELETE FROM signed_act",
        "UPDATE signed_act SET act=x'00'",
        "UPDATE signed_act SET number = number + 10 WHERE number = 1",
    ],
)
def test_the_state_is_what_cards_signed(
    terminal: TerminalBench, office: Office, statement: str
) -> None:
    vote(terminal, office, 1)
    edit_polls(terminal, statement)
    assert refuses(terminal) is StartReason.POLLS_CHANGED


def test_acts_are_signed_by_certified_operators(terminal: TerminalBench, office: Office) -> None:
    """Whoever writes to the medium has neither the device's key nor a card."""
    vote(terminal, office, 1)
    acts = terminal.terminal.context.polls.acts()
    closing = replace(
        read_statement(acts[-1]),
        kind=SignedActKind.CLOSE,
        previous=act_hash(acts[-1]),
        trusted=None,
        closing=Closing(None, None, 0, ()),
    )
    forged = sign_act(closing, operator_cards(office.authority, BRANCH), HybridKey.generate())
    edit_polls(
        terminal,
        "UPDATE polls SET state='closed'",
        f"INSERT INTO signed_act(act) VALUES (x'{to_cbor(forged).hex()}')",
    )
    assert refuses(terminal) is StartReason.POLLS_CHANGED


@pytest.mark.parametrize("kept", [-4, -1, 0])
def test_cut_log_is_noticed(terminal: TerminalBench, office: Office, kept: int) -> None:
    """Whole lines off the end, so that the rest is a log that verifies."""
    vote(terminal, office, 1, 2, 3)
    with switched_off(terminal):
        lines = terminal.files.audit.read_bytes().splitlines(keepends=True)
        set_log(terminal, b"".join(lines[:kept]))
    assert refuses(terminal) is StartReason.LOG_SET_BACK
    terminal.restart()
    assert refuses(terminal) is StartReason.LOG_SET_BACK, (
        "the lines of the start before do not make up for it"
    )


def test_deleted_log_is_noticed(terminal: TerminalBench, office: Office) -> None:
    vote(terminal, office, 1)
    with switched_off(terminal):
        terminal.files.audit.unlink()
        terminal.files.audit_mirror.unlink()
    assert refuses(terminal) is StartReason.LOG_SET_BACK


@pytest.mark.parametrize("place", [0, 1])
def test_one_older_anchor_is_not_enough(
    terminal: TerminalBench, office: Office, place: int
) -> None:
    vote(terminal, office, 1)
    older = terminal.files.anchors[place].read_bytes()
    log = terminal.files.audit.read_bytes()
    vote(terminal, office, 2)
    with switched_off(terminal):
        terminal.files.anchors[place].write_bytes(older)
        set_log(terminal, log)
    assert refuses(terminal) is StartReason.LOG_SET_BACK


def test_anchors_that_were_taken_away(terminal: TerminalBench, office: Office) -> None:
    vote(terminal, office, 1)
    with switched_off(terminal):
        for path in terminal.files.anchors:
            path.unlink()
    assert refuses(terminal) is StartReason.LOG_SET_BACK


def test_empty_second_medium_is_anchored_again(terminal: TerminalBench, office: Office) -> None:
    """A medium that died is replaced by an empty one: the device serves on."""
    vote(terminal, office, 1)
    with switched_off(terminal):
        for path in (terminal.files.anchors[1], terminal.files.votes_mirror):
            path.unlink()
    terminal.see(Idle)
    vote(terminal, office, 2)
    assert terminal.files.anchors[0].read_bytes() == terminal.files.anchors[1].read_bytes()


def test_votes_that_the_log_lost_in_a_cut_are_entered(
    terminal: TerminalBench, office: Office
) -> None:
    """The power went between the commit and the line of the log, and the anchors with it."""
    vote(terminal, office, 1)
    before = terminal.files.audit.read_bytes()
    anchors = [path.read_bytes() for path in terminal.files.anchors]
    vote(terminal, office, 2)
    with switched_off(terminal):
        set_log(terminal, before)
        for path, data in zip(terminal.files.anchors, anchors, strict=True):
            path.write_bytes(data)
    terminal.see(Idle)
    assert terminal.logged("found-at-start") == ["votes 1"]
    report = handed_in(terminal, office)
    assert (report.ballots, [finding.kind for finding in report.findings]) == (
        2,
        [FindingKind.MISSING_BUNDLE] * 2 + [FindingKind.NO_STATION],
    )


def test_an_act_that_the_log_lost_in_a_cut_is_entered(
    terminal: TerminalBench, office: Office
) -> None:
    before = terminal.files.audit.read_bytes()
    anchors = [path.read_bytes() for path in terminal.files.anchors]
    state = terminal.terminal.context.polls.anchor
    assert terminal.do(ConsoleAct.CLOSE).ok
    with switched_off(terminal):
        set_log(terminal, before)
        for path, data in zip(terminal.files.anchors, anchors, strict=True):
            path.write_bytes(data)
        with sqlite3.connect(terminal.files.polls) as connection:
            connection.execute("UPDATE polls SET anchor=?", (state,))
    terminal.see(Closed)
    assert terminal.logged("found-at-start") == ["polls-closed"]


def test_acts_of_a_real_day_verify_and_say_where_the_log_stood(
    terminal: TerminalBench, office: Office
) -> None:
    vote(terminal, office, 1, 2)
    handed_in(terminal, office)
    bundle = read_bundle(bundle_of(terminal), office.election, office.authority.root, LATER)
    statements = [read_statement(act) for act in bundle.acts]
    assert [statement.kind.value for statement in statements] == ["load", "open", "close"]
    assert [statement.cast for statement in statements] == [0, 0, 2]
    assert statements[-1].log.votes == 2
    assert all(statement.closing is None for statement in statements[:2])
    log = terminal.log()
    for statement in statements:
        assert log[statement.log.length - 1].hash == statement.log.head
