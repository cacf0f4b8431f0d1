"""Each document is written byte for byte as stored, and the stored one is read and verified."""

from __future__ import annotations

import pytest

from tests.golden.day import world
from tests.golden.document import Document, stored, stored_files
from tests.golden.documents import DOCUMENTS
from tests.golden.make import golden_files
from tests.golden.vault import FOLDER

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)


@documents
def test_written_as_stored(document: Document) -> None:
    """Files, and what was signed for them: payload, message and signatures."""
    found, golden = golden_files(world(), document), stored(document.name)
    assert found.keys() == golden.keys()
    for name, data in found.items():
        assert data == golden[name], f"{document.name}/{name}; see tests/golden/__init__.py"


@documents
def test_the_stored_one_is_read(document: Document) -> None:
    assert document.read(world(), stored_files(document.name)) == document.says(world())


def test_nothing_else_is_stored() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    assert folders == {document.name for document in DOCUMENTS}
