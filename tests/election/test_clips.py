"""Recordings by the real codec: stand-ins are made, listed by hash, played, and damaged."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from drivers.errors import ProtocolError
from drivers.sound.clips import read_clip
from drivers.sound.wave import RATE, beep
from election.clips import LIST_FILE, Clips
from election.recorded import Listed, RecordedKind
from headquarters.listening import wave_file
from tests.election.recording import clip_entry, vouched, written
from words.text import Language

SORANI = Language("ckb")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated stand-in: nobody has recorded Sorani yet."""
    made = tmp_path_factory.mktemp("clips")
    subprocess.run(
        ["oggenc", "--quiet", "-o", str(made / "0001.ogg"), "-"],
        input=wave_file(beep((500.0,), 0.5)),
        check=True,
    )
    data = (made / "0001.ogg").read_bytes()
    written(made, RecordedKind.SPEECH, clip_entry(data))
    return made


def published(folder: Path) -> Listed:
    listed = vouched(folder, RecordedKind.SPEECH)
    return lambda: listed


def test_a_recording_is_found_by_its_text_and_decoded(folder: Path) -> None:
    clips = Clips(folder, published(folder))
    assert clips.usable
    found = clips.find(SORANI, "دەنگدان")
    assert found is not None
    wave = read_clip(*found)
    assert len(wave) == pytest.approx(RATE / 2, rel=0.02)
    assert max(wave) > 5000
    assert clips.find(Language("fa"), "دەنگدان") is None


@pytest.mark.parametrize("at", [0, 60, 2000])
def test_a_recording_with_one_turned_bit_is_none(folder: Path, tmp_path: Path, at: int) -> None:
    found = Clips(folder, published(folder)).find(SORANI, "دەنگدان")
    assert found is not None
    data = bytearray(found[0].read_bytes())
    data[at] ^= 1
    (tmp_path / "0001.ogg").write_bytes(data)
    with pytest.raises(ProtocolError):
        read_clip(tmp_path / "0001.ogg", found[1])


def test_a_list_with_one_turned_bit_is_none(folder: Path, tmp_path: Path) -> None:
    data = bytearray((folder / LIST_FILE).read_bytes())
    data[30] ^= 1
    (tmp_path / LIST_FILE).write_bytes(data)
    assert not Clips(tmp_path, published(folder)).usable
    assert len(Clips(tmp_path, published(folder))) == 0


@pytest.mark.parametrize("harm", ["missing", "damaged", "foreign", "none"])
def test_listed_files_that_are_not_there_or_others_are_named(
    folder: Path, tmp_path: Path, harm: str
) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    clip = tmp_path / "0001.ogg"
    match harm:
        case "missing":
            clip.unlink()
        case "damaged":
            clip.write_bytes(clip.read_bytes()[:-1])
        case "foreign":
            clip.write_bytes(b"OggS of another election")
        case _:
            # What the list does not name is never played, and no fault.
            (tmp_path / "0002.ogg").write_bytes(b"unlisted")
    trouble = Clips(tmp_path, published(tmp_path)).trouble()
    assert (trouble is None) is (harm == "none")
    assert trouble is None or "0001.ogg" in str(trouble)
