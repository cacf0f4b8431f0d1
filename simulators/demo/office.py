"""Headquarters in the demo: the steps of `amin election`, before the day and after it.

Nothing of an election is done here: this module writes what people would have written (plan and
candidates), plays the devices that ask for enrolment and the maker of operator cards, and calls the
functions that the commands call.
"""

from __future__ import annotations

import secrets
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from crypto.election import parse_election
from crypto.hybrid import HybridKey
from crypto.passphrase import Cost
from crypto.sealing import SealingKey
from drivers.media.errors import StorageError
from election.audit_events import AuditEvent
from election.definition import (
    PERSIAN,
    BranchId,
    DeviceId,
    Election,
    EnrolledDevice,
    Role,
    Rules,
)
from election.definition import (
    Authority as Asked,
)
from election.device_files import Files
from election.enrolment import EnrolmentRequest, make_request, write_request
from election.files import PUBLIC, replace_file, write_new
from election.reasons import RegisterReason
from election.register import ElectionNumber
from election.rescuing import RESCUE_SUFFIX
from headquarters import batch_tally
from headquarters.adopting import adopt
from headquarters.anchoring import AnchorReport, check_register
from headquarters.archive_index import IndexReport, verify_index
from headquarters.authority import (
    ROOT_FOLDER,
    Authority,
    Validity,
    branch_card_key,
    issue_operator,
    load_authority,
)
from headquarters.finding import FindingClass
from headquarters.import_report import ImportReport
from headquarters.index_document import INDEX_FILE
from headquarters.intake import import_into
from headquarters.keepers import PassphraseKeeper, Unlock
from headquarters.key_folder import open_key_folder
from headquarters.lots import record_seat_lot
from headquarters.offices import (
    OBSERVER,
    OFFICER,
    Office,
    make_office,
    office_certificate,
    take_certificate,
)
from headquarters.preparation import add_candidates, make_package, new_election
from headquarters.progress import ProgressCallback
from headquarters.registering import OPERATORS_FOLDER, batch_minimum, register_election
from headquarters.result import ElectionResult
from headquarters.tally.work import Work
from headquarters.verification import ArchiveFinding
from headquarters.workspace import ElectionFolder, load_plan, open_workspace
from kiosk.station.export import BUNDLE_SUFFIX
from kiosk.storage.counters import CounterKind, Counters
from kiosk.storage.votes import VoteStore
from simulators.cards.issuer import Issuer
from simulators.cards.piv import PivCard, operator_card
from simulators.demo.electorate import write_slates
from simulators.demo.night import decide
from simulators.demo.places import DayFolders
from simulators.demo.plan import BRANCH, NAME, demo_plan, free_address
from words.languages import installed

STATION = DeviceId("identity-1")
TERMINAL = DeviceId("terminal-1")
TRUSTEES = 2
NUMBERS = {Role.OFFICER: "1001", Role.SUPERVISOR: "1002"}
"""Of the operators' cards."""
SECOND_NUMBERS = {Role.OFFICER: "1003", Role.SUPERVISOR: "1004"}
"""Of the cards in the sealed bag."""
PINS = {Role.OFFICER: "246810", Role.SUPERVISOR: "135790"}
OPERATORS_FOR = timedelta(days=30)
QUICK = Cost(8192, 1, 1)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Results of headquarters' work before the day, and the operators' cards."""

    election: Election
    number: ElectionNumber
    """Of the register, as it would be in the newspapers."""
    issuer: Issuer
    other_issuer: Issuer
    operators: dict[Role, PivCard]
    second_cards: dict[Role, PivCard]
    """Of the same roles, in a sealed bag: for a card that is lost."""
    card_key: bytes
    unlock: Unlock
    """Opens headquarters' keys."""
    branch: BranchId = BRANCH

    @property
    def asks(self) -> bool:
        """Whether the stations ask a registry."""
        here = self.election.branch(self.branch)
        return here is not None and here.authority is not Asked.ALONE

    @property
    def on_paper(self) -> bool:
        """Whether voters of the branch get ballot papers, and no card."""
        return self.election.is_on_paper(self.branch)

    @property
    def branch_devices(self) -> tuple[EnrolledDevice, ...]:
        """The branch's devices, as the package lists them."""
        return tuple(each for each in self.election.devices if each.branch == self.branch)

    def devices(self, role: Role) -> tuple[DeviceId, ...]:
        """Return those of a role."""
        return tuple(each.id for each in self.branch_devices if each.role is role)


@dataclass(frozen=True, slots=True)
class CountedElection:
    """Results of the count: import, tally and verification."""

    imported: ImportReport
    result: ElectionResult
    verification: IndexReport
    """Of the signed index, and of the archive and the devices' signatures beside it."""
    anchor: AnchorReport
    """Of the register and the number: whose signatures these are."""
    excluded: int = 0
    """Ballots that were left out in the night."""

    @property
    def unanchored(self) -> tuple[ArchiveFinding, ...]:
        """What is wrong by the register, or still missing; a rehearsal is a rehearsal."""
        pending = [
            each
            for each in self.anchor.of(FindingClass.TOLD)
            if each.reason is RegisterReason.REGISTER_PENDING
        ]
        return (*self.anchor.of(FindingClass.WRONG), *pending)

    @property
    def verified(self) -> bool:
        """Whether nothing is wrong, and everything is there."""
        return self.verification.ok and not self.unanchored


