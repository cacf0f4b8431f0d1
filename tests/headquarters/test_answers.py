"""Marks ↔ Belenios answers ↔ votes per code, and the sealed records around them."""

from __future__ import annotations

import secrets
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.casting import Answer, BallotMaker, HomomorphicAnswer, SlotAnswer, open_challenge
from crypto.election import parse_election
from crypto.embedding import EmbeddingTable
from crypto.errors import CryptoError, UnsealError
from crypto.result import QuestionCounts, QuestionResult, SlotRows
from crypto.sealing import OVERHEAD, SealingKey
from election.answers import (
    InvalidRow,
    answers_for,
    check_questions,
    question_count,
    questions_for,
    read_result,
    slot_codes,
)
from election.definition import BranchId, DeviceId, SelectionCode
from election.errors import ManifestError
from election.marks import Marks
from election.records import RecordKind
from election.sealed import (
    Opening,
    open_card_key,
    seal_card_key,
    seal_cast,
    seal_spoiled,
    sealed_size,
    unseal,
)
from headquarters.authority import load_sealing_key
from tests.election.reading import marks_behind
from tests.headquarters.small import BRANCH, COUNCIL, EXPERTS, Headquarters, council, plan, set_up
from tests.headquarters.unlocking import unlock


@pytest.fixture(scope="module")
def hq(tmp_path_factory: pytest.TempPathFactory) -> Headquarters:
    return set_up(tmp_path_factory.mktemp("hq"))


CONTEST = council().contest
PERSONS = [candidate.code for candidate in CONTEST.candidates]
LISTS = [slate.code for slate in CONTEST.lists]
EXPERT = plan().contests[1].candidates[1].code


def codes(answers: tuple[Answer, ...]) -> list[int]:
    return [
        answer.integers[-2] * 256 + answer.integers[-1]
        for answer in answers
        if isinstance(answer, SlotAnswer)
    ]


def choice(answers: tuple[Answer, ...]) -> tuple[int, ...]:
    (found,) = [answer for answer in answers if isinstance(answer, HomomorphicAnswer)]
    return found.choices


@pytest.mark.parametrize(
    ("marks", "slots", "flags"),
    [
        (Marks(COUNCIL, persons=tuple(PERSONS[:3])), [*PERSONS[:3], 0, 0], (0, 0, 0, 0)),
        (Marks(COUNCIL, list_code=LISTS[0]), [LISTS[0], 0, 0, 0, 0], (0, 0, 0, 0)),
        (Marks(COUNCIL, blank=True), [CONTEST.blank_code, 0, 0, 0, 0], (0, 0, 0, 0)),
        (Marks(COUNCIL, skipped=True), [0] * 5, (0, 0, 0, 0)),
        (Marks(EXPERTS, persons=(EXPERT,)), [0] * 5, (0, 0, 1, 0)),
        (Marks(EXPERTS, blank=True), [0] * 5, (1, 0, 0, 0)),
        (Marks(EXPERTS, skipped=True), [0] * 5, (0, 0, 0, 0)),
    ],
)
def test_encoding_table(
    hq: Headquarters, marks: Marks, slots: list[int], flags: tuple[int, ...]
) -> None:
    answers = answers_for(hq.election, (marks,))
    assert sorted(codes(answers)) == sorted(slots)
    assert choice(answers) == flags


def test_no_marks_and_both_skipped_are_the_same(hq: Headquarters) -> None:
    skipped = (Marks(COUNCIL, skipped=True), Marks(EXPERTS, skipped=True))
    assert answers_for(hq.election, ()) == answers_for(hq.election, skipped)


def test_slot_order_is_the_drawn_one_and_uniform(hq: Headquarters) -> None:
    marks = (Marks(COUNCIL, list_code=LISTS[1]),)
    fixed = answers_for(hq.election, marks, lambda size: range(size - 1, -1, -1))
    assert codes(fixed) == [0, 0, 0, 0, LISTS[1]]
    places = Counter(codes(answers_for(hq.election, marks)).index(LISTS[1]) for _ in range(1000))
    assert set(places) == set(range(5))
    assert all(130 < times < 270 for times in places.values())  # 200 ± 5.5 sigma


def test_a_wrong_permutation_is_a_bug(hq: Headquarters) -> None:
    with pytest.raises(ValueError, match="permutation"):
        answers_for(hq.election, (), lambda size: [0] * size)


