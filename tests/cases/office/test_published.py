"""Judge what is published of an election with `amin election verify`."""

from __future__ import annotations

from headquarters.workspace import ElectionFolder
from tests.headquarters.test_cli import day, people, run

__all__ = ["day", "people"]


def test_honest_publication(day: ElectionFolder) -> None:
    """Two ballots through all commands are valid, by the index and by the archive."""
    for name in ("index.json", "election.bel"):
        told = run("verify", day.result / name)
        assert told.exit_code == 0, told.output
