"""Carry out the check of a document without a chip: judge the person, ask the roll, print the form.

    typed → is it a person → within the hour's number → not refused today → the roll → of age → not claimed

Every question counts within the hour, whatever the answer: who wants to find out a birth date, or who
has voted, has as many questions as voters. Nothing that was typed is kept or logged.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from drivers.media.errors import StorageError
from election.audit_events import AuditEvent
from election.authorization_life import AlreadyVoted
from election.definition import BranchId, DocumentCheck, Election
from election.evidence import RollCode, of_document_check
from election.papers import document_form
from election.persons import ROLL_CODES, Roll, age_on, typed_birth, typed_number
from kiosk.flows.common import WriteAudit
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.states import VoterRefusal
from kiosk.station.base import DeviceContext
from kiosk.station.paper import ReportPrinter
from kiosk.storage.pollbook import Pollbook

HOUR_S: Final = 3600

BARRED: Final = frozenset(
    {
        VoterRefusal.COPIED,
        VoterRefusal.UNDER_AGE,
        VoterRefusal.AGE_UNKNOWN,
    }
)
"""Refusals of a number that no other document mends on this day.

A document that is not authentic says nobody's number: it is not parsed.
"""


def style_choices(election: Election, branch: BranchId) -> tuple[at.StyleChoice, ...]:
    """Return the ballot styles to choose from; none where no document is checked by eye."""
    if election.document_check_at(branch) is DocumentCheck.OFF:
        return ()
    return tuple(at.StyleChoice(style.id, style.name) for style in election.styles)


class DocumentChecks:
    """One person at a time. On the store worker, but for what the printer's thread posts."""

    def __init__(
        self,
        context: DeviceContext,
        pollbook: Pollbook,
        post: Callable[[on.IdentityEvent], None],
        paper: ReportPrinter | None,
        roll: Roll | None,
    ) -> None:
        """`roll`: None where there is none; then nothing is compared, and counted as such."""
        self._context = context
        self._pollbook = pollbook
        self._post = post
        self._paper = paper
        self._roll = roll

    def check(self, effect: on.CheckPerson) -> None:
        """Judge what was typed; the outcome is posted, from a line within its deadline."""
        self._tell(effect, lambda: self._begun(effect))

    def bar(self, national_number: str) -> None:
        """Keep, for today, that this number was refused. Raises `StorageError`."""
        self._pollbook.admissions.bar(national_number)

    def print_form(self, effect: on.PrintForm) -> None:
        """Print a form with the next number; the outcome is posted."""
        try:
            form = self._pollbook.admissions.new_form()
        except StorageError:
            self._post(on.FormPrinted(None, False, effect.holder))
            return
        context = self._context
        config, today = context.config, context.clock.now().astimezone().date()
        context.log.note(WriteAudit(AuditEvent.DOCUMENT_FORM))
        if self._paper is None:
            self._post(on.FormPrinted(form, False, effect.holder))
            return
        self._paper.print(
            document_form(context.election, config.branch, config.device, form, effect.kind, today),
            lambda printed: self._post(on.FormPrinted(form, printed, effect.holder)),
        )

    # ------------------------------------------------------------ parts

    def _tell(self, effect: on.CheckPerson, judge: Callable[[], on.IdentityEvent | None]) -> None:
        try:
            outcome = judge()
        except StorageError:
            outcome = on.PersonRefused(VoterRefusal.STORE, effect)
        if outcome is not None:
            self._post(outcome)

    def _begun(self, effect: on.CheckPerson) -> on.IdentityEvent | None:
        """Judge without the roll; None: it is asked."""
        election, today = self._context.election, self._context.clock.now().astimezone().date()
        number = typed_number(effect.national_number)
        if number is None:
            return on.PersonNotRead(at.EntryProblem.NUMBER, effect)
        born = typed_birth(effect.birth, effect.calendar, today)
        if born is None:
            return on.PersonNotRead(at.EntryProblem.BIRTH, effect)
        admissions = self._pollbook.admissions
        most = election.document_checks(self._context.config.device)
        hour = int(self._context.clock.now().timestamp()) // HOUR_S
        if not admissions.begin_check(hour, most):
            return on.PersonRefused(VoterRefusal.TOO_MANY_CHECKS, effect)
        if admissions.is_barred(number):
            return on.PersonRefused(VoterRefusal.REFUSED_TODAY, effect)
        if self._roll is None:
            return self._judged(effect, number, born, RollCode.NOT_COMPARED)
        tell, submit = self._tell, self._context.store.submit
        self._roll.compare(
            number,
            born,
            lambda said: submit(
                lambda: tell(
                    effect, lambda: self._judged(effect, number, born, ROLL_CODES.get(said))
                )
            ),
        )
        return None

    def _judged(
        self, effect: on.CheckPerson, number: str, born: date, said: RollCode | None
    ) -> on.IdentityEvent:
        """Judge by what the roll said: None, it does not fit."""
        election, admissions = self._context.election, self._pollbook.admissions
        word = "does-not-fit" if said is None else said.value
        self._context.log.note(WriteAudit(AuditEvent.ROLL_ASKED, word))
        if said is None:
            if effect.last:
                return on.PersonRefused(VoterRefusal.NOT_ON_ROLL, effect)
            return on.PersonNotRead(at.EntryProblem.DOES_NOT_FIT, effect)
        if age_on(election.day, born) < election.rules.min_age:
            admissions.bar(number)
            return on.PersonRefused(VoterRefusal.UNDER_AGE, effect)
        if self._has_one(number):
            return on.PersonRefused(VoterRefusal.ALREADY_VOTED, effect)
        choice = effect.choice
        return on.PersonChecked(
            at.CardHolder(
                name="",
                latin_name="",
                national_number=number,
                born=born,
                photo=b"",
                templates=(),
                style=choice.style.style,
                style_name=choice.style.name,
                evidence=of_document_check(choice.kind, said, dead=choice.dead),
                document=choice.kind,
            ),
            effect,
        )

    def _has_one(self, number: str) -> bool:
        """Tell whether this station has given the person an authorization; a claim alone is none."""
        book = self._pollbook
        return any(
            isinstance(book.known(book.reference(number, by_document=by)), AlreadyVoted)
            for by in (False, True)
        )
