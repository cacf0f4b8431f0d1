"""Make ballots, and open challenged ones.

Everything random in a ballot comes from one 32-byte seed, so that a challenge reveals only the
seed and the answers, and anyone can make the same ballot again and compare. The expansion also
covers the election and the answers: a seed used twice by mistake leaks nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from crypto.ballot import (
    Ballot,
    EncryptedAnswer,
    EncryptedChoices,
    EncryptedSlot,
    assemble,
    ballot_context,
    blank_claims,
    blank_prefix,
    interval_prefix,
    overall_claims,
    overall_prefix,
    slot_prefix,
    unsigned_hash,
)
from crypto.compact_json import dump
from crypto.election import BeleniosElection, HomomorphicQuestion, NonHomomorphicQuestion
from crypto.elgamal import encrypt
from crypto.embedding import EmbeddingTable
from crypto.errors import DecodeError, ProofError
from crypto.group import BASE, IDENTITY, ORDER, Point, ScalarSource, SeededScalars, mul_base
from crypto.proofs import Claim, Witness, prove_disjunction, prove_schnorr
from crypto.scalar_mult import FixedBase, Multiplied

KEY_WINDOW = 10
"""Bits a row of the key's table covers: 26 additions a multiple, about 9 MB, a fifth of a second once."""
MANY = 100
"""Ballots from which on the table saves more than it takes: about 1 ms each."""

_PLAIN = (IDENTITY, BASE)


@dataclass(frozen=True, slots=True)
class HomomorphicAnswer:
    """0 or 1 per candidate, the blank flag first where the question has one."""

    choices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SlotAnswer:
    """The integers 0…255 of a slot."""

    integers: tuple[int, ...]


Answer: TypeAlias = HomomorphicAnswer | SlotAnswer


@lru_cache(maxsize=4)
def _key_table(key: Point) -> FixedBase:
    """Make the table of an election's key once: it takes a fifth of a second."""
    return FixedBase(key, KEY_WINDOW)


class BallotMaker:
    """Make ballots of one election. Holds no state between ballots.

    ballots: how many are to be made; for few there is no table of the key.
    """

    def __init__(
        self, election: BeleniosElection, embeddings: EmbeddingTable, ballots: int = MANY
    ) -> None:
        self._election = election
        key = election.public_key
        self._key: Multiplied = _key_table(key) if ballots >= MANY else key
        self._embeddings = embeddings

    def make(self, answers: Sequence[Answer], seed: bytes | bytearray) -> Ballot:
        """Encrypt, prove and sign, with a fresh one-time credential.

        seed: 32 bytes nobody else knows, from the operating system. The scalars drawn and the
        size of the ballot do not depend on the answers. Raises ProofError if the questions do
        not allow the answers, DecodeError for a slot code the embedding table lacks.
        """
        election = self._election
        if len(answers) != len(election.questions):
            raise ProofError("a ballot has one answer for every question")
        draw = SeededScalars(seed, _seed_context(election, answers))
        secret = draw()
        credential = mul_base(secret)
        context = ballot_context(election, credential)
        encrypted: list[EncryptedAnswer] = []
        for question, answer in zip(election.questions, answers, strict=True):
            match question, answer:
                case NonHomomorphicQuestion(), SlotAnswer():
                    encrypted.append(self._slot(question, answer, context, draw))
                case HomomorphicQuestion(), HomomorphicAnswer():
                    encrypted.append(self._choices(question, answer, context, draw))
                case _:
                    raise ProofError("an answer of another kind than its question")
        digest = unsigned_hash(election, credential, encrypted)
        signature = prove_schnorr(f"sig|{digest}|", secret, draw)
        return assemble(election, credential, encrypted, signature)

    def _slot(
        self, question: NonHomomorphicQuestion, answer: SlotAnswer, context: str, draw: ScalarSource
    ) -> EncryptedSlot:
        if len(answer.integers) != question.width:
            raise ProofError("a slot needs as many integers as its question has names")
        key = self._election.public_key
        randomness = draw()
        ciphertext = encrypt(self._key, self._embeddings.point(answer.integers), randomness)
        proof = prove_schnorr(slot_prefix(context, key, ciphertext), randomness, draw)
        return EncryptedSlot(ciphertext, proof)

    def _choices(
        self,
        question: HomomorphicQuestion,
        answer: HomomorphicAnswer,
        context: str,
        draw: ScalarSource,
    ) -> EncryptedChoices:
        values = answer.choices
        if len(values) != question.width or any(value not in (0, 1) for value in values):
            raise ProofError("a homomorphic answer is a 0 or 1 for every name")
        key = self._key
        secrets = [Witness(draw(), value) for value in values]
        choices = tuple(encrypt(key, _PLAIN[secret.value], secret.randomness) for secret in secrets)
        individual = tuple(
            prove_disjunction(
                interval_prefix(context, choice),
                key,
                [(Claim(choice, value), secret) for value in (0, 1)],
                draw,
            )
            for choice, secret in zip(choices, secrets, strict=True)
        )
        summed = secrets[question.blank :]
        rest = Witness(
            sum(secret.randomness for secret in summed) % ORDER,
            sum(secret.value for secret in summed),
        )
        sums = len(question.overall_values)
        known = ([secrets[0]] if question.blank else []) + sums * [rest]
        overall = prove_disjunction(
            overall_prefix(question, context, choices),
            key,
            list(zip(overall_claims(question, choices), known, strict=True)),
            draw,
        )
        if not question.blank:
            return EncryptedChoices(choices, individual, overall, ())
        blank = prove_disjunction(
            blank_prefix(context, choices),
            key,
            list(zip(blank_claims(choices), (secrets[0], rest), strict=True)),
            draw,
        )
        return EncryptedChoices(choices, individual, overall, blank)


def open_challenge(
    election: BeleniosElection,
    ballot_text: bytes,
    seed: bytes,
    answers: Sequence[Answer],
    ballots: int = MANY,
) -> None:
    """Verify that a challenged ballot is exactly what this seed and these answers give.

    `ballots`: how many of the election are to be verified, about.
    Raises ProofError: then the terminal did not encrypt what it showed, and must be closed.
    """
    vectors = [answer.integers for answer in answers if isinstance(answer, SlotAnswer)]
    try:
        maker = BallotMaker(election, EmbeddingTable.of_vectors(vectors), ballots)
        made = maker.make(answers, seed)
    except DecodeError as error:
        raise ProofError("seed or answers of the challenge cannot be a ballot's") from error
    if made.text != ballot_text:
        raise ProofError("the ballot is not an encryption of these answers; close the terminal")


def _seed_context(election: BeleniosElection, answers: Sequence[Answer]) -> bytes:
    plain = [
        list(answer.integers if isinstance(answer, SlotAnswer) else answer.choices)
        for answer in answers
    ]
    return b"ballot|" + election.fingerprint.encode() + b"|" + dump(plain)
