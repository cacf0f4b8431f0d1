"""The example archive verifies, its page is computed from it, and strangers can read it.

The reading script of docs/auditing.md runs where nothing of ours can be imported, and finds tampering.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from commands.main import main
from tests.docs import example_archive
from tests.docs.example_page import EXAMPLE, PAGE, page

AUDITING: Final = EXAMPLE.parents[1] / "auditing.md"
NUMBER: Final = re.findall(r"--number ([0-9a-f]{64})", PAGE.read_text(encoding="utf-8"))[0]
NEEDED: Final = ("cryptography", "cffi", "_cffi_backend", "pycparser")
"""What the script may import besides the standard library."""
_RUN: Final = "import sys; sys.path.append(sys.argv.pop(1)); exec(open(sys.argv.pop(1)).read())"


def verified(folder: Path) -> dict[str, Any]:
    words = ["election", "verify", str(folder / "index.json"), "--number", NUMBER, "--json"]
    done = CliRunner().invoke(main, words)
    return {"status": done.exit_code, **json.loads(done.stdout)}


def test_the_page_is_what_the_files_give() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_example_verifies() -> None:
    verdict = verified(EXAMPLE)
    assert (verdict["status"], verdict["failures"]) == (0, [])
    right = {each["reason"] for each in verdict["right"]}
    assert {"right-number", "right-acts", "right-lists", "right-lot"} <= right
    told = {each["reason"] for each in verdict["told"]}
    assert {"device-missing", "device-rescued", "spare-used", "missing-report"} <= told


@pytest.mark.slow
def test_it_is_made_anew_in_one_step(tmp_path: Path) -> None:
    kept = example_archive.play(tmp_path)
    files = {path.relative_to(kept) for path in kept.rglob("*")}
    assert files == {path.relative_to(EXAMPLE) for path in EXAMPLE.rglob("*")}
    assert "## Register and number" in page(kept)


# ---------------------------------------------------------------- the reading script


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], tuple[int, str]]:
    """Run the page's script with `cryptography` alone; give the status and what it says."""
    place = tmp_path_factory.mktemp("stranger")
    libraries, script = place / "libraries", place / "read.py"
    libraries.mkdir()
    for name in NEEDED:
        found = importlib.util.find_spec(name)
        assert found is not None
        assert found.origin is not None
        origin = Path(found.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (libraries / source.name).symlink_to(source)
    script.write_text(reading_script(), encoding="utf-8")

    def run(folder: Path, number: str = NUMBER) -> tuple[int, str]:
        words = [
            sys.executable,
            "-I",
            "-S",
            "-c",
            _RUN,
            *map(str, (libraries, script, folder)),
            number,
        ]
        done = subprocess.run(
            words, check=False, cwd=place, capture_output=True, text=True, timeout=60
        )
        return done.returncode, done.stdout + done.stderr

    for ours in ("crypto", "election", "headquarters", "cbor2"):
        words = [sys.executable, "-I", "-S", "-c", f"import {ours}"]
        done = subprocess.run(words, check=False, cwd=place, capture_output=True)
        assert done.returncode == 1
    return run


def reading_script() -> str:
    blocks = re.findall(
        r"^```python\n(.*?)^```$", AUDITING.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return str(blocks[1])


def test_a_stranger_reads_it(stranger: Callable[[Path], tuple[int, str]]) -> None:
    status, said = stranger(EXAMPLE)
    assert status == 0, said
    printed = "".join(f"    {line}\n" for line in said.splitlines())
    assert printed in AUDITING.read_text(encoding="utf-8")
    names = {line.split()[1] for line in reading_script().splitlines() if line.startswith("from ")}
    assert {name.split(".")[0] for name in names} == {"pathlib", "cryptography"}


def edited(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Replace a text in one file; JSON strings inside are as they are spelt there."""

    def change(folder: Path) -> None:
        path = folder / name
        data = path.read_bytes()
        assert old.encode() in data
        path.write_bytes(data.replace(old.encode(), new.encode(), 1))

    return change


def respelled(name: str, at: int) -> Callable[[Path], None]:
    """Another letter of the code's alphabet at one place."""

    def change(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[at] = ord("A") if data[at] != ord("A") else ord("B")
        (folder / name).write_bytes(data)

    return change


def flipped(name: str, at: int) -> Callable[[Path], None]:
    """Change one byte of a file, from its beginning or its end."""

    def change(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[at] ^= 1
        (folder / name).write_bytes(data)

    return change


def another_letter(name: str, at: int) -> Callable[[Path], None]:
    """Change one letter of base 32 into another."""

    def change(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[at] = ord("B") if data[at] == ord("A") else ord("A")
        (folder / name).write_bytes(data)

    return change


def copied(source: str, target: str) -> Callable[[Path], object]:
    """Put one file in the place of another."""
    return lambda folder: shutil.copyfile(folder / source, folder / target)


def on_box(change: Callable[[Any], object]) -> Callable[[Path], None]:
    """Change what is published of terminal-1."""

    def do(folder: Path) -> None:
        path = folder / "supplement" / "boxes.json"
        value = json.loads(path.read_bytes())
        change(next(box for box in value["items"] if box["device"] == "terminal-1"))
        path.write_text(json.dumps(value), encoding="utf-8")

    return do


def lost_vote(folder: Path) -> None:
    """A receipt of terminal-1 for a vote that it does not hand in: the terminal was put back."""
    path = folder / "supplement" / "spent.json"
    value = json.loads(path.read_bytes())
    item = next(item for item in value["items"] if item["device"] == "terminal-1")
    receipt = (folder / "cards" / "receipt.cbor").read_bytes().hex()
    item["spent"] = [each for each in item["spent"] if each["hash"] not in receipt]
    path.write_text(json.dumps(value), encoding="utf-8")


D: Final = "supplement/devices"
TAMPERED: Final[dict[str, tuple[Callable[[Path], object], str]]] = {
    "the register": (edited("register.json", "rehearsal", "rehearsaL"), "another number"),
    "names of candidates": (edited("definition.json", "نامزد 0", "نامزد ۰"), "other names"),
    "the index": (edited("index.json", '"ballots": ', '"ballots":  '), "index.sig"),
    "a device for another": (copied(f"{D}/spare-1.der", f"{D}/terminal-1.der"), "not registered"),
    "the archive": (flipped("election.bel", 9_000), "another archive"),
    "an act": (flipped("acts/spare-1.takeover", 300), "another acts/spare-1.takeover"),
    "a record that vanishes": (on_box(lambda box: box["records"].pop()), "other records"),
    "a record in the place of another": (
        on_box(lambda box: box["records"][0].update(digest="00" * 32)),
        "a record",
    ),
    "a vote that is put back": (lost_vote, "other authorizations"),
    "a lot of seats": (edited("lot-seats.json", "TEDPIX 2", "TEDPIX 3"), "a signature"),
    "a missing list": (edited("missing.json", "destroyed", "lost"), "another missing.json"),
    "a receipt": (flipped("cards/receipt.cbor", -1), "no receipt of this terminal"),
    "a receipt of nothing": (
        lambda folder: (folder / "cards" / "receipt.cbor").write_bytes(
            (folder / "cards" / "receipt.cbor").read_bytes().replace(b"terminal-1", b"terminal-3")
        ),
        "no receipt of this terminal",
    ),
    "a closing report": (respelled("reports.txt", -40), "did not print this report"),
    "a report that is none": (edited("reports.txt", "AMINR1:", "AMINR1:1"), "not to be read"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_stranger_finds_tampering(
    name: str, stranger: Callable[[Path], tuple[int, str]], tmp_path: Path
) -> None:
    change, words = TAMPERED[name]
    folder = tmp_path / "example"
    shutil.copytree(EXAMPLE, folder)
    change(folder)
    status, said = stranger(folder)
    assert status == 1, said
    assert words in said
    assert "Traceback" not in said
