"""Make archives so small that thousands of changes can be judged: every kind of object, two ballots."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from crypto.casting import BallotMaker, HomomorphicAnswer, SlotAnswer
from crypto.election import slot_integers
from crypto.embedding import EmbeddingTable
from crypto.threshold.shares import open_decryption_key
from crypto.trustees import parse_trustees
from headquarters.tally import relay
from tests.crypto.elections import VECTORS, keys_and_trustees, small_election
from tests.crypto.threshold.vectors import secret, shares

CODES: Final = (1234, 9)


def small_archives(folder: Path) -> list[Path]:
    """Write an archive of trustees who all have to decrypt, and one of two out of three; two ballots each."""
    keys, trustees = keys_and_trustees()
    two = folder / "two.bel", trustees, [key.private_key for key in keys]
    public = parse_trustees((VECTORS / "pedersen" / "trustees.json").read_bytes().strip())
    opened = [
        open_decryption_key(secret(index), shares()[index - 1].private_key) for index in (1, 3)
    ]
    made = []
    for path, people, private in (two, (folder / "of-three.bel", public, opened)):
        election = small_election(people, 1)
        maker = BallotMaker(election, EmbeddingTable({0, *CODES}))
        ballots = [
            maker.make(
                [SlotAnswer(slot_integers(code)), HomomorphicAnswer((0, 1, 0, 0))],
                secrets.token_bytes(32),
            )
            for code in CODES
        ]
        begun = relay.begin(path, election, people, ballots, timestamp=1795328752)
        relay.finish(begun, private)
        made.append(path)
    return made
