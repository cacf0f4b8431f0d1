"""Steps 3 and 4: deal secret polynomials, and collect what was dealt to each trustee."""

from collections.abc import Sequence
from dataclasses import dataclass

from crypto.compact_json import as_fields, as_list, as_text, dump, load_compact
from crypto.errors import DecodeError
from crypto.group import (
    ORDER,
    Point,
    Scalar,
    ScalarSource,
    add,
    mul,
    mul_base,
    point_from_text,
    point_text,
    scalar_from_text,
)
from crypto.proofs import Proof
from crypto.threshold.certificates import Certificates
from crypto.threshold.messages import (
    SealedMessage,
    SignedMessage,
    StepRefusedError,
    TrusteeSecret,
    inner_fields,
    open_sealed,
    seal_to,
    sign_text,
    text_is_signed,
)


@dataclass(frozen=True, slots=True)
class Polynomial:
    """A secret polynomial's coefficients a_0 … a_(k−1) mod q. Never print or log this."""

    coefficients: tuple[Scalar, ...]

    def __repr__(self) -> str:
        return f"Polynomial(degree {len(self.coefficients) - 1})"

    @classmethod
    def generate(cls, threshold: int, draw: ScalarSource) -> "Polynomial":
        """Draw a polynomial of degree threshold − 1."""
        return cls(tuple(draw() for _ in range(threshold)))

    def at(self, x: int) -> Scalar:
        """Evaluate f(x) mod q."""
        result = 0
        for coefficient in reversed(self.coefficients):
            result = (result * x + coefficient) % ORDER
        return result

    def commitments(self) -> tuple[Point, ...]:
        """Compute A_m = a_m·G for every coefficient."""
        return tuple(mul_base(coefficient) for coefficient in self.coefficients)

    @property
    def text(self) -> str:
        """The compact JSON that the dealer seals to itself. Secret."""
        return dump(
            {"polynomial": [str(coefficient) for coefficient in self.coefficients]}
        ).decode()

    @classmethod
    def parse(cls, text: str) -> "Polynomial":
        """Parse a `text`. Raises DecodeError."""
        (coefficients,) = inner_fields(text, "polynomial")
        return cls(
            tuple(scalar_from_text(as_text(coefficient)) for coefficient in as_list(coefficients))
        )


@dataclass(frozen=True, slots=True)
class Dealing:
    """The object a trustee publishes in step 3.

    It holds the polynomial sealed to the trustee itself, f(j) sealed to every trustee j, the
    commitments, and a signature over all certificates and the commitments.
    """

    polynomial: SealedMessage
    secrets: tuple[SealedMessage, ...]
    coefexps: SignedMessage
    signature: Proof

    @property
    def text(self) -> bytes:
        """The compact JSON that is published."""
        return dump(
            {
                "polynomial": self.polynomial.text,
                "secrets": [secret.text for secret in self.secrets],
                "coefexps": self.coefexps.as_json(),
                "signature": self.signature.as_json(),
            }
        )


@dataclass(frozen=True, slots=True)
class ShareInput:
    """The object of step 4, for one trustee: what every dealing holds for it."""

    polynomial: SealedMessage
    secrets: tuple[SealedMessage, ...]
    coefexps: tuple[SignedMessage, ...]
    signatures: tuple[Proof, ...]


def deal(
    secret: TrusteeSecret,
    index: int,
    certs: Certificates,
    draw: ScalarSource,
    polynomial: Polynomial | None = None,
) -> Dealing:
    """Make the dealing of trustee `index` (step 3), with a new polynomial unless one is given.

    Raises StepRefusedError (`keys`) if the certificate in that place is not this secret's.
    """
    check_own(secret, index, certs)
    if polynomial is None:
        polynomial = Polynomial.generate(certs.threshold, draw)
    exponents = _exponents(polynomial.commitments())
    return Dealing(
        seal_to(secret, secret.encryption, polynomial.text, draw),
        tuple(
            seal_to(secret, other.encryption, secret_text(polynomial.at(other.place.index)), draw)
            for other in certs.items
        ),
        SignedMessage.make(secret, dump({"coefexps": exponents}).decode(), draw),
        sign_text(secret, _statement(certs, exponents), draw),
    )


