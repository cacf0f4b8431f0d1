"""The definition, the package and the public files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crypto.election import parse_election
from crypto.trustees import parse_trustees
from election.definition import BallotStyle, ContestId, StyleId, Text
from election.errors import ManifestError, PackageError
from election.package import Expected, open_package
from headquarters.definition_builder import ElectionPlan, define_election, new_election_uuid
from headquarters.packaging import encode, write_package
from headquarters.trustees import create_trustees
from tests.headquarters.small import (
    BRANCH,
    COUNCIL,
    DAY,
    EXPERTS,
    NOON,
    Headquarters,
    plan,
    set_up,
)
from tests.headquarters.unlocking import unlock


@pytest.fixture(scope="module")
def hq(tmp_path_factory: pytest.TempPathFactory) -> Headquarters:
    return set_up(tmp_path_factory.mktemp("hq"))


def test_every_device_opens_the_package(hq: Headquarters, tmp_path: Path) -> None:
    written = write_package(tmp_path, hq.election, hq.trustees, hq.portraits, hq.authority)
    data = written.path.read_bytes()
    assert written.digest == hashlib.sha256(data).hexdigest()
    assert written.size == len(data)
    for device in hq.devices.values():
        expected = Expected(
            hq.authority.root, hq.election.uuid, BRANCH, device.id, device.signing.public_bytes
        )
        loaded = open_package(data, expected, NOON)
        assert loaded.election == hq.election
        assert dict(loaded.portraits) == hq.portraits


def test_a_changed_byte_is_refused(hq: Headquarters) -> None:
    data = bytearray(encode(hq.election, hq.portraits, hq.authority))
    device = hq.devices["terminal-1"]
    expected = Expected(hq.authority.root, None, BRANCH, device.id, device.signing.public_bytes)
    for place in range(0, len(data), len(data) // 50):
        changed = bytes(data[:place]) + bytes([data[place] ^ 1]) + bytes(data[place + 1 :])
        with pytest.raises(PackageError):
            open_package(changed, expected, NOON)


def test_public_files_say_what_the_codes_mean(hq: Headquarters, tmp_path: Path) -> None:
    written = write_package(tmp_path, hq.election, hq.trustees, hq.portraits, hq.authority)
    election = (tmp_path / "public" / "election.json").read_bytes()
    trustees = (tmp_path / "public" / "trustees.json").read_bytes()
    assert parse_election(election).fingerprint == written.fingerprint
    assert parse_trustees(trustees).election_key == parse_election(election).public_key
    definition = json.loads((tmp_path / "public" / "definition.json").read_bytes())
    contest = definition["contests"][0]
    assert [slate["code"] for slate in contest["lists"]] == ["0001", "0002"]
    assert contest["candidates"][0] == {
        "code": "1000",
        "name": {"fa": "نامزد شمارهٔ 0", "en": "Candidate 0"},
        "list": "0001",
    }
    assert (tmp_path / "public" / "root.der").read_bytes() == hq.authority.root


def test_other_trustees_are_noticed(hq: Headquarters, tmp_path: Path) -> None:
    others = create_trustees(tmp_path / "t", 2, lambda _: True, unlock)
    with pytest.raises(ManifestError, match="other trustees"):
        write_package(tmp_path, hq.election, others, hq.portraits, hq.authority)


def test_missing_portraits_are_noticed(hq: Headquarters) -> None:
    with pytest.raises(ManifestError, match="portraits are missing"):
        encode(hq.election, {}, hq.authority)


def style(name: str, *contests: ContestId, residence: tuple[str, ...] = ()) -> BallotStyle:
    return BallotStyle(StyleId(name), Text("گونه"), contests, residence)


CONTEST = plan().contests[0]


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        (replace(plan(), name=Text("")), "Persian name"),
        (replace(plan(), contests=()), "contest"),
        (replace(plan(), contests=plan().contests[:1] * 2), "twice"),
        (replace(plan(), day=DAY + timedelta(days=1)), "day"),
        (replace(plan(), closes=plan().opens), "close before"),
        (replace(plan(), opens=plan().opens.replace(tzinfo=None)), "time zone"),
        (replace(plan(), branches=()), "branch"),
        (replace(plan(), styles=()), "style"),
        (replace(plan(), styles=(style("a", ContestId("x")),)), "style a"),
        (replace(plan(), styles=(style("a b", COUNCIL),)), "letters, digits and hyphens"),
        (replace(plan(), styles=(style("a", COUNCIL), style("b", EXPERTS))), "for everybody"),
        (replace(plan(), contests=(replace(CONTEST, max_selections=9),)), "selections"),
        (
            replace(
                plan(),
                contests=(replace(CONTEST, blank_code=CONTEST.lists[0].code),),
                styles=(style("a", COUNCIL),),
            ),
            "given twice",
        ),
        (
            replace(plan(), contests=(replace(CONTEST, lists=()),), styles=(style("a", COUNCIL),)),
            "lists and candidates disagree",
        ),
    ],
)
def test_contradictions(hq: Headquarters, changed: ElectionPlan, word: str) -> None:
    with pytest.raises(ManifestError, match=word):
        define_election(
            changed,
            hq.portraits,
            hq.trustees,
            hq.election.devices,
            hq.election.seal_public_key,
            new_election_uuid(),
        )
