"""An invented country and person, and documents in the forms that real countries issue.

Only the form is real: names, numbers and keys are made up here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial

from asn1crypto import algos, cms, core
from asn1crypto import x509 as ax
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import NameOID

from drivers.errors import DriverError
from drivers.smartcard import sod, tlv
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.emrtd import IdentityCard
from drivers.smartcard.profile import load_profile
from drivers.smartcard.trust import CscaStore
from simulators.cards.eid import EidCard, PersonData, build_groups
from simulators.local_reader import LocalReader
from tests.cases.runner import Fault, add, expect, new_folder
from tests.pictures import jpeg

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
DER = serialization.Encoding.DER


# ------------------------------------------------------------ how a case is judged


def works(name: str, work: Callable[[], object], right: Callable[[object], object]) -> None:
    """A case: `work` ends without an error of the drivers, and what it gives is `right`."""

    def judge() -> None:
        try:
            found = work()
        except DriverError as error:
            raise Fault(f"{type(error).__name__}: {error}") from error
        expect(right(found), f"gives {found}")

    add(name, judge)


def authentic(name: str, work: Callable[[], list[str]]) -> None:
    """A case: `work` gives what is wrong with a genuine document, and that is nothing."""

    def judge() -> None:
        try:
            found = work()
        except DriverError as error:
            raise Fault(f"{type(error).__name__}: {error}") from error
        expect(not found, "; ".join(found))

    add(name, judge)


def is_refused(name: str, work: Callable[[], list[str]]) -> None:
    """A case: `work` names what is wrong with a document, or ends with an error of the drivers."""

    def judge() -> None:
        try:
            found = work()
        except DriverError:
            return
        expect(found, "authentic, and no word")

    add(name, judge)


# ------------------------------------------------------------ person and country


def person(**changes: object) -> PersonData:
    base: dict[str, object] = {
        "national_number": "1234567891",
        "surname": "نمونه زاده",
        "given_names": "مریم",
        "latin_surname": "NEMUNEH ZADEH",
        "latin_given_names": "MARYAM",
        "birth_date": date(1985, 3, 21),
        "sex": "F",
        "document_number": "K00000001",
        "expiry": date(2033, 3, 20),
        "photo": jpeg(240, 320),
        "photo_size": (240, 320),
        "fingers": [],
        "birth_place": "تهران",
    }
    return PersonData(**{**base, **changes})


GROUPS = build_groups(person())


def names(country: str, **parts: str) -> x509.Name:
    oids = {"organization": NameOID.ORGANIZATION_NAME, "common": NameOID.COMMON_NAME}
    given = [x509.NameAttribute(oids[part], text) for part, text in parts.items()]
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, country), *given])


_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def certificate(
    subject: x509.Name,
    key: object,
    issuer: x509.Name,
    issuer_key: object,
    *,
    authority: bool = False,
    constraints: bool = True,
    usage: bool = True,
    first_day: int = -1,
    extra: Sequence[tuple[str, bytes, bool]] = (),
) -> x509.Certificate:
    """`constraints`, `usage`: the extensions are there. `extra`: OID, DER, critical."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=first_day))
        .not_valid_after(NOW + timedelta(days=4000))
    )
    if constraints:
        length = 0 if authority else None
        builder = builder.add_extension(x509.BasicConstraints(authority, length), True)
    if usage:
        wanted = ("key_cert_sign", "crl_sign") if authority else ("digital_signature",)
        flags = {**dict.fromkeys(_USAGES, False), **dict.fromkeys(wanted, True)}
        builder = builder.add_extension(x509.KeyUsage(**flags), True)
    public = key.public_key()
    own = x509.SubjectKeyIdentifier.from_public_key(public)
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = builder.add_extension(own, False).add_extension(above, False)
    for oid, der, critical in extra:
        extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), der)
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA256())


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


class Country:
    """An authority and one signer of documents."""

    def __init__(
        self,
        country: str = "IR",
        *,
        above: Country | None = None,
        key: object = None,
        subject: x509.Name | None = None,
        **signer: object,
    ) -> None:
        """`above`: whose authority it has, if not its own. `signer`: as `certificate` takes it."""
        self.key = key or new_key()
        if above is None:
            self.name = names(country, organization="Invented issuer", common="Invented CSCA")
            self.ca_key = new_key()
            own = (self.name, self.ca_key)
            self.ca = certificate(*own, *own, authority=True)
        else:
            self.name, self.ca_key, self.ca = above.name, above.ca_key, above.ca
        subject = subject or names(country, common="Invented signer")
        self.signer = certificate(subject, self.key, self.name, self.ca_key, **signer)

    @property
    def der(self) -> bytes:
        return self.ca.public_bytes(DER)

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(data, ec.ECDSA(hashes.SHA256()))
        return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def sod(self, groups: Mapping[int, bytes] = GROUPS, **changes: object) -> bytes:
        """EF.SOD; `changes` as `signed` takes them."""
        kind = "ecdsa" if isinstance(self.key, ec.EllipticCurvePrivateKey) else "rsa"
        given = {
            "signer": self.signer,
            "sign": self.sign,
            "algorithm": {"algorithm": f"sha256_{kind}"},
            **changes,
        }
        return tlv.encode(0x77, signed(lds_object(groups), **given))


