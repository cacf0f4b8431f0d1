"""Codes of evidence, and how many documents a station may check by eye."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.definition import BranchId, DeviceId, DocumentCheck, Election, Role, Rules
from election.evidence import (
    DIMENSIONS,
    Dimension,
    DocumentKind,
    EvidenceSum,
    RollCode,
    VoterEvidence,
    of_document_check,
    total,
)
from election.schema import SchemaError, from_cbor, to_cbor
from tests.election.samples import sample

ELECTION: Election = sample().election


def test_one_table_of_dimensions() -> None:
    members = [each.name for each in fields(VoterEvidence) if each.name != "signer"]
    assert members == [each.value for each in Dimension] == [each.value for each in DIMENSIONS]


@pytest.mark.parametrize("dead", [False, True])
@pytest.mark.parametrize("kind", DocumentKind)
def test_every_kind_gives_one_code_in_every_dimension(kind: DocumentKind, dead: bool) -> None:
    codes = of_document_check(kind, RollCode.FITS, dead=dead).codes
    sums = [EvidenceSum(dimension, code, 1) for dimension, code in codes]
    assert all(total(sums, dimension) == 1 for dimension in Dimension)
    for each in sums:
        assert from_cbor(EvidenceSum, to_cbor(each)) == each


def test_a_code_of_another_dimension_is_refused() -> None:
    with pytest.raises(ValueError, match="pace"):
        EvidenceSum(Dimension.CHIP, "pace", 1)
    good = to_cbor(EvidenceSum(Dimension.CHIP, "no-chip", 1))
    with pytest.raises(SchemaError):
        from_cbor(EvidenceSum, good.replace(b"no-chip", b"no-card"))


@given(st.integers(1, 200), st.integers(1, 30))
def test_the_stations_of_a_branch_share_its_number(most: int, stations: int) -> None:
    enrolled = ELECTION.devices[0]
    branch = BranchId("b")
    devices = tuple(
        replace(enrolled, id=DeviceId(f"s{n}"), role=Role.IDENTITY_STATION, branch=branch)
        for n in range(stations)
    )
    election = replace(
        ELECTION, devices=(*ELECTION.devices, *devices), rules=Rules(document_checks_per_hour=most)
    )
    shares = [election.document_checks(device.id) for device in devices]
    assert sum(shares) == most
    assert max(shares) - min(shares) <= 1
    assert election.document_checks(DeviceId("nobody")) == 0


def test_provisional_ballots_need_somebody_to_judge_them() -> None:
    alone = replace(ELECTION, rules=Rules(), reconciliation_public_key=b"")
    assert alone.document_check is DocumentCheck.OFF
    assert replace(alone, reconciliation_public_key=b"key").document_check is (
        DocumentCheck.PROVISIONAL
    )
    ordinary = Rules(document_check=DocumentCheck.ORDINARY)
    assert replace(alone, rules=ordinary).document_check is DocumentCheck.ORDINARY
