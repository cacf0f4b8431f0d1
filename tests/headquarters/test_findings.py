"""What a verification finds often is told once, with its number, and a flood has an end."""

from __future__ import annotations

from headquarters.verification.report import MOST, Findings, Rule
from words.message import m


def test_the_same_is_told_once_with_its_number() -> None:
    one, other = Findings(), Findings()
    for found in (one, other):
        found.add(Rule.FORMAT, "a", m("wrong"))
        found.add(Rule.FORMAT, "b", m("wrong"))
    one.extend(other)
    one.add(Rule.FORMAT, "a", m("wrong"))
    assert [(each.entry, str(each.message)) for each in one.all()] == [
        ("a", "wrong (3 times)"),
        ("b", "wrong (2 times)"),
    ]


def test_a_flood_has_an_end_and_hides_no_other_kind() -> None:
    flood, rest = Findings(), Findings()
    for number in range(MOST + 500):
        flood.add(Rule.BALLOT_PROOF, str(number), m("wrong"))
    rest.add(Rule.SHUFFLE, "s", m("other"))
    rest.extend(flood)
    flood.extend(rest)
    for found, more in ((rest, 500), (flood, 1000)):
        told = found.all()
        assert {each.reason for each in told} == {Rule.BALLOT_PROOF, Rule.SHUFFLE}
        assert len(told) == MOST + 2
        assert str(told[-1].message) == f"and {more:,} more of this kind"
