"""A ballot that holds no code in a slot: an invalid vote that is told, in a valid election."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from crypto.casting import BallotMaker, HomomorphicAnswer, SlotAnswer
from crypto.election import slot_integers
from crypto.embedding import EmbeddingTable, embed, unembed
from crypto.group import POINT_BYTES, Point, is_member, mul_base, system_scalar
from election.register import number_of
from headquarters.archive_index import IndexReason, verify_index
from headquarters.authority import load_signer
from headquarters.counting import count_election
from headquarters.index_document import ARCHIVE_FILE, INDEX_FILE, ListedBatch, write_index
from headquarters.tally.archive_reader import read_archive
from headquarters.tally.decryption_proofs import proofs_path
from headquarters.verification import Rule, verify_archive
from headquarters.verification.report import NoticeReason
from tests.cases.day import Day, publish, verified
from tests.headquarters.day import station_bundle
from tests.headquarters.small import council
from tests.headquarters.unlocking import unlock
from tests.page.running import run_page

pytestmark = pytest.mark.slow
"""Whole counts."""

LIST = council().contest.lists[0].code
PERSON = council().contest.candidates[7].code
LOOKS_LIKE = 40000
"""The code in whose place the terminal encrypts another point; nobody has it."""


def _second_point(code: int) -> Point:
    """A point whose integers are the code's, and which is not the code's."""
    first = int.from_bytes(embed(slot_integers(code)), "little")
    points = (Point(y.to_bytes(POINT_BYTES, "little")) for y in range(first + 1, first + (1 << 13)))
    found = next(point for point in points if is_member(point))
    assert unembed(found, 30) == slot_integers(code)
    return found


class CrookedTable(EmbeddingTable):
    """Points as a hostile terminal has them."""

    def __init__(self, point: Point) -> None:
        super().__init__({0, LIST, PERSON, LOOKS_LIKE})
        self._crooked = point

    def point(self, integers: Sequence[int]) -> Point:
        crooked = tuple(integers) == slot_integers(LOOKS_LIKE)
        return self._crooked if crooked else super().point(integers)


def _publish(folder: Path, crooked: Point) -> tuple[Day, Path]:
    """A list, and a person with a crooked row beside it."""
    day = Day.begin(folder / "day")
    terminal = day.one
    maker = BallotMaker(terminal.encrypted, CrookedTable(crooked))
    for codes in ((LIST, 0, 0, 0, 0), (0, LOOKS_LIKE, 0, PERSON, 0)):
        answers = [SlotAnswer(slot_integers(code)) for code in codes]
        terminal.cast(maker.make((*answers, HomomorphicAnswer((1, 0, 0, 0))), bytes(32)))
    station = station_bundle(day.hq, 2, day.package)
    imported = day.bring(station, terminal.close(day.package), day.two.close(day.package))
    assert len(imported.ballots) == 2, "everything else about it is right"
    return day, publish(day, folder / "published", imported)


@pytest.fixture(scope="module", params=["looks like a list", "anything"])
def published(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Day, Path]:
    crooked = _second_point(LIST) if "list" in request.param else mul_base(system_scalar())
    return _publish(tmp_path_factory.mktemp("crooked"), crooked)


def test_it_is_told_and_everything_is_valid(published: tuple[Day, Path]) -> None:
    day, index = published
    status, output = verified(index, day.register)
    assert status == 0, output
    told, *_, valid = output.splitlines()
    assert told.startswith("told\tcrooked-row\t./")
    assert "question 2, row" in told
    assert valid.startswith("valid: 2 ballots")
    (page,) = run_page([f"{index}\t{number_of(day.register)}"])
    (batch,) = page["reports"]
    assert [page["whole"]["report"]["findings"], batch["findings"]] == [[], []]
    crooked = [one["count"] for one in batch["told"] if one["reason"] == "crooked-row"]
    assert crooked == [1]


def test_it_is_no_vote(published: tuple[Day, Path]) -> None:
    day, index = published
    archive = index.with_name(ARCHIVE_FILE)
    report = verify_archive(archive, proofs=proofs_path(archive))
    assert report.ok
    assert [notice.reason for notice in report.told] == [NoticeReason.CROOKED_ROW]
    ((question, _),) = report.irregular
    assert question == 1
    result = read_archive(archive).result
    assert result is not None
    count, _ = count_election(day.hq.election, result.with_irregular(report.irregular), 2)
    assert [slate.ballots for slate in count.lists] == [1, 0]
    assert (count.unused, [row.rows for row in count.invalid]) == (4 + 3, [1])
    assert count.sound
    sums = json.loads(index.read_bytes())["sums"]
    assert sums[0] == {"0": 1, str(LIST): 1}
    assert sums[1] == {"0": 1, "irregular": 1}


def test_without_the_proofs_it_could_be_a_trustees(published: tuple[Day, Path]) -> None:
    _, index = published
    assert verify_archive(index.with_name(ARCHIVE_FILE)).reasons == {Rule.ENCODING}


def test_headquarters_cannot_count_it(tmp_path: Path) -> None:
    """The archive's result object has the integers of a code; the signed sums must not."""
    day, index = _publish(tmp_path, _second_point(LIST))
    true = read_archive(index.with_name(ARCHIVE_FILE)).result
    assert true is not None
    for result in (true, true.with_irregular([(0, 0)])):
        signer = load_signer(day.hq.folder / "keys", unlock)
        write_index(index.parent, [ListedBatch(".", ("b-1",))], 1, signer, result)
        report = verify_index(index.parent / INDEX_FILE)
        assert [failure.reason for failure in report.failures] == [IndexReason.SUMS]
