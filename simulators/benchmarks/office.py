"""What the office's own work costs, for a country: plan, survey, inventory, forms, the board of arrivals.

In a core's time of this process; nothing is encrypted, and no device is played.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from crypto.election import parse_election
from election.definition import Branch, BranchId, DeviceId, EnrolledDevice, Role, Text
from election.training import make_training
from headquarters.arrival_board.facts import from_report, table_of
from headquarters.arrival_board.pages import page_of
from headquarters.candidate_files import as_table
from headquarters.capacity.load import USUAL_PROFILE, Load, ServiceTime, arrivals_by_weight
from headquarters.capacity.outcome import Target
from headquarters.capacity.planning import Question, plan
from headquarters.custody import Forms
from headquarters.import_report import AcceptedBundle, ImportReport
from headquarters.inventory import Inventory, InventoryRow
from headquarters.inventory_tables import parse_inventory
from headquarters.readiness.score import judge_all
from headquarters.readiness.survey import ASKED, SurveyRow, parse_survey, write_survey
from headquarters.workspace import ElectionFolder, Workspace
from simulators.benchmarks.measure import Figure, StatusCallback, Took, sampled
from words.languages import installed
from words.text import ENGLISH, PERSIAN

DISTRICTS: Final = 31
VOTERS: Final = 600
"""Of the branch whose devices are planned."""
_HOUR: Final = 3600.0
_ROLES: Final = (*[Role.IDENTITY_STATION] * 2, *[Role.BALLOT_TERMINAL] * 3)


def bench_office(runs: int, tell: StatusCallback, branches: int) -> Iterator[Figure]:
    """Yield the figures of an office with so many branches, each with two stations and three terminals."""
    night = _country(branches)
    names = [each.id for each in night.election.devices]
    here = [each for number, each in enumerate(night.election.devices) if number % 3]
    accepted = tuple(AcceptedBundle(f"{x.id}.bundle", x.id, x.role, x.branch) for x in here)
    report = ImportReport(accepted, (), (), (), (), 0, 0)
    survey, inventory = _survey(night), _inventory(names)
    many = f"{branches} branches"
    works: tuple[tuple[str, Callable[[], object], str], ...] = (
        ("plan of a branch", _plan, f"{VOTERS} voters, 20 days drawn for each number of devices"),
        ("survey", partial(_judged, survey, night), f"{many}, read and judged"),
        (
            "inventory",
            partial(parse_inventory, inventory, "inventory.csv"),
            f"{len(names)} devices",
        ),
        ("form of a branch", partial(_form, night), "PDF, in one language"),
        ("board of arrivals", partial(_board, night, report), f"{many}, two languages and a table"),
    )
    for name, work, note in works:
        took = Took()
        for _ in range(max(1, runs)):
            tell(name)
            took.by(work)
        yield sampled(name, took.core, "ms", note=note)


def _country(branches: int) -> Workspace:
    places = tuple(
        Branch(BranchId(f"b{n:05}"), Text(f"شعبهٔ {n}", f"Branch {n}"), f"حوزهٔ {n % DISTRICTS}")
        for n in range(branches)
    )
    devices = tuple(
        EnrolledDevice(DeviceId(f"{place.id}-{number}"), role, place.id, b"", b"")
        for place in places
        for number, role in enumerate(_ROLES)
    )
    election = replace(make_training(), branches=places, devices=devices)
    encrypted = parse_election(election.belenios_election)
    return Workspace(ElectionFolder(Path("nowhere")), b"", election, bytes(32), encrypted)


def _plan() -> object:
    arrivals = arrivals_by_weight(8 * _HOUR, 18 * _HOUR, VOTERS, USUAL_PROFILE)
    load = Load(arrivals, ServiceTime(45, 22.5), ServiceTime(180, 90))
    return plan(Question(load, Target(15 * 60, 0.95, 0.95), 1, 20))


def _survey(night: Workspace) -> bytes:
    answers = dict(zip(ASKED, ("بله", "yes", "نه", "تا حدی") * len(ASKED), strict=False))
    branches = night.election.branches
    rows = {str(each.id): replace(SurveyRow(each.id), **answers) for each in branches}  # type: ignore[arg-type]
    return write_survey(rows, branches)


def _judged(survey: bytes, night: Workspace) -> object:
    rows = parse_survey(survey, "survey.csv", night.election.branches)
    return judge_all(night.election.branches, {row.branch: row for row in rows})


def _inventory(devices: list[DeviceId]) -> bytes:
    return as_table(
        InventoryRow,
        (
            InventoryRow(device, "", f"SN-{n}", f"S-{n}", f"M-{2 * n}", f"M-{2 * n + 1}")
            for n, device in enumerate(devices)
        ),
    )


def _form(night: Workspace) -> object:
    from ui.sheets import pdf_of

    t = installed().speaker(PERSIAN)
    return pdf_of(Forms(night, Inventory()).of(night.election.branches[0], t), t)


def _board(night: Workspace, report: ImportReport) -> object:
    board = from_report(night, report, datetime.now(UTC))
    languages = (PERSIAN, ENGLISH)
    pages = [page_of(board, installed().speaker(each), languages) for each in languages]
    return pages, table_of(board)
