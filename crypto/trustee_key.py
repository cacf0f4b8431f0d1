"""Make a trustee's key pair and prove that its private half is known.

Belenios specification 3.3, "Trustees": the challenge of a proof of knowledge is
H(`pok|Ed25519|` S(X) `|` S(A)). The same proof goes with the public share of a threshold trustee.
"""

from dataclasses import dataclass

from crypto.compact_json import ParsedJson, as_text, dump, load_compact
from crypto.group import (
    Point,
    Scalar,
    ScalarSource,
    mul_base,
    point_text,
    scalar_from_text,
    system_scalar,
)
from crypto.proofs import Proof, is_schnorr_valid, prove_schnorr


@dataclass(frozen=True, slots=True)
class SingleTrustee:
    """A trustee whose key is always needed: public key and proof of knowledge."""

    public_key: Point
    pok: Proof

    def as_json(self) -> ParsedJson:
        """Return the value of a `Single` item of the trustees object."""
        return {"pok": self.pok.as_json(), "public_key": point_text(self.public_key)}


@dataclass(frozen=True, slots=True)
class TrusteeKey:
    """A trustee's private key and what is published of it. Never print or log this."""

    private_key: Scalar
    trustee: SingleTrustee

    def __repr__(self) -> str:
        return f"TrusteeKey({point_text(self.trustee.public_key)})"

    @property
    def private_text(self) -> bytes:
        """The private key as the reference tool keeps it, a JSON string."""
        return dump(str(self.private_key))


def generate_trustee(draw: ScalarSource = system_scalar) -> TrusteeKey:
    """Generate the key of a `Single` trustee, with its proof of knowledge."""
    private_key = draw()
    public_key = mul_base(private_key)
    return TrusteeKey(private_key, SingleTrustee(public_key, prove_key(private_key, draw)))


def read_private_key(text: bytes) -> Scalar:
    """Parse the private key from `TrusteeKey.private_text`. Raises DecodeError."""
    return scalar_from_text(as_text(load_compact(text.strip())))


def prove_key(private_key: Scalar, draw: ScalarSource) -> Proof:
    """Prove knowledge of the private key, bound to its public key."""
    return prove_schnorr(_prefix(mul_base(private_key)), private_key, draw)


def key_is_proven(public_key: Point, pok: Proof) -> bool:
    """Return whether the proof shows knowledge of the private key."""
    return is_schnorr_valid(_prefix(public_key), public_key, pok)


def _prefix(public_key: Point) -> str:
    return f"pok|Ed25519|{point_text(public_key)}|"
