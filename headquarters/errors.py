"""Define the errors of headquarters that belong to no single room of it."""

from __future__ import annotations

from election.errors import ElectionError


class AllocationError(ElectionError):
    """Seats cannot be allocated from the given votes."""
