"""`amin simulator drill`."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from election.incidents import Incident
    from simulators.demo.exercises import Exercise, Score
    from words.speaker import Speaker


@click.command()
@click.option("--count", default=5, show_default=True, type=click.IntRange(1, 30))
@click.option(
    "--incident",
    "codes",
    multiple=True,
    metavar="CODE",
    help="This incident, by its three digits (docs/incidents.md); may be repeated. Else they are drawn.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Draw the same exercises again.")
@click.option("--who", default="", help="Name of who practises, for the page.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page to print and sign; a file that is there stays.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def drill(
    count: int,
    codes: tuple[str, ...],
    seed: int | None,
    who: str,
    report: Path | None,
    as_json: bool,
) -> None:
    """Practise what to do when a device stops, against the clock, and be scored.

    \b
        amin --language fa simulator drill --who "مریم رضایی" --report drill.html
        The screen of a device is red and says: «A memory does not answer.» The code is 271.
        Say the code on the telephone.
        > 271

    Exercises are made of the table of incidents: what is seen, the way through the questions to a code
    or the code itself, what to do, who may do it, and what becomes of the votes. Type the number of an
    answer; a wrong one is asked again. A step right at once counts two, at the second try one, the time two.
    An exercise is passed with 80 %, and only if what would touch votes was right at once.

    The end of input (Ctrl-D) ends the drill: what was begun is not scored. Exit status: 0 if all were
    passed, 1 if not, 2 for a code that does not exist. At simulated devices: `drill` and `score` of
    `amin simulator desk --by-hand`.
    """
    from commands.speaking import say, usage, use
    from simulators.demo import drill_report
    from simulators.demo.exercises import draw, exercise
    from simulators.languages import bench_languages
    from words.message import Latin, m

    if report is not None and report.exists():
        raise usage(m("{path} is there: name another file", path=report))
    seed = random.SystemRandom().getrandbits(32) if seed is None else seed
    rng = random.Random(seed)
    t = use(bench_languages())
    chosen = [_incident(code) for code in codes] or list(draw(count, rng))
    scores: list[Score] = []
    stdin = sys.stdin
    for incident in chosen:
        done = _play(exercise(incident, rng), t, stdin, time.monotonic)
        if done is None:
            break
        scores.append(done)
    if as_json:
        click.echo(json.dumps(drill_report.as_json(scores, who, seed), ensure_ascii=False))
    else:
        for line in drill_report.lines(scores, t):
            click.echo(line)
    if report is not None:
        from election.files import PUBLIC, write_new

        now = datetime.now().astimezone()
        write_new(report, drill_report.page(scores, who, now, seed, t).encode(), PUBLIC)
        say("{path} is written", path=Latin(str(report)))
    raise click.exceptions.Exit(0 if drill_report.is_passed(scores) else 1)


def _incident(code: str) -> Incident:
    from commands.speaking import usage
    from election.incidents import spoken
    from words.message import Latin, m

    found = spoken(code)
    if found is None:
        raise usage(
            m("there is no code {code}; the codes are in docs/incidents.md", code=Latin(code))
        )
    return found


def _play(
    exercise: Exercise, t: Speaker, stdin: TextIO, clock: Callable[[], float]
) -> Score | None:
    """Ask everything of an exercise; None if the input ended."""
    from simulators.demo.exercises import Answered, Score, is_right
    from words.digits import to_latin_digits

    answered: list[Answered] = []
    _show("")
    _show(t(exercise.seen))
    for asked in exercise.asked:
        _show(t(asked.text))
        for number, answer in enumerate(asked.answers, 1):
            _show(t("  {number}  {answer}", number=number, answer=answer))
        began, tries = clock(), 0
        right: bool | None = False
        while not right:
            click.echo("> ", nl=False, err=True)
            line = stdin.readline(200)
            if not line:
                return None
            right = is_right(asked, to_latin_digits(line))
            if right is None:
                _show(
                    t("Type the number that stands before the answer, or the code's three digits.")
                )
            else:
                tries += 1
                _show(t("Right.") if right else t("No. Try again."))
        answered.append(Answered(asked.step, tries, clock() - began))
    return Score(exercise.incident, tuple(answered))


def _show(line: str) -> None:
    """Say a line to the person; standard output is the report's."""
    click.echo(line, err=True)
