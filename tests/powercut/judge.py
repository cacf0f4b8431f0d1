"""Start a device on what a cut has left, and judge what it makes of it.

    none lost        who was told that it is done has a vote, or an authorization
    none doubled     no authorization is spent twice, no voter is given a second one
    a way on         after a clean cut the device serves at once and asks nobody; with a medium that is
                     garbled or gone it serves, or closes and hands in all that was promised
    no spent good    a card that was voted with opens nothing; one that was not opens a ballot

What no disk can change is computed once: signatures of package, register, acts and log, by the very bytes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Final

import pytest

from crypto import election as crypto_election
from crypto.errors import CryptoError
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from drivers.media.errors import StorageError
from election import log_copies, recovery, token
from election.audit_events import AuditEvent
from election.authorization_life import (
    Acceptance,
    AlreadyVoted,
    ClaimedNotIssued,
    Granted,
    PapersCut,
    accept,
)
from election.definition import Authority, Role
from election.errors import ElectionError
from election.polls import PollsState
from election.records import RecordKind, spent_hash
from election.sealed import sealed_size
from election.voucher import decode_note, show
from kiosk.settings import StationConfiguration
from kiosk.station import base, loaded_terminal
from kiosk.station.base import DeviceContext
from kiosk.station.loaded_identity import LoadedIdentity
from kiosk.station.loaded_terminal import LoadedTerminal
from kiosk.storage import audit
from kiosk.storage.pollbook import Pollbook
from kiosk.storage.votes import Reconciliation, Spending, VoteStore
from tests.kiosk.station.bench import Clock
from tests.kiosk.station.office import Office, people
from tests.powercut.days import NEXT_VOTER, Told
from tests.powercut.recording import mark

TROUBLE: Final = (ElectionError, StorageError, CryptoError, OSError)
_OPEN: Final = {PollsState.OPEN, PollsState.PAUSED}


_joined: list[Reconciliation] = []
"""What the present start has copied from one medium to the other."""


class LostError(AssertionError):
    """What a device made of a state is not what was promised."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a start found: states that look the same from here on are one."""

    role: Role
    state: PollsState
    votes: int
    challenged: int
    done: int
    """Whom the device had told before the cut."""
    serves: bool
    how: tuple[str, ...] = ()
    """Words of the log that this start wrote."""


@dataclass(slots=True)
class Device:
    """What was opened, to be closed again."""

    context: DeviceContext
    loaded: LoadedTerminal | LoadedIdentity | None = None

    def close(self) -> None:
        """Close all databases and end the thread."""
        if self.loaded is not None:
            self.loaded.close()
        with suppress(*TROUBLE):
            self.context.close()
        self.context.store.stop()


