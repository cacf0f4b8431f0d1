"""Read what an office gives to `add-candidates` and `package`: its own files again, a spreadsheet's,
pictures, leftovers."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from election.definition import Role
from election.enrolment import EnrolmentError
from headquarters.beginning import exchanging, recover
from headquarters.preparation import load_requests
from headquarters.workspace import ElectionFolder
from tests.cases.office.office import (
    HEAD,
    LIST_HEAD,
    accepted,
    add,
    ask,
    begun_in,
    portraits,
    put,
    refused,
    rows,
    table,
)
from tests.headquarters.small import jpeg

LISTS = [["hope", "امید", ""], ["noor", "نور", ""]]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return begun_in(tmp_path_factory.mktemp("office"))


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    """A begun election of the test's own."""
    return Path(shutil.copytree(begun, tmp_path / "election"))


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return portraits(tmp_path / "pictures")


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return table(tmp_path / "people.csv", HEAD, rows())


# ------------------------------------------------------------ own files again


@pytest.fixture
def council(folder: Path, tmp_path: Path, pictures: Path) -> Path:
    """The copies of a contest with lists; its office has nothing else left."""
    body = [[*row[:3], ("hope", "noor")[i % 2], *row[4:]] for i, row in enumerate(rows())]
    people = table(tmp_path / "people.csv", HEAD, body)
    lists = table(tmp_path / "lists.csv", LIST_HEAD, LISTS)
    accepted(add(folder, people, pictures, lists))
    people.unlink()
    lists.unlink()
    return folder / "contests" / "council"


def contents(folder: Path) -> dict[Path, bytes]:
    return {x.relative_to(folder): x.read_bytes() for x in folder.rglob("*") if x.is_file()}


@pytest.mark.parametrize("which", ["lists", "candidates", "portraits", "all"])
def test_own_files_again(council: Path, tmp_path: Path, pictures: Path, which: str) -> None:
    before = contents(council)
    chosen = {
        name: council / name
        if which == "all" or name.startswith(which)
        else Path(shutil.copy(council / name, tmp_path))
        for name in ("lists.csv", "candidates.csv")
    }
    shown = council / "portraits" if which in {"portraits", "all"} else pictures
    accepted(add(council.parents[1], chosen["candidates.csv"], shown, chosen["lists.csv"]))
    assert contents(council) == before


def test_lists_go_when_they_are_not_given(council: Path) -> None:
    people = table(council.parents[2] / "people.csv", HEAD, rows())
    accepted(add(council.parents[1], people, council / "portraits"))
    assert not (council / "lists.csv").exists()


def test_refused_files_leave_the_earlier_copies(
    council: Path, people: Path, tmp_path: Path
) -> None:
    before = contents(council.parents[1])
    refused(add(council.parents[1], people, tmp_path))
    assert contents(council.parents[1]) == before


def test_only_portraits_that_are_named_are_kept(folder: Path, people: Path, pictures: Path) -> None:
    (pictures / ".DS_Store").write_bytes(b"\x00")
    (pictures / "._0.jpg").write_bytes(b"\x00")
    (pictures / "letter.docx").write_bytes(b"PK")
    accepted(add(folder, people, pictures))
    kept = folder / "contests" / "council" / "portraits"
    assert {path.name for path in kept.iterdir()} == {f"{i}.jpg" for i in range(len(rows()))}


@pytest.mark.parametrize("moved", [False, True])
def test_exchange_that_was_cut(tmp_path: Path, moved: bool) -> None:
    """The power fails after the old folder lost its name, before or after the new one got it."""
    place, before = tmp_path / "council", tmp_path / ".council.before"
    before.mkdir()
    (before / "old").write_bytes(b"")
    if moved:
        place.mkdir()
        (place / "new").write_bytes(b"")
    recover(place)
    assert [path.name for path in tmp_path.iterdir()] == ["council"]
    assert [path.name for path in place.iterdir()] == ["new" if moved else "old"]
    with pytest.raises(FileNotFoundError), exchanging(place) as aside:
        shutil.copy(tmp_path / "missing", aside)
    assert [path.name for path in place.iterdir()] == ["new" if moved else "old"]
    assert [path.name for path in tmp_path.iterdir()] == ["council"]


# ------------------------------------------------------------ portraits


def picture(mode: str = "RGB", orientation: int | None = None) -> bytes:
    """Red left, black right; with EXIF data of a place, if an orientation is given."""
    image = Image.new("RGB", (60, 40))
    image.paste((250, 0, 0), (0, 0, 30, 40))
    data, exif = io.BytesIO(), Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
        exif[0x010F] = "SECRET-CAMERA"
    image.convert(mode).save(data, "JPEG", exif=exif)
    return data.getvalue()


WRONG: dict[str, bytes] = {
    "nobody-can-draw": b"\xff\xd8\xff\xe0nothing",
    "cut": jpeg(3)[:200],
    "empty": b"",
    "png": b"\x89PNG\r\n\x1a\n" + bytes(40),
    "text": b"picture",
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG)
def test_portrait_nobody_can_draw(folder: Path, people: Path, pictures: Path, data: bytes) -> None:
    (pictures / "3.jpg").write_bytes(data)
    refused(add(folder, people, pictures), "line 5", "column portrait", "3.jpg", "JPEG")


