"""Photograph pages of a drawn count for docs/images: `python -m tests.headquarters.site.pictures`."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from election.definition import BranchId
from headquarters.site.arrivals import DistrictFacts
from headquarters.site.facts import SiteFacts
from headquarters.site.pages import Announcement
from tests.headquarters.browsing import chromium, photograph
from tests.headquarters.site.drawn import contest, drawn_facts, with_interim
from tests.headquarters.site.test_pages import rendered

NAMES = tuple(
    f"{first} {last}"
    for last in ("شریفی", "مرادی", "صادقی", "رضایی", "یزدانی")
    for first in ("کاوه", "مریم", "حسین", "نرگس", "شیرین")
)
SIZES = (620, 540, 710, 505)
NEXT = datetime(2026, 6, 18, 22, 30, tzinfo=UTC)
NOTICE = "شمارش حوزهٔ فارس به سبب قطع برق تا ساعت ۲ بامداد ایستاده است."
DISTRICTS = (("آذربایجان", 3, 1, 4), ("تهران", 2, 2, 0), ("فارس", 2, 1, 3))
"""Name; branches while devices are pending, and of those the counted ones; devices that are pending."""
PICTURES = {
    "results-overview": ("final", "fa/index", 845, 1100, "light"),
    "results-seats": ("final", "en/seats-1", 845, 1100, "dark"),
    "results-interim": ("interim", "fa/index", 845, 1100, "light"),
    "results-code": ("final", "en/codes", 390, 900, "dark"),
}


def _facts(pending: int) -> SiteFacts:
    council = replace(
        contest(len(NAMES), 3, NAMES, seats=9, most=3),
        title=contest(1).title,
    )
    names = (("فهرست امید", "Hope"), ("ائتلاف همدلی", "Harmony"), ("جبههٔ سازندگی", "Builders"))
    lists = tuple(
        replace(slate, name=type(slate.name)(*name))
        for slate, name in zip(council.lists, names, strict=True)
    )
    facts = with_interim(drawn_facts([replace(council, lists=lists)], SIZES, pending=pending))
    groups = tuple((BranchId(branch),) for batch in facts.batches for branch in batch.branches)
    register = replace(facts.published.register, groups=(*groups, *groups[: pending // 2]))
    districts = tuple(
        DistrictFacts(name, branches if pending else counted, counted, 0, wait if pending else 0, 0)
        for name, branches, counted, wait in DISTRICTS
    )
    return replace(
        facts, published=replace(facts.published, register=register), districts=districts
    )


def main() -> None:
    """Write the pictures."""
    sites = {
        "final": rendered(_facts(0)),
        "interim": rendered(_facts(7), Announcement(NEXT, NOTICE)),
    }
    with tempfile.TemporaryDirectory() as folder, chromium(Path(folder) / "profile") as browser:
        for kind, pages in sites.items():
            for name, text in pages.items():
                path = Path(folder) / kind / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
        for name, (kind, page, width, height, scheme) in PICTURES.items():
            url = (Path(folder) / kind / f"{page}.html").as_uri()
            photograph(browser, url, Path("docs/images") / f"{name}.png", (width, height), scheme)


if __name__ == "__main__":
    main()
