"""A lying terminal brings ballots of a training: they are refused, whatever they are wrapped in."""

from __future__ import annotations

from pathlib import Path

import pytest

from crypto.casting import BallotMaker
from crypto.election import make_election, parse_election
from crypto.embedding import EmbeddingTable
from crypto.errors import DecodeError
from crypto.trustee_key import generate_trustee
from election.answers import answers_for, slot_codes
from election.training import TrainingVault, make_training
from headquarters.import_report import RecordReason
from tests.headquarters.day import Terminal
from tests.headquarters.small import Headquarters, set_up
from tests.headquarters.test_day import bring, digest_of


@pytest.fixture(scope="module")
def hq(tmp_path_factory: pytest.TempPathFactory) -> Headquarters:
    return set_up(tmp_path_factory.mktemp("hq"))


def test_a_ballot_of_a_training_enters_no_count(hq: Headquarters, tmp_path: Path) -> None:
    """Sealed to headquarters, signed by a real terminal, with an authorization that a station issued."""
    terminal = Terminal(hq, "terminal-1", tmp_path / "1")
    ballot = TrainingVault(make_training()).make(())
    real, _ = terminal.ballot(())
    terminal.cast(real)
    like = terminal.store.records()[0].sealed
    with pytest.raises(DecodeError):
        terminal.cast(ballot)
    # Its record's place is taken by a sealed ballot of the right length: what is inside decides.
    terminal.cast(ballot, sealed=bytes(like))
    imported = bring(hq, terminal.close(digest_of(hq)))
    assert [one.digest for one in imported.ballots] == [real.digest]
    assert [refused.reason for refused in imported.report.refused] == [RecordReason.SEAL]


def test_a_training_with_the_questions_of_the_election_enters_none_either(
    hq: Headquarters, tmp_path: Path
) -> None:
    """The same contests, the same identifier, another key: what a terminal could pretend at best."""
    terminal = Terminal(hq, "terminal-1", tmp_path / "1")
    encrypted = parse_election(hq.election.belenios_election)
    copy = make_election(
        name=encrypted.name,
        description=encrypted.description,
        public_key=generate_trustee().trustee.public_key,
        questions=encrypted.questions,
        uuid=encrypted.uuid,
    )
    maker = BallotMaker(copy, EmbeddingTable(slot_codes(hq.election.contests)))
    terminal.cast(maker.make(answers_for(hq.election, ()), bytes(32)))
    real, _ = terminal.ballot(())
    terminal.cast(real)
    imported = bring(hq, terminal.close(digest_of(hq)))
    assert [one.digest for one in imported.ballots] == [real.digest]
    assert [refused.reason for refused in imported.report.refused] == [RecordReason.MALFORMED]
