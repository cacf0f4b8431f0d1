"""Write the pages of a site: the templates say and lay out, this gives the values.

A page needs no other file and no script; its policy (Content Security Policy Level 3) allows its one style
sheet by the hash and forbids everything else. jinja2 escapes every text, and every name from outside stands
in an isolate (`words.speaker`), so that no name ends an element or turns around what stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from functools import cache, partial
from importlib import resources
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined

from election.definition import Contest, Role, SelectionCode
from election.evidence import Dimension
from election.register import hash_in_groups, in_groups
from headquarters.counting import CandidateCount, ContestCount
from headquarters.page_policy import page_policy
from headquarters.result import votes_of
from headquarters.seats.explain import explain
from headquarters.seats.phrases import percent
from headquarters.seats.report.charts import bars_chart, bars_of, hemicycle
from headquarters.seats.verdict import changes, combinations, verdict
from headquarters.site.codes import code_pages, page_of
from headquarters.site.facts import ContestFacts, DeviceState, SiteFacts
from headquarters.site.terms import TERMS
from words.message import Bytes, Code, Exact, Latin, Message, Value, m, plural
from words.speaker import Speaker
from words.text import Text

Shown = tuple[str, Message]
"""A page's name without language and ending, and how links call it."""


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file that can be taken home."""

    name: str
    """From the site's folder."""
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Announcement:
    """What whoever makes a site says of the next one; nothing verifies it, and the page says so."""

    next: datetime | None = None
    """When the next result is published, for everybody at once."""
    notice: str = ""
    """A sentence: why a count stands still."""


