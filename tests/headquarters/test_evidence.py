"""Sums of evidence at headquarters: what does not add up is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeAlias

import pytest

from election.acts import Closing
from election.bundle import Bundle, CheckIns, GrantedCount
from election.definition import BranchId, ContestId, DeviceId, Role
from election.evidence import BallotClass, Dimension, EvidenceSum, SignerCount
from election.provisional import ENTRY_SIZE
from headquarters.evidence_check import branch_evidence, evidence_findings, no_answer
from headquarters.import_report import FindingKind
from tests.acts import evidence_of, freeze_without_signing

TIMES = tuple(datetime(2026, 6, 14, hour, tzinfo=UTC) for hour in (3, 4, 15))
Change: TypeAlias = Callable[[Closing], Closing]
ISSUED, ENTRIES = 40, 3


def bundle(change: Change = lambda closing: closing, *, claimed: int = 0) -> Bundle:
    """A station's closing, whose acts nobody signed: signatures are others' matter."""
    check_ins = CheckIns(
        (GrantedCount((ContestId("council"),), ISSUED),),
        claimed,
        (),
        (),
        tuple(bytes(ENTRY_SIZE - 1) + bytes((n,)) for n in range(ENTRIES)),
    )
    bare = Bundle(
        "uuid",
        bytes(32),
        DeviceId("station-1"),
        Role.IDENTITY_STATION,
        BranchId("b1"),
        (),
        bytes(32),
        check_ins=check_ins,
    )
    return freeze_without_signing(bare, TIMES, change)


def test_an_ordinary_day_has_nothing_to_tell() -> None:
    good = bundle()
    assert not list(evidence_findings([good]))
    (branch,) = branch_evidence([good, good])
    assert {each.number for each in branch.sums if each.dimension is not Dimension.GIVEN} == {80}
    assert no_answer([good]) == {"b1"}


def _less(closing: Closing) -> Closing:
    first, *others = closing.evidence
    return replace(closing, evidence=(replace(first, number=first.number - 1), *others))


@pytest.mark.parametrize(
    "change",
    [
        _less,
        lambda closing: replace(closing, evidence=closing.evidence[1:]),
        lambda closing: replace(closing, evidence=closing.evidence[::-1]),
        lambda closing: replace(closing, evidence=(*closing.evidence, closing.evidence[-1])),
        lambda closing: replace(closing, evidence=()),
        lambda closing: replace(closing, evidence=evidence_of(ISSUED, ENTRIES + 1)),
        lambda closing: replace(closing, signers=(SignerCount(bytes(32), ISSUED + 1),)),
        lambda closing: replace(
            closing, signers=(SignerCount(b"b" * 32, 10), SignerCount(b"a" * 32, 10))
        ),
    ],
)
def test_what_does_not_add_up_is_told(change: Change) -> None:
    found = list(evidence_findings([bundle(change)]))
    assert found
    assert {finding.kind for finding in found} == {FindingKind.EVIDENCE}


def test_checked_documents_are_no_sign_of_a_silent_registry() -> None:
    def by_document(closing: Closing) -> Closing:
        given = (
            EvidenceSum(Dimension.GIVEN, BallotClass.ORDINARY, ISSUED - ENTRIES),
            EvidenceSum(Dimension.GIVEN, BallotClass.AFTER_DOCUMENT, 1),
            EvidenceSum(Dimension.GIVEN, BallotClass.DOCUMENT, ENTRIES - 1),
        )
        others = [each for each in closing.evidence if each.dimension is not Dimension.GIVEN]
        return replace(closing, evidence=(*others, *given))

    def fewer(closing: Closing) -> Closing:
        done = by_document(closing)
        *others, after, documents = done.evidence
        ordinary = replace(others[-1], number=others[-1].number + 1)
        less = replace(documents, number=documents.number - 1)
        return replace(done, evidence=(*others[:-1], ordinary, after, less))

    assert not no_answer([bundle(by_document)])
    # One provisional check-in more than documents: an unconfirmed claim, or nobody answered.
    assert no_answer([bundle(fewer)]) == {"b1"}
    assert not no_answer([bundle(fewer, claimed=1)])


def test_signers_are_added_up_by_branch() -> None:
    signer = SignerCount(b"s" * 32, 30)
    found = branch_evidence([bundle(lambda c: replace(c, signers=(signer,)))] * 2)
    assert found[0].signers == (SignerCount(b"s" * 32, 60),)
