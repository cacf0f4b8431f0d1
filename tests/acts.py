"""Sign the acts of a device as its console does, without a card reader: keys in place of cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from crypto.hybrid import HybridKey
from election.acts import (
    FIRST,
    CardSignature,
    Closing,
    LogPosition,
    SignedAct,
    SignedActKind,
    Statement,
    act_hash,
    card_message,
    countersign,
    freeze,
)
from election.audit_events import AuditEvent
from election.bundle import Bundle
from election.day_sums import DaySum
from election.evidence import (
    AccessCode,
    BallotClass,
    CheckCode,
    ChipCode,
    Dimension,
    DocumentCode,
    EvidenceSum,
    VoterEvidence,
)

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Card:
    """An operator's certificate and the key on the card."""

    certificate: bytes
    key: PrivateKey

    def sign(self, statement: bytes) -> CardSignature:
        message = card_message(statement)
        if isinstance(self.key, RSAPrivateKey):
            value = self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        else:
            value = self.key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        return CardSignature(self.certificate, value)


def sign_act(statement: Statement, cards: Sequence[Card], device: HybridKey) -> SignedAct:
    frozen = freeze(statement)
    return countersign(frozen, [card.sign(frozen) for card in cards], device)


def sign_chain(
    statements: Sequence[Statement], cards: Sequence[Card], key: HybridKey
) -> tuple[SignedAct, ...]:
    """Sign statements one after the other; each names the hash of the one before."""
    acts: list[SignedAct] = []
    for statement in statements:
        previous = act_hash(acts[-1]) if acts else FIRST
        acts.append(sign_act(replace(statement, previous=previous), cards, key))
    return tuple(acts)


def statements_of(
    bundle: Bundle,
    times: Sequence[datetime],
    cast: int | None = None,
    trusted: bytes | None = None,
    number: bytes | None = None,
) -> tuple[Statement, ...]:
    """Return what LOAD, OPEN and CLOSE say on a device that hands over this bundle.

    `number`: the election's, 32 bytes.
    """
    box, check_ins = bundle.box, bundle.check_ins
    if cast is None:
        cast = (
            box.root.cast
            if box
            else sum(g.number for g in check_ins.by_contests)
            if check_ins
            else 0
        )
    kinds = (SignedActKind.LOAD, SignedActKind.OPEN, SignedActKind.CLOSE)
    closing = Closing(
        box.root.records if box else None,
        box.root.spent if box else None,
        box.root.spoiled if box else 0,
        (),
    )
    closes = SignedActKind.CLOSE
    return tuple(
        Statement(
            bundle.election,
            number,
            bundle.device,
            bundle.role,
            bundle.branch,
            kind,
            at,
            FIRST,
            bundle.package_digest,
            cast if kind is closes else 0,
            LogPosition(bundle.audit_tail, 10 * at_entry, cast if box and kind is closes else 0),
            trusted=trusted if kind is SignedActKind.OPEN else None,
            closing=closing if kind is closes else None,
        )
        for at_entry, (kind, at) in enumerate(zip(kinds, times, strict=True), start=1)
    )


SHOWN = VoterEvidence(
    DocumentCode.CHIP_CARD, AccessCode.OPEN, *(CheckCode.PASSED,) * 5, ChipCode.BOTH
)
"""Evidence of a voter with a chip."""


def evidence_of(issued: int, provisional: int = 0) -> tuple[EvidenceSum, ...]:
    """Return sums of voters who came with a chip; of these so many without the registry's answer."""
    given = min(issued, provisional)
    numbers = {BallotClass.ORDINARY: issued - given, BallotClass.NO_ANSWER: given}
    return (
        *(EvidenceSum(d, code, issued) for d, code in SHOWN.codes[:-1] if issued),
        *(EvidenceSum(Dimension.GIVEN, c, n) for c, n in sorted(numbers.items()) if n),
    )


def with_evidence(bundle: Bundle) -> Bundle:
    """Return the bundle with sums of voters who came with a chip and showed a finger at the first try."""
    check_ins = bundle.check_ins
    if bundle.sums:
        return bundle
    if check_ins is None:
        cast = bundle.box.root.cast if bundle.box else 0
        accepted = DaySum(AuditEvent.AUTHORIZATION_ACCEPTED.value, "", cast)
        return replace(bundle, sums=(accepted,) if cast else ())
    issued = sum(granted.number for granted in check_ins.by_contests)
    evidence = evidence_of(issued, len(check_ins.provisional))
    counts = (
        *((AuditEvent.FINGER_MATCHED, "try 1", issued),),
        *((AuditEvent.OVERRIDE, each.reason, each.number) for each in check_ins.overrides),
        *((AuditEvent.REFUSED, each.reason, each.number) for each in check_ins.refusals),
    )
    sums = [DaySum(event.value, reason, number) for event, reason, number in counts if number]
    sums.sort(key=lambda each: (each.event, each.reason))
    return replace(bundle, check_ins=replace(check_ins, evidence=evidence), sums=tuple(sums))


def freeze_without_signing(bundle: Bundle, times: Sequence[datetime]) -> Bundle:
    """Return the bundle with acts that nobody signed."""
    nobody = (CardSignature(b"x", b"x"),) * 2
    acts = (SignedAct(freeze(each), nobody, b"") for each in statements_of(bundle, times))
    return replace(bundle, acts=tuple(acts))


def with_acts(
    bundle: Bundle,
    cards: Sequence[Card],
    key: HybridKey,
    times: Sequence[datetime],
    number: bytes | None = None,
    trusted: bytes | None = None,
) -> Bundle:
    """Return the bundle with the acts of an ordinary day at these times; `number`: the election's."""
    statements = statements_of(bundle, times, number=number, trusted=trusted)
    return replace(with_evidence(bundle), acts=sign_chain(statements, cards, key))
