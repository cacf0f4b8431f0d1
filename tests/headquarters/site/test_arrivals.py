"""Interims keep an address and true numbers; what is in is told by the register's districts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crypto.result import add_up
from election.definition import BranchId, DeviceId
from election.register import ReserveOperators
from election.schema import to_json
from headquarters.index_document import ArchiveIndex, published_sums
from headquarters.site.arrivals import InterimFacts, add_counts, district_facts, read_interims
from headquarters.site.errors import SiteError
from headquarters.site.facts import SiteFacts
from headquarters.site.pages import Announcement
from tests.headquarters.site.drawn import (
    HOSTILE,
    contest,
    drawn_facts,
    drawn_results,
    example_facts,
)
from tests.headquarters.site.test_pages import first_pages, rendered
from tests.headquarters.site.test_site import Page

SIZES = (30, 50, 20, 45)
CONTESTS = [contest(5, 1, most=2), contest(3)]
TIMES = [1_700_000_000 + 3600 * place for place in range(len(SIZES))]


def chain(
    folder: Path, facts: SiteFacts, lie: Callable[[ArchiveIndex], ArchiveIndex] = lambda x: x
) -> tuple[InterimFacts, ...]:
    """Write two interim indexes, of two and three batches, and read them from the final one."""
    results = drawn_results(CONTESTS, SIZES)
    (folder / "earlier").mkdir()
    names, predecessor = [], None
    for batches in (2, 3):
        index = replace(
            facts.index,
            interim=True,
            predecessor=predecessor,
            batches=facts.index.batches[:batches],
            ballots=sum(SIZES[:batches]),
            sums=published_sums(add_up(results[:batches])),
        )
        data = to_json(lie(index))
        predecessor = hashlib.sha256(data).hexdigest()
        (folder / "earlier" / f"{predecessor}.json").write_bytes(data)
        names.append(predecessor)
    return read_interims(
        folder,
        names[::-1],
        ("f" * 64, facts.index),
        TIMES,
        [one.by_batch for one in facts.contests],
        [published_sums(result) for result in results],
    )


def test_interims_keep_their_numbers(tmp_path: Path) -> None:
    facts = drawn_facts(CONTESTS, SIZES)
    first, second = chain(tmp_path, facts)
    assert (first.number, first.ballots, first.branches) == (1, 80, 2)
    assert (second.number, second.ballots, second.batches) == (2, 100, (0, 1, 2))
    assert second.time == datetime.fromtimestamp(TIMES[2], UTC)
    for place, one in enumerate(facts.contests):
        assert add_counts(one.by_batch) == one.total, "batches add up to all"
        partial = add_counts(one.by_batch[:3])
        assert second.contests[place] == partial
    pages = rendered(
        replace(facts, interims=(first, second), earlier=(second.digest, first.digest))
    )
    text = pages["en/interim-2.html"]
    assert second.digest in text
    assert "Nobody was elected by them." in text
    assert '<a href="interim-1.html">' in pages["en/interims.html"]
    assert '<a href="interim-2.html">' in pages["fa/check.html"]
    assert "Final result" in pages["en/interims.html"]


def test_a_current_interim_has_its_later_address(tmp_path: Path) -> None:
    """What is linked while devices are pending is found at the same address afterwards."""
    final = drawn_facts(CONTESTS, SIZES)
    interims = chain(tmp_path, final)
    before = replace(final, interims=interims[:1], index=replace(final.index, interim=True))
    after = replace(final, interims=interims)
    early, late = rendered(before)["en/interim-1.html"], rendered(after)["en/interim-1.html"]
    assert Page(early).tags[-40:] == Page(late).tags[-40:]
    assert re.findall(r"<dd>[^<]*</dd>", early) == re.findall(r"<dd>[^<]*</dd>", late)


def _more_votes(index: ArchiveIndex) -> ArchiveIndex:
    counts = index.sums[0]
    assert isinstance(counts, dict)
    return replace(index, sums=({**counts, "100": counts.get("100", 0) + 1}, *index.sums[1:]))


def _more_ballots(index: ArchiveIndex) -> ArchiveIndex:
    return replace(index, ballots=index.ballots + 1)


@pytest.mark.parametrize("lie", [_more_votes, _more_ballots])
def test_an_interim_that_lied_is_not_published(
    lie: Callable[[ArchiveIndex], ArchiveIndex], tmp_path: Path
) -> None:
    """Headquarters signed it, and the chain compares batches alone."""
    with pytest.raises(SiteError):
        chain(tmp_path, drawn_facts(CONTESTS, SIZES), lie)


# ---------------------------------------------------------------- districts, and a country


def test_districts_are_those_of_the_register() -> None:
    register = replace(
        example_facts().published.register,
        groups=((BranchId("a"), BranchId("b")), (BranchId("c"),), (BranchId("d"),)),
        reserves=tuple(
            ReserveOperators(name, tuple(map(BranchId, branches)), (bytes(32),))
            for name, branches in (("north", "ab"), ("west", "c"))
        ),
    )
    branches = {"a1": "a", "a2": "a", "b1": "b", "c1": "c", "d1": "d"}
    found = district_facts(
        register,
        frozenset({"a", "b"}),
        {DeviceId(x): BranchId(y) for x, y in branches.items()},
        frozenset({DeviceId("a1"), DeviceId("b1")}),
        frozenset({DeviceId("a2")}),
    )
    rows = [(x.name, x.branches, x.counted, x.here, x.pending, x.missing) for x in found]
    assert rows == [("north", 2, 2, 2, 0, 1), ("west", 1, 0, 0, 1, 0), ("", 1, 0, 0, 1, 0)]


def test_the_first_view_of_a_country_is_small() -> None:
    """2,874 branches in 1,300 batches and 31 districts, half of the devices pending, 290 seats."""
    facts = drawn_facts([contest(600, 5, seats=290, most=1)], (3,) * 1300, pending=5000)
    base = facts.index.batches[0]
    batches = tuple(
        replace(base, name=f"batch-{number:04d}", branches=(f"b{number}", f"c{number}"))
        for number in range(1300)
    )
    register = replace(
        facts.published.register,
        groups=tuple((BranchId(f"b{number}"),) for number in range(2874)),
        reserves=tuple(
            ReserveOperators(
                f"استان {number}",
                tuple(BranchId(f"b{x}") for x in range(number, 2874, 31)),
                (bytes(32),),
            )
            for number in range(31)
        ),
    )
    pending = {device.id: BranchId(device.branch) for device in facts.pending}
    facts = replace(
        facts,
        index=replace(facts.index, batches=batches),
        published=replace(facts.published, register=register),
        districts=district_facts(register, frozenset(), pending, frozenset(), frozenset()),
    )
    pages = first_pages(facts)
    assert all(len(text.encode()) < 200_000 for text in pages.values())
    assert "and ۴٬۹۶۰" in pages["fa/index.html"] or "۴۹۶۰" in pages["fa/index.html"].replace(
        "٬", ""
    )
    assert "استان 30" in pages["en/index.html"]


def test_what_is_announced_is_said_by_nobody_else() -> None:
    facts = drawn_facts([contest(3)], pending=2)
    at = datetime(2026, 6, 18, 22, 30, tzinfo=UTC)
    for notice in HOSTILE:
        page = rendered(facts, Announcement(at, notice))["en/index.html"]
        assert "nothing here verifies it" in page
        assert Page(page).tags.count("script") == 0
    assert "nothing here verifies it" not in rendered(facts)["en/index.html"]
