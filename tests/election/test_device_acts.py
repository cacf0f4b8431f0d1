"""Take-over and rescue: who has to sign, and what nobody can add."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from crypto import merkle
from crypto.errors import CryptoError
from election.definition import DeviceId
from election.device_acts import DeviceActError, card_message
from election.device_files import Files
from election.reasons import DeviceActReason
from election.records import SpentAuthorization, StoredRecord
from election.register import PublishedRegister
from election.rescue import (
    Rescue,
    RescueFile,
    RescueGround,
    VerifiedRescue,
    check_records,
    covers,
    numbers_of,
    open_rescue,
    read_rescue,
    write_rescue,
)
from election.rescuing import RESCUE_SUFFIX
from election.schema import to_cbor
from election.takeover import (
    TakeOver,
    VerifiedTakeOver,
    branches_after,
    open_takeover,
    write_takeover,
)
from election.takeover import form as takeover_form
from tests.election.acting import (
    FINGERPRINT,
    OTHER_SPARE,
    SPARE,
    SPARE_STATION,
    Acting,
    acting,
    other_election,
)
from tests.election.samples import BRANCH, ELSEWHERE, NOW, OTHER_BRANCH, STATION, TERMINAL

W = acting()
AT = NOW.replace(microsecond=0)
TAKEOVER = TakeOver(
    W.number, BRANCH, SPARE, TERMINAL, bytes(32), 3, hashlib.sha256(b"log").digest(), 40, AT
)
SPENT = tuple(
    SpentAuthorization(hashlib.sha256(name).digest(), bytes(64)) for name in (b"spent", b"other")
)
HASHES = [each.hash for each in SPENT]
HANDLES = (hashlib.sha256(b"handle").digest(),)
RECORDS = W.records(TERMINAL, 2)


def taken(
    statement: TakeOver = TAKEOVER, signers: tuple[str, ...] = (SPARE, STATION), world: Acting = W
) -> bytes:
    return write_takeover(statement, world.cards, world.signers(*signers))


def refusal(act: Callable[[], object]) -> DeviceActReason:
    with pytest.raises(DeviceActError) as refused:
        act()
    return refused.value.reason


def test_takeover_that_a_neighbour_witnesses() -> None:
    opened = open_takeover(taken(), W.published)
    assert (opened.statement, opened.witnesses) == (TAKEOVER, (STATION,))
    assert branches_after([opened], W.register)[SPARE] == BRANCH


def test_takeover_without_a_neighbour_is_unwitnessed() -> None:
    assert open_takeover(taken(signers=(SPARE,)), W.published).witnesses == ()


def test_reserve_operator_may_take_over() -> None:
    cards = [W.reserve.signer, W.supervisor.signer]
    data = write_takeover(TAKEOVER, cards, W.signers(SPARE, STATION))
    assert open_takeover(data, W.published).witnesses == (STATION,)


REFUSED: list[tuple[DeviceActReason, Callable[[], bytes]]] = [
    (DeviceActReason.ACT_FORMAT, lambda: b"nothing"),
    (DeviceActReason.ACT_ELECTION, lambda: taken(replace(TAKEOVER, number=bytes(32)))),
    (DeviceActReason.ACT_DEVICE, lambda: taken(signers=(STATION,))),
    (DeviceActReason.ACT_DEVICE, lambda: taken(signers=(SPARE, ELSEWHERE))),
    (DeviceActReason.ACT_DEVICE, lambda: taken(signers=(SPARE, OTHER_SPARE))),
    (DeviceActReason.ACT_DEVICE, lambda: taken(signers=(SPARE, "headquarters"))),
    (DeviceActReason.ACT_SPARE, lambda: taken(replace(TAKEOVER, spare=ELSEWHERE))),
    (DeviceActReason.ACT_SPARE, lambda: taken(replace(TAKEOVER, spare=DeviceId("unknown")))),
    (DeviceActReason.ACT_SPARE, lambda: taken(replace(TAKEOVER, replaces=SPARE))),
    (DeviceActReason.ACT_BRANCH, lambda: taken(replace(TAKEOVER, replaces=ELSEWHERE))),
    (
        DeviceActReason.ACT_SPARE,
        lambda: taken(replace(TAKEOVER, spare=SPARE_STATION), (SPARE_STATION, STATION)),
    ),
    (
        DeviceActReason.ACT_CARDS,
        lambda: write_takeover(
            TAKEOVER, [W.officer.signer, W.stranger.signer], W.signers(SPARE, STATION)
        ),
    ),
    (
        DeviceActReason.ACT_CARDS,
        lambda: write_takeover(
            TAKEOVER, [W.officer.signer, W.reserve.signer], W.signers(SPARE, STATION)
        ),
    ),
    (
        DeviceActReason.ACT_CARDS,
        lambda: write_takeover(
            TAKEOVER,
            [W.officer.signer, (W.officer.signer[0], W.supervisor.certificate)],
            W.signers(SPARE, STATION),
        ),
    ),
]


@pytest.mark.parametrize(("reason", "made"), REFUSED)
def test_takeovers_that_are_refused(reason: DeviceActReason, made: Callable[[], bytes]) -> None:
    assert refusal(lambda: open_takeover(made(), W.published)) is reason


def test_takeover_of_another_election() -> None:
    reason = refusal(lambda: open_takeover(taken(), other_election(W)))
    assert reason is DeviceActReason.ACT_ELECTION


def test_cards_sign_the_frozen_statement_of_this_kind_alone() -> None:
    frozen = to_cbor(TAKEOVER)
    other = to_cbor(replace(TAKEOVER, cast=4))
    assert card_message(takeover_form(), frozen) != card_message(takeover_form(), other)


def test_every_byte_of_a_takeover_is_signed() -> None:
    data = taken()
    for at in range(0, len(data), 97):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises((DeviceActError, CryptoError)):
            open_takeover(changed, W.published)


def verified(statement: TakeOver) -> VerifiedTakeOver:
    return VerifiedTakeOver(statement, (), b"")


def test_spare_of_a_spare_follows_whatever_the_order() -> None:
    first = verified(TAKEOVER)
    second = verified(replace(TAKEOVER, spare=OTHER_SPARE, replaces=SPARE))
    found = branches_after([second, first], W.register)
    assert (found[SPARE], found[OTHER_SPARE]) == (BRANCH, BRANCH)


@pytest.mark.parametrize(
    ("reason", "second"),
    [
        (DeviceActReason.ACT_TWICE, TAKEOVER),
        (DeviceActReason.ACT_TWICE, replace(TAKEOVER, spare=OTHER_SPARE)),
        (DeviceActReason.ACT_TWICE, replace(TAKEOVER, replaces=ELSEWHERE, branch=OTHER_BRANCH)),
        (DeviceActReason.ACT_BRANCH, replace(TAKEOVER, spare=OTHER_SPARE, replaces=ELSEWHERE)),
        (DeviceActReason.ACT_BRANCH, replace(TAKEOVER, spare=OTHER_SPARE, replaces=OTHER_SPARE)),
    ],
)
def test_takeovers_that_do_not_go_together(reason: DeviceActReason, second: TakeOver) -> None:
    acts = [verified(TAKEOVER), verified(second)]
    assert refusal(lambda: branches_after(acts, W.register)) is reason


# ---------------------------------------------------------------- rescue


def rescue(
    records: tuple[StoredRecord, ...] = RECORDS,
    spent: tuple[SpentAuthorization, ...] = SPENT,
    **changes: object,
) -> Rescue:
    made = Rescue(
        W.number,
        BRANCH,
        TERMINAL,
        RescueGround.DEAD,
        numbers_of(records, spent),
        merkle.root(HANDLES),
        W.root(TERMINAL, RECORDS, HASHES),
        bytes(32),
        bytes(32),
        0,
        AT,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def rescued(
    statement: Rescue,
    records: tuple[StoredRecord, ...] = RECORDS,
    signers: tuple[str, ...] = (STATION,),
) -> RescueFile:
    return read_rescue(
        write_rescue(statement, records, SPENT, HANDLES, W.cards, W.signers(*signers))
    )


def opened(file: RescueFile, published: PublishedRegister = W.published) -> VerifiedRescue:
    found = open_rescue(file.act, published)
    key = W.keys[found.statement.device].public
    check_records(file, found.statement, key, FINGERPRINT)
    return found


def test_rescue_hands_in_what_the_dead_device_signed() -> None:
    found = opened(rescued(rescue()))
    assert (found.witnesses, found.difference) == ((STATION,), 0)


def test_rescue_without_a_root() -> None:
    assert opened(rescued(rescue(last=None))).difference == 0


def test_difference_to_the_last_root_is_told_with_its_number() -> None:
    fewer = RECORDS[:1]
    found = opened(rescued(rescue(fewer), fewer))
    assert found.difference == 1
    other = W.root(TERMINAL, RECORDS, [bytes(32), bytes(31) + b"1"])
    assert opened(rescued(rescue(last=other))).difference == 1


@pytest.mark.parametrize(
    ("reason", "made"),
    [
        (DeviceActReason.ACT_DEVICE, lambda: rescued(rescue(), signers=(TERMINAL,))),
        (DeviceActReason.ACT_DEVICE, lambda: rescued(rescue(), signers=("headquarters",))),
        (DeviceActReason.ACT_ELECTION, lambda: rescued(rescue(number=bytes(32)))),
        (DeviceActReason.ACT_CARDS, lambda: rescued(rescue(branch=OTHER_BRANCH))),
        (DeviceActReason.ACT_BRANCH, lambda: rescued(rescue(device=STATION), signers=(ELSEWHERE,))),
        (DeviceActReason.ACT_RECORDS, lambda: rescued(rescue(), RECORDS[:1])),
        (DeviceActReason.ACT_RECORDS, lambda: rescued(rescue(handles=bytes(32)))),
        (
            DeviceActReason.ACT_RECORDS,
            lambda: rescued(rescue(last=W.root(ELSEWHERE, RECORDS, HASHES))),
        ),
        (
            DeviceActReason.ACT_RECORDS,
            lambda: rescued(rescue(W.records(ELSEWHERE, 2)), W.records(ELSEWHERE, 2)),
        ),
    ],
)
def test_rescues_that_are_refused(reason: DeviceActReason, made: Callable[[], RescueFile]) -> None:
    assert refusal(lambda: opened(made())) is reason


def test_file_that_is_no_rescue() -> None:
    assert refusal(lambda: read_rescue(b"\xa0")) is DeviceActReason.ACT_FORMAT


def test_what_a_device_knows_of_the_rescues_that_it_keeps(tmp_path: Path) -> None:
    """Fewer votes than authorizations: whose is missing nobody knows, so all of them are asked about."""
    files = Files(tmp_path / "data", tmp_path / "mirror")
    files.data.mkdir()
    assert (held(files), files.rescue_of(TERMINAL)) == (frozenset(), None)
    fewer, other = RECORDS[:1], W.records(TERMINAL, 3)[2:]

    def keep(records: tuple[StoredRecord, ...]) -> None:
        file = rescued(rescue(records), tuple(sorted(records, key=lambda each: each.digest)))
        files.keep_rescue(TERMINAL, to_cbor(file), mirrored=False)

    assert not set(other) & set(RECORDS)
    keep(other)
    assert held(files) == frozenset()
    keep(fewer)
    keep(RECORDS)
    assert len(files.rescues) == 2
    assert held(files) == frozenset(HASHES)
    assert files.rescued(W.sample.election, None) == frozenset(), "there is no register yet"
    said = files.rescue_of(TERMINAL)
    assert said is not None
    assert said.found.cast == len(RECORDS), "the second file has more votes than the first"
    assert files.rescue_of(DeviceId(f"{TERMINAL}-2")) is None, "a name of a file is nobody's"


def held(files: Files) -> frozenset[bytes]:
    return files.rescued(W.sample.election, W.published)


def test_a_kept_rescue_that_does_not_hold_is_told_and_nobody_is_held_to_have_voted(
    tmp_path: Path,
) -> None:
    """Bytes that turned over, or a file that somebody put there: headquarters would count no vote of it."""
    files = Files(tmp_path / "data", tmp_path / "mirror")
    files.data.mkdir()
    files.mirror.mkdir()
    good = rescued(rescue())
    first = replace(good.records[0], signature=bytes(64))
    for name, bad in (
        ("a record", replace(good, records=(first, *good.records[1:]))),
        ("no cards", replace(good, act=b"x" + good.act)),
        ("spent", replace(good, spent=(SpentAuthorization(bytes(32), bytes(64)), *good.spent[1:]))),
    ):
        for memory in (files.data, files.mirror):
            put_rescue(memory, to_cbor(bad))
        assert held(files) == frozenset(), name
        ((_, data, holds),) = files.rescues_for(W.sample.election, W.published)
        assert (data, holds) == (to_cbor(bad), False), "headquarters gets it, and it is told"
        put_rescue(files.mirror, to_cbor(good))
        assert held(files) == frozenset(HASHES), "the other memory's holds"
        ((_, data, holds),) = files.rescues_for(W.sample.election, W.published)
        assert (data, holds) == (to_cbor(good), True)


def put_rescue(memory: Path, data: bytes) -> None:
    (memory / "rescues").mkdir(exist_ok=True)
    (memory / "rescues" / f"{TERMINAL}{RESCUE_SUFFIX}").write_bytes(data)


class Cut(BaseException):
    """The power fails: nothing that follows is done."""


_CALLS = ("mkdir", "fsync", "replace", "unlink")


@contextmanager
def cut_at(number: int) -> Iterator[list[str]]:
    """Let the power fail before a call that changes or syncs a memory; give what was done until then.

    A call has the path of what it was about.
    """
    done: list[str] = []

    def counted(name: str, call: Callable[..., object]) -> Callable[..., object]:
        def counting(first: int | str | Path, *more: object, **named: object) -> object:
            if len(done) >= number:
                raise Cut
            about = Path(f"/proc/self/fd/{first}").readlink() if isinstance(first, int) else first
            done.append(f"{name} {about}")
            return call(first, *more, **named)

        return counting

    with pytest.MonkeyPatch.context() as power:
        for name in _CALLS:
            power.setattr(os, name, counted(name, getattr(os, name)))
        with suppress(Cut):
            yield done


def test_a_rescue_that_the_power_cuts_takes_none_away_and_is_made_again(tmp_path: Path) -> None:
    """At every call: what was kept is kept, nothing is there by half, and once more both memories have it."""
    first, later = (
        to_cbor(rescued(rescue(records), records))
        for records in (RECORDS[:1], tuple(sorted(RECORDS, key=lambda each: each.digest)))
    )
    kept = read_rescue(first)
    before = Files(tmp_path / "before" / "data", tmp_path / "before" / "mirror")
    for memory in (before.data, before.mirror):
        memory.mkdir(parents=True)
    before.keep_rescue(TERMINAL, first, mirrored=True)
    for begun in (None, before):
        ended, number = False, 0
        while not ended:
            place = tmp_path / f"{begun is before}-{number}"
            files = Files(place / "data", place / "mirror")
            for memory in (files.data, files.mirror):
                memory.mkdir(parents=True)
            if begun is not None:
                shutil.copytree(begun.data.parent, place, dirs_exist_ok=True)
            with cut_at(number):
                files.keep_rescue(TERMINAL, later, mirrored=True)
                ended = True
            name = f"{TERMINAL}{RESCUE_SUFFIX}"
            assert set(files.rescues) <= {name}
            copies = files.rescue_copies(name)
            assert set(copies) <= {first, later}
            assert begun is None or all(covers(read_rescue(each), kept) for each in copies)
            assert begun is None or copies
            files.keep_rescue(TERMINAL, later, mirrored=True)
            written = [
                (each / "rescues" / name).read_bytes() for each in (files.data, files.mirror)
            ]
            assert written == [later, later]
            number += 1
        assert number > 6


def test_a_folder_that_is_made_for_a_rescue_is_on_the_medium_before_it_is_said(
    tmp_path: Path,
) -> None:
    """A sync of what lies in it says nothing of its own name."""
    files = Files(tmp_path / "data", tmp_path / "mirror")
    for memory in (files.data, files.mirror):
        memory.mkdir()
    with cut_at(10_000) as done:
        files.keep_rescue(TERMINAL, to_cbor(rescued(rescue())), mirrored=True)
    for memory in (files.data, files.mirror):
        assert done.index(f"mkdir {memory / 'rescues'}") < done.index(f"fsync {memory}")