@dataclass(frozen=True, slots=True)
class SitePages:
    """What all pages of a site have in common."""

    facts: SiteFacts
    files: Sequence[ListedFile]
    languages: Sequence[tuple[Speaker, str]]
    """Speakers, and the names of their languages."""
    verifier: str
    """SHA-256 of verify.html."""
    named: Callable[[Dimension, str], Message]
    """The label of a sum of evidence."""
    announced: Announcement = Announcement()
    menu: tuple[Shown, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Fix the menu."""
        object.__setattr__(self, "menu", tuple(self._menu()))

    def render(self) -> Iterator[tuple[str, bytes]]:
        """Yield the name of each page in the site, and the page."""
        yield "index.html", self._page(self.languages[0][0], "languages", "index", m("Results"))
        for t, _ in self.languages:
            for name, content in self._of_language(t):
                yield f"{t.language}/{name}.html", content

    def _files_of_batches(self) -> Mapping[str, Sequence[ListedFile]]:
        """Return the files by the folder of their batch; "" for those of none."""
        folders = {batch.name for batch in self.facts.batches}
        found: dict[str, list[ListedFile]] = {}
        for each in self.files:
            _, folder, *rest = *each.name.split("/"), ""
            found.setdefault(folder if any(rest) and folder in folders else "", []).append(each)
        return found

    def _of_language(self, t: Speaker) -> Iterator[tuple[str, bytes]]:
        facts, page, files = self.facts, partial(self._page, t), self._files_of_batches()
        for name, title in self.menu:
            if name != "codes":
                template, _, number = name.partition("-")
                place = int(number) if number else 0
                yield name, page(template, name, title, place, files=files.get("", ()))
        for place, batch in enumerate(facts.batches, 1):
            name = f"batch-{place}"
            title = m("Batch {number}", number=place)
            yield name, page("batch", name, title, place, files=files.get(batch.name, ()))
        batch_of = {
            device.id: place
            for place, batch in enumerate(facts.batches, 1)
            for device in batch.devices
        }
        for device in facts.devices:
            name, title = f"devices/{device.id}", m("Device {id}", id=Latin(device.id))
            yield name, page("device", name, title, batch_of.get(device.id, 0), device=device)
        for interim in facts.interims:
            name = f"interim-{interim.number}"
            title = m("Interim result {number}", number=interim.number)
            yield name, page("interim", name, title, interim=interim)
        for codes in code_pages(facts.codes):
            title = m("Tracking code")
            if codes.prefix:
                title = m("Tracking code that begins with {letters}", letters=Latin(codes.prefix))
            yield codes.name, page("codes", codes.name, title, codes=codes)

    def _menu(self) -> Iterator[Shown]:
        yield "index", m("Overview")
        for place, contest in enumerate(self.facts.contests, 1):
            yield f"contest-{place}", m("{title}: votes", title=contest.contest.title)
            if _has_seats(contest):
                yield f"seats-{place}", m("{title}: seats", title=contest.contest.title)
        yield "turnout", m("Turnout")
        yield "branches", m("Branches")
        yield "interims", m("Timetable")
        yield "codes", m("Tracking code")
        yield "told", m("What was told")
        yield "check", m("How to check")
        yield "files", m("Files")
        yield "glossary", m("Words")

    def _page(
        self,
        t: Speaker,
        template: str,
        name: str,
        title: Message,
        place: int = 0,
        **more: object,
    ) -> bytes:
        facts = self.facts
        values: dict[str, object] = {
            "t": t,
            "say": t.say,
            "facts": facts,
            "site": self,
            "name": name,
            "up": "../" * name.count("/"),
            "title": title,
            "bare": t.without_isolates().say,
            "style": _style(),
            "policy": page_policy(_style()),
            "place": place,
            "status": _status(facts),
            "number": in_groups(facts.published.number),
            **more,
        }
        if template in {"contest", "seats"}:
            values |= _of_contest(facts.contests[place - 1], t)
        return _environment().get_template(f"{template}.html").render(values).encode()


# ---------------------------------------------------------------- values


def _has_seats(contest: ContestFacts) -> bool:
    return contest.result is not None and contest.result.comparison is not None


def _status(facts: SiteFacts) -> tuple[Message, ...]:
    """Return what every page says first: what kind of result this is, and how it was checked."""
    found = []
    if facts.rehearsal:
        found.append(m("This was a rehearsal: no vote counts."))
    if facts.interim:
        found.append(
            plural(
                "Interim result: {count} device is still to come. Numbers will grow, and nobody is "
                "elected yet.",
                "Interim result: {count} devices are still to come. Numbers will grow, and nobody is "
                "elected yet.",
                len(facts.pending),
            )
        )
    if facts.anchored:
        found.append(
            m(
                "Everything holds: all proofs, signatures and sums were verified, and devices, names and "
                "rules are those of the number that was published before the day."
            )
        )
    else:
        found.append(
            m(
                "Everything fits together: all proofs, signatures and sums were verified. The number was not "
                "compared with the one that was published before the day: compare it yourself."
            )
        )
    return tuple(found)


def _of_contest(contest: ContestFacts, t: Speaker) -> Mapping[str, object]:
    values: dict[str, object] = {"contest": contest, "rules": contest.contest}
    if contest.result is not None and contest.result.comparison is not None:
        comparison = contest.result.comparison
        given = comparison.given
        values |= {
            "given": given,
            "verdict": verdict(comparison),
            "combinations": combinations(comparison),
            "outcomes": comparison.outcomes,
            "differing": [each for each in comparison.alternatives if each.differs],
            "changes": partial(changes, votes_of(contest.result)),
            "groups": bars_of(given),
            "half_round": hemicycle(given, t, "seats").document(),
            "bars": bars_chart(given, t, "shares").document(),
            "sections": explain(given),
        }
    return values


def ranked(count: ContestCount) -> list[CandidateCount]:
    """Return the candidates by votes, equals by code."""
    return sorted(count.candidates, key=lambda person: (-person.total, person.code))


def _share(part: int, whole: int) -> Value:
    return percent(Fraction(part, whole)) if whole else "–"


def _code(contest: Contest, code: SelectionCode) -> Code:
    return Code(contest.format_code(code))


def _list_name(contest: Contest, code: SelectionCode | None) -> Text | str:
    slate = None if code is None else contest.list_of(code)
    return "" if slate is None else slate.name


# ---------------------------------------------------------------- templates


def _source(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _style() -> str:
    return _source("style.css").strip()


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(_source),
    )
    environment.globals |= {
        "bytes": Bytes,
        "code": _code,
        "exact": Exact,
        "hash_in_groups": hash_in_groups,
        "latin": Latin,
        "list_name": _list_name,
        "page_of": page_of,
        "states": DeviceState,
        "percent": percent,
        "ranked": ranked,
        "share": _share,
        "terms": TERMS,
        "terminal": Role.BALLOT_TERMINAL,
    }
    return environment


__all__: Final = ("Announcement", "ListedFile", "SitePages", "ranked")
