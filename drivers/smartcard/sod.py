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
validity             signer and CA are valid on the day of the election
revocation           signer and CA are on no list of the country (not done without a current one)
group-hashes         every group read is listed with its hash, DG1 is among them, none was hidden
state                DG1, signer and CA are of one country, whose documents are accepted
citizen              DG1 is of a citizen's document: its code and the holder's nationality
document-type        the signer signs documents of this code (not done where it does not say)
period               the document was issued in the life of the signer's key (not done without dates)
consistency          machine readable zone and DG11 agree on number and birth date
printed-zone         DG1 is the zone printed on the card (not done where none was read from it)
===================  =================================================================================

All must pass but those that may be not done; these must not fail. From `state` on the groups are parsed,
which nothing does unless every check before has passed. Groups that were not read are named, not checked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from drivers.errors import ProtocolError
from drivers.smartcard import certificates, group_checks, lds, signed_data, signers, tlv
from drivers.smartcard.asn1 import ASN1_ERRORS, load_der
from drivers.smartcard.documents import LDS_SECURITY_OBJECT, LdsSecurityObject
from drivers.smartcard.evidence import (
    CheckResult,
    DocumentCheck,
    DocumentCheckOutcome,
    Evidence,
    judged,
    not_done,
)
from drivers.smartcard.exempt import Exempt
from drivers.smartcard.policy import PassivePolicy, fingerprint
from drivers.smartcard.profile import load_profile
from drivers.smartcard.signed_data import HASHES, SignedData
from drivers.smartcard.trust import CscaStore

MAX_SOD: Final = 32_768
"""Longest EF.SOD in bytes that is parsed."""


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
    day: datetime,
    policy: PassivePolicy | None = None,
    printed_zone: str = "",
) -> Evidence:
    """Run all checks on EF.SOD and the group files read (number to whole file).

    `day`: the moment of the election's day at which everything has to be valid, with a time zone; never
    the machine's clock. `printed_zone` is the MRZ information (number, birth, expiry, each with its
    digit) that was read from the face of the card, empty if none was. `policy` None accepts the documents
    of the standard profile. No group is parsed unless all checks before it have passed. Never raises for
    card content.
    """
    policy = policy or PassivePolicy((load_profile().kind,))
    try:
        parsed = parse_sod(sod)
    except ProtocolError as error:
        return Evidence((judged(DocumentCheck.STRUCTURE, str(error)),))
    chain = _Chain(parsed, store, day, policy)
    results = (
        judged(DocumentCheck.STRUCTURE, ""),
        *chain.results(),
        judged(DocumentCheck.GROUP_HASHES, _group_hashes(parsed, groups, policy.expected)),
    )
    kind = None
    if why := chain.foreign():
        results += (judged(DocumentCheck.STATE, why),)
    elif not any(result.outcome is DocumentCheckOutcome.FAILED for result in results):
        after, kind = group_checks.check(parsed.signed, groups, policy, printed_zone)
        results += after
    listed = {number for number, _ in parsed.group_hashes}
    return Evidence(
        results,
        tuple(sorted(listed & set(groups))),
        tuple(sorted(listed - set(groups))),
        tuple(chain.exempted),
        kind,
        bytes.fromhex(fingerprint(parsed.signed.signer)),
    )


