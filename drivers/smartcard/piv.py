"""PIV cards (NIST SP 800-73-5 parts 1 and 2): operator cards, and the applet of authorization cards."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from cryptography import x509

from drivers.errors import (
    ApduError,
    AuthenticityError,
    PinBlockedError,
    ProtocolError,
    WrongPinError,
)
from drivers.smartcard import tlv
from drivers.smartcard.apdu import SW, ApduChannel, Command, Response, select_application
from drivers.smartcard.piv_keys import (
    AdminAlgorithm,
    Algorithm,
    PivPublicKey,
    algorithm_of,
    public_key_of,
    signing_input,
)
from drivers.smartcard.piv_objects import parse_certificate

PIV_AID: Final = bytes.fromhex("A000000308000010000100")
_AID_WITHOUT_VERSION: Final = PIV_AID[:9]
PIN_REFERENCE: Final = 0x80
PIN_LENGTHS: Final = range(6, 9)
PUK_LENGTH: Final = 8

INS_VERIFY: Final = 0x20
INS_RESET_RETRY_COUNTER: Final = 0x2C
INS_GENERAL_AUTHENTICATE: Final = 0x87
INS_GET_DATA: Final = 0xCB
INS_PUT_DATA: Final = 0xDB

TAG_DATA: Final = 0x53
TAG_TAG_LIST: Final = 0x5C
TAG_DYNAMIC: Final = 0x7C
TAG_WITNESS: Final = 0x80
TAG_CHALLENGE: Final = 0x81
TAG_RESPONSE: Final = 0x82
TAG_EXPONENTIATION: Final = 0x85

ADMIN_KEY: Final = 0x9B


class PivSlot(IntEnum):
    """Asymmetric keys of the card (SP 800-73-5 part 1)."""

    AUTHENTICATION = 0x9A
    """PIN once per session."""
    SIGNATURE = 0x9C
    """PIN before every use."""
    KEY_MANAGEMENT = 0x9D
    CARD_AUTHENTICATION = 0x9E
    """No PIN: shows that the card is not a copy, nothing about the person."""


CERTIFICATE_OBJECTS: Final[Mapping[int, int]] = {
    PivSlot.AUTHENTICATION: 0x5FC105,
    PivSlot.SIGNATURE: 0x5FC10A,
    PivSlot.KEY_MANAGEMENT: 0x5FC10B,
    PivSlot.CARD_AUTHENTICATION: 0x5FC101,
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
        response = select_piv(self._channel)
        if response.sw != SW.OK:
            raise ApduError(response.sw, "select the PIV application")

    def verify_pin(self, pin: str) -> None:
        """Show the PIN, 6 to 8 digits. Raises `WrongPinError(tries_left)` or `PinBlockedError`.

        A PIN of another form raises ValueError and costs no try.
        """
        self._show_secret(INS_VERIFY, _pin(pin), "verify the PIN")

    def unblock_pin(self, puk: str, new: str) -> None:
        """Give the card a new PIN by its PUK, 8 signs (SP 800-73-5 part 2, 3.2.3).

        Raises `WrongPinError(tries_left)` or `PinBlockedError`, both about the PUK. A PUK or PIN of
        another form raises ValueError and costs no try.
        """
        if len(puk) != PUK_LENGTH or not puk.isascii():
            raise ValueError("a PUK has eight signs")
        self._show_secret(INS_RESET_RETRY_COUNTER, puk.encode() + _pin(new), "unblock the PIN")

    def _show_secret(self, ins: int, secret: bytes, action: str) -> None:
        response = self._channel.send(Command(0x00, ins, 0x00, PIN_REFERENCE, secret))
        if response.sw == SW.OK:
            return
        left = response.sw.tries_left
        if left is None:
            raise ApduError(response.sw, action)
        if left == 0:
            raise PinBlockedError("the PIN is blocked; the issuer has to unblock the card")
        raise WrongPinError(left)

    def tries_left(self) -> int | None:
        """Read the PIN tries left: 0 if blocked, None while the PIN is verified.

        It costs no try.
        """
        response = self._channel.send(Command(0x00, INS_VERIFY, 0x00, PIN_REFERENCE))
        if response.sw == SW.OK:
            return None
        if response.sw.tries_left is None:
            raise ApduError(response.sw, "ask for the PIN tries")
        return response.sw.tries_left

    def certificate(self, slot: PivSlot) -> x509.Certificate | None:
        """Read the certificate of a key, None if the card has none; it is not verified in any way."""
        data = self.get_data(CERTIFICATE_OBJECTS[slot])
        return parse_certificate(data) if data else None

    def sign(self, slot: PivSlot, certificate: x509.Certificate, message: bytes) -> bytes:
        """Sign `message` with the key that `certificate` belongs to.

        RSA gives PKCS #1 v1.5 with SHA-256, as long as the modulus; P-256 (SHA-256) and P-384
        (SHA-384) a DER pair. Raises `ApduError` 6982 where the key needs the PIN first.
        """
        return self.sign_with(slot, public_key_of(certificate), message)

    def sign_with(self, slot: PivSlot, key: PivPublicKey, message: bytes) -> bytes:
        """Sign `message` as `sign` does, where the card has no certificate yet; `key`: the slot's."""
        return self._authenticate(algorithm_of(key), slot, signing_input(key, message))

    def authenticate_admin(self, key: bytes, algorithm: AdminAlgorithm | None = None) -> None:
        """Authenticate both sides with key 9B (SP 800-73-5 part 2, A.2); AES by its length if None.

        Raises `AuthenticityError` (`administrator`) if either side does not know the key, and
        ValueError for a key whose length is not the algorithm's.
        """
        if algorithm is None:
            algorithm = AdminAlgorithm.aes(key)
        cipher = algorithm.cipher(key)
        ask = tlv.encode(TAG_DYNAMIC, tlv.encode(TAG_WITNESS))
        witness = self._dynamic(self._general(algorithm, ADMIN_KEY, ask), TAG_WITNESS)
        if len(witness) != algorithm.block:
            raise ProtocolError("the card's witness has a wrong length")
        challenge = secrets.token_bytes(algorithm.block)
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
        """Read the value of a data object; None if the card has none, empty if it is empty."""
        response = self._channel.send(_get_data(tag))
        if response.sw == SW.NOT_FOUND or (response.sw == SW.OK and not response.data):
            return None
        if response.sw != SW.OK:
            raise ApduError(response.sw, f"read object {tag:X}")
        return tlv.parse_one(response.data, TAG_DATA).value

    def put_data(self, tag: int, value: bytes) -> None:
        """Write a data object, or delete it with an empty value; administrators only."""
        data = _tag_list(tag) + tlv.encode(TAG_DATA, value)
        self._channel.call(Command(0x00, INS_PUT_DATA, 0x3F, 0xFF, data), f"write object {tag:X}")

    def agree(self, slot: PivSlot, point: bytes) -> bytes:
        """Run ECDH of a P-256 key of the card with another's point (65 bytes); return x, 32 bytes.

        SP 800-73-5 part 2, A.6. Raises `ApduError` 6982 where the key needs the PIN first.
        """
        data = tlv.encode(
            TAG_DYNAMIC, tlv.encode(TAG_RESPONSE), tlv.encode(TAG_EXPONENTIATION, point)
        )
        shared = self._dynamic(self._general(Algorithm.P256, slot, data), TAG_RESPONSE)
        if len(shared) != 32:
            raise ProtocolError("the card's shared secret has a wrong length")
        return shared

    def decipher(self, slot: PivSlot, block: bytes) -> bytes:
        """Run the bare operation of an RSA-2048 key of the card, 256 bytes to 256 bytes.

        SP 800-73-5 part 2, A.5. Raises `ApduError` 6982 where the key needs the PIN first.
        """
        plain = self._authenticate(Algorithm.RSA_2048, slot, block)
        if len(plain) != 256:
            raise ProtocolError("the card's RSA block has a wrong length")
        return plain

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


def select_piv(channel: ApduChannel) -> Response:
    """Select the application, also one of another version; the answer may be a refusal."""
    response = select_application(channel, PIV_AID, want_fci=True)
    if response.sw == SW.NOT_FOUND:
        return select_application(channel, _AID_WITHOUT_VERSION, want_fci=True)
    return response


def _pin(pin: str) -> bytes:
    if len(pin) not in PIN_LENGTHS or not (pin.isascii() and pin.isdigit()):
        raise ValueError("a PIN has six to eight digits")
    return pin.encode().ljust(8, b"\xff")


def _get_data(tag: int) -> Command:
    return Command(0x00, INS_GET_DATA, 0x3F, 0xFF, _tag_list(tag), le=256)


def _tag_list(tag: int) -> bytes:
    return tlv.encode(TAG_TAG_LIST, tag.to_bytes((tag.bit_length() + 7) // 8, "big"))
