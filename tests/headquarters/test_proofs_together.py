"""Proofs of an answer are computed together and judged singly: a damaged one is named, and no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Any

import pytest

from crypto.ballot import (
    Ballot,
    EncryptedChoices,
    assemble,
    ballot_context,
    blank_claims,
    blank_prefix,
    interval_prefix,
    overall_claims,
    overall_prefix,
)
from crypto.casting import BallotMaker, HomomorphicAnswer
from crypto.election import HomomorphicQuestion
from crypto.embedding import EmbeddingTable
from crypto.group import ORDER
from crypto.proofs import Claim, Disjunction, Proof, are_disjunctions_valid
from headquarters.verification import Rule
from headquarters.verification.ballots import BallotChecker, read_ballot
from headquarters.verification.container import ArchivedFile
from headquarters.verification.report import Findings
from headquarters.verification.setup import ElectionFrame, QuestionShape, Setup
from tests.crypto.elections import election_of, keys_and_trustees

_, TRUSTEES = keys_and_trustees()
SINGLE, NUMBER, BLANK = "a single choice", "the number of choices", "the blank vote"
Damage = Callable[[Proof], Proof]
DAMAGES: tuple[Damage, ...] = (
    lambda proof: replace(proof, response=(proof.response + 1) % ORDER),
    lambda proof: replace(proof, challenge=(proof.challenge + 1) % ORDER),
    lambda proof: Proof(proof.response, proof.challenge),
    lambda _: Proof(0, 0),
)


def _made(blank: bool) -> tuple[HomomorphicQuestion, Ballot, ElectionFrame]:
    question = HomomorphicQuestion("q", ("a", "b", "c"), blank=blank, minimum=1, maximum=2)
    election = election_of(TRUSTEES, [question])
    plain = HomomorphicAnswer((*([0] * blank), 1, 0, 1))
    ballot = BallotMaker(election, EmbeddingTable(())).make([plain], bytes(range(32)))
    shape = QuestionShape(slot=False, width=question.width, blank=blank, least=1, most=2)
    frame = ElectionFrame(election.uuid, election.fingerprint, election.public_key, (shape,))
    return question, ballot, frame


def _answer(ballot: Ballot) -> EncryptedChoices:
    (answer,) = ballot.answers
    assert isinstance(answer, EncryptedChoices)
    return answer


def _damaged(answer: EncryptedChoices, damage: Damage) -> Iterator[tuple[str, EncryptedChoices]]:
    """Yield the answer with a proof damaged, for every proof in it, and what it is a proof of."""
    for at, pair in enumerate(answer.individual_proofs):
        for side in range(2):
            changed = _changed(pair, side, damage)
            listed = answer.individual_proofs
            yield (
                SINGLE,
                replace(answer, individual_proofs=(*listed[:at], changed, *listed[at + 1 :])),
            )
    for at in range(len(answer.overall_proof)):
        yield NUMBER, replace(answer, overall_proof=_changed(answer.overall_proof, at, damage))
    for at in range(len(answer.blank_proof)):
        yield BLANK, replace(answer, blank_proof=_changed(answer.blank_proof, at, damage))


def _changed(proofs: tuple[Proof, ...], at: int, damage: Damage) -> tuple[Proof, ...]:
    return (*proofs[:at], damage(proofs[at]), *proofs[at + 1 :])


@pytest.mark.parametrize("blank", [False, True], ids=["no blank", "blank"])
@pytest.mark.parametrize("damage", DAMAGES, ids=["response", "challenge", "exchanged", "none"])
def test_a_damaged_proof_is_named_and_no_other(blank: bool, damage: Damage) -> None:
    _, ballot, frame = _made(blank)
    whole = read_ballot(frame, ArchivedFile("ballot", ballot.text))
    assert not whole.findings.all()
    tried = 0
    for said, answer in _damaged(_answer(ballot), damage):
        election = election_of(TRUSTEES, [_made(blank)[0]])
        text = assemble(election, ballot.credential, [answer], ballot.signature).text
        found = read_ballot(frame, ArchivedFile("ballot", text)).findings.all()
        proofs = [str(each.message) for each in found if each.reason is Rule.BALLOT_PROOF]
        assert len(proofs) == 1
        assert said in proofs[0]
        tried += 1
    assert tried == (13 if blank else 8)


@pytest.mark.parametrize("blank", [False, True], ids=["no blank", "blank"])
@pytest.mark.parametrize("damage", DAMAGES, ids=["response", "challenge", "exchanged", "none"])
def test_the_office_refuses_them_too(blank: bool, damage: Damage) -> None:
    question, ballot, frame = _made(blank)
    assert are_disjunctions_valid(frame.key, _disjunctions(question, ballot, _answer(ballot)))
    for _, answer in _damaged(_answer(ballot), damage):
        assert not are_disjunctions_valid(frame.key, _disjunctions(question, ballot, answer))


def test_proofs_of_one_claim_are_none_of_its_neighbour() -> None:
    """As many proofs as claims together, but one too few here and one too many there."""
    question, ballot, frame = _made(blank=True)
    whole = _disjunctions(question, ballot, _answer(ballot))
    assert are_disjunctions_valid(frame.key, whole)
    first, second, *rest = whole
    moved = [
        replace(first, proofs=first.proofs[:1]),
        replace(second, proofs=(first.proofs[1], *second.proofs)),
    ]
    assert not are_disjunctions_valid(frame.key, [*moved, *rest])
    exchanged = [replace(first, proofs=second.proofs), replace(second, proofs=first.proofs)]
    assert not are_disjunctions_valid(frame.key, [*exchanged, *rest])


def _disjunctions(
    question: HomomorphicQuestion, ballot: Ballot, answer: EncryptedChoices
) -> list[Disjunction]:
    context = ballot_context(election_of(TRUSTEES, [question]), ballot.credential)
    choices = answer.choices
    found = [
        Disjunction(interval_prefix(context, choice), [Claim(choice, 0), Claim(choice, 1)], pair)
        for choice, pair in zip(choices, answer.individual_proofs, strict=True)
    ]
    prefix = overall_prefix(question, context, choices)
    found.append(Disjunction(prefix, overall_claims(question, choices), answer.overall_proof))
    if question.blank:
        prefix = blank_prefix(context, choices)
        found.append(Disjunction(prefix, blank_claims(choices), answer.blank_proof))
    return found


class _Recorder(Executor):
    """Does the work at once, and keeps how many ballots each piece of it had."""

    def __init__(self) -> None:
        self.pieces: list[int] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        ((_, entries),) = args
        self.pieces.append(len(entries))
        done: Future[Any] = Future()
        done.set_result(fn(*args))
        return done


@pytest.mark.parametrize("ballots", [0, 1, 4, 5, 63, 64, 300])
def test_every_ballot_is_in_one_piece_however_many_there_are(ballots: int) -> None:
    """Pieces grow with the archive, and what is told comes in its order, with helpers and without."""
    _, _, frame = _made(blank=False)
    told = []
    recorder = _Recorder()
    for executor in (recorder, None):
        findings = Findings()
        checker = BallotChecker(Setup(frame, (), {}, frozenset()), findings, executor)
        for number in range(ballots):
            checker.add(ArchivedFile(str(number), b"%d" % number))
        checker.close()
        told.append([each.entry for each in findings.all()])
        assert checker.count == ballots
    assert told == [[str(number) for number in range(ballots)]] * 2
    assert sum(recorder.pieces) == ballots
    assert recorder.pieces[:-1] == sorted(recorder.pieces[:-1])
    assert max(recorder.pieces, default=0) == min(ballots, 12 if ballots > 200 else 4)
