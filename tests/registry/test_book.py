"""One suite for every place where claims are kept: a dictionary, a file, and a real PostgreSQL."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection, Coroutine, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from election.claims import AnswerKind, ClaimId, NoteKind, Why
from election.definition import ContestId, DeviceId
from election.reasons import ClaimReason
from registry.book import Change, SqliteBook
from registry.postgres import PostgresBook
from registry.rules import Decision, Held
from registry.settling import (
    Answered,
    Asked,
    AskedClaim,
    DeviceState,
    Known,
    Noted,
    Outcome,
    Refused,
    settle,
)
from simulators.registry.cluster import postgres
from simulators.registry.servers import EMPTY, query
from simulators.registry.stations import ASSEMBLY, BOTH, COUNCIL, A, B, C, Station, voter

T = TypeVar("T")


class Kept(Protocol):
    """What the suite calls."""

    def settle(self, batch: Sequence[Asked]) -> tuple[Outcome, ...]: ...
    def change(self, device: DeviceId, change: Change) -> DeviceState: ...
    def device(self, device: DeviceId) -> DeviceState: ...
    def set_restored(self, *, restored: bool) -> None: ...
    def claims(self) -> tuple[tuple[bytes, tuple[Held, ...]], ...]: ...
    def reopened(self) -> None: ...


class Dictionary:
    """The pure function and two dictionaries."""

    def __init__(self) -> None:
        self.voters: dict[bytes, tuple[Held, ...]] = {}
        self.devices: dict[DeviceId, DeviceState] = {}
        self.restored = False

    def settle(self, batch: Sequence[Asked]) -> tuple[Outcome, ...]:
        settled = settle(batch, Known(self.voters, self.devices, restored=self.restored))
        self.voters.update(settled.voters)
        self.devices.update(settled.devices)
        return settled.outcomes

    def change(self, device: DeviceId, change: Change) -> DeviceState:
        self.devices[device] = change(self.device(device))
        return self.devices[device]

    def device(self, device: DeviceId) -> DeviceState:
        return self.devices.get(device, DeviceState())

    def set_restored(self, *, restored: bool) -> None:
        self.restored = restored

    def claims(self) -> tuple[tuple[bytes, tuple[Held, ...]], ...]:
        return tuple(sorted(self.voters.items()))

    def reopened(self) -> None:
        pass


class File(SqliteBook):
    """The branch's store, which can be closed and opened again."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def reopened(self) -> None:
        self.close()
        super().__init__(self.path)


class Server:
    """The centre's store, called as the others are."""

    def __init__(self, dsn: str, loop: asyncio.AbstractEventLoop) -> None:
        self.dsn, self.loop = dsn, loop
        self.book = self.run(PostgresBook.open(dsn))

    def run(self, call: Coroutine[object, object, T]) -> T:
        return self.loop.run_until_complete(call)

    def emptied(self) -> None:
        query(self.dsn, EMPTY)

    def settle(self, batch: Sequence[Asked]) -> tuple[Outcome, ...]:
        return self.run(self.book.settle(batch))

    def change(self, device: DeviceId, change: Change) -> DeviceState:
        return self.run(self.book.change(device, change))

    def device(self, device: DeviceId) -> DeviceState:
        return self.run(self.book.device(device))

    def set_restored(self, *, restored: bool) -> None:
        self.run(self.book.set_restored(restored=restored))

    def claims(self) -> tuple[tuple[bytes, tuple[Held, ...]], ...]:
        return self.run(self.book.claims())

    def reopened(self) -> None:
        self.run(self.book.close())
        self.book = self.run(PostgresBook.open(self.dsn))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    loop = asyncio.new_event_loop()
    with postgres(fsync=False) as dsn:
        found = Server(dsn, loop)
        # Tables that are there already are no hindrance.
        found.reopened()
        yield found
        loop.run_until_complete(found.book.close())
    loop.close()


