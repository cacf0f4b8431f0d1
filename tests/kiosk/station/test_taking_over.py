"""A district's spare comes into a branch in mid-day and takes over, from a terminal and from a station.

The spares were prepared for the district: no package names them. A device of the branch that lives hands
over, the spare loads the branch's package and signs, all others admit it; headquarters takes its votes.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands.main import main
from crypto import canonical
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from drivers.smartcard import holding
from drivers.smartcard.authorization import NOTE_OBJECT, TOKEN_OBJECT, encode_token
from election import token
from election.authorization import AuthorizationRefusal
from election.authorization_balance import balance
from election.closing_order import Standing
from election.definition import BranchId, DeviceId, Role
from election.envelope import write_envelope
from election.handover import Handover, headquarters_form
from election.package.portraits import PACKAGE_FILE, PORTRAITS_FILE, write_portraits
from election.pairing import MARKER
from election.reasons import DeviceActReason
from election.records import spent_hash
from election.register import (
    REGISTER_FILE,
    Register,
    RegisteredDevice,
    open_published_register,
)
from election.rescue import open_rescue, read_rescue
from election.schema import from_cbor, to_cbor
from election.spare import SPARE, SPARE_SUFFIX, Spare, open_spare, write_spare
from election.taken_over import FOLDER
from election.takeover import branches_after, open_takeover
from election.voucher import Note, encode_note, intent_of
from headquarters.authority import load_sealing_key
from headquarters.closings import SettledDevices
from headquarters.sent import TABLE_FILE
from headquarters.workspace import ElectionFolder
from kiosk.flows.common import Closed, ClosedReason
from kiosk.flows.identity import states as identity
from kiosk.flows.identity.states import VoterRefusal, WriteProblem
from kiosk.flows.operator.states import ActOutcome, ConsoleAct
from simulators.cards.piv import PivCard
from simulators.fingerprint.sfm import SfmSimulator
from simulators.local_reader import LocalReader
from tests.headquarters.at_once import BundleFile, import_bundles
from tests.headquarters.unlocking import PASSPHRASE_FILE, unlock
from tests.kiosk.station.bench import Bench, IdentityBench, TerminalBench
from tests.kiosk.station.conftest import finger_sensor
from tests.kiosk.station.office import (
    BRANCH,
    NOON,
    PIN,
    VALIDITY,
    Office,
    note_on,
    people,
    token_on,
)
from tests.kiosk.station.test_identity_station import check_in, finger, override, overriding

I1, I2 = DeviceId("b1-i1"), DeviceId("b1-i2")
T1, T2 = DeviceId("b1-t1"), DeviceId("b1-t2")
ST, SI = DeviceId("spare-t"), DeviceId("spare-i")
OTHER = DeviceId("spare-x")
"""Of another district."""
SPARES = {
    ST: (Role.BALLOT_TERMINAL, "1"),
    SI: (Role.IDENTITY_STATION, "1"),
    OTHER: (Role.BALLOT_TERMINAL, "2"),
}
VOTERS = people(8, "a spare day")
ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.slow


@dataclass(slots=True)
class Branch:
    """Its devices that run, and the spares' drives."""

    office: Office
    folder: Path
    sensors: dict[DeviceId, SfmSimulator]
    drives: dict[DeviceId, bytes] = field(default_factory=dict)
    running: dict[DeviceId, Bench] = field(default_factory=dict)
    dead: set[DeviceId] = field(default_factory=lambda: {I2})
    """What is said to be dead at the closing."""
    cast: int = 0

    def begin(self, device: DeviceId, folder: Path | None = None) -> Bench:
        place = folder or self.folder / device
        bench: Bench = (
            IdentityBench(self.office, place, self.sensors[device], device=device)
            if device in self.sensors
            else TerminalBench(self.office, place, device)
        )
        self.running[device] = bench
        return bench

    def die(self, device: DeviceId) -> Bench:
        gone = self.running.pop(device)
        gone.station.stop()
        return gone

    def hand_over(self, by: DeviceId, spare: DeviceId, gone: DeviceId) -> ActOutcome:
        """Put the spare's drive into a device that lives; both roles sign there."""
        bench = self.running[by]
        empty(bench)
        (bench.config.usb / f"{spare}{SPARE_SUFFIX}").write_bytes(self.drives[spare])
        bench.settle()
        listed = bench.station.context.replaceable
        return bench.do(ConsoleAct.TAKE_OVER, str(1 + listed.index(gone)))

    def take_over(self, by: DeviceId, spare: DeviceId, gone: DeviceId) -> Bench:
        """The whole act: hand over, load, open, admit."""
        outcome = self.hand_over(by, spare, gone)
        assert outcome.ok, outcome.message
        bench = self.begin(spare)
        carry(self.running[by], bench)
        outcome = bench.load(self.office.package())
        assert outcome.ok, outcome.message
        outcome = bench.act(ConsoleAct.OPEN)
        assert outcome.ok, outcome.message
        bench.sign_out()
        for device, other in self.running.items():
            if device != spare:
                empty(other)
                carry(bench, other)
                outcome = other.do(ConsoleAct.ADMIT_SPARE)
                assert outcome.ok, outcome.message
        return bench

    def vote(self, station: DeviceId, terminal: DeviceId) -> None:
        desk, booth = self.running[station], self.running[terminal]
        assert isinstance(desk, IdentityBench)
        assert isinstance(booth, TerminalBench)
        booth.vote(check_in(desk, VOTERS[self.cast]))
        self.cast += 1


