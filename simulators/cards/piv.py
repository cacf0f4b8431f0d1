"""A PIV card (NIST SP 800-73-5 part 2): operator cards, and the applet of authorization cards.

Memory: objects, keys, PIN and PUK with their tries. Power: PIN shown, administrator authenticated,
open challenges. Access: objects with personal data need the PIN, writing needs the administrator key
9B, key 9A the PIN once, key 9C the PIN before every use, key 9E nothing.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from drivers.errors import ProtocolError
from drivers.smartcard import tlv
from drivers.smartcard.apdu import SW, Command
from simulators.cards.base import IsoCard, Refused, atr

PIV_AID: Final = bytes.fromhex("A000000308000010000100")
PIV_ATR: Final = atr(b"AMIN PIV 1")
VERSION: Final = bytes((5, 2, 4))
"""Reported to YubiKey clients; from 5.3 on they would ask for metadata this card does not have."""

KEY_AUTHENTICATION: Final = 0x9A
KEY_SIGNATURE: Final = 0x9C
KEY_MANAGEMENT: Final = 0x9D
KEY_CARD: Final = 0x9E
KEY_ADMIN: Final = 0x9B
CERTIFICATE_OF: Final = {
    KEY_AUTHENTICATION: 0x5FC105,
    KEY_SIGNATURE: 0x5FC10A,
    KEY_MANAGEMENT: 0x5FC10B,
    KEY_CARD: 0x5FC101,
}
TOKEN_OBJECT: Final = 0x5FFF10
DISCOVERY_OBJECT: Final = 0x7E
BIT_OBJECT: Final = 0x7F61

_OWN_OBJECTS: Final = range(0x5FFF10, 0x5FFF20)
_STANDARD_OBJECTS: Final = range(0x5FC101, 0x5FC124)
_PIN_OBJECTS: Final = frozenset({0x5FC103, 0x5FC108, 0x5FC109, 0x5FC121, 0x5FC123})
_CAPACITY: Final = {0x5FC102: 2881, 0x5FC103: 4006, 0x5FC108: 12710}
_DEFAULT_CAPACITY: Final = 3000

_AES: Final = {0x08: 16, 0x0A: 24, 0x0C: 32}
_RSA_2048: Final = 0x07
_P256: Final = 0x11
_PIN: Final = 0x80
_PUK: Final = 0x81
_BLOCK: Final = 16
_TRIES: Final = 3

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(slots=True)
class Secret:
    """A PIN or PUK as the card keeps it: eight bytes and its tries."""

    value: bytes
    tries: int = _TRIES

    def show(self, offered: bytes) -> None:
        """Compare; raises `Refused` 63Cx or 6983 and counts."""
        if not self.tries:
            raise Refused(SW.BLOCKED)
        if hmac.compare_digest(self.value, offered):
            self.tries = _TRIES
            return
        self.tries -= 1
        raise Refused(SW.TRIES_LEFT | self.tries if self.tries else SW.BLOCKED)


class PivApplication:
    """The applet."""

    def __init__(self, pin: str, puk: str, admin_key: bytes) -> None:
        self._pin = Secret(_pad(pin))
        self._puk = Secret(puk.encode())
        if len(puk) != 8 or len(admin_key) not in _AES.values():
            raise ValueError("a PUK has eight characters, an administrator key 16, 24 or 32 bytes")
        self._admin_key = admin_key
        self._keys: dict[int, PrivateKey] = {}
        self._objects: dict[int, bytes] = {}
        self._serial = secrets.token_bytes(4)
        self.reset()

    @property
    def aids(self) -> Sequence[bytes]:
        return (PIV_AID, PIV_AID[:9], PIV_AID[:5])

    @property
    def objects(self) -> Mapping[int, bytes]:
        """The data objects, as the personalisation sees them."""
        return self._objects

    def store_key(self, reference: int, key: PrivateKey, certificate: x509.Certificate) -> None:
        """Personalise a key and its certificate. Raises ValueError if they do not belong together."""
        if certificate.public_key() != key.public_key():
            raise ValueError("the certificate is of another key")
        der = certificate.public_bytes(serialization.Encoding.DER)
        self._keys[reference] = key
        self._objects[CERTIFICATE_OF[reference]] = (
            tlv.encode(0x70, der) + tlv.encode(0x71, b"\x00") + tlv.encode(0xFE)
        )

    def store_object(self, tag: int, value: bytes) -> None:
        """Personalise a data object."""
        self._objects[tag] = value

    def select(self) -> bytes:
        return tlv.encode(
            0x61,
            tlv.encode(0x4F, PIV_AID[5:]),
            tlv.encode(0x79, tlv.encode(0x4F, PIV_AID[:5])),
            tlv.encode(0x50, b"Amin PIV"),
            tlv.encode(0xAC, *(tlv.encode(0x80, bytes((a,))) for a in (_RSA_2048, _P256, 0x0C))),
        )

    def deselect(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._pin_shown = False
        self._pin_fresh = False
        self._admin = False
        self._expected: bytes | None = None
        self._witness: bytes | None = None

    def process(self, command: Command) -> bytes:
        fresh, self._pin_fresh = self._pin_fresh, False
        match command.ins:
            case 0x20:
                return self._verify(command)
            case 0x24:
                return self._change(command)
            case 0x2C:
                return self._unblock(command)
            case 0x87:
                return self._authenticate(command, fresh=fresh)
            case 0xCB:
                return self._get_data(command)
            case 0xDB:
                return self._put_data(command)
            case 0x47:
                return self._generate(command)
            case 0xFD:
                return VERSION
            case 0xF8:
                return self._serial
        raise Refused(SW.WRONG_INS)

    def _verify(self, command: Command) -> bytes:
        if command.p2 != _PIN:
            raise Refused(SW.REFERENCE)
        if command.p1 == 0xFF and not command.data:
            self._pin_shown = False
            return b""
        if command.p1 != 0x00:
            raise Refused(SW.WRONG_P1P2)
        if not command.data:
            if self._pin_shown:
                return b""
            raise Refused(SW.TRIES_LEFT | self._pin.tries if self._pin.tries else SW.BLOCKED)
        if not _is_pin(command.data):
            raise Refused(SW.WRONG_DATA)
        self._pin_shown = False
        self._pin.show(command.data)
        self._pin_shown = self._pin_fresh = True
        return b""

    def _change(self, command: Command) -> bytes:
        old, new = command.data[:8], command.data[8:]
        if command.p2 not in (_PIN, _PUK):
            raise Refused(SW.REFERENCE)
        if len(command.data) != 16 or (command.p2 == _PIN and not _is_pin(new)):
            raise Refused(SW.WRONG_DATA)
        secret = self._pin if command.p2 == _PIN else self._puk
        secret.show(old)
        secret.value = new
        return b""

    def _unblock(self, command: Command) -> bytes:
        puk, new = command.data[:8], command.data[8:]
        if command.p2 != _PIN:
            raise Refused(SW.REFERENCE)
        if len(command.data) != 16 or not _is_pin(new):
            raise Refused(SW.WRONG_DATA)
        self._puk.show(puk)
        self._pin = Secret(new)
        self._pin_shown = False
        return b""

    def _get_data(self, command: Command) -> bytes:
        tag = _tag(command)
        if tag == DISCOVERY_OBJECT:
            return tlv.encode(
                DISCOVERY_OBJECT, tlv.encode(0x4F, PIV_AID), tlv.encode(0x5F2F, b"\x40\x00")
            )
        if tag in _PIN_OBJECTS and not self._pin_shown:
            raise Refused(SW.SECURITY_STATUS)
        value = self._objects.get(tag)
        if value is None:
            raise Refused(SW.NOT_FOUND)
        return value if tag == BIT_OBJECT else tlv.encode(0x53, value)

    def _put_data(self, command: Command) -> bytes:
        if not self._admin:
            raise Refused(SW.SECURITY_STATUS)
        tag = _tag(command)
        try:
            value = tlv.find(tlv.parse(command.data), 0x53).value
        except ProtocolError:
            raise Refused(SW.WRONG_DATA) from None
        if tag not in _OWN_OBJECTS and tag not in _STANDARD_OBJECTS:
            raise Refused(SW.NOT_FOUND)
        if len(value) > _CAPACITY.get(tag, _DEFAULT_CAPACITY):
            raise Refused(SW.NO_MEMORY)
        if value:
            self._objects[tag] = value
        else:
            self._objects.pop(tag, None)
        return b""

    def _generate(self, command: Command) -> bytes:
        if not self._admin:
            raise Refused(SW.SECURITY_STATUS)
        if command.p2 not in CERTIFICATE_OF:
            raise Refused(SW.WRONG_P1P2)
        try:
            algorithm = tlv.parse_one(command.data, 0xAC).child(0x80).value
        except ProtocolError:
            raise Refused(SW.WRONG_DATA) from None
        if algorithm == bytes((_P256,)):
            curve_key = ec.generate_private_key(ec.SECP256R1())
            self._keys[command.p2] = curve_key
            point = curve_key.public_key().public_bytes(
                serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
            )
            return tlv.encode(0x7F49, tlv.encode(0x86, point))
        if algorithm == bytes((_RSA_2048,)):
            rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            self._keys[command.p2] = rsa_key
            modulus = rsa_key.public_key().public_numbers().n.to_bytes(256, "big")
            exponent = (65537).to_bytes(3, "big")
            return tlv.encode(0x7F49, tlv.encode(0x81, modulus), tlv.encode(0x82, exponent))
        raise Refused(SW.WRONG_DATA)

    def _authenticate(self, command: Command, *, fresh: bool) -> bytes:
        try:
            row = tlv.parse_one(command.data, 0x7C).children()
        except ProtocolError:
            raise Refused(SW.WRONG_DATA) from None
        fields = {element.tag: element.value for element in row}
        if command.p2 == KEY_ADMIN:
            return self._authenticate_admin(command.p1, fields)
        key = self._keys.get(command.p2)
        if key is None:
            raise Refused(SW.REFERENCE)
        allowed = {KEY_CARD: True, KEY_SIGNATURE: self._pin_shown and fresh}
        if not allowed.get(command.p2, self._pin_shown):
            raise Refused(SW.SECURITY_STATUS)
        if fields.get(0x82) != b"" or 0x81 not in fields:
            raise Refused(SW.WRONG_DATA)
        return tlv.encode(0x7C, tlv.encode(0x82, _use(key, command.p1, fields[0x81])))

    def _authenticate_admin(self, algorithm: int, fields: Mapping[int, bytes]) -> bytes:
        """Single (81 -> 82) or mutual (80 -> 80 81 82) authentication with 9B (part 2, A.1, A.2)."""
        if _AES.get(algorithm) != len(self._admin_key):
            raise Refused(SW.WRONG_P1P2)
        cipher = Cipher(algorithms.AES(self._admin_key), modes.ECB())
        expected, self._expected = self._expected, None
        witness, self._witness = self._witness, None
        self._admin = False
        match fields:
            case {0x81: b"", **rest} if not rest:
                challenge = secrets.token_bytes(_BLOCK)
                self._expected = cipher.encryptor().update(challenge)
                return tlv.encode(0x7C, tlv.encode(0x81, challenge))
            case {0x82: bytes(answer), **rest} if not rest and expected is not None:
                if not hmac.compare_digest(answer, expected):
                    raise Refused(SW.SECURITY_STATUS)
                self._admin = True
                return b""
            case {0x80: b"", **rest} if not rest:
                self._witness = secrets.token_bytes(_BLOCK)
                sealed = cipher.encryptor().update(self._witness)
                return tlv.encode(0x7C, tlv.encode(0x80, sealed))
            case {0x80: bytes(shown), 0x81: bytes(challenge)} if witness is not None:
                if not hmac.compare_digest(shown, witness):
                    raise Refused(SW.SECURITY_STATUS)
                if len(challenge) != _BLOCK:
                    raise Refused(SW.WRONG_DATA)
                self._admin = True
                answer = cipher.encryptor().update(challenge)
                return tlv.encode(0x7C, tlv.encode(0x82, answer))
        raise Refused(SW.CONDITIONS)


class PivCard(IsoCard):
    """A card with the applet; `piv` is the way of the personalisation, past all access rules."""

    def __init__(self, pin: str, puk: str, admin_key: bytes) -> None:
        self.piv = PivApplication(pin, puk, admin_key)
        super().__init__(PIV_ATR, (self.piv,), {})


def operator_card(
    pin: str,
    key: PrivateKey,
    certificate: x509.Certificate,
    *,
    puk: str = "12345678",
    admin_key: bytes | None = None,
) -> PivCard:
    """An operator's card: key and certificate 9A behind the PIN. The admin key is random if None."""
    card = PivCard(pin, puk, admin_key or secrets.token_bytes(32))
    card.piv.store_key(KEY_AUTHENTICATION, key, certificate)
    return card


