"""Whole ceremonies, threshold and single, and what breaks off in between."""

from __future__ import annotations

import itertools
import shutil
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.decryption import lagrange
from crypto.errors import UnsealError
from crypto.group import ORDER, mul_base
from crypto.trustees import check_trustees, parse_trustees
from headquarters.ceremony.ceremony_files import read_ceremony_files, write_file, write_own
from headquarters.ceremony.coordinator import check_ceremony, finish_ceremony, standing
from headquarters.ceremony.definition import CeremonyStep
from headquarters.ceremony.errors import CeremonyError
from headquarters.ceremony.journal import read_journal
from headquarters.ceremony.machine import Finished, Waiting
from headquarters.ceremony.secret import read_secret
from headquarters.ceremony.share import open_share
from headquarters.keepers import PassphraseKeeper
from tests.headquarters.ceremony.people import CHEAP, Room, make_room, passphrase
from tests.shares import share

ENOUGH = 6
"""Rounds after which a ceremony without disturbances is over."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Room:
    room = make_room(tmp_path_factory.mktemp("finished"))
    room.rounds(ENOUGH)
    finish_ceremony(room.stick)
    return room


def shares_of(room: Room) -> dict[int, int]:
    return {who.index: open_share(who.folder, who.keeper).scalar for who in room.people}


def test_a_threshold_ceremony(finished: Room) -> None:
    result, refused = check_ceremony(finished.stick)
    assert result is not None
    assert not refused
    assert (finished.stick / "trustees.json").read_bytes() == result.trustees.text
    again = parse_trustees(result.trustees.text)
    check_trustees(again)
    assert [owner.index for owner in again.owners.values()] == [1, 2, 3]
    for who in finished.people:
        key = open_share(who.folder, who.keeper)
        assert key.owner(again) == who.index
        assert str(key.scalar) not in repr(key)
        assert isinstance(who.comes().turn, Finished)
        assert len(who.asked) == 1 + 2 + 1  # who they are, two fingerprints, the key


def test_any_two_shares_are_the_key_and_one_is_not(finished: Room) -> None:
    result, _ = check_ceremony(finished.stick)
    assert result is not None
    shares = shares_of(finished)
    for pair in itertools.combinations(shares, 2):
        key = sum(lagrange(i, pair) * shares[i] for i in pair) % ORDER
        assert mul_base(key) == result.trustees.election_key
    assert all(mul_base(share) != result.trustees.election_key for share in shares.values())


def test_nothing_secret_is_on_the_stick_or_readable_by_others(finished: Room) -> None:
    on_stick = b"".join(finished.contents().values())
    for who in finished.people:
        file = read_secret(who.folder)
        assert file is not None
        secret = file.open(who.keeper)
        for text in (
            secret.seed.seed,
            str(secret.seed.signing_key),
            str(shares_of(finished)[who.index]),
        ):
            assert text.encode() not in on_stick
            assert all(text.encode() not in path.read_bytes() for path in who.folder.iterdir())
        assert stat.S_IMODE(who.folder.stat().st_mode) == 0o700
        assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in who.folder.iterdir())


def test_single_keys(tmp_path: Path) -> None:
    room = make_room(tmp_path, 2, single=True)
    room.rounds(4)
    result = finish_ceremony(room.stick)
    keys = shares_of(room)
    assert mul_base(sum(keys.values())) == result.trustees.election_key
    assert check_ceremony(room.stick)[1] == ()
    assert set(room.contents()) >= {"key-1.json", "commitment-2.json", "confirmation-2.json"}


@pytest.mark.slow
@pytest.mark.parametrize(("size", "threshold"), share([(4, 2), (5, 4)], 2))
def test_other_sizes(tmp_path: Path, size: int, threshold: int) -> None:
    room = make_room(tmp_path, size, threshold)
    room.rounds(ENOUGH)
    result = finish_ceremony(room.stick)
    shares = shares_of(room)
    for some in itertools.combinations(shares, threshold):
        key = sum(lagrange(i, some) * shares[i] for i in some)
        assert mul_base(key) == result.trustees.election_key
    few = tuple(shares)[: threshold - 1]
    assert mul_base(sum(lagrange(i, few) * shares[i] for i in few)) != result.trustees.election_key


def test_nobody_publishes_before_all_have_committed(tmp_path: Path) -> None:
    room = make_room(tmp_path)
    first, second, third = room.people
    for who in room.people:
        who.comes()
    assert first.comes().turn == Waiting(CeremonyStep.COMMITMENT, (2,))
    assert second.comes().done == (CeremonyStep.COMMITMENT, CeremonyStep.POLYNOMIAL)
    assert standing(room.stick).missing == (1, 3)
    journal = read_journal(first.folder)
    assert journal is not None
    assert CeremonyStep.POLYNOMIAL in journal.made
    assert not (room.stick / "polynomial-1.json").exists()
    assert third.comes().turn == Waiting(CeremonyStep.POLYNOMIAL, (1,))


class Pulled(Exception):
    """The USB drive was pulled."""


@pytest.mark.parametrize(
    ("moment", "after"),
    share([(moment, after) for moment in (0, 4, 7, 9, 12, 14) for after in (False, True)], 3),
)
def test_a_stick_pulled_at_any_write(tmp_path: Path, moment: int, after: bool) -> None:
    """Before or after a file was written: the next visit goes on with the same files."""
    room = make_room(tmp_path)
    writes = itertools.count()
    written: dict[str, set[bytes]] = {}

    def write(path: Path, content: bytes) -> None:
        pulled = next(writes) == moment
        written.setdefault(path.name, set()).add(content)
        if pulled and not after:
            raise Pulled
        write_file(path, content)
        if pulled:
            raise Pulled

    for _ in range(ENOUGH):
        for who in room.people:
            try:
                who.comes(write=write)
            except Pulled:
                continue
    finish_ceremony(room.stick)
    assert check_ceremony(room.stick)[1] == ()
    assert len(written) == 15
    assert all(len(contents) == 1 for contents in written.values())


@pytest.mark.parametrize("moment", [0, 5, 10])
def test_a_machine_that_dies_before_its_journal_is_written(
    tmp_path: Path, moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = make_room(tmp_path)
    writes = itertools.count()

    def write(path: Path, content: bytes) -> None:
        if next(writes) == moment:
            raise Pulled
        write_own(path, content)

    monkeypatch.setattr("headquarters.ceremony.journal.write_own", write)
    for _ in range(ENOUGH):
        for who in room.people:
            try:
                who.comes()
            except Pulled:
                continue
    finish_ceremony(room.stick)
    assert check_ceremony(room.stick)[1] == ()


@pytest.mark.slow
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_lost_files_and_old_sticks(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Visits in any order; files vanish or are cut short; USB drives are put back to an old state."""
    room = make_room(tmp_path_factory.mktemp("walk"))
    old = room.stick.with_name("old")
    shutil.copytree(room.stick, old)
    ever: dict[str, set[bytes]] = {}
    reasons: set[str] = set()

    def write(path: Path, content: bytes) -> None:
        ever.setdefault(path.name, set()).add(content)
        write_file(path, content)

    for _ in range(data.draw(st.integers(3, 12))):
        match data.draw(st.sampled_from(["visit"] * 5 + ["lose", "cut", "keep", "back"])):
            case "visit":
                try:
                    room.people[data.draw(st.integers(0, 2))].comes(write=write)
                except CeremonyError as error:
                    reasons.add(error.reason)
            case "lose" | "cut" as harm:
                files = sorted(p for p in room.stick.glob("*-*.json"))
                if files:
                    path = data.draw(st.sampled_from(files))
                    path.unlink() if harm == "lose" else path.write_bytes(path.read_bytes()[:100])
            case "keep":
                shutil.rmtree(old)
                shutil.copytree(room.stick, old)
            case "back":
                shutil.rmtree(room.stick)
                shutil.copytree(old, room.stick)
    for _ in range(2 * ENOUGH):
        for who in room.people:
            try:
                who.comes(write=write)
            except CeremonyError as error:
                reasons.add(error.reason)
    finish_ceremony(room.stick)
    assert check_ceremony(room.stick)[1] == ()
    assert all(len(contents) == 1 for contents in ever.values())
    assert reasons <= {"format"}  # a file of somebody else, cut short


