"""The reconciliation office reads every box of the night: rescued ones, and those of spares."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from election import rescue, takeover
from election.bundle import BallotBox, write_bundle
from election.definition import DeviceId, Role
from election.envelope import is_envelope
from election.provisional import ORDINARY, Proof, ProvisionalEntry, seal_entry
from election.records import RecordSigner
from election.register import RegisteredDevice, write_register
from election.rescue import is_rescue, read_rescue, write_rescue
from election.schema import to_cbor
from election.takeover import TakeOver, write_takeover
from headquarters.decisions import ReadBox, read_decisions
from headquarters.import_report import FindingKind
from headquarters.intake import import_stored
from headquarters.read_boxes import other_boxes
from headquarters.workspace import ElectionFolder, open_workspace
from tests.acts import with_evidence
from tests.headquarters.small import DeviceKeys
from tests.headquarters.unlocking import own_folder, unlock
from tests.trust.attacks.day import BRANCH_OF, BRANCHES, COUNTED, NOW, SPARE, AttackedDay, Card, run

pytestmark = pytest.mark.slow

PSEUDONYM = b"of one person..."


def sealed(
    day: AttackedDay, station: str, branch: int, *entries: ProvisionalEntry
) -> tuple[bytes, ...]:
    election = open_workspace(day.folder).election
    place = (election.uuid, BRANCHES[branch], DeviceId(station))
    key = election.reconciliation_public_key
    return tuple(sorted(seal_entry(each, *place, key) for each in entries))


def books(day: AttackedDay, place: Path, voted_at: str) -> list[Path]:
    """Bundles of a person who began at a terminal of branch-2 and has a provisional ballot in branch-1."""
    spent = day.boxes[voted_at].spent_hashes[0]
    began = ProvisionalEntry(ORDINARY, "", Proof.CHIP, spent, PSEUDONYM)
    again = ProvisionalEntry(day.handles[0], COUNTED, Proof.CHIP, bytes(32), PSEUDONYM)
    first = replace(day.check_ins["station-1"], provisional=sealed(day, "station-1", 0, again))
    second = replace(day.check_ins["station-2"], claims=sealed(day, "station-2", 1, began))
    found = []
    for name, content in (
        ("station-1", first), ("station-2", second), ("terminal-1", day.boxes["terminal-1"])
    ):  # fmt: skip
        found.append(place / f"{name}.bundle")
        found[-1].write_bytes(day.bundle(name, content))
    return found


def reconciled(day: AttackedDay, out: Path, files: Sequence[Path]) -> tuple[int, str, str]:
    """Run the command; return status, the ground about the person's ballot, and what it printed."""
    folder, decisions = day.folder, out / "decisions.json"
    done = run(
        "reconcile",
        own_folder(folder, "officer"),
        *("--package", folder.package, "--root", folder.path / "public" / "root.der"),
        *("--handles", folder.handles, "--register", folder.register),
        *("--out", decisions),
        *files,
    )
    if done.exit_code:
        return done.exit_code, "", done.output
    told = json.loads(decisions.read_bytes())
    (ground,) = (
        each["reason"] for each in told["decisions"] if each["handle"] == day.handles[0].hex()
    )
    return 0, ground, done.output


def test_who_began_at_a_dead_terminal_counts_once(attacked: AttackedDay, tmp_path: Path) -> None:
    """The vote comes in with the rescue; so does its hash, whatever the file is called."""
    files = books(attacked, tmp_path, "terminal-2")
    status, ground, output = reconciled(attacked, tmp_path, files)
    assert (status, ground) == (0, "eligible")
    assert "such as terminal-2" in output, "a memory that was not read is told"
    rescued = tmp_path / "found on a drive"
    rescued.write_bytes((attacked.folder.path / "out" / "terminal-2.rescue").read_bytes())
    status, ground, output = reconciled(attacked, tmp_path, [*files, rescued])
    assert (status, ground) == (0, "already-voted"), output
    assert "such as terminal-2" not in output


