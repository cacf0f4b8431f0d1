"""Admit the ballots that are counted: every one that is well-formed, proven, and there only once."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from crypto.ballot import Ballot, check_ballot, parse_ballot
from crypto.election import BeleniosElection
from crypto.errors import DecodeError, ProofError, SignatureError
from crypto.group import Point, hash_base64
from crypto.packing import KeptBallot
from headquarters.tally.work import ALONE, Work


class RefusalReason(StrEnum):
    """The reasons why a ballot is left out."""

    MALFORMED = "malformed"
    BAD_SIGNATURE = "bad signature"
    BAD_PROOF = "bad proof"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class BallotRefusal:
    """A ballot that is left out, by its tracking code."""

    tracking: str
    reason: RefusalReason


@dataclass(frozen=True, slots=True)
class Admission:
    """The ballots to be counted, in the order of their hashes, and those left out."""

    ballots: tuple[Ballot, ...]
    refused: tuple[BallotRefusal, ...]


def admit_ballots(
    election: BeleniosElection, texts: Iterable[bytes], work: Work = ALONE
) -> Admission:
    """Check every ballot. The order of the texts has no influence on the outcome.

    Of ballots that share a credential or a ciphertext the one with the smallest hash counts.
    """
    ordered = sorted(texts, key=lambda text: hashlib.sha256(text).digest())
    checked = work.spread("ballots", partial(_check, election), ordered)
    first = Uniqueness()
    ballots: list[Ballot] = []
    refused: list[BallotRefusal] = []
    for text, outcome in zip(ordered, checked, strict=True):
        if isinstance(outcome, RefusalReason):
            refused.append(BallotRefusal(hash_base64(text), outcome))
            continue
        if first.admits(outcome):
            ballots.append(outcome)
        else:
            refused.append(BallotRefusal(outcome.tracking, RefusalReason.DUPLICATE))
    return Admission(tuple(ballots), tuple(refused))


class Uniqueness:
    """Admits ballots in the order in which they come, if nothing in them was there before."""

    def __init__(self) -> None:
        self._seen: set[Point] = set()

    def admits(self, ballot: Ballot | KeptBallot) -> bool:
        """Return whether credential and ciphertexts are new; then they are known."""
        points = ballot.unique_points
        unique = set(points)
        if unique & self._seen or len(unique) != len(points):
            return False
        self._seen |= unique
        return True


def _check(election: BeleniosElection, text: bytes) -> Ballot | RefusalReason:
    try:
        ballot = parse_ballot(election, text)
        check_ballot(election, ballot)
    except DecodeError:
        return RefusalReason.MALFORMED
    except SignatureError:
        return RefusalReason.BAD_SIGNATURE
    except ProofError:
        return RefusalReason.BAD_PROOF
    return ballot
