"""Sums of evidence at headquarters: what does not add up is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeAlias

import pytest

from election.acts import CardSignature, SignedAct, freeze, read_statement
from election.bundle import BallotBox, Bundle, CheckIns, GrantedCount, ReasonCount
from election.day_sums import DaySum
from election.definition import BranchId, ContestId, DeviceId, Role
from election.evidence import BallotClass, Dimension, EvidenceSum, HolderCode, SignerCount
from election.provisional import ENTRY_SIZE
from election.records import SignedRoot
from election.trusted_digest import trusted_digest
from headquarters.acts_check import act_findings
from headquarters.evidence_check import (
    branch_evidence,
    counted_voters,
    evidence_findings,
    no_answer,
)
from headquarters.import_report import FindingKind
from tests.acts import evidence_of, freeze_without_signing, statements_of, with_evidence
from tests.election.samples import sample
from words.message import in_english

TIMES = tuple(datetime(2026, 6, 14, hour, tzinfo=UTC) for hour in (3, 4, 15))
Change: TypeAlias = Callable[[CheckIns], CheckIns]
ISSUED, ENTRIES = 40, 3


def bundle(change: Change = lambda check_ins: check_ins, *, claimed: int = 0) -> Bundle:
    """A station's closing, whose acts nobody signed: signatures are others' matter."""
    check_ins = CheckIns(
        (GrantedCount((ContestId("council"),), ISSUED),),
        claimed,
        (ReasonCount("under-age", 2),),
        (ReasonCount("no-finger", 1),),
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
    full = with_evidence(freeze_without_signing(bare, TIMES))
    assert full.check_ins is not None
    return replace(full, check_ins=change(full.check_ins))


def terminal(cast: int, accepted: int, signature: bytes = bytes(3373)) -> Bundle:
    """A terminal's closing."""
    root = SignedRoot(cast, 0, bytes(32), bytes(32), signature)
    bare = Bundle(
        "uuid",
        bytes(32),
        DeviceId("terminal-1"),
        Role.BALLOT_TERMINAL,
        BranchId("b1"),
        (),
        bytes(32),
        BallotBox((), root, ()),
        sums=(DaySum("authorization-accepted", "", accepted), DaySum("help-asked", "", 1)),
    )
    return freeze_without_signing(bare, TIMES)


def test_an_ordinary_day_has_nothing_to_tell() -> None:
    good = bundle()
    assert not list(evidence_findings([good, terminal(7, 9)]))
    (branch,) = branch_evidence([good, good])
    assert {each.number for each in branch.sums if each.dimension is not Dimension.GIVEN} == {80}
    assert no_answer([good]) == {"b1"}


def _less(check_ins: CheckIns) -> CheckIns:
    first, *others = check_ins.evidence
    return replace(check_ins, evidence=(replace(first, number=first.number - 1), *others))


@pytest.mark.parametrize(
    "change",
    [
        _less,
        lambda check_ins: replace(check_ins, evidence=check_ins.evidence[1:]),
        lambda check_ins: replace(check_ins, evidence=check_ins.evidence[::-1]),
        lambda c: replace(c, evidence=(*c.evidence, c.evidence[-1])),
        lambda check_ins: replace(check_ins, evidence=()),
        lambda check_ins: replace(check_ins, evidence=evidence_of(ISSUED, ENTRIES + 1)),
        lambda check_ins: replace(check_ins, signers=(SignerCount(bytes(32), ISSUED + 1),)),
        lambda check_ins: replace(
            check_ins, signers=(SignerCount(b"b" * 32, 10), SignerCount(b"a" * 32, 10))
        ),
    ],
)
def test_what_does_not_add_up_is_told(change: Change) -> None:
    found = list(evidence_findings([bundle(change)]))
    assert found
    assert {finding.kind for finding in found} == {FindingKind.EVIDENCE}


def test_other_authorizations_than_two_cards_signed_are_told() -> None:
    """Evidence and authorizations agree with each other, and not with the closing."""
    more = replace(
        bundle(lambda c: replace(c, evidence=evidence_of(ISSUED - 1, ENTRIES))),
        acts=bundle().acts,
    )
    assert more.check_ins is not None
    granted = (GrantedCount((ContestId("council"),), ISSUED - 1),)
    more = replace(more, check_ins=replace(more.check_ins, by_contests=granted))
    (found,) = evidence_findings([more])
    assert str(found.message).startswith("40 authorizations at the closing, 39 handed over")


def _by_holder(code: HolderCode) -> Change:
    def change(check_ins: CheckIns) -> CheckIns:
        sums = [
            EvidenceSum(Dimension.HOLDER, code, each.number)
            if each.dimension is Dimension.HOLDER
            else each
            for each in check_ins.evidence
        ]
        return replace(check_ins, evidence=tuple(sums))

    return change


def _with(closing: Bundle, event: str, reason: str) -> Bundle:
    return replace(closing, sums=(*closing.sums, DaySum(event, reason, 1)))


