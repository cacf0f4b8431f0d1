"""Secure messaging, for both ends (ICAO Doc 9303 part 11, 9.8; ISO/IEC 7816-4 10).

::

    command  CLA|0C INS P1 P2  [87 01 cryptogram | 85 cryptogram (odd INS)] [97 Le] 8E checksum
    answer                     [87 01 cryptogram | 85 cryptogram (odd INS)] 99 status 8E checksum

The send sequence counter goes up by one before every command and every answer. With AES it is also the
start of the cryptogram: ``IV = AES-ECB(KSenc, counter)``. The checksum is over the counter, the padded
header (commands only) and the padded data objects.

One `SecureSession` is one end: a terminal uses `protect` and `unprotect`, a card `open_command` and
`close_answer`. The first thing that is wrong ends it; every later call raises.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from enum import Enum
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from drivers.errors import ProtocolError, SecureMessagingError, SessionEndedError
from drivers.smartcard import tlv
from drivers.smartcard.apdu import (
    MAX_EXTENDED_LE,
    MAX_SHORT_LE,
    Command,
    Response,
    StatusWord,
)
from drivers.smartcard.suites import CHECKSUM, FOR_CHECKSUM, FOR_ENCRYPTION, Suite

CLA_PROTECTED: Final = 0x0C
"""Secure messaging, header in the checksum."""

TAG_CRYPTOGRAM_ODD: Final = 0x85
TAG_CRYPTOGRAM: Final = 0x87
TAG_LE: Final = 0x97
TAG_STATUS: Final = 0x99
TAG_CHECKSUM: Final = 0x8E

_PADDED: Final = b"\x01"
"""Padding indicator of the cryptogram: 80 00..."""
_CHECKSUM_OBJECT: Final = 2 + CHECKSUM
_STATUS_OBJECT: Final = 4
_CRYPTOGRAM_HEADER: Final = 1 + 3 + len(_PADDED)
_AGAIN: Final = "take the card out and insert it again"


class SecureMessagingFault(Enum):
    """Answers of a card to a command whose protection is not right."""

    MISSING = "missing"
    """6987: a data object is not there."""
    WRONG = "wrong"
    """6988: a data object is not as it should be."""


class ProtectionError(SecureMessagingError):
    """A card cannot accept a command; `fault` chooses the status word."""

    def __init__(self, fault: SecureMessagingFault) -> None:
        super().__init__(f"a protected command with a {fault.value} data object")
        self.fault = fault


class SecureSession:
    """One end of a protected session. Not for several threads."""

    def __init__(self, suite: Suite, encryption: bytes, checksum: bytes, counter: int = 0) -> None:
        self._suite = suite
        self._encryption = encryption
        self._checksum = checksum
        self._counter = counter
        self._over = False
        self._odd = False

    @classmethod
    def agreed(cls, suite: Suite, secret: bytes) -> SecureSession:
        """Start the session of a key agreement: both keys from one secret, the counter at zero."""
        return cls(suite, suite.derive(secret, FOR_ENCRYPTION), suite.derive(secret, FOR_CHECKSUM))

    @property
    def over(self) -> bool:
        """True if something was wrong and nothing goes through any more."""
        return self._over

    def end(self) -> None:
        """End the session and forget the keys."""
        self._over = True
        self._encryption = self._checksum = b""

    def room(self, answer: int) -> int:
        """Count the bytes of plain data that fit a protected answer of `answer` bytes of data."""
        inside = answer - _CHECKSUM_OBJECT - _STATUS_OBJECT - _CRYPTOGRAM_HEADER
        return max(inside // self._suite.block * self._suite.block - 1, 0)

    # ------------------------------------------------------------ the terminal's end

    def protect(self, command: Command) -> Command:
        """Protect a command. Raises `SecureMessagingError` if the session is over."""
        self._advance()
        self._odd = bool(command.ins & 1)
        cla = command.cla | CLA_PROTECTED
        objects = self._cryptogram(command.data, odd=self._odd)
        if command.le is not None:
            objects += tlv.encode(TAG_LE, _encode_le(command.le))
        checksum = self._over_command(bytes((cla, command.ins, command.p1, command.p2)), objects)
        data = objects + tlv.encode(TAG_CHECKSUM, checksum)
        long = command.extended or (command.le or 0) > MAX_SHORT_LE
        le = MAX_EXTENDED_LE if long else MAX_SHORT_LE
        return replace(command, cla=cla, data=data, le=le, extended=long)

    def unprotect(self, response: Response) -> Response:
        """Open a protected answer.

        Raises `SecureMessagingError`, `SessionEndedError` for an answer without protection; either way
        the session is over.
        """
        self._advance()
        try:
            return self._unprotect(response)
        except SecureMessagingError:
            self.end()
            raise
        except ProtocolError as error:
            self.end()
            raise SecureMessagingError(f"a protected answer is damaged; {_AGAIN}") from error

    def _unprotect(self, response: Response) -> Response:
        if not response.data:
            raise SessionEndedError(
                f"the card ended the protected session ({response.sw!r}); {_AGAIN}"
            )
        objects = self._verified(response.data, header=b"")
        if objects is None:
            raise SecureMessagingError(f"the checksum of an answer is wrong; {_AGAIN}")
        elements = tlv.parse(objects)
        if not elements:
            raise SecureMessagingError(f"a protected answer without a status; {_AGAIN}")
        *cryptograms, status = elements
        if status.tag != TAG_STATUS or len(status.value) != 2 or len(cryptograms) > 1:
            raise SecureMessagingError(f"a protected answer in the wrong order; {_AGAIN}")
        sw = StatusWord(int.from_bytes(status.value, "big"))
        if sw != response.sw:
            raise SecureMessagingError(f"the status of an answer was changed; {_AGAIN}")
        return Response(self._plain(cryptograms[0]) if cryptograms else b"", sw)

    # ------------------------------------------------------------ the card's end

    def open_command(self, command: Command) -> Command:
        """Open a protected command. Raises `ProtectionError`: the session is over then."""
        self._advance()
        try:
            return self._open(command)
        except ProtectionError:
            self.end()
            raise
        except (ProtocolError, SecureMessagingError) as error:
            self.end()
            raise ProtectionError(SecureMessagingFault.WRONG) from error

    def _open(self, command: Command) -> Command:
        if command.cla & CLA_PROTECTED != CLA_PROTECTED:
            raise ProtectionError(SecureMessagingFault.MISSING)
        header = bytes((command.cla, command.ins, command.p1, command.p2))
        if command.data[-_CHECKSUM_OBJECT:-CHECKSUM] != bytes((TAG_CHECKSUM, CHECKSUM)):
            raise ProtectionError(SecureMessagingFault.MISSING)
        objects = self._verified(command.data, header)
        if objects is None:
            raise ProtectionError(SecureMessagingFault.WRONG)
        self._odd = bool(command.ins & 1)
        elements = list(tlv.parse(objects))
        data, le = b"", None
        if elements and elements[0].tag in (TAG_CRYPTOGRAM, TAG_CRYPTOGRAM_ODD):
            data = self._plain(elements.pop(0))
        if elements and elements[0].tag == TAG_LE:
            le = _decode_le(elements.pop(0).value)
        if elements:
            raise ProtectionError(SecureMessagingFault.WRONG)
        return replace(command, cla=command.cla & ~CLA_PROTECTED, data=data, le=le)

    def close_answer(self, response: Response) -> Response:
        """Protect an answer. Raises `SecureMessagingError` if the session is over."""
        self._advance()
        status = tlv.encode(TAG_STATUS, response.sw.to_bytes(2, "big"))
        objects = self._cryptogram(response.data, odd=self._odd) + status
        checksum = tlv.encode(TAG_CHECKSUM, self._over_objects(objects, b""))
        return Response(objects + checksum, response.sw)

    # ------------------------------------------------------------ both

    def _advance(self) -> None:
        if self._over:
            raise SecureMessagingError(f"the protected session with the card is over; {_AGAIN}")
        self._counter = (self._counter + 1) % (1 << 8 * self._suite.block)

    def _verified(self, data: bytes, header: bytes) -> bytes | None:
        """Return the objects before the checksum, or None if it is not theirs."""
        objects, head = data[:-_CHECKSUM_OBJECT], data[-_CHECKSUM_OBJECT:-CHECKSUM]
        right = self._over_command(header, objects) if header else self._over_objects(objects, b"")
        same = hmac.compare_digest(right, data[-CHECKSUM:])
        return objects if same and head == bytes((TAG_CHECKSUM, CHECKSUM)) else None

    def _over_command(self, header: bytes, objects: bytes) -> bytes:
        return self._over_objects(objects, self._suite.pad(header))

    def _over_objects(self, objects: bytes, padded_header: bytes) -> bytes:
        padded = self._suite.pad(objects) if objects else b""
        return self._suite.checksum(self._checksum, self._ssc() + padded_header + padded)

    def _cryptogram(self, data: bytes, *, odd: bool) -> bytes:
        if not data:
            return b""
        hidden = self._suite.encrypt(self._encryption, self._suite.pad(data), self._start())
        if odd:
            return tlv.encode(TAG_CRYPTOGRAM_ODD, hidden)
        return tlv.encode(TAG_CRYPTOGRAM, _PADDED, hidden)

    def _plain(self, cryptogram: tlv.Tlv) -> bytes:
        hidden = cryptogram.value
        if cryptogram.tag == (TAG_CRYPTOGRAM_ODD if self._odd else TAG_CRYPTOGRAM):
            if not self._odd:
                indicator, hidden = hidden[:1], hidden[1:]
                if indicator != _PADDED:
                    hidden = b""
            if hidden and len(hidden) % self._suite.block == 0:
                plain = self._suite.decrypt(self._encryption, hidden, self._start())
                return self._suite.unpad(plain)
        raise SecureMessagingError(f"a protected message with a wrong cryptogram; {_AGAIN}")

    def _start(self) -> bytes:
        if self._suite is Suite.TDES:
            return b""
        # One block in CBC mode from zero is that block in ECB mode.
        return Cipher(AES(self._encryption), modes.CBC(bytes(16))).encryptor().update(self._ssc())

    def _ssc(self) -> bytes:
        return self._counter.to_bytes(self._suite.block, "big")


def _encode_le(le: int) -> bytes:
    """Encode in one byte where it fits, else in two."""
    if le <= MAX_SHORT_LE:
        return bytes((le % MAX_SHORT_LE,))
    return (le % MAX_EXTENDED_LE).to_bytes(2, "big")


def _decode_le(value: bytes) -> int:
    """Decode one byte, two, or three with a leading 00."""
    number = int.from_bytes(value, "big")
    if len(value) == 1:
        return number or MAX_SHORT_LE
    if len(value) == 2 or (len(value) == 3 and not value[0]):
        return number or MAX_EXTENDED_LE
    raise ProtectionError(SecureMessagingFault.WRONG)