@pytest.fixture(params=["dictionary", "file", "server"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    for station in (A, B, C):
        station.number = 0
    if request.param == "dictionary":
        made: Kept = Dictionary()
    elif request.param == "file":
        made = File(tmp_path / "registry.db")
    else:
        kept: Server = request.getfixturevalue("server")
        kept.emptied()
        made = kept
    for station in (A, B, C):
        made.change(station.id, lambda state: replace(state, opened=True))
    yield made
    if isinstance(made, File):
        made.close()


def granted(contests: Collection[ContestId]) -> Decision:
    return Decision(AnswerKind.GRANTED, frozenset(contests))


def kind(outcome: Outcome) -> AnswerKind:
    assert isinstance(outcome, Answered)
    return outcome.decision.kind


def one(book: Kept, asked: Asked) -> Outcome:
    (outcome,) = book.settle([asked])
    return outcome


def written(station: Station, asked: AskedClaim) -> Asked:
    return station.note(asked.reference, asked.signed.id, NoteKind.WRITTEN)


def test_first_is_granted_and_again_for_ever(book: Kept) -> None:
    first = A.asked(voter(1))
    assert one(book, first) == Answered(granted(BOTH), 0)
    again = A.asked(voter(1), signed=first.signed)
    outcome = one(book, again)
    assert isinstance(outcome, Answered)
    assert outcome.decision.contests == BOTH
    assert outcome.before == 1
    book.reopened()
    assert kind(one(book, A.asked(voter(1), signed=first.signed))) is AnswerKind.GRANTED
    assert len(book.claims()) == 1


def test_second_station_is_provisional_until_the_card_is_written_then_taken(book: Kept) -> None:
    first = A.asked(voter(1))
    one(book, first)
    second = one(book, B.asked(voter(1)))
    assert isinstance(second, Answered)
    assert second.decision.why is Why.CLAIMED
    assert one(book, written(A, first)) == Noted()
    book.reopened()
    third = one(book, B.asked(voter(1)))
    assert isinstance(third, Answered)
    assert third.decision.kind is AnswerKind.TAKEN
    assert third.decision.other == first.signed


def test_a_returned_card_leads_to_provisional(book: Kept) -> None:
    first = A.asked(voter(1))
    one(book, first)
    one(book, written(A, first))
    one(book, A.note(voter(1), first.signed.id, NoteKind.RETURNED))
    second = one(book, B.asked(voter(1)))
    assert isinstance(second, Answered)
    assert (second.decision.kind, second.decision.why) == (AnswerKind.PROVISIONAL, Why.RETURNED)


def test_contests_are_granted_as_a_set(book: Kept) -> None:
    outside = A.asked(voter(1), frozenset({ASSEMBLY}))
    one(book, outside)
    one(book, written(A, outside))
    city = one(book, B.asked(voter(1), BOTH))
    assert isinstance(city, Answered)
    assert city.decision == granted({COUNCIL})
    third = C.asked(voter(1), BOTH)
    # Council is not known to be written, assembly is.
    assert kind(one(book, third)) is AnswerKind.TAKEN
    only = one(book, C.asked(voter(1), frozenset({COUNCIL})))
    assert isinstance(only, Answered)
    assert only.decision.why is Why.CLAIMED
    ((_, held),) = book.claims()
    assert [each.contests for each in held] == [{ASSEMBLY}, {COUNCIL}]


@pytest.mark.parametrize("count", [2, 3, 8])
def test_one_batch_gives_one_grant(book: Kept, count: int) -> None:
    stations = [A, B, C]
    batch = [stations[place % 3].asked(voter(1)) for place in range(count)]
    kinds = [kind(outcome) for outcome in book.settle(batch)]
    assert kinds == [AnswerKind.GRANTED] + [AnswerKind.PROVISIONAL] * (count - 1)


def test_three_claims_of_one_voter_in_one_batch_are_all_kept(book: Kept) -> None:
    outcomes = book.settle(
        [A.asked(voter(1), frozenset({ASSEMBLY})), B.asked(voter(1)), C.asked(voter(1))]
    )
    assert [kind(each) for each in outcomes] == [
        AnswerKind.GRANTED,
        AnswerKind.GRANTED,
        AnswerKind.PROVISIONAL,
    ]
    book.reopened()
    ((_, held),) = book.claims()
    assert [each.device for each in held] == [A.id, B.id]


def test_a_copied_station_is_out_of_step_and_its_claims_refuse_nobody(book: Kept) -> None:
    first = A.asked(voter(1))
    one(book, first)
    one(book, written(A, first))
    copy = A.asked(voter(2), number=1)
    outcome = one(book, copy)
    assert isinstance(outcome, Answered)
    assert outcome.decision.why is Why.OUT_OF_STEP
    book.reopened()
    assert book.device(A.id).steps.out
    elsewhere = one(book, B.asked(voter(1)))
    assert isinstance(elsewhere, Answered)
    assert elsewhere.decision.why is Why.SUSPENDED
    assert kind(one(book, B.asked(voter(2)))) is AnswerKind.GRANTED


def test_suspended_devices_ask_nothing_and_refuse_nobody(book: Kept) -> None:
    first = A.asked(voter(1))
    one(book, first)
    one(book, written(A, first))
    book.change(A.id, lambda state: replace(state, suspended=True))
    assert one(book, A.asked(voter(2))) == Refused(ClaimReason.DEVICE_SUSPENDED)
    assert one(book, written(A, first)) == Refused(ClaimReason.DEVICE_SUSPENDED)
    elsewhere = one(book, B.asked(voter(1)))
    assert isinstance(elsewhere, Answered)
    assert elsewhere.decision.why is Why.SUSPENDED


def test_no_claim_before_the_opening_and_none_after_the_closing(book: Kept) -> None:
    spare = Station(DeviceId("spare-1"))
    assert one(book, spare.asked(voter(1))) == Refused(ClaimReason.BEFORE_OPEN)
    first = A.asked(voter(1))
    one(book, first)
    book.change(A.id, lambda state: replace(state, closed=True))
    assert one(book, A.asked(voter(2))) == Refused(ClaimReason.AFTER_CLOSE)
    # Cards come back until the evening.
    assert one(book, written(A, first)) == Noted()


def test_a_days_claims_are_bounded_and_two_roles_allow_more(book: Kept) -> None:
    book.change(A.id, lambda state: replace(state, allowed=2))
    first = A.asked(voter(1))
    outcomes = book.settle([first, A.asked(voter(2)), A.asked(voter(3))])
    assert outcomes[2] == Refused(ClaimReason.TOO_MANY)
    assert kind(one(book, A.asked(voter(1), signed=first.signed))) is AnswerKind.GRANTED
    book.change(A.id, lambda state: replace(state, allowed=3))
    assert kind(one(book, A.asked(voter(3)))) is AnswerKind.GRANTED


def test_a_restored_registry_grants_nothing_new(book: Kept) -> None:
    first = A.asked(voter(1))
    one(book, first)
    book.set_restored(restored=True)
    book.reopened()
    assert kind(one(book, A.asked(voter(1), signed=first.signed))) is AnswerKind.GRANTED
    fresh = one(book, B.asked(voter(2)))
    assert isinstance(fresh, Answered)
    assert fresh.decision.why is Why.RESTORED
    book.set_restored(restored=False)
    assert kind(one(book, B.asked(voter(2)))) is AnswerKind.GRANTED


def test_notes_about_what_is_not_held_are_refused(book: Kept) -> None:
    first = A.asked(voter(1))
    one(book, first)
    unknown = ClaimId(bytes(16))
    for note in (
        A.note(voter(1), unknown, NoteKind.WRITTEN),
        A.note(voter(2), first.signed.id, NoteKind.WRITTEN),
        B.note(voter(1), first.signed.id, NoteKind.RETURNED),
    ):
        assert one(book, note) == Refused(ClaimReason.CLAIM_UNKNOWN)


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read", "serializable"])
def test_two_services_at_once_grant_one_voter_once(server: Server, isolation: str) -> None:
    """Whatever isolation the database has: a snapshot from before the lock would grant twice or fail."""
    query(server.dsn, f"ALTER DATABASE postgres SET default_transaction_isolation = '{isolation}'")
    try:
        server.emptied()
        stations = [Station(DeviceId(f"s{place}")) for place in range(2)]
        for station in stations:
            server.change(station.id, lambda state: replace(state, opened=True))

        async def ask() -> list[tuple[Outcome, ...]]:
            books = [await PostgresBook.open(server.dsn) for _ in stations]
            try:
                return await asyncio.gather(
                    *(
                        book.settle([station.asked(voter(3 * batch + place)) for place in range(3)])
                        for batch in range(8)
                        for book, station in zip(books, stations, strict=True)
                    )
                )
            finally:
                for book in books:
                    await book.close()

        outcomes = [each for batch in server.run(ask()) for each in batch]
        assert sum(kind(each) is AnswerKind.GRANTED for each in outcomes) == 24
        assert [len(held) for _, held in server.claims()] == [1] * 24
        assert all(server.device(each.id).steps.last == 24 for each in stations)
        assert not any(server.device(each.id).steps.out for each in stations)
    finally:
        query(server.dsn, "ALTER DATABASE postgres RESET default_transaction_isolation")


def test_a_batch_that_is_given_up_leaves_no_lock_and_no_half(server: Server) -> None:
    """The service stops, or nobody waits any more, while another one holds the lock."""
    server.emptied()
    server.change(A.id, lambda state: replace(state, opened=True))

    async def run() -> None:
        other = await asyncpg.connect(server.dsn)
        await other.execute(f"BEGIN; SELECT pg_advisory_xact_lock({0x616D696E})")
        waiting = asyncio.create_task(server.book.settle([A.asked(voter(1))]))
        while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await other.close()
        assert await server.book.claims() == ()
        (outcome,) = await server.book.settle([A.asked(voter(1))])
        assert kind(outcome) is AnswerKind.GRANTED

    server.run(run())


def test_whatever_is_answered_waits_for_the_standby(server: Server) -> None:
    """Each transaction, one that only reads too, writes to the WAL."""
    server.emptied()
    asked = A.asked(voter(1))
    server.change(A.id, lambda state: replace(state, opened=True))
    query(server.dsn, "SELECT pg_create_logical_replication_slot('watch', 'test_decoding')")
    try:
        for call in (
            lambda: server.settle([asked]),
            lambda: server.settle([A.asked(voter(1), signed=asked.signed)]),
            lambda: server.settle([written(B, asked)]),
            lambda: server.device(A.id),
            server.claims,
        ):
            query(server.dsn, _CHANGES)
            call()
            rows = [row["data"] for row in query(server.dsn, _CHANGES)]
            assert sum("prefix: amin-registry" in row for row in rows) == 1, rows
    finally:
        query(server.dsn, "SELECT pg_drop_replication_slot('watch')")


_CHANGES = "SELECT data FROM pg_logical_slot_get_changes('watch', NULL, NULL)"


def test_the_file_does_not_tell_who_came_first(tmp_path: Path) -> None:
    """Two days with the same people, who come in another order, leave the same file."""
    drawn = random.Random(0)
    people = [voter(name) for name in range(120)]
    claims = {person: A.claim(person) for person in people}
    files = []
    for day in range(2):
        drawn.shuffle(people)
        book = SqliteBook(tmp_path / f"{day}.db")
        book.change(A.id, lambda state: replace(state, opened=True))
        for number, person in enumerate(people, 1):
            book.settle([A.asked(person, signed=claims[person], number=number)])
        book.close()
        files.append((tmp_path / f"{day}.db").read_bytes())
    assert len(files[0]) > 4 * 4096
    assert files[0] == files[1]


Step = tuple[int, int, frozenset[ContestId], str]
actions = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 3),
        st.sampled_from([frozenset({COUNCIL}), frozenset({ASSEMBLY}), BOTH]),
        st.sampled_from(["claim", "again", "written", "returned", "copy", "suspend", "resume"]),
    ),
    max_size=24,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions, st.integers(1, 6))
