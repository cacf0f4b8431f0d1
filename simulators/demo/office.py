"""Headquarters on the day of the demo: before (keys, definition, package) and after (count, verify)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from crypto.election import parse_election
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from election.definition import BallotStyle, Branch, BranchId, DeviceId, Election, Role, Rules, Text
from election.enrolment import EnrolmentRequest, make_request
from headquarters.authority import (
    Authority,
    Validity,
    branch_card_key,
    create_authority,
    enrol,
    issue_operator,
)
from headquarters.counting import count_election
from headquarters.define import ElectionPlan, define_election, new_election_uuid
from headquarters.importing import BundleFile, Imported, import_bundles
from headquarters.packaging import write_package
from headquarters.result import ElectionResult, default_parameters, make_result, write_result
from headquarters.supplement import SUPPLEMENT_FOLDER, SupplementFailure, check_supplement
from headquarters.tally.record import tally_election
from headquarters.trustees import create_trustees, load_private_keys, load_trustees
from headquarters.verification import Report as VerificationReport
from headquarters.verification import verify_archive
from kiosk.errors import StorageError
from kiosk.station.base import PACKAGE_FILE, Files
from kiosk.station.console import BUNDLE_SUFFIX
from kiosk.storage.counters import CounterKind, Counters
from kiosk.storage.votes import VoteStore
from simulators.cards.issuer import Issuer
from simulators.cards.piv import PivCard, operator_card
from simulators.demo.electorate import BOTH, COUNCIL_ONLY, ELSEWHERE, make_slates
from simulators.demo.places import Places

BRANCH = BranchId("1042")
STATION = DeviceId("identity-1")
TERMINAL = DeviceId("terminal-1")
TRUSTEES = 2
PINS = {Role.OFFICER: "246810", Role.SUPERVISOR: "135790"}

Progress = Callable[[str, int, int], None]
"""step, done, total."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What headquarters and the makers of cards have done when the day begins."""

    authority: Authority
    election: Election
    package_digest: bytes
    issuer: Issuer
    other_issuer: Issuer
    operators: dict[Role, PivCard]
    card_key: bytes
    lot_seed: str
    """Published before the day; ties between candidates or lists are drawn from it."""


@dataclass(frozen=True, slots=True)
class Counted:
    imported: Imported
    result: ElectionResult
    verification: VerificationReport
    supplement: tuple[SupplementFailure, ...]
    """What does not hold of the devices' signatures."""


def prepare(
    places: Places, seed: int, rules: Rules, executor: Executor | None, progress: Progress
) -> Prepared:
    """Keys, candidates, enrolment, operators' cards, and the package on the stick."""
    now = datetime.now(UTC).replace(microsecond=0)
    opens = now - timedelta(hours=1)
    validity = Validity(now - timedelta(days=1), now + timedelta(days=30))
    authority = create_authority(places.authority, "Amin demonstration", validity, _agree)
    trustees = create_trustees(places.trustees, TRUSTEES, _agree)
    council, second = make_slates(
        seed, opens.date(), executor, lambda done, total: progress("portraits", done, total)
    )
    uuid = new_election_uuid()
    issuer = Issuer.create("Amin simulation", now)
    progress("package", 0, 1)
    devices = enrol(
        authority,
        [
            _device(places, STATION, Role.IDENTITY_STATION),
            _device(places, TERMINAL, Role.BALLOT_TERMINAL),
        ],
        lambda branch: branch_card_key(places.authority, branch),
        uuid,
        validity,
    )
    both = (council.contest.id, second.contest.id)
    plan = ElectionPlan(
        name=Text("انتخابات آزمایشی امین", "Amin demonstration election"),
        day=opens.date(),
        opens=opens,
        closes=now + timedelta(hours=10),
        contests=(council.contest, second.contest),
        styles=(
            BallotStyle(BOTH, Text("هر دو انتخابات", "Both contests"), both),
            BallotStyle(
                COUNCIL_ONLY,
                Text("فقط شورای شهر", "City council only"),
                (council.contest.id,),
                residence=(ELSEWHERE,),
            ),
        ),
        branches=(Branch(BRANCH, Text("شعبه‌ی ۱۰۴۲، مسجد جامع", "Branch 1042"), "تهران"),),
        rules=rules,
        country_signers=(issuer.authority_der,),
        rehearsal=True,
    )
    portraits = {**council.portraits, **second.portraits}
    election = define_election(
        plan, portraits, trustees, devices, authority.sealing_key.public_bytes, uuid
    )
    written = write_package(places.headquarters, election, trustees, portraits, authority)
    data = written.path.read_bytes()
    (places.usb / PACKAGE_FILE).write_bytes(data)
    progress("package", 1, 1)
    return Prepared(
        authority,
        election,
        hashlib.sha256(data).digest(),
        issuer,
        Issuer.create("Somebody else", now),
        {role: _operator(authority, role, validity) for role in PINS},
        branch_card_key(places.authority, BRANCH),
        f"demonstration {seed}",
    )


