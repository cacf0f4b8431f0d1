"""The equations of Belenios proofs, as a verifier evaluates them.

Specification 3.3. Commitments are recomputed as s·base + c·public; every function says whether
the hash over them is the challenge. Points must have been read with values.point.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import count
from typing import NamedTuple

from crypto.group import (
    IDENTITY,
    ORDER,
    Point,
    add,
    hash_to_scalar,
    is_member,
    is_on_curve,
    mul,
    mul_base,
    point_text,
    sub,
    times_cofactor,
)
from headquarters.verification.values import Pair, Proof


def knows_logarithm(prefix: str, public: Point, proof: Proof) -> bool:
    """Schnorr: challenge = H(prefix S(A))."""
    commitment = add(mul_base(proof.response), mul(proof.challenge, public))
    return hash_to_scalar(prefix + point_text(commitment)) == proof.challenge


def signed(public: Point, message: str, proof: Proof) -> bool:
    """A threshold trustee's signature of a text."""
    return knows_logarithm(f"sigmsg|{message}|", public, proof)


def encrypts_one_of(
    prefix: str, key: Point, cases: Sequence[tuple[Pair, int]], proofs: Sequence[Proof]
) -> bool:
    """Disjunction: some ciphertext of the cases encrypts its number."""
    texts = []
    for (pair, value), proof in zip(cases, proofs, strict=True):
        left = add(mul_base(proof.response), mul(proof.challenge, pair.alpha))
        rest = sub(pair.beta, mul_base(value))
        right = add(mul(proof.response, key), mul(proof.challenge, rest))
        texts += [point_text(left), point_text(right)]
    challenge = hash_to_scalar(prefix + ",".join(texts))
    return challenge == sum(proof.challenge for proof in proofs) % ORDER


def decrypts(phi: str, public: Point, alpha: Point, factor: Point, proof: Proof) -> bool:
    """The factor is alpha times the logarithm of the public key (see `is_canonical`)."""
    left = add(mul_base(proof.response), mul(proof.challenge, public))
    right = add(mul(proof.response, alpha), mul(proof.challenge, factor))
    text = f"decrypt|{phi}|{point_text(public)}|{point_text(left)},{point_text(right)}"
    return hash_to_scalar(text) == proof.challenge


class ShuffleProof(NamedTuple):
    """t = t1, t2, t3, t41, t42; s = s1 … s4; the other names as in the specification."""

    t: tuple[Point, ...]
    t_hat: tuple[Point, ...]
    s: tuple[int, ...]
    s_hat: tuple[int, ...]
    s_prime: tuple[int, ...]
    c: tuple[Point, ...]
    c_hat: tuple[Point, ...]


class Generators:
    """h and h_0, h_1, …, made as far as they are needed."""

    def __init__(self) -> None:
        self.h = generator(-1)
        self._items: list[Point] = []

    def first(self, size: int) -> Sequence[Point]:
        while len(self._items) < size:
            self._items.append(generator(len(self._items)))
        return self._items[:size]


def shuffles(
    phi: str,
    key: Point,
    before: Sequence[Pair],
    after: Sequence[Pair],
    *,
    proof: ShuffleProof,
    generators: Generators,
) -> bool:
    """The second list is a re-encrypted permutation of the first, of the same length."""
    size = len(before)
    h, h_items = generators.h, generators.first(size)
    texts = [pair.text for pair in (*before, *after)] + [point_text(point) for point in proof.c]
    body = "".join(f"{text}," for text in texts)
    seed = _hex(f"shuffle-challenges|{phi}|{body}")
    u = [hash_to_scalar(seed + _hex(str(i))) for i in range(size)]
    c = hash_to_scalar(
        f"shuffle-challenge|{phi}|{_list(proof.t)}{_list(proof.t_hat)}"
        f"{body}{_list(proof.c_hat)}{point_text(key)}"
    )
    cu = [c * u_i % ORDER for u_i in u]
    product = 1
    for u_i in u:
        product = product * u_i % ORDER
    s1, s2, s3, s4 = proof.s
    chain = (h, *proof.c_hat)

    commitment = sub(_sum(proof.c), _sum(h_items))
    t1 = sub(mul_base(s1), mul(c, commitment))
    t2 = sub(mul_base(s2), mul(c, sub(chain[-1], mul(product, h))))
    t3 = sub(add(mul_base(s3), _dot(proof.s_prime, h_items)), _dot(cu, proof.c))
    t41 = sub(
        sub(_dot(proof.s_prime, [pair.beta for pair in after]), mul(s4, key)),
        _dot(cu, [pair.beta for pair in before]),
    )
    t42 = sub(
        sub(_dot(proof.s_prime, [pair.alpha for pair in after]), mul_base(s4)),
        _dot(cu, [pair.alpha for pair in before]),
    )
    return proof.t == (t1, t2, t3, t41, t42) and all(
        t_hat == add(mul_base(s_hat), sub(mul(s_prime, chain[i]), mul(c, chain[i + 1])))
        for i, (t_hat, s_hat, s_prime) in enumerate(
            zip(proof.t_hat, proof.s_hat, proof.s_prime, strict=True)
        )
    )


def generator(index: int) -> Point:
    """8 times the first point of the curve (even x) whose y is at or above the index's hash."""
    start = int(_hex(f"ggen|{index}"), 16) >> 2
    return next(
        times_cofactor(candidate)
        for y in count(start)
        if is_on_curve(candidate := Point(y.to_bytes(32, "little")))
    )


def slot_integers(plain: Point, width: int) -> tuple[int, ...]:
    """The integers in a decrypted slot, 14 padding bits dropped, higher bits ignored."""
    digits = (int.from_bytes(plain, "little") >> 14).to_bytes(31, "big")
    return tuple(digits[-width:])


def is_canonical(plain: Point, integers: Sequence[int]) -> bool:
    """The point is the first group element at or above the integers' y.

    This alone keeps a trustee from turning one slot vote into another: the challenge of
    `decrypts` covers neither alpha nor the factor.
    """
    start = int.from_bytes(bytes(integers), "big") << 14
    candidates = (Point(y.to_bytes(32, "little")) for y in count(start))
    return plain == next(p for p in candidates if p == IDENTITY or is_member(p))


def lagrange(index: int, indices: Iterable[int]) -> int:
    """Weight of a threshold share among the shares used."""
    result = 1
    for other in indices:
        if other != index:
            result = result * other * pow(other - index, -1, ORDER) % ORDER
    return result


def _dot(scalars: Sequence[int], points: Sequence[Point]) -> Point:
    return _sum([mul(s, point) for s, point in zip(scalars, points, strict=True)])


def _sum(points: Sequence[Point]) -> Point:
    result = IDENTITY
    for point in points:
        result = add(result, point)
    return result


def _list(points: Sequence[Point]) -> str:
    return "".join(f"{point_text(point)}," for point in points)


def _hex(text: str) -> str:
    return sha256(text.encode()).hexdigest()
