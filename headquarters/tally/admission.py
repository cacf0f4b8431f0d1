"""Admit the ballots that are counted: every one that is well-formed, proven, and there only once."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from crypto.ballot import Ballot, EncryptedSlot, check_ballot, parse_ballot
from crypto.election import BeleniosElection
from crypto.errors import DecodeError, ProofError, SignatureError
from crypto.group import Point, hash_base64
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
    seen: set[Point] = set()
    ballots: list[Ballot] = []
    refused: list[BallotRefusal] = []
    for text, outcome in zip(ordered, checked, strict=True):
        if isinstance(outcome, RefusalReason):
            refused.append(BallotRefusal(hash_base64(text), outcome))
            continue
        unique = {outcome.credential, *_alphas(outcome)}
        if unique & seen or len(unique) != 1 + sum(1 for _ in _alphas(outcome)):
            refused.append(BallotRefusal(outcome.tracking, RefusalReason.DUPLICATE))
            continue
        seen |= unique
        ballots.append(outcome)
    return Admission(tuple(ballots), tuple(refused))


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


def _alphas(ballot: Ballot) -> Iterator[Point]:
    for answer in ballot.answers:
        if isinstance(answer, EncryptedSlot):
            yield answer.choices.alpha
        else:
            yield from (choice.alpha for choice in answer.choices)
