"""Compare what a day's robots did with what headquarters counted."""

from __future__ import annotations

from collections.abc import Sequence

from election.definition import Contest
from headquarters.counting import ContestCount
from headquarters.import_report import FindingKind
from simulators.demo.intents import Intent, Meant
from simulators.demo.office import CountedElection, seats_by_list
from simulators.demo.report import DayReport


def compare(
    report: DayReport, cast: Sequence[Intent], counted: CountedElection, refused: dict[str, int]
) -> None:
    """Fill the report in with what was counted, and with each discrepancy.

    `cast`: intended votes of the ballots that count; `refused`: by reason, as the stations counted them.
    """
    imported = counted.imported
    report.imported_ballots = imported.ballots + imported.provisional
    report.provisional, report.excluded = imported.provisional, counted.excluded
    numbers = imported.branches[0] if imported.branches else None
    report.import_findings = [
        *(f"{each.name}: {each.reason}" for each in imported.rejected),
        *(f"{each.tracking}: {each.reason.value}" for each in imported.refused),
        # A demonstration closes hours before its time, which headquarters tells rightly.
        *(
            f"{finding.kind.value}: {finding.message}"
            for finding in imported.findings
            if finding.kind is not FindingKind.ODD_TIME
        ),
    ]
    meant = Meant.of(cast)
    report.tally_matches_intent = all(
        is_as_meant(each.count, each.contest, meant) for each in counted.result.contests
    )
    failures = counted.verification.failures
    problems = [f"{each.reason} {each.entry}: {each.message}" for each in failures]
    problems += [f"{each.reason} {each.entry}: {each.message}" for each in counted.unanchored]
    report.verify = "; ".join(problems[:3]) or "ok"
    report.receipts_cover = counted.verification.receipts.covered
    report.seats = seats_by_list(counted)
    stored, made = report.stored_records, report.ballots_cast + report.ballots_spoiled
    report.on_paper = numbers.on_paper if numbers else 0
    left = report.ballots_cast + report.abandoned + report.on_paper
    issued = numbers.issued + report.on_paper if numbers else 0
    served = report.ballots_cast if report.terminals else report.on_paper
    report.disagreements = [
        *([] if report.verify == "ok" else [f"the archive is refused: {report.verify}"]),
        *(
            []
            if report.receipts_cover == report.ballots_cast
            else [f"receipts cover {report.receipts_cover} of {report.ballots_cast} votes"]
        ),
        *([] if report.tally_matches_intent else ["the tally is not what the voters meant"]),
        # Nothing agrees with nothing: a day that refuses everybody went wrong.
        *([] if served or not report.voters else ["nobody could cast a ballot"]),
        *(
            f"{what} differ: {one} and {other}"
            for what, one, other in (
                (
                    "ballots cast and ballots imported",
                    report.ballots_cast,
                    report.imported_ballots,
                ),
                (
                    "ballots that count and persons who cast one",
                    report.imported_ballots - report.excluded,
                    len(cast),
                ),
                ("ballots spoiled and imported", report.ballots_spoiled, imported.spoiled),
                ("records stored and ballots made", stored, made),
                ("checked in and issued", report.checked_in, issued),
                ("checked in, and cast or left", report.checked_in, left),
            )
            if one != other
        ),
        *_paper_disagreements(report),
        *([] if refused == report.refused else [f"refusals differ: the station says {refused}"]),
        *report.import_findings,
    ]


def _paper_disagreements(report: DayReport) -> list[str]:
    if not report.papers:
        return []
    printed, void = report.papers["printed"], report.papers["void"]
    found = []
    if printed - void != report.ballots_cast:
        found.append(f"papers that count and ballots cast differ: {printed - void}")
    if report.papers["pieces in the box"] != printed:
        found.append(f"papers printed and pieces in the box differ: {printed}")
    return found


def is_as_meant(one: ContestCount, contest: Contest, meant: Meant) -> bool:
    """Return whether a contest was counted as it was meant."""
    persons = {c.code: c.individual for c in one.candidates if c.individual}
    lists = {x.code: x.ballots for x in one.lists if x.ballots}
    return (
        persons == {code: n for (where, code), n in meant.persons.items() if where == contest.id}
        and lists == {code: n for (where, code), n in meant.lists.items() if where == contest.id}
        and one.blanks == meant.blanks[contest.id]
        and not one.invalid
    )
