"""An election to try out voting with: invented names, a key that is drawn and thrown away, and no store.

It is never a package and has no signer, no device and no sealing key: it exists in one program, until that
ends the training. Nobody has the private key of its ballots, not even for a moment longer than it takes to
make the public one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypedDict, cast

from crypto.election import make_election, new_uuid
from crypto.trustee_key import generate_trustee
from election.answers import questions_for
from election.authorization import Authorization
from election.ballot_making import BallotMaking
from election.challenge import ChallengeTicket, ticket_text
from election.definition import (
    BallotForm,
    BranchId,
    Candidate,
    CandidateList,
    Contest,
    ContestId,
    DeviceId,
    Election,
    Rules,
    SelectionCode,
    StyleId,
    Text,
)
from election.trusted import Trusted

NOBODY: Final = "training"
"""Branch, device and style of what is no authorization."""
_FIRST_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)


class _Named(TypedDict):
    fa: str
    en: str


class _Person(_Named):
    code: int


class _Slate(_Person):
    members: list[int]


class _Race(_Named):
    id: str
    seats: int
    width: int
    blank: int
    lists: list[_Slate]
    candidates: list[_Person]


class _Plan(TypedDict):
    name: _Named
    contests: list[_Race]


def make_training() -> Election:
    """Return the election, with a key of its own. It is a rehearsal, and no device is in it."""
    text = (Path(__file__).parent / "training.toml").read_text("utf-8")
    plan = cast("_Plan", tomllib.loads(text))
    contests = tuple(map(_contest, plan["contests"]))
    belenios = make_election(
        name=plan["name"]["fa"],
        description=f"{plan['name']['en']}: no vote counts",
        public_key=generate_trustee().trustee.public_key,
        questions=questions_for(contests),
        uuid=new_uuid(),
    )
    return Election(
        uuid=belenios.uuid,
        name=_text(plan["name"]),
        day=_FIRST_DAY.date(),
        opens=_FIRST_DAY,
        closes=_FIRST_DAY,
        contests=contests,
        styles=(),
        branches=(),
        devices=(),
        rules=Rules(),
        belenios_election=belenios.text,
        seal_public_key=b"",
        trusted=Trusted(),
        rehearsal=True,
    )


def training_authorization(election: Election) -> Authorization:
    """Return what opens a ballot in a training: no card, no voucher, no station."""
    return Authorization(
        election.uuid,
        BranchId(NOBODY),
        DeviceId(NOBODY),
        StyleId(NOBODY),
        tuple(contest.id for contest in election.contests),
        _FIRST_DAY,
        bytes(16),
    )


class TrainingVault(BallotMaking):
    """Makes ballots as the real vault does, with the training's key, and stores none."""

    def spoil(self) -> tuple[str, str]:
        """Open the ballot: its tracking code and its ticket. `PollsStateError` if there is none."""
        ballot, opening = self.open()
        return ballot.tracking, ticket_text(self.election, ChallengeTicket(opening, ballot.digest))


def _contest(race: _Race) -> Contest:
    on_list = {code: slate["code"] for slate in race["lists"] for code in slate["members"]}
    return Contest(
        ContestId(race["id"]),
        _text(race),
        race["seats"],
        race["seats"],
        BallotForm.SLOTS if race["lists"] else BallotForm.CHOICE,
        race["width"],
        SelectionCode(race["blank"]),
        tuple(_candidate(person, on_list) for person in race["candidates"]),
        tuple(
            CandidateList(
                SelectionCode(slate["code"]),
                _text(slate),
                tuple(map(SelectionCode, slate["members"])),
            )
            for slate in race["lists"]
        ),
    )


def _candidate(person: _Person, on_list: Mapping[int, int]) -> Candidate:
    of = on_list.get(person["code"])
    code = SelectionCode(person["code"])
    return Candidate(code, _text(person), None if of is None else SelectionCode(of), "", False)


def _text(named: _Named) -> Text:
    return Text(named["fa"], named["en"])
