"""A real primary with two real standbys: who may be promoted, and what is answered when nobody confirms."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from drivers.media.errors import StorageError
from election.claims import AnswerKind
from election.definition import DeviceId
from registry import postgres
from registry.postgres import PostgresBook
from registry.settling import Answered, AskedClaim, Outcome
from simulators.registry.cluster import Cluster, Server, cluster
from simulators.registry.stations import Station, voter
from tests.outages.judging import Told, faults

pytestmark = pytest.mark.slow
SECONDS = 1.5


@pytest.fixture
def machines() -> Iterator[Cluster]:
    with cluster(2, fsync=False) as found:
        yield found


@contextmanager
def unanswered() -> Iterator[None]:
    """Expect that a store does not answer; it is waited for as long as elsewhere where it has to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres, "COMMAND_SECONDS", SECONDS)
        with pytest.raises(StorageError):
            yield


class Asking:
    """A station that asks one book after another, as if each were the service of the day."""

    def __init__(self, name: str) -> None:
        self.station = Station(DeviceId(name))
        self.told: list[Told] = []

    async def opens(self, dsn: str) -> None:
        book = await PostgresBook.open(dsn)
        await book.change(self.station.id, lambda now: replace(now, opened=True))
        await book.close()

    async def asks(self, dsn: str, *asked: AskedClaim) -> None:
        book = await PostgresBook.open(dsn)
        try:
            outcomes = await book.settle(asked)
        finally:
            await book.close()
        for one, outcome in zip(asked, outcomes, strict=True):
            self.heard(one, outcome)

    def heard(self, asked: AskedClaim, outcome: Outcome) -> None:
        assert isinstance(outcome, Answered)
        decision = outcome.decision
        contests = frozenset(map(str, decision.contests))
        self.told.append(Told(asked.reference, asked.signed.id, decision.kind, contests))


async def wrong(dsn: str, *askings: Asking) -> list[str]:
    book = await PostgresBook.open(dsn)
    found = dict(await book.claims())
    await book.close()
    return faults([told for asking in askings for told in asking.told], found)


def test_a_retry_is_not_answered_before_a_standby_has_the_claim(machines: Cluster) -> None:
    """Both stall, the claim hangs, its retry finds the row: a card on that word would be one of two."""
    first, second = Asking("s1"), Asking("s2")

    async def run() -> None:
        for each in (first, second):
            await each.opens(machines.dsn)
        asked = first.station.asked(voter(1))
        for standby in machines.standbys:
            standby.stall()
        for _ in range(3):
            with unanswered():
                await first.asks(machines.dsn, asked)
            asked = first.station.asked(voter(1), signed=asked.signed)
        machines.primary.kill()
        for standby in machines.standbys:
            standby.resume()
        await asyncio.to_thread(machines.fail_over)
        # Whether or not the claim came over: one of the two is granted, and for ever.
        await second.asks(machines.dsn, second.station.asked(voter(1)))
        await first.asks(machines.dsn, first.station.asked(voter(1), signed=asked.signed))
        granted = [told.kind is AnswerKind.GRANTED for told in (*first.told, *second.told)]
        assert granted.count(True) == 1
        assert await wrong(machines.dsn, first, second) == []

    asyncio.run(run())


def lagging(machines: Cluster, asking: Asking) -> Server:
    """Confirm claims that one standby lacks, and lose the primary; return the other, which lags."""

    async def run() -> None:
        await asking.opens(machines.dsn)
        await asking.asks(machines.dsn, asking.station.asked(voter(0)))

    async def go_on() -> None:
        for number in range(1, 4):
            # More than a line holds in its buffers: what is there is still written when it ends.
            people = (voter(400 * number + place) for place in range(400))
            await asking.asks(machines.dsn, *map(asking.station.asked, people))

    asyncio.run(run())
    late = machines.standbys[0]
    late.stall()
    asyncio.run(go_on())
    machines.primary.kill()
    return late


def test_nobody_is_promoted_before_all_report_and_an_old_primary_grants_nothing(
    machines: Cluster,
) -> None:
    """Nobody follows a primary that comes back: its commits wait for ever, and nothing is answered."""
    asking, old = Asking("s1"), machines.primary
    late = lagging(machines, asking)
    with pytest.raises(RuntimeError, match="does not report"):
        machines.fail_over()
    late.resume()
    chosen = machines.fail_over()
    assert chosen is not late
    assert asyncio.run(wrong(machines.dsn, asking)) == []
    old.start()
    answered = len(asking.told)
    with unanswered():
        asyncio.run(asking.asks(old.dsn, asking.station.asked(voter(5000))))
    assert len(asking.told) == answered
    old.kill()
    asyncio.run(asking.asks(machines.dsn, asking.station.asked(voter(5000))))
    assert asyncio.run(wrong(machines.dsn, asking)) == []


def test_the_standby_that_lags_would_have_lost_what_was_answered(machines: Cluster) -> None:
    """The judge sees it: what the rule of the last test is for."""
    asking = Asking("s1")
    late = lagging(machines, asking)
    (other,) = (one for one in machines.standbys if one is not late)
    other.kill()
    late.resume()
    late.promote()
    assert "a claim that was granted is not in the book" in asyncio.run(wrong(late.dsn, asking))
