"""A terminal dies while a vote is cast: the voter votes at another one, and one ballot counts.

Two terminals, a station and its registry; the rescue that two roles sign at the station; the files that are
handed in; headquarters, and the office that decides from them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from crypto.election import parse_election
from crypto.hybrid import HybridPublicKey
from election.authorization import AuthorizationRefusal
from election.authorization_life import CastingStep
from election.closing_order import Standing
from election.definition import DeviceId, Role
from election.register import open_published_register
from election.rescue import read_rescue
from election.rescuing import RESCUE_SUFFIX
from headquarters.authority import load_sealing_key
from headquarters.closings import SettledDevices
from headquarters.decisions import DecisionGround, Undecided
from headquarters.exclusion import FinalBallots, settle, write_handles
from headquarters.handed_in import verified_rescue
from headquarters.importing import Imported
from headquarters.offices import Office as Signer
from headquarters.offices import OfficeRequest, make_office, take_certificate
from headquarters.reconciliation import Reconciled
from headquarters.reconciling import OfficeFiles, reconcile_files
from kiosk.flows.ballot import events as voter
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.operator.states import ConsoleAct
from kiosk.station.casting import Casting, _Cast
from kiosk.station.export import BUNDLE_SUFFIX
from simulators.cards.piv import PivCard
from simulators.people import Person
from tests.headquarters.at_once import BundleFile, import_bundles
from tests.headquarters.unlocking import unlock
from tests.kiosk.station.asking import branch_registry
from tests.kiosk.station.bench import Bench, IdentityBench, TerminalBench
from tests.kiosk.station.conftest import finger_sensor
from tests.kiosk.station.office import BRANCH, NOON, VALIDITY, Office, people
from tests.kiosk.station.test_branch_day import noted
from tests.kiosk.station.test_identity_station import check_in, finger, override, problem

pytestmark = pytest.mark.slow
STATION, DEAD, OTHER = DeviceId("b1-s1"), DeviceId("b1-t1"), DeviceId("b1-t2")
ROLES = {
    STATION: (Role.IDENTITY_STATION, BRANCH),
    DEAD: (Role.BALLOT_TERMINAL, BRANCH),
    OTHER: (Role.BALLOT_TERMINAL, BRANCH),
}
VOTER, NEXT = people(2)
RECORDED, NOT_RECORDED = CastingStep.RECEIPT, CastingStep.SPEND
"""The step that the power fails before: the vote has been recorded by then, or has not."""


@dataclass
class Branch:
    """The devices, and the folder of the reconciliation officer."""

    office: Office
    folder: Path
    own: Path
    station: IdentityBench
    dead: TerminalBench
    other: TerminalBench


@pytest.fixture
def branch(tmp_path: Path) -> Iterator[Branch]:
    for name in ("office", "central", "finger"):
        (tmp_path / name).mkdir()
    plain, own = Office.open(tmp_path / "office", ROLES), tmp_path / "officer"
    request = officer(plain, own)
    with ExitStack() as stack:
        registry = stack.enter_context(
            branch_registry(plain, tmp_path / "central", reconciliation=request.sealing_key)
        )
        office = registry.office
        sensor = stack.enter_context(finger_sensor(tmp_path / "finger"))
        connect = registry.connect(STATION)
        station = IdentityBench(office, tmp_path / STATION, sensor, connect, device=STATION)
        terminals = [TerminalBench(office, tmp_path / each, each) for each in (DEAD, OTHER)]
        for bench in (station, *terminals):
            stack.callback(bench.station.stop)
            assert bench.open_polls().ok
        yield Branch(office, tmp_path, own, station, *terminals)


def officer(office: Office, own: Path) -> OfficeRequest:
    """Make the officer's keys, and have headquarters certify them."""
    request = make_office(own, Signer.OFFICER, unlock, rehearsal=True)
    key = HybridPublicKey.from_bytes(request.signing_key)
    certificate = office.authority.issue("officer", key, Role.RECONCILIATION_OFFICER, VALIDITY)
    take_certificate(own, certificate, unlock)
    return request


def cut(bench: TerminalBench, card: PivCard, step: CastingStep) -> None:
    """Cast until the power fails before a step: nothing that follows is done, and nothing here ever."""
    reached, go_on = threading.Event(), Casting._go_on

    def until(casting: Casting, cast: _Cast) -> None:
        if cast.step is step:
            reached.set()
        else:
            go_on(casting, cast)

    bench.to_the_cast_question(card)
    with pytest.MonkeyPatch.context() as power:
        power.setattr(Casting, "_go_on", until)
        bench.touch(voter.CastChosen())
        bench.until(reached.is_set, "the cut")
    bench.reader.remove()
    bench.terminal.stop()


def comes_back(
    bench: IdentityBench, person: Person, card: PivCard, reason: at.OverrideReason
) -> None:
    """The voter comes with the card that no terminal takes, and two roles sign for what it shows."""
    bench.reader.insert(bench.office.identity_card(person))
    finger(bench, person)
    assert bench.refused() is at.VoterRefusal.ALREADY_VOTED
    bench.cards.insert(card)
    bench.until(lambda: isinstance(bench.state, at.Overriding), "the question")
    assert isinstance(bench.state, at.Overriding)
    assert bench.state.reason is reason
    override(bench, None)
    bench.see(at.WritingAuthorization)
    bench.cards.insert(card)


