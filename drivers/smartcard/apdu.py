"""Command and answer APDUs (ISO/IEC 7816-3 12.1, 7816-4 5.1-5.3) and the rules of sending them.

A command is one of four cases, each short or extended::

    1   CLA INS P1 P2
    2   ... Le            short 00 = 256;   extended 00 Le Le, 0000 = 65536
    3   ... Lc data       short one byte;   extended 00 Lc Lc
    4   ... Lc data Le    short and extended are never mixed; extended Le has two bytes here
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from drivers.errors import ApduError, ProtocolError
from drivers.smartcard.channel import Channel

MAX_SHORT_DATA: Final = 255
MAX_SHORT_LE: Final = 256
MAX_EXTENDED_DATA: Final = 65_535
MAX_EXTENDED_LE: Final = 65_536
CLA_CHAINING: Final = 0x10
INS_GET_RESPONSE: Final = 0xC0
MAX_ANSWER: Final = 70_000
"""Most bytes one command may collect over 61xx answers."""
MAX_PIECES: Final = 600
"""Most GET RESPONSE commands for one answer: twice what `MAX_ANSWER` takes in pieces of 256 bytes."""
ANSWER_LIMIT_S: Final = 60.0
"""Seconds for all pieces of one answer; one piece alone may take as long as the reader allows."""
JOB_COMMANDS: Final = 5_000
"""Most commands of one job: reading all of an identity card takes some hundreds."""
JOB_LIMIT_S: Final = 180.0
"""Seconds for one job; a card that holds each command for as long as it may gets no further."""
_EXTENDED_FRAME: Final = 9
"""Bytes of an extended command around its data."""
_MAX_COMMAND: Final = MAX_EXTENDED_DATA + _EXTENDED_FRAME


class StatusWord(int):
    """The two status bytes of an answer."""

    __slots__ = ()

    @property
    def sw1(self) -> int:
        """First byte."""
        return self >> 8

    @property
    def sw2(self) -> int:
        """Second byte."""
        return self & 0xFF

    @property
    def tries_left(self) -> int | None:
        """The x of 63Cx; 0 for 6983 (blocked); None for any other word."""
        if self & 0xFFF0 == 0x63C0:
            return self & 0x0F
        return 0 if self == SW.BLOCKED else None

    def __repr__(self) -> str:
        return f"{int(self):04X}"


class SW:
    """Status words used here (ISO 7816-4 table 6)."""

    OK: Final = 0x9000
    END_OF_FILE: Final = 0x6282
    FAILED: Final = 0x6300
    TRIES_LEFT: Final = 0x63C0
    WRONG_LENGTH: Final = 0x6700
    SM_NOT_SUPPORTED: Final = 0x6882
    SECURITY_STATUS: Final = 0x6982
    BLOCKED: Final = 0x6983
    CONDITIONS: Final = 0x6985
    NO_CURRENT_FILE: Final = 0x6986
    SM_MISSING: Final = 0x6987
    SM_WRONG: Final = 0x6988
    WRONG_DATA: Final = 0x6A80
    FUNCTION: Final = 0x6A81
    NOT_FOUND: Final = 0x6A82
    NO_MEMORY: Final = 0x6A84
    WRONG_P1P2: Final = 0x6A86
    LC_AND_P1P2: Final = 0x6A87
    REFERENCE: Final = 0x6A88
    WRONG_OFFSET: Final = 0x6B00
    WRONG_INS: Final = 0x6D00
    WRONG_CLA: Final = 0x6E00


@dataclass(frozen=True, slots=True)
class Command:
    """A command APDU; `le` is the number of bytes expected (1 to 65536), None for none."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = field(default=b"", repr=False)
    le: int | None = None
    extended: bool = False

    def encode(self) -> bytes:
        """Encode for the wire. Raises ValueError for a length the chosen form cannot carry."""
        header = bytes((self.cla, self.ins, self.p1, self.p2))
        most_data = MAX_EXTENDED_DATA if self.extended else MAX_SHORT_DATA
        most_le = MAX_EXTENDED_LE if self.extended else MAX_SHORT_LE
        if len(self.data) > most_data:
            raise ValueError(f"{len(self.data)} bytes do not fit one APDU of at most {most_data}")
        if self.le is not None and not 1 <= self.le <= most_le:
            raise ValueError(f"Le {self.le} is outside 1..{most_le}")
        if not self.extended:
            lc = bytes((len(self.data),)) if self.data else b""
            le = b"" if self.le is None else bytes((self.le % MAX_SHORT_LE,))
            return header + lc + self.data + le
        if not self.data and self.le is None:
            return header
        lc = len(self.data).to_bytes(2, "big") if self.data else b""
        le = b"" if self.le is None else (self.le % MAX_EXTENDED_LE).to_bytes(2, "big")
        return header + b"\x00" + lc + self.data + le

    @classmethod
    def decode(cls, apdu: bytes) -> Command:
        """Parse a command as the card receives it. Raises `ProtocolError` for lengths that do not add up.

        A zero Lc in a five-byte command cannot be told from Le 00: it reads as case 2.
        """
        if len(apdu) < 4:
            raise ProtocolError("a command APDU has at least four bytes")
        cla, ins, p1, p2 = apdu[:4]
        head = cls(cla, ins, p1, p2)
        body = apdu[4:]
        if not body:
            return head
        if len(body) == 1:
            return replace(head, le=body[0] or MAX_SHORT_LE)
        if body[0]:
            return cls._with_data(head, body[1:], body[0], le_size=1)
        head = replace(head, extended=True)
        if len(body) == 3:
            return replace(head, le=int.from_bytes(body[1:], "big") or MAX_EXTENDED_LE)
        length = int.from_bytes(body[1:3], "big")
        if len(body) < 3 or not length:
            raise ProtocolError("an extended command with a wrong length field")
        return cls._with_data(head, body[3:], length, le_size=2)

    @staticmethod
    def _with_data(head: Command, rest: bytes, length: int, *, le_size: int) -> Command:
        data, tail = rest[:length], rest[length:]
        if len(data) != length or len(tail) not in (0, le_size):
            raise ProtocolError("a command whose length field does not match its data")
        if not tail:
            return replace(head, data=data)
        return replace(head, data=data, le=int.from_bytes(tail, "big") or 1 << (8 * le_size))


