"""Published evidence of voters: sums over whole batches, none of fewer voters than the minimum."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.acts import read_statement
from election.definition import BranchId, DeviceId
from election.evidence import DIMENSIONS, Dimension, EvidenceSum, add_up, total
from election.issuance import IssuedCount
from election.reasons import Agreement, Notice, PublicationReason
from headquarters.day_acts import read_day_acts
from headquarters.finding import Finding
from headquarters.index_chain import _subtracted
from headquarters.index_document import ArchiveIndex, read_index
from headquarters.issuance_check import StationEvidence
from headquarters.published_acts import EVIDENCE_FILE
from headquarters.published_evidence import (
    check_evidence,
    evidence_sums,
    read_evidence,
    write_evidence,
)
from tests.acts import evidence_of

EXAMPLE: Final = Path("docs/spec/example").resolve()
SUPPLEMENT: Final = Path("supplement")


def station(name: str, sums: tuple[EvidenceSum, ...]) -> StationEvidence:
    issued = total(sums, Dimension.DOCUMENT)
    count = IssuedCount("uuid", DeviceId(name), BranchId("b1"), issued, 0)
    return StationEvidence(count, b"", b"", admitted=sums)


@st.composite
def stations(draw: st.DrawFn) -> list[StationEvidence]:
    """Some stations of a batch, also one with a single visitor, and one whose sums disagree."""
    visits = st.tuples(st.integers(0, 40), st.booleans())
    sizes = draw(st.lists(visits, min_size=1, max_size=5))
    found = []
    for at, (size, odd) in enumerate(sizes):
        codes = [
            (dimension, draw(st.sampled_from(list(of))))
            for dimension, of in DIMENSIONS.items()
            for _ in range(min(size, 1))
        ]
        sums = [EvidenceSum(dimension, code.value, size) for dimension, code in codes]
        if sums and odd:
            sums.pop()
        found.append(station(f"s{at}", tuple(sums)))
    return found


@given(stations(), st.integers(1, 60))
def test_no_published_sum_is_of_fewer_voters(
    tmp_path_factory: pytest.TempPathFactory, batch: list[StationEvidence], minimum: int
) -> None:
    folder = tmp_path_factory.mktemp("batch")
    (folder / EVIDENCE_FILE).write_text("of an earlier count")
    write_evidence(folder, batch, minimum)
    together = add_up(each.admitted for each in batch)
    enough = all(total(together, dimension) >= minimum for dimension in Dimension)
    assert (folder / EVIDENCE_FILE).exists() == enough
    assert read_evidence(folder) == (together if enough else ())


# ---------------------------------------------------------------- the example archive


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example"))


def found(folder: Path, minimum: int | None = None) -> list[Finding]:
    index = read_index(folder / "index.json")
    return list(check_evidence(folder, replace(index, minimum=minimum or index.minimum)))


def edit(folder: Path, change: Callable[[list[dict[str, Any]]], object]) -> Path:
    path = folder / SUPPLEMENT / EVIDENCE_FILE
    content = json.loads(path.read_text())
    change(content["sums"])
    path.write_text(json.dumps(content, indent=1) + "\n")
    return folder


def test_the_example_has_them_and_its_closings_tell_nothing() -> None:
    (right,) = found(EXAMPLE)
    assert (right.reason, right.count) == (Agreement.RIGHT_EVIDENCE, 7)
    index = read_index(EXAMPLE / "index.json")
    assert f"supplement/{EVIDENCE_FILE}" in {document.name for document in index.documents}
    assert total(evidence_sums(EXAMPLE, index), Dimension.GIVEN) == 7
    statements = [
        read_statement(act) for day in read_day_acts(EXAMPLE / SUPPLEMENT) for act in day.acts
    ]
    assert all(not each.closing.sums for each in statements if each.closing)
    code = evidence_of(1)[0].code.encode()
    assert not any(
        code in act.statement for d in read_day_acts(EXAMPLE / SUPPLEMENT) for act in d.acts
    )


def test_of_too_few_voters_is_wrong(copy: Path) -> None:
    (wrong,) = found(copy, minimum=8)
    assert wrong.reason is PublicationReason.EVIDENCE_MINIMUM


def test_one_dimension_of_too_few_voters_is_wrong(copy: Path) -> None:
    edit(copy, lambda sums: sums[0].update(number=1))
    assert [each.reason for each in found(copy, minimum=2)] == [PublicationReason.EVIDENCE_MINIMUM]


def test_other_sums_are_told_with_their_number(copy: Path) -> None:
    (told,) = found(edit(copy, lambda sums: sums[0].update(number=10)))
    assert (told.reason, told.count) == (Notice.EVIDENCE_DIFFERS, 3)


@pytest.mark.parametrize(
    "change",
    [
        lambda sums: sums.reverse(),
        lambda sums: sums.append(sums[-1]),
        lambda sums: sums[0].update(code="bribe"),
        lambda sums: sums[0].update(number=0),
        lambda sums: sums[0].update(number=-4),
        lambda sums: sums[0].update(station="station-1"),
        lambda sums: sums[0].pop("code"),
    ],
)
def test_a_damaged_file_is_wrong(copy: Path, change: Callable[[list[Any]], object]) -> None:
    assert [each.reason for each in found(edit(copy, change))] == [
        PublicationReason.EVIDENCE_FORMAT
    ]


def test_a_later_index_keeps_them() -> None:
    """What was said of a batch stays: a second version would give away the difference."""
    index = read_index(EXAMPLE / "index.json")

    def changed(sha256: str | None) -> ArchiveIndex:
        kept = [each for each in index.documents if not each.name.endswith(EVIDENCE_FILE)]
        (old,) = [each for each in index.documents if each.name.endswith(EVIDENCE_FILE)]
        more = [] if sha256 is None else [replace(old, sha256=sha256)]
        return replace(index, documents=(*kept, *more))

    assert not list(_subtracted(index, index))
    for later in (changed(None), changed("0" * 64)):
        assert [name for _, name in _subtracted(index, later)] == [f"supplement/{EVIDENCE_FILE}"]
