"""A text that is cut into rows is judged as one that is read whole, and takes far less memory."""

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headquarters.verification import verify_archive
from headquarters.verification.report import FlawError
from headquarters.verification.rows import (
    DECRYPTION,
    SHUFFLE,
    RowTexts,
    TwoLists,
    cut_rows,
    read_rows,
)
from headquarters.verification.values import parse_compact
from tests.crypto.elections import VECTORS
from tests.headquarters.archives import put_together, take_apart

WIDE: Final = VECTORS / "single-wide" / "archive.bel"
LISTS: Final = {"Shuffle": SHUFFLE, "PartialDecryption": DECRYPTION}
MARKS: Final = (
    b"],[",
    b"]],[[",
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b'"',
    b" ",
    b"\\",
    b'],"proofs":[',
    b"1",
)


def _genuine(kind: str) -> tuple[bytes, int]:
    (text, *_) = (step.objects[0] for step in take_apart(WIDE) if step.kind == kind)
    first, *_ = json.loads(text).values()
    return text, len(first)


TEXTS: Final = {kind: _genuine(kind) for kind in LISTS}


def _rows(texts: RowTexts, count: int) -> list[tuple[bytes, bytes]]:
    return [texts(index) for index in range(count)]


@pytest.mark.parametrize("kind", LISTS)
def test_what_trustees_add_is_cut_into_the_rows_that_are_read(kind: str) -> None:
    text, count = TEXTS[kind]
    cut = cut_rows(text, LISTS[kind], count)
    assert cut is not None
    assert _rows(cut, count) == _rows(read_rows(text, LISTS[kind], count), count)
    assert cut_rows(text, LISTS[kind], count + 1) is None


@given(kind=st.sampled_from(list(LISTS)), data=st.data())
@pytest.mark.fuzz
def test_a_text_whose_cut_rows_are_right_is_right_as_a_whole(
    kind: str, data: st.DataObject
) -> None:
    text, count = TEXTS[kind]
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        taken = data.draw(st.sampled_from((0, 1, 2, 3, 5)))
        text = text[:at] + data.draw(st.sampled_from((b"", *MARKS))) + text[at + taken :]
    lists = LISTS[kind]
    cut = cut_rows(text, lists, count)
    if cut is None:
        return
    try:
        for row in _rows(cut, count):
            for part in row:
                parse_compact(part)
    except FlawError:
        return
    assert _rows(cut, count) == _rows(read_rows(text, lists, count), count)


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace(b",", b", ", 1),
        lambda text: text.replace(b"],[", b"] ,[", 1),
        lambda text: text[:-2] + b" ]}",
        lambda text: text.replace(b'"', b"'"),
        lambda text: text.replace(b"],[", b"],[],[", 1),
        lambda text: text[: len(text) // 2] + b" " + text[len(text) // 2 :],
    ],
    ids=["after a comma", "between rows", "at the end", "no JSON", "a row more", "in the middle"],
)
def test_a_report_says_what_it_says_of_a_whole_text(
    kind: str, spoil: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = take_apart(WIDE)
    step = next(step for step in steps if step.kind == kind)
    step.objects[0] = spoil(step.objects[0])
    archive = put_together(tmp_path / "spoilt.bel", steps)
    report = verify_archive(archive)
    assert not report.ok

    def never(content: bytes, lists: TwoLists, count: int) -> None:
        del content, lists, count

    monkeypatch.setattr("headquarters.verification.counting.cut_rows", never)
    assert verify_archive(archive) == report


def test_reading_rows_takes_a_row_more_than_the_text() -> None:
    pair = {"alpha": "a" * 64, "beta": "b" * 64}
    value = {"ciphertexts": [[pair] * 100] * 60, "proofs": [[["c" * 64] * 100, [["d"]]]] * 60}
    text = json.dumps(value, separators=(",", ":")).encode()

    def peak(texts: Callable[[], RowTexts | None]) -> int:
        tracemalloc.start()
        try:
            got = texts()
            assert got is not None
            for index in range(60):
                for part in got(index):
                    parse_compact(part)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(lambda: cut_rows(text, SHUFFLE, 60)) <= len(text) // 4
    assert peak(lambda: read_rows(text, SHUFFLE, 60)) >= 2 * len(text)


@pytest.mark.parametrize("lists", [SHUFFLE, DECRYPTION], ids=["shuffle", "decryption"])
def test_a_text_parted_many_times_is_not_cut(lists: TwoLists) -> None:
    rows = b"],[" * 300_000
    text = (
        f'{{"{lists.first}":[['.encode() + rows + f']],"{lists.second}":[['.encode() + rows + b"]]}"
    )
    tracemalloc.start()
    try:
        assert cut_rows(text, lists, 3) is None
        assert tracemalloc.get_traced_memory()[1] < 10_000
    finally:
        tracemalloc.stop()