@dataclass(frozen=True, slots=True)
class Response:
    """An answer APDU: data and status word."""

    data: bytes = field(repr=False)
    sw: StatusWord

    @classmethod
    def decode(cls, raw: bytes) -> Response:
        """Parse an answer. Raises `ProtocolError` for one without a status word."""
        if len(raw) < 2:
            raise ProtocolError("the card answered without a status word")
        return cls(raw[:-2], StatusWord(int.from_bytes(raw[-2:], "big")))

    def encode(self) -> bytes:
        """Encode for the wire: data, then the two status bytes."""
        return self.data + self.sw.to_bytes(2, "big")


@dataclass(frozen=True, slots=True)
class ExtendedLengths:
    """The longest command and answer, in bytes, that a card takes and gives in one extended APDU."""

    command: int
    answer: int


_SHORT_ONLY: Final = ExtendedLengths(0, 0)


class SecureMessaging(Protocol):
    """Protection of commands and answers; it holds the session keys and the counter."""

    def room(self, answer: int) -> int:
        """Count the bytes of plain data that fit a protected answer of `answer` bytes of data."""

    def protect(self, command: Command) -> Command:
        """Return the protected form of a command. Raises `SecureMessagingError` after an error."""

    def unprotect(self, response: Response) -> Response:
        """Return the plain form of a protected answer.

        Raises `SecureMessagingError` if its protection is wrong; every later call does then, too.
        """


