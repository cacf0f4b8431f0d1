"""Encode, decode and verify encrypted ballots.

Belenios specification 3.3, "Ballots". A ballot's text is hashed and signed byte for byte, so it
is always rebuilt from its values and compared, never trusted.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from crypto.compact_json import ParsedJson, as_fields, as_list, as_text, dump, load_compact
from crypto.election import BeleniosElection, HomomorphicQuestion, NonHomomorphicQuestion, Question
from crypto.elgamal import Ciphertext, sum_ciphertexts
from crypto.errors import DecodeError, ProofError, SignatureError
from crypto.group import Point, hash_base64, point_from_text, point_text
from crypto.proofs import (
    Claim,
    Disjunction,
    Proof,
    are_disjunctions_valid,
    is_schnorr_valid,
    proofs_from_json,
)


@dataclass(frozen=True, slots=True)
class EncryptedSlot:
    """A NonHomomorphic answer: a ciphertext and a proof that its randomness is known."""

    choices: Ciphertext
    proof: Proof

    def as_json(self) -> ParsedJson:
        """Return the answer as it stands in the ballot's text."""
        return {"choices": self.choices.as_json(), "proof": self.proof.as_json()}


@dataclass(frozen=True, slots=True)
class EncryptedChoices:
    """A homomorphic answer. `blank_proof` is empty unless the question has a blank vote."""

    choices: tuple[Ciphertext, ...]
    individual_proofs: tuple[tuple[Proof, ...], ...]
    overall_proof: tuple[Proof, ...]
    blank_proof: tuple[Proof, ...]

    def as_json(self) -> ParsedJson:
        """Return the answer as it stands in the ballot's text."""
        blank: dict[str, ParsedJson] = {"blank_proof": _list(self.blank_proof)}
        return {
            "choices": [choice.as_json() for choice in self.choices],
            "individual_proofs": [_list(proofs) for proofs in self.individual_proofs],
            "overall_proof": _list(self.overall_proof),
            **(blank if self.blank_proof else {}),
        }


EncryptedAnswer: TypeAlias = EncryptedSlot | EncryptedChoices


@dataclass(frozen=True, slots=True)
class Ballot:
    """One ballot of one election, with its exact `text`."""

    credential: Point
    answers: tuple[EncryptedAnswer, ...]
    signature: Proof
    text: bytes

    @property
    def digest(self) -> bytes:
        """SHA-256 of the text, 32 bytes."""
        return hashlib.sha256(self.text).digest()

    @property
    def unique_points(self) -> tuple[Point, ...]:
        """What no two ballots may share: the credential and the first half of every ciphertext."""
        choices = (
            (answer.choices,) if isinstance(answer, EncryptedSlot) else answer.choices
            for answer in self.answers
        )
        return (self.credential, *(each.alpha for answer in choices for each in answer))

    def open(self) -> "Ballot":
        """Return the ballot, as `packing.KeptBallot` does."""
        return self

    @property
    def tracking(self) -> str:
        """The tracking code: the digest in 43 characters of Base64."""
        return hash_base64(self.text)


def ballot_context(election: BeleniosElection, credential: Point) -> str:
    """Return S0, which ties every proof of a ballot to its election and credential."""
    return f"{election.fingerprint}|{point_text(credential)}"


def answer_context(context: str, choices: Sequence[Ciphertext]) -> str:
    """Return S1: S0 and all ciphertexts of a homomorphic answer."""
    return f"{context}|{','.join(choice.hashed() for choice in choices)}"


def unsigned_hash(
    election: BeleniosElection, credential: Point, answers: Sequence[EncryptedAnswer]
) -> str:
    """Return h, the hash of the ballot without its signature, which the signature covers."""
    return hash_base64(dump(_unsigned(election, credential, answers)))


def assemble(
    election: BeleniosElection,
    credential: Point,
    answers: Sequence[EncryptedAnswer],
    signature: Proof,
) -> Ballot:
    """Build the ballot of these values, with the one text it can have."""
    unsigned = _unsigned(election, credential, answers)
    signed = {"hash": hash_base64(dump(unsigned)), "proof": signature.as_json()}
    text = dump({**unsigned, "signature": signed})
    return Ballot(credential, tuple(answers), signature, text)


def parse_ballot(election: BeleniosElection, text: bytes) -> Ballot:
    """Read a ballot of this election, without checking proofs. Raises DecodeError."""
    fields = as_fields(
        load_compact(text),
        *("election_uuid", "election_hash", "credential", "answers", "signature"),
    )
    credential = point_from_text(as_text(fields[2]))
    answers = [
        _answer(question, item)
        for question, item in zip(
            election.questions, as_list(fields[3], len(election.questions)), strict=True
        )
    ]
    _, proof = as_fields(fields[4], "hash", "proof")
    ballot = assemble(election, credential, answers, Proof.from_json(proof))
    if ballot.text != text:
        raise DecodeError("a ballot of another election, or with another hash than its own")
    return ballot


