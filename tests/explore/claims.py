"""What can become of one voter's claims: every way through a small country, on the real functions.

Two branches with a line (A and B), one without (C), and if wanted a hostile station (H). Answers get lost,
the power is cut, cards come back, tokens are copied, a disk is put back. The registry is `registry.settling`,
a station's book `election.authorization_life`, the comparison of numbers `election.registry.in_step`, the
night `headquarters.reconciliation`. After every step the day could be over, and then has to hold:

    nobody's only vote is lost      who used an authorization of an honest station has a ballot that counts
    no double is untold             a second ballot that counts is told in the night, and cannot be without
                                    a hostile station or a hostile registry

`make explore` walks through one voter and draws a million states of two.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from typing import Final, NamedTuple

from election import authorization_life as life
from election.claims import AnswerKind, NoteKind, SignedClaim
from election.definition import ContestId, DeviceId
from election.provisional import ORDINARY, Proof, ProvisionalEntry
from election.registry import in_step
from headquarters.decisions import DecisionGround, DecisionVerdict
from headquarters.night import People, used_ordinary
from headquarters.reconciliation import reconcile
from registry.rules import Held
from registry.settling import Answered, AskedClaim, AskedNote, DeviceState, Known, settle

A, B, C, H = range(4)
ONLINE: Final = (A, B, H)
CONTESTS: Final = frozenset({ContestId("council")})
NUMBERS: Final = ("0499370899", "0013542419")
LOT: Final = "a public value"
DISTRUST: Final = 2**53


class Turn(Enum):
    """Where a station is with the voter who stands there."""

    NONE = auto()
    UNANSWERED = auto()
    """Two roles may go on without."""
    WRITING = auto()


class Book(NamedTuple):
    """What a station knows of one voter."""

    entry: life.VoterEntry | None = None
    drawn: bytes | None = None
    """Nonce of the claim that is kept till the card is written."""
    sealed: frozenset[tuple[bytes, bytes]] = frozenset()
    """Handle or zeros, hash of the nonce."""
    notes: frozenset[tuple[bytes, NoteKind]] = frozenset()
    turn: Turn = Turn.NONE


class Numbers(NamedTuple):
    """Of a station's requests."""

    last: int = 0
    answered: int = 0


class World(NamedTuple):
    """The moment of a day. `books`: by station, then by voter."""

    books: tuple[tuple[Book, ...], ...]
    numbers: tuple[Numbers, ...]
    held: tuple[tuple[Held, ...], ...]
    """At the registry, by voter."""
    devices: tuple[DeviceState, ...]
    cards: frozenset[tuple[int, bytes, bytes | None]] = frozenset()
    """In hands: voter, nonce, handle."""
    spent: frozenset[tuple[int, bytes, bytes | None]] = frozenset()
    drawn: int = 0
    """Nonces and handles up to now: no two are the same, also after a disk was put back."""
    image: tuple[int, tuple[Book, ...], Numbers] | None = None
    left: tuple[int, ...] = ()
    """How often still: asks, cuts, returns, copies, disks put back, hostile acts."""


@dataclass(frozen=True, slots=True)
class Faults:
    """Mistakes that the exploration has to find: each turns one rule off."""

    claims_count: bool = False
    """The night takes a claim for a vote."""
    back_to_ordinary: bool = False
    """Who has a provisional authorization gets an ordinary one when the line is back."""
    released: bool = False
    """A card that comes back frees the voter."""


ASKS, CUTS, RETURNS, COPIES, DISKS, HOSTILE = range(6)
NO_FAULTS: Final = Faults()


def begin(voters: int, left: tuple[int, ...]) -> World:
    """Return the morning. `left`: bounds, in the order of `World.left`."""
    return World(
        tuple((Book(),) * voters for _ in range(4)),
        (Numbers(),) * 4,
        ((),) * voters,
        (DeviceState(opened=True),) * 4,
        left=left,
    )


def reference(voter: int) -> bytes:
    """Return a voter's pseudonym."""
    return bytes([voter + 1]) * 16


def device(station: int) -> DeviceId:
    """Return a station's name."""
    return DeviceId("abch"[station])


