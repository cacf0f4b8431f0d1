"""Exchanged, damaged and dishonest files, wrong USB drives, and what people do not confirm."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.compact_json import dump
from crypto.errors import CryptoError
from crypto.group import system_scalar
from crypto.threshold.certificates import make_certificate
from crypto.threshold.dealing import deal
from crypto.threshold.messages import SignedMessage, TrusteeSecret
from crypto.threshold.shares import VerificationKey
from election.definition import Text
from headquarters.ceremony.ceremony_files import CeremonyFiles, read_ceremony_files
from headquarters.ceremony.coordinator import check_ceremony, finish_ceremony, standing
from headquarters.ceremony.definition import CeremonyStep, parse_ceremony
from headquarters.ceremony.errors import CeremonyError
from headquarters.ceremony.journal import parse_journal
from headquarters.ceremony.secret import OwnSecret, parse_secret_file, read_secret
from headquarters.ceremony.validation import validate_files
from tests.headquarters.ceremony.people import NAMES, Room, Someone, make_room

ROUNDS = 5


def copy_of(room: Room, folder: Path) -> Room:
    """The same room elsewhere, to do harm in."""
    shutil.copytree(room.stick.parent, folder, dirs_exist_ok=True)
    people = tuple(
        Someone(folder / "stick", folder / f"trustee{i}", i) for i in room.ceremony.indices
    )
    return Room(room.ceremony, folder / "stick", people)


@pytest.fixture(scope="module")
def threshold(tmp_path_factory: pytest.TempPathFactory) -> Room:
    room = make_room(tmp_path_factory.mktemp("threshold"))
    room.rounds(ROUNDS)
    finish_ceremony(room.stick)
    return room


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Room:
    room = make_room(tmp_path_factory.mktemp("single"), 2, single=True)
    room.rounds(ROUNDS)
    finish_ceremony(room.stick)
    return room


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Room:
    """Everybody has a certificate; the last one has committed."""
    room = make_room(tmp_path_factory.mktemp("begun"))
    room.rounds(1)
    return room


def refusal(act: Callable[[], object]) -> CeremonyError:
    with pytest.raises(CeremonyError) as caught:
        act()
    return caught.value


def secret_of(who: Someone) -> OwnSecret:
    file = read_secret(who.folder)
    assert file is not None
    return file.open(who.keeper)


# ---------------------------------------------------------------- files


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    match value:
        case dict():
            return [p for name, item in value.items() for p in leaves(item, (*path, name))]
        case list():
            return [p for i, item in enumerate(value) for p in leaves(item, (*path, i))]
    return [path]


def altered(content: bytes, data: st.DataObject) -> bytes:
    """One digit of one value is another."""
    value = json.loads(content)
    path = data.draw(st.sampled_from(leaves(value)))
    target: Any = value
    for part in path[:-1]:
        target = target[part]
    old = target[path[-1]]
    digits = [i for i, letter in enumerate(old) if letter.isdigit()]
    at = data.draw(st.sampled_from(digits))
    target[path[-1]] = old[:at] + str((int(old[at]) + 1) % 10) + old[at + 1 :]
    return dump(value)


@pytest.mark.parametrize("kind", ["threshold", "single"])
@settings(max_examples=20, deadline=None)
@given(st.data())
def test_every_value_of_every_file_counts(
    kind: str, request: pytest.FixtureRequest, data: st.DataObject
) -> None:
    room: Room = request.getfixturevalue(kind)
    board = read_ceremony_files(room.stick)
    step, index = data.draw(st.sampled_from(sorted(board.files)))
    changed = board.having(step, index, altered(board.files[step, index], data))
    refused = validate_files(changed).refused
    assert refused
    assert all(error.reason and error.file for error in refused)
    named = any(f"{step}-{index}.json" in str(error) for error in refused)
    # What is sealed to its owner shows to others only in what everybody confirmed.
    assert named or (
        step is CeremonyStep.SHARE and {error.reason for error in refused} == {"transcript"}
    )


def test_trustees_and_transcript(threshold: Room, tmp_path: Path, single: Room) -> None:
    room = copy_of(threshold, tmp_path)
    for name in ("trustees.json", "transcript.json"):
        content = (room.stick / name).read_bytes()
        (room.stick / name).write_bytes(content + b" ")
        _, (error,) = check_ceremony(room.stick)
        assert (error.reason, error.file) == ("transcript", name)
        (room.stick / name).unlink()
        assert [refusal.reason for refusal in check_ceremony(room.stick)[1]] == ["incomplete"]
        (room.stick / name).write_bytes(content)
    other = (single.stick / "trustees.json").read_bytes()
    assert [error.reason for error in check_ceremony(room.stick, other)[1]] == ["trustees"]
    written = (room.stick / "trustees.json").read_bytes()
    assert check_ceremony(room.stick, written + b"\n")[1] == ()


def test_another_definition(threshold: Room, tmp_path: Path) -> None:
    """Other names on the USB drive: nothing that was signed fits any more."""
    room = copy_of(threshold, tmp_path)
    path = room.stick / "ceremony.json"
    path.write_bytes(path.read_bytes().replace(NAMES[0].en.encode(), b"Somebody Else"))
    reasons = {error.reason for error in check_ceremony(room.stick)[1]}
    assert reasons == {"ceremony"}
    assert refusal(room.people[0].comes).reason == "ceremony"


def test_cut_short_everywhere(threshold: Room) -> None:
    board = read_ceremony_files(threshold.stick)
    for (step, index), content in board.files.items():
        cut = board.having(step, index, content[:50])
        assert validate_files(cut).refused[0].reason in {"format", "commitment"}


# ---------------------------------------------------------------- dishonest trustees


def test_choosing_the_polynomial_after_the_others(begun: Room, tmp_path: Path) -> None:
    """The last one deals again once the others' coefficients are known: not what was promised."""
    room = copy_of(begun, tmp_path)
    room.rounds(1)
    found = validate_files(read_ceremony_files(room.stick)).demand()
    assert found.certificates is not None
    cheat = room.people[2]
    again = deal(secret_of(cheat).seed, 3, found.certificates, system_scalar).text
    (room.stick / "polynomial-3.json").write_bytes(again)
    error = refusal(room.people[0].comes)
    assert error.reason == "commitment"


