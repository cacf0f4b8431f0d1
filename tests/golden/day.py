"""An election with fixed keys, and what its devices have when the polls are closed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache

from crypto.ballot import Ballot
from crypto.casting import Answer, BallotMaker, HomomorphicAnswer, SlotAnswer
from crypto.election import BeleniosElection as Encrypted
from crypto.election import make_election, parse_election, slot_integers
from crypto.embedding import EmbeddingTable
from drivers.smartcard.exempt import Exempt
from election.answers import questions_for, slot_codes
from election.bundle import BallotBox, Bundle, CheckIns, GrantedCount, ReasonCount
from election.cards_back import CardsBack, seal_cards_back
from election.day_sums import DaySum
from election.definition import (
    BallotForm,
    BallotStyle,
    Branch,
    BranchId,
    Candidate,
    CandidateList,
    Contest,
    ContestId,
    DocumentCheck,
    Election,
    EnrolledDevice,
    Role,
    Rules,
    SelectionCode,
    StyleId,
    Text,
)
from election.evidence import SignerCount
from election.issuance import receipts_root
from election.provisional import Proof, ProvisionalEntry, seal_entry
from election.records import (
    RecordKind,
    RecordSigner,
    SpentAuthorization,
    StoredRecord,
    handle_hash,
    spent_hash,
)
from election.sealed import Opening, seal_card_key, seal_cast, seal_spoiled
from election.trusted import ExceptionRow, KeyFloors, Trusted
from election.trusted_digest import trusted_digest
from election.voucher import sign_receipt, sign_voucher
from headquarters.ceremony.definition import TrusteeMode
from headquarters.decisions import (
    Decision,
    DecisionGround,
    DecisionList,
    DecisionVerdict,
    ReadBox,
)
from tests.acts import Card, sign_chain, statements_of, with_acts, with_evidence
from tests.golden.ceremonies import Held, hold_ceremony
from tests.golden.people import (
    BRANCH,
    OTHER_BRANCH,
    PLACES,
    STATION,
    TEHRAN,
    TERMINAL,
    People,
    make_people,
)
from tests.golden.vault import Vault, card_key, load_vault, replaying, seed

UUID = "GoLdenExampLe23"
COUNCIL, EXPERTS = ContestId("council"), ContestId("experts")
BOTH, ONE = StyleId("both"), StyleId("council-only")
OUT, IN = seed("handle 1", 16), seed("handle 2", 16)
"""Handles of the provisional ballots: the one that is left out, and the one that counts."""
HOURS = tuple(datetime(2026, 6, 14, hour, 35, 7, tzinfo=UTC) for hour in (3, 4, 15))
"""When the devices were loaded, opened and closed."""
NUMBERS = ("0013542419", "0013542427")


@dataclass(frozen=True, slots=True)
class Cast:
    """A ballot as it was given, and its record."""

    ballot: Ballot
    opening: Opening
    kind: RecordKind
    handle: bytes | None


@dataclass(frozen=True, slots=True)
class World:
    """Everything the documents are made of."""

    vault: Vault
    people: People
    threshold: Held
    single: Held
    election: Election
    portraits: dict[str, bytes]
    cast: tuple[Cast, ...]
    sealed: tuple[bytes, ...]
    """The record of each of `cast`."""
    entries: tuple[bytes, ...]
    """Sealed provisional check-ins, sorted."""
    cards_back: bytes
    """What cards brought back to the station, sealed."""

    @property
    def encrypted(self) -> Encrypted:
        return parse_election(self.election.belenios_election)

    @property
    def signer(self) -> RecordSigner:
        """Of the terminal's records."""
        return RecordSigner(self.people.keys[TERMINAL], self.encrypted.fingerprint, TERMINAL)

    @property
    def statement(self) -> DecisionList:
        """What the reconciliation office decided."""
        decided = {
            OUT: Decision(OUT, DecisionVerdict.EXCLUDE, DecisionGround.ALREADY_VOTED),
            IN: Decision(IN, DecisionVerdict.INCLUDE, DecisionGround.ELIGIBLE),
        }
        in_order = tuple(decided[handle] for handle in sorted(decided))
        read = (ReadBox(STATION, bytes(range(32))), ReadBox(TERMINAL, bytes(range(32, 64))))
        return DecisionList(UUID, self.encrypted.fingerprint, in_order, read=read)

    def terminal_bundle(self, package_digest: bytes) -> Bundle:
        """Signs records and root anew; their short signatures are the same every time."""
        signer = self.signer
        records = sorted(
            (
                signer.sign_record(cast.kind, cast.ballot.digest, sealed)
                for cast, sealed in zip(self.cast, self.sealed, strict=True)
            ),
            key=lambda record: record.digest,
        )
        spent = sorted(spent_hash(seed(f"nonce {n}", 16)) for n in range(_given(records)))
        digests = {
            kind: [record.digest for record in records if record.kind is kind]
            for kind in RecordKind
        }
        root = signer.sign_root(digests[RecordKind.CAST], digests[RecordKind.SPOILED], spent)
        bundle = Bundle(
            UUID,
            package_digest,
            TERMINAL,
            Role.BALLOT_TERMINAL,
            BRANCH,
            (),
            seed("audit tail of the terminal"),
            BallotBox(tuple(records), root, tuple(map(self._vouched, spent)), (handle_hash(IN),)),
        )
        trusted = trusted_digest(self.election.trusted, [b"a list that was added"])
        return with_acts(
            bundle, cards(self.people), self.people.keys[TERMINAL], HOURS, trusted=trusted
        )

    def _vouched(self, spent: bytes) -> SpentAuthorization:
        key = self.people.keys[STATION].classical
        return SpentAuthorization(spent, sign_voucher(key, UUID, BRANCH, spent))

    def station_bundle(self, package_digest: bytes) -> Bundle:
        check_ins = CheckIns(
            (GrantedCount((COUNCIL,), 1), GrantedCount((COUNCIL, EXPERTS), 4)),
            2,
            (ReasonCount("already-voted", 3), ReasonCount("under-age", 6)),
            (ReasonCount("no-finger", 7),),
            self.entries,
            tuple(sorted(spent_hash(seed(f"nonce {n}", 16)) for n in range(9))),
            1,
            1,
            receipts_root(
                (each.spent, each.terminal) for each in what_cards_brought(self).receipts
            ),
            self.cards_back,
        )
        bundle = Bundle(
            UUID,
            package_digest,
            STATION,
            Role.IDENTITY_STATION,
            BRANCH,
            (),
            seed("audit tail of the station"),
            check_ins=replace(check_ins, signers=(SignerCount(seed("signer"), 10),)),
        )
        statements = statements_of(bundle, HOURS)
        close = statements[-1].closing
        told = DaySum("closed-without", f"{TERMINAL} dead", 1)
        closed = replace(statements[-1], closing=close and replace(close, sums=(told,)))
        acts = sign_chain((*statements[:-1], closed), cards(self.people), self.people.keys[STATION])
        return replace(with_evidence(bundle), acts=acts)


