"""Tell how far an archive is that goes from hand to hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from crypto.archive import Position
from crypto.compact_json import as_fields, as_number, load_compact
from crypto.decryption import PartialDecryption, parse_partial_decryption
from crypto.election import BeleniosElection, parse_election
from crypto.elgamal import Ciphertext, ciphertexts_from_json
from crypto.errors import DecodeError
from crypto.proofs import Proof
from crypto.strong_decryption import DecryptionStatement
from crypto.trustees import SingleTrustee, Trustees, parse_trustees
from headquarters.tally.archive_reader import read_events
from headquarters.tally.steps import TallyCiphertexts, after_shuffle, parse_shuffle
from headquarters.verification import VerifiedArchive
from words.message import Message, in_context


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
    event: str
    """SHA-256 (hex) of the last event before the first partial decryption, as far as the archive is."""
    proofs: Mapping[int, Proof]
    """Strong proofs of the partial decryptions, by owner."""
    verified: frozenset[int] = frozenset()
    """Owners whose decryption was verified with the archive; only their strong proofs are here."""

    @property
    def enough_shuffles(self) -> bool:
        """Whether every Single trustee and k of each threshold group have shuffled."""
        return _enough(self.trustees, self.shufflers)

    @property
    def enough_decryptions(self) -> bool:
        """Whether every Single trustee and k of each threshold group have decrypted."""
        return _enough(self.trustees, tuple(self.partials))

    def statement(self, owner: int) -> DecryptionStatement:
        """Return what the owner of a partial decryption has to prove of it."""
        return DecryptionStatement(
            self.election.fingerprint,
            bytes.fromhex(self.event),
            owner,
            self.trustees.owners[owner].public_key,
            tuple(item.alpha for row in self.lists for item in row),
            tuple(factor for row in self.partials[owner].factors for factor in row),
        )


def status_of(path: Path, position: Position, verified: VerifiedArchive) -> ArchiveStatus:
    """Return how far an archive is of which everything was verified.

    position: where the archive ended before it was verified. Raises DecodeError if it changed meanwhile.
    """
    if position.parent != verified.last:
        raise DecodeError(f"{path.name} changed while it was verified")
    election, trustees = parse_election(verified.election), parse_trustees(verified.trustees)
    kinds = verified.kinds
    if "Result" in kinds:
        stage = Stage.FINISHED
    elif "EndShuffles" in kinds:
        stage = Stage.DECRYPTION
    else:
        stage = after_tally(election) if "EncryptedTally" in kinds else Stage.BALLOTS
    return ArchiveStatus(
        path,
        election,
        trustees,
        verified.ballots,
        tuple(tuple(Ciphertext(*pair) for pair in row) for row in verified.lists),
        stage,
        verified.shufflers,
        {owner: PartialDecryption(factors, ()) for owner, factors in verified.factors.items()},
        position,
        verified.event,
        {owner: Proof(*proof) for owner, proof in verified.proofs.items()},
        frozenset(verified.factors),
    )


def read_status(path: Path, position: Position, proofs: Mapping[int, Proof]) -> ArchiveStatus:
    """Read how far an archive is that nobody verifies here, and given proofs of the decryptions in it.

    Raises DecodeError, or OSError if it cannot be read.
    """
    election: BeleniosElection | None = None
    trustees: Trustees | None = None
    ballots = 0
    lists: TallyCiphertexts = ()
    stage = Stage.BALLOTS
    shufflers: list[int] = []
    partials: dict[int, PartialDecryption] = {}
    last = ""
    for event in read_events(path):
        if event.kind not in ("PartialDecryption", "Result"):
            last = event.digest
        match event.kind:
            case "Setup":
                election = parse_election(event.objects[0])
                trustees = parse_trustees(event.objects[1])
            case "Ballot":
                ballots += 1
            case "EncryptedTally" if election is not None:
                lists = ciphertexts_from_json(load_compact(event.objects[0]), identity=True)
                stage = after_tally(election)
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
        last,
        {owner: proof for owner, proof in proofs.items() if owner in partials},
    )


def after_tally(election: BeleniosElection) -> Stage:
    """Return the stage of an archive when the tally is there."""
    return Stage.MIXING if election.slots else Stage.DECRYPTION


def _owner(owned: bytes) -> int:
    owner, _ = as_fields(load_compact(owned), "owner", "payload")
    return as_number(owner)


def only_singles(trustees: Trustees) -> bool:
    """Return whether all trustees are needed, so that they mix in their order."""
    return all(isinstance(item, SingleTrustee) for item in trustees.items)


def _enough(trustees: Trustees, owners: Sequence[int]) -> bool:
    first, present = 1, set(owners)
    for item in trustees.items:
        size, needed = (1, 1) if isinstance(item, SingleTrustee) else (item.size, item.threshold)
        if len(present & set(range(first, first + size))) < needed:
            return False
        first += size
    return True
