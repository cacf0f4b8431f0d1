"""Handles, entries for the reconciliation office, and what a record says of its handle."""

from __future__ import annotations

import hashlib
import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import CryptoError, UnsealError
from crypto.sealing import SealingKey
from election.definition import BranchId, DeviceId
from election.provisional import (
    ENTRY_SIZE,
    ORDINARY,
    Proof,
    ProvisionalEntry,
    commitment,
    new_handle,
    open_entry,
    seal_entry,
)

OFFICE = SealingKey.generate()
PLACE = ("uuid-of-election", BranchId("b-1"), DeviceId("station-1"))
NUMBER = "0013542419"


def test_an_entry_opens_for_the_office_alone() -> None:
    entry = ProvisionalEntry(new_handle(), NUMBER, Proof.DOCUMENT)
    sealed = seal_entry(entry, *PLACE, OFFICE.public_bytes)
    assert len(sealed) == ENTRY_SIZE
    assert open_entry(sealed, *PLACE, OFFICE) == entry
    assert NUMBER.encode() not in sealed
    assert entry.handle not in sealed
    assert NUMBER not in repr(entry)
    with pytest.raises(UnsealError):
        open_entry(sealed, *PLACE, SealingKey.generate())
    with pytest.raises(UnsealError):
        open_entry(sealed, *PLACE[:2], DeviceId("station-2"), OFFICE)


@pytest.mark.parametrize(
    "parts",
    [
        (ORDINARY, NUMBER),
        (b"short", NUMBER),
        (b"h" * 16, "۰۰۱۳۵۴۲۴۱۹"),
        (b"h" * 16, ""),
        (ORDINARY, ""),
        (ORDINARY, "", Proof.CHIP, bytes(32), b"short"),
        (b"h" * 16, NUMBER, Proof.CHIP, bytes(31)),
    ],
)
def test_what_is_no_entry_is_not_sealed(parts: tuple[bytes, str]) -> None:
    with pytest.raises(ValueError, match=r"handle|number|pseudonym|nonce"):
        ProvisionalEntry(*parts)


def test_an_ordinary_check_in_has_one_form_with_a_provisional_one() -> None:
    """Nobody sees from outside which of them has a handle, or a number."""
    spent, name = secrets.token_bytes(32), secrets.token_bytes(16)
    for entry in (
        ProvisionalEntry(ORDINARY, "", Proof.CHIP, spent, name),
        ProvisionalEntry(new_handle(), NUMBER, Proof.CHIP, spent, name),
        ProvisionalEntry(new_handle(), NUMBER, Proof.DOCUMENT, spent),
    ):
        sealed = seal_entry(entry, *PLACE, OFFICE.public_bytes)
        assert len(sealed) == ENTRY_SIZE
        assert open_entry(sealed, *PLACE, OFFICE) == entry


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_entries_raise_crypto_errors_only(data: st.DataObject) -> None:
    sealed = bytearray(seal_entry(ProvisionalEntry(b"h" * 16, NUMBER), *PLACE, OFFICE.public_bytes))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    for changed in (bytes(sealed), bytes(sealed[:place]), data.draw(st.binary(max_size=1300))):
        with pytest.raises(CryptoError):
            open_entry(changed, *PLACE, OFFICE)


def test_a_commitment_binds_ballot_handle_and_salt() -> None:
    digest, handle, salt = hashlib.sha256(b"ballot").digest(), new_handle(), secrets.token_bytes(16)
    committed = commitment(digest, handle, salt)
    others = (
        commitment(hashlib.sha256(b"other").digest(), handle, salt),
        commitment(digest, new_handle(), salt),
        commitment(digest, None, salt),
        commitment(digest, handle, secrets.token_bytes(16)),
    )
    assert len(committed) == 32
    assert committed not in others
    assert len(set(others)) == 4