def test_a_rescue_that_does_not_hold_is_refused_by_name(
    attacked: AttackedDay, tmp_path: Path
) -> None:
    files, name = books(attacked, tmp_path, "terminal-2"), "brought.rescue"
    box, other = attacked.boxes["terminal-2"], attacked.boxes["terminal-3"]
    pair, neighbour = attacked.pair(BRANCHES[1]), [attacked.signer("station-2")]
    said = attacked.rescue(box, box.root)
    honest = read_rescue((attacked.folder.path / "out" / "terminal-2.rescue").read_bytes())
    forged = (
        # Without the vote that was spent, so that its person votes again.
        to_cbor(replace(honest, spent=honest.spent[1:])),
        to_cbor(replace(honest, records=other.records)),
        write_rescue(said, box.records, box.spent, (), attacked.pair(BRANCHES[0]), neighbour),
        write_rescue(replace(said, number=bytes(32)), box.records, box.spent, (), pair, neighbour),
        honest.act,
    )
    for data in forged:
        (tmp_path / name).write_bytes(data)
        status, _, output = reconciled(attacked, tmp_path, [*files, tmp_path / name])
        assert (status, name in output) == (2, True), output


def brought(day: AttackedDay) -> dict[str, Path]:
    """Return all that headquarters has of the night: closings and rescues that count, by device."""
    out = day.folder.path / "out"
    found = {path.stem: path for path in out.glob("*.bundle")} | {
        path.stem: path for path in out.glob("*.rescue")
    }
    return {name: path for name, path in found.items() if name in BRANCH_OF}


def decided(day: AttackedDay, place: Path, files: Sequence[Path]) -> Path:
    """Have both offices decide by these files, with the take-over of the spare."""
    taken = day.folder.path / "out" / f"{SPARE}.takeover"
    status, _, output = reconciled(day, place, [*files, taken])
    assert status == 0, output
    decisions = place / "decisions.json"
    done = run("countersign", day.observer, decisions)
    assert done.exit_code == 0, done.output
    return decisions


@pytest.mark.parametrize("left_out", ["terminal-2", "terminal-3", "station-3"])
def test_the_office_leaves_out_a_box(attacked: AttackedDay, tmp_path: Path, left_out: str) -> None:
    """Its decisions name what they rest on: headquarters does not adopt them, and says what is missing."""
    files = brought(attacked)
    folder = ElectionFolder(Path(shutil.copytree(attacked.folder.path, tmp_path / "hq")))
    folder.decisions.unlink()
    decisions = decided(
        attacked, tmp_path, [path for name, path in files.items() if name != left_out]
    )
    done = run("exclude", folder.path, decisions)
    assert (done.exit_code, left_out in done.output) == (2, True), done.output
    assert not folder.decisions.exists()
    decisions = decided(attacked, tmp_path, list(files.values()))
    done = run("exclude", folder.path, decisions)
    assert done.exit_code == 0, done.output
    kept = folder.decisions.read_bytes()
    decisions = decided(
        attacked, tmp_path, [path for name, path in files.items() if name != left_out]
    )
    done = run("exclude", folder.path, decisions)
    assert (done.exit_code, left_out in done.output) == (2, True), done.output
    assert folder.decisions.read_bytes() == kept, "what was read once is read again"


