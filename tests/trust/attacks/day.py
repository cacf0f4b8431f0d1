"""A small day of four branches, with everything that can happen to a device, by the commands.

    branch-1    four votes, a challenge, two provisional ballots: one counts, one does not
    branch-2    terminal-2 dies after three votes and is rescued; a spare takes over and has two
    branch-3    terminal-5 burns with both of its media and is finally missing
    branch-4    its bundles come late: the first index is interim; reserves of its district open and
                close its terminal

A batch has at least three ballots. Everybody's keys are kept: an attack may be anybody's.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import Result
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from crypto import merkle
from crypto.certificates import issue, valid_from
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from election.acts import SignedAct, Statement, act_hash
from election.bundle import BallotBox, Bundle, CheckIns, GrantedCount, write_bundle
from election.cards_back import CardsBack, seal_cards_back
from election.definition import BranchId, ContestId, DeviceId, Role
from election.device_acts import CardSigner
from election.enrolment import make_request, write_request
from election.issuance import receipts_root
from election.marks import Marks
from election.provisional import ProvisionalEntry, new_handle, seal_entry
from election.records import SignedRoot
from election.register import PublishedRegister, number_of, open_published_register
from election.report_code import ReportedNumbers, write_report_code
from election.rescue import Rescue, RescueGround, numbers_of, write_rescue
from election.takeover import TakeOver, write_takeover
from election.voucher import Receipt, sign_receipt
from headquarters.authority import Authority
from headquarters.offices import open_office
from headquarters.trustees import load_trustees
from headquarters.workspace import ElectionFolder, open_workspace
from tests.acts import Card as SigningCard
from tests.acts import sign_chain, statements_of, with_evidence
from tests.headquarters.day import Terminal, hours_of
from tests.headquarters.small import DeviceKeys, Headquarters, jpeg
from tests.headquarters.unlocking import (
    authority_of,
    give_certificates,
    make_offices,
    own_folder,
    run_election,
    unlock,
)

COUNCIL = ContestId("council")
NOW = datetime.now(UTC).replace(microsecond=0)
BRANCHES = tuple(BranchId(f"branch-{number}") for number in range(1, 5))
STATIONS = {f"station-{number}": branch for number, branch in enumerate(BRANCHES, 1)}
TERMINALS = {
    "terminal-1": BRANCHES[0],
    "terminal-2": BRANCHES[1],
    "terminal-3": BRANCHES[2],
    "terminal-4": BRANCHES[3],
    "terminal-5": BRANCHES[2],
}
SPARE = DeviceId("spare-1")
BRANCH_OF = {**STATIONS, **TERMINALS, SPARE: BRANCHES[1]}
BY_RESERVES = "terminal-4"
"""The device that the district's reserves open and close."""
RECEIPTS = {"station-1": ("terminal-1", 4), "station-3": ("terminal-5", 1)}
"""Receipts that came back: of which terminal, and how many."""
COUNTED, ONLINE = "0013542427", "0013542435"
DISTRICTS = {branch: "2" if branch == BRANCHES[3] else "1" for branch in BRANCHES}
_PLACE = (
    '[[branches]]\nid = "{id}"\nname = {{ fa = "شعبه" }}\ndistrict = "{district}"\noffline = true\n'
)


def run(*arguments: str | Path) -> Result:
    """Run `amin election …`."""
    return run_election(*arguments)


def fine(*arguments: str | Path, status: int = 0) -> Result:
    """Run a command that has to end with this status."""
    done = run(*arguments)
    assert done.exit_code == status, done.output
    return done


@dataclass(frozen=True, slots=True)
class Card:
    """An operator's PIV card."""

    key: ec.EllipticCurvePrivateKey
    certificate: bytes

    @property
    def signer(self) -> tuple[CardSigner, bytes]:
        """What `write_act` takes of it."""
        return (lambda message: self.key.sign(message, ec.ECDSA(hashes.SHA256()))), self.certificate


