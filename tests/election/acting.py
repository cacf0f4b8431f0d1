"""The sample election with a register, operators' cards, spares and the two offices."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from crypto.certificates import issue, read_subject
from crypto.hybrid import HybridKey
from election.definition import BranchId, DeviceId, Role
from election.device_acts import CardSigner
from election.records import RecordKind, RecordSigner, SignedRoot, StoredRecord
from election.register import (
    BranchOperators,
    ElectionNumber,
    PublishedRegister,
    Register,
    RegisteredDevice,
    RegisteredPackage,
    RegisteredSigners,
    ReserveOperators,
    SeatRule,
    open_published_register,
    write_register,
)
from tests.election.samples import BRANCH, END, OTHER_BRANCH, START, UUID, Sample, sample

SPARE, OTHER_SPARE = DeviceId("spare-t1"), DeviceId("spare-t2")
SPARE_STATION = DeviceId("spare-i1")
FINGERPRINT = "A" * 43


@dataclass(frozen=True, slots=True)
class Card:
    """An operator's PIV card."""

    key: ec.EllipticCurvePrivateKey
    certificate: bytes

    @property
    def signer(self) -> tuple[CardSigner, bytes]:
        """What `write_act` takes of it."""
        return (lambda message: self.key.sign(message, ec.ECDSA(hashes.SHA256()))), self.certificate


@dataclass(frozen=True, slots=True)
class Acting:
    """Everybody who may sign something about a device."""

    sample: Sample
    published: PublishedRegister
    keys: dict[str, HybridKey]
    certificates: dict[str, bytes]
    officer: Card
    supervisor: Card
    reserve: Card
    """An officer of the district's reserve."""
    stranger: Card
    """A supervisor of the other branch."""

    @property
    def register(self) -> Register:
        """The register that was published."""
        return self.published.register

    @property
    def number(self) -> bytes:
        """The election's number, 32 bytes."""
        return bytes.fromhex(self.published.number)

    @property
    def cards(self) -> list[tuple[CardSigner, bytes]]:
        """Officer and supervisor of the branch."""
        return [self.officer.signer, self.supervisor.signer]

    @property
    def offices(self) -> list[tuple[HybridKey, bytes]]:
        """Headquarters and the observer."""
        return self.signers("headquarters", "observer")

    def signers(self, *names: str) -> list[tuple[HybridKey, bytes]]:
        """Return keys with certificates of devices and offices."""
        return [(self.keys[name], self.certificates[name]) for name in names]

    def records(self, device: DeviceId, number: int) -> tuple[StoredRecord, ...]:
        """Return cast records as this device signs them."""
        signer = RecordSigner(self.keys[device], FINGERPRINT, device)
        made = (
            signer.sign_record(RecordKind.CAST, hashlib.sha256(bytes([at])).digest(), b"sealed")
            for at in range(number)
        )
        return tuple(sorted(made, key=lambda record: record.digest))

    def root(
        self, device: DeviceId, records: Sequence[StoredRecord], spent: Sequence[bytes]
    ) -> SignedRoot:
        """Return the root that this device signs over cast records."""
        signer = RecordSigner(self.keys[device], FINGERPRINT, device)
        return signer.sign_root([record.digest for record in records], [], spent)


@cache
def acting() -> Acting:
    """Make the world once."""
    made = sample()
    keys: dict[str, HybridKey] = dict(made.device_keys.items())
    keys["headquarters"] = made.signer_key
    spares = {
        SPARE: Role.BALLOT_TERMINAL,
        OTHER_SPARE: Role.BALLOT_TERMINAL,
        SPARE_STATION: Role.IDENTITY_STATION,
    }
    keys |= {name: HybridKey.generate() for name in (*spares, "observer", "second-observer")}
    certificates: dict[str, bytes] = {
        device.id: device.certificate for device in made.election.devices
    }
    certificates |= {name: made.issue(name, keys[name], role, "") for name, role in spares.items()}
    certificates["headquarters"] = made.signer
    for name in ("observer", "second-observer"):
        certificates[name] = made.issue(name, keys[name], Role.OBSERVER, "")
    officer, supervisor = card(made, Role.OFFICER, BRANCH), card(made, Role.SUPERVISOR, BRANCH)
    reserve, stranger = card(made, Role.OFFICER, ""), card(made, Role.SUPERVISOR, OTHER_BRANCH)
    branches = {device.id: (device.role, device.branch) for device in made.election.devices}
    devices = [_registered(name, *branches[name], certificates) for name in branches]
    devices += [_registered(name, role, None, certificates) for name, role in spares.items()]
    register = Register(
        election=UUID,
        fingerprint=FINGERPRINT,
        rehearsal=True,
        definition=bytes(32),
        seats=SeatRule("candidate-votes", "largest-remainder", "a public source"),
        decision_lot="another public source",
        minimum=1,
        groups=((BRANCH,), (OTHER_BRANCH,)),
        packages=(RegisteredPackage(1, (BRANCH, OTHER_BRANCH), bytes(32)),),
        root=made.root,
        trustees=("0" * 64,),
        devices=tuple(sorted(devices, key=lambda device: device.id)),
        operators=(
            BranchOperators(BRANCH, _hashes(officer, supervisor)),
            BranchOperators(OTHER_BRANCH, _hashes(stranger)),
        ),
        reserves=(ReserveOperators("district 1", (BRANCH,), _hashes(reserve)),),
        signers=RegisteredSigners(
            (made.signer,),
            (),
            (),
            (made.signer, certificates["observer"]),
            (made.signer, certificates["observer"]),
        ),
        split_keys=(),
        registry=(),
        evaluator=(),
        branch_authorities=(),
    )
    data = write_register(register, made.signer_key, made.signer)
    published = open_published_register(data, made.root)
    return Acting(made, published, keys, certificates, officer, supervisor, reserve, stranger)


def card(made: Sample, role: Role, branch: str) -> Card:
    """Return a card that headquarters certified."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = issue(
        made.root,
        made.root_key,
        f"{role} {branch}",
        key.public_key(),
        role=role,
        branch=branch,
        not_before=START,
        not_after=END,
    )
    return Card(key, certificate)


def other_election(world: Acting) -> PublishedRegister:
    """Return the register of another election of the same people."""
    return replace(world.published, number=ElectionNumber(world.published.number[::-1]))


def _registered(
    name: DeviceId, role: Role, branch: BranchId | None, certificates: dict[str, bytes]
) -> RegisteredDevice:
    certificate = certificates[name]
    key = read_subject(certificate).signing_key.classical.raw
    return RegisteredDevice(name, role, branch, key, hashlib.sha256(certificate).digest())


def _hashes(*cards: Card) -> tuple[bytes, ...]:
    return tuple(sorted(hashlib.sha256(card.certificate).digest() for card in cards))
