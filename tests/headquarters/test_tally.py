"""From ballots to an archive that the independent verifier accepts."""

import secrets
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.archive import ArchiveWriter
from crypto.ballot import Ballot, check_ballot, parse_ballot
from crypto.casting import Answer, BallotMaker, HomomorphicAnswer, SlotAnswer
from crypto.decryption import parse_partial_decryption
from crypto.election import slot_integers
from crypto.embedding import EmbeddingTable
from crypto.errors import CryptoError, ProofError
from crypto.result import QuestionCounts, SlotRows, TallyResult
from crypto.trustees import Trustees
from election.errors import ElectionError
from headquarters.tally import relay
from headquarters.tally.admission import RefusalReason, admit_ballots
from headquarters.tally.archive_writer import write_opening, write_owned
from headquarters.tally.steps import (
    after_shuffle,
    check_shuffle,
    count_result,
    decrypt_lists,
    parse_shuffle,
    shuffle_slots,
    tally_ballots,
)
from headquarters.tally.work import Work
from headquarters.verification import verify_archive
from tests.crypto.elections import answers, keys_and_trustees, small_election

pytestmark = pytest.mark.slow
"""Whole counts."""

KEYS, TRUSTEES = keys_and_trustees()
PRIVATE = {owner: key.private_key for owner, key in enumerate(KEYS, 1)}
ELECTION = small_election(TRUSTEES)
MAKER = BallotMaker(ELECTION, EmbeddingTable(range(10)))
PLAIN: list[Answer] = [
    SlotAnswer(slot_integers(7)),
    SlotAnswer(slot_integers(0)),
    HomomorphicAnswer((0, 0, 1, 0)),
]


def _cast(plain: list[Answer]) -> bytes:
    return MAKER.make(plain, secrets.token_bytes(32)).text


def _admitted(texts: list[bytes]) -> tuple[Ballot, ...]:
    admission = admit_ballots(ELECTION, texts)
    assert not admission.refused
    return admission.ballots


def _assert_counts(result: TallyResult, cast: list[list[Answer]]) -> None:
    for i, question in enumerate(result.questions):
        given_answers = [plain[i] for plain in cast]
        match question:
            case SlotRows():
                wanted = Counter(a.integers for a in given_answers if isinstance(a, SlotAnswer))
                assert Counter(question.rows) == wanted
                assert not question.irregular
            case QuestionCounts():
                columns = [a.choices for a in given_answers if isinstance(a, HomomorphicAnswer)]
                width = ELECTION.questions[i].width
                assert question.counts == tuple(
                    sum(row[j] for row in columns) for j in range(width)
                )


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cast=st.lists(answers(ELECTION), max_size=5))
def test_any_selections_come_out_as_the_same_multiset(
    tmp_path: Path, cast: list[list[Answer]]
) -> None:
    path = tmp_path / "election.bel"
    ballots = _admitted([_cast(plain) for plain in cast])
    begun = relay.begin(path, ELECTION, TRUSTEES, ballots, timestamp=1795328752)
    _assert_counts(relay.finish(begun, PRIVATE.values()), cast)
    report = verify_archive(path)
    assert report.ok, report.failures
    assert report.ballots == len(cast)
    assert report.fingerprint == ELECTION.fingerprint
    assert {entry.name for entry in tmp_path.iterdir()} == {"election.bel", "supplement"}


def test_trustees_on_different_machines(tmp_path: Path) -> None:
    """What travels is bytes; each trustee has only its own key, and checks what it is given."""
    ballots = _admitted([_cast(PLAIN) for _ in range(3)])
    tally = tally_ballots(ELECTION, ballots)
    lists = tally.lists
    shuffles = []
    for _ in PRIVATE:
        text = shuffle_slots(ELECTION, lists).text
        received = parse_shuffle(text)
        assert received.text == text
        check_shuffle(ELECTION, lists, received)
        lists = after_shuffle(ELECTION, lists, received)
        shuffles.append(received)
    partials = {
        owner: parse_partial_decryption(decrypt_lists(ELECTION, lists, key).text)
        for owner, key in PRIVATE.items()
    }
    result = count_result(ELECTION, TRUSTEES, lists, tally.ballots, partials)
    _assert_counts(result, [PLAIN] * 3)
    codes = result.questions[0]
    assert isinstance(codes, SlotRows)
    assert codes.codes == (7, 7, 7)
    with (tmp_path / "election.bel").open("wb") as stream:
        writer = ArchiveWriter(stream, 1)
        assert write_opening(writer, ELECTION, TRUSTEES, ballots) == tally
        for owner, shuffle in enumerate(shuffles, 1):
            writer.event("Shuffle", write_owned(writer, owner, shuffle.text))
        writer.event("EndShuffles")
        for owner, partial in partials.items():
            writer.event("PartialDecryption", write_owned(writer, owner, partial.text))
        writer.event("Result", writer.data(result.text))
    assert verify_archive(tmp_path / "election.bel").ok