def signed(station: int, voter: int, nonce: bytes) -> SignedClaim:
    """Return the one claim that belongs to a nonce; nobody verifies it here."""
    return SignedClaim(bytes([station, voter]) + nonce, bytes(64))


@dataclass(slots=True)
class Steps:
    """All that can happen next in a world."""

    world: World
    faults: Faults = NO_FAULTS
    hostile: bool = False
    found: list[tuple[str, World]] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[str, World]]:
        """Yield each step's name and the world after it."""
        for voter in range(len(self.world.held)):
            for station in (A, B, C):
                self._at(station, voter)
            self._cards(voter)
            if self.hostile:
                self._hostile(voter)
        self._disks()
        return iter(self.found)

    # ------------------------------------------------------------ a voter at a station

    def _at(self, station: int, voter: int) -> None:
        book = self.world.books[station][voter]
        known = None if book.entry is None else life.known(book.entry)
        if book.turn is Turn.NONE:
            back = self.faults.back_to_ordinary and station != C
            if known is None or (back and book.entry is not None and book.entry.handle):
                self._ask(station, voter, book._replace(entry=None))
            elif isinstance(known, life.ClaimedNotIssued):
                self._add(f"{station} reissues", station, voter, book._replace(turn=Turn.WRITING))
        if book.turn is Turn.UNANSWERED:
            self._ask(station, voter, book)
            self._provisional(station, voter, book)
        if book.turn is Turn.WRITING:
            self._write(station, voter, book)
        if book.turn is not Turn.NONE and (left := self._take(CUTS)):
            gone = book._replace(turn=Turn.NONE)
            self._add(f"{station} is cut", station, voter, gone, left=left)
        for nonce, kind in sorted(book.notes):
            if station in ONLINE:
                self._note(station, voter, book, nonce, kind)

    def _ask(self, station: int, voter: int, book: Book) -> None:
        left = self._take(ASKS)
        if not left:
            return
        world = self.world._replace(left=left)
        if station not in ONLINE:
            self._add("no line", station, voter, book._replace(turn=Turn.UNANSWERED), world)
            return
        if book.drawn is None:
            world, nonce = _draw(world)
            book = book._replace(drawn=nonce)
        assert book.drawn is not None
        unanswered = book._replace(turn=Turn.UNANSWERED)
        numbers = world.numbers[station]
        number = numbers.last + 1
        world = _numbered(world, station, numbers._replace(last=number))
        self._add(f"{station} asks, nothing arrives", station, voter, unanswered, world)
        claim = signed(station, voter, book.drawn)
        outcome = _settled(
            world, AskedClaim(device(station), reference(voter), CONTESTS, claim, number), voter
        )
        if outcome is None:
            return
        after, answered = outcome
        self._add(f"{station} asks, answer lost", station, voter, unanswered, after)
        if numbers.answered >= DISTRUST:
            return
        if not in_step(answered.before, number, numbers.answered):
            lost = numbers._replace(last=number, answered=DISTRUST)
            self._add("distrust", station, voter, unanswered, _numbered(after, station, lost))
            return
        after = _numbered(after, station, Numbers(number, number))
        match answered.decision.kind:
            case AnswerKind.GRANTED:
                self._granted(station, voter, book, after)
            case AnswerKind.PROVISIONAL:
                self._provisional(station, voter, book, after)
            case AnswerKind.TAKEN:
                refused = book._replace(turn=Turn.NONE)
                self._add(f"{station} refuses", station, voter, refused, after)

    def _granted(self, station: int, voter: int, book: Book, world: World) -> None:
        nonce = book.drawn
        assert nonce is not None
        entry, _ = life.claim(None, nonce)
        sealed = book.sealed | {(ORDINARY, _hash(nonce))}
        made = book._replace(entry=entry, sealed=sealed, turn=Turn.WRITING)
        self._add(f"{station} grants", station, voter, made, world)

    def _provisional(
        self, station: int, voter: int, book: Book, world: World | None = None
    ) -> None:
        world = world or self.world
        nonce = book.drawn
        if nonce is None:
            world, nonce = _draw(world)
        world, handle = _draw(world)
        entry, _ = life.claim(None, nonce, handle)
        sealed = book.sealed | {(handle, _hash(nonce))}
        made = book._replace(entry=entry, sealed=sealed, turn=Turn.WRITING)
        self._add(f"{station} goes on provisionally", station, voter, made, world)

    def _write(self, station: int, voter: int, book: Book) -> None:
        assert book.entry is not None
        assert book.entry.nonce is not None
        card = (voter, book.entry.nonce, book.entry.handle)
        world = self.world._replace(cards=self.world.cards | {card})
        if left := self._take(CUTS):
            gone = book._replace(turn=Turn.NONE)
            cut = world._replace(left=left)
            self._add(f"{station} writes and is cut", station, voter, gone, cut)
        notes = book.notes | {(book.entry.nonce, NoteKind.WRITTEN)}
        done = book._replace(
            entry=life.confirm(book.entry), drawn=None, notes=notes, turn=Turn.NONE
        )
        self._add(f"{station} writes", station, voter, done, world)

    def _note(self, station: int, voter: int, book: Book, nonce: bytes, kind: NoteKind) -> None:
        claim = signed(station, voter, nonce)
        outcome = _settled(
            self.world, AskedNote(device(station), reference(voter), claim.id, kind), voter
        )
        after = self.world if outcome is None else outcome[0]
        if self.faults.released and kind is NoteKind.RETURNED:
            kept = tuple(each for each in after.held[voter] if each.signed.id != claim.id)
            after = after._replace(held=_put(after.held, voter, kept))
        noted = book._replace(notes=book.notes - {(nonce, kind)})
        self._add(f"{station} notes {kind}", station, voter, noted, after)

    # ------------------------------------------------------------ cards, disks, a hostile station

    def _cards(self, voter: int) -> None:
        world = self.world
        for card in sorted(world.cards, key=_in_order):
            owner, nonce, _ = card
            if owner != voter:
                continue
            rest = world.cards - {card}
            if all(nonce != used for _, used, _ in world.spent):
                spent = world._replace(cards=rest, spent=world.spent | {card})
                self.found.append(("a vote", spent))
            if not (left := self._take(RETURNS)):
                continue
            for station in (A, B, C):
                book = world.books[station][voter]
                notes = book.notes
                if any(_hash(nonce) == entry for _, entry in book.sealed):
                    notes = notes | {(nonce, NoteKind.RETURNED)}
                back = world._replace(cards=rest, left=left)
                self._add("a card comes back", station, voter, book._replace(notes=notes), back)
                if world.left[COPIES]:
                    copied = world._replace(left=_minus(left, COPIES))
                    self._add(
                        "a card comes back, copied",
                        station,
                        voter,
                        book._replace(notes=notes),
                        copied,
                    )

    def _disks(self) -> None:
        world = self.world
        if not world.left[DISKS]:
            return
        if world.image is None:
            for station in (A, B):
                image = (station, world.books[station], world.numbers[station])
                self.found.append(("an image is taken", world._replace(image=image)))
            return
        station, books, numbers = world.image
        quiet = tuple(book._replace(turn=Turn.NONE) for book in books)
        back = world._replace(
            books=_put(world.books, station, quiet),
            image=None,
            left=_minus(world.left, DISKS),
        )
        self.found.append(("a disk is put back", _numbered(back, station, numbers)))

    def _hostile(self, voter: int) -> None:
        left = self._take(HOSTILE)
        if not left:
            return
        world, nonce = _draw(self.world._replace(left=left))
        number = world.numbers[H].last + 1
        world = _numbered(world, H, Numbers(number))
        claim = signed(H, voter, nonce)
        outcome = _settled(
            world, AskedClaim(device(H), reference(voter), CONTESTS, claim, number), voter
        )
        after = world if outcome is None else outcome[0]
        card = (voter, nonce, None)
        book = after.books[H][voter]
        told = book._replace(sealed=book.sealed | {(ORDINARY, _hash(nonce))})
        given = after._replace(cards=after.cards | {card})
        self._add("the hostile station gives a card", H, voter, told, given)
        self._add("the hostile station claims", H, voter, told, after)

    # ------------------------------------------------------------ parts

    def _take(self, what: int) -> tuple[int, ...]:
        left = self.world.left
        return _minus(left, what) if left[what] else ()

    def _add(
        self,
        name: str,
        station: int,
        voter: int,
        book: Book,
        world: World | None = None,
        left: tuple[int, ...] = (),
    ) -> None:
        world = world or self.world
        books = _put(world.books[station], voter, book)
        after = world._replace(books=_put(world.books, station, books))
        self.found.append((name, after._replace(left=left) if left else after))