@dataclass(slots=True)
class AttackedDay:
    """The day and everybody's keys."""

    folder: ElectionFolder
    devices: dict[str, DeviceKeys] = field(default_factory=dict)
    cards: dict[tuple[BranchId, Role], Card] = field(default_factory=dict)
    spare_certificate: bytes = b""
    boxes: dict[str, BallotBox] = field(default_factory=dict)
    check_ins: dict[str, CheckIns] = field(default_factory=dict)
    """Of each station."""
    terminals: dict[str, Terminal] = field(default_factory=dict)
    handles: list[bytes] = field(default_factory=list)
    """Of the provisional ballot that counts, and of the one that does not."""
    issued: dict[str, set[bytes]] = field(default_factory=dict)
    """Hashes of what each station issued."""
    interim: Path = Path()
    """A copy of the interim index, as somebody kept it."""
    interim_folder: Path = Path()
    """A copy of all that was published then."""
    interim_text: str = ""
    """Of the interim result."""
    acts: dict[tuple[object, ...], tuple[SignedAct, ...]] = field(default_factory=dict)
    """By what a device said, whose cards signed, and its key."""
    reserves: list[Card] = field(default_factory=list)
    """Officer and supervisor of the district of branch-4."""
    dead_acts: tuple[SignedAct, ...] = ()
    """Of terminal-2: it was loaded and opened."""

    @property
    def authority(self) -> Authority:
        """Headquarters' keys."""
        return authority_of(self.folder.keys)

    @property
    def published(self) -> PublishedRegister:
        """The register."""
        return open_published_register(self.folder.register.read_bytes(), self.authority.root)

    @property
    def number(self) -> bytes:
        """The election's number."""
        return bytes.fromhex(number_of(self.folder.register.read_bytes()))

    @property
    def observer(self) -> Path:
        """The observer's folder."""
        return own_folder(self.folder, "observer")

    @property
    def offices(self) -> list[tuple[HybridKey, bytes]]:
        """Headquarters and the observer, who sign lists."""
        signer = self.authority.signer_key, self.authority.signer
        return [signer, open_office(self.observer, unlock)]

    def pair(self, branch: BranchId) -> list[tuple[CardSigner, bytes]]:
        """Return officer and supervisor of a branch."""
        return [self.cards[branch, role].signer for role in (Role.OFFICER, Role.SUPERVISOR)]

    def signer(self, name: str) -> tuple[HybridKey, bytes]:
        """Return key and certificate of a device."""
        if name == SPARE:
            return self.devices[name].signing, self.spare_certificate
        listed = open_workspace(self.folder).election.device(DeviceId(name))
        assert listed is not None
        return self.devices[name].signing, listed.certificate

    def certified(
        self, name: str, key: HybridKey | ec.EllipticCurvePrivateKey, role: Role, branch: str
    ) -> bytes:
        """Return a certificate that headquarters can make at any time."""
        public = key.public if isinstance(key, HybridKey) else key.public_key()
        return issue(
            self.authority.root,
            self.authority.root_key,
            name,
            public,
            role=role,
            branch=branch,
            not_before=valid_from(self.authority.root),
            not_after=NOW + timedelta(days=30),
        )

    def card(self, role: Role, branch: BranchId) -> Card:
        """Return a new operator's card."""
        key = ec.generate_private_key(ec.SECP256R1())
        return Card(key, self.certified(str(secrets.randbelow(10**9)), key, role, branch))

    def takeover(self) -> TakeOver:
        """Return what the cards of branch-2 signed about the spare."""
        before = act_hash(self.dead_acts[-1])
        return TakeOver(
            self.number, BRANCHES[1], SPARE, DeviceId("terminal-2"), before, 3, bytes(32), 0, NOW
        )

    def rescue(self, box: BallotBox, last: SignedRoot | None) -> Rescue:
        """Return what the cards of branch-2 signed about the dead terminal."""
        return Rescue(
            self.number,
            BRANCHES[1],
            DeviceId("terminal-2"),
            RescueGround.DEAD,
            numbers_of(box.records, box.spent),
            merkle.root(box.handles),
            last,
            act_hash(self.dead_acts[-1]),
            bytes(32),
            0,
            NOW,
        )

    def report(self, name: str, numbers: tuple[int, int], *roots: bytes) -> str:
        """Return the code of a closing report that this device signed."""
        said = ReportedNumbers(self.number, DeviceId(name), numbers, roots)
        return write_report_code(said, self.devices[name].signing)

    def honest_report(self, name: str) -> str:
        """Return the code of the report that a terminal printed at its closing."""
        root = self.boxes[name].root
        return self.report(name, (root.cast, root.spoiled), root.records, root.spent)

    def said(self, name: str, content: BallotBox | CheckIns) -> Bundle:
        """Return what a device says at its closing, before anybody signs it."""
        workspace = open_workspace(self.folder)
        return Bundle(
            workspace.election.uuid,
            workspace.package_digest,
            DeviceId(name),
            self.devices[name].role,
            BRANCH_OF[name],
            (),
            bytes(32),
            box=content if isinstance(content, BallotBox) else None,
            check_ins=content if isinstance(content, CheckIns) else None,
        )

    def statements(self, bundle: Bundle) -> tuple[Statement, ...]:
        """Return what the cards sign of a device's day: loaded, opened, closed."""
        hours = hours_of(open_workspace(self.folder).election)
        return statements_of(bundle, hours, number=self.number)

    def bundle(
        self,
        name: str,
        content: BallotBox | CheckIns,
        roles: tuple[Role, Role] = (Role.OFFICER, Role.SUPERVISOR),
    ) -> bytes:
        """Return the closing bundle of a device, whose acts the cards of these roles signed."""
        return self.closed(name, with_evidence(self.said(name, content)), roles)

    def closed(
        self,
        name: str,
        bundle: Bundle,
        roles: tuple[Role, Role] = (Role.OFFICER, Role.SUPERVISOR),
    ) -> bytes:
        """Return what a device says, with acts that the cards of these roles signed."""
        key, certificate = self.signer(name)
        cards = [self.cards[bundle.branch, role] for role in roles]
        statements = self.statements(bundle)
        # A device signs an act once and keeps it; each export has the same one.
        signed = (statements, tuple(card.certificate for card in cards), key.public)
        if signed not in self.acts:
            signing = self.reserves if name == BY_RESERVES else cards
            self.acts[signed] = self.chain(statements, signing, key)
        acts = self.acts[signed]
        return write_bundle(replace(bundle, acts=acts), key, certificate)

    def chain(
        self, statements: Sequence[Statement], cards: Sequence[Card], key: HybridKey
    ) -> tuple[SignedAct, ...]:
        """Have cards and a device sign one act after the other."""
        signing = [SigningCard(card.certificate, card.key) for card in cards]
        return sign_chain(statements, signing, key)

    def receipts(self, terminal: str, number: int) -> tuple[Receipt, ...]:
        """Return some receipts of a terminal, as its voters' cards bring them back."""
        key, uuid = self.devices[terminal].signing.classical, self.published.register.election
        hashes = self.boxes[terminal].spent_hashes[:number]
        return tuple(sign_receipt(key, uuid, DeviceId(terminal), each) for each in hashes)


