"""Reusable ballot-authorization cards: two data objects of a PIV applet.

    5FFF10    the token, at most 1,200 bytes        an identity station writes, a terminal wipes it
    5FFF11    the note, at most 300 bytes           a terminal writes it

They hold ``53 { 80 01 version, 81 content }``, or without 81 when they are blank; they can be read freely
and written with the administrator key 9B: AES, unless the configuration names 3DES. The signatures in
them carry the trust, not the card.
"""

from __future__ import annotations

from typing import Final

from drivers.errors import CardError, ProtocolError
from drivers.smartcard import tlv
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.piv import PivSession
from drivers.smartcard.piv_keys import AdminAlgorithm

TOKEN_OBJECT: Final = 0x5FFF10
NOTE_OBJECT: Final = 0x5FFF11
TOKEN_VERSION: Final = b"\x01"
TAG_VERSION: Final = 0x80
TAG_TOKEN: Final = 0x81
MAX_TOKEN: Final = 2048
"""Most bytes of a token that every card of the project takes."""
MAX_NOTE: Final = 300


class AuthorizationCard:
    """One session with an authorization card; the PIV application is selected already.

    All methods raise what `PivSession` raises.
    """

    def __init__(
        self, piv: PivSession, key: bytes, algorithm: AdminAlgorithm | None = None
    ) -> None:
        """Keep the administrator key; `algorithm` None is AES by the key's length."""
        self._piv = piv
        self._key = key
        self._algorithm = algorithm
        self._authenticated = False

    @classmethod
    def select(cls, channel: ApduChannel, key: bytes) -> AuthorizationCard:
        """Select the PIV application of a card that was put in, and open it."""
        piv = PivSession(channel)
        piv.select()
        return cls(piv, key)

    def read_token(self) -> bytes | None:
        """Read the token; None from a blank card. Raises `ProtocolError` for a foreign object."""
        return decode_token(self._piv.get_data(TOKEN_OBJECT))

    def read_note(self) -> bytes | None:
        """Read the note; None from a blank card. Raises `ProtocolError` for a foreign object."""
        return decode_token(self._piv.get_data(NOTE_OBJECT))

    def write_token(self, token: bytes) -> None:
        """Write a token of 1 to `MAX_TOKEN` bytes and read it back.

        Raises `CardError` if the card kept something else, ValueError for another length.
        """
        if not 1 <= len(token) <= MAX_TOKEN:
            raise ValueError(f"a token has 1 to {MAX_TOKEN} bytes")
        self._put(TOKEN_OBJECT, token)

    def erase_token(self) -> None:
        """Wipe the token and read it back. Raises `CardError` if it is still there."""
        self._put(TOKEN_OBJECT, None)

    def write_note(self, note: bytes | None) -> None:
        """Write a note of 1 to `MAX_NOTE` bytes, or None for none, and read it back.

        Raises `CardError` if the card kept something else, ValueError for another length.
        """
        if note is not None and not 1 <= len(note) <= MAX_NOTE:
            raise ValueError(f"a note has 1 to {MAX_NOTE} bytes")
        self._put(NOTE_OBJECT, note)

    def _put(self, tag: int, content: bytes | None) -> None:
        if not self._authenticated:
            self._piv.authenticate_admin(self._key, self._algorithm)
            self._authenticated = True
        self._piv.put_data(tag, encode_token(content))
        if decode_token(self._piv.get_data(tag)) != content:
            raise CardError("the card did not keep what was written; use another card")


def encode_token(token: bytes | None) -> bytes:
    """Encode the value of an object: token or note, or None for a blank one."""
    version = tlv.encode(TAG_VERSION, TOKEN_VERSION)
    return version if token is None else version + tlv.encode(TAG_TOKEN, token)


def decode_token(value: bytes | None) -> bytes | None:
    """Decode the value of an object to token or note, None if it is blank. Raises `ProtocolError`."""
    if not value:
        return None
    fields = tlv.parse(value)
    if tlv.find(fields, TAG_VERSION).value != TOKEN_VERSION:
        raise ProtocolError("the card's token has an unknown version; update the program")
    token = tlv.find_optional(fields, TAG_TOKEN)
    return None if token is None else token.value