def fifo(path: Path) -> None:
    os.mkfifo(path)


def link(path: Path) -> None:
    path.symlink_to("/dev/zero")


def hole(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(3 << 30)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("make", [fifo, link, hole, Path.mkdir, lambda _: None])
def test_portrait_that_is_no_picture_file(
    folder: Path, people: Path, pictures: Path, make: Callable[[Path], None]
) -> None:
    (pictures / "3.jpg").unlink()
    make(pictures / "3.jpg")
    refused(add(folder, people, pictures), "line 5", "column portrait", "3.jpg")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_portrait_stands_upright_and_says_nothing_else(
    folder: Path, people: Path, pictures: Path, orientation: int
) -> None:
    (pictures / "3.jpg").write_bytes(picture(orientation=orientation))
    accepted(add(folder, people, pictures))
    kept = folder / "contests" / "council" / "portraits" / "3.jpg"
    assert b"SECRET-CAMERA" not in kept.read_bytes()
    with Image.open(kept) as shown:
        assert not shown.getexif()
        assert shown.size == ((60, 40) if orientation < 5 else (40, 60))
        left_top = shown.convert("RGB").getpixel((2, 2))
    assert isinstance(left_top, tuple)
    # EXIF 2.32, 4.6.4: where the first row and column of the file are to be shown.
    assert (left_top[0] > 200) == (orientation in {1, 4, 5, 6})


def test_portrait_in_four_inks(folder: Path, people: Path, pictures: Path) -> None:
    """Print shops write CMYK, which not every screen draws."""
    (pictures / "3.jpg").write_bytes(picture("CMYK"))
    accepted(add(folder, people, pictures))
    with Image.open(folder / "contests" / "council" / "portraits" / "3.jpg") as shown:
        assert shown.mode == "RGB"


# ------------------------------------------------------------ tables


def lines(separator: str = ",", end: str = "\n", behind: str = "") -> str:
    return end.join([*(separator.join(row) for row in (HEAD, *rows())), behind])


TABLES: dict[str, bytes] = {
    "semicolons": lines(";").encode("utf-8-sig"),
    "tabs": lines("\t").encode(),
    "crlf": lines(end="\r\n").encode(),
    "cr": lines(end="\r").encode(),
    "empty-rows": lines(behind=",,,,,\n" * 3).encode(),
    "empty-lines": lines(behind="\n\n").encode(),
    "empty-columns": lines(end=",,\n").encode(),
    "blanks-around-cells": lines(" , ").encode(),
}
REFUSED_TABLES: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "workbook": (b"PK\x03\x04" + bytes(60), ("xlsx", "CSV UTF-8")),
    "old-workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60), ("xls", "CSV UTF-8")),
    "utf-16": (lines().encode("utf-16"), ("UTF-16", "CSV UTF-8")),
    "cp-1256": (
        lines().replace("ی", "ي").replace("ک", "ك").encode("cp1256", "replace"),
        ("line 2", "CSV UTF-8"),
    ),
    "empty": (b"", ("empty",)),
    "columns": (b"key,name\n", ("line 1", "name_fa")),
    "cells": (lines(behind="r99,x").encode(), ("line 24",)),
    "quotes": (lines(behind='"r99').encode(), ("line 24",)),
    "twice": (lines().encode() + lines().encode(), ("line 24", "column")),
    "a-million-rows": (lines().encode() + b"r,n,,,no,0.jpg\n" * 1_000_000, ("larger",)),
}


@pytest.mark.parametrize("data", TABLES.values(), ids=TABLES)
def test_table_is_read(folder: Path, tmp_path: Path, pictures: Path, data: bytes) -> None:
    (tmp_path / "people.csv").write_bytes(data)
    told = accepted(add(folder, tmp_path / "people.csv", pictures))
    assert "22 candidates" in told.output


@pytest.mark.parametrize(("data", "words"), REFUSED_TABLES.values(), ids=REFUSED_TABLES)
def test_table_is_refused_with_what_to_do(
    folder: Path, tmp_path: Path, pictures: Path, data: bytes, words: tuple[str, ...]
) -> None:
    (tmp_path / "people.csv").write_bytes(data)
    refused(add(folder, tmp_path / "people.csv", pictures), "people.csv", *words)
    assert not (folder / "contests").exists()


# ------------------------------------------------------------ requests


def test_hidden_file_beside_the_requests(folder: Path) -> None:
    """Every Mac writes one beside each file on a USB drive; a file list does not show it."""
    place = ElectionFolder(folder)
    request = ask("terminal-1", Role.BALLOT_TERMINAL)
    put(folder, request, "0")
    (place.requests / "._0.json").write_bytes(b"\x00\x05\x16\x07Mac OS X" + bytes(60))
    assert load_requests(place) == (request,)
    (place.requests / "1.json").write_bytes(b"{}")
    with pytest.raises(EnrolmentError, match=r"1\.json"):
        load_requests(place)
