"""The table of attacks is as long as it is said to be, and every row of the threat model names its tests."""

from __future__ import annotations

import re
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Final

import pytest

from election.reasons import REFUSALS
from headquarters.archive_index import IndexReason
from headquarters.import_report import FindingKind, RecordReason
from headquarters.supplement import SupplementReason
from headquarters.verification import Rule
from headquarters.verification.report import NoticeReason
from tests.trust.attacks.all_attacks import ATTACKS
from tests.trust.attacks.table import Attack, Attacker

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
ROW: Final = re.compile(r"^\| \*\*(.+?)\*\* \|(.*)$", re.MULTILINE)
TEST: Final = re.compile(r"`(?:(tests/[\w/]+/)|((?:tests/[\w/]+/)?\w+\.py))`")
ROWS: Final = dict(ROW.findall(PAGE))
OF: Final = {
    Attacker.HEADQUARTERS_BEFORE: "Headquarters",
    Attacker.HEADQUARTERS: "Headquarters",
    Attacker.STATION: "Identity station, malicious",
    Attacker.TERMINAL: "Ballot terminal, malicious",
    Attacker.TRUSTEE: "Trustees, fewer than k",
    Attacker.TRUSTEES: "Trustees, k of n, colluding",
    Attacker.OFFICER: "Officer, or two of one role",
    Attacker.THIEF: "Thief of a device's key",
}
"""The row of everybody who attacks."""


def named_tests(row: str) -> list[Path]:
    """Return the tests that a row names; a file without a folder is beside the one before."""
    folder, found = ROOT, []
    for place, file in TEST.findall(row):
        if place:
            found.append(ROOT / place)
            continue
        path = ROOT / file if "/" in file else folder / file
        folder = path.parent
        found.append(path)
    return found


def test_number_of_attacks() -> None:
    """Sixty at least, and as many as the threat model says."""
    print(f"{len(ATTACKS)} attacks: {dict(Counter(str(each.who) for each in ATTACKS))}")
    assert len(ATTACKS) >= 60
    assert f"plays {len(ATTACKS)} attacks" in PAGE
    assert len({(each.who, each.what) for each in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("who", Attacker)
def test_everybody_attacks(who: Attacker) -> None:
    assert [each for each in ATTACKS if each.who is who]


def test_reasons_are_published_words() -> None:
    tables: tuple[type[StrEnum], ...] = (
        *REFUSALS,
        IndexReason,
        SupplementReason,
        Rule,
        NoticeReason,
    )
    words = {str(word) for table in tables for word in table}
    assert {each.reason for each in ATTACKS} <= words


def test_whatever_import_tells_is_brought_about() -> None:
    """A finding that no test names is one that may never come, or always."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    for kind in (*FindingKind, *RecordReason):
        names = (f'"{kind.value}"', f"{type(kind).__name__}.{kind.name}")
        assert any(name in text for text in texts for name in names), kind


@pytest.mark.parametrize("name", ROWS)
def test_row_of_the_threat_model_names_its_tests(name: str) -> None:
    tests = named_tests(ROWS[name])
    assert tests, f"{name}: no test attacks it"
    assert [str(path) for path in tests if not path.exists()] == []


@pytest.mark.parametrize("who", Attacker)
def test_rows_name_the_attacks_of_the_table(who: Attacker) -> None:
    """Whoever attacks here has a row, and it names a file with an attack of theirs."""
    files = {path.name for path in named_tests(ROWS[OF[who]])}
    assert files & {f"{_module(each)}.py" for each in ATTACKS if each.who is who}


def _module(attack: Attack) -> str:
    """Return the module whose table holds an attack."""
    from tests.trust.attacks import (
        on_acts,
        on_archives,
        on_day_acts,
        on_documents,
        on_index,
        on_lots,
        on_receipts,
        on_register,
        on_supplements,
    )

    tables = {
        "on_acts": on_acts.ACTS,
        "on_archives": on_archives.ARCHIVES,
        "on_day_acts": on_day_acts.DAY_ACTS,
        "on_documents": on_documents.DOCUMENTS,
        "on_index": on_index.INDEX,
        "on_lots": on_lots.LOTS,
        "on_receipts": on_receipts.RECEIPTS,
        "on_register": on_register.REGISTER,
        "on_supplements": on_supplements.SUPPLEMENTS,
    }
    return next(name for name, table in tables.items() if attack in table)
