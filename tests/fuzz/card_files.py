"""What is on cards and in the trust folder: groups, EF.SOD, certificates, photos, fingers."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from drivers.errors import CaptureError, ProfileError, ProtocolError
from drivers.fingerprint import iso19794
from drivers.fingerprint.iso19794_2011 import as_of_2005
from drivers.smartcard import (
    bit,
    certificates,
    compact,
    faces,
    lds,
    minutiae_block,
    mrz,
    photo,
    public_keys,
    security_infos,
    signed_data,
    tlv,
    trust_folder,
)
from drivers.smartcard.chip import chip_parameters
from drivers.smartcard.evidence import DocumentCheck, DocumentCheckOutcome
from drivers.smartcard.sod import check_passive, parse_sod
from drivers.smartcard.trust import CscaStore
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.eid import build_com
from simulators.cards.issuer import Scheme
from simulators.fingerprint.fingers import Finger
from tests.card_issuers import IRAN, CountryIssuer
from tests.cases.documents.kit import Country
from tests.cases.documents.test_biometrics import (
    IMAGE_FORM,
    IMAGE_SIZE,
    face_2011,
    face_39794,
    fingers_2011,
    group_2,
    record_2011,
)
from tests.drivers.smartcard.test_minutiae_block import LAYOUT, READ
from tests.drivers.smartcard.test_minutiae_block import block as minutiae
from tests.fuzz.target import Make, Target, scratch
from tests.fuzz.world import NOW, TODAY, in_group, information, parser, world
from tests.pictures import encoded, jpeg, jpeg_2000, picture


def tlvs() -> Target:
    def read(data: bytes) -> None:
        _walk(tlv.parse(data))

    return parser(read, *in_group(11, 13, 14), build_com(world().card.groups), world().card.sod)


def _walk(elements: Sequence[tlv.Tlv]) -> None:
    for element in elements:
        with contextlib.suppress(ProtocolError):
            _walk(element.children())


def zones() -> Target:
    zone = lds.parse_dg1(world().card.groups[1])
    td3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"

    def read(data: bytes) -> None:
        found = mrz.parse(data.decode("latin-1"))
        born = mrz.birth_date(found.birth, TODAY)
        assert born.earliest <= min(born.latest, TODAY)
        mrz.expiry_date(found.expiry, TODAY)

    return parser(read, zone.encode(), td3.encode())


def dg1() -> Target:
    return parser(lambda data: mrz.parse(lds.parse_dg1(data)), *in_group(1))


def dg2() -> Target:
    return parser(lds.parse_faces, *in_group(2))


def dg11() -> Target:
    def read(data: bytes) -> None:
        details = lds.parse_dg11(data)
        lds.parse_text(data, 11, (0x5F0E,))
        born = details.birth_date
        assert born is None or born.earliest <= born.latest

    return parser(read, *in_group(11))


def dg13() -> Target:
    def read(data: bytes) -> None:
        for finger in lds.parse_finger_group(data, 13):
            iso19794.parse_record(finger.record)

    return parser(read, *in_group(13))


def card_access() -> Target:
    ways = CardAccess(AccessMode.PACE, "271828")
    return parser(
        security_infos.parse_card_access,
        tlv.encode(0x31, *ways.pace_infos),
        tlv.parse_one(in_group(14)[0], 0x6E).value,
    )


def public_key_infos() -> Target:
    spelt = world().spelt_out.authority.public_key()
    encoded_keys = [tlv.parse_one(in_group(15)[0], 0x6F).value]
    der, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    encoded_keys += [
        key.public_bytes(der, form)
        for key in (spelt, rsa.generate_private_key(65537, 2048).public_key())
    ]
    return parser(public_keys.load, *encoded_keys)


def sods() -> Target:
    return parser(parse_sod, *_sods())


def _sods() -> tuple[bytes, ...]:
    groups = world().card.groups
    rsa_issuer = CountryIssuer.create("RSA", NOW, scheme=Scheme.RSA_PSS)
    return (
        world().card.sod,
        world().spelt_out.sign_groups(groups, signed_at=NOW, by_key_id=True),
        rsa_issuer.sign_groups({1: groups[1]}),
    )


def passive_authentication() -> Target:
    """Never raises, and believes nothing but what was signed."""
    card, store = world().card, world().store
    groups = {number: card.groups[number] for number in (1, 2, 11, 13)}
    corpus = _sods()[:2]
    signed = {parse_sod(seed).signed.content for seed in corpus}

    def read(data: bytes) -> None:
        evidence = check_passive(data, groups, store, NOW, IRAN)
        assert not evidence.authentic or parse_sod(data).signed.content in signed

    return Target(read, corpus, ())


def group_under_sod() -> Target:
    """A changed DG11 under an EF.SOD that is right."""
    card, store = world().card, world().store
    good = card.groups[11]

    def read(data: bytes) -> None:
        evidence = check_passive(card.sod, {1: card.groups[1], 11: data}, store, NOW, IRAN)
        assert evidence.authentic == (data == good)

    return Target(read, (good,), (), short_share=0.1)


def zone_under_sod() -> Target:
    """A changed DG1 under an EF.SOD that is right: it is never even parsed."""
    card, store = world().card, world().store
    good = card.groups[1]

    def read(data: bytes) -> None:
        evidence = check_passive(card.sod, {1: data}, store, NOW, IRAN)
        assert evidence.authentic == (data == good)
        parsed = evidence.outcome(DocumentCheck.STATE) is not DocumentCheckOutcome.NOT_DONE
        assert parsed == (data == good)

    return Target(read, (good,), (), share=0.1, short_share=0.1)


def chip_keys() -> Target:
    """DG14, with the keys in it taken seriously."""
    return parser(lambda data: chip_parameters(security_infos.parse_dg14(data)), *in_group(14))


# ---------------------------------------------------------------- trust


def certificate_files() -> Target:
    authority = world().issuer.authority

    def read(data: bytes) -> None:
        found = certificates.load_certificate(data)
        certificates.weakness(found)
        certificates.is_authority(found)
        certificates.may_sign_data(found)
        certificates.has_unknown_critical_extension(found)
        certificates.country(found)
        certificates.is_valid_at(found, NOW)
        assert not certificates.issued(found, authority) or certificates.same_name(
            found.issuer, authority.subject
        )

    der = serialization.Encoding.DER
    return parser(
        read,
        world().issuer.authority_der,
        world().issuer.signer.public_bytes(der),
        world().spelt_out.authority_der,
    )


def document_types() -> Target:
    """A signer's list of document types, as a few issuers write it in their own way."""
    corpus = (
        bytes.fromhex("3008020100310313 0149"),
        bytes.fromhex("300C 1302 4944 0C01 50 1603 434F44"),
    )

    def read(data: bytes) -> None:
        country = Country(extra=[x509.UnrecognizedExtension(_DOCUMENT_TYPES, data)])
        found = certificates.document_types(country.signer)
        assert all(text == text.rstrip("<") for text in found)

    return Target(read, corpus, (), share=0.05, short_share=0.05)


