"""The published key ceremony of the reference tool, 2 of 3, and replays of its randomness."""

from collections.abc import Iterable

from crypto.compact_json import dump
from crypto.group import ORDER, Scalar, ScalarSource
from crypto.proofs import Proof
from crypto.threshold.certificates import Certificates, check_certificates, parse_certificate
from crypto.threshold.dealing import Dealing, ShareInput, parse_dealing
from crypto.threshold.messages import TrusteeSecret
from crypto.threshold.shares import Share, parse_share
from tests.crypto.elections import VECTORS

SIZE, THRESHOLD = 3, 2
INDICES = range(1, SIZE + 1)


def step_file(index: int, step: str) -> bytes:
    """What trustee `index` wrote; the tool's final newline is not part of it."""
    return (VECTORS / "pedersen" / f"trustee{index}.{step}").read_bytes().rstrip(b"\n")


def secret(index: int) -> TrusteeSecret:
    return TrusteeSecret(step_file(index, "key").decode())


def certificates() -> Certificates:
    return check_certificates([parse_certificate(step_file(i, "cert")) for i in INDICES], THRESHOLD)


def dealings() -> list[Dealing]:
    return [parse_dealing(step_file(i, "polynomial"), SIZE) for i in INDICES]


def shares() -> list[Share]:
    return [parse_share(step_file(i, "voutput")) for i in INDICES]


def replay(scalars: Iterable[Scalar]) -> ScalarSource:
    """A source of randomness that gives these scalars and no more."""
    rest = iter(scalars)
    return lambda: next(rest)


def nonce(proof: Proof, private_key: Scalar) -> Scalar:
    """The w that the tool drew: s + secret·c."""
    return (proof.response + private_key * proof.challenge) % ORDER


def input_text(dealt: ShareInput) -> bytes:
    """The object of step 4 as the reference tool writes it for one trustee."""
    return dump(
        {
            "polynomial": dealt.polynomial.text,
            "secrets": [secret.text for secret in dealt.secrets],
            "coefexps": [coefexp.as_json() for coefexp in dealt.coefexps],
            "signatures": [signature.as_json() for signature in dealt.signatures],
        }
    )
