"""Proofs by a trustee who leaves out the checks of the honest prover."""

from crypto.group import ORDER, Scalar, mul, mul_base, system_scalar
from crypto.proofs import Proof
from crypto.scalar_mult import multi_scalar_mult
from crypto.strong_decryption import (
    DecryptionStatement,
    decryption_seed,
    row_weights,
    strong_challenge,
)


def forced_proof(statement: DecryptionStatement, key: Scalar) -> Proof:
    """Make the proof of a statement, true or not."""
    seed = decryption_seed(statement)
    weights = row_weights(seed, len(statement.alphas))
    alpha = multi_scalar_mult(weights, statement.alphas)
    factor = multi_scalar_mult(weights, statement.factors)
    nonce = system_scalar()
    challenge = strong_challenge(seed, alpha, factor, mul_base(nonce), mul(nonce, alpha))
    return Proof(challenge, (nonce - challenge * key) % ORDER)
