"""SECRECY. A status report, allowed to one role while the polls are open, shows the first 128 bits
of the signed root over all records. The digests of the records are public after the day
(supplement/boxes.json), so whoever took reports finds, root after root, which digest came in
between: the order of casting.
"""

import base64
import itertools

from crypto import merkle
from election.definition import Role
from kiosk.flows.operator.states import Act
from kiosk.reports import Report, ReportKind
from tests.cases.runner import case, collect, expect, new_folder
from tests.cases.stations import Office, exported, open_terminal, vote

ROOT = "Signed root"


def report(bench) -> Report:
    """A report, taken by the officer alone."""
    bench.sign_in(Role.OFFICER)
    outcome = bench.act(Act.PRINT_REPORT)
    shown = bench.console.view.report
    bench.sign_out()
    expect(outcome.ok, "no report")
    return shown


def line(shown: Report, label: str) -> str:
    return next((each.value for each in shown.lines if each.label.en == label), "")


def between(known: set[bytes], unknown: set[bytes], root: str, most: int) -> set[bytes] | None:
    """The digests of `unknown` that were added to `known` when the root began like this."""
    for size in range(most + 1):
        for some in itertools.combinations(sorted(unknown), size):
            if merkle.root((*known, *some)).hex().startswith(root):
                return set(some)
    return None


def groups_found(voters: int, gap: int) -> int:
    """How many groups of `gap` voters are told from each other by a report after each group."""
    with open_terminal() as bench:
        truth, roots = [], []
        for number in range(voters):
            truth += vote(bench, number + 1)
            if (number + 1) % gap == 0:
                roots.append(line(report(bench), ROOT))
        bench.do(Act.CLOSE)
        bench.do(Act.EXPORT)
        public = {record.digest for record in exported(bench).content.records}
    truth = [base64.b64decode(code + "=") for code in truth]
    known: set[bytes] = set()
    right = 0
    for number, root in enumerate(roots):
        found = between(known, public - known, root, gap) if root else None
        if found is None:
            break
        right += found == set(truth[number * gap : (number + 1) * gap])
        known |= found
    return right


@case
def report_after_every_voter() -> None:
    right = groups_found(6, 1)
    expect(not right, f"{right} of 6 tracking codes are tied to the place of their voter")


@case
def report_after_every_third_voter() -> None:
    right = groups_found(9, 3)
    expect(not right, f"{right} of 3 groups of three voters are told from each other")


@case
def status_report_says_nothing_of_the_records() -> None:
    """Two terminals with as many ballots: nothing differs (but packages, signed anew)."""
    office = Office.open(new_folder() / "office")
    seen = []
    for _ in range(2):
        with open_terminal(office) as bench:
            vote(bench, 1, 2)
            seen.append({each.label.en: each.value for each in report(bench).lines})
            seen[-1].pop("Package")
    differing = [label for label in seen[0] if seen[0][label] != seen[1].get(label)]
    expect(not differing, f"depends on which records there are: {', '.join(differing)}")


@case
def status_report_does_not_count_challenges() -> None:
    """Two reports, and who challenged in between is known."""
    with open_terminal() as bench:
        labels = [each.label.en for each in report(bench).lines]
    shown = [label for label in labels if "challenge" in label or "spoiled" in label]
    expect(not shown, f"shows «{' '.join(shown)}» while the polls are open")


@case
def report_is_in_the_log() -> None:
    with open_terminal() as bench:
        report(bench)
        names = [entry.what for entry in bench.log()]
    expect(any("report" in name for name in names), "one role takes a report, and no entry says so")


@case
def zero_and_closing_reports_keep_the_root() -> None:
    with open_terminal() as bench:
        bench.sign_in()
        zero = bench.console.view.report
        bench.sign_out()
        vote(bench, 1)
        bench.do(Act.CLOSE)
        bench.sign_in()
        closing = bench.console.view.report
        bench.sign_out()
    for shown, kind in ((zero, ReportKind.ZERO), (closing, ReportKind.CLOSING)):
        expect(shown.kind is kind and line(shown, ROOT), f"no root on the {kind.value} report")


test_case = collect()
