"""Messages as values, and their English."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, time
from fractions import Fraction

import pytest

from words.message import (
    Bytes,
    Code,
    Decimal,
    Exact,
    Items,
    Latin,
    Message,
    Percent,
    Value,
    as_message,
    in_context,
    m,
    plural,
)
from words.text import Text

MOMENT = datetime(2026, 6, 14, 10, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "english"),
    [
        (2294, "2,294"),
        ("فانوس", "فانوس"),
        (Text("فانوس", "Lantern"), "Lantern"),
        (Text("فانوس"), "فانوس"),
        (Code("0042"), "0042"),
        (Latin("T-22"), "T-22"),
        (date(2026, 6, 14), "14 June 2026"),
        (time(9, 5), "09:05"),
        (MOMENT, "14 June 2026, 10:04"),
        (Bytes(999), "999 bytes"),
        (Bytes(1_500), "1.5 kB"),
        (Bytes(42_700_000), "43 MB"),
        (Percent(Fraction(1, 8), 1), "12.5 %"),
        (Decimal(Fraction(-1, 3), 2), "-0.33"),
        (Exact(Fraction(94, 10)), "9.4"),
        (Exact(Fraction(2, 3)), "0.6666…"),
        (Exact(Fraction(2, 3), 2), "0.66…"),
        (Exact(Fraction(9400, 3)), "3,133.3333…"),
        (Exact(Fraction(7)), "7"),
        (Exact(Fraction(-1, 4)), "−0.25"),
        (Exact(Fraction(1, 10**6)), "0…"),
        (Items(()), ""),
        (Items((1,)), "1"),
        (Items((Text("الف", "a"), Code("07"), m("nobody"))), "a, 07 and nobody"),
        (plural("{count} ballot", "{count} ballots", count=2), "2 ballots"),
    ],
)
def test_values_in_english(value: Value, english: str) -> None:
    assert str(m("<{value}>", value=value)) == f"<{english}>"


def test_a_text_without_values_is_literal() -> None:
    assert str(m("a {brace} and 100 %")) == "a {brace} and 100 %"
    assert as_message("plain") == m("plain")
    assert as_message(m("plain")) == m("plain")


def test_plurals() -> None:
    def left(count: int) -> str:
        return str(plural("{count} try left", "{count} tries left", count=count))

    assert [left(x) for x in (0, 1, 2)] == ["0 tries left", "1 try left", "2 tries left"]


def test_messages_are_values() -> None:
    message = in_context("state", "{who} is {what}", who=Text("او", "she"), what=m("ready"))
    same: Message = pickle.loads(pickle.dumps(message))
    assert same == message
    assert {same, message} == {message}
    assert message != m("{who} is {what}", who=Text("او", "she"), what=m("ready"))
    assert message.context == "state"


def test_a_plural_is_decided_by_a_whole_number() -> None:
    with pytest.raises(TypeError, match="whole number"):
        str(Message("one", (("count", "two"),), "many"))
