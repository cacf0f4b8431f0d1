"""Play a tiny election and keep what is published: `python -m tests.docs.example_archive`.

    docs/spec/example/        the publication, and what cards and closing reports of the day held
    docs/spec/example.md      its documents byte by byte (`tests.docs.example_page`)

One branch: terminal-1 has ordinary and provisional votes and a challenge; terminal-2 burns and is finally
missing, a spare takes over; terminal-3 dies and is rescued. Keys, ballots and proofs are drawn anew.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from crypto import merkle
from crypto.certificates import issue, valid_from
from crypto.hybrid import HybridKey, HybridPublicKey
from crypto.sealing import SealingKey
from election import token
from election.authorization import Authorization
from election.bundle import BallotBox, Bundle, CheckIns, GrantedCount, write_bundle
from election.cards_back import CardsBack, seal_cards_back
from election.definition import BranchId, ContestId, DeviceId, Role, StyleId
from election.device_acts import CardSigner
from election.enrolment import make_request, write_request
from election.issuance import receipts_root
from election.lots import rank
from election.marks import Marks
from election.provisional import ProvisionalEntry, new_handle, seal_entry
from election.records import spent_hash
from election.register import number_of
from election.report_code import ReportedNumbers, write_report_code
from election.rescue import Rescue, RescueGround, numbers_of, write_rescue
from election.takeover import TakeOver, write_takeover
from election.voucher import Receipt, encode_note, intent_of, sign_receipt
from headquarters.trustees import load_trustees
from headquarters.workspace import ElectionFolder, open_workspace
from tests.acts import Card, sign_chain, statements_of, with_evidence
from tests.headquarters.day import Terminal, hours_of
from tests.headquarters.small import DeviceKeys, Headquarters, jpeg
from tests.headquarters.unlocking import (
    authority_of,
    give_certificates,
    make_offices,
    own_folder,
    run_election,
)

SPEC: Final = Path(__file__).parents[2] / "docs" / "spec"
EXAMPLE: Final = SPEC / "example"
PUBLISHED: Final = (
    *("index.json", "index.sig", "signer.der", "root.der", "register.json", "definition.json"),
    *("missing.json", "lot-seats.json", "lot-decisions.json", "result.json"),
    *("election.bel", "supplement", "acts"),
)
"""What is kept of the folder of the result."""
REPORTS: Final = "reports.txt"
COUNCIL, CITY, BRANCH = ContestId("council"), StyleId("city"), BranchId("branch-1")
STATION, SPARE = DeviceId("station-1"), DeviceId("spare-1")
TERMINALS: Final = ("terminal-1", "terminal-2", "terminal-3")
_OPERATORS: Final = (Role.OFFICER, Role.SUPERVISOR)
TWICE, STOCKS, WEATHER = "0013542419", "TEDPIX 2,413,907.6", "24.5 °C"


def run(*arguments: str | Path, status: int = 0) -> None:
    """Run a command of `amin election` that has to end with this status."""
    done = run_election(*arguments)
    assert done.exit_code == status, done.output


@dataclass(slots=True)
class Day:
    """The election's folder and everybody's keys."""

    folder: ElectionFolder
    devices: dict[str, DeviceKeys] = field(default_factory=dict)
    spare_certificate: bytes = b""
    boxes: dict[str, BallotBox] = field(default_factory=dict)
    cards: tuple[Card, ...] = ()
    issued: set[bytes] = field(default_factory=set)
    handles: tuple[bytes, bytes] = (b"", b"")
    """Of one person; the lot of decisions puts the first before the second."""

    @property
    def number(self) -> bytes:
        """The election's number."""
        return bytes.fromhex(number_of(self.folder.register.read_bytes()))

    @property
    def signers(self) -> list[tuple[CardSigner, bytes]]:
        """Officer and supervisor, as `write_act` takes them."""
        return [(partial(_sign, card), card.certificate) for card in self.cards]

    def device(self, name: str) -> tuple[HybridKey, bytes]:
        """Return key and certificate of a device."""
        if name == SPARE:
            return self.devices[name].signing, self.spare_certificate
        listed = open_workspace(self.folder).election.device(DeviceId(name))
        assert listed is not None
        return self.devices[name].signing, listed.certificate

    def bundle(self, name: str, content: BallotBox | CheckIns) -> bytes:
        """Return a closing bundle with the acts of an ordinary day."""
        workspace, (key, certificate) = open_workspace(self.folder), self.device(name)
        bundle = Bundle(
            workspace.election.uuid,
            workspace.package_digest,
            DeviceId(name),
            self.devices[name].role,
            BRANCH,
            (),
            hashlib.sha256(name.encode()).digest(),
            box=content if isinstance(content, BallotBox) else None,
            check_ins=content if isinstance(content, CheckIns) else None,
        )
        statements = statements_of(bundle, hours_of(workspace.election), number=self.number)
        acts = sign_chain(statements, self.cards, key)
        return write_bundle(replace(with_evidence(bundle), acts=acts), key, certificate)


