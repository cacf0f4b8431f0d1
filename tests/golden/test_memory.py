"""What a reader builds of content that is signed takes no more memory than some times its size.

The signer is hostile: content is filled up at every place with very many small values, good ones and
strange ones, and read as it is read behind its signatures.
"""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator

import cbor2
import pytest

from tests.golden.mutate import Tree, as_cbor, fillings
from tests.golden.publication_readers import PUBLICATION
from tests.golden.signed_readers import SIGNED
from tests.golden.subject import DocumentUnderTest
from tests.shares import WHOLE, share

pytestmark = pytest.mark.slow

GROUPS = {**SIGNED, **PUBLICATION}
SIZE = 1 << (20 if WHOLE else 19)
IN_CBOR, IN_JSON = 8, 16
"""Bytes of memory for a byte of content. JSON's are those of a stranger (`tests.fuzz.test_memory`)."""
MOST = {"package": 34}
"""A definition is made of members of a few bytes, which Python's dictionaries hold in two hundred; its
signer is headquarters alone, and a package has 64 MB at most."""
ALLOWED = 2_500_000
"""Bytes whatever the size: validators, and the items that a small file may have."""
TRIED = 1


def tried(subject: DocumentUnderTest, parts: int) -> Iterator[bytes]:
    """Yield the content with one place filled, a share of all ways."""
    ways = fillings(subject.tree, SIZE, in_cbor=subject.encode is as_cbor)
    random.Random(subject.name).shuffle(ways)
    for make in share(ways, max(1, len(ways) // parts)):
        yield subject.encode(make())


def taken(subject: DocumentUnderTest, data: bytes) -> int:
    """Return the most memory that the reader takes, in bytes."""
    tracemalloc.start()
    try:
        subject.parse(data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("group", GROUPS)
def test_memory_behind_a_signature(group: str) -> None:
    for subject in GROUPS[group]():
        subject.parse(
            subject.encode(subject.tree)
        )  # validators are built when a form is first read
        bound = MOST.get(subject.name, IN_CBOR if subject.encode is as_cbor else IN_JSON)
        for data in tried(subject, TRIED):
            assert taken(subject, data) <= bound * len(data) + ALLOWED, data[:300]


def test_a_reader_that_builds_what_comes_is_noticed() -> None:
    """Maps of one member each, read without a bound."""

    def careless(data: bytes) -> None:
        cbor2.loads(data)

    tree: Tree = {"a": [{"b": 1}]}
    subject = DocumentUnderTest("careless", tree, as_cbor, careless, lambda _: "accepted")
    assert max(taken(subject, data) for data in tried(subject, 4)) > IN_CBOR * SIZE + ALLOWED
