"""Keys inside the chip of an identity card and their use (ICAO Doc 9303 part 11, 6.1 and 6.2).

A copy of a card has all its files and none of these keys.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from drivers.smartcard import curves, tlv
from drivers.smartcard.active_signature import (
    ECDSA_HASHES,
    RECOVERY_HEADER,
    SHA1_TRAILER,
    TRAILER,
    TRAILER_HASHES,
)
from drivers.smartcard.apdu import SW, Command
from drivers.smartcard.chip import (
    CHALLENGE,
    MANAGE_CHIP,
    MANAGE_KEY_AGREEMENT,
    TAG_EPHEMERAL,
    TAG_KEY_ID,
    TAG_POINT,
)
from drivers.smartcard.curves import Curve, CurvePoint
from drivers.smartcard.pace import TAG_DYNAMIC, TAG_PROTOCOL
from drivers.smartcard.secure_messaging import SecureSession
from drivers.smartcard.security_infos import (
    ACTIVE_AUTHENTICATION,
    CHIP_AUTHENTICATION_ECDH,
    CHIP_KEY_ECDH,
    PLAIN_ECDSA,
    SUITES,
    TAG_INTEGER,
    TAG_OID,
)
from drivers.smartcard.suites import Suite
from simulators.cards.access import CardAccess, security_info, security_infos
from simulators.cards.base import CommandRefusedError, SecureLink

RSA_BITS: Final = 2048
_VERSION: Final = tlv.encode(TAG_INTEGER, b"\x01")
_HASH_NUMBERS: Final = {digest.name: number for number, digest in ECDSA_HASHES.items()}
_TRAILERS: Final = {name: number for number, name in TRAILER_HASHES.items()}

ActiveKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class ChipKeys:
    """Private keys of a chip: `active` signs challenges, `agreement` agrees on session keys.

    `digest` is the hash `active` uses (`sha1` with RSA only), `suite` the cipher after an agreement.
    """

    active: ActiveKey | None = field(default=None, repr=False)
    agreement: ec.EllipticCurvePrivateKey | None = field(default=None, repr=False)
    digest: str = "sha256"
    suite: Suite = Suite.AES_128
    key_id: int | None = None

    @classmethod
    def create(
        cls,
        *,
        active: bool = True,
        agreement: bool = True,
        curve: Curve = curves.P256,
        suite: Suite = Suite.AES_128,
    ) -> ChipKeys:
        """Return fresh keys on a curve."""
        return cls(
            active=ec.generate_private_key(curve.kind) if active else None,
            agreement=ec.generate_private_key(curve.kind) if agreement else None,
            suite=suite,
        )

    @classmethod
    def create_rsa(cls, digest: str = "sha256") -> ChipKeys:
        """Return an RSA key that signs, and no key for an agreement."""
        return cls(active=rsa.generate_private_key(65537, RSA_BITS), digest=digest)


NO_KEYS: Final = ChipKeys()


def chip_groups(keys: ChipKeys, access: CardAccess) -> dict[int, bytes]:
    """Return group files 14 and 15, which an issuer signs with the others; none where not needed."""
    entries = list(access.pace_infos)
    if keys.agreement is not None:
        key_id = b"" if keys.key_id is None else tlv.encode(TAG_INTEGER, bytes((keys.key_id,)))
        entries += [
            security_info(_agreement_protocol(keys), _VERSION, key_id),
            security_info(CHIP_KEY_ECDH, _public(keys.agreement), key_id),
        ]
    if isinstance(keys.active, ec.EllipticCurvePrivateKey):
        algorithm = PLAIN_ECDSA + bytes((_HASH_NUMBERS[keys.digest],))
        entries.append(
            security_info(ACTIVE_AUTHENTICATION, _VERSION, tlv.encode(TAG_OID, algorithm))
        )
    groups = {14: tlv.encode(0x6E, security_infos(*entries))} if entries else {}
    if keys.active is not None:
        groups[15] = tlv.encode(0x6F, _public(keys.active))
    return groups


def _agreement_protocol(keys: ChipKeys) -> bytes:
    number = next(number for number, suite in SUITES.items() if suite is keys.suite)
    return CHIP_AUTHENTICATION_ECDH + bytes((number,))


def _public(key: ActiveKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


class ChipCommands:
    """INTERNAL AUTHENTICATE, and the two forms of Chip Authentication."""

    def __init__(self, keys: ChipKeys, link: SecureLink) -> None:
        self._keys = keys
        self._link = link
        self._chosen = False

    def reset(self) -> None:
        """Forget the chosen agreement."""
        self._chosen = False

    def sign(self, command: Command) -> bytes:
        """Answer INTERNAL AUTHENTICATE. Raises `CommandRefusedError`."""
        if len(command.data) != CHALLENGE or command.p1 or command.p2:
            raise CommandRefusedError(SW.WRONG_DATA)
        match self._keys.active:
            case ec.EllipticCurvePrivateKey() as key:
                digest = ECDSA_HASHES[_HASH_NUMBERS[self._keys.digest]]
                signature = key.sign(command.data, ec.ECDSA(digest))
                half = (key.curve.key_size + 7) // 8
                return b"".join(
                    part.to_bytes(half, "big") for part in decode_dss_signature(signature)
                )
            case rsa.RSAPrivateKey() as key:
                return _sign_rsa(key, self._keys.digest, command.data)
        raise CommandRefusedError(SW.WRONG_INS)

    def manage(self, command: Command) -> bytes:
        """Answer MSE:SET AT, which chooses the agreement, or MSE:SET KAT (3DES), which holds the point."""
        self._chosen = False
        if self._keys.agreement is None:
            raise CommandRefusedError(SW.WRONG_INS)
        place = command.p1 << 8 | command.p2
        objects = {element.tag: element.value for element in tlv.parse(command.data)}
        key_id = objects.get(TAG_KEY_ID)
        if key_id != (None if self._keys.key_id is None else bytes((self._keys.key_id,))):
            raise CommandRefusedError(SW.REFERENCE)
        if self._keys.suite is Suite.TDES and place == MANAGE_KEY_AGREEMENT:
            self._agree(self._keys.agreement, objects.get(TAG_EPHEMERAL, b""))
            return b""
        if self._keys.suite is Suite.TDES or place != MANAGE_CHIP:
            raise CommandRefusedError(SW.WRONG_P1P2)
        if objects.get(TAG_PROTOCOL) != _agreement_protocol(self._keys):
            raise CommandRefusedError(SW.WRONG_DATA)
        self._chosen = True
        return b""

    def agree(self, command: Command) -> bytes:
        """Answer GENERAL AUTHENTICATE with the terminal's point, still under the old keys."""
        chosen, self._chosen = self._chosen, False
        if not chosen or self._keys.agreement is None:
            raise CommandRefusedError(SW.CONDITIONS)
        inside = tlv.parse_one(command.data, TAG_DYNAMIC).value
        self._agree(self._keys.agreement, tlv.parse_one(inside, TAG_POINT).value)
        return tlv.encode(TAG_DYNAMIC, b"")

    def _agree(self, key: ec.EllipticCurvePrivateKey, encoded: bytes) -> None:
        curve = curves.curve_of(key.curve)
        if curve is None:
            raise CommandRefusedError(SW.CONDITIONS)
        secret = key.exchange(ec.ECDH(), CurvePoint.decode(curve, encoded).key)
        self._link.begin(SecureSession.agreed(self._keys.suite, secret))


def _sign_rsa(key: rsa.RSAPrivateKey, digest: str, challenge: bytes) -> bytes:
    """Sign by ISO/IEC 9796-2 scheme 1 with random M1."""
    trailer = bytes((SHA1_TRAILER,)) if digest == "sha1" else bytes((_TRAILERS[digest], TRAILER))
    size = key.key_size // 8
    length = hashlib.new(digest, usedforsecurity=False).digest_size
    first = secrets.token_bytes(size - 1 - length - len(trailer))
    tail = hashlib.new(digest, first + challenge, usedforsecurity=False).digest()
    block = int.from_bytes(bytes((RECOVERY_HEADER,)) + first + tail + trailer, "big")
    numbers = key.private_numbers()
    return pow(block, numbers.d, numbers.public_numbers.n).to_bytes(size, "big")