def _put(whole: tuple[object, ...], place: int, part: object) -> tuple:  # type: ignore[type-arg]
    return (*whole[:place], part, *whole[place + 1 :])


def _in_order(card: tuple[int, bytes, bytes | None]) -> tuple[int, bytes, bytes]:
    """Sort by: sets have another order in each process, and a seed is to give the same walk."""
    voter, nonce, handle = card
    return voter, nonce, handle or b""


def _minus(left: tuple[int, ...], what: int) -> tuple[int, ...]:
    return (*left[:what], left[what] - 1, *left[what + 1 :])


def _draw(world: World) -> tuple[World, bytes]:
    drawn = world.drawn + 1
    return world._replace(drawn=drawn), drawn.to_bytes(16, "big")


def _hash(nonce: bytes) -> bytes:
    return nonce + bytes(16)


def _numbered(world: World, station: int, numbers: Numbers) -> World:
    return world._replace(numbers=_put(world.numbers, station, numbers))


def _settled(
    world: World, asked: AskedClaim | AskedNote, voter: int
) -> tuple[World, Answered] | None:
    """Let the registry answer; None for a note, or a refusal, that changes nothing here."""
    names = [device(station) for station in range(4)]
    known = Known(
        {reference(who): held for who, held in enumerate(world.held)},
        dict(zip(names, world.devices, strict=True)),
    )
    done = settle([asked], known)
    held = _put(world.held, voter, done.voters.get(reference(voter), world.held[voter]))
    devices = tuple(
        done.devices.get(name, old) for name, old in zip(names, world.devices, strict=True)
    )
    (outcome,) = done.outcomes
    if isinstance(outcome, Answered):
        return world._replace(held=held, devices=devices), outcome
    return (world._replace(held=held, devices=devices), None) if held != world.held else None  # type: ignore[return-value]


