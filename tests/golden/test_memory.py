"""What a reader builds of content that is signed takes no more memory than some times its size.

The signer is hostile: content is filled up at every place with very many small values, good ones and
strange ones, and read as it is read behind its signatures.
"""

from __future__ import annotations

import hashlib
import json
import random
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import cbor2
import pytest

from election.definition import (
    Branch,
    BranchId,
    Candidate,
    DeviceId,
    Role,
    SelectionCode,
    Sha256Hex,
)
from election.package.wire import Content, decode_content, encode_content
from election.register import REGISTER_FILE, BranchOperators, Register, RegisteredDevice
from election.schema import from_json, to_json
from tests.election import samples
from tests.golden.document import stored_files
from tests.golden.mutate import Tree, as_cbor, fillings
from tests.golden.publication_readers import PUBLICATION
from tests.golden.signed_readers import SIGNED
from tests.golden.subject import DocumentUnderTest
from tests.shares import WHOLE, share
from words.text import Text

pytestmark = pytest.mark.slow

GROUPS = {**SIGNED, **PUBLICATION}
SIZE = 1 << (20 if WHOLE else 19)
TIMES = 8
"""Bytes of memory for a byte of content."""
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
        for data in tried(subject, TRIED):
            assert taken(subject, data) <= TIMES * len(data) + ALLOWED, data[:300]


NAMES = {"fa": "محمدرضا حسینی نژاد", "en": "Mohammadreza Hosseininejad", "ckb": "محەمەدڕەزا حوسێنی"}
LANGUAGES = (("fa",), ("fa", "en", "ckb"))
CANDIDATES, BRANCHES = 4096, 2874


def named(languages: tuple[str, ...], number: int) -> Text:
    return Text.of({language: f"{NAMES[language]} {number}" for language in languages})


def of_candidates(languages: tuple[str, ...]) -> bytes:
    election = samples.sample().election
    persons = tuple(
        Candidate(
            SelectionCode(1000 + at), named(languages, at), None, Sha256Hex(f"{at:064x}"), False
        )
        for at in range(CANDIDATES)
    )
    contest = replace(election.contests[0], candidates=persons, lists=())
    return encode_content(Content(replace(election, contests=(contest,)), {}))


def of_branches(languages: tuple[str, ...]) -> bytes:
    branches = tuple(
        Branch(BranchId(f"b-{at:04}"), named(languages, at), "تهران") for at in range(BRANCHES)
    )
    return encode_content(Content(replace(samples.sample().election, branches=branches), {}))


def of_a_country() -> bytes:
    """A register with a station, two terminals and four operators in each branch."""
    register = from_json(
        Register, json.loads(stored_files("register")[REGISTER_FILE])["content"].encode()
    )
    branches = [BranchId(f"b-{at:04}") for at in range(BRANCHES)]
    keys = (hashlib.sha256(b"%d" % at).digest() for at in count())
    devices = tuple(
        RegisteredDevice(DeviceId(f"{branch}-{name}"), role, branch, next(keys), next(keys))
        for branch in branches
        for name, role in (
            ("i1", Role.IDENTITY_STATION),
            ("t1", Role.BALLOT_TERMINAL),
            ("t2", Role.BALLOT_TERMINAL),
        )
    )
    operators = tuple(
        BranchOperators(branch, tuple(sorted(next(keys) for _ in range(4)))) for branch in branches
    )
    groups = tuple((branch,) for branch in branches)
    return to_json(replace(register, devices=devices, operators=operators, groups=groups))


@pytest.mark.parametrize("make", [of_candidates, of_branches])
@pytest.mark.parametrize("languages", LANGUAGES, ids=len)
def test_the_largest_packages_are_read(
    make: Callable[[tuple[str, ...]], bytes], languages: tuple[str, ...]
) -> None:
    """With nothing allowed beside: what is genuine stays below the bound by itself."""
    data = make(languages)
    decode_content(data)
    tracemalloc.start()
    try:
        content = decode_content(data)
        assert tracemalloc.get_traced_memory()[1] <= TIMES * len(data)
    finally:
        tracemalloc.stop()
    assert encode_content(content) == data


def test_the_register_of_a_country_is_read() -> None:
    data = of_a_country()
    from_json(Register, data)
    tracemalloc.start()
    try:
        register = from_json(Register, data)
        assert tracemalloc.get_traced_memory()[1] <= TIMES * len(data)
    finally:
        tracemalloc.stop()
    assert to_json(register) == data


def test_a_reader_that_builds_what_comes_is_noticed() -> None:
    """Maps of one member each, read without a bound."""

    def careless(data: bytes) -> None:
        cbor2.loads(data)

    tree: Tree = {"a": [{"b": 1}]}
    subject = DocumentUnderTest("careless", tree, as_cbor, careless, lambda _: "accepted")
    assert max(taken(subject, data) for data in tried(subject, 4)) > TIMES * SIZE + ALLOWED
