"""Make, verify and combine partial decryptions.

Belenios specification 3.3, "Tally". A proof here covers neither the ciphertext nor the factor in
its challenge, so a trustee can find a wrong factor with a proof that verifies for a slot; only
the check that the plain point is canonical (crypto.embedding) shows it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crypto.compact_json import as_fields, as_list, as_text, dump_lists, load_compact
from crypto.elgamal import Ciphertext
from crypto.errors import DecodeError, ProofError
from crypto.group import (
    IDENTITY,
    ORDER,
    Point,
    Scalar,
    ScalarSource,
    add,
    inverse,
    mul,
    mul_base,
    point_from_text,
    point_text,
    sub,
)
from crypto.proofs import Proof, is_dleq_valid, proofs_from_json, prove_dleq
from crypto.trustees import SingleTrustee, ThresholdTrustees, Trustees

CiphertextLists = Sequence[Sequence[Ciphertext]]


@dataclass(frozen=True, slots=True)
class PartialDecryption:
    """One factor and one proof per ciphertext, a list per question."""

    factors: tuple[tuple[Point, ...], ...]
    proofs: tuple[tuple[Proof, ...], ...]

    @property
    def text(self) -> bytes:
        """The partial decryption object."""
        return dump_lists(
            {
                "decryption_factors": ([point_text(f) for f in row] for row in self.factors),
                "decryption_proofs": ([proof.as_json() for proof in row] for row in self.proofs),
            }
        )


def parse_partial_decryption(text: bytes) -> PartialDecryption:
    """Parse the text of a `PartialDecryption`. Raises DecodeError."""
    factors, proofs = as_fields(load_compact(text), "decryption_factors", "decryption_proofs")
    return PartialDecryption(
        tuple(
            tuple(point_from_text(as_text(f), identity=True) for f in as_list(row))
            for row in as_list(factors)
        ),
        tuple(proofs_from_json(row) for row in as_list(proofs)),
    )


def decrypt_row(
    fingerprint: str, private_key: Scalar, row: Sequence[Ciphertext], draw: ScalarSource
) -> tuple[tuple[Point, ...], tuple[Proof, ...]]:
    """Compute the factors and proofs of one question's ciphertexts.

    fingerprint: φ of the election; private_key: a trustee's key or threshold share. Returns one factor
    and one proof per ciphertext.
    """
    prefix = _prefix(fingerprint, mul_base(private_key))
    pairs = [prove_dleq(private_key, item.alpha, prefix, draw) for item in row]
    return tuple(factor for factor, _ in pairs), tuple(proof for _, proof in pairs)


def check_partial_decryption(
    fingerprint: str, public_key: Point, lists: CiphertextLists, partial: PartialDecryption
) -> None:
    """Verify every proof against the trustee's public key (or public share).

    lists: the tally's ciphertexts, a list per question. Raises ProofError.
    """
    prefix = _prefix(fingerprint, public_key)
    shape = [len(row) for row in lists]
    if [len(row) for row in partial.factors] != shape or [len(row) for row in partial.proofs] != (
        shape
    ):
        raise ProofError("a partial decryption of something else than this tally")
    for row, factors, proofs in zip(lists, partial.factors, partial.proofs, strict=True):
        for item, factor, proof in zip(row, factors, proofs, strict=True):
            if not is_dleq_valid(public_key, item.alpha, factor, prefix, proof):
                raise ProofError("a decryption proof does not hold; let the trustee decrypt again")


def combine(
    trustees: Trustees, lists: CiphertextLists, partials: Mapping[int, PartialDecryption]
) -> tuple[tuple[Point, ...], ...]:
    """Compute the plain points from verified partial decryptions, keyed by owner number.

    Of a threshold group the first k by number are used. Raises ProofError if too few are there.
    """
    weights = _weights(trustees, partials)
    return tuple(
        tuple(
            sub(
                item.beta,
                _combined([(weight, partials[o].factors[i][j]) for o, weight in weights.items()]),
            )
            for j, item in enumerate(row)
        )
        for i, row in enumerate(lists)
    )


def discrete_logarithms(points: Sequence[Point], largest: int) -> tuple[int, ...]:
    """Find the counts 0…largest behind points count·G, by adding up G.

    Raises DecodeError if a point is no such multiple.
    """
    wanted = set(points)
    found: dict[Point, int] = {}
    current, step = IDENTITY, mul_base(1)
    for value in range(largest + 1):
        if current in wanted:
            found[current] = value
        current = add(current, step)
    if len(found) != len(wanted):
        raise DecodeError("a sum decrypts to no possible count; check the partial decryptions")
    return tuple(found[point] for point in points)


def lagrange(index: int, indices: Sequence[int]) -> Scalar:
    """Compute the Lagrange coefficient λ of one share among the used ones, at 0."""
    result = 1
    for other in indices:
        if other != index:
            result = result * other % ORDER * inverse(other - index) % ORDER
    return result


def _weights(trustees: Trustees, partials: Mapping[int, PartialDecryption]) -> dict[int, Scalar]:
    weights: dict[int, Scalar] = {}
    for position, item in enumerate(trustees.items):
        present = {
            number: owner.index
            for number, owner in sorted(trustees.owners.items())
            if owner.item == position and number in partials
        }
        needed = item.threshold if isinstance(item, ThresholdTrustees) else 1
        if len(present) < needed:
            raise ProofError("partial decryptions are missing; ask more trustees")
        used = dict(list(present.items())[:needed])
        indices = list(used.values())
        for number, index in used.items():
            single = isinstance(item, SingleTrustee)
            weights[number] = 1 if single else lagrange(index, indices)
    return weights


def _combined(weighted: Sequence[tuple[Scalar, Point]]) -> Point:
    result = IDENTITY
    for weight, factor in weighted:
        result = add(result, factor if weight == 1 else mul(weight, factor))
    return result


def _prefix(fingerprint: str, public_key: Point) -> str:
    return f"decrypt|{fingerprint}|{point_text(public_key)}|"
