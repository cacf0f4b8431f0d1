"""Step 5: compute each trustee's share and publish its key, the private half sealed to itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from crypto.compact_json import ParsedJson, as_fields, as_text, dump, load_compact
from crypto.group import (
    ORDER,
    Point,
    Scalar,
    ScalarSource,
    mul_base,
    point_from_text,
    point_text,
    scalar_from_text,
    total,
)
from crypto.proofs import Proof
from crypto.threshold.certificates import Certificates
from crypto.threshold.dealing import (
    ShareInput,
    check_commitments,
    check_own,
    evaluate,
    open_dealt,
)
from crypto.threshold.messages import (
    SealedMessage,
    StepRefusedError,
    TrusteeSecret,
    inner_fields,
    open_sealed,
    seal_to,
    sign_text,
    text_is_signed,
)
from crypto.trustee_key import key_is_proven, prove_key


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """Public share of a threshold trustee, with proof of knowledge, signed by the trustee."""

    public_key: Point
    pok: Proof
    signature: Proof

    @classmethod
    def make(
        cls, secret: TrusteeSecret, private_key: Scalar, draw: ScalarSource
    ) -> "VerificationKey":
        """Compute the public share of a private one, prove and sign it."""
        public_key = mul_base(private_key)
        return cls(
            public_key,
            prove_key(private_key, draw),
            sign_text(secret, point_text(public_key), draw),
        )

    def as_json(self) -> ParsedJson:
        """Return the object with the members `pok`, `public_key` and `signature`."""
        return {
            "pok": self.pok.as_json(),
            "public_key": point_text(self.public_key),
            "signature": self.signature.as_json(),
        }

    @classmethod
    def from_json(cls, value: ParsedJson) -> "VerificationKey":
        """Parse an object of `as_json`, without checks. Raises DecodeError."""
        pok, key, signature = as_fields(value, "pok", "public_key", "signature")
        return cls(point_from_text(as_text(key)), Proof.from_json(pok), Proof.from_json(signature))

    def check(self, verification: Point, index: int) -> None:
        """Verify proof and signature. Raises StepRefusedError (`pok`, `signature`)."""
        if not key_is_proven(self.public_key, self.pok):
            raise StepRefusedError("pok", "the proof of knowledge of the key does not hold", index)
        if not text_is_signed(verification, point_text(self.public_key), self.signature):
            raise StepRefusedError(
                "signature", "the public key is not signed by the trustee", index
            )


@dataclass(frozen=True, slots=True)
class Share:
    """The object of step 5: the decryption key sealed to its owner, and its public half."""

    private_key: SealedMessage
    public_key: VerificationKey

    @property
    def text(self) -> bytes:
        """The compact JSON that is published."""
        return dump({"private_key": self.private_key.text, "public_key": self.public_key.as_json()})


def parse_share(text: bytes) -> Share:
    """Read a step 5 object without checking it. Raises DecodeError."""
    private_key, public_key = as_fields(load_compact(text), "private_key", "public_key")
    return Share(
        SealedMessage.parse(as_text(private_key)),
        VerificationKey.from_json(public_key),
    )


def check_dealt(certs: Certificates, dealt: ShareInput) -> tuple[tuple[Point, ...], ...]:
    """Verify the commitments of all trustees and return them. Raises as `check_commitments`."""
    return tuple(
        check_commitments(certs, dealer, coefexps, signature)
        for dealer, (coefexps, signature) in enumerate(
            zip(dealt.coefexps, dealt.signatures, strict=True), 1
        )
    )


def compute_share(
    secret: TrusteeSecret, index: int, certs: Certificates, dealt: ShareInput, draw: ScalarSource
) -> Share:
    """Check everything dealt to trustee `index`, and make its share (step 5).

    Raises StepRefusedError, or DecodeError.
    """
    check_own(secret, index, certs)
    commitments = check_dealt(certs, dealt)
    key = sum(open_dealt(secret, index, certs, dealt, commitments)) % ORDER
    message = dump({"decryption_key": str(key)}).decode()
    return Share(
        seal_to(secret, secret.encryption, message, draw),
        VerificationKey.make(secret, key, draw),
    )


def check_public_share(
    key: VerificationKey,
    index: int,
    certs: Certificates,
    commitments: Sequence[Sequence[Point]],
) -> None:
    """Verify what anybody can verify of trustee `index`'s share.

    Raises StepRefusedError (`public-key`, `pok`, `signature`).
    """
    if key.public_key != public_share(commitments, index):
        raise StepRefusedError("public-key", "the key does not follow from the commitments", index)
    key.check(certs.of(index).verification, index)


def public_share(commitments: Sequence[Sequence[Point]], index: int) -> Point:
    """Compute X_j = Σ_i f_i(j)·G from the commitments of all trustees."""
    return total(evaluate(row, index) for row in commitments)


def open_decryption_key(secret: TrusteeSecret, sealed: SealedMessage) -> Scalar:
    """Open S_j from the `private_key` of a share (the reference tool's `.dkey` file).

    Raises StepRefusedError (`sealed`, `signature`, `recipient`) or DecodeError.
    """
    message = open_sealed(secret, secret.verification, sealed)
    return scalar_from_text(as_text(inner_fields(message, "decryption_key")[0]))
