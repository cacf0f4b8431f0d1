"""The equations of Belenios proofs, as a verifier evaluates them.

Specification 3.3. Commitments are recomputed as s·base + c·public; every function says whether
the hash over them is the challenge. Points must have been read with values.point.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import count
from typing import NamedTuple

from crypto.group import (
    BASE,
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
from crypto.multiples import fixed_base, weighted_sum
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
    times_key = fixed_base(key).mul_add
    for (pair, value), proof in zip(cases, proofs, strict=True):
        left = add(mul_base(proof.response), mul(proof.challenge, pair.alpha))
        rest = sub(pair.beta, mul_base(value)) if value else pair.beta
        right = times_key(proof.response, mul(proof.challenge, rest))
        texts += [point_text(left), point_text(right)]
    challenge = hash_to_scalar(prefix + ",".join(texts))
    return challenge == sum(proof.challenge for proof in proofs) % ORDER


def decrypts(phi: str, public: Point, alpha: Point, factor: Point, proof: Proof) -> bool:
    """The factor is alpha times the logarithm of the public key (see `is_canonical`)."""
    left = fixed_base(public).mul_add(proof.challenge, mul_base(proof.response))
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
    """The second list is a re-encrypted permutation of the first, of the same length.

    The specification's equations say that 5 + N sums of points are the identity. Here each is
    multiplied by a secret random number of 128 bits and all are added up to one sum: in a group of
    prime order, a wrong proof gets through with a chance of 2^-128.
    """
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
    s_hat, s_prime = proof.s_hat, proof.s_prime
    chain = (h, *proof.c_hat)

    scalars: list[int] = []
    points: list[Point] = []

    def term(weight: Callable[[int], int], of: Sequence[Point]) -> None:
        scalars.extend(weight(i) for i in range(len(of)))
        points.extend(of)

    z1, z2, z3, z41, z42 = z = [secrets.randbits(128) for _ in proof.t]
    w = [secrets.randbits(128) for _ in range(size)]
    # t1 = s1·G − c·(Σc_i − Σh_i), and t3 = s3·G + Σs'_i·h_i − Σcu_i·c_i
    term(lambda i: -c * z1 - cu[i] * z3, proof.c)
    term(lambda i: c * z1 + s_prime[i] * z3, h_items)
    # t2 = s2·G − c·(ĉ_(N−1) − U·h)
    term(lambda _: -c * z2, chain[-1:])
    term(lambda _: c * z2 * product, [h])
    # t41 = Σs'_i·β'_i − s4·Y − Σcu_i·β_i, and t42 likewise with α and G
    term(lambda i: s_prime[i] * z41, [pair.beta for pair in after])
    term(lambda i: -cu[i] * z41, [pair.beta for pair in before])
    term(lambda _: -s4 * z41, [key])
    term(lambda i: s_prime[i] * z42, [pair.alpha for pair in after])
    term(lambda i: -cu[i] * z42, [pair.alpha for pair in before])
    # t̂_i = ŝ_i·G + s'_i·ĉ_(i−1) − c·ĉ_i
    term(
        lambda i: (s_prime[i] * w[i] if i < size else 0) - (c * w[i - 1] if i else 0),
        chain,
    )
    of_base = s1 * z1 + s2 * z2 + s3 * z3 - s4 * z42 + _product(s_hat, w)
    term(lambda _: of_base, [BASE])
    term(lambda i: -z[i], proof.t)
    term(lambda i: -w[i], proof.t_hat)
    return weighted_sum(scalars, points) == IDENTITY


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
    return plain == _embedded(bytes(integers))


@lru_cache(maxsize=8192)
def _embedded(integers: bytes) -> Point:
    start = int.from_bytes(integers, "big") << 14
    candidates = (Point(y.to_bytes(32, "little")) for y in count(start))
    return next(p for p in candidates if p == IDENTITY or is_member(p))


def lagrange(index: int, indices: Iterable[int]) -> int:
    """Weight of a threshold share among the shares used."""
    result = 1
    for other in indices:
        if other != index:
            result = result * other * pow(other - index, -1, ORDER) % ORDER
    return result


def _product(left: Sequence[int], right: Sequence[int]) -> int:
    return sum(a * b for a, b in zip(left, right, strict=True)) % ORDER


def _list(points: Sequence[Point]) -> str:
    return "".join(f"{point_text(point)}," for point in points)


def _hex(text: str) -> str:
    return sha256(text.encode()).hexdigest()