@pytest.mark.parametrize(
    "marks",
    [
        (Marks(COUNCIL),),
        (Marks(COUNCIL, persons=tuple(PERSONS[:2]), list_code=LISTS[0]),),
        (Marks(COUNCIL, persons=tuple(PERSONS[:1]), blank=True),),
        (Marks(COUNCIL, persons=(SelectionCode(7),)),),
        (Marks(COUNCIL, persons=(PERSONS[0], PERSONS[0])),),
        (Marks(COUNCIL, persons=tuple(PERSONS[:6])),),
        (Marks(COUNCIL, list_code=PERSONS[0]),),
        (Marks(EXPERTS, skipped=True), Marks(EXPERTS, blank=True)),
        (Marks(type(COUNCIL)("other"), skipped=True),),
    ],
)
def test_impossible_marks_are_refused(hq: Headquarters, marks: tuple[Marks, ...]) -> None:
    with pytest.raises(ManifestError):
        answers_for(hq.election, marks)


@st.composite
def any_marks(draw: st.DrawFn) -> tuple[Marks, Marks]:
    council_marks = draw(
        st.one_of(
            st.lists(st.sampled_from(PERSONS), min_size=1, max_size=5, unique=True).map(
                lambda chosen: Marks(COUNCIL, persons=tuple(sorted(chosen)))
            ),
            st.sampled_from(LISTS).map(lambda code: Marks(COUNCIL, list_code=code)),
            st.sampled_from([Marks(COUNCIL, blank=True), Marks(COUNCIL, skipped=True)]),
        )
    )
    expert_marks = draw(
        st.one_of(
            st.sampled_from(plan().contests[1].candidates).map(
                lambda candidate: Marks(EXPERTS, persons=(candidate.code,))
            ),
            st.sampled_from([Marks(EXPERTS, blank=True), Marks(EXPERTS, skipped=True)]),
        )
    )
    return council_marks, expert_marks


@settings(max_examples=50, deadline=None)
@given(any_marks())
def test_marks_come_back(hq: Headquarters, marks: tuple[Marks, Marks]) -> None:
    assert marks_behind(hq.election, answers_for(hq.election, marks)) == marks


@settings(max_examples=30, deadline=None)
@given(st.lists(any_marks(), max_size=12), st.randoms(use_true_random=False))
def test_result_counts_what_was_marked(
    hq: Headquarters, ballots: list[tuple[Marks, Marks]], random: Random
) -> None:
    """Columns of answers, each shuffled like a mix, read back as votes."""
    made = [answers_for(hq.election, marks) for marks in ballots]
    result: list[QuestionResult] = []
    for index in range(sum(map(question_count, hq.election.contests))):
        column = [answers[index] for answers in made]
        rows = [answer.integers for answer in column if isinstance(answer, SlotAnswer)]
        sums = [answer.choices for answer in column if isinstance(answer, HomomorphicAnswer)]
        random.shuffle(rows)
        counts = tuple(map(sum, zip(*sums, strict=True))) if sums else (0, 0, 0, 0)
        result.append(SlotRows(tuple(rows)) if index < 5 else QuestionCounts(counts))
    council_votes, expert_votes = read_result(hq.election.contests, result, len(ballots))
    chosen = Counter(code for marks, _ in ballots for code in marks.persons)
    lists = Counter(marks.list_code for marks, _ in ballots)
    assert {
        candidate.code: candidate.votes for candidate in council_votes.candidates if candidate.votes
    } == chosen
    assert all(slate.votes == lists[slate.code] for slate in council_votes.lists)
    assert council_votes.blanks == sum(marks.blank for marks, _ in ballots)
    assert expert_votes.blanks == sum(marks.blank for _, marks in ballots)
    assert expert_votes.empties == sum(marks.skipped for _, marks in ballots)
    assert not council_votes.invalid


def test_invalid_rows_are_reported_and_not_counted(hq: Headquarters) -> None:
    zero = (0,) * 30
    unknown = (0,) * 28 + (0xAB, 0xCD)
    garbage = (9,) * 28 + (PERSONS[0] >> 8, PERSONS[0] & 255)
    rows = (unknown, garbage, zero, zero, zero)
    slots: list[QuestionResult] = [SlotRows((row,)) for row in rows]
    result = [*slots, QuestionCounts((0, 0, 0, 1))]
    votes, _ = read_result(hq.election.contests, result, 1)
    assert votes.invalid == (InvalidRow(unknown, 1), InvalidRow(garbage, 1))
    assert votes.empties == 3
    assert not any(candidate.votes for candidate in votes.candidates)


@pytest.mark.parametrize(
    "result",
    [
        [],
        [SlotRows(())] * 6,
        [SlotRows(((0,) * 29,))] + [SlotRows(((0,) * 30,))] * 4 + [QuestionCounts((0, 0, 0, 0))],
        [SlotRows(((0,) * 29 + (300,),))]
        + [SlotRows(((0,) * 30,))] * 4
        + [QuestionCounts((0, 0, 0, 0))],
        [SlotRows(((0,) * 30,))] * 5 + [QuestionCounts((0, 0, 0))],
        [QuestionCounts((0, 1))] + [SlotRows(((0,) * 30,))] * 4 + [QuestionCounts((0, 0, 0, 0))],
    ],
)
def test_results_of_another_shape_are_refused(
    hq: Headquarters, result: list[QuestionResult]
) -> None:
    with pytest.raises(ManifestError):
        read_result(hq.election.contests, result, 1)


