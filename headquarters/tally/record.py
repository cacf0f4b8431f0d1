"""The whole record of a counted election, and its archive file."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from crypto.archive import ArchiveWriter
from crypto.ballot import Ballot
from crypto.decryption import PartialDecryption
from crypto.election import Election
from crypto.errors import ProofError
from crypto.group import Scalar
from crypto.trustees import Trustees
from election.files import PUBLIC, replacing
from headquarters.tally.entries import write_opening, write_owned
from headquarters.tally.steps import (
    EncryptedTally,
    Result,
    Shuffle,
    after_shuffle,
    count_result,
    decrypt_lists,
    shuffle_slots,
    tally_ballots,
)
from headquarters.tally.work import Progress, silent


@dataclass(frozen=True, slots=True)
class ElectionRecord:
    """Everything an archive holds. Shuffles and decryptions are by owner number, in order."""

    election: Election
    trustees: Trustees
    ballots: tuple[Ballot, ...]
    tally: EncryptedTally
    shuffles: tuple[tuple[int, Shuffle], ...]
    partials: tuple[tuple[int, PartialDecryption], ...]
    result: Result


def tally_election(
    election: Election,
    trustees: Trustees,
    ballots: Sequence[Ballot],
    private_keys: Mapping[int, Scalar],
    *,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> ElectionRecord:
    """All steps in one place, for rehearsals and for trustees who sit at one machine.

    private_keys: by owner number, of every trustee (or enough of a threshold group); each of them
    shuffles and decrypts. Raises ProofError if a key is not its trustee's or too few are there.
    """
    if trustees.election_key != election.public_key:
        raise ProofError("these are not the trustees of this election")
    tally = tally_ballots(election, ballots)
    lists = tally.lists
    shuffles: list[tuple[int, Shuffle]] = []
    for owner in sorted(private_keys) if election.slots else []:
        report = _labelled(progress, owner)
        shuffles.append((owner, shuffle_slots(election, lists, executor=executor, progress=report)))
        lists = after_shuffle(election, lists, shuffles[-1][1])
    partials: dict[int, PartialDecryption] = {}
    for owner, key in sorted(private_keys.items()):
        report = _labelled(progress, owner)
        partials[owner] = decrypt_lists(election, lists, key, executor=executor, progress=report)
    result = count_result(election, trustees, lists, tally.ballots, partials)
    return ElectionRecord(
        election,
        trustees,
        tuple(ballots),
        tally,
        tuple(shuffles),
        tuple(sorted(partials.items())),
        result,
    )


def write_archive(
    path: Path, record: ElectionRecord, *, timestamp: int, progress: Progress = silent
) -> None:
    """Write the archive; it appears under its name only when it is complete and on the medium.

    The order of the ballots is that of their hashes and the one time is the given one (seconds
    since 1970), so the file says nothing about the order of casting. Raises OSError.
    """
    with replacing(path, PUBLIC) as stream:
        writer = ArchiveWriter(stream, timestamp)
        write_opening(
            writer, record.election, record.trustees, record.ballots, record.tally, progress
        )
        for owner, shuffle in record.shuffles:
            writer.event("Shuffle", write_owned(writer, owner, shuffle.text))
        if record.election.slots:
            writer.event("EndShuffles")
        for owner, decryption in record.partials:
            writer.event("PartialDecryption", write_owned(writer, owner, decryption.text))
        writer.event("Result", writer.data(record.result.text))


def _labelled(progress: Progress, owner: int) -> Progress:
    def labelled(step: str, done: int, total: int) -> None:
        progress(f"{step} {owner}", done, total)

    return labelled
