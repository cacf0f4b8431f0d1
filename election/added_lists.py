"""Keep revocation lists that two roles added to those of the package, on both memories.

Lists are only ever added: what either memory holds counts, so that a lost memory takes none away. That
none was taken from both is found at the start, by the digest that was signed or logged last.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from crypto import canonical
from crypto.errors import DecodeError
from election.aside import put
from election.files import read_file

MAX_SIZE: Final = 64 * 1024 * 1024
"""Of the file."""


def read_added(places: Iterable[Path]) -> tuple[bytes, ...]:
    """Return the lists (DER) that any of the places holds, sorted; what cannot be read holds none."""
    found: set[bytes] = set()
    for place in places:
        try:
            content = canonical.decode(read_file(place, MAX_SIZE))
        except (OSError, DecodeError):
            continue
        if isinstance(content, list):
            found.update(each for each in content if isinstance(each, bytes))
    return tuple(sorted(found))


def write_added(place: Path, lists: Iterable[bytes]) -> None:
    """Write all lists to one place. Raises `OSError`."""
    put(place, canonical.encode(sorted(set(lists))))
