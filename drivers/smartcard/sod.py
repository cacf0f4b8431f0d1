"""Passive authentication: verify that a country signed a card's data (ICAO Doc 9303 part 11, 5.1).

`check_passive` takes bytes and returns evidence; it reads no card and no file. Every check has a name
and an outcome, so that a refusal can name the one that failed:

===================  =================================================================================
structure            EF.SOD is one SignedData without a second meaning: one signer, its certificate inside
content-type         the content is an LDS security object, and the signed attribute says so
message-digest       the signed attribute is the hash of the content
algorithms           hashes all of the SHA-2 family, RSA from 2048 bits, known curves from 256 bits
signature            the signer's key signed the attributes
key-usage            the signer's certificate may sign data, is for nothing else, and demands nothing unknown
trust-store          there is at least one country signing certificate configured
issuer               one of them, a CA that is trusted itself, issued the signer's certificate
state                DG1, signer and CA are of one country, whose documents are accepted
validity             signer and CA are valid at the time the policy names
period               the document was issued in the life of the signer's key (not done without dates)
revocation           signer and CA are on no list of the country (not done without a current one)
group-hashes         every group read is listed with its hash, DG1 is among them, none was hidden
consistency          machine readable zone and DG11 agree on number and birth date
printed-zone         DG1 is the zone printed on the card (not done where none was read from it)
===================  =================================================================================

All but `period`, `revocation` and `printed-zone` must pass; those three must not fail. Groups that
were not read are named, not checked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from drivers.errors import AuthenticityError, ProtocolError
from drivers.smartcard import certificates, dates, lds, mrz, signed_data, signers, tlv
from drivers.smartcard.asn1 import ASN1_ERRORS, load_der
from drivers.smartcard.documents import LDS_SECURITY_OBJECT, LdsSecurityObject
from drivers.smartcard.profile import load_profile
from drivers.smartcard.signed_data import HASHES, SignedData
from drivers.smartcard.trust import CscaStore

MAX_SOD: Final = 32_768
"""Longest EF.SOD in bytes that is parsed."""


class DocumentCheck(StrEnum):
    """The checks, in the order they are done."""

    STRUCTURE = "structure"
    CONTENT_TYPE = "content-type"
    MESSAGE_DIGEST = "message-digest"
    ALGORITHMS = "algorithms"
    SIGNATURE = "signature"
    KEY_USAGE = "key-usage"
    TRUST_STORE = "trust-store"
    ISSUER = "issuer"
    STATE = "state"
    VALIDITY = "validity"
    PERIOD = "period"
    REVOCATION = "revocation"
    GROUP_HASHES = "group-hashes"
    CONSISTENCY = "consistency"
    PRINTED_ZONE = "printed-zone"


MAY_BE_MISSING: Final = frozenset(
    {DocumentCheck.PERIOD, DocumentCheck.REVOCATION, DocumentCheck.PRINTED_ZONE}
)
"""Checks that need more than every card has: dates, a revocation list, the printed zone."""


class DocumentCheckOutcome(StrEnum):
    """Outcomes of a check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_DONE = "not-done"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of one check; `detail` tells why it failed or was not done, without personal data."""

    check: DocumentCheck
    outcome: DocumentCheckOutcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Results of all checks.

    `groups_not_read` are listed in EF.SOD but were not read.
    """

    results: tuple[CheckResult, ...]
    groups_checked: tuple[int, ...] = ()
    groups_not_read: tuple[int, ...] = ()
    signer: bytes = b""
    """SHA-256 of the signer's certificate; empty where EF.SOD cannot be parsed."""

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """Checks that failed."""
        return tuple(r for r in self.results if r.outcome is DocumentCheckOutcome.FAILED)

    @property
    def authentic(self) -> bool:
        """No check failed, and all were done except those of `MAY_BE_MISSING`."""
        passed = {r.check for r in self.results if r.outcome is DocumentCheckOutcome.PASSED}
        return not self.failed and passed >= set(DocumentCheck) - MAY_BE_MISSING

    def outcome(self, check: DocumentCheck) -> DocumentCheckOutcome:
        """Return the outcome of a check; NOT_DONE if it is not among the results."""
        return next(
            (r.outcome for r in self.results if r.check is check), DocumentCheckOutcome.NOT_DONE
        )

    def require(self) -> None:
        """Raise `AuthenticityError` naming the first failed or missing check."""
        for result in self.failed:
            raise AuthenticityError(result.check, result.detail)
        if not self.authentic:
            raise AuthenticityError(DocumentCheck.STRUCTURE, "not all checks were done")


