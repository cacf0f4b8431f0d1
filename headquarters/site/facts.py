"""Compute what the pages say from a publication that was verified, and from nothing else.

Names and codes come from the registered definition, sums from the archives, seats from the sums by the
registered rule and the recorded lot: `result.json` is not asked. While devices are pending nobody is elected
and nothing is projected.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from crypto.result import TallyResult, add_up
from election.answers import read_result
from election.definition import Contest, DeviceId, Role
from election.definition_file import DEFINITION_FILE, PublishedDefinition
from election.evidence import EvidenceSum
from election.files import read_file
from election.lots import FILES, MAX_LOT, LotKind, open_lot
from election.register import PublishedRegister
from election.report_code import ReportedNumbers
from election.schema import MAX_JSON, from_json
from headquarters.anchoring import AnchorReport
from headquarters.archive_index import IndexReport
from headquarters.completeness import read_numbers
from headquarters.counting import ContestCount, count_contest
from headquarters.finding import FindingClass
from headquarters.following import contest_of
from headquarters.index_chain import check_chain
from headquarters.index_document import (
    INDEX_FILE,
    MAX_INDEX,
    ArchiveIndex,
    published_sums,
    result_of,
)
from headquarters.published_acts import PublishedActs, read_acts, register_in
from headquarters.published_evidence import evidence_sums
from headquarters.result import ContestResult, allocated, counted_by_hand
from headquarters.seat_rules import parameters_of
from headquarters.site.arrivals import DistrictFacts, InterimFacts, district_facts, read_interims
from headquarters.site.codes import TrackedCodes, read_codes
from headquarters.site.errors import SiteError
from headquarters.verification import ArchiveFinding
from words.message import Message, m


class DeviceState(StrEnum):
    """Where the votes or check-ins of a device are."""

    IN = "in"
    PENDING = "pending"
    MISSING = "missing"
    """Two offices declared that it will never come."""


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """A registered device."""

    id: DeviceId
    role: Role
    branch: str
    """Empty for a spare that took over nowhere."""
    state: DeviceState
    report: ReportedNumbers | None
    """What its closing report must show; None of one that is not in."""


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """Branches that were mixed together."""

    name: str
    """In the index."""
    ballots: int
    branches: tuple[str, ...]
    devices: tuple[DeviceFacts, ...]
    """By branch and id."""

    @property
    def turnout(self) -> Turnout:
        """How many took part here."""
        return turnout_of(self.ballots, self.devices)


@dataclass(frozen=True, slots=True)
class ContestFacts:
    """A contest: what all batches give together, and what each gives."""

    contest: Contest
    total: ContestCount
    by_batch: tuple[ContestCount, ...]
    result: ContestResult | None
    """The seats; None while the count is interim."""


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many took part. How many could have, no document of the count says."""

    counted: int
    """Ballots in the archives."""
    cast: int
    """At terminals that are in; provisional ones that were not counted are among them."""
    challenged: int
    issued: int
    """Authorizations, those whose card was not confirmed included."""
    on_paper: int = 0
    """Check-ins of branches without terminals: their ballot papers are counted by hand."""
    branches_on_paper: int = 0
    """Branches of which stations are registered and no terminal."""

    @property
    def by_hand(self) -> Message | None:
        """Say which ballots are counted by hand; None where none are."""
        here = self.branches_on_paper
        return counted_by_hand(here, self.counted) if here else None


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """Everything that the pages say."""

    definition: PublishedDefinition
    published: PublishedRegister
    index: ArchiveIndex
    index_digest: str
    """SHA-256 of the index, hex."""
    time: datetime
    """The latest of the archives, UTC."""
    anchored: bool
    """Whoever made the site gave the number that was published before the day."""
    contests: tuple[ContestFacts, ...]
    batches: tuple[BatchFacts, ...]
    pending: tuple[DeviceFacts, ...]
    missing: tuple[DeviceFacts, ...]
    turnout: Turnout
    told: tuple[ArchiveFinding, ...]
    right: tuple[ArchiveFinding, ...]
    earlier: tuple[str, ...]
    """SHA-256 of each interim index before this one, newest first."""
    evidence: tuple[EvidenceSum, ...] = ()
    """With which voters were admitted, of all batches with enough of them."""
    districts: tuple[DistrictFacts, ...] = ()
    interims: tuple[InterimFacts, ...] = ()
    """First to last; this index among them while devices are pending."""
    codes: TrackedCodes = TrackedCodes()

    @property
    def devices(self) -> tuple[DeviceFacts, ...]:
        """Every device that is expected, once; those of counted batches first."""
        mixed = [device for batch in self.batches for device in batch.devices]
        return tuple(dict.fromkeys((*mixed, *self.missing, *self.pending)))

    @property
    def interim(self) -> bool:
        """Whether more batches will come."""
        return self.index.interim

    @property
    def rehearsal(self) -> bool:
        """Whether no vote counts."""
        return self.published.register.rehearsal


