"""Pass an archive from hand to hand, on a USB drive: each step checks what is there and adds its own.

    begin       Setup, ballots, EndBallots, EncryptedTally
    mix         one trustee's Shuffle; EndShuffles after the last one of Single trustees
    decrypt     one trustee's PartialDecryption, after EndShuffles if enough have shuffled; its strong
                proof goes beside the archive (`decryption_proofs`)
    conclude    Result, once enough have decrypted and every decryption has its strong proof
    finish      mix, decrypt and conclude, where one hand holds enough keys

The hand-over file is the archive itself, so the reference tool can do any of the steps, too. An archive
that comes from elsewhere is verified whole by `open_archive`; each step returns the `ArchiveStatus` that
the next one starts from, so steps by one hand need no second verification. What a step adds is
written behind the rest and is there with its event or not at all. A step that was cut off leaves
objects without an event: they are taken off again, and nothing is lost but that step. A decryption that
is there without its proof, because the step was cut off in between or the reference tool made it, gets
the proof from the trustee's key and the archive alone (`prove_decryption`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from crypto.archive import ArchiveWriter, read_position
from crypto.ballot import Ballot
from crypto.election import BeleniosElection
from crypto.errors import ProofError
from crypto.group import Scalar, mul_base, system_scalar
from crypto.packing import KeptBallot
from crypto.result import TallyResult
from crypto.strong_decryption import prove_strong_decryption, verify_strong_decryption
from crypto.trustees import Trustees
from election.errors import ElectionError
from election.files import PUBLIC, replacing, sync
from headquarters.progress import ProgressCallback, no_progress
from headquarters.tally.archive_status import (
    STAGES,
    ArchiveStatus,
    Stage,
    after_tally,
    only_singles,
    status_of,
)
from headquarters.tally.archive_writer import write_opening, write_owned
from headquarters.tally.decryption_proofs import (
    DecryptionProofs,
    forget_proofs,
    proofs_path,
    read_proofs,
    write_proofs,
)
from headquarters.tally.steps import (
    after_shuffle,
    count_result,
    decrypt_lists,
    shuffle_slots,
)
from headquarters.tally.work import ALONE, Work
from headquarters.verification import verify_standing
from words.message import Latin


class RelayError(ElectionError):
    """A step that cannot be done with this archive; the message says what is missing."""


def begin(
    path: Path,
    election: BeleniosElection,
    trustees: Trustees,
    ballots: Sequence[Ballot | KeptBallot],
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
    forget_proofs(path)
    with replacing(path, PUBLIC) as stream:
        writer = ArchiveWriter(stream, timestamp)
        tally = write_opening(writer, election, trustees, ballots, progress)
    position = read_position(path)
    return ArchiveStatus(
        path,
        election,
        trustees,
        len(ballots),
        tally.lists,
        after_tally(election),
        (),
        {},
        position,
        position.parent or "",
        {},
    )


def open_archive(path: Path, work: Work = ALONE) -> ArchiveStatus:
    """Take off what an interrupted step left, verify everything, and return how far the archive is.

    What was verified is what the next step works on: nothing is read a second time. Raises RelayError
    if anything in it does not hold, DecodeError or OSError if it cannot be read.
    """
    position = read_position(path)
    if position.end < path.stat().st_size:
        os.truncate(path, position.end)
    report, verified = verify_standing(path, work.progress, work.executor, proofs_path(path))
    if verified is None:
        first = report.failures[0]
        raise RelayError.of(
            "{name} does not hold, so it is not worked on: {reason}, {detail} "
            "({count} failures; see: amin election verify --in-progress)",
            name=path.name,
            reason=Latin(first.reason),
            detail=first.message,
            count=len(report.failures),
        )
    return status_of(path, position, verified)


def mix(standing: ArchiveStatus, owner: int, work: Work = ALONE) -> ArchiveStatus:
    """Shuffle every slot as trustee `owner` (from 1) and add the proof. Raises RelayError."""
    name, stage, count = standing.path.name, STAGES[standing.stage], len(standing.trustees.owners)
    if standing.stage is not Stage.MIXING:
        raise RelayError.of(
            "{name} is not to be mixed: it waits for {stage}", name=name, stage=stage
        )
    if owner not in standing.trustees.owners:
        raise RelayError.of(
            "there is no trustee {owner}; there are 1 to {count}", owner=owner, count=count
        )
    if owner in standing.shufflers:
        raise RelayError.of("trustee {owner} has mixed {name} already", owner=owner, name=name)
    in_turn, number = only_singles(standing.trustees), len(standing.shufflers) + 1
    if in_turn and owner != number:
        raise RelayError.of("it is the turn of trustee {number}", number=number)
    shuffle = shuffle_slots(standing.election, standing.lists, work)
    last = in_turn and owner == count
    with _appending(standing) as writer:
        event = writer.event("Shuffle", write_owned(writer, owner, shuffle.text))
        if last:
            event = writer.event("EndShuffles")
    return replace(
        standing,
        lists=after_shuffle(standing.election, standing.lists, shuffle),
        stage=Stage.DECRYPTION if last else Stage.MIXING,
        shufflers=(*standing.shufflers, owner),
        position=read_position(standing.path),
        event=event,
    )


def owner_of(trustees: Trustees, private_key: Scalar) -> int:
    """Return the number of the trustee whose key (or share) this is. Raises RelayError."""
    public = mul_base(private_key)
    for owner, trustee in trustees.owners.items():
        if trustee.public_key == public:
            return owner
    raise RelayError.of("this key belongs to none of the election's trustees")


def decrypt(standing: ArchiveStatus, private_key: Scalar, work: Work = ALONE) -> ArchiveStatus:
    """Add the partial decryption of the key's owner, and its strong proof. Raises RelayError."""
    owner = owner_of(standing.trustees, private_key)
    name, stage = standing.path.name, STAGES[standing.stage]
    mixed = standing.stage is Stage.DECRYPTION
    if not mixed and not (standing.stage is Stage.MIXING and standing.enough_shuffles):
        raise RelayError.of(
            "{name} cannot be decrypted: it waits for {stage}", name=name, stage=stage
        )
    if owner in standing.partials:
        raise RelayError.of("trustee {owner} has decrypted {name} already", owner=owner, name=name)
    partial = decrypt_lists(standing.election, standing.lists, private_key, work)
    event = standing.event
    with _appending(standing) as writer:
        if not mixed:
            event = writer.event("EndShuffles")
        writer.event("PartialDecryption", write_owned(writer, owner, partial.text))
    decrypted = replace(
        standing,
        stage=Stage.DECRYPTION,
        partials={**standing.partials, owner: partial},
        position=read_position(standing.path),
        event=event,
    )
    return prove_decryption(decrypted, private_key)


