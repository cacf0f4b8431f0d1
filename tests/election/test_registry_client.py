"""What a station believes of its registry, also while its memory fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drivers.media.errors import MediumLostError
from drivers.registry.line import Post, Reply
from election.claims import Answer
from election.reasons import ClaimReason
from election.registry import NumbersDifferError
from election.registry_client import RegistryClient


class Failing:
    """A book whose memory takes nothing any more, and a registry whose numbers differ."""

    def answered(self) -> int:
        return 3

    def number(self) -> int:
        return 4

    def set_answered(self, number: int) -> None:
        raise MediumLostError("gone")

    def believe(self, *_: object) -> Answer:
        raise NumbersDifferError(ClaimReason.CLAIM_OTHER)


class Line:
    def __init__(self) -> None:
        self.asked = 0

    def ask(self, post: Post, done: Callable[[Reply | None], None]) -> None:
        self.asked += 1
        done(Reply(200, b""))


def test_numbers_that_differed_are_remembered_without_a_memory() -> None:
    book: Any = Failing()
    line: Any = Line()
    nothing: Any = None
    client = RegistryClient(book, book, line, nothing, lambda job: job())
    told: list[Answer | None] = []
    drawn: Any = type("Drawn", (), {"signed": None})
    assert client.is_believed
    client._settle(nothing, Reply(200, b""), told.append)
    assert not client.is_believed
    client.ask(drawn, told.append)
    assert told == [None, None]
    assert line.asked == 0
