"""Check the sums of evidence in the closings of identity stations, and add them up by branch.

Each dimension adds up to the authorizations that the station issued. Outliers are for people: a signer
whose cards come in one branch only, a branch where a tenth of the voters had no chip.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from election.acts import Closing, read_statement
from election.bundle import Bundle, CheckIns
from election.definition import BranchId
from election.evidence import BallotClass, Dimension, EvidenceSum, SignerCount, total
from headquarters.import_report import BranchEvidence, FindingKind, ImportFinding
from words.message import Message, m

_PROVISIONAL = tuple(each for each in BallotClass if each is not BallotClass.ORDINARY)


def evidence_findings(bundles: Sequence[Bundle]) -> Iterator[ImportFinding]:
    """Yield sums of accepted bundles that do not add up. A rescued device has none."""
    for bundle, check_ins, closing in _stations(bundles):
        for message in _odd(check_ins, closing):
            yield ImportFinding(FindingKind.EVIDENCE, bundle.device, message)


def branch_evidence(bundles: Sequence[Bundle]) -> tuple[BranchEvidence, ...]:
    """Add up the sums and the signers of each branch's stations, by branch."""
    sums: dict[BranchId, Counter[tuple[Dimension, str]]] = {}
    signers: dict[BranchId, Counter[bytes]] = {}
    for bundle, _, closing in _stations(bundles):
        of = sums.setdefault(bundle.branch, Counter())
        by = signers.setdefault(bundle.branch, Counter())
        for each in closing.evidence:
            of[each.dimension, each.code] += each.number
        for signer in closing.signers:
            by[signer.signer] += signer.number
    return tuple(
        BranchEvidence(
            branch,
            tuple(
                EvidenceSum(dimension, code, number)
                for (dimension, code), number in sorted(sums[branch].items(), key=_place)
            ),
            tuple(SignerCount(key, number) for key, number in sorted(signers[branch].items())),
        )
        for branch in sorted(sums)
    )


def no_answer(bundles: Sequence[Bundle]) -> frozenset[BranchId]:
    """Return the branches that gave provisional ballots for want of the registry's answer.

    Claims whose card was not confirmed have no evidence; they may have been for checked documents.
    """
    found = set()
    for bundle, check_ins, closing in _stations(bundles):
        others = total(
            closing.evidence, Dimension.GIVEN, BallotClass.DOCUMENT, BallotClass.AFTER_DOCUMENT
        )
        left = len(check_ins.provisional) - others - check_ins.claimed_not_issued
        if left > 0 or total(closing.evidence, Dimension.GIVEN, BallotClass.NO_ANSWER):
            found.add(bundle.branch)
    return frozenset(found)


def _stations(bundles: Sequence[Bundle]) -> Iterator[tuple[Bundle, CheckIns, Closing]]:
    for bundle in bundles:
        if bundle.check_ins is None or not bundle.acts:
            continue
        closing = read_statement(bundle.acts[-1]).closing
        if closing is not None:
            yield bundle, bundle.check_ins, closing


def _odd(check_ins: CheckIns, closing: Closing) -> Iterator[Message]:
    issued = sum(row.number for row in check_ins.by_contests)
    places = [_place(((each.dimension, each.code), 0)) for each in closing.evidence]
    if places != sorted(set(places)):
        yield m("the sums of evidence are not in their order")
    for dimension in Dimension:
        if (counted := total(closing.evidence, dimension)) != issued:
            yield m(
                "evidence of {counted} voters by {dimension}, but {issued} authorizations",
                counted=counted,
                dimension=dimension.value,
                issued=issued,
            )
    given = total(closing.evidence, Dimension.GIVEN, *_PROVISIONAL)
    if given > len(check_ins.provisional):
        yield m(
            "evidence of {counted} provisional ballots, but {entries} provisional check-ins",
            counted=given,
            entries=len(check_ins.provisional),
        )
    if any(
        a.signer >= b.signer for a, b in zip(closing.signers, closing.signers[1:], strict=False)
    ):
        yield m("the signers are not in their order")
    if sum(signer.number for signer in closing.signers) > issued:
        yield m("more cards of signers than authorizations")


def _place(each: tuple[tuple[Dimension, str], int]) -> tuple[int, str]:
    (dimension, code), _ = each
    return list(Dimension).index(dimension), code
