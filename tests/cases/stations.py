"""A branch's two devices in this process: real flows, console and stores, simulated cards
(tests/kiosk/station).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from election.bundle import Bundle, BundleError, read_bundle
from headquarters.import_report import FindingKind
from headquarters.importing import BundleFile, import_bundles
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot.states import (
    Idle,
    NotRecorded,
    OutOfService,
    Preferences,
    Recorded,
    Refused,
)
from kiosk.flows.operator.states import Act, allowed
from kiosk.station.console import BUNDLE_SUFFIX
from simulators.fingerprint.sfm import INSTANT, SfmSimulator
from tests.cases.runner import expect, new_folder
from tests.kiosk.station.bench import Bench, IdentityBench, TerminalBench
from tests.kiosk.station.office import Office


@contextmanager
def open_terminal(
    office: Office | None = None, folder: Path | None = None
) -> Iterator[TerminalBench]:
    """A ballot terminal whose polls are open; `folder` holds its data, mirror and usb."""
    office = office or Office.open(new_folder() / "office")
    bench = TerminalBench(office, folder or new_folder())
    try:
        expect(bench.open_polls().ok, "the polls do not open")
        yield bench
    finally:
        bench.terminal.stop()


@contextmanager
def open_station(office: Office | None = None) -> Iterator[IdentityBench]:
    """An identity station whose polls are open."""
    office = office or Office.open(new_folder() / "office")
    with SfmSimulator(new_folder() / "finger", seed=1, timing=INSTANT, paced=False) as sensor:
        bench = IdentityBench(office, new_folder(), sensor)
        try:
            expect(bench.open_polls().ok, "the polls do not open")
            yield bench
        finally:
            bench.identity.stop()


def vote(bench: TerminalBench, *numbers: int) -> list[str]:
    """One voter for each authorization; the tracking codes."""
    office = bench.office
    return [bench.vote(office.voting_card(office.authorization(number))) for number in numbers]


def try_to_vote(bench: TerminalBench, number: int) -> str:
    """What the voter with this authorization sees at last: the name of the screen."""
    if not isinstance(bench.state, Idle):
        return type(bench.state).__name__
    office, until = bench.office, bench.clock.now() + timedelta(minutes=30)
    authorization = replace(office.authorization(number), expires=until)
    bench.reader.insert(office.voting_card(authorization))
    seen = bench.see(Preferences, Refused, OutOfService)
    if isinstance(seen, Preferences):
        bench.mark()
        bench.touch(voter.CastChosen())
        seen = bench.see(Recorded, NotRecorded, OutOfService)
    bench.reader.remove()
    bench.see(Idle, OutOfService)
    bench.settle()
    return type(seen).__name__


def done(bench: Bench, act: Act) -> bool:
    """Sign in, act, sign out; False if the console does not offer it, or it fails."""
    bench.sign_in()
    well = act in allowed(bench.console.view) and bench.act(act).ok
    bench.sign_out()
    return well


def bundle_file(bench: Bench) -> Path:
    return bench.config.usb / f"{bench.config.device}{BUNDLE_SUFFIX}"


def exported(bench: Bench) -> Bundle:
    """The bundle on the stick, as headquarters reads it. Raises `BundleError`."""
    office = bench.office
    data = bundle_file(bench).read_bytes()
    return read_bundle(data, office.election, office.authority.root, bench.clock.now())


def import_says(bench: Bench) -> list[str]:
    """What the import finds wrong with the bundle on the stick, beside the devices missing here."""
    office, authority = bench.office, bench.office.authority
    try:
        package = exported(bench).package_digest
    except BundleError as error:
        return [error.reason]
    file = BundleFile(bundle_file(bench).name, bundle_file(bench).read_bytes())
    report = import_bundles(
        office.election, package, authority.root, authority.sealing_key, [file], bench.clock.now()
    ).report
    found = [each.reason for each in report.rejected] + [each.kind for each in report.findings]
    return [
        each for each in found if each not in {FindingKind.MISSING_BUNDLE, FindingKind.NO_STATION}
    ]
