"""Lines of a device's reports: what it trusts, who acted, where its log stands, documents checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from crypto.certificates import read_subject
from election.acts import LogPosition, SignedAct, SignedActKind, read_statement
from election.definition import DocumentCheck
from election.document_rules import by_country, usable_of
from election.document_trust import DocumentTrust
from election.evidence import Dimension, EvidenceSum, HolderCode, SignerCount, total
from election.evidence_words import CHECK_POLICIES, CHECKED, evidence_named
from election.papers import ReportLine
from words.message import Items, Latin, m

_ACTS: Final = {
    SignedActKind.LOAD: m("Loaded by"),
    SignedActKind.OPEN: m("Opened by"),
    SignedActKind.CLOSE: m("Closed by"),
}

CLAIMED: Final = {False: m("Claimed, no card written"), True: m("Claimed, no ballot paper given")}
"""By whether voters get ballot papers: of those who were claimed and not confirmed."""


def trust_lines(trust: DocumentTrust, *, in_full: bool) -> tuple[ReportLine, ...]:
    """Say by its digest what is trusted; `in_full`, with what of it can be used, by country."""
    lines = (ReportLine(m("Trusted about documents"), Latin(trust.shown)),)
    if not in_full:
        return lines
    rules = trust.rules()
    return (
        *lines,
        *(
            ReportLine(m("Documents of {country}", country=Latin(each.country)), usable_of(each))
            for each in by_country(rules)
        ),
        *([ReportLine(m("Exceptions that hold"), len(rules.rows))] if rules.rows else []),
    )


def acts_by(acts: Iterable[SignedAct]) -> Iterator[ReportLine]:
    """Say who loaded, opened and closed, by the certificates of the cards that signed."""
    for act in acts:
        names = tuple(read_subject(card.certificate).name for card in act.cards)
        yield ReportLine(_ACTS[read_statement(act).kind], Items(names))


def log_lines(position: LogPosition) -> tuple[ReportLine, ...]:
    """Show where the event log stands: a report anchors it on paper."""
    return (
        ReportLine(m("Entries in the event log"), position.length),
        ReportLine(m("Last entry of the event log"), Latin(position.head.hex()[:32])),
    )


def document_lines(
    policy: DocumentCheck, sums: Iterable[EvidenceSum], forms: int, codes: int
) -> Iterator[ReportLine]:
    """Say what documents without a chip are worth, how many were checked, and what allowed more of them.

    `forms`, `codes`: number of the last form, and of the last code of headquarters.
    """
    sums = tuple(sums)
    yield ReportLine(m("Documents without a chip"), CHECK_POLICIES[policy])
    checked = total(sums, Dimension.HOLDER, HolderCode.DOCUMENT_CHECK)
    yield ReportLine(m("Documents checked"), checked)
    for each in sums:
        if each.dimension is Dimension.DOCUMENT and each.code in CHECKED:
            yield ReportLine(CHECKED[each.code], each.number)
    yield ReportLine(m("Forms numbered"), forms)
    if codes:
        yield ReportLine(m("Last code for more documents"), codes)


def evidence_lines(
    sums: Iterable[EvidenceSum], signers: Iterable[SignerCount]
) -> Iterator[ReportLine]:
    """List all evidence, and who signed the chips of many voters; for the closing report."""
    for each in sums:
        yield ReportLine(evidence_named(each.dimension, each.code), each.number)
    for signer in signers:
        name = Latin(signer.signer.hex()[:32])
        yield ReportLine(m("Cards of signer {signer}", signer=name), signer.number)
