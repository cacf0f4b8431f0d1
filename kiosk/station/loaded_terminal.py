"""Keep the ballots of one election on a ballot terminal: the store on both media, and the vault before it."""

from __future__ import annotations

from crypto.election import parse_election
from election.acts import Closing
from election.bundle import BallotBox, Bundle
from election.errors import PollsStateError
from kiosk.audit_events import AuditEvent
from kiosk.errors import MediumFullError, MediumLostError, StorageError
from kiosk.flows.common import WriteAudit
from kiosk.reports import ReportKind, ReportLine
from kiosk.station.base import DeviceContext
from kiosk.station.vault import Vault
from kiosk.storage.media import check_media
from kiosk.storage.votes import StoreCounts, VoteStore
from words.message import Latin, m

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
            found = self.votes.reconcile()
        except (MediumLostError, MediumFullError) as trouble:
            # Readiness looks again: a medium that is put back needs no new start.
            self.note_fault(trouble)
        else:
            if found.copied_to_primary or found.copied_to_mirror or found.rebuilt:
                context.note(WriteAudit(AuditEvent.MEDIA_RECONCILED, f"{found.records}"))
        self.count()
        if self.votes.reserved:
            context.enter_found(self.counts.cast)
        self.vault = Vault(election, self.votes)

    def close(self) -> None:
        """Close both media."""
        self.votes.close()

    def count(self) -> None:
        """Read the numbers anew, if both media are in use."""
        if self.votes.reserved:
            self.counts = self.votes.counts()
            self._context.anchoring.compare_votes(self.counts.cast)

    def note_fault(self, trouble: StorageError) -> None:
        """Log what kind of fault a medium has."""
        self._context.note(WriteAudit(AuditEvent.MEDIA_FAULT, type(trouble).__name__))

    def media_ready(self) -> bool:
        """Look whether both media are there again after one failed, and bring them together."""
        if not self.votes.reserved:
            try:
                self.votes.reconcile()
            except StorageError as trouble:
                self.note_fault(trouble)
                return False
            self._context.note(WriteAudit(AuditEvent.MEDIA_RECONCILED))
            self.count()
        if self.was_full and not self._has_room():
            return False
        return self.votes.reserved and self._context.log_is_back()

    def opening(self) -> None:
        """Reserve room for every ballot the terminal may take. Raises `StorageError`, `PollsStateError`."""
        if not self.votes.reserved:
            capacity = self._context.election.rules.ballots_per_terminal
            self.votes.reserve(capacity, self.vault.sealed_size)
        if self.votes.counts().cast or self.votes.counts().spoiled:
            raise PollsStateError(m("the box is not empty; hand this device to headquarters"))
        self.count()

    def report_lines(self, kind: ReportKind, /) -> tuple[ReportLine, ...]:
        """List ballots cast and capacity; in zero and closing reports also challenges and signed root."""
        counts = self._usable().counts()
        cast = ReportLine(m("Ballots cast"), counts.cast)
        capacity = ReportLine(m("Capacity"), counts.capacity)
        if kind is ReportKind.STATUS:
            # Two roots of an open device tell which ballots were cast between them, and two
            # numbers of challenges who challenged.
            return cast, capacity
        return (
            cast,
            ReportLine(m("Ballots challenged (spoiled)"), counts.spoiled),
            capacity,
            ReportLine(m("Signed root"), Latin(self.votes.signed_root().records.hex()[:32])),
        )

    def cast(self) -> int:
        """Count the votes. Raises `StorageError`."""
        return self._usable().counts().cast

    def closing(self) -> Closing:
        """Give the roots and the number of challenged ballots. Raises `StorageError`."""
        root = self._usable().signed_root()
        return Closing(root.records, root.spent, root.spoiled, ())

    def bundle(self) -> Bundle:
        """Collect all ballots, the signed root, the spent authorizations and the handles."""
        store = self._usable()
        box = BallotBox(store.records(), store.signed_root(), store.spent(), store.handles())
        return self._context.bundle(box=box)

    def _usable(self) -> VoteStore:
        """Return the store with both media in use, also after one failed. Raises `StorageError`."""
        if not self.votes.reserved:
            self.votes.reconcile()
        return self.votes

    def _has_room(self) -> bool:
        try:
            report = check_media(self._context.config.data, self._context.config.mirror)
        except StorageError:
            return False
        self.was_full = min(report.primary_free, report.mirror_free) < _ROOM
        return not self.was_full
