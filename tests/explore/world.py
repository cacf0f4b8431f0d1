"""Step a branch of two stations, two terminals and some cards by everything that can happen to it.

A world is one value: what the registry, the devices' stores and the cards hold, and what the devices have
in memory. `successors` gives every world that can come next: a step done, or not done because a card was
pulled, or done and not told, or the power cut before or after it; a voter who leaves, a card copied, a
store put back to an older copy, half an hour that passes. Each trouble takes one of `troubles`.

What the devices decide is decided by the functions they call (`election.authorization_life`), over
dictionaries and sets in place of databases; `Rules` names them, so that a fault can be put in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from election import authorization_life as life
from election.authorization_life import CastingStep, IssuingStep, VoterEntry
from election.voucher import Receipt
from tests.explore import devices as made

Hashes: TypeAlias = frozenset[bytes]
ROLLED_STATION: Final = 0
ROLLED_TERMINAL: Final = 2
"""First bits of `World.rolled` for the two stations and the two terminals."""


class StationTurn(NamedTuple):
    """What a station has in memory."""

    step: IssuingStep
    renewing: bool
    voter: int
    nonce: bytes
    token: bytes | None
    card: int | None
    """Of a renewal."""


class Station(NamedTuple):
    """What a station's medium holds, and its turn."""

    issued: Hashes = frozenset()
    receipts: frozenset[tuple[bytes, int]] = frozenset()
    returned: Hashes = frozenset()
    turn: StationTurn | None = None


class TerminalTurn(NamedTuple):
    """What a terminal has in memory."""

    step: CastingStep
    card: int | None
    """None: it was pulled."""
    token: bytes


class Terminal(NamedTuple):
    """What a terminal's media hold, by hash the station that vouched; and its turn."""

    spent: tuple[tuple[bytes, int], ...] = ()
    turn: TerminalTurn | None = None
    behind: int = 0
    """Votes that a token told to be missing: out of service until two roles let it go on."""
    missing: int = 0
    """Votes without which two roles let it go on."""


class Card(NamedTuple):
    """What a card's two objects hold."""

    token: bytes | None = None
    note: bytes | None = None


Copy: TypeAlias = tuple[int, Station | Terminal] | None


class World(NamedTuple):
    """Everything there is."""

    voters: tuple[VoterEntry | None, ...]
    stations: tuple[Station, Station]
    terminals: tuple[Terminal, Terminal]
    cards: tuple[Card, ...]
    troubles: int
    clock: int = 0
    copy: Copy = None
    """An older copy of one device's media, by the device's number (stations first)."""
    # What is remembered to judge by, and no device knows:
    committed: frozenset[tuple[bytes, int]] = frozenset()
    rolled: int = 0
    doubled: Hashes = frozenset()
    """Authorizations on two cards, written after they were spent, or renewed when a terminal had begun."""


def new_world(voters: int, cards: int, troubles: int) -> World:
    """Return a branch in the morning."""
    return World(
        (None,) * voters,
        (Station(), Station()),
        (Terminal(), Terminal()),
        (Card(),) * cards,
        troubles,
    )


@dataclass(frozen=True, slots=True)
class Rules:
    """The functions the devices call, and where their turns begin."""

    issuing: Callable[[IssuingStep, bool], IssuingStep] = lambda step, done: life.next_issuing(
        step, done=done
    )
    renewing: Callable[[IssuingStep, bool], IssuingStep] = lambda step, done: life.next_renewing(
        step, done=done
    )
    casting: Callable[[CastingStep, bool | None], CastingStep] = lambda step, done: (
        life.next_casting(step, done=done)
    )
    first_issuing: IssuingStep = IssuingStep.CLAIM
    first_renewing: IssuingStep = IssuingStep.FIX
    first_casting: CastingStep = CastingStep.INTENT


