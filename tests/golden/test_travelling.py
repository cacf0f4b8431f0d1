"""No document travels without golden files, a table of refusals and a fuzz target."""

from __future__ import annotations

import pytest

from tests.fuzz.registry import TARGETS
from tests.golden.documents import DOCUMENTS
from tests.golden.subject import ACCEPTED, read_table
from tests.golden.travelling import PARTS, TRAVELLING, WITHOUT_LABEL, found
from tests.golden.vault import FOLDER


def test_every_document_of_the_program_is_listed() -> None:
    assert found() == (TRAVELLING.keys() - WITHOUT_LABEL) | PARTS.keys()


@pytest.mark.parametrize("module", TRAVELLING)
def test_its_format_is_held(module: str) -> None:
    held = TRAVELLING[module]
    assert held.golden
    assert set(held.golden) <= {document.name for document in DOCUMENTS}
    assert all(any((FOLDER / name).iterdir()) for name in held.golden)
    assert held.fuzz
    assert set(held.fuzz) <= TARGETS.keys()
    assert held.tables
    for name in held.tables:
        table = read_table((FOLDER / f"{name}.refusals.json").read_bytes())
        refused = [place for place, outcome in table.items() if outcome != ACCEPTED]
        assert len(refused) > 20, f"{name} refuses hardly anything"


def test_every_table_and_every_golden_folder_belongs_to_a_document() -> None:
    tables = {name for held in TRAVELLING.values() for name in held.tables}
    stored = {path.name.removesuffix(".refusals.json") for path in FOLDER.glob("*.refusals.json")}
    assert tables <= stored
    folders = {name for held in TRAVELLING.values() for name in held.golden}
    assert folders <= {path.name for path in FOLDER.iterdir() if path.is_dir()}
