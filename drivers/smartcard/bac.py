"""Basic Access Control (ICAO Doc 9303 part 11, 4.3 and 9.7.2): 3DES keys made of the zone.

::

    0084 0000                  RND.IC
    0082 0000  E M             E' M'     E = 3DES(Kenc, RND.IFD RND.IC K.IFD), M over E with Kmac;
                                         E' of RND.IC RND.IFD K.IC
    keys of K.IFD xor K.IC, counter = the last halves of RND.IC and RND.IFD

A listener can try all zones afterwards; so it is used only where the profile allows it. The calculations
are for both ends, `establish` is the terminal.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from drivers.errors import ApduError, ProtocolError, SecureMessagingError, WrongAccessSecretError
from drivers.smartcard.access_secret import MrzKey, suggest_check
from drivers.smartcard.apdu import SW, ApduChannel, Command
from drivers.smartcard.secure_messaging import SecureSession
from drivers.smartcard.suites import CHECKSUM, FOR_CHECKSUM, FOR_ENCRYPTION, Suite

INS_GET_CHALLENGE: Final = 0x84
INS_EXTERNAL_AUTHENTICATE: Final = 0x82
NONCE: Final = 8
KEYING: Final = 16
"""Bytes of a random number, and of a side's part of the keys."""
TOKEN: Final = 2 * NONCE + KEYING + CHECKSUM
_SEED: Final = 16

RandomBytes = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class DocumentKeys:
    """The two keys that a zone gives."""

    encryption: bytes = field(repr=False)
    checksum: bytes = field(repr=False)

    @classmethod
    def of(cls, seed: bytes) -> DocumentKeys:
        """Derive the keys of `MrzKey.seed`."""
        base = seed[:_SEED]
        return cls(Suite.TDES.derive(base, FOR_ENCRYPTION), Suite.TDES.derive(base, FOR_CHECKSUM))

    def seal(self, first: bytes, second: bytes, keying: bytes) -> bytes:
        """Seal both random numbers, the sender's first, and the sender's part of the keys."""
        hidden = Suite.TDES.encrypt(self.encryption, first + second + keying)
        return hidden + self._checksum_of(hidden)

    def open(self, token: bytes) -> tuple[bytes, bytes, bytes] | None:
        """Open a token; None if it was not sealed with these keys."""
        hidden, checksum = token[:-CHECKSUM], token[-CHECKSUM:]
        if len(token) != TOKEN or not hmac.compare_digest(self._checksum_of(hidden), checksum):
            return None
        plain = Suite.TDES.decrypt(self.encryption, hidden)
        return plain[:NONCE], plain[NONCE : 2 * NONCE], plain[2 * NONCE :]

    def _checksum_of(self, hidden: bytes) -> bytes:
        return Suite.TDES.checksum(self.checksum, Suite.TDES.pad(hidden))


def session_of(
    terminal_keying: bytes, card_keying: bytes, card_nonce: bytes, terminal_nonce: bytes
) -> SecureSession:
    """Make the session that both sides end with."""
    seed = bytes(a ^ b for a, b in zip(terminal_keying, card_keying, strict=True))
    start = card_nonce[NONCE // 2 :] + terminal_nonce[NONCE // 2 :]
    return SecureSession(
        Suite.TDES,
        Suite.TDES.derive(seed, FOR_ENCRYPTION),
        Suite.TDES.derive(seed, FOR_CHECKSUM),
        int.from_bytes(start, "big"),
    )


def establish(
    channel: ApduChannel, secret: MrzKey, random: RandomBytes = secrets.token_bytes
) -> SecureSession:
    """Run BAC as the terminal, in the selected application.

    Raises `WrongAccessSecretError`, `SecureMessagingError` for a card that does not know the zone, and what
    `ApduChannel.call` raises.
    """
    keys = DocumentKeys.of(secret.seed)
    card_nonce = channel.call(
        Command(0x00, INS_GET_CHALLENGE, 0, 0, le=NONCE), "begin access to the card"
    )
    if len(card_nonce) != NONCE:
        raise ProtocolError("the random number of the card has a wrong length")
    nonce, keying = random(NONCE), random(KEYING)
    token = keys.seal(nonce, card_nonce, keying)
    command = Command(0x00, INS_EXTERNAL_AUTHENTICATE, 0, 0, token, le=TOKEN)
    try:
        answer = channel.call(command, "access to the card")
    except ApduError as error:
        if error.sw >> 8 == 0x63 or error.sw in (SW.SECURITY_STATUS, SW.SM_WRONG):
            raise WrongAccessSecretError(
                f"the card does not open; {suggest_check(secret)}"
            ) from error
        raise
    opened = keys.open(answer)
    if opened is None or not hmac.compare_digest(opened[0] + opened[1], card_nonce + nonce):
        raise SecureMessagingError("the card does not know its own zone")
    return session_of(keying, opened[2], card_nonce, nonce)
