"""Allocate seats again from published votes, under any reading of the law: `amin election seats`.

Exit status: 0 done, 1 nobody can be elected in some contest (named), 2 unusable input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from commands.speaking import error_line, say, usage
from election.definition import Language, SelectionCode
from election.errors import ElectionError
from headquarters.errors import AllocationError
from words.digits import to_latin_digits
from words.message import Items, Latin, m

if TYPE_CHECKING:
    from headquarters.seats.model import ContestVotesRead, SeatParameters

NOBODY = 1
UNUSABLE = 2

E = TypeVar("E", bound=StrEnum)
F = TypeVar("F", bound=Callable[..., None])
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _Share(click.ParamType[Fraction]):
    """A share as `5%`, `0.05` or `1/20`, exact."""

    name = "share"

    def convert(
        self, value: str | Fraction, param: click.Parameter | None, ctx: click.Context | None
    ) -> Fraction:
        if isinstance(value, Fraction):
            return value
        text = to_latin_digits(value).strip().replace("٪", "%").replace("٫", ".")
        try:
            number = Fraction(text.removesuffix("%"))
        except (ValueError, ZeroDivisionError):
            self._refuse(value, param, ctx)
        share = number / 100 if text.endswith("%") else number
        if not 0 <= share <= 1:
            self._refuse(value, param, ctx)
        return share

    def _refuse(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> NoReturn:
        self.fail(f"{value} is no share from 0 to 1; write 5%, 0.05 or 1/20", param, ctx)


def _reading(name: str, default: str, others: Sequence[str], text: str) -> Callable[[F], F]:
    return click.option(
        name, type=click.Choice([default, *others]), default=None, help=f"{text}  [{default}]"
    )


@click.command()
@click.argument("result", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--votes", type=_FILE, help="CSV or JSON with votes by candidate, see above.")
@click.option("--lists", type=_FILE, help="CSV with the names of the lists, beside --votes.")
@click.option("--contest", help="Only the contest with this id.")
@click.option("--seats", type=click.IntRange(1, 1000), help="How many, if the file does not say.")
@click.option(
    "--selections", type=click.IntRange(1, 1000), help="Candidates a ballot may name.  [seats]"
)
@click.option(
    "--ballots", type=click.IntRange(0), help="Number of valid ballots, for --denominator ballots."
)
@click.option("--seed", help="Published seed of the lots; as in RESULT, or empty.")
@_reading(
    "--denominator", "candidate-votes", ["ballots"], "What the votes of a group are a share of."
)
@_reading(
    "--rounding",
    "down",
    ["half-up", "half-down"],
    "How share × seats is rounded; what is too few or too many follows.",
)
@_reading(
    "--left-overs",
    "largest-remainder",
    ["largest-share", "highest-average"],
    "Who gets the seats that remain.",
)
@_reading(
    "--over-sum",
    "smallest-remainder",
    ["smallest-share"],
    "Who gives back, if rounding gave too many.",
)
@_reading(
    "--surplus",
    "left-overs",
    ["share-again"],
    "Where seats go of a list that has not that many candidates.",
)
@_reading("--independents", "pool", ["each"], "One group together, or each one alone.")
@click.option("--threshold", type=_Share(), help="Share of the votes a group must reach.  [0]")
@click.option("--reserve-share", type=_Share(), help="Reserves for the seats of a group.  [52%]")
@_reading("--reserve-rounding", "half-up", ["up", "down"], "How the reserves are rounded.")
@_reading(
    "--method",
    "quota",
    ["dhondt", "sainte-lague", "modified-sainte-lague"],
    "Other methods, for comparison.",
)
@_reading(
    "--quota",
    "hare",
    ["droop", "hagenbach-bischoff", "imperiali"],
    "Price of a seat with the quota method, for comparison.",
)
@click.option(
    "--vacant", multiple=True, help="Code of a member who leaves: who follows? Repeatable."
)
@_reading("--vacancy", "most-votes", ["stays-vacant"], "When the reserves of a group are used up.")
@click.option("--compare", "comparing", is_flag=True, help="Show what every other reading gives.")
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a report with charts into this folder (HTML, SVG, PNG).",
)
@click.option("--language", type=click.Choice(["fa", "en"]), default="fa", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def seats(
    result: Path | None,
    votes: Path | None,
    lists: Path | None,
    contest: str | None,
    seats: int | None,
    selections: int | None,
    ballots: int | None,
    vacant: tuple[str, ...],
    vacancy: str | None,
    comparing: bool,
    report: Path | None,
    language: str,
    as_json: bool,
    **readings: str | Fraction | None,
) -> None:
    """Allocate seats from published votes, and explain every step.

    RESULT is a result.json, or the folder of an election that was counted. Or give --votes, with
    numbers from anywhere: nothing else of the election is needed to do the sum again.

    \b
        amin election seats FOLDER                            as the election was counted
        amin election seats FOLDER --left-overs largest-share under another reading
        amin election seats FOLDER --compare                  where do readings differ?
        amin election seats --votes votes.csv --seats 21 --report out/

    \b
    votes.csv   code,name_fa,name_en,list,votes
                12,مریم رضایی,Maryam Rezaei,hope,1520
    lists.csv   key,name_fa,name_en
                hope,فهرست امید,List of Hope

    An empty `list` is an independent; `votes` are individual votes and votes of the list together.
    Nothing in RESULT is changed. Ties are drawn from the seed; anybody can repeat a draw:

    \b
        printf '%s' 'SEED|CONTEXT|PARTICIPANT' | sha256sum     the smallest comes first

    \b
    Exit status: 0 done, 1 nobody can be elected in some contest, 2 unusable input.
    """
    from commands.seats_output import Wanted, show
    from headquarters.seats.model import Vacancy

    if (result is None) == (votes is None):
        raise usage(m("give either RESULT or --votes FILE"))
    if lists is not None and votes is None:
        raise usage(m("--lists belongs to --votes"))
    with _errors():
        if votes is not None:
            contests: Sequence[ContestVotesRead] = (
                _from_votes(votes, lists, seats, selections, ballots),
            )
        else:
            assert result is not None
            contests = [_changed(each, seats, selections, ballots) for each in _from_result(result)]
        chosen = [each for each in contests if contest in {None, each.id}]
        if not chosen:
            raise AllocationError(
                m(
                    "there is no contest {contest}; there are: {known}",
                    contest=Latin(str(contest)),
                    known=Items(tuple(Latin(each.id) for each in contests)),
                )
            )
        wanted = Wanted(
            Language(language),
            as_json,
            comparing,
            report,
            _codes(vacant),
            Vacancy(vacancy or Vacancy.MOST_VOTES),
        )
        good = show([(each, _parameters(each, readings)) for each in chosen], wanted)
    if not good:
        raise click.exceptions.Exit(NOBODY)


# ---------------------------------------------------------------- input


def _from_result(path: Path) -> Sequence[ContestVotesRead]:
    from headquarters.result_file import read_votes

    return read_votes(_result_file(path).read_bytes(), path.name)


def _result_file(path: Path) -> Path:
    if path.is_file():
        return path
    for candidate in (path / "result.json", path / "result" / "result.json"):
        if candidate.is_file():
            return candidate
    raise AllocationError(
        m(
            "{path} has no result.json; count first, or give the folder that the result of "
            "batches was written to",
            path=path,
        )
    )


def _from_votes(
    path: Path, lists: Path | None, seats: int | None, selections: int | None, ballots: int | None
) -> ContestVotesRead:
    from headquarters.seats.votes_file import Missing, read_votes_csv, read_votes_json

    if path.suffix.lower() == ".json":
        if lists is not None:
            raise usage(m("--lists belongs to a CSV file; JSON names its lists itself"))
        read = read_votes_json(path.read_bytes(), path.name, ballots)
        return _changed(read, seats, selections, ballots)
    if seats is None:
        raise usage(m("a CSV file does not say how many seats there are: add --seats N"))
    missing = Missing(seats, selections or seats, ballots)
    names = None if lists is None else lists.read_bytes()
    lists_name = "lists.csv" if lists is None else lists.name
    return read_votes_csv(path.read_bytes(), names, missing, path.name, lists_name)


def _changed(
    contest: ContestVotesRead, seats: int | None, selections: int | None, ballots: int | None
) -> ContestVotesRead:
    votes = replace(
        contest.votes,
        selections=contest.votes.selections if selections is None else selections,
        ballots=contest.votes.ballots if ballots is None else ballots,
    )
    return replace(contest, votes=votes, seats=seats or contest.seats)


def _parameters(
    contest: ContestVotesRead, given: dict[str, str | Fraction | None]
) -> SeatParameters:
    from headquarters.seats.model import (
        Denominator,
        Independents,
        Method,
        Overallocation,
        QuotaRounding,
        QuotaRule,
        RemainderSeats,
        Rounding,
        SeatParameters,
        Surplus,
    )

    known = contest.parameters or SeatParameters(contest.seats, "")

    def reading(option: str, present: E) -> E:
        value = given[option]
        return type(present)(value) if isinstance(value, str) else present

    def share(option: str, present: Fraction) -> Fraction:
        value = given[option]
        return value if isinstance(value, Fraction) else present

    seed = given["seed"]
    denominator: Denominator = reading("denominator", known.denominator)
    remainder_seats: RemainderSeats = reading("left_overs", known.remainder_seats)
    reserve_rounding: Rounding = reading("reserve_rounding", known.reserve_rounding)
    method: Method = reading("method", known.method)
    quota_rule: QuotaRule = reading("quota", known.quota_rule)
    quota_rounding: QuotaRounding = reading("rounding", known.quota_rounding)
    overallocation: Overallocation = reading("over_sum", known.overallocation)
    surplus: Surplus = reading("surplus", known.surplus)
    independents: Independents = reading("independents", known.independents)
    return SeatParameters(
        contest.seats,
        seed if isinstance(seed, str) else known.seed,
        denominator,
        remainder_seats,
        share("reserve_share", known.reserve_share),
        reserve_rounding,
        method,
        quota_rule,
        quota_rounding,
        overallocation,
        surplus,
        independents,
        share("threshold", known.threshold),
    )


def _codes(texts: Sequence[str]) -> tuple[SelectionCode, ...]:
    codes: list[SelectionCode] = []
    for text in texts:
        latin = to_latin_digits(text)
        if not (latin.isascii() and latin.isdigit()):
            raise usage(m("--vacant {text}: a code is a number", text=text))
        codes.append(SelectionCode(int(latin)))
    return tuple(codes)


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (ElectionError, OSError) as error:
        say(error_line(error))
        raise click.exceptions.Exit(UNUSABLE) from error
