"""Let a station ask its registry: draw once, count every try, believe what is signed, note what happened.

    ask         a claim that is kept before it is sent, and sent again as it is until it is answered
    introduce   a spare's take-over, the opening and the closing, before any claim
    between     notes about cards, while no voter is served, in no order

The tables are used on the store's thread alone; what comes over the line is handed back to it, so that thread
never waits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from crypto.signing import SigningKey
from drivers.errors import DeviceNotFoundError
from drivers.media.errors import StorageError
from drivers.registry.attendant import Attendant, Errand
from drivers.registry.line import Credentials, Exchange, Post, Reply
from drivers.registry.link import Link
from drivers.threads.worker import OnCrash
from election.acts import SignedAct, SignedActKind, read_statement
from election.claim_book import NOTHING_BELIEVED, ClaimBook, Drawn
from election.claims import Answer, ClaimRefusedError, ClaimRequest, NoteKind, write_request
from election.definition import Authority, Branch, ContestId, DeviceId, Election
from election.records import spent_hash
from election.register import PublishedRegister, Register
from election.registry import OK, Asking, BranchReferences, NumbersDifferError, References
from election.schema import to_cbor

if TYPE_CHECKING:
    from election.roll import RollTable
    from election.roll_asking import EvaluatedRoll

_SAID: Final = frozenset({SignedActKind.OPEN, SignedActKind.CLOSE})


Connect: TypeAlias = Callable[[str, Credentials], Exchange]
"""Opens a line to an address."""
OpenRoll: TypeAlias = Callable[[], "RollTable"]
"""Opens the roll that the package vouches for (`election.roll.find_roll`)."""


class RegistryClient:
    """One station at one registry. On the store's thread, but for `link`."""

    def __init__(
        self,
        asking: Asking,
        book: ClaimBook,
        attendant: Attendant,
        references: References,
        submit: Callable[[Callable[[], None]], None],
        roll: EvaluatedRoll | None = None,
    ) -> None:
        """`submit`: do a job on the store's thread."""
        self.references = references
        self.roll = roll
        """Who may vote; None where no package vouches for a roll, or no evaluator is asked."""
        self._asking = asking
        self._book = book
        self._attendant = attendant
        self._submit = submit
        self._under_way: set[tuple[bytes, NoteKind]] = set()
        self._introduced: set[bytes] = set()
        self._differed = False
        """Here as well as in the book: a memory that fails just then makes no answer believed."""

    @property
    def link(self) -> Link:
        """How the line is now."""
        return self._attendant.link

    @property
    def is_believed(self) -> bool:
        """Whether answers count: not once the numbers of the two have differed. Raises `StorageError`."""
        return not self._differed and self._book.answered() < NOTHING_BELIEVED

    def draw(
        self, voter: bytes, reference: bytes, contests: Iterable[ContestId], nonce: bytes
    ) -> Drawn:
        """Return what was drawn for a voter: kept before the first try, and the same ever after.

        `nonce`: for a voter for whom nothing was drawn. Raises `StorageError`.
        """
        found = self._book.find(voter)
        if found is None:
            found = Drawn(nonce, self._asking.draw(reference, tuple(contests)))
            self._book.keep(voter, spent_hash(nonce), found)
        return found

    def ask(self, drawn: Drawn, done: Callable[[Answer | None], None]) -> None:
        """Ask for a voter who waits; `done` is called on the store's thread, with None for no answer.

        Raises `StorageError`.
        """
        if not self.is_believed:
            done(None)
            return
        request = ClaimRequest(drawn.signed, self._book.number())
        self._attendant.ask(
            Post("/claim", write_request(request)),
            lambda reply: self._submit(partial(self._settle, request, reply, done)),
        )

    def introduce(self, acts: Iterable[SignedAct], takeover: bytes = b"") -> None:
        """Hand over opening and closing, each once since the start: no claim is taken before.

        `takeover`: the act that gave a spare its branch, which goes before them; empty of other devices.
        """
        said = [Post("/takeover", takeover)] if takeover else []
        said += [Post("/act", to_cbor(act)) for act in acts if read_statement(act).kind in _SAID]
        for post in said:
            digest = hashlib.sha256(post.body).digest()
            if digest not in self._introduced:
                self._introduced.add(digest)
                self._attendant.hand_over(Errand(post, lambda _: None, first=True))

    def between(self) -> None:
        """Hand over what happened to cards: no voter is being asked for. Raises `StorageError`."""
        self.references.forget()
        for spent, signed, kind in self._book.to_note():
            if (spent, kind) not in self._under_way:
                self._under_way.add((spent, kind))
                self._attendant.hand_over(
                    Errand(
                        Post("/note", self._asking.note(signed, kind)),
                        lambda _, key=(spent, kind): self._submit(partial(self._noted, *key)),  # type: ignore[misc]
                    )
                )
        self._attendant.free()

    def stop(self) -> None:
        """End the line."""
        self.references.stop()
        self._attendant.stop()
        if self.roll is not None:
            self.roll.stop()

    # ------------------------------------------------------------ parts

    def _settle(
        self, request: ClaimRequest, reply: Reply | None, done: Callable[[Answer | None], None]
    ) -> None:
        answer = None
        with suppress(StorageError):
            answer = self._believed(request, reply)
        done(answer)

    def _believed(self, request: ClaimRequest, reply: Reply | None) -> Answer | None:
        if reply is None:
            return None
        try:
            answer = self._asking.believe(reply.status, reply.body, request, self._book.answered())
        except NumbersDifferError:
            self._differed = True
            self._book.set_answered(NOTHING_BELIEVED)
            return None
        except ClaimRefusedError:
            if reply.status == OK:
                self._attendant.disbelieve()
            return None
        self._book.set_answered(request.number)
        return answer

    def _noted(self, spent: bytes, kind: NoteKind) -> None:
        self._under_way.discard((spent, kind))
        with suppress(StorageError):
            self._book.noted(spent, kind)