@cache
def world() -> World:
    """The stored one, built once."""
    return build_world(load_vault())


def build_world(vault: Vault) -> World:
    people = make_people(vault)
    threshold, single = hold_ceremony(TrusteeMode.THRESHOLD), hold_ceremony(TrusteeMode.SINGLE)
    contests = (_council(), _experts())
    belenios = make_election(
        name="نمونه",
        description="Golden",
        public_key=threshold.trustees.election_key,
        questions=questions_for(contests),
        uuid=UUID,
    )
    persons = [person for contest in contests for person in contest.candidates]
    portraits = {_sha256(jpeg): jpeg for jpeg in (portrait(person.code) for person in persons)}
    with replaying(vault, "day"):
        election = replace(_election(contests, belenios.text, people), devices=_devices(people))
    maker = BallotMaker(belenios, EmbeddingTable(slot_codes(contests)))
    cast = tuple(make_cast(maker, number) for number in range(len(_GIVEN)))
    world = World(vault, people, threshold, single, election, portraits, cast, (), (), b"")
    entries = tuple(sorted(seal_check_ins(world)))
    return replace(
        world,
        sealed=tuple(seal_records(world)),
        entries=entries,
        cards_back=seal_what_cards_brought(world),
    )


_GIVEN: Sequence[tuple[tuple[int, int], tuple[int, ...], RecordKind, bytes | None]] = (
    ((1002, 1000), (0, 1, 0), RecordKind.CAST, None),
    ((1, 0), (1, 0, 0), RecordKind.CAST, None),
    ((1001, 0), (0, 0, 1), RecordKind.CAST, OUT),
    ((9999, 0), (0, 0, 1), RecordKind.CAST, IN),
    ((0, 1001), (0, 1, 0), RecordKind.SPOILED, None),
)
"""Codes in the slots, the choice, how the ballot ended, its handle if it is provisional."""


def make_cast(maker: BallotMaker, number: int) -> Cast:
    codes, choices, kind, handle = _GIVEN[number]
    answers: tuple[Answer, ...] = (
        *(SlotAnswer(slot_integers(code)) for code in codes),
        HomomorphicAnswer(choices),
    )
    opening = Opening(seed(f"ballot {number}"), answers)
    return Cast(maker.make(answers, opening.seed), opening, kind, handle)


def seal_records(world: World) -> Iterator[bytes]:
    """The sealed record of each of `world.cast`."""
    for number, cast in enumerate(world.cast):
        with replaying(world.vault, f"record {number}"):
            key = world.election.seal_public_key
            if cast.kind is RecordKind.SPOILED:
                sealed = seal_spoiled(world.encrypted, cast.ballot, cast.opening, key)
            else:
                sealed = seal_cast(world.encrypted, cast.ballot, key, cast.handle)
        yield sealed


