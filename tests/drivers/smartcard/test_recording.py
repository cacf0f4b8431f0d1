"""Attack the trace of a card: what somebody guesses of its holder can be compared with nothing in it."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import CryptoError
from drivers.smartcard import lds, shapes, tlv
from drivers.smartcard.apdu import ExtendedLengths
from drivers.smartcard.recorder import masked_atr
from drivers.smartcard.trace import MAX_TRACE, STANDARD_ARCS, CardTrace
from election.schema import from_json, to_json
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import ChipKeys
from simulators.cards.eid import EXTENDED, EidCard, PersonData, build_groups
from simulators.cards.issuer import Issuer
from simulators.commands.replaying import recorded
from tests.cases.documents.kit import NOW, person
from tests.pictures import jpeg

ISSUERS = [Issuer.create(name, NOW) for name in ("Invented country", "Another")]
KEYS = [ChipKeys.create() for _ in range(2)]
PICTURES = [jpeg(240, 320)]

LATIN = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=12)
PERSIAN = st.text("ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی ", min_size=1, max_size=60)
HOLDER = st.builds(
    PersonData,
    national_number=st.from_regex(r"[0-9]{10}", fullmatch=True),
    surname=PERSIAN,
    given_names=PERSIAN,
    latin_surname=LATIN,
    latin_given_names=LATIN,
    birth_date=st.dates(date(1930, 1, 1), date(2008, 1, 1)),
    sex=st.sampled_from("MF"),
    document_number=st.from_regex(r"[A-Z][0-9]{5,8}", fullmatch=True),
    expiry=st.dates(date(2027, 1, 1), date(2036, 1, 1)),
    photo=st.sampled_from(PICTURES),
    photo_size=st.just((240, 320)),
    birth_place=PERSIAN,
    address=st.lists(PERSIAN.map(str.strip).filter(bool), min_size=1, max_size=4),
)


def trace_of(
    holder: PersonData, mode: AccessMode = AccessMode.PACE, can: str = "123456", number: int = 0
) -> bytes:
    """The trace of a card of this holder; `number`: of issuer and keys."""
    issuer, access = ISSUERS[number], CardAccess(mode, can)
    card = issuer.issue(holder, access=access, keys=KEYS[number])
    return to_json(recorded(card, can, issuer, NOW))


FULL = replace(person(), address=("تهران", "خیابان"))
EXPECTED = {mode: trace_of(FULL, mode) for mode in (AccessMode.PACE, AccessMode.BAC)}


@settings(max_examples=12, deadline=None)
@given(
    holder=HOLDER,
    can=st.from_regex(r"[0-9]{6}", fullmatch=True),
    number=st.integers(0, 1),
    mode=st.sampled_from(sorted(EXPECTED)),
)
def test_equal_chips_give_equal_traces(
    holder: PersonData, can: str, number: int, mode: AccessMode
) -> None:
    """Whoever holds them, whatever opens them, whichever keys they and their issuer have."""
    assert trace_of(holder, mode, can, number) == EXPECTED[mode]


def secrets_of(card: EidCard, holder: PersonData) -> list[bytes]:
    """Everything a guesser could try: values, whole files, and what is computed of them."""
    texts = [
        holder.national_number,
        holder.document_number,
        f"{holder.birth_date:%y%m%d}",
        f"{holder.birth_date:%Y%m%d}",
        f"{holder.expiry:%y%m%d}",
        holder.surname,
        holder.latin_surname,
        lds.parse_dg1(card.groups[1]),
    ]
    values = [text.encode() for text in texts]
    values += [*card.groups.values(), card.sod]
    values += [
        tlv.parse_one(content, lds.GROUP_TAGS[number]).value
        for number, content in card.groups.items()
    ]
    return values


@pytest.mark.parametrize("mode", sorted(EXPECTED))
def test_guesses_find_nothing(mode: AccessMode) -> None:
    """Values, their hashes under any hash, and their lengths in any notation."""
    trace = EXPECTED[mode]
    card = ISSUERS[0].issue(FULL, access=CardAccess(mode, "123456"), keys=KEYS[0])
    sizes = {len(content) for content in (*card.groups.values(), card.sod)}
    folded = trace.decode().lower()
    for value in secrets_of(card, FULL):
        hashed = [hashlib.new(name, value).digest() for name in ("sha1", "sha256", "sha384", "md5")]
        for secret in (value, *hashed):
            for form in (secret, secret.hex().encode(), base64.b64encode(secret)):
                assert form.lower() not in folded.encode()
        for tag in (b"", b"\x5f\x1f", b"\x5f\x0e", b"\x5f\x10"):
            sizes.add(len(tag + value))
    numbers = {size for size in sizes if size > 16}
    told = {
        number
        for exchange in from_json(CardTrace, trace).exchanges
        for number in (exchange.asked, exchange.gave)
        if number is not None
    }
    assert not told & numbers - {256, 4096, 223, 231}
    assert "9000" in folded  # it says something


@settings(max_examples=30, deadline=None)
@given(extra=st.integers(0, 600), extended=st.sampled_from([EXTENDED, None]))
def test_lengths_of_files_leave_no_trace(extra: int, extended: ExtendedLengths | None) -> None:
    """A longer file of the same form, at every place where another piece begins."""
    groups = build_groups(FULL)
    details = tlv.parse_one(groups[11], 0x6B).value
    longer = {**groups, 13: tlv.encode(0x6D, tlv.encode(0x5F10, bytes(1 + extra)))}
    assert len(details) > 100
    traces = []
    for made in ({**longer, 13: tlv.encode(0x6D, tlv.encode(0x5F10, b"x"))}, longer):
        card = EidCard(made, ISSUERS[0].sign_groups(made), extended=extended)
        traces.append(to_json(recorded(card, "123456", ISSUERS[0], NOW)))
    assert traces[0] == traces[1]


ARC = bytes.fromhex("2B06010401")
"""Of private enterprises."""


@given(serial=st.binary(min_size=1, max_size=12))
def test_identifiers_of_an_issuers_own_are_left_out(serial: bytes) -> None:
    """A card could be numbered by an identifier, by a number beside it, or by a key nobody knows."""
    entry = tlv.encode(0x30, tlv.encode(6, ARC + serial), tlv.encode(2, b"\x01" + serial))
    (shape,) = shapes.protocols(tlv.encode(0x31, entry))
    assert (shape.protocol, shape.key) == (shapes.PRIVATE, "")
    assert all(number < 256 for number in shape.numbers)
    assert not ARC.hex().upper().startswith(STANDARD_ARCS)


@given(atr=st.binary(max_size=40))
def test_any_answer_to_reset(atr: bytes) -> None:
    masked = masked_atr(atr)
    assert len(masked) <= 33
    assert masked[:2] == atr[: len(masked[:2])]


@given(serial=st.binary(min_size=15, max_size=15))
def test_serial_number_in_the_answer_to_reset(serial: bytes) -> None:
    atr = bytes.fromhex("3B8F8001") + serial + b"\x00"
    assert masked_atr(atr) == masked_atr(bytes.fromhex("3B8F8001") + bytes(16))
    assert masked_atr(bytes.fromhex("3B02AABB")) == bytes.fromhex("3B020000")


@given(content=st.dictionaries(st.integers(0x0101, 0x011E), st.binary(max_size=200), max_size=4))
def test_shapes_of_anything(content: dict[int, bytes]) -> None:
    """Never raise, and hold words only."""
    for shape in shapes.files(content):
        assert all(len(word) <= 40 and word.isascii() for word in shape.form)


@pytest.mark.parametrize("change", [{"version": 2}, {"format": "x"}, {"ended": "x" * 41}])
def test_other_documents_are_refused(change: dict[str, object]) -> None:
    plain = json.loads(EXPECTED[AccessMode.PACE])
    with pytest.raises(CryptoError):
        from_json(CardTrace, json.dumps({**plain, **change}).encode(), MAX_TRACE)
