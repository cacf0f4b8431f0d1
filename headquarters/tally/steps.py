"""Compute the steps of a tally, each one a function that one person runs on one machine.

Nothing here reads a clock, a file or a global; secrets come in as arguments and stay there.
A trustee who is handed another's shuffle checks it with `check_shuffle` before going on.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from crypto.ballot import Ballot, EncryptedChoices, EncryptedSlot
from crypto.compact_json import (
    as_fields,
    as_list,
    dump,
    dump_list,
    dump_lists,
    load_compact,
)
from crypto.decryption import (
    PartialDecryption,
    check_partial_decryption,
    combine,
    decrypt_row,
    discrete_logarithms,
)
from crypto.election import BeleniosElection, NonHomomorphicQuestion, Question
from crypto.elgamal import (
    NEUTRAL,
    Ciphertext,
    add_pairwise,
    ciphertexts_from_json,
    ciphertexts_json,
)
from crypto.embedding import is_canonical, unembed
from crypto.errors import ProofError
from crypto.group import Point, Scalar, SeededScalars, hash_hex
from crypto.proofs import Proof
from crypto.result import QuestionCounts, QuestionResult, SlotRows, TallyResult
from crypto.shuffle import Generators, ShuffleProof, is_shuffle, shuffle_ciphertexts
from crypto.trustees import Trustees
from headquarters.tally.work import ALONE, Work

TallyCiphertexts: TypeAlias = tuple[tuple[Ciphertext, ...], ...]
"""One list per question."""


@dataclass(frozen=True, slots=True)
class EncryptedTally:
    """The ciphertexts left to shuffle and decrypt: slots sorted, homomorphic questions summed."""

    lists: TallyCiphertexts
    ballots: int

    @property
    def text(self) -> bytes:
        """The tally object."""
        return dump_list(ciphertexts_json(self.lists))

    @property
    def sized_text(self) -> bytes:
        """The sized_encrypted_tally object."""
        return dump(
            {
                "num_tallied": self.ballots,
                "total_weight": self.ballots,
                "encrypted_tally": hash_hex(self.text),
            }
        )


@dataclass(frozen=True, slots=True)
class Shuffle:
    """One trustee's shuffle of all slot questions."""

    ciphertexts: TallyCiphertexts
    proofs: tuple[ShuffleProof, ...]

    @property
    def text(self) -> bytes:
        """The shuffle object."""
        proofs = (proof.as_json() for proof in self.proofs)
        return dump_lists({"ciphertexts": ciphertexts_json(self.ciphertexts), "proofs": proofs})


class RunningTally:
    """What admitted ballots add up to, taken one by one; nothing of them is decrypted."""

    def __init__(self, election: BeleniosElection) -> None:
        self._slots: dict[int, list[Ciphertext]] = {index: [] for index in election.slots}
        self._sums = {
            index: [NEUTRAL] * question.width
            for index, question in enumerate(election.questions)
            if index not in self._slots
        }
        self._ballots = 0

    def add(self, ballot: Ballot) -> None:
        """Add an admitted ballot (`admission.admit_ballots`)."""
        self._ballots += 1
        for index, answer in enumerate(ballot.answers):
            match answer:
                case EncryptedSlot(choices=ciphertext):
                    self._slots[index].append(ciphertext)
                case EncryptedChoices(choices=choices):
                    self._sums[index] = add_pairwise(self._sums[index], choices)

    def close(self) -> EncryptedTally:
        """Return the encrypted tally."""
        rows = {index: sorted(row) for index, row in self._slots.items()} | self._sums
        return EncryptedTally(tuple(tuple(rows[i]) for i in range(len(rows))), self._ballots)


def tally_ballots(election: BeleniosElection, ballots: Iterable[Ballot]) -> EncryptedTally:
    """Add up admitted ballots."""
    running = RunningTally(election)
    for ballot in ballots:
        running.add(ballot)
    return running.close()


def shuffle_slots(
    election: BeleniosElection, lists: TallyCiphertexts, work: Work = ALONE
) -> Shuffle:
    """Shuffle what `lists` has for the slot questions, as one trustee.

    The permutations and re-encryptions come from the operating system and are forgotten.
    """
    rows = [lists[index] for index in election.slots]
    generators = Generators.up_to(max(map(len, rows), default=0))
    do = partial(_shuffle_row, election.fingerprint, election.public_key, generators)
    seeded = [(row, secrets.token_bytes(32)) for row in rows]
    done = list(work.spread("shuffle", do, seeded))
    return Shuffle(tuple(row for row, _ in done), tuple(proof for _, proof in done))


