"""Headquarters and a branch that votes on paper: planned, compared in the night, told and published."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.bundle import BallotBox, Bundle, CheckIns
from election.definition import Authority, BranchId, DeviceId, Role
from election.enrolment import EnrolmentRequest
from election.errors import ManifestError
from election.provisional import ORDINARY, Proof, ProvisionalEntry
from election.records import SignedRoot, SpentAuthorization
from election.report_code import ReportedNumbers
from headquarters.decisions import DecisionVerdict
from headquarters.election_config import PlanFile, plan_template, read_plan
from headquarters.import_report import BranchNumbers, ImportReport, next_step
from headquarters.night import spent_in
from headquarters.plan_check import check_plan, missing_devices
from headquarters.reconciliation import reconcile
from headquarters.site.facts import DeviceFacts, DeviceState, turnout_of
from tests.kiosk.station.office import people
from words.message import in_english

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NUMBERS = [each.national_number for each in people(6)]
PAPER, OTHER = BranchId("paper"), BranchId("other")


def planned(**changes: object) -> PlanFile:
    text = plan_template("Mf4VPQhYzYqYyL", "انتخابات", (NOW + timedelta(days=9)).date())
    plan = read_plan(text.encode())
    branch = replace(plan.branches[0], **changes)  # type: ignore[arg-type]
    return replace(plan, rehearsal=True, branches=(branch,))


def test_a_plan_says_paper_in_its_file_and_nothing_provisional_with_it() -> None:
    text = plan_template("Mf4VPQhYzYqYyL", "انتخابات", (NOW + timedelta(days=9)).date())
    line = "# paper_ballots = true"
    assert line in text, "the template has it commented"
    assert read_plan(text.replace(line, line[2:]).encode()).branches[0].paper_ballots
    check_plan(planned(paper_ballots=True), NOW)
    check_plan(planned(offline=True), NOW)
    with pytest.raises(ManifestError, match=r"branches\.0\.offline"):
        check_plan(planned(paper_ballots=True, offline=True), NOW)


def test_what_is_told_of_devices_that_asked() -> None:
    def said(plan: PlanFile, *roles: Role) -> list[str]:
        branch = plan.branches[0].id
        requests = [
            EnrolmentRequest(DeviceId(f"d{place}"), role, branch, b"", b"", b"")
            for place, role in enumerate(roles)
        ]
        return [in_english(each) for each in missing_devices(plan, requests)]

    station, terminal = Role.IDENTITY_STATION, Role.BALLOT_TERMINAL
    assert not said(planned(paper_ballots=True), station)
    assert ["no ballot terminal" in each for each in said(planned(), station)] == [True]
    assert ["no identity station" in each for each in said(planned(paper_ballots=True))] == [True]
    alone = said(planned(), station, station, terminal)
    assert ["ask no registry" in each for each in alone] == [True]
    asks = planned(authority=Authority.CENTRE, registry="a:1", evaluator="a:2")
    assert not said(asks, station, station, terminal)


# ---------------------------------------------------------------- the night


@dataclass(frozen=True)
class Person:
    """Who was at the branch on paper, and has a provisional ballot elsewhere."""

    claimed: bool
    confirmed: bool
    """And so got papers."""


@given(st.lists(st.builds(Person, st.booleans(), st.booleans()), min_size=1, max_size=6))
def test_a_paper_counts_before_a_provisional_ballot_and_a_claim_alone_never(
    persons: list[Person],
) -> None:
    entries, issued, handles = [], [], {}
    for place, person in enumerate(persons, 1):
        name, nonce = bytes([place]) * 16, bytes([place]) * 32
        handle = bytes([place]) * 16
        number = NUMBERS[place - 1]
        handles[place] = handle
        entries.append(ProvisionalEntry(handle, number, Proof.CHIP, bytes([99]) * 32, name))
        if person.claimed:
            entries.append(ProvisionalEntry(ORDINARY, "", Proof.CHIP, nonce, name))
            if person.confirmed:
                issued.append(nonce)
    station = CheckIns((), 0, (), (), issued=tuple(issued))
    box = BallotBox((), SignedRoot(0, 0, b"", b"", b""), (SpentAuthorization(bytes(32), b""),))
    bundles = [of(PAPER, "s", station), of(OTHER, "t", box)]
    spent = spent_in(bundles, {PAPER})
    decided = reconcile(handles.values(), entries, (), (), "a value", spent)
    for place, person in enumerate(persons, 1):
        (decision,) = (each for each in decided if each.handle == handles[place])
        has_paper = person.claimed and person.confirmed
        wanted = DecisionVerdict.EXCLUDE if has_paper else DecisionVerdict.INCLUDE
        assert decision.decision is wanted, person
    # A station with terminals beside it lists cards that were given, not votes.
    assert spent_in(bundles) == spent_in(bundles, {OTHER}) == frozenset({bytes(32)})
    assert spent_in(bundles[:1], {PAPER}) is None, "without any terminal nobody knows all"


def of(branch: BranchId, device: str, content: CheckIns | BallotBox) -> Bundle:
    box = content if isinstance(content, BallotBox) else None
    check_ins = content if isinstance(content, CheckIns) else None
    role = Role.BALLOT_TERMINAL if box else Role.IDENTITY_STATION
    return Bundle("uuid", bytes(32), DeviceId(device), role, branch, (), bytes(32), box, check_ins)


# ---------------------------------------------------------------- told and published


def test_check_ins_for_papers_stand_beside_authorizations_on_the_public_pages() -> None:
    def facts(branch: str, role: Role, first: int, second: int) -> DeviceFacts:
        device = DeviceId(f"{branch}-{role}")
        report = ReportedNumbers(bytes(32), device, (first, second), ())
        return DeviceFacts(device, role, BranchId(branch), DeviceState.IN, report)

    station, terminal = Role.IDENTITY_STATION, Role.BALLOT_TERMINAL
    found = turnout_of(
        30,
        [
            facts("a", station, 31, 1),
            facts("a", terminal, 30, 2),
            facts("b", station, 12, 3),
            facts("b", station, 5, 0),
        ],
    )
    assert (found.issued, found.on_paper, found.cast, found.challenged) == (32, 17, 30, 2)


def test_what_comes_next_where_all_ballots_are_papers() -> None:
    numbers = BranchNumbers(PAPER, 0, 0, 0, 0, 0, on_paper=3)
    report = ImportReport((), (), (), (), (numbers,), 0, 0)
    said = in_english(next_step(report, Path("aside"), Path("folder")))
    assert "by hand" in said
    with_ballots = replace(report, ballots=1)
    assert "tally" in in_english(next_step(with_ballots, Path("aside"), Path("folder")))
