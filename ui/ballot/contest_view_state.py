"""View state of a contest screen: no part of it is a vote, and it is discarded with the voter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from election.definition import Contest, SelectionCode
from ui.widgets import KeyOrder

FEW = 30
"""Contests with at most so many candidates show them all: no search by name is needed."""


class Tab(StrEnum):
    """Tab of the contest screen, one per way to find a candidate."""

    ONE = "one"
    """Yes or no to the one that stands alone."""
    NAME = "name"
    CODE = "code"
    LIST = "list"
    ALL = "all"


@dataclass(slots=True)
class ContestViewState:
    """View state kept while the screen is rebuilt for another language or size, or left and reopened."""

    tab: Tab
    typed_name: str = ""
    typed_code: str = ""
    open_list: SelectionCode | None = None
    keyboard: bool = True
    order: KeyOrder = KeyOrder.STANDARD


def tabs_of(contest: Contest) -> tuple[Tab, ...]:
    """Return the tabs that make sense in this contest; the first one is open at the start."""
    if contest.only is not None and not contest.lists:
        return (Tab.ONE,)
    found = _searching(contest)
    return (Tab.ONE, *found) if contest.only is not None else found


def _searching(contest: Contest) -> tuple[Tab, ...]:
    if len(contest.candidates) <= FEW:
        few: tuple[Tab, ...] = (Tab.ALL, Tab.CODE)
        return (*few, Tab.LIST) if contest.lists else few
    if contest.lists:
        return (Tab.NAME, Tab.CODE, Tab.LIST, Tab.ALL)
    return (Tab.NAME, Tab.CODE, Tab.ALL)
