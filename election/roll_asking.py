"""Ask the roll over the evaluator's line: it multiplies a blinded element, the station looks the output up.

Neither number nor birth date leaves the station in the clear, and the evaluator does not hear the answer. Any
answer that is not proven under the roll's own key is none. It says nothing about the line, which pseudonyms
go over as well: a roll that was made under another key must not cut it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from threading import Thread

from crypto import oprf
from crypto.errors import CryptoError
from drivers.registry.attendant import Attendant
from drivers.registry.line import Post, Reply
from election.persons import RollAnswer
from election.registry import OK
from election.roll import RollState, RollTable, RollUnusableError, roll_input


class EvaluatedRoll:
    """`Roll` of an election with a centre. From any thread."""

    def __init__(
        self, attendant: Attendant, open_it: Callable[[], RollTable], election: str
    ) -> None:
        """Begin to open the table, which takes a country's some seconds; nobody is compared until then.

        `open_it` raises `RollUnusableError` where the one that the package vouches for is not there: then
        all stays silent. `election`: its uuid.
        """
        self._attendant = attendant
        self._election = election
        self._table: RollTable | None = None
        self._state = RollState.OPENING
        self._opening = Thread(target=self._open, args=(open_it,), name="roll", daemon=True)
        self._opening.start()

    @property
    def state(self) -> RollState:
        """Whether anybody is compared, as far as it is known."""
        return self._state

    def compare(self, national_number: str, born: date, done: Callable[[RollAnswer], None]) -> None:
        """Ask for a voter who waits; see `Roll`. The deadline is the line's."""
        opening, table = self._state is RollState.OPENING, self._table
        if table is None:
            done(RollAnswer.NOT_YET if opening else RollAnswer.SILENT)
            return
        blinded = oprf.blind(roll_input(self._election, national_number, born))
        self._attendant.ask(
            Post("/roll", blinded.element), lambda reply: done(_answer(table, blinded, reply))
        )

    def stop(self) -> None:
        """Close the table; the line is whoever's made it."""
        self._opening.join()
        if self._table is not None:
            self._table.close()

    def _open(self, open_it: Callable[[], RollTable]) -> None:
        try:
            self._table = open_it()
        except RollUnusableError as error:
            self._state = error.state
        else:
            self._state = RollState.THERE


def _answer(table: RollTable, blinded: oprf.Blinded, reply: Reply | None) -> RollAnswer:
    if reply is None or reply.status != OK:
        return RollAnswer.SILENT
    element, proof = reply.body[: oprf.ELEMENT_SIZE], reply.body[oprf.ELEMENT_SIZE :]
    try:
        (output,) = oprf.finalize([blinded], oprf.Evaluation((element,), proof), table.key)
        return RollAnswer.FITS if table.has(output) else RollAnswer.DOES_NOT_FIT
    except (CryptoError, OSError, ValueError):  # ValueError: closed meanwhile
        return RollAnswer.SILENT