def parse_dealing(text: bytes, size: int) -> Dealing:
    """Read a dealing among `size` trustees without checking it. Raises DecodeError."""
    polynomial, secrets, coefexps, signature = as_fields(
        load_compact(text), "polynomial", "secrets", "coefexps", "signature"
    )
    return Dealing(
        SealedMessage.parse(as_text(polynomial)),
        tuple(SealedMessage.parse(as_text(sealed)) for sealed in as_list(secrets, size)),
        SignedMessage.from_json(coefexps),
        Proof.from_json(signature),
    )


def check_commitments(
    certs: Certificates, index: int, coefexps: SignedMessage, signature: Proof
) -> tuple[Point, ...]:
    """Verify the commitments of trustee `index` and return them: A_0 … A_(k−1).

    Both signatures must hold: over the commitments, and over all certificates with them. Raises
    StepRefusedError (`commitments`, `signature`) or DecodeError.
    """
    verification = certs.of(index).verification
    if not coefexps.is_signed_by(verification):
        raise StepRefusedError("signature", "the commitments are not signed by the trustee", index)
    try:
        exponents = as_list(coefexps.fields("coefexps")[0], certs.threshold)
    except DecodeError as error:
        raise StepRefusedError(
            "commitments", "not as many commitments as the threshold", index
        ) from (error)
    points = tuple(point_from_text(as_text(exponent)) for exponent in exponents)
    if not text_is_signed(verification, _statement(certs, _exponents(points)), signature):
        raise StepRefusedError(
            "signature", "the certificates and commitments were signed otherwise", index
        )
    return points


def collect_input(index: int, dealings: Sequence[Dealing]) -> ShareInput:
    """Collect the part of all dealings that is for trustee `index` (step 4); anybody can."""
    return ShareInput(
        dealings[index - 1].polynomial,
        tuple(dealing.secrets[index - 1] for dealing in dealings),
        tuple(dealing.coefexps for dealing in dealings),
        tuple(dealing.signature for dealing in dealings),
    )


def open_dealt(
    secret: TrusteeSecret,
    index: int,
    certs: Certificates,
    dealt: ShareInput,
    commitments: Sequence[Sequence[Point]],
) -> tuple[Scalar, ...]:
    """Open what every trustee dealt to trustee `index`, and check it against the dealer's commitments.

    Raises StepRefusedError (`sealed`, `signature`, `recipient`, `polynomial`, `share`) with the dealer's
    number, or DecodeError.
    """
    polynomial = Polynomial.parse(open_sealed(secret, secret.verification, dealt.polynomial))
    if polynomial.commitments() != tuple(commitments[index - 1]):
        raise StepRefusedError(
            "polynomial", "the commitments are not those of your polynomial", index
        )
    shares = []
    for dealer, sealed in enumerate(dealt.secrets, 1):
        try:
            message = open_sealed(secret, certs.of(dealer).verification, sealed)
        except StepRefusedError as error:
            raise StepRefusedError(error.reason, str(error), dealer) from error
        share = scalar_from_text(as_text(inner_fields(message, "secret")[0]))
        if mul_base(share) != evaluate(commitments[dealer - 1], index):
            raise StepRefusedError(
                "share", "what was dealt does not follow the commitments", dealer
            )
        shares.append(share)
    return tuple(shares)


def evaluate(commitments: Sequence[Point], x: int) -> Point:
    """Compute f(x)·G = Σ x^m·A_m from the commitments, by Horner's rule."""
    result, *others = reversed(commitments)
    for point in others:
        result = add(mul(x, result), point)
    return result


def secret_text(share: Scalar) -> str:
    """Encode f(j) as it is sealed to trustee j."""
    return dump({"secret": str(share)}).decode()


def check_own(secret: TrusteeSecret, index: int, certs: Certificates) -> None:
    """Refuse a certificate that is not this secret's. Raises StepRefusedError (`keys`)."""
    listed = certs.of(index)
    if (listed.verification, listed.encryption) != (secret.verification, secret.encryption):
        raise StepRefusedError("keys", "the certificate is not made with your secret", index)


def _exponents(points: Sequence[Point]) -> list[str]:
    return [point_text(point) for point in points]


def _statement(certs: Certificates, exponents: Sequence[str]) -> str:
    return f"certs_sig|{dump({'certs': certs.as_json(), 'coefexps': exponents}).decode()}"
