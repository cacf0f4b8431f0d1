"""Signatures with Ed25519 and ML-DSA-65 together: both halves count, and belong together."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import (
    MLDSA44PrivateKey,
    MLDSA65PrivateKey,
    MLDSA65PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import hybrid, signing
from crypto.errors import CryptoError, DecodeError, SignatureError, UnsupportedVersionError
from crypto.hybrid import HybridKey, HybridPublicKey
from crypto.signing import SigningKey

KEY, OTHER = HybridKey.generate(), HybridKey.generate()
MESSAGE = b"records and roots"
SIGNATURE = KEY.sign("a", MESSAGE)
CLASSICAL, POST_QUANTUM = SIGNATURE[:64], SIGNATURE[64:]


def refused(
    signature: bytes,
    *,
    context: str = "a",
    message: bytes = MESSAGE,
    key: HybridPublicKey = KEY.public,
) -> None:
    with pytest.raises(SignatureError):
        key.verify(context, message, signature)


def mixed(classical: HybridKey, post_quantum: HybridKey) -> HybridKey:
    """A pair of one key of each."""
    pem = classical.classical.to_pem() + post_quantum.to_pem().split(b"KEY-----\n", 2)[2]
    return HybridKey.from_pem(pem)


def test_sizes() -> None:
    assert (len(SIGNATURE), hybrid.SIGNATURE_SIZE) == (3373, 3373)
    assert (len(KEY.public_bytes), hybrid.PUBLIC_KEY_SIZE) == (1984, 1984)


def test_a_signature_holds_for_its_context_message_and_key_only() -> None:
    KEY.public.verify("a", MESSAGE, SIGNATURE)
    refused(SIGNATURE, context="b")
    refused(SIGNATURE, context="ar", message=MESSAGE[1:])
    refused(SIGNATURE, message=MESSAGE + b"\x00")
    refused(SIGNATURE, key=OTHER.public)


def test_signing_is_hedged() -> None:
    again = KEY.sign("a", MESSAGE)
    assert again[:64] == CLASSICAL, "Ed25519 is deterministic"
    assert again[64:] != POST_QUANTUM
    KEY.public.verify("a", MESSAGE, again)


def test_either_half_alone_is_not_enough() -> None:
    """Whoever breaks one of the two algorithms can make one half; the other one is then wrong."""
    by_other = OTHER.sign("a", MESSAGE)
    refused(CLASSICAL + by_other[64:])
    refused(by_other[:64] + POST_QUANTUM)
    refused(CLASSICAL + bytes(len(POST_QUANTUM)))
    refused(bytes(64) + POST_QUANTUM)


@pytest.mark.parametrize("place", [0, 31, 32, 63, 64, 65, 2000, 3372])
def test_a_changed_bit_in_either_half(place: int) -> None:
    changed = bytearray(SIGNATURE)
    changed[place] ^= 1
    refused(bytes(changed))


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        CLASSICAL,
        POST_QUANTUM,
        SIGNATURE[:-1],
        SIGNATURE[1:],
        SIGNATURE + b"\x00",
        POST_QUANTUM + CLASSICAL,
    ],
    ids=["empty", "classical", "post-quantum", "end cut", "start cut", "longer", "swapped"],
)
def test_swapped_cut_and_lengthened(signature: bytes) -> None:
    refused(signature)


def test_halves_of_other_messages_and_contexts_are_not_put_together() -> None:
    for other in (KEY.sign("a", b"other"), KEY.sign("b", MESSAGE)):
        refused(CLASSICAL + other[64:])
        refused(other[:64] + POST_QUANTUM)


def test_a_half_belongs_to_its_pair() -> None:
    """Pairs that share one key: no half made in one of them holds in the other."""
    shares_classical, shares_post_quantum = mixed(KEY, OTHER), mixed(OTHER, KEY)
    assert shares_classical.public.classical == KEY.public.classical
    assert shares_post_quantum.public.post_quantum == KEY.public.post_quantum
    one, two = shares_classical.sign("a", MESSAGE), shares_post_quantum.sign("a", MESSAGE)
    shares_classical.public.verify("a", MESSAGE, one)
    refused(one[:64] + POST_QUANTUM)
    refused(CLASSICAL + two[64:])
    refused(one[:64] + two[64:])
    refused(CLASSICAL + one[64:], key=shares_classical.public)


def test_no_half_is_a_signature_for_something_else() -> None:
    """Neither as an Ed25519 signature alone, nor as the second one of a certificate, nor back."""
    with pytest.raises(SignatureError):
        KEY.classical.public.verify("a", MESSAGE, CLASSICAL)
    refused(KEY.classical.sign("a", MESSAGE) + POST_QUANTUM)
    framed = (
        b"amin-hybrid-signature-v1\x00\x01a" + hashlib.sha256(KEY.public_bytes).digest() + MESSAGE
    )
    mldsa = MLDSA65PublicKey.from_public_bytes(KEY.public.post_quantum)
    mldsa.verify(POST_QUANTUM, framed, b"amin-hybrid-signature-v1")
    with pytest.raises(SignatureError):
        hybrid.verify_mldsa(KEY.public.post_quantum, framed, POST_QUANTUM)
    refused(CLASSICAL + KEY.sign_alternative(framed))


@pytest.mark.parametrize("context", ["", "x" * 256])
def test_a_context_is_short_text(context: str) -> None:
    with pytest.raises(ValueError, match="context"):
        KEY.sign(context, b"")


@pytest.mark.fuzz
@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200), st.binary(min_size=3309, max_size=3309).map(CLASSICAL.__add__)
    )
)
def test_other_bytes_are_no_signature(signature: bytes) -> None:
    refused(signature)


@pytest.mark.fuzz
@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SIGNATURE) - 1), st.integers(1, 255))
def test_changed_bytes_are_no_signature(place: int, mask: int) -> None:
    changed = bytearray(SIGNATURE)
    changed[place] ^= mask
    refused(bytes(changed))


# ---------------------------------------------------------------- keys


def test_public_keys_come_back() -> None:
    assert HybridPublicKey.from_bytes(KEY.public_bytes) == KEY.public
    for raw in (b"", KEY.public_bytes[:-1], KEY.public_bytes + b"\x00", KEY.classical.public_bytes):
        with pytest.raises(DecodeError):
            HybridPublicKey.from_bytes(raw)
    with pytest.raises(DecodeError):
        HybridPublicKey(KEY.classical.public, KEY.public.post_quantum[1:])


@pytest.mark.fuzz
@settings(max_examples=30, deadline=None)
@given(st.binary(min_size=1952, max_size=1952))
def test_any_key_bytes_refuse_or_do_not_verify(raw: bytes) -> None:
    with pytest.raises(CryptoError):
        HybridPublicKey(KEY.classical.public, raw).verify("a", MESSAGE, SIGNATURE)


def test_key_file(tmp_path: Path) -> None:
    path = tmp_path / "device.key"
    path.write_bytes(KEY.to_pem())
    again = HybridKey.load(path)
    assert again.public == KEY.public
    assert again.to_pem() == KEY.to_pem() == path.read_bytes()
    again.public.verify("a", MESSAGE, KEY.sign("a", MESSAGE))
    assert "HybridKey(…)" in repr(again)


def test_a_file_of_earlier_versions_says_what_to_do() -> None:
    with pytest.raises(DecodeError, match=r"an Ed25519 key alone.*make new keys"):
        HybridKey.from_pem(SigningKey.generate().to_pem())


def pem(key: MLDSA44PrivateKey | MLDSA65PrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


ED25519, MLDSA65 = pem(Ed25519PrivateKey.generate()), pem(MLDSA65PrivateKey.generate())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        MLDSA65,
        MLDSA65 + ED25519,
        ED25519 + ED25519,
        ED25519 + pem(MLDSA44PrivateKey.generate()),
        ED25519 + MLDSA65 + ED25519,
        ED25519 + MLDSA65 + b"\n",
        ED25519 + b"\n" + MLDSA65,
        b"\n" + ED25519 + MLDSA65,
        ED25519 + MLDSA65[:-30],
        ED25519 + b"x" * 100_000,
    ],
)
def test_other_files_are_no_keys(data: bytes) -> None:
    with pytest.raises(DecodeError):
        HybridKey.from_pem(data)
    HybridKey.from_pem(ED25519 + MLDSA65)


@pytest.mark.fuzz
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.integers(0, len(ED25519 + MLDSA65) - 1), st.integers(1, 255))
def test_a_changed_key_file_is_refused_or_another_key(noise: bytes, place: int, mask: int) -> None:
    whole = ED25519 + MLDSA65
    changed = bytearray(whole)
    changed[place] ^= mask
    for data in (noise, ED25519 + noise, bytes(changed)):
        try:
            key = HybridKey.from_pem(data)
        except DecodeError:
            continue
        assert key.to_pem() == data
        assert key.public_bytes != HybridKey.from_pem(whole).public_bytes


# ---------------------------------------------------------------- the library


def test_the_installed_library_passes() -> None:
    hybrid.self_test()


def test_known_keys_and_signatures() -> None:
    """From the seed 00 01 … 1f; computed with `dilithium-py` 1.5.1, another implementation."""
    known = "d666806e11cee19a7c989f7445f90dd419cf4d2d51db8c0fdb4c0f0a542238c9"
    public = MLDSA65PrivateKey.from_seed_bytes(bytes(range(32))).public_key().public_bytes_raw()
    assert hashlib.sha256(public).hexdigest() == known


class WithoutMldsa:
    """As `cryptography` behaves over a library that lacks ML-DSA."""

    @staticmethod
    def _missing(*_: object) -> None:
        raise UnsupportedAlgorithm("ML-DSA is not supported by this version")

    generate = from_seed_bytes = from_public_bytes = _missing


def test_a_library_without_mldsa_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hybrid, "MLDSA65PrivateKey", WithoutMldsa)
    monkeypatch.setattr(hybrid, "MLDSA65PublicKey", WithoutMldsa)
    for use in (
        hybrid.self_test,
        HybridKey.generate,
        lambda: KEY.public.verify("a", MESSAGE, SIGNATURE),
    ):
        with pytest.raises(UnsupportedVersionError, match="cryptography 50"):
            use()


def test_a_library_that_computes_wrongly_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hybrid, "_KNOWN_SEED", bytes(32))
    with pytest.raises(UnsupportedVersionError, match="wrongly"):
        hybrid.self_test()


def test_a_library_that_takes_every_signature_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hybrid, "verify_mldsa", lambda *_: None)
    with pytest.raises(UnsupportedVersionError, match="wrongly"):
        hybrid.self_test()


def test_constants_fit_the_classical_ones() -> None:
    assert hybrid.SIGNATURE_SIZE - hybrid.MLDSA_SIGNATURE_SIZE == signing.SIGNATURE_SIZE == 64
