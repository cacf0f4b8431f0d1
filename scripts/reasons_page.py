"""Write docs/spec/reasons.md from the tables of `election.reasons`.

`python -m scripts.reasons_page` after a reason was added; `tests/docs/test_reasons.py` compares.
"""

from __future__ import annotations

from pathlib import Path

from election.reasons import REFUSALS, Refusal

PAGE = Path(__file__).parents[1] / "docs" / "spec" / "reasons.md"

_HEAD = """\
# Why a file or a document is refused

Each refusal has a **stable word**, for programs, reports and logs, and a sentence, for people. Words
are never renamed. The tables are made of `election/reasons.py` by `scripts/reasons_page.py`. What is
said about a whole archive, its supplement and its index stands in [What is published](publication.md).

A document in an [envelope](envelope.md) is refused by the words of its own table; those of *envelope*
and *signatures* are what they rest on.
"""

_TITLES = {
    "FileReason": "Files",
    "EnvelopeReason": "Envelope",
    "SignatureReason": "Signatures",
    "PackageReason": "Election package",
    "BundleReason": "Closing bundle",
    "ActReason": "Acts that cards sign",
    "StartReason": "Start of a device",
    "LogReason": "Audit log of a device",
    "EnrolmentReason": "Request to be enrolled",
    "AuthorizationRefusal": "Authorization on a card",
    "DecisionReason": "Decisions about provisional ballots",
    "RegisterReason": "Register",
    "DeviceActReason": "Take-over and rescue",
    "DayActReason": "Published acts of a device's day",
    "OfficeListReason": "Lists of two offices",
    "LotReason": "Lots",
    "ReportReason": "Code of a closing report",
    "PublicationReason": "Publication",
    "ClaimReason": "A claim at the registry",
    "StatusReason": "A message to the status board",
    "Notice": "What is told",
    "Agreement": "What agrees with the register",
}


def page() -> str:
    """Return the page's text."""
    return "\n".join((_HEAD, *map(_table, REFUSALS)))


def _table(reasons: type[Refusal]) -> str:
    about = (reasons.__doc__ or "").strip()
    rows = [f"| `{reason.value}` | {reason.sentence} |" for reason in reasons]
    head = (f"## {_TITLES[reasons.__name__]}", "", about, "", "| word | sentence |", "|---|---|")
    return "\n".join((*head, *rows, ""))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