def parse_shuffle(text: bytes) -> Shuffle:
    """Parse the text of a shuffle. Raises DecodeError."""
    ciphertexts, proofs = as_fields(load_compact(text), "ciphertexts", "proofs")
    return Shuffle(
        ciphertexts_from_json(ciphertexts),
        tuple(ShuffleProof.from_json(item) for item in as_list(proofs)),
    )


def check_shuffle(
    election: BeleniosElection, lists: TallyCiphertexts, shuffle: Shuffle, work: Work = ALONE
) -> None:
    """Check another trustee's shuffle of `lists`. Raises ProofError."""
    rows = [lists[index] for index in election.slots]
    if not len(rows) == len(shuffle.ciphertexts) == len(shuffle.proofs):
        raise ProofError("a shuffle of something else; ask the trustee to shuffle again")
    generators = Generators.up_to(max(map(len, rows), default=0))
    do = partial(_is_shuffle, election.fingerprint, election.public_key, generators)
    pieces = list(zip(rows, shuffle.ciphertexts, shuffle.proofs, strict=True))
    if not all(list(work.spread("check shuffle", do, pieces))):
        raise ProofError("a shuffle proof does not hold; ask the trustee to shuffle again")


def after_shuffle(
    election: BeleniosElection, lists: TallyCiphertexts, shuffle: Shuffle
) -> TallyCiphertexts:
    """Return the lists with the shuffled ones in their places."""
    shuffled = dict(zip(election.slots, shuffle.ciphertexts, strict=True))
    return tuple(shuffled.get(index, row) for index, row in enumerate(lists))


def decrypt_lists(
    election: BeleniosElection, lists: TallyCiphertexts, private_key: Scalar, work: Work = ALONE
) -> PartialDecryption:
    """Compute one trustee's part of the decryption, by the private key or a threshold share."""
    do = partial(_decrypt_row, election.fingerprint, private_key)
    seeded = [(row, secrets.token_bytes(32)) for row in lists]
    done = list(work.spread("decrypt", do, seeded))
    return PartialDecryption(tuple(row for row, _ in done), tuple(proofs for _, proofs in done))


def count_result(
    election: BeleniosElection,
    trustees: Trustees,
    lists: TallyCiphertexts,
    ballots: int,
    partials: Mapping[int, PartialDecryption],
    verified: Collection[int] = (),
) -> TallyResult:
    """Check the partial decryptions, by owner number, and read the result out of them.

    verified: owners whose decryption was verified by others' rules and needs no second check.
    Raises ProofError if one is wrong or too few are there, DecodeError if a sum is impossible.
    """
    for owner, decryption in partials.items():
        if owner not in trustees.owners:
            raise ProofError("a partial decryption of somebody who is no trustee")
        if owner not in verified:
            public_key = trustees.owners[owner].public_key
            check_partial_decryption(election.fingerprint, public_key, lists, decryption)
    plain = combine(trustees, lists, partials)
    return TallyResult(
        tuple(
            _question_result(question, points, ballots)
            for question, points in zip(election.questions, plain, strict=True)
        )
    )


def _question_result(question: Question, points: Sequence[Point], ballots: int) -> QuestionResult:
    if not isinstance(question, NonHomomorphicQuestion):
        return QuestionCounts(discrete_logarithms(points, ballots))
    return SlotRows(
        tuple(unembed(point, question.width) for point in points),
        tuple(i for i, point in enumerate(points) if not is_canonical(point, question.width)),
    )


def _shuffle_row(
    fingerprint: str,
    key: Point,
    generators: Generators,
    piece: tuple[tuple[Ciphertext, ...], bytes],
) -> tuple[tuple[Ciphertext, ...], ShuffleProof]:
    row, seed = piece
    draw = SeededScalars(seed, b"shuffle")
    return shuffle_ciphertexts(fingerprint, key, row, generators.first(len(row)), draw)


def _is_shuffle(
    fingerprint: str,
    key: Point,
    generators: Generators,
    piece: tuple[tuple[Ciphertext, ...], tuple[Ciphertext, ...], ShuffleProof],
) -> bool:
    before, after, proof = piece
    usable = generators.first(len(before))
    return is_shuffle(fingerprint, key, before, after, proof=proof, generators=usable)


def _decrypt_row(
    fingerprint: str, private_key: Scalar, piece: tuple[tuple[Ciphertext, ...], bytes]
) -> tuple[tuple[Point, ...], tuple[Proof, ...]]:
    row, seed = piece
    return decrypt_row(fingerprint, private_key, row, SeededScalars(seed, b"decrypt"))
