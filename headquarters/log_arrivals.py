"""Check the logs that came with the bundles, and keep them: FOLDER/logs/DEVICE.audit.jsonl.

A log is verified by the registered key of its device, line by line, and against everything headquarters has
that says where it once stood: the acts and the end in the device's closing bundles, a rescue, a take-over.
A log that was cut, changed or set back is told and kept under its hash; no vote is taken out for it. One
that is whole takes the device's name, and is replaced by a longer one only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crypto.signing import PublicKey
from election.acts import FIRST
from election.audit_log import (
    AUDIT_SUFFIX,
    MAX_LOG,
    CheckedLog,
    KnownPosition,
    LogFinding,
    check_log,
)
from election.files import read_file, replace_file
from election.log_evidence import LogError, positions_in_bundle
from election.reasons import LogReason
from election.register import PublishedRegister, RegisteredDevice
from election.usb_drive import read_brought
from headquarters.device_log import device_named
from headquarters.set_aside import BundleFolder
from headquarters.workspace import Workspace
from words.message import Latin, Message, m

LOGS_FOLDER: Final = "logs"
_MOST_BUNDLE: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class BroughtLog:
    """What was found about one log."""

    name: str
    """Of the file."""
    device: str
    """Empty if its name is no registered device's."""
    entries: int
    findings: tuple[LogFinding, ...]
    end_known_by: tuple[str, ...]


def is_log(path: Path) -> bool:
    """Tell whether a file is brought as a device's log."""
    return path.name.endswith(AUDIT_SUFFIX)


def bring_logs(workspace: Workspace, logs: Iterable[Path]) -> tuple[BroughtLog, ...]:
    """Check logs, after their bundles were imported, and keep copies. Raises `OSError`."""
    return tuple(_bring(workspace, log) for log in logs)


def log_lines(logs: Iterable[BroughtLog]) -> Iterator[Message]:
    """Give a line for every finding about a log, and one that counts its entries."""
    for log in logs:
        for each in log.findings:
            yield m(
                "{reason}: {name}, line {line} {source}: {sentence}",
                reason=Latin(each.reason),
                name=Latin(log.name),
                line=each.line,
                source=Latin(each.source),
                sentence=each.reason.sentence,
            )
        yield m(
            "{name}: {count} entries of the log checked", name=Latin(log.name), count=log.entries
        )


def _bring(workspace: Workspace, log: Path) -> BroughtLog:
    published = workspace.published
    registered = None if published is None else device_named(log, None, published)
    if published is None or registered is None:
        return BroughtLog(log.name, "", 0, (LogFinding(LogReason.LOG_KEY, 0, log.name),), ())
    data = read_brought(log, MAX_LOG)
    known = tuple(_known(workspace, published, registered))
    found = check_log(data, PublicKey(registered.key), known)
    _keep(workspace.folder.path / LOGS_FOLDER, registered.id, data, found)
    return BroughtLog(
        log.name,
        registered.id,
        len(found.entries),
        found.findings,
        tuple(position.source for position in known),
    )


def _known(
    workspace: Workspace, published: PublishedRegister, device: RegisteredDevice
) -> Iterator[KnownPosition]:
    """Yield where the log once stood, by everything that was imported."""
    folder = BundleFolder(workspace.folder.bundles, workspace.folder.set_aside)
    for name, path in sorted(folder.places().items()):
        if name.startswith(f"{device.id}-") and folder.is_kept(path):
            with suppress(LogError):  # a bundle of another device under this name says nothing
                yield from positions_in_bundle(read_file(path, _MOST_BUNDLE), device, published)
    said = [
        (f"rescue {each.statement.device}", each.statement)
        for each in workspace.acts.rescues
        if each.statement.device == device.id
    ]
    for source, rescue in said:
        yield KnownPosition(source, rescue.log_head, rescue.log_length)
    for each in workspace.acts.takeovers:
        takeover = each.statement
        if takeover.replaces == device.id and takeover.log_head != FIRST:
            source = f"take-over by {takeover.spare}"
            yield KnownPosition(source, takeover.log_head, takeover.log_length)


def _keep(folder: Path, device: str, data: bytes, found: CheckedLog) -> None:
    folder.mkdir(exist_ok=True)
    place = folder / f"{device}{AUDIT_SUFFIX}"
    shorter = place.exists() and place.stat().st_size > len(data)
    if found.findings or shorter:
        place = folder / f"{device}-{hashlib.sha256(data).hexdigest()[:12]}{AUDIT_SUFFIX}"
    replace_file(place, data)
