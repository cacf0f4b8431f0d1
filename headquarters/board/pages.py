"""Write the board's pages: the templates say and lay out, this gives the values.

A page works without a script, with a link that looks again; with it rows change as messages come. The
page's policy (Content Security Policy Level 3) allows its style sheet and its script by their hashes, and a
connection to where it came from. jinja2 escapes every text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template

from election.polls import STATES
from election.register import in_groups
from election.station_status import Power
from headquarters.board.alerts import Alert
from headquarters.board.rows import (
    BranchRow,
    DistrictRow,
    Level,
    Sum,
    district_rows,
    states,
)
from headquarters.board.watching import Watch
from headquarters.page_policy import page_policy
from words.languages import Languages
from words.message import Latin, Message, m
from words.speaker import Speaker

POWER: Final = {
    Power.MAINS: m("mains"),
    Power.BATTERY: m("battery"),
    Power.LOW: m("nearly empty"),
    Power.UNKNOWN: m("not known"),
}
LEVELS: Final = {
    Level.NORMAL: m("normal"),
    Level.IMPORTANT: m("important"),
    Level.SENSITIVE: m("sensitive"),
}
LISTED: Final = 60
"""Alerts that stand above the table."""


@dataclass(frozen=True, slots=True)
class Looked:
    """Who looks, and from where the page goes on."""

    who: str
    district: str
    """What the account sees; empty for the country."""
    events: str
    """The address of changes; empty on a page that does not change."""


class BoardPages:
    """The pages of one election."""

    def __init__(self, watch: Watch, languages: Languages) -> None:
        """Speak every language that is there."""
        self._watch = watch
        self._speakers = {str(data.id): languages.speaker(data.id) for data in languages}
        self._names = [(str(data.id), data.name) for data in languages]

    def language(self, asked: str) -> str:
        """Return the language that a person asked for, or the first one."""
        return asked if asked in self._speakers else self._names[0][0]

    def row(self, row: BranchRow, language: str) -> str:
        """Write one row of the table."""
        t = self._speakers[language]
        return _template("row.html").render(_common(t), row=row).strip()

    def summary(self, rows: Sequence[BranchRow], language: str) -> str:
        """Write what stands above the table."""
        t = self._speakers[language]
        # The worst first, whatever district it is in.
        worst = list(Alert)
        urgent = sorted(
            (row for row in rows if row.urgent), key=lambda row: worst.index(row.alerts[0])
        )
        return (
            _template("summary.html")
            .render(
                _common(t),
                states=states(rows),
                every=len(rows),
                urgent=urgent[:LISTED],
                more=max(0, len(urgent) - LISTED),
                districts=district_rows(rows),
            )
            .strip()
        )

    def board(self, rows: Sequence[str], summary: str, looked: Looked, language: str) -> str:
        """Write the whole board. `rows`, `summary`: as written by the two above."""
        return self._page("board.html", language, looked=looked, rows=rows, summary=summary)

    def public(self, districts: Sequence[DistrictRow], now: datetime, language: str) -> str:
        """Write what everybody may see: districts, and sums as of a full hour."""
        return self._page("public.html", language, districts=districts, now=now)

    def sign_in(self, language: str, *, refused: bool) -> str:
        """Write the page that asks who looks."""
        return self._page("sign_in.html", language, refused=refused)

    def _page(self, template: str, language: str, **values: object) -> str:
        t = self._speakers[language]
        return _template(template).render(
            _common(t),
            rehearsal=self._watch.published.register.rehearsal,
            number=in_groups(self._watch.published.number),
            languages=self._names,
            style=_source("board.css").strip(),
            script=_source("board.js").strip(),
            **values,
        )


@cache
def policy() -> str:
    """Return the pages' Content-Security-Policy."""
    style, script = (_source(name).strip() for name in ("board.css", "board.js"))
    more = {"connect-src": "'self'", "form-action": "'self'", "frame-ancestors": "'none'"}
    return page_policy(style, [script], more)


# ---------------------------------------------------------------- values


def _common(t: Speaker) -> dict[str, object]:
    def amount(value: Sum) -> Message | int:
        if value.number is None:
            return m("few")
        return m("{count} or more", count=value.number) if value.more else value.number

    return {
        "t": t,
        "say": t.say,
        "latin": Latin,
        "amount": amount,
        "state_of": STATES,
        "power_of": POWER,
        "level_of": LEVELS,
        "local": _local,
        "seconds": _seconds,
    }


def _local(moment: datetime) -> datetime:
    """Return a moment by the board's own clock on the wall."""
    return moment.astimezone()


def _seconds(clock: timedelta) -> int:
    return int(clock.total_seconds())


def _source(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(_source),
    )


def _template(name: str) -> Template:
    return _environment().get_template(name)