def play(place: Path) -> AttackedDay:
    """Play the day until its final publication."""
    day = AttackedDay(ElectionFolder(place / "election"))
    _prepare(day, place)
    hq = Headquarters(
        day.folder.path,
        day.authority,
        load_trustees(day.folder.trustees / "trustees.json"),
        open_workspace(day.folder).election,
        {},
        day.devices,
        b"",
    )
    _vote(day, hq)
    out = day.folder.path / "out"
    out.mkdir()
    provisional = [(0, COUNTED), (1, ONLINE)]
    day.check_ins = {
        "station-1": _check_ins(day, hq, "station-1", 8, provisional),
        "station-2": _check_ins(day, hq, "station-2", 6, []),
        "station-3": _check_ins(day, hq, "station-3", 6, []),
        "station-4": _check_ins(day, hq, "station-4", 4, []),
    }
    contents: tuple[tuple[str, BallotBox | CheckIns], ...] = (
        *day.check_ins.items(),
        ("terminal-1", day.boxes["terminal-1"]),
        ("terminal-3", day.boxes["terminal-3"]),
        ("terminal-4", day.boxes["terminal-4"]),
        (SPARE, day.boxes[SPARE]),
    )
    for name, content in contents:
        (out / f"{name}.bundle").write_bytes(day.bundle(name, content))
    _hand_in_acts(day, out)
    late = {out / "station-4.bundle", out / "terminal-4.bundle"}
    fine("import", day.folder.path, *(set(out.iterdir()) - late), status=1)
    observer = ("--observer", day.observer)
    fine(
        "missing",
        day.folder.path,
        "terminal-5=destroyed",
        *observer,
        "--report",
        "terminal-5",
        "--yes",
    )
    _decide(day, out, sorted(set(out.glob("station-*.bundle")) - late))
    number = day.number.hex()
    fine("tally", day.folder.path)
    fine("verify", day.folder.result / "index.json", "--number", number, status=4)
    day.interim_text = (day.folder.result / "result.en.txt").read_text(encoding="utf-8")
    day.interim_folder = place / "interim"
    shutil.copytree(day.folder.result, day.interim_folder)
    day.interim = place / "kept.json"
    day.interim.write_bytes((day.folder.result / "index.json").read_bytes())
    fine("import", day.folder.path, *late)
    _decide(day, out, sorted(out.glob("station-*.bundle")))
    fine("tally", day.folder.path)
    fine("verify", day.folder.result / "index.json", "--number", number, "--earlier", day.interim)
    return day


