"""Settle what many stations ask at once in one transaction: group commit, one batch in flight.

While a batch waits for the medium and the standby, the next one gathers; a single request waits for nobody.
What does not fit into the queue is refused at once, so a station learns in time that it has to go on alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Protocol

from drivers.media.errors import StorageError
from election.claims import ClaimRefusedError
from election.reasons import ClaimReason
from registry.settling import Asked, Outcome
from words.message import m

BATCH: Final = 256
QUEUE: Final = 4096
"""Requests that wait; at 3,000 a second more would wait longer than a station does."""

_LOG: Final = logging.getLogger("amin.registry")


class Settles(Protocol):
    """The part of a book that is needed here."""

    async def settle(self, batch: Sequence[Asked]) -> tuple[Outcome, ...]:
        """Answer a batch; see `registry.book.Book`."""


class Batcher:
    """Gathers requests into batches. Made and used in one event loop."""

    def __init__(self, book: Settles, batch: int = BATCH, queue: int = QUEUE) -> None:
        """`queue`: requests that may wait."""
        self._book = book
        self._batch = batch
        self._limit = queue
        self._waiting: list[tuple[Asked, asyncio.Future[Outcome]]] = []
        self._something = asyncio.Event()
        self._task = asyncio.create_task(self._work())

    async def settle(self, asked: Asked) -> Outcome:
        """Return the outcome when it is durable.

        Raises `ClaimRefusedError` if too many wait, `StorageError` if the book does not answer: then
        nothing is known of the request, and it may be sent again.
        """
        if len(self._waiting) >= self._limit:
            raise ClaimRefusedError(ClaimReason.TOO_BUSY)
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, future))
        self._something.set()
        return await future

    async def close(self) -> None:
        """Stop; whoever waits gets `StorageError`."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _work(self) -> None:
        try:
            while True:
                await self._something.wait()
                batch = self._waiting[: self._batch]
                del self._waiting[: self._batch]
                if not self._waiting:
                    self._something.clear()
                await self._settle(batch)
        finally:
            _fail(self._waiting, StorageError(m("the registry stops")))

    async def _settle(self, batch: Sequence[tuple[Asked, asyncio.Future[Outcome]]]) -> None:
        try:
            outcomes = await self._book.settle([asked for asked, _ in batch])
        except asyncio.CancelledError:
            _fail(batch, StorageError(m("the registry stops")))
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody waits for ever
            known = isinstance(error, StorageError)
            if not known:
                # Its name alone: what it says could be about a voter.
                _LOG.error("a batch failed: %s", type(error).__name__)
            _fail(batch, error if known else StorageError(m("the registry's store failed")))
            return
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if not future.done():
                future.set_result(outcome)


def _fail(batch: Sequence[tuple[Asked, asyncio.Future[Outcome]]], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
