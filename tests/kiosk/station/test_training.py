"""Training on a real terminal: the whole way of voting, and nothing of it is stored, logged or counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from crypto.casting import open_challenge
from crypto.election import parse_election
from election.audit_events import AuditEvent
from election.challenge import read_ticket
from election.definition import Role
from election.errors import PollsStateError
from election.package.manifest import contradictions
from election.package.wire import Content, encode_content
from election.papers import TicketSlip
from election.training import TrainingVault, make_training, training_authorization
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot import states as at
from kiosk.flows.operator.states import ConsoleAct
from kiosk.status import Mode
from tests.kiosk.station.bench import IdentityBench, TerminalBench
from tests.kiosk.station.office import Office, token_on
from tests.kiosk.station.paper_bench import with_paper
from tests.kiosk.station.test_purpose import offers

WAY = (
    voter.Begin(),
    voter.Next(),
    voter.BlankAnswered(True),
    voter.Next(),
    voter.BlankAnswered(True),
    voter.ReviewAccepted(),
)


def look(bench: TerminalBench, kind: type[at.BallotState]) -> at.BallotState:
    bench.until(lambda: isinstance(bench.terminal.shown, kind), kind.__name__)
    return bench.terminal.shown


def do(bench: TerminalBench, *events: voter.BallotEvent) -> None:
    for event in events:
        bench.terminal.take(event)
    bench.settle()


def train(bench: TerminalBench, last: voter.BallotEvent) -> None:
    """One person tries it out, to the question whether the ballot is cast, and answers."""
    look(bench, at.Idle)
    do(bench, voter.CardInserted(), *WAY)
    look(bench, at.CastOrChallenge)
    do(bench, last)


def files(bench: TerminalBench) -> dict[Path, bytes]:
    return {
        path: path.read_bytes()
        for folder in (bench.files.data, bench.files.mirror)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_whole_way_of_voting_and_nothing_of_it_is_anywhere(
    new_terminal: TerminalBench, office: Office
) -> None:
    bench = new_terminal
    assert bench.load(office.package()).ok
    bench.sign_out()
    assert bench.do(ConsoleAct.TRAIN).ok
    assert bench.terminal.status().mode is Mode.TRAINING
    assert len(bench.logged(AuditEvent.TRAINING_BEGUN)) == 1
    before, own = files(bench), bench.state
    bench.shown.clear()
    train(bench, voter.CastChosen())
    look(bench, at.Recorded)
    do(bench, voter.CardRemoved())
    train(bench, voter.ChallengeChosen())
    look(bench, at.Challenged)
    do(bench, voter.HelpAsked(), voter.EndedWithoutVote())
    look(bench, at.Abandoned)
    bench.settle()
    assert files(bench) == before, "no byte on either medium"
    assert bench.state is own, "the terminal's own flow has seen nothing"
    assert not bench.terminal.loaded.votes.reserved
    bench.until(lambda: getattr(bench.terminal.shown, "since", None) is not None, "a tick")
    bench.clock.later(30)
    look(bench, at.Idle)
    assert bench.do(ConsoleAct.TRAIN).ok
    assert bench.terminal.status().mode is not Mode.TRAINING
    assert bench.logged(AuditEvent.TRAINING_ENDED) == [""]
    assert bench.lamp[-1] is False


def test_a_voters_card_is_not_read_and_not_spent(
    new_terminal: TerminalBench, office: Office
) -> None:
    bench = new_terminal
    assert bench.load(office.package()).ok
    bench.sign_out()
    assert bench.do(ConsoleAct.TRAIN).ok
    card = office.voting_card(office.authorization(0x7EA1))
    token = token_on(card)
    bench.reader.insert(card)
    refused = look(bench, at.Refused)
    assert refused == at.Refused(at.CardProblem.TRAINING)
    bench.reader.remove()
    look(bench, at.Idle)
    do(bench, voter.CardInserted(), voter.Begin())
    look(bench, at.Marking)
    bench.reader.insert(card)
    bench.settle()
    assert isinstance(bench.terminal.shown, at.Marking), "who is training goes on"
    bench.reader.remove()
    bench.settle()
    assert isinstance(bench.terminal.shown, at.Marking)
    assert token_on(card) == token


def test_before_the_polls_open_and_never_after(new_terminal: TerminalBench, office: Office) -> None:
    bench = new_terminal
    assert ConsoleAct.TRAIN in offers(bench), "also on a terminal set aside, without a package"
    assert bench.do(ConsoleAct.TRAIN).ok
    assert bench.load(office.package()).ok
    assert bench.terminal.training is None, "a package that is loaded ends it"
    bench.sign_out()
    assert bench.do(ConsoleAct.TRAIN).ok
    bench.sign_in(Role.OFFICER)
    opening = bench.act(ConsoleAct.OPEN)
    assert not opening.ok
    assert "training" in str(opening.message)
    bench.sign_out()
    assert bench.do(ConsoleAct.TRAIN).ok
    bench.sign_in(Role.OFFICER)
    assert bench.act(ConsoleAct.OPEN).ok
    bench.sign_out()
    assert ConsoleAct.TRAIN not in offers(bench)
    bench.restart()
    assert ConsoleAct.TRAIN not in offers(bench)
    operations = bench.terminal.console._acts._operations
    assert operations.trains() is False


def test_a_defect_is_not_hidden_by_a_training(new_terminal: TerminalBench) -> None:
    assert new_terminal.do(ConsoleAct.TRAIN).ok
    new_terminal.terminal.crashed("store", ValueError("broken"))
    look(new_terminal, at.OutOfService)


def test_a_station_has_none(new_station: IdentityBench, office: Office) -> None:
    assert new_station.load(office.package()).ok
    assert ConsoleAct.TRAIN not in offers(new_station)


def test_every_training_has_a_key_of_its_own_and_nobody_has_its_private_part() -> None:
    one, other = make_training(), make_training()
    assert one.uuid != other.uuid
    keys = {parse_election(each.belenios_election).public_key for each in (one, other)}
    assert len(keys) == 2
    assert one.rehearsal
    assert one.devices == ()
    assert one.seal_public_key == b""


def test_a_training_is_no_package() -> None:
    """It cannot even be written as one; and with pictures it would contradict itself."""
    training = make_training()
    with pytest.raises(ValueError, match="outside its bounds"):
        encode_content(Content(training, {}))
    assert len(contradictions(training, {})) > 3


def test_its_ticket_opens_its_ballot_and_says_so_in_large_letters() -> None:
    training = make_training()
    vault = TrainingVault(training)
    ballot = vault.make(())
    tracking, text = vault.spoil()
    assert tracking == ballot.tracking
    ticket = read_ticket(vault.election, text)
    opening = ticket.opening
    open_challenge(vault.election, ballot.text, opening.seed, opening.answers)
    with pytest.raises(PollsStateError, match="no sealed ballot"):
        vault.spoil()
    assert TicketSlip(training.name, text, tracking, training=True).training
    assert training_authorization(training).contests == tuple(c.id for c in training.contests)


def test_comparing_the_paper_is_tried_out_where_an_election_has_one_and_nothing_is_printed(
    new_terminal: TerminalBench, office: Office
) -> None:
    bench = new_terminal
    assert bench.load(office.package(with_paper(office))).ok
    bench.sign_out()
    assert bench.do(ConsoleAct.TRAIN).ok
    look(bench, at.Idle)
    do(bench, voter.CardInserted(), *WAY)
    look(bench, at.Comparing)
    do(bench, voter.PaperConfirmed())
    look(bench, at.CastOrChallenge)
    do(bench, voter.CastChosen())
    look(bench, at.Recorded)
    assert all("paper" not in event.value for event in AuditEvent if bench.logged(event))


def test_without_a_paper_record_nobody_is_asked_to_compare_one(
    new_terminal: TerminalBench, office: Office
) -> None:
    bench = new_terminal
    assert bench.load(office.package()).ok
    bench.sign_out()
    assert bench.do(ConsoleAct.TRAIN).ok
    bench.shown.clear()
    train(bench, voter.CastChosen())
    look(bench, at.Recorded)
    assert not any(isinstance(state, at.Comparing | at.Printing) for state in bench.shown)
