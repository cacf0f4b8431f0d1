"""Define the tables of a station's pollbook (`kiosk.storage.pollbook`), and what is counted in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from election import admissions, claim_book, handing
from election.definition import ContestId

SCHEMA_VERSION: Final = 8
STEPS: Final = {7: handing.SCHEMA}
"""What makes a database of an earlier version one of the next."""
SCHEMA: Final = f"""
CREATE TABLE voter(
    reference BLOB PRIMARY KEY CHECK (length(reference) = 32),
    contests TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('claimed', 'issued')),
    nonce BLOB CHECK ((nonce IS NULL) = (state = 'issued')),
    handle BLOB CHECK (handle IS NULL OR (state = 'claimed' AND length(handle) = 16))
) STRICT, WITHOUT ROWID;
CREATE TABLE provisional(sealed BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE issued(hash BLOB PRIMARY KEY CHECK (length(hash) = 32)) STRICT, WITHOUT ROWID;
CREATE TABLE returned(hash BLOB PRIMARY KEY CHECK (length(hash) = 32)) STRICT, WITHOUT ROWID;
CREATE TABLE receipt(
    hash BLOB NOT NULL CHECK (length(hash) = 32), device TEXT NOT NULL,
    signature BLOB NOT NULL CHECK (length(signature) = 64),
    PRIMARY KEY (hash, device)
) STRICT, WITHOUT ROWID;
{admissions.SCHEMA}{claim_book.SCHEMA}{handing.SCHEMA}"""


@dataclass(frozen=True, slots=True)
class PollbookCount:
    """Voters by the contests they may vote in."""

    contests: tuple[ContestId, ...]
    claimed: int
    """Claimed and not (yet) issued."""
    issued: int
