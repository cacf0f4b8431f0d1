"""Make documents of an invented country and person, in the forms that real countries issue."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import Enum, auto
from pathlib import Path

from asn1crypto import algos, cms, core
from asn1crypto import x509 as ax
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import NameOID

from drivers.smartcard import sod, tlv
from drivers.smartcard.access_secret import AccessSecret
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.emrtd import IdentityCard
from drivers.smartcard.policy import PassivePolicy
from drivers.smartcard.profile import load_profile
from drivers.smartcard.trust import CscaStore
from simulators.cards.eid import PersonData, build_groups
from simulators.local_reader import LocalReader, VirtualCard
from tests.card_issuers import IRAN
from tests.pictures import jpeg
from tests.reading import read_identity

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
DER = Encoding.DER
LDS_OBJECT = "2.23.136.1.1.1"

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def person() -> PersonData:
    """Return the holder of all documents here."""
    return PersonData(
        national_number="1234567891",
        surname="نمونه زاده",
        given_names="مریم",
        latin_surname="NEMUNEH ZADEH",
        latin_given_names="MARYAM",
        birth_date=date(1985, 3, 21),
        sex="F",
        document_number="K00000001",
        expiry=date(2033, 3, 20),
        photo=jpeg(240, 320),
        photo_size=(240, 320),
        fingers=[],
        birth_place="تهران",
    )


GROUPS = build_groups(person())


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


# ------------------------------------------------------------ certificates


class Says(Enum):
    """What an extension says of whether a certificate is an authority's."""

    YES = auto()
    NO = auto()
    MISSING = auto()


class Country:
    """An authority and one signer of documents, whose key may be given."""

    def __init__(
        self,
        letters: str = "IR",
        *,
        key: PrivateKey | None = None,
        common: str = "Invented CSCA",
        extra: Sequence[x509.ExtensionType] = (),
        critical: bool = False,
        expired: bool = False,
    ) -> None:
        """`letters` of the country; `extra` extensions of the signer's certificate, or one that is over."""
        self.key = key or new_key()
        self.name = names(letters, common)
        self.extra, self.critical, self.expired = extra, critical, expired
        self.ca_key = new_key()
        self.ca = self._certify(self.name, self.ca_key, authority=True)
        self.signer = self.certify_signer()

    def certify_signer(
        self, issuer: x509.Name | None = None, subject: x509.Name | None = None
    ) -> x509.Certificate:
        """Certify the signer's key under a name that the issuer may have written otherwise."""
        country = self.name.get_attributes_for_oid(NameOID.COUNTRY_NAME)[0].value
        subject = subject or names(str(country), "Invented signer")
        return self._certify(subject, self.key, authority=False, issuer=issuer, extra=self.extra)

    def authority(self, constraints: Says, usage: Says) -> x509.Certificate:
        """Certify the authority's key anew, by itself, with other rights."""
        return self._certify(
            self.name, self.ca_key, authority=True, constraints=constraints, usage=usage
        )

    def link_to(self, successor: Country) -> x509.Certificate:
        """Certify another authority's key, as in a link certificate."""
        return self._certify(successor.name, successor.ca_key, authority=True, issuer=self.name)

    @property
    def der(self) -> bytes:
        """The authority's certificate."""
        return self.ca.public_bytes(DER)

    def sod(
        self,
        *,
        signer: x509.Certificate | None = None,
        sign: Callable[[bytes], bytes] | None = None,
        algorithm: Mapping[str, object] | None = None,
        content_type: str = LDS_OBJECT,
        digest: str = "sha256",
        sid: cms.SignerIdentifier | None = None,
        signed_at: datetime | None = None,
        groups: Mapping[int, bytes] = GROUPS,
    ) -> bytes:
        """Return EF.SOD of the person's groups; certificate and signature may be others.

        `digest`: hash of the content. `sid`: name of the signer, the certificate's if None.
        """
        content = _lds_object(groups)
        signed = _signed_data(
            content,
            signer or self.signer,
            sign or self._sign,
            algorithm or {"algorithm": "sha256_ecdsa"},
            content_type=content_type,
            digest=digest,
            sid=sid,
            signed_at=signed_at,
        )
        return tlv.encode(0x77, signed)

    def _sign(self, data: bytes) -> bytes:
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(data, ec.ECDSA(hashes.SHA256()))
        return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def _certify(
        self,
        subject: x509.Name,
        key: PrivateKey,
        *,
        authority: bool,
        issuer: x509.Name | None = None,
        constraints: Says | None = None,
        usage: Says | None = None,
        extra: Sequence[x509.ExtensionType] = (),
    ) -> x509.Certificate:
        default = Says.YES if authority else Says.NO
        constraints, usage = constraints or default, usage or default
        public, above = key.public_key(), self.ca_key.public_key()
        over = self.expired and not authority
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer or self.name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=1))
            .not_valid_after(NOW + (timedelta(hours=-1) if over else timedelta(days=4000)))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), False)
        )
        if constraints is not Says.MISSING:
            is_ca = constraints is Says.YES
            made = made.add_extension(x509.BasicConstraints(is_ca, 0 if is_ca else None), True)
        if usage is not Says.MISSING:
            made = made.add_extension(_usage(usage is Says.YES), True)
        for extension in extra:
            made = made.add_extension(extension, self.critical)
        return made.sign(self.ca_key, hashes.SHA256())