def test_all_stores_behave_as_the_dictionary(
    server: Server, tmp_path_factory: pytest.TempPathFactory, steps: list[Step], size: int
) -> None:
    server.emptied()
    file = File(tmp_path_factory.mktemp("file") / "registry.db")
    books: list[Kept] = [Dictionary(), file, server]
    stations = [Station(DeviceId(f"s{place}")) for place in range(3)]
    for book in books:
        for station in stations:
            book.change(station.id, lambda state: replace(state, opened=True))
    made: list[tuple[Station, AskedClaim]] = []
    batch: list[Asked] = []

    def flush() -> None:
        outcomes = [book.settle(batch) for book in books]
        assert outcomes[0] == outcomes[1] == outcomes[2]
        batch.clear()
        assert books[0].claims() == books[1].claims() == books[2].claims()

    for who, whom, contests, act in steps:
        station = stations[who]
        if act in {"suspend", "resume"}:
            flush()
            for book in books:
                book.change(station.id, partial(replace, suspended=act == "suspend"))
        elif act in {"claim", "copy"} or not made:
            number = max(1, station.number - 1) if act == "copy" else None
            asked = station.asked(voter(whom), contests, number=number)
            made.append((station, asked))
            batch.append(asked)
        else:
            owner, asked = made[whom % len(made)]
            if act == "again":
                batch.append(owner.asked(asked.reference, asked.contests, asked.signed))
            else:
                note = NoteKind.WRITTEN if act == "written" else NoteKind.RETURNED
                batch.append(owner.note(asked.reference, asked.signed.id, note))
        if len(batch) >= size:
            flush()
    flush()
    for station in stations:
        states = [book.device(station.id) for book in books]
        assert states[0] == states[1] == states[2]
    for _, held in books[0].claims():
        contests_held = [contest for each in held for contest in each.contests]
        assert len(contests_held) == len(set(contests_held))
    file.close()
