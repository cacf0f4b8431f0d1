"""Partial decryptions, by single keys and by every subset of threshold shares."""

import hashlib
import itertools
import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from crypto.decryption import (
    PartialDecryption,
    check_partial_decryption,
    combine,
    decrypt_row,
    discrete_logarithms,
    lagrange,
    parse_partial_decryption,
)
from crypto.election import parse_election
from crypto.elgamal import Ciphertext, ciphertexts_from_json, encrypt
from crypto.embedding import unembed
from crypto.errors import CryptoError, DecodeError, ProofError
from crypto.group import (
    IDENTITY,
    ORDER,
    hash_to_scalar,
    mul,
    mul_base,
    point_from_text,
    point_text,
    sub,
    system_scalar,
)
from crypto.trustees import parse_trustees
from tests.crypto.elections import (
    VECTORS,
    keys_and_trustees,
    objects_before,
    vector_entries,
    vector_json,
)

KEYS, TRUSTEES = keys_and_trustees()
MESSAGES = [mul_base(i) for i in range(3)]
LISTS = [[encrypt(TRUSTEES.election_key, message, system_scalar()) for message in MESSAGES]]
PHI = "fingerprint"


def _partial(private_key: int, lists: list[list[Ciphertext]]) -> PartialDecryption:
    rows = [decrypt_row(PHI, private_key, row, system_scalar) for row in lists]
    return PartialDecryption(tuple(f for f, _ in rows), tuple(p for _, p in rows))


PARTIALS = {i: _partial(key.private_key, LISTS) for i, key in enumerate(KEYS, 1)}


def test_all_trustees_together_decrypt() -> None:
    for owner, partial in PARTIALS.items():
        check_partial_decryption(PHI, TRUSTEES.owners[owner].public_key, LISTS, partial)
        assert parse_partial_decryption(partial.text) == partial
    assert combine(TRUSTEES, LISTS, PARTIALS) == (tuple(MESSAGES),)
    assert discrete_logarithms(MESSAGES, 2) == (0, 1, 2)


def test_one_trustee_alone_cannot() -> None:
    with pytest.raises(ProofError):
        combine(TRUSTEES, LISTS, {1: PARTIALS[1]})


def test_a_wrong_key_factor_or_shape_is_refused() -> None:
    right, other = PARTIALS[1], PARTIALS[2]
    key = TRUSTEES.owners[1].public_key
    mixed = PartialDecryption((right.factors[0][:2] + other.factors[0][2:],), right.proofs)
    short = PartialDecryption((right.factors[0][:2],), right.proofs)
    for wrong in (other, mixed, short):
        with pytest.raises(ProofError):
            check_partial_decryption(PHI, key, LISTS, wrong)
    with pytest.raises(ProofError):
        check_partial_decryption("other", key, LISTS, right)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(DecodeError):
        discrete_logarithms(MESSAGES, 1)
    assert discrete_logarithms([IDENTITY, IDENTITY], 0) == (0, 0)


def test_lagrange_interpolates() -> None:
    secret, slope = system_scalar(), system_scalar()
    for indices in ((1, 2), (3, 1), (2, 5)):
        shares = {i: secret + slope * i for i in indices}
        assert sum(lagrange(i, indices) * s for i, s in shares.items()) % ORDER == secret


def test_any_two_of_three_shares_give_the_published_result() -> None:
    entries = vector_entries("pedersen")
    setup = objects_before(entries, "Setup")[0]
    election, trustees = parse_election(setup[0]), parse_trustees(setup[1])
    lists = list(ciphertexts_from_json(json.loads(objects_before(entries, "EncryptedTally")[0][0])))
    last = json.loads(objects_before(entries, "Shuffle")[-1][0])["ciphertexts"]
    for index, row in zip(election.slots, ciphertexts_from_json(last), strict=True):
        lists[index] = row
    partials = {}
    for i in (1, 2, 3):
        share = _share(i)
        assert mul_base(share) == trustees.owners[i].public_key
        rows = [decrypt_row(election.fingerprint, share, row, system_scalar) for row in lists]
        partials[i] = PartialDecryption(tuple(f for f, _ in rows), tuple(p for _, p in rows))
        check_partial_decryption(
            election.fingerprint, trustees.owners[i].public_key, lists, partials[i]
        )
    expected = vector_json("pedersen/manifest.json")["expected"]["result"]
    for pair in itertools.combinations((1, 2, 3), 2):
        plain = combine(trustees, lists, {i: partials[i] for i in pair})
        assert [list(unembed(point, 2)) for point in plain[0]] == expected[0]
        assert list(discrete_logarithms(plain[1], 7)) == expected[1]
        assert [list(unembed(point, 2)) for point in plain[2]] == expected[2]
    with pytest.raises(ProofError):
        combine(trustees, lists, {2: partials[2]})


def _share(i: int) -> int:
    """The decryption key of a threshold trustee, out of its encrypted file."""
    seed = (VECTORS / "pedersen" / f"trustee{i}.key").read_text().strip()
    message = vector_json(f"pedersen/trustee{i}.dkey")
    alpha, beta = point_from_text(message["alpha"]), point_from_text(message["beta"])
    shared = sub(beta, mul(hash_to_scalar(f"dk|{seed}"), alpha))
    key = hashlib.sha256(f"key|{point_text(shared)}".encode()).digest()
    nonce = hashlib.sha256(f"iv|{point_text(alpha)}".encode()).digest()
    opened = AESGCM(key).decrypt(nonce, bytes.fromhex(message["data"]), None)
    received = json.loads(json.loads(opened)["message"])
    return int(json.loads(received["message"])["decryption_key"])


@pytest.mark.fuzz
@given(st.integers(0, len(PARTIALS[1].text) - 1), st.binary(max_size=2))
def test_mutated_decryptions_are_refused(at: int, replacement: bytes) -> None:
    text = PARTIALS[1].text
    mutated = text[:at] + replacement + text[at + 1 :]
    if mutated == text:
        return
    with pytest.raises(CryptoError):
        check_partial_decryption(
            PHI, TRUSTEES.owners[1].public_key, LISTS, parse_partial_decryption(mutated)
        )
