"""Begin elections under names as offices give them; what is refused leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.certificates import MAX_COMMON_NAME, common_name, read_subject
from headquarters.election_config import plan_template, read_plan
from headquarters.names import is_shown
from headquarters.workspace import ElectionFolder, load_plan
from tests.cases.office.office import DAY, accepted, amin, begin, refused
from tests.headquarters.unlocking import authority_of, with_passphrase
from tests.shares import share

LETTERS = st.characters(exclude_categories=["Cs"])
TITLES = {
    "of-45-bytes": "انتخابات شورای شهر تهران",
    "of-65-bytes": "انتخابات شوراهای اسلامی شهر و روستا",
    "of-103-bytes": "انتخابات هفتمین دورهٔ شورای اسلامی شهر تهران، ری و تجریش",
    "of-77-latin-letters": (
        "Elections to the Council of the City of Tehran, Rey and Tajrish, seventh term"
    ),
    "of-200-letters": "ش" * 200,
    "of-one-letter": "ش",
    "with-a-backslash": "C:\\x\\u0041",
    "with-quotes": "شورای \"شهر\" 'تهران' «ری»",
    "with-braces-and-a-hash": "{name} # شورا",
    "with-a-non-joiner": "شورا\u200cی شهر",
}
UNREADABLE = {
    "of-two-lines": "a\nb",
    "empty": "",
    "of-blanks": "  ",
    "of-201-letters": "ش" * 201,
    "with-a-tab": "a\tb",
    "with-delete": "a\x7fb",
    "with-an-override": "a\u202eb",
    "with-a-zero-width-space": "a\u200bb",
    "with-a-filler": "a\u3164b",
    "with-private-use": "a\ue000b",
    "unassigned": "a\u0378b",
    "with-a-line-separator": "a\u2028b",
}


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_title_is_accepted(tmp_path: Path, title: str) -> None:
    folder = ElectionFolder(tmp_path / "election")
    accepted(begin(folder.path, title))
    assert load_plan(folder).name.fa == title
    signer = read_subject(authority_of(folder.keys).signer)
    assert signer.name.endswith(": packages")
    assert title.startswith(signer.name.removesuffix(": packages").rstrip("…"))
    assert [path.name for path in tmp_path.iterdir()] == ["election"]


@pytest.mark.parametrize("title", UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_title_leaves_nothing(tmp_path: Path, title: str) -> None:
    refused(begin(tmp_path / "election", title), "the election's name")
    assert list(tmp_path.iterdir()) == []


def test_refused_title_names_the_character(tmp_path: Path) -> None:
    refused(begin(tmp_path / "election", "a\u202eb"), "U+202E RIGHT-TO-LEFT OVERRIDE")


@given(
    st.text(LETTERS, min_size=1, max_size=200), st.sampled_from(["", ": packages", ": observer"])
)
def test_common_name_fits(name: str, use: str) -> None:
    made = common_name(name, use)
    assert len(made.encode()) <= MAX_COMMON_NAME
    assert made.endswith(use)
    assert made == name + use or name.startswith(made.removesuffix("…" + use))


@settings(max_examples=300)
@given(st.text(st.characters().filter(is_shown), min_size=1, max_size=200).filter(str.strip))
def test_plan_gives_the_title_back(title: str) -> None:
    """But for blanks around it, and in normal form C."""
    text = plan_template("Mf4VPQhYzYqYyL", title, date(2099, 6, 12))
    assert read_plan(text.encode()).name.fa == unicodedata.normalize("NFC", title).strip(" ")


# ------------------------------------------------------------ all or nothing


def test_ceremony_file_that_is_none(tmp_path: Path) -> None:
    wrong = tmp_path / "trustees.json"
    wrong.write_text("no trustees", encoding="utf-8")
    folder = tmp_path / "election"
    options = ("--name", "شورا", "--day", DAY, "--yes")
    refused(amin("new", folder, *options, "--ceremony", wrong), "not a valid list of trustees")
    assert [path.name for path in tmp_path.iterdir()] == ["trustees.json"]
    accepted(amin("new", folder, *options))


def test_folder_that_holds_something(tmp_path: Path) -> None:
    folder = tmp_path / "election"
    folder.mkdir()
    accepted(begin(folder))
    kept = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    refused(begin(folder))
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").write_text("mine", encoding="utf-8")
    refused(begin(other), "other", "is not empty")
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == kept
    assert [path.name for path in other.iterdir()] == ["letter.txt"]


@pytest.mark.timeout(120)
def test_killed_at_any_moment_is_done_or_not_begun(tmp_path: Path) -> None:
    """The process is killed as soon as a file that it makes first appears."""
    killed = 0
    moments = share(("root.key", "sealing.key", "trustees.json", "election.toml"), 2)
    for moment in moments:
        place = tmp_path / moment.replace(".", "-")
        place.mkdir()
        folder = place / "election"
        words = with_passphrase("new", folder, "--name", "شورا", "--day", DAY, "--yes")
        program = subprocess.Popen(
            [sys.executable, "-c", "from commands.steps import election; election()", *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # os.walk passes over a folder that is moved while it is listed; Path.rglob raises.
        while program.poll() is None and not any(moment in files for _, _, files in os.walk(place)):
            time.sleep(0.001)
        if program.poll() is None:
            os.kill(program.pid, signal.SIGKILL)
            killed += 1
        program.wait()
        if folder.exists():
            load_plan(ElectionFolder(folder))
        else:
            accepted(begin(folder))
        authority_of(ElectionFolder(folder).keys)
        assert [path.name for path in place.iterdir()] == ["election"]
    assert killed >= len(moments) // 2
