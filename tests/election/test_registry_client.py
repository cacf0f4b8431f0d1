"""What a station believes of its registry, also while its memory fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drivers.media.errors import MediumLostError
from drivers.registry.attendant import Errand
from drivers.registry.line import Post, Reply
from election.acts import SignedAct, SignedActKind
from election.claims import Answer
from election.reasons import ClaimReason
from election.registry import NumbersDifferError
from election.registry_client import RegistryClient
from election.schema import from_cbor, to_cbor
from simulators.registry.centre import B1, SPARE, centre

WORLD = centre()


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


class Given:
    """Keeps what it is given to hand over."""

    def __init__(self) -> None:
        self.errands: list[Errand] = []

    def hand_over(self, errand: Errand) -> None:
        self.errands.append(errand)


def test_a_spare_hands_over_its_take_over_before_its_opening_and_each_once() -> None:
    """Whoever brings the opening first is refused: a spare stands nowhere before."""
    given: Any = Given()
    nothing: Any = None
    client = RegistryClient(nothing, nothing, given, nothing, lambda job: job())
    acts = [
        from_cbor(SignedAct, WORLD.act(kind, SPARE, B1), 64)
        for kind in (SignedActKind.OPEN, SignedActKind.CLOSE)
    ]
    takeover = WORLD.takeover()
    client.introduce([], takeover)
    client.introduce(acts[:1], takeover)
    client.introduce(acts, takeover)
    assert [each.post.path for each in given.errands] == ["/takeover", "/act", "/act"]
    assert [each.post.body for each in given.errands] == [takeover, *map(to_cbor, acts)]
    assert all(each.first for each in given.errands), "before any claim"

    plain: Any = Given()
    RegistryClient(nothing, nothing, plain, nothing, lambda job: job()).introduce(acts[:1])
    assert [each.post.path for each in plain.errands] == ["/act"]
