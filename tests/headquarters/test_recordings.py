"""Recordings and films are put into an election: read, listed by hash and length, vouched for."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from crypto.errors import DecodeError
from election.clips import Clips
from election.errors import ElectionError
from election.package import encode_package, open_package
from election.package.wire import Content, decode_content, encode_content
from election.recorded import RecordedKind, RecordedList, of_kind
from election.signs import Films, SignStep
from headquarters.recorded_lists import kept_recordings
from headquarters.recordings import put_recordings
from headquarters.workspace import ElectionFolder, FolderError
from tests.election.samples import NOW
from tests.election.samples import sample as election_sample
from words.text import Language

SAMPLE = election_sample()
OGG = b"OggS" + bytes(range(200))


def webp() -> bytes:
    pictures = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (10, 90)]
    file = io.BytesIO()
    pictures[0].save(file, "WEBP", save_all=True, append_images=pictures[1:])
    return file.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> ElectionFolder:
    (tmp_path / "election").mkdir()
    return ElectionFolder(tmp_path / "election")


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    made = tmp_path / "clips"
    made.mkdir()
    for name in ("1.ogg", "2.ogg"):
        (made / name).write_bytes(OGG + name.encode())
    table = 'language,text,file\nckb,دەنگدان,1.ogg\nfa,"رأی، بلند",2.ogg\n'
    (made / "clips.csv").write_text(table, "utf-8")
    return made


@pytest.fixture
def films(tmp_path: Path) -> Path:
    made = tmp_path / "films"
    made.mkdir()
    (made / "m.webp").write_bytes(webp())
    (made / "films.csv").write_text("step,language,file\nmarking,psc,m.webp\n", "utf-8")
    return made


def test_what_is_put_in_is_what_a_device_plays(
    folder: ElectionFolder, clips: Path, films: Path
) -> None:
    lists = put_recordings(folder, clips, films)
    assert [(one.kind, one.files, one.languages) for one in lists] == [
        (RecordedKind.SPEECH, 2, ("ckb", "fa")),
        (RecordedKind.SIGNS, 1, ("psc",)),
    ]
    data = encode_package(
        SAMPLE.election, SAMPLE.portraits, SAMPLE.signer_key, SAMPLE.signer, lists
    )
    loaded = open_package(data, SAMPLE.expected(), NOW)
    assert loaded.recorded == lists == kept_recordings(folder)
    speech = Clips(clips, lambda: of_kind(loaded.recorded, RecordedKind.SPEECH))
    found = speech.find(Language("ckb"), "دەنگدان")
    assert found is not None
    assert found[0] == clips / "1.ogg"
    assert speech.trouble() is None
    signs = Films(films, lambda: of_kind(loaded.recorded, RecordedKind.SIGNS))
    assert signs.read(SignStep.MARKING) == webp()


def test_a_package_without_them_vouches_for_nothing(clips: Path, folder: ElectionFolder) -> None:
    put_recordings(folder, clips, None)
    data = encode_package(SAMPLE.election, SAMPLE.portraits, SAMPLE.signer_key, SAMPLE.signer)
    loaded = open_package(data, SAMPLE.expected(), NOW)
    speech = Clips(clips, lambda: of_kind(loaded.recorded, RecordedKind.SPEECH))
    assert speech.find(Language("ckb"), "دەنگدان") is None
    assert "no package" in str(speech.trouble())


def test_the_list_follows_the_package(clips: Path, folder: ElectionFolder) -> None:
    """Nothing is played before one is loaded, and after another one only what that vouches for."""
    now: list[RecordedList | None] = [None]
    speech = Clips(clips, lambda: now[0])
    assert speech.find(Language("ckb"), "دەنگدان") is None
    (now[0],) = put_recordings(folder, clips, None)
    assert speech.find(Language("ckb"), "دەنگدان") is not None
    (clips / "clips.csv").write_text("language,text,file\nckb,دەنگ,1.ogg\n", "utf-8")
    (later,) = put_recordings(folder, clips, None)
    assert now[0] != later
    now[0] = later
    assert speech.find(Language("ckb"), "دەنگدان") is None
    assert speech.find(Language("ckb"), "دەنگ") is not None
    now[0] = None
    assert len(speech) == 0


TABLES = {
    "empty": "",
    "head-alone": "language,text,file\n",
    "no-file": "language,text,file\nckb,x,3.ogg\n",
    "out-of-the-folder": "language,text,file\nckb,x,../clips/1.ogg\n",
    "no-language": "language,text,file\n,x,1.ogg\n",
    "no-text": "language,text,file\nckb,,1.ogg\n",
    "twice": "language,text,file\nckb,x,1.ogg\nckb,x,2.ogg\n",
    "other-columns": "language,words,file\nckb,x,1.ogg\n",
    "no-sound": "language,text,file\nckb,x,clips.csv\n",
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_that_cannot_be_used_is_told_and_nothing_is_changed(
    folder: ElectionFolder, clips: Path, films: Path, kind: str
) -> None:
    (clips / "clips.csv").write_text(TABLES[kind], "utf-8")
    with pytest.raises(ElectionError) as told:
        put_recordings(folder, clips, films)
    assert str(told.value)
    assert not (clips / "clips.json").exists()
    assert not (films / "signs.json").exists()
    assert not folder.recorded.exists()


def test_a_film_that_is_none_is_told(folder: ElectionFolder, films: Path) -> None:
    (films / "m.webp").write_bytes(b"GIF89a" + bytes(40))
    with pytest.raises(ElectionError, match="WebP"):
        put_recordings(folder, None, films)


def test_after_the_package_nothing_is_put_in(folder: ElectionFolder, clips: Path) -> None:
    folder.package.write_bytes(b"package")
    with pytest.raises(FolderError):
        put_recordings(folder, clips, None)


def test_two_lists_of_a_kind_are_refused() -> None:
    one = RecordedList(RecordedKind.SPEECH, ("fa",), 1, 10, "ab" * 32)
    good = encode_content(Content(SAMPLE.election, SAMPLE.portraits, (one,)))
    assert decode_content(good).recorded == (one,)
    twice = encode_content(Content(SAMPLE.election, SAMPLE.portraits, (one, one)))
    with pytest.raises(DecodeError, match="twice"):
        decode_content(twice)
