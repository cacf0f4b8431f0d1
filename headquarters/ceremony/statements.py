"""Write the texts that trustees sign beyond the reference tool's format, and those they compare aloud.

Commitment: {"step":"commitment","ceremony":hex,"trustee":i,"certificates":hex,"file":hex}, where
`certificates` is the hash of all certificates and `file` that of the trustee's next file. It is
signed before any of those files is known, so the last one to publish cannot choose the key.

Confirmation: {"step":"confirmation","ceremony":hex,"trustee":i,"transcript":hex}.

A certificate's fingerprint is a hash over ceremony and certificate.
"""

from __future__ import annotations

from collections.abc import Sequence

from crypto.compact_json import ParsedJson, dump
from headquarters.ceremony.definition import Ceremony, CeremonyStep, digest, spoken


def certificates_digest(certificates: Sequence[bytes]) -> str:
    """Hash the hashes of all certificates, in order, to 64 hex digits."""
    return digest(dump([digest(certificate) for certificate in certificates]))


def commitment_text(
    ceremony: Ceremony, index: int, certificates: Sequence[bytes], committed: bytes
) -> str:
    """Write what trustee `index` (from 1) signs to commit to the file `committed`."""
    value: ParsedJson = {
        "step": CeremonyStep.COMMITMENT.value,
        "ceremony": ceremony.digest,
        "trustee": index,
        "certificates": certificates_digest(certificates),
        "file": digest(committed),
    }
    return dump(value).decode()


def confirmation_text(ceremony: Ceremony, index: int, statement: bytes) -> str:
    """Write what trustee `index` (from 1) signs to confirm the transcript's statement."""
    value: ParsedJson = {
        "step": CeremonyStep.CONFIRMATION.value,
        "ceremony": ceremony.digest,
        "trustee": index,
        "transcript": digest(statement),
    }
    return dump(value).decode()


def certificate_fingerprint(ceremony: Ceremony, index: int, certificate: bytes) -> str:
    """Return eight groups that name trustee `index`'s keys in this ceremony and no other."""
    return spoken(digest(dump([ceremony.digest, index, digest(certificate)])))
