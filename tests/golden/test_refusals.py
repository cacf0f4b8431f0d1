"""What every reader says to every structural change is what is stored, and no bound moved.

A reader that is written anew may take nothing that was refused before (`newly accepted`), and
refuses for the same reason. Where that is meant to change: `python -m tests.golden.make`.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.golden.mutate import Change, Tree, changes, spelt
from tests.golden.readers import READERS
from tests.golden.subject import (
    ACCEPTED,
    MALFORMED,
    DocumentUnderTest,
    Table,
    make_table,
    read_table,
    table_file,
)
from tests.golden.vault import FOLDER
from tests.shares import WHOLE

SHOWN = 20
PARTS = {"supplement": 4}
"""Shares of the changes of a group, of which every run tries one: each of these is a whole verification."""


def differences(found: Table, stored: Table, *, whole: bool = True) -> list[str]:
    """Sentences, the gravest first. Not `whole`: what was not tried is left out."""
    now, before = dict(found.items()), dict(stored.items())
    if not whole:
        before = {place: outcome for place, outcome in before.items() if place in now}
    lines = [
        (now.get(place) != ACCEPTED, f"{place}: was {before.get(place)}, is {now.get(place)}")
        for place in {**before, **now}
        if now.get(place) != before.get(place)
    ]
    return [line for _, line in sorted(lines)]


@pytest.mark.slow
@pytest.mark.parametrize("group", READERS)
def test_as_stored(group: str) -> None:
    for subject in READERS[group]():
        assert subject.outcome(subject.tree) == ACCEPTED, subject.name
        parts = 1 if WHOLE else PARTS.get(group, 1)
        stored = read_table(table_file(subject).read_bytes())
        found = differences(make_table(subject, parts), stored, whole=parts == 1)
        assert not found, f"{subject.name}, {len(found)} differ:\n" + "\n".join(found[:SHOWN])


def test_every_stored_table_has_its_reader() -> None:
    names = {table_file(subject).name for group in READERS.values() for subject in group()}
    assert {path.name for path in FOLDER.glob("*.refusals.json")} == names


def test_there_are_enough_changes() -> None:
    tables = [read_table(path.read_bytes()) for path in FOLDER.glob("*.refusals.json")]
    package = read_table((FOLDER / "package.refusals.json").read_bytes())
    assert len(list(package.items())) > 3_800
    assert sum(len(list(table.items())) for table in tables) > 20_000


# ---------------------------------------------------------------- the check itself


def _subject(name: str) -> DocumentUnderTest:
    return next(subject for subject in READERS[name]() if subject.name == name)


def _laxer(subject: DocumentUnderTest, place: str, name: str) -> DocumentUnderTest:
    """The same reader, but for one change that it takes."""
    (lax,) = (
        subject.encode(change.tree)
        for change in changes(subject.tree, has_bytes=True)
        if (spelt(change.place), change.name) == (place, name)
    )

    def parse(data: bytes) -> str | None:
        return None if data == lax else subject.parse(data)

    def verify(data: bytes) -> str:
        return ACCEPTED if data == lax else subject.verify(data)

    return replace(subject, parse=parse, verify=verify)


def test_a_change_that_is_newly_accepted_is_told() -> None:
    token = _subject("token")
    stored = read_table(table_file(token).read_bytes())
    found = differences(make_table(_laxer(token, "1.4", "as-map")), stored)
    assert found == [f"1.4: as-map: was {MALFORMED}, is {ACCEPTED}"]


def test_a_bound_that_moves_is_told() -> None:
    request = _subject("enrolment")
    stored = read_table(table_file(request).read_bytes())
    assert stored.bounds["device"] == "length 1..32"

    def stricter(data: bytes) -> str | None:
        tree = request.parse(data)
        longest = b'"device":"' + b"b0001-t1" + b"1" * 24
        return MALFORMED if longest in data else tree

    found = differences(make_table(replace(request, parse=stricter)), stored)
    assert found == ["device: bounds: was length 1..32, is length 1..31"]


def test_each_change_is_another_document() -> None:
    rest: dict[str, Tree] = {"a": [1, "x", b"y", None, True], "d": "7"}
    tree: Tree = {**rest, "b": {"c": 2}}
    found = list(changes(tree, has_bytes=True))
    assert len({(change.place, change.name) for change in found}) == len(found)
    assert all(repr(change.tree) != repr(tree) for change in found)
    assert Change(("b", "c"), "missing", {**rest, "b": {}}) in found
    assert not any(isinstance(change.tree, bytes) for change in changes(tree, has_bytes=False))
