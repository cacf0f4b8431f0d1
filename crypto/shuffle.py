"""Shuffle one question's ciphertexts verifiably (Terelius–Wikström, as in Belenios).

Belenios specification 3.3, "Shuffles"; the names of the values are those of the specification.
All indices start at 0: output i re-encrypts input psi[i], and item j is re-encrypted with rho[j].
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from crypto.compact_json import ParsedJson, as_list, as_text
from crypto.elgamal import Ciphertext, reencrypt
from crypto.errors import DecodeError
from crypto.group import (
    BASE,
    IDENTITY,
    ORDER,
    POINT_BYTES,
    Point,
    Scalar,
    ScalarSource,
    add,
    hash_hex,
    hash_to_scalar,
    is_on_curve,
    mul,
    mul_base,
    point_from_text,
    point_text,
    scalar_from_text,
    times_cofactor,
)
from crypto.scalar_mult import fixed_base, multi_scalar_mult


@dataclass(frozen=True, slots=True)
class Generators:
    """Points whose logarithms nobody knows: h and h_0 … h_(N−1)."""

    h: Point
    items: tuple[Point, ...]

    @classmethod
    def up_to(cls, size: int) -> "Generators":
        """Compute enough generators for lists of this size (about 0.1 ms each)."""
        return cls(_generator(-1), tuple(_generator(i) for i in range(size)))

    def first(self, size: int) -> "Generators":
        """Return those for a list of a smaller size."""
        return self if size == len(self.items) else Generators(self.h, self.items[:size])


@dataclass(frozen=True, slots=True)
class ShuffleProof:
    """Commitments t, responses s, permutation commitments c, and the chain ĉ."""

    t1: Point
    t2: Point
    t3: Point
    t41: Point
    t42: Point
    t_hat: tuple[Point, ...]
    s1: Scalar
    s2: Scalar
    s3: Scalar
    s4: Scalar
    s_hat: tuple[Scalar, ...]
    s_prime: tuple[Scalar, ...]
    c: tuple[Point, ...]
    c_hat: tuple[Point, ...]

    def as_json(self) -> ParsedJson:
        """Return the proof in the nesting of the specification."""
        commitments: ParsedJson = [
            *_texts((self.t1, self.t2, self.t3)),
            _texts((self.t41, self.t42)),
            _texts(self.t_hat),
        ]
        responses: ParsedJson = [
            *map(str, (self.s1, self.s2, self.s3, self.s4)),
            [str(s) for s in self.s_hat],
            [str(s) for s in self.s_prime],
        ]
        return [commitments, responses, _texts(self.c), _texts(self.c_hat)]

    @classmethod
    def from_json(cls, value: ParsedJson) -> "ShuffleProof":
        """Parse the JSON of `as_json`; all lists have the length of `c`.

        Raises DecodeError.
        """
        commitments, responses, c, c_hat = as_list(value, 4)
        *single, t4, t_hat = as_list(commitments, 5)
        *answers, s_hat, s_prime = as_list(responses, 6)
        size = len(as_list(c))
        t1, t2, t3, t41, t42 = _points([*single, *as_list(t4, 2)], 5)
        s1, s2, s3, s4 = _scalars(answers, 4)
        return cls(
            *(t1, t2, t3, t41, t42),
            _points(t_hat, size),
            *(s1, s2, s3, s4),
            s_hat=_scalars(s_hat, size),
            s_prime=_scalars(s_prime, size),
            c=_points(c, size),
            c_hat=_points(c_hat, size),
        )


@dataclass(frozen=True, slots=True)
class _Statement:
    """The statement that is proven: inputs, outputs, election and key; and its hashes."""

    fingerprint: str
    key: Point
    generators: Generators
    inputs: Sequence[Ciphertext]
    outputs: Sequence[Ciphertext]

    def text(self, c: Sequence[Point]) -> str:
        return _joined(self.inputs) + _joined(self.outputs) + _hashed(c)

    def challenges(self, text: str) -> list[Scalar]:
        """Compute u_i, one for every item."""
        seed = hash_hex(f"shuffle-challenges|{self.fingerprint}|{text}".encode())
        return [hash_to_scalar(seed + hash_hex(str(i).encode())) for i in range(len(self.inputs))]

    def challenge(
        self, t: Sequence[Point], t_hat: Sequence[Point], text: str, c_hat: Sequence[Point]
    ) -> Scalar:
        return hash_to_scalar(
            f"shuffle-challenge|{self.fingerprint}|{_hashed(t)}{_hashed(t_hat)}"
            f"{text}{_hashed(c_hat)}{point_text(self.key)}"
        )


def shuffle_ciphertexts(
    fingerprint: str,
    key: Point,
    inputs: Sequence[Ciphertext],
    generators: Generators,
    draw: ScalarSource,
) -> tuple[tuple[Ciphertext, ...], ShuffleProof]:
    """Re-encrypt the ciphertexts, permute them at random, and prove it.

    fingerprint: φ of the election; generators: `Generators.up_to(len(inputs))`, the same for all
    questions of a size. Returns as many outputs as there are inputs, and the proof.
    """
    size = len(inputs)
    psi = _permutation(size, draw)
    rho = [draw() for _ in inputs]
    times_key = fixed_base(key)
    outputs = tuple(reencrypt(times_key, inputs[j], rho[j]) for j in psi)
    statement = _Statement(fingerprint, key, generators, inputs, outputs)

    r = [draw() for _ in inputs]
    c = [IDENTITY] * size
    for i, j in enumerate(psi):
        c[j] = add(mul_base(r[j]), generators.items[i])
    text = statement.text(c)
    u = statement.challenges(text)
    u_prime = [u[j] for j in psi]

    r_hat = [draw() for _ in inputs]
    c_hat: list[Point] = []
    for i in range(size):
        previous = c_hat[-1] if c_hat else generators.h
        c_hat.append(add(mul_base(r_hat[i]), mul(u_prime[i], previous)))

    w1, w2, w3, w4 = draw(), draw(), draw(), draw()
    w_hat = [draw() for _ in inputs]
    w_prime = [draw() for _ in inputs]
    t = (
        mul_base(w1),
        mul_base(w2),
        add(mul_base(w3), multi_scalar_mult(w_prime, generators.items)),
        add(mul(-w4, key), multi_scalar_mult(w_prime, [output.beta for output in outputs])),
        add(mul_base(-w4), multi_scalar_mult(w_prime, [output.alpha for output in outputs])),
    )
    chain = [generators.h, *c_hat]
    t_hat = [add(mul_base(w_hat[i]), mul(w_prime[i], chain[i])) for i in range(size)]
    challenge = statement.challenge(t, t_hat, text, c_hat)

    v = [1] * size
    for i in range(size - 2, -1, -1):
        v[i] = u_prime[i + 1] * v[i + 1] % ORDER
    return outputs, ShuffleProof(
        *t,
        tuple(t_hat),
        (w1 + challenge * sum(r)) % ORDER,
        (w2 + challenge * _dot(r_hat, v)) % ORDER,
        (w3 + challenge * _dot(r, u)) % ORDER,
        (w4 + challenge * _dot(rho, u)) % ORDER,
        tuple((w_hat[i] + challenge * r_hat[i]) % ORDER for i in range(size)),
        tuple((w_prime[i] + challenge * u_prime[i]) % ORDER for i in range(size)),
        tuple(c),
        tuple(c_hat),
    )


def is_shuffle(
    fingerprint: str,
    key: Point,
    inputs: Sequence[Ciphertext],
    outputs: Sequence[Ciphertext],
    *,
    proof: ShuffleProof,
    generators: Generators,
) -> bool:
    """Return whether the proof shows that the outputs are a shuffle of the inputs.

    All equations are checked at once with random weights: a false proof passes with a chance of about
    2^-128. Not constant in time; all values are public.
    """
    size = len(inputs)
    if not len(outputs) == len(proof.c) == size:
        return False
    statement = _Statement(fingerprint, key, generators, inputs, outputs)
    text = statement.text(proof.c)
    u = statement.challenges(text)
    product = 1
    for factor in u:
        product = product * factor % ORDER
    t = (proof.t1, proof.t2, proof.t3, proof.t41, proof.t42)
    challenge = statement.challenge(t, proof.t_hat, text, proof.c_hat)

    # Every equation of the specification times a random weight, all in one sum that has to vanish.
    w1, w2, w3, w41, w42 = (_weight() for _ in t)
    w_hat = [_weight() for _ in range(size)]
    cu = [challenge * factor % ORDER for factor in u]
    # ĉ_i occurs in its own equation and in that of ĉ_(i+1).
    of_chain = [0, *(-challenge * weight for weight in w_hat)]
    for i, s_prime in enumerate(proof.s_prime):
        of_chain[i] += s_prime * w_hat[i]
    of_chain[-1] -= challenge * w2
    of_chain[0] += challenge * product * w2
    of_base = proof.s1 * w1 + proof.s2 * w2 + proof.s3 * w3 - proof.s4 * w42
    return (
        multi_scalar_mult(
            [
                *(-challenge * w1 - factor * w3 for factor in cu),
                *(challenge * w1 + s_prime * w3 for s_prime in proof.s_prime),
                *of_chain,
                *(s_prime * w41 for s_prime in proof.s_prime),
                *(-factor * w41 for factor in cu),
                *(s_prime * w42 for s_prime in proof.s_prime),
                *(-factor * w42 for factor in cu),
                *(-weight for weight in w_hat),
                *(-weight for weight in (w1, w2, w3, w41, w42)),
                -proof.s4 * w41,
                of_base + _dot(proof.s_hat, w_hat),
            ],
            [
                *proof.c,
                *generators.items,
                generators.h,
                *proof.c_hat,
                *(item.beta for item in outputs),
                *(item.beta for item in inputs),
                *(item.alpha for item in outputs),
                *(item.alpha for item in inputs),
                *proof.t_hat,
                *t,
                key,
                BASE,
            ],
        )
        == IDENTITY
    )


def _generator(index: int) -> Point:
    start = int(hashlib.sha256(f"ggen|{index}".encode()).hexdigest(), 16) >> 2
    for y in count(start):
        point = Point(y.to_bytes(POINT_BYTES, "little"))
        if is_on_curve(point):
            return times_cofactor(point)
    raise DecodeError("no generator")  # count() does not end


def _weight() -> Scalar:
    """Draw a weight of 128 bits, which a forger cannot know before the proof is made."""
    return secrets.randbits(128)


def _permutation(size: int, draw: ScalarSource) -> list[int]:
    """Permute 0…size−1 by Fisher–Yates; a scalar mod i + 1 is uniform to 2^-230."""
    items = list(range(size))
    for i in range(size - 1, 0, -1):
        j = draw() % (i + 1)
        items[i], items[j] = items[j], items[i]
    return items


def _dot(left: Iterable[Scalar], right: Iterable[Scalar]) -> Scalar:
    return sum(a * b for a, b in zip(left, right, strict=True)) % ORDER


def _hashed(points: Iterable[Point]) -> str:
    return "".join(point_text(point) + "," for point in points)


def _joined(ciphertexts: Iterable[Ciphertext]) -> str:
    return "".join(ciphertext.hashed() + "," for ciphertext in ciphertexts)


def _texts(points: Iterable[Point]) -> list[str]:
    return [point_text(point) for point in points]


def _points(value: ParsedJson, size: int) -> tuple[Point, ...]:
    return tuple(point_from_text(as_text(item)) for item in as_list(value, size))


def _scalars(value: ParsedJson, size: int) -> tuple[Scalar, ...]:
    return tuple(scalar_from_text(as_text(item)) for item in as_list(value, size))