RULES: Final = Rules()
_ISSUED = {IssuingStep.GIVEN, IssuingStep.REFUSED}
_CAST = {CastingStep.RECORDED, CastingStep.NOT_RECORDED, CastingStep.IN_DOUBT}


def successors(world: World, rules: Rules = RULES) -> Iterator[World]:
    """Give every world that can come next."""
    for number in (0, 1):
        yield from _station(world, number, rules)
        yield from _terminal(world, number, rules)
    if world.troubles:
        yield from _mishaps(world)


# ---------------------------------------------------------------- stations


def _station(world: World, number: int, rules: Rules) -> Iterator[World]:
    station = world.stations[number]
    turn = station.turn
    if turn is None:
        yield from _begin(world, number, rules)
        return
    if world.troubles:
        # The power is cut, or the officer gives up, before the step.
        yield _set_station(_trouble(world), number, station._replace(turn=None))
    following = rules.renewing if turn.renewing else rules.issuing
    for after, done in _issue(world, number, turn):
        yield _turned(after, number, following(turn.step, done))
        if after.troubles and done:
            yield _set_station(_trouble(after), number, after.stations[number]._replace(turn=None))


def _begin(world: World, number: int, rules: Rules) -> Iterator[World]:
    station = world.stations[number]
    for voter, entry in enumerate(world.voters):
        if entry is None or entry.nonce is not None:
            # The station draws the nonce; a voter who is claimed already keeps the first one.
            nonce = entry.nonce if entry and entry.nonce else bytes([voter, number]) * 8
            turn = StationTurn(rules.first_issuing, False, voter, nonce, None, None)
            yield _set_station(world, number, station._replace(turn=turn))
    for index, card in enumerate(world.cards):
        if _inside(world, index):
            continue
        looked = _look(world, number, index, None)
        if looked is not world:
            yield looked
        if card.token is not None:
            seen = made.shown(card.token, card.note, world.clock, None)
            if life.is_renewable(seen):
                found, _ = made.read_token(card.token)
                turn = StationTurn(rules.first_renewing, True, -1, found.nonce, None, index)
                renewed = _look(world, number, index, seen.spent)
                if seen.intent is not None:
                    renewed = _double(renewed, seen.spent)
                station = renewed.stations[number]
                yield _set_station(renewed, number, station._replace(turn=turn))


def _issue(world: World, number: int, turn: StationTurn) -> Iterator[tuple[World, bool]]:
    """Do the step: the worlds after it, and whether the station learned that it was done."""
    station = world.stations[number]
    match turn.step:
        case IssuingStep.CLAIM:
            entry, answer = life.claim(world.voters[turn.voter], turn.nonce)
            if isinstance(answer, life.ClaimedNotIssued):
                # Both roles have it issued once more.
                answer = life.reissue(entry)
            claimed = _set_voter(world, turn.voter, entry)
            nonce = entry.nonce or turn.nonce
            turn = turn._replace(nonce=nonce)
            claimed = _set_station(claimed, number, station._replace(turn=turn))
            yield claimed, isinstance(answer, life.Granted)
        case IssuingStep.FIX:
            fixed = station._replace(issued=station.issued | {made.hash_of(turn.nonce)})
            yield _set_station(world, number, fixed), True
        case IssuingStep.WRITE:
            spent = made.hash_of(turn.nonce)
            for index, card in enumerate(world.cards):
                if _inside(world, index) or turn.card not in {None, index}:
                    continue
                looked = _look(world, number, index, spent)
                station = looked.stations[number]
                data = turn.token or made.make_token(
                    number, turn.nonce, _held(station), looked.clock
                )
                station = station._replace(turn=turn._replace(token=data))
                if _used(looked, index, spent):
                    looked = _double(looked, spent)
                written = _set_card(
                    _set_station(looked, number, station),
                    index,
                    Card(data, None if turn.renewing else card.note),
                )
                yield written, True
                if world.troubles:
                    # Pulled between writing and reading back: the next card gets it as well.
                    yield _trouble(written), False
        case IssuingStep.CONFIRM:
            confirmed = life.confirm(world.voters[turn.voter])
            yield _set_voter(world, turn.voter, confirmed), True
            if world.troubles:
                yield _trouble(world), False
        case _:
            raise AssertionError(turn.step)