def authorization_card(admin_key: bytes) -> PivCard:
    """A blank ballot-authorization card: object 5FFF10 with its version only, PIN unknown to all."""
    pin = "".join(secrets.choice("0123456789") for _ in range(8))
    puk = "".join(secrets.choice("0123456789") for _ in range(8))
    card = PivCard(pin, puk, admin_key)
    card.piv.store_object(TOKEN_OBJECT, tlv.encode(0x80, b"\x01"))
    return card


def _use(key: PrivateKey, algorithm: int, block: bytes) -> bytes:
    """The bare private key operation: RSA on a padded block, ECDSA on a hash."""
    match key, algorithm:
        case rsa.RSAPrivateKey(), 0x07:
            numbers = key.private_numbers()
            modulus = numbers.public_numbers.n
            value = int.from_bytes(block, "big")
            if len(block) != 256 or value >= modulus:
                raise Refused(SW.WRONG_DATA)
            return pow(value, numbers.d, modulus).to_bytes(256, "big")
        case ec.EllipticCurvePrivateKey(), 0x11:
            if len(block) != 32:
                raise Refused(SW.WRONG_DATA)
            return key.sign(block, ec.ECDSA(Prehashed(hashes.SHA256())))
    raise Refused(SW.WRONG_P1P2)


def _tag(command: Command) -> int:
    if (command.p1, command.p2) != (0x3F, 0xFF):
        raise Refused(SW.WRONG_P1P2)
    try:
        row = tlv.parse(command.data)
        return int.from_bytes(tlv.find(row, 0x5C).value, "big")
    except ProtocolError:
        raise Refused(SW.WRONG_DATA) from None


def _pad(pin: str) -> bytes:
    padded = pin.encode().ljust(8, b"\xff")
    if not _is_pin(padded):
        raise ValueError("a PIN has six to eight digits")
    return padded


def _is_pin(value: bytes) -> bool:
    digits = value.rstrip(b"\xff")
    return len(value) == 8 and len(digits) >= 6 and digits.isdigit()
