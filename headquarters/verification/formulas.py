"""Evaluate the equations of Belenios proofs as a verifier.

Specification 3.3. Commitments are recomputed as s·base + c·public; every function says whether
the hash over them is the challenge. Points must have been read with values.point.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import count, islice
from typing import NamedTuple

from crypto.group import (
    BASE,
    IDENTITY,
    ORDER,
    Point,
    hash_to_scalar,
    is_on_curve,
    is_public_member,
    mul_base,
    point_text,
    times_cofactor,
)
from crypto.scalar_mult import differences, multi_scalar_mult, sum_of_two, sums_of_two
from headquarters.verification.values import Pair, ParsedProof


def is_schnorr_valid(prefix: str, public: Point, proof: ParsedProof) -> bool:
    """Return whether a Schnorr proof holds: challenge = H(prefix S(A))."""
    commitment = sum_of_two(proof.response, BASE, proof.challenge, public)
    return hash_to_scalar(prefix + point_text(commitment)) == proof.challenge


def is_signature_valid(public: Point, message: str, proof: ParsedProof) -> bool:
    """Return whether a threshold trustee's signature of a text holds."""
    return is_schnorr_valid(f"sigmsg|{message}|", public, proof)


class Disjunction(NamedTuple):
    """A claim and its proof: some ciphertext of the cases encrypts the number beside it."""

    prefix: str
    cases: Sequence[tuple[Pair, int]]
    proofs: Sequence[ParsedProof]
    """As many as there are cases."""


def are_disjunctions_valid(key: Point, claims: Sequence[Disjunction]) -> list[bool]:
    """Say of every disjunctive proof whether it holds; all are computed together, and judged singly."""
    cases = [case for claim in claims for case in claim.cases]
    proofs = [proof for claim in claims for proof in claim.proofs]
    responses = [proof.response for proof in proofs]
    challenges = [proof.challenge for proof in proofs]
    lefts = sums_of_two(responses, BASE, challenges, [pair.alpha for pair, _ in cases])
    rights = sums_of_two(responses, key, challenges, _without_values(cases))
    texts = (
        f"{point_text(left)},{point_text(right)}" for left, right in zip(lefts, rights, strict=True)
    )
    return [
        hash_to_scalar(claim.prefix + ",".join(islice(texts, len(claim.cases))))
        == sum(proof.challenge for proof in claim.proofs) % ORDER
        for claim in claims
    ]


def _without_values(cases: Sequence[tuple[Pair, int]]) -> list[Point]:
    """Return beta − value·G of every case."""
    shifted = [(pair.beta, _multiple(value)) for pair, value in cases if value]
    rests = iter(differences([beta for beta, _ in shifted], [taken for _, taken in shifted]))
    return [next(rests) if value else pair.beta for pair, value in cases]


@lru_cache(maxsize=256)
def _multiple(value: int) -> Point:
    """Compute value·G of a small number, which every ballot names."""
    return mul_base(value)


def are_dleqs_valid(
    phi: str,
    public: Point,
    alphas: Sequence[Point],
    factors: Sequence[Point],
    proofs: Sequence[ParsedProof],
) -> list[bool]:
    """Say of every factor whether it is alpha times the logarithm of the public key (see `is_canonical`)."""
    responses = [proof.response for proof in proofs]
    challenges = [proof.challenge for proof in proofs]
    lefts = sums_of_two(responses, BASE, challenges, public)
    rights = sums_of_two(responses, alphas, challenges, factors)
    prefix = f"decrypt|{phi}|{point_text(public)}|"
    return [
        hash_to_scalar(f"{prefix}{point_text(left)},{point_text(right)}") == challenge
        for left, right, challenge in zip(lefts, rights, challenges, strict=True)
    ]


class ParsedShuffleProof(NamedTuple):
    """t = t1, t2, t3, t41, t42; s = s1 … s4; the other names as in the specification."""

    t: tuple[Point, ...]
    t_hat: tuple[Point, ...]
    s: tuple[int, ...]
    s_hat: tuple[int, ...]
    s_prime: tuple[int, ...]
    c: tuple[Point, ...]
    c_hat: tuple[Point, ...]


class GeneratorCache:
    """h and h_0, h_1, …, made as far as they are needed."""

    def __init__(self) -> None:
        self.h = generator(-1)
        self._items: list[Point] = []

    def first(self, size: int) -> Sequence[Point]:
        """Return h_0 … h_(size − 1)."""
        while len(self._items) < size:
            self._items.append(generator(len(self._items)))
        return self._items[:size]


class Sum:
    """A sum Σ scalar·point, collected term by term, that ought to be the identity."""

    def __init__(self) -> None:
        self._scalars: dict[Point, int] = {}

    def add(self, scalar: int, point: Point) -> None:
        """Add the term scalar·point."""
        self._scalars[point] = self._scalars.get(point, 0) + scalar

    def vanishes(self) -> bool:
        """Return whether the sum is the identity, by one multi-scalar multiplication."""
        return multi_scalar_mult(list(self._scalars.values()), list(self._scalars)) == IDENTITY


