"""Keep a trustee's secret on a smart card: any PIV card with a key management key (9D).

The secret file then opens with this card and its PIN only (`crypto.card_box`). The card keeps no
secret of the election; without the card the file is lost, as with a passphrase.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from crypto.card_box import CardPublicKey, key_id, needed_key, open_with_card, seal_to_card
from crypto.compact_json import ParsedJson
from crypto.errors import UnsealError, UntrustedKeyError
from crypto.wiping import wipe
from drivers.errors import ProtocolError
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.channel import CardReader
from drivers.smartcard.piv import PivSession, PivSlot
from headquarters.keepers import CARD

_SLOT: Final = PivSlot.KEY_MANAGEMENT

AskPin = Callable[[int | None], str]
"""Gets the PIN from a person; the argument is the number of tries left, if the card says it."""


@dataclass(frozen=True, slots=True)
class CardKeeper:
    """Closes secrets for the card in a reader, and opens them with it."""

    reader: CardReader
    ask_pin: AskPin

    @property
    def name(self) -> str:
        """How a sealed secret names its keeper."""
        return CARD

    def wrap(self, secret: bytearray, context: bytes) -> ParsedJson:
        """Close the secret, and see that the card opens it before anything rests on it."""
        with self._session() as session:
            key = _card_key(session)
            box = seal_to_card(key, secret, context)
            self._show_pin(session)
            again = open_with_card(key, _Operation(session), box, context)
            good = again == secret
            wipe(again)
        if not good:
            raise UnsealError("the card does not open what was closed for it; use another card")
        return box

    def unwrap(self, box: ParsedJson, context: bytes) -> bytearray:
        """Open the box with the card's key and PIN. Raises `TrusteeSecretError` or `DriverError`."""
        with self._session() as session:
            key = _card_key(session)
            if needed_key(box) != key_id(key):
                raise UntrustedKeyError("this is not the card that closed the secret; use that one")
            self._show_pin(session)
            return open_with_card(key, _Operation(session), box, context)

    def _show_pin(self, session: PivSession) -> None:
        pin = self.ask_pin(session.tries_left())
        try:
            session.verify_pin(pin)
        except ValueError as error:
            raise UnsealError("a PIN has six to eight digits; nothing was tried") from error

    @contextmanager
    def _session(self) -> Iterator[PivSession]:
        channel = ApduChannel(self.reader.open())
        try:
            session = PivSession(channel)
            session.select()
            yield session
        finally:
            channel.close()


@dataclass(frozen=True, slots=True)
class _Operation:
    session: PivSession

    def agree(self, point: bytes) -> bytes:
        return self.session.agree(_SLOT, point)

    def decipher(self, block: bytes) -> bytes:
        return self.session.decipher(_SLOT, block)


def _card_key(session: PivSession) -> CardPublicKey:
    certificate = session.certificate(_SLOT)
    if certificate is None:
        raise UntrustedKeyError(
            "the card has no key management certificate (9D); have one put on it, or use a "
            "passphrase"
        )
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError) as error:
        raise ProtocolError("the card's certificate has an unusable key") from error
    match key:
        case ec.EllipticCurvePublicKey() | rsa.RSAPublicKey():
            return key
    raise UntrustedKeyError("the card's key is neither P-256 nor RSA-2048; use another card")