def empty(bench: Bench) -> None:
    shutil.rmtree(bench.config.usb)
    bench.config.usb.mkdir()


def carry(one: Bench, other: Bench) -> None:
    """Pull the drive and put it in elsewhere."""
    shutil.copytree(one.config.usb, other.config.usb, dirs_exist_ok=True)


def with_spares(office: Office) -> dict[DeviceId, bytes]:
    """Have headquarters certify and register the spares; return their drives' files."""
    drives, registered = {}, []
    for device, (role, district) in SPARES.items():
        key, sealing = HybridKey.generate(), SealingKey.generate()
        (office.folder / f"{device}.signing").write_bytes(key.to_pem())
        (office.folder / f"{device}.sealing").write_bytes(sealing.to_pem())
        certificate = office.certify(device, role, "", VALIDITY, key.public)
        spare = Spare(office.election.uuid, district, certificate, sealing.public_bytes)
        drives[device] = write_spare(spare, office.authority.signer_key, office.authority.signer)
        digest = sha256(certificate).digest()
        registered.append(RegisteredDevice(device, role, None, key.public.classical.raw, digest))
        office.roles[device] = (role, SPARE)

    def change(made: Register) -> Register:
        devices = sorted((*made.devices, *registered), key=lambda each: each.id)
        return replace(made, devices=tuple(devices))

    package = office.package()
    office.once[package] = office.register(package, change)
    return drives


@pytest.fixture
def branch(tmp_path: Path) -> Iterator[Branch]:
    roles: dict[DeviceId, tuple[Role, BranchId]] = dict.fromkeys(
        (I1, I2), (Role.IDENTITY_STATION, BRANCH)
    )
    roles |= dict.fromkeys((T1, T2), (Role.BALLOT_TERMINAL, BRANCH))
    with ExitStack() as stack:
        sensors = {}
        for each in (I1, I2, SI):
            (tmp_path / f"finger-{each}").mkdir()
            sensors[each] = stack.enter_context(finger_sensor(tmp_path / f"finger-{each}"))
        (tmp_path / "office").mkdir()
        office = Office.open(tmp_path / "office", roles)
        made = Branch(office, tmp_path, sensors)
        made.drives = with_spares(office)
        for device in (I1, I2, T1, T2):
            assert made.begin(device).open_polls().ok
        yield made
        for bench in made.running.values():
            bench.station.stop()


