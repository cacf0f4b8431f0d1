"""The trustees object: who holds the election key, alone or k of n, and the proofs that they do.

Belenios specification 3.3, "Trustees". One trustee's key is in `crypto.trustee_key`, the making
of a threshold key in `crypto.threshold`; the names of both that speak of trustees are here too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import TypeAlias, assert_never

from crypto.compact_json import ParsedJson, as_fields, as_list, as_text, dump, load_compact
from crypto.errors import DecodeError, ProofError, UnsupportedVersionError
from crypto.group import Point, point_from_text, total
from crypto.proofs import Proof
from crypto.threshold.messages import SignedMessage
from crypto.threshold.parameters import ThresholdTrustees, check_parameters
from crypto.threshold.shares import VerificationKey
from crypto.trustee_key import (
    SingleTrustee,
    TrusteeKey,
    generate_trustee,
    key_is_proven,
    read_private_key,
)

__all__ = [
    "Owner",
    "SignedMessage",
    "SingleTrustee",
    "ThresholdTrustees",
    "TrusteeItem",
    "TrusteeKey",
    "Trustees",
    "VerificationKey",
    "check_trustees",
    "generate_trustee",
    "make_trustees",
    "parse_trustees",
    "read_private_key",
]

TrusteeItem: TypeAlias = SingleTrustee | ThresholdTrustees


@dataclass(frozen=True, slots=True)
class Owner:
    """The meaning of an owner number: an item of the list, and the index within it, from 1."""

    item: int
    index: int
    public_key: Point


@dataclass(frozen=True)
class Trustees:
    """The trustees of an election; `text` is the exact stored form."""

    items: tuple[TrusteeItem, ...]
    text: bytes

    @cached_property
    def election_key(self) -> Point:
        """Y, the sum of the items' keys."""
        return total(item.public_key for item in self.items)

    @cached_property
    def owners(self) -> Mapping[int, Owner]:
        """Owner numbers, from 1 through the list."""
        found: dict[int, Owner] = {}
        number = count(1)
        for position, item in enumerate(self.items):
            keys = (
                [item.public_key]
                if isinstance(item, SingleTrustee)
                else [share.public_key for share in item.verification_keys]
            )
            for index, key in enumerate(keys, 1):
                found[next(number)] = Owner(position, index, key)
        return found


def make_trustees(items: Sequence[TrusteeItem]) -> Trustees:
    """Build the trustees object of these items and check it. Raises as `check_trustees`."""
    trustees = Trustees(tuple(items), dump([_entry(item) for item in items]))
    check_trustees(trustees)
    return trustees


def parse_trustees(text: bytes) -> Trustees:
    """Read a trustees object without checking its proofs. Raises DecodeError."""
    items: list[TrusteeItem] = []
    for entry in as_list(load_compact(text)):
        kind, value = as_list(entry, 2)
        match kind:
            case "Single":
                pok, public_key = as_fields(value, "pok", "public_key")
                items.append(
                    SingleTrustee(point_from_text(as_text(public_key)), Proof.from_json(pok))
                )
            case "Pedersen":
                items.append(ThresholdTrustees.from_json(value))
            case _:
                raise UnsupportedVersionError("an unknown kind of trustee")
    if not items:
        raise DecodeError("an election needs a trustee")
    return Trustees(tuple(items), text)


def check_trustees(trustees: Trustees) -> None:
    """Verify every proof and signature, and that the keys are distinct.

    Raises ProofError, SignatureError or DecodeError.
    """
    for item in trustees.items:
        if isinstance(item, ThresholdTrustees):
            check_parameters(item)
        elif not key_is_proven(item.public_key, item.pok):
            raise ProofError("a trustee's proof of knowledge does not hold; ask for the key again")
    keys = [owner.public_key for owner in trustees.owners.values()]
    if len(set(keys)) != len(keys):
        raise ProofError("two trustees have the same key")


def _entry(item: TrusteeItem) -> ParsedJson:
    match item:
        case SingleTrustee():
            return ["Single", item.as_json()]
        case ThresholdTrustees():
            return ["Pedersen", item.as_json()]
    assert_never(item)
