"""Passive authentication: is what the card says signed by its country? (ICAO Doc 9303 part 11, 5.1)

`check_passive` takes bytes and returns evidence; it reads no card and no file. Every check has a name
and an outcome, so that a refusal can say which one failed:

===================  =================================================================================
structure            EF.SOD is one strictly DER SignedData: one signer, whose certificate is inside
content-type         the content is an LDS security object, and the signed attribute says so
message-digest       the signed attribute is the hash of the content
algorithms           only hashes of the SHA-2 family, RSA from 2048 bits, curves from 256 bits
signature            the signer's key signed the attributes
key-usage            the signer's certificate may sign data
trust-store          there is at least one country signing certificate configured
issuer               one of them, being a CA, issued the signer's certificate
validity             signer and CA are valid at the time of reading
revocation           the signer is not on the CA's current list (not done without one)
group-hashes         every group read is listed with its hash, and DG1 is among them
consistency          machine readable zone and DG11 agree on number and birth date
===================  =================================================================================

All but `revocation` must pass. Groups that were not read are named, not judged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from asn1crypto import cms, core
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from drivers.errors import AuthenticityError, ProtocolError
from drivers.smartcard import lds, mrz, tlv, trust
from drivers.smartcard.trust import CscaStore

LDS_SECURITY_OBJECT: Final = "2.23.136.1.1.1"
MAX_SOD: Final = 32_768
"""Longest EF.SOD in bytes that is parsed."""

_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_ASN1_ERRORS: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""What asn1crypto raises for malformed input (AttributeError: for types it does not implement)."""


class Check(StrEnum):
    """The checks, in the order they are done."""

    STRUCTURE = "structure"
    CONTENT_TYPE = "content-type"
    MESSAGE_DIGEST = "message-digest"
    ALGORITHMS = "algorithms"
    SIGNATURE = "signature"
    KEY_USAGE = "key-usage"
    TRUST_STORE = "trust-store"
    ISSUER = "issuer"
    VALIDITY = "validity"
    REVOCATION = "revocation"
    GROUP_HASHES = "group-hashes"
    CONSISTENCY = "consistency"


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_DONE = "not-done"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check; `detail` says why it failed or was not done, without personal data."""

    check: Check
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was checked and what was not. `groups_not_read` are listed in EF.SOD but were not read."""

    results: tuple[CheckResult, ...]
    groups_checked: tuple[int, ...] = ()
    groups_not_read: tuple[int, ...] = ()

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        return tuple(r for r in self.results if r.outcome is Outcome.FAILED)

    @property
    def authentic(self) -> bool:
        """Every check was passed; `revocation` may be not done."""
        passed = {r.check for r in self.results if r.outcome is Outcome.PASSED}
        return not self.failed and passed >= set(Check) - {Check.REVOCATION}

    def outcome(self, check: Check) -> Outcome:
        return next((r.outcome for r in self.results if r.check is check), Outcome.NOT_DONE)

    def require(self) -> None:
        """Raise `AuthenticityError` naming the first failed or missing check."""
        for result in self.failed:
            raise AuthenticityError(result.check, result.detail)
        if not self.authentic:
            raise AuthenticityError(Check.STRUCTURE, "not all checks were done")


class _SecurityHash(core.Sequence):  # type: ignore[misc]
    _fields = [("number", core.Integer), ("hash", core.OctetString)]  # noqa: RUF012


