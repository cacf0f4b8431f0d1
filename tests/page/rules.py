"""Write docs/spec/rules.md, what shows every rule in both verifiers: `python -m tests.page.rules`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from election.reasons import (
    DayActReason,
    DeviceActReason,
    LotReason,
    Notice,
    OfficeListReason,
    PublicationReason,
    RegisterReason,
    ReportReason,
)
from tests.trust.attacks.all_attacks import ATTACKS

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "spec" / "rules.md"
TAMPERED: Final = Path(__file__).parents[1] / "vectors" / "belenios" / "tampered"
HEAD: Final = """\
# Every rule, and what shows it in both verifiers

Made by `python -m tests.page.rules`. One row for each reason that is published
([archives, supplements and index](publication.md#reasons), [all others](reasons.md)): a rule is broken
exactly where its reason is given. `amin election verify` and
[the page for browsers](../adr/0052-a-second-verifier-in-the-browser.md) are run over the same files, and
have to give the same reasons:

- *changed archives* lie in `tests/vectors/belenios/tampered` (`tests/page/test_page.py`; archives that are
  changed at random are compared there, too, 10,000 with `make peers`);
- *who does what* is played by `tests/trust/attacks/test_publication.py`, a share of it in every run and all
  of it with `make peers`;
- other rows name their tests, which ask both.

The page tells an act before the one that it follows (`acts-time`); an act that is days away from the day is
told by the program alone.
"""
OF_DEVICES: Final = frozenset(
    {
        *("act-drive", "act-district", "act-handover", "act-records", "act-found", "act-mixed"),
        "act-revoked",
        "register-package",
    }
)
"""What devices and headquarters say of a document that is brought to them; no verifier is asked."""
_BOTH: Final = "tests/trust/attacks/test_publication.py::test_page_in_the_browser_finds_them_too"
_HONEST: Final = "tests/trust/attacks/test_publication.py::test_honest_publication"
_REPORT_FILE: Final = "tests/trust/attacks/test_reports.py"
_REPORTS: Final = f"{_REPORT_FILE}::test_report"
_PHOTOGRAPH: Final = "tests/page/test_page.py::test_photograph_of_a_report"
OTHERWISE: Final[dict[str, tuple[str, ...]]] = {
    "group": ("tests/page/test_group.py::test_both_verifiers_name_a_point_outside_the_group",),
    **dict.fromkeys(
        (
            *("register-rehearsal", "device-missing", "missing-receipts", "missing-report"),
            *("device-rescued", "spare-used", "acts-reserve"),
        ),
        (_HONEST, _BOTH),
    ),
    "receipts-cover": (_HONEST, "tests/page/test_page.py::test_published_folder"),
    "result-unread": ("tests/page/test_results.py::test_missing_and_other_statements_are_told",),
    "spent-twice": (
        "tests/cases/trust/test_two_terminals.py::test_the_page_in_the_browser_says_the_same",
    ),
    **dict.fromkeys(
        (
            *("report-election", "report-signature", "report-bounds", "report-device"),
            "report-differs",
        ),
        (_REPORTS, f"{_REPORT_FILE}::test_page_says_the_same_of_every_report"),
    ),
    "report-format": (
        "tests/election/test_office_lists.py::test_texts_that_are_no_code",
        _PHOTOGRAPH,
    ),
    "index-branched": (
        "tests/trust/attacks/test_publication.py::test_second_chain_beside_the_first",
    ),
    **dict.fromkeys(
        (
            *("list-order", "missing-unbounded", "authorizations-unknown", "closed-twice"),
            "spent-unlisted",
        ),
        ("tests/trust/attacks/test_both_verifiers.py::test_both_say_the_same",),
    ),
    "crooked-row": (
        "tests/headquarters/test_crooked_rows.py::test_it_is_told_and_everything_is_valid",
    ),
    "decryption-unproven": (
        "tests/cases/office/test_published.py::test_an_archive_alone_says_what_stays_open",
    ),
}
"""Rules that no changed archive and no attack of the table breaks, with their tests."""
_TABLES: Final = (
    RegisterReason,
    DeviceActReason,
    DayActReason,
    OfficeListReason,
    LotReason,
    ReportReason,
    PublicationReason,
    Notice,
)
_ROW: Final = re.compile(r"^\| `([a-z-]+)` \| (.+) \|$", re.MULTILINE)


def rules() -> dict[str, str]:
    """Return every rule by its reason, with its sentence, as they are published."""
    published = (ROOT / "docs" / "spec" / "publication.md").read_text("utf-8")
    found = dict(_ROW.findall(published[published.index("## Reasons") :]))
    for table in _TABLES:
        found |= {one.value: str(one.sentence) for one in table}
    return {reason: said for reason, said in found.items() if reason not in OF_DEVICES}


def shown() -> dict[str, list[str]]:
    """Return what shows each rule."""
    found: dict[str, list[str]] = {}
    for path in sorted(TAMPERED.iterdir()):
        said = json.loads((path / "manifest.json").read_bytes())
        for reason in said["expected"]["reasons"]:
            found.setdefault(str(reason), []).append(f"`tampered/{path.name}`")
    for attack in ATTACKS:
        found.setdefault(attack.reason, []).append(f"{attack.who} {attack.what}")
    for reason, tests in OTHERWISE.items():
        if reason not in found:
            found[reason] = [f"`{one}`" for one in tests]
    return found


def page() -> str:
    """Return the page's text."""
    by_reason = shown()
    lines = [HEAD, "| rule | broken where | shown by |", "|---|---|---|"]
    lines += [
        f"| `{reason}` | {said} | {'; '.join(by_reason[reason])} |"
        for reason, said in rules().items()
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