def check_ballot(election: BeleniosElection, ballot: Ballot) -> None:
    """Verify the signature and every proof of one ballot (Belenios specification 3.3, "Ballots").

    Raises SignatureError or ProofError.
    """
    digest = unsigned_hash(election, ballot.credential, ballot.answers)
    if not is_schnorr_valid(f"sig|{digest}|", ballot.credential, ballot.signature):
        raise SignatureError("the ballot's signature does not fit; leave the ballot out")
    context = ballot_context(election, ballot.credential)
    for question, answer in zip(election.questions, ballot.answers, strict=True):
        if not _answer_holds(election.public_key, context, question, answer):
            raise ProofError("a proof in the ballot does not hold; leave the ballot out")


def slot_prefix(context: str, key: Point, ciphertext: Ciphertext) -> str:
    """Return the text hashed for a slot's proof, up to the commitment."""
    return f"raweg|{context}|{point_text(key)},{ciphertext.hashed()}|"


def interval_prefix(context: str, ciphertext: Ciphertext) -> str:
    """Return the text hashed for an interval proof, up to the commitments."""
    return f"prove|{context}|{ciphertext.hashed()}|"


def overall_claims(question: HomomorphicQuestion, choices: Sequence[Ciphertext]) -> list[Claim]:
    """List the claims of the overall proof: one per allowed sum, and "the blank flag is 1" first.

    The claim about the blank flag is there only if the question has a blank vote.
    """
    together = sum_ciphertexts(choices[question.blank :])
    sums = [Claim(together, value) for value in question.overall_values]
    return [Claim(choices[0], 1), *sums] if question.blank else sums


def blank_claims(choices: Sequence[Ciphertext]) -> list[Claim]:
    """List the two claims of the blank proof: the flag is 0, or nothing else is chosen."""
    return [Claim(choices[0], 0), Claim(sum_ciphertexts(choices[1:]), 0)]


def overall_prefix(
    question: HomomorphicQuestion, context: str, choices: Sequence[Ciphertext]
) -> str:
    """Return the text hashed for the overall proof, up to the commitments."""
    inner = answer_context(context, choices)
    if question.blank:
        return f"bproof1|{inner}|"
    return interval_prefix(inner, sum_ciphertexts(choices))


def blank_prefix(context: str, choices: Sequence[Ciphertext]) -> str:
    """Return the text hashed for the blank proof, up to the commitments."""
    return f"bproof0|{answer_context(context, choices)}|"


def _answer_holds(key: Point, context: str, question: Question, answer: EncryptedAnswer) -> bool:
    match question, answer:
        case NonHomomorphicQuestion(), EncryptedSlot(choices=ciphertext, proof=proof):
            return is_schnorr_valid(slot_prefix(context, key, ciphertext), ciphertext.alpha, proof)
        case HomomorphicQuestion(), EncryptedChoices(choices=choices):
            disjunctions = [
                Disjunction(
                    interval_prefix(context, choice), [Claim(choice, 0), Claim(choice, 1)], pair
                )
                for choice, pair in zip(choices, answer.individual_proofs, strict=True)
            ]
            overall = Disjunction(
                overall_prefix(question, context, choices),
                overall_claims(question, choices),
                answer.overall_proof,
            )
            disjunctions.append(overall)
            if question.blank:
                blank = Disjunction(
                    blank_prefix(context, choices), blank_claims(choices), answer.blank_proof
                )
                disjunctions.append(blank)
            return are_disjunctions_valid(key, disjunctions)
        case _:
            return False


def _unsigned(
    election: BeleniosElection, credential: Point, answers: Sequence[EncryptedAnswer]
) -> dict[str, ParsedJson]:
    return {
        "election_uuid": election.uuid,
        "election_hash": election.fingerprint,
        "credential": point_text(credential),
        "answers": [answer.as_json() for answer in answers],
    }


def _answer(question: Question, value: ParsedJson) -> EncryptedAnswer:
    match question:
        case NonHomomorphicQuestion():
            choices, proof = as_fields(value, "choices", "proof")
            return EncryptedSlot(Ciphertext.from_json(choices), Proof.from_json(proof))
        case HomomorphicQuestion(blank=blank, width=width):
            names = ("choices", "individual_proofs", "overall_proof")
            choices, individual, overall, *rest = as_fields(
                value, *names, *(["blank_proof"] if blank else [])
            )
            return EncryptedChoices(
                tuple(Ciphertext.from_json(item) for item in as_list(choices, width)),
                tuple(proofs_from_json(item, 2) for item in as_list(individual, width)),
                proofs_from_json(overall, len(question.overall_values) + blank),
                proofs_from_json(rest[0], 2) if blank else (),
            )
        case _:
            assert_never(question)


def _list(proofs: Sequence[Proof]) -> ParsedJson:
    return [proof.as_json() for proof in proofs]