def _turned(world: World, number: int, step: IssuingStep) -> World:
    station = world.stations[number]
    turn = station.turn
    assert turn is not None
    after = None if step in _ISSUED else turn._replace(step=step)
    return _set_station(world, number, station._replace(turn=after))


def _look(world: World, number: int, index: int, writing: bytes | None) -> World:
    """Take the receipt of a card that came in, and note the authorization that came back."""
    station, card = world.stations[number], world.cards[index]
    note = made.read_note(card.note)
    if isinstance(note, Receipt):
        pair = (note.spent, made.TERMINALS.index(note.terminal))
        station = station._replace(receipts=station.receipts | {pair})
    if card.token is not None:
        seen = made.shown(card.token, card.note, world.clock, None)
        if life.is_returned(seen, writing):
            station = station._replace(returned=station.returned | {seen.spent})
    return world if station == world.stations[number] else _set_station(world, number, station)


def _held(station: Station) -> tuple[int, ...]:
    return tuple(sum(at == terminal for _, at in station.receipts) for terminal in (0, 1))


# ---------------------------------------------------------------- terminals


def _terminal(world: World, number: int, rules: Rules) -> Iterator[World]:
    terminal = world.terminals[number]
    turn = terminal.turn
    if terminal.behind:
        known = terminal.missing + terminal.behind
        yield _set_terminal(world, number, terminal._replace(behind=0, missing=known))
        return
    if turn is None:
        for index, card in enumerate(world.cards):
            if card.token is not None and not _inside(world, index):
                yield from _insert(world, number, index, rules)
        return
    if world.troubles:
        # The power is cut before the step, or the voter leaves.
        yield _set_terminal(_trouble(world), number, terminal._replace(turn=None))
        if turn.card is not None:
            pulled = terminal._replace(turn=turn._replace(card=None))
            yield _set_terminal(_trouble(world), number, pulled)
    for after, done in _cast(world, number, turn):
        step = rules.casting(turn.step, done)
        held = after.terminals[number]
        ended = None if step in _CAST else turn._replace(step=step)
        yield _set_terminal(after, number, held._replace(turn=ended))
        if after.troubles and done:
            yield _set_terminal(_trouble(after), number, held._replace(turn=None))


def _insert(world: World, number: int, index: int, rules: Rules) -> Iterator[World]:
    terminal, card = world.terminals[number], world.cards[index]
    assert card.token is not None
    seen = made.shown(card.token, card.note, world.clock, number)
    spent = dict(terminal.spent)
    match life.accept(seen, made.TERMINALS[number], spent, terminal.missing):
        case life.Acceptance.ACCEPTED:
            turn = TerminalTurn(rules.first_casting, index, card.token)
            yield _set_terminal(world, number, terminal._replace(turn=turn))
        case life.Acceptance.SPENT:
            turn = TerminalTurn(CastingStep.RECEIPT, index, card.token)
            yield _set_terminal(world, number, terminal._replace(turn=turn))
        case life.Acceptance.BEHIND:
            behind = life.votes_behind(seen, spent, terminal.missing)
            yield _set_terminal(world, number, terminal._replace(behind=behind))
        case _:
            pass