class _Chain:
    """Checks of EF.SOD, its signer and its authority; what rows of exceptions let through is noted."""

    def __init__(
        self, parsed: SecurityObject, store: CscaStore, day: datetime, policy: PassivePolicy
    ) -> None:
        self._parsed, self._store, self._day, self._policy = parsed, store, day, policy
        self._signed, self._signer = parsed.signed, parsed.signed.signer
        self._authorities = store.issuers_of(self._signer)
        self._states = policy.states_of(certificates.country(self._signer))
        self._whom = (fingerprint(self._signer), *self._states)
        self.exempted: list[Exempt] = []

    def results(self) -> Iterator[CheckResult]:
        """Run the checks in their order."""
        signed, signer, store = self._signed, self._signer, self._store
        no_store = "" if store.certificates else "no country signing certificate is configured"
        yield judged(DocumentCheck.CONTENT_TYPE, self._content_type())
        yield judged(DocumentCheck.MESSAGE_DIGEST, signed_data.wrong_digest(signed))
        yield judged(DocumentCheck.ALGORITHMS, self._algorithms())
        yield judged(DocumentCheck.SIGNATURE, signed_data.wrong_signature(signed))
        yield judged(DocumentCheck.KEY_USAGE, signers.wrong_usage(signer) or self._purpose())
        yield judged(DocumentCheck.TRUST_STORE, no_store)
        yield judged(DocumentCheck.ISSUER, self._issuer())
        yield judged(DocumentCheck.VALIDITY, self._validity())
        yield self._revocation()

    def foreign(self) -> str:
        """Return why signer and authority are not of one country whose documents are accepted."""
        country = certificates.country(self._signer)
        if not self._states:
            return "the signer is of a country whose documents are not accepted"
        # Without an authority the check of the issuer has failed already.
        if self._authorities and country not in map(certificates.country, self._authorities):
            return "the authority is of another country than the signer"
        return ""

    def _unless(self, why: str, what: Exempt, *whom: str) -> str:
        """Return `why`; nothing, and a note, where a row of the table lets it through."""
        if not why or not self._policy.exemptions.hold(what, *whom):
            return why
        self.exempted.append(what)
        return ""

    def _content_type(self) -> str:
        signed = self._signed
        if why := signed_data.wrong_content_type(signed, frozenset({signed.content_type})):
            return why
        why = signed_data.wrong_content_type(signed, frozenset({LDS_SECURITY_OBJECT}))
        return self._unless(why, Exempt.CONTENT_TYPE, *self._states)

    def _algorithms(self) -> str:
        if self._parsed.group_digest not in HASHES:
            return "a hash is too weak"
        if why := signed_data.weak_algorithm(self._signed):
            return why
        floors = self._policy.floors
        for certificate in (self._signer, *self._authorities):
            why = certificates.key_shortness(certificate, floors.rsa_bits, floors.curve_bits)
            if why:
                return why
        return ""

    def _purpose(self) -> str:
        why = signers.wrong_purpose(self._signer)
        return self._unless(why, Exempt.PURPOSE, *self._whom)

    def _issuer(self) -> str:
        if self._authorities:
            if not all(map(certificates.is_authority, self._authorities)):
                self.exempted.append(Exempt.DENYING_AUTHORITY)
            return ""
        for authority in self._store.certificates:
            # Tell a key that this version cannot use from an authority that is missing.
            if certificates.same_name(authority.subject, self._signer.issuer) and (
                why := certificates.weakness(authority)
            ):
                return f"the authority of the signer cannot be used: {why}"
        return "no configured authority issued the signer"

    def _validity(self) -> str:
        day = self._day
        if not any(certificates.is_valid_at(authority, day) for authority in self._authorities):
            return "no authority that is valid on the day"
        if self._signer.not_valid_before_utc > day:
            return "the signer's certificate is not yet valid"
        expired = not certificates.is_valid_at(self._signer, day)
        why = "the signer's certificate is expired" if expired else ""
        return self._unless(why, Exempt.EXPIRED_SIGNER, *self._whom)

    def _revocation(self) -> CheckResult:
        check = DocumentCheck.REVOCATION
        found = signers.revocation(self._signer, self._authorities, self._store, self._day)
        if found.is_revoked:
            return judged(check, "the signer's certificate, or its authority's, is revoked")
        if not found.why_not_done:
            return judged(check, "")
        why = found.why_not_done if self._policy.require_revocation else ""
        why = self._unless(why, Exempt.NO_REVOCATION_LIST, *self._states)
        return judged(check, why) if why else not_done(check, found.why_not_done)


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
