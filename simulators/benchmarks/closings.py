"""An election of many branches with a terminal in each, and what the terminals hand in: no device is played.

For measuring what an import costs, and for killing it.
"""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final, TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image

from crypto.casting import BallotMaker
from crypto.election import BeleniosElection, parse_election
from crypto.embedding import EmbeddingTable
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from election.acts import (
    FIRST,
    CardSignature,
    Closing,
    LogPosition,
    SignedAct,
    SignedActKind,
    Statement,
    act_hash,
    card_message,
    countersign,
    freeze,
)
from election.answers import answers_for, slot_codes
from election.bundle import BallotBox, Bundle, CheckIns, GrantedCount, write_bundle
from election.definition import (
    BallotForm,
    BallotStyle,
    Branch,
    BranchId,
    Contest,
    ContestId,
    DeviceId,
    Election,
    EnrolledDevice,
    Role,
    StyleId,
    Text,
)
from election.enrolment import make_request
from election.files import replace_file
from election.marks import Marks
from election.package.portraits import PACKAGE_FILE
from election.records import (
    RecordKind,
    RecordSigner,
    SpentAuthorization,
    StoredRecord,
    spent_hash,
)
from election.sealed import Opening, seal_cast, seal_spoiled
from election.voucher import sign_voucher
from headquarters.authority import Authority, Validity, create_authority, enrol, issue_operator
from headquarters.candidates import ContestRules, NewCandidate, make_slate
from headquarters.definition_builder import ElectionPlan, define_election, new_election_uuid
from headquarters.keepers import Unlock
from headquarters.packaging import encode
from headquarters.trustees import create_trustees

CHOICE: Final = ContestId("choice")
COUNCIL: Final = ContestId("council")
PERSONS: Final = 3


@dataclass(frozen=True, slots=True)
class Paper:
    """What voters are asked: the rules of every contest, and how many stand in it."""

    contests: tuple[tuple[ContestRules, int], ...]


def _rules(contest: ContestId, seats: int, form: BallotForm) -> ContestRules:
    title = Text(f"رقابت {contest}", f"Contest {contest}")
    return ContestRules(contest, title, seats, seats, form)


SMALL: Final = Paper(((_rules(CHOICE, 1, BallotForm.CHOICE), PERSONS),))
"""One contest of three persons: nearly all of an import is not proofs."""
CITY: Final = Paper(
    ((_rules(COUNCIL, 21, BallotForm.SLOTS), 200), (_rules(CHOICE, 1, BallotForm.CHOICE), 12))
)
"""A council of 21 seats, and a second contest with twelve persons."""
Sealed: TypeAlias = tuple[RecordKind, bytes, bytes]
"""Kind, digest and sealed bytes of a record, as any terminal can sign it."""
_DAYS: Final = timedelta(days=30)
_ROLES: Final = (Role.OFFICER, Role.SUPERVISOR)
_KINDS: Final = (SignedActKind.LOAD, SignedActKind.OPEN, SignedActKind.CLOSE)


def branch_name(number: int) -> BranchId:
    """Return the id of a branch; its terminal is called the same."""
    return BranchId(f"b-{number:05}")


def station_name(branch: BranchId) -> DeviceId:
    """Return the id of the identity station of a branch."""
    return DeviceId(f"{branch}-station")


