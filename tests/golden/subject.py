"""A reader and the content it is held to: what it says to every change, and its exact bounds."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TypeAlias
from unittest.mock import patch

from crypto import alt_signature, certificates, hybrid
from crypto.certificates import Subject
from crypto.signing import PublicKey
from tests.golden.labels import importing
from tests.golden.mutate import Tree, as_cbor, bounds, changes, spelt
from tests.golden.vault import FOLDER
from tests.shares import share

ACCEPTED = "accepted"
MALFORMED = "malformed"
_PLACE = re.compile(r"(?:malformed at|request:) ([^\s:]+):")

Outcome: TypeAlias = str
"""`accepted`, `malformed` with the place the reader names, or a later check's reason."""


@dataclass(frozen=True, slots=True)
class DocumentUnderTest:
    """The content of a document, below or inside its signatures."""

    name: str
    tree: Tree
    encode: Callable[[Tree], bytes]
    parse: Callable[[bytes], Outcome | None]
    """The first look, before anything is verified: `malformed`, or None."""
    verify: Callable[[bytes], Outcome]
    """Everything else, over content that `parse` takes; signed anew where a signature covers it."""

    def outcome(self, tree: Tree) -> Outcome:
        data = self.encode(tree)
        return self.parse(data) or self.verify(data)


def malformed(error: Exception) -> Outcome:
    """With the place in the error's message, if it names one."""
    found = _PLACE.search(str(error))
    return at(found[1]) if found else MALFORMED


def at(place: str) -> Outcome:
    """`malformed`, and where. Which of several types was tried there is left out."""
    parts = [part for part in place.split(".") if "[" not in part]
    return f"{MALFORMED} {'.'.join(parts)}".rstrip()


@dataclass(frozen=True, slots=True)
class Table:
    """What is stored of a subject."""

    bounds: dict[str, str]
    """By place."""
    outcomes: dict[str, dict[str, list[str]]]
    """By place: names of changes by outcome. `here` is the place itself."""

    @property
    def text(self) -> bytes:
        places = {
            place: {outcome: " ".join(names) for outcome, names in by.items()}
            for place, by in self.outcomes.items()
        }
        value = {"bounds": self.bounds, "changes": places}
        return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"

    def items(self) -> Iterator[tuple[str, str]]:
        """(place and change, outcome), bounds included."""
        yield from ((f"{place}: bounds", bound) for place, bound in self.bounds.items())
        for place, by in self.outcomes.items():
            for outcome, names in by.items():
                yield from ((f"{place}: {name}", outcome) for name in names)


def make_table(subject: DocumentUnderTest, parts: int = 1) -> Table:
    """Try everything, or a share of the changes and all bounds. A few seconds for the largest."""
    found: dict[str, dict[str, list[str]]] = {}
    has_bytes = subject.encode is as_cbor
    with remembered():
        for change in share(changes(subject.tree, has_bytes=has_bytes), parts):
            place = spelt(change.place)
            outcome = _shortened(subject.outcome(change.tree), place)
            found.setdefault(place, defaultdict(list))[outcome].append(change.name)
        limits = {
            spelt(place): bound
            for place, bound in bounds(
                subject.tree, lambda tree: subject.parse(subject.encode(tree)) is None
            )
        }
    return Table(limits, found)


def table_file(subject: DocumentUnderTest) -> Path:
    return FOLDER / f"{subject.name}.refusals.json"


def read_table(data: bytes) -> Table:
    value = json.loads(data)
    places = {
        place: {outcome: names.split(" ") for outcome, names in by.items()}
        for place, by in value["changes"].items()
    }
    return Table(value["bounds"], places)


@contextmanager
def remembered() -> Iterator[None]:
    """Meanwhile no signature and no certificate is verified twice: the answer stays the same."""
    mldsa, ed25519 = cache(hybrid.verify_mldsa), cache(PublicKey.verify_framed)

    @cache
    def chain(
        certificate: bytes, root: bytes, now: datetime, roles: frozenset[str], branch: str | None
    ) -> Subject:
        return certificates.verify_chain(certificate, root, now, roles, branch)

    def verify_chain(
        certificate: bytes,
        root: bytes,
        now: datetime,
        roles: Collection[str],
        branch: str | None = None,
    ) -> Subject:
        return chain(certificate, root, now, frozenset(roles), branch)

    with ExitStack() as patches:
        for module in (hybrid, alt_signature):
            patches.enter_context(patch.object(module, "verify_mldsa", mldsa))
        patches.enter_context(patch.object(PublicKey, "verify_framed", ed25519))
        for module in importing("crypto.certificates", "verify_chain"):
            if module is not certificates:
                patches.enter_context(patch.object(module, "verify_chain", verify_chain))
        yield


def _shortened(outcome: Outcome, place: str) -> Outcome:
    return f"{MALFORMED} here" if outcome == f"{MALFORMED} {place}" else outcome
