"""One suite for whoever a branch's stations ask: alone, a branch's registry over TLS, a centre behind nginx.

The station's half is the real one, from the claim to the sealed entry; so is the other half, and the line.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from crypto.signing import SigningKey
from drivers.registry.line import TlsLine
from drivers.registry.link import GOOD
from election.authorization_life import AlreadyVoted, ClaimedNotIssued, Granted
from election.claim_book import BLOCK, NOTHING_BELIEVED
from election.definition import Authority
from election.evidence import BallotClass
from election.provisional import ORDINARY
from election.records import spent_hash
from kiosk.flows.identity.events import ClaimWay
from registry import evaluator
from registry.book import ThreadedBook
from registry.door import Door, Pace
from registry.postgres import SCHEMA, PostgresBook
from registry.service import Registry, make_app
from simulators.registry.centre import B1, B2, FIRST, SECOND, serving, serving_behind_nginx
from simulators.registry.cluster import postgres
from simulators.registry.servers import EMPTY, query
from tests.contract.claiming import WORLD, Connect, Station, wait

ANNA, BERTA = "0499370899", "0013542419"


@dataclass
class Place:
    authority: Authority
    first: Station
    second: Station
    """Another station of the same authority; the same one where it is alone."""


class Servers:
    """Both offices of a centre, started once; its tables are emptied for every test."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        pace = Pace(lambda: 0.0, burst=1_000_000)
        self.dsn = stack.enter_context(postgres(fsync=False))
        query(self.dsn, *SCHEMA.split(";"))
        open_book = partial(PostgresBook.open, self.dsn)
        app = make_app(Registry(Door(WORLD.published), open_book, key_of("registry"), pace))
        made = evaluator.Evaluator(Door(WORLD.published), WORLD.pseudonyms, pace, pace)
        self.ports = (
            stack.enter_context(serving_behind_nginx(app, WORLD, folder)),
            stack.enter_context(serving(evaluator.make_app(made), WORLD, folder, "evaluator")),
        )


def key_of(name: str) -> SigningKey:
    return WORLD.keys[name].classical


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(stack, tmp_path_factory.mktemp("centre"))


def tls(registry: int, evaluator: int = 0) -> Connect:
    """Open real lines on loopback to these ports."""
    ports = {"registry": registry, "evaluator": evaluator}
    return lambda name, shown: TlsLine(f"127.0.0.1:{ports[name]}", shown)


