"""Keep rehearsals and elections apart: what may be loaded on a device, and when it is ready for the day.

Ready for the day, which two roles say and the audit log keeps, ends the time of rehearsals on a device.
"""

from __future__ import annotations

from election.definition import Election
from election.errors import ElectionError, PackageError, PollsStateError
from election.polls import PollsState
from election.reasons import PackageReason
from words.message import m


def check_purpose(election: Election, *, simulated: bool, ready: bool) -> None:
    """Raise `PackageError` for an election that may not be loaded on a device.

    `simulated`: simulators are installed there; `ready`: it was said to be ready for the day.
    """
    if simulated and not election.rehearsal:
        raise PackageError(
            PackageReason.REAL_ELECTION,
            m(
                "simulators are installed here, so only a rehearsal can be loaded; "
                "use a device without them"
            ),
        )
    if ready and election.rehearsal:
        raise PackageError(
            PackageReason.REHEARSAL,
            m("this device is ready for the day and takes no rehearsal any more"),
        )


def why_not_ready(
    election: Election | None, polls: PollsState, *, simulated: bool, ready: bool
) -> ElectionError | None:
    """Return why a device cannot be made ready for the day now; None if it can.

    `election`: the one that is loaded, if any is.
    """
    if simulated:
        return PackageError(
            PackageReason.SIMULATORS,
            m("simulators are installed here: set this device up without them"),
        )
    if election is not None and election.rehearsal:
        return PackageError(
            PackageReason.REHEARSAL_LOADED,
            m("a rehearsal is loaded: load the election's package first"),
        )
    if ready or not polls.is_before_opening:
        return PollsStateError(m("this device is ready for the day, or its polls were open"))
    return None