@dataclass(frozen=True)
class ManyBranches:
    """An election's folder with its package, and what is needed to close its terminals."""

    folder: Path
    election: Election
    package: bytes
    """Its SHA-256 is what bundles name."""
    authority: Authority
    keys: Sequence[HybridKey]
    """Of the terminals, by branch."""
    stations: Sequence[HybridKey]
    """Of the identity stations, by branch; none if the branches were begun without."""
    operators: Mapping[Role, ec.EllipticCurvePrivateKey]
    """Of officer and supervisor, the same in all branches."""
    number: bytes | None = None
    """Of the register, which acts name if there is one."""
    _cards: dict[BranchId, Sequence[bytes]] = field(default_factory=dict)

    @classmethod
    def begin(
        cls,
        folder: Path,
        branches: int,
        unlock: Unlock,
        paper: Paper = SMALL,
        *,
        stations: bool = False,
    ) -> ManyBranches:
        """Make keys, trustees, definition and package of an election that ended an hour ago.

        `stations`: every branch has an identity station beside its terminal.
        """
        now = datetime.now(UTC).replace(microsecond=0)
        validity = Validity(now - _DAYS, now + _DAYS)
        authority = create_authority(folder / "keys", "bench", validity, lambda _: True, unlock)
        trustees = create_trustees(folder / "trustees", 2, lambda _: True, unlock)
        names = [branch_name(number) for number in range(branches)]
        uuid = new_election_uuid()
        keys = [HybridKey.generate() for _ in names]
        admitting = [HybridKey.generate() for _ in names] if stations else []
        devices = [
            *((Role.BALLOT_TERMINAL, DeviceId(name), name) for name in names),
            *((Role.IDENTITY_STATION, station_name(name), name) for name in names if stations),
        ]
        requests = [
            make_request(device, role, name, key, SealingKey.generate().public_bytes)
            for (role, device, name), key in zip(devices, [*keys, *admitting], strict=True)
        ]
        enrolled = enrol(authority, requests, lambda _: bytes(32), uuid, validity)
        slates = [
            make_slate(rules, [_person(number) for number in range(persons)])
            for rules, persons in paper.contests
        ]
        portraits = {key: data for slate in slates for key, data in slate.portraits.items()}
        contests = tuple(slate.contest for slate in slates)
        opened = now - timedelta(hours=11)
        plan = ElectionPlan(
            Text("سنجش", "Bench"),
            opened.date(),
            opened,
            now - timedelta(hours=1),
            contests,
            (BallotStyle(StyleId("all"), Text("همه", "All"), tuple(each.id for each in contests)),),
            tuple(Branch(name, Text("شعبه", "Branch"), "district") for name in names),
            rehearsal=True,
        )
        sealed_to = authority.sealing_public
        election = define_election(plan, portraits, trustees, enrolled, sealed_to, uuid)
        package = encode(election, portraits, authority)
        replace_file(folder / PACKAGE_FILE, package)
        operators = {role: ec.generate_private_key(ec.SECP256R1()) for role in _ROLES}
        return cls(folder, election, package, authority, keys, admitting, operators)

    def closing(self, number: int, votes: int) -> bytes:
        """Return the closing bundle of a branch's terminal with so many ballots."""
        spent = [spent_hash(secrets.token_bytes(32)) for _ in range(votes)]
        return self.close(number, [self.seal(vote) for vote in range(votes)], spent)

    def seal(self, vote: int, handle: bytes | None = None, *, opened: bool = False) -> Sealed:
        """Encrypt and seal a vote; `opened`: it was challenged."""
        answers = answers_for(
            self.election, [_marks(contest, vote) for contest in self.election.contests]
        )
        seed = secrets.token_bytes(32)
        ballot, key = self._maker.make(answers, seed), self.election.seal_public_key
        if opened:
            opening = Opening(seed, answers)
            sealed = seal_spoiled(self._encrypted, ballot, opening, key)
            return RecordKind.SPOILED, ballot.digest, sealed
        return RecordKind.CAST, ballot.digest, seal_cast(self._encrypted, ballot, key, handle)

    def close(self, number: int, records: Iterable[Sealed], spent: Iterable[bytes]) -> bytes:
        """Return the closing bundle of a branch's terminal; it has to have as many cast as spent."""
        branch, key = branch_name(number), self.keys[number]
        device = self.election.device(DeviceId(branch))
        assert device is not None  # it was enrolled
        signer = RecordSigner(key, self._encrypted.fingerprint, device.id)
        stored = sorted((signer.sign_record(*each) for each in records), key=_digest)
        by_kind = {
            kind: [each.digest for each in stored if each.kind is kind] for kind in RecordKind
        }
        hashes = sorted(spent)
        root = signer.sign_root(by_kind[RecordKind.CAST], by_kind[RecordKind.SPOILED], hashes)
        vouched = tuple(SpentAuthorization(each, self._voucher(number, each)) for each in hashes)
        return self._written(device, key, BallotBox(tuple(stored), root, vouched))

    def admit(self, number: int, spent: Iterable[bytes]) -> bytes:
        """Return the closing bundle of a branch's identity station that issued these authorizations."""
        device = self.election.device(station_name(branch_name(number)))
        assert device is not None  # it was enrolled
        hashes = tuple(sorted(spent))
        contests = tuple(contest.id for contest in self.election.contests)
        granted = (GrantedCount(contests, len(hashes)),)
        check_ins = CheckIns(granted, 0, (), (), issued=hashes)
        return self._written(device, self.stations[number], check_ins)

    def _voucher(self, number: int, spent: bytes) -> bytes:
        if not self.stations:
            return bytes(64)
        key = self.stations[number].classical
        return sign_voucher(key, self.election.uuid, branch_name(number), spent)

    def _written(
        self, device: EnrolledDevice, key: HybridKey, content: BallotBox | CheckIns
    ) -> bytes:
        bundle = Bundle(
            self.election.uuid,
            hashlib.sha256(self.package).digest(),
            device.id,
            device.role,
            device.branch,
            (),
            bytes(32),
            box=content if isinstance(content, BallotBox) else None,
            check_ins=content if isinstance(content, CheckIns) else None,
        )
        return write_bundle(replace(bundle, acts=self._acts(bundle, key)), key, device.certificate)

    @cached_property
    def _encrypted(self) -> BeleniosElection:
        return parse_election(self.election.belenios_election)

    @cached_property
    def _maker(self) -> BallotMaker:
        return BallotMaker(self._encrypted, EmbeddingTable(slot_codes(self.election.contests)))

    def _acts(self, bundle: Bundle, key: HybridKey) -> tuple[SignedAct, ...]:
        election = self.election
        hours = (election.opens - timedelta(hours=1), election.opens, election.closes)
        cards = self.cards(bundle.branch)
        acts: list[SignedAct] = []
        for kind, at in zip(_KINDS, hours, strict=True):
            before = act_hash(acts[-1]) if acts else FIRST
            statement = freeze(self._statement(bundle, kind, at, before))
            signatures = [
                CardSignature(card, self._signed(role, statement))
                for role, card in zip(_ROLES, cards, strict=True)
            ]
            acts.append(countersign(statement, signatures, key))
        return tuple(acts)

    def cards(self, branch: BranchId) -> Sequence[bytes]:
        """Return the certificates of a branch's officer and supervisor, issued once."""
        if branch not in self._cards:
            hours = self.election
            self._cards[branch] = [
                issue_operator(
                    self.authority,
                    str(1 + at),
                    self.operators[role].public_key(),
                    role=role,
                    branch=branch,
                    validity=Validity(hours.opens - _DAYS / 2, hours.closes + _DAYS / 2),
                )
                for at, role in enumerate(_ROLES)
            ]
        return self._cards[branch]

    def _signed(self, role: Role, statement: bytes) -> bytes:
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        return self.operators[role].sign(card_message(statement), algorithm)

    def _statement(
        self, bundle: Bundle, kind: SignedActKind, at: datetime, before: bytes
    ) -> Statement:
        closes = kind is SignedActKind.CLOSE
        root = bundle.box.root if bundle.box is not None else None
        cast = root.cast if root is not None and closes else 0
        closing = None
        if closes:
            closing = (
                Closing(None, None, 0, ())
                if root is None
                else Closing(root.records, root.spent, root.spoiled, ())
            )
        return Statement(
            bundle.election,
            self.number,
            bundle.device,
            bundle.role,
            bundle.branch,
            kind,
            at,
            before,
            bundle.package_digest,
            cast,
            LogPosition(bundle.audit_tail, 10 * (1 + _KINDS.index(kind)), cast),
            closing=closing,
        )


def _digest(record: StoredRecord) -> bytes:
    return record.digest


def _marks(contest: Contest, vote: int) -> Marks:
    """Return marks that differ from vote to vote, as many as there may be."""
    standing = contest.candidates
    first = vote * contest.max_selections
    chosen = (standing[(first + at) % len(standing)].code for at in range(contest.max_selections))
    return Marks(contest.id, persons=tuple(chosen))


def _person(number: int) -> NewCandidate:
    data = io.BytesIO()
    Image.new("RGB", (16, 16), (80 * number % 256, 90 + number // 16, 90)).save(data, "JPEG")
    name = Text(f"نامزد {number}", f"Candidate {number}")
    return NewCandidate(f"r{number}", name, None, False, data.getvalue())