def _sign(card: Card, message: bytes) -> bytes:
    assert isinstance(card.key, ec.EllipticCurvePrivateKey)
    return card.key.sign(message, ec.ECDSA(hashes.SHA256()))


def play(place: Path) -> Path:
    """Play the election in `place`; return the folder that holds what is kept."""
    day = Day(ElectionFolder(place / "election"))
    _prepare(day, place)
    _vote(day)
    out = place / "out"
    out.mkdir()
    _acts(day, out)
    receipts = _receipts(day)
    _hand_in(day, out, receipts)
    run("import", day.folder.path, *sorted(out.iterdir()), status=1)
    observer = ("--observer", own_folder(day.folder, "observer"), "--yes")
    run("missing", day.folder.path, "terminal-2=destroyed", "--report", "terminal-2", *observer)
    run("lot", day.folder.path, "decisions", WEATHER, *observer)
    _decide(day, out)
    run("tally", day.folder.path)
    run("lot", day.folder.path, "seats", STOCKS, *observer)
    kept = place / "kept"
    kept.mkdir()
    for name in PUBLISHED:
        source = day.folder.result / name
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, kept / name)
    _keep_cards(day, kept / "cards", receipts)
    (kept / REPORTS).write_text("".join(_reports(day)), encoding="ascii")
    run("verify", kept / "index.json", "--number", day.number.hex())
    return kept


# ---------------------------------------------------------------- steps


def _prepare(day: Day, place: Path) -> None:
    folder, people, today = day.folder, place / "people", datetime.now(UTC)
    (people / "portraits").mkdir(parents=True)
    lines = "\n".join(f"r{number},نامزد {number},,,no,{number}.jpg" for number in range(3))
    (people / "candidates.csv").write_text(
        "key,name_fa,name_en,list,woman,portrait\n" + lines, encoding="utf-8"
    )
    for number in range(3):
        (people / "portraits" / f"{number}.jpg").write_bytes(jpeg(number))
    said = ("--name", "نمونه", "--day", f"{today:%Y-%m-%d}", "--rehearsal", "--yes")
    run("new", folder.path, *said)
    text = folder.plan.read_text(encoding="utf-8")
    for old, new in (
        ("seats = 21", "seats = 1"),
        ("max_selections = 21", "max_selections = 1"),
        ("offline = false", "offline = true"),
    ):
        text = text.replace(old, new)
    folder.plan.write_text(text, encoding="utf-8")
    candidates = ("--candidates", people / "candidates.csv", "--portraits", people / "portraits")
    run("add-candidates", folder.path, COUNCIL, *candidates)
    roles = {
        STATION: Role.IDENTITY_STATION,
        **dict.fromkeys((*TERMINALS, SPARE), Role.BALLOT_TERMINAL),
    }
    for name, role in roles.items():
        keys = DeviceKeys(DeviceId(name), role, HybridKey.generate(), SealingKey.generate())
        day.devices[name] = keys
        if name != SPARE:
            request = make_request(keys.id, role, BRANCH, keys.signing, keys.sealing.public_bytes)
            (folder.requests / f"{name}.json").write_bytes(write_request(request))
    make_offices(folder)
    run("package", folder.path, "--yes")
    give_certificates(folder)
    spare = day.devices[SPARE].signing.public
    day.spare_certificate = _certified(folder, SPARE, spare, Role.BALLOT_TERMINAL, "")
    card_keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    day.cards = tuple(
        Card(_certified(folder, str(number), key.public_key(), role, BRANCH), key)
        for number, (role, key) in enumerate(zip(_OPERATORS, card_keys, strict=True), 1)
    )
    for name in ("spares", "operators"):
        (folder.path / name).mkdir(exist_ok=True)
    (folder.path / "spares" / f"{SPARE}.der").write_bytes(day.spare_certificate)
    for number, card in enumerate(day.cards):
        (folder.path / "operators" / f"{number}.der").write_bytes(card.certificate)
    run("register", folder.path, "--minimum", "1", "--yes")