def _cast(world: World, number: int, turn: TerminalTurn) -> Iterator[tuple[World, bool | None]]:
    """Do the step: the worlds after it, and what the terminal learned of it."""
    terminal = world.terminals[number]
    found, by = made.read_token(turn.token)
    spent = made.hash_of(found.nonce)
    if turn.step is CastingStep.SPEND:
        held = tuple(sorted({**dict(terminal.spent), spent: by}.items()))
        recorded = _set_terminal(world, number, terminal._replace(spent=held))
        recorded = recorded._replace(committed=world.committed | {(spent, number)})
        yield recorded, True
        if world.troubles:
            yield _trouble(world), False
            yield _trouble(recorded), None
            yield _trouble(world), None
        return
    if turn.card is None:
        yield world, False
        return
    card = world.cards[turn.card]
    match turn.step:
        case CastingStep.INTENT:
            card = card._replace(note=made.make_intent(number, turn.token))
        case CastingStep.RECEIPT:
            card = card._replace(note=made.make_receipt(number, spent))
        case CastingStep.WIPE:
            card = card._replace(token=None)
        case CastingStep.CLEAR:
            card = card._replace(note=None)
        case _:
            raise AssertionError(turn.step)
    written = _set_card(world, turn.card, card)
    yield written, True
    if world.troubles:
        # Pulled after writing, before it was read back.
        yield _trouble(_pulled(written, number)), False


def _pulled(world: World, number: int) -> World:
    terminal = world.terminals[number]
    assert terminal.turn is not None
    return _set_terminal(world, number, terminal._replace(turn=terminal.turn._replace(card=None)))


# ---------------------------------------------------------------- mishaps


def _mishaps(world: World) -> Iterator[World]:
    if world.clock == 0:
        yield _trouble(world)._replace(clock=1)
    for source, card in enumerate(world.cards):
        if card.token is None:
            continue
        spent = made.hash_of(made.read_token(card.token)[0].nonce)
        for target, other in enumerate(world.cards):
            if target != source and other.token is None and not _inside(world, target):
                yield _set_card(_trouble(_double(world, spent)), target, card)
    if world.copy is None:
        for number in (0, 1):
            station, terminal = world.stations[number], world.terminals[number]
            yield world._replace(
                copy=(number, station._replace(turn=None)), troubles=world.troubles - 1
            )
            older = terminal._replace(turn=None, behind=0)
            yield world._replace(copy=(2 + number, older), troubles=world.troubles - 1)
        return
    # An older copy comes back, free of charge: it was paid for when it was made.
    device, old = world.copy
    rolled = world._replace(copy=None, rolled=world.rolled | 1 << device)
    if isinstance(old, Station):
        yield _set_station(rolled, device, old)
    else:
        yield _set_terminal(rolled, device - 2, old)


# ---------------------------------------------------------------- parts


def _trouble(world: World) -> World:
    return world._replace(troubles=world.troubles - 1)


def _double(world: World, spent: bytes) -> World:
    return world._replace(doubled=world.doubled | {spent})


def _used(world: World, index: int, spent: bytes) -> bool:
    """Tell whether another card carries an authorization, or a terminal has taken or begun it."""
    carried = [card.token for other, card in enumerate(world.cards) if other != index]
    begun = [terminal.turn.token for terminal in world.terminals if terminal.turn is not None]
    return any(spent == each for each, _ in world.committed) or any(
        spent == made.hash_of(made.read_token(data)[0].nonce)
        for data in (*carried, *begun)
        if data is not None
    )


def _inside(world: World, card: int) -> bool:
    """Tell whether a terminal holds the card."""
    return any(
        terminal.turn is not None and terminal.turn.card == card for terminal in world.terminals
    )


def _set_voter(world: World, voter: int, entry: VoterEntry) -> World:
    voters = (*world.voters[:voter], entry, *world.voters[voter + 1 :])
    return world._replace(voters=voters)


def _set_station(world: World, number: int, station: Station) -> World:
    one, two = world.stations
    return world._replace(stations=(station, two) if number == 0 else (one, station))


def _set_terminal(world: World, number: int, terminal: Terminal) -> World:
    one, two = world.terminals
    return world._replace(terminals=(terminal, two) if number == 0 else (one, terminal))


def _set_card(world: World, index: int, card: Card) -> World:
    cards = (*world.cards[:index], card, *world.cards[index + 1 :])
    return world._replace(cards=cards)
