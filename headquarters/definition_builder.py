"""Build the election definition: everything that differs between elections, checked and frozen.

It includes the Belenios election object (ballot-record format, section 6): one election with the
questions of all contests in contest order (`election.answers`), under the trustees' key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from crypto.election import make_election, new_uuid
from crypto.errors import DecodeError
from crypto.trustees import Trustees
from election.answers import questions_for, slot_codes
from election.because import because
from election.definition import (
    ID_PATTERN,
    BallotStyle,
    Branch,
    Contest,
    Election,
    EnrolledDevice,
    Rules,
    Text,
)
from election.errors import ManifestError
from election.package.manifest import contradictions
from election.spare import SPARE
from election.trusted import Trusted
from words.message import Latin, all_of


@dataclass(frozen=True, slots=True)
class ElectionPlan:
    """The decisions of people about an election."""

    name: Text
    day: date
    opens: datetime
    closes: datetime
    contests: tuple[Contest, ...]
    styles: tuple[BallotStyle, ...]
    branches: tuple[Branch, ...]
    rules: Rules = Rules()
    trusted: Trusted = Trusted()
    rehearsal: bool = False
    """No vote counts; see `election.definition.Election`."""


def define_election(
    plan: ElectionPlan,
    portraits: Mapping[str, bytes],
    trustees: Trustees,
    devices: Sequence[EnrolledDevice],
    seal_public_key: bytes,
    uuid: str,
    reconciliation_public_key: bytes = b"",
) -> Election:
    """Build the definition of an election.

    `uuid`: of `new_election_uuid`, the one the devices were enrolled for.
    `reconciliation_public_key`: needed where a branch works without a line.
    Raises `ManifestError` for a plan that contradicts itself; the message says what to change.
    The same rules hold on every device (`election.package.manifest`).
    """
    if not plan.name.fa.strip():
        raise ManifestError.of("the election needs a Persian name")
    _check_ids("contest", (contest.id for contest in plan.contests))
    _check_ids("ballot style", (style.id for style in plan.styles))
    _check_ids("branch", (branch.id for branch in plan.branches))
    if any(branch.id == SPARE for branch in plan.branches):
        raise ManifestError.of("no branch is called {name}: spares have none", name=SPARE)
    try:
        belenios = make_election(
            name=plan.name.fa,
            description=_description(plan),
            public_key=trustees.election_key,
            questions=questions_for(plan.contests),
            uuid=uuid,
        )
    except DecodeError as error:
        raise ManifestError.of(
            "the encrypted election cannot be written: {error}", error=because(error)
        ) from error
    election = Election(
        uuid,
        plan.name,
        plan.day,
        plan.opens,
        plan.closes,
        plan.contests,
        plan.styles,
        plan.branches,
        tuple(devices),
        plan.rules,
        belenios.text,
        seal_public_key,
        plan.trusted,
        reconciliation_public_key,
        plan.rehearsal,
    )
    if problems := contradictions(election, portraits):
        raise ManifestError(all_of(problems))
    return election


def new_election_uuid() -> str:
    """Draw a fresh election identifier."""
    return new_uuid()


def _check_ids(kind: str, ids: Iterable[str]) -> None:
    for id_ in ids:
        if not re.fullmatch(ID_PATTERN, id_):
            raise ManifestError.of(
                "{kind} {name}: names are letters, digits and hyphens, 32 at most",
                kind=Latin(kind),
                name=id_,
            )


def _description(plan: ElectionPlan) -> str:
    codes = len(slot_codes(plan.contests)) - 1
    kind = "REHEARSAL, no vote counts; " if plan.rehearsal else ""
    return (
        f"{kind}{plan.day.isoformat()}; {len(plan.contests)} contests; {codes} selection codes in slots; "
        "contests, candidates and codes are in the published definition"
    )
