"""Checks of a document's groups; they parse them, so nobody calls them before the hashes have passed.

Functions return results by name, without personal data.
"""

from __future__ import annotations

from collections.abc import Mapping

from drivers.errors import ProtocolError
from drivers.smartcard import certificates, dates, lds, mrz, signers
from drivers.smartcard.evidence import CheckResult, DocumentCheck, judged, not_done
from drivers.smartcard.mrz import Mrz
from drivers.smartcard.policy import DocumentKind, PassivePolicy
from drivers.smartcard.signed_data import SignedData

AFTER_HASHES = (
    DocumentCheck.STATE,
    DocumentCheck.CITIZEN,
    DocumentCheck.DOCUMENT_TYPE,
    DocumentCheck.PERIOD,
    DocumentCheck.CONSISTENCY,
    DocumentCheck.PRINTED_ZONE,
)
"""The checks of `check`, in its order."""


def check(
    signed: SignedData, groups: Mapping[int, bytes], policy: PassivePolicy, printed_zone: str
) -> tuple[tuple[CheckResult, ...], DocumentKind | None]:
    """Run the checks of `AFTER_HASHES` on groups whose hashes are signed; with them the kind of document.

    `printed_zone` is the MRZ information that was read from the face of the card, empty if none was.
    """
    try:
        zone = mrz.parse(lds.parse_dg1(groups[1]))
    except ProtocolError as error:
        why = str(error)
        return (
            judged(DocumentCheck.STATE, why),
            *(not_done(each, why) for each in AFTER_HASHES[1:4]),
            judged(DocumentCheck.CONSISTENCY, why),
            judged(DocumentCheck.PRINTED_ZONE, why) if printed_zone else _unprinted(),
        ), None
    country = certificates.country(signed.signer)
    admitting = (kind for kind in policy.kinds if kind.admits(zone, country))
    kind = next(admitting, None)
    state = judged(DocumentCheck.STATE, _state(signed, zone, policy))
    return (
        state,
        not_done(DocumentCheck.CITIZEN, state.detail) if state.detail else _citizen(kind),
        _document_type(signed, zone),
        _period(signed, groups),
        judged(DocumentCheck.CONSISTENCY, _consistency(zone, groups)),
        _printed(zone, printed_zone) if printed_zone else _unprinted(),
    ), kind


def _state(signed: SignedData, zone: Mrz, policy: PassivePolicy) -> str:
    countries = [kind.country_of(zone.state) for kind in policy.kinds]
    if not any(countries):
        return "documents of this state are not accepted"
    if certificates.country(signed.signer) not in countries:
        return "the signer is of another country than the document"
    return ""


def _citizen(kind: DocumentKind | None) -> CheckResult:
    return judged(DocumentCheck.CITIZEN, "" if kind else "not a citizen's document")


def _document_type(signed: SignedData, zone: Mrz) -> CheckResult:
    """Compare the signer's list of document types (Doc 9303 part 12, 7.1.1.6).

    One letter stands for all codes that begin with it. Some signers encode the list in their own way.
    """
    check = DocumentCheck.DOCUMENT_TYPE
    types = certificates.document_types(signed.signer)
    if not types:
        return not_done(check, "the signer lists no document types that can be read")
    fits = any(
        zone.code == each or (len(each) == 1 and zone.code.startswith(each)) for each in types
    )
    return judged(check, "" if fits else "the signer signs other kinds of document")


def _period(signed: SignedData, groups: Mapping[int, bytes]) -> CheckResult:
    check = DocumentCheck.PERIOD
    period = signers.key_period(signed.signer)
    days = signers.days_of_signing(signed.signing_time, groups)
    if period is None or not days:
        return not_done(
            check, "the signer names no period" if period is None else "no day of issue is known"
        )
    return judged(check, signers.signed_outside(period, days))


def _consistency(zone: Mrz, groups: Mapping[int, bytes]) -> str:
    try:
        details = lds.parse_dg11(groups[11]) if 11 in groups else None
        born = None if details is None else details.birth_date
        agree = born is None or dates.agree(born, zone.birth)
    except ProtocolError as error:
        return str(error)
    if details is None:
        return ""
    if not agree:
        return "the birth dates of DG1 and DG11 differ"
    # Cards that carry the personal number in both places must carry the same one.
    optional, number = zone.optional.replace("<", ""), details.personal_number
    if number and len(optional) == len(number) and optional.isdigit() and optional != number:
        return "the personal numbers of DG1 and DG11 differ"
    return ""


def _printed(zone: Mrz, printed: str) -> CheckResult:
    differs = zone.information != printed
    return judged(DocumentCheck.PRINTED_ZONE, "DG1 is not the printed zone" if differs else "")


def _unprinted() -> CheckResult:
    return not_done(DocumentCheck.PRINTED_ZONE, "no printed zone was read")