# ---------------------------------------------------------------- steps


def _prepare(day: AttackedDay, place: Path) -> None:
    """Make keys, candidates, package and register."""
    people, folder = place / "people", day.folder
    (people / "portraits").mkdir(parents=True)
    lines = "\n".join(f"r{number},نامزد {number},,,no,{number}.jpg" for number in range(4))
    (people / "candidates.csv").write_text(
        "key,name_fa,name_en,list,woman,portrait\n" + lines, encoding="utf-8"
    )
    for number in range(4):
        (people / "portraits" / f"{number}.jpg").write_bytes(jpeg(number))
    fine(
        "new", folder.path, "--name", "انتخابات", "--day", f"{NOW:%Y-%m-%d}", "--rehearsal", "--yes"
    )
    text = folder.plan.read_text(encoding="utf-8")
    text = text.replace("seats = 21", "seats = 2").replace("selections = 21", "selections = 2")
    text = text[: text.index("[[branches]]")] + "\n".join(
        _PLACE.format(id=branch, district=DISTRICTS[branch]) for branch in BRANCHES
    )
    folder.plan.write_text(text, encoding="utf-8")
    candidates = ("--candidates", people / "candidates.csv", "--portraits", people / "portraits")
    fine("add-candidates", folder.path, "council", *candidates)
    for name, role in (
        *((name, Role.IDENTITY_STATION) for name in STATIONS),
        *((name, Role.BALLOT_TERMINAL) for name in (*TERMINALS, SPARE)),
    ):
        keys = DeviceKeys(DeviceId(name), role, HybridKey.generate(), SealingKey.generate())
        day.devices[name] = keys
        if name == SPARE:
            continue
        branch = {**STATIONS, **TERMINALS}[name]
        request = make_request(keys.id, role, branch, keys.signing, keys.sealing.public_bytes)
        (folder.requests / f"{name}.json").write_bytes(write_request(request))
    make_offices(folder)
    fine("package", folder.path, "--yes")
    give_certificates(folder)
    day.spare_certificate = day.certified(
        SPARE, day.devices[SPARE].signing, Role.BALLOT_TERMINAL, ""
    )
    for subfolder in ("operators", "spares", "reserves/2"):
        (folder.path / subfolder).mkdir(parents=True, exist_ok=True)
    (folder.path / "spares" / f"{SPARE}.der").write_bytes(day.spare_certificate)
    for branch in BRANCHES:
        for role in (Role.OFFICER, Role.SUPERVISOR):
            day.cards[branch, role] = card = day.card(role, branch)
            (folder.path / "operators" / f"{branch}-{role}.der").write_bytes(card.certificate)
    for role in (Role.OFFICER, Role.SUPERVISOR):
        day.reserves.append(card := day.card(role, BranchId("")))
        (folder.path / "reserves" / "2" / f"{role}.der").write_bytes(card.certificate)
    fine("register", folder.path, "--minimum", "3", "--yes")


