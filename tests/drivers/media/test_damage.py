"""Tables that somebody made in the place of a device's."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from drivers.media.damage import rows_of
from tests.needs import BUSY_S

QUERY = "SELECT key FROM slot ORDER BY key {way}"
ENDLESS = {
    "rows": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS key FROM n",
    "a count of them": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
    " SELECT count(*) AS key FROM n",
    "a value": "SELECT zeroblob(900000000) AS key",
}


@pytest.mark.parametrize("view", ENDLESS.values(), ids=ENDLESS)
def test_what_never_ends_is_left(tmp_path: Path, view: str) -> None:
    with closing(sqlite3.connect(tmp_path / "votes.db")) as connection:
        connection.execute(f"CREATE VIEW slot AS {view}")
    began = time.monotonic()
    assert list(rows_of(tmp_path / "votes.db", QUERY)) == []
    assert time.monotonic() - began < BUSY_S


def test_a_whole_table_is_read_from_both_ends(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "votes.db")) as connection:
        connection.execute("CREATE TABLE slot(key INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO slot VALUES (?)", ((n,) for n in range(20_000)))
        connection.commit()
    rows = [key for (key,) in rows_of(tmp_path / "votes.db", QUERY)]
    assert rows == [*range(20_000), *reversed(range(20_000))]
