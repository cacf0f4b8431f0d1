"""Say in codes what a chip has shown: what passed, and what could not be done."""

from __future__ import annotations

from typing import Final

from drivers.smartcard import lds, mrz
from drivers.smartcard.chip import ChipEvidence, ProofResult
from drivers.smartcard.emrtd import Identity
from drivers.smartcard.profile import Access
from drivers.smartcard.sod import DocumentCheck, DocumentCheckOutcome, Evidence
from election.evidence import AccessCode, CheckCode, ChipCode, DocumentCode, VoterEvidence

_ACCESS: Final = {
    Access.NONE: AccessCode.OPEN,
    Access.PACE: AccessCode.PACE,
    Access.BAC: AccessCode.BAC,
    Access.PACE_OR_BAC: AccessCode.BAC_INSTEAD,
}
_PASSPORT: Final = "P"
"""Document codes of passports begin with it (ICAO Doc 9303 part 4, 4.2.2.2)."""


def chip_evidence(
    identity: Identity, passive: Evidence, proof: ChipEvidence, access: Access
) -> VoterEvidence:
    """Return the codes of a card that was admitted. Raises `ProtocolError` without a readable DG1."""
    zone = mrz.parse(lds.parse_dg1(identity.groups[1]))

    def done(check: DocumentCheck) -> CheckCode:
        passed = passive.outcome(check) is DocumentCheckOutcome.PASSED
        return CheckCode.PASSED if passed else CheckCode.NOT_DONE

    passport = zone.code.startswith(_PASSPORT)
    return VoterEvidence(
        DocumentCode.CHIP_PASSPORT if passport else DocumentCode.CHIP_CARD,
        _ACCESS[access],
        done(DocumentCheck.SIGNATURE),
        done(DocumentCheck.STATE),
        done(DocumentCheck.REVOCATION),
        done(DocumentCheck.PERIOD),
        done(DocumentCheck.PRINTED_ZONE),
        _chip(proof),
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
