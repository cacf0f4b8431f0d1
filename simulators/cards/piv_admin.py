"""Administrator key 9B of a PIV card: single and mutual authentication (part 2, A.1, A.2)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from drivers.smartcard import tlv
from drivers.smartcard.apdu import SW
from drivers.smartcard.piv_keys import AdminAlgorithm
from simulators.cards.base import CommandRefusedError

TDES: Final = AdminAlgorithm.TDES


@dataclass(frozen=True, slots=True)
class AdminKey:
    """Key with its algorithm identifier; 24 bytes may be AES-192 or 3DES."""

    algorithm: int
    value: bytes

    def __post_init__(self) -> None:
        AdminAlgorithm(self.algorithm).cipher(self.value)

    def __repr__(self) -> str:
        return f"AdminKey({self.algorithm:02X})"

    @classmethod
    def aes(cls, value: bytes) -> Self:
        """Return a key with the AES variant of its length. Raises ValueError."""
        return cls(AdminAlgorithm.aes(value), value)

    @property
    def block(self) -> int:
        """Length of a challenge in bytes."""
        return AdminAlgorithm(self.algorithm).block

    def encrypt(self, data: bytes) -> bytes:
        """Encrypt one block."""
        return AdminAlgorithm(self.algorithm).cipher(self.value).encryptor().update(data)


class AdminAuthentication:
    """State of the administrator's authentication and open challenges; lost with the power."""

    def __init__(self) -> None:
        self.shown = False
        self._expected: bytes | None = None
        self._witness: bytes | None = None

    def answer(self, key: AdminKey, algorithm: int, fields: Mapping[int, bytes]) -> bytes:
        """Answer one step of either protocol; a challenge is valid for the next command only."""
        if algorithm != key.algorithm:
            raise CommandRefusedError(SW.WRONG_P1P2)
        expected, self._expected = self._expected, None
        witness, self._witness = self._witness, None
        self.shown = False
        match fields:
            case {0x81: b"", **rest} if not rest:
                challenge = secrets.token_bytes(key.block)
                self._expected = key.encrypt(challenge)
                return tlv.encode(0x7C, tlv.encode(0x81, challenge))
            case {0x82: bytes(answer), **rest} if not rest and expected is not None:
                if not hmac.compare_digest(answer, expected):
                    raise CommandRefusedError(SW.SECURITY_STATUS)
                self.shown = True
                return b""
            case {0x80: b"", **rest} if not rest:
                self._witness = secrets.token_bytes(key.block)
                return tlv.encode(0x7C, tlv.encode(0x80, key.encrypt(self._witness)))
            case {0x80: bytes(shown), 0x81: bytes(challenge)} if witness is not None:
                if not hmac.compare_digest(shown, witness):
                    raise CommandRefusedError(SW.SECURITY_STATUS)
                if len(challenge) != key.block:
                    raise CommandRefusedError(SW.WRONG_DATA)
                self.shown = True
                return tlv.encode(0x7C, tlv.encode(0x82, key.encrypt(challenge)))
        raise CommandRefusedError(SW.CONDITIONS)
