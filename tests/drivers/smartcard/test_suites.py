"""Key derivation, the retail checksum, padding."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import SecureMessagingError
from drivers.smartcard.access_secret import Can, MrzKey
from drivers.smartcard.bac import DocumentKeys
from drivers.smartcard.pace import password_key
from drivers.smartcard.suites import FOR_ENCRYPTION, Suite


def test_keys_of_zones(vectors: dict[str, Any]) -> None:
    first, long = vectors["icao9303_bac"]["kseed"]
    for values in (first, long):
        assert MrzKey(values["mrz_information"]).seed.hex().upper() == values["sha1"]
    keys = DocumentKeys.of(MrzKey(first["mrz_information"]).seed)
    assert keys.encryption.hex().upper() == first["k_enc"]
    assert keys.checksum.hex().upper() == first["k_mac"]


def test_keys_of_passwords(vectors: dict[str, Any]) -> None:
    values = vectors["icao9303_pace"]
    zone = MrzKey(values["mrz_information"])
    assert zone.seed.hex().upper() == values["password_sha1"]
    assert password_key(zone.seed, Suite.AES_128).hex().upper() == values["k_pi"]
    second = values["second_example"]
    assert password_key(Can("123456").seed, Suite.AES_128).hex().upper() == second["k_pi"]


def test_key_lengths() -> None:
    for suite in Suite:
        assert len(suite.derive(b"secret", FOR_ENCRYPTION)) == suite.key_size
    assert all(byte.bit_count() % 2 for byte in Suite.TDES.derive(b"secret", FOR_ENCRYPTION))


@given(suite=st.sampled_from(list(Suite)), data=st.binary(max_size=40))
def test_padding_comes_off_again(suite: Suite, data: bytes) -> None:
    padded = suite.pad(data)
    assert len(padded) % suite.block == 0
    assert suite.unpad(padded) == data


@given(suite=st.sampled_from(list(Suite)), data=st.binary(min_size=16, max_size=16))
def test_padding_that_is_none(suite: Suite, data: bytes) -> None:
    try:
        plain = suite.unpad(data)
    except SecureMessagingError:
        return
    assert data in (suite.pad(plain), plain + suite.pad(b""))


@pytest.mark.parametrize("digits", ["12345", "1234567", "12345a", "۱۲۳۴۵۶", ""])
def test_an_access_number_has_six_digits(digits: str) -> None:
    with pytest.raises(ValueError, match="six digits"):
        Can(digits)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "L898902C<36908061940623",
        "L898902C<369080619406237",
        "L898902C<369080629406236",
        "x" * 24,
    ],
)
def test_a_zone_with_a_wrong_digit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        MrzKey(text)


def test_a_zone_and_its_information_give_the_same(vectors: dict[str, Any]) -> None:
    for case in vectors["icao9303_mrz"]["mrz"]:
        assert MrzKey.from_zone(case["mrz"]) == MrzKey(case["mrz_information"])


def test_secrets_do_not_show() -> None:
    assert "123456" not in repr(Can("123456"))
    assert "L898902C" not in repr(MrzKey("L898902C<369080619406236"))
