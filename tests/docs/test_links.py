"""A link into a page leads to a heading that is there, in either language."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
_LINK = re.compile(r"\]\(([^)\s#:]*)#([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings: small letters, no marks and non-joiners, hyphens for blanks."""
    headings = _HEADING.findall(_FENCED.sub("", page.read_text("utf-8")))
    words = (re.sub(r"\]\([^)]*\)", "", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", each).replace(" ", "-") for each in words}


def test_anchors_are_there() -> None:
    found = [
        (page, page.parent / link if link else page, anchor)
        for page in sorted(DOCS.rglob("*.md"))
        for link, anchor in _LINK.findall(page.read_text("utf-8"))
    ]
    assert len(found) > 40
    assert not [(page.name, anchor) for page, to, anchor in found if anchor not in anchors(to)]


def test_the_guide_leads_to_the_same_part_in_both_languages() -> None:
    for language, anchor in (
        ("", "4-cards-of-officers-and-supervisors"),
        (".fa", "۴-کارتهای-مسئولان-و-ناظران"),
    ):
        text = (DOCS / f"headquarters-guide{language}.md").read_text("utf-8")
        assert f"(operator-guide{language}.md#{anchor})" in text
