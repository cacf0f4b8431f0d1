"""The election object of Belenios: questions, public key, and fingerprint φ.

Belenios specification 3.3, "Elections". The stored bytes count: φ is their hash, whatever their
spacing, and nothing is ever re-serialised. Fields this project does not use are refused.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from crypto.compact_json import ParsedJson, as_fields, as_list, as_number, as_text, dump
from crypto.embedding import MAX_INTEGERS
from crypto.errors import DecodeError, UnsupportedVersionError
from crypto.group import Point, hash_base64, point_from_text, point_text
from crypto.strict_json import read_json

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
UUID_PATTERN = f"[{ALPHABET}]{{14,64}}"
_UUID = re.compile(UUID_PATTERN)
_SLOT_ANSWERS = ("0",) * 28 + ("hi", "lo")


@dataclass(frozen=True, slots=True)
class HomomorphicQuestion:
    """A question of which only the sum per answer becomes public.

    With `blank`, a blank flag comes before the answers; otherwise `minimum` to `maximum` of the
    answers are chosen.
    """

    title: str
    answers: tuple[str, ...]
    blank: bool
    minimum: int
    maximum: int

    @property
    def width(self) -> int:
        """Number of ciphertexts, the blank flag included."""
        return len(self.answers) + self.blank

    @property
    def overall_values(self) -> tuple[int, ...]:
        """The allowed sums of a vote that is not blank."""
        return tuple(range(self.minimum, self.maximum + 1))

    def as_json(self) -> ParsedJson:
        """Return the question as it stands in the election object."""
        blank: dict[str, ParsedJson] = {"blank": True} if self.blank else {}
        return {
            "answers": list(self.answers),
            **blank,
            "min": self.minimum,
            "max": self.maximum,
            "question": self.title,
        }


@dataclass(frozen=True, slots=True)
class NonHomomorphicQuestion:
    """A question whose every answer becomes public after the mix: one integer 0…255 per name."""

    title: str
    answers: tuple[str, ...]

    @property
    def width(self) -> int:
        """Number of integers."""
        return len(self.answers)

    def as_json(self) -> ParsedJson:
        """Return the question as it stands in the election object."""
        value: ParsedJson = {"answers": list(self.answers), "question": self.title}
        return {"type": "NonHomomorphic", "value": value}


Question: TypeAlias = HomomorphicQuestion | NonHomomorphicQuestion


@dataclass(frozen=True, slots=True)
class BeleniosElection:
    """An election as published; `text` is its exact stored form, without a final newline."""

    description: str
    name: str
    public_key: Point
    questions: tuple[Question, ...]
    uuid: str
    administrator: str | None
    credential_authority: str | None
    text: bytes

    @property
    def fingerprint(self) -> str:
        """φ, 43 characters of Base64."""
        return hash_base64(self.text)

    @property
    def slots(self) -> tuple[int, ...]:
        """The indices of the NonHomomorphic questions."""
        return tuple(
            index
            for index, question in enumerate(self.questions)
            if isinstance(question, NonHomomorphicQuestion)
        )


def new_uuid() -> str:
    """Draw a new election identifier (about 82 random bits)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(14))


def slot_question(title: str) -> NonHomomorphicQuestion:
    """Make the question of a wide slot: 28 integers that are 0 in every honest answer, then a code.

    The zeros cost nothing and let everybody see a forged decryption in the published result.
    """
    return NonHomomorphicQuestion(title, _SLOT_ANSWERS)


def slot_integers(code: int) -> tuple[int, ...]:
    """Return the 30 integers of a wide slot for a selection code 0…65535; 0 is the empty slot.

    Raises DecodeError for a code outside that range.
    """
    if not 0 <= code <= 0xFFFF:
        raise DecodeError("a selection code is a number from 0 to 65535")
    return (0,) * 28 + (code >> 8, code & 0xFF)


def make_election(
    *,
    name: str,
    description: str,
    public_key: Point,
    questions: Sequence[Question],
    uuid: str,
    administrator: str | None = None,
    credential_authority: str | None = None,
) -> BeleniosElection:
    """Build and serialise an election. Raises DecodeError if it could not be read back."""
    optional: dict[str, ParsedJson] = {}
    if administrator is not None:
        optional["administrator"] = administrator
    if credential_authority is not None:
        optional["credential_authority"] = credential_authority
    value: ParsedJson = {
        "version": 1,
        "description": description,
        "name": name,
        "group": "Ed25519",
        "public_key": point_text(public_key),
        "questions": [question.as_json() for question in questions],
        "uuid": uuid,
        **optional,
    }
    return parse_election(dump(value))


def parse_election(text: bytes) -> BeleniosElection:
    """Read an election object; keys in the specified order, spacing free.

    Raises DecodeError, or UnsupportedVersionError for another version, group or kind of question.
    """
    value = read_json(text)
    if not isinstance(value, dict):
        raise DecodeError("an election is an object")
    if value.get("version") != 1 or value.get("group") != "Ed25519":
        raise UnsupportedVersionError("only Belenios version 1 over Ed25519 is understood")
    optional = [name for name in ("administrator", "credential_authority") if name in value]
    required = ("version", "description", "name", "group", "public_key", "questions", "uuid")
    fields = as_fields(value, *required, *optional)
    uuid = as_text(fields[6])
    if not _UUID.fullmatch(uuid):
        raise DecodeError("an election identifier has 14 to 64 characters of its alphabet")
    extra = dict(zip(optional, map(as_text, fields[7:]), strict=True))
    return BeleniosElection(
        description=as_text(fields[1]),
        name=as_text(fields[2]),
        public_key=point_from_text(as_text(fields[4])),
        questions=tuple(_question(item) for item in as_list(fields[5])),
        uuid=uuid,
        administrator=extra.get("administrator"),
        credential_authority=extra.get("credential_authority"),
        text=text,
    )


def _question(value: ParsedJson) -> Question:
    if isinstance(value, dict) and "type" in value:
        kind, inner = as_fields(value, "type", "value")
        if kind != "NonHomomorphic":
            raise UnsupportedVersionError("an unknown kind of question")
        names, title = as_fields(inner, "answers", "question")
        answers = _names(names)
        if len(answers) > MAX_INTEGERS:
            raise DecodeError("a slot holds at most 30 integers")
        return NonHomomorphicQuestion(as_text(title), answers)
    blank = isinstance(value, dict) and "blank" in value
    names, *flag, least, most, title = as_fields(
        value, "answers", *(["blank"] if blank else []), "min", "max", "question"
    )
    question = HomomorphicQuestion(
        as_text(title), _names(names), blank, as_number(least), as_number(most)
    )
    if flag not in ([], [True]) or not question.minimum <= question.maximum <= len(
        question.answers
    ):
        raise DecodeError("a question whose limits cannot be met")
    return question


def _names(value: ParsedJson) -> tuple[str, ...]:
    names = tuple(as_text(item) for item in as_list(value))
    if not names:
        raise DecodeError("a question without answers")
    return names
