"""Name the files of a device, on its two memories."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from election.register import REGISTER_FILE

PACKAGE_FILE: Final = "package.amin"
"""Name of the election package, on the USB drive and installed."""


@dataclass(frozen=True, slots=True)
class Files:
    """Where a device keeps what."""

    data: Path
    mirror: Path

    @property
    def package(self) -> Path:
        """The installed election package."""
        return self.data / PACKAGE_FILE

    @property
    def register(self) -> Path:
        """The register that names the installed package."""
        return self.data / REGISTER_FILE

    @property
    def added_lists(self) -> tuple[Path, Path]:
        """Revocation lists beside those of the package, on either medium."""
        return self.data / "added.lists", self.mirror / "added.lists"

    @property
    def bundle(self) -> Path:
        """The closing bundle, from the closing on."""
        return self.data / "closing.bundle"

    @property
    def polls(self) -> Path:
        """State of the polls, with the acts that led to it."""
        return self.data / "polls.db"

    @property
    def polls_mirror(self) -> Path:
        """Its copy on the second medium."""
        return self.mirror / "polls.db"

    @property
    def audit(self) -> Path:
        """The audit log."""
        return self.data / "audit.jsonl"

    @property
    def anchors(self) -> tuple[Path, Path]:
        """Where the log and the number of votes stood (`election.anchors`), on either medium."""
        return self.data / "anchor", self.mirror / "anchor"

    @property
    def votes(self) -> Path:
        """Ballots on the first medium."""
        return self.data / "votes.db"

    @property
    def votes_mirror(self) -> Path:
        """Ballots on the second medium."""
        return self.mirror / "votes.db"

    @property
    def pollbook(self) -> Path:
        """Who has been given a ballot, by keyed hash."""
        return self.data / "pollbook.db"

    @property
    def pollbook_mirror(self) -> Path:
        """Its copy on the second medium."""
        return self.mirror / "pollbook.db"

    @property
    def pollbook_lost(self) -> Path:
        """There while two roles have not confirmed that the pollbook begins anew."""
        return self.data / "pollbook.lost"

    @property
    def counters(self) -> Path:
        """Refusals, overrides and the sums of the day."""
        return self.data / "counters.db"