def test_wrong_passphrase(finished: Room) -> None:
    who = finished.people[0]
    keeper = PassphraseKeeper(lambda _: "not the passphrase", CHEAP, tries=3)
    with pytest.raises(UnsealError, match="passphrase is wrong"):
        open_share(who.folder, keeper)
    tried = iter(["wrong", "wrong again", passphrase(1)])
    assert open_share(who.folder, PassphraseKeeper(lambda _: next(tried), CHEAP))


def test_share_without_a_journal(finished: Room, tmp_path: Path) -> None:
    who = finished.people[1]
    shutil.copy(who.folder / "secret.json", tmp_path)
    with pytest.raises(CeremonyError) as caught:
        open_share(tmp_path, who.keeper)
    assert caught.value.reason == "incomplete"
    assert open_share(tmp_path, who.keeper, finished.stick) == open_share(who.folder, who.keeper)


def test_a_share_is_of_no_other_election(finished: Room, tmp_path: Path) -> None:
    other = make_room(tmp_path, 2, single=True)
    other.rounds(4)
    trustees = finish_ceremony(other.stick).trustees
    key = open_share(finished.people[0].folder, finished.people[0].keeper)
    with pytest.raises(CeremonyError) as caught:
        key.owner(trustees)
    assert caught.value.reason == "keys"


def test_finishing_again_changes_nothing(finished: Room) -> None:
    before = finished.contents()
    finish_ceremony(finished.stick)
    assert finished.contents() == before
    assert read_ceremony_files(finished.stick).transcript == before["transcript.json"]
