"""Have a voter's pseudonym made together with the supervision board, which sees no voter (`crypto.oprf`).

The station blinds the number, the evaluator multiplies, the station verifies the proof and unblinds. It is
begun when a document was accepted: the finger takes longer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from crypto import oprf
from crypto.errors import CryptoError
from drivers.registry.attendant import Attendant
from drivers.registry.line import Post, Reply
from election.claims import REFERENCE_SIZE
from election.registry import OK

Done = Callable[[bytes | None], None]


def pseudonym_input(election: str, number: str) -> bytes:
    """Return what goes into the function: the election's uuid and the number in Latin digits."""
    return f"{election}|{number}".encode()


@dataclass(slots=True)
class _Begun:
    number: str
    blinded: oprf.Blinded
    found: bytes | None = None
    over: bool = False
    waiting: list[Done] = field(default_factory=list)

    def __repr__(self) -> str:
        return "Begun(…)"


class EvaluatedReferences:
    """`References` of an election with a centre. From any thread."""

    def __init__(self, attendant: Attendant, public: bytes, election: str) -> None:
        """`public`: the evaluator's key, 32 bytes, of the register."""
        self._attendant = attendant
        self._public = public
        self._election = election
        self._lock = Lock()
        self._begun: _Begun | None = None

    def prepare(self, number: str) -> None:
        """Begin; see `References`."""
        with self._lock:
            begun = self._begin(number)
        self._send(begun)

    def ask(self, number: str, done: Done) -> None:
        """Call back, at once if it is there; see `References`."""
        with self._lock:
            begun, fresh = self._begun, False
            if begun is None or begun.number != number or (begun.over and begun.found is None):
                begun, fresh = self._begin(number), True
            if not begun.over:
                begun.waiting.append(done)
                done = _nobody
        if fresh:
            self._send(begun)
        done(begun.found)

    def forget(self) -> None:
        """Forget the last number; who waits for it is still called back."""
        with self._lock:
            self._begun = None

    def stop(self) -> None:
        """End the line."""
        self.forget()
        self._attendant.stop()

    def _begin(self, number: str) -> _Begun:
        self._begun = _Begun(number, oprf.blind(pseudonym_input(self._election, number)))
        return self._begun

    def _send(self, begun: _Begun) -> None:
        self._attendant.ask(
            Post("/evaluate", begun.blinded.element), lambda reply: self._came(begun, reply)
        )

    def _came(self, begun: _Begun, reply: Reply | None) -> None:
        found = None if reply is None else self._finalized(begun, reply)
        with self._lock:
            begun.found, begun.over = found, True
            waiting, begun.waiting = begun.waiting, []
        for done in waiting:
            done(found)

    def _finalized(self, begun: _Begun, reply: Reply) -> bytes | None:
        element, proof = reply.body[: oprf.ELEMENT_SIZE], reply.body[oprf.ELEMENT_SIZE :]
        if reply.status != OK:
            return None
        try:
            (output,) = oprf.finalize(
                [begun.blinded], oprf.Evaluation((element,), proof), self._public
            )
        except CryptoError:
            self._attendant.disbelieve()
            return None
        return output[:REFERENCE_SIZE]


def _nobody(_: bytes | None) -> None:
    pass