def _vote(day: AttackedDay, hq: Headquarters) -> None:
    persons = [candidate.code for candidate in hq.election.contests[0].candidates]
    day.handles = [new_handle(), new_handle()]
    for name, votes in (
        ("terminal-1", 4),
        ("terminal-2", 3),
        ("terminal-3", 3),
        ("terminal-4", 3),
        ("terminal-5", 2),
        (SPARE, 2),
    ):
        branch = BRANCH_OF[name]
        terminal = Terminal(_at(day, hq, branch), name, day.folder.path / "media" / name)
        day.terminals[name] = terminal
        for _ in range(votes):
            terminal.vote(Marks(COUNCIL, persons=(persons[0],)))
        if name == "terminal-1":
            for handle in day.handles:
                terminal.vote(Marks(COUNCIL, persons=(persons[1],)), handle=handle)
            ballot, opening = terminal.ballot((Marks(COUNCIL, persons=(persons[3],)),))
            terminal.challenge(ballot, opening)
        day.boxes[name] = terminal.box()


def _at(day: AttackedDay, hq: Headquarters, branch: BranchId) -> Headquarters:
    """Return headquarters as the terminals of a branch see it: their station issues."""
    (station,) = (name for name, place in STATIONS.items() if place == branch)
    devices = {**day.devices, "station-1": day.devices[station]}
    return replace(hq, devices=devices, issued=day.issued.setdefault(station, set()))


def _check_ins(
    day: AttackedDay,
    hq: Headquarters,
    station: str,
    issued: int,
    given: Sequence[tuple[int, str]],
) -> CheckIns:
    place = (hq.election.uuid, STATIONS[station], DeviceId(station))
    entries = (
        seal_entry(
            ProvisionalEntry(day.handles[at], who), *place, hq.election.reconciliation_public_key
        )
        for at, who in given
    )
    receipts = day.receipts(*RECEIPTS[station]) if station in RECEIPTS else ()
    sealed = seal_cards_back(CardsBack(receipts), *place, hq.election.seal_public_key)
    return CheckIns(
        (GrantedCount((COUNCIL,), issued),),
        0,
        (),
        (),
        tuple(sorted(entries)),
        issued=tuple(sorted(day.issued[station])),
        receipts=len(receipts),
        receipts_root=receipts_root((each.spent, each.terminal) for each in receipts),
        cards_back=sealed,
    )


def _hand_in_acts(day: AttackedDay, out: Path) -> None:
    pair, neighbour = day.pair(BRANCHES[1]), day.signer("station-2")
    box = day.boxes["terminal-2"]
    loaded, opened, _ = day.statements(day.said("terminal-2", box))
    cards = [day.cards[BRANCHES[1], role] for role in (Role.OFFICER, Role.SUPERVISOR)]
    day.dead_acts = day.chain((loaded, opened), cards, day.devices["terminal-2"].signing)
    takeover = write_takeover(day.takeover(), pair, [day.signer(SPARE), neighbour])
    (out / f"{SPARE}.takeover").write_bytes(takeover)
    rescue = write_rescue(
        day.rescue(box, box.root),
        box.records,
        box.spent,
        box.handles,
        pair,
        [neighbour],
        day.dead_acts,
    )
    (out / "terminal-2.rescue").write_bytes(rescue)


def _decide(day: AttackedDay, out: Path, books: Sequence[Path]) -> None:
    """Have officer and observer decide about the provisional ballots by these stations' books."""
    folder, decisions = day.folder, out / "decisions.json"
    (out / "voted.txt").write_text(f"{ONLINE}\n", encoding="utf-8")
    fine(
        "reconcile",
        own_folder(folder, "officer"),
        *("--package", folder.package, "--root", folder.path / "public" / "root.der"),
        *("--handles", folder.handles, "--voted", out / "voted.txt"),
        *("--register", folder.register),
        *("--out", decisions),
        *books,
    )
    fine("countersign", day.observer, decisions)
    fine("exclude", folder.path, decisions)


def digest(data: bytes) -> bytes:
    """Return the SHA-256 of some bytes."""
    return hashlib.sha256(data).digest()