def open_client(
    election: Election,
    device: DeviceId,
    key: SigningKey,
    published: PublishedRegister | None,
    card_key: bytes,
    connect: Connect,
    changed: Callable[[bool], None],
    submit: Callable[[Callable[[], None]], None],
    on_crash: OnCrash,
    open_it: OpenRoll | None,
    book: ClaimBook,
) -> RegistryClient | None:
    """Begin to attend a station's line; None where no registry is asked.

    `changed` is told when the line is up or down; `open_it` opens the roll, None without one. Raises
    `DriverError` for unusable keys, for a register or an evaluator that is missing, and without libsodium at
    a centre.
    """
    here = election.device(device)
    branch = None if here is None else election.branch(here.branch)
    if here is None or branch is None or branch.authority is Authority.ALONE:
        return None
    if published is None:
        raise DeviceNotFoundError("no register names the registry that is asked")
    register = published.register
    shown = partial(Credentials, here.certificate, key.to_pem(), register.root)
    line = connect(branch.registry, shown(register.registry))
    attendant = Attendant("registry", line, changed, on_crash)
    references: References = BranchReferences(card_key, election.uuid)
    roll = None
    if branch.authority is Authority.CENTRE:
        references, roll = _evaluated(election, branch, register, connect, shown, on_crash, open_it)
    attendant.start()
    asking = Asking(election.uuid, branch, device, key, register)
    return RegistryClient(asking, book, attendant, references, submit, roll)


def _evaluated(
    election: Election,
    branch: Branch,
    register: Register,
    connect: Connect,
    shown: Callable[[tuple[bytes, ...]], Credentials],
    on_crash: OnCrash,
    open_it: OpenRoll | None,
) -> tuple[References, EvaluatedRoll | None]:
    # Stations of a branch need no library of the group.
    try:
        from election.pseudonyms import EvaluatedReferences
        from election.roll_asking import EvaluatedRoll
    except (ImportError, ValueError) as error:  # pysodium, and libsodium that it looks for
        raise DeviceNotFoundError("libsodium is not installed") from error

    if not register.evaluator:
        raise DeviceNotFoundError("the register names no evaluator")
    evaluator = register.evaluator[0]
    line = connect(branch.evaluator, shown((evaluator.certificate,)))
    attendant = Attendant("evaluator", line, lambda _: None, on_crash)
    attendant.start()
    roll = None if open_it is None else EvaluatedRoll(attendant, open_it, election.uuid)
    return EvaluatedReferences(attendant, evaluator.key, election.uuid), roll
