"""What lies beside recordings and films: the lists that a package vouches for by their SHA-256."""

from __future__ import annotations

from collections.abc import Mapping

from election.clips import LARGEST_LIST as LARGEST_CLIPS
from election.clips import LIST_FILE as CLIPS
from election.clips import Clip, ClipList
from election.recorded import read_list
from election.roll import LIST_FILE as ROLL
from election.roll import RollList, read_roll
from election.schema import to_json
from election.signs import LARGEST_LIST as LARGEST_SIGNS
from election.signs import LIST_FILE as SIGNS
from election.signs import Film, FilmList, SignStep
from tests.golden.day import World
from tests.golden.document import Document

SPOKEN = ClipList(
    (
        Clip("ckb", "دەنگدان", "0001.ogg", 9041, "a1" * 32),
        Clip("az-Arab", "Page 2", "seh.ogg", 1, "5c" * 32),
    )
)
SHOWN = FilmList(
    tuple(
        Film(step, "psc", f"{step}.webp", 80_211 + at, f"{at:02x}" * 32)
        for at, step in enumerate(SignStep)
    )
)

LISTED = RollList(bytes(range(32)), 7_000_000, "d4" * 32)


def read_clips(data: bytes) -> ClipList:
    return read_list(ClipList, data, LARGEST_CLIPS)


def read_films(data: bytes) -> FilmList:
    return read_list(FilmList, data, LARGEST_SIGNS)


def _write(_: World) -> Mapping[str, bytes]:
    return {CLIPS: to_json(SPOKEN), SIGNS: to_json(SHOWN)}


def _read(_: World, files: Mapping[str, bytes]) -> object:
    return read_clips(files[CLIPS]), read_films(files[SIGNS])


DOCUMENTS = (
    Document("recorded", _write, _read, lambda _: (SPOKEN, SHOWN)),
    Document(
        "roll",
        lambda _: {ROLL: to_json(LISTED)},
        lambda _, files: read_roll(files[ROLL]),
        lambda _: LISTED,
    ),
)
