"""Packages of the districts: small ones, together the election, for their own devices alone."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election.definition import Branch, BranchId, DeviceId, EnrolledDevice, Role, Text
from election.enrolment import EnrolmentRequest
from election.errors import ElectionError, ManifestError, PackageError
from election.files import write_new
from election.package import Expected, open_package
from election.package.portraits import (
    PACKAGE_FILE,
    PORTRAITS_FILE,
    needed,
    read_portraits,
    write_portraits,
)
from election.reasons import PackageReason
from election.register import REGISTER_FILE, RegisterError, open_published_register
from election.register_match import compare
from headquarters import districts, packaging, revisions
from headquarters.candidate_files import parse
from headquarters.device_list import DEVICES_FILE, ListedDevice, write_devices
from headquarters.districts import parts
from headquarters.intake import believed_by
from headquarters.preparation import make_package
from headquarters.revisions import (
    LIST_FILE,
    KeptRow,
    earlier,
    earlier_digests,
    kept_row,
    write_list,
)
from headquarters.sent import TABLE_FILE
from headquarters.workspace import (
    ElectionFolder,
    FolderError,
    Workspace,
    open_sent_package,
    open_workspace,
)
from tests.cases.office.office import accepted, amin, ask, filled_in, put, refused, registered
from tests.election.samples import sample
from tests.fuzz.mutate import Mutator
from tests.headquarters.unlocking import authority_of, unlock

SOON = datetime.now(UTC) + timedelta(days=60)
BRANCHES = (("a1", "1"), ("b1", "شمیران / ۲"), ("a2", "1"), ("c1", "3"), ("d1", "4"))
DEVICES = {
    "a1": ("a1-s", "a1-t"),
    "a2": ("a2-s", "a2-t"),
    "b1": ("b1-s", "b1-t", "b1-t2"),
    "d1": ("d1-s", "d1-t"),
}
"""District 3 has none yet."""
ELECTION = sample().election


@dataclass
class Office:
    """A folder, and the devices that asked."""

    folder: Path
    devices: dict[str, EnrolmentRequest]

    @property
    def workspace(self) -> Workspace:
        return open_workspace(ElectionFolder(self.folder))

    def ask(self, name: str, branch: str) -> None:
        role = Role.IDENTITY_STATION if "-s" in name else Role.BALLOT_TERMINAL
        self.devices[name] = ask(name, role, branch)
        put(self.folder, self.devices[name], name)

    def copied(self, place: Path) -> Office:
        return Office(Path(shutil.copytree(self.folder, place)), dict(self.devices))

    def expected(self, name: str) -> Expected:
        asked = self.devices[name]
        root = (self.folder / "public" / "root.der").read_bytes()
        return Expected(root, None, asked.branch, asked.device, asked.signing_key)


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Office:
    place = tmp_path_factory.mktemp("office")
    folder = filled_in(place, f"{SOON:%Y-%m-%d}")
    plan = folder / "election.toml"
    text = plan.read_text("utf-8").replace('packages = "one"', 'packages = "districts"')
    plan.write_text(text.replace("name a public source", "an index"), "utf-8")
    lines = "\n".join(f"{branch},{branch},{district}" for branch, district in BRANCHES)
    (place / "b.csv").write_text(f"id,name_fa,district\n{lines}\n", "utf-8")
    accepted(amin("branches", folder, "--branches", place / "b.csv"))
    office = Office(folder, {})
    for branch, names in DEVICES.items():
        for name in names:
            office.ask(name, branch)
    told = accepted(amin("package", folder, "--yes", "--json"))
    found = json.loads(told.stdout)
    assert found["devices"] == len(office.devices)
    assert found["packages"] == 3
    return office


def test_together_they_are_the_election(packaged: Office) -> None:
    workspace = packaged.workspace
    assert not (packaged.folder / PACKAGE_FILE).exists()
    assert [x.branches for x in workspace.packages] == [("a1", "a2"), ("b1",), ("c1", "d1")]
    election = workspace.election
    assert [x.id for x in election.devices] == sorted(packaged.devices)
    with (packaged.folder / "districts" / TABLE_FILE).open(encoding="utf-8-sig") as file:
        listed = list(csv.DictReader(file))
    assert [(x["folder"], x["district"], x["devices"]) for x in listed] == [
        ("001", "1", "4"),
        ("002", "شمیران / ۲", "3"),
        ("003", "3، 4", "2"),
    ]
    for row, sent in zip(listed, workspace.packages, strict=True):
        data = (packaged.folder / "districts" / row["folder"] / PACKAGE_FILE).read_bytes()
        assert hashlib.sha256(data).hexdigest() == row["sha256"] == sent.digest.hex()
        assert len(data) == int(row["bytes"]) <= districts.LARGEST_PACKAGE
        assert b"\xff\xd8\xff" not in data, "no portrait is in it"


def test_a_device_loads_its_own_with_the_portraits_and_no_other(
    packaged: Office, tmp_path: Path
) -> None:
    office = packaged.copied(tmp_path / "e")
    accepted(amin("register", office.folder, "--yes"))
    root = (office.folder / "public" / "root.der").read_bytes()
    published = open_published_register((office.folder / "register.json").read_bytes(), root)
    place = office.folder / "districts"
    files = {number: (place / f"00{number}" / PACKAGE_FILE).read_bytes() for number in (1, 2, 3)}
    homes = {"a1": 1, "a2": 1, "b1": 2, "d1": 3}
    for name, asked in office.devices.items():
        for number, data in files.items():
            if number != homes[asked.branch]:
                with pytest.raises(PackageError) as error:
                    open_package(data, office.expected(name), SOON, beside=place)
                assert error.value.reason is PackageReason.WRONG_BRANCH
                continue
            loaded = open_package(data, office.expected(name), SOON, beside=place)
            assert loaded.beside
            assert loaded.portraits.keys() == needed(loaded.election)
            compare(published, loaded, asked.branch)
            with pytest.raises(RegisterError):
                compare(published, loaded, BranchId("b1" if asked.branch != "b1" else "a1"))
    alone = tmp_path / "alone"
    alone.mkdir()
    for folder in (alone, None):
        with pytest.raises(PackageError):
            open_package(files[1], office.expected("a1-s"), SOON, beside=folder)


def test_the_next_revision_keeps_the_earlier_ones(packaged: Office, tmp_path: Path) -> None:
    office = packaged.copied(tmp_path / "e")
    before = office.workspace
    office.ask("c1-t", "c1")
    accepted(amin("package", office.folder, "--yes"))
    after = office.workspace
    assert [x.branches for x in after.packages] == [("a1", "a2"), ("b1",), ("c1",), ("d1",)]
    kept = sorted((office.folder / "packages" / "1").rglob("*.amin"))
    assert [hashlib.sha256(x.read_bytes()).digest() for x in kept] == [
        x.digest for x in before.packages
    ]
    certificates = {x.id: x.certificate for x in after.election.devices}
    assert all(certificates[x.id] == x.certificate for x in before.election.devices)
    accepted(amin("register", office.folder, "--yes"))
    found = [(x.revision, x.branches, x.sha256) for x in registered(office.folder).packages]
    assert found == [
        (revision, each.branches, each.digest)
        for revision, packages in ((1, before.packages), (2, after.packages))
        for each in packages
    ]
    refused(amin("package", office.folder, "--yes"), "register.json")


def test_one_or_many_is_decided_once(packaged: Office, tmp_path: Path) -> None:
    office = packaged.copied(tmp_path / "e")
    plan = office.folder / "election.toml"
    plan.write_text(plan.read_text("utf-8").replace('"districts"', '"one"'), "utf-8")
    refused(amin("package", office.folder, "--yes"), "election.toml")
    assert [x.digest for x in office.workspace.packages] == [
        x.digest for x in packaged.workspace.packages
    ]


def test_a_device_that_is_not_listed_is_in_no_package(packaged: Office, tmp_path: Path) -> None:
    """Nor one that asked after people had compared who did."""
    office = packaged.copied(tmp_path / "e")
    listed = [ListedDevice(x.id, x.role, x.branch) for x in office.workspace.election.devices]
    waiting = ListedDevice(DeviceId("c1-s"), Role.IDENTITY_STATION, BranchId("c1"))
    (office.folder / DEVICES_FILE).write_bytes(write_devices([*listed, waiting]))
    told = accepted(amin("package", office.folder, "--yes"))
    assert "1 device of devices.csv has not asked to be enrolled: c1-s" in told.output
    before = [x.digest for x in office.workspace.packages]
    office.ask("c1-s2", "c1")
    refused(amin("package", office.folder, "--yes"), "c1-s2", "devices.csv")
    with pytest.raises(ManifestError, match=r"c1-s2.*devices\.csv"):
        make_package(ElectionFolder(office.folder), unlock, datetime.now(UTC))
    assert [x.digest for x in office.workspace.packages] == before


def exchange(folder: Path, one: str, other: str) -> None:
    first, second = (folder / "districts" / x / PACKAGE_FILE for x in (one, other))
    first.write_bytes(second.read_bytes())


def broken_off(folder: Path) -> None:
    """A copy that ended in the middle: files come in the order of their names."""
    shutil.rmtree(folder / "districts" / "003")
    for name in (TABLE_FILE, PORTRAITS_FILE):
        (folder / "districts" / name).unlink()


SPOILT: dict[str, Callable[[Path], object]] = {
    "one package twice": lambda f: exchange(f, "001", "002"),
    "the first lost": lambda f: shutil.rmtree(f / "districts/001"),
    "one between lost": lambda f: (f / "districts/002" / PACKAGE_FILE).unlink(),
    "the last lost": lambda f: shutil.rmtree(f / "districts/003"),
    "the table lost": lambda f: (f / "districts" / TABLE_FILE).unlink(),
    "a copy broken off": broken_off,
    "a table of fewer": lambda f: (f / "districts" / TABLE_FILE).write_bytes(
        b"\r\n".join((f / "districts" / TABLE_FILE).read_bytes().split(b"\r\n")[:-2])
    ),
    "no table": lambda f: (f / "districts" / TABLE_FILE).write_bytes(b"\xff\x00"),
    "a table of no digests": lambda f: (f / "districts" / TABLE_FILE).write_text("sha256\nx\n"),
    "no package": lambda f: list(map(Path.unlink, (f / "districts").rglob(PACKAGE_FILE))),
    "a changed bit": lambda f: (f / "districts/002" / PACKAGE_FILE).write_bytes(
        (f / "districts/002" / PACKAGE_FILE).read_bytes()[:-1] + b"x"
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_folder_that_is_not_whole_is_not_opened(
    packaged: Office, tmp_path: Path, what: str
) -> None:
    office = packaged.copied(tmp_path / "e")
    SPOILT[what](office.folder)
    with pytest.raises(ElectionError):
        _ = office.workspace
    refused(amin("register", office.folder, "--yes"), "")
    assert not (office.folder / REGISTER_FILE).exists()


@pytest.mark.parametrize("name", ["copy", "packages", "packages/copy", "1"])
def test_a_copy_that_broke_off_is_not_opened_under_another_name(
    packaged: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    office = packaged.copied(tmp_path / "e")
    root = (office.folder / "public" / "root.der").read_bytes()
    brought = shutil.copytree(office.folder / "districts", tmp_path / name)
    assert open_sent_package(brought, root).digests == {
        each.digest for each in packaged.workspace.packages
    }
    broken_off(office.folder)
    shutil.rmtree(brought)
    shutil.copytree(office.folder / "districts", brought)
    monkeypatch.chdir(brought)
    for place in (brought, Path()):
        with pytest.raises(ManifestError, match="whole, from a copy"):
            open_sent_package(place, root)


@pytest.fixture(scope="module")
def thrice(packaged: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office with two kept revisions."""
    office = packaged.copied(tmp_path_factory.mktemp("thrice") / "e")
    for device in ("c1-t", "c1-t2"):
        office.ask(device, "c1")
        accepted(amin("package", office.folder, "--yes"))
    return office


