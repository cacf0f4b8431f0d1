"""HPKE with MLKEM768-X25519."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import sealing
from crypto.errors import CryptoError, DecodeError, UnsealError
from crypto.sealing import SealingKey, seal

KEY = SealingKey.generate()


@settings(max_examples=20)
@given(st.binary(max_size=3000), st.binary(max_size=100))
def test_round_trip(plaintext: bytes, info: bytes) -> None:
    sealed = seal(KEY.public_bytes, plaintext, info)
    assert len(sealed) == len(plaintext) + sealing.OVERHEAD
    assert KEY.open(sealed, info) == plaintext


def test_only_this_key_and_purpose_open() -> None:
    sealed = seal(KEY.public_bytes, b"record", b"one election")
    for key, info in ((SealingKey.generate(), b"one election"), (KEY, b"another election")):
        with pytest.raises(UnsealError):
            key.open(sealed, info)


@settings(max_examples=60)
@given(st.data())
def test_a_changed_byte_does_not_open(data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY.public_bytes, b"record", b""))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(UnsealError):
        KEY.open(bytes(sealed), b"")


@given(st.binary(max_size=1300))
def test_random_bytes_do_not_open(data: bytes) -> None:
    with pytest.raises(UnsealError):
        KEY.open(data, b"")
    with pytest.raises(CryptoError):
        seal(data, b"", b"")


def test_key_file(tmp_path: Path) -> None:
    path = tmp_path / "sealing.key"
    path.write_bytes(KEY.to_pem())
    assert SealingKey.load(path) == KEY
    assert KEY.raw.hex() not in repr(KEY)


@pytest.mark.parametrize("change", [b"", b"x", b"-----BEGIN AMIN SEALING KEY-----\n"])
def test_other_files_are_no_keys(change: bytes) -> None:
    with pytest.raises(DecodeError):
        SealingKey.from_pem(change)


def test_public_key_must_be_one() -> None:
    sealing.check_public_key(KEY.public_bytes)
    with pytest.raises(DecodeError):  # coefficients of ML-KEM keys are below 3329
        sealing.check_public_key(b"\xff" * sealing.PUBLIC_KEY_SIZE)
