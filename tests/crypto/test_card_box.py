"""Secrets closed for keys inside cards; here the keys are in the test."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.card_box import CardPublicKey, key_id, needed_key, open_with_card, seal_to_card
from crypto.compact_json import ParsedJson, as_text, dump, load_compact
from crypto.errors import (
    CryptoError,
    DecodeError,
    UnsealError,
    UnsupportedVersionError,
    UntrustedKeyError,
)

SECRET = b'{"seed":"PF5nB71KBvFXyViKhC3npr"}'
CONTEXT = b"trustee 2"


@dataclass(frozen=True, slots=True)
class KeyInside:
    """The bare operations, as a card does them."""

    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    @property
    def public(self) -> CardPublicKey:
        return self.private.public_key()

    def agree(self, point: bytes) -> bytes:
        assert isinstance(self.private, ec.EllipticCurvePrivateKey)
        other = ec.EllipticCurvePublicKey.from_encoded_point(self.private.curve, point)
        return self.private.exchange(ec.ECDH(), other)

    def decipher(self, block: bytes) -> bytes:
        assert isinstance(self.private, rsa.RSAPrivateKey)
        numbers = self.private.private_numbers()
        value = pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n)
        return value.to_bytes(256, "big")


CARDS = {
    "p256": KeyInside(ec.generate_private_key(ec.SECP256R1())),
    "rsa": KeyInside(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
}


def boxed(kind: str) -> dict[str, ParsedJson]:
    box = seal_to_card(CARDS[kind].public, SECRET, CONTEXT)
    assert isinstance(box, dict)
    return box


BOXES = {kind: boxed(kind) for kind in CARDS}


def opened(kind: str, box: ParsedJson, context: bytes = CONTEXT) -> bytes:
    return bytes(open_with_card(CARDS[kind].public, CARDS[kind], box, context))


@pytest.mark.parametrize("kind", CARDS)
def test_comes_back(kind: str) -> None:
    assert opened(kind, load_compact(dump(BOXES[kind]))) == SECRET
    assert needed_key(BOXES[kind]) == key_id(CARDS[kind].public)
    assert boxed(kind)["exchange"] != BOXES[kind]["exchange"]


@pytest.mark.parametrize("kind", CARDS)
def test_what_is_refused(kind: str) -> None:
    box, other = BOXES[kind], BOXES["rsa" if kind == "p256" else "p256"]
    with pytest.raises(UnsealError):
        opened(kind, box, b"trustee 3")
    with pytest.raises(UnsealError):
        opened(kind, {**box, "exchange": boxed(kind)["exchange"]})
    data = as_text(box["data"])
    with pytest.raises(UnsealError):
        opened(kind, {**box, "data": data[:-1] + ("0" if data[-1] != "0" else "1")})
    with pytest.raises(UntrustedKeyError, match="not the card"):
        opened(kind, other)
    with pytest.raises(UnsupportedVersionError):
        opened(kind, {**box, "algorithm": other["algorithm"]})
    with pytest.raises(DecodeError):
        opened(kind, {**box, "exchange": "00"})


def test_a_point_off_the_curve_never_reaches_the_card() -> None:
    off = "04" + "11" * 64
    with pytest.raises(DecodeError, match="not a point"):
        opened("p256", {**BOXES["p256"], "exchange": off})


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()).public_key(),
        ed25519.Ed25519PrivateKey.generate().public_key(),
    ],
)
def test_other_keys(key: object) -> None:
    with pytest.raises(UnsupportedVersionError):
        seal_to_card(key, SECRET, CONTEXT)


@pytest.mark.fuzz
@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(CARDS)),
    st.sampled_from(["algorithm", "key", "exchange", "data"]),
    st.none() | st.integers() | st.text(max_size=20) | st.binary(max_size=70).map(bytes.hex),
)
def test_any_field(kind: str, name: str, value: ParsedJson) -> None:
    if BOXES[kind][name] == value:
        return
    with pytest.raises(CryptoError):
        opened(kind, {**BOXES[kind], name: value})