def test_a_spare_of_each_kind(branch: Branch) -> None:
    branch.vote(I1, T1)
    branch.vote(I2, T2)

    dead_terminal = branch.die(T1)
    terminal = branch.take_over(I1, ST, T1)
    assert terminal.logged("took-over")[0].startswith(f"{ST} {T1} ")
    assert branch.running[I1].logged("handed-over")
    branch.vote(I1, ST)
    branch.vote(I2, ST)

    # A station dies; a terminal hands over, and the spare terminal is told like the others.
    branch.die(I2)
    branch.take_over(T2, SI, I2)
    branch.vote(SI, T2)
    branch.vote(SI, ST)
    branch.vote(I1, ST)

    # The spares start again as what they are now.
    for device in (ST, SI):
        branch.die(device)
        bench = branch.begin(device)
        assert bench.station.context.config.branch == BRANCH
    branch.vote(SI, ST)

    # The dead terminal's memory is looked at: it gets its tombstone, and serves nobody when it comes back.
    living = branch.running[I1]
    shutil.rmtree(living.config.usb)
    shutil.copytree(dead_terminal.files.mirror, living.config.usb)
    assert living.do(ConsoleAct.ADMIT_SPARE).ok
    stone = living.config.usb / FOLDER / f"{ST}.takeover"
    assert stone.exists()
    assert living.do(ConsoleAct.RESCUE).ok, "it is rescued as before"
    shutil.copytree(stone.parent, dead_terminal.files.mirror / FOLDER)
    back = branch.begin(T1)
    assert isinstance(back, TerminalBench)
    assert back.state == Closed(ClosedReason.REPLACED)
    assert back.do(ConsoleAct.CLOSE).ok, "it still closes and exports"

    brought = close(branch)
    published = open_published_register(
        branch.office.once[branch.office.package()], branch.office.authority.root
    )
    acts = {
        name: open_takeover(data, published)
        for name, data in brought.items()
        if name.endswith(".takeover")
    }
    assert sorted(acts) == [f"{SI}.takeover", f"{ST}.takeover"], "from every drive the same"
    own = {each: branch.running[each].station.context.takeovers.own_act for each in (SI, I1)}
    assert own == {SI: brought[f"{SI}.takeover"], I1: b""}, "what a registry is handed at first"
    said = [(each.statement.replaces, each.witnesses) for each in acts.values()]
    assert sorted(said) == [(I2, (T2,)), (T1, (I1,))]
    assert branches_after(list(acts.values()), published.register)[SI] == BRANCH

    office = branch.office
    imported = import_bundles(
        branch.running[I1].station.context.election,
        sha256(office.package()).digest(),
        office.authority.root,
        load_sealing_key(office.folder / "keys", unlock),
        [BundleFile(name, data) for name, data in brought.items() if name.endswith(".bundle")],
        NOON,
        settled=SettledDevices((), frozenset({I2}), stationless=frozenset({BRANCH})),
        published=published,
    )
    assert not imported.report.rejected, imported.report.rejected
    assert len(imported.ballots) == branch.cast == 8


def test_a_spare_serves_with_either_copy_of_its_card_key(branch: Branch) -> None:
    """Whatever damage has made of the other one; the next act writes it anew."""
    branch.die(T1)
    spare = branch.take_over(I1, ST, T1)
    keys = [memory / FOLDER / f"{ST}.key" for memory in (spare.files.data, spare.files.mirror)]
    good = keys[0].read_bytes()
    damaged = (None, b"", good[:20], good[:20] + bytes([good[20] ^ 1]) + good[21:])
    for key, bad in product(keys, damaged):
        branch.die(ST)
        key.unlink()
        if bad is not None:
            key.write_bytes(bad)
        spare = branch.begin(ST)
        branch.vote(I1, ST)
        assert spare.do(ConsoleAct.PAUSE).ok
        assert spare.do(ConsoleAct.RESUME).ok
        assert [each.read_bytes() for each in keys] == [good, good], (key, bad)


