"""Set a device up from nothing: its keys and its request, then its settings from headquarters' answer.

On the device, in one folder:

    signing.key sealing.key      the keys: for the station's account only, or closed (`signing.key.closed`)
    keys.toml                    how they are kept; written last, so that what a power cut left is made anew
    <device>.json                the request to be enrolled, for headquarters
    root.der  station.toml       written from what headquarters brought on a drive

The answer is what every device of a branch gets: root.der, package.amin, portraits.cbor where they are not
in the package, register.json, and one file for
each kind of device that says which equipment such a device has. Nothing of it is believed before two
people compared the root's fingerprint, and nothing is loaded: that takes two cards, at the screen.
"""

from __future__ import annotations

import hashlib
import io
import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from crypto.canonical import MAX_SIZE
from crypto.certificates import MAX_CERTIFICATE_SIZE, named_pair
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from drivers.errors import DriverError
from drivers.file_system import format_anew, keeps_old_blocks
from drivers.key_keeping import MAX_CLOSED, KeyKeeper, TokenKeeper, TpmKeeper
from drivers.media.parents import Apart, apart
from drivers.media.presence import check_media
from election.because import because
from election.definition import BranchId, DeviceId, Election, Role
from election.device_acts import DeviceActError
from election.enrolment import EnrolmentRequest, make_request, read_request, write_request
from election.errors import ElectionError
from election.fields import Word
from election.files import PUBLIC, read_file, replace_file
from election.package import Expected, LoadedPackage, open_package, open_sent_package
from election.package.portraits import PACKAGE_FILE
from election.reasons import DeviceActReason
from election.register import (
    MAX_REGISTER,
    REGISTER_FILE,
    PublishedRegister,
    open_published_register,
)
from election.register_match import compare
from election.schema import SchemaError, from_input
from election.spare import MAX_SPARE, SPARE, SPARE_SUFFIX, open_spare
from election.usb_drive import read_brought
from words.message import Latin, Message, m

SIGNING: Final = "signing.key"
SEALING: Final = "sealing.key"
KEPT_FILE: Final = "keys.toml"
ROOT_FILE: Final = "root.der"
STATION_FILE: Final = "station.toml"
OPENED: Final = Path("/run/amin/keys")
"""In memory, empty after each start of the machine."""
CLOSED: Final = ".closed"
_MAX_TEXT: Final = 64 * 1024
_OURS: Final = frozenset(
    {
        *("device", "role", "branch", "data", "mirror", "usb"),
        *("root_certificate", "signing_key", "sealing_key"),
    }
)
"""Settings that say which device it is, not which equipment it has."""


class Kept(StrEnum):
    """How a device keeps its keys."""

    FILE = "file"
    """Files of the station's account; the disk itself should be encrypted then."""
    TPM = "tpm"
    TOKEN = "token"


@dataclass(frozen=True, slots=True)
class KeptKeys:
    """`keys.toml`: how the keys are kept, and where what opens them is."""

    kept: Kept
    tpm: Word = "auto"
    module: Word = "/usr/lib/softhsm/libsofthsm2.so"
    token: Word = "amin"
    key: Word = "keys"
    pin_file: Word = "token-pin"

    def keeper(self, folder: Path) -> KeyKeeper | None:
        """Return who closes and opens the keys; None for plain files. Raises `ElectionError`."""
        match self.kept:
            case Kept.FILE:
                return None
            case Kept.TPM:
                return TpmKeeper(self.tpm)
            case Kept.TOKEN:
                pin = read_file(folder / self.pin_file, 256).decode("ascii", "replace").strip()
                return TokenKeeper(Path(self.module), self.token, self.key, pin)


@dataclass(frozen=True, slots=True)
class Places:
    """Folders of the media, as `station.toml` names them."""

    data: Path
    mirror: Path
    usb: Path
    opened: Path = OPENED
    """Of keys that are closed on the disk."""


