"""A small made-up election with real keys and certificates."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone

from crypto import certificates
from crypto.election import make_election
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey, seal
from crypto.trustees import generate_trustee, make_trustees
from election.answers import questions_for
from election.definition import (
    BallotForm,
    BallotStyle,
    Branch,
    BranchId,
    Candidate,
    CandidateList,
    Contest,
    ContestId,
    DeviceId,
    DocumentCheck,
    Election,
    EnrolledDevice,
    Role,
    Rules,
    SelectionCode,
    StyleId,
    Text,
)
from election.package import Expected
from election.trusted import Trusted

TEHRAN = timezone(timedelta(hours=3, minutes=30))
DAY = date(2026, 6, 14)
OPENS = datetime(2026, 6, 14, 8, tzinfo=TEHRAN)
CLOSES = datetime(2026, 6, 14, 18, tzinfo=TEHRAN)
NOW = datetime(2026, 6, 14, 7, 30, tzinfo=TEHRAN)
START, END = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)
UUID = "SampLeE1ection23"
BRANCH, OTHER_BRANCH = BranchId("b0001"), BranchId("b0002")
STATION, TERMINAL, ELSEWHERE = DeviceId("b0001-i1"), DeviceId("b0001-t1"), DeviceId("b0002-t1")
COUNCIL, EXPERTS = ContestId("council"), ContestId("experts")
BOTH, ONE = StyleId("both"), StyleId("council-only")


@dataclass(frozen=True, slots=True)
class Sample:
    """An election and everybody's keys."""

    election: Election
    portraits: dict[str, bytes]
    root_key: HybridKey
    root: bytes
    signer_key: HybridKey
    signer: bytes
    device_keys: dict[DeviceId, HybridKey]
    sealing_key: SealingKey

    def expected(self, device: DeviceId = TERMINAL, branch: BranchId = BRANCH) -> Expected:
        return Expected(self.root, UUID, branch, device, self.device_keys[device].public_bytes)

    def issue(
        self,
        name: str,
        key: HybridKey,
        role: str,
        branch: str,
        start: datetime = START,
        end: datetime = END,
    ) -> bytes:
        return certificates.issue(
            self.root,
            self.root_key,
            name,
            key.public,
            role=role,
            branch=branch,
            not_before=start,
            not_after=end,
        )


def portrait(code: int, size: int = 40) -> bytes:
    seed = hashlib.sha256(b"portrait %d" % code).digest()
    return b"\xff\xd8\xff\xe0" + (seed * (size // 32 + 1))[: size - 6] + b"\xff\xd9"


def council(candidates: int = 5, selections: int = 3, portrait_size: int = 40) -> Contest:
    """Two persons on a list, the rest independent."""
    persons = tuple(
        Candidate(
            SelectionCode(1000 + number),
            Text(f"نامزد شماره {number}", f"Candidate {number}"),
            SelectionCode(1) if number < 2 else None,
            hashlib.sha256(portrait(number, portrait_size)).hexdigest(),
            number % 2 == 0,
        )
        for number in range(candidates)
    )
    members = (SelectionCode(1000), SelectionCode(1001))
    return Contest(
        COUNCIL,
        Text("شورای شهر", "City council"),
        selections,
        selections,
        BallotForm.SLOTS,
        4,
        SelectionCode(9999),
        persons,
        (CandidateList(SelectionCode(1), Text("فهرست امید", "Hope"), members),),
    )


def experts() -> Contest:
    persons = tuple(
        Candidate(
            SelectionCode(10 + number),
            Text(f"خبره {number}", f"Expert {number}"),
            None,
            hashlib.sha256(portrait(5000 + number)).hexdigest(),
            False,
        )
        for number in range(3)
    )
    title = Text("خبرگان", "Experts")
    return Contest(EXPERTS, title, 1, 1, BallotForm.CHOICE, 2, SelectionCode(99), persons)


def sample(candidates: int = 5, selections: int = 3, portrait_size: int = 40) -> Sample:
    root_key, signer_key, sealing_key = (
        HybridKey.generate(),
        HybridKey.generate(),
        SealingKey.generate(),
    )
    root = certificates.create_root("ستاد", root_key, START, END)
    places = (
        (STATION, Role.IDENTITY_STATION, BRANCH),
        (TERMINAL, Role.BALLOT_TERMINAL, BRANCH),
        (ELSEWHERE, Role.BALLOT_TERMINAL, OTHER_BRANCH),
    )
    keys = {device: HybridKey.generate() for device, _, _ in places}
    contests = (council(candidates, selections, portrait_size), experts())
    trustees = make_trustees([generate_trustee().trustee for _ in range(2)])
    belenios = make_election(
        name="نمونه",
        description="",
        public_key=trustees.election_key,
        questions=questions_for(contests),
        uuid=UUID,
    )
    portraits = {
        hashlib.sha256(jpeg).hexdigest(): jpeg
        for jpeg in (
            *(portrait(number, portrait_size) for number in range(candidates)),
            *(portrait(5000 + number) for number in range(3)),
        )
    }
    bare = Sample(
        _election(contests, belenios.text, sealing_key),
        portraits,
        root_key,
        root,
        signer_key,
        b"",
        keys,
        sealing_key,
    )
    devices = tuple(
        EnrolledDevice(
            device,
            role,
            branch,
            bare.issue(device, keys[device], role, branch),
            seal(SealingKey.generate().public_bytes, bytes(32), b"card key"),
        )
        for device, role, branch in places
    )
    return with_devices(bare, devices)


def with_devices(bare: Sample, devices: tuple[EnrolledDevice, ...]) -> Sample:
    return replace(
        bare,
        election=replace(bare.election, devices=devices),
        signer=bare.issue("packages", bare.signer_key, Role.HEADQUARTERS, ""),
    )


def _election(contests: tuple[Contest, ...], belenios: bytes, key: SealingKey) -> Election:
    return Election(
        UUID,
        Text("انتخابات نمونه", "Sample election"),
        DAY,
        OPENS,
        CLOSES,
        contests,
        (
            BallotStyle(BOTH, Text("هر دو", "Both"), (COUNCIL, EXPERTS), ("تهران",)),
            BallotStyle(ONE, Text("شورا", "Council only"), (COUNCIL,)),
        ),
        (
            Branch(BRANCH, Text("شعبه یک", "Branch one"), "1", mobile=True, offline=True),
            Branch(OTHER_BRANCH, Text("شعبه دو", "Branch two"), "2"),
        ),
        (),
        Rules(
            20,
            5,
            31_500,
            16_250,
            31,
            11,
            151_000,
            32_000,
            40,
            False,
            4,
            DocumentCheck.ORDINARY,
            31,
            True,
        ),
        belenios,
        key.public_bytes,
        Trusted(("profile",), (b"country signer",)),
        SealingKey.generate().public_bytes,
        rehearsal=True,
    )