def count(
    places: Places, prepared: Prepared, executor: Executor | None, progress: Progress
) -> Counted:
    """Import the bundles from the stick, mix, decrypt, count, allocate seats, write and verify."""
    files = [
        BundleFile(path.name, path.read_bytes())
        for path in sorted(places.usb.glob(f"*{BUNDLE_SUFFIX}"))
    ]
    imported = import_bundles(
        prepared.election,
        prepared.package_digest,
        prepared.authority.root,
        prepared.authority.sealing_key,
        files,
        datetime.now(UTC),
        executor=executor,
        progress=progress,
    )
    election = parse_election(prepared.election.belenios_election)
    trustees_file = places.trustees / "trustees.json"
    trustees = load_trustees(trustees_file)
    record = tally_election(
        election,
        trustees,
        imported.ballots,
        load_private_keys(places.trustees, trustees),
        executor=executor,
        progress=progress,
    )
    counts = count_election(prepared.election, record.result, len(imported.ballots))
    parameters = default_parameters(prepared.election, prepared.lot_seed)
    result = make_result(prepared.election, election.fingerprint, counts, parameters)
    root = prepared.authority.root
    archive = write_result(
        places.root,
        record,
        result,
        root,
        imported.evidence,
        imported.spoiled,
        imported.stations,
        timestamp=_timestamp(prepared.election),
        progress=progress,
    )
    progress("verify", 0, 2)
    verification = verify_archive(archive)
    progress("verify", 1, 2)
    supplement = check_supplement(places.root / SUPPLEMENT_FOLDER, archive, root)
    progress("verify", 2, 2)
    return Counted(imported, result, verification, supplement)


def count_stored(places: Places, prepared: Prepared) -> int:
    """Records on the ballot terminal's media, found as its next start would find them.

    Raises `StorageError`, also if the media do not hold the same.
    """
    own = places.device(TERMINAL)
    files = Files(own.data, own.mirror)
    key = HybridKey.load(own.keys / "signing.pem")
    election = parse_election(prepared.election.belenios_election)
    store = VoteStore(files.votes, files.votes_mirror, key, election.fingerprint, TERMINAL)
    found = store.reconcile()
    store.close()
    if found.copied_to_primary or found.copied_to_mirror:
        raise StorageError("the two media do not hold the same records")
    return found.records


def count_refused(places: Places) -> dict[str, int]:
    """Refusals by reason, as the identity station itself has counted them. Raises `StorageError`."""
    own = places.device(STATION)
    counters = Counters(Files(own.data, own.mirror).counters)
    found = dict(counters.read(CounterKind.REFUSAL))
    counters.close()
    return found


def seats_by_list(counted: Counted) -> dict[str, int]:
    """Seats of the council per list; empty where a demonstration's few votes fill none."""
    allocation = counted.result.contests[0].allocation
    if allocation is None:
        return {}
    return {group.name.fa: group.seats for group in allocation.groups if group.seats}


def _timestamp(election: Election) -> int:
    """One time for everything in the archive: the closing of the polls, not that of any ballot."""
    return int(election.closes.timestamp())


def _agree(question: str) -> bool:
    """The demonstration makes throw-away keys: nobody has to be asked."""
    del question
    return True


def _device(places: Places, device: DeviceId, role: Role) -> EnrolmentRequest:
    """On the device: keys of its own, and the request for its enrolment."""
    own = places.device(device)
    for folder in (own.data, own.mirror, own.keys):
        folder.mkdir(parents=True, exist_ok=True)
    signing, sealing = HybridKey.generate(), SealingKey.generate()
    signing.save(own.keys / "signing.pem")
    sealing.save(own.keys / "sealing.pem")
    return make_request(device, role, BRANCH, signing, sealing.public_bytes)


def _operator(authority: Authority, role: Role, validity: Validity) -> PivCard:
    """RSA-2048 for one, P-256 for the other: both kinds of real cards are at work."""
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if role is Role.OFFICER:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    certificate = issue_operator(
        authority,
        f"demo {role.value}",
        key.public_key(),
        role=role,
        branch=BRANCH,
        validity=validity,
    )
    return operator_card(PINS[role], key, x509.load_der_x509_certificate(certificate))
