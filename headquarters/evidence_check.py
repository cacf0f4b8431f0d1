"""Check what devices counted about voters, as their closing bundles say it, and add evidence up by branch.

Each dimension of evidence adds up to the authorizations that the station issued, and no kind of evidence is
more often there than the acts that it takes: fingers that matched, overrides, documents that two roles
accepted. Outliers are for people: a signer whose cards come in one branch only, a branch where a tenth of
the voters had no chip. Nothing of this is published by station.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from election.acts import read_statement
from election.audit_events import AuditEvent
from election.bundle import Bundle, CheckIns, ReasonCount
from election.day_sums import REASON_OF_VOTERS, DaySum, is_about_device
from election.definition import BranchId
from election.evidence import (
    BallotClass,
    Dimension,
    EvidenceSum,
    HolderCode,
    SignerCount,
    add_up,
    in_order,
    total,
)
from election.reasons import StartReason
from headquarters.import_report import (
    BranchEvidence,
    CountedVoters,
    FindingKind,
    ImportFinding,
)
from words.message import Message, m

_PROVISIONAL = tuple(each for each in BallotClass if each is not BallotClass.ORDINARY)


def evidence_findings(bundles: Sequence[Bundle]) -> Iterator[ImportFinding]:
    """Yield sums of accepted bundles that do not add up. A rescued device has none."""
    for bundle in filter(_closed, bundles):
        check_ins = bundle.check_ins
        evidence = () if check_ins is None else (*_odd(check_ins), *_odd_closing(bundle, check_ins))
        for message in evidence:
            yield ImportFinding(FindingKind.EVIDENCE, bundle.device, message)
        for message in _odd_sums(bundle):
            yield ImportFinding(FindingKind.VOTER_SUMS, bundle.device, message)


def branch_evidence(bundles: Sequence[Bundle]) -> tuple[BranchEvidence, ...]:
    """Add up the sums and the signers of each branch's stations, by branch."""
    sums: dict[BranchId, list[tuple[EvidenceSum, ...]]] = {}
    signers: dict[BranchId, Counter[bytes]] = {}
    for bundle, check_ins in _stations(bundles):
        sums.setdefault(bundle.branch, []).append(check_ins.evidence)
        by = signers.setdefault(bundle.branch, Counter())
        for signer in check_ins.signers:
            by[signer.signer] += signer.number
    return tuple(
        BranchEvidence(
            branch,
            add_up(sums[branch]),
            tuple(SignerCount(key, number) for key, number in sorted(signers[branch].items())),
        )
        for branch in sorted(sums)
    )


def counted_voters(bundles: Sequence[Bundle]) -> tuple[CountedVoters, ...]:
    """Return what every device counted about its voters, to be compared with its printed closing report."""
    return tuple(
        CountedVoters(
            bundle.device,
            bundle.sums,
            () if bundle.check_ins is None else bundle.check_ins.refusals,
            () if bundle.check_ins is None else bundle.check_ins.overrides,
            () if bundle.check_ins is None else bundle.check_ins.evidence,
        )
        for bundle in sorted(filter(_closed, bundles), key=lambda bundle: bundle.device)
    )


def no_answer(bundles: Sequence[Bundle]) -> frozenset[BranchId]:
    """Return the branches that gave provisional ballots for want of the registry's answer.

    Claims whose card was not confirmed have no evidence; they may have been for checked documents.
    """
    found = set()
    for bundle, check_ins in _stations(bundles):
        sums = check_ins.evidence
        others = total(
            sums,
            Dimension.GIVEN,
            BallotClass.DOCUMENT,
            BallotClass.AFTER_DOCUMENT,
            BallotClass.LEFT_TO_THE_NIGHT,
        )
        left = len(check_ins.provisional) - others - check_ins.claimed_not_issued
        if left > 0 or total(sums, Dimension.GIVEN, BallotClass.NO_ANSWER):
            found.add(bundle.branch)
    return frozenset(found)


def _closed(bundle: Bundle) -> bool:
    """Tell a closing from what was rescued: nobody signed that one's root, and it counted nothing."""
    return bool(bundle.acts) and (bundle.box is None or bundle.box.root.signature != b"")


def _stations(bundles: Sequence[Bundle]) -> Iterator[tuple[Bundle, CheckIns]]:
    for bundle in bundles:
        if bundle.check_ins is not None and bundle.acts:
            yield bundle, bundle.check_ins


# ---------------------------------------------------------------- evidence


