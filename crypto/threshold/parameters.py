"""Step 6: combine all steps into the threshold parameters, and check them; anybody can."""

from collections.abc import Sequence
from dataclasses import dataclass

from crypto.compact_json import ParsedJson, as_fields, as_list, as_number, as_text, dump
from crypto.errors import DecodeError
from crypto.group import Point, point_from_text, total
from crypto.proofs import Proof, proofs_from_json
from crypto.threshold.certificates import Certificates, check_certificates, signed_list
from crypto.threshold.dealing import Dealing, check_commitments
from crypto.threshold.messages import SignedMessage
from crypto.threshold.shares import Share, VerificationKey, check_public_share


@dataclass(frozen=True, slots=True)
class ThresholdTrustees:
    """The parameters of n trustees of whom any `threshold` can decrypt."""

    threshold: int
    certs: tuple[SignedMessage, ...]
    coefexps: tuple[SignedMessage, ...]
    signatures: tuple[Proof, ...]
    verification_keys: tuple[VerificationKey, ...]

    @property
    def size(self) -> int:
        """The number n of trustees."""
        return len(self.verification_keys)

    def commitments(self) -> tuple[tuple[Point, ...], ...]:
        """Parse A_i0 … A_i(k−1) of every trustee i. Raises DecodeError."""
        return tuple(
            tuple(
                point_from_text(as_text(item))
                for item in as_list(signed.fields("coefexps")[0], self.threshold)
            )
            for signed in self.coefexps
        )

    @property
    def public_key(self) -> Point:
        """The election key of the group, Σ A_i0."""
        return total(row[0] for row in self.commitments())

    def as_json(self) -> ParsedJson:
        """Return the value of a `Pedersen` item of the trustees object."""
        return {
            "threshold": self.threshold,
            "certs": [certificate.as_json() for certificate in self.certs],
            "coefexps": [commitment.as_json() for commitment in self.coefexps],
            "signatures": [signature.as_json() for signature in self.signatures],
            "verification_keys": [
                verification_key.as_json() for verification_key in self.verification_keys
            ],
        }

    @property
    def text(self) -> bytes:
        """The compact JSON of `as_json`."""
        return dump(self.as_json())

    @classmethod
    def from_json(cls, value: ParsedJson) -> "ThresholdTrustees":
        """Parse an object of `as_json`, without checks of proofs. Raises DecodeError."""
        threshold, certs, coefexps, signatures, keys = as_fields(
            value, "threshold", "certs", "coefexps", "signatures", "verification_keys"
        )
        size = len(as_list(keys))
        if not 0 < as_number(threshold) <= size:
            raise DecodeError("a threshold from 1 to the number of trustees")
        return cls(
            as_number(threshold),
            signed_list(certs, size),
            signed_list(coefexps, size),
            proofs_from_json(signatures, size),
            tuple(VerificationKey.from_json(item) for item in as_list(keys)),
        )


def make_parameters(
    certs: Certificates, dealings: Sequence[Dealing], shares: Sequence[Share]
) -> ThresholdTrustees:
    """Combine certificates, dealings and shares, and check them. Raises StepRefusedError or DecodeError."""
    if not certs.size == len(dealings) == len(shares):
        raise DecodeError("as many dealings and shares as certificates")
    made = ThresholdTrustees(
        certs.threshold,
        tuple(item.signed for item in certs.items),
        tuple(dealing.coefexps for dealing in dealings),
        tuple(dealing.signature for dealing in dealings),
        tuple(share.public_key for share in shares),
    )
    check_parameters(made)
    return made


def check_parameters(item: ThresholdTrustees) -> None:
    """Verify everything that anybody can verify. Raises StepRefusedError or DecodeError."""
    certs = check_certificates(item.certs, item.threshold)
    commitments = [
        check_commitments(certs, index, coefexps, signature)
        for index, (coefexps, signature) in enumerate(
            zip(item.coefexps, item.signatures, strict=True), 1
        )
    ]
    for index, key in enumerate(item.verification_keys, 1):
        check_public_share(key, index, certs, commitments)
