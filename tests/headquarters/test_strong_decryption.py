"""Strong proofs beside an archive: what trustees can forge without them, and not with them."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from crypto.casting import BallotMaker, HomomorphicAnswer, SlotAnswer
from crypto.compact_json import dump
from crypto.election import slot_integers
from crypto.embedding import EmbeddingTable, embed
from crypto.group import (
    IDENTITY,
    ORDER,
    Point,
    Scalar,
    add,
    inverse,
    mul,
    mul_base,
    point_from_text,
    point_text,
    sub,
)
from crypto.threshold.shares import open_decryption_key
from crypto.trustees import Trustees, parse_trustees
from headquarters.tally import relay
from headquarters.tally.decryption_proofs import proofs_path
from headquarters.verification import Rule, VerificationReport, questions, verify_archive
from headquarters.verification.report import NoticeReason
from tests.crypto.elections import VECTORS, keys_and_trustees, small_election
from tests.crypto.threshold.vectors import INDICES, secret, shares
from tests.headquarters.archives import put_together, take_apart
from tests.headquarters.forged import (
    Shifts,
    decryptions,
    force_proofs,
    grind,
    shift_factors,
    status_of,
    weight_of,
)

pytestmark = pytest.mark.slow
"""Whole counts."""

TIME = 1795328752
CODES = (1234, 77, 9)
SLOTS = 2
COUNTS = 2
"""The question that is not a slot."""
SMALL_ORDER = {
    2: "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
    4: "0000000000000000000000000000000000000000000000000000000000000000",
    8: "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
}
PROOF, ENCODING = Rule.DECRYPTION_PROOF, Rule.ENCODING


@dataclass(frozen=True, slots=True)
class Counted:
    """A finished archive, its trustees' keys by owner, and those who decrypted."""

    path: Path
    keys: Mapping[int, Scalar]

    def copy(self, folder: Path) -> Counted:
        shutil.copytree(self.path.parent, folder, dirs_exist_ok=True)
        return Counted(folder / self.path.name, self.keys)

    def verified(self) -> VerificationReport:
        return verify_archive(self.path, proofs=proofs_path(self.path))

    def plain(self) -> VerificationReport:
        """By who has the archive only."""
        return verify_archive(self.path)

    def place_of(self, code: int) -> tuple[int, int]:
        """Question and row of a vote in the first slot."""
        rows = json.loads(take_apart(self.path)[-1].objects[0])["result"][0]
        return 0, rows.index(list(slot_integers(code)))


