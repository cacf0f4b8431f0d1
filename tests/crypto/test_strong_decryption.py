"""One strong proof of all factors: true lists pass, whatever is wrong in a list is refused."""

import secrets
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import strong_decryption
from crypto.errors import ProofError
from crypto.group import (
    IDENTITY,
    ORDER,
    Point,
    Scalar,
    add,
    inverse,
    is_on_curve,
    mul,
    mul_base,
    sub,
    system_scalar,
)
from crypto.proofs import Proof
from crypto.scalar_mult import FEW, multi_scalar_mult
from crypto.strong_decryption import (
    DecryptionStatement,
    decryption_seed,
    prove_strong_decryption,
    row_weights,
    verify_strong_decryption,
)
from tests.crypto.forging import forced_proof

KEY = system_scalar()
PHI = "1/SfxW1EclbxyFp75tMchCFEDUU+nJtrUwtPQtEpg5M"
EVENT = bytes(range(32))
SMALL = {
    2: "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
    4: "0000000000000000000000000000000000000000000000000000000000000000",
    8: "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
}


def _points(size: int) -> tuple[Point, ...]:
    return tuple(mul_base(system_scalar()) for _ in range(size))


def _statement(alphas: tuple[Point, ...], key: Scalar = KEY) -> DecryptionStatement:
    factors = tuple(mul(key, alpha) for alpha in alphas)
    return DecryptionStatement(PHI, EVENT, 1, mul_base(key), alphas, factors)


def _holds(statement: DecryptionStatement, proof: Proof) -> bool:
    try:
        verify_strong_decryption(statement, proof)
    except ProofError:
        return False
    return True


def _put(points: tuple[Point, ...], place: int, new: Point) -> tuple[Point, ...]:
    return (*points[:place], new, *points[place + 1 :])


HONEST = _statement(_points(5))
"""Of a key whose trustee knows it, as all others here."""


@pytest.mark.parametrize("size", [0, 1, 2, 150, 300])
def test_what_is_true_is_proven(size: int) -> None:
    """Of no row, of few by single multiplications, of many by buckets."""
    statement = _statement(_points(size))
    verify_strong_decryption(statement, prove_strong_decryption(statement, KEY, system_scalar))
    assert _holds(statement, forced_proof(statement, KEY)), "the forger below forges nothing else"


@settings(max_examples=40)
@given(st.lists(st.booleans(), max_size=6))
def test_rows_of_the_identity_are_rows_like_others(zero: list[bool]) -> None:
    """Sums of no ballot have alpha = factor = identity."""
    alphas = tuple(IDENTITY if is_zero else mul_base(system_scalar()) for is_zero in zero)
    statement = _statement(alphas)
    proof = prove_strong_decryption(statement, KEY, system_scalar)
    assert _holds(statement, proof)
    for place, alpha in enumerate(alphas):
        wrong = add(statement.factors[place], mul_base(1))
        shifted = replace(statement, factors=_put(statement.factors, place, wrong))
        assert not _holds(shifted, proof)
        assert not _holds(shifted, forced_proof(shifted, KEY)), alpha


def _shifted(*shifts: tuple[int, Point]) -> Callable[[DecryptionStatement], DecryptionStatement]:
    def shift(statement: DecryptionStatement) -> DecryptionStatement:
        factors = statement.factors
        for place, by in shifts:
            factors = _put(factors, place, add(factors[place], by))
        return replace(statement, factors=factors)

    return shift


