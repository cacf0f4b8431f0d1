"""Ballots: made, checked, packed, challenged; and ballots of the reference tool."""

import secrets
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.ballot import Ballot, check_ballot, parse_ballot
from crypto.casting import MANY, Answer, BallotMaker, HomomorphicAnswer, SlotAnswer, open_challenge
from crypto.election import BeleniosElection, HomomorphicQuestion, parse_election, slot_integers
from crypto.embedding import EmbeddingTable
from crypto.errors import CryptoError, DecodeError, ProofError, UnsupportedVersionError
from crypto.packing import KeptBallot, pack, packed_size, unpack
from tests.crypto.elections import (
    FINISHED,
    answers,
    election_of,
    keys_and_trustees,
    objects_before,
    small_election,
    vector_entries,
    vector_json,
)

_, TRUSTEES = keys_and_trustees()
ELECTION = small_election(TRUSTEES)
STRICT = election_of(
    TRUSTEES, [HomomorphicQuestion("q", ("a", "b", "c", "d"), blank=False, minimum=1, maximum=3)]
)
CODES = EmbeddingTable(range(10))
SEED = bytes(range(32))
PLAIN: list[Answer] = [
    SlotAnswer(slot_integers(7)),
    SlotAnswer(slot_integers(0)),
    HomomorphicAnswer((0, 0, 1, 0)),
]
BALLOT = BallotMaker(ELECTION, CODES).make(PLAIN, SEED)
PACKED = pack(BALLOT)


@pytest.mark.parametrize("folder", FINISHED)
def test_ballots_of_the_reference_tool(folder: str) -> None:
    entries = vector_entries(folder)
    election = parse_election(objects_before(entries, "Setup")[0][0])
    ballots = [parse_ballot(election, text) for [text] in objects_before(entries, "Ballot")]
    for ballot in ballots:
        check_ballot(election, ballot)
        assert unpack(election, pack(ballot)) == ballot
    expected = vector_json(f"{folder}/manifest.json")["expected"]
    assert len(ballots) == expected["ballots"]
    if "tracking_codes" in expected:
        assert [ballot.tracking for ballot in ballots] == expected["tracking_codes"]


@pytest.mark.slow
@pytest.mark.parametrize("election", [ELECTION, STRICT], ids=["blank", "no blank"])
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_any_allowed_answers_make_a_valid_ballot(
    election: BeleniosElection, data: st.DataObject
) -> None:
    plain = data.draw(answers(election))
    seed = secrets.token_bytes(32)
    ballot = BallotMaker(election, CODES).make(plain, seed)
    check_ballot(election, ballot)
    assert parse_ballot(election, ballot.text) == ballot
    packed = pack(ballot)
    assert len(packed) == packed_size(election)
    assert unpack(election, packed) == ballot
    assert unpack(election, packed).digest == ballot.digest
    open_challenge(election, ballot.text, seed, plain)


def test_a_full_ballot_of_the_project_is_small() -> None:
    assert packed_size(small_election(TRUSTEES, slots=21, candidates=12)) == 5601


def test_tracking_code() -> None:
    assert len(BALLOT.tracking) == 43
    assert len(BALLOT.digest) == 32


def test_a_ballot_follows_from_seed_and_answers() -> None:
    maker = BallotMaker(ELECTION, CODES)
    assert maker.make(PLAIN, SEED) == BALLOT
    assert maker.make(PLAIN, bytes(32)).credential != BALLOT.credential
    other = [SlotAnswer(slot_integers(8)), *PLAIN[1:]]
    reused = maker.make(other, SEED)
    assert reused.credential != BALLOT.credential
    assert not _points(reused) & _points(BALLOT), "a reused seed may not link two ballots"


@pytest.mark.parametrize(
    "wrong",
    [
        PLAIN[:2],
        [*PLAIN[:2], PLAIN[0]],
        [SlotAnswer((0, 7)), *PLAIN[1:]],
        [*PLAIN[:2], HomomorphicAnswer((0, 0, 1))],
        [*PLAIN[:2], HomomorphicAnswer((0, 0, 2, 0))],
        [*PLAIN[:2], HomomorphicAnswer((0, 1, 1, 0))],
        [*PLAIN[:2], HomomorphicAnswer((1, 1, 0, 0))],
    ],
)
def test_answers_the_questions_do_not_allow(wrong: list[Answer]) -> None:
    with pytest.raises(ProofError):
        BallotMaker(ELECTION, CODES).make(wrong, SEED)


