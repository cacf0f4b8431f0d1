"""Look at a package that is installed, without verifying it: whoever serves with it verifies it."""

from __future__ import annotations

from pathlib import Path

from crypto import canonical
from crypto.errors import CryptoError
from election.definition import Election
from election.package.wire import Content, decode_content


def installed_election(package: Path) -> Election | None:
    """Return the election of the installed package, unverified; None without one that can be read."""
    content = installed_content(package)
    return None if content is None else content.election


def installed_content(package: Path) -> Content | None:
    """Return what the installed package says, unverified; None without one that can be read.

    The station verifies it at each start; here it is only looked at.
    """
    try:
        envelope = canonical.decode(package.read_bytes())
        content = envelope.get("content") if isinstance(envelope, dict) else None
        return decode_content(content) if isinstance(content, bytes) else None
    except (OSError, CryptoError):
        return None
