"""What an office gives to `add-candidates` and `package`: its own files again, Excel's, pictures,
leftovers.
"""

import os
import shutil
from functools import partial
from pathlib import Path

from PIL import Image

from tests.cases.office.kit import (
    HEAD,
    accepted,
    begin,
    package,
    picture,
    portraits,
    prepared,
    refused,
    rows,
    stand,
)
from tests.cases.runner import add, apart, case, collect, expect, new_folder

LISTS = [["hope", "امید", ""], ["noor", "نور", ""]]


def with_lists() -> Path:
    """The folder of a contest that was read before; its office has nothing else left."""
    folder, _ = begin()
    body = rows(lambda i, row: [*row[:3], ("hope", "noor")[i % 2], *row[4:]])
    accepted(stand(folder, body, LISTS))
    return folder / "contests" / "council"


@case
def own_lists_again() -> None:
    own = with_lists()
    people = shutil.copy(own / "candidates.csv", new_folder())
    told = stand(own.parents[1], Path(people), own / "lists.csv")
    expect((own / "lists.csv").exists(), f"lists.csv is deleted, then not found: {told.line}")
    accepted(told)


@case
def own_candidates_again() -> None:
    own = with_lists()
    lists = shutil.copy(own / "lists.csv", new_folder())
    accepted(stand(own.parents[1], own / "candidates.csv", Path(lists)))


@case
def own_portraits_again() -> None:
    own = with_lists()
    people, lists = (
        Path(shutil.copy(own / name, new_folder())) for name in ("candidates.csv", "lists.csv")
    )
    accepted(stand(own.parents[1], people, lists, own / "portraits"))


def pictures(number: int, data: bytes | None) -> Path:
    """All portraits, one of them exchanged; None: by a FIFO nobody writes into."""
    folder = new_folder() / "portraits"
    shutil.copytree(portraits(), folder)
    path = folder / f"{number}.jpg"
    if data is None:
        path.unlink()
        os.mkfifo(path)
    else:
        path.write_bytes(data)
    return folder


@case
def portrait_nobody_can_draw() -> None:
    """The first bytes are a JPEG's."""
    folder, _ = begin()
    refused(stand(folder, rows(), pictures=pictures(3, b"\xff\xd8\xff\xe0nothing")))


@case
def portrait_lying_on_its_side() -> None:
    """As a phone writes it: upright by EXIF only, which the ballot does not look at."""
    exif = Image.Exif()
    exif[0x0112] = 6
    folder, _ = begin()
    told = stand(folder, rows(), pictures=pictures(3, picture(3, exif=exif)))
    kept = folder / "contests" / "council" / "portraits" / "3.jpg"
    upright = kept.exists() and Image.open(kept).getexif().get(0x0112, 1) == 1
    expect(told.status == 2 or upright or "3.jpg" in told.text, f"accepted as it is: {told.line}")


@case
def portrait_that_is_a_fifo() -> None:
    folder, _ = begin()
    told = pictures(3, None)
    apart(lambda: refused(stand(folder, rows(), pictures=told)), seconds=10)


def spreadsheet(data: bytes, *words: str) -> None:
    """Refused with what to do about it."""
    path = new_folder() / "candidates.csv"
    path.write_bytes(data)
    folder, _ = begin()
    told = stand(folder, path)
    if told.status != 0:
        refused(told, *words)


def lines(*, behind: str = "", separator: str = ",") -> bytes:
    text = "\n".join(separator.join(row) for row in (HEAD, *rows()))
    return f"{text}\n{behind}".encode("utf-8-sig")


add("separated-by-semicolons", partial(spreadsheet, lines(separator=";"), "semicolon", ";"))
add("excel-workbook", partial(spreadsheet, b"PK\x03\x04" + bytes(60), "xlsx", "Excel"))
add("empty-rows-at-the-end", partial(spreadsheet, lines(behind=",,,,,\n" * 3), "empty"))


@case
def hidden_file_beside_the_requests() -> None:
    """Every Mac writes one beside each file on a stick; a file list does not show it."""
    folder = prepared()
    (folder / "requests" / "._0.json").write_bytes(
        b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + bytes(60)
    )
    told = package(folder)
    expect(told.status == 0 or "._0.json" in told.text, f"no file is named: {told.line}")


test_case = collect()
