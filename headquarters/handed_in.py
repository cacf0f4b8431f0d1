"""Verify what the branches hand in, in one way: closing bundles, rescues, and spares that took over.

Headquarters and the reconciliation office read the same files, and believe them by package and register
alone: a closing that does not count at one of them is not read at the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from crypto.certificates import named_pair
from crypto.election import parse_election
from crypto.hybrid import HybridPublicKey
from election.acts import ActRefusedError
from election.because import because
from election.bundle import Bundle, BundleError, read_bundle
from election.definition import Election, EnrolledDevice
from election.device_acts import DeviceActError
from election.errors import ElectionError
from election.reasons import BundleReason, DeviceActReason, RegisterReason
from election.register import PublishedRegister, Register
from election.registered_acts import check_registered_acts
from election.rescue import Rescue, RescueFile, check_records, open_rescue, read_rescue
from election.takeover import VerifiedTakeOver
from words.message import m


@dataclass(frozen=True, slots=True)
class Believed:
    """What closing bundles are verified by."""

    election: Election
    """With the spares that took over (`with_spares`)."""
    packages: Collection[bytes]
    """SHA-256 of every package that was sent to the branches."""
    root: bytes
    """Headquarters' root certificate (DER)."""
    published: PublishedRegister | None
    """The register; None before it is made."""


def verified_bundle(data: bytes, by: Believed, now: datetime) -> Bundle:
    """Verify a closing bundle as a whole; nothing that is sealed in it is opened. Raises `BundleError`."""
    bundle = read_bundle(data, by.election, by.root, now)
    if bundle.package_digest not in by.packages:
        raise BundleError(BundleReason.OTHER_PACKAGE)
    if by.published is not None:
        device = by.election.device(bundle.device)
        assert device is not None  # the bundle was read with its certificate
        key = named_pair(device.certificate)
        try:
            check_registered_acts(bundle.acts, key, bundle.device, bundle.branch, by.published)
        except ActRefusedError as error:
            raise BundleError(
                BundleReason.ACTS, m("the acts of the device: {error}", error=because(error))
            ) from error
    return bundle


def verified_rescue(
    data: bytes, election: Election, published: PublishedRegister
) -> tuple[RescueFile, Rescue]:
    """Verify a rescue's act, its records and its acts; `election`: with the spares that took over.

    Raises `ElectionError`.
    """
    file = read_rescue(data)
    rescue = open_rescue(file.act, published).statement
    device = election.device(rescue.device)
    if device is None or device.branch != rescue.branch:
        raise ElectionError(RegisterReason.REGISTER_DEVICE.sentence)
    key = named_pair(device.certificate)
    check_records(file, rescue, key, parse_election(election.belenios_election).fingerprint)
    _check_acts(file, rescue, key, published)
    return file, rescue


def with_spares(
    election: Election, takeovers: Iterable[VerifiedTakeOver], register: Register
) -> Election:
    """Return the election with the spares, as if they had been enrolled for the branch of their act."""
    spares = tuple(_spare(takeover, register) for takeover in takeovers)
    return replace(election, devices=(*election.devices, *spares))


def _spare(takeover: VerifiedTakeOver, register: Register) -> EnrolledDevice:
    act = takeover.statement
    device = register.device(act.spare)
    if device is None:
        raise ElectionError(RegisterReason.REGISTER_DEVICE.sentence)
    return EnrolledDevice(device.id, device.role, act.branch, takeover.certificate, b"")


def _check_acts(
    file: RescueFile, rescue: Rescue, key: HybridPublicKey, published: PublishedRegister
) -> None:
    """Raise `DeviceActError` for acts that do not hold: a rescue may be brought without them."""
    try:
        check_registered_acts(file.acts, key, rescue.device, rescue.branch, published)
    except ActRefusedError as error:
        raise DeviceActError(DeviceActReason.ACT_RECORDS, because(error)) from error
