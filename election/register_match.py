"""Compare what a device holds with the register that names it, before it loads a package.

The device computes the election's number itself, from the bytes of the register it was given; it shows
the number and never reads one. It refuses a package, a definition, a root or a certificate of its own
branch that the register does not name.
"""

from __future__ import annotations

from hashlib import sha256

from crypto.certificates import read_subject
from crypto.election import parse_election
from election.definition import Authority, BranchId, EnrolledDevice
from election.definition_file import definition_digest
from election.package import LoadedPackage
from election.reasons import RegisterReason
from election.register import PublishedRegister, RegisteredDevice, RegisterError
from words.message import Latin, m


def compare(published: PublishedRegister, package: LoadedPackage, branch: BranchId) -> None:
    """Raise `RegisterError` unless the register names this package with everything in it.

    Root and signature of the register were verified when it was opened; `branch` is the device's.
    """
    register, election = published.register, package.election
    fingerprint = parse_election(election.belenios_election).fingerprint
    if (register.election, register.fingerprint, register.rehearsal) != (
        election.uuid,
        fingerprint,
        election.rehearsal,
    ):
        raise RegisterError(RegisterReason.REGISTER_ELECTION)
    if register.definition != definition_digest(election):
        raise RegisterError(RegisterReason.REGISTER_DEFINITION)
    if not any(
        each.sha256 == package.digest and branch in each.branches for each in register.packages
    ):
        raise RegisterError(RegisterReason.REGISTER_PACKAGE)
    here = election.branch(branch)
    authority = Authority.ALONE if here is None else here.authority
    asks, by_centre = authority is not Authority.ALONE, authority is Authority.CENTRE
    if (asks and not register.registry) or (by_centre and not register.evaluator):
        raise RegisterError(
            RegisterReason.REGISTER_PACKAGE,
            m("the register does not name the registry, or the evaluator, that this branch asks"),
        )
    for device in election.devices:
        if device.branch == branch and register.device(device.id) != _registered(device):
            raise RegisterError(
                RegisterReason.REGISTER_DEVICE,
                m(
                    "the register does not name {device} as the package does",
                    device=Latin(device.id),
                ),
            )


def _registered(device: EnrolledDevice) -> RegisteredDevice:
    """Return what the register has to say of a device of the package."""
    key = read_subject(device.certificate).signing_key.classical.raw
    digest = sha256(device.certificate).digest()
    return RegisteredDevice(device.id, device.role, device.branch, key, digest)
