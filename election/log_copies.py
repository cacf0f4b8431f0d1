"""Keep a device's log on both media, and join what is left of the two.

    follow       after every line: the copy gets it, too; one that is behind is written anew
    join_logs    at a start: the longest chain that the lines of both copies give

Every line is signed and names the one before, so lines that damage has taken from one copy come from the
other. Of two lines that follow the same one (a fork: a copy that went on alone), that one goes on which
leads further. The copy is written through with lines that stand for themselves; what stands for a voter
goes along without a sync of its own, so that a cut may leave the copy some lines behind.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from crypto.errors import CryptoError
from crypto.signing import PublicKey
from election.audit_log import FIRST, MAX_LOG, AuditEntry, check_log, read_entry, write_entry
from election.files import read_file, replace_file

_OPEN: Final = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class JoinedLog:
    """What two copies of a log give together."""

    content: bytes
    """Of the log that goes on."""
    entries: tuple[AuditEntry, ...]
    damaged: tuple[bool, ...]
    """By copy: it has a line that is none, and that no cut has left in pieces, lines in another order, or
    some that the log does not go on with: of the other way of a fork, or behind a line that no copy has."""
    forked: bool
    """Two different lines follow the same one."""


def join_logs(copies: Sequence[bytes], key: PublicKey) -> JoinedLog:
    """Join copies of one device's log, the one that decides between equals first; `key`: the device's."""
    whole = max(copies, key=len)
    if all(whole.startswith(copy) for copy in copies):
        checked = check_log(whole, key)
        if not checked.findings:
            return JoinedLog(whole, checked.entries, tuple(False for _ in copies), forked=False)
    read = [_entries(copy, key) for copy in copies]
    known = {entry.hash: entry for entries, _ in read for entry in entries}
    chain, forked = _longest(known.values())
    joined = {entry.hash for entry in chain}
    damaged = tuple(
        pieces or not _is_chain(entries) or any(entry.hash not in joined for entry in entries)
        for entries, pieces in read
    )
    return JoinedLog(b"".join(map(write_entry, chain)), chain, damaged, forked)


def follow(log: Path, copy: Path, start: int, line: bytes, *, through: bool) -> None:
    """Give the copy a line that the log has from `start` on; a copy of another length is written anew.

    `through`: sync it. Raises `OSError`.
    """
    try:
        handle = os.open(copy, _OPEN)
    except OSError:
        handle = -1
    if handle >= 0:
        try:
            if os.fstat(handle).st_size == start and os.pwrite(handle, line, start) == len(line):
                if through:
                    os.fdatasync(handle)
                return
        finally:
            os.close(handle)
    replace_file(copy, read_file(log, MAX_LOG))


# ---------------------------------------------------------------- parts


def _entries(copy: bytes, key: PublicKey) -> tuple[tuple[AuditEntry, ...], bool]:
    """Return all lines that verify, and whether one does not that no cut explains.

    A cut leaves the last line without its end, and zeros where sectors were not written.
    """
    entries: list[AuditEntry] = []
    damaged = False
    for line in BytesIO(copy):
        try:
            entries.append(read_entry(line, key))
        except (ValueError, CryptoError):
            damaged = damaged or (line.endswith(b"\n") and b"\0" not in line)
    return tuple(entries), damaged


def _is_chain(entries: Iterable[AuditEntry]) -> bool:
    """Tell whether the lines stand in their order; some may be missing between them."""
    number = 0
    for entry in entries:
        if entry.number <= number:
            return False
        number = entry.number
    return True


def _longest(entries: Iterable[AuditEntry]) -> tuple[tuple[AuditEntry, ...], bool]:
    """Return the longest chain from the first line on, and whether there was another way."""
    following: dict[tuple[int, bytes], list[AuditEntry]] = {}
    for entry in entries:
        following.setdefault((entry.number, entry.previous), []).append(entry)
    reach: dict[bytes, int] = {}
    for (number, _), those in sorted(following.items(), key=lambda each: -each[0][0]):
        for entry in those:
            after = following.get((number + 1, entry.hash), ())
            reach[entry.hash] = 1 + max((reach[each.hash] for each in after), default=0)
    chain: list[AuditEntry] = []
    forked, last = False, FIRST
    while those := following.get((len(chain) + 1, last), []):
        forked = forked or len(those) > 1
        chain.append(max(those, key=lambda each: reach[each.hash]))
        last = chain[-1].hash
    return tuple(chain), forked


def read_copy(path: Path) -> bytes | None:
    """Read a copy; empty if there is none, None if what is there cannot be read."""
    with suppress(FileNotFoundError):
        try:
            return read_file(path, MAX_LOG)
        except FileNotFoundError:
            raise
        except OSError:
            return None
    return b""
