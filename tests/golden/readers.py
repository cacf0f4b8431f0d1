"""Every reader that is held to a table, in groups whose subjects are tried one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tests.golden.plain_readers import PLAIN
from tests.golden.publication_readers import PUBLICATION
from tests.golden.signed_readers import SIGNED
from tests.golden.subject import DocumentUnderTest

READERS: Mapping[str, Callable[[], Iterator[DocumentUnderTest]]] = {
    **SIGNED,
    **PLAIN,
    **PUBLICATION,
}
