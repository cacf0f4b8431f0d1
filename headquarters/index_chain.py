"""Verify the chain of an election's indexes: each names the one before it, and what was in stays in.

    earlier/<SHA-256>.json  .sig      every earlier index with its signature, beside the newest

An index is *interim* while devices are pending. Its successor has the same batches, byte for byte, and
more: a device that was in is never missing later, and one that is missing stays it. So headquarters cannot
publish several results and keep the one it likes: whoever kept an interim index sees whether it is one of the
predecessors (`amin election verify --earlier`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from crypto.certificates import MAX_CERTIFICATE_SIZE, valid_from
from crypto.errors import CryptoError
from crypto.hybrid import SIGNATURE_SIZE
from election.definition import Role
from election.files import read_file
from election.reasons import PublicationReason
from election.schema import SchemaError, from_json
from election.signed import Signature, SignatureRefusedError, verify
from headquarters.index_document import (
    CONTEXT,
    EARLIER_FOLDER,
    INDEX_FILE,
    MAX_INDEX,
    ArchiveIndex,
    sha256_of,
)
from headquarters.published_acts import documents_in

_MAX_CHAIN = 10_000

ChainProblem: TypeAlias = tuple[PublicationReason, str]
"""(reason, entry)."""


@dataclass(slots=True)
class IndexChain:
    """The predecessors of an index, newest first, and what is wrong with them."""

    predecessors: list[str] = field(default_factory=list)
    """SHA-256 of each."""
    problems: list[ChainProblem] = field(default_factory=list)


def check_chain(folder: Path, index: ArchiveIndex) -> IndexChain:
    """Follow an index back to the first; every step only adds."""
    chain, later = IndexChain(), index
    while later.predecessor is not None:
        name = later.predecessor
        earlier = _read_earlier(folder, name)
        if earlier is None or name in chain.predecessors or len(chain.predecessors) >= _MAX_CHAIN:
            chain.problems.append((PublicationReason.INDEX_PREDECESSOR, name))
            break
        chain.predecessors.append(name)
        chain.problems += _subtracted(earlier, later)
        later = earlier
    return chain


def is_in_chain(kept: Path, index: Path, chain: IndexChain) -> bool:
    """Return whether an index that somebody kept is this one or one of its predecessors.

    Raises `OSError` if it cannot be read.
    """
    return sha256_of(kept) in {sha256_of(index), *chain.predecessors}


def check_documents(folder: Path, index: ArchiveIndex) -> Iterator[ChainProblem]:
    """Yield the acts and lists that are not those that the index was signed with."""
    listed = {document.name: document.sha256 for document in index.documents}
    there = {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in documents_in(folder)
        if path.is_file()
    }
    for name in sorted(listed.keys() | there.keys()):
        if listed.get(name) != there.get(name):
            yield PublicationReason.INDEX_DOCUMENT, name


# ---------------------------------------------------------------- parts


def _read_earlier(folder: Path, name: str) -> ArchiveIndex | None:
    """Return an earlier index that headquarters signed as interim; None for anything else."""
    kept = folder / EARLIER_FOLDER
    try:
        data = read_file(kept / f"{name}.json", MAX_INDEX)
        signature = read_file(kept / f"{name}.sig", SIGNATURE_SIZE)
        signer = read_file(folder / "signer.der", MAX_CERTIFICATE_SIZE)
        root = read_file(folder / "root.der", MAX_CERTIFICATE_SIZE)
        began = valid_from(signer)
        verify(data, CONTEXT, [Signature(signer, signature)], [{Role.HEADQUARTERS}], root, began)
        index = from_json(ArchiveIndex, data)
    except (OSError, CryptoError, SchemaError, SignatureRefusedError):
        return None
    return index if hashlib.sha256(data).hexdigest() == name and index.interim else None


def _subtracted(earlier: ArchiveIndex, later: ArchiveIndex) -> Iterator[ChainProblem]:
    same = ("uuid", "fingerprint", "minimum")
    if any(getattr(earlier, name) != getattr(later, name) for name in same):
        yield PublicationReason.INDEX_SUBTRACTED, INDEX_FILE
    batches = {batch.name: batch for batch in later.batches}
    for batch in earlier.batches:
        if batches.get(batch.name) != batch:
            yield PublicationReason.INDEX_SUBTRACTED, batch.name
    for device in sorted(set(earlier.missing) - set(later.missing)):
        yield PublicationReason.INDEX_SUBTRACTED, device
    acts = {document.name: document.sha256 for document in later.documents}
    for document in earlier.documents:
        # Lists grow, and repeat what they had; acts stay as they are.
        known = acts.get(document.name)
        if known is None or ("/" in document.name and known != document.sha256):
            yield PublicationReason.INDEX_SUBTRACTED, document.name