def prepare(
    places: DayFolders,
    seed: int,
    rules: Rules,
    executor: Executor | None,
    progress: ProgressCallback,
    *,
    stations: int = 1,
    terminals: int = 1,
) -> Prepared:
    """Create keys, plan, candidates, enrolment, operators' cards and the package on the USB drive."""
    now = _now()
    folder = places.office
    unlock = new_passphrase()
    new_election(folder, NAME, now.date(), TRUSTEES, now, _agree, unlock, rehearsal=True)
    # Two pollbooks would give one person two cards.
    registry = free_address() if stations > 1 else ""
    uuid = load_plan(folder).uuid
    text = demo_plan(uuid, now, seed, rules, registry, on_paper=not terminals)
    replace_file(folder.plan, text.encode(), PUBLIC)
    with tempfile.TemporaryDirectory(prefix="amin-candidates-") as drawn:
        slates = write_slates(
            Path(drawn),
            seed,
            load_plan(folder).day,
            executor,
            lambda done, total: progress("portraits", done, total),
        )
        for slate in slates:
            add_candidates(folder, slate.contest, slate.candidates, slate.lists, slate.portraits)
    return equip(places, BRANCH, devices_of(stations, terminals), unlock, progress)


def devices_of(stations: int, terminals: int) -> tuple[tuple[DeviceId, Role], ...]:
    """Name the devices of a branch: `identity-1`, `terminal-1` and so on."""
    return (
        *((DeviceId(f"identity-{n + 1}"), Role.IDENTITY_STATION) for n in range(stations)),
        *((DeviceId(f"terminal-{n + 1}"), Role.BALLOT_TERMINAL) for n in range(terminals)),
    )


def equip(
    places: DayFolders,
    branch: BranchId,
    devices: Sequence[tuple[DeviceId, Role]],
    unlock: Unlock,
    progress: ProgressCallback,
) -> Prepared:
    """Enrol simulated devices of a branch in an election that has its candidates, up to the register.

    Identity documents are those of an invented state. Raises `ElectionError`, `OSError`.
    """
    now = _now()
    folder = places.office
    issuer = Issuer.create("Amin simulation", now)
    asks = any(each.authority is not Asked.ALONE for each in load_plan(folder).branches)
    offices = (OFFICER, OBSERVER, *([Office.REGISTRY] if asks else []))
    for office in offices:
        make_office(places.own(office), office, unlock, rehearsal=True)
        brought = f"{office}.json"
        replace_file(folder.offices / brought, (places.own(office) / brought).read_bytes(), PUBLIC)
    folder.documents.mkdir()
    for name, data in (
        ("csca.cer", issuer.authority_der),
        ("csca.crl", issuer.revocation_list(now - timedelta(days=1))),
    ):
        replace_file(folder.documents / name, data, PUBLIC)
    for device, role in devices:
        request = write_request(_device(places, device, role, branch))
        replace_file(folder.requests / f"{device}.json", request, PUBLIC)
    written = make_package(folder, unlock, now, progress)
    for office in offices:
        take_certificate(places.own(office), office_certificate(folder.offices, office), unlock)
    keys = open_key_folder(folder.keys, unlock)
    authority = load_authority(keys, unlock)
    validity = Validity(now - timedelta(days=1), now + OPERATORS_FOR)
    operators, second_cards = (
        {
            role: _operator(folder, authority, role, number, branch, validity)
            for role, number in numbers.items()
        }
        for numbers in (NUMBERS, SECOND_NUMBERS)
    )
    # Nothing from here on needs the root's key: whatever asks for it fails.
    (folder.keys / ROOT_FOLDER).rename(places.safe)
    registered = register_election(folder, unlock, now)
    for path in (*written.travels, registered.path):
        replace_file(places.usb / path.name, path.read_bytes(), PUBLIC)
    return Prepared(
        open_workspace(folder).election,
        registered.number,
        issuer,
        Issuer.create("Somebody else", now),
        operators,
        second_cards,
        branch_card_key(keys, branch),
        unlock,
        branch,
    )


