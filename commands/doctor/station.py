"""Examine a configured station without its devices: media, keys, trust, clock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from commands.doctor import trust
from commands.doctor.machine import disk
from crypto.errors import CryptoError
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from drivers.examined import secrecy
from drivers.examined.finding import DoctorFinding, at, bad, good
from drivers.media.parents import Apart, apart
from election import roll_examined
from election.because import because
from election.board_client import board_certificate
from kiosk.settings import StationConfiguration
from words.message import Latin, Message, m

OTHERS_RIGHTS: Final = 0o077


def examine(config: StationConfiguration, now: datetime) -> tuple[DoctorFinding, ...]:
    """`now` with time zone. Never raises for something that is missing."""
    findings = [
        _folder(m("data"), config.data, m("make the folder, on the machine's own disk")),
        _mirror(config),
        _usb_drive(config.usb),
        _key(m("signing key"), config.signing_key, HybridKey.load),
        _key(m("sealing key"), config.sealing_key, SealingKey.load),
        *secrecy.of_station(config.data, config.mirror, config.signing_key, config.sealing_key),
        _clock(config.root_certificate, now),
        *_board(config),
    ]
    compared = roll_examined.examine(config.data, config.role, config.branch)
    return (*findings, *trust.examine(config), *compared)


def _folder(name: Message, folder: Path, advice: Message) -> DoctorFinding:
    if not folder.is_dir():
        return bad(name, m("{path} is no folder", path=folder), advice)
    if not os.access(folder, os.W_OK | os.X_OK):
        detail = m("{path} cannot be written", path=folder)
        return bad(name, detail, m("give the station the right to"))
    return disk(name, folder)


def _mirror(config: StationConfiguration) -> DoctorFinding:
    """Votes are safe on two media only if they are two disks, whatever lies between."""
    found = _folder(m("mirror"), config.mirror, m("plug in the second medium and mount it there"))
    if not (found.ok and config.data.is_dir()):
        return found
    if apart(config.data, config.mirror) is not Apart.ONE:
        return found
    return replace(
        found,
        detail=m("{found}, on the same disk as data", found=found.detail),
        advice=m("use a second disk: with this one lost, every vote would be"),
    )


def _usb_drive(folder: Path) -> DoctorFinding:
    name = m("USB drive")
    if folder.is_dir():
        return good(name, folder, needed=False)
    advice = m("needed to load the package and to export")
    return bad(name, m("{path} is not there", path=folder), advice, needed=False)


def _key(name: Message, path: Path, load: Callable[[Path], object]) -> DoctorFinding:
    again = m("enrol this device again: a station needs both of its keys")
    try:
        load(path)
        rights = path.stat().st_mode & OTHERS_RIGHTS
    except FileNotFoundError:
        return bad(name, m("{path} is missing", path=path), again)
    except (OSError, CryptoError) as error:
        advice = m("let the station read it") if isinstance(error, OSError) else again
        return bad(name, at(path, because(error)), advice)
    if rights:
        advice = m("type: {command}", command=Latin(f"chmod 600 {path}"))
        return good(name, m("{path} can be read by others", path=path), advice)
    return good(name, path)


def _clock(root: Path, now: datetime) -> DoctorFinding:
    """Set so far wrong that headquarters' certificate is not of this time, the clock is of no use."""
    fetch = m("bring it from headquarters")
    try:
        certificate = x509.load_der_x509_certificate(root.read_bytes())
    except OSError as error:
        return bad(m("root certificate"), at(root, because(error)), fetch)
    except (ValueError, x509.InvalidVersion):
        return bad(m("root certificate"), m("{path} is no certificate", path=root), fetch)
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    shown = now.astimezone()
    if first <= now <= last:
        zone = Latin(f"UTC{shown.isoformat()[-6:]}")
        return good(m("clock"), m("{now}, {zone}, as reports will bear it", now=shown, zone=zone))
    return bad(
        m("clock"),
        m(
            "{now}; headquarters' certificate is of {first} to {last}",
            now=shown,
            first=first.date(),
            last=last.date(),
        ),
        m("set the clock; if it is right, ask headquarters for a new certificate"),
    )


def _board(config: StationConfiguration) -> Iterator[DoctorFinding]:
    """Without it the station serves voters, and nobody who looks at the board sees it."""
    if config.status_board is None:
        return
    name, path = m("certificate of the status board"), Path(config.status_board.certificate)
    try:
        board_certificate(config.status_board)
    except (OSError, ValueError) as error:
        none = m("{path} is no certificate", path=path)
        why = at(path, because(error)) if isinstance(error, OSError) else none
        yield bad(name, why, m("bring it from headquarters"))
    else:
        yield good(name, path)
