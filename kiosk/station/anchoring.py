"""Compare at the start what a device holds with what it held, and anchor what it holds now.

    acts        each is countersigned by this device and signed by two cards; they lead to the state
    log         holds every position that an act, an anchor or the state of the polls names
    votes       no fewer than the log, an act or an anchor tells of (after both media were joined)

What does not hold is a `StartReason`: the device does not serve, anchors stay as they are, and the
console says what to do. The polls can still be closed and handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from crypto.hybrid import HybridKey
from drivers.media.errors import TamperedStoreError
from election import anchors
from election.acts import ActRefusedError, SignedActKind, VerifiedAct
from election.anchors import Anchor, read_anchor, write_anchor
from election.audit_events import AuditEvent
from election.reasons import StartReason
from election.recovery import acts_that_lead_to
from kiosk.storage.audit import AuditLog
from kiosk.storage.polls import Polls

_LINES: Final = {
    SignedActKind.OPEN: AuditEvent.POLLS_OPENED,
    SignedActKind.CLOSE: AuditEvent.POLLS_CLOSED,
}


class Anchoring:
    """The anchors of a device. On the store worker."""

    def __init__(
        self,
        polls: Polls,
        audit: AuditLog,
        paths: tuple[Path, Path],
        key: HybridKey,
        root: bytes,
        is_mirror_there: Callable[[], bool],
    ) -> None:
        """Compare; `paths`: of the anchors, that beside the log first. Raises `StorageError`.

        `is_mirror_there`: the second path is on this device's own second memory, not where it would be.
        """
        self._polls, self._audit, self._paths = polls, audit, paths
        self._is_mirror_there = is_mirror_there
        self._key, self._root = key, root
        self._cast = 0
        """What the device is known to hold, of votes or authorizations."""
        self.trouble: StartReason | None = self._compare_log()
        """Why the device must not serve."""
        self.unlogged: tuple[AuditEvent, ...] = ()
        """Acts whose line is missing from the log, because the power went in between."""
        self.loaded_at: datetime | None = None
        """When the package was loaded, by the act; None if there is none that holds."""
        self.floor: datetime | None = None
        """When the last act was signed, unless two roles have confirmed another time since then."""
        self._compare_polls()
        if self._audit.position.length == 1:
            # A second line must find an anchor, or a cut between both looks like a log that was set back.
            self.write()

    def compare_votes(self, cast: int) -> None:
        """Learn how many there are, on both media together."""
        if cast < max(self._cast, self._audit.position.votes):
            self.trouble = self.trouble or StartReason.VOTES_SET_BACK
        else:
            self._cast = cast

    def write(self, *, with_state: bool = False) -> None:
        """Anchor what the device holds now; `with_state`: also beside the state. Raises `StorageError`."""
        if self.trouble is not None:
            return
        position = self._audit.position
        data = write_anchor(Anchor(position, self._cast), self._key.classical)
        paths = self._paths if self._is_mirror_there() else self._paths[:1]
        anchors.keep(data, paths, position.length)
        if with_state:
            self._polls.keep_anchor(data)

    # ------------------------------------------------------------ parts

    def _compare_log(self) -> StartReason | None:
        key = self._key.classical.public
        beside_state = self._polls.anchor
        known = [each for path in self._paths if (each := anchors.find(path, key)) is not None]
        none = not known
        if beside_state is not None and (kept := read_anchor(beside_state, key)) is not None:
            known.append(kept)
        if none and self._audit.position.length > 1:
            return StartReason.LOG_SET_BACK
        self._cast = max((each.cast for each in known), default=0)
        return (
            None if all(self._audit.holds(each.log) for each in known) else StartReason.LOG_SET_BACK
        )

    def _compare_polls(self) -> None:
        try:
            acts, fits = (
                acts_that_lead_to(
                    self._polls.state, self._polls.acts(), self._key.public, self._root
                ),
                True,
            )
        except (ActRefusedError, TamperedStoreError, ValueError):
            acts, fits = (), False
        if not fits or any(
            self._lines(event) > self._times(acts, k) for k, event in _LINES.items()
        ):
            self.trouble = self.trouble or StartReason.POLLS_CHANGED
            return
        loads = [a.statement.at for a in acts if a.statement.kind is SignedActKind.LOAD]
        self.loaded_at = loads[-1] if loads else None
        since = self._audit.clock_confirmed
        self.floor = max(
            (a.statement.at for a in acts if a.statement.log.length >= since), default=None
        )
        self._cast = max((self._cast, *(act.statement.cast for act in acts)))
        if not all(self._audit.holds(act.statement.log) for act in acts):
            self.trouble = self.trouble or StartReason.LOG_SET_BACK
        self.unlogged = tuple(
            event for k, event in _LINES.items() if self._lines(event) < self._times(acts, k)
        )

    def _lines(self, event: AuditEvent) -> int:
        return self._audit.kinds[event]

    @staticmethod
    def _times(acts: Sequence[VerifiedAct], kind: SignedActKind) -> int:
        return sum(act.statement.kind is kind for act in acts)