class ValidityTime(StrEnum):
    """Times at which signer and CA have to be valid."""

    READING = "reading"
    SIGNING = "signing"
    """When the signer claims to have signed: for signers whose certificates end before the cards they
    signed. A stolen key that is no longer valid could name any time, so have revocation lists."""


@dataclass(frozen=True, slots=True)
class PassivePolicy:
    """Demands of a branch beyond the fixed checks.

    `content_types`: dotted, a few old travel documents use others. `expected`: groups that must have been
    read if EF.SOD lists them, so that a card cannot hide one.
    """

    states: tuple[tuple[str, str], ...]
    """States whose documents are accepted: the letters in DG1, the country in the certificates."""
    validity_at: ValidityTime = ValidityTime.READING
    require_revocation: bool = False
    """Refuse cards where `revocation` cannot be done, for want of a list or because it is stale."""
    content_types: frozenset[str] = frozenset({LDS_SECURITY_OBJECT})
    expected: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SecurityObject:
    """EF.SOD taken apart; nothing in it is verified yet."""

    signed: SignedData
    group_digest: str
    group_hashes: tuple[tuple[int, bytes], ...]


def parse_sod(data: bytes) -> SecurityObject:
    """Parse EF.SOD strictly. Raises `ProtocolError`."""
    if len(data) > MAX_SOD:
        raise ProtocolError("the security object is too large")
    signed = signed_data.parse(tlv.parse_one(data, lds.TAG_SOD).value)
    try:
        listed = load_der(LdsSecurityObject, signed.content)
        hashes = tuple((int(entry["number"]), bytes(entry["hash"])) for entry in listed["hashes"])
        digest = str(listed["algorithm"]["algorithm"].native)
    except ASN1_ERRORS as error:
        raise ProtocolError("the security object is malformed") from error
    if len({number for number, _ in hashes}) != len(hashes):
        raise ProtocolError("the security object lists a group twice")
    return SecurityObject(signed, digest, hashes)


def check_passive(
    sod: bytes,
    groups: Mapping[int, bytes],
    store: CscaStore,
    now: datetime,
    policy: PassivePolicy | None = None,
    printed_zone: str = "",
) -> Evidence:
    """Run all checks on EF.SOD and the group files read (number to whole file).

    `now` has a time zone. `printed_zone` is the MRZ information (number, birth, expiry, each with its
    digit) that was read from the face of the card, empty if none was. `policy` None accepts the states of
    the standard profile. Never raises for card content.
    """
    policy = policy or PassivePolicy(load_profile().states)
    try:
        parsed = parse_sod(sod)
    except ProtocolError as error:
        return Evidence((_result(DocumentCheck.STRUCTURE, str(error)),))
    signed, signer = parsed.signed, parsed.signed.signer
    authorities = store.issuers_of(signer)
    no_store = "" if store.certificates else "no country signing certificate is configured"
    content_type = signed_data.wrong_content_type(signed, policy.content_types)
    results = (
        _result(DocumentCheck.STRUCTURE, ""),
        _result(DocumentCheck.CONTENT_TYPE, content_type),
        _result(DocumentCheck.MESSAGE_DIGEST, signed_data.wrong_digest(signed)),
        _result(DocumentCheck.ALGORITHMS, _algorithms(parsed)),
        _result(DocumentCheck.SIGNATURE, signed_data.wrong_signature(signed)),
        _result(DocumentCheck.KEY_USAGE, signers.wrong_usage(signer)),
        _result(DocumentCheck.TRUST_STORE, no_store),
        _result(DocumentCheck.ISSUER, _issuer(signer, authorities, store)),
        _result(DocumentCheck.STATE, _state(parsed, authorities, groups, policy)),
        _result(DocumentCheck.VALIDITY, _validity(signed, authorities, now, policy.validity_at)),
        _period(signed, groups),
        _revocation(signer, authorities, store, now, required=policy.require_revocation),
        _result(DocumentCheck.GROUP_HASHES, _group_hashes(parsed, groups, policy.expected)),
        _result(DocumentCheck.CONSISTENCY, _consistency(groups)),
        _printed_zone(groups, printed_zone),
    )
    listed = {number for number, _ in parsed.group_hashes}
    return Evidence(
        results,
        tuple(sorted(listed & set(groups))),
        tuple(sorted(listed - set(groups))),
        signer.fingerprint(SHA256()),
    )


