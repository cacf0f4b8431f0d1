"""Have a PIV card ask for its certificate: a PKCS #10 request (RFC 2986) signed with its own key 9A.

Programs that generate the key in the card can seldom do this with current OpenSSL, and others want a
certificate there before they use a key that has none.
"""

from __future__ import annotations

from typing import Final

from asn1crypto import csr, keys, pem, x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from drivers.errors import ProtocolError
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.channel import CardReader
from drivers.smartcard.piv import PivSession, PivSlot
from drivers.smartcard.piv_keys import Algorithm, algorithm_of, as_piv_key

_SIGNED: Final = {
    Algorithm.RSA_2048: "sha256_rsa",
    Algorithm.RSA_3072: "sha256_rsa",
    Algorithm.P256: "sha256_ecdsa",
    Algorithm.P384: "sha384_ecdsa",
}


def ask_card(reader: CardReader, pin: str, public: bytes, name: str) -> bytes:
    """Let the card in a reader ask; as `request_certificate`. Raises what `CardReader.open` raises, too."""
    channel = ApduChannel(reader.open())
    try:
        session = PivSession(channel)
        session.select()
        return request_certificate(session, pin, public, name)
    finally:
        channel.close()


def request_certificate(piv: PivSession, pin: str, public: bytes, name: str) -> bytes:
    """Return the request (PEM) for `name`; `public`: the key (PEM) as the card gave it when it was made.

    Whether it is the card's is seen at headquarters, which verifies the request. Raises `ProtocolError` for a
    key that is none, and what `PivSession` raises.
    """
    try:
        key = as_piv_key(load_pem_public_key(public))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ProtocolError("the file holds no public key of a card") from error
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": x509.Name.build({"common_name": name}),
            "subject_pk_info": keys.PublicKeyInfo.load(spki),
            "attributes": [],
        }
    )
    piv.verify_pin(pin)
    signature = piv.sign_with(PivSlot.AUTHENTICATION, key, info.dump())
    request = csr.CertificationRequest(
        {
            "certification_request_info": info,
            "signature_algorithm": {"algorithm": _SIGNED[algorithm_of(key)]},
            "signature": signature,
        }
    )
    armoured: bytes = pem.armor("CERTIFICATE REQUEST", request.dump())
    return armoured