def _certified(
    folder: ElectionFolder,
    name: str,
    key: HybridPublicKey | ec.EllipticCurvePublicKey,
    role: Role,
    branch: str,
) -> bytes:
    authority = authority_of(folder.keys)
    return issue(
        authority.root,
        authority.root_key,
        name,
        key,
        role=role,
        branch=branch,
        not_before=valid_from(authority.root),
        not_after=datetime.now(UTC) + timedelta(days=30),
    )


def _headquarters(day: Day) -> Headquarters:
    definition, trustees = open_workspace(day.folder).election, day.folder.trustees
    authority = authority_of(day.folder.keys)
    known = load_trustees(trustees / "trustees.json")
    return Headquarters(
        day.folder.path, authority, known, definition, {}, day.devices, b"", day.issued
    )


def _vote(day: Day) -> None:
    hq = _headquarters(day)
    persons = [candidate.code for candidate in hq.election.contests[0].candidates]
    first, second = sorted((new_handle(), new_handle()), key=lambda one: rank(one, WEATHER))
    day.handles = first, second
    for name, choices in (
        ("terminal-1", (0, 1)),
        ("terminal-2", (2,)),
        ("terminal-3", (1,)),
        (SPARE, (0,)),
    ):
        terminal = Terminal(hq, name, day.folder.path / "media" / name, capacity=8)
        for choice in choices:
            terminal.vote(Marks(COUNCIL, persons=(persons[choice],)))
        if name == "terminal-1":
            for handle in day.handles:
                terminal.vote(Marks(COUNCIL, persons=(persons[2],)), handle=handle)
            terminal.challenge(*terminal.ballot((Marks(COUNCIL, persons=(persons[0],)),)))
        day.boxes[name] = terminal.box()


def _acts(day: Day, out: Path) -> None:
    """Write the take-over of terminal-2 and the rescue of terminal-3."""
    box, witness = day.boxes["terminal-3"], day.device(STATION)
    log = hashlib.sha256(b"the log").digest()
    at = datetime.now(UTC).replace(microsecond=0)
    takeover = TakeOver(day.number, BRANCH, SPARE, DeviceId("terminal-2"), log, 1, log, 40, at)
    (out / f"{SPARE}.takeover").write_bytes(
        write_takeover(takeover, day.signers, [day.device(SPARE), witness])
    )
    found, handles = numbers_of(box.records, box.spent), merkle.root(box.handles)
    said = (DeviceId("terminal-3"), RescueGround.DEAD, found, handles, box.root, log, log, 40, at)
    rescue = Rescue(day.number, BRANCH, *said)
    (out / "terminal-3.rescue").write_bytes(
        write_rescue(rescue, box.records, box.spent, box.handles, day.signers, [witness])
    )