def read_facts(folder: Path, verified: IndexReport, anchor: AnchorReport) -> SiteFacts:
    """Read a publication of which both reports name nothing wrong.

    Raises `SiteError` where there is no register or definition beside the index, `OSError`.
    """
    data = read_file(folder / INDEX_FILE, MAX_INDEX)
    index = from_json(ArchiveIndex, data)
    published = register_in(folder)
    if published is None:
        raise SiteError(
            m(
                "there is no register.json beside the index: nobody can say whose names, devices and "
                "signatures these are, and no site is made of it"
            )
        )
    definition = from_json(PublishedDefinition, read_file(folder / DEFINITION_FILE, MAX_JSON))
    archives = [verified.archives[batch.name] for batch in index.batches]
    results = [result_of(archive) for archive in archives]
    acts = read_acts(folder, published)
    here = read_numbers(folder, index).devices
    devices = _devices(published, acts, here, anchor)
    contests = count_contests(
        tuple(map(contest_of, definition.contests)),
        [(result, len(archive.ballots)) for result, archive in zip(results, archives, strict=True)],
        None if index.interim else (published, _seed(folder, published)),
    )
    digest, earlier = hashlib.sha256(data).hexdigest(), check_chain(folder, index).predecessors
    return SiteFacts(
        definition,
        published,
        index,
        digest,
        datetime.fromtimestamp(max(archive.time for archive in archives), UTC),
        anchor.anchored,
        contests,
        _batches(index, devices),
        tuple(device for device in devices if device.state is DeviceState.PENDING),
        tuple(device for device in devices if device.state is DeviceState.MISSING),
        turnout_of(index.ballots, devices),
        (*verified.told, *anchor.of(FindingClass.TOLD)),
        anchor.of(FindingClass.RIGHT),
        tuple(earlier),
        evidence_sums(folder, index),
        district_facts(
            published.register,
            frozenset(branch for batch in index.batches for branch in batch.branches),
            acts.branches,
            here,
            acts.finally_missing,
        ),
        read_interims(
            folder,
            earlier,
            (digest, index),
            [archive.time for archive in archives],
            [contest.by_batch for contest in contests],
            [published_sums(result) for result in results],
        ),
        read_codes(folder, index, archives),
    )


def count_contests(
    contests: Sequence[Contest],
    results: Sequence[tuple[TallyResult, int]],
    seats: tuple[PublishedRegister, str] | None,
) -> tuple[ContestFacts, ...]:
    """Count each batch and all together; allocate seats by `seats`: the register and the lot, or "".

    `results`: of each batch, with its ballots; `seats`: None while the count is interim. Raises
    `ManifestError` for a result of other contests.
    """

    def counted(result: TallyResult, ballots: int) -> tuple[ContestCount, ...]:
        votes = read_result(contests, result.questions, ballots)
        return tuple(map(count_contest, contests, votes))

    total = counted(add_up([result for result, _ in results]), sum(count for _, count in results))
    batches = [counted(result, ballots) for result, ballots in results]
    return tuple(
        ContestFacts(
            contest,
            total[place],
            tuple(batch[place] for batch in batches),
            None if seats is None else _seats(contest, total[place], *seats),
        )
        for place, contest in enumerate(contests)
    )


def turnout_of(ballots: int, devices: Sequence[DeviceFacts]) -> Turnout:
    """Add up what closing reports say, beside the ballots that were counted.

    A branch of which no terminal is registered votes on paper (`Branch.paper_ballots`).
    """
    voting = {device.branch for device in devices if device.role is Role.BALLOT_TERMINAL}
    sums = {(role, branch): [0, 0] for role in Role for branch in (True, False)}
    for device in devices:
        if device.report is not None:
            for place, number in enumerate(device.report.numbers):
                sums[device.role, device.branch in voting][place] += number
    cast, challenged = sums[Role.BALLOT_TERMINAL, True]
    # A card may have been written that was not confirmed; no paper is given before.
    on_paper, _ = sums[Role.IDENTITY_STATION, False]
    issued = sum(sums[Role.IDENTITY_STATION, True])
    papers = len({device.branch for device in devices} - voting)
    return Turnout(ballots, cast, challenged, issued, on_paper, papers)


# ---------------------------------------------------------------- parts


def _seats(
    contest: Contest, count: ContestCount, published: PublishedRegister, seed: str
) -> ContestResult:
    parameters = parameters_of(published.register.seats, contest.seats, seed)
    if parameters is None:
        raise SiteError(m("the register names a rule of seats that this program does not know"))
    return allocated(contest, count, parameters)


def _seed(folder: Path, published: PublishedRegister) -> str:
    path = folder / FILES[LotKind.SEATS]
    if not path.exists():
        return ""
    return open_lot(read_file(path, MAX_LOT), published, LotKind.SEATS).value


def _devices(
    published: PublishedRegister,
    acts: PublishedActs,
    here: frozenset[DeviceId],
    anchor: AnchorReport,
) -> tuple[DeviceFacts, ...]:
    """Return the registered devices by branch and id; spares that took over nowhere are none."""
    reports = {report.device: report for report in anchor.reports}

    def state(device: DeviceId) -> DeviceState:
        if device in here:
            return DeviceState.IN
        gone = device in acts.finally_missing
        return DeviceState.MISSING if gone else DeviceState.PENDING

    found = [
        DeviceFacts(
            device.id,
            device.role,
            acts.branches[device.id],
            state(device.id),
            reports.get(device.id),
        )
        for device in published.register.devices
        if device.id in acts.branches
    ]
    return tuple(sorted(found, key=lambda device: (device.branch, device.id)))


def _batches(index: ArchiveIndex, devices: Sequence[DeviceFacts]) -> tuple[BatchFacts, ...]:
    return tuple(
        BatchFacts(
            batch.name,
            batch.ballots,
            batch.branches,
            tuple(device for device in devices if device.branch in batch.branches),
        )
        for batch in index.batches
    )
