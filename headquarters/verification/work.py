"""Run checks on several cores: pieces of work go out in order and come back in order.

A check is a pure function of one picklable piece, so it does not matter where it runs; the verdict is
the same with and without an executor.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from itertools import pairwise
from typing import Generic, TypeVar

PieceT = TypeVar("PieceT")
DoneT = TypeVar("DoneT")

PORTION = 4096
"""Points in one long sum."""
AHEAD = 16
"""Most pieces under way or waiting to be fetched: bounds the memory of a long archive."""


class WorkQueue(Generic[PieceT, DoneT]):
    """Hands pieces to `work`, and their outcomes to `fetch`, in order."""

    def __init__(
        self,
        work: Callable[[PieceT], DoneT],
        fetch: Callable[[DoneT], None],
        executor: Executor | None,
    ) -> None:
        self._work = work
        self._fetch = fetch
        self._executor = executor
        self._waiting: deque[Future[DoneT]] = deque()

    def put(self, piece: PieceT) -> None:
        """Add a piece of work; may wait for an earlier one."""
        if self._executor is None:
            self._fetch(self._work(piece))
            return
        self._waiting.append(self._executor.submit(self._work, piece))
        while len(self._waiting) > AHEAD:
            self._fetch(self._waiting.popleft().result())

    def drain(self) -> None:
        """Wait until every piece is done and fetched."""
        while self._waiting:
            self._fetch(self._waiting.popleft().result())


def portions(pieces: Sequence[PieceT], size: int) -> list[Sequence[PieceT]]:
    """Group pieces of about `size` points each into an even number of portions of about `PORTION` points.

    Long sums are cheaper per point, and two cores want two equal halves.
    """
    wanted = -(-len(pieces) * max(size, 1) // PORTION)
    count = max(1, min(len(pieces), wanted + wanted % 2))
    bounds = [len(pieces) * i // count for i in range(count + 1)]
    return [pieces[a:b] for a, b in pairwise(bounds)]


def in_order(
    work: Callable[[PieceT], DoneT], pieces: Iterable[PieceT], executor: Executor | None
) -> Iterator[DoneT]:
    """Yield work(piece) for every piece, in order; what waits is bounded, unlike in `Executor.map`."""
    if executor is None:
        yield from map(work, pieces)
        return
    waiting: deque[Future[DoneT]] = deque()
    for piece in pieces:
        waiting.append(executor.submit(work, piece))
        if len(waiting) > AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
