"""Pass an archive from hand to hand, on a stick: each step checks what is there and adds its own.

    begin       Setup, ballots, EndBallots, EncryptedTally
    mix         one trustee's Shuffle; EndShuffles after the last one of Single trustees
    decrypt     one trustee's PartialDecryption, after EndShuffles if enough have shuffled
    conclude    Result, once enough have decrypted
    finish      mix, decrypt and conclude, where one hand holds enough keys

The hand-over file is the archive itself, so the reference tool can do any of the steps, too. An archive
that comes from elsewhere is verified whole by `open_archive`; each step returns the `ArchiveStatus` that
the next one starts from, so steps by one hand need no second verification. What a step adds is
written behind the rest and is there with its event or not at all. A step that was cut off leaves
objects without an event: they are taken off again, and nothing is lost but that step.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from crypto.archive import ArchiveWriter, Position, read_position
from crypto.ballot import Ballot, parse_ballot
from crypto.compact_json import as_fields, as_number, load_compact
from crypto.decryption import PartialDecryption, parse_partial_decryption
from crypto.election import BeleniosElection, parse_election
from crypto.elgamal import ciphertexts_from_json
from crypto.errors import DecodeError, ProofError
from crypto.group import Scalar, mul_base
from crypto.result import TallyResult
from crypto.trustees import SingleTrustee, Trustees, parse_trustees
from election.errors import ElectionError
from election.files import PUBLIC, replacing, sync
from headquarters.progress import ProgressCallback, no_progress
from headquarters.tally.archive_reader import read_events
from headquarters.tally.archive_writer import (
    write_opening,
    write_owned,
    write_tally,
)
from headquarters.tally.steps import (
    TallyCiphertexts,
    after_shuffle,
    count_result,
    decrypt_lists,
    parse_shuffle,
    shuffle_slots,
    tally_ballots,
)
from headquarters.verification import verify_archive
from words.message import Latin, Message, in_context, m


class RelayError(ElectionError):
    """A step that cannot be done with this archive; the message says what is missing."""


class Stage(StrEnum):
    """The step that the archive waits for."""

    BALLOTS = "ballots"
    MIXING = "mixing"
    DECRYPTION = "decryption"
    FINISHED = "finished"


STAGES: Final[Mapping[Stage, Message]] = {
    Stage.BALLOTS: in_context("stage of the tally", "ballots"),
    Stage.MIXING: in_context("stage of the tally", "mixing"),
    Stage.DECRYPTION: in_context("stage of the tally", "decryption"),
    Stage.FINISHED: in_context("stage of the tally", "nothing, it is finished"),
}


@dataclass(frozen=True, slots=True)
class ArchiveStatus:
    """The progress of an archive. `lists` are the ciphertexts the next step works on."""

    path: Path
    election: BeleniosElection
    trustees: Trustees
    ballots: int
    lists: TallyCiphertexts
    stage: Stage
    shufflers: tuple[int, ...]
    partials: Mapping[int, PartialDecryption]
    position: Position

    @property
    def enough_shuffles(self) -> bool:
        """Whether every Single trustee and k of each threshold group have shuffled."""
        return _enough(self.trustees, self.shufflers)

    @property
    def enough_decryptions(self) -> bool:
        """Whether every Single trustee and k of each threshold group have decrypted."""
        return _enough(self.trustees, tuple(self.partials))


def begin(
    path: Path,
    election: BeleniosElection,
    trustees: Trustees,
    ballots: Sequence[Ballot],
    *,
    timestamp: int,
    progress: ProgressCallback = no_progress,
) -> ArchiveStatus:
    """Write an archive up to its encrypted tally; it appears under its name only when complete.

    The ballots (admitted ones) are written in the order of their hashes, and every entry has the one
    time given (seconds since 1970), so the file says nothing about the order of casting.
    Raises ProofError for the trustees of another election, OSError.
    """
    if trustees.election_key != election.public_key:
        raise ProofError("these are not the trustees of this election")
    with replacing(path, PUBLIC) as stream:
        writer = ArchiveWriter(stream, timestamp)
        tally = tally_ballots(election, ballots)
        write_opening(writer, election, trustees, ballots, tally, progress)
    return ArchiveStatus(
        path,
        election,
        trustees,
        len(ballots),
        tally.lists,
        _after_tally(election),
        (),
        {},
        read_position(path),
    )


def open_archive(
    path: Path,
    *,
    executor: Executor | None = None,
    progress: ProgressCallback = no_progress,
) -> ArchiveStatus:
    """Take off what an interrupted step left, verify everything, and read how far the archive is.

    Raises RelayError if anything in it does not hold, DecodeError or OSError if it cannot be read.
    """
    position = read_position(path)
    if position.end < path.stat().st_size:
        os.truncate(path, position.end)
    report = verify_archive(path, final=False, progress=progress, executor=executor)
    if not report.ok:
        first = report.failures[0]
        raise RelayError(
            m(
                "{name} does not hold, so it is not worked on: {reason}, {detail} "
                "({count} failures; see: amin election verify --in-progress)",
                name=path.name,
                reason=Latin(first.reason),
                detail=Latin(first.message),
                count=len(report.failures),
            )
        )
    return _standing(path, position)


def close_ballots(standing: ArchiveStatus) -> None:
    """Close an archive that still takes ballots, with the tally that follows from them."""
    if standing.stage is not Stage.BALLOTS:
        raise RelayError(m("{name} is closed already", name=standing.path.name))
    ballots = [
        parse_ballot(standing.election, event.object(0, of=1))
        for event in read_events(standing.path)
        if event.kind == "Ballot"
    ]
    with _appending(standing) as writer:
        tally = tally_ballots(standing.election, ballots)
        write_tally(writer, tally, closed=standing.position.last == "EndBallots")


def mix(
    standing: ArchiveStatus,
    owner: int,
    *,
    executor: Executor | None = None,
    progress: ProgressCallback = no_progress,
) -> ArchiveStatus:
    """Shuffle every slot as trustee `owner` (from 1) and add the proof. Raises RelayError."""
    if standing.stage is not Stage.MIXING:
        raise RelayError(
            m(
                "{name} is not to be mixed: it waits for {stage}",
                name=standing.path.name,
                stage=STAGES[standing.stage],
            )
        )
    if owner not in standing.trustees.owners:
        raise RelayError(
            m(
                "there is no trustee {owner}; there are 1 to {count}",
                owner=owner,
                count=len(standing.trustees.owners),
            )
        )
    if owner in standing.shufflers:
        raise RelayError(
            m("trustee {owner} has mixed {name} already", owner=owner, name=standing.path.name)
        )
    if _only_singles(standing.trustees) and owner != len(standing.shufflers) + 1:
        raise RelayError(
            m("it is the turn of trustee {number}", number=len(standing.shufflers) + 1)
        )
    shuffle = shuffle_slots(standing.election, standing.lists, executor=executor, progress=progress)
    last = _only_singles(standing.trustees) and owner == len(standing.trustees.owners)
    with _appending(standing) as writer:
        writer.event("Shuffle", write_owned(writer, owner, shuffle.text))
        if last:
            writer.event("EndShuffles")
    return replace(
        standing,
        lists=after_shuffle(standing.election, standing.lists, shuffle),
        stage=Stage.DECRYPTION if last else Stage.MIXING,
        shufflers=(*standing.shufflers, owner),
        position=read_position(standing.path),
    )


def owner_of(trustees: Trustees, private_key: Scalar) -> int:
    """Return the number of the trustee whose key (or share) this is. Raises RelayError."""
    public = mul_base(private_key)
    for owner, trustee in trustees.owners.items():
        if trustee.public_key == public:
            return owner
    raise RelayError(m("this key belongs to none of the election's trustees"))


def decrypt(
    standing: ArchiveStatus,
    private_key: Scalar,
    *,
    executor: Executor | None = None,
    progress: ProgressCallback = no_progress,
) -> ArchiveStatus:
    """Add the partial decryption of the key's owner. Raises RelayError."""
    owner = owner_of(standing.trustees, private_key)
    mixed = standing.stage is Stage.DECRYPTION
    if not mixed and not (standing.stage is Stage.MIXING and standing.enough_shuffles):
        raise RelayError(
            m(
                "{name} cannot be decrypted: it waits for {stage}",
                name=standing.path.name,
                stage=STAGES[standing.stage],
            )
        )
    if owner in standing.partials:
        raise RelayError(
            m("trustee {owner} has decrypted {name} already", owner=owner, name=standing.path.name)
        )
    partial = decrypt_lists(
        standing.election, standing.lists, private_key, executor=executor, progress=progress
    )
    with _appending(standing) as writer:
        if not mixed:
            writer.event("EndShuffles")
        writer.event("PartialDecryption", write_owned(writer, owner, partial.text))
    return replace(
        standing,
        stage=Stage.DECRYPTION,
        partials={**standing.partials, owner: partial},
        position=read_position(standing.path),
    )


