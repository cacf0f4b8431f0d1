"""Headquarters and the makers of cards for these tests: a small election, two branches, real keys."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from crypto import canonical, certificates
from crypto.errors import CryptoError, DecodeError
from crypto.hybrid import HybridKey, HybridPublicKey
from crypto.sealing import SealingKey
from crypto.trustees import Trustees
from drivers.settings import ScreenSettings, SocketReaderSettings
from drivers.smartcard.authorization import NOTE_OBJECT, TOKEN_OBJECT, decode_token, encode_token
from drivers.smartcard.profile import profile_text
from election import token
from election.authorization import Authorization
from election.definition import (
    BallotForm,
    BallotStyle,
    Branch,
    BranchId,
    ContestId,
    DeviceId,
    Election,
    Role,
    Rules,
    StyleId,
    Text,
)
from election.enrolment import make_request
from election.package.portraits import PACKAGE_FILE
from election.package.wire import decode_content
from election.register import (
    REGISTER_FILE,
    BranchOperators,
    Register,
    ReserveOperators,
    SeatRule,
    write_register,
)
from election.trusted import Trusted
from election.voucher import Note, decode_note
from headquarters.authority import (
    Authority,
    Validity,
    create_authority,
    enrol,
    issue_operator,
)
from headquarters.candidates import ContestRules, NewCandidate, NewList, Slate, make_slate
from headquarters.definition_builder import ElectionPlan, define_election, new_election_uuid
from headquarters.packaging import encode
from headquarters.registering import Offices, make_register
from headquarters.trustees import create_trustees
from kiosk.settings import IdentityReaders, StationConfiguration, TerminalReaders
from simulators.cards.chip import NO_KEYS, ChipKeys
from simulators.cards.eid import EidCard, EnrolledFinger, PersonData
from simulators.cards.issuer import Issuer
from simulators.cards.piv import PivCard, authorization_card, operator_card
from simulators.cards.piv_keys import StoredKey
from simulators.people import Person, make_person, portrait
from tests.headquarters.unlocking import card_key_of, unlock

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
DAY = NOON.date()
VALIDITY = Validity(NOON - timedelta(days=60), NOON + timedelta(days=60))
BRANCH, OTHER_BRANCH = BranchId("b1"), BranchId("b2")
STATION, TERMINAL, OTHER_STATION = DeviceId("b1-i1"), DeviceId("b1-t1"), DeviceId("b2-i1")
ROLES = {
    STATION: (Role.IDENTITY_STATION, BRANCH),
    TERMINAL: (Role.BALLOT_TERMINAL, BRANCH),
    OTHER_STATION: (Role.IDENTITY_STATION, OTHER_BRANCH),
}
COUNCIL, EXPERTS = ContestId("council"), ContestId("experts")
BOTH = StyleId("both")
PIN, WRONG_PIN = "246810", "111111"
RULES = Rules(
    ballots_per_terminal=12, finger_tries=2, first_capture_ms=5_000, next_capture_ms=5_000
)
RIGHT_INDEX = 0x09
NUMBERS = {Role.OFFICER: "101", Role.SUPERVISOR: "102"}
"""In the operators' certificates."""
RESERVE_NUMBER = "90103"
"""In that of a reserve."""
OPERATORS = tuple(NUMBERS)


@cache
def photo() -> bytes:
    return portrait(make_person(random.Random("photo"), DAY))


@cache
def key_of(role: Role) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def slates() -> tuple[Slate, Slate]:
    """Five slots, eight persons on two lists and alone; and a choice among three."""

    def person(number: int, list_key: str | None = None) -> NewCandidate:
        name = Text(f"نامزد {number}", f"Candidate {number}")
        picture = b"\xff\xd8\xff\xe0 portrait " + str(number).encode()
        return NewCandidate(f"r{number}", name, list_key, number % 2 == 0, picture)

    people = [person(i, "a" if i < 3 else "b" if i < 6 else None) for i in range(8)]
    lists = [NewList("a", Text("الف", "A")), NewList("b", Text("ب", "B"))]
    council = ContestRules(COUNCIL, Text("شورا", "Council"), 5, 5, BallotForm.SLOTS, 4)
    experts = ContestRules(EXPERTS, Text("خبرگان", "Experts"), 1, 1, BallotForm.CHOICE)
    return (
        make_slate(council, people, lists),
        make_slate(experts, [person(100 + i) for i in range(3)]),
    )


