"""A branch's day without devices: votes straight into the stores, then the closing bundles."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from crypto.ballot import Ballot
from crypto.casting import Answer, BallotMaker
from crypto.certificates import valid_from
from crypto.election import parse_election
from crypto.embedding import EmbeddingTable
from crypto.result import TallyResult
from election.answers import answers_for, slot_codes
from election.bundle import BallotBox, Bundle, CheckIns, GrantedCount, ReasonCount, write_bundle
from election.definition import BranchId, ContestId, Election, Role
from election.marks import Marks
from election.records import RecordKind
from election.register import BranchOperators
from election.sealed import Opening, seal_cast, seal_spoiled, sealed_size
from headquarters.authority import Authority, Validity, issue_operator
from headquarters.importing import Imported
from headquarters.supplement import write_supplement
from headquarters.tally import relay
from headquarters.trustees import load_private_keys
from kiosk.storage.votes import Spending, VoteStore
from tests.acts import Card, with_acts
from tests.headquarters.small import (
    BRANCH,
    COUNCIL,
    EXPERTS,
    NOON,
    DeviceKeys,
    Headquarters,
)
from tests.headquarters.unlocking import unlock


def hours_of(election: Election) -> tuple[datetime, datetime, datetime]:
    """Return when a device is loaded, opened and closed on an ordinary day."""
    return election.opens - timedelta(hours=1), election.opens, election.closes


CARDS_VALID = Validity(NOON - timedelta(days=60), NOON + timedelta(days=3650))
"""Also on the day on which the tests run: some of them import today."""


@cache
def operator_key(role: Role) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def operator_cards(
    authority: Authority, branch: BranchId = BRANCH, validity: Validity = CARDS_VALID
) -> tuple[Card, Card]:
    """Return the cards of a branch's officer and supervisor; the same ones every time."""
    made = (authority.root, branch, validity)
    if made not in _MADE:
        # The register's readers judge a card as of when it began; the root was made before.
        began = max(validity.not_before, valid_from(authority.root))
        officer, supervisor = (
            Card(
                issue_operator(
                    authority,
                    number,
                    operator_key(role).public_key(),
                    role=role,
                    branch=branch,
                    validity=replace(validity, not_before=began),
                ),
                operator_key(role),
            )
            for role, number in ((Role.OFFICER, "1"), (Role.SUPERVISOR, "2"))
        )
        _MADE[made] = (officer, supervisor)
    return _MADE[made]


_MADE: dict[tuple[bytes, BranchId, Validity], tuple[Card, Card]] = {}


def registered_operators(hq: Headquarters, branch: BranchId = BRANCH) -> BranchOperators:
    """Return what the register says of these cards."""
    certificates = (card.certificate for card in operator_cards(hq.authority, branch))
    return BranchOperators(branch, tuple(sorted(sha256(each).digest() for each in certificates)))


def hand_over_cards(folder: Path, authority: Authority, branch: BranchId = BRANCH) -> None:
    """Put the operators' certificates where headquarters registers them from."""
    (folder / "operators").mkdir(exist_ok=True)
    for card, role in zip(
        operator_cards(authority, branch), ("officer", "supervisor"), strict=True
    ):
        (folder / "operators" / f"{role}.der").write_bytes(card.certificate)


def package_of(hq: Headquarters) -> bytes:
    return hq.package


