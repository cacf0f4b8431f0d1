"""Examine the roll of an identity station: whether it is the package's, and whether anybody is compared."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Final

from drivers.examined.finding import DoctorFinding, bad, good
from election.definition import Authority, BranchId, DocumentCheck, Role
from election.package.looking import installed_content
from election.package.portraits import PACKAGE_FILE
from election.recorded import RecordedKind, of_kind
from election.roll import RollUnusableError, find_roll
from election.roll_words import OUTAGES
from words.message import Latin, m

NAME: Final = m("roll")


def examine(data: Path, role: Role, here: BranchId) -> tuple[DoctorFinding, ...]:
    """Read the roll in `data` through. Nothing of a terminal, and without a package. Never raises."""
    content = installed_content(data / PACKAGE_FILE)
    if role is not Role.IDENTITY_STATION or content is None:
        return ()
    listed = of_kind(content.recorded, RecordedKind.ROLL)
    if listed is None:
        if content.election.document_check_at(here) is DocumentCheck.OFF:
            return ()
        return (good(NAME, m("the package names none: nobody's number is compared"), needed=False),)
    try:
        with closing(find_roll(data, listed)) as table:
            key = Latin(table.key.hex()[:16])
            found = m("{people} people, of key {key}", people=table.people, key=key)
    except RollUnusableError as error:
        return (bad(NAME, *OUTAGES[error.state]),)
    branch = content.election.branch(here)
    if branch is None or branch.authority is not Authority.CENTRE:
        return (good(NAME, found, m("this branch asks no evaluator: nobody's number is compared")),)
    return (good(NAME, found),)