@dataclass(frozen=True, slots=True)
class Office:
    folder: Path
    authority: Authority
    trustees: Trustees
    election: Election
    portraits: dict[str, bytes]
    signing: dict[DeviceId, HybridKey]
    issuer: Issuer
    other_issuer: Issuer
    card_key: bytes
    certificates: dict[tuple[Role, BranchId | None], bytes] = field(default_factory=dict)
    """Of the operators whom the register names."""
    roles: dict[DeviceId, tuple[Role, BranchId]] = field(default_factory=lambda: dict(ROLES))
    once: dict[bytes, bytes] = field(default_factory=dict, init=False)
    """The package, and its register by the package: all devices hold the same.

    An office that is `replace`d begins with none of its own."""

    @classmethod
    def open(
        cls, folder: Path, roles: dict[DeviceId, tuple[Role, BranchId]] | None = None
    ) -> Office:
        """`roles`: of the devices; else a station and a terminal, and a station elsewhere."""
        roles = dict(ROLES) if roles is None else roles
        authority = create_authority(
            folder / "keys", "ستاد آزمایش", VALIDITY, lambda _: True, unlock
        )
        trustees = create_trustees(folder / "trustees", 2, lambda _: True, unlock)
        uuid = new_election_uuid()
        signing, requests = {}, []
        for device, (role, branch) in roles.items():
            device_key, sealing = HybridKey.generate(), SealingKey.generate()
            (folder / f"{device}.signing").write_bytes(device_key.to_pem())
            (folder / f"{device}.sealing").write_bytes(sealing.to_pem())
            signing[device] = device_key
            requests.append(make_request(device, role, branch, device_key, sealing.public_bytes))
        (folder / "root.der").write_bytes(authority.root)

        def card_key(branch: BranchId) -> bytes:
            return card_key_of(folder / "keys", branch)

        enrolled = enrol(authority, requests, card_key, uuid, VALIDITY)
        council, experts = slates()
        portraits = {**council.portraits, **experts.portraits}
        issuer = Issuer.create("Test country", NOON)
        plan = ElectionPlan(
            Text("انتخابات آزمایشی", "Test election"),
            DAY,
            NOON - timedelta(hours=6),
            NOON + timedelta(hours=6),
            (council.contest, experts.contest),
            (BallotStyle(BOTH, Text("هر دو", "Both"), (COUNCIL, EXPERTS)),),
            (
                Branch(BRANCH, Text("شعبهٔ ۱", "Branch 1"), "1"),
                Branch(OTHER_BRANCH, Text("شعبهٔ ۲", "Branch 2"), "1"),
            ),
            rules=RULES,
            trusted=Trusted((profile_text("standard"),), (issuer.authority_der,)),
            rehearsal=True,
        )
        sealing_key = authority.sealing_public
        election = define_election(plan, portraits, trustees, enrolled, sealing_key, uuid)
        return cls(
            folder,
            authority,
            trustees,
            election,
            portraits,
            signing,
            issuer,
            Issuer.create("Elsewhere", NOON),
            card_key(BRANCH),
            roles=roles,
        )

    # ------------------------------------------------------------ packages and settings

    def package(
        self, election: Election | None = None, authority: Authority | None = None
    ) -> bytes:
        if election is None and authority is None and b"" in self.once:
            return self.once[b""]
        made = encode(election or self.election, self.portraits, authority or self.authority)
        if election is None and authority is None:
            self.once[b""] = made
        return made

    def register(
        self, package: bytes, change: Callable[[Register], Register] = lambda same: same
    ) -> bytes:
        """Return a register that names a package, whatever is in it, after a change."""
        envelope = canonical.decode(package)
        if not isinstance(envelope, dict) or not isinstance(envelope["content"], bytes):
            raise DecodeError("no package")
        offices = Offices(self.authority.signer, None, None)
        election = decode_content(envelope["content"]).election
        made = make_register(
            election,
            [hashlib.sha256(package).digest()],
            self.authority.root,
            self.trustees,
            offices,
            SeatRule("candidate-votes", "largest-remainder", "a test"),
            "another test",
            [
                BranchOperators(
                    branch,
                    tuple(
                        sorted(
                            hashlib.sha256(self.registered(r, branch)).digest() for r in OPERATORS
                        )
                    ),
                )
                for branch in sorted(each.id for each in election.branches)
            ],
            reserves=[
                ReserveOperators(
                    "1",
                    tuple(sorted(each.id for each in election.branches)),
                    (hashlib.sha256(self.registered(Role.OFFICER, None)).digest(),),
                )
            ],
        )
        return write_register(change(made), self.authority.signer_key, self.authority.signer)

    def bring(self, package: bytes, usb: Path) -> None:
        """Put a package on a USB drive; beside it its register, if it is one that can be read."""
        (usb / PACKAGE_FILE).write_bytes(package)
        with suppress(CryptoError):
            if package not in self.once:
                self.once[package] = self.register(package)
            (usb / REGISTER_FILE).write_bytes(self.once[package])

    def late_package(self) -> bytes:
        """Signed with a certificate that has expired by noon of the day."""
        expired = Validity(NOON - timedelta(days=60), NOON - timedelta(days=1))
        certificate = self._certificate("packages", Role.HEADQUARTERS, "", expired)
        return self.package(authority=replace(self.authority, signer=certificate))

    def configuration(self, device: DeviceId, folder: Path) -> StationConfiguration:
        role, branch = self.roles[device]
        for name in ("data", "mirror", "usb"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        nowhere = SocketReaderSettings(folder / "no-socket")
        identity = role is Role.IDENTITY_STATION
        return StationConfiguration(
            device=device,
            role=role,
            branch=branch,
            data=folder / "data",
            mirror=folder / "mirror",
            usb=folder / "usb",
            root_certificate=self.folder / "root.der",
            signing_key=self.folder / f"{device}.signing",
            sealing_key=self.folder / f"{device}.sealing",
            readers=IdentityReaders(nowhere, nowhere) if identity else TerminalReaders(nowhere),
            fingerprint=None,
            printer=None,
            screen=ScreenSettings(),
        )

    # ------------------------------------------------------------ cards

    def registered(self, role: Role, branch: BranchId | None) -> bytes:
        """Return the certificate of a branch's operator whom the register names; None: of a reserve."""
        if (role, branch) not in self.certificates:
            self.certificates[role, branch] = self._operator(role, branch, VALIDITY, self.authority)
        return self.certificates[role, branch]

    def _operator(
        self, role: Role, branch: BranchId | None, validity: Validity, authority: Authority
    ) -> bytes:
        return issue_operator(
            authority,
            RESERVE_NUMBER if branch is None else NUMBERS[role],
            key_of(role).public_key(),
            role=role,
            branch=branch,
            validity=validity,
        )

    def operator(
        self,
        role: Role,
        *,
        branch: BranchId | None = BRANCH,
        validity: Validity = VALIDITY,
        authority: Authority | None = None,
        key: ec.EllipticCurvePrivateKey | None = None,
        pin: str = PIN,
    ) -> PivCard:
        """An operator's card. `key`: the one on the card, if it is not the certified one."""
        signing_key = key_of(role)
        ordinary = validity == VALIDITY and authority is None
        certificate = x509.load_der_x509_certificate(
            self.registered(role, branch)
            if ordinary
            else self._operator(role, branch, validity, authority or self.authority)
        )
        card = operator_card(pin, signing_key, certificate)
        if key is not None:
            # A copied certificate: the card cannot have the key that goes with it.
            stored = card.piv._keys[0x9A]
            card.piv._keys[0x9A] = StoredKey(key, stored.policy)
        return card

    def identity_card(
        self,
        person: Person,
        *,
        issuer: Issuer | None = None,
        fingers: bool = True,
        keys: ChipKeys = NO_KEYS,
    ) -> EidCard:
        template = person.finger().template()
        return (issuer or self.issuer).issue(
            PersonData(
                national_number=person.national_number,
                surname=person.family.fa,
                given_names=person.given.fa,
                latin_surname=person.family.latin.upper(),
                latin_given_names=person.given.latin.upper(),
                birth_date=person.born,
                sex="F" if person.sex.value.startswith("f") else "M",
                document_number=f"A{person.national_number[1:9]}",
                expiry=date(2030, 1, 1),
                photo=photo(),
                photo_size=(180, 240),
                fingers=(EnrolledFinger(RIGHT_INDEX, template),) if fingers else (),
                address=("تهران",),
            ),
            keys=keys,
        )

    def blank(self) -> PivCard:
        return authorization_card(self.card_key)

    def authorization(self, nonce: int = 1) -> Authorization:
        return Authorization(
            self.election.uuid,
            BRANCH,
            STATION,
            BOTH,
            (COUNCIL, EXPERTS),
            NOON + timedelta(minutes=30),
            nonce.to_bytes(16, "big"),
        )

    def voting_card(
        self, authorization: Authorization | None = None, signer: DeviceId = STATION
    ) -> PivCard:
        """An authorization card that carries a token."""
        data = token.issue(authorization or self.authorization(), self.signing[signer].classical)
        card = self.blank()
        card.piv.store_object(TOKEN_OBJECT, encode_token(data))
        return card

    def _certificate(self, name: str, role: Role, branch: str, validity: Validity) -> bytes:
        return self.certify(name, role, branch, validity, self.authority.signer_key.public)

    def certify(
        self, name: str, role: Role, branch: str, validity: Validity, key: HybridPublicKey
    ) -> bytes:
        return certificates.issue(
            self.authority.root,
            self.authority.root_key,
            name,
            key,
            role=role,
            branch=branch,
            not_before=validity.not_before,
            not_after=validity.not_after,
        )


def note_on(card: PivCard) -> Note | None:
    """What a terminal wrote on the card."""
    return decode_note(decode_token(card.piv.objects.get(NOTE_OBJECT)))


def token_on(card: PivCard) -> bytes | None:
    return decode_token(card.piv.objects.get(TOKEN_OBJECT))


def people(count: int, seed: str = "voters") -> tuple[Person, ...]:
    rng = random.Random(seed)
    return tuple(make_person(rng, DAY) for _ in range(count))


def on_paper(office: Office) -> Office:
    """The same election, whose branches vote on paper."""
    branches = (replace(branch, paper_ballots=True) for branch in office.election.branches)
    return replace(office, election=replace(office.election, branches=tuple(branches)))