def test_codes_outside_the_contest_are_refused() -> None:
    with pytest.raises(DecodeError):
        BallotMaker(ELECTION, CODES).make([SlotAnswer(slot_integers(10)), *PLAIN[1:]], SEED)


@pytest.mark.parametrize(
    ("seed", "plain"),
    [
        (bytes(32), PLAIN),
        (bytes(5), PLAIN),
        (SEED, [SlotAnswer(slot_integers(8)), *PLAIN[1:]]),
        (SEED, [*PLAIN[:2], HomomorphicAnswer((1, 0, 0, 0))]),
        (SEED, [SlotAnswer((999,) * 30), *PLAIN[1:]]),
        (SEED, []),
    ],
)
def test_a_challenge_with_other_contents_fails(seed: bytes, plain: list[Answer]) -> None:
    open_challenge(ELECTION, BALLOT.text, SEED, PLAIN)
    with pytest.raises(ProofError):
        open_challenge(ELECTION, BALLOT.text, seed, plain)


def test_a_ballot_is_the_same_with_and_without_a_table_of_the_key() -> None:
    made = [BallotMaker(ELECTION, CODES, few).make(PLAIN, SEED).text for few in (1, MANY)]
    assert made == [BALLOT.text] * 2
    open_challenge(ELECTION, BALLOT.text, SEED, PLAIN, ballots=1)
    with pytest.raises(ProofError):
        open_challenge(ELECTION, BALLOT.text, bytes(32), PLAIN, ballots=1)


def test_a_ballot_belongs_to_its_election() -> None:
    other = replace(ELECTION, text=ELECTION.text.replace(b'"test"', b'"tesT"'))
    with pytest.raises(DecodeError):
        parse_ballot(other, BALLOT.text)
    with pytest.raises(CryptoError):
        check_ballot(other, unpack(other, PACKED))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 8 * len(PACKED) - 1))
def test_no_single_bit_of_a_ballot_may_change(bit: int) -> None:
    flipped = bytearray(PACKED)
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(CryptoError):
        check_ballot(ELECTION, unpack(ELECTION, bytes(flipped)))


def test_packed_ballots_of_other_lengths_and_versions() -> None:
    for wrong in (PACKED[:-1], PACKED + b"\0", PACKED[:33]):
        with pytest.raises(DecodeError):
            unpack(ELECTION, wrong)
    for wrong in (b"", b"\x02" + PACKED[1:]):
        with pytest.raises(UnsupportedVersionError):
            unpack(ELECTION, wrong)


@pytest.mark.fuzz
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(BALLOT.text) - 1), st.binary(max_size=2))
def test_mutated_texts_are_refused(at: int, replacement: bytes) -> None:
    mutated = BALLOT.text[:at] + replacement + BALLOT.text[at + 1 :]
    if mutated == BALLOT.text:
        return
    with pytest.raises(CryptoError):
        check_ballot(ELECTION, parse_ballot(ELECTION, mutated))


@pytest.mark.fuzz
@given(st.binary(max_size=200))
def test_any_bytes_are_no_ballot(data: bytes) -> None:
    with pytest.raises(CryptoError):
        parse_ballot(ELECTION, data)
    with pytest.raises(CryptoError):
        unpack(ELECTION, data)


def _points(ballot: Ballot) -> set[bytes]:
    packed = pack(ballot)[1:]
    return {packed[i : i + 32] for i in range(0, len(packed), 32)}


@pytest.mark.parametrize("election", [ELECTION, STRICT], ids=["blank", "no blank"])
def test_a_kept_ballot_has_the_points_of_the_open_one(election: BeleniosElection) -> None:
    plain = PLAIN if election is ELECTION else [HomomorphicAnswer((0, 1, 1, 0))]
    ballot = BallotMaker(election, CODES).make(plain, SEED)
    kept = KeptBallot(election, ballot.digest, pack(ballot))
    assert kept.open() == ballot.open() == ballot
    assert kept.credential == ballot.credential
    assert kept.unique_points == ballot.unique_points
    assert len(set(kept.unique_points)) == 1 + sum(
        question.width if isinstance(question, HomomorphicQuestion) else 1
        for question in election.questions
    )


def test_a_kept_ballot_under_another_digest_is_not_opened() -> None:
    with pytest.raises(DecodeError):
        KeptBallot(ELECTION, bytes(32), PACKED).open()
    with pytest.raises(DecodeError):
        KeptBallot(ELECTION, BALLOT.digest, PACKED[:-1]).open()
