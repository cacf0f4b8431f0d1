"""The published table of reasons is complete, and every word in it is used."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import pickle
import re
from pathlib import Path

import pytest

from election import reasons
from election.reasons import REFUSALS, PackageReason, Refusal

ROOT = Path(__file__).parents[2]
ROOMS = ("commands", "election", "headquarters", "kiosk", "registry", "simulators")


def test_the_page_is_what_the_tables_say() -> None:
    spec = importlib.util.spec_from_file_location("page", ROOT / "scripts" / "reasons_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), (
        "run: python -m scripts.reasons_page"
    )


def test_every_table_is_published() -> None:
    tables = {
        table
        for _, table in inspect.getmembers(reasons, inspect.isclass)
        if issubclass(table, Refusal) and table is not Refusal
    }
    assert set(REFUSALS) == tables


@pytest.mark.parametrize("table", REFUSALS)
def test_words_and_sentences(table: type[Refusal]) -> None:
    assert table.__doc__
    for reason in table:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", reason.value)
        assert re.fullmatch(r"[A-Z][^|\n]*\.", str(reason.sentence))
        assert f"{reason}" == str(reason) == reason.value
        assert reason.name.lower().replace("_", "-") == reason.value
    sentences = [reason.sentence for reason in table]
    assert len(set(sentences)) == len(sentences)


def test_a_reason_survives_another_process() -> None:
    again = pickle.loads(pickle.dumps(PackageReason.CLOCK))
    assert again is PackageReason.CLOCK
    assert PackageReason("clock") is PackageReason.CLOCK


def test_every_reason_is_raised_somewhere() -> None:
    """No word is published that no program says."""
    named = {table.__name__ for table in REFUSALS}
    texts = (path.read_text("utf-8") for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    used = {
        (node.value.id, node.attr)
        for text in texts
        if any(name in text for name in named)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    words = {(table.__name__, reason.name) for table in REFUSALS for reason in table}
    assert {pair for pair in used if pair[0] in named and pair[1].isupper()} == words