def test_processes_give_a_valid_result_too_and_tell_progress(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    texts = [_cast(PLAIN) for _ in range(3)]
    with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as executor:
        work = Work(executor, lambda *step: told.append(step))
        admission = admit_ballots(ELECTION, texts, work)
        begun = relay.begin(
            tmp_path / "a.bel",
            ELECTION,
            TRUSTEES,
            admission.ballots,
            timestamp=1,
            progress=work.progress,
        )
        relay.finish(begun, PRIVATE.values(), work)
    assert verify_archive(tmp_path / "a.bel").ok
    steps = ["ballots", "archive", "shuffle 1", "shuffle 2", "decrypt 1", "decrypt 2"]
    assert list(dict.fromkeys(step for step, _, _ in told)) == steps
    finished = {step: (done, total) for step, done, total in told}
    assert all(done == total for done, total in finished.values())


def test_the_archive_says_nothing_about_the_order_of_casting(tmp_path: Path) -> None:
    texts = [_cast(PLAIN) for _ in range(5)]
    assert _admitted(texts) == _admitted(texts[::-1])
    ballots = _admitted(texts)
    for name, given_ in (("a.bel", ballots), ("b.bel", ballots[::-1])):
        relay.begin(tmp_path / name, ELECTION, TRUSTEES, given_, timestamp=1)
    assert (tmp_path / "a.bel").read_bytes() == (tmp_path / "b.bel").read_bytes()


def test_bad_ballots_are_left_out_and_named() -> None:
    good, other = _cast(PLAIN), _cast(PLAIN)
    text = other.decode()
    at = text.rindex('"response":"') + len('"response":"')
    bad_signature = (text[:at] + str(int(text[at]) % 4 + 1) + text[at + 1 :]).encode()
    admission = admit_ballots(ELECTION, [good, good, b"{}", bad_signature])
    assert [ballot.text for ballot in admission.ballots] == [good]
    assert sorted(refusal.reason for refusal in admission.refused) == [
        RefusalReason.BAD_SIGNATURE,
        RefusalReason.DUPLICATE,
        RefusalReason.MALFORMED,
    ]


def test_no_admitted_ballot_fails_its_own_check() -> None:
    for ballot in _admitted([_cast(PLAIN) for _ in range(2)]):
        check_ballot(ELECTION, parse_ballot(ELECTION, ballot.text))


def test_a_wrong_shuffle_is_noticed_by_the_next_trustee() -> None:
    tally = tally_ballots(ELECTION, _admitted([_cast(PLAIN) for _ in range(2)]))
    other = tally_ballots(ELECTION, _admitted([_cast(PLAIN) for _ in range(2)]))
    with pytest.raises(ProofError):
        check_shuffle(ELECTION, tally.lists, shuffle_slots(ELECTION, other.lists))


def test_wrong_or_missing_keys_stop_the_tally(tmp_path: Path) -> None:
    ballots = _admitted([_cast(PLAIN)])
    tally = tally_ballots(ELECTION, ballots)
    path = tmp_path / "e.bel"

    def opened(trustees: Trustees, private: dict[int, int]) -> None:
        partials = {i: decrypt_lists(ELECTION, tally.lists, key) for i, key in private.items()}
        count_result(ELECTION, trustees, tally.lists, tally.ballots, partials)

    opened(TRUSTEES, PRIVATE)
    for private in ({1: PRIVATE[1]}, {1: PRIVATE[2], 2: PRIVATE[1]}, {**PRIVATE, 3: 5}):
        with pytest.raises(ProofError):
            opened(TRUSTEES, private)
    for few in ([PRIVATE[1]], [*PRIVATE.values(), 5]):
        begun = relay.begin(path, ELECTION, TRUSTEES, ballots, timestamp=1)
        with pytest.raises(ElectionError):
            relay.finish(begun, few)
    _, strangers = keys_and_trustees()
    with pytest.raises(ProofError):
        opened(strangers, PRIVATE)
    with pytest.raises(ProofError):
        relay.begin(path, ELECTION, strangers, ballots, timestamp=1)


@pytest.mark.fuzz
@given(st.binary(max_size=100))
def test_any_bytes_are_no_shuffle(data: bytes) -> None:
    with pytest.raises(CryptoError):
        parse_shuffle(data)
