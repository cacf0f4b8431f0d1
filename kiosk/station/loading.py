"""Take the package and the register from the USB drive, and verify both before anything is signed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crypto.canonical import MAX_SIZE
from election.errors import ElectionError, PackageError, PollsStateError
from election.package import LoadedPackage
from election.package.portraits import PACKAGE_FILE
from election.polls import STATES, PollsState
from election.reasons import PackageReason, RegisterReason
from election.register import (
    MAX_REGISTER,
    REGISTER_FILE,
    PublishedRegister,
    RegisterError,
    open_published_register,
)
from election.usb_drive import packages_on, read_brought
from kiosk.station.base import DeviceContext
from words.message import Items, Latin, m


@dataclass(frozen=True, slots=True)
class Brought:
    """A package and its register, verified and not installed yet."""

    data: bytes
    package: LoadedPackage
    registered: bytes
    register: PublishedRegister


def bring(context: DeviceContext) -> Brought:
    """Read what is on the drive. Raises `PackageError`, `RegisterError`, `PollsStateError`, `OSError`."""
    try:
        data = read_brought(context.config.usb / PACKAGE_FILE, MAX_SIZE)
    except FileNotFoundError as missing:
        raise _no_package(context.config.usb) from missing
    registered = _brought_register(context) if context.is_spare else b""
    if context.is_spare and context.polls.state is PollsState.UNCONFIGURED:
        published = open_published_register(registered, context.root)
        context.takeovers.take(context.config.usb, context.signing, published)
        context.serve_branch()
    package = context.check_package(data, context.config.usb)
    _may_load(context, package)
    registered = registered or _brought_register(context)
    return Brought(data, package, registered, context.check_register(registered, package))


def _no_package(usb: Path) -> ElectionError:
    """Say what is missing on the drive; a package under another name is named."""
    other = packages_on(usb)
    if not other:
        return PackageError(
            PackageReason.MISSING,
            m(
                "there is no {package_file} on the USB drive; put in the right USB drive",
                package_file=Latin(PACKAGE_FILE),
            ),
        )
    return ElectionError(
        m(
            "the USB drive holds {found}: give the file that you mean the name {package_file}",
            found=Items(tuple(Latin(name) for name in other)),
            package_file=Latin(PACKAGE_FILE),
        )
    )


def _brought_register(context: DeviceContext) -> bytes:
    try:
        return read_brought(context.config.usb / REGISTER_FILE, MAX_REGISTER)
    except FileNotFoundError as missing:
        raise RegisterError(RegisterReason.REGISTER_MISSING) from missing


def _may_load(context: DeviceContext, package: LoadedPackage) -> None:
    """Once the polls were open, only the very same package is put back, after it was damaged."""
    state = context.polls.state
    if state.is_before_opening:
        return
    if package.digest != context.polls.package_digest:
        raise PollsStateError(
            m(
                "load: not possible while the polls are {state}; only the same package fits",
                state=STATES[state],
            )
        )
