"""An issuer's end of a PIV card: PINs, keys and certificates, for tests of simulated cards."""

from __future__ import annotations

from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from drivers.errors import ApduError, AuthenticityError, PinBlockedError, WrongPinError
from drivers.smartcard import tlv
from drivers.smartcard.apdu import SW, ApduChannel, Command
from drivers.smartcard.piv import CERTIFICATE_OBJECTS, PivSession, PivSlot
from drivers.smartcard.piv_keys import Algorithm, PivPublicKey, algorithm_of, public_key_of

_PIN: Final = 0x80
_PUK: Final = 0x81


class IssuerSession(PivSession):
    """A session that also does what only the issuer of a card does."""

    def __init__(self, channel: ApduChannel) -> None:
        super().__init__(channel)
        self.channel = channel

    def forget_pin(self) -> None:
        self.channel.send(Command(0x00, 0x20, 0xFF, _PIN))

    def change_pin(self, pin: str, new: str) -> None:
        self._show(Command(0x00, 0x24, 0x00, _PIN, padded(pin) + padded(new)))

    def unblock_pin(self, puk: str, new: str) -> None:
        self._show(Command(0x00, 0x2C, 0x00, _PIN, puk.encode() + padded(new)))

    def change_puk(self, puk: str, new: str) -> None:
        self._show(Command(0x00, 0x24, 0x00, _PUK, puk.encode() + new.encode()))

    def generate_key(self, slot: PivSlot, algorithm: Algorithm) -> PivPublicKey:
        """A new key of the card; administrators only."""
        request = tlv.encode(0xAC, tlv.encode(0x80, bytes((algorithm,))))
        answer = self.channel.call(Command(0x00, 0x47, 0x00, slot, request, le=256), "make a key")
        key = public_key_in(answer)
        assert algorithm_of(key) is algorithm
        return key

    def put_certificate(self, slot: PivSlot, certificate: x509.Certificate) -> None:
        self.put_data(CERTIFICATE_OBJECTS[slot], certificate_object(certificate))

    def prove_possession(self, slot: PivSlot, challenge: bytes) -> x509.Certificate:
        """The certificate of the key; the card signed the challenge with it."""
        certificate = self.certificate(slot)
        if certificate is None:
            raise AuthenticityError("certificate", f"the card has none for key {slot:02X}")
        if not signature_is_valid(certificate, self.sign(slot, certificate, challenge), challenge):
            raise AuthenticityError("possession", "the card's key is not its certificate's")
        return certificate

    def _show(self, command: Command) -> None:
        sw = self.channel.send(command).sw
        if sw != SW.OK:
            if sw.tries_left is None:
                raise ApduError(sw, "show a secret")
            raise WrongPinError(sw.tries_left) if sw.tries_left else PinBlockedError("blocked")


def padded(pin: str) -> bytes:
    return pin.encode().ljust(8, b"\xff")


def certificate_object(certificate: x509.Certificate) -> bytes:
    der = certificate.public_bytes(Encoding.DER)
    return tlv.encode(0x70, der) + tlv.encode(0x71, b"\x00") + tlv.encode(0xFE)


def public_key_in(data: bytes) -> PivPublicKey:
    """The answer of key generation: ``7F49 { 81 modulus 82 exponent | 86 point }``."""
    template = tlv.parse_one(data, 0x7F49)
    point = tlv.find_optional(template.children(), 0x86)
    if point is None:
        modulus, exponent = (int.from_bytes(template.child(tag).value) for tag in (0x81, 0x82))
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    curve = ec.SECP256R1() if len(point.value) == 65 else ec.SECP384R1()
    return ec.EllipticCurvePublicKey.from_encoded_point(curve, point.value)


def signature_is_valid(certificate: x509.Certificate, signature: bytes, message: bytes) -> bool:
    """Whether `PivSession.sign` made this signature with the certificate's key."""
    try:
        match public_key_of(certificate):
            case rsa.RSAPublicKey() as key:
                key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
            case ec.EllipticCurvePublicKey() as key:
                digest = hashes.SHA256() if key.curve.key_size == 256 else hashes.SHA384()
                key.verify(signature, message, ec.ECDSA(digest))
    except InvalidSignature:
        return False
    return True
