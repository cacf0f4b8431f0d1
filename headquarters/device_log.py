"""Find whose a device's audit log is and where it ended, and check it by the register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crypto.signing import PublicKey
from election import anchors
from election.audit_events import AuditEvent
from election.audit_log import AUDIT_SUFFIX, AuditEntry, CheckedLog, KnownPosition, check_log
from election.definition import DeviceId
from election.files import read_file
from election.log_evidence import LogError, positions_in_bundle
from election.reasons import LogReason, RegisterReason
from election.register import (
    MAX_REGISTER,
    ElectionNumber,
    PublishedRegister,
    RegisteredDevice,
    RegisterError,
    open_published_register,
)
from headquarters.published_acts import ROOT_FILE
from words.message import Latin, Message, m

_MOST_BUNDLE: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LogOwner:
    """Whose log it is, by the register."""

    published: PublishedRegister
    registered: RegisteredDevice
    anchored: bool
    """The register's number is the published one."""


def owner_of(
    log: Path,
    register_path: Path,
    root: Path | None,
    number: ElectionNumber | None,
    name: str | None,
) -> LogOwner:
    """Return whose log it is, by the register. Raises `RegisterError`, `LogError`, `OSError`."""
    root_path = root or register_path.parent / ROOT_FILE
    published = open_published_register(
        read_file(register_path, MAX_REGISTER), read_file(root_path, 64 * 1024)
    )
    if number not in (None, published.number):
        raise RegisterError(RegisterReason.REGISTER_NUMBER)
    registered = device_named(log, name, published)
    if registered is None:
        raise LogError(LogReason.LOG_KEY)
    return LogOwner(published, registered, number is not None)


def device_named(
    log: Path, name: str | None, published: PublishedRegister
) -> RegisteredDevice | None:
    """Return the registered device of this name, or whose name the file's begins with."""
    stem = log.name.removesuffix(AUDIT_SUFFIX)
    # A second copy on a drive is called DEVICE-2.audit.jsonl.
    for each in (name,) if name else (stem, stem.rpartition("-")[0]):
        registered = published.register.device(DeviceId(each)) if each else None
        if registered is not None:
            return registered
    return None


def known_positions(
    log: Path, whose: LogOwner, bundle: Path | None, anchor_paths: tuple[Path, ...]
) -> tuple[KnownPosition, ...]:
    """Return all positions that are told beside the log; raise `LogError` for what cannot be believed."""
    beside = log.with_name(log.name.removesuffix(AUDIT_SUFFIX) + ".bundle")
    known: list[KnownPosition] = []
    if (path := bundle or (beside if beside.exists() else None)) is not None:
        data = read_file(path, _MOST_BUNDLE)
        known += positions_in_bundle(data, whose.registered, whose.published)
    for path in anchor_paths:
        anchor = anchors.find(path, PublicKey(whose.registered.key))
        if anchor is None:
            raise LogError(
                LogReason.LOG_KEY,
                m("{path} is no anchor of this device", path=Latin(str(path))),
            )
        known.append(KnownPosition(f"anchor {path.name}", anchor.log.head, anchor.log.length))
    return tuple(known)


def checked(data: bytes, whose: LogOwner, known: tuple[KnownPosition, ...]) -> CheckedLog:
    """Check every entry by the device's key, and the end by what is known of it."""
    return check_log(data, PublicKey(whose.registered.key), known)


def printed_position(data: bytes, whose: LogOwner, length: int, digest: str) -> KnownPosition:
    """Return what a report says; the beginning of a hash is enough, because the length is there too.

    `ValueError` for what is no beginning of a hash.
    """
    wanted = "".join(digest.split()).lower()
    if not 8 <= len(wanted) <= 64 or set(wanted) - set("0123456789abcdef"):
        raise ValueError("8 to 64 hex digits are expected")
    entries = check_log(data, PublicKey(whose.registered.key)).entries
    heads = [e.hash for e in entries if e.number == length and e.hash.hex().startswith(wanted)]
    return KnownPosition("report", heads[0] if heads else bytes(31) + b"\1", length)


def sentence_of(entry: AuditEntry) -> Message:
    """Return what an entry says to people."""
    try:
        return AuditEvent(entry.what).sentence
    except ValueError:
        return m("An event of another version of the program.")


def entries_json(entries: Sequence[AuditEntry], strange: int) -> dict[str, object]:
    """Return entries that were not verified, as one JSON object. `strange`: lines that are none."""
    return {
        "verified": False,
        "strange": strange,
        "entries": [
            {
                "number": entry.number,
                "time": entry.time.isoformat(),
                "what": entry.what,
                "detail": entry.detail,
                "sentence": str(sentence_of(entry)),
            }
            for entry in entries
        ],
    }


def findings_json(
    found: CheckedLog, whose: LogOwner, known: Sequence[KnownPosition]
) -> dict[str, object]:
    """Return what was found about a log, as one JSON object."""
    return {
        "device": whose.registered.id,
        "number": whose.published.number,
        "anchored": whose.anchored,
        "entries": len(found.entries),
        "end_known_by": [each.source for each in known],
        "findings": [
            {
                "reason": each.reason.value,
                "line": each.line,
                "source": each.source,
                "message": str(each.reason.sentence),
            }
            for each in found.findings
        ],
    }