def names(letters: str, common: str) -> x509.Name:
    """Return a name in the country of these letters."""
    given = {NameOID.COUNTRY_NAME: letters, NameOID.ORGANIZATION_NAME: "Invented issuer"}
    given[NameOID.COMMON_NAME] = common
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in given.items()])


def _usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def trust(folder: Path, files: Mapping[str, bytes]) -> CscaStore:
    """Put files into a folder, and read it as a station reads its own."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return CscaStore.from_folder(folder)


# ------------------------------------------------------------ EF.SOD (Doc 9303-10, RFC 5652)


def _lds_object(groups: Mapping[int, bytes]) -> bytes:
    hashed = [
        tlv.encode(0x30, integer(number), tlv.encode(4, hashlib.sha256(data).digest()))
        for number, data in sorted(groups.items())
    ]
    algorithm = algos.DigestAlgorithm({"algorithm": "sha256"}).dump()
    return tlv.encode(0x30, integer(0), algorithm, tlv.encode(0x30, *hashed))


def _signed_data(
    content: bytes,
    signer: x509.Certificate,
    sign: Callable[[bytes], bytes],
    algorithm: Mapping[str, object],
    *,
    content_type: str,
    digest: str,
    sid: cms.SignerIdentifier | None,
    signed_at: datetime | None,
) -> bytes:
    hashed = hashlib.new(digest, content).digest()
    listed: list[Mapping[str, object]] = [
        {"type": "content_type", "values": [content_type]},
        {"type": "message_digest", "values": [hashed]},
    ]
    if signed_at is not None:
        moment = cms.Time("utc_time", core.UTCTime(signed_at))
        listed.append({"type": "signing_time", "values": [moment]})
    attributes = cms.CMSAttributes(listed)
    parsed = ax.Certificate.load(signer.public_bytes(DER))
    by_serial = {"issuer": parsed.issuer, "serial_number": parsed.serial_number}
    info = {
        "version": "v1",
        "sid": sid or cms.SignerIdentifier("issuer_and_serial_number", by_serial),
        "digest_algorithm": {"algorithm": digest},
        "signed_attrs": attributes,
        "signature_algorithm": algos.SignedDigestAlgorithm(algorithm),
        "signature": sign(attributes.dump()),
    }
    data = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": digest}],
            "encap_content_info": {"content_type": content_type, "content": content},
            "certificates": [parsed],
            "signer_infos": [cms.SignerInfo(info)],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": data}).dump())


def integer(number: int) -> bytes:
    """Return an ASN.1 INTEGER in DER; the number is not negative."""
    return tlv.encode(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def failed(
    ef_sod: bytes,
    store: CscaStore,
    policy: PassivePolicy = IRAN,
    groups: Mapping[int, bytes] = GROUPS,
) -> list[str]:
    """Return what passive authentication says against the document; empty if it is authentic."""
    evidence = sod.check_passive(ef_sod, groups, store, NOW, policy)
    found = [f"{check.check}: {check.detail}" for check in evidence.failed]
    return found or ([] if evidence.authentic else ["not authentic"])


# ------------------------------------------------------------ cards


def opened(
    card: VirtualCard, profile: str = "standard", secret: AccessSecret | None = None
) -> IdentityCard:
    """Return the card, read as far as the person. Raises `DriverError`."""
    reader = LocalReader("slot")
    reader.insert(card)
    reading = IdentityCard(ApduChannel(reader.open()), load_profile(profile), secret)
    read_identity(reading, NOW.date())
    return reading
