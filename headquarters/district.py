"""A whole election as batches: begun in one place, carried from trustee to trustee, concluded.

    TARGET/batches.json                 which branches are in which batch
    TARGET/batch-001/election.bel       grows with every step (`headquarters.tally.relay`)
    TARGET/batch-001/supplement/        what the terminals signed
    TARGET/index.json, index.sig …      signed at the end (`headquarters.archive_index`)
    TARGET/provisional.json             how many provisional ballots were counted and how many not
    TARGET/result.json, result.*.txt    the sums, and the seats (the commands add a report in seats/)

A lone batch lies in TARGET itself. Every step can be repeated: what is done already is left alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crypto.election import parse_election
from election.because import because
from headquarters.archive_index import ARCHIVE_FILE, ListedBatch, write_index
from headquarters.authority import load_authority
from headquarters.batches import MINIMUM_BALLOTS, Batch, make_batches
from headquarters.counting import count_election
from headquarters.decisions import Signed
from headquarters.exclusion import NUMBERS_FILE, Settled, numbers_json, settle
from headquarters.folder import (
    ElectionFolder,
    FolderError,
    import_stored,
    load_election,
    load_plan,
    stored_decisions,
)
from headquarters.import_report import ImportReport
from headquarters.result import ElectionResult, default_parameters, make_result, write_result_files
from headquarters.supplement import SUPPLEMENT_FOLDER, write_supplement
from headquarters.tally import relay
from headquarters.tally.record import tally_election, write_archive
from headquarters.tally.relay import Stage
from headquarters.tally.steps import Counts, QuestionResult, Result, SlotRows
from headquarters.tally.work import Progress, silent
from headquarters.trustees import PUBLIC_FILE, load_private_keys, load_trustees
from words.message import m

PLAN_FILE = "batches.json"
LONE = "."
_NAME = r"^(\.|[A-Za-z0-9][A-Za-z0-9-]{0,63})$"

Accept = Callable[[ImportReport], bool]
"""Decides about an import that is not sound."""


def begin_district(
    folder: ElectionFolder,
    target: Path,
    now: datetime,
    accept: Accept,
    *,
    minimum: int = MINIMUM_BALLOTS,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> tuple[ListedBatch, ...]:
    """Check all bundles again and write one archive per batch, up to the encrypted tally.

    Raises `FolderError` for an import that is neither sound nor accepted, or a target in use.
    """
    if (target / PLAN_FILE).exists():
        raise FolderError(
            m("{target} holds batches already; go on with: amin election mix", target=target)
        )
    settled = _accepted(folder, now, accept, executor, progress)
    election, _ = load_election(folder)
    encrypted = parse_election(election.belenios_election)
    trustees = load_trustees(folder.trustees / PUBLIC_FILE)
    batches = make_batches(election, settled.imported, minimum, settled.excluded)
    root = load_authority(folder.keys).root
    for batch, name in zip(batches, _names(batches), strict=True):
        place = target / name
        place.mkdir(parents=True, exist_ok=True)
        _write_supplement(place, root, batch, settled.decisions)
        relay.begin(
            place / ARCHIVE_FILE,
            encrypted,
            trustees,
            batch.ballots,
            timestamp=int(now.timestamp()),
            progress=progress,
        )
    listed = _listed(batches)
    (target / NUMBERS_FILE).write_bytes(numbers_json(election, settled))
    _write_plan(target, listed, minimum)
    return listed


def archives_in(target: Path) -> tuple[Path, ...]:
    """The archives of a target, or the one archive that `target` is. Raises `FolderError`."""
    if target.is_file():
        return (target,)
    if not (target / PLAN_FILE).exists():
        raise FolderError(
            m("{target} holds no batches; begin with: amin election batches", target=target)
        )
    return tuple(target / batch.name / ARCHIVE_FILE for batch in read_plan(target)[0])


def conclude_district(
    folder: ElectionFolder,
    target: Path,
    *,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> ElectionResult:
    """Add the results that are missing, sum them up, allocate the seats, and sign the index.

    Raises `RelayError` if an archive is not decrypted yet.
    """
    listed, minimum = read_plan(target)
    results, ballots = [], 0
    for done, archive in enumerate(archives_in(target), 1):
        standing = relay.open_archive(archive, executor=executor)
        results.append(
            relay.published(standing)
            if standing.stage is Stage.FINISHED
            else relay.conclude(standing)
        )
        ballots += standing.ballots
        progress("conclude", done, len(listed))
    return _publish(folder, target, listed, minimum, results, ballots)


def tally_district(
    folder: ElectionFolder,
    trustees_folder: Path,
    target: Path,
    now: datetime,
    accept: Accept,
    *,
    minimum: int = MINIMUM_BALLOTS,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> ElectionResult:
    """All steps at one machine, for rehearsals and for trustees who come together."""
    trustees = load_trustees(folder.trustees / PUBLIC_FILE)
    keys = load_private_keys(trustees_folder, trustees)
    settled = _accepted(folder, now, accept, executor, progress)
    election, _ = load_election(folder)
    encrypted = parse_election(election.belenios_election)
    root = load_authority(folder.keys).root
    batches = make_batches(election, settled.imported, minimum, settled.excluded)
    results = []
    for batch, name in zip(batches, _names(batches), strict=True):
        place = target / name
        place.mkdir(parents=True, exist_ok=True)
        record = tally_election(
            encrypted, trustees, batch.ballots, keys, executor=executor, progress=progress
        )
        _write_supplement(place, root, batch, settled.decisions)
        write_archive(
            place / ARCHIVE_FILE, record, timestamp=int(now.timestamp()), progress=progress
        )
        results.append(record.result)
    listed = _listed(batches)
    (target / NUMBERS_FILE).write_bytes(numbers_json(election, settled))
    _write_plan(target, listed, minimum)
    return _publish(folder, target, listed, minimum, results, len(settled.imported.ballots))


def add_up(results: Sequence[Result]) -> Result:
    """The result of all batches together: counts added, rows put side by side."""
    questions: list[QuestionResult] = []
    for column in zip(*(result.questions for result in results), strict=True):
        match column[0]:
            case Counts():
                sums = zip(
                    *(each.counts for each in column if isinstance(each, Counts)), strict=True
                )
                questions.append(Counts(tuple(map(sum, sums))))
            case SlotRows():
                rows = [each for each in column if isinstance(each, SlotRows)]
                questions.append(SlotRows(tuple(row for each in rows for row in each.rows), ()))
    return Result(tuple(questions))


# ---------------------------------------------------------------- parts


def _publish(
    folder: ElectionFolder,
    target: Path,
    listed: Sequence[ListedBatch],
    minimum: int,
    results: Sequence[Result],
    ballots: int,
) -> ElectionResult:
    plan = load_plan(folder)
    election, _ = load_election(folder)
    fingerprint = parse_election(election.belenios_election).fingerprint
    counts = count_election(election, add_up(results), ballots)
    parameters = [
        replace(each, denominator=plan.denominator, left_overs=plan.left_overs)
        for each in default_parameters(election, plan.lot_seed)
    ]
    result = make_result(election, fingerprint, counts, parameters)
    write_result_files(target, result)
    authority = load_authority(folder.keys)
    write_index(
        target,
        listed,
        minimum,
        root=authority.root,
        signer=authority.signer,
        signer_key=authority.signer_key,
    )
    return result


def _accepted(
    folder: ElectionFolder,
    now: datetime,
    accept: Accept,
    executor: Executor | None,
    progress: Progress,
) -> Settled:
    imported = import_stored(folder, now, executor, progress)
    if not imported.report.sound and not accept(imported.report):
        raise FolderError(
            m(
                "not counted: first settle what {report} names",
                report=folder.import_report,
            )
        )
    return settle(imported, stored_decisions(folder, now))


def _write_supplement(place: Path, root: bytes, batch: Batch, decisions: Signed | None) -> None:
    write_supplement(
        place / SUPPLEMENT_FOLDER,
        root,
        batch.evidence,
        batch.spoiled,
        batch.stations,
        batch.excluded,
        decisions,
    )


def _names(batches: Sequence[Batch]) -> Iterable[str]:
    return [LONE] if len(batches) == 1 else [batch.name for batch in batches]


def _listed(batches: Sequence[Batch]) -> tuple[ListedBatch, ...]:
    return tuple(
        ListedBatch(name, batch.branches)
        for batch, name in zip(batches, _names(batches), strict=True)
    )


class _PlanBatch(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")
    name: str = Field(pattern=_NAME)
    branches: list[str]


class _Plan(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")
    minimum: int = Field(ge=1)
    batches: list[_PlanBatch]


def _write_plan(target: Path, listed: Sequence[ListedBatch], minimum: int) -> None:
    value = {
        "minimum": minimum,
        "batches": [{"name": each.name, "branches": list(each.branches)} for each in listed],
    }
    unfinished = target / f"{PLAN_FILE}.unfinished"
    unfinished.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(target / PLAN_FILE)


def read_plan(target: Path) -> tuple[tuple[ListedBatch, ...], int]:
    """Batches and minimum of a target. Raises `FolderError`."""
    try:
        plan = _Plan.model_validate_json((target / PLAN_FILE).read_bytes())
    except OSError as error:
        raise FolderError(
            m(
                "{path} cannot be read: {reason}",
                path=target / PLAN_FILE,
                reason=because(error),
            )
        ) from error
    except ValidationError as error:
        raise FolderError(
            m("{path} is damaged; begin the batches again", path=target / PLAN_FILE)
        ) from error
    return tuple(
        ListedBatch(each.name, tuple(each.branches)) for each in plan.batches
    ), plan.minimum