def _result(check: DocumentCheck, why_not: str) -> CheckResult:
    outcome = DocumentCheckOutcome.FAILED if why_not else DocumentCheckOutcome.PASSED
    return CheckResult(check, outcome, why_not)


def _algorithms(parsed: SecurityObject) -> str:
    if parsed.group_digest not in HASHES:
        return "a hash is too weak"
    return signed_data.weak_algorithm(parsed.signed)


def _issuer(
    signer: x509.Certificate, authorities: tuple[x509.Certificate, ...], store: CscaStore
) -> str:
    if authorities:
        return ""
    for authority in store.certificates:
        # Tell a key that this version cannot use from an authority that is missing.
        if certificates.same_name(authority.subject, signer.issuer) and (
            why := certificates.weakness(authority)
        ):
            return f"the authority of the signer cannot be used: {why}"
    return "no configured authority issued the signer"


def _validity(
    signed: SignedData,
    authorities: tuple[x509.Certificate, ...],
    now: datetime,
    validity_at: ValidityTime,
) -> str:
    moment = now
    if validity_at is ValidityTime.SIGNING:
        if signed.signing_time is None:
            return "the card does not say when it was signed"
        if signed.signing_time > now:
            return "the card says it was signed in the future; check the clock"
        moment = signed.signing_time
    if not certificates.is_valid_at(signed.signer, moment):
        return "the signer's certificate is expired or not yet valid"
    if not any(certificates.is_valid_at(authority, moment) for authority in authorities):
        return "no authority that is valid at that time"
    return ""


def _state(
    parsed: SecurityObject,
    authorities: tuple[x509.Certificate, ...],
    groups: Mapping[int, bytes],
    policy: PassivePolicy,
) -> str:
    try:
        state = mrz.parse(lds.parse_dg1(groups.get(1, b""))).state
    except ProtocolError as error:
        return str(error)
    return signers.wrong_state(parsed.signed.signer, authorities, state, dict(policy.states))


def _period(signed: SignedData, groups: Mapping[int, bytes]) -> CheckResult:
    check = DocumentCheck.PERIOD
    period = signers.key_period(signed.signer)
    days = signers.days_of_signing(signed.signing_time, groups)
    if period is None or not days:
        missing = "the signer names no period" if period is None else "no day of issue is known"
        return CheckResult(check, DocumentCheckOutcome.NOT_DONE, missing)
    return _result(check, signers.signed_outside(period, days))


def _revocation(
    signer: x509.Certificate,
    authorities: tuple[x509.Certificate, ...],
    store: CscaStore,
    now: datetime,
    *,
    required: bool,
) -> CheckResult:
    check = DocumentCheck.REVOCATION
    found = signers.revocation(signer, authorities, store, now)
    if found.is_revoked:
        return _result(check, "the signer's certificate, or its authority's, is revoked")
    if found.why_not_done and not required:
        return CheckResult(check, DocumentCheckOutcome.NOT_DONE, found.why_not_done)
    return _result(check, found.why_not_done)


def _group_hashes(
    parsed: SecurityObject, groups: Mapping[int, bytes], expected: tuple[int, ...]
) -> str:
    if parsed.group_digest not in HASHES:
        return "the hash is too weak"
    listed = dict(parsed.group_hashes)
    if 1 not in listed or 1 not in groups:
        return "DG1 is not listed or was not read"
    for number, data in sorted(groups.items()):
        if number not in listed:
            return f"DG{number} is not listed"
        if hashlib.new(parsed.group_digest, data).digest() != listed[number]:
            return f"DG{number} was changed"
    for number in expected:
        if number in listed and number not in groups:
            return f"DG{number} is listed and was not read"
    return ""


def _consistency(groups: Mapping[int, bytes]) -> str:
    try:
        zone = mrz.parse(lds.parse_dg1(groups.get(1, b"")))
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


def _printed_zone(groups: Mapping[int, bytes], printed: str) -> CheckResult:
    check = DocumentCheck.PRINTED_ZONE
    if not printed:
        return CheckResult(check, DocumentCheckOutcome.NOT_DONE, "no printed zone was read")
    try:
        zone = mrz.parse(lds.parse_dg1(groups.get(1, b"")))
    except ProtocolError as error:
        return _result(check, str(error))
    return _result(check, "" if zone.information == printed else "DG1 is not the printed zone")