class ApduChannel:
    """Send commands over a channel and hide what T=0 and short lengths make visible.

    61xx is followed by GET RESPONSE until all is read, 6Cxx repeats the command once with the
    announced length, data over 255 bytes is sent as a chain (or in one extended APDU when the card
    is known to take it). Secure messaging, once set, covers every command before any of that.
    `extended` is for a card that is known to take any length; others announce it, see `allow_extended`.
    """

    def __init__(self, channel: Channel, *, extended: bool = False) -> None:
        self._channel = channel
        self._extended = (
            ExtendedLengths(_MAX_COMMAND, MAX_EXTENDED_LE + 2) if extended else _SHORT_ONLY
        )
        self._secure: SecureMessaging | None = None
        self._announced = self._extended
        self._forbidden = False
        self._commands_left: float = math.inf
        self._until = math.inf

    def begin_job(self) -> None:
        """Bound what follows, until the next job, to `JOB_COMMANDS` and `JOB_LIMIT_S`."""
        self._commands_left = JOB_COMMANDS
        self._until = time.monotonic() + JOB_LIMIT_S

    @property
    def atr(self) -> bytes:
        """Answer to reset of the card."""
        return self._channel.atr

    def restart(self) -> None:
        """Cut the card's power as `Channel.restart`; protection ends with it."""
        self._secure = None
        self._channel.restart()

    def close(self, reset: bool = True) -> None:
        """End the session as `Channel.close`."""
        self._channel.close(reset)

    def set_secure_messaging(self, secure: SecureMessaging | None) -> None:
        """Protect every further command; with None, protect none."""
        self._secure = secure

    def allow_extended(self, lengths: ExtendedLengths) -> None:
        """Send extended APDUs up to the lengths that the card announced."""
        self._extended = self._announced = lengths

    def forbid_extended(self) -> None:
        """Send short APDUs only, because the card refuses what it announced; but see `expecting`."""
        self._extended = _SHORT_ONLY
        self._forbidden = True

    @property
    def is_extended(self) -> bool:
        """Whether extended APDUs are sent where they are needed."""
        return self._extended != _SHORT_ONLY

    @property
    def is_forbidden(self) -> bool:
        """Whether extended APDUs were given up."""
        return self._forbidden

    def room(self, most: int) -> int:
        """Count the bytes one answer can carry, at most `most`; also under secure messaging."""
        return min(most, self._room(self._extended))

    def expecting(self, command: Command, size: int) -> Command:
        """Give a command Le for `size` bytes, extended where the card takes it and needs it.

        Where `size` bytes come in one piece or not at all and extended lengths were given up, use
        `insisting`.
        """
        return _with_le(command, size, self._extended)

    def insisting(self, command: Command, size: int) -> Command:
        """Give a command Le for `size` bytes; where they do not fit, by the lengths the card announced.

        For answers that cannot be had in pieces, such as signatures of long keys (Doc 9303-11, 6.1.4).
        """
        lengths = self._extended if size <= self._room(self._extended) else self._announced
        return _with_le(command, max(MAX_SHORT_LE, min(size, self._room(lengths))), lengths)

    def _room(self, lengths: ExtendedLengths) -> int:
        answer = max(MAX_SHORT_LE, lengths.answer - 2)
        return answer if self._secure is None else self._secure.room(answer)

    def send(self, command: Command) -> Response:
        """Send a command, whatever its length; the answer has every byte and the last status.

        Raises what `Channel.transmit` raises, and `ProtocolError` for answers without end. A
        refusing status word is returned, not raised: see `call`.
        """
        if self._secure is None:
            return self._send_plain(command)
        return self._secure.unprotect(self._send_plain(self._secure.protect(command)))

    def call(self, command: Command, doing: str) -> bytes:
        """Send a command that must succeed, and return the data.

        Raises `ApduError` unless the status is 9000, and what `send` raises.
        """
        response = self.send(command)
        if response.sw != SW.OK:
            raise ApduError(response.sw, doing)
        return response.data

    def _send_plain(self, command: Command) -> Response:
        if MAX_SHORT_DATA < len(command.data) <= self._extended.command - _EXTENDED_FRAME:
            return self._collect(replace(command, extended=True))
        data = command.data
        while len(data) > MAX_SHORT_DATA:
            block, data = data[:MAX_SHORT_DATA], data[MAX_SHORT_DATA:]
            link = replace(command, cla=command.cla | CLA_CHAINING, data=block, le=None)
            response = self._transmit(link)
            if response.sw != SW.OK:
                return response
        return self._collect(replace(command, data=data))

    def _collect(self, command: Command) -> Response:
        response = self._transmit(command)
        if response.sw.sw1 == 0x6C:
            response = self._transmit(replace(command, le=response.sw.sw2 or MAX_SHORT_LE))
        if response.sw.sw1 != 0x61:
            return response
        parts = [response.data]
        size = len(response.data)
        until = time.monotonic() + ANSWER_LIMIT_S
        while response.sw.sw1 == 0x61:
            if len(parts) > MAX_PIECES or time.monotonic() > until:
                raise ProtocolError("the card's answer comes in drips and does not end")
            more = Command(
                command.cla & 0x03, INS_GET_RESPONSE, 0, 0, le=response.sw.sw2 or MAX_SHORT_LE
            )
            response = self._transmit(more)
            if response.sw.sw1 == 0x61 and not response.data:
                raise ProtocolError("the card announces data and sends none")
            parts.append(response.data)
            size += len(response.data)
            if size > MAX_ANSWER:
                raise ProtocolError("the card's answer has no end")
        return Response(b"".join(parts), response.sw)

    def _transmit(self, command: Command) -> Response:
        self._commands_left -= 1
        if self._commands_left < 0 or time.monotonic() > self._until:
            raise ProtocolError("the card keeps this job going and does not end it")
        return Response.decode(self._channel.transmit(command.encode()))


def _with_le(command: Command, size: int, lengths: ExtendedLengths) -> Command:
    extended = size > MAX_SHORT_LE and lengths.answer > MAX_SHORT_LE
    return replace(command, le=size if extended else min(size, MAX_SHORT_LE), extended=extended)


def select_application(channel: ApduChannel, aid: bytes, *, want_fci: bool) -> Response:
    """Select by application identifier (ISO 7816-4 11.2.2); the answer may be a refusal."""
    p2 = 0x00 if want_fci else 0x0C
    le = MAX_SHORT_LE if want_fci else None
    return channel.send(Command(0x00, 0xA4, 0x04, p2, aid, le))
