"""Keep the ballots of one election on a ballot terminal: the store on both media, and the vault before it."""

from __future__ import annotations

from contextlib import suppress

from crypto.election import parse_election
from drivers.media.errors import MediumLostError, StorageError
from election.acts import Closing
from election.audit_events import AuditEvent
from election.bundle import BallotBox, Bundle
from election.doubts import Doubt
from election.errors import PollsStateError
from election.pairing import Mirror
from election.papers import ReportKind, ReportLine
from election.polls import PollsState
from election.register import hash_in_groups
from kiosk.flows.common import WriteAudit
from kiosk.station.base import DeviceContext
from kiosk.station.vault import Vault
from kiosk.storage.mending import Held, StoreCounts
from kiosk.storage.votes import VoteStore
from words.message import Latin, m

_NO_VOTE = "no-vote"
"""The reason of papers that were begun before a power cut, and have no vote."""
_ROOM = 1_000_000
"""Bytes that must be free again on both media after one was full."""


class LoadedTerminal:
    """`Loaded` of a ballot terminal."""

    def __init__(self, context: DeviceContext) -> None:
        """Open the store; a medium that is missing is looked for later.

        Raises `CryptoError` (card key), `StorageError`.
        """
        election = context.election
        self._context = context
        self.card_key = context.card_key()
        self.counts = StoreCounts(0, 0, 0)
        """Latest numbers, for the status line; replaced whole."""
        self._papers_settled = False
        """What a power cut left of papers is counted."""
        self.behind = 0
        """Votes that a card showed to be missing here, until two roles let the terminal go on without."""
        self.was_full = False
        """A medium was full at a cast: room is looked for before the next voter."""
        self.votes = VoteStore(
            context.files.votes,
            context.files.votes_mirror,
            context.signing,
            parse_election(election.belenios_election).fingerprint,
            context.config.device,
        )
        try:
            self._join()
        except StorageError as trouble:
            # Readiness looks again: a medium that is put back needs no new start. Whatever the
            # trouble is, the device has to come as far as closing and handing in.
            self._context.log.note_fault(trouble)
        self.count()
        if self.votes.reserved and context.anchoring.trouble is None:
            context.log.note_found(self.counts.cast, context.audit.position.votes)
        self.vault = Vault(election, self.votes)

    def doubts(self) -> tuple[Doubt, ...]:
        """Tell of votes that are missing; those that are on one medium only come back with the other."""
        is_open = self._context.polls.state.is_running
        return (Doubt.VOTES,) if self.behind and is_open else ()

    def confirm(self, doubt: Doubt, /) -> None:
        """Join the media anew: readiness copies everything to a new one; or go on without lost votes."""
        if doubt is Doubt.MEMORY:
            self.votes.close()
        if doubt is Doubt.VOTES:
            # A sum: CLOSE tells how many, and it holds after another start.
            self._context.counters.add_event(AuditEvent.VOTES_BEHIND, number=self.behind)
            self.behind = 0

    @property
    def known_missing(self) -> int:
        """Votes that are missing, with which two roles let the terminal go on. Raises `StorageError`."""
        return self._context.counters.sum_of(AuditEvent.VOTES_BEHIND)

    def close(self) -> None:
        """Close both media."""
        self.votes.close()

    def count(self) -> None:
        """Read the numbers anew, if both media are in use."""
        if self.votes.reserved:
            self.counts = self.votes.counts()
            self._settle_papers()
            self._context.anchoring.compare_votes(self.counts.cast)

    def media_ready(self) -> bool:
        """Look whether both media are there and can be written, and bring them together.

        Asked before each voter: nobody may mark a ballot to find out that it cannot be recorded.
        """
        try:
            there = self._context.media_state() is Mirror.THERE
            if self.votes.is_alone is there or not (there or self._context.is_alone):
                self.votes.close()
            joins = not self.votes.reserved
            if joins:
                self._join()
        except StorageError as trouble:
            self._context.log.note_fault(trouble)
            return False
        if joins:
            self.count()
        if not self._can_be_written():
            return False
        return self.votes.reserved and self._context.log.is_back()

    def opening(self) -> None:
        """Reserve room for every ballot the terminal may take. Raises `StorageError`, `PollsStateError`."""
        self._context.pair()
        if not self.votes.reserved:
            capacity = self._context.election.rules.ballots_per_terminal
            self.votes.reserve(capacity, self.vault.sealed_size)
        if self.votes.counts().cast or self.votes.counts().spoiled:
            raise PollsStateError(m("the box is not empty; hand this device to headquarters"))
        self.count()

    def report_lines(self, kind: ReportKind, /) -> tuple[ReportLine, ...]:
        """List ballots cast and capacity; in zero and closing reports also challenges and signed root."""
        store = self._usable()
        counts = store.counts()
        cast = ReportLine(m("Ballots cast"), counts.cast)
        capacity = ReportLine(m("Capacity"), counts.capacity)
        if kind is ReportKind.STATUS:
            # Two roots of an open device tell which ballots were cast between them, and two
            # numbers of challenges who challenged.
            return cast, capacity
        return (
            cast,
            ReportLine(m("Ballots challenged (spoiled)"), counts.spoiled),
            *self._paper_lines(),
            capacity,
            ReportLine(m("Signed root"), Latin(hash_in_groups(store.signed_root().records))),
        )

    def cast(self) -> int:
        """Count the votes. Raises `StorageError`."""
        return self._usable().counts().cast

    def closing(self) -> Closing:
        """Give the roots and the number of challenged ballots. Raises `StorageError`."""
        root = self._usable().signed_root()
        return Closing(root.records, root.spent, root.spoiled, ())

    def closed(self) -> None:
        """Wipe nothing: all that a terminal keeps is handed over."""

    def reported(self) -> tuple[tuple[int, int], tuple[bytes, ...]]:
        """Return ballots cast and challenged, and the roots of records and spent authorizations."""
        root = self._usable().signed_root()
        return (root.cast, root.spoiled), (root.records, root.spent)

    def bundle(self) -> Bundle:
        """Collect all ballots, the signed root, the spent authorizations and the handles."""
        store = self._usable()
        if self._context.polls.state is PollsState.CLOSED and isinstance(store, VoteStore):
            with suppress(StorageError, OSError):
                store.forget_damaged()
        box = BallotBox(store.records(), store.signed_root(), store.spent(), store.handles())
        return self._context.bundle(box=box)

    def _settle_papers(self) -> None:
        """Count as void what the last run began to print, and no vote was recorded for: once a start."""
        if self._papers_settled or not self._context.election.rules.paper_record:
            return
        left = self._papers_kept() - self.counts.cast
        if left > 0:
            self._context.counters.add_event(AuditEvent.PAPER_VOID, _NO_VOTE, left)
        self._papers_settled = True

    def _papers_kept(self) -> int:
        counters = self._context.counters
        return counters.sum_of(AuditEvent.PAPER_PRINTED) - counters.sum_of(AuditEvent.PAPER_VOID)

    def _paper_lines(self) -> tuple[ReportLine, ...]:
        if not self._context.election.rules.paper_record:
            return ()
        counters = self._context.counters
        return (
            ReportLine(m("Papers that count"), self._papers_kept()),
            ReportLine(m("Papers that are void"), counters.sum_of(AuditEvent.PAPER_VOID)),
            ReportLine(
                m("Papers without a word at their end"), counters.sum_of(AuditEvent.PAPER_UNMARKED)
            ),
        )

    def _join(self) -> None:
        """Bring both media together, and log what that took. Raises `StorageError`."""
        there = self._context.media_state() is Mirror.THERE
        if not there and not self._context.is_alone:
            raise MediumLostError(
                m("the second memory is missing, or another one: put it in again")
            )
        found = self.votes.reconcile(alone=not there)
        if there:
            self._context.is_whole()
        self._context.log.fault_is_over()
        self._context.log.note_damaged(found.damaged)
        if found.copied_to_primary or found.copied_to_mirror or found.rebuilt:
            self._context.log.note(WriteAudit(AuditEvent.MEDIA_RECONCILED, f"{found.records}"))

    def _usable(self) -> VoteStore | Held:
        """Return the store, or what can be read of it where it cannot serve. Raises `StorageError`."""
        if not self.votes.reserved:
            try:
                self._join()
            except StorageError as trouble:
                self._context.log.note_fault(trouble)
                return self.votes.left()
        return self.votes

    def _can_be_written(self) -> bool:
        try:
            report = self._context.media.look(alone=self.votes.is_alone)
        except StorageError as trouble:
            self._context.log.note_fault(trouble)
            # A file that was opened on a locked medium stays locked: it is opened anew.
            self.votes.close()
            return False
        self.was_full = self.was_full and min(report.primary_free, report.mirror_free) < _ROOM
        return not self.was_full