def test_choosing_the_key_after_the_others(tmp_path: Path) -> None:
    room = make_room(tmp_path, 2, single=True)
    room.rounds(2)
    cheat = secret_of(room.people[1])
    other = dump(VerificationKey.make(cheat.seed, 12345, system_scalar).as_json())
    (room.stick / "key-2.json").write_bytes(other)
    assert refusal(room.people[0].comes).reason == "commitment"


def test_a_commitment_from_another_ceremony(begun: Room, tmp_path: Path) -> None:
    room = copy_of(begun, tmp_path)
    secret = secret_of(room.people[2]).seed
    path = room.stick / "commitment-3.json"
    message = json.loads(path.read_bytes())["message"]
    for field, reason in (("ceremony", "ceremony"), ("certificates", "changed")):
        value = json.loads(message)
        value[field] = "0" * 64
        path.write_bytes(SignedMessage.make(secret, dump(value).decode(), system_scalar).text)
        assert refusal(room.people[0].comes).reason == reason


def test_a_certificate_exchanged_after_it_was_seen(begun: Room, tmp_path: Path) -> None:
    room = copy_of(begun, tmp_path)
    forged = make_certificate(TrusteeSecret.generate(), room.ceremony.place(1), system_scalar)
    (room.stick / "certificate-1.json").write_bytes(forged.text)
    (room.stick / "commitment-3.json").unlink()
    error = refusal(room.people[1].comes)
    assert (error.reason, error.file) == ("changed", "certificate-1.json")
    assert refusal(room.people[0].comes).reason == "place"