ODD_SUMS: dict[str, Bundle] = {
    "more votes than cards that opened a ballot": terminal(10, 9),
    "overrides that nobody made": bundle(_by_holder(HolderCode.OVERRIDE)),
    "documents that nobody checked": bundle(_by_holder(HolderCode.DOCUMENT_CHECK)),
    "fingers that did not match": replace(bundle(), sums=bundle().sums[1:]),
    "a refusal hidden": bundle(lambda c: replace(c, refusals=())),
    "a refusal for another reason": bundle(
        lambda c: replace(c, refusals=(ReasonCount("already-voted", 2),))
    ),
    "an override hidden": bundle(lambda c: replace(c, overrides=())),
    "void papers that the closing does not have": _with(terminal(7, 9), "paper-void", "voter"),
    "unmarked papers that it does not have": _with(terminal(7, 9), "paper-unmarked", "in-doubt"),
    "out of order": replace(bundle(), sums=bundle().sums[::-1]),
    "twice": replace(bundle(), sums=(*bundle().sums, bundle().sums[-1])),
    "nothing, counted": replace(bundle(), sums=(*bundle().sums, DaySum("voter-left", "", 0))),
    "about the device": replace(bundle(), sums=(DaySum("cards-missing", "", 1), *bundle().sums)),
}


@pytest.mark.parametrize("name", ODD_SUMS)
def test_sums_that_disagree_are_told(name: str) -> None:
    found = list(evidence_findings([ODD_SUMS[name]]))
    assert found
    assert {finding.kind for finding in found} == {FindingKind.VOTER_SUMS}


def _set_back(closing: Bundle, reason: str) -> Bundle:
    """The device says in its closing that it was started with less than it had held."""
    *before, last = (read_statement(each) for each in closing.acts)
    assert last.closing is not None
    sums = (*last.closing.sums, DaySum("set-back", reason, 1))
    last = replace(last, closing=replace(last.closing, sums=sums))
    nobody = (CardSignature(b"x", b"x"),) * 2
    acts = tuple(SignedAct(freeze(each), nobody, b"") for each in (*before, last))
    return replace(closing, acts=acts)


def test_counters_that_went_with_the_log_are_no_second_alarm() -> None:
    """A memory was exchanged in the day: told as what it is; more than there was is told as before."""
    few = replace(
        bundle(), sums=tuple(each for each in bundle().sums if each.event != "finger-matched")
    )
    assert list(evidence_findings([few]))
    assert not list(evidence_findings([_set_back(few, "log-set-back")]))
    assert not list(evidence_findings([_set_back(terminal(10, 9), "log-set-back")]))
    assert list(evidence_findings([_set_back(few, "votes-set-back")])), "the counters are there"
    hidden = _set_back(bundle(lambda c: replace(c, overrides=())), "log-set-back")
    assert list(evidence_findings([hidden]))


def test_the_report_has_them_by_device_beside_the_paper() -> None:
    rescued = terminal(7, 0, signature=b"")
    assert not list(evidence_findings([rescued]))
    (station, box) = counted_voters([terminal(7, 9), bundle(), rescued])
    assert (station.device, box.device) == ("station-1", "terminal-1")
    assert station.refusals == (ReasonCount("under-age", 2),)
    assert station.evidence == evidence_of(ISSUED, ENTRIES)
    assert [(each.event, each.number) for each in box.events] == [
        ("authorization-accepted", 9),
        ("help-asked", 1),
    ]


def test_checked_documents_are_no_sign_of_a_silent_registry() -> None:
    def by_document(closing: CheckIns) -> CheckIns:
        given = (
            EvidenceSum(Dimension.GIVEN, BallotClass.ORDINARY, ISSUED - ENTRIES),
            EvidenceSum(Dimension.GIVEN, BallotClass.AFTER_DOCUMENT, 1),
            EvidenceSum(Dimension.GIVEN, BallotClass.DOCUMENT, ENTRIES - 1),
        )
        others = [each for each in closing.evidence if each.dimension is not Dimension.GIVEN]
        return replace(closing, evidence=(*others, *given))

    def fewer(closing: CheckIns) -> CheckIns:
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


@pytest.mark.parametrize("added", [None, (), (b"a list",)])
def test_other_trust_than_the_packages_is_told(added: tuple[bytes, ...] | None) -> None:
    """Lists that two roles add are told, too: whose documents counted is the same everywhere, or said."""
    election = sample().election
    trusted = None if added is None else trusted_digest(election.trusted, added)
    statements = statements_of(bundle(), TIMES, trusted=trusted)
    signed = tuple(
        SignedAct(freeze(each), (CardSignature(b"x", b"x"),) * 2, b"") for each in statements
    )
    found = act_findings(election, [replace(bundle(), acts=signed)])
    kinds = [finding.kind for finding in found]
    assert (FindingKind.OTHER_TRUST in kinds) == bool(added)


def test_an_odd_hour_is_told_by_the_polls_clock_on_the_wall() -> None:
    """After midnight in Tehran, the day in UTC is another one."""
    tehran = timezone(timedelta(hours=3, minutes=30))
    opens, closes = (datetime(2026, 6, 12, hour, tzinfo=tehran) for hour in (8, 18))
    election = replace(sample().election, opens=opens, closes=closes)
    times = opens - timedelta(hours=1), opens, datetime(2026, 6, 13, 21, tzinfo=UTC)
    signed = tuple(
        SignedAct(freeze(each), (CardSignature(b"x", b"x"),) * 2, b"")
        for each in statements_of(bundle(), times)
    )
    (found,) = act_findings(election, [replace(bundle(), acts=signed)])
    assert "14 June 2026, 00:30" in in_english(found.message)