@dataclass(frozen=True, slots=True)
class Shuffling:
    """A claim: the second list is a re-encrypted permutation of the first, of the same length."""

    phi: str
    key: Point
    before: Sequence[Pair]
    after: Sequence[Pair]
    proof: ParsedShuffleProof


def are_shuffles_valid(claims: Sequence[Shuffling], generators: GeneratorCache) -> bool:
    """Return whether all claims hold.

    The specification's equations say of each claim that 5 + N sums of points are the identity. Here
    each equation is multiplied by a secret random number of 128 bits and all are added up: in a group
    of prime order, a wrong proof gets through with a chance of 2^-128.
    """
    total = Sum()
    for claim in claims:
        _add_equations(total, claim, generators)
    return total.vanishes()


def _add_equations(total: Sum, claim: Shuffling, generators: GeneratorCache) -> None:
    proof, before, after = claim.proof, claim.before, claim.after
    size = len(before)
    h, h_items = generators.h, generators.first(size)
    texts = [pair.text for pair in (*before, *after)] + [point_text(point) for point in proof.c]
    body = "".join(f"{text}," for text in texts)
    seed = _hex(f"shuffle-challenges|{claim.phi}|{body}")
    u = [hash_to_scalar(seed + _hex(str(i))) for i in range(size)]
    c = hash_to_scalar(
        f"shuffle-challenge|{claim.phi}|{_list(proof.t)}{_list(proof.t_hat)}"
        f"{body}{_list(proof.c_hat)}{point_text(claim.key)}"
    )
    product = 1
    for u_i in u:
        product = product * u_i % ORDER
    s1, s2, s3, s4 = proof.s
    chain = (h, *proof.c_hat)
    z1, z2, z3, z41, z42 = z = [secrets.randbits(128) for _ in proof.t]

    # t1 = s1·G − c·(Σc_i − Σh_i)
    # t2 = s2·G − c·(ĉ_(N−1) − U·h)
    # t3 = s3·G + Σs'_i·h_i − c·Σu_i·c_i
    # t41 = −s4·Y + Σs'_i·β'_i − c·Σu_i·β_i
    # t42 = −s4·G + Σs'_i·α'_i − c·Σu_i·α_i
    total.add(s1 * z1 + s2 * z2 + s3 * z3 - s4 * z42, BASE)
    total.add(-s4 * z41, claim.key)
    total.add(-c * z2, chain[-1])
    total.add(c * product * z2, h)
    for weight, commitment in zip(z, proof.t, strict=True):
        total.add(-weight, commitment)
    for i in range(size):
        cu, s_prime = c * u[i] % ORDER, proof.s_prime[i]
        total.add(-c * z1 - cu * z3, proof.c[i])
        total.add(c * z1 + s_prime * z3, h_items[i])
        total.add(s_prime * z41, after[i].beta)
        total.add(-cu * z41, before[i].beta)
        total.add(s_prime * z42, after[i].alpha)
        total.add(-cu * z42, before[i].alpha)
        # t̂_i = ŝ_i·G + s'_i·ĉ_(i−1) − c·ĉ_i
        w = secrets.randbits(128)
        total.add(-w, proof.t_hat[i])
        total.add(proof.s_hat[i] * w, BASE)
        total.add(s_prime * w, chain[i])
        total.add(-c * w, chain[i + 1])


def generator(index: int) -> Point:
    """Compute 8 times the first point of the curve (even x) whose y is at or above the index's hash."""
    start = int(_hex(f"ggen|{index}"), 16) >> 2
    return next(
        times_cofactor(candidate)
        for y in count(start)
        if is_on_curve(candidate := Point(y.to_bytes(32, "little")))
    )


def slot_integers(plain: Point, width: int) -> tuple[int, ...]:
    """Return the `width` integers of a decrypted slot; 14 padding bits and higher bits are ignored."""
    digits = (int.from_bytes(plain, "little") >> 14).to_bytes(31, "big")
    return tuple(digits[-width:])


def is_canonical(plain: Point, integers: Sequence[int]) -> bool:
    """Return whether the point is the first group element at or above the integers' y.

    Without strong proofs (`strong`) this alone keeps a trustee from turning one slot vote into another:
    the challenge of `are_dleqs_valid` covers neither alpha nor the factor.
    """
    return plain == _embedded(bytes(integers))


@lru_cache(maxsize=8192)
def _embedded(integers: bytes) -> Point:
    start = int.from_bytes(integers, "big") << 14
    candidates = (Point(y.to_bytes(32, "little")) for y in count(start))
    return next(p for p in candidates if p == IDENTITY or is_public_member(p))


def lagrange(index: int, indices: Iterable[int]) -> int:
    """Return the weight of a threshold share among the shares used."""
    result = 1
    for other in indices:
        if other != index:
            result = result * other * pow(other - index, -1, ORDER) % ORDER
    return result


def _list(points: Sequence[Point]) -> str:
    return "".join(f"{point_text(point)}," for point in points)


def _hex(text: str) -> str:
    return sha256(text.encode()).hexdigest()