def _odd(check_ins: CheckIns) -> Iterator[Message]:
    issued = _issued(check_ins)
    if not in_order(check_ins.evidence):
        yield m("the sums of evidence are not in their order")
    for dimension in Dimension:
        if (counted := total(check_ins.evidence, dimension)) != issued:
            yield m(
                "evidence of {counted} voters by {dimension}, but {issued} authorizations",
                counted=counted,
                dimension=dimension.value,
                issued=issued,
            )
    given = total(check_ins.evidence, Dimension.GIVEN, *_PROVISIONAL)
    if given > len(check_ins.provisional):
        yield m(
            "evidence of {counted} provisional ballots, but {entries} provisional check-ins",
            counted=given,
            entries=len(check_ins.provisional),
        )
    signers = [signer.signer for signer in check_ins.signers]
    if signers != sorted(set(signers)):
        yield m("the signers are not in their order")
    if sum(signer.number for signer in check_ins.signers) > issued:
        yield m("more cards of signers than authorizations")


def _odd_closing(bundle: Bundle, check_ins: CheckIns) -> Iterator[Message]:
    """Compare with the one number that two cards signed at the closing."""
    signed, issued = read_statement(bundle.acts[-1]).cast, _issued(check_ins)
    if signed != issued:
        yield m(
            "{signed} authorizations at the closing, {issued} handed over",
            signed=signed,
            issued=issued,
        )


def _issued(check_ins: CheckIns) -> int:
    return sum(row.number for row in check_ins.by_contests)


# ---------------------------------------------------------------- sums of the day


def _odd_sums(bundle: Bundle) -> Iterator[Message]:
    sums = bundle.sums
    keys = [(each.event, each.reason) for each in sums]
    if keys != sorted(set(keys)) or not all(each.number for each in sums):
        yield m("the sums of the day are not in their order")
    began_anew = _began_anew(bundle)
    if any(map(is_about_device, sums)):
        yield m("sums about the device stand among those about voters")
    if bundle.box is not None:
        if not began_anew:
            accepted = _times(sums, AuditEvent.AUTHORIZATION_ACCEPTED)
            yield from _at_most(bundle.box.root.cast, accepted, AuditEvent.AUTHORIZATION_ACCEPTED)
        closing = read_statement(bundle.acts[-1]).closing
        for event in REASON_OF_VOTERS:
            if closing is not None and _times(closing.sums, event) != _times(sums, event):
                yield m("paper records were counted twice, and differ")
    if (check_ins := bundle.check_ins) is not None:
        for codes, event in () if began_anew else _TAKES:
            shown = total(check_ins.evidence, Dimension.HOLDER, *codes)
            yield from _at_most(shown, _times(sums, event), event)
        overrides = sum(each.number for each in check_ins.overrides)
        if overrides != _times(sums, AuditEvent.OVERRIDE):
            yield m("overrides were counted twice, and differ")
        if _reasons(check_ins.refusals) != _by_reason(sums, AuditEvent.REFUSED):
            yield m("refusals were counted twice, and differ")


def _began_anew(bundle: Bundle) -> bool:
    """Return whether the log was lost in the day, by the closing: the counters lie beside it.

    That is told by itself (`acts_check`). These sums can be fewer then, and never more.
    """
    closing = read_statement(bundle.acts[-1]).closing
    return closing is not None and any(
        each.event == AuditEvent.SET_BACK and each.reason == StartReason.LOG_SET_BACK
        for each in closing.sums
    )


_TAKES = (
    ((HolderCode.ON_CARD, HolderCode.MODULE), AuditEvent.FINGER_MATCHED),
    ((HolderCode.OVERRIDE,), AuditEvent.OVERRIDE),
    ((HolderCode.DOCUMENT_CHECK,), AuditEvent.DOCUMENT_CHECKED),
    ((HolderCode.DOCUMENT_CHECK,), AuditEvent.DOCUMENT_FORM),
)
"""What showed that a person is the holder, and the event without which it cannot be."""


def _at_most(shown: int, counted: int, event: AuditEvent) -> Iterator[Message]:
    if shown > counted:
        yield m(
            "{shown} voters, but {event} was counted {counted} times",
            shown=shown,
            event=event.value,
            counted=counted,
        )


def _times(sums: Sequence[DaySum], event: AuditEvent) -> int:
    return sum(each.number for each in sums if each.event == event)


def _by_reason(sums: Sequence[DaySum], event: AuditEvent) -> dict[str, int]:
    return {each.reason: each.number for each in sums if each.event == event}


def _reasons(counts: Sequence[ReasonCount]) -> dict[str, int]:
    return {each.reason: each.number for each in counts if each.number}