def _count(path: Path, trustees: Trustees, keys: Mapping[int, Scalar], voters: int = 3) -> Counted:
    election = small_election(trustees, SLOTS)
    maker = BallotMaker(election, EmbeddingTable({0, *CODES}))
    ballots = [
        maker.make(
            [
                SlotAnswer(slot_integers(code)),
                SlotAnswer(slot_integers(0)),
                HomomorphicAnswer((0, 1, 0, 0)),
            ],
            secrets.token_bytes(32),
        )
        for code in CODES[:voters]
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    relay.finish(
        relay.begin(path, election, trustees, ballots, timestamp=TIME), list(keys.values())
    )
    return Counted(path, keys)


def _single(folder: Path, voters: int = 3) -> Counted:
    keys, trustees = keys_and_trustees()
    owners = {number: key.private_key for number, key in enumerate(keys, 1)}
    return _count(folder / "e.bel", trustees, owners, voters)


def _threshold(folder: Path) -> Counted:
    """Trustees 1 and 3 of the reference tool's ceremony, 2 of 3."""
    trustees = parse_trustees((VECTORS / "pedersen" / "trustees.json").read_bytes().strip())
    keys = {
        index: open_decryption_key(secret(index), shares()[index - 1].private_key)
        for index in INDICES
        if index != 2
    }
    return _count(folder / "e.bel", trustees, keys)


@pytest.fixture(scope="module", params=[_single, _threshold], ids=["two of two", "two of three"])
def original(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Counted:
    make: Callable[[Path], Counted] = request.param
    return make(tmp_path_factory.mktemp("counted"))


@pytest.fixture
def counted(original: Counted, tmp_path: Path) -> Counted:
    return original.copy(tmp_path / "copy")


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever computes long enough finds errors for which the archive's own proofs hold."""
    monkeypatch.setattr(questions, "are_dleqs_valid", lambda *claim: [True] * len(claim[-1]))


# ---------------------------------------------------------------- honest archives


def test_an_honest_archive_needs_no_word(counted: Counted) -> None:
    assert counted.verified() == counted.verified()
    assert (counted.verified().failures, counted.verified().told) == ((), ())


def test_of_an_archive_alone_is_told_what_stays_open(counted: Counted) -> None:
    report = counted.plain()
    assert report.ok
    (notice,) = report.told
    assert notice.reason is NoticeReason.UNPROVEN
    assert "2^63 steps for 8 trustees" in str(notice.message)
    assert "spoilt" not in str(notice.message), "the slots have our form, zeros are looked at"


def test_slots_of_others_are_told_to_be_open() -> None:
    """Thirty integers with other names: nothing says which of them are zero."""
    report = verify_archive(VECTORS / "primitives" / "archive.bel")
    assert report.ok
    assert {notice.reason for notice in report.told} == {NoticeReason.UNPROVEN}


def test_nobody_voted(tmp_path: Path) -> None:
    """No slot rows, and sums of the identity."""
    counted = _single(tmp_path, voters=0)
    assert counted.verified().ok
    status = status_of(counted.path)
    assert set(status.statement(1).alphas) == {IDENTITY}
    for owner in counted.keys:
        assert set(status.statement(owner).factors) == {IDENTITY}
    shifts = {1: {(COUNTS, 0): mul_base(1)}, 2: {(COUNTS, 0): sub(IDENTITY, mul_base(1))}}
    shift_factors(counted.path, shifts)
    force_proofs(counted.path, counted.keys)
    assert PROOF in counted.verified().reasons


# ---------------------------------------------------------------- a trustee grinds one row


def test_a_ground_row_is_refused_without_and_with_proofs(counted: Counted) -> None:
    """A vote became an invalid row, and the archive's own proofs hold."""
    owner, key = max(counted.keys.items())
    assert grind(counted.path, key, *counted.place_of(CODES[0])) == owner
    assert counted.plain().reasons == {ENCODING}, "the rule of zeros"
    assert counted.verified().reasons == {PROOF, ENCODING}
    force_proofs(counted.path, counted.keys)
    assert counted.verified().reasons == {PROOF, ENCODING}


def test_a_ground_row_in_an_archive_of_others(tmp_path: Path) -> None:
    folder = VECTORS / "single-wide"
    path = Path(shutil.copy(folder / "archive.bel", tmp_path))
    keys = {
        owner: int(json.loads((folder / f"trustee{owner}.privkey").read_text()))
        for owner in status_of(path).partials
    }
    counted = Counted(path, keys)
    status = relay.open_archive(path)
    for key in keys.values():
        status = relay.prove_decryption(status, key)
    assert counted.verified().ok
    rows = json.loads(take_apart(path)[-1].objects[0])["result"]
    question, row = next(
        (i, j) for i, q in enumerate(rows) for j, answer in enumerate(q) if any(answer)
    )
    grind(path, keys[2], question, row)
    assert counted.plain().reasons == {ENCODING}
    assert counted.verified().reasons == {PROOF, ENCODING}


# ---------------------------------------------------------------- errors of any kind


def _exchanged(one: int, other: int) -> Point:
    """What is added to a factor to make one code of another."""
    return sub(embed(slot_integers(one)), embed(slot_integers(other)))


def _one_code_for_another(counted: Counted) -> dict[int, Shifts]:
    owner = min(counted.keys)
    return {owner: _scaled(counted, owner, {counted.place_of(9): _exchanged(9, 77)})}


def _each_a_part(counted: Counted) -> dict[int, Shifts]:
    """Neither error alone makes anything that looks canonical."""
    place, part = counted.place_of(9), mul_base(secrets.randbelow(ORDER))
    first, last = sorted(counted.keys)
    return {
        first: _scaled(counted, first, {place: part}),
        last: _scaled(counted, last, {place: sub(_exchanged(9, 77), part)}),
    }


def _codes_exchanged(counted: Counted) -> dict[int, Shifts]:
    """Two errors of one trustee that cancel, so that all sums stay; rows have changed places."""
    owner = max(counted.keys)
    shifts = {
        counted.place_of(9): _exchanged(9, 77),
        counted.place_of(77): _exchanged(77, 9),
    }
    return {owner: _scaled(counted, owner, shifts)}


def _counts_moved(counted: Counted) -> dict[int, Shifts]:
    """One vote from one candidate to another."""
    owner, one = max(counted.keys), mul_base(1)
    return {owner: _scaled(counted, owner, {(COUNTS, 1): one, (COUNTS, 2): sub(IDENTITY, one)})}


def _counts_moved_by_all(counted: Counted) -> dict[int, Shifts]:
    part = mul_base(secrets.randbelow(ORDER))
    first, last = sorted(counted.keys)
    return {
        first: _scaled(counted, first, {(COUNTS, 1): part, (COUNTS, 2): part}),
        last: _scaled(
            counted,
            last,
            {
                (COUNTS, 1): sub(mul_base(1), part),
                (COUNTS, 2): sub(mul_base(-1), part),
            },
        ),
    }


def _scaled(counted: Counted, owner: int, shifts: Shifts) -> Shifts:
    """So that the errors are these after the weight of a threshold share was put to them."""
    divisor = inverse(weight_of(status_of(counted.path), owner))
    return {place: mul(divisor, error) for place, error in shifts.items()}


ERRORS = (
    _one_code_for_another,
    _each_a_part,
    _codes_exchanged,
    _counts_moved,
    _counts_moved_by_all,
)


@pytest.mark.parametrize("errors", ERRORS, ids=lambda error: error.__name__[1:])
@pytest.mark.usefixtures("unlimited")
def test_errors_that_everything_else_lets_pass(
    errors: Callable[[Counted], dict[int, Shifts]], counted: Counted
) -> None:
    """The result is another one, and only the strong proofs say so."""
    honest = take_apart(counted.path)[-1].objects
    shifts = errors(counted)
    shift_factors(counted.path, shifts)
    assert take_apart(counted.path)[-1].objects != honest
    assert counted.plain().ok, "this is what stays open"
    report = counted.verified()
    assert report.reasons == {PROOF}
    assert len(report.failures) == len(shifts), "each of those who cheated is named"
    force_proofs(counted.path, {owner: counted.keys[owner] for owner in shifts})
    assert counted.verified().failures == report.failures


def test_the_same_errors_without_unlimited_computing(counted: Counted) -> None:
    shift_factors(counted.path, _counts_moved(counted))
    assert counted.plain().reasons == {Rule.DECRYPTION}


def _factors(counted: Counted, change: Callable[[Any], None]) -> None:
    """Change the factors of the last decryption in place."""
    steps = take_apart(counted.path)
    part = decryptions(steps)[-1]
    value = json.loads(part.objects[0])
    change(value["decryption_factors"])
    part.objects[0] = dump(value)
    put_together(counted.path, steps)


LISTS: dict[str, Callable[[Any], None]] = {
    "rows exchanged": lambda lists: lists[0].insert(0, lists[0].pop()),
    "questions exchanged": lambda lists: lists.insert(0, lists.pop(1)),
    "one row twice": lambda lists: lists[0].__setitem__(1, lists[0][0]),
    "a count's row turned": lambda lists: lists[COUNTS].reverse(),
}


@pytest.mark.parametrize("what", LISTS)
@pytest.mark.usefixtures("unlimited")
def test_factors_in_other_places(what: str, counted: Counted) -> None:
    _factors(counted, LISTS[what])
    assert PROOF in counted.verified().reasons


@pytest.mark.parametrize("change", [lambda f: f[0].pop(), lambda f: f[0].append(f[0][0])])
@pytest.mark.usefixtures("unlimited")
def test_lists_of_another_length(change: Callable[[Any], None], counted: Counted) -> None:
    _factors(counted, change)
    assert Rule.DECRYPTION in counted.verified().reasons


@pytest.mark.parametrize("order", SMALL_ORDER)
@pytest.mark.usefixtures("unlimited")
def test_factors_with_a_component_of_small_order(order: int, counted: Counted) -> None:
    torsion = Point(bytes.fromhex(SMALL_ORDER[order])[::-1])
    for question in (0, COUNTS):
        _factors(counted, partial(_add, question, torsion))
        assert Rule.GROUP in counted.verified().reasons


def _add(question: int, error: Point, lists: Any) -> None:
    lists[question][0] = point_text(add(point_from_text(lists[question][0]), error))


# ---------------------------------------------------------------- files of proofs


def _file(counted: Counted, change: Callable[[Any], object]) -> VerificationReport:
    path = proofs_path(counted.path)
    before = path.read_bytes()
    value = json.loads(before)
    change(value)
    path.write_bytes(dump(value))
    report = counted.verified()
    path.write_bytes(before)
    return report


def _swap(value: Any) -> None:
    one, other = value["proofs"]
    one["owner"], other["owner"] = other["owner"], one["owner"]
    value["proofs"] = [other, one]


FILES: dict[str, Callable[[Any], object]] = {
    "a proof is missing": lambda value: value["proofs"].pop(),
    "the first is missing": lambda value: value["proofs"].pop(0),
    "none is there": lambda value: value["proofs"].clear(),
    "a proof of somebody who has not decrypted": lambda value: value["proofs"].append(
        {**value["proofs"][0], "owner": 9}
    ),
    "two trustees' proofs exchanged": _swap,
    "one trustee's proof for two": lambda value: value["proofs"][1].update(
        {**value["proofs"][0], "owner": value["proofs"][1]["owner"]}
    ),
    "a proof twice": lambda value: value["proofs"].append(value["proofs"][-1]),
    "another order": lambda value: value["proofs"].reverse(),
    "another event": lambda value: value.update(event="0" * 64),
    "no event": lambda value: value.update(event=""),
    "another format": lambda value: value.update(format="amin-archive-index"),
    "another version": lambda value: value.update(version=2),
    "a challenge more": lambda value: value["proofs"][0].update(
        challenge=str(int(value["proofs"][0]["challenge"]) + 1)
    ),
    "a response of zero": lambda value: value["proofs"][0].update(response="0"),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_of_proofs_that_was_tampered_with(what: str, counted: Counted) -> None:
    assert _file(counted, FILES[what]).reasons == {PROOF}


def test_a_file_that_is_none(counted: Counted) -> None:
    path = proofs_path(counted.path)
    good = path.read_bytes()
    wrong = [
        b"",
        b"[]",
        good + b"\n",
        good.replace(b":", b": ", 1),
        good.replace(b"{", b'{"proofs":[],', 1),
        good.replace(b'"version":1', b'"version":true'),
        good.replace(b'"challenge":"', b'"challenge":"0', 1),
        b" " * (1 << 20) + good,
    ]
    for text in wrong:
        path.write_bytes(text)
        assert counted.verified().reasons & {Rule.FORMAT, PROOF}, text[:40]
    path.unlink()
    assert counted.verified().reasons == {PROOF}
    path.mkdir()
    assert counted.verified().reasons == {PROOF}


def test_no_bit_of_a_proof_may_change(counted: Counted) -> None:
    path = proofs_path(counted.path)
    good = path.read_bytes()
    for place in range(7, len(good), 29):
        data = bytearray(good)
        data[place] ^= 1
        path.write_bytes(data)
        assert not counted.verified().ok, place


def test_proofs_of_another_archive_of_the_same_trustees(tmp_path: Path) -> None:
    """Another batch, another election, and a second count of the same ballots: each has its own."""
    keys, trustees = keys_and_trustees()
    owners = {number: key.private_key for number, key in enumerate(keys, 1)}
    one = _count(tmp_path / "1" / "e.bel", trustees, owners)
    for number, voters in ((2, 3), (3, 0)):
        other = _count(tmp_path / str(number) / "e.bel", trustees, owners, voters)
        text = proofs_path(other.path).read_bytes()
        renamed = json.loads(text)
        renamed["event"] = json.loads(proofs_path(one.path).read_bytes())["event"]
        for replayed in (text, dump(renamed)):
            honest = proofs_path(one.path).read_bytes()
            proofs_path(one.path).write_bytes(replayed)
            report = one.verified()
            proofs_path(one.path).write_bytes(honest)
            assert report.reasons == {PROOF}
            assert len(report.failures) == 2
