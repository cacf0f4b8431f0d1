"""Requests are gathered, answered when they are durable, and one that fails does not take others along."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence

import pytest

from drivers.media.errors import StorageError
from election.claims import ClaimRefusedError
from election.reasons import ClaimReason
from registry.batching import Batcher
from registry.settling import Asked, AskedClaim, Noted, Outcome, Refused
from simulators.registry.stations import A, voter
from words.message import m

ASKED = [A.asked(voter(number)) for number in range(8)]


class Slow:
    """A book whose batches are durable when the test says so."""

    def __init__(self) -> None:
        self.batches: list[Sequence[Asked]] = []
        self.durable = asyncio.Semaphore(0)
        self.error: Exception | None = None
        self.inside = 0

    async def settle(self, batch: Sequence[Asked]) -> tuple[Outcome, ...]:
        self.inside += 1
        assert self.inside == 1, "two batches in flight"
        self.batches.append(batch)
        await self.durable.acquire()
        self.inside -= 1
        if self.error is not None:
            raise self.error
        return tuple(map(outcome, batch))


def outcome(asked: Asked) -> Outcome:
    """Tell requests apart: the first voter is refused."""
    assert isinstance(asked, AskedClaim)
    return Refused(ClaimReason.TOO_MANY) if asked is ASKED[0] else Noted()


def run(test: Coroutine[object, object, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 20))


async def asking(batcher: Batcher, count: int, first: int = 0) -> list[asyncio.Task[Outcome]]:
    tasks = [asyncio.create_task(batcher.settle(asked)) for asked in ASKED[first : first + count]]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


def test_nothing_is_answered_before_it_is_durable_and_batches_follow_each_other() -> None:
    async def test() -> None:
        book = Slow()
        batcher = Batcher(book, batch=3)
        (alone,) = await asking(batcher, 1)
        others = await asking(batcher, 5, first=1)
        assert not any(task.done() for task in (alone, *others))
        assert list(map(len, book.batches)) == [1]
        for _ in range(3):
            book.durable.release()
        assert await alone == outcome(ASKED[0])
        assert await asyncio.gather(*others) == [outcome(asked) for asked in ASKED[1:6]]
        assert list(map(len, book.batches)) == [1, 3, 2]
        await batcher.close()

    run(test())


def test_what_does_not_fit_is_refused_at_once_and_the_rest_is_answered() -> None:
    async def test() -> None:
        book = Slow()
        batcher = Batcher(book, batch=1, queue=2)
        (first,) = await asking(batcher, 1)
        waiting = await asking(batcher, 2, first=1)
        with pytest.raises(ClaimRefusedError) as refused:
            await batcher.settle(ASKED[3])
        assert refused.value.reason is ClaimReason.TOO_BUSY
        for _ in range(3):
            book.durable.release()
        assert await asyncio.gather(first, *waiting) == [outcome(each) for each in ASKED[:3]]
        await batcher.close()

    run(test())


@pytest.mark.parametrize("error", [StorageError(m("the registry stops")), RuntimeError("a fault")])
def test_a_batch_that_fails_fails_alone(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        book = Slow()
        batcher = Batcher(book, batch=2)
        (alone,) = await asking(batcher, 1)
        failing = await asking(batcher, 2, first=1)
        later = await asking(batcher, 2, first=3)
        book.durable.release()
        assert await alone == outcome(ASKED[0])
        book.error = error
        book.durable.release()
        for task in failing:
            with pytest.raises(StorageError) as told:
                await task
            assert "a fault" not in str(told.value)
        book.error = None
        book.durable.release()
        assert await asyncio.gather(*later) == [Noted(), Noted()]
        await batcher.close()

    run(test())
    assert "a fault" not in caplog.text
    assert ("RuntimeError" in caplog.text) == isinstance(error, RuntimeError)


def test_who_goes_away_takes_no_answer_of_others_along() -> None:
    async def test() -> None:
        book = Slow()
        batcher = Batcher(book)
        (alone,) = await asking(batcher, 1)
        gone, stays = await asking(batcher, 2, first=1)
        gone.cancel()
        book.durable.release()
        book.durable.release()
        assert [await alone, await stays] == [outcome(ASKED[0]), Noted()]
        assert gone.cancelled()
        await batcher.close()

    run(test())


def test_at_the_end_nobody_waits_for_ever() -> None:
    async def test() -> None:
        batcher = Batcher(Slow(), batch=1)
        tasks = await asking(batcher, 3)
        await batcher.close()
        for task in tasks:
            with pytest.raises(StorageError):
                await task

    run(test())