def conclude(standing: ArchiveStatus) -> TallyResult:
    """Combine the decryptions and add the result, if it is not there yet; return it.

    Raises RelayError if too few have decrypted.
    """
    if standing.stage is Stage.FINISHED:
        return _opened(standing)
    if standing.stage is not Stage.DECRYPTION or not standing.enough_decryptions:
        raise RelayError(
            m(
                "{name} has no result yet: it waits for {stage}",
                name=standing.path.name,
                stage=standing.stage,
            )
        )
    result = _opened(standing)
    with _appending(standing) as writer:
        writer.event("Result", writer.data(result.text))
    return result


def finish(
    standing: ArchiveStatus,
    private_keys: Iterable[Scalar],
    *,
    executor: Executor | None = None,
    progress: ProgressCallback = no_progress,
) -> TallyResult:
    """Mix, decrypt and conclude by one hand that holds enough private keys. Raises RelayError."""
    owners = {owner_of(standing.trustees, key): key for key in private_keys}
    for owner in sorted(owners) if standing.stage is Stage.MIXING else ():
        told = _labelled(progress, owner)
        standing = mix(standing, owner, executor=executor, progress=told)
    for owner, key in sorted(owners.items()):
        told = _labelled(progress, owner)
        standing = decrypt(standing, key, executor=executor, progress=told)
    return conclude(standing)


