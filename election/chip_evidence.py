"""Say in codes what a chip has shown: what passed, and what could not be done."""

from __future__ import annotations

from typing import Final

from drivers.smartcard import lds, mrz
from drivers.smartcard.chip import ChipEvidence, ChipVerdict, ProofResult
from drivers.smartcard.emrtd import Identity
from drivers.smartcard.evidence import DocumentCheck, DocumentCheckOutcome, Evidence
from drivers.smartcard.exempt import Exempt
from drivers.smartcard.profile import Access, CardProfile
from election.document_rules import DocumentRules
from election.evidence import AccessCode, CheckCode, ChipCode, DocumentCode, VoterEvidence

_ACCESS: Final = {
    Access.NONE: AccessCode.OPEN,
    Access.PACE: AccessCode.PACE,
    Access.BAC: AccessCode.BAC,
    Access.PACE_OR_BAC: AccessCode.BAC_INSTEAD,
}
_PASSPORT: Final = "P"
"""Document codes of passports begin with it (ICAO Doc 9303 part 4, 4.2.2.2)."""


_SIGNED: Final = frozenset(
    {Exempt.CONTENT_TYPE, Exempt.DENYING_AUTHORITY, Exempt.EXPIRED_SIGNER, Exempt.PURPOSE}
)
_PROVEN: Final = frozenset({Exempt.CHIP_NOT_PROVEN, Exempt.SHORT_CHIP_KEY})


def chip_evidence(
    identity: Identity,
    passive: Evidence,
    proof: ChipEvidence,
    access: Access,
    exempted: frozenset[Exempt] = frozenset(),
) -> VoterEvidence:
    """Return the codes of a card that was admitted. Raises `ProtocolError` without a readable DG1.

    `exempted`: what rows of the table of exceptions let through.
    """
    zone = mrz.parse(lds.parse_dg1(identity.groups[1]))

    def done(check: DocumentCheck, *rows: Exempt) -> CheckCode:
        if not exempted.isdisjoint(rows):
            return CheckCode.EXEMPTED
        passed = passive.outcome(check) is DocumentCheckOutcome.PASSED
        return CheckCode.PASSED if passed else CheckCode.NOT_DONE

    passport = zone.code.startswith(_PASSPORT)
    return VoterEvidence(
        DocumentCode.CHIP_PASSPORT if passport else DocumentCode.CHIP_CARD,
        _ACCESS[access],
        done(DocumentCheck.SIGNATURE, *_SIGNED),
        done(DocumentCheck.STATE, Exempt.EXPIRED_DOCUMENT),
        done(DocumentCheck.REVOCATION, Exempt.NO_REVOCATION_LIST),
        done(DocumentCheck.PERIOD),
        done(DocumentCheck.PRINTED_ZONE),
        _chip(proof) if exempted.isdisjoint(_PROVEN) else ChipCode.EXEMPTED,
        signer=passive.signer,
    )


def _chip(proof: ChipEvidence) -> ChipCode:
    match proof.chip.result is ProofResult.PASSED, proof.active.result is ProofResult.PASSED:
        case True, True:
            return ChipCode.BOTH
        case True, False:
            return ChipCode.CHIP
        case False, True:
            return ChipCode.ACTIVE
        case _:
            return ChipCode.NO_PROOF


def judge_chip(
    proof: ChipEvidence, profile: CardProfile, rules: DocumentRules, state: str
) -> tuple[ChipVerdict, tuple[Exempt, ...]]:
    """Judge whether a chip may give anybody a ballot; and which rows of the exceptions let it pass.

    `state`: in the signed zone.
    """
    unproven = rules.holds(Exempt.CHIP_NOT_PROVEN, state)
    strict = proof.judge(profile.genuineness)
    verdict = proof.judge(profile.genuineness, unproven=unproven)
    if verdict is not ChipVerdict.ACCEPTED:
        return verdict, ()
    if profile.on_card is not None and proof.chip.result is not ProofResult.PASSED:
        # Fingers are compared only over the session of Chip Authentication.
        return ChipVerdict.NOT_PROVEN, ()
    used = () if strict is verdict else (Exempt.CHIP_NOT_PROVEN,)
    return verdict, (*used, Exempt.SHORT_CHIP_KEY) if proof.short_key else used


def proofs_in_words(proof: ChipEvidence) -> str:
    """Say how each proof ended, for the log: nothing of the card, nothing of the person."""
    return f"active {proof.active.result.value}, chip {proof.chip.result.value}"
