"""Steps 1 and 2: state who takes part with which keys, and check that."""

from collections.abc import Sequence
from dataclasses import dataclass

from crypto.compact_json import ParsedJson, as_list, as_text, dump, load_compact
from crypto.errors import DecodeError
from crypto.group import Point, ScalarSource, point_from_text, point_text
from crypto.threshold.messages import SignedMessage, StepRefusedError, TrusteeSecret

GROUP = "Ed25519"
MOST_TRUSTEES = 255


@dataclass(frozen=True, slots=True)
class TrusteePlace:
    """The place of trustee `index` (from 1) among `size`, of whom `threshold` are needed.

    Raises DecodeError for impossible numbers; at most 255 trustees.
    """

    size: int
    threshold: int
    index: int

    def __post_init__(self) -> None:
        if not (1 <= self.threshold <= self.size <= MOST_TRUSTEES and 1 <= self.index <= self.size):
            raise DecodeError("a threshold and an index from 1 to the number of trustees")

    def as_json(self) -> ParsedJson:
        """Return the `context` member of a certificate."""
        return {
            "group": GROUP,
            "size": self.size,
            "threshold": self.threshold,
            "index": self.index,
        }


@dataclass(frozen=True, slots=True)
class Certificate:
    """A checked certificate: place, vk and ek, and the signed text that holds them."""

    place: TrusteePlace
    verification: Point
    encryption: Point
    signed: SignedMessage


@dataclass(frozen=True, slots=True)
class Certificates:
    """All certificates of a key ceremony by index. Made by `check_certificates`."""

    threshold: int
    items: tuple[Certificate, ...]

    @property
    def size(self) -> int:
        """The number of trustees."""
        return len(self.items)

    def of(self, index: int) -> Certificate:
        """Return the certificate of a trustee, counted from 1."""
        return self.items[index - 1]

    def as_json(self) -> ParsedJson:
        """Return the list of signed certificates."""
        return [item.signed.as_json() for item in self.items]


def make_certificate(
    secret: TrusteeSecret, place: TrusteePlace, draw: ScalarSource
) -> SignedMessage:
    """Sign the trustee's public keys for this place (step 1)."""
    value: ParsedJson = {
        "context": place.as_json(),
        "verification": point_text(secret.verification),
        "encryption": point_text(secret.encryption),
    }
    return SignedMessage.make(secret, dump(value).decode(), draw)


def parse_certificate(text: bytes) -> SignedMessage:
    """Read a certificate without checking it. Raises DecodeError."""
    return SignedMessage.from_json(load_compact(text))


def check_certificate(signed: SignedMessage, place: TrusteePlace) -> Certificate:
    """Verify one certificate (step 2): exactly this place, keys in the group, signature.

    Raises StepRefusedError (`context`, `signature`) or DecodeError.
    """
    context, verification, encryption = signed.fields("context", "verification", "encryption")
    if context != place.as_json():
        raise StepRefusedError(
            "context", "the certificate is for another place or ceremony", place.index
        )
    key = point_from_text(as_text(verification))
    if not signed.is_signed_by(key):
        raise StepRefusedError("signature", "the certificate is not signed by its key", place.index)
    return Certificate(place, key, point_from_text(as_text(encryption)), signed)


def check_certificates(certs: Sequence[SignedMessage], threshold: int) -> Certificates:
    """Verify all certificates in the order of their indices (step 2); no key may occur twice.

    Raises StepRefusedError (`context`, `signature`, `keys`) or DecodeError.
    """
    items = tuple(
        check_certificate(signed, TrusteePlace(len(certs), threshold, index))
        for index, signed in enumerate(certs, 1)
    )
    keys = {key for item in items for key in (item.verification, item.encryption)}
    if len(keys) != 2 * len(items):
        raise StepRefusedError(
            "keys", "two certificates hold the same key; one trustee begins again"
        )
    return Certificates(threshold, items)


def signed_list(value: ParsedJson, length: int | None = None) -> tuple[SignedMessage, ...]:
    """Parse a list of signed messages, of the given length if one is given. Raises DecodeError."""
    return tuple(SignedMessage.from_json(item) for item in as_list(value, length))
