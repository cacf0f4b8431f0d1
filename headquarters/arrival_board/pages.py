"""Write the page of the arrivals: the template says and lays out, this gives the values.

The page needs no other file and asks no network. It looks like the site of the results, whose style sheet it
holds; without its script it looks again when a link is followed. Its policy (Content Security Policy Level 3)
allows that style and that script by their hashes, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, partial
from importlib import resources
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template

from headquarters.arrival_board.facts import ArrivalBoard
from headquarters.page_policy import page_policy
from words.languages import installed
from words.speaker import Speaker
from words.text import Language

MOST: Final = 100
"""Branches of a district that are named, and refused files; all branches stand in the table beside."""


def page_of(board: ArrivalBoard, t: Speaker, languages: Iterable[Language]) -> str:
    """Return the page in the language of `t`; it leads to those of the others."""
    known = installed()
    districts = board.districts()
    style, script = _source("headquarters.site", "style.css"), _source(__package__, "again.js")
    return _template().render(
        t=t,
        board=board,
        whole=board.whole,
        districts=districts,
        numbers={each.name: number for number, each in enumerate(districts, 1)},
        waiting={each.name: board.waiting(each.name) for each in districts if each.pending},
        others=[(each, known[each].name) for each in languages if each != t.language],
        most=MOST,
        amount=lambda part, all_: t("{part} of {all}", part=part, all=all_),
        style=style,
        script=script,
        policy=page_policy(style, [script]),
    )


def _source(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8").strip()


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(partial(_source, "headquarters.site")),
    )
    return environment.from_string(_source(__package__, "arrivals.html"))