def test_fingerprints_that_differ_end_it(begun: Room, tmp_path: Path) -> None:
    room = copy_of(begun, tmp_path)
    who = room.people[0]
    who.answer = lambda question: "Trustee 2" not in question
    before = room.contents()
    error = refusal(who.comes)
    assert (error.reason, error.file) == ("fingerprint", "certificate-2.json")
    assert room.contents() == before


def test_the_same_fingerprints_on_all_machines(begun: Room, tmp_path: Path) -> None:
    room = copy_of(begun, tmp_path)
    shown = standing(room.stick).fingerprints
    assert len(set(shown.values())) == 3
    assert all(len(text.split(" ")) == 8 for text in shown.values())
    first = room.people[0]
    first.comes()
    assert shown[1] in " ".join(first.read)
    assert shown[2] in first.asked[0]
    assert shown[3] in first.asked[1]


# ---------------------------------------------------------------- USB drives, places, folders


def test_wrong_sticks(begun: Room, tmp_path: Path) -> None:
    room = copy_of(begun, tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert refusal(lambda: room.people[0].comes(empty)).reason == "stick"
    other = make_room(tmp_path / "other")
    assert refusal(lambda: room.people[0].comes(other.stick)).reason == "ceremony"
    assert not (other.stick / "certificate-1.json").exists()


def test_a_place_that_is_taken(begun: Room, tmp_path: Path) -> None:
    room = copy_of(begun, tmp_path)
    late = Someone(room.stick, tmp_path / "late", 2)
    assert refusal(late.comes).reason == "place"
    (room.stick / "certificate-1.json").unlink()
    assert refusal(late.comes).reason == "place"
    assert not (late.folder / "secret.json").exists()


def test_two_trustees_who_took_one_place(tmp_path: Path) -> None:
    """On copies of the USB drive; when they meet, neither overwrites the other."""
    room = make_room(tmp_path)
    other = tmp_path / "other"
    shutil.copytree(room.stick, other)
    first, second = room.people[0], Someone(room.stick, tmp_path / "second", 1)
    first.comes()
    second.comes(other)
    before = room.contents()
    assert refusal(second.comes).reason == "place"
    assert room.contents() == before


def test_two_damaged_files_are_mended_by_their_owners(begun: Room, tmp_path: Path) -> None:
    """One's own is written again although another's keeps it from being checked."""
    room = copy_of(begun, tmp_path)
    for name in ("certificate-1.json", "certificate-2.json", "commitment-3.json"):
        (room.stick / name).write_bytes(b"{}")
    last, first, second = room.people[2], room.people[0], room.people[1]
    assert refusal(last.comes).file == "certificate-1.json"
    assert refusal(first.comes).file == "certificate-2.json"
    assert second.comes().restored == (CeremonyStep.CERTIFICATE,)
    assert (room.stick / "commitment-3.json").read_bytes() == (
        begun.stick / "commitment-3.json"
    ).read_bytes()


def test_two_views_of_one_ceremony(tmp_path: Path) -> None:
    """The courier shows each trustee another third: the promises, brought together, contradict."""
    room = make_room(tmp_path / "room")
    first, second, third = room.people
    first.comes()
    second.comes()
    other = tmp_path / "other"
    shutil.copytree(room.stick, other)
    third.comes()
    Someone(other, tmp_path / "fourth", 3).comes()
    first.comes()
    second.comes(other)
    shutil.copy(other / "commitment-2.json", room.stick)
    error = refusal(first.comes)
    assert (error.reason, error.file) == ("changed", "commitment-2.json")


def test_an_old_copy_of_the_folder(tmp_path: Path) -> None:
    """A secret without its journal would deal a second polynomial: refused."""
    room = make_room(tmp_path)
    room.rounds(1)
    (room.people[0].folder / "journal.json").unlink()
    assert refusal(room.people[0].comes).reason == "place"
    (room.people[1].folder / "secret.json").unlink()
    assert refusal(room.people[1].comes).reason == "secret"


def test_declining_makes_nothing(tmp_path: Path) -> None:
    room = make_room(tmp_path)
    who = room.people[0]
    who.answer = lambda _: False
    assert refusal(who.comes).reason == "declined"
    assert list(room.contents()) == ["ceremony.json"]
    assert read_secret(who.folder) is None


def test_one_command_at_a_time(begun: Room, tmp_path: Path) -> None:
    room = copy_of(begun, tmp_path)
    with (room.people[0].folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert refusal(room.people[0].comes).reason == "busy"


def test_a_stick_that_cannot_be_written(
    begun: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = copy_of(begun, tmp_path)
    replace = os.replace

    def full(source: str, target: str, **folders: int) -> None:
        if target == "commitment-1.json":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(source, target, **folders)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        error = refusal(room.people[0].comes)
    assert error.reason == "stick"
    assert "nothing is lost" in str(error)
    visit = room.people[0].comes()
    assert visit.restored == (CeremonyStep.COMMITMENT,)


def test_files_too_large(begun: Room, tmp_path: Path) -> None:
    room = copy_of(begun, tmp_path)
    (room.stick / "certificate-1.json").write_bytes(bytes(1024 * 1024 + 1))
    assert refusal(lambda: standing(room.stick)).reason == "format"


# ---------------------------------------------------------------- bytes from outside


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"threshold":2', b'"threshold":3'),
        (b'"threshold":2', b'"threshold":1'),
        (b'"mode":"threshold"', b'"mode":"single"'),
        (b'"version":1', b'"version":2'),
        (b'"version":1', b'"version":true'),
        (b"2026-06-01", b"2026-06-31"),
        (b"2026-06-01", b"20260601"),
        (NAMES[1].en.encode(), "\u202eevil".encode()),
        (NAMES[1].fa.encode(), b" "),
        (NAMES[1].fa.encode(), NAMES[0].fa.encode()),
    ],
)
def test_definitions_that_are_refused(begun: Room, old: bytes, new: bytes) -> None:
    content = begun.ceremony.text
    assert old in content
    assert refusal(lambda: parse_ceremony(content.replace(old, new))).reason == "format"


def test_persian_names_are_kept(begun: Room) -> None:
    assert begun.ceremony.trustees == NAMES[:3]
    assert begun.ceremony.name(2) == Text("علی\u200cرضا کریمی", "Alireza Karimi")


@pytest.mark.fuzz
@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**5), st.binary(max_size=3), st.sampled_from(["ceremony", "journal", "secret"])
)
def test_mutated_files_of_our_own(begun: Room, at: int, replacement: bytes, kind: str) -> None:
    folder = begun.people[0].folder
    path = begun.stick / "ceremony.json" if kind == "ceremony" else folder / f"{kind}.json"
    content = path.read_bytes()
    at %= len(content)
    mutated = content[:at] + replacement + content[at + 1 :]
    parse: dict[str, Callable[[bytes], object]] = {
        "ceremony": parse_ceremony,
        "journal": parse_journal,
        "secret": parse_secret_file,
    }
    for text in (mutated, replacement):
        try:
            parse[kind](text)
        except (CryptoError, CeremonyError):
            continue


@pytest.mark.fuzz
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_bytes_in_any_place(threshold: Room, data: st.DataObject) -> None:
    """Whatever lies on the USB drive: refusals, never anything else."""
    board = read_ceremony_files(threshold.stick)
    files = dict(board.files)
    for key in data.draw(st.lists(st.sampled_from(sorted(files)), min_size=1, max_size=4)):
        other = data.draw(st.sampled_from(sorted(board.files)))
        files[key] = data.draw(st.binary(max_size=60) | st.just(board.files[other]))
    validate_files(CeremonyFiles(board.ceremony, files))
