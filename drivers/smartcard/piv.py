"""PIV cards (NIST SP 800-73-5 parts 1 and 2): operator cards, and the applet of authorization cards."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from enum import IntEnum
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from drivers.errors import ApduError, AuthenticityError, PinBlocked, ProtocolError, WrongPin
from drivers.smartcard import tlv
from drivers.smartcard.apdu import SW, ApduChannel, Command, Response, select_application
from drivers.smartcard.trust import load_certificate

PIV_AID: Final = bytes.fromhex("A000000308000010000100")
PIN_REFERENCE: Final = 0x80
PIN_LENGTHS: Final = range(6, 9)

INS_VERIFY: Final = 0x20
INS_GENERAL_AUTHENTICATE: Final = 0x87
INS_GET_DATA: Final = 0xCB
INS_PUT_DATA: Final = 0xDB

TAG_DATA: Final = 0x53
TAG_TAG_LIST: Final = 0x5C
TAG_DYNAMIC: Final = 0x7C
TAG_WITNESS: Final = 0x80
TAG_CHALLENGE: Final = 0x81
TAG_RESPONSE: Final = 0x82
TAG_CERTIFICATE: Final = 0x70
TAG_CERTIFICATE_INFO: Final = 0x71

ADMIN_KEY: Final = 0x9B
ALGORITHM_RSA_2048: Final = 0x07
ALGORITHM_P256: Final = 0x11
ALGORITHM_AES: Final = {16: 0x08, 24: 0x0A, 32: 0x0C}
"""Key length in bytes to algorithm identifier (SP 800-78-5 table 6)."""

_BLOCK: Final = 16
_SHA256_INFO: Final = bytes.fromhex("3031300D060960864801650304020105000420")
"""DigestInfo before a SHA-256 value (RFC 8017 9.2)."""


class Slot(IntEnum):
    """Asymmetric keys of the card."""

    AUTHENTICATION = 0x9A
    """PIN once per session."""
    SIGNATURE = 0x9C
    """PIN before every use."""
    KEY_MANAGEMENT = 0x9D
    CARD_AUTHENTICATION = 0x9E
    """No PIN: shows that the card is not a copy, says nothing of the person."""


CERTIFICATE_OBJECTS: Final = {
    Slot.AUTHENTICATION: 0x5FC105,
    Slot.SIGNATURE: 0x5FC10A,
    Slot.KEY_MANAGEMENT: 0x5FC10B,
    Slot.CARD_AUTHENTICATION: 0x5FC101,
}


class PivSession:
    """One session with the PIV application; `select` first.

    All methods raise what `ApduChannel.send` raises, `ApduError` when the card refuses and
    `ProtocolError` for malformed answers.
    """

    def __init__(self, channel: ApduChannel) -> None:
        self._channel = channel

    def select(self) -> None:
        """Select the application. Raises `ApduError` (6A82) for a card without it."""
        response = select_application(self._channel, PIV_AID, want_fci=True)
        if response.sw != SW.OK:
            raise ApduError(response.sw, "select the PIV application")

    def verify_pin(self, pin: str) -> None:
        """Show the PIN, 6 to 8 digits. Raises `WrongPin(tries_left)` or `PinBlocked`.

        A PIN of another form raises ValueError and costs no try.
        """
        if len(pin) not in PIN_LENGTHS or not (pin.isascii() and pin.isdigit()):
            raise ValueError("a PIN has six to eight digits")
        data = pin.encode().ljust(8, b"\xff")
        response = self._channel.send(Command(0x00, INS_VERIFY, 0x00, PIN_REFERENCE, data))
        if response.sw == SW.OK:
            return
        left = response.sw.tries_left
        if left is None:
            raise ApduError(response.sw, "verify the PIN")
        if left == 0:
            raise PinBlocked("the PIN is blocked; the issuer has to unblock the card")
        raise WrongPin(left)

    def tries_left(self) -> int | None:
        """PIN tries left, 0 if blocked; None while the PIN is verified."""
        response = self._channel.send(Command(0x00, INS_VERIFY, 0x00, PIN_REFERENCE))
        if response.sw == SW.OK:
            return None
        if response.sw.tries_left is None:
            raise ApduError(response.sw, "ask for the PIN tries")
        return response.sw.tries_left

    def certificate(self, slot: Slot) -> x509.Certificate | None:
        """The certificate of a key, or None if the card has none; not verified in any way."""
        data = self.get_data(CERTIFICATE_OBJECTS[slot])
        if not data:
            return None
        fields = tlv.parse(data)
        info = tlv.find_optional(fields, TAG_CERTIFICATE_INFO)
        if info is not None and info.value not in (b"", b"\x00"):
            raise ProtocolError("the card's certificate is compressed, which is not supported")
        return load_certificate(tlv.find(fields, TAG_CERTIFICATE).value)

    def sign(self, slot: Slot, certificate: x509.Certificate, message: bytes) -> bytes:
        """Sign SHA-256 of `message` with the key that `certificate` belongs to.

        RSA-2048 gives PKCS #1 v1.5 (256 bytes), P-256 a DER pair. Raises `ApduError` 6982 where
        the key needs the PIN first.
        """
        digest = hashlib.sha256(message).digest()
        match _public_key(certificate):
            case rsa.RSAPublicKey():
                info = _SHA256_INFO + digest
                block = b"\x00\x01" + b"\xff" * (256 - 3 - len(info)) + b"\x00" + info
                return self._authenticate(ALGORITHM_RSA_2048, slot, block)
            case ec.EllipticCurvePublicKey():
                return self._authenticate(ALGORITHM_P256, slot, digest)

    def prove_possession(self, slot: Slot, challenge: bytes) -> x509.Certificate:
        """Let the card sign `challenge` and check it against the card's own certificate.

        The caller still has to judge the certificate. Raises `AuthenticityError`
        (`certificate` if there is none, `possession` if the key is not the certificate's).
        """
        certificate = self.certificate(slot)
        if certificate is None:
            raise AuthenticityError("certificate", f"the card has none for key {slot:02X}")
        signature = self.sign(slot, certificate, challenge)
        if not signature_is_valid(certificate, signature, challenge):
            raise AuthenticityError("possession", "the card's key is not its certificate's")
        return certificate

    def authenticate_admin(self, key: bytes) -> None:
        """Mutual authentication with the AES key 9B (SP 800-73-5 part 2, A.2).

        Raises `AuthenticityError` (`administrator`) if either side does not know the key.
        """
        algorithm = ALGORITHM_AES.get(len(key))
        if algorithm is None:
            raise ValueError("the administrator key has 16, 24 or 32 bytes")
        cipher = Cipher(algorithms.AES(key), modes.ECB())
        ask = tlv.encode(TAG_DYNAMIC, tlv.encode(TAG_WITNESS))
        witness = self._dynamic(self._general(algorithm, ADMIN_KEY, ask), TAG_WITNESS)
        if len(witness) != _BLOCK:
            raise ProtocolError("the card's witness has a wrong length")
        challenge = secrets.token_bytes(_BLOCK)
        answer = tlv.encode(
            TAG_DYNAMIC,
            tlv.encode(TAG_WITNESS, cipher.decryptor().update(witness)),
            tlv.encode(TAG_CHALLENGE, challenge),
            tlv.encode(TAG_RESPONSE),
        )
        response = self._general(algorithm, ADMIN_KEY, answer)
        if response.sw != SW.OK:
            raise AuthenticityError("administrator", "the card does not accept the key")
        expected = cipher.encryptor().update(challenge)
        if not hmac.compare_digest(self._dynamic(response, TAG_RESPONSE), expected):
            raise AuthenticityError("administrator", "the card does not know the key")

    def get_data(self, tag: int) -> bytes | None:
        """The value of a data object; None if the card has none, empty if it is empty."""
        response = self._channel.send(
            Command(0x00, INS_GET_DATA, 0x3F, 0xFF, _tag_list(tag), le=256)
        )
        if response.sw == SW.NOT_FOUND:
            return None
        if response.sw != SW.OK:
            raise ApduError(response.sw, f"read object {tag:X}")
        return tlv.parse_one(response.data, TAG_DATA).value

    def put_data(self, tag: int, value: bytes) -> None:
        """Write a data object, or delete it with an empty value; administrators only."""
        data = _tag_list(tag) + tlv.encode(TAG_DATA, value)
        self._channel.call(Command(0x00, INS_PUT_DATA, 0x3F, 0xFF, data), f"write object {tag:X}")

    def _authenticate(self, algorithm: int, key: int, block: bytes) -> bytes:
        data = tlv.encode(TAG_DYNAMIC, tlv.encode(TAG_RESPONSE), tlv.encode(TAG_CHALLENGE, block))
        return self._dynamic(self._general(algorithm, key, data), TAG_RESPONSE)

    def _general(self, algorithm: int, key: int, data: bytes) -> Response:
        return self._channel.send(
            Command(0x00, INS_GENERAL_AUTHENTICATE, algorithm, key, data, le=256)
        )

    @staticmethod
    def _dynamic(response: Response, tag: int) -> bytes:
        if response.sw != SW.OK:
            raise ApduError(response.sw, "authenticate with a key of the card")
        return tlv.parse_one(response.data, TAG_DYNAMIC).child(tag).value


def signature_is_valid(certificate: x509.Certificate, signature: bytes, message: bytes) -> bool:
    """Check a signature of `PivSession.sign` against a certificate."""
    try:
        match _public_key(certificate):
            case rsa.RSAPublicKey() as key:
                key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
            case ec.EllipticCurvePublicKey() as key:
                key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _public_key(certificate: x509.Certificate) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError) as error:
        raise ProtocolError("the card's certificate has an unusable key") from error
    match key:
        case rsa.RSAPublicKey() if key.key_size == 2048:
            return key
        case ec.EllipticCurvePublicKey() if isinstance(key.curve, ec.SECP256R1):
            return key
    raise ProtocolError("the card's key is neither RSA-2048 nor P-256")


def _tag_list(tag: int) -> bytes:
    return tlv.encode(TAG_TAG_LIST, tag.to_bytes((tag.bit_length() + 7) // 8, "big"))