class _SecurityHashes(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _SecurityHash


class _LdsVersion(core.Sequence):  # type: ignore[misc]
    _fields = [("lds", core.PrintableString), ("unicode", core.PrintableString)]  # noqa: RUF012


class _SecurityObject(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012
        ("version", core.Integer),
        ("algorithm", cms.DigestAlgorithm),
        ("hashes", _SecurityHashes),
        ("lds_version", _LdsVersion, {"optional": True}),
    ]


@dataclass(frozen=True, slots=True)
class SecurityObject:
    """EF.SOD taken apart; nothing in it is verified yet."""

    content_type: str
    content: bytes
    attribute_type: str
    attribute_digest: bytes
    signed_bytes: bytes
    """The DER SET OF signed attributes, as it was signed."""
    digest: str
    signature_scheme: str
    """`rsassa_pkcs1v15`, `rsassa_pss` or `ecdsa`; anything else is refused later."""
    pss_salt: int
    signature: bytes
    signer: x509.Certificate
    group_digest: str
    group_hashes: tuple[tuple[int, bytes], ...]


def parse_sod(data: bytes) -> SecurityObject:
    """Parse EF.SOD strictly. Raises `ProtocolError`."""
    if len(data) > MAX_SOD:
        raise ProtocolError("the security object is too large")
    inner = tlv.parse_one(data, lds.TAG_SOD).value
    try:
        return _take_apart(inner)
    except _ASN1_ERRORS as error:
        raise ProtocolError("the security object is malformed") from error


def check_passive(
    sod: bytes, groups: Mapping[int, bytes], store: CscaStore, now: datetime
) -> Evidence:
    """Run all checks on EF.SOD and the group files read (number to whole file).

    `now` has a time zone; it is the time the validity is judged at. Never raises for card content.
    """
    try:
        parsed = parse_sod(sod)
    except ProtocolError as error:
        return Evidence((CheckResult(Check.STRUCTURE, Outcome.FAILED, str(error)),))
    results = [CheckResult(Check.STRUCTURE, Outcome.PASSED)]

    def judge(check: Check, why_not: str) -> None:
        outcome = Outcome.FAILED if why_not else Outcome.PASSED
        results.append(CheckResult(check, outcome, why_not))

    judge(Check.CONTENT_TYPE, _content_type(parsed))
    judge(Check.MESSAGE_DIGEST, _message_digest(parsed))
    judge(Check.ALGORITHMS, _algorithms(parsed))
    judge(Check.SIGNATURE, _signature(parsed))
    judge(
        Check.KEY_USAGE,
        "" if trust.may_sign_data(parsed.signer) else "the signer may not sign data",
    )
    judge(
        Check.TRUST_STORE,
        "" if store.certificates else "no country signing certificate is configured",
    )
    authorities = tuple(ca for ca in store.issuers_of(parsed.signer) if trust.is_authority(ca))
    judge(Check.ISSUER, "" if authorities else "no configured authority issued the signer")
    judge(Check.VALIDITY, _validity(parsed.signer, authorities, now))
    results.append(_revocation(parsed.signer, authorities, store, now))
    judge(Check.GROUP_HASHES, _group_hashes(parsed, groups))
    judge(Check.CONSISTENCY, _consistency(groups))
    listed = {number for number, _ in parsed.group_hashes}
    return Evidence(
        tuple(results), tuple(sorted(listed & set(groups))), tuple(sorted(listed - set(groups)))
    )


def _take_apart(data: bytes) -> SecurityObject:
    info = cms.ContentInfo.load(data, strict=True)
    if info.dump(force=True) != data:
        raise ValueError("not DER")
    if info["content_type"].native != "signed_data":
        raise ValueError("not signed data")
    signed = info["content"]
    if len(signed["signer_infos"]) != 1:
        raise ValueError("exactly one signer is expected")
    signer = signed["signer_infos"][0]
    attributes = {attribute["type"].dotted: attribute for attribute in signer["signed_attrs"]}
    if len(attributes) != len(signer["signed_attrs"]):
        raise ValueError("an attribute appears twice")
    content = bytes(signed["encap_content_info"]["content"])
    listed = _SecurityObject.load(content, strict=True)
    if listed.dump(force=True) != content:
        raise ValueError("not DER")
    hashes_listed = tuple((int(h["number"]), bytes(h["hash"])) for h in listed["hashes"])
    if len({number for number, _ in hashes_listed}) != len(hashes_listed):
        raise ValueError("a group is listed twice")
    algorithm = signer["signature_algorithm"]
    scheme = algorithm.signature_algo
    digest = signer["digest_algorithm"]["algorithm"].native
    pss_salt = 0
    if scheme == "rsassa_pss":
        parameters = algorithm["parameters"]
        masked = parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native
        if masked != parameters["hash_algorithm"]["algorithm"].native:
            raise ValueError("PSS with two hashes")
        pss_salt = int(parameters["salt_length"])
    if algorithm["algorithm"].native != "rsassa_pkcs1v15" and algorithm.hash_algo != digest:
        raise ValueError("digest and signature disagree on the hash")
    return SecurityObject(
        content_type=signed["encap_content_info"]["content_type"].dotted,
        content=content,
        attribute_type=_single(attributes, "content_type").dotted,
        attribute_digest=bytes(_single(attributes, "message_digest")),
        signed_bytes=b"\x31" + signer["signed_attrs"].dump()[1:],
        digest=digest,
        signature_scheme=scheme,
        pss_salt=pss_salt,
        signature=bytes(signer["signature"]),
        signer=_signer_certificate(signed, signer["sid"]),
        group_digest=listed["algorithm"]["algorithm"].native,
        group_hashes=hashes_listed,
    )


def _single(attributes: Mapping[str, cms.CMSAttribute], name: str) -> core.Asn1Value:
    values = attributes[cms.CMSAttributeType(name).dotted]["values"]
    if len(values) != 1:
        raise ValueError("an attribute with several values")
    return values[0]


def _signer_certificate(signed: cms.SignedData, sid: cms.SignerIdentifier) -> x509.Certificate:
    for choice in signed["certificates"]:
        if choice.name != "certificate":
            continue
        candidate = choice.chosen
        if sid.name == "issuer_and_serial_number":
            fits = (
                candidate.issuer == sid.chosen["issuer"]
                and candidate.serial_number == sid.chosen["serial_number"].native
            )
        else:
            fits = candidate.key_identifier == sid.chosen.native
        if fits:
            return trust.load_certificate(candidate.dump())
    raise ValueError("the signer's certificate is missing")


def _content_type(parsed: SecurityObject) -> str:
    if parsed.content_type != LDS_SECURITY_OBJECT:
        return "the signed content is not an LDS security object"
    if parsed.attribute_type != parsed.content_type:
        return "the signed attribute names another content"
    return ""


def _message_digest(parsed: SecurityObject) -> str:
    if parsed.digest not in _HASHES:
        return "the hash is too weak"
    digest = hashlib.new(parsed.digest, parsed.content).digest()
    return "" if digest == parsed.attribute_digest else "the signed content was changed"


def _algorithms(parsed: SecurityObject) -> str:
    if not {parsed.digest, parsed.group_digest} <= set(_HASHES):
        return "a hash is too weak"
    if parsed.signature_scheme not in ("rsassa_pkcs1v15", "rsassa_pss", "ecdsa"):
        return "the signature scheme is not supported"
    return trust.weakness(parsed.signer)


def _signature(parsed: SecurityObject) -> str:
    wrong = "the signature is wrong"
    digest = _HASHES.get(parsed.digest)
    if digest is None:
        return "the hash is too weak"
    try:
        key = parsed.signer.public_key()
        match key, parsed.signature_scheme:
            case rsa.RSAPublicKey(), "rsassa_pkcs1v15":
                key.verify(parsed.signature, parsed.signed_bytes, padding.PKCS1v15(), digest)
            case rsa.RSAPublicKey(), "rsassa_pss":
                pss = padding.PSS(padding.MGF1(digest), parsed.pss_salt)
                key.verify(parsed.signature, parsed.signed_bytes, pss, digest)
            case ec.EllipticCurvePublicKey(), "ecdsa":
                key.verify(parsed.signature, parsed.signed_bytes, ec.ECDSA(digest))
            case _:
                return "the signer's key does not fit the signature"
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return wrong
    return ""


def _validity(
    signer: x509.Certificate, authorities: tuple[x509.Certificate, ...], now: datetime
) -> str:
    if not trust.is_valid_at(signer, now):
        return "the signer's certificate is expired or not yet valid"
    if not any(trust.is_valid_at(ca, now) and not trust.weakness(ca) for ca in authorities):
        return "no authority that is valid now"
    return ""


def _revocation(
    signer: x509.Certificate,
    authorities: tuple[x509.Certificate, ...],
    store: CscaStore,
    now: datetime,
) -> CheckResult:
    lists = [crl for ca in authorities if (crl := store.revocation_list_of(ca)) is not None]
    serial = signer.serial_number
    if any(crl.get_revoked_certificate_by_serial_number(serial) is not None for crl in lists):
        return CheckResult(Check.REVOCATION, Outcome.FAILED, "the signer's certificate is revoked")
    if not lists:
        return CheckResult(Check.REVOCATION, Outcome.NOT_DONE, "no revocation list is loaded")
    if all(crl.next_update_utc is None or crl.next_update_utc < now for crl in lists):
        return CheckResult(Check.REVOCATION, Outcome.NOT_DONE, "the revocation list is stale")
    return CheckResult(Check.REVOCATION, Outcome.PASSED)


def _group_hashes(parsed: SecurityObject, groups: Mapping[int, bytes]) -> str:
    if parsed.group_digest not in _HASHES:
        return "the hash is too weak"
    listed = dict(parsed.group_hashes)
    if 1 not in listed or 1 not in groups:
        return "DG1 is not listed or was not read"
    for number, data in sorted(groups.items()):
        if number not in listed:
            return f"DG{number} is not listed"
        if hashlib.new(parsed.group_digest, data).digest() != listed[number]:
            return f"DG{number} was changed"
    return ""


def _consistency(groups: Mapping[int, bytes]) -> str:
    try:
        zone = mrz.parse(lds.parse_dg1(groups.get(1, b"")))
        details = lds.parse_dg11(groups[11]) if 11 in groups else None
    except ProtocolError as error:
        return str(error)
    if details is None:
        return ""
    if details.birth_date is not None and f"{details.birth_date:%y%m%d}" != zone.birth:
        return "the birth dates of DG1 and DG11 differ"
    # Cards that carry the personal number in both places must carry the same one.
    optional = zone.optional.replace("<", "")
    if len(optional) == 10 and optional.isdigit() and optional != details.personal_number:
        return "the personal numbers of DG1 and DG11 differ"
    return ""
