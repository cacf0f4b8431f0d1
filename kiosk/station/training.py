"""Train on a real terminal: the flow of every day, with nothing of the real election behind it.

The training has a loop, a vault and keys of its own. No event of it reaches the terminal's own loop, and
so no card, no store and no log: what is logged is that it began and ended. Cards are not read, but for
operators' cards, which the console takes as always.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from drivers.threads.worker import Worker
from election.papers import TicketSlip
from election.training import TrainingVault, make_training, training_authorization
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot.flow import BallotFlow
from kiosk.flows.ballot.states import (
    Abandoned,
    BallotState,
    CardProblem,
    Idle,
    Recorded,
    Refused,
)
from kiosk.flows.common import CheckReadiness, WriteAudit
from kiosk.runtime.loop import Loop


class Training:
    """One training, from its beginning by an operator to its end."""

    def __init__(
        self,
        store: Worker,
        show: Callable[[BallotState], None],
        wake: Callable[[], None],
        call_officer: Callable[[bool], None],
        print_ticket: Callable[[TicketSlip], None],
        *,
        compares: bool = False,
    ) -> None:
        """`store`: the worker that encrypts. `print_ticket`: does nothing where there is no printer.

        `compares`: the election has a paper record, and comparing it is tried out, too, without paper.
        """
        self.election = make_training()
        self._vault = TrainingVault(self.election)
        self._store = store
        self._call_officer = call_officer
        self._print = print_ticket
        rules = replace(self.election.rules, paper_record=compares)
        self.loop: Loop[BallotState, on.BallotEvent, on.BallotEffect] = Loop(
            Idle(), BallotFlow(rules).step, self._perform, show, wake
        )

    def take(self, event: on.BallotEvent) -> None:
        """Take what is done on the screen: a touch there stands for the card. From any thread."""
        self.loop.post(event)
        if isinstance(event, on.CardInserted):
            accepted = training_authorization(self.election)
            self.loop.post(on.CardAccepted(accepted, self.election.contests))

    def card_in(self) -> None:
        """Tell whoever puts a card in that this terminal takes none now. From any thread."""
        self.loop.post(on.CardInserted())
        self.loop.post(on.CardRefused(CardProblem.TRAINING))

    def card_out(self) -> None:
        """Take the message away with the card; somebody who is training goes on. From any thread."""
        if isinstance(self.loop.state, Refused):
            self.loop.post(on.CardRemoved())

    def _perform(self, effect: on.BallotEffect) -> None:
        match effect:
            case on.SealBallot(_, marks):
                self._store.submit(
                    lambda: self.loop.post(on.BallotSealed(self._vault.make(marks).tracking))
                )
            case on.RecordVote():
                self.loop.post(on.VoteRecorded())
            case on.RecordSpoiled():
                self._store.submit(self._spoil)
            case on.ForgetBallot():
                self._store.submit(self._vault.forget)
            case on.CallOfficer(wanted):
                self._called(wanted)
            case on.PrintPaper():
                # Tried out without paper, which the screen says: none of a training lies in a box.
                self.loop.post(on.PaperPrinted())
            case on.KeepPaper() | on.VoidPaper() | on.LeavePaper() | on.PrintSlip():
                pass
            case on.CheckCard() | CheckReadiness() | WriteAudit():
                pass  # no card is read, nothing is opened, and nothing is written
            case _:
                assert_never(effect)

    def _called(self, wanted: bool) -> None:
        if wanted and isinstance(self.loop.state, Recorded | Abandoned):
            # No card has to be taken: the next one may begin.
            self.loop.post(on.CardRemoved())
        else:
            self._call_officer(wanted)

    def _spoil(self) -> None:
        tracking, ticket = self._vault.spoil()
        self.loop.post(on.BallotSpoiled(ticket))
        self._print(TicketSlip(self.election.name, ticket, tracking, training=True))
