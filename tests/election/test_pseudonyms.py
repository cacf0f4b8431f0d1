"""What is known of a voter while a pseudonym is made is forgotten with the voter."""

from __future__ import annotations

import gc
from collections.abc import Callable

from crypto.oprf import EvaluatorKey
from drivers.registry.attendant import Attendant
from drivers.registry.line import Post, Reply
from election.pseudonyms import EvaluatedReferences

NUMBER = "0013542419"


class Silent(Attendant):
    """A line whose answers come when the test says so."""

    def __init__(self) -> None:
        self.asked: list[Callable[[Reply | None], None]] = []

    def ask(self, post: Post, done: Callable[[Reply | None], None], seconds: float = 4.0) -> None:
        self.asked.append(done)


def held(number: str) -> bool:
    """Return whether an object of this module's kind still has the number."""
    gc.collect()
    return any(
        getattr(found, "number", None) == number
        for found in gc.get_objects()
        if type(found).__name__ == "_Begun"
    )


def test_a_number_is_forgotten_and_who_waits_is_called_back() -> None:
    line = Silent()
    references = EvaluatedReferences(line, EvaluatorKey.generate().public, "election")
    told: list[bytes | None] = []
    references.prepare(NUMBER)
    references.ask(NUMBER, told.append)
    assert held(NUMBER)
    references.forget()
    line.asked.pop()(None)
    assert told == [None]
    assert not held(NUMBER)