# ------------------------------------------------------------ EF.SOD (Doc 9303-10, RFC 5652)


def lds_object(groups: Mapping[int, bytes]) -> bytes:
    hashed = [
        tlv.encode(0x30, integer(number), tlv.encode(4, hashlib.sha256(data).digest()))
        for number, data in sorted(groups.items())
    ]
    algorithm = algos.DigestAlgorithm({"algorithm": "sha256"}).dump()
    return tlv.encode(0x30, integer(0), algorithm, tlv.encode(0x30, *hashed))


def signed(
    content: bytes,
    *,
    signer: x509.Certificate,
    sign: Callable[[bytes], bytes],
    algorithm: Mapping[str, object],
    content_type: str = "2.23.136.1.1.1",
    sid: cms.SignerIdentifier | None = None,
    signed_at: datetime | None = None,
) -> bytes:
    attributes = [
        {"type": "content_type", "values": [content_type]},
        {"type": "message_digest", "values": [hashlib.sha256(content).digest()]},
    ]
    if signed_at:
        moment = cms.Time("utc_time", core.UTCTime(signed_at))
        attributes.append({"type": "signing_time", "values": [moment]})
    to_be_signed = cms.CMSAttributes(attributes)
    parsed = ax.Certificate.load(signer.public_bytes(DER))
    by_serial = {"issuer": parsed.issuer, "serial_number": parsed.serial_number}
    info = {
        "version": "v1",
        "sid": sid or cms.SignerIdentifier("issuer_and_serial_number", by_serial),
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": to_be_signed,
        "signature_algorithm": algos.SignedDigestAlgorithm(algorithm),
        "signature": sign(to_be_signed.dump()),
    }
    data = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": content_type, "content": content},
            "certificates": [parsed],
            "signer_infos": [cms.SignerInfo(info)],
        }
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()


def integer(number: int) -> bytes:
    return tlv.encode(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def failed(ef_sod: bytes, store: CscaStore, groups: Mapping[int, bytes] = GROUPS) -> list[str]:
    """What passive authentication says against the document; empty: it is authentic."""
    evidence = sod.check_passive(ef_sod, groups, store, NOW)
    found = [f"{each.check}: {each.detail}" for each in evidence.failed]
    return found or ([] if evidence.authentic else ["not authentic"])


def trust(**files: bytes) -> CscaStore:
    """A folder of trusted files, read as a station reads its own; `ca__cer` is ca.cer."""
    folder = new_folder()
    for name, data in files.items():
        (folder / name.replace("__", ".")).write_bytes(data)
    return CscaStore.from_folder(folder)


# ------------------------------------------------------------ certificates, changed and signed anew

_BODY = (
    "version",
    "serial_number",
    "signature",
    "issuer",
    "validity",
    "subject",
    "subject_public_key_info",
    "issuer_unique_id",
    "subject_unique_id",
    "extensions",
)
_SHA256, _SHA1 = hashes.SHA256(), hashes.SHA1()


def resigned(
    made: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    digest: hashes.HashAlgorithm = _SHA256,
    **parts: bytes,
) -> bytes:
    """The certificate with some parts of its body replaced by the given DER."""
    body = ax.Certificate.load(made.public_bytes(DER))["tbs_certificate"]
    tbs = tlv.encode(0x30, *[parts.get(part, body[part].dump()) for part in _BODY])
    algorithm = parts.get("signature", body["signature"].dump())
    signature = key.sign(tbs, ec.ECDSA(digest))
    return tlv.encode(0x30, tbs, algorithm, tlv.encode(3, b"\0" + signature))


def null_parameters(country: Country) -> bytes:
    """ecdsa-with-SHA256 followed by NULL."""
    algorithm = bytes.fromhex("300C06082A8648CE3D0403020500")
    return resigned(country.ca, country.ca_key, signature=algorithm)


ECDSA_SHA1 = bytes.fromhex("300906072A8648CE3D0401")


def self_signed_with_sha1(country: Country) -> bytes:
    return resigned(country.ca, country.ca_key, _SHA1, signature=ECDSA_SHA1)


# ------------------------------------------------------------ cards


def channel(card: object) -> ApduChannel:
    reader = LocalReader("slot")
    reader.insert(card)
    return ApduChannel(reader.open())


class Between:
    """A card with somebody on its wire: `change(command, go)` gives what the reader sees."""

    def __init__(
        self, card: EidCard, change: Callable[[bytes, Callable[[], bytes]], bytes]
    ) -> None:
        self.card, self.change, self.atr = card, change, card.atr

    def process(self, apdu: bytes) -> bytes:
        return self.change(apdu, partial(self.card.process, apdu))

    def reset(self) -> None:
        self.card.reset()


def opened(card: object, profile: str = "standard", secret: object = None) -> IdentityCard:
    """The card, read as far as the person."""
    reading = IdentityCard(channel(card), load_profile(profile), secret)
    reading.read_identity(NOW.date())
    return reading


def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)
