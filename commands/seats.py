"""Allocate seats again from published votes, under any reading of the law: `amin election seats`.

Exit status: 0 done, 1 nobody can be elected in some contest (named), 2 unusable input.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import click

from commands.speaking import choose, installed_languages, say, speaker, usage, write_lines
from commands.working import FILE, JSON, leave, print_json
from election.definition import SelectionCode
from headquarters.seats import readings as law
from words.digits import to_latin_digits
from words.message import m

F = TypeVar("F", bound=Callable[..., None])


def _share(text: str) -> Fraction:
    """Read a share as `5%`, `0.05` or `1/20`, exact."""
    latin = to_latin_digits(text).strip().replace("٪", "%").replace("٫", ".")
    try:
        share = Fraction(latin.removesuffix("%")) / (100 if latin.endswith("%") else 1)
    except (ValueError, ZeroDivisionError):
        share = Fraction(-1)
    if not 0 <= share <= 1:
        raise click.BadParameter(f"{text} is no share from 0 to 1; write 5%, 0.05 or 1/20")
    return share


def _code(text: str) -> SelectionCode:
    latin = to_latin_digits(text)
    if not (latin.isascii() and latin.isdigit()):
        raise usage(m("--vacant {text}: a code is a number", text=text))
    return SelectionCode(int(latin))


_READINGS: Sequence[tuple[type[law.LawReading], str]] = (
    (law.Denominator, "What the votes of a group are a share of."),
    (law.QuotaRounding, "How share × seats is rounded; what is too few or too many follows."),
    (law.RemainderSeats, "Who gets the seats that remain."),
    (law.Overallocation, "Who gives back, if rounding gave too many."),
    (law.Surplus, "Where seats go of a list that has not that many candidates."),
    (law.Independents, "One group together, or each one alone."),
    (law.Rounding, "How the reserves are rounded."),
    (law.Method, "Other methods, for comparison."),
    (law.QuotaRule, "Price of a seat with the quota method, for comparison."),
)


def _choice(option: str, readings: type[StrEnum], text: str) -> Callable[[F], F]:
    keys = [reading.value for reading in readings]
    return click.option(f"--{option}", type=click.Choice(keys), help=f"{text}  [{keys[0]}]")


def _readings(command: F) -> F:
    for question, text in reversed(_READINGS):
        command = _choice(law.QUESTIONS[question].option, question, text)(command)
    return command


def _choose(context: click.Context, _: click.Parameter, wanted: str | None) -> None:
    if wanted is not None:
        choose(context, wanted)


@click.command()
@click.argument("result", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--votes", type=FILE, help="CSV or JSON with votes by candidate, see above.")
@click.option("--lists", type=FILE, help="CSV with the names of the lists, beside --votes.")
@click.option("--contest", help="Only the contest with this id.")
@click.option("--seats", type=click.IntRange(1, 1000), help="How many, if the file does not say.")
@click.option(
    "--selections", type=click.IntRange(1, 1000), help="Candidates a ballot may name.  [seats]"
)
@click.option(
    "--ballots", type=click.IntRange(0), help="Number of valid ballots, for --denominator ballots."
)
@click.option("--seed", help="Published seed of the lots; as in RESULT, or empty.")
@_readings
@click.option(
    "--threshold", type=_share, metavar="SHARE", help="Share of the votes a group must reach.  [0]"
)
@click.option(
    "--reserve-share",
    type=_share,
    metavar="SHARE",
    help="Reserves for the seats of a group.  [52%]",
)
@click.option(
    "--vacant",
    type=_code,
    metavar="CODE",
    multiple=True,
    help="Code of a member who leaves: who follows? Repeatable.",
)
@_choice("vacancy", law.Vacancy, "When the reserves of a group are used up.")
@click.option("--compare", "comparing", is_flag=True, help="Show what every other reading gives.")
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a report with charts into this folder (HTML, SVG, PNG).",
)
@click.option(
    "--language",
    callback=_choose,
    expose_value=False,
    is_eager=True,
    help="Id of the language of the answer, as in `amin --language`.",
)
@JSON
def seats(
    result: Path | None,
    votes: Path | None,
    lists: Path | None,
    contest: str | None,
    seats: int | None,
    selections: int | None,
    ballots: int | None,
    vacant: tuple[SelectionCode, ...],
    vacancy: str | None,
    comparing: bool,
    report: Path | None,
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
    from commands.report_fonts import report_fonts
    from headquarters.seats import asking
    from headquarters.seats.answer import Wanted, answer, answer_lines, answer_plain

    if (result is None) == (votes is None):
        raise usage(m("give either RESULT or --votes FILE"))
    if lists is not None and votes is None:
        raise usage(m("--lists belongs to --votes"))
    numbers = asking.Numbers(seats, selections, ballots)
    if result is not None:
        contests = asking.from_result(result, numbers)
    else:
        assert votes is not None
        is_json = votes.suffix.lower() == ".json"
        if is_json and lists is not None:
            raise usage(m("--lists belongs to a CSV file; JSON names its lists itself"))
        if seats is None and not is_json:
            raise usage(m("a CSV file does not say how many seats there are: add --seats N"))
        contests = asking.from_votes(votes, lists, numbers)
    chosen = asking.choose(contests, contest)
    follows = law.Vacancy(vacancy) if vacancy else law.Vacancy.MOST_VOTES
    wanted = Wanted(comparing, report, vacant, follows)
    asked = [(contest, asking.parameters(contest, readings)) for contest in chosen]
    with report_fonts() as fonts:
        found = answer(asked, wanted, fonts, installed_languages().speakers())
    if as_json:
        print_json({"contests": [answer_plain(one) for one in found]})
    else:
        for one in found:
            write_lines(answer_lines(one, wanted, speaker()))
    for path in (path for one in found for path in one.files):
        say("written: {path}", path=path)
    leave(all(one.allocation is not None for one in found))
