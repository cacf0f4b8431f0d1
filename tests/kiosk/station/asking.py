"""An office whose stations ask a registry, and that registry, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from drivers.registry.line import Credentials
from election.definition import Authority, DeviceId, Role
from election.register import PublishedRegister, open_published_register
from registry.book import ThreadedBook
from registry.door import Door, Pace
from registry.service import Registry, make_app
from simulators.registry.in_process import AppInProcess, CutLine
from tests.kiosk.station.office import BRANCH, VALIDITY, Office

RECONCILIATION = SealingKey.generate()


def asking(
    office: Office, *, offline: bool = True, reconciliation: bytes = RECONCILIATION.public_bytes
) -> tuple[Office, HybridKey, bytes]:
    """Return the office with one branch, whose stations ask; the registry's keys and certificate.

    `reconciliation`: the key that stations seal their check-ins to.
    """
    key = HybridKey.generate()
    certificate = office.certify("registry", Role.REGISTRY, "", VALIDITY, key.public)
    here = [branch for branch in office.election.branches if branch.id == BRANCH]
    election = replace(
        office.election,
        branches=tuple(
            replace(branch, offline=offline, authority=Authority.BRANCH, registry="127.0.0.1:8443")
            for branch in here
        ),
        devices=tuple(each for each in office.election.devices if each.branch == BRANCH),
        reconciliation_public_key=reconciliation,
    )
    changed = replace(office, election=election)
    package = changed.package()
    changed.once[package] = changed.register(
        package, lambda register: replace(register, registry=(certificate,))
    )
    return changed, key, certificate


@dataclass
class Authorities:
    """The registry of a branch, and the lines of its stations."""

    office: Office
    published: PublishedRegister
    app: AppInProcess
    lines: dict[DeviceId, CutLine] = field(default_factory=dict)

    def connect(self, device: DeviceId) -> ConnectTo:
        """Return what opens this device's line."""
        return ConnectTo(self, device)


@dataclass
class ConnectTo:
    authorities: Authorities
    device: DeviceId

    def __call__(self, address: str, credentials: Credentials) -> CutLine:
        assert address == "127.0.0.1:8443"
        kept = self.authorities.lines.get(self.device)
        line = kept or CutLine(self.authorities.app, credentials.certificate)
        self.authorities.lines[self.device] = line
        return line


@contextmanager
def branch_registry(
    office: Office,
    folder: Path,
    *,
    offline: bool = True,
    reconciliation: bytes = RECONCILIATION.public_bytes,
) -> Iterator[Authorities]:
    """Serve the real registry of a branch, with its book in SQLite."""
    changed, key, _ = asking(office, offline=offline, reconciliation=reconciliation)
    published = open_published_register(changed.once[changed.package()], office.authority.root)

    async def book() -> ThreadedBook:
        return await ThreadedBook.open(folder / "claims.db")

    # A day takes seconds here.
    pace = Pace(lambda: 0.0, burst=1_000_000)
    app = make_app(Registry(Door(published), book, key.classical, pace))
    with AppInProcess(app).running() as running:
        yield Authorities(changed, published, running)
