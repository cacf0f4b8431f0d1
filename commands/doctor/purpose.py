"""Tell whether a station is for rehearsals or for the day; simulators and the day exclude each other."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from commands import plugins
from commands.doctor.finding import Area, DoctorFinding
from crypto import canonical
from crypto.errors import CryptoError
from crypto.hybrid import HybridKey
from election.package.wire import decode_content
from kiosk.audit_events import AuditEvent
from kiosk.errors import StorageError
from kiosk.settings import StationConfiguration
from kiosk.station.base import Files
from kiosk.storage import audit

NAME: Final = "purpose"


def examine(config: StationConfiguration) -> DoctorFinding:
    """One finding; it fails where simulators and a real branch meet. Never raises."""
    files = Files(config.data, config.mirror)
    rehearsal = _is_rehearsal(files.package)
    try:
        ready = _is_ready(files.audit, config.signing_key)
    except (StorageError, CryptoError, OSError) as trouble:
        return _finding(False, f"{files.audit}: {trouble}", "ask headquarters: keep the file")
    is_real = "ready for the day" if ready else "a real election is loaded"
    simulated = plugins.are_simulators_installed()
    if simulated and (ready or rehearsal is False):
        return _finding(
            False,
            f"{is_real}, and simulators are installed",
            "set this device up anew, without amin-simulators",
        )
    if ready and rehearsal:
        return _finding(
            False,
            "ready for the day, but its package is a rehearsal",
            "load the election's package",
        )
    if simulated:
        return _finding(True, "rehearsals only", "simulators are installed: no device for a branch")
    if rehearsal:
        return _finding(True, "a rehearsal is loaded", "no vote counts on this device")
    if not ready:
        return _finding(
            True,
            "not yet ready for the day",
            "when it is set up, let officer and supervisor say so at the console",
        )
    return _finding(True, is_real)


def _finding(ok: bool, detail: str, advice: str = "") -> DoctorFinding:
    return DoctorFinding(NAME, ok, detail, True, advice, Area.STATION)


def _is_rehearsal(package: Path) -> bool | None:
    """Return what the installed package says of itself, unverified; None without one that can be read.

    The station verifies it at each start; here it is only compared with what is installed.
    """
    try:
        envelope = canonical.decode(package.read_bytes())
        content = envelope.get("content") if isinstance(envelope, dict) else None
        return decode_content(content).election.rehearsal if isinstance(content, bytes) else None
    except (OSError, CryptoError):
        return None


def _is_ready(log: Path, signing_key: Path) -> bool:
    if not log.exists():
        return False
    entries = audit.verify(log, HybridKey.load(signing_key).classical.public)
    return any(entry.what == AuditEvent.READY_FOR_THE_DAY for entry in entries)
