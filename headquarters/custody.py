"""Write the forms that go with a branch's devices, media, cards and seals: who had what, when, what seal.

One page to print for every branch and language: what is handed over, each hand-over with two signatures,
seals as they were found in the morning, and what goes into which bag at night. The rows come from the
package, so that no device is forgotten; numbers and signatures are written by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from jinja2 import Environment, StrictUndefined

from election.definition import Branch, BranchId, EnrolledDevice, Role
from election.files import PUBLIC, write_new
from election.register import in_groups
from headquarters.beginning import beginning
from headquarters.progress import ProgressCallback, no_progress
from headquarters.workspace import FolderError, Workspace
from words.languages import Languages, installed
from words.message import Code, Latin, Message, m
from words.speaker import Speaker
from words.text import ENGLISH, PERSIAN, Language

LANGUAGES: Final = (PERSIAN, ENGLISH)
HAND_OVERS: Final = (
    m("Headquarters to the carrier"),
    m("The carrier to the branch"),
    m("The branch to the carrier"),
    m("The carrier to headquarters"),
)
KINDS: Final[Mapping[Role, Message]] = {
    Role.IDENTITY_STATION: m("Identity station"),
    Role.BALLOT_TERMINAL: m("Ballot terminal"),
}
BAG: Final = (
    m("Spare memory 1, blank and sealed"),
    m("Spare memory 2, blank and sealed"),
    m("Second cards of officer and supervisor, in their bag"),
    m("Sealed letters with PUK"),
    m("USB drive with package and register"),
    m("USB drive for closing bundles"),
    m("Authorization cards"),
    m("Paper rolls"),
)
EMPTY: Final = ""
"""To be written by hand."""


@dataclass(frozen=True, slots=True)
class FormTable:
    """One table of a form, in words of its language."""

    title: str
    told: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class CustodyForm:
    """The form of a branch, in words of its language."""

    title: str
    rehearsal: str
    about: tuple[str, ...]
    tables: tuple[FormTable, ...]


def write_forms(
    workspace: Workspace,
    target: Path,
    branches: Sequence[str] = (),
    progress: ProgressCallback = no_progress,
) -> tuple[Path, ...]:
    """Write the forms of all branches, or of those named, into a new folder: all or none.

    Raises `FolderError` for a branch that is not there or has no device, `BeginningError`, `OSError`.
    """
    known = {branch.id: branch for branch in workspace.election.branches}
    chosen = [_named(known, name) for name in branches] or list(known.values())
    languages = installed()
    written: list[Path] = []
    with beginning(target) as aside:
        for done, branch in enumerate(dict.fromkeys(chosen), 1):
            for language in LANGUAGES:
                name = f"{branch.id}.{language}.html"
                page = page_of(workspace, branch, language, languages)
                write_new(aside / name, page.encode(), PUBLIC)
                written.append(target / name)
            progress("forms", done, len(chosen))
    return tuple(written)


def page_of(workspace: Workspace, branch: Branch, language: Language, languages: Languages) -> str:
    """Return the page of a branch. Raises `FolderError` if it has no device."""
    t = languages.speaker(language).without_isolates()
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = files("headquarters").joinpath("custody.html").read_text(encoding="utf-8")
    form = form_of(workspace, branch, t)
    direction = "rtl" if t.right_to_left else "ltr"
    return environment.from_string(template).render(
        form=form, language=str(language), direction=direction
    )


def form_of(workspace: Workspace, branch: Branch, t: Speaker) -> CustodyForm:
    """Return what the form of a branch says. Raises `FolderError` if it has no device."""
    election = workspace.election
    devices = sorted(
        (each for each in election.devices if each.branch == branch.id),
        key=lambda each: (each.role is Role.IDENTITY_STATION, each.id),
    )
    if not devices:
        raise FolderError.of(
            "branch {branch} has no device in the package: there is nothing to hand over",
            branch=branch.id,
        )
    published = workspace.published
    number = EMPTY if published is None else in_groups(published.number)
    return CustodyForm(
        t("Hand-over form: branch {branch}", branch=t.of(branch.name)),
        t("Rehearsal: no vote counts.") if election.rehearsal else EMPTY,
        (
            t.of(election.name),
            t("Day of the polls: {day}", day=election.day),
            t("Branch {id}, district {district}", id=Latin(branch.id), district=branch.district),
            t("Number of the election: {number}", number=Code(number or "……")),
            t(
                "Numbers are written with a pen, and nothing is crossed out: a mistake gets a new line. "
                "A seal that is broken or has another number is told to headquarters before anything is "
                "opened."
            ),
        ),
        tuple(_tables(devices, t)),
    )


# ---------------------------------------------------------------- parts


def _named(known: Mapping[BranchId, Branch], name: str) -> Branch:
    found = known.get(BranchId(name))
    if found is None:
        raise FolderError.of("there is no branch {branch} in the package", branch=name)
    return found


def _tables(devices: Sequence[EnrolledDevice], t: Speaker) -> Iterator[FormTable]:
    seal = t("Seal number")
    yield FormTable(
        t("Devices and memories"),
        t("The number of a memory is written on it."),
        (
            t("Device"),
            t("Kind"),
            seal,
            t("First memory, number"),
            t("Second memory, number"),
        ),
        tuple(
            (
                each.id,
                t(KINDS[each.role]),
                EMPTY,
                EMPTY,
                EMPTY,
            )
            for each in devices
        ),
    )
    yield FormTable(
        t("The branch's bag"),
        EMPTY,
        (t("What"), t("How many"), t("Bag or seal number"), t("Given"), t("Came back")),
        tuple((t(what), EMPTY, EMPTY, EMPTY, EMPTY) for what in BAG),
    )
    yield FormTable(
        t("Hand-over"),
        t("Both sign, after both have looked at every seal."),
        (
            t("From whom to whom"),
            t("Day and hour"),
            t("Gives: name, signature"),
            t("Takes: name, signature"),
            t("All seals whole?"),
        ),
        tuple((t(way), EMPTY, EMPTY, EMPTY, EMPTY) for way in HAND_OVERS),
    )
    yield FormTable(
        t("In the morning"),
        t("Officer and supervisor, before a device is switched on; observers look on."),
        (t("Device"), t("Seal number found"), t("As above?"), t("Votes on the zero report")),
        tuple((each.id, EMPTY, EMPTY, EMPTY) for each in devices),
    )
    yield FormTable(
        t("At night"),
        t(
            "In this order: terminals, then stations. The second memory of each device goes into a bag of "
            "its own; the closing report goes along."
        ),
        (
            t("Device"),
            t("Hour of closing"),
            t("Votes on the closing report"),
            t("Bag of the second memory"),
            t("New seal of the device"),
        ),
        tuple((each.id, EMPTY, EMPTY, EMPTY, EMPTY) for each in devices),
    )
    yield FormTable(
        t("Broken or replaced"),
        t(
            "A seal that had to be broken, a memory or a card that was exchanged, a device that came or went."
        ),
        (t("Hour"), t("What, and why"), t("Old number"), t("New number"), t("Two signatures")),
        tuple((EMPTY,) * 5 for _ in range(5)),
    )