def _receipts(day: Day) -> tuple[Receipt, ...]:
    """Return the receipts of terminal-1, but for one card that nobody handed back."""
    uuid, key = open_workspace(day.folder).election.uuid, day.devices["terminal-1"].signing
    spent = [each.hash for each in day.boxes["terminal-1"].spent]
    return tuple(
        sign_receipt(key.classical, uuid, DeviceId("terminal-1"), each) for each in spent[1:]
    )


def _hand_in(day: Day, out: Path, receipts: Sequence[Receipt]) -> None:
    election = open_workspace(day.folder).election
    place = (election.uuid, BRANCH, STATION)
    entries = sorted(
        seal_entry(ProvisionalEntry(handle, TWICE), *place, election.reconciliation_public_key)
        for handle in day.handles
    )
    check_ins = CheckIns(
        (GrantedCount((COUNCIL,), len(day.issued)),),
        0,
        (),
        (),
        tuple(entries),
        issued=tuple(sorted(day.issued)),
        receipts=len(receipts),
        receipts_root=receipts_root((each.spent, each.terminal) for each in receipts),
        cards_back=seal_cards_back(CardsBack(tuple(receipts)), *place, election.seal_public_key),
    )
    (out / f"{STATION}.bundle").write_bytes(day.bundle(STATION, check_ins))
    terminal = day.bundle("terminal-1", day.boxes["terminal-1"])
    (out / "terminal-1.bundle").write_bytes(terminal)
    # The spare is known to headquarters once its take-over is adopted.
    run("import", day.folder.path, *sorted(out.iterdir()), status=1)
    (out / f"{SPARE}.bundle").write_bytes(day.bundle(SPARE, day.boxes[SPARE]))


def _decide(day: Day, out: Path) -> None:
    folder, decisions = day.folder, out / "decisions.json"
    (out / "voted.txt").write_text("", encoding="utf-8")
    run(
        "reconcile",
        own_folder(folder, "officer"),
        *("--package", folder.package, "--root", folder.path / "public" / "root.der"),
        *("--register", folder.register, "--lot", folder.path / "lot-decisions.json"),
        *("--handles", folder.handles, "--voted", out / "voted.txt"),
        *("--out", decisions, out / f"{STATION}.bundle"),
    )
    run("countersign", own_folder(folder, "observer"), decisions)
    run("exclude", folder.path, decisions)


def _keep_cards(day: Day, place: Path, receipts: Sequence[Receipt]) -> None:
    """Write what one card held: the token, the intent before the vote, and a receipt after it."""
    place.mkdir()
    election = open_workspace(day.folder).election
    nonce = hashlib.sha256(b"a nonce of the example").digest()[:16]
    authorization = Authorization(
        election.uuid, BRANCH, STATION, CITY, (COUNCIL,), election.closes, nonce, receipts=(3, 0, 0)
    )
    issued = token.issue(authorization, day.devices[STATION].signing.classical)
    (place / "token.cbor").write_bytes(issued)
    (place / "intent.cbor").write_bytes(encode_note(intent_of(DeviceId("terminal-1"), issued)))
    (place / "receipt.cbor").write_bytes(encode_note(receipts[0]))
    assert spent_hash(nonce) not in day.issued


def _reports(day: Day) -> list[str]:
    """Return a line for each device: the code of its closing report."""
    lines = []
    for name, box in (*day.boxes.items(), (STATION, None)):
        numbers = (len(day.issued), 0) if box is None else (box.root.cast, box.root.spoiled)
        roots = () if box is None else (box.root.records, box.root.spent)
        said = ReportedNumbers(day.number, DeviceId(name), numbers, roots)
        lines.append(f"{name}\t{write_report_code(said, day.devices[name].signing)}\n")
    return sorted(lines)


def main() -> None:
    """Replace the example and its page."""
    from tests.docs.example_page import PAGE, page

    with tempfile.TemporaryDirectory(prefix="amin-example-") as place:
        kept = play(Path(place))
        shutil.rmtree(EXAMPLE, ignore_errors=True)
        shutil.copytree(kept, EXAMPLE)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
