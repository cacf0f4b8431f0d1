"""The files of a supplement that this project's terminals fill: boxes and challenged ballots.

    boxes.json          {"items": [a terminal's summary, its signature, every record it signed]}
    challenged.json     {"items": [a challenged ballot, its seed, its answers]}

Reading verifies nothing; `headquarters.supplement` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from crypto.casting import Answer, HomomorphicAnswer, SlotAnswer
from crypto.election import BeleniosElection, NonHomomorphicQuestion
from crypto.errors import DecodeError
from election.definition import DeviceId
from election.fields import Hash, LongSignature, Number
from election.records import SignedRoot, StoredRecord
from election.rescue import BoxNumbers
from election.schema import from_json
from headquarters.importing import DeviceEvidence

BOXES_FILE: Final = "boxes.json"
CHALLENGED_FILE: Final = "challenged.json"
MAX_BOXES: Final = 1 << 30
"""Bytes of boxes.json: sealed records of a whole batch."""


@dataclass(frozen=True, slots=True)
class PublishedBox:
    """The summary (`election.records.SignedRoot`) and every record that one terminal signed."""

    device: DeviceId
    cast: Number
    spoiled: Number
    records_root: Hash
    spent_root: Hash
    signature: LongSignature | None
    """None where a rescue stands for it (`election.rescue`)."""
    records: tuple[StoredRecord, ...]

    @property
    def numbers(self) -> BoxNumbers:
        """The summary without its signature."""
        return BoxNumbers(self.cast, self.spoiled, self.records_root, self.spent_root)

    @property
    def root(self) -> SignedRoot:
        """The summary as it was signed."""
        return SignedRoot(
            self.cast, self.spoiled, self.records_root, self.spent_root, self.signature or b""
        )


@dataclass(frozen=True, slots=True)
class PublishedBoxes:
    """The content of boxes.json."""

    items: tuple[PublishedBox, ...]
    """By device."""


@dataclass(frozen=True, slots=True)
class ChallengedBallot:
    """A challenged ballot and what opens it."""

    device: DeviceId
    ballot: str
    """Compact JSON, as it was to be cast."""
    seed: Hash
    answers: tuple[tuple[int, ...], ...]
    """By question: the integers of a slot, or 0 and 1 for the choices."""


@dataclass(frozen=True, slots=True)
class ChallengedBallots:
    """The content of challenged.json."""

    items: tuple[ChallengedBallot, ...]
    """By digest of the ballot."""


def read_challenged(data: bytes) -> tuple[ChallengedBallot, ...]:
    """Read challenged.json. Raises `SchemaError`."""
    return from_json(ChallengedBallots, data, MAX_BOXES).items


def published_box(evidence: DeviceEvidence) -> PublishedBox:
    """Return what is published of a terminal."""
    root = evidence.root
    return PublishedBox(
        evidence.device,
        root.cast,
        root.spoiled,
        root.records,
        root.spent,
        root.signature or None,
        tuple(evidence.records),
    )


def answers_of(opened: ChallengedBallot, election: BeleniosElection) -> list[Answer]:
    """Return the answers of a challenged ballot. Raises `DecodeError` if the questions are others."""
    kinds = [isinstance(question, NonHomomorphicQuestion) for question in election.questions]
    if len(kinds) != len(opened.answers):
        raise DecodeError("another number of answers than the election has questions")
    return [
        SlotAnswer(numbers) if slot else HomomorphicAnswer(numbers)
        for slot, numbers in zip(kinds, opened.answers, strict=True)
    ]


def integers_of(answer: Answer) -> tuple[int, ...]:
    """Return an answer as it is published."""
    return answer.integers if isinstance(answer, SlotAnswer) else answer.choices