def kept_files(folder: Path) -> list[Path]:
    """Return all that is kept of earlier packages, from the folder, with the list."""
    found = [x.relative_to(folder) for x in (folder / "packages").rglob("*") if x.is_file()]
    return sorted([*found, Path(LIST_FILE)])


def test_what_is_kept_is_listed(thrice: Office) -> None:
    folder = ElectionFolder(thrice.folder)
    rows = parse(KeptRow, (thrice.folder / LIST_FILE).read_bytes(), LIST_FILE)
    assert sorted(Path(row.file) for row in rows) == sorted(
        {*kept_files(thrice.folder)} - {Path(LIST_FILE)}
    )
    assert len(earlier(folder)) == 2
    assert len(rows) == 3 + 4 + 2  # packages of both, and their tables
    for row in rows:
        assert hashlib.sha256((thrice.folder / row.file).read_bytes()).hexdigest() == row.sha256


def test_a_copy_of_kept_revisions_that_broke_off_anywhere_is_refused_by_name(
    thrice: Office, tmp_path: Path
) -> None:
    """In whichever order files are copied, and whether the last one is whole."""
    files = kept_files(thrice.folder)
    for turn in range(len(files)):
        order = files[turn:] + files[:turn]
        for done in range(1, len(files)):
            for whole in (True, False):
                place = tmp_path / f"{turn}-{done}-{whole}"
                shutil.copytree(thrice.folder / "districts", place / "districts")
                for number, name in enumerate(order[:done]):
                    data = (thrice.folder / name).read_bytes()
                    cut = number == done - 1 and not whole
                    (place / name).parent.mkdir(parents=True, exist_ok=True)
                    (place / name).write_bytes(data[: len(data) // 2] if cut else data)
                with pytest.raises(FolderError, match=r"lost or was changed.*from a copy") as told:
                    earlier_digests(ElectionFolder(place))
                lost = [name for name in files if not (place / name).exists()]
                named = {*lost, order[done - 1], Path(LIST_FILE)}
                assert any(str(place / name) in str(told.value) for name in named)
                shutil.rmtree(place)


STRAYS = (
    "packages/.DS_Store",
    "packages/1/.DS_Store",
    "packages/2/001/Thumbs.db",
    "packages/1/._1.amin",
)


def test_what_file_managers_leave_is_no_matter(thrice: Office, tmp_path: Path) -> None:
    office = thrice.copied(tmp_path / "e")
    folder = ElectionFolder(office.folder)
    before = earlier_digests(folder)
    for name in STRAYS:
        (office.folder / name).write_bytes(b"x")
    assert earlier_digests(folder) == before
    accepted(amin("register", office.folder, "--yes"))


@pytest.mark.parametrize("name", ["1.amin", "3/001/package.amin", "3/districts.csv"])
def test_an_unlisted_package_is_told_beside_strays(
    thrice: Office, tmp_path: Path, name: str
) -> None:
    office = thrice.copied(tmp_path / "e")
    place = office.folder / "packages" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"x")
    with pytest.raises(FolderError, match="lost or was changed"):
        earlier(ElectionFolder(office.folder))


def test_every_step_refuses_what_is_lost(thrice: Office, tmp_path: Path) -> None:
    for number, lost in enumerate(kept_files(thrice.folder)):
        office = thrice.copied(tmp_path / str(number))
        (office.folder / lost).unlink()
        office.ask("d1-t2", "d1")
        refused(amin("register", office.folder, "--yes"), lost.name)
        refused(amin("package", office.folder, "--yes"), lost.name)
        assert not (office.folder / REGISTER_FILE).exists()


@pytest.fixture(scope="module")
def in_register(thrice: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = thrice.copied(tmp_path_factory.mktemp("registered") / "e")
    accepted(amin("register", office.folder, "--yes"))
    return office


def believed(office: Office) -> frozenset[bytes]:
    return frozenset(believed_by(office.workspace).packages)


def listed_anew(folder: Path) -> None:
    """Write the list of what is there, as anybody can."""
    place = ElectionFolder(folder)
    kept = [folder / name for name in kept_files(folder) if name != Path(LIST_FILE)]
    write_list(place, [kept_row(place, path, path.read_bytes()) for path in kept])


def swap_kept(folder: Path) -> None:
    one, two = (folder / "packages" / x / "002/package.amin" for x in ("1", "2"))
    first, second = one.read_bytes(), two.read_bytes()
    assert first != second
    one.write_bytes(second)
    two.write_bytes(first)


def replace_kept(folder: Path) -> None:
    """One that headquarters signed, for another place."""
    shutil.copy(folder / "packages/1/002/package.amin", folder / "packages/1/003/package.amin")


def damage_kept(folder: Path) -> None:
    (folder / "packages/1/002/package.amin").write_bytes(b"anything")


def take_one_out(folder: Path) -> None:
    shutil.rmtree(folder / "packages/1/003")


def bring_an_older_one_back(folder: Path) -> None:
    shutil.rmtree(folder / "districts")
    (folder / "packages/2").rename(folder / "districts")
    # Portraits lie beside the newest alone, and are asked for by no import.


def lose_the_last_kept(folder: Path) -> None:
    shutil.rmtree(folder / "packages/2")


def lose_all_kept(folder: Path) -> None:
    shutil.rmtree(folder / "packages")
    (folder / "packages").mkdir()


def keep_one_more(folder: Path) -> None:
    shutil.copytree(folder / "packages/2", folder / "packages/3")


@pytest.mark.parametrize(
    ("attack", "told"),
    [
        (swap_kept, "is not revision 1 that the register names"),
        (replace_kept, "is not revision 1 that the register names"),
        (damage_kept, "is not revision 1 that the register names"),
        (take_one_out, "is not revision 1 that the register names"),
        (bring_an_older_one_back, "names 3 revisions of the packages"),
        (lose_the_last_kept, "names 3 revisions of the packages"),
        (lose_all_kept, "names 3 revisions of the packages"),
        (keep_one_more, "names 3 revisions of the packages"),
    ],
    ids=lambda x: x.__name__ if callable(x) else None,
)
def test_a_list_that_fits_what_was_changed_does_not_fit_the_register(
    in_register: Office, tmp_path: Path, attack: Callable[[Path], None], told: str
) -> None:
    """The list is signed by nobody; the register is."""
    office = in_register.copied(tmp_path / "e")
    attack(office.folder)
    listed_anew(office.folder)
    earlier_digests(ElectionFolder(office.folder))  # by the list alone nothing is wrong
    with pytest.raises(FolderError, match=f"{told}.*from a copy"):
        believed(office)


def test_the_register_names_all_that_is_believed(in_register: Office, tmp_path: Path) -> None:
    register = in_register.workspace.published
    assert register is not None
    assert believed(in_register) == {each.sha256 for each in register.register.packages}
    office = in_register.copied(tmp_path / "e")
    lines = (office.folder / LIST_FILE).read_bytes()
    (office.folder / LIST_FILE).write_bytes(lines.replace(b"packages/1/", b"packages/4/"))
    with pytest.raises(FolderError, match="lost or was changed"):
        believed(office)


def test_keeping_that_is_cut_off_anywhere_goes_on(
    packaged: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the list is written nothing is kept: the same command makes it anew."""
    office = packaged.copied(tmp_path / "e")
    before = [x.digest for x in office.workspace.packages]
    folder, left = ElectionFolder(office.folder), 0

    def cutting(write: Callable[..., None]) -> Callable[..., None]:
        def written(*what: object) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise OSError("no power")
            write(*what)

        return written

    for name in ("write_new", "replace_file"):
        monkeypatch.setattr(revisions, name, cutting(getattr(revisions, name)))
    for allowed in range(len(before) + 2):
        left = allowed
        assert amin("package", office.folder, "--yes").exit_code != 0
        assert earlier_digests(folder) == ()
    monkeypatch.undo()
    accepted(amin("package", office.folder, "--yes"))
    assert list(earlier_digests(folder)) == before


@pytest.mark.parametrize("part", ["001", "002", "003"])
def test_no_branch_that_is_registered_is_forgotten(
    packaged: Office, tmp_path: Path, part: str
) -> None:
    """With its package its devices would be gone, and a result without them final."""
    office = packaged.copied(tmp_path / "e")
    accepted(amin("register", office.folder, "--yes"))
    assert office.workspace.published is not None
    shutil.rmtree(office.folder / "districts" / part)
    with pytest.raises(ElectionError, match="from a copy"):
        _ = office.workspace


def test_packages_of_two_elections_are_not_one(packaged: Office, tmp_path: Path) -> None:
    """Both signed by headquarters: one of them with other rules."""
    office = packaged.copied(tmp_path / "e")
    authority = authority_of(office.folder / "keys")
    election = office.workspace.election
    (_, part, _) = parts(replace(election, rules=replace(election.rules, min_age=16)))
    path = office.folder / "districts" / "002" / PACKAGE_FILE
    path.write_bytes(packaging.encode(part, None, authority))
    with pytest.raises(ElectionError, match="two elections"):
        _ = office.workspace


def test_cut_off_anywhere_there_are_the_old_ones_or_the_new_ones(
    packaged: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = packaged.copied(tmp_path / "e")
    before = [x.digest for x in office.workspace.packages]
    left = 0

    def failing(path: Path, data: bytes, mode: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError("no power")
        write_new(path, data, mode)

    monkeypatch.setattr(districts, "write_new", failing)
    for written in range(len(before) + len((PORTRAITS_FILE, TABLE_FILE))):
        left = written
        assert amin("package", office.folder, "--yes").exit_code != 0
        assert [x.digest for x in office.workspace.packages] == before
    monkeypatch.undo()
    accepted(amin("package", office.folder, "--yes"))
    assert not (office.folder / "packages" / "2").exists()
    assert [x.digest for x in office.workspace.packages] != before


def test_too_large_ones_are_refused_before_anything_is_exchanged(
    packaged: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = packaged.copied(tmp_path / "e")
    before = [x.digest for x in office.workspace.packages]
    for name, most in (("LARGEST_PACKAGE", 10_000), ("LARGEST_PORTRAITS", 100)):
        with monkeypatch.context() as patched:
            patched.setattr(districts, name, most)
            refused(amin("package", office.folder, "--yes"), "portraits")
    assert [x.digest for x in office.workspace.packages] == before


# ---------------------------------------------------------------- how an election is divided


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from((0, 0, 1, 5, 40, 120))),
        min_size=1,
        max_size=30,
    ),
    st.randoms(use_true_random=False),
)
def test_every_branch_and_device_is_in_one_part(
    drawn: list[tuple[int, int]], order: random.Random
) -> None:
    branches = tuple(
        Branch(BranchId(f"b{n}"), Text("ش"), f"d{district}")
        for n, (district, _) in enumerate(drawn)
    )
    devices = [
        EnrolledDevice(DeviceId(f"b{n}-{i}"), Role.BALLOT_TERMINAL, BranchId(f"b{n}"), b"", b"")
        for n, (_, count) in enumerate(drawn)
        for i in range(count)
    ]
    order.shuffle(devices)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(districts, "MOST_DEVICES", 100)
        found = list(parts(replace(ELECTION, branches=branches, devices=tuple(devices))))
    assert sorted(x.id for part in found for x in part.branches) == sorted(x.id for x in branches)
    together = [x for part in found for x in part.devices]
    assert sorted(together, key=lambda x: x.id) == sorted(devices, key=lambda x: x.id)
    for part in found:
        ids = {x.id for x in part.branches}
        assert {x.branch for x in part.devices} <= ids
        assert [x.id for x in part.devices] == sorted(x.id for x in part.devices)
        assert part.devices or len(found) == 1
        served = {x.branch for x in part.devices}
        assert len(part.devices) <= 100 or len(served) == 1
        assert len({x.district for x in part.branches if x.id in served}) <= 1
    assert replace(found[0], branches=(), devices=()) == replace(ELECTION, branches=(), devices=())


# ---------------------------------------------------------------- the file of portraits


@given(
    st.dictionaries(st.text("0123456789abcdef", min_size=64, max_size=64), st.binary(max_size=40))
)
def test_portraits_come_back(found: dict[str, bytes]) -> None:
    data = write_portraits(found)
    assert read_portraits(data) == found
    assert write_portraits(dict(reversed(found.items()))) == data


def test_damaged_portraits_raise_nothing_else() -> None:
    inputs = Mutator([write_portraits({"a" * 64: b"x", "b" * 64: b"y" * 30})], random.Random())
    for _ in range(500):
        try:
            read_portraits(inputs.next())
        except PackageError as error:
            assert error.reason is PackageReason.PORTRAITS  # noqa: PT017
    assert PORTRAITS_FILE.endswith(".cbor")
