"""Read a device's audit log: append-only, hash-chained, every entry signed by the device.

One JSON object on each line, so that an auditor can read it with any tool: number, time, what,
detail, previous hash, signature. An entry's hash is SHA-256 over the canonical CBOR of
[previous, number, time, what, detail]; the signature is over that hash, so the last signature
covers the whole log. What is cut off at the end no chain shows: that takes a position which somebody
else signed or kept, of an act, an anchor or a printed report.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Final

from crypto import canonical
from crypto.errors import CryptoError
from crypto.signing import PublicKey, SigningKey
from crypto.strict_json import read_json
from election.reasons import LogReason

FIRST: Final = bytes(32)
"""What stands for the previous hash in the first entry."""
MAX_LINE: Final = 4096
"""Bytes of an entry's line; the longest that a device writes has some 700."""
_LEAST_LINE: Final = 192
"""Bytes: a hash and a signature, in hexadecimal digits."""
MOST_FINDINGS: Final = 1000
"""Lines that are told one by one: a stranger's file of nothing but line ends makes no endless report."""
MAX_LOG: Final = 256 * 1024 * 1024
"""Bytes of a log."""
AUDIT_SUFFIX: Final = ".audit.jsonl"
"""Ends the name of a log on a USB drive; the device's name begins it."""
VOTE_RECORDED: Final = "vote-recorded"
FOUND_AT_START: Final = "found-at-start"
FOUND_VOTES: Final = "votes "
"""Before the number, in the detail of `FOUND_AT_START`."""
MAX_DETAIL: Final = 200
_DETAIL: Final = re.compile(r"[A-Za-z0-9 .,:=_/+-]*")
_NATIONAL_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])[0-9]{10}(?![0-9A-Za-z])")
_CONTEXT: Final = "amin audit log"
_FIELDS: Final = ("number", "time", "what", "detail", "previous", "signature")


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry of a log."""

    number: int
    """From 1, without gaps."""
    time: datetime
    """UTC, whole seconds."""
    what: str
    detail: str
    previous: bytes
    hash: bytes
    signature: bytes

    @property
    def votes(self) -> int:
        """Return how many recorded votes the entry tells of."""
        if self.what == VOTE_RECORDED:
            return 1
        told = self.detail.removeprefix(FOUND_VOTES)
        found = self.what == FOUND_AT_START and told != self.detail
        return int(told) if found and told.isascii() and told.isdigit() else 0


@dataclass(frozen=True, slots=True)
class LogFinding:
    """What is wrong with a log, and at which line."""

    reason: LogReason
    line: int
    """From 1; of a position, the entry it names, or 0."""
    source: str = ""
    """What names the position."""


@dataclass(frozen=True, slots=True)
class KnownPosition:
    """Where a log once stood, by somebody else's word."""

    source: str
    """Plain Latin: `act close`, or the name of a file."""
    head: bytes
    """Hash of the entry that was the last one."""
    length: int | None = None
    """The number of entries, if it was said."""


@dataclass(frozen=True, slots=True)
class CheckedLog:
    """The entries that the device signed, and all that is wrong with their file."""

    entries: tuple[AuditEntry, ...]
    findings: tuple[LogFinding, ...]


def sign_entry(
    key: SigningKey, previous: bytes, number: int, time: datetime, what: str, detail: str
) -> AuditEntry:
    """Make the entry that follows `previous`; `time` in UTC and whole seconds."""
    digest = _hash(previous, number, time, what, detail)
    signature = key.sign(_CONTEXT, digest)
    return AuditEntry(number, time, what, detail, previous, digest, signature)


def write_entry(entry: AuditEntry) -> bytes:
    """Return the entry's line."""
    values = (
        entry.number,
        entry.time.isoformat(),
        entry.what,
        entry.detail,
        entry.previous.hex(),
        entry.signature.hex(),
    )
    return json.dumps(dict(zip(_FIELDS, values, strict=True))).encode() + b"\n"


def read_entry(line: bytes, key: PublicKey) -> AuditEntry:
    """Read a line exactly as `write_entry` writes it. `ValueError` or `CryptoError` for any other."""
    entry = _parse(line)
    key.verify(_CONTEXT, entry.hash, entry.signature)
    return entry


def read_unchecked(data: bytes) -> tuple[tuple[AuditEntry, ...], int]:
    """Return the entries of a log, of which nothing is verified, and how many lines are none."""
    entries: list[AuditEntry] = []
    strange = 0
    for line in BytesIO(data):
        try:
            entries.append(_parse(line))
        except (ValueError, CryptoError):
            strange += 1
    return tuple(entries), strange


def check_log(data: bytes, key: PublicKey, known: Sequence[KnownPosition] = ()) -> CheckedLog:
    """Verify every line, that each follows the one before, and that the log once stood where it is said.

    `key`: the device's. Findings are told up to `MOST_FINDINGS`, not only the first: the check goes on after
    a line that does not fit, from what that line says.
    """
    entries: list[AuditEntry] = []
    findings: list[LogFinding] = []
    number, previous = 0, FIRST
    for place, line in enumerate(BytesIO(data), start=1):
        reason = None
        try:
            entry = read_entry(line, key)
        except (ValueError, CryptoError):
            entry = None
            reason = LogReason.LOG_LINE if line.endswith(b"\n") else LogReason.LOG_TORN
        if entry is not None and (entry.number, entry.previous) != (number + 1, previous):
            reason = LogReason.LOG_ORDER
        if reason is not None and len(findings) < MOST_FINDINGS:
            findings.append(LogFinding(reason, place))
        if entry is None:
            continue
        entries.append(entry)
        number, previous = entry.number, entry.hash
    stood = {FIRST: 0} | {entry.hash: entry.number for entry in entries}
    findings += (
        LogFinding(LogReason.LOG_CUT, each.length or 0, each.source)
        for each in known
        if each.head not in stood or each.length not in (None, stood[each.head])
    )
    return CheckedLog(tuple(entries), tuple(findings))


def _parse(line: bytes) -> AuditEntry:
    if len(line) < _LEAST_LINE:
        raise ValueError("shorter than a hash and a signature")
    value = read_json(line, MAX_LINE)
    if not isinstance(value, dict) or tuple(value) != _FIELDS:
        raise ValueError("other fields")
    match tuple(value.values()):
        case (int(number), str(time), str(what), str(detail), str(previous), str(signature)):
            moment = datetime.fromisoformat(time)
            before = bytes.fromhex(previous)
            digest = _hash(before, number, moment, what, detail)
            entry = AuditEntry(
                number, moment, what, detail, before, digest, bytes.fromhex(signature)
            )
        case _:
            raise ValueError("other types")
    if moment.tzinfo is not UTC or write_entry(entry) != line:
        raise ValueError("another spelling")
    return entry


def _hash(previous: bytes, number: int, time: datetime, what: str, detail: str) -> bytes:
    content = canonical.encode([previous, number, int(time.timestamp()), what, detail])
    return hashlib.sha256(content).digest()


def check_detail(detail: str) -> None:
    """Raise `ValueError` for a detail that is not short plain Latin text, or might be a person's number."""
    if not _DETAIL.fullmatch(detail) or len(detail) > MAX_DETAIL or _NATIONAL_NUMBER.search(detail):
        raise ValueError("a detail is short plain text and never a person's number")
