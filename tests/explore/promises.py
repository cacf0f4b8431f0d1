"""Judge a world by what the devices promise.

No authorization comes from nothing, no vote is lost, none counts twice, receipts are right; and what a
mishap or an old copy does break is told by the comparison at headquarters.
"""

from __future__ import annotations

from collections.abc import Iterator

from election.authorization_balance import balance
from election.authorization_life import VoterState
from election.voucher import Receipt
from tests.explore import devices as made
from tests.explore.world import ROLLED_STATION, ROLLED_TERMINAL, Card, World


def broken(world: World) -> str:
    """Return the first promise that a world breaks; empty if it keeps all."""
    return next(_broken(world), "")


def _broken(world: World) -> Iterator[str]:
    yield from _receipts(world)
    yield from _issued(world)
    yield from _stores(world)
    yield from _voters(world)
    yield from _told(world)
    yield from _let_go(world)


def _let_go(world: World) -> Iterator[str]:
    for number, terminal in enumerate(world.terminals):
        if (terminal.behind or terminal.missing) and not _terminal_rolled(world, number):
            yield "a terminal is called behind that lost nothing"


def _receipts(world: World) -> Iterator[str]:
    written = {
        (note.spent, made.TERMINALS.index(note.terminal))
        for note in (made.read_note(card.note) for card in world.cards)
        if isinstance(note, Receipt)
    }
    for held in (written, *(station.receipts for station in world.stations)):
        if not held <= world.committed:
            yield "a receipt for what was never recorded"


def _issued(world: World) -> Iterator[str]:
    for card in world.cards:
        if card.token is None:
            continue
        found, station = made.read_token(card.token)
        listed = world.stations[station].issued
        if made.hash_of(found.nonce) not in listed and not _station_rolled(world, station):
            yield "an authorization on a card that its station has not issued"


def _stores(world: World) -> Iterator[str]:
    for spent, terminal in world.committed:
        kept = dict(world.terminals[terminal].spent)
        if spent not in kept and not _terminal_rolled(world, terminal):
            yield "a recorded vote is lost"
    held = [each for terminal in world.terminals for each, _ in terminal.spent]
    if {each for each in held if held.count(each) > 1} - world.doubled:
        yield "an authorization is spent twice"


def _voters(world: World) -> Iterator[str]:
    cast = {spent for spent, _ in world.committed}
    for voter, entry in enumerate(world.voters):
        nonces = [made.hash_of(bytes([voter, station]) * 8) for station in (0, 1)]
        if all(nonce in cast for nonce in nonces):
            yield "a person votes under two authorizations"
        if entry is None or entry.state is VoterState.CLAIMED or _any_station_rolled(world):
            continue
        returned = world.stations[0].returned | world.stations[1].returned
        if not any(
            nonce in cast or nonce in returned or _carried(world, nonce) for nonce in nonces
        ):
            yield "a voter was given an authorization that is nowhere"


def _told(world: World) -> Iterator[str]:
    stations = dict(zip(made.STATIONS, world.stations, strict=True))
    receipts = frozenset[tuple[bytes, int]]().union(
        *(station.receipts for station in world.stations)
    )
    found = balance(
        {
            name: {spent: made.STATIONS[by] for spent, by in terminal.spent}
            for name, terminal in zip(made.TERMINALS, world.terminals, strict=True)
        },
        {name: station.issued for name, station in stations.items()},
        {(spent, made.TERMINALS[terminal]) for spent, terminal in receipts},
        world.stations[0].returned | world.stations[1].returned,
    )
    if found.wrong:
        yield "an honest branch is called wrong"
    if found.unlisted and not _any_station_rolled(world):
        yield "spent, and not in the list of the station that vouched"
    pairs = {(spent, at) for at in (0, 1) for spent, _ in world.terminals[at].spent}
    if found.lost != len(receipts - pairs):
        yield "a loss that receipts prove is not told"
    if found.lost and not any(_terminal_rolled(world, number) for number in (0, 1)):
        yield "a loss is told that nobody suffered"


def _carried(world: World, spent: bytes) -> bool:
    return any(_carries(card, spent) for card in world.cards)


def _carries(card: Card, spent: bytes) -> bool:
    return card.token is not None and made.hash_of(made.read_token(card.token)[0].nonce) == spent


def _station_rolled(world: World, number: int) -> bool:
    return bool(world.rolled >> (ROLLED_STATION + number) & 1)


def _terminal_rolled(world: World, number: int) -> bool:
    return bool(world.rolled >> (ROLLED_TERMINAL + number) & 1)


def _any_station_rolled(world: World) -> bool:
    return _station_rolled(world, 0) or _station_rolled(world, 1)
