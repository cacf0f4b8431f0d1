"""Shuffles: our own, and those of the reference tool."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.compact_json import load_compact
from crypto.election import parse_election
from crypto.elgamal import Ciphertext, encrypt
from crypto.errors import CryptoError, DecodeError
from crypto.group import mul, mul_base, point_text, sub, system_scalar
from crypto.shuffle import Generators, ShuffleProof, is_shuffle, shuffle_ciphertexts
from tests.crypto.elections import objects_before, vector_entries, vector_json

SECRET = system_scalar()
KEY = mul_base(SECRET)
PHI = "fingerprint"
INPUTS = [encrypt(KEY, mul_base(i), system_scalar()) for i in range(4)]
GENERATORS = Generators.up_to(4)
OUTPUTS, PROOF = shuffle_ciphertexts(PHI, KEY, INPUTS, GENERATORS, system_scalar)


def test_published_generators() -> None:
    published = vector_json("primitives/primitives.json")["generators"]
    ours = Generators.up_to(max(map(int, published)) + 1)
    for index, text in published.items():
        point = ours.h if index == "-1" else ours.items[int(index)]
        assert point_text(point) == text


@pytest.mark.parametrize("folder", ["single", "single-wide", "pedersen"])
def test_shuffles_of_the_reference_tool(folder: str) -> None:
    entries = vector_entries(folder)
    election = parse_election(objects_before(entries, "Setup")[0][0])
    tally = json.loads(objects_before(entries, "EncryptedTally")[0][0])
    rows = [[Ciphertext.from_json(item) for item in tally[index]] for index in election.slots]
    generators = Generators.up_to(len(rows[0]))
    for text, _ in objects_before(entries, "Shuffle"):
        shuffle = json.loads(text)
        for i, value in enumerate(shuffle["proofs"]):
            outputs = [Ciphertext.from_json(item) for item in shuffle["ciphertexts"][i]]
            proof = ShuffleProof.from_json(value)
            assert proof.as_json() == value
            context = (election.fingerprint, election.public_key)
            assert is_shuffle(*context, rows[i], outputs, proof=proof, generators=generators)
            rows[i] = outputs


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 50), max_size=8))
def test_a_shuffle_keeps_the_messages(values: list[int]) -> None:
    inputs = [encrypt(KEY, mul_base(value), system_scalar()) for value in values]
    generators = Generators.up_to(8).first(len(values))
    outputs, proof = shuffle_ciphertexts(PHI, KEY, inputs, generators, system_scalar)
    assert is_shuffle(PHI, KEY, inputs, outputs, proof=proof, generators=generators)
    plain = sorted(sub(item.beta, mul(SECRET, item.alpha)) for item in outputs)
    assert plain == sorted(mul_base(value) for value in values)
    assert not set(inputs) & set(outputs)


def test_every_permutation_occurs() -> None:
    inputs = INPUTS[:3]
    generators = GENERATORS.first(3)
    seen = set()
    for _ in range(80):
        outputs, _proof = shuffle_ciphertexts(PHI, KEY, inputs, generators, system_scalar)
        seen.add(tuple(sub(item.beta, mul(SECRET, item.alpha)) for item in outputs))
    assert len(seen) == 6


@pytest.mark.parametrize("name", ShuffleProof.__slots__)
def test_every_value_of_the_proof_counts(name: str) -> None:
    value: Any = getattr(PROOF, name)
    changed: Any
    if name.startswith("s"):
        changed = (value[0] ^ 1, *value[1:]) if isinstance(value, tuple) else value ^ 1
    else:
        changed = (KEY, *value[1:]) if isinstance(value, tuple) else KEY
    wrong = replace(PROOF, **{name: changed})
    assert is_shuffle(PHI, KEY, INPUTS, OUTPUTS, proof=PROOF, generators=GENERATORS)
    assert not is_shuffle(PHI, KEY, INPUTS, OUTPUTS, proof=wrong, generators=GENERATORS)


def test_other_lists_are_refused() -> None:
    fresh = encrypt(KEY, mul_base(1), system_scalar())
    for outputs in ([fresh, *OUTPUTS[1:]], OUTPUTS[::-1], OUTPUTS[:3], INPUTS):
        assert not is_shuffle(PHI, KEY, INPUTS, outputs, proof=PROOF, generators=GENERATORS)
    assert not is_shuffle("other", KEY, INPUTS, OUTPUTS, proof=PROOF, generators=GENERATORS)


def test_proofs_of_uneven_lengths_are_refused() -> None:
    value = json.loads(json.dumps(PROOF.as_json()))
    value[0][4].pop()
    with pytest.raises(DecodeError):
        ShuffleProof.from_json(value)


@pytest.mark.fuzz
@given(st.binary(max_size=80))
def test_any_bytes_are_no_proof(data: bytes) -> None:
    with pytest.raises(CryptoError):
        ShuffleProof.from_json(load_compact(data))
