"""A device loads what became of an earlier version's folder, and says no to what that version had made."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from drivers.settings import ScreenSettings, SocketReaderSettings
from election.definition import BranchId, DeviceId, Role
from election.enrolment import make_request, write_request
from election.errors import PackageError
from election.package.portraits import PACKAGE_FILE
from election.reasons import PackageReason
from election.register import REGISTER_FILE
from headquarters.preparation import make_package
from headquarters.registering import register_election
from headquarters.workspace import ElectionFolder, open_workspace
from kiosk.settings import StationConfiguration, TerminalReaders
from kiosk.station.base import DeviceContext
from kiosk.station.loading import bring
from tests.headquarters.unlocking import give_certificates, make_offices, run_election, unlock

OLD = Path(__file__).parents[1] / "vectors" / "earlier" / "headquarters"
DEVICE = DeviceId("terminal-7")


@dataclass(frozen=True, slots=True)
class At:
    """A clock that stands: the polls' first hour."""

    time: datetime

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return 0.0


def configured(folder: Path, root: bytes, branch: BranchId) -> tuple[StationConfiguration, bytes]:
    """Provision a terminal anew; return its settings, and its request."""
    for name in ("data", "mirror", "usb"):
        (folder / name).mkdir(parents=True)
    signing, sealing = HybridKey.generate(), SealingKey.generate()
    (folder / "signing.key").write_bytes(signing.to_pem())
    (folder / "sealing.key").write_bytes(sealing.to_pem())
    (folder / "root.der").write_bytes(root)
    request = make_request(DEVICE, Role.BALLOT_TERMINAL, branch, signing, sealing.public_bytes)
    settings = StationConfiguration(
        device=DEVICE,
        role=Role.BALLOT_TERMINAL,
        branch=branch,
        data=folder / "data",
        mirror=folder / "mirror",
        usb=folder / "usb",
        root_certificate=folder / "root.der",
        signing_key=folder / "signing.key",
        sealing_key=folder / "sealing.key",
        readers=TerminalReaders(SocketReaderSettings(folder / "no-socket")),
        fingerprint=None,
        printer=None,
        screen=ScreenSettings(),
    )
    return settings, write_request(request)


def started(settings: StationConfiguration, at: datetime) -> DeviceContext:
    def crashed(*what: object) -> None:
        pytest.fail(str(what))

    context = DeviceContext(settings, At(at), crashed, simulated=True)
    context.open()
    return context


@pytest.mark.slow
def test_a_device_loads_what_became_of_an_earlier_folder(tmp_path: Path) -> None:
    done = run_election("new", tmp_path / "new", "--yes", "--rehearsal", "--from", OLD)
    assert done.exit_code == 0, done.output
    made = ElectionFolder(tmp_path / "new")
    root = (made.keys / "root.der").read_bytes()
    settings, request = configured(tmp_path / "device", root, BranchId("branch-1"))
    made.requests.mkdir(exist_ok=True)
    (made.requests / f"{DEVICE}.json").write_bytes(request)
    make_offices(made)
    now = datetime.now(UTC).replace(microsecond=0)
    make_package(made, unlock, now)
    give_certificates(made)
    register_election(made, unlock, now)
    election = open_workspace(made).election

    # What the earlier version had made says what to do, and changes nothing.
    context = started(settings, election.opens)
    shutil.copy(OLD / PACKAGE_FILE, settings.usb)
    with pytest.raises(PackageError) as refused:
        bring(context)
    assert refused.value.reason in {PackageReason.VERSION, PackageReason.FORMAT}
    assert not (settings.data / PACKAGE_FILE).exists()

    for name, source in ((PACKAGE_FILE, made.package), (REGISTER_FILE, made.register)):
        shutil.copy(source, settings.usb / name)
    brought = bring(context)
    context.install(brought.data, brought.package, brought.registered, brought.register)
    assert context.election.uuid == election.uuid
    (contest,) = context.election.contests
    # Names and codes are those of the earlier folder; so are the pictures.
    assert [candidate.code for candidate in contest.candidates] == list(range(10, 16))
    assert len(brought.package.portraits) == 6
    assert context.card_key()
    context.close()


@pytest.mark.slow
def test_an_installed_package_of_the_earlier_version_stays_as_it_is(tmp_path: Path) -> None:
    """Its memories are kept for the version that wrote them; the new program does not go on with them."""
    root = (OLD / "keys" / "root.der").read_bytes()
    settings, _ = configured(tmp_path / "device", root, BranchId("branch-1"))
    for memory in (settings.data, settings.mirror):
        shutil.copy(OLD / PACKAGE_FILE, memory)
    before = (settings.data / PACKAGE_FILE).read_bytes()
    context = started(settings, datetime(2026, 6, 12, 8, tzinfo=UTC))
    assert context.package is None
    assert (settings.data / PACKAGE_FILE).read_bytes() == before
    assert (settings.mirror / PACKAGE_FILE).read_bytes() == before
    context.close()
