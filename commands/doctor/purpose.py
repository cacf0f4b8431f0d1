"""Tell whether a station is for rehearsals or for the day; simulators and the day exclude each other."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from commands import plugins
from crypto.errors import CryptoError
from crypto.hybrid import HybridKey
from drivers.examined.finding import DoctorFinding, at, bad, good
from drivers.media.errors import StorageError
from election.audit_events import AuditEvent
from election.because import because
from election.device_files import Files
from election.package.looking import installed_election
from kiosk.settings import StationConfiguration
from kiosk.storage import audit
from words.message import m

NAME: Final = m("purpose")


def examine(config: StationConfiguration) -> DoctorFinding:
    """One finding; it fails where simulators and a real branch meet. Never raises."""
    files = Files(config.data, config.mirror)
    election = installed_election(files.package)
    rehearsal = None if election is None else election.rehearsal
    try:
        ready = is_ready(files.audit, config.signing_key)
    except (StorageError, CryptoError, OSError) as trouble:
        return bad(NAME, at(files.audit, because(trouble)), m("ask headquarters: keep the file"))
    is_real = m("ready for the day") if ready else m("a real election is loaded")
    match ready, rehearsal, plugins.are_simulators_installed():
        case (True, _, True) | (_, False, True):
            detail = m("{purpose}, and simulators are installed", purpose=is_real)
            return bad(NAME, detail, m("set this device up anew, without amin-simulators"))
        case True, True, False:
            detail = m("ready for the day, but its package is a rehearsal")
            return bad(NAME, detail, m("load the election's package"))
        case _, _, True:
            advice = m("simulators are installed: no device for a branch")
            return good(NAME, m("rehearsals only"), advice)
        case _, True, _:
            return good(NAME, m("a rehearsal is loaded"), m("no vote counts on this device"))
        case False, _, _:
            advice = m("when it is set up, let officer and supervisor say so at the console")
            return good(NAME, m("not yet ready for the day"), advice)
    return good(NAME, is_real)


def is_ready(log: Path, signing_key: Path) -> bool:
    """Return whether two roles declared this device ready for the day.

    Raises `StorageError`, `CryptoError` for a log that cannot be verified.
    """
    if not log.exists():
        return False
    entries = audit.verify(log, HybridKey.load(signing_key).classical.public)
    return any(entry.what == AuditEvent.READY_FOR_THE_DAY for entry in entries)