def headquarters_of(branch: Branch) -> ElectionFolder:
    """Put what the branch has into a folder as the commands know it: package, register, spares, plan."""
    office, day = branch.office, NOON.date().isoformat()
    folder = ElectionFolder(office.folder)
    office.bring(office.package(), folder.path)
    published = open_published_register(office.once[office.package()], office.authority.root)
    (folder.path / "spares").mkdir()
    for device, data in branch.drives.items():
        certificate = open_spare(data, published).said.certificate
        (folder.path / "spares" / f"{device}{SPARE_SUFFIX}").write_bytes(data)
        (folder.path / "spares" / f"{device}.der").write_bytes(certificate)
    said = {"uuid": office.election.uuid, "rehearsal": "false", "name": '"x"', "day": day}
    plan = (ROOT / "headquarters" / "election.toml.template").read_text("utf-8")
    folder.plan.write_text(plan.format(**said, source="a test"), "utf-8")
    return folder


def test_headquarters_counts_what_was_meant(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal dies after a vote, is rescued, a spare takes over: the commands of the night tell all."""
    meant = [Counter[int](), Counter[int]()]

    def vote(station: DeviceId, terminal: DeviceId, *choice: int) -> None:
        booth = branch.running[terminal]
        assert isinstance(booth, TerminalBench)
        first, second, expert = booth.choice = (choice[0], choice[1], choice[2])
        branch.vote(station, terminal)
        meant[0].update((first, second))
        meant[1].update((expert,))

    vote(I1, T1, 0, 7, 1)
    dead, desk = branch.die(T1), branch.running[I1]
    branch.take_over(I1, ST, T1)
    shutil.rmtree(desk.config.usb)
    shutil.copytree(dead.files.mirror, desk.config.usb)
    assert desk.do(ConsoleAct.RESCUE).ok
    vote(I1, ST, 0, 1, 0)
    vote(I2, T2, 7, 2, 1)
    vote(I2, ST, 0, 2, 2)
    branch.dead = {T1}
    for bench in branch.running.values():
        bench.clock.reach(branch.office.election.closes + timedelta(minutes=1))
    brought, night = close(branch), branch.folder / "night"
    night.mkdir()
    for name, data in brought.items():
        (night / name).write_bytes(data)

    folder = headquarters_of(branch)
    monkeypatch.setattr("commands.election.now", lambda: NOON + timedelta(hours=12))

    def run(step: str, *words: str) -> Result:
        key = ["--passphrase-file", str(PASSPHRASE_FILE)]
        return CliRunner().invoke(main, ["election", step, str(folder.path), *words, *key])

    arrived = run("import", *(str(path) for path in sorted(night.iterdir())))
    told = [line.split("\t") for line in arrived.output.splitlines() if "\t" in line]
    assert {line[0] for line in told} == {"went-on"}, arrived.output
    assert any(f"closed without {T1} dead" in line[2] for line in told)
    assert "4 ballots to count" in arrived.output
    counted = run("tally", "--despite-findings")
    result = json.loads((folder.result / "result.json").read_bytes())
    assert result["ballots"] == branch.cast == 4, counted.output
    for contest, intent in zip(result["contests"], meant, strict=True):
        totals = [candidate["total"] for candidate in contest["candidates"]]
        assert Counter(dict(enumerate(totals))) == intent
    index = str(folder.result / "index.json")
    verified = CliRunner().invoke(main, ["election", "verify", index]).output
    assert "wrong: 0" in verified
    for reason, device in (("spare-used", ST), ("device-rescued", T1)):
        assert f"told\t{reason}\t{device}\t" in verified


def from_headquarters(
    branch: Branch, monkeypatch: pytest.MonkeyPatch, spare: DeviceId, gone: DeviceId
) -> tuple[Result, Path]:
    """Run `amin election hand-over` for a spare's drive; the cards go into one reader, in turn."""
    office, drive = branch.office, branch.folder / f"drive-{spare}"
    drive.mkdir(exist_ok=True)
    (drive / f"{spare}{SPARE_SUFFIX}").write_bytes(branch.drives[spare])
    part = office.folder / "districts" / "001"
    part.mkdir(parents=True, exist_ok=True)
    office.bring(office.package(), part)
    (part / REGISTER_FILE).replace(office.folder / REGISTER_FILE)
    (part.parent / PORTRAITS_FILE).write_bytes(write_portraits(office.portraits))
    digest = sha256((part / PACKAGE_FILE).read_bytes()).hexdigest()
    (part.parent / TABLE_FILE).write_text(f"sha256\n{digest}\n", "utf-8")
    reader = LocalReader("cards")
    cards = iter(office.operator(role) for role in (Role.OFFICER, Role.SUPERVISOR))

    def with_card(_: str | None) -> LocalReader:
        reader.remove()
        reader.insert(next(cards))
        return reader

    monkeypatch.setattr(holding, "reader_with_card", with_card)
    words = ["election", "hand-over", str(office.folder), str(gone), str(drive)]
    words += ["--passphrase-file", str(PASSPHRASE_FILE)]
    return CliRunner().invoke(main, words, input=f"\n{PIN}\n\n{PIN}\n"), drive


def test_no_device_of_the_branch_lives(branch: Branch, monkeypatch: pytest.MonkeyPatch) -> None:
    """All four die: headquarters hands over to a spare of each kind, and every vote is there at night."""
    branch.vote(I1, T1)
    branch.vote(I2, T2)
    gone = {device: branch.die(device) for device in (I1, I2, T1, T2)}

    drives = {}
    for spare, replaced in ((ST, T1), (SI, I1)):
        told, drives[spare] = from_headquarters(branch, monkeypatch, spare, replaced)
        assert told.exit_code == 0, told.output
        assert PIN not in told.output
    for spare in (SI, OTHER):  # of another role, of another district
        told, wrong = from_headquarters(branch, monkeypatch, spare, T2)
        assert told.exit_code == 2
        assert spare is SI or not list(wrong.glob("*.handover"))

    # What headquarters did not sign, or signed for another spare, is no handover.
    bench = branch.begin(ST)
    handed = (drives[ST] / f"{ST}.handover").read_bytes()
    for name in (PACKAGE_FILE, REGISTER_FILE, PORTRAITS_FILE):
        shutil.copy(drives[ST] / name, bench.config.usb)
    value = canonical.decode(handed)
    assert isinstance(value, dict)
    assert isinstance(value["content"], bytes)
    inner = from_cbor(Handover, value["content"])
    thief = HybridKey.generate()
    own = branch.office.certify("thief", Role.BALLOT_TERMINAL, BRANCH, VALIDITY, thief.public)
    forged = (
        to_cbor(inner),
        write_envelope(headquarters_form(), to_cbor(inner), [(thief, own)]),
        handed[:-1] + bytes([handed[-1] ^ 1]),
        (drives[SI] / f"{SI}.handover").read_bytes(),
    )
    for data in forged:
        (bench.config.usb / f"{ST}.handover").write_bytes(data)
        bench.sign_in()
        assert not bench.act(ConsoleAct.LOAD_PACKAGE).ok
        bench.sign_out()
        assert bench.station.context.takeovers.own is None

    for spare, drive in drives.items():
        bench = branch.running.get(spare) or branch.begin(spare)
        empty(bench)
        shutil.copytree(drive, bench.config.usb, dirs_exist_ok=True)
        bench.sign_in()
        outcome = bench.act(ConsoleAct.LOAD_PACKAGE)
        assert outcome.ok, outcome.message
        assert bench.act(ConsoleAct.OPEN).ok
        bench.sign_out()
    for one, other in ((ST, SI), (SI, ST)):
        empty(branch.running[other])
        assert branch.running[one].do(ConsoleAct.ADMIT_SPARE).ok
        carry(branch.running[one], branch.running[other])
        assert branch.running[other].do(ConsoleAct.ADMIT_SPARE).ok
    branch.vote(SI, ST)

    # The dead terminals are rescued at the spare, without a key of theirs.
    desk = branch.running[SI]
    for dead in (gone[T1], gone[T2]):
        shutil.rmtree(desk.config.usb)
        shutil.copytree(dead.files.mirror, desk.config.usb)
        assert desk.do(ConsoleAct.RESCUE).ok
    branch.dead = {I1, I2, T1, T2}
    brought = close(branch)
    published = open_published_register(
        branch.office.once[branch.office.package()], branch.office.authority.root
    )
    acts = [open_takeover(brought[f"{spare}.takeover"], published) for spare in (ST, SI)]
    assert [each.witnesses for each in acts] == [(), ()], "told as spare-unwitnessed"
    files = [read_rescue(brought[f"{device}.rescue"]) for device in (T1, T2)]
    rescues = [(open_rescue(file.act, published).statement, file) for file in files]
    office = branch.office
    imported = import_bundles(
        desk.station.context.election,
        sha256(office.package()).digest(),
        office.authority.root,
        load_sealing_key(office.folder / "keys", unlock),
        [BundleFile(name, data) for name, data in brought.items() if name.endswith(".bundle")],
        NOON,
        settled=SettledDevices(
            tuple(rescues), frozenset({I1, I2}), stationless=frozenset({BRANCH})
        ),
        published=published,
    )
    assert not imported.report.rejected, imported.report.rejected
    assert len(imported.ballots) == branch.cast == 3


def test_of_two_handovers_on_one_drive_the_last_one_is_meant(branch: Branch) -> None:
    """A wrong number was signed and the act repeated: the drive still holds what came first."""
    branch.die(T1)
    living = branch.running[I1]
    assert branch.hand_over(I1, ST, T2).ok
    living.clock.later(60)
    listed = living.station.context.replaceable
    assert living.do(ConsoleAct.TAKE_OVER, str(1 + listed.index(T1))).ok
    assert len(list(living.config.usb.glob("*.handover"))) == 2
    spare = branch.begin(ST)
    carry(living, spare)
    assert spare.load(branch.office.package()).ok
    (act,) = spare.station.context.takeovers.verified
    assert act.statement.replaces == T1


def test_a_drive_is_admitted_whole_or_not_at_all(branch: Branch) -> None:
    """One bad act behind a good one: nothing counts, and the good one alone does later."""
    branch.die(T1)
    assert branch.hand_over(I1, ST, T1).ok
    spare, other = branch.begin(ST), branch.running[I2]
    carry(branch.running[I1], spare)
    assert spare.load(branch.office.package()).ok
    spare.sign_out()
    empty(spare)
    assert spare.do(ConsoleAct.ADMIT_SPARE).ok, "what is known goes onto the drive"
    carry(spare, other)
    bad = other.config.usb / "zz.takeover"
    bad.write_bytes((other.config.usb / f"{ST}.takeover").read_bytes()[:-1] + b"x")
    assert not other.do(ConsoleAct.ADMIT_SPARE).ok
    assert not other.station.context.takeovers.verified
    assert not other.logged("spare-admitted")
    bad.unlink()
    assert other.do(ConsoleAct.ADMIT_SPARE).ok
    assert len(other.logged("spare-admitted")) == 1


@pytest.mark.parametrize("what", ["a file", "a link to nothing"])
def test_a_dead_memory_takes_the_acts_in_the_place_of_whatever_is_there(
    branch: Branch, what: str
) -> None:
    """A memory of a damaged device may hold anything under the folder's name; it is set aside."""
    branch.die(T1)
    assert branch.hand_over(I1, ST, T1).ok
    spare = branch.begin(ST)
    carry(branch.running[I1], spare)
    assert spare.load(branch.office.package()).ok
    spare.sign_out()
    empty(spare)
    usb = spare.config.usb
    (usb / MARKER).write_bytes(b"of the dead one")
    if what == "a file":
        (usb / FOLDER).write_bytes(b"no folder")
    else:
        (usb / FOLDER).symlink_to(usb / "nowhere")
    outcome = spare.do(ConsoleAct.ADMIT_SPARE)
    assert outcome.ok, outcome.message
    assert (usb / FOLDER / f"{ST}.takeover").is_file()
    (aside,) = usb.glob(f"{FOLDER}.damaged-*")
    assert aside.is_symlink() or aside.read_bytes() == b"no folder"


def close(branch: Branch) -> dict[str, bytes]:
    """Close and export; return what the drives hold."""
    brought: dict[str, bytes] = {}
    order = sorted(branch.running, key=lambda device: device in branch.sensors)
    for bench in (branch.running[device] for device in order):
        bench.standings = dict.fromkeys(branch.dead, Standing.DEAD)
        if bench.station.context.polls.state.is_running:
            assert bench.do(ConsoleAct.CLOSE).ok
        empty(bench)
        assert bench.do(ConsoleAct.EXPORT).ok
        for path in bench.config.usb.iterdir():
            assert brought.get(path.name, path.read_bytes()) == path.read_bytes()
            brought[path.name] = path.read_bytes()
    return brought


def test_spares_that_are_refused(branch: Branch) -> None:
    """Of another district, of another role, forged, used twice, without a handover; nothing changes."""

    def why(outcome: ActOutcome) -> str:
        assert not outcome.ok
        return str(outcome.message)

    branch.die(T1)
    assert why(branch.hand_over(I1, OTHER, T1)) == str(DeviceActReason.ACT_DISTRICT.sentence)
    assert why(branch.hand_over(I1, SI, T1)) == str(DeviceActReason.ACT_SPARE.sentence)
    good = branch.drives[ST]
    branch.drives[ST] = good[:-1] + bytes([good[-1] ^ 1])
    assert why(branch.hand_over(I1, ST, T1)) == str(DeviceActReason.ACT_SPARE.sentence)
    branch.drives[ST] = good
    bench = branch.begin(ST)
    assert why(bench.load(branch.office.package())) == str(DeviceActReason.ACT_HANDOVER.sentence)
    bench.sign_out()
    assert why(branch.running[I1].do(ConsoleAct.TAKE_OVER, "9")) == str(
        DeviceActReason.ACT_BRANCH.sentence
    )
    empty(branch.running[I1])
    without = why(branch.running[I1].do(ConsoleAct.TAKE_OVER, "1"))
    assert without == str(DeviceActReason.ACT_DRIVE.sentence)

    # A handover for one spare is none for another, and none once it was changed.
    assert branch.hand_over(I1, ST, T1).ok
    usb = branch.running[I1].config.usb
    handed = (usb / f"{ST}.handover").read_bytes()
    flipped = handed[:200] + bytes([handed[200] ^ 1]) + handed[201:]
    (bench.config.usb / f"{ST}.handover").write_bytes(flipped)
    why(bench.load(branch.office.package()))
    bench.sign_out()
    (bench.config.usb / f"{ST}.handover").write_bytes(handed)
    # What was handed over is right, and the package is not: the spare is of no branch yet.
    why(bench.load(branch.office.package()[:-1]))
    bench.sign_out()
    context = bench.station.context
    assert (context.config.branch, context.takeovers.own) == (SPARE, None)
    assert bench.load(branch.office.package()).ok
    assert context.config.branch == BRANCH
    bench.sign_out()
    assert bench.load(branch.office.package()).ok, "once more, before the polls open"
    assert len(bench.logged("took-over")) == 1, "it took over once"
    bench.sign_out()

    # Without a drive nothing is admitted, and nothing said to stand on one.
    shutil.rmtree(branch.running[T2].config.usb)
    why(branch.running[T2].do(ConsoleAct.ADMIT_SPARE))
    branch.running[T2].config.usb.mkdir()

    # Used: at the device that handed over once it is admitted, and for another device of the branch.
    empty(branch.running[I1])
    carry(bench, branch.running[I1])
    assert branch.running[I1].do(ConsoleAct.ADMIT_SPARE).ok
    assert why(branch.hand_over(I1, ST, T2)) == str(DeviceActReason.ACT_TWICE.sentence)
    # T1 does not stand on the list any more.
    assert T1 not in branch.running[I1].station.context.replaceable
    assert not bench.station.context.replaceable, "a spare hands over to nobody"


# ---------------------------------------------------------------- the cards that are out when a terminal dies


def renewed(desk: IdentityBench, number: int, card: PivCard) -> bool:
    """Have two roles renew a card that a terminal began with; False if its vote was rescued."""
    desk.reader.insert(desk.office.identity_card(VOTERS[number]))
    finger(desk, VOTERS[number])
    assert desk.refused() is VoterRefusal.ALREADY_VOTED
    desk.cards.insert(card)
    overriding(desk)
    desk.cards.remove()
    override(desk, None)
    desk.see(identity.WritingAuthorization)
    desk.cards.insert(card)

    def ended() -> bool:
        state = desk.state
        known = (
            isinstance(state, identity.WritingAuthorization)
            and state.problem is WriteProblem.RESCUED
        )
        return isinstance(state, identity.Done) or known

    desk.until(ended, "the end of writing")
    state = desk.state
    desk.put_away()
    return isinstance(state, identity.Done)


def write(card: PivCard, data: bytes, note: Note | None) -> None:
    """Leave on a card what a terminal had written when it died."""
    card.piv.store_object(TOKEN_OBJECT, encode_token(data))
    if note is not None:
        card.piv.store_object(NOTE_OBJECT, encode_token(encode_note(note)))


@pytest.mark.parametrize("rescued", [True, False], ids=["rescued", "found-at-night"])
def test_cards_that_a_dead_terminal_left(branch: Branch, rescued: bool) -> None:
    """Where it died, whether its memory was rescued before, and who took over: nobody's only vote is lost.

    Rescued first, no vote counts twice either; found at night only, the one is told with its number.
    """
    desk, booth = branch.running[I1], branch.running[T1]
    assert isinstance(desk, IdentityBench)
    assert isinstance(booth, TerminalBench)
    cards = [check_in(desk, VOTERS[number]) for number in range(4)]
    data = [token_on(card) or b"" for card in cards]
    spent = [spent_hash(token.read(each, branch.office.election, BRANCH).nonce) for each in data]
    never, began, recorded, told = range(4)
    write(cards[began], data[began], intent_of(T1, data[began]))
    for number in (recorded, told):
        booth.vote(cards[number])
    receipt = note_on(cards[told])
    write(cards[recorded], data[recorded], intent_of(T1, data[recorded]))
    write(cards[told], data[told], receipt)

    dead = branch.die(T1)
    if rescued:
        shutil.rmtree(desk.config.usb)
        shutil.copytree(dead.files.mirror, desk.config.usb)
        assert desk.do(ConsoleAct.RESCUE).ok
    spare = branch.take_over(I1, ST, T1)
    other = branch.running[T2]
    assert isinstance(spare, TerminalBench)
    assert isinstance(other, TerminalBench)

    # Never begun: good anywhere. A receipt: recorded. An intent: the station asks, and knows a rescue.
    assert spare.refused(cards[began]) is AuthorizationRefusal.ELSEWHERE
    assert other.refused(cards[recorded]) is AuthorizationRefusal.ELSEWHERE
    assert spare.refused(cards[told]) is AuthorizationRefusal.SPENT
    spare.vote(cards[never])
    assert renewed(desk, began, cards[began])
    other.vote(cards[began])
    again = renewed(desk, recorded, cards[recorded])
    assert again is not rescued
    if again:
        spare.vote(cards[recorded])

    at_night = {
        T1: {spent[recorded]: I1, spent[told]: I1},
        ST: {spent[never]: I1, **({spent[recorded]: I1} if again else {})},
        T2: {spent[began]: I1},
    }
    found = balance(at_night, {I1: set(spent)}, {(spent[told], T1)}, ())
    assert (found.wrong, found.lost, found.unlisted) == (False, 0, 0)
    assert found.spent - found.twice == 4, "everybody's vote is there"
    assert found.twice == (0 if rescued else 1)
