"""A small election for these tests: 5 slots, 8 people in 2 lists, and a choice among 3."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from PIL import Image

from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from crypto.trustees import Trustees
from election.definition import (
    BallotForm,
    BallotStyle,
    Branch,
    BranchId,
    ContestId,
    DeviceId,
    Election,
    Role,
    StyleId,
    Text,
)
from election.enrolment import make_request
from election.records import spent_hash
from election.voucher import sign_voucher
from headquarters.authority import (
    Authority,
    Validity,
    create_authority,
    enrol,
)
from headquarters.candidates import ContestRules, NewCandidate, NewList, Slate, make_slate
from headquarters.definition_builder import ElectionPlan, define_election, new_election_uuid
from headquarters.packaging import encode
from headquarters.trustees import create_trustees
from kiosk.storage.votes import Spending
from tests.headquarters.unlocking import card_key_of, unlock

DAY = date(2026, 6, 12)
NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
BRANCH = BranchId("b-1")
COUNCIL, EXPERTS = ContestId("council"), ContestId("experts")
VALIDITY = Validity(NOON - timedelta(days=60), NOON + timedelta(days=60))


@cache
def jpeg(number: int) -> bytes:
    """Return a small JPEG; each number has another colour."""
    data = io.BytesIO()
    colour = (number % 256, number // 256 % 256, 90)
    Image.new("RGB", (16, 16), colour).save(data, "JPEG", comment=str(number).encode())
    return data.getvalue()


def person(number: int, list_key: str | None = None) -> NewCandidate:
    name = Text(f"نامزد شمارهٔ {number}", f"Candidate {number}")
    return NewCandidate(f"r{number}", name, list_key, number % 2 == 0, jpeg(number))


def council() -> Slate:
    people = [person(i, "a" if i < 3 else "b" if i < 6 else None) for i in range(8)]
    lists = [NewList("a", Text("فهرست الف", "List A")), NewList("b", Text("فهرست ب", "List B"))]
    rules = ContestRules(COUNCIL, Text("شورا", "Council"), 5, 5, BallotForm.SLOTS, 4)
    return make_slate(rules, people, lists)


def experts() -> Slate:
    rules = ContestRules(EXPERTS, Text("خبرگان", "Experts"), 1, 1, BallotForm.CHOICE)
    return make_slate(rules, [person(100 + i) for i in range(3)])


def plan() -> ElectionPlan:
    return ElectionPlan(
        Text("انتخابات آزمایشی", "Test election"),
        DAY,
        NOON - timedelta(hours=6),
        NOON + timedelta(hours=6),
        (council().contest, experts().contest),
        (
            BallotStyle(StyleId("both"), Text("هر دو", "Both"), (COUNCIL, EXPERTS)),
            BallotStyle(StyleId("one"), Text("شورا", "Council"), (COUNCIL,), ("ری",)),
        ),
        (Branch(BRANCH, Text("شعبهٔ ۱", "Branch 1"), "district 1"),),
        rehearsal=True,
    )


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    id: DeviceId
    role: Role
    signing: HybridKey
    sealing: SealingKey


@dataclass(frozen=True, slots=True)
class Headquarters:
    folder: Path
    authority: Authority
    trustees: Trustees
    election: Election
    portraits: Mapping[str, bytes]
    devices: Mapping[str, DeviceKeys]
    package: bytes
    """Written once: every signature differs, and bundles name the package by its hash."""
    issued: set[bytes] = field(default_factory=set)
    """Hashes of the nonces that the identity station issued."""
    number: bytes | None = None
    """The election's, as devices compute it; None before there is a register."""

    def spending(self, nonce: bytes, handle: bytes | None = None) -> Spending:
        """Issue an authorization, and return it as a terminal spends it."""
        spent = spent_hash(nonce)
        self.issued.add(spent)
        station = self.devices["station-1"]
        listed = self.election.device(station.id)
        assert listed is not None
        key = station.signing.classical
        return Spending(nonce, sign_voucher(key, self.election.uuid, listed.branch, spent), handle)


def set_up(folder: Path) -> Headquarters:
    """Keys, two trustees, one identity station, two terminals, the definition."""
    authority = create_authority(folder / "keys", "ستاد آزمایش", VALIDITY, lambda _: True, unlock)
    trustees = create_trustees(folder / "trustees", 2, lambda _: True, unlock)
    roles = {
        "station-1": Role.IDENTITY_STATION,
        "terminal-1": Role.BALLOT_TERMINAL,
        "terminal-2": Role.BALLOT_TERMINAL,
    }
    devices = {
        name: DeviceKeys(DeviceId(name), role, HybridKey.generate(), SealingKey.generate())
        for name, role in roles.items()
    }
    uuid = new_election_uuid()
    enrolled = enrol(
        authority,
        [
            make_request(
                device.id, device.role, BRANCH, device.signing, device.sealing.public_bytes
            )
            for device in devices.values()
        ],
        lambda branch: card_key_of(folder / "keys", branch),
        uuid,
        VALIDITY,
    )
    portraits = {**council().portraits, **experts().portraits}
    election = define_election(
        plan(), portraits, trustees, enrolled, authority.sealing_public, uuid
    )
    package = encode(election, portraits, authority)
    return Headquarters(folder, authority, trustees, election, portraits, devices, package)
