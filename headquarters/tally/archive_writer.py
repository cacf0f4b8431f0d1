"""Write the entries of a tally's steps into an archive."""

from __future__ import annotations

from collections.abc import Sequence

from crypto.archive import ArchiveWriter
from crypto.ballot import Ballot
from crypto.compact_json import dump
from crypto.election import BeleniosElection
from crypto.group import point_text
from crypto.packing import KeptBallot
from crypto.trustees import Trustees
from headquarters.progress import ProgressCallback, no_progress
from headquarters.tally.steps import EncryptedTally, RunningTally


def write_opening(
    writer: ArchiveWriter,
    election: BeleniosElection,
    trustees: Trustees,
    ballots: Sequence[Ballot | KeptBallot],
    progress: ProgressCallback = no_progress,
) -> EncryptedTally:
    """Write everything up to the encrypted tally, and return it; one ballot is open at a time.

    Credentials and ballots stand in an order that says nothing: that of their bytes, and that of
    their hashes.
    """
    credentials = sorted(ballot.credential for ballot in ballots)
    setup = dump(
        {
            "election": writer.data(election.text),
            "trustees": writer.data(trustees.text),
            "credentials": writer.data(dump([point_text(point) for point in credentials])),
        }
    )
    writer.event("Setup", writer.data(setup))
    running = RunningTally(election)
    for done, ballot in enumerate(sorted(ballots, key=lambda ballot: ballot.digest), 1):
        opened = ballot.open()
        writer.event("Ballot", writer.data(opened.text))
        running.add(opened)
        progress("archive", done, len(ballots))
    writer.event("EndBallots")
    tally = running.close()
    writer.data(tally.text)
    writer.event("EncryptedTally", writer.data(tally.sized_text))
    return tally


def write_owned(writer: ArchiveWriter, owner: int, text: bytes) -> str:
    """Write an object of one trustee with its owner's number around it; return the hash of the latter."""
    return writer.data(dump({"owner": owner, "payload": writer.data(text)}))
