"""The list of films in sign language: the published one, or none; and a film is the listed one, or none."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.doctor.supply import examine_signs
from drivers.examined.finding import DoctorFinding
from drivers.settings import SignSettings
from election.recorded import RecordedKind, RecordedList
from election.signs import LARGEST_FILM, LIST_FILE, NO_FILMS, Films, SignStep
from tests.election.recording import film_entry, vouched, written

Entry = dict[str, object]
FILM = b"RIFF....WEBP"


def entry(step: str = "marking", file: str = "marking.webp", data: bytes = FILM) -> Entry:
    return film_entry(data, step, file)


def films(folder: Path, *entries: Entry) -> Films:
    return Films(folder, written(folder, RecordedKind.SIGNS, *entries))


def _same(listed: RecordedList | None) -> RecordedList | None:
    return listed


def doctor(folder: Path) -> DoctorFinding:
    listed = vouched(folder, RecordedKind.SIGNS)
    return examine_signs(SignSettings(str(folder)), (listed,))


def test_a_listed_film_is_read(tmp_path: Path) -> None:
    (tmp_path / "marking.webp").write_bytes(FILM)
    found = films(tmp_path, entry())
    assert found.usable
    assert SignStep.MARKING in found
    assert SignStep.IDLE not in found
    assert found.read(SignStep.MARKING) == FILM
    assert found.read(SignStep.IDLE) == b""
    assert doctor(tmp_path).ok


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
    listed = films(tmp_path, entry())
    assert callable(harm)
    harm(film)
    assert listed.read(SignStep.MARKING) == b""
    found = doctor(tmp_path)
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
        {**entry(), "size": 0},
        {**entry(), "size": LARGEST_FILM + 1},
        {**entry(), "language": "Persian"},
    ],
)
def test_a_list_that_says_something_else_is_none(tmp_path: Path, listed: Entry) -> None:
    found = films(tmp_path, listed)
    assert not found.usable
    assert len(found) == 0
    assert not doctor(tmp_path).ok


def test_another_list_than_that_of_the_package_is_none(tmp_path: Path) -> None:
    films(tmp_path, entry())
    right = vouched(tmp_path, RecordedKind.SIGNS)
    for wrong in (
        replace(right, sha256="0" * 64),
        replace(right, size=right.size + 1),
        replace(right, size=right.size - 1),
        None,
    ):
        found = Films(tmp_path, partial(_same, wrong))
        assert not found.usable
        assert found.read(SignStep.MARKING) == b""
        assert found.trouble() is not None
    assert not Films(tmp_path / "nowhere", lambda: right).usable
    assert not NO_FILMS.usable


@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_none(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / LIST_FILE).write_bytes(data)
        listed = vouched(Path(name), RecordedKind.SIGNS)
        found = Films(Path(name), lambda: listed)
        assert len(found) == 0 or found.usable