def prove_decryption(standing: ArchiveStatus, private_key: Scalar) -> ArchiveStatus:
    """Make the strong proof of a decryption that is there; with which program it was made is no matter.

    Raises RelayError if the key's owner has not decrypted, or the proof is there; ProofError if the
    factors are not those of the key.
    """
    owner, name = owner_of(standing.trustees, private_key), standing.path.name
    if owner not in standing.partials:
        raise RelayError.of("trustee {owner} has not decrypted {name} yet", owner=owner, name=name)
    if owner in standing.proofs:
        raise RelayError.of(
            "trustee {owner} has proven the decryption of {name} already", owner=owner, name=name
        )
    kept = read_proofs(standing.path)
    if kept is not None and kept.event != standing.event:
        raise RelayError.of(
            "{path} is of another archive; keep each archive in a folder of its own",
            path=str(proofs_path(standing.path)),
        )
    proof = prove_strong_decryption(standing.statement(owner), private_key, system_scalar)
    proofs = {**standing.proofs, owner: proof}
    write_proofs(standing.path, DecryptionProofs(standing.event, proofs))
    return replace(standing, proofs=proofs)


def conclude(standing: ArchiveStatus) -> TallyResult:
    """Combine the decryptions and add the result, if it is not there yet; return it.

    Raises RelayError if too few have decrypted, or one is not proven strongly; ProofError if a proof
    does not hold.
    """
    if standing.stage is Stage.FINISHED:
        _require_proofs(standing)
        return _opened(standing)
    if standing.stage is not Stage.DECRYPTION or not standing.enough_decryptions:
        name, stage = standing.path.name, STAGES[standing.stage]
        raise RelayError.of(
            "{name} has no result yet: it waits for {stage}", name=name, stage=stage
        )
    _require_proofs(standing)
    result = _opened(standing)
    with _appending(standing) as writer:
        writer.event("Result", writer.data(result.text))
    return result


def finish(
    standing: ArchiveStatus, private_keys: Iterable[Scalar], work: Work = ALONE
) -> TallyResult:
    """Mix, decrypt and conclude by one hand that holds enough private keys. Raises RelayError."""
    owners = {owner_of(standing.trustees, key): key for key in private_keys}
    for owner in sorted(owners) if standing.stage is Stage.MIXING else ():
        standing = mix(standing, owner, work.of(owner))
    for owner, key in sorted(owners.items()):
        standing = decrypt(standing, key, work.of(owner))
    return conclude(standing)


@contextmanager
def _appending(standing: ArchiveStatus) -> Iterator[ArchiveWriter]:
    """Write behind the archive's last event; what was written is on the medium afterwards.

    A failure takes off again what was written before it. Raises `RelayError` where the archive is not the one
    whose standing was read: a step takes hours, and another one's events would be written over.
    """
    with standing.path.open("r+b") as stream:
        if read_position(standing.path) != standing.position:
            raise RelayError.of(
                "{name} was changed while this step went on: repeat the step",
                name=standing.path.name,
            )
        stream.seek(standing.position.end)
        try:
            yield ArchiveWriter.after(stream, standing.position)
            sync(stream)
        except BaseException:
            stream.truncate(standing.position.end)
            raise


def _require_proofs(standing: ArchiveStatus) -> None:
    missing = sorted(set(standing.partials) - set(standing.proofs))
    if missing:
        raise RelayError.of(
            "the decryption of {name} by trustee {owner} has no strong proof; the trustee makes it "
            "from key and archive with: amin election decrypt",
            name=standing.path.name,
            owner=missing[0],
        )
    for owner in standing.partials.keys() - standing.verified:
        verify_strong_decryption(standing.statement(owner), standing.proofs[owner])


def _opened(standing: ArchiveStatus) -> TallyResult:
    return count_result(
        standing.election,
        standing.trustees,
        standing.lists,
        standing.ballots,
        standing.partials,
        standing.verified,
    )
