"""Keep revocation lists that two roles added, and see that what a device trusts is what was signed.

At the opening two cards sign the digest of all that is trusted about documents; whoever adds lists later
logs the new digest. A device whose memories give another one serves nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from election.acts import SignedActKind, read_statement
from election.added_lists import read_added, write_added
from election.audit_events import AuditEvent
from election.definition import Election
from election.document_trust import DocumentTrust, OwnDocuments, trust_of
from election.errors import PackageError
from election.reasons import PackageReason
from kiosk.flows.common import WriteAudit
from kiosk.storage.audit import AuditLog
from kiosk.storage.polls import Polls

_LOGGED = 32
"""Hex digits of the digest in the log."""


class TrustKeeper:
    """Lists beside those of the package, on both memories. On the store worker."""

    def __init__(self, own: OwnDocuments, places: tuple[Path, Path]) -> None:
        """`own`: documents that the settings name, for rehearsals. `places`: a file on either memory."""
        self._own = own
        self._places = places

    def trust_in(self, election: Election) -> DocumentTrust:
        """Return what is trusted in an election now. Raises `PackageError`."""
        return trust_of(election, self._own, read_added(self._places))

    def check(self, polls: Polls, audit: AuditLog, trust: DocumentTrust) -> None:
        """Raise `PackageError` unless it is what was signed at the opening, or logged since then."""
        added, opened = (
            audit.last(what) for what in (AuditEvent.LISTS_ADDED, AuditEvent.POLLS_OPENED)
        )
        since = added is not None and opened is not None and added[0] > opened[0]
        expected = added[1] if added is not None and since else _signed(polls)
        if not trust.digest.hex().startswith(expected):
            raise PackageError(PackageReason.LISTS_MISSING)

    def add(
        self,
        polls: Polls,
        audit: AuditLog,
        before: DocumentTrust,
        lists: Iterable[bytes],
        log: Callable[[WriteAudit], None],
    ) -> bool:
        """Trust more lists; False if all were known before.

        Lists that are missing have to come back first: a new one must not cover the loss. Raises
        `PackageError`, `StorageError`, `OSError`.
        """
        after = before.with_lists(lists)
        are_new = after != before
        if polls.state.is_running:
            try:
                self.check(polls, audit, before)
            except PackageError:
                self.check(polls, audit, after)
                are_new = False
        if are_new:
            # First of all: a list that is logged and not written is missed, one that is not logged is not.
            log(WriteAudit(AuditEvent.LISTS_ADDED, after.digest.hex()[:_LOGGED]))
        first, second = self._places
        write_added(first, after.added)
        with suppress(OSError):  # there may be no second memory, and then the first one has them
            write_added(second, after.added)
        return are_new


def _signed(polls: Polls) -> str:
    """Return the digest that OPEN signs, in hex; empty where it signs none."""
    statements = map(read_statement, reversed(polls.acts()))
    opening = next(each for each in statements if each.kind is SignedActKind.OPEN)
    return (opening.trusted or b"").hex()