def test_questions_are_those_of_the_contests(hq: Headquarters) -> None:
    encrypted = parse_election(hq.election.belenios_election)
    assert len(encrypted.questions) == 6
    assert encrypted.slots == tuple(range(5))
    check_questions(hq.election.contests, encrypted.questions)
    assert questions_for(hq.election.contests) == encrypted.questions
    with pytest.raises(ManifestError):
        check_questions(hq.election.contests[:1], encrypted.questions)


def test_slot_codes_are_all_that_can_be_written(hq: Headquarters) -> None:
    found = slot_codes(hq.election.contests)
    assert set(found) == {0, CONTEST.blank_code, *PERSONS, *LISTS}


# ---------------------------------------------------------------- sealed


@pytest.fixture(scope="module")
def maker(hq: Headquarters) -> BallotMaker:
    encrypted = parse_election(hq.election.belenios_election)
    return BallotMaker(encrypted, EmbeddingTable(slot_codes(hq.election.contests)))


def test_records_have_one_length_and_come_back(hq: Headquarters, maker: BallotMaker) -> None:
    encrypted = parse_election(hq.election.belenios_election)
    key = load_sealing_key(hq.folder / "keys", unlock)
    lengths = set()
    for marks in (
        (Marks(COUNCIL, persons=tuple(PERSONS[:5])), Marks(EXPERTS, persons=(EXPERT,))),
        (Marks(COUNCIL, skipped=True),),
    ):
        answers, seed = answers_for(hq.election, marks), secrets.token_bytes(32)
        ballot = maker.make(answers, seed)
        cast = seal_cast(encrypted, ballot, key.public_bytes)
        spoiled = seal_spoiled(encrypted, ballot, Opening(seed, answers), key.public_bytes)
        lengths |= {len(cast), len(spoiled)}
        opened = unseal(encrypted, RecordKind.CAST, ballot.digest, cast, key)
        assert (opened.ballot.text, opened.opening) == (ballot.text, None)
        opened = unseal(encrypted, RecordKind.SPOILED, ballot.digest, spoiled, key)
        assert opened.opening == Opening(seed, answers)
        open_challenge(encrypted, opened.ballot.text, seed, answers)
        with pytest.raises(UnsealError):
            unseal(encrypted, RecordKind.CAST, ballot.digest, spoiled, key)
        with pytest.raises(UnsealError):
            unseal(encrypted, RecordKind.CAST, bytes(32), cast, key)
        with pytest.raises(UnsealError):
            unseal(encrypted, RecordKind.CAST, ballot.digest, cast, SealingKey.generate())
    assert lengths == {sealed_size(encrypted)}
    assert sealed_size(encrypted) > OVERHEAD


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_mutated_records_raise_crypto_errors_only(
    hq: Headquarters, maker: BallotMaker, data: st.DataObject
) -> None:
    encrypted = parse_election(hq.election.belenios_election)
    ballot = maker.make(answers_for(hq.election, ()), bytes(32))
    sealed = bytearray(seal_cast(encrypted, ballot, hq.election.seal_public_key))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(sealed)))
    for changed in (bytes(sealed), bytes(sealed[:cut])):
        with pytest.raises(CryptoError):
            unseal(
                encrypted,
                RecordKind.CAST,
                ballot.digest,
                changed,
                load_sealing_key(hq.folder / "keys", unlock),
            )


def test_card_key_is_for_one_device_only(hq: Headquarters, tmp_path: Path) -> None:
    station, terminal = hq.devices["station-1"], hq.devices["terminal-1"]
    listed = hq.election.device(station.id)
    assert listed is not None
    key = open_card_key(
        listed.sealed_card_key, hq.election.uuid, BRANCH, station.id, station.sealing
    )
    other = hq.election.device(terminal.id)
    assert other is not None
    assert key == open_card_key(
        other.sealed_card_key, hq.election.uuid, BRANCH, terminal.id, terminal.sealing
    )
    with pytest.raises(UnsealError):
        open_card_key(
            listed.sealed_card_key, hq.election.uuid, BRANCH, station.id, terminal.sealing
        )
    with pytest.raises(UnsealError):
        open_card_key(
            listed.sealed_card_key, hq.election.uuid, BranchId("b-2"), station.id, station.sealing
        )
    with pytest.raises(CryptoError):
        seal_card_key(b"short", "u", BRANCH, DeviceId("d"), station.sealing.public_bytes)
