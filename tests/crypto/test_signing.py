"""Ed25519 with domain separation, and sealing keys' files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import DecodeError, SignatureError
from crypto.signing import PublicKey, SigningKey


def test_a_signature_holds_for_its_context_and_message_only() -> None:
    key = SigningKey.generate()
    signature = key.sign("a", b"message")
    key.public.verify("a", b"message", signature)
    for context, message in (("b", b"message"), ("a", b"other"), ("am", b"essage")):
        with pytest.raises(SignatureError):
            key.public.verify(context, message, signature)
    with pytest.raises(SignatureError):
        SigningKey.generate().public.verify("a", b"message", signature)


@given(st.binary(max_size=100))
def test_other_bytes_are_no_signature(signature: bytes) -> None:
    with pytest.raises(SignatureError):
        SigningKey.generate().public.verify("a", b"message", signature)


@pytest.mark.parametrize("context", ["", "x" * 256])
def test_a_context_is_short_text(context: str) -> None:
    with pytest.raises(ValueError, match="context"):
        SigningKey.generate().sign(context, b"")


def test_key_file(tmp_path: Path) -> None:
    key, path = SigningKey.generate(), tmp_path / "device.key"
    path.write_bytes(key.to_pem())
    assert SigningKey.load(path).public_bytes == key.public_bytes


@pytest.mark.parametrize(
    "data", [b"", b"-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----"]
)
def test_other_files_are_no_keys(data: bytes) -> None:
    with pytest.raises(DecodeError):
        SigningKey.from_pem(data)


def test_public_key_has_32_bytes() -> None:
    with pytest.raises(DecodeError):
        PublicKey(bytes(31))
