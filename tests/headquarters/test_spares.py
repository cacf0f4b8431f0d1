"""Headquarters certifies spares by district, and refuses those that took over where they may not."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from election.definition import BranchId, DeviceId, Election, Role
from election.device_acts import DeviceActError
from election.enrolment import make_request, read_request, write_request
from election.errors import ElectionError
from election.reasons import DeviceActReason, Notice
from election.register import PublishedRegister, RegisteredDevice
from election.rulings import Revocation, RevocationGround, Rulings
from election.spare import SPARE, SPARE_SUFFIX, open_spare
from election.takeover import TakeOver, VerifiedTakeOver
from headquarters.authority import Authority, AuthorityError, Validity
from headquarters.completeness import told_acts
from headquarters.published_acts import PublishedActs
from headquarters.spares import certify_spares, check_spare
from headquarters.workspace import ElectionFolder, FolderError
from tests.election.acting import acting
from tests.election.samples import BRANCH, END, START, UUID

NAME = DeviceId("spare-7")
W = acting()


HERE = W.sample.election.branches[0].district
AUTHORITY = Authority(W.sample.root, W.sample.root_key, W.sample.signer, W.sample.signer_key, b"")
ELECTION = W.sample.election


def asked(
    folder: ElectionFolder, district: str, branch: BranchId = SPARE, name: DeviceId = NAME
) -> HybridKey:
    """Bring the request of a spare."""
    key, sealing = HybridKey.generate(), SealingKey.generate()
    place = folder.requests / "spares" / district
    place.mkdir(parents=True, exist_ok=True)
    request = make_request(name, Role.BALLOT_TERMINAL, branch, key, sealing.public_bytes)
    (place / f"{name}.json").write_bytes(write_request(request))
    return key


def certified(folder: ElectionFolder, election: Election = ELECTION) -> tuple[DeviceId, ...]:
    return certify_spares(folder, AUTHORITY, UUID, election.branches, Validity(START, END))


def registered(folder: ElectionFolder, key: HybridKey) -> PublishedRegister:
    """The register, with the spare whose certificate lies in the folder."""
    digest = sha256((folder.path / "spares" / f"{NAME}.der").read_bytes()).digest()
    mine = RegisteredDevice(NAME, Role.BALLOT_TERMINAL, None, key.public.classical.raw, digest)
    return replace(W.published, register=replace(W.register, devices=(*W.register.devices, mine)))


def test_a_spare_is_certified_for_its_district_and_keeps_its_certificate(tmp_path: Path) -> None:
    folder = ElectionFolder(tmp_path)
    key = asked(folder, HERE)
    assert certified(folder) == (NAME,)
    known = registered(folder, key)
    place = tmp_path / "spares" / f"{NAME}{SPARE_SUFFIX}"
    opened = open_spare(place.read_bytes(), known)
    assert (opened.said.district, opened.device.id) == (HERE, NAME)
    before = (tmp_path / "spares" / f"{NAME}.der").read_bytes()
    certified(folder)
    assert (tmp_path / "spares" / f"{NAME}.der").read_bytes() == before
    check_spare(folder, ELECTION, known, NAME, BRANCH)


def test_a_spare_of_another_district_is_refused_at_the_import(tmp_path: Path) -> None:
    folder = ElectionFolder(tmp_path)
    moved = tuple(
        replace(branch, district="elsewhere") if branch.id != BRANCH else branch
        for branch in ELECTION.branches
    )
    election = replace(ELECTION, branches=moved)
    key = asked(folder, "elsewhere")
    assert certified(folder, election) == (NAME,)
    with pytest.raises(DeviceActError) as refused:
        check_spare(folder, election, registered(folder, key), NAME, BRANCH)
    assert refused.value.reason is DeviceActReason.ACT_DISTRICT


def test_a_take_over_without_the_spares_certificate_is_not_kept(tmp_path: Path) -> None:
    """Else nothing could be done with the folder any more: each command would ask for it."""
    with pytest.raises(ElectionError):
        check_spare(ElectionFolder(tmp_path), ELECTION, W.published, DeviceId("spare-t1"), BRANCH)


@pytest.mark.parametrize(
    ("district", "branch", "said"),
    [("nowhere", SPARE, "nowhere"), (HERE, BRANCH, "--branch spare")],
)
def test_what_is_no_spare_of_a_district_is_refused(
    tmp_path: Path, district: str, branch: BranchId, said: str
) -> None:
    folder = ElectionFolder(tmp_path)
    asked(folder, district, branch)
    with pytest.raises(FolderError, match=said):
        certified(folder)
    assert not (tmp_path / "spares" / f"{NAME}.der").exists()


def test_one_bad_request_among_many_writes_nothing(tmp_path: Path) -> None:
    """Whatever comes first by name: none is certified, and the file is named."""
    folder = ElectionFolder(tmp_path)
    asked(folder, HERE)
    asked(folder, HERE, name=DeviceId("spare-9"))
    bad = folder.requests / "spares" / HERE / "spare-9.json"
    written = json.loads(bad.read_bytes())
    other = json.loads((bad.parent / f"{NAME}.json").read_bytes())
    bad.write_text(json.dumps(written | {"signature": other["signature"]}))
    with pytest.raises(FolderError, match=r"spare-9\.json"):
        certified(folder)
    assert not (tmp_path / "spares").exists()


def test_a_district_is_found_however_its_folders_name_is_encoded(tmp_path: Path) -> None:
    """Macs write letters with marks in parts."""
    folder = ElectionFolder(tmp_path)
    district = "آذر"
    asked(folder, unicodedata.normalize("NFD", district))
    branches = tuple(replace(x, district=district) for x in ELECTION.branches)
    assert certified(folder, replace(ELECTION, branches=branches)) == (NAME,)


@pytest.mark.parametrize("typed", ["منطقه ۱۲", "منطقه ١٢", "منطقه\u200c12"])
def test_a_district_is_found_whatever_digits_its_folder_was_named_with(
    tmp_path: Path, typed: str
) -> None:
    folder = ElectionFolder(tmp_path)
    asked(folder, typed)
    branches = tuple(replace(x, district="منطقه 12") for x in ELECTION.branches)
    assert certified(folder, replace(ELECTION, branches=branches)) == (NAME,)
    signed = (tmp_path / "spares" / f"{NAME}{SPARE_SUFFIX}").read_bytes()
    assert open_spare(signed, registered(folder, HybridKey.generate())).said.district == "منطقه 12"


def test_a_spare_that_was_taken_back_is_believed_no_more(tmp_path: Path) -> None:
    """What lies in the folder is registered, so it has to go with its request."""
    folder = ElectionFolder(tmp_path)
    asked(folder, HERE)
    asked(folder, HERE, name=DeviceId("spare-8"))
    assert certified(folder) == (NAME, DeviceId("spare-8"))
    kept = (tmp_path / "spares" / "spare-8.der").read_bytes()
    (folder.requests / "spares" / HERE / f"{NAME}.json").unlink()
    assert certified(folder) == (DeviceId("spare-8"),)
    names = {path.name for path in (tmp_path / "spares").iterdir()}
    assert names == {"spare-8.der", f"spare-8{SPARE_SUFFIX}"}
    assert (tmp_path / "spares" / "spare-8.der").read_bytes() == kept
    (folder.requests / "spares" / HERE / "spare-8.json").unlink()
    assert certified(folder) == ()
    assert not list((tmp_path / "spares").iterdir())


@pytest.mark.parametrize("other", ["spare-7", "SPARE-7"])
@pytest.mark.parametrize("where", ["another district", "a branch"])
def test_a_name_that_another_device_has_is_refused(tmp_path: Path, other: str, where: str) -> None:
    """Before anything is made: the second would take the file of the first."""
    folder = ElectionFolder(tmp_path)
    election = replace(
        ELECTION, branches=(*ELECTION.branches, replace(ELECTION.branches[0], district="zz"))
    )
    asked(folder, HERE)
    beside = []
    if where == "a branch":
        key, sealing = HybridKey.generate(), SealingKey.generate()
        request = make_request(
            DeviceId(other), Role.IDENTITY_STATION, BRANCH, key, sealing.public_bytes
        )
        beside.append(read_request(write_request(request)))
    else:
        asked(folder, "zz", name=DeviceId(other))
    with pytest.raises(AuthorityError, match=r"spares/.*(?i:spare-7).*same id"):
        certify_spares(
            folder, AUTHORITY, UUID, election.branches, Validity(START, END), tuple(beside)
        )
    assert not (tmp_path / "spares").exists()


def test_a_name_that_windows_keeps_for_itself_is_refused(tmp_path: Path) -> None:
    folder = ElectionFolder(tmp_path)
    asked(folder, HERE, name=DeviceId("nul"))
    with pytest.raises(AuthorityError, match="nul is a name that Windows"):
        certified(folder)
    assert not (tmp_path / "spares").exists()


@pytest.mark.parametrize(("seconds", "told"), [(-1, True), (0, True), (1, False), (None, False)])
def test_a_take_over_is_told_where_the_spare_was_revoked_before(
    seconds: int | None, told: bool
) -> None:
    """None: another spare's certificate is on the list."""
    statement = TakeOver(bytes(32), BRANCH, NAME, DeviceId("t1"), bytes(32), 0, bytes(32), 0, START)
    taken = VerifiedTakeOver(statement, (DeviceId("s1"),), b"its certificate")
    listed = b"another's" if seconds is None else taken.certificate
    since = START + timedelta(seconds=seconds or 0)
    revoked = Revocation(sha256(listed).digest(), RevocationGround.STOLEN, since)
    acts = PublishedActs(takeovers=(taken,), rulings=Rulings(bytes(32), (), (revoked,)))
    reasons = {(each.reason, each.entry) for each in told_acts(acts)}
    assert ((Notice.SPARE_REVOKED, NAME) in reasons) is told
    assert (Notice.SPARE_USED, NAME) in reasons
