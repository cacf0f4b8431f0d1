"""The error tree of `crypto`.

    CryptoError
    ├ DecodeError          bytes from outside are not in their one allowed form
    ├ UnsupportedVersionError   a well-formed object of a format this program does not know
    ├ SignatureError       a signature does not belong to its content
    ├ ProofError           a zero-knowledge proof, or an opened ballot, does not hold
    ├ UntrustedKeyError         a key or certificate that no trusted authority certified
    │ └ CertificateRefusedError ... or that is not acceptable here
    └ UnsealError          a sealed record cannot be opened with this key

Messages say what to do next; they hold no secrets and no personal data.
"""


class CryptoError(Exception):
    """Root of everything that `crypto` raises on purpose."""


class DecodeError(CryptoError):
    """Bytes from outside do not have the one encoding, length or shape allowed for them."""


class UnsupportedVersionError(CryptoError):
    """The object is of a version, group or kind this program does not handle."""


class SignatureError(CryptoError):
    """A signature does not fit its content and key."""


class ProofError(CryptoError):
    """A zero-knowledge proof does not hold, or an opened ballot is not what was claimed."""


class UntrustedKeyError(CryptoError):
    """No trusted authority certified this key or certificate."""


class CertificateRefusedError(UntrustedKeyError):
    """A certificate is well-formed, but not acceptable here.

    `reason` is a stable word: expired, not-yet-valid, issuer, signature, role, branch, key-usage.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class UnsealError(CryptoError):
    """A sealed record cannot be opened: wrong key, or altered on the way."""