@dataclass(slots=True)
class _NoVault:
    """In place of the tables of an election, which no disk state changes."""

    sealed_size: int


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges one device of an office."""

    office: Office
    config: StationConfiguration
    clock: Clock = field(default_factory=Clock)

    def start(self) -> Device:
        """Do what the program does at a start. Raises what keeps it from serving, and closing too."""
        _joined.clear()
        context = DeviceContext(self.config, self.clock, _crashed, simulated=False)
        device = Device(context)
        try:
            context.open()
            if context.package is not None:
                device.loaded = (
                    LoadedTerminal(context)
                    if self.config.role is Role.BALLOT_TERMINAL
                    else LoadedIdentity(context, _Nobody(), _ignored, _none, _none, _nothing)  # type: ignore[arg-type]
                )
        except BaseException:
            device.close()
            raise
        return device

    def judge(self, told: Told, *, clean: bool = True) -> Found:
        """Start, look, and serve one more voter. Raises `LostError`.

        `clean`: nothing but the power failed, so the device has to serve at once.
        """
        try:
            device = self.start()
        except TROUBLE as trouble:
            if clean:
                raise LostError(f"does not start: {type(trouble).__name__} {trouble}") from trouble
            raise LostError(f"no way on: {type(trouble).__name__} {trouble}") from trouble
        try:
            context = device.context
            state = context.polls.state
            if context.anchoring.trouble is not None:
                if clean or not isinstance(device.loaded, LoadedTerminal):
                    raise LostError(f"refuses to serve: {context.anchoring.trouble}")
                # It says why, and closes and hands in what was promised.
                self._hands_in(device.loaded, told)
                return Found(self.config.role, state, 0, 0, len(told.done), serves=False)
            if state not in told.states:
                raise LostError(f"the polls are {state.value}, told was {told.states}")
            if device.loaded is None:
                if state is not PollsState.UNCONFIGURED:
                    raise LostError("the package is lost")
                return Found(self.config.role, state, 0, 0, 0, serves=False)
            if isinstance(device.loaded, LoadedTerminal):
                return self._terminal(device.loaded, context, told, clean=clean)
            return self._station(device.loaded, context, told, clean=clean)
        except TROUBLE as trouble:
            raise LostError(f"fails: {type(trouble).__name__} {trouble}") from trouble
        finally:
            device.close()

    @staticmethod
    def _hands_in(loaded: LoadedTerminal, told: Told) -> None:
        spent = {each.hash for each in loaded._usable().spent()}
        if missing := {who for who in told.done if spent_hash(_nonce(who)) not in spent}:
            raise LostError(f"lost: votes of {sorted(missing)}")

    def _serves(
        self, loaded: LoadedTerminal | LoadedIdentity, context: DeviceContext, *, clean: bool
    ) -> bool:
        if context.polls.state not in _OPEN:
            return False
        doubts = [*context.doubts(), *loaded.doubts()]
        if clean and doubts:
            raise LostError(f"waits for two roles: {doubts}")
        ready = loaded.media_ready()
        if clean and not ready:
            raise LostError("is out of service")
        return ready and not doubts

    def _terminal(
        self, loaded: LoadedTerminal, context: DeviceContext, told: Told, *, clean: bool
    ) -> Found:
        state = context.polls.state
        serves = self._serves(loaded, context, clean=clean)
        promised = {spent_hash(_nonce(who)): who for who in told.done}
        if state is PollsState.READY:
            if told.done:
                raise LostError("the polls are not open, and somebody has voted")
            return Found(self.config.role, state, 0, 0, 0, serves=True)
        store = loaded._usable()
        if clean and _joined and _joined[-1].copied_to_primary:
            raise LostError("the mirror was ahead of the primary, which is to decide")
        spent = [each.hash for each in store.spent()]
        records = store.records()
        cast = sum(record.kind is RecordKind.CAST for record in records)
        challenged = len(records) - cast
        if missing := promised.keys() - set(spent):
            raise LostError(f"lost: votes of {sorted(promised[each] for each in missing)}")
        if challenged < told.challenged:
            raise LostError("lost: a challenged ballot")
        if len(spent) != len(set(spent)) or cast != len(spent):
            raise LostError(f"doubled: {cast} ballots for {len(set(spent))} authorizations")
        if set(spent) - {spent_hash(_nonce(who)) for who in told.begun}:
            raise LostError("doubled: an authorization that nobody had")
        root = store.signed_root()
        if (root.cast, root.spoiled) != (cast, challenged):
            raise LostError("the signed root does not say what is there")
        how = _first_words(context)
        found = Found(self.config.role, state, cast, challenged, len(told.done), serves, how)
        self._cards(told, set(spent), serves=serves)
        if serves and state is PollsState.OPEN:
            self._one_more(loaded, told, set(spent))
        return found

    def _cards(self, told: Told, spent: set[bytes], *, serves: bool) -> None:
        """No spent authorization opens a ballot, and every other one does."""
        election, config = self.office.election, self.config
        for who, card in told.cards.items():
            written = card.get("token")
            hashed = spent_hash(_nonce(who))
            if written is None:
                if hashed not in spent and who in told.begun:
                    raise LostError(f"lost: the card of {who} is wiped, and its vote is not there")
                continue
            data = bytes.fromhex(written)
            note = card.get("note")
            shown = show(
                token.read(data, election, config.branch),
                data,
                decode_note(None if note is None else bytes.fromhex(note)),
                self.clock.now(),
                election,
                config.device,
            )
            says = accept(shown, config.device, spent)
            good = says is Acceptance.ACCEPTED
            if good and hashed in spent:
                raise LostError(f"doubled: the card of {who} is good, and its vote is there")
            if not good and hashed not in spent and serves:
                raise LostError(f"lost: the card of {who} is refused as {says.value}")

    def _one_more(self, loaded: LoadedTerminal, told: Told, spent: set[bytes]) -> None:
        """Take a vote with a card that is still good, or with another one."""
        waiting = [who for who in told.begun if spent_hash(_nonce(who)) not in spent]
        nonce = _nonce(waiting[0]) if waiting else secrets.token_bytes(16)
        sealed = secrets.token_bytes(loaded.vault.sealed_size)
        mark(NEXT_VOTER.decode())
        before = loaded.votes.counts().cast
        loaded.votes.record(
            RecordKind.CAST, secrets.token_bytes(32), sealed, Spending(nonce, bytes(64))
        )
        if loaded.votes.counts().cast != before + 1 or not loaded.votes.is_spent(nonce):
            raise LostError("the next vote is not recorded")

    def _asking(self, book: Pollbook, voters: list[bytes]) -> None:
        """Where a registry is asked: nonce and claim together, one entry for every authorization."""
        branch = self.office.election.branch(self.config.branch)
        if branch is None or branch.authority is Authority.ALONE:
            return
        for voter in voters:
            drawn, known = book.claims.find(voter), book.known(voter)
            if isinstance(known, ClaimedNotIssued) and (
                drawn is None or drawn.nonce != book.nonce(voter)
            ):
                raise LostError("nonce and claim have parted")
            if isinstance(known, AlreadyVoted) and drawn is not None:
                raise LostError("the nonce of a written card is kept")
        entries = (*book.claims.entries(), *book.provisional())
        if len(entries) != len(book.issued()):
            raise LostError(f"{len(entries)} entries of {len(book.issued())} authorizations")

    def _station(
        self, loaded: LoadedIdentity, context: DeviceContext, told: Told, *, clean: bool
    ) -> Found:
        state, book = context.polls.state, loaded.pollbook
        serves = self._serves(loaded, context, clean=clean)
        issued = set(book.issued())
        counts = book.counts()
        given = sum(count.issued for count in counts)
        if given < len(told.done):
            raise LostError(f"lost: {given} of {len(told.done)} check-ins")
        if given + sum(count.claimed for count in counts) > len(told.begun):
            raise LostError("doubled: more claims than voters")
        persons = people(max(len(told.begun), 1))
        on_paper = self.office.election.is_on_paper(self.config.branch)
        for who in sorted(told.begun):
            reference = book.reference(persons[who - 1].national_number)
            known = book.known(reference)
            written = told.cards.get(who, {}).get("token")
            if who in told.done and not isinstance(known, AlreadyVoted):
                raise LostError(f"doubled: {who} has a card or a paper, and would get another one")
            if on_paper and who not in told.named and isinstance(known, AlreadyVoted):
                raise LostError(f"lost: {who} was cut at the desk, and nobody may name the papers")
            if written is None:
                continue
            nonce = token.read(
                bytes.fromhex(written), self.office.election, self.config.branch
            ).nonce
            if spent_hash(nonce) not in issued:
                raise LostError(f"the card of {who} is not among the issued ones")
            if known is None:
                raise LostError(f"doubled: the card of {who} is written, and another one would be")
            if isinstance(known, ClaimedNotIssued) and book.nonce(reference) != nonce:
                raise LostError(f"doubled: {who} would be given a second authorization")
        self._asking(book, [book.reference(person.national_number) for person in persons])
        evidence = [each for each in book.admissions.sums() if each.dimension.value == "holder"]
        if sum(each.number for each in evidence) != given:
            raise LostError("the sums of evidence are not those of the cards")
        found = Found(
            self.config.role,
            state,
            given,
            len(issued),
            len(told.done),
            serves,
            _first_words(context),
        )
        if serves and state is PollsState.OPEN:
            mark(NEXT_VOTER.decode())
            again = next(
                (
                    reference
                    for who in told.begun
                    if isinstance(
                        book.known(reference := book.reference(persons[who - 1].national_number)),
                        ClaimedNotIssued | PapersCut,
                    )
                ),
                None,
            )
            outcome = (
                book.reissue(again)
                if again is not None
                else book.claim(secrets.token_bytes(32), ("council",))  # type: ignore[arg-type]
            )
            if not isinstance(outcome, Granted):
                raise LostError(f"the next voter is told {type(outcome).__name__}")
        return found


def _first_words(context: DeviceContext) -> tuple[str, ...]:
    """Return what this start has written: everything behind the last entry of that kind."""
    last = context.audit.last(AuditEvent.STARTED)
    return (
        ()
        if last is None
        else tuple(
            sorted(word for word, (number, _) in context.audit._last.items() if number > last[0])
        )
    )


def _nonce(who: int) -> bytes:
    return who.to_bytes(16, "big")


def _crashed(name: str, defect: BaseException) -> None:
    raise AssertionError(name) from defect


def _nothing() -> None: ...


def _none(*_: object) -> None: ...


def _ignored(_: object) -> None: ...


class _Undone:
    """In place of the worker of a store: the judge does its work itself, and nothing waits."""

    def __init__(self, name: str, *_: object) -> None:
        self.name = name

    def submit(self, _: object) -> None:
        """Leave it."""

    def stop(self) -> None:
        """Do nothing."""


class _Nobody:
    """In place of a card reader: nobody puts a card in."""


@contextmanager
def computed_once() -> Iterator[None]:
    """Compute what depends on nothing but its arguments once in this process."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())

        def once(place: Any, name: str, key: Callable[..., object]) -> None:
            known: dict[object, object] = {}
            made = getattr(place, name)

            def call(*arguments: Any, **named: Any) -> object:
                by = key(*arguments, **named)
                if by not in known:
                    known[by] = made(*arguments, **named)
                return known[by]

            patch.setattr(place, name, call)

        patch.setattr(base, "Worker", _Undone)
        # Its portraits are in it: none lie beside it.
        once(base, "open_package", lambda data, expected, at, **_: (data, expected, at))
        once(base, "open_register", lambda data, root, at: (data, root, at))
        once(base, "open_card_key", lambda *given: given[:-1])
        once(recovery, "verify_chain_of_acts", lambda acts, _, root, at: (acts, root, at))
        once(audit, "check_log", lambda content, _: content)
        once(log_copies, "check_log", lambda content, _: content)
        once(loaded_terminal, "parse_election", lambda data: data)
        patch.setattr(HybridKey, "load", cache(HybridKey.load))
        patch.setattr(SealingKey, "load", cache(SealingKey.load))
        size = lru_cache(_size)
        patch.setattr(
            loaded_terminal,
            "Vault",
            lambda election, _: _NoVault(size(election.belenios_election)),
        )
        reconcile = VoteStore.reconcile

        def joined(store: VoteStore, *, alone: bool = False) -> Reconciliation:
            _joined.append(reconcile(store, alone=alone))
            return _joined[-1]

        patch.setattr(VoteStore, "reconcile", joined)
        yield


def _size(data: bytes) -> int:
    return sealed_size(crypto_election.parse_election(data))