@contextmanager
def placed(authority: Authority, request: pytest.FixtureRequest, folder: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        connect: Connect | None = None
        if authority is Authority.CENTRE:
            started: Servers = request.getfixturevalue("servers")
            query(started.dsn, EMPTY)
            connect = tls(*started.ports)
        elif authority is Authority.BRANCH:
            open_book = partial(ThreadedBook.open, folder / "claims.db")
            pace = Pace(lambda: 0.0, burst=1_000_000)
            app = make_app(Registry(Door(WORLD.published), open_book, key_of("registry"), pace))
            connect = tls(stack.enter_context(serving(app, WORLD, folder)))
        first = Station(FIRST, B1, folder, authority, connect)
        stack.callback(first.stop)
        second = first
        if authority is not Authority.ALONE:
            second = Station(SECOND, B2, folder, authority, connect)
            stack.callback(second.stop)
        yield Place(authority, first, second)


@pytest.fixture(params=[each.value for each in Authority])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with placed(Authority(request.param), request, tmp_path) as made:
        yield made


@pytest.fixture(params=[Authority.BRANCH.value, Authority.CENTRE.value])
def asked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place with a line."""
    with placed(Authority(request.param), request, tmp_path) as made:
        yield made


# ---------------------------------------------------------------- all


def test_nobody_twice(place: Place) -> None:
    place.first.check_in(ANNA)
    for station in (place.first, place.second):
        assert station.ask(ANNA).outcome == AlreadyVoted()
        assert station.ask(ANNA).outcome == AlreadyVoted()
    place.second.check_in(BERTA)
    assert place.first.ask(BERTA).outcome == AlreadyVoted()


def test_a_card_that_was_not_written_is_the_same_ballot(place: Place) -> None:
    assert place.first.ask(ANNA).outcome == Granted()
    nonce = place.first.nonce(ANNA)
    place.first.restart()
    assert place.first.ask(ANNA).outcome == ClaimedNotIssued()
    assert place.first.ask(ANNA, ClaimWay.REISSUE).outcome == Granted()
    assert place.first.nonce(ANNA) == nonce
    assert place.first.book.issued() == (spent_hash(nonce),)


def test_what_is_kept_of_a_check_in(place: Place) -> None:
    """With a registry one entry of one form for every check-in, with what tells whether it was used."""
    spent = place.first.check_in(ANNA)
    entries = place.first.entries()
    if place.authority is Authority.ALONE:
        assert entries == []
        return
    (entry,) = entries
    assert (entry.handle, entry.national_number, entry.spent) == (ORDINARY, "", spent)
    assert len(entry.reference) == 16
    kept = (place.first.folder / f"{FIRST}.db").read_bytes()
    assert ANNA.encode() not in kept


# ---------------------------------------------------------------- with a line


def test_a_lost_answer_is_asked_for_again_with_the_same_claim_and_nonce(asked: Place) -> None:
    first = asked.first
    assert first.wire is not None
    first.wire.lose = 1
    assert first.ask(ANNA).outcome is None
    drawn = first.book.claims.find(first.book.reference(ANNA))
    assert drawn is not None
    first.restart()
    assert first.ask(ANNA).outcome == Granted(), "the same station, the same claim: nobody signs"
    assert first.nonce(ANNA) == drawn.nonce
    assert first.book.issued() == (spent_hash(drawn.nonce),)


def test_nothing_is_issued_for_who_is_refused_or_not_answered(asked: Place) -> None:
    asked.first.check_in(ANNA)
    assert asked.second.ask(ANNA).outcome == AlreadyVoted()
    assert asked.second.wire is not None
    asked.second.wire.up = False
    assert asked.second.ask(BERTA).outcome is None
    assert asked.second.book.issued() == ()
    assert asked.second.entries() == []
    counts = asked.second.do(asked.second.book.counts)
    assert counts == ()


def test_without_an_answer_two_roles_give_a_provisional_ballot(asked: Place) -> None:
    first = asked.first
    assert first.wire is not None
    first.wire.lose = 1
    assert first.ask(ANNA).outcome is None
    drawn = first.book.claims.find(first.book.reference(ANNA))
    assert drawn is not None
    given = first.ask(ANNA, ClaimWay.WITHOUT_ANSWER)
    assert (given.outcome, given.given) == (Granted(), BallotClass.NO_ANSWER)
    assert first.nonce(ANNA) == drawn.nonce, "nonce and claim never part"
    handle = first.handle(ANNA)
    assert handle is not None
    spent = first.write_card(ANNA)
    (entry,) = first.entries()
    assert (entry.handle, entry.national_number, entry.spent) == (handle, ANNA, spent)
    assert first.ask(ANNA).outcome == AlreadyVoted(), "no way back to an ordinary one"
    # The registry granted the claim whose answer was lost: the night sees that it is this very ballot.
    other = asked.second.ask(ANNA)
    assert asked.second.handle(ANNA) is not None or other.outcome == AlreadyVoted()


def test_a_protest_gives_a_provisional_ballot_of_the_same_person_once_a_station(
    asked: Place,
) -> None:
    """The night sees who it is, wherever the person protests."""
    first, second = asked.first, asked.second
    first.check_in(ANNA)
    for station in (first, second):
        assert station.ask(ANNA).outcome == AlreadyVoted()
        given = station.ask(ANNA, ClaimWay.PROTEST)
        assert (given.outcome, given.given) == (Granted(), BallotClass.LEFT_TO_THE_NIGHT)
        nonce = station.do(partial(station.book.nonce, given.reference))
        cut = station.ask(ANNA, ClaimWay.PROTEST)
        assert cut.outcome == Granted(), "two roles have signed again: the card was never written"
        assert station.do(partial(station.book.nonce, cut.reference)) == nonce, "one ballot"
        station.do(partial(station.book.confirm_issued, given.reference))
        assert station.ask(ANNA, ClaimWay.PROTEST).outcome == AlreadyVoted()
        assert station.ask(ANNA).outcome == AlreadyVoted()
    entries = [*first.entries(), *second.entries()]
    assert len(entries) == 3
    assert len({each.reference for each in entries}) == 1
    assert sorted(each.national_number for each in entries) == ["", ANNA, ANNA]


def test_where_nobody_can_tell_in_the_night_who_it_is_a_protest_is_not_heard(place: Place) -> None:
    """Alone nothing is kept of an ordinary check-in; without a line to the evaluator there is no name."""
    first = place.first
    first.check_in(ANNA)
    if place.authority is Authority.BRANCH:
        heard = first.ask(ANNA, ClaimWay.PROTEST)
        assert heard.outcome == Granted(), "the pseudonym is made in the station"
        return
    if place.authority is Authority.CENTRE:
        first.cut_references()
    unheard = first.ask(ANNA, ClaimWay.PROTEST)
    assert (unheard.outcome, unheard.given) == (None, BallotClass.LEFT_TO_THE_NIGHT)
    assert not [each for each in first.entries() if each.national_number]


def test_a_card_that_came_back_leads_to_a_provisional_ballot(asked: Place) -> None:
    spent = asked.first.check_in(ANNA)
    asked.first.take_back(spent)
    given = asked.second.ask(ANNA)
    assert (given.outcome, given.given) == (Granted(), BallotClass.LEFT_TO_THE_NIGHT)
    assert asked.second.handle(ANNA) is not None
    (entry,) = asked.second.entries()
    (old,) = asked.first.entries()
    assert entry.reference == old.reference, "the night sees that it is one person"


def test_claimed_elsewhere_and_not_known_to_be_written(asked: Place) -> None:
    assert asked.first.ask(ANNA).outcome == Granted()
    given = asked.second.ask(ANNA)
    assert (given.outcome, given.given) == (Granted(), BallotClass.LEFT_TO_THE_NIGHT)


def test_a_note_that_could_not_be_sent_travels_when_the_line_is_back(asked: Place) -> None:
    first = asked.first
    assert first.wire is not None
    assert first.ask(ANNA).outcome == Granted()
    first.wire.up = False
    first.write_card(ANNA)
    assert len(first.do(first.book.claims.to_note)) == 1
    first.restart()
    first.between()
    assert asked.second.ask(ANNA).outcome == AlreadyVoted()


def test_the_line_that_is_down_holds_nobody_up(asked: Place) -> None:
    first = asked.first
    assert first.wire is not None
    first.wire.up = False
    for _ in range(2):
        first.ask(ANNA)
    wait(lambda: not first.attendant.link.up)
    began = time.monotonic()
    assert first.ask(BERTA).outcome is None
    assert time.monotonic() - began < 2
    sent = len(first.wire.sent)
    first.wire.up = True
    for good in range(1, GOOD + 1):
        # What only time ends: the next probe is due now.
        first.attendant.link = replace(first.attendant.link, probe_at=0.0)
        first.attendant.free()
        wait(lambda good=good: first.attendant.link.good == good or first.attendant.link.up)  # type: ignore[misc]
    assert first.attendant.link.up
    assert {post.path for post in first.wire.sent[sent:]} <= {"/alive", "/act"}
    assert first.ask(BERTA).outcome == Granted()


def test_numbers_grow_over_starts_and_are_those_of_no_person(asked: Place) -> None:
    first = asked.first
    before = first.do(first.book.claims.number)
    first.restart()
    assert first.do(first.book.claims.number) > before + BLOCK - 1
    assert first.ask(ANNA).outcome == Granted()


def test_a_disk_that_was_put_back_gets_no_second_ordinary_card(asked: Place) -> None:
    """An older copy of the whole pollbook: its numbers come twice, and its open claim has its old nonce."""
    first = asked.first
    assert first.ask(ANNA).outcome == Granted()
    first.stop()
    image = (first.folder / f"{FIRST}.db").read_bytes()
    first.start()
    spent = first.write_card(ANNA)
    for _ in range(5 * BLOCK):
        first.do(first.book.claims.number)
    assert first.check_in(BERTA)
    first.stop()
    (first.folder / f"{FIRST}.db").write_bytes(image)
    first.start()
    assert first.ask(ANNA).outcome == ClaimedNotIssued()
    assert first.ask(ANNA, ClaimWay.REISSUE).outcome == Granted()
    assert spent_hash(first.nonce(ANNA)) == spent, "two cards of one claim are worth one ballot"
    given = first.ask(BERTA)
    assert given.outcome is None or first.handle(BERTA) is not None, "never an ordinary one again"


def test_a_registry_that_was_put_back_is_believed_no_more(asked: Place, tmp_path: Path) -> None:
    first = asked.first
    first.check_in(ANNA)
    first.do(lambda: first.book.claims.set_answered(10_000))
    assert first.ask(BERTA).outcome is None
    assert first.do(first.book.claims.answered) == NOTHING_BELIEVED
    first.restart()
    assert first.ask(BERTA).outcome is None, "also after a start"


def test_pseudonyms_are_those_of_both_stations(asked: Place) -> None:
    asked.first.check_in(ANNA)
    asked.second.check_in(BERTA)
    names = {entry.reference for each in (asked.first, asked.second) for entry in each.entries()}
    assert len(names) == 2
    assert secrets.token_bytes(16) not in names
