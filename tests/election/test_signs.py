"""The list of films in sign language: the published one, or none; and a film is the listed one, or none."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.doctor.supply import examine_signs
from election.signs import LARGEST_FILM, LIST_FILE, NO_FILMS, Films, SignStep
from kiosk.settings import SignSettings

FILM = b"RIFF....WEBP"


def written(folder: Path, *films: dict[str, str]) -> str:
    """Write a list; its hash."""
    data = json.dumps({"films": list(films)}).encode()
    (folder / LIST_FILE).write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def entry(step: str = "marking", file: str = "marking.webp", data: bytes = FILM) -> dict[str, str]:
    return {"step": step, "file": file, "sha256": hashlib.sha256(data).hexdigest()}


def test_a_listed_film_is_read(tmp_path: Path) -> None:
    (tmp_path / "marking.webp").write_bytes(FILM)
    films = Films(tmp_path, written(tmp_path, entry()))
    assert films.usable
    assert SignStep.MARKING in films
    assert SignStep.IDLE not in films
    assert films.read(SignStep.MARKING) == FILM
    assert films.read(SignStep.IDLE) == b""
    assert examine_signs(SignSettings(str(tmp_path), written(tmp_path, entry()))).ok


def _missing(film: Path) -> None:
    film.unlink()


def _another(film: Path) -> None:
    film.write_bytes(FILM + b"!")


def _folder(film: Path) -> None:
    film.unlink()
    film.mkdir()


def _huge(film: Path) -> None:
    film.write_bytes(b"0" * (LARGEST_FILM + 1))


@pytest.mark.parametrize("harm", [_missing, _another, _folder, _huge])
def test_a_film_that_is_damaged_is_none_and_the_doctor_says_which(
    tmp_path: Path, harm: object
) -> None:
    film = tmp_path / "marking.webp"
    film.write_bytes(FILM)
    listed = written(tmp_path, entry())
    assert callable(harm)
    harm(film)
    assert Films(tmp_path, listed).read(SignStep.MARKING) == b""
    found = examine_signs(SignSettings(str(tmp_path), listed))
    assert not found.ok
    assert "marking" in str(found.detail)


@pytest.mark.parametrize(
    "listed",
    [
        entry(step="dancing"),
        entry(file="../../etc/passwd"),
        entry(file="/etc/passwd"),
        {**entry(), "sha256": "00"},
        {**entry(), "more": "x"},
    ],
)
def test_a_list_that_says_something_else_is_none(tmp_path: Path, listed: dict[str, str]) -> None:
    films = Films(tmp_path, written(tmp_path, listed))
    assert not films.usable
    assert films.steps() == ()
    assert not examine_signs(SignSettings(str(tmp_path), written(tmp_path, listed))).ok


def test_another_list_than_the_published_one_is_none(tmp_path: Path) -> None:
    written(tmp_path, entry())
    assert not Films(tmp_path, "0" * 64).usable
    assert not Films(tmp_path / "nowhere", "0" * 64).usable
    assert not NO_FILMS.usable


@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_none(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        (Path(name) / LIST_FILE).write_bytes(data)
        films = Films(Path(name), hashlib.sha256(data).hexdigest())
        assert films.steps() == () or films.usable
