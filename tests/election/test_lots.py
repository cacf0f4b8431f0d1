"""Lots: who records them, what they name, which ballot they choose."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election.lots import LotError, LotKind, RecordedLot, open_lot, rank, write_lot
from election.reasons import LotReason
from tests.election.acting import acting, other_election
from tests.election.samples import NOW, STATION

W = acting()
AFTER = hashlib.sha256(b"an index").digest()
LOT = RecordedLot(
    W.number,
    LotKind.SEATS,
    "a public source",
    "۲٬۴۱۳٬۹۰۷٫۶ points",
    AFTER,
    NOW.replace(microsecond=0),
)
OTHER = replace(LOT, lot=LotKind.DECISIONS, source="another public source")


def refusal(act: Callable[[], object]) -> LotReason:
    with pytest.raises(LotError) as refused:
        act()
    return refused.value.reason


def test_two_registered_offices_record_it() -> None:
    for lot in (LOT, OTHER):
        assert open_lot(write_lot(lot, W.offices), W.published, lot.lot) == lot


@pytest.mark.parametrize(
    "names",
    [
        ("headquarters",),
        ("observer",),
        ("headquarters", "headquarters"),
        ("observer", "headquarters"),
        ("headquarters", "second-observer"),
        ("headquarters", STATION),
    ],
)
def test_nobody_else_records_it(names: tuple[str, ...]) -> None:
    data = write_lot(LOT, W.signers(*names))
    reason = refusal(lambda: open_lot(data, W.published, LotKind.SEATS))
    assert reason is LotReason.LOT_SIGNATURE


def test_who_signs_lists_of_missing_devices_does_not_sign_lots() -> None:
    """Each list of signers in the register stands for itself."""
    register = W.published.register
    only_missing = replace(register, signers=replace(register.signers, lot=()))
    published = replace(W.published, register=only_missing)
    data = write_lot(LOT, W.offices)
    reason = refusal(lambda: open_lot(data, published, LotKind.SEATS))
    assert reason is LotReason.LOT_SIGNATURE


def test_another_election_kind_source_or_version() -> None:
    data = write_lot(LOT, W.offices)
    for read, expected in (
        (lambda: open_lot(data, other_election(W), LotKind.SEATS), LotReason.LOT_ELECTION),
        (lambda: open_lot(data, W.published, LotKind.DECISIONS), LotReason.LOT_KIND),
        (lambda: open_lot(data[:-2], W.published, LotKind.SEATS), LotReason.LOT_FORMAT),
        (
            lambda: open_lot(
                data.replace(b'"version": 1', b'"version": 9'), W.published, LotKind.SEATS
            ),
            LotReason.LOT_VERSION,
        ),
        (
            lambda: open_lot(
                write_lot(replace(LOT, source="tossing a coin"), W.offices),
                W.published,
                LotKind.SEATS,
            ),
            LotReason.LOT_SOURCE,
        ),
    ):
        assert refusal(read) is expected


@pytest.mark.parametrize("value", ["", " 1", "1 ", "a|b", "a\nb", "a\x00", "x" * 201])
def test_values_that_are_none(value: str) -> None:
    with pytest.raises(ValueError, match="value"):
        write_lot(replace(LOT, value=value), W.offices)


@pytest.mark.parametrize("value", ["7", "x" * 200, "TEDPIX 2,413,907.6", "قرعه ۱۲"])
def test_values_as_sources_have_them(value: str) -> None:
    lot = replace(LOT, value=value)
    assert open_lot(write_lot(lot, W.offices), W.published, LotKind.SEATS).value == value


@settings(max_examples=50)
@given(st.lists(st.binary(min_size=16, max_size=16), min_size=2, unique=True), st.text(min_size=1))
def test_the_order_is_that_of_a_hash_that_everybody_computes(
    handles: list[bytes], value: str
) -> None:
    ordered = sorted(handles, key=lambda handle: rank(handle, value))
    text = value.encode()
    assert ordered[0] == min(handles, key=lambda handle: hashlib.sha256(handle + text).hexdigest())


def test_no_handle_is_favoured() -> None:
    """Of 3,000 values each of three handles is the first about 1,000 times (5 deviations: 130)."""
    handles = [bytes([at]) * 16 for at in range(3)]
    first = [min(handles, key=lambda h: rank(h, f"value {at}")) for at in range(3000)]
    assert all(870 < first.count(handle) < 1130 for handle in handles)