ERROR = mul_base(secrets.randbelow(ORDER))
WRONG: dict[str, Callable[[DecryptionStatement], DecryptionStatement]] = {
    "one factor": _shifted((2, ERROR)),
    "one factor by one": _shifted((4, mul_base(1))),
    "two errors that cancel": _shifted((0, ERROR), (3, sub(IDENTITY, ERROR))),
    "three errors that cancel": _shifted((0, ERROR), (1, ERROR), (2, mul(ORDER - 2, ERROR))),
    "all by the same": _shifted(*((place, ERROR) for place in range(5))),
    "rows exchanged": lambda s: replace(s, factors=(s.factors[1], s.factors[0], *s.factors[2:])),
    "rows turned around": lambda s: replace(s, factors=s.factors[::-1]),
    "one factor twice": lambda s: replace(s, factors=_put(s.factors, 1, s.factors[0])),
    "a factor of the identity": lambda s: replace(s, factors=_put(s.factors, 1, IDENTITY)),
    "another key": lambda s: replace(s, factors=tuple(mul(KEY + 1, alpha) for alpha in s.alphas)),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_list_is_neither_proven_nor_accepted(what: str) -> None:
    wrong = WRONG[what](HONEST)
    assert wrong != HONEST
    assert not _holds(wrong, prove_strong_decryption(HONEST, KEY, system_scalar))
    assert not _holds(wrong, forced_proof(wrong, KEY))
    with pytest.raises(ProofError, match="not what the key gives"):
        prove_strong_decryption(wrong, KEY, system_scalar)


def test_an_error_chosen_after_weights_of_another_list_is_none_for_its_own() -> None:
    """Errors that cancel under the honest list's weights change the list, so its weights, too."""
    first, second, *_ = row_weights(decryption_seed(HONEST), 5)
    balance = mul(-first * inverse(second), ERROR)
    wrong = _shifted((0, ERROR), (1, balance))(HONEST)
    weights = row_weights(decryption_seed(HONEST), 5)
    assert multi_scalar_mult(weights, wrong.factors) == multi_scalar_mult(weights, HONEST.factors)
    assert not _holds(wrong, forced_proof(wrong, KEY))


@pytest.mark.parametrize("order", SMALL)
def test_factors_with_a_component_of_small_order(
    order: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the test of the group one weight in `order` takes it away."""
    torsion = Point(bytes.fromhex(SMALL[order])[::-1])
    assert is_on_curve(torsion)
    many = _statement(_points(FEW))  # added up in buckets, which do not look at the group
    for shifts in ([(1, torsion)], [(0, torsion), (2, torsion)]):
        wrong = _shifted(*shifts)(many)
        assert not _holds(wrong, forced_proof(wrong, KEY))
        with pytest.raises(ProofError, match="outside the group"):
            prove_strong_decryption(wrong, KEY, system_scalar)
    tries = (replace(wrong, event=secrets.token_bytes(32)) for _ in range(20 * order))
    even = next(attempt for attempt in tries if _cancels(attempt, order))
    proof = forced_proof(even, KEY)
    assert not _holds(even, proof)
    monkeypatch.setattr(strong_decryption, "is_public_member", lambda _: True)
    assert _holds(even, proof), "only the test of the group stands in the way"


def _cancels(statement: DecryptionStatement, order: int) -> bool:
    weights = row_weights(decryption_seed(statement), 3)
    return (weights[0] + weights[2]) % order == 0


OTHERS: dict[str, Callable[[DecryptionStatement], DecryptionStatement]] = {
    "another election": lambda s: replace(s, fingerprint="x" * 43),
    "another archive": lambda s: replace(s, event=bytes(32)),
    "another owner": lambda s: replace(s, owner=2),
    "truncated": lambda s: replace(s, alphas=s.alphas[:-1], factors=s.factors[:-1]),
    "extended by a row of the identity": lambda s: replace(
        s, alphas=(*s.alphas, IDENTITY), factors=(*s.factors, IDENTITY)
    ),
    "rows in another order": lambda s: replace(s, alphas=s.alphas[::-1], factors=s.factors[::-1]),
    "no rows": lambda s: replace(s, alphas=(), factors=()),
    "another trustee's": lambda s: _statement(s.alphas, KEY + 1),
    "the trustee's of other rows": lambda s: _statement(_points(len(s.alphas))),
}


@pytest.mark.parametrize("what", OTHERS)
def test_a_proof_is_of_one_statement(what: str) -> None:
    """Each is a true statement of its own."""
    proof = prove_strong_decryption(HONEST, KEY, system_scalar)
    assert _holds(HONEST, proof)
    assert not _holds(OTHERS[what](HONEST), proof)


def test_lists_of_different_lengths_are_no_statement() -> None:
    proof = prove_strong_decryption(HONEST, KEY, system_scalar)
    for wrong in (
        replace(HONEST, alphas=HONEST.alphas[:-1]),
        replace(HONEST, factors=HONEST.factors[:-1]),
        replace(HONEST, factors=()),
    ):
        with pytest.raises(ProofError, match="as many"):
            verify_strong_decryption(wrong, proof)


def test_nobody_proves_with_another_key() -> None:
    with pytest.raises(ProofError, match="not that of the decryption's owner"):
        prove_strong_decryption(HONEST, KEY + 1, system_scalar)


def test_every_number_of_a_proof_counts() -> None:
    proof = prove_strong_decryption(HONEST, KEY, system_scalar)
    for wrong in (
        Proof(proof.challenge + 1, proof.response),
        Proof(proof.challenge, proof.response + 1),
        Proof(proof.response, proof.challenge),
        Proof(0, 0),
    ):
        assert not _holds(HONEST, wrong)


def test_weights_depend_on_every_row() -> None:
    """A weight of its own row alone could be drawn before the others: a birthday problem."""
    before = row_weights(decryption_seed(HONEST), 5)
    after = row_weights(decryption_seed(_shifted((4, ERROR))(HONEST)), 5)
    assert not set(before) & set(after)
    assert all(0 <= weight < 1 << 128 for weight in before)
