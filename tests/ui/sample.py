"""A plausible election for the screens: 2,294 candidates on nine lists and independents, and a second
contest of twelve. Everybody in it is made up.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from election.authorization import Authorization
from election.definition import (
    BallotForm,
    BranchId,
    Candidate,
    CandidateList,
    Contest,
    ContestId,
    DeviceId,
    SelectionCode,
    StyleId,
    Text,
)
from election.marks import Marks
from kiosk.flows.ballot import states as at
from kiosk.status import Counter, DeviceStatus, Lamp, Mode
from simulators.people import Person, Sex, make_people, party_names, portrait
from words.message import m

DAY = date(2026, 6, 14)
COUNCIL = ContestId("council")
EXPERTS = ContestId("experts")
TRACKING = "kH3vQ0xwT7mZr1YbN5sLd9uJc2EaPfGiRo8VtXyWq4M"


@dataclass
class Portraits:
    """Draws a person's portrait when it is first looked at."""

    people: dict[str, Person]
    drawn: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, digest: str) -> bytes:
        if digest not in self.people:
            return b""
        if digest not in self.drawn:
            self.drawn[digest] = portrait(self.people[digest])
        return self.drawn[digest]


@dataclass(frozen=True)
class Sample:
    council: Contest
    experts: Contest
    portraits: Portraits

    def session(self, presentation: at.Presentation, *marks: Marks) -> at.Session:
        """A voter of both contests; without `marks` nothing is chosen."""
        contests = (self.council, self.experts)
        authorization = Authorization(
            election="sample",
            branch=BranchId("1"),
            issuer=DeviceId("1-identity-1"),
            style=StyleId("all"),
            contests=tuple(c.id for c in contests),
            expires=datetime(2026, 6, 14, 20, tzinfo=UTC),
            nonce=bytes(16),
        )
        empty = tuple(Marks(c.id) for c in contests)
        return at.Session(authorization, contests, marks or empty, presentation, active_at=1.0)


def make_sample(candidates: int = 2294) -> Sample:
    rng = random.Random(1405)
    people = make_people(rng, candidates + 12, DAY)
    known = {f"{place:064x}": person for place, person in enumerate(people, 1)}
    digests = list(known)
    lists: list[CandidateList] = []
    standing: list[Candidate] = []
    next_code = 1001
    for place, party in enumerate(party_names()):
        members = tuple(SelectionCode(next_code + i) for i in range(21))
        next_code += 21
        code = SelectionCode(101 + 7 * place)
        lists.append(CandidateList(code, Text(party.fa, party.latin), members))
        standing += [
            _candidate(m, known, digests[len(standing) + i], code) for i, m in enumerate(members)
        ]
    while len(standing) < candidates:
        code = SelectionCode(next_code)
        standing.append(_candidate(code, known, digests[len(standing)], None))
        next_code += 1
    council = Contest(
        id=COUNCIL,
        title=Text("انتخابات شورای اسلامی شهر تهران", "Tehran City Council"),
        seats=21,
        max_selections=21,
        form=BallotForm.SLOTS,
        code_width=4,
        blank_code=SelectionCode(9999),
        candidates=tuple(standing),
        lists=tuple(lists),
    )
    elders = tuple(
        _candidate(SelectionCode(11 + i), known, digest, None)
        for i, digest in enumerate(digests[candidates:])
    )
    experts = Contest(
        id=EXPERTS,
        title=Text("میان‌دوره‌ای مجلس خبرگان رهبری", "Assembly of Experts, mid-term"),
        seats=2,
        max_selections=2,
        form=BallotForm.CHOICE,
        code_width=2,
        blank_code=SelectionCode(99),
        candidates=elders,
    )
    return Sample(council, experts, Portraits(known))


def _candidate(
    code: SelectionCode, known: dict[str, Person], digest: str, of: SelectionCode | None
) -> Candidate:
    person = known[digest]
    name = Text(person.name.fa, person.name.latin)
    return Candidate(code, name, of, digest, woman=person.sex is Sex.FEMALE)


def status(mode: Mode = Mode.SIMULATION) -> DeviceStatus:
    return DeviceStatus(
        device="T-22-0417-2",
        election=Text("ششمین دورهٔ شورای شهر تهران", "Sixth Tehran City Council"),
        branch=Text("شعبهٔ ۴۱۷، دبیرستان فرزانگان", "Branch 417, Farzanegan School"),
        clock=datetime(2026, 6, 14, 10, 24, tzinfo=UTC),
        mode=mode,
        lamps=(Lamp("card-reader", m("Card reader"), True),),
        counters=(Counter("votes", m("Ballots cast"), 118),),
        deadline_s=27.0,
    )
