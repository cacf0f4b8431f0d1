"""Single and threshold trustees."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.compact_json import dump
from crypto.errors import CryptoError, ProofError, UnsupportedVersionError
from crypto.group import mul_base
from crypto.trustees import (
    ThresholdTrustees,
    check_trustees,
    generate_trustee,
    make_trustees,
    parse_trustees,
    read_private_key,
)
from tests.crypto.elections import VECTORS

PEDERSEN = (VECTORS / "pedersen" / "trustees.json").read_bytes().rstrip(b"\n")
SINGLE = (VECTORS / "single" / "trustees.json").read_bytes().rstrip(b"\n")


@pytest.mark.parametrize("folder", ["single", "single-wide", "pedersen"])
def test_published_trustees(folder: str) -> None:
    trustees = parse_trustees((VECTORS / folder / "trustees.json").read_bytes().rstrip(b"\n"))
    check_trustees(trustees)
    election = json.loads((VECTORS / folder / "election.json").read_text(encoding="utf-8"))
    assert trustees.election_key[::-1].hex() == election["public_key"]


def test_owners_are_numbered_through() -> None:
    mixed = parse_trustees(SINGLE[:-1] + b"," + PEDERSEN[1:])
    check_trustees(mixed)
    places = [(owner.item, owner.index) for _, owner in sorted(mixed.owners.items())]
    assert places == [(0, 1), (1, 1), (2, 1), (2, 2), (2, 3)]
    threshold = mixed.items[2]
    assert isinstance(threshold, ThresholdTrustees)
    assert (threshold.threshold, threshold.size) == (2, 3)


def test_generated_trustees_come_back() -> None:
    keys = [generate_trustee() for _ in range(3)]
    trustees = make_trustees([key.trustee for key in keys])
    again = parse_trustees(trustees.text)
    check_trustees(again)
    assert again.election_key == mul_base(sum(key.private_key for key in keys))
    assert read_private_key(keys[0].private_text + b"\n") == keys[0].private_key
    assert str(keys[0].private_key) not in repr(keys[0])


def test_private_key_file_of_the_reference_tool() -> None:
    key = read_private_key((VECTORS / "single" / "trustee1.privkey").read_bytes())
    assert parse_trustees(SINGLE).owners[1].public_key == mul_base(key)


def test_the_same_key_twice_is_refused() -> None:
    key = generate_trustee()
    with pytest.raises(ProofError):
        make_trustees([key.trustee, key.trustee])


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(UnsupportedVersionError):
        parse_trustees(SINGLE.replace(b'"Single"', b'"Double"'))


@settings(deadline=None)
@given(st.data())
def test_every_number_and_point_counts(data: st.DataObject) -> None:
    """Any scalar or point changed anywhere in threshold parameters is noticed."""
    value = json.loads(PEDERSEN)
    item = value[0][1]
    field = data.draw(st.sampled_from(["certs", "coefexps", "signatures", "verification_keys"]))
    index = data.draw(st.integers(0, 2))
    target = item[field][index]
    match field:
        case "signatures":
            proof = target
        case "verification_keys":
            proof = target[data.draw(st.sampled_from(["pok", "signature"]))]
        case _:
            proof = target["signature"]
    name = data.draw(st.sampled_from(["challenge", "response"]))
    proof[name] = str(int(proof[name]) ^ 1)
    with pytest.raises(CryptoError):
        check_trustees(parse_trustees(dump(value)))


@pytest.mark.fuzz
@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(PEDERSEN) - 1), st.binary(max_size=2))
def test_mutated_trustees_are_refused(at: int, replacement: bytes) -> None:
    mutated = PEDERSEN[:at] + replacement + PEDERSEN[at + 1 :]
    if mutated == PEDERSEN:
        return
    with pytest.raises(CryptoError):
        check_trustees(parse_trustees(mutated))
