"""Give what is trusted about identity documents one digest: in OPEN, on the zero report, in the doctor.

    SHA-256(["amin trusted", 1, SHA-256(`election.trusted.Trusted`), [SHA-256(list), …]])

in canonical CBOR, the lists being those that were added at the device, sorted by their digests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from crypto import canonical
from election.schema import to_cbor
from election.trusted import Trusted

_NAME: Final = "amin trusted"
_VERSION: Final = 1


def trusted_digest(trusted: Trusted, added: Iterable[bytes] = ()) -> bytes:
    """Return SHA-256 of all that is trusted: the package's, and revocation lists that were added to it."""
    lists = sorted(hashlib.sha256(data).digest() for data in added)
    content = hashlib.sha256(to_cbor(trusted)).digest()
    return hashlib.sha256(canonical.encode([_NAME, _VERSION, content, lists])).digest()