# ---------------------------------------------------------------- what has to hold


class BrokenError(Exception):
    """A promise does not hold."""


def check(world: World, faults: Faults = NO_FAULTS, *, hostile: bool = False) -> None:
    """Let the day be over now, and the night decide. Raises `BrokenError`."""
    sealed = tuple(tuple(book.sealed for book in books) for books in world.books)
    _check(sealed, world.spent, faults.claims_count, hostile)


@lru_cache(1 << 18)
def _check(
    sealed: tuple[tuple[frozenset[tuple[bytes, bytes]], ...], ...],
    votes: frozenset[tuple[int, bytes, bytes | None]],
    claims_count: bool,
    hostile: bool,
) -> None:
    entries: list[ProvisionalEntry] = []
    honest: set[bytes] = set()
    for station, books in enumerate(sealed):
        for voter, book in enumerate(books):
            for handle, spent in book:
                if station != H:
                    honest.add(spent)
                number = "" if handle == ORDINARY else NUMBERS[voter]
                # Without a line nobody makes a pseudonym; here the office has it made in the night.
                entries.append(
                    ProvisionalEntry(handle, number, Proof.CHIP, spent, reference(voter))
                )
    spent_hashes = {_hash(nonce) for _, nonce, _ in votes}
    known = None if claims_count else spent_hashes
    handles = {handle for _, _, handle in votes if handle is not None}
    decided = reconcile(handles, entries, (), (), LOT, known)
    included = {each.handle for each in decided if each.decision is DecisionVerdict.INCLUDE}
    # Of a book that was put back on both memories: told by its ground, for both offices to decide.
    orphans = {each.handle for each in decided if each.reason is DecisionGround.UNKNOWN_HANDLE}
    # What a disk that was put back has forgotten: spent, and issued by nobody. Headquarters tells it.
    unknown = len(spent_hashes - {entry.spent for entry in entries})
    told = used_ordinary(entries, People(entries), known, handles).twice + unknown
    doubles = 0
    for voter in range(len(sealed[A])):
        used = [(nonce, handle) for who, nonce, handle in votes if who == voter]
        counts = sum(handle is None or handle in included for _, handle in used)
        lost = any(_hash(nonce) in honest for nonce, _ in used) and not counts
        if lost and not any(handle in orphans for _, handle in used):
            raise BrokenError("an only vote is lost")
        doubles += counts > 1
    if doubles > told:
        raise BrokenError("a double is untold")
    if doubles and not (hostile or unknown):
        raise BrokenError("a double")


