"""Headquarters hands over: whatever revision a branch has, however packages are made, once for a device."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from election.definition import DeviceId, Role
from election.device_acts import DeviceActError
from election.errors import ElectionError
from election.handover import HandoverDraft, statement_of
from election.package import open_sent_package
from election.package.portraits import (
    PACKAGE_FILE,
    PORTRAITS_FILE,
    needed,
    portraits_beside,
    write_portraits,
)
from election.reasons import DeviceActReason
from election.register import REGISTER_FILE
from election.rulings import Revocation, RevocationGround, Rulings
from election.spare import SPARE_SUFFIX
from election.takeover import VerifiedTakeOver
from headquarters.backup import back_up, restore
from headquarters.handing_over import begin_handover, finish_handover
from headquarters.packaging import encode
from headquarters.revisions import LIST_FILE, kept_row, write_list
from headquarters.sent import TABLE_FILE
from headquarters.workspace import ElectionFolder, FolderError, Workspace, open_workspace
from tests.headquarters.unlocking import unlock
from tests.kiosk.station.office import BRANCH, NOON, Office
from tests.kiosk.station.test_taking_over import I1, I2, OTHER, SI, ST, T1, T2, with_spares

CARDS: Mapping[Role, tuple[bytes, bytes]] = {
    Role.OFFICER: (b"an officer's", b"signed"),
    Role.SUPERVISOR: (b"a supervisor's", b"signed"),
}
"""The cards themselves are tried in `tests/kiosk/station/test_taking_over.py`."""


class Hand:
    """An office whose packages hold no portraits, and the spares' drives."""

    def __init__(self, place: Path) -> None:
        self.folder = place / "office"
        self.folder.mkdir()
        stations = dict.fromkeys((I1, I2), (Role.IDENTITY_STATION, BRANCH))
        terminals = dict.fromkeys((T1, T2), (Role.BALLOT_TERMINAL, BRANCH))
        self.office = Office.open(self.folder, {**stations, **terminals})
        self.package = encode(self.office.election, None, self.office.authority)
        self.office.once[b""] = self.package
        self.files = with_spares(self.office)
        later = replace(self.office.election, closes=NOON.replace(hour=23))
        self.later = encode(later, None, self.office.authority)
        """A revision that this branch did not get."""
        (self.folder / REGISTER_FILE).write_bytes(self.office.once[self.package])

    def lay(self, *, divided: bool, revised: bool) -> None:
        """Lay the package as headquarters keeps it."""
        for name in ("districts", "packages", "handed-over"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        newest = self.later if revised else self.package
        earlier, listed = self.folder / "packages", self.folder / LIST_FILE
        earlier.mkdir()
        listed.unlink(missing_ok=True)
        if not divided:
            (self.folder / PACKAGE_FILE).write_bytes(newest)
            if revised:
                (earlier / "1.amin").write_bytes(self.package)
                self.list_kept()
            return
        places = [(self.folder / "districts", newest)]
        places += [(earlier / "1", self.package)] if revised else []
        for place, data in places:
            (place / "001").mkdir(parents=True)
            (place / "001" / PACKAGE_FILE).write_bytes(data)
            (place / TABLE_FILE).write_text(f"sha256\n{sha256(data).hexdigest()}\n", "utf-8")
        if revised:
            self.list_kept()
        beside = self.folder / "districts" / PORTRAITS_FILE
        beside.write_bytes(write_portraits(self.office.portraits))

    def list_kept(self) -> None:
        folder = ElectionFolder(self.folder)
        kept = [path for path in (self.folder / "packages").rglob("*") if path.is_file()]
        write_list(folder, [kept_row(folder, path, path.read_bytes()) for path in kept])

    def drive(self, place: Path, spare: DeviceId = ST) -> Path:
        place.mkdir()
        (place / f"{spare}{SPARE_SUFFIX}").write_bytes(self.files[spare])
        return place

    @property
    def workspace(self) -> Workspace:
        return open_workspace(ElectionFolder(self.folder))


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Hand:
    return Hand(tmp_path_factory.mktemp("hand"))


@pytest.fixture
def hand(opened: Hand) -> Hand:
    opened.lay(divided=True, revised=False)
    return opened


def frozen(hand: Hand, drive: Path, gone: DeviceId = T1) -> HandoverDraft:
    return begin_handover(hand.workspace, drive, gone, NOON)[0]


def given(hand: Hand, drive: Path, gone: DeviceId = T1) -> HandoverDraft:
    made = frozen(hand, drive, gone)
    finish_handover(hand.workspace, made, CARDS, drive, unlock)
    return made


def why(act: Callable[[], object]) -> str:
    with pytest.raises(ElectionError) as refused:
        act()
    return str(refused.value)


@pytest.mark.parametrize("revised", [False, True], ids=["newest", "earlier"])
@pytest.mark.parametrize("divided", [False, True], ids=["one", "districts"])
def test_the_drive_has_what_a_spare_loads(
    opened: Hand, tmp_path: Path, divided: bool, revised: bool
) -> None:
    opened.lay(divided=divided, revised=revised)
    drive = opened.drive(tmp_path / "drive")
    given(opened, drive)
    data = (drive / PACKAGE_FILE).read_bytes()
    assert data == opened.package, "the one that the register names"
    assert (drive / REGISTER_FILE).read_bytes() == opened.office.once[opened.package]
    if divided:
        election = open_sent_package(data, opened.office.authority.root).election
        assert portraits_beside(drive, election).keys() == needed(election)
    else:
        assert not (drive / PORTRAITS_FILE).exists()


@pytest.mark.parametrize("lost", [PACKAGE_FILE, PORTRAITS_FILE])
def test_what_headquarters_lacks_is_told_before_a_card_signs(
    hand: Hand, tmp_path: Path, lost: str
) -> None:
    drive = hand.drive(tmp_path / "drive")
    workspace = hand.workspace
    for path in hand.folder.glob(f"districts/**/{lost}"):
        path.unlink()
    why(lambda: begin_handover(workspace, drive, T1, NOON))


@pytest.mark.parametrize(
    "name", [PACKAGE_FILE, PACKAGE_FILE.upper(), REGISTER_FILE, PORTRAITS_FILE]
)
def test_another_file_in_the_way_is_told_before_a_card_signs(
    hand: Hand, tmp_path: Path, name: str
) -> None:
    drive = hand.drive(tmp_path / "drive")
    made = frozen(hand, drive)
    (drive / name).write_bytes(hand.later)
    before = sorted(path.name for path in drive.iterdir())
    told = why(lambda: frozen(hand, drive))
    assert (
        told
        == f"{drive / name} is not the one that the spare needs: take it off the drive, and begin again"
    )
    # Put in between both: nothing is written, and nothing kept.
    with pytest.raises(FolderError):
        finish_handover(hand.workspace, made, CARDS, drive, unlock)
    assert sorted(path.name for path in drive.iterdir()) == before
    assert not (hand.folder / "handed-over").exists()
    (drive / name).unlink()
    given(hand, drive)


def test_a_device_is_handed_over_once(hand: Hand, tmp_path: Path) -> None:
    twice = str(DeviceActReason.ACT_TWICE.sentence)
    first, second = hand.drive(tmp_path / "first"), hand.drive(tmp_path / "second")
    made = given(hand, first)
    # The same again, onto another drive, later: one act.
    again = begin_handover(hand.workspace, second, T1, NOON.replace(minute=7))[0]
    assert again == made
    finish_handover(hand.workspace, again, CARDS, second, unlock)
    name = f"{ST}.handover"
    assert (first / name).read_bytes() == (second / name).read_bytes()
    given(hand, first)
    assert [path.name for path in first.glob("*.handover")] == [name]
    published = hand.workspace.published
    assert published is not None
    assert statement_of((first / name).read_bytes(), published) == made.statement
    # This spare for another device, and another spare for this device.
    assert why(lambda: frozen(hand, first, T2)) == twice
    given(hand, hand.drive(tmp_path / "station", SI), I1)
    assert why(lambda: frozen(hand, tmp_path / "station", I2)) == twice
    kept = sorted(path.name for path in (hand.folder / "handed-over").iterdir())
    assert kept == [f"{I1}.handover", f"{T1}.handover"]


def test_another_spare_for_the_same_device_is_refused(hand: Hand, tmp_path: Path) -> None:
    """Begun at the same time, too: what was kept first holds, and the other drive gets nothing."""
    one, other = hand.drive(tmp_path / "one"), hand.drive(tmp_path / "other", OTHER)
    made = frozen(hand, one)
    rival = replace(made, statement=replace(made.statement, spare=OTHER))
    given(hand, one)
    with pytest.raises(DeviceActError) as refused:
        finish_handover(hand.workspace, rival, CARDS, other, unlock)
    assert refused.value.reason is DeviceActReason.ACT_TWICE
    assert [path.name for path in other.iterdir()] == [f"{OTHER}{SPARE_SUFFIX}"]


def forgetting(hand: Hand, drive: Path) -> Path:
    """Hand over to the spare of a drive, and bring the folder back from a copy of before."""
    given(hand, drive)
    shutil.rmtree(hand.folder / "handed-over")
    return drive / f"{ST}.handover"


def test_a_drive_tells_what_the_folder_forgot(hand: Hand, tmp_path: Path) -> None:
    """The spare of another drive would take over from the same device, and both would vote."""
    first, other = hand.drive(tmp_path / "first"), hand.drive(tmp_path / "other", OTHER)
    there = forgetting(hand, first)
    for device in (T1, T2):
        with pytest.raises(FolderError, match=rf"{ST}.*{T1}.*older copy.*handed-over"):
            frozen(hand, first, device)
    shutil.copy(there, other / "found.handover")
    with pytest.raises(FolderError, match=r"found\.handover.*older copy"):
        frozen(hand, other)
    (hand.folder / "handed-over").mkdir()
    shutil.copy(there, hand.folder / "handed-over")
    assert why(lambda: frozen(hand, first, T2)) == str(DeviceActReason.ACT_TWICE.sentence)
    published = hand.workspace.published
    assert published is not None
    assert frozen(hand, first).statement == statement_of(there.read_bytes(), published)


def test_an_act_that_came_in_tells_what_the_folder_forgot(hand: Hand, tmp_path: Path) -> None:
    """One that a neighbour witnessed was never headquarters' own."""
    drive, other = hand.drive(tmp_path / "drive"), hand.drive(tmp_path / "station", SI)
    made = frozen(hand, drive)
    there = forgetting(hand, drive)
    there.unlink()
    for witnesses, told in (((), True), ((T2,), False)):
        act = VerifiedTakeOver(made.statement, witnesses, made.spare.said.certificate)
        acts = replace(hand.workspace.acts, takeovers=(act,))
        workspace = replace(hand.workspace, acts=acts)
        if told:
            with pytest.raises(FolderError, match=rf"{ST}.*{T1}.*older copy"):
                begin_handover(workspace, other, I1, NOON)
        else:
            begin_handover(workspace, other, I1, NOON)


def test_a_folder_from_a_copy_hands_over_once_somebody_has_asked(
    hand: Hand, tmp_path: Path
) -> None:
    """A copy of before the hand-over knows nothing of it, and another drive neither."""
    first, other = hand.drive(tmp_path / "first"), hand.drive(tmp_path / "other")
    folder = ElectionFolder(hand.folder)
    folder.plan.write_text("", "utf-8")
    back_up(folder, tmp_path / "copy", NOON)
    there = forgetting(hand, first)
    back = ElectionFolder(tmp_path / "back")
    restore(tmp_path / "copy", back.path)
    folder.plan.unlink()

    def begun() -> HandoverDraft:
        return begin_handover(open_workspace(back), other, T2, NOON)[0]

    with pytest.raises(FolderError, match=r"from a copy.*handed-over.*brought-back"):
        begun()
    back.handed_over.mkdir(exist_ok=True)
    shutil.copy(there, back.handed_over)
    back.brought_back.unlink()
    assert why(begun) == str(DeviceActReason.ACT_TWICE.sentence)


def test_another_file_of_that_ending_on_a_drive_says_nothing(hand: Hand, tmp_path: Path) -> None:
    drive = hand.drive(tmp_path / "drive")
    (drive / "noise.handover").write_bytes(b"noise")
    given(hand, drive)


def test_what_is_kept_and_no_handover_stops_all(hand: Hand, tmp_path: Path) -> None:
    drive = hand.drive(tmp_path / "drive")
    given(hand, drive)
    kept = hand.folder / "handed-over" / f"{T1}.handover"
    data = kept.read_bytes()
    kept.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    why(lambda: frozen(hand, drive))


@pytest.mark.parametrize("which", ["spare", "neighbour", "another spare"])
def test_a_spare_that_two_offices_revoked_gets_nothing(
    hand: Hand, tmp_path: Path, which: str
) -> None:
    """It is on the list of both offices, by its certificate; whoever else is on it, hinders nobody."""
    drive = hand.drive(tmp_path / "drive")
    workspace = hand.workspace
    assert workspace.published is not None
    register = workspace.published.register
    device = register.device({"spare": ST, "neighbour": T2, "another spare": SI}[which])
    assert device is not None
    since = NOON + timedelta(days=1)
    revoked = Revocation(device.certificate, RevocationGround.STOLEN, since)
    rulings = Rulings(bytes.fromhex(workspace.published.number), (), (revoked,))
    listed = replace(workspace, acts=replace(workspace.acts, rulings=rulings))
    if which != "spare":
        assert begin_handover(listed, drive, T1, NOON)[0].statement.spare == ST
        return
    with pytest.raises(DeviceActError) as refused:
        begin_handover(listed, drive, T1, NOON)
    assert refused.value.reason is DeviceActReason.ACT_REVOKED, "whatever hour it is revoked from"
    assert [path.name for path in drive.iterdir()] == [f"{ST}{SPARE_SUFFIX}"]
