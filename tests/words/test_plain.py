"""Messages as plain values for JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from fractions import Fraction
from pathlib import PurePosixPath

import pytest

from words.message import Bytes, Code, Decimal, Exact, Items, Latin, Percent, Value, m, plural
from words.plain import plain, plain_message
from words.text import Text


def test_a_message_has_its_source_its_values_and_english() -> None:
    left = plural("{count} is left", "{count} are left", 2)
    assert plain_message(m("{who}: {left}", who=Text("او", "she"), left=left)) == {
        "message": "{who}: {left}",
        "values": {
            "who": {"fa": "او", "en": "she"},
            "left": {"message": "{count} is left", "values": {"count": 2}},
        },
        "text": "she: 2 are left",
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        ("name", "name"),
        (Text("نام"), {"fa": "نام"}),
        (Code("007"), "007"),
        (Latin("T-22"), "T-22"),
        (PurePosixPath("a/b"), "a/b"),
        (date(2026, 6, 14), "2026-06-14"),
        (time(8, 30), "08:30:00"),
        (datetime(2026, 6, 14, 8, tzinfo=UTC), "2026-06-14T08:00:00+00:00"),
        (Bytes(1500), 1500),
        (Percent(Fraction(1, 3)), "1/3"),
        (Decimal(0.5), "0.5"),
        (Exact(Fraction(47, 5)), "47/5"),
        (Items((1, Items(("a",)))), [1, ["a"]]),
    ],
)
def test_values(value: Value, expected: object) -> None:
    assert plain(value) == expected
    assert json.loads(json.dumps(plain(value))) == expected