def seal_check_ins(world: World) -> Iterator[bytes]:
    """The sealed entries of the two provisional check-ins."""
    for handle, number in zip((OUT, IN), NUMBERS, strict=True):
        proof = Proof.DOCUMENT if handle == OUT else Proof.CHIP
        entry = ProvisionalEntry(handle, number, proof)
        office = world.election.reconciliation_public_key
        with replaying(world.vault, "entries"):
            sealed = seal_entry(entry, UUID, BRANCH, STATION, office)
        yield sealed


def what_cards_brought(world: World) -> CardsBack:
    """A receipt of the terminal, and an authorization that came back unused."""
    receipt = sign_receipt(
        world.people.keys[TERMINAL].classical, UUID, TERMINAL, spent_hash(seed("nonce 0", 16))
    )
    return CardsBack((receipt,), (spent_hash(seed("nonce 7", 16)),))


def seal_what_cards_brought(world: World) -> bytes:
    back = what_cards_brought(world)
    with replaying(world.vault, "cards back"):
        return seal_cards_back(back, UUID, BRANCH, STATION, world.election.seal_public_key)


def cards(people: People) -> tuple[Card, Card]:
    """The cards of the officer and the supervisor."""
    officer, supervisor = (
        Card(people.certificates[role], card_key(role)) for role in (Role.OFFICER, Role.SUPERVISOR)
    )
    return officer, supervisor


def portrait(code: int) -> bytes:
    return b"\xff\xd8\xff\xe0" + seed(f"portrait {code}", 30) + b"\xff\xd9"


def branch_card_key(branch: BranchId) -> bytes:
    """The management key of the branch's authorization cards."""
    return seed(f"cards of {branch}")


# ---------------------------------------------------------------- parts


def _devices(people: People) -> tuple[EnrolledDevice, ...]:
    return tuple(
        EnrolledDevice(
            device,
            role,
            branch,
            people.certificates[device],
            seal_card_key(
                branch_card_key(branch), UUID, branch, device, people.sealing[device].public_bytes
            ),
        )
        for device, role, branch in PLACES
    )


def _council() -> Contest:
    persons = tuple(
        Candidate(
            SelectionCode(1000 + number),
            Text(f"نامزد {number}", f"Candidate {number}"),
            SelectionCode(1) if number < 2 else None,
            _sha256(portrait(1000 + number)),
            number % 2 == 0,
        )
        for number in range(3)
    )
    members = (SelectionCode(1000), SelectionCode(1001))
    return Contest(
        COUNCIL,
        Text("شورای شهر", "City council"),
        3,
        2,
        BallotForm.SLOTS,
        4,
        SelectionCode(9999),
        persons,
        (CandidateList(SelectionCode(1), Text("فهرست امید", "Hope"), members),),
    )


def _experts() -> Contest:
    persons = tuple(
        Candidate(
            SelectionCode(10 + number),
            Text(f"خبره {number}", ""),
            None,
            _sha256(portrait(10 + number)),
            False,
        )
        for number in range(2)
    )
    title = Text("خبرگان", "Experts")
    return Contest(EXPERTS, title, 1, 1, BallotForm.CHOICE, 2, SelectionCode(99), persons)


def _election(contests: tuple[Contest, ...], belenios: bytes, people: People) -> Election:
    return Election(
        UUID,
        Text("انتخابات نمونه", "Sample election"),
        date(2026, 6, 14),
        datetime(2026, 6, 14, 8, tzinfo=TEHRAN),
        datetime(2026, 6, 14, 18, 30, tzinfo=TEHRAN),
        contests,
        (
            BallotStyle(BOTH, Text("هر دو", "Both"), (COUNCIL, EXPERTS), ("تهران", "ری")),
            BallotStyle(ONE, Text("شورا", "Council only"), (COUNCIL,)),
        ),
        (
            Branch(BRANCH, Text("شعبه یک", "Branch one"), "1", mobile=True, offline=True),
            Branch(OTHER_BRANCH, Text("شعبه دو", ""), "2"),
        ),
        (),
        Rules(
            20, 5, 31_500, 16_250, 31, 11, 151_000, 32_000, 40, False, 4, DocumentCheck.ORDINARY, 31
        ),
        belenios,
        people.sealing["headquarters"].public_bytes,
        Trusted(
            ("a profile", "another"),
            (b"a country signer", b"another"),
            (b"a revocation list",),
            KeyFloors(3072, 384),
            (
                ExceptionRow("IRN", Exempt.EXPIRED_DOCUMENT, date(2026, 12, 31), "a decree"),
                ExceptionRow("ab" * 32, Exempt.PURPOSE, date(2027, 1, 1), "asked the issuer"),
            ),
        ),
        people.sealing["reconciliation"].public_bytes,
    )


def _given(records: Sequence[StoredRecord]) -> int:
    return sum(record.kind is RecordKind.CAST for record in records)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
