"""Read what a person asks of the planning: options as they are typed, and the counters of an earlier day."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from election.files import read_file
from headquarters.candidate_files import MAX_SIZE
from headquarters.capacity import load, planning
from headquarters.capacity.counters import Counters, read_counters
from headquarters.capacity.numbers import Bound, read_share, read_time
from headquarters.capacity.outcome import Target


def read_question(counters: Path | None, given: Mapping[str, str | None]) -> planning.Question:
    """Read all that was given, by its name, and the CSV file of an earlier day.

    Raises `ElectionError` and `OSError`.
    """

    def whole(bound: Bound, text: str | None) -> int | None:
        return None if text is None else int(bound.read(text))

    target = Target(
        planning.WAIT.read(str(given["wait"])) * 60,
        read_share("--share", str(given["share"]), 0.5, 0.999),
        read_share("--confidence", str(given["confidence"]), 0.8, 0.99),
    )
    return planning.Question(
        _load(counters, given),
        target,
        int(planning.SEED.read(str(given["seed"]))),
        int(planning.REPLICATIONS.read(str(given["replications"]))),
        whole(planning.STATIONS, given["stations"]),
        whole(planning.TERMINALS, given["terminals"]),
    )


def _load(path: Path | None, given: Mapping[str, str | None]) -> load.Load:
    counters: Counters | None = None
    if path is not None:
        counters = read_counters(read_file(path, MAX_SIZE), path.name)
    means = (
        (given["check_in"], None if counters is None else counters.check_in_s, 45.0, load.CHECK_IN),
        (given["voting"], None if counters is None else counters.voting_s, 180.0, load.VOTING),
    )
    check_in, voting = (
        bound.read(stated) if stated else (counted or usual)
        for stated, counted, usual, bound in means
    )

    def spread(bound: Bound, text: str | None, mean: float) -> float:
        return mean / 2 if text is None else bound.read(text)

    return load.Load(
        _arrivals(given) if counters is None else counters.arrivals,
        load.service_time(
            check_in,
            spread(load.CHECK_IN_SPREAD, given["check_in_spread"], check_in),
            load.CHECK_IN,
            load.CHECK_IN_SPREAD,
        ),
        load.service_time(
            voting,
            spread(load.VOTING_SPREAD, given["voting_spread"], voting),
            load.VOTING,
            load.VOTING_SPREAD,
        ),
    )


def _arrivals(given: Mapping[str, str | None]) -> load.Arrivals:
    profile = given["profile"]
    weights = (
        load.USUAL_PROFILE
        if profile is None
        else tuple(load.WEIGHT.read(each) for each in profile.replace("،", ",").split(","))
    )
    return load.arrivals_by_weight(
        read_time("--opens", given["opens"] or "08:00"),
        read_time("--closes", given["closes"] or "18:00"),
        load.VOTERS.read(str(given["voters"])),
        weights,
    )