def count(
    places: DayFolders,
    prepared: Prepared,
    executor: Executor | None,
    progress: ProgressCallback,
    export: Path | None = None,
) -> CountedElection:
    """Import the bundles from the USB drive, count them like `amin election tally`, and verify all.

    `export`: all claims of the branch's registry.
    """
    now = _now()
    work = Work(executor, progress)
    workspace = open_workspace(places.office)
    rescues = sorted(places.usb.glob(f"*{RESCUE_SUFFIX}"))
    for path in rescues:
        adopt(workspace, path)
    if rescues:
        workspace = open_workspace(places.office)
    bundles = sorted(places.usb.glob(f"*{BUNDLE_SUFFIX}"))
    imported = import_into(workspace, prepared.unlock, bundles, now, work).report
    excluded = 0
    if imported.provisional:
        settled = decide(places, workspace, prepared.unlock, bundles, now, work, export)
        excluded = len(settled.excluded)
    batch_tally.tally(
        workspace,
        prepared.unlock,
        workspace.folder.trustees,
        places.root,
        now,
        _agree,
        minimum=batch_minimum(places.office, None),
        work=work,
    )
    # The source that a demonstration names is a value by itself.
    assert workspace.published is not None
    source = workspace.published.register.seats.lot
    observer = places.own(OBSERVER)
    _, result = record_seat_lot(workspace, places.root, source, observer, prepared.unlock, _now())
    verification = verify_index(
        places.root / INDEX_FILE, workspace.root, progress=progress, executor=executor
    )
    anchor = check_register(places.root / INDEX_FILE, prepared.number)
    return CountedElection(imported, result, verification, anchor, excluded)


def count_stored(places: DayFolders, prepared: Prepared) -> int:
    """Return the number of records on the ballot terminals' media, read as at their next start.

    Raises `StorageError`, also if two media do not hold the same.
    """
    return sum(_stored(places, prepared, each) for each in prepared.devices(Role.BALLOT_TERMINAL))


def _stored(places: DayFolders, prepared: Prepared, terminal: DeviceId) -> int:
    own, files = places.device(terminal), _files(places, terminal)
    key = HybridKey.load(own.keys / "signing.pem")
    election = parse_election(prepared.election.belenios_election)
    store = VoteStore(files.votes, files.votes_mirror, key, election.fingerprint, terminal)
    found = store.reconcile()
    store.close()
    if found.copied_to_primary or found.copied_to_mirror:
        raise StorageError("the two media do not hold the same records")
    return found.records


def count_refused(places: DayFolders, prepared: Prepared) -> dict[str, int]:
    """Return refusals by reason, as the identity stations counted them. Raises `StorageError`."""
    found: Counter[str] = Counter()
    for station in prepared.devices(Role.IDENTITY_STATION):
        counters = Counters(_files(places, station).counters)
        found.update(dict(counters.read(CounterKind.REFUSAL)))
        counters.close()
    return dict(found)


def count_papers(places: DayFolders, prepared: Prepared) -> dict[str, int]:
    """Return how many paper records were printed, and how many are void. Raises `StorageError`."""
    found = {"printed": 0, "void": 0}
    for terminal in prepared.devices(Role.BALLOT_TERMINAL):
        counters = Counters(_files(places, terminal).counters)
        found["printed"] += counters.sum_of(AuditEvent.PAPER_PRINTED)
        found["void"] += counters.sum_of(AuditEvent.PAPER_VOID)
        counters.close()
    return found


def _files(places: DayFolders, device: DeviceId) -> Files:
    own = places.device(device)
    return Files(own.data, own.mirror)


def seats_by_list(counted: CountedElection) -> dict[str, int]:
    """Return seats of the council per list; empty where few votes of a demonstration fill none."""
    allocation = counted.result.contests[0].allocation
    if allocation is None:
        return {}
    say = installed().speaker(PERSIAN).without_isolates().say
    return {say(group.name): group.seats for group in allocation.groups if group.seats}


def new_passphrase() -> Unlock:
    """Draw a passphrase that is kept in memory only, and open and close all keys of the demo with it.

    It is a number of 128 bits: deriving the key need not be slow.
    """
    passphrase = secrets.token_hex(16)
    return lambda _: PassphraseKeeper(lambda _: passphrase, QUICK, tries=1)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _agree(_: object) -> bool:
    """Agree without asking: the keys are thrown away, and the day's report names what is not sound."""
    return True


def _device(places: DayFolders, device: DeviceId, role: Role, branch: BranchId) -> EnrolmentRequest:
    """Create a device's keys on the device and request its enrolment."""
    own = places.device(device)
    for folder in (own.data, own.mirror, own.keys):
        folder.mkdir(parents=True, exist_ok=True)
    signing, sealing = HybridKey.generate(), SealingKey.generate()
    write_new(own.keys / "signing.pem", signing.to_pem())
    write_new(own.keys / "sealing.pem", sealing.to_pem())
    return make_request(device, role, branch, signing, sealing.public_bytes)


def _operator(
    folder: ElectionFolder,
    authority: Authority,
    role: Role,
    number: str,
    branch: BranchId,
    validity: Validity,
) -> PivCard:
    """Return an operator's card, RSA-2048 for one, P-256 for the other, so that both kinds are used."""
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if number == NUMBERS[Role.OFFICER]:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    certificate = issue_operator(
        authority,
        number,
        key.public_key(),
        role=role,
        branch=branch,
        validity=validity,
    )
    given = folder.path / OPERATORS_FOLDER
    given.mkdir(exist_ok=True)
    write_new(given / f"{number}.der", certificate, PUBLIC)
    return operator_card(PINS[role], key, x509.load_der_x509_certificate(certificate))
