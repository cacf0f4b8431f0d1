"""An election under the key of a ceremony: any k trustees decrypt it, and the archive verifies."""

from __future__ import annotations

import itertools
import secrets
from pathlib import Path

import pytest

from crypto.casting import Answer, BallotMaker, HomomorphicAnswer, SlotAnswer
from crypto.decryption import check_partial_decryption
from crypto.election import slot_integers
from crypto.embedding import EmbeddingTable
from crypto.errors import ProofError
from crypto.result import QuestionCounts
from headquarters.ceremony.coordinator import finish_ceremony
from headquarters.ceremony.share import open_share
from headquarters.tally import relay
from headquarters.tally.admission import admit_ballots
from headquarters.tally.steps import count_result, decrypt_lists, tally_ballots
from headquarters.trustees import TrusteeError, adopt_trustees, load_trustees
from headquarters.verification import verify_archive
from tests.crypto.elections import small_election
from tests.headquarters.ceremony.people import Room, make_room

PLAIN: list[Answer] = [
    SlotAnswer(slot_integers(7)),
    SlotAnswer(slot_integers(0)),
    HomomorphicAnswer((0, 0, 1, 0)),
]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    room = make_room(tmp_path_factory.mktemp("room"))
    room.rounds(5)
    finish_ceremony(room.stick)
    return room


def test_any_two_of_three_count_the_same(room: Room, tmp_path: Path) -> None:
    trustees = adopt_trustees(tmp_path / "trustees", room.stick / "trustees.json")
    election = small_election(trustees)
    maker = BallotMaker(election, EmbeddingTable(range(10)))
    texts = [maker.make(PLAIN, secrets.token_bytes(32)).text for _ in range(2)]
    ballots = admit_ballots(election, texts).ballots
    opened = [open_share(who.folder, who.keeper) for who in room.people]
    keys = {key.owner(trustees): key.scalar for key in opened}
    assert sorted(keys) == [1, 2, 3]
    for pair in itertools.combinations(keys, 2):
        path = tmp_path / f"{pair}.bel"
        standing = relay.begin(path, election, trustees, ballots, timestamp=1795328752)
        result = relay.finish(standing, [keys[i] for i in pair])
        assert tuple(relay.open_archive(path).partials) == pair
        verdict = verify_archive(path)
        assert verdict.ok, verdict.failures
        assert result.questions[2] == QuestionCounts((0, 0, 2, 0))
    lists = tally_ballots(election, ballots).lists
    partials = {i: decrypt_lists(election, lists, key) for i, key in keys.items()}
    with pytest.raises(ProofError, match="missing"):
        count_result(election, trustees, lists, len(ballots), {1: partials[1]})
    with pytest.raises(ProofError):
        count_result(election, trustees, lists, len(ballots), {1: partials[1], 2: partials[3]})
    owner = trustees.owners[1].public_key
    with pytest.raises(ProofError):
        check_partial_decryption(election.fingerprint, owner, lists, partials[2])


def test_trustees_are_adopted_once(room: Room, tmp_path: Path) -> None:
    folder = tmp_path / "trustees"
    adopted = adopt_trustees(folder, room.stick / "trustees.json")
    assert load_trustees(folder / "trustees.json") == adopted
    with pytest.raises(TrusteeError, match="not empty"):
        adopt_trustees(folder, room.stick / "trustees.json")
    with pytest.raises(TrusteeError, match="not a valid list"):
        adopt_trustees(tmp_path / "other", room.stick / "transcript.json")
    assert not (tmp_path / "other").exists()