class Terminal:
    """Seals and stores like a ballot terminal does."""

    def __init__(self, hq: Headquarters, name: str, folder: Path, capacity: int = 40) -> None:
        self._hq = hq
        self.device: DeviceKeys = hq.devices[name]
        self.encrypted = parse_election(hq.election.belenios_election)
        self._maker = BallotMaker(self.encrypted, EmbeddingTable(slot_codes(hq.election.contests)))
        folder.mkdir(parents=True)
        self.store = VoteStore(
            folder / "votes.db",
            folder / "mirror.db",
            self.device.signing,
            self.encrypted.fingerprint,
            self.device.id,
        )
        self.store.reserve(capacity, sealed_size(self.encrypted))

    def ballot(self, marks: Sequence[Marks]) -> tuple[Ballot, Opening]:
        answers = answers_for(self._hq.election, marks)
        return self.of_answers(answers)

    def of_answers(self, answers: tuple[Answer, ...]) -> tuple[Ballot, Opening]:
        seed = secrets.token_bytes(32)
        return self._maker.make(answers, seed), Opening(seed, answers)

    def cast(
        self,
        ballot: Ballot,
        nonce: bytes | None = None,
        sealed: bytes | None = None,
        handle: bytes | None = None,
        spending: Spending | None = None,
    ) -> None:
        """`spending`: of an authorization that no station issued."""
        key = self._hq.election.seal_public_key
        data = sealed or seal_cast(self.encrypted, ballot, key, handle)
        spending = spending or self._hq.spending(nonce or secrets.token_bytes(16), handle)
        self.store.record(RecordKind.CAST, ballot.digest, data, spending)

    def vote(self, *marks: Marks, handle: bytes | None = None) -> Ballot:
        """`handle`: of a provisional ballot."""
        ballot, _ = self.ballot(marks)
        self.cast(ballot, handle=handle)
        return ballot

    def challenge(self, ballot: Ballot, opening: Opening) -> None:
        sealed = seal_spoiled(self.encrypted, ballot, opening, self._hq.election.seal_public_key)
        self.store.record(RecordKind.SPOILED, ballot.digest, sealed, None)

    def close(self, package_digest: bytes) -> bytes:
        return bundle_of(self._hq, self.device, self.box(), package_digest)

    def box(self) -> BallotBox:
        """Return what the terminal's bundle holds."""
        store = self.store
        return BallotBox(store.records(), store.signed_root(), store.spent(), store.handles())


def count_ballots(
    folder: Path, hq: Headquarters, imported: Imported, *, timestamp: int = 1
) -> tuple[Path, TallyResult]:
    """All trustees count at one machine: the archive, its supplement beside it, and the result."""
    folder.mkdir(parents=True, exist_ok=True)
    write_supplement(
        folder / "supplement",
        hq.authority.root,
        imported.evidence,
        imported.spoiled,
        imported.stations,
    )
    encrypted = parse_election(hq.election.belenios_election)
    keys = load_private_keys(hq.folder / "trustees", hq.trustees, unlock)
    path = folder / "election.bel"
    begun = relay.begin(path, encrypted, hq.trustees, imported.ballots, timestamp=timestamp)
    return path, relay.finish(begun, keys.values())


def station_bundle(
    hq: Headquarters, issued: int, package_digest: bytes, *, unlisted: int = 0
) -> bytes:
    """`unlisted`: authorizations the station has forgotten, because it was put back."""
    contests: tuple[ContestId, ...] = (COUNCIL, EXPERTS)
    check_ins = CheckIns(
        (GrantedCount(contests, issued),),
        1,
        (ReasonCount("age", 1),),
        (ReasonCount("no-finger", 2),),
        issued=tuple(sorted(hq.issued)[unlisted:]),
    )
    return bundle_of(hq, hq.devices["station-1"], check_ins, package_digest)


def bundle_of(
    hq: Headquarters, device: DeviceKeys, content: BallotBox | CheckIns, package_digest: bytes
) -> bytes:
    listed = hq.election.device(device.id)
    assert listed is not None
    bundle = Bundle(
        hq.election.uuid,
        package_digest,
        device.id,
        device.role,
        BRANCH,
        (),
        bytes(32),
        box=content if isinstance(content, BallotBox) else None,
        check_ins=content if isinstance(content, CheckIns) else None,
    )
    cards, hours = operator_cards(hq.authority), hours_of(hq.election)
    bundle = with_acts(bundle, cards, device.signing, hours, hq.number)
    return write_bundle(bundle, device.signing, listed.certificate)
