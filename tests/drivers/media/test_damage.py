"""Tables that somebody made in the place of a device's."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from drivers.media import sqlite
from drivers.media.damage import Look, look, rows_of
from drivers.media.errors import StorageError
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


SCHEMA = (
    "CREATE TABLE slot(key INTEGER PRIMARY KEY, voter BLOB); CREATE INDEX voters ON slot(voter)"
)
PAGE = 4096


def _damaged(path: Path, where: int, value: int) -> None:
    content = bytearray(path.read_bytes())
    content[where] = value
    path.write_bytes(content)


@pytest.mark.parametrize("value", [0x00, 0x1A, 0x95, 0xFF])
def test_a_damaged_description_of_tables_is_a_damage_and_never_another_error(
    tmp_path: Path, value: int
) -> None:
    """SQLite quotes what is written there, and bytes that are no text are an error of Python's."""
    whole = tmp_path / "whole.db"
    sqlite.open_schema(whole, SCHEMA, 1).close()
    content, path, quoted = whole.read_bytes(), tmp_path / "votes.db", 0
    # The first page: its header, and from its end the description of each table.
    places = [*range(100), *(at for at in range(100, PAGE) if content[at])]
    for where in places:
        path.write_bytes(content)
        _damaged(path, where, value)
        assert look(path, "slot") in Look
        try:
            sqlite.open_schema(path, SCHEMA, 1).close()
        except StorageError as error:
            quoted += isinstance(error.__cause__, UnicodeDecodeError)
    assert quoted or value < 0x80
