"""Read values strictly: JSON, points, scalars and proofs, each in its only spelling.

Only the JSON reader is shared with the code that writes archives; the rest is on purpose a second
reading of the specification. Everything raises FlawError.
"""

import json
import re
from typing import NamedTuple

from crypto.errors import DecodeError
from crypto.group import FIELD, IDENTITY, ORDER, Point, is_public_member, point_text
from crypto.strict_json import ParsedJson, is_compact, read_json
from election.because import because
from headquarters.verification.report import FlawError, Rule
from words.message import Latin, m

_POINT = re.compile(r"[0-9a-f]{64}")
_SCALAR = re.compile(r"0|[1-9][0-9]{0,76}")


class ParsedProof(NamedTuple):
    """Challenge and response, below q."""

    challenge: int
    response: int


class Pair(NamedTuple):
    """A ciphertext."""

    alpha: Point
    beta: Point

    @property
    def text(self) -> str:
        """The texts of alpha and beta with a comma between, as proofs hash them."""
        return f"{point_text(self.alpha)},{point_text(self.beta)}"


def parse_json(content: bytes) -> ParsedJson:
    """Parse JSON in any spacing; duplicate keys, fractions and deep nesting are flaws."""
    try:
        return read_json(content)
    except DecodeError as error:
        raise FlawError(Rule.FORMAT, because(error)) from error


def parse_compact(content: bytes) -> ParsedJson:
    """Parse JSON that is byte for byte its own compact serialisation."""
    value = parse_json(content)
    if not is_compact(value, content):
        raise FlawError(Rule.FORMAT, m("JSON is not in its compact form"))
    return value


def to_json(value: ParsedJson) -> bytes:
    """Write the compact serialisation of a value."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.encode(errors="surrogatepass")


def fields(value: ParsedJson, names: str, reason: Rule = Rule.FORMAT) -> list[ParsedJson]:
    """Return the values of an object with exactly these space-separated names, in this order."""
    if not isinstance(value, dict) or list(value) != names.split():
        raise FlawError(reason, m("not an object with the fields {names}", names=Latin(names)))
    return list(value.values())


def items(
    value: ParsedJson, length: int | None = None, reason: Rule = Rule.FORMAT
) -> list[ParsedJson]:
    """Return the items of a list, of this length if given."""
    if not isinstance(value, list):
        raise FlawError(reason, m("not a list"))
    if length is not None and len(value) != length:
        raise FlawError(
            reason, m("{count} items in place of {wanted}", count=len(value), wanted=length)
        )
    return value


def text(value: ParsedJson) -> str:
    """Return a JSON string."""
    if not isinstance(value, str):
        raise FlawError(Rule.FORMAT, m("not a string"))
    return value


def number(value: ParsedJson) -> int:
    """Return a whole number from 0 up."""
    if type(value) is not int or value < 0:
        raise FlawError(Rule.FORMAT, m("not a number from 0 up"))
    return value


def scalar(value: ParsedJson) -> int:
    """Return a scalar below q, written in decimal digits."""
    string = text(value)
    if not _SCALAR.fullmatch(string) or int(string) >= ORDER:
        raise FlawError(Rule.FORMAT, m("not a scalar in its only spelling"))
    return int(string)


def point(value: ParsedJson, *, identity: bool = False) -> Point:
    """Return a point of the group of order q; the identity only where it is allowed."""
    string = text(value)
    if not _POINT.fullmatch(string) or int(string, 16) % 2**255 >= FIELD:
        raise FlawError(Rule.FORMAT, m("not a point in its only spelling"))
    encoded = bytes.fromhex(string)[::-1]
    if encoded == IDENTITY and not identity:
        raise FlawError(Rule.GROUP, m("the identity where it is not allowed"))
    if encoded != IDENTITY and not is_public_member(encoded, keep=True):
        raise FlawError(Rule.GROUP, m("not an element of the group of order q"))
    return Point(encoded)


def proof(value: ParsedJson) -> ParsedProof:
    """Return a proof {"challenge", "response"}."""
    challenge, response = fields(value, "challenge response")
    return ParsedProof(scalar(challenge), scalar(response))


def pair(value: ParsedJson, *, identity: bool = False) -> Pair:
    """Return a ciphertext {"alpha", "beta"}."""
    alpha, beta = fields(value, "alpha beta")
    return Pair(point(alpha, identity=identity), point(beta, identity=identity))


def pair_json(value: Pair) -> ParsedJson:
    """Return the JSON object of a ciphertext."""
    return {"alpha": point_text(value.alpha), "beta": point_text(value.beta)}
