"""Pages of drawn counts: names of every kind, no votes at all, one candidate, 4,096 of them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html import unescape
from itertools import islice

import pytest

from election.evidence import Dimension, EvidenceSum
from election.evidence_words import evidence_named
from headquarters.site.facts import SiteFacts
from headquarters.site.pages import Announcement, SitePages
from headquarters.site.results_json import results_json
from tests.headquarters.site.drawn import HOSTILE, contest, drawn_facts
from tests.headquarters.site.test_site import Page
from words.languages import installed

LANGUAGES = installed()


def rendered(facts: SiteFacts, announced: Announcement = Announcement()) -> dict[str, str]:  # noqa: B008
    speakers = [(LANGUAGES.speaker(data.id), data.name) for data in LANGUAGES]
    pages = SitePages(facts, (), speakers, "0" * 64, evidence_named, announced)
    return {name: content.decode() for name, content in pages.render()}


def first_pages(facts: SiteFacts) -> dict[str, str]:
    """What opens first: the languages, and the overview in each of them."""
    found: dict[str, str] = {}
    for data in LANGUAGES:
        pages = SitePages(
            facts, (), [(LANGUAGES.speaker(data.id), data.name)], "0" * 64, evidence_named
        )
        found |= {name: content.decode() for name, content in islice(pages.render(), 2)}
    return found


def test_names_add_nothing_to_a_page() -> None:
    """The same count with ordinary names has the same elements, one for one."""
    hostile = rendered(drawn_facts([contest(9, 2, HOSTILE, seats=2, most=3)]))
    ordinary = rendered(drawn_facts([contest(9, 2, seats=2, most=3)]))
    assert hostile.keys() == ordinary.keys()
    for name, text in hostile.items():
        page = Page(text)
        assert page.tags == Page(ordinary[name]).tags, name
        assert "script" not in page.tags
        signs, usual = Counter(text), Counter(ordinary[name])
        for control in "\u202e\u202d\u2067\u200f\u200e\x00\u2028":
            assert signs[control] == usual[control], (name, ascii(control))
        assert sum(signs[x] for x in "\u2066\u2067\u2068") == signs["\u2069"], name
    assert "<script>alert(1)" in unescape(hostile["en/contest-1.html"])


def test_every_name_can_break() -> None:
    """Letters without a blank do not push a telephone's page wide; the browser's test measures it."""
    assert "overflow-wrap:anywhere" in rendered(drawn_facts([contest(1)]))["fa/index.html"]


@pytest.mark.parametrize("lists", [0, 2])
def test_no_votes_at_all(lists: int) -> None:
    pages = rendered(drawn_facts([contest(3, lists)], (0, 0)))
    assert "Nobody is elected" in pages["en/index.html"]
    assert "en/seats-1.html" not in pages
    assert "–" in pages["en/contest-1.html"] or not lists


def test_one_candidate_and_one_batch() -> None:
    pages = rendered(drawn_facts([contest(1)], (7,)))
    assert "Elected" in pages["fa/index.html"] or "منتخبان" in pages["fa/index.html"]
    assert "en/batch-1.html" in pages
    assert "Votes by batch" not in pages["en/contest-1.html"]


def test_interim_pages_elect_nobody() -> None:
    pages = rendered(drawn_facts([contest(5, 1)], pending=12))
    assert not [name for name in pages if "seats" in name]
    for name, text in pages.items():
        assert "Interim result: 12 devices" in text or "نتیجهٔ موقت: ۱۲" in text, name
        assert "Elected" not in text
        assert "منتخبان" not in text
    assert pages["en/index.html"].count('<li><a href="devices/terminal-') == 12
    assert "Still to come" in pages["en/devices/terminal-3.html"]


def test_sums_of_a_batch_and_of_all_agree() -> None:
    facts = drawn_facts([contest(6, 1)], (30, 50, 20))
    (one,) = facts.contests
    for place, person in enumerate(one.total.candidates):
        assert person.total == sum(batch.candidates[place].total for batch in one.by_batch)
    pages = rendered(facts)
    for number in (1, 2, 3):
        rows = re.findall(r"<tr><td class=\"amount\">", pages[f"en/batch-{number}.html"])
        assert len(rows) == sum(person.total > 0 for person in one.by_batch[number - 1].candidates)


def test_evidence_has_its_place() -> None:
    facts = replace(drawn_facts([contest(2)]), evidence=())
    assert "How identities were seen</h2>" not in rendered(facts)["en/turnout.html"]
    seen = replace(facts, evidence=(EvidenceSum(Dimension.DOCUMENT, "passport", 1234),))
    text = rendered(seen)["en/turnout.html"]
    assert "How identities were seen" in text
    assert "1,234" in text
    assert "assport" in text


def test_four_thousand_candidates() -> None:
    """Every one has a row with name and votes; a page stays below 2 MB (1.3 MB with lists)."""
    facts = drawn_facts([contest(4096, 12, seats=21, most=3)], (900, 600))
    pages = rendered(facts)
    text = pages["fa/contest-1.html"]
    assert Page(text).tags.count("tr") == 4096 + 13 + 1 + 1 + 3
    assert len(text.encode()) < 2_000_000
    assert sum(len(page.encode()) for page in pages.values()) < 8_000_000
    assert len(results_json(facts)) < 6_000_000
