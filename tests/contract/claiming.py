"""The part of an identity station that claims, with its store's thread and its line, for tests."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from crypto.sealing import SealingKey
from drivers.errors import DeviceLostError
from drivers.registry.attendant import Attendant
from drivers.registry.line import Credentials, Exchange, Post, Reply
from drivers.threads.worker import Worker
from election.acts import SignedAct, SignedActKind
from election.authorization_life import Granted
from election.definition import Authority, Branch, BranchId, DeviceId, DocumentCheck, StyleId, Text
from election.provisional import ProvisionalEntry, open_entry
from election.pseudonyms import EvaluatedReferences
from election.records import spent_hash
from election.registry import Asking, BranchReferences, References
from election.registry_client import RegistryClient
from election.schema import from_cbor
from kiosk.flows.identity import events as on
from kiosk.station.claims import Asked, Claims
from kiosk.storage.pollbook import Pollbook
from simulators.registry.centre import centre
from simulators.registry.stations import ASSEMBLY, COUNCIL, ELECTION

WORLD = centre(1)
"""One station more than usual."""
OFFICE = SealingKey.generate()
STYLE = StyleId("city")
Connect = Callable[[str, Credentials], Exchange]
"""To the registry or to the evaluator, by name."""


class Wire:
    """A line whose other end a test can cut, or whose answers it can lose."""

    def __init__(self, real: Exchange) -> None:
        self.real = real
        self.up = True
        self.lose = 0
        self.sent: list[Post] = []

    def exchange(self, post: Post, seconds: float) -> Reply:
        if not self.up:
            self.real.close()
            raise DeviceLostError("cut")
        self.sent.append(post)
        reply = self.real.exchange(post, seconds)
        if self.lose and post.path == "/claim":
            self.lose -= 1
            self.real.close()
            raise DeviceLostError("the answer is lost")
        return reply

    def close(self) -> None:
        self.real.close()


class Station:
    """The part of an identity station that claims, on a store's thread of its own."""

    def __init__(
        self,
        device: DeviceId,
        branch: BranchId,
        folder: Path,
        authority: Authority,
        connect: Connect | None = None,
    ) -> None:
        """`connect`: None where it is alone."""
        self.device, self.folder, self.authority, self._connect = device, folder, authority, connect
        self.branch = Branch(branch, Text("شعبه", "Branch"), "1", authority=authority)
        self.start()

    def start(self) -> None:
        self.store = Worker(f"store {self.device}", _crashed)
        self.wire: Wire | None = None
        self.book: Pollbook = self.do(
            lambda: Pollbook(self.folder / f"{self.device}.db", bytes(32))
        )
        self.client = None if self._connect is None else self._line(self._connect)
        style = SimpleNamespace(contests=(COUNCIL, ASSEMBLY))
        election = SimpleNamespace(
            uuid=ELECTION,
            style=lambda _: style,
            document_check=DocumentCheck.OFF,
            is_on_paper=lambda _: False,
            reconciliation_public_key=OFFICE.public_bytes,
        )
        config = SimpleNamespace(branch=self.branch.id, device=self.device)
        context = SimpleNamespace(election=election, config=config, store=self.store)
        self.claims = Claims(cast(Any, context), self.book, self.client)

    def _line(self, connect: Connect) -> RegistryClient:
        key = WORLD.keys[self.device].classical
        register = WORLD.published.register
        shown = partial(Credentials, WORLD.certificates[self.device], key.to_pem(), WORLD.root)
        self.wire = Wire(connect("registry", shown(register.registry)))
        attendant = self.attendant = Attendant("registry", self.wire, _ignored, _crashed)
        references: References = BranchReferences(bytes(32), ELECTION)
        if self.authority is Authority.CENTRE:
            made = register.evaluator[0]
            line = connect("evaluator", shown((made.certificate,)))
            asked = Attendant("evaluator", line, _ignored, _crashed)
            asked.start()
            references = EvaluatedReferences(asked, made.key, ELECTION)
        attendant.start()
        asking = Asking(ELECTION, self.branch, self.device, key, register)
        client = RegistryClient(asking, self.book.claims, attendant, references, self.store.submit)
        opening = WORLD.act(SignedActKind.OPEN, self.device, self.branch.id)
        self.do(lambda: client.introduce([from_cbor(SignedAct, opening, 64)]))
        return client

    def cut_references(self) -> None:
        """Nobody makes pseudonyms any more."""
        assert self.client is not None
        self.client.references.stop()
        silent = SimpleNamespace(
            ask=lambda _, done: done(None), stop=lambda: None, forget=lambda: None
        )
        self.client.references = cast(Any, silent)

    def do(self, job: Callable[[], Any]) -> Any:
        """Do a job on the store's thread."""
        found: list[Any] = []
        self.store.submit(lambda: found.append(job()))
        wait(lambda: bool(found))
        return found[0]

    def stop(self) -> None:
        if self.client is not None:
            self.client.stop()
        self.store.stop(self.book.close, finish=True)

    def restart(self) -> None:
        self.stop()
        self.start()

    # ------------------------------------------------------------ what an officer does

    def ask(self, number: str, way: on.ClaimWay = on.ClaimWay.FIRST) -> Asked:
        effect = on.ClaimVoter(number, STYLE, way)
        told: list[Asked | None] = []
        self.store.submit(lambda: self.claims.claim(effect, told.append))
        wait(lambda: bool(told))
        (asked,) = told
        assert asked is not None
        return asked

    def nonce(self, number: str) -> bytes:
        found: bytes = self.do(lambda: self.book.nonce(self.book.reference(number)))
        return found

    def handle(self, number: str) -> bytes | None:
        found: bytes | None = self.do(lambda: self.book.handle(self.book.reference(number)))
        return found

    def write_card(self, number: str) -> bytes:
        """The card of a person is written and given; the hash of its nonce."""
        return self.give(self.book.reference(number))

    def give(self, reference: bytes) -> bytes:
        """The card of a claim is written and given; the hash of its nonce."""
        spent = spent_hash(self.do(lambda: self.book.nonce(reference)))
        self.do(lambda: self.book.confirm_issued(reference))
        self.between()
        return spent

    def take_back(self, spent: bytes) -> None:
        """The card comes back unused."""
        self.do(lambda: self.book.note_returned(spent))
        self.between()

    def between(self) -> None:
        """The voter has gone: what can wait is handed over."""
        if self.client is not None:
            self.do(self.client.between)
            if self.wire is not None and self.wire.up:
                wait(lambda: not self.do(self.book.claims.to_note))

    def check_in(self, number: str) -> bytes:
        assert self.ask(number).outcome == Granted()
        return self.write_card(number)

    def entries(self) -> list[ProvisionalEntry]:
        sealed = self.do(lambda: (*self.book.claims.entries(), *self.book.provisional()))
        place = (ELECTION, self.branch.id, self.device)
        return [open_entry(each, *place, OFFICE) for each in sealed]


def _crashed(name: str, defect: BaseException) -> None:
    raise AssertionError(name) from defect


def _ignored(_: bool) -> None:
    pass


def wait(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not done():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.001)