def given_another(bench: IdentityBench, person: Person, card: PivCard) -> PivCard:
    """The card, with a provisional authorization on it."""
    comes_back(bench, person, card, at.OverrideReason.PROTEST)
    problem(bench, at.WriteProblem.OCCUPIED)
    bench.identity.loop.post(on.TryAgain())
    bench.see(at.Done)
    bench.put_away()
    return card


def plug(bench: Bench, memory: Path | None) -> None:
    """Put a dead terminal's memory into the USB port, or an empty drive (None)."""
    rmtree(bench.config.usb)
    if memory is None:
        bench.config.usb.mkdir()
    else:
        copytree(memory, bench.config.usb)


def rescue(branch: Branch) -> None:
    plug(branch.station, branch.dead.config.mirror)
    outcome = branch.station.do(ConsoleAct.RESCUE)
    assert outcome.ok, outcome.message


def handed_in(branch: Branch) -> dict[str, Path]:
    """Close what lives, export, and return the files of all drives by name."""
    drives = branch.folder / "drives"
    drives.mkdir()
    for bench in (branch.other, branch.station):
        bench.standings = {DEAD: Standing.DEAD}
        assert bench.do(ConsoleAct.CLOSE).ok
        plug(bench, None)
        assert bench.do(ConsoleAct.EXPORT).ok
        copytree(bench.config.usb, drives, dirs_exist_ok=True)
    kinds = {BUNDLE_SUFFIX, RESCUE_SUFFIX}
    return {path.name: path for path in drives.iterdir() if path.suffix in kinds}


def imported(branch: Branch, files: dict[str, Path]) -> Imported:
    """Import at headquarters, with the rescues that were brought."""
    office, package = branch.office, branch.office.package()
    published = open_published_register(office.once[package], office.authority.root)
    rescues = [
        verified_rescue(path.read_bytes(), office.election, published)
        for name, path in files.items()
        if name.endswith(RESCUE_SUFFIX)
    ]
    return import_bundles(
        office.election,
        sha256(package).digest(),
        office.authority.root,
        load_sealing_key(office.folder / "keys", unlock),
        [
            BundleFile(name, path.read_bytes())
            for name, path in files.items()
            if name.endswith(BUNDLE_SUFFIX)
        ],
        NOON,
        settled=SettledDevices(tuple((said, file) for file, said in rescues)),
        published=published,
    )


def night(branch: Branch, files: dict[str, Path]) -> tuple[Reconciled, FinalBallots]:
    """Let the officer decide from the files, and headquarters settle what was decided."""
    office, folder = branch.office, branch.folder
    found = imported(branch, files)
    assert not found.report.rejected
    fingerprint = parse_election(office.election.belenios_election).fingerprint
    handles = (each.handle for each in found.provisional)
    made = {
        "package.amin": office.package(),
        "register.json": office.once[office.package()],
        "root.der": office.authority.root,
        "handles.json": write_handles(office.election.uuid, fingerprint, handles),
    }
    package, register, root, listed = (folder / name for name in made)
    for name, data in made.items():
        (folder / name).write_bytes(data)
    given = OfficeFiles(package, root, listed, None, tuple(files.values()), register=register)
    told, signed = reconcile_files(branch.own, given, unlock, Undecided.REFUSE, NOON)
    return told, settle(found, signed)


@pytest.mark.parametrize("step", [RECORDED, NOT_RECORDED])
def test_one_ballot_counts(branch: Branch, step: CastingStep) -> None:
    """The provisional ballot goes out where the rescue has the first vote, and counts where it has not."""
    card = check_in(branch.station, VOTER)
    noted(branch.station)
    cut(branch.dead, card, step)
    assert branch.other.refused(card) is AuthorizationRefusal.ELSEWHERE
    branch.other.vote(given_another(branch.station, VOTER, card))
    branch.other.vote(check_in(branch.station, NEXT))
    rescue(branch)
    files = handed_in(branch)
    assert f"{DEAD}{RESCUE_SUFFIX}" in files
    found = 1 if step is RECORDED else 0
    assert len(read_rescue(files[f"{DEAD}{RESCUE_SUFFIX}"].read_bytes()).spent) == found

    told, final = night(branch, files)
    assert (told.check_ins, told.ordinary, told.twice, told.unreadable) == (1, 2, 0, 0)
    assert told.unread == (), "the rescue stands for the terminal"
    assert len(final.imported.ballots) == 2, "one of either voter"
    out = [(each.ballot.device, each.reason) for each in final.excluded]
    assert out == [(OTHER, DecisionGround.ALREADY_VOTED)] * found
    assert final.included == 1 - found


def test_what_was_rescued_before_the_voter_comes_back_is_said(branch: Branch) -> None:
    """The station has the vote: two roles hear that, and there is nothing for the night to decide."""
    card = check_in(branch.station, VOTER)
    noted(branch.station)
    cut(branch.dead, card, RECORDED)
    rescue(branch)
    comes_back(branch.station, VOTER, card, at.OverrideReason.RENEWAL)
    problem(branch.station, at.WriteProblem.RESCUED)
    branch.station.put_away()
    assert branch.other.refused(card) is AuthorizationRefusal.ELSEWHERE
    branch.other.vote(check_in(branch.station, NEXT))
    told, final = night(branch, handed_in(branch))
    assert (told.check_ins, told.ordinary) == (0, 2)
    assert (len(final.imported.ballots), final.excluded) == (2, ())
