"""Know a medium's slots without reading all of them at every vote: free ones by key, used ones by content.

Read once when a medium is opened, kept in memory only, and thrown away whenever a transaction did not end
as it should: then the medium is asked again. A free slot is drawn uniformly at random and leaves the list,
so that a vote costs the same with 500 slots and with 10,000.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

TABLES: Final = ("slot", "spent", "handle")
FREE: Final = b"\x00"


@dataclass(slots=True)
class Slots:
    """Of one medium: what is free, and the digests and hashes of what is not."""

    free: dict[str, list[bytes]]
    """Keys, by table, in no order that says anything."""
    cast: set[bytes] = field(default_factory=set)
    spoiled: set[bytes] = field(default_factory=set)
    spent: set[bytes] = field(default_factory=set)

    @classmethod
    def read(
        cls,
        connection: sqlite3.Connection,
        cast: Iterable[bytes] = (),
        spoiled: Iterable[bytes] = (),
        spent: Iterable[bytes] = (),
    ) -> Slots:
        """Read the keys of all free slots. Raises `sqlite3.Error`."""
        free = {
            table: [
                key
                for (key,) in connection.execute(
                    f"SELECT key FROM {table} WHERE state = ?", (FREE,)
                )
            ]
            for table in TABLES
        }
        return cls(free, set(cast), set(spoiled), set(spent))

    def draw(self, table: str, count: int, source: random.Random) -> list[bytes] | None:
        """Take so many different free slots, uniformly at random; None if there are not as many."""
        free = self.free[table]
        if len(free) < count:
            return None
        drawn = []
        for _ in range(count):
            place = source.randrange(len(free))
            free[place], free[-1] = free[-1], free[place]
            drawn.append(free.pop())
        return drawn
