"""SECRECY. Every commit of the vote store leaves a rollback journal that is unlinked and not
overwritten (`journal_mode=DELETE`; `secure_delete` does not touch it). It holds the page images
from before: so where old blocks are kept (copy-on-write and log-structured file systems, snapshots,
flash), every journal says which record was written and which authorization was spent with it; the
root page in it says at which commit.

Hard links stand for a medium that keeps what was freed; what is overwritten in place is overwritten
there, too.
"""

import os
import secrets
import sqlite3
from pathlib import Path

from crypto.hybrid import HybridKey
from election.definition import DeviceId
from election.records import RecordKind, spent_hash
from kiosk.storage.medium import Medium
from kiosk.storage.votes import VoteStore
from tests.cases.runner import case, collect, expect, new_folder

VOTERS, SIZE, PAGE = 40, 7445, 4096
HEADERS = (512, 4096)
"""Bytes before the pages, one sector (sqlite.org/fileformat.html, the rollback journal)."""


def pages_before(journal: bytes, last: int) -> dict[int, bytes]:
    """Number of each page to its content before the commit; the header may be wiped."""
    pages: dict[int, bytes] = {}
    for header in HEADERS:
        for at in range(header, len(journal) - PAGE - 7, PAGE + 8):
            number = int.from_bytes(journal[at : at + 4], "big")
            if not 1 <= number <= last:
                break
            pages[number] = journal[at + 4 : at + 4 + PAGE]
    return pages


def cast_all(folder: Path) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Pairs of record and spent authorization in the order of casting, and the final file."""
    store = VoteStore(
        folder / "votes.db", folder / "mirror.db", HybridKey.generate(), "phi", DeviceId("t1")
    )
    store.reserve(3 * VOTERS, SIZE)
    commit = Medium.commit
    pairs = []

    def keeping(medium: Medium) -> None:
        journal = Path(f"{medium.path}-journal")
        if medium.path.name == "votes.db" and journal.exists():
            os.link(journal, folder / f"kept-{len(pairs):04}")
        commit(medium)

    Medium.commit = keeping
    try:
        for _ in range(VOTERS):
            digest, nonce = secrets.token_bytes(32), secrets.token_bytes(16)
            store.record(RecordKind.CAST, digest, secrets.token_bytes(SIZE), nonce)
            pairs.append((digest, spent_hash(nonce)))
    finally:
        Medium.commit = commit
    store.close()
    return pairs, (folder / "votes.db").read_bytes()


@case
def kept_journals_tie_votes_to_authorizations() -> None:
    folder = new_folder()
    pairs, final = cast_all(folder)
    # From here on as a thief: the final file and the kept journals, nothing else.
    with sqlite3.connect(":memory:") as connection:
        connection.deserialize(final)
        digests = [
            row[0] for row in connection.execute("SELECT digest FROM slot WHERE state<>x'00'")
        ]
        spends = [row[0] for row in connection.execute("SELECT hash FROM spent WHERE state<>x'00'")]
    if len(digests) != VOTERS or len(spends) != VOTERS:
        raise RuntimeError("the store has another form; this case has to follow it")
    pages = [final[at : at + PAGE] for at in range(0, len(final), PAGE)]
    tied = []
    for kept in sorted(folder.glob("kept-*"), reverse=True):
        before = pages_before(kept.read_bytes(), len(pages))
        new = b"".join(pages[number - 1] for number in before)
        old = b"".join(before.values())
        tied.append([each for each in (*digests, *spends) if each in new and each not in old])
        for number, content in before.items():
            pages[number - 1] = content
    right = sum(list(pair) in tied for pair in pairs)
    expect(not right, f"{right} of {VOTERS} commits: the record and its authorization are named")


test_case = collect()
