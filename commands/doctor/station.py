"""Examine a configured station without its devices: media, keys, trust, clock."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from commands.doctor.finding import Area, DoctorFinding
from commands.doctor.machine import disk
from crypto.errors import CryptoError
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from drivers.errors import ProfileError
from drivers.smartcard.profile import load_profile, load_profile_file
from election.definition import Role
from kiosk.settings import StationConfiguration

OTHERS_RIGHTS: Final = 0o077


def examine(config: StationConfiguration, now: datetime) -> tuple[DoctorFinding, ...]:
    """`now` with time zone. Never raises for something that is missing."""
    findings = [
        _folder("data", config.data, "make the folder, on the machine's own disk"),
        _mirror(config),
        _stick(config.usb),
        _key("signing key", config.signing_key, HybridKey.load),
        _key("sealing key", config.sealing_key, SealingKey.load),
        _clock(config.root_certificate, now),
    ]
    if config.role is Role.IDENTITY_STATION:
        findings.append(_profile(config.identity.profile))
        if config.identity.csca is not None:
            findings.append(_trust(config.identity.csca))
    return tuple(findings)


def _finding(
    name: str, ok: bool, detail: str, advice: str = "", *, needed: bool = True
) -> DoctorFinding:
    return DoctorFinding(name, ok, detail, needed, advice, Area.STATION)


def _folder(name: str, folder: Path, advice: str) -> DoctorFinding:
    if not folder.is_dir():
        return _finding(name, False, f"{folder} is no folder", advice)
    if not os.access(folder, os.W_OK | os.X_OK):
        return _finding(name, False, f"{folder} cannot be written", "give the station the right to")
    room = disk(name, folder)
    return _finding(name, room.ok, room.detail, room.advice)


def _mirror(config: StationConfiguration) -> DoctorFinding:
    """Votes are safe on two media only if they are two."""
    found = _folder("mirror", config.mirror, "plug in the second medium and mount it there")
    if found.ok and config.data.is_dir():
        same = config.mirror.stat().st_dev == config.data.stat().st_dev
        if same:
            advice = "use a second medium: with this one lost, every vote would be"
            return _finding("mirror", True, f"{found.detail}, the same medium as data", advice)
    return found


def _stick(folder: Path) -> DoctorFinding:
    there = folder.is_dir()
    advice = "" if there else "needed to load the package and to export"
    detail = str(folder) if there else f"{folder} is not there"
    return _finding("stick", there, detail, advice, needed=False)


def _key(name: str, path: Path, load: Callable[[Path], object]) -> DoctorFinding:
    again = "enrol this device again: `amin station` needs both of its keys"
    try:
        load(path)
        rights = path.stat().st_mode & OTHERS_RIGHTS
    except FileNotFoundError:
        return _finding(name, False, f"{path} is missing", again)
    except OSError as error:
        return _finding(name, False, f"{path}: {error.strerror}", "let the station read it")
    except CryptoError as error:
        return _finding(name, False, f"{path}: {error}", again)
    if rights:
        return _finding(name, True, f"{path} can be read by others", f"chmod 600 {path}")
    return _finding(name, True, str(path))


def _clock(root: Path, now: datetime) -> DoctorFinding:
    """Set so far wrong that headquarters' certificate is not of this time, the clock is of no use."""
    shown = f"{now.astimezone():%Y-%m-%d %H:%M %Z}"
    try:
        certificate = x509.load_der_x509_certificate(root.read_bytes())
    except OSError as error:
        return _finding(
            "root certificate", False, f"{root}: {error.strerror}", "bring it from headquarters"
        )
    except (ValueError, x509.InvalidVersion):
        return _finding(
            "root certificate", False, f"{root} is no certificate", "bring it from headquarters"
        )
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not first <= now <= last:
        return _finding(
            "clock",
            False,
            f"{shown}; headquarters' certificate is of {first:%Y-%m-%d} to {last:%Y-%m-%d}",
            "set the clock; if it is right, ask headquarters for a new certificate",
        )
    return _finding("clock", True, shown)


def _profile(chosen: str | Path) -> DoctorFinding:
    try:
        profile = load_profile(chosen) if isinstance(chosen, str) else load_profile_file(chosen)
    except ProfileError as error:
        return _finding("card family", False, str(error), "see docs/card-profiles.md")
    return _finding("card family", True, f"{profile.name}, access {profile.access}")


def _trust(folder: Path) -> DoctorFinding:
    from drivers.smartcard import trust_folder

    try:
        content = trust_folder.load(folder, None)
    except (ProfileError, OSError) as error:
        return _finding("signing certificates", False, str(error), "put in what is to be trusted")
    count, lists = len(content.certificates), len(content.revocation_lists)
    advice = "" if count else "without one, only those of the package are trusted"
    return _finding(
        "signing certificates", True, f"{count} and {lists} revocation lists in {folder}", advice
    )
