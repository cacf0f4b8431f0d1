"""Serve the election of an installed package: what a device opens once a package is there, in one object."""

from __future__ import annotations

from typing import Protocol

from election.acts import Closing
from election.bundle import Bundle
from election.doubts import Doubt
from election.papers import ReportKind, ReportLine


class Loaded(Protocol):
    """Made when a package is installed or found at start, dropped with it. Used on the store worker."""

    def opening(self) -> None:
        """Prepare for the polls to open: reserve room. Raises `StorageError`, `PollsStateError`."""

    def report_lines(self, kind: ReportKind, /) -> tuple[ReportLine, ...]:
        """List the device's numbers for a report; all zero before the first voter.

        Those of a status report depend on no ballot, only on how many were cast.
        """

    def cast(self) -> int:
        """Count the votes in a terminal, or the authorizations that a station gave. Raises `StorageError`."""

    def closing(self) -> Closing:
        """Say what CLOSE alone says; the sums of the day are added to it. Raises `StorageError`."""

    def closed(self) -> None:
        """Wipe what only the day needed. Raises `StorageError`."""

    def reported(self) -> tuple[tuple[int, int], tuple[bytes, ...]]:
        """Return the numbers and full roots that a closing report's code carries."""

    def bundle(self) -> Bundle:
        """Collect all that headquarters gets."""

    def doubts(self) -> tuple[Doubt, ...]:
        """List what two roles have to confirm here, beside what `DeviceContext.doubts` lists."""

    def confirm(self, doubt: Doubt, /) -> None:
        """Go on with what was found. Raises `StorageError`."""

    def close(self) -> None:
        """Close the databases."""