def make_keys(
    folder: Path, device: DeviceId, role: Role, branch: BranchId, kept: KeptKeys
) -> EnrolmentRequest:
    """Make a device's keys, once, and the request to enrol them.

    What closes the keys has to open them again before anything rests on it. Raises `ElectionError`,
    `DriverError`, `OSError`; then `keys.toml` is not there and the same can be tried again.
    """
    if (folder / KEPT_FILE).exists():
        raise ElectionError(
            m(
                "{folder} holds the keys of a device: they are made once; a device that is set up "
                "anew gets an empty folder and a new name",
                folder=folder,
            )
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    keeper = kept.keeper(folder)
    signing, sealing = HybridKey.generate(), SealingKey.generate()
    for name, secret in ((SIGNING, signing.to_pem()), (SEALING, sealing.to_pem())):
        if keeper is None:
            replace_file(folder / name, secret)
            continue
        closed = keeper.close(name, secret)
        if keeper.open(name, closed) != secret:
            raise DriverError("what was closed does not open again; use another TPM or token")
        replace_file(folder / f"{name}{CLOSED}", closed)
    request = make_request(device, role, branch, signing, sealing.public_bytes)
    replace_file(folder / f"{device}.json", write_request(request), PUBLIC)
    replace_file(folder / KEPT_FILE, _toml(kept).encode(), PUBLIC)
    return request


def shown(request: EnrolmentRequest) -> tuple[str, ...]:
    """Return the fingerprint in digits, in words, and as a QR code of half blocks, to be compared."""
    import qrcode

    code, drawn = qrcode.QRCode(), io.StringIO()
    code.add_data(request.fingerprint)
    code.print_ascii(out=drawn, invert=True)
    return request.fingerprint, request.spoken, drawn.getvalue()


def look_at(data: Path, mirror: Path) -> tuple[Message, ...]:
    """Write to both media, and say what does not fit a real day. Raises `MediumLostError`."""
    check_media(data, mirror)
    told = {
        Apart.TWO: (),
        Apart.ONE: (m("both memories are one disk: for rehearsals only"),),
        Apart.UNKNOWN: (m("look that the memories are two disks: it cannot be told here"),),
    }
    kept = [path for path in (data, mirror) if keeps_old_blocks(path) is not None]
    return (
        *told[apart(data, mirror)],
        *map(format_anew, kept),
    )


def request_in(folder: Path) -> EnrolmentRequest:
    """Read the request of a folder's device. Raises `ElectionError`, `OSError`."""
    found = sorted(folder.glob("*.json"))
    if len(found) != 1:
        raise ElectionError(
            m("{folder} holds no device's request: amin operator provision", folder=folder)
        )
    return read_request(read_file(found[0], _MAX_TEXT))


def open_keys(folder: Path, target: Path) -> int:
    """Open a device's keys into a folder in memory; how many. Raises `ElectionError`, `DriverError`.

    Nothing is done where they are plain files. Run as root before the station starts; the new files belong
    to the account of the folder above, as the service manager made it.
    """
    kept = kept_keys(folder)
    keeper = kept.keeper(folder)
    if keeper is None:
        return 0
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = target.parent.stat()
    for name in (SIGNING, SEALING):
        closed = read_file(folder / f"{name}{CLOSED}", MAX_CLOSED)
        replace_file(target / name, keeper.open(name, closed))
        os.chown(target / name, owner.st_uid, owner.st_gid)
    os.chown(target, owner.st_uid, owner.st_gid)
    return 2


def kept_keys(folder: Path) -> KeptKeys:
    """Read how a device keeps its keys. Raises `ElectionError`, `OSError`."""
    path = folder / KEPT_FILE
    try:
        return from_input(KeptKeys, tomllib.loads(read_file(path, _MAX_TEXT).decode()))
    except FileNotFoundError as error:
        raise ElectionError(
            m("{folder} has no keys of a device: amin operator provision", folder=folder)
        ) from error
    except (SchemaError, ValueError) as error:
        raise ElectionError(
            m("{path} is damaged: {reason}", path=path, reason=because(error))
        ) from error


def secrets_in(folder: Path) -> tuple[Path, ...]:
    """Name the files of a device's folder that give its keys. Raises `ElectionError`, `OSError`."""
    names = [SIGNING, SEALING, f"{SIGNING}{CLOSED}", f"{SEALING}{CLOSED}"]
    if (folder / KEPT_FILE).exists() and (kept := kept_keys(folder)).kept is Kept.TOKEN:
        names.append(kept.pin_file)
    return tuple(path for name in names if (path := folder / name).exists())


def root_on(drive: Path) -> tuple[bytes, str]:
    """Read the root certificate on a drive; its SHA-256 (hex) is what people compare."""
    root = read_brought(drive / ROOT_FILE, MAX_CERTIFICATE_SIZE)
    return root, hashlib.sha256(root).hexdigest()


def configure(
    folder: Path,
    drive: Path,
    root: bytes,
    places: Places,
    now: datetime,
    check: Callable[[Path], object],
) -> LoadedPackage:
    """Write root.der and station.toml from headquarters' answer, all or nothing for each.

    `root`: the certificate that two people compared; `check`: reads a settings file and raises for one that
    cannot be used. The package must name this device with these keys, and the register the package. Raises
    `ElectionError`, `OSError`.
    """
    request = request_in(folder)
    published = open_published_register(read_brought(drive / REGISTER_FILE, MAX_REGISTER), root)
    data = read_brought(drive / PACKAGE_FILE, MAX_SIZE)
    if request.branch == SPARE:
        package = open_sent_package(data, root)
        compare(published, package, _any_branch(drive, request, published, package.election))
    else:
        expected = Expected(root, None, request.branch, request.device, request.signing_key)
        package = open_package(data, expected, now, beside=drive)
        compare(published, package, request.branch)
    equipment = _equipment(drive / f"{request.role}.toml")
    text = _settings(folder, request, places) + "\n" + equipment
    draft = folder / f".{STATION_FILE}.draft"
    replace_file(draft, text.encode(), PUBLIC)
    try:
        check(draft)
    finally:
        draft.unlink()
    replace_file(folder / ROOT_FILE, root, PUBLIC)
    replace_file(folder / STATION_FILE, text.encode(), PUBLIC)
    return package


def _any_branch(
    drive: Path, request: EnrolmentRequest, published: PublishedRegister, election: Election
) -> BranchId:
    """Return a branch of a spare's district, if headquarters and register name it with these keys."""
    spare = open_spare(
        read_brought(drive / f"{request.device}{SPARE_SUFFIX}", MAX_SPARE), published
    )
    if spare.device.id != request.device or named_pair(spare.said.certificate) != request.key:
        raise DeviceActError(DeviceActReason.ACT_SPARE)
    for branch in election.branches:
        if branch.district == spare.said.district:
            return branch.id
    raise DeviceActError(DeviceActReason.ACT_DISTRICT)


def _equipment(path: Path) -> str:
    """Read which equipment a kind of device has. Raises `ElectionError`."""
    try:
        text = read_brought(path, _MAX_TEXT).decode()
        ours = sorted(_OURS & set(tomllib.loads(text)))
    except FileNotFoundError as error:
        raise ElectionError(
            m("{path} is missing: it names the readers of this kind of device", path=path)
        ) from error
    except ValueError as error:
        raise ElectionError(
            m("{path} is no TOML text: {reason}", path=path, reason=because(error))
        ) from error
    if ours:
        raise ElectionError(
            m(
                "{path}: {key} says which device it is, and belongs to one device alone",
                path=path,
                key=Latin(ours[0]),
            )
        )
    return text


def _settings(folder: Path, request: EnrolmentRequest, places: Places) -> str:
    opened = kept_keys(folder).kept is not Kept.FILE
    keys = places.opened if opened else Path()
    values = {
        "device": request.device,
        "role": request.role.value,
        "branch": request.branch,
        "data": str(places.data),
        "mirror": str(places.mirror),
        "usb": str(places.usb),
        "root_certificate": ROOT_FILE,
        "signing_key": str(keys / SIGNING),
        "sealing_key": str(keys / SEALING),
    }
    return "".join(f"{key} = {quoted(value)}\n" for key, value in values.items())


def _toml(kept: KeptKeys) -> str:
    values = {
        "kept": kept.kept.value,
        "tpm": kept.tpm,
        "module": kept.module,
        "token": kept.token,
        "key": kept.key,
        "pin_file": kept.pin_file,
    }
    return "".join(f"{key} = {quoted(value)}\n" for key, value in values.items())


def quoted(text: str) -> str:
    """Write a TOML basic string (TOML 1.0, string)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    plain = (c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped)
    return f'"{"".join(plain)}"'
