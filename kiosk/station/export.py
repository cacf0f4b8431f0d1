"""Write the closing bundle once, keep it, and copy it onto USB drives with the audit log.

Both keys sign with randomness, so a bundle that was made anew would be another file with the same
content, and headquarters would have to ask which of the two closings holds.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from election.acts import ActRefusedError, read_statement
from election.audit_log import AUDIT_SUFFIX, MAX_LOG
from election.bundle import (
    Bundle,
    BundleError,
    form,
    read_bundle,
    says_the_same,
    write_bundle,
)
from election.errors import ElectionError
from election.files import FileRefusedError, read_file, replace_file
from election.incidents import Incident
from election.usb_drive import drive_incident, open_drive
from kiosk.station.base import DeviceContext
from kiosk.station.rescuing import write_rescues
from words.message import Code, m

BUNDLE_SUFFIX: Final = ".bundle"


def closing_bundle(context: DeviceContext, made: Bundle) -> bytes:
    """Return the bundle that was kept, or sign `made` and keep it.

    The kept one stays as long as it says what `made` says, whatever was logged since; it does not
    where a memory came back with records after the closing. Raises `ElectionError` for a device
    that is not enrolled.
    """
    device = context.election.device(context.config.device)
    if device is None:
        raise _not_exported(Incident.NOT_ENROLLED)
    kept = _kept(context, made)
    if kept is not None and says_the_same(kept[1], made):
        return kept[0]
    data = write_bundle(made, context.signing, device.certificate)
    with suppress(OSError):  # a medium that is full keeps nothing from going out
        replace_file(context.files.bundle, data)
    return data


def export(context: DeviceContext, made: Bundle | None) -> None:
    """Write bundle, audit log and rescues onto the drive; before the closing (None) the rescues alone.

    Raises as `closing_bundle` does, and `ElectionError` that says what to do about the drive.
    """
    data = None if made is None else closing_bundle(context, made)
    # The log itself goes along: the bundle signs the hash it had at the closing only.
    log = read_file(context.files.audit, MAX_LOG)
    if context.pairing.drive_is_out():
        raise _not_exported(Incident.NO_DRIVE)
    try:
        with open_drive(context.config.usb) as drive:
            if data is not None:
                drive.write(context.config.device, BUNDLE_SUFFIX, data)
                drive.write(context.config.device, AUDIT_SUFFIX, log)
            write_rescues(context, drive)
            context.takeovers.write(drive)
    except FileRefusedError:
        raise
    except OSError as error:
        raise _not_exported(drive_incident(error)) from error


def _not_exported(incident: Incident) -> ElectionError:
    """Say what to do, and the code for the telephone."""
    row = incident.row
    said = m("{what} {todo} (code {code})", what=row.cause, todo=row.remedy, code=Code(row.code))
    return ElectionError(said)


def _kept(context: DeviceContext, made: Bundle) -> tuple[bytes, Bundle] | None:
    """Return the kept bundle if headquarters would take it; a damaged one is written anew."""
    # Judged by the hour of loading, at which the package was: a clock that is wrong by now makes
    # no second bundle.
    try:
        loaded = read_statement(made.acts[0]).at
        data = read_file(context.files.bundle, form().max_size)
        return data, read_bundle(data, context.election, context.root, loaded)
    except (OSError, BundleError, ActRefusedError):
        return None
