"""EF.CardAccess, DG14, DG15 and EF.ATR/INFO: what is read, and that nothing else gets through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import ProtocolError
from drivers.smartcard import public_keys
from drivers.smartcard.apdu import ExtendedLengths
from drivers.smartcard.chip import chip_parameters
from drivers.smartcard.curves import BRAINPOOL_P256, P384
from drivers.smartcard.files import parse_lengths
from drivers.smartcard.security_infos import (
    ActiveInfo,
    ChipInfo,
    ChipKey,
    PaceInfo,
    parse_card_access,
    parse_dg14,
)
from drivers.smartcard.suites import Suite
from simulators.cards.access import AccessMode, CardAccess, security_info, security_infos
from simulators.cards.chip import ChipKeys, chip_groups
from simulators.cards.eid import EXTENDED, build_info
from tests.drivers.smartcard.spelt_out import spelt_out

ACCESS = CardAccess(AccessMode.PACE, "123456", ((Suite.AES_256, P384),))
KEYS = ChipKeys.create(curve=BRAINPOOL_P256)
GROUPS = chip_groups(KEYS, ACCESS)


def test_the_published_card_access(vectors: dict[str, Any]) -> None:
    objects = {object_["name"]: object_["hex"] for object_ in vectors["icao9303_lds"]["objects"]}
    found = parse_card_access(bytes.fromhex(objects["EF.CardAccess (one PACEInfo)"]))
    assert found == (PaceInfo(bytes.fromhex("04007F00070202040202"), 2, 13),)


def test_dg14_of_a_card() -> None:
    found = parse_dg14(GROUPS[14])
    kinds = {type(info): info for info in found}
    assert set(kinds) == {PaceInfo, ChipInfo, ChipKey, ActiveInfo}
    way = chip_parameters(found)
    assert way is not None
    assert (way.suite, way.curve) == (Suite.AES_128, BRAINPOOL_P256)
    assert KEYS.agreement is not None
    assert way.key.key.public_numbers() == KEYS.agreement.public_key().public_numbers()


def test_unknown_protocols_are_left_out() -> None:
    other = security_info(bytes.fromhex("04007F000702020302"), b"\x04\x01\x00")
    terminal = security_info(bytes.fromhex("04007F00070202020201"), b"\x02\x01\x01")
    assert parse_card_access(security_infos(terminal, other[:-3] + b"\x02\x01\x01")) == ()


def test_a_chip_that_offers_only_what_is_unknown() -> None:
    way = security_info(bytes.fromhex("04007F00070202030102"), b"\x02\x01\x01")  # DH
    with pytest.raises(ProtocolError, match="not known"):
        chip_parameters(parse_card_access(security_infos(way)))
    assert chip_parameters(()) is None


@pytest.mark.parametrize("curve", [BRAINPOOL_P256, P384], ids=lambda c: c.name)
def test_curves_may_be_spelt_out(curve: Any) -> None:
    key = ec.generate_private_key(curve.kind).public_key()
    loaded = public_keys.load(spelt_out(curve, key))
    assert isinstance(loaded, ec.EllipticCurvePublicKey)
    assert loaded.public_numbers() == key.public_numbers()


def test_a_generator_or_curve_of_its_own_is_refused() -> None:
    key = ec.generate_private_key(P384.kind).public_key()
    with pytest.raises(ProtocolError, match="generator"):
        public_keys.load(spelt_out(P384, key, generator=5))
    with pytest.raises(ProtocolError, match="unknown curve"):
        public_keys.load(spelt_out(P384, key, b=P384.b + 1))
    with pytest.raises(ProtocolError, match="unknown curve"):
        public_keys.load(spelt_out(P384, key, cofactor=4))


def test_announced_lengths() -> None:
    assert parse_lengths(build_info(EXTENDED)) == EXTENDED
    assert parse_lengths(b"") is None
    assert parse_lengths(build_info(ExtendedLengths(256, 256))) == ExtendedLengths(256, 256)
    with pytest.raises(ProtocolError):
        parse_lengths(build_info(ExtendedLengths(200, 16_384)))


PARSERS: Mapping[str, tuple[Callable[[bytes], object], bytes]] = {
    "access": (parse_card_access, security_infos(*ACCESS.pace_infos)),
    "dg14": (parse_dg14, GROUPS[14]),
    "key": (public_keys.load, GROUPS[15][2:]),
    "spelt out key": (
        public_keys.load,
        spelt_out(P384, ec.generate_private_key(P384.kind).public_key()),
    ),
    "lengths": (parse_lengths, build_info(EXTENDED)),
}


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=80)
@given(data=st.data())
def test_only_protocol_errors_come_out(name: str, data: st.DataObject) -> None:
    parse, valid = PARSERS[name]
    at = data.draw(st.integers(0, len(valid)))
    content = data.draw(
        st.binary(max_size=120)
        | st.binary(min_size=1, max_size=4).map(lambda noise: valid[:at] + noise + valid[at:])
        | st.binary(min_size=1, max_size=4).map(
            lambda noise: valid[:at] + noise + valid[at + len(noise) :]
        )
        | st.just(valid[:at])
    )
    try:
        result = parse(content)
    except ProtocolError:
        return
    if name == "dg14":
        try:
            chip_parameters(result)  # type: ignore[arg-type]
        except ProtocolError:
            return