def test_what_came_after_the_decisions_is_told(attacked: AttackedDay, tmp_path: Path) -> None:
    """What is decided stays; what was kept back is named before anything is counted, a book always."""
    workspace = open_workspace(attacked.folder)
    imported = import_stored(workspace, unlock, NOW)
    signed = read_decisions(
        decided(attacked, tmp_path, list(brought(attacked).values())).read_bytes()
    )
    assert list(other_boxes(signed.statement, imported.boxes, workspace.election)) == []
    read = signed.statement.read
    stations = [box.device for box in read if box.device.startswith("station-")]
    assert len(stations) == 4
    fewer = tuple(box for box in read if box.device != "terminal-2")
    # Who read no terminal takes every authorization as used; who read no book knows nobody.
    books_alone = tuple(box for box in read if box.device in stations)
    other = ReadBox(DeviceId("terminal-2"), bytes(32))
    both = tuple(sorted((*read, other), key=lambda box: (box.device, box.content)))
    for given, subjects in (
        (fewer, ["terminal-2"]),
        (books_alone, []),
        (books_alone[1:], stations[:1]),
        ((), stations),
        (both, ["terminal-2"]),
    ):
        told = other_boxes(
            replace(signed.statement, read=given), imported.boxes, workspace.election
        )
        found = [(each.kind, each.subject) for each in told]
        assert found == [(FindingKind.OTHER_BOXES, subject) for subject in subjects]
    forged = tuple(
        replace(box, content=bytes(32)) if box.device == "terminal-2" else box
        for box in signed.statement.read
    )
    told = other_boxes(replace(signed.statement, read=forged), imported.boxes, workspace.election)
    assert [(each.kind.value, each.subject) for each in told] == [("other-boxes", "terminal-2")]


def test_a_rescue_beside_its_closing_is_left_out(attacked: AttackedDay, tmp_path: Path) -> None:
    """As at headquarters the closing counts: what the rescue says was spent takes nobody's ballot out."""
    box = attacked.boxes["terminal-2"]
    terminal = attacked.terminals["terminal-2"]
    records, spent = box.records[1:], box.spent[1:]
    root = RecordSigner(
        terminal.device.signing, terminal.encrypted.fingerprint, DeviceId("terminal-2")
    ).sign_root([each.digest for each in records], [], [each.hash for each in spent])
    closing = tmp_path / "terminal-2.bundle"
    closing.write_bytes(attacked.bundle("terminal-2", BallotBox(records, root, spent)))
    files = [*books(attacked, tmp_path, "terminal-2"), closing]
    status, ground, output = reconciled(attacked, tmp_path, files)
    assert (status, ground) == (0, "eligible"), output
    alone = read_decisions((tmp_path / "decisions.json").read_bytes()).statement.read
    files.append(attacked.folder.path / "out" / "terminal-2.rescue")
    status, ground, output = reconciled(attacked, tmp_path, files)
    assert (status, ground) == (0, "eligible"), output
    assert "1 rescues are of devices whose closing is here, too, such as terminal-2" in output
    assert read_decisions((tmp_path / "decisions.json").read_bytes()).statement.read == alone


def test_a_closing_that_headquarters_refuses_is_not_read(
    attacked: AttackedDay, tmp_path: Path
) -> None:
    """Cards that nobody registered closed a terminal: what it says was spent takes nobody's ballot out."""
    files = books(attacked, tmp_path, "terminal-2")
    said = with_evidence(attacked.said("terminal-2", attacked.boxes["terminal-2"]))
    key, certificate = attacked.signer("terminal-2")
    brought = tmp_path / "terminal-2.bundle"

    def close(cards: list[Card]) -> tuple[int, str, str]:
        acts = attacked.chain(attacked.statements(said), cards, key)
        brought.write_bytes(write_bundle(replace(said, acts=acts), key, certificate))
        return reconciled(attacked, tmp_path, [*files, brought])

    roles = (Role.OFFICER, Role.SUPERVISOR)
    status, _, output = close([attacked.card(role, BRANCHES[1]) for role in roles])
    assert (status, brought.name in output) == (2, True), output
    status, ground, output = close([attacked.cards[BRANCHES[1], role] for role in roles])
    assert (status, ground) == (0, "already-voted"), output