def _labelled(progress: ProgressCallback, owner: int) -> ProgressCallback:
    def labelled(step: str, done: int, total: int) -> None:
        progress(f"{step} {owner}", done, total)

    return labelled


@contextmanager
def _appending(standing: ArchiveStatus) -> Iterator[ArchiveWriter]:
    """Write behind the archive's last event; what was written is on the medium afterwards.

    A failure takes off again what was written before it.
    """
    with standing.path.open("r+b") as stream:
        stream.seek(standing.position.end)
        try:
            yield ArchiveWriter.after(stream, standing.position)
            sync(stream)
        except BaseException:
            stream.truncate(standing.position.end)
            raise


def _opened(standing: ArchiveStatus) -> TallyResult:
    return count_result(
        standing.election, standing.trustees, standing.lists, standing.ballots, standing.partials
    )


# ---------------------------------------------------------------- reading


def _standing(path: Path, position: Position) -> ArchiveStatus:
    """Read a verified archive."""
    election: BeleniosElection | None = None
    trustees: Trustees | None = None
    ballots = 0
    lists: TallyCiphertexts = ()
    stage = Stage.BALLOTS
    shufflers: list[int] = []
    partials: dict[int, PartialDecryption] = {}
    for event in read_events(path):
        match event.kind:
            case "Setup":
                election = parse_election(event.objects[0])
                trustees = parse_trustees(event.objects[1])
            case "Ballot":
                ballots += 1
            case "EncryptedTally" if election is not None:
                lists = ciphertexts_from_json(load_compact(event.objects[0]), identity=True)
                stage = _after_tally(election)
            case "Shuffle" if election is not None:
                shufflers.append(_owner(event.objects[1]))
                lists = after_shuffle(election, lists, parse_shuffle(event.objects[0]))
            case "EndShuffles":
                stage = Stage.DECRYPTION
            case "PartialDecryption":
                partials[_owner(event.objects[1])] = parse_partial_decryption(event.objects[0])
            case "Result":
                stage = Stage.FINISHED
    if election is None or trustees is None:
        raise DecodeError(f"{path.name} has no Setup event")
    return ArchiveStatus(
        path,
        election,
        trustees,
        ballots,
        lists,
        stage,
        tuple(shufflers),
        partials,
        position,
    )


def _after_tally(election: BeleniosElection) -> Stage:
    return Stage.MIXING if election.slots else Stage.DECRYPTION


def _owner(owned: bytes) -> int:
    owner, _ = as_fields(load_compact(owned), "owner", "payload")
    return as_number(owner)


def _only_singles(trustees: Trustees) -> bool:
    return all(isinstance(item, SingleTrustee) for item in trustees.items)


def _enough(trustees: Trustees, owners: Sequence[int]) -> bool:
    first, present = 1, set(owners)
    for item in trustees.items:
        size, needed = (1, 1) if isinstance(item, SingleTrustee) else (item.size, item.threshold)
        if len(present & set(range(first, first + size))) < needed:
            return False
        first += size
    return True