_DOCUMENT_TYPES = x509.ObjectIdentifier(certificates.DOCUMENT_TYPES)


def revocation_lists() -> Target:
    authority = world().issuer.authority

    def read(data: bytes) -> None:
        found = certificates.load_revocation_list(data)
        store = CscaStore((authority,), (found,))
        usable, unusable = store.usable_lists(authority), store.unusable_lists(authority)
        assert len(usable) + len(unusable) <= 1

    return parser(read, world().issuer.revocation_list(NOW, [17, 99_999]))


def master_lists() -> Target:
    """No change of a list adds trust."""
    issuer = world().issuer
    listed = (issuer.authority, world().spelt_out.authority)
    good = issuer.master_list(listed, NOW)

    def read(data: bytes) -> None:
        assert set(trust_folder.master_list(data, (issuer.authority,))) <= set(listed)

    return Target(read, (good,), (ProtocolError,), short_share=0.3)


def signed_messages() -> Target:
    return parser(signed_data.parse, *(tlv.parse_one(sod, 0x77).value for sod in _sods()))


def trust_files() -> Target:
    """A file of the trust folder, in PEM."""
    folder = scratch("trust")
    path = folder / "anchor.pem"
    pem = serialization.Encoding.PEM
    corpus = (
        world().issuer.authority.public_bytes(pem),
        world().issuer.authority.public_bytes(pem) + world().spelt_out.authority.public_bytes(pem),
    )

    def read(data: bytes) -> None:
        path.write_bytes(data)
        CscaStore.from_folder(folder)

    return Target(read, corpus, (ProfileError,), short_share=0.05)