def walk(
    first: World,
    faults: Faults = NO_FAULTS,
    *,
    hostile: bool = False,
    most: int | None = None,
) -> int:
    """Go every way from a world, and check each state once; return how many there are.

    States are known by their hashes, of 64 bits: two of ten million are alike once in 370,000 runs.
    """
    seen, todo = {hash(first)}, [first]
    while todo and (most is None or len(seen) < most):
        world = todo.pop()
        for _, after in Steps(world, faults, hostile):
            if (mark := hash(after)) not in seen:
                seen.add(mark)
                check(after, faults, hostile=hostile)
                todo.append(after)
    return len(seen)


def stroll(
    first: World,
    rng: random.Random,
    states: int,
    faults: Faults = NO_FAULTS,
    *,
    hostile: bool = False,
) -> int:
    """Draw ways until so many different states were checked, or no new ones come; return how many.

    At every world of a way all that could come next is checked, and one of it is drawn.
    """
    seen: set[int] = set()
    idle = 0
    while len(seen) < states and idle < 1000:
        world, before = first, len(seen)
        while steps := [after for _, after in Steps(world, faults, hostile)]:
            for after in steps:
                if (mark := hash(after)) not in seen:
                    seen.add(mark)
                    check(after, faults, hostile=hostile)
            world = rng.choice(steps)
        idle = 0 if len(seen) > before else idle + 1
    return len(seen)


ONE: Final = (2, 1, 1, 1, 1, 0)
"""Bounds for one voter, whole."""
WITH_HOSTILE: Final = (2, 0, 1, 0, 0, 1)
TWO: Final = (6, 2, 2, 1, 1, 0)
TWO_HOSTILE: Final = (5, 1, 1, 1, 1, 1)
STATES: Final = 1_000_000
"""Of two voters, honest; a quarter of it with a hostile station."""
FAULTS: Final = {
    "the night takes a claim for a vote": (Faults(claims_count=True), (2, 0, 0, 0, 0, 0)),
    "back to an ordinary one": (Faults(back_to_ordinary=True), (2, 1, 0, 0, 0, 0)),
    "released": (Faults(released=True), (2, 0, 1, 1, 0, 0)),
}
"""Mistakes, and bounds within which they are found."""


def is_found(fault: str) -> bool:
    """Tell whether one of `FAULTS` breaks a promise."""
    faults, left = FAULTS[fault]
    try:
        walk(begin(1, left), faults)
    except BrokenError:
        return True
    return False


def tell(rng: random.Random, states: int = STATES) -> Iterator[str]:
    """Explore and say what was seen, line by line. Raises `BrokenError`.

    One voter whole (`STATES` or more were asked for), two by drawn ways, and mistakes that are put in.
    """
    if states >= STATES:
        yield f"claims of one voter: {walk(begin(1, ONE)):,} states, all of them"
        hostile = walk(begin(1, WITH_HOSTILE), hostile=True)
        yield f"claims of one voter, a hostile station: {hostile:,} states, all of them"
    found = stroll(begin(2, TWO), rng, states)
    yield f"claims of two voters: {found:,} states, by random ways"
    found = stroll(begin(2, TWO_HOSTILE), rng, states // 4, hostile=True)
    yield f"claims of two voters, a hostile station: {found:,} states, by random ways"
    for name in FAULTS:
        if not is_found(name):
            raise BrokenError(f"{name}: not found")
        yield f"claims, {name}: found"
