"""A roll's files: found by the package's word alone, looked up rightly, and nothing altered is believed."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election import roll
from election.recorded import RecordedList
from election.roll import (
    ENTRY_SIZE,
    LIST_FILE,
    TABLE_FILE,
    RollList,
    RollState,
    RollTable,
    RollUnusableError,
    bring_roll,
    find_roll,
    roll_input,
    roll_of,
    vouched,
)
from election.schema import SchemaError, from_json, to_json

KEY = bytes(range(32))
ENTRIES = st.lists(st.binary(min_size=ENTRY_SIZE, max_size=ENTRY_SIZE), min_size=1, unique=True)


def written(folder: Path, entries: Sequence[bytes], key: bytes = KEY) -> tuple[RecordedList, ...]:
    """Write a roll of these entries; return what its package lists."""
    table = b"".join(sorted(entries))
    made = RollList(key, len(entries), hashlib.sha256(table).hexdigest())
    (folder / TABLE_FILE).write_bytes(table)
    (folder / LIST_FILE).write_bytes(to_json(made))
    return (vouched(to_json(made)),)


def open_roll(folder: Path, listed: Sequence[RecordedList]) -> RollTable | None:
    """Return the roll; None without one."""
    return None if state_of(folder, listed) is not RollState.THERE else find_roll(folder, listed[0])


def state_of(folder: Path, listed: Sequence[RecordedList]) -> RollState:
    try:
        find_roll(folder, listed[0]).close()
    except RollUnusableError as error:
        return error.state
    return RollState.THERE


@given(ENTRIES, st.lists(st.binary(min_size=64, max_size=64)))
def test_who_is_on_it_is_found_and_nobody_else(
    tmp_path_factory: pytest.TempPathFactory, entries: list[bytes], others: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("roll")
    found = open_roll(folder, written(folder, entries))
    assert found is not None
    with closing(found):
        assert found.key == KEY
        assert all(found.has(entry + bytes(56)) for entry in entries)
        near = [(int.from_bytes(entry) + 1) % 2**64 for entry in entries]
        for output in [*others, *(value.to_bytes(ENTRY_SIZE) + bytes(56) for value in near)]:
            assert found.has(output) == (output[:ENTRY_SIZE] in entries)


def test_the_forms_stay_as_they_are() -> None:
    """Stations of one version read the rolls of another one."""
    assert roll_input("u1", "0499370899", date(1979, 3, 21)) == b"u1|0499370899|1979-03-21"
    assert to_json(RollList(bytes(32), 2, "ab" * 32)).split() == [
        *(b"{", b'"format":', b'"amin-roll-1",', b'"key":', b'"' + b"00" * 32 + b'",'),
        *(b'"people":', b"2,", b'"sha256":', b'"' + b"ab" * 32 + b'"', b"}"),
    ]


@pytest.mark.parametrize("name", [LIST_FILE, TABLE_FILE])
def test_nothing_altered_is_believed(tmp_path: Path, name: str) -> None:
    listed = written(tmp_path, [b"entry--1", b"entry--2"])
    good = (tmp_path / name).read_bytes()
    assert good
    changes = [
        good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :] for place in range(len(good))
    ]
    for changed in [*changes, b"", good[:-1], good[:-ENTRY_SIZE], good + good, good + b"\n"]:
        (tmp_path / name).write_bytes(changed)
        assert state_of(tmp_path, listed) in {RollState.ANOTHER, RollState.DAMAGED}
    (tmp_path / name).unlink()
    assert state_of(tmp_path, listed) is RollState.MISSING
    (tmp_path / name).mkdir()
    assert state_of(tmp_path, listed) is RollState.DAMAGED


def test_a_roll_that_the_package_does_not_name_is_none(tmp_path: Path) -> None:
    """An earlier one, too, whole as it is."""
    earlier = written(tmp_path, [b"entry--1"])
    old = {name: (tmp_path / name).read_bytes() for name in (LIST_FILE, TABLE_FILE)}
    now = written(tmp_path, [b"entry--2"])
    assert state_of(tmp_path, earlier) is RollState.ANOTHER
    for name, data in old.items():
        (tmp_path / name).write_bytes(data)
    assert open_roll(tmp_path, now) is None
    assert state_of(tmp_path, now) is RollState.ANOTHER
    assert roll_of(tmp_path, now) is not None
    assert roll_of(tmp_path, ()) is None


def test_what_is_cut_while_it_is_open_is_an_error(tmp_path: Path) -> None:
    found = open_roll(tmp_path, written(tmp_path, [b"entry--1", b"entry--2"]))
    assert found is not None
    (tmp_path / TABLE_FILE).write_bytes(b"")
    with closing(found), pytest.raises(OSError, match="cut"):
        found.has(b"entry--1")


def test_it_is_brought_from_a_drive_once_and_only_the_right_one(tmp_path: Path) -> None:
    drive, data = tmp_path / "usb", tmp_path / "data"
    drive.mkdir()
    data.mkdir()
    bring_roll(drive, data, ())
    listed = written(drive, [b"entry--1"])
    (drive / TABLE_FILE).write_bytes(b"entry--9")
    bring_roll(drive, data, listed)
    assert not list(data.iterdir())
    written(drive, [b"entry--1"])
    bring_roll(drive, data, listed)
    bring_roll(tmp_path / "no drive", data, listed)
    found = open_roll(data, listed)
    assert found is not None
    with closing(found):
        assert found.has(b"entry--1")
    assert {path.name for path in data.iterdir()} == {LIST_FILE, TABLE_FILE}


@pytest.mark.parametrize("when", ["reading", "full"])
def test_a_drive_that_is_pulled_out_or_a_full_medium_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """The package is loaded beside it, and a station can do without a roll."""
    drive, data = tmp_path / "usb", tmp_path / "data"
    drive.mkdir()
    data.mkdir()
    earlier = written(data, [b"entry--1"])
    listed = written(drive, [b"entry--2"])

    def fail(stream: BinaryIO, listed_so: RollList, do: Callable[[bytes], object]) -> None:
        do(stream.read(4))
        raise OSError(errno.EIO if when == "reading" else errno.ENOSPC, "no more")

    with monkeypatch.context() as patch:
        patch.setattr(roll, "_read_through", fail)
        bring_roll(drive, data, listed)
    assert {path.name for path in data.iterdir()} == {LIST_FILE, TABLE_FILE}
    for name, vouched_for, there in (
        ("first", earlier, True),
        ("first", listed, False),
        ("then", listed, True),
    ):
        if name == "then":
            bring_roll(drive, data, listed)
        found = open_roll(data, vouched_for)
        assert (found is not None) is there
        if found is not None:
            found.close()


def test_bounds_of_the_list() -> None:
    good = to_json(RollList(KEY, 1, "0" * 64))
    assert from_json(RollList, good).people == 1
    for wrong in (b'"people": 0', b'"people": 200000001'):
        with pytest.raises(SchemaError, match="people"):
            from_json(RollList, good.replace(b'"people": 1', wrong))
