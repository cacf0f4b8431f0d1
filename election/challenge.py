"""Write and read challenge tickets, and write a tracking code as a number to compare.

The ticket is what a voter takes home from a challenge: one line of text that fits a QR code.
`AMIN1:` and then Base32 (RFC 4648, section 6, without `=`) of these bytes; n questions of the
election, in their order:

    1    format         1
    8    election       first bytes of SHA-256 of the election object, whose Base64 is φ
    32   seed           everything random in the ballot comes from it (docs/adr/0005)
    32   digest         SHA-256 of the ballot: the tracking code as bytes
    …    answers        slot: its last two integers; choice: its flags, 8 in a byte, first flag
                        in the highest bit, the last byte filled with zeros
    4    check value    first bytes of SHA-256 of `AMIN1:` and all bytes before

A slot's other integers are zero. The check value tells a slip of the pen from a lie of a machine.
The ballot itself is not in the ticket: seed and answers make it again, byte for byte. Every symbol is
in the alphanumeric set of ISO/IEC 18004. A reader takes small letters for large ones and leaves
out spaces, line ends and hyphens, so that a ticket may be typed from paper.

The tracking number is the digest as a big-endian number mod 10^30, with its leading zeros: six groups
of five digits, in the digits of the reader's language (docs/adr/0026).
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from crypto.casting import Answer, HomomorphicAnswer, SlotAnswer
from crypto.election import BeleniosElection, HomomorphicQuestion, NonHomomorphicQuestion, Question
from election.errors import ElectionError
from election.sealed import SEED_SIZE, Opening

PREFIX: Final = "AMIN1:"
LONGEST_TICKET: Final = 20_000
"""Characters that are looked at; the largest QR symbol holds 4,296."""
GROUPS: Final = 6
GROUP_DIGITS: Final = 5

_FORMAT: Final = 1
_ELECTION_SIZE: Final = 8
_DIGEST_SIZE: Final = 32
_CHECK_SIZE: Final = 4
_CODE_SIZE: Final = 2
_LEFT_OUT: Final = re.compile(r"[\s\-\u200b-\u200f\u2066-\u2069\ufeff]")
_BODY: Final = re.compile(r"[A-Z2-7]+")
_FULL_CODE: Final = re.compile(r"[A-Za-z0-9+/]{43}")
_NUMBER: Final = re.compile(rf"[0-9]{{{GROUPS * GROUP_DIGITS}}}")


class TicketError(ElectionError):
    """A text that is no challenge ticket of this election; the message says what to do."""


@dataclass(frozen=True, slots=True)
class ChallengeTicket:
    """An opening and the digest of the ballot that the terminal showed before."""

    opening: Opening
    digest: bytes
    """32 bytes."""


def ticket_text(election: BeleniosElection, ticket: ChallengeTicket) -> str:
    """Write a ticket as text. Raises `TicketError` for answers that do not fit its form."""
    opening = ticket.opening
    if len(opening.seed) != SEED_SIZE or len(ticket.digest) != _DIGEST_SIZE:
        raise TicketError.of("a seed and a digest have 32 bytes each")
    if len(opening.answers) != len(election.questions):
        raise TicketError.of("another number of answers than the election has questions")
    answers = b"".join(map(_packed, election.questions, opening.answers))
    body = bytes([_FORMAT]) + _short(election) + opening.seed + ticket.digest + answers
    return PREFIX + base64.b32encode(body + _check_value(body)).decode().rstrip("=")


def read_ticket(election: BeleniosElection, text: str) -> ChallengeTicket:
    """Parse the text of a ticket. Raises `TicketError`: misread, or of another election."""
    data = _decoded(text)
    body, check = data[:-_CHECK_SIZE], data[-_CHECK_SIZE:]
    if len(data) <= _CHECK_SIZE or check != _check_value(body):
        raise TicketError.of("the ticket was misread or is not complete; read it again")
    if body[0] != _FORMAT:
        raise TicketError.of("a ticket of a newer format; get a newer version of this program")
    if body[1 : 1 + _ELECTION_SIZE] != _short(election):
        raise TicketError.of("the ticket is of another election; take that one's election.json")
    start = 1 + _ELECTION_SIZE
    seed, start = body[start : start + SEED_SIZE], start + SEED_SIZE
    digest, start = body[start : start + _DIGEST_SIZE], start + _DIGEST_SIZE
    if len(body) != start + sum(map(_packed_size, election.questions)):
        raise TicketError.of("the ticket has another length than tickets of this election")
    answers: list[Answer] = []
    for question in election.questions:
        end = start + _packed_size(question)
        answers.append(_unpacked(question, body[start:end]))
        start = end
    return ChallengeTicket(Opening(seed, tuple(answers)), digest)


def tracking_code(digest: bytes) -> str:
    """Return the full tracking code: 43 characters of Base64 (`crypto.ballot.Ballot.tracking`)."""
    return base64.b64encode(digest).decode("ascii").rstrip("=")


def tracking_number(digest: bytes) -> str:
    """Return the tracking number of a digest: 30 Latin digits."""
    digits = GROUPS * GROUP_DIGITS
    return f"{int.from_bytes(digest, 'big') % 10**digits:0{digits}d}"


def tracking_groups(tracking: str) -> tuple[str, ...]:
    """Return the tracking number of a full tracking code, in its six groups. Raises `TicketError`."""
    if not _FULL_CODE.fullmatch(tracking):
        raise TicketError.of("a tracking code has 43 letters and digits")
    number = tracking_number(base64.b64decode(tracking + "="))
    return tuple(number[i : i + GROUP_DIGITS] for i in range(0, len(number), GROUP_DIGITS))


def is_tracking_of(noted: str, digest: bytes) -> bool:
    """Return whether what a person noted is this ballot's full tracking code or its tracking number.

    Digits of any script, and spaces and hyphens anywhere in the number. Raises `TicketError` for
    a text that is neither.
    """
    tight = "".join(noted.split())
    if _FULL_CODE.fullmatch(tight):
        return tight == tracking_code(digest)
    digits = "".join(
        str(unicodedata.decimal(digit, digit))
        for digit in _LEFT_OUT.sub("", noted[:LONGEST_TICKET])
    )
    if not _NUMBER.fullmatch(digits):
        raise TicketError.of(
            "a tracking number has 30 digits, a tracking code 43 letters and digits"
        )
    return digits == tracking_number(digest)


# ---------------------------------------------------------------- parts


def _decoded(text: str) -> bytes:
    if len(text) > LONGEST_TICKET:
        raise TicketError.of("the text is too long for a challenge ticket")
    tight = _LEFT_OUT.sub("", text).upper()
    body = tight.removeprefix(PREFIX)
    if body == tight or not _BODY.fullmatch(body):
        raise TicketError.of(
            "not a challenge ticket: it begins with {prefix}, as on the screen", prefix=PREFIX
        )
    try:
        data = base64.b32decode(body + "=" * (-len(body) % 8))
    except ValueError as error:
        raise TicketError.of("the ticket was misread or is not complete; read it again") from error
    if base64.b32encode(data).decode().rstrip("=") != body:
        raise TicketError.of("the ticket was misread or is not complete; read it again")
    return data


def _check_value(body: bytes) -> bytes:
    return hashlib.sha256(PREFIX.encode() + body).digest()[:_CHECK_SIZE]


def _short(election: BeleniosElection) -> bytes:
    return hashlib.sha256(election.text).digest()[:_ELECTION_SIZE]


def _packed_size(question: Question) -> int:
    match question:
        case NonHomomorphicQuestion():
            return _CODE_SIZE
        case HomomorphicQuestion(width=width):
            return (width + 7) // 8
        case _:
            assert_never(question)


def _packed(question: Question, answer: Answer) -> bytes:
    match question, answer:
        case NonHomomorphicQuestion(width=width), SlotAnswer(integers=integers):
            front, code = integers[:-_CODE_SIZE], integers[-_CODE_SIZE:]
            if len(integers) != width or len(code) != _CODE_SIZE or any(front):
                raise TicketError.of("a slot holds more than a code of two bytes")
            return bytes(code)
        case HomomorphicQuestion(width=width), HomomorphicAnswer(choices=choices):
            if len(choices) != width or not set(choices) <= {0, 1}:
                raise TicketError.of("a choice is a 0 or 1 for every name")
            return _bits(choices)
        case _:
            raise TicketError.of("an answer of another kind than its question")


def _bits(flags: Sequence[int]) -> bytes:
    size = (len(flags) + 7) // 8
    number = int("".join(map(str, flags)), 2) << (8 * size - len(flags))
    return number.to_bytes(size, "big")


def _unpacked(question: Question, data: bytes) -> Answer:
    match question:
        case NonHomomorphicQuestion(width=width):
            if width < _CODE_SIZE:
                raise TicketError.of("an election whose slots hold no codes")
            return SlotAnswer((0,) * (width - _CODE_SIZE) + tuple(data))
        case HomomorphicQuestion(width=width):
            flags = [data[place // 8] >> (7 - place % 8) & 1 for place in range(8 * len(data))]
            if any(flags[width:]):
                raise TicketError.of("the ticket marks a name that the question does not have")
            return HomomorphicAnswer(tuple(flags[:width]))
        case _:
            assert_never(question)