# ---------------------------------------------------------------- pictures and fingers


def photos() -> Target:
    return parser(
        photo.decode,
        jpeg(24, 32),
        jpeg(17, 16, noise=60),
        jpeg_2000(24, 32),
        jpeg_2000(24, 32, code_stream=True),
        encoded(picture(24, 32).convert("CMYK"), "JPEG"),
        encoded(picture(24, 32).convert("L"), "JPEG", progressive=True),
    )


def face_records() -> Target:
    """Faces of ISO/IEC 19794-5, both editions."""
    data = in_group(2)[0]
    return parser(
        faces.parse_record,
        data[data.index(b"FAC\x00") :],
        record_2011([face_2011(jpeg(24, 32), points=2, qualities=1)]),
        record_2011([face_2011(jpeg(24, 32), certified=1)], is_certified=True),
    )


def face_blocks() -> Target:
    """DG2 with a face of ISO/IEC 39794-5."""
    about = tlv.encode(0xA1, IMAGE_FORM, IMAGE_SIZE)
    return parser(
        lds.parse_faces, group_2(face_39794(about=about)), group_2(face_39794(nested=False))
    )


def finger_records_2011() -> Target:
    """Fingers of ISO/IEC 19794-2:2011; what comes out is a record of 2005."""
    (view,) = iso19794.parse_record(world().record).views[:1]
    finger = replace(iso19794.parse_record(world().record), views=(view,))

    def read(data: bytes) -> None:
        for record in as_of_2005(data):
            iso19794.parse_record(record)

    return parser(
        read,
        fingers_2011([finger]),
        fingers_2011([finger, finger], with_quality=False, qualities=2, certified=1),
    )


def minutiae_blocks() -> Target:
    """Fingers of ISO/IEC 39794-2; what comes out is a record of 2005."""
    finger = iso19794.parse_record(Finger.of(1).template())
    two = replace(finger, views=(finger.views[0],) * 2)

    def read(data: bytes) -> None:
        for layout in (LAYOUT, READ):
            with contextlib.suppress(ProtocolError):
                for record in minutiae_block.as_of_2005(data, layout):
                    iso19794.parse_record(record)

    corpus = (minutiae(finger), minutiae(finger, READ), minutiae(two, READ, b"\x9e\x00"))
    return Target(read, corpus, (), short_share=0.3)


def finger_information() -> Target:
    return parser(bit.parse_group, information())


def compact_minutiae() -> Target:
    (finger, *_) = bit.parse_group(information())
    return Target(
        lambda data: compact.card_minutiae(data, finger),
        (world().record, Finger.of(8).template()),
        (ProtocolError, CaptureError),
    )


def finger_records() -> Target:
    def read(data: bytes) -> None:
        iso19794.encode_record(iso19794.parse_record(data))

    return parser(read, world().record, Finger.of(8).template())


TARGETS: Final[Mapping[str, Make]] = {
    "tlv": tlvs,
    "mrz": zones,
    "dg1": dg1,
    "dg2": dg2,
    "dg11": dg11,
    "dg13": dg13,
    "dg14": chip_keys,
    "dg15": public_key_infos,
    "card-access": card_access,
    "sod": sods,
    "passive-authentication": passive_authentication,
    "group-under-sod": group_under_sod,
    "zone-under-sod": zone_under_sod,
    "document-types": document_types,
    "signed-data": signed_messages,
    "certificate": certificate_files,
    "revocation-list": revocation_lists,
    "master-list": master_lists,
    "trust-folder": trust_files,
    "photo": photos,
    "face-record": face_records,
    "face-block": face_blocks,
    "finger-record-2011": finger_records_2011,
    "minutiae-block": minutiae_blocks,
    "finger-information": finger_information,
    "compact-minutiae": compact_minutiae,
    "finger-record": finger_records,
}
