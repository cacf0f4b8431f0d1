"""Trustees: who holds the election key, alone or k of n, and the proofs that they do.

Belenios specification 3.3, "Trustees" and "Threshold decryption". Single trustees can be
generated here; threshold parameters are read and checked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import TypeAlias

from crypto.compact_json import (
    Json,
    as_fields,
    as_list,
    as_number,
    as_text,
    dump,
    load_compact,
)
from crypto.errors import DecodeError, ProofError, SignatureError, UnsupportedVersion
from crypto.group import (
    Draw,
    Point,
    Scalar,
    mul,
    mul_base,
    point_from_text,
    point_text,
    scalar_from_text,
    system_scalar,
    total,
)
from crypto.proofs import Proof, knows, prove_knowledge


@dataclass(frozen=True, slots=True)
class SingleTrustee:
    """A trustee whose key is always needed: public key and proof of knowledge."""

    public_key: Point
    pok: Proof

    def as_json(self) -> Json:
        return {"pok": self.pok.as_json(), "public_key": point_text(self.public_key)}


@dataclass(frozen=True, slots=True)
class TrusteeKey:
    """A trustee's secret and what is published of it. Never print or log this."""

    private_key: Scalar
    trustee: SingleTrustee

    def __repr__(self) -> str:
        return f"TrusteeKey({point_text(self.trustee.public_key)})"

    @property
    def private_text(self) -> bytes:
        """The private key as the reference tool keeps it, a JSON string."""
        return dump(str(self.private_key))


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A text and its signature (`sigmsg|`)."""

    message: str
    signature: Proof


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """Public share of a threshold trustee, signed by the trustee."""

    public_key: Point
    pok: Proof
    signature: Proof


@dataclass(frozen=True, slots=True)
class ThresholdTrustees:
    """n trustees of whom any `threshold` can decrypt."""

    threshold: int
    certs: tuple[SignedMessage, ...]
    coefexps: tuple[SignedMessage, ...]
    signatures: tuple[Proof, ...]
    verification_keys: tuple[VerificationKey, ...]

    @property
    def size(self) -> int:
        return len(self.verification_keys)

    def commitments(self) -> tuple[tuple[Point, ...], ...]:
        """A_i0 … A_i(k−1) of every trustee i. Raises DecodeError."""
        return tuple(
            tuple(
                point_from_text(as_text(item))
                for item in as_list(_inner(signed, "coefexps")[0], self.threshold)
            )
            for signed in self.coefexps
        )

    @property
    def public_key(self) -> Point:
        return total(row[0] for row in self.commitments())


TrusteeItem: TypeAlias = SingleTrustee | ThresholdTrustees


@dataclass(frozen=True, slots=True)
class Owner:
    """Who an owner number means: an item of the list, and the index within it, from 1."""

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


def generate_trustee(draw: Draw = system_scalar) -> TrusteeKey:
    """A fresh Single trustee."""
    private_key = draw()
    public_key = mul_base(private_key)
    pok = prove_knowledge(_pok_prefix(public_key), private_key, draw)
    return TrusteeKey(private_key, SingleTrustee(public_key, pok))


def read_private_key(text: bytes) -> Scalar:
    """The private key from `TrusteeKey.private_text`. Raises DecodeError."""
    return scalar_from_text(as_text(load_compact(text.strip())))


def make_trustees(singles: Sequence[SingleTrustee]) -> Trustees:
    """The trustees object of Single trustees. Raises ProofError for a wrong proof of knowledge."""
    trustees = Trustees(tuple(singles), dump([["Single", item.as_json()] for item in singles]))
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
                items.append(_threshold(value))
            case _:
                raise UnsupportedVersion("an unknown kind of trustee")
    if not items:
        raise DecodeError("an election needs a trustee")
    return Trustees(tuple(items), text)


def check_trustees(trustees: Trustees) -> None:
    """Check every proof and signature, and that the keys are distinct.

    Raises ProofError, SignatureError or DecodeError.
    """
    for item in trustees.items:
        if isinstance(item, ThresholdTrustees):
            _check_threshold(item)
        elif not knows(_pok_prefix(item.public_key), item.public_key, item.pok):
            raise ProofError("a trustee's proof of knowledge does not hold; ask for the key again")
    keys = [owner.public_key for owner in trustees.owners.values()]
    if len(set(keys)) != len(keys):
        raise ProofError("two trustees have the same key")


def _threshold(value: Json) -> ThresholdTrustees:
    threshold, certs, coefexps, signatures, keys = as_fields(
        value, "threshold", "certs", "coefexps", "signatures", "verification_keys"
    )
    size = len(as_list(keys))
    if not 0 < as_number(threshold) <= size:
        raise DecodeError("a threshold from 1 to the number of trustees")
    return ThresholdTrustees(
        as_number(threshold),
        tuple(_signed(item) for item in as_list(certs, size)),
        tuple(_signed(item) for item in as_list(coefexps, size)),
        tuple(Proof.from_json(item) for item in as_list(signatures, size)),
        tuple(_verification_key(item) for item in as_list(keys)),
    )


def _signed(value: Json) -> SignedMessage:
    message, signature = as_fields(value, "message", "signature")
    return SignedMessage(as_text(message), Proof.from_json(signature))


def _verification_key(value: Json) -> VerificationKey:
    pok, key, signature = as_fields(value, "pok", "public_key", "signature")
    return VerificationKey(
        point_from_text(as_text(key)), Proof.from_json(pok), Proof.from_json(signature)
    )


def _check_threshold(item: ThresholdTrustees) -> None:
    commitments = item.commitments()
    certs = [_signed_json(cert) for cert in item.certs]
    for i, share in enumerate(item.verification_keys):
        signer = _cert_key(item, i)
        exponents = [point_text(point) for point in commitments[i]]
        statement = dump({"certs": certs, "coefexps": exponents}).decode()
        signatures = (
            (item.certs[i].message, item.certs[i].signature),
            (item.coefexps[i].message, item.coefexps[i].signature),
            (f"certs_sig|{statement}", item.signatures[i]),
            (point_text(share.public_key), share.signature),
        )
        if not all(knows(f"sigmsg|{text}|", signer, proof) for text, proof in signatures):
            raise SignatureError("a threshold trustee's signature does not fit")
        expected = total(
            mul(pow(i + 1, power), point) for row in commitments for power, point in enumerate(row)
        )
        if share.public_key != expected:
            raise ProofError("a threshold trustee's key does not follow from the commitments")
        if not knows(_pok_prefix(share.public_key), share.public_key, share.pok):
            raise ProofError("a trustee's proof of knowledge does not hold; ask for the key again")


def _cert_key(item: ThresholdTrustees, position: int) -> Point:
    context, verification, encryption = _inner(
        item.certs[position], "context", "verification", "encryption"
    )
    expected: Json = {
        "group": "Ed25519",
        "size": item.size,
        "threshold": item.threshold,
        "index": position + 1,
    }
    if context != expected:
        raise ProofError("a threshold trustee's certificate is for another key ceremony")
    point_from_text(as_text(encryption))
    return point_from_text(as_text(verification))


def _inner(signed: SignedMessage, *names: str) -> list[Json]:
    return as_fields(load_compact(signed.message.encode()), *names)


def _signed_json(signed: SignedMessage) -> Json:
    return {"message": signed.message, "signature": signed.signature.as_json()}


def _pok_prefix(public_key: Point) -> str:
    return f"pok|Ed25519|{point_text(public_key)}|"