def test_the_box_of_a_spare_is_read_with_its_take_over(
    attacked: AttackedDay, tmp_path: Path
) -> None:
    files = books(attacked, tmp_path, SPARE)
    out = attacked.folder.path / "out"
    files.append(out / f"{SPARE}.bundle")
    status, _, output = reconciled(attacked, tmp_path, files)
    assert status == 2, output
    status, ground, output = reconciled(attacked, tmp_path, [*files, out / f"{SPARE}.takeover"])
    assert (status, ground) == (0, "already-voted"), output
    forged = tmp_path / "x.takeover"
    signers = [attacked.signer(SPARE), attacked.signer("station-2")]
    forged.write_bytes(write_takeover(attacked.takeover(), attacked.pair(BRANCHES[0]), signers))
    status, _, output = reconciled(attacked, tmp_path, [*files, forged])
    assert (status, forged.name in output) == (2, True), output


def test_the_book_of_a_spare_station_is_read_with_its_take_over(
    attacked: AttackedDay, tmp_path: Path
) -> None:
    """A person's ordinary check-in stands in the spare's book alone."""
    name = DeviceId("spare-2")
    folder = ElectionFolder(tmp_path / "election")
    kept = shutil.ignore_patterns("acts", "rescues", "result", "missing.json", "rulings.json")
    shutil.copytree(attacked.folder.path, folder.path, ignore=kept)
    shutil.copytree(own_folder(attacked.folder, "officer"), own_folder(folder, "officer"))
    day = replace(attacked, folder=folder, devices=dict(attacked.devices), acts={})
    keys = HybridKey.generate()
    day.devices[name] = DeviceKeys(name, Role.IDENTITY_STATION, keys, SealingKey.generate())
    certificate = day.certified(name, keys, Role.IDENTITY_STATION, "")
    spare = RegisteredDevice(
        name, Role.IDENTITY_STATION, None, keys.public.classical.raw, sha256(certificate).digest()
    )
    known = day.published.register
    devices = tuple(sorted((*known.devices, spare), key=lambda device: device.id))
    signer = day.authority.signer_key, day.authority.signer
    folder.register.write_bytes(write_register(replace(known, devices=devices), *signer))
    act = TakeOver(
        day.number, BRANCHES[1], name, DeviceId("station-2"), bytes(32), 0, bytes(32), 0, NOW
    )
    neighbour = day.signer("terminal-2")
    taken = tmp_path / "spare-2.takeover"
    taken.write_bytes(write_takeover(act, day.pair(BRANCHES[1]), [(keys, certificate), neighbour]))

    files = books(day, tmp_path, "terminal-2")[::2]
    spent = day.boxes["terminal-1"].spent_hashes[0]
    began = ProvisionalEntry(ORDINARY, "", Proof.CHIP, spent, PSEUDONYM)
    content = replace(day.check_ins["station-2"], claims=sealed(day, name, 1, began))
    said = with_evidence(replace(day.said("station-2", content), device=name))
    cards = [day.cards[BRANCHES[1], role] for role in (Role.OFFICER, Role.SUPERVISOR)]
    acts = day.chain(day.statements(said), cards, keys)
    book = tmp_path / "spare-2.bundle"
    book.write_bytes(write_bundle(replace(said, acts=acts), keys, certificate))
    assert reconciled(day, tmp_path, [*files, book])[0] == 2
    status, ground, output = reconciled(day, tmp_path, [*files, book, taken])
    assert (status, ground) == (0, "already-voted"), output


def test_what_a_file_is_stands_in_its_first_bytes(attacked: AttackedDay) -> None:
    out = attacked.folder.path / "out"
    rescued, taken, bundle = (
        (out / name).read_bytes()
        for name in ("terminal-2.rescue", f"{SPARE}.takeover", f"{SPARE}.bundle")
    )
    act = read_rescue(rescued).act
    assert [is_rescue(data) for data in (rescued, act, taken, bundle)] == [True, *[False] * 3]
    forms = (takeover.form(), rescue.form())
    found = [[is_envelope(form, data) for form in forms] for data in (taken, act, rescued, bundle)]
    assert found == [[True, False], [False, True], [False, False], [False, False]]
