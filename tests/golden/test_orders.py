"""No two members of a signed or sealed list can change places without a golden file noticing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest

from crypto import canonical
from tests.golden.day import world
from tests.golden.document import Document
from tests.golden.documents import DOCUMENTS
from tests.golden.labels import importing
from tests.golden.make import golden_files, holds

Place = tuple[int, ...]
"""Indices, from the outermost list to the first of two members that change places."""


def patched(
    patch: pytest.MonkeyPatch, changed: dict[bytes, bytes]
) -> list[list[canonical.CanonicalValue]]:
    """Meanwhile canonical CBOR of the keys of `changed` is its values; gives the lists encoded."""
    encode, found = canonical.encode, list[list[canonical.CanonicalValue]]()

    def encoded(value: canonical.CanonicalValue) -> bytes:
        data = encode(value)
        if isinstance(value, list):
            found.append(value)
        return changed.get(data, data)

    for module in {canonical, *importing("crypto.canonical", "encode")}:
        patch.setattr(module, "encode", encoded)
    return found


def lists() -> Iterator[tuple[Document, list[canonical.CanonicalValue]]]:
    """Every list that is encoded while the documents are written, at the first that does."""
    world()  # built before: what it encodes for itself is in no document that is written here
    seen = set[bytes]()
    for document in DOCUMENTS:
        with pytest.MonkeyPatch.context() as patch:
            found = patched(patch, {})
            golden_files(world(), document)
        for value in found:
            if (data := canonical.encode(value)) not in seen:
                seen.add(data)
                yield document, value


def places(value: canonical.CanonicalValue) -> Iterator[Place]:
    if isinstance(value, list):
        for number, (one, other) in enumerate(pairwise(value)):
            if one != other:
                yield (number,)
        for number, item in enumerate(value):
            yield from ((number, *place) for place in places(item))


def swapped(
    value: Sequence[canonical.CanonicalValue], place: Place
) -> list[canonical.CanonicalValue]:
    first, *rest = place
    result = list(value)
    inner = value[first]
    if not rest:
        result[first : first + 2] = reversed(result[first : first + 2])
    else:
        assert isinstance(inner, list)
        result[first] = swapped(inner, tuple(rest))
    return result


@pytest.mark.slow
def test_every_order_is_held() -> None:
    tried = 0
    for document, value in lists():
        data = canonical.encode(value)
        for place in places(value):
            with pytest.MonkeyPatch.context() as patch:
                patched(patch, {data: canonical.encode(swapped(value, place))})
                assert not holds(document), f"{document.name}: {value[:2]} at {place}"
            tried += 1
    assert tried > 100
    assert all(holds(document) for document in DOCUMENTS)
