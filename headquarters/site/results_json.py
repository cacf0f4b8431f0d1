"""Write the results for programs: NIST SP 1500-100 V2, Election Results Common Data Format.

One `ElectionReport` with one election. A batch is a reporting unit of the type *ballot-batch*, composed of
its branches (*polling-place*); all batches together are the unit `all`. Votes of a person are counted as
*total*; ballots for a list as *other*, because each of them counts for every member, too. Counts of a batch
that are zero are left out: what is not there is 0. The report is *unofficial*: who certifies is no program.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from election.definition import Contest, SelectionCode
from headquarters.counting import ContestCount
from headquarters.site.facts import ContestFacts, SiteFacts
from words.text import Text, without_controls

RESULTS_FILE: Final = "results.json"
_ALL: Final = "all"
_PREFIX: Final = "ElectionResults."
_LIST_BALLOTS: Final = "ballots for the list"

Plain = dict[str, object]


def results_json(facts: SiteFacts) -> bytes:
    """Write the report as JSON, UTF-8, on one line."""
    definition = facts.definition
    day = definition.day.isoformat()
    election = _typed(
        "Election",
        ElectionScopeId=_ALL,
        Name=_text(definition.name),
        StartDate=day,
        EndDate=day,
        Type="general",
        ExternalIdentifier=[_identifier("uuid", definition.uuid)],
        BallotCounts=list(_ballots(facts)),
        Candidate=[
            each for place, one in enumerate(facts.contests, 1) for each in _people(one, place)
        ],
        Contest=[_contest(facts, one, place) for place, one in enumerate(facts.contests, 1)],
    )
    report = _typed(
        "ElectionReport",
        Format="summary-contest",
        GeneratedDate=facts.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        Issuer="Headquarters",
        IssuerAbbreviation="HQ",
        SequenceStart=1,
        SequenceEnd=1,
        Status="unofficial-partial" if facts.interim else "unofficial-complete",
        VendorApplicationId="amin",
        IsTest=facts.rehearsal,
        ExternalIdentifier=[
            _identifier("number of the election", facts.published.number),
            _identifier("index", facts.index_digest),
        ],
        GpUnit=list(_units(facts)),
        Party=[each for place, one in enumerate(facts.contests, 1) for each in _lists(one, place)],
        Election=[election],
    )
    return json.dumps(report, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


# ---------------------------------------------------------------- parts


def _typed(kind: str, **members: object) -> Plain:
    """Return an object of the standard; lists that would be empty are left out."""
    kept = {name: value for name, value in members.items() if value != []}
    identified = {"@id": kept.pop("id")} if "id" in kept else {}
    return {"@type": _PREFIX + kind, **identified, **kept}


def _text(text: Text) -> Plain:
    strings = [
        _typed("LanguageString", Content=without_controls(content), Language=str(language))
        for language, content in text.by_language
    ]
    return _typed("InternationalizedText", Text=strings)


def _identifier(kind: str, value: str) -> Plain:
    return _typed("ExternalIdentifier", Type="other", OtherType=kind, Value=value)


def _units(facts: SiteFacts) -> Iterator[Plain]:
    yield _typed(
        "ReportingUnit",
        id=_ALL,
        Type="other",
        OtherType="all batches",
        ComposingGpUnitIds=[_batch(place) for place in range(1, len(facts.batches) + 1)],
    )
    for place, batch in enumerate(facts.batches, 1):
        yield _typed(
            "ReportingUnit",
            id=_batch(place),
            Type="ballot-batch",
            ExternalIdentifier=[_identifier("batch", batch.name)],
            ComposingGpUnitIds=[f"branch-{branch}" for branch in batch.branches],
        )
    for branch in sorted({branch for batch in facts.batches for branch in batch.branches}):
        yield _typed(
            "ReportingUnit",
            id=f"branch-{branch}",
            Type="polling-place",
            ExternalIdentifier=[_identifier("branch", branch)],
        )


def _batch(place: int) -> str:
    return f"batch-{place}"


def _ballots(facts: SiteFacts) -> Iterator[Plain]:
    units = [(_ALL, facts.turnout.counted)]
    units += [(_batch(place), batch.ballots) for place, batch in enumerate(facts.batches, 1)]
    for unit, count in units:
        yield _typed("BallotCounts", GpUnitId=unit, Type="total", BallotsCast=count)


def _lists(contest: ContestFacts, place: int) -> Iterator[Plain]:
    for slate in contest.contest.lists:
        yield _typed(
            "Party",
            id=_id(place, "list", slate.code),
            Name=_text(slate.name),
            ExternalIdentifier=[_identifier("code", contest.contest.format_code(slate.code))],
        )


def _people(contest: ContestFacts, place: int) -> Iterator[Plain]:
    elected = _elected(contest)
    for person in contest.contest.candidates:
        party = (
            {} if person.list_code is None else {"PartyId": _id(place, "list", person.list_code)}
        )
        status: Plain = {}
        if elected is not None:
            status["PostElectionStatus"] = "winner" if person.code in elected else "defeated"
        yield _typed(
            "Candidate",
            id=_id(place, "candidate", person.code),
            BallotName=_text(person.name),
            ExternalIdentifier=[_identifier("code", contest.contest.format_code(person.code))],
            **party,
            **status,
        )


def _elected(contest: ContestFacts) -> frozenset[SelectionCode] | None:
    """Return who is elected; None while nobody can say."""
    allocation = None if contest.result is None else contest.result.allocation
    if allocation is None:
        return None
    return frozenset(member.code for group in allocation.groups for member in group.elected)


def _contest(facts: SiteFacts, contest: ContestFacts, place: int) -> Plain:
    rules = contest.contest
    status = "in-process" if facts.interim else "completed"
    return _typed(
        "CandidateContest",
        id=f"contest-{place}",
        Name=without_controls(rules.title.en or rules.title.fa),
        BallotTitle=_text(rules.title),
        ElectionDistrictId=_ALL,
        VotesAllowed=rules.max_selections,
        NumberElected=rules.seats,
        ExternalIdentifier=[_identifier("contest", rules.id)],
        CountStatus=[_typed("CountStatus", Status=status, Type="total")],
        OtherCounts=list(_unused(contest)),
        ContestSelection=[*_list_votes(contest, rules, place), *_votes(contest, rules, place)],
    )


def _unused(contest: ContestFacts) -> Iterator[Plain]:
    for unit, count in _counts(contest):
        yield _typed("OtherCounts", GpUnitId=unit, Undervotes=count.unused)


def _counts(contest: ContestFacts) -> Iterator[tuple[str, ContestCount]]:
    yield _ALL, contest.total
    for place, count in enumerate(contest.by_batch, 1):
        yield _batch(place), count


def _list_votes(contest: ContestFacts, rules: Contest, place: int) -> Iterator[Plain]:
    counts = [(unit, [slate.ballots for slate in count.lists]) for unit, count in _counts(contest)]
    for number, slate in enumerate(rules.lists):
        found = _found(counts, number, "other", OtherType=_LIST_BALLOTS)
        party = _id(place, "list", slate.code)
        yield _typed(
            "PartySelection",
            id=_id(place, "list-votes", slate.code),
            PartyIds=[party],
            VoteCounts=found,
        )


def _votes(contest: ContestFacts, rules: Contest, place: int) -> Iterator[Plain]:
    counts = [(unit, [each.total for each in count.candidates]) for unit, count in _counts(contest)]
    for number, person in enumerate(rules.candidates):
        yield _typed(
            "CandidateSelection",
            id=_id(place, "votes", person.code),
            CandidateIds=[_id(place, "candidate", person.code)],
            VoteCounts=_found(counts, number, "total"),
        )


def _found(
    counts: Sequence[tuple[str, Sequence[int]]], number: int, kind: str, **more: str
) -> list[Plain]:
    return [
        _typed("VoteCounts", GpUnitId=unit, Type=kind, Count=count[number], **more)
        for unit, count in counts
        if unit == _ALL or count[number]
    ]


def _id(place: int, kind: str, code: SelectionCode) -> str:
    return f"contest-{place}-{kind}-{code}"
