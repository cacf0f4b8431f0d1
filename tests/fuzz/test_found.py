"""What the fuzzer has found, each by itself."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.errors import ProfileError, ProtocolError, SecureMessagingError
from drivers.smartcard import certificates, shapes, tlv
from drivers.smartcard.apdu import Response
from drivers.smartcard.piv_objects import parse_certificate
from drivers.smartcard.secure_messaging import SecureSession
from drivers.smartcard.sod import DocumentCheck, check_passive
from drivers.smartcard.suites import Suite
from drivers.smartcard.trace import FileShape
from drivers.smartcard.trust import CscaStore
from simulators.cards.replay import replay
from simulators.commands.replaying import recorded
from tests.card_issuers import IRAN
from tests.fuzz.world import NOW, in_group, world

UTF8, BIT_STRING, APPLICATION = b"\x0c", b"\x03", b"\x4c"
COMMON_NAME = bytes.fromhex("0603550403")


def with_name_of(kind: bytes, der: bytes) -> bytes:
    """The common names with another type of text, which makes them unreadable."""
    assert COMMON_NAME + UTF8 in der
    return der.replace(COMMON_NAME + UTF8, COMMON_NAME + kind)


@pytest.mark.parametrize("kind", [BIT_STRING, APPLICATION])
def test_names_that_cannot_be_read(kind: bytes) -> None:
    """The package raised ValueError or TypeError for them, and only when somebody asked."""
    authority = world().issuer.authority_der
    with pytest.raises(ProtocolError):
        certificates.load_certificate(with_name_of(kind, authority))
    with pytest.raises(ProtocolError):
        parse_certificate(tlv.encode(0x70, with_name_of(kind, authority)))
    listed = world().issuer.revocation_list(NOW, [1])
    with pytest.raises(ProtocolError):
        certificates.load_revocation_list(with_name_of(kind, listed))


@pytest.mark.parametrize("kind", [BIT_STRING, APPLICATION])
def test_a_signer_whose_name_cannot_be_read_is_evidence(kind: bytes) -> None:
    sod = with_name_of(kind, world().card.sod)
    evidence = check_passive(sod, {1: in_group(1)[0]}, world().store, NOW, IRAN)
    assert [check.check for check in evidence.failed] == [DocumentCheck.STRUCTURE]


def test_a_trust_file_in_pem_of_an_unknown_version(tmp_path: Path) -> None:
    der = world().issuer.authority_der
    version = bytes.fromhex("a003020102")
    assert version in der
    body = der.replace(version, bytes.fromhex("a003020112"), 1)
    lines = base64.encodebytes(body).decode()
    text = f"-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n"
    (tmp_path / "a.pem").write_text(text, encoding="ascii")
    with pytest.raises(ProfileError, match=r"a\.pem"):
        CscaStore.from_folder(tmp_path)


def test_a_protected_answer_with_a_checksum_over_nothing() -> None:
    """A card that has the keys and means harm: its checksum is right, and there is nothing in it."""
    suite = Suite.AES_128
    keys = suite.derive(b"fuzz", 1), suite.derive(b"fuzz", 2)
    checksum = suite.checksum(keys[1], (1).to_bytes(suite.block, "big"))
    session = SecureSession(suite, *keys)
    with pytest.raises(SecureMessagingError):
        session.unprotect(Response.decode(b"\x8e\x08" + checksum + b"\x90\x00"))
    assert session.over


def test_shape_of_a_security_object_whose_signer_has_an_unknown_curve() -> None:
    """The package raises for such a key; the groups are told all the same."""
    curve = bytes.fromhex("06082a8648ce3d030107")
    sod = world().card.sod
    assert curve in sod
    (shape,) = shapes.files({0x011D: sod.replace(curve, curve[:-1] + b"\x1e")})
    assert shape.form[-1] == shapes.UNKNOWN
    assert "dg-14" in shape.form


def test_trace_with_a_tag_that_is_none() -> None:
    """A minus before a hexadecimal number made a negative tag."""
    trace = recorded(world().card, "", world().issuer, NOW)
    files = (FileShape("010B", ("-5F", "5F0E", "+1", "5F_0")),)
    made = replay(replace(trace, files=files), world().person, "123456")
    assert [field.tag for field in tlv.parse_one(made.groups[11], 0x6B).children()] == [0x5F0E]
