"""Say what the readings of the law decide: whether they matter, what each would change, how to repeat it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from functools import reduce

from headquarters.seats.compare import Alternative, SeatComparison, SeatOutcome
from headquarters.seats.model import ContestVotesRead, Member, SeatParameters
from headquarters.seats.phrases import names
from headquarters.seats.readings import OF_THE_LAW, QUESTIONS, Overallocation, QuotaRounding
from words.message import Code, Items, Message, m


def verdict(comparison: SeatComparison) -> Message:
    """Say in one or two sentences whether the wording of the law matters here."""
    differing = [alternative for alternative in comparison.alternatives if alternative.differs]
    if comparison.settled and not differing:
        return m("Every reading of the law gives these seats and these persons.")
    said = m(
        "Of {every} combinations of readings of the law, {same} give these seats; there are {kinds} "
        "different results in all.",
        every=combinations(comparison),
        same=sum(len(outcome.readings) for outcome in comparison.outcomes if outcome.given),
        kinds=len(comparison.outcomes),
    )
    if not differing:
        return said
    return m(
        "{said} Questions that change the result by themselves: {questions}.",
        said=said,
        questions=names(
            list(dict.fromkeys(outcome.reading.question.text for outcome in differing))
        ),
    )


def combinations(comparison: SeatComparison) -> int:
    """Count the combinations of readings of the law that can be computed."""
    return sum(len(outcome.readings) for outcome in comparison.outcomes)


def changes(contest: ContestVotesRead, alternative: Alternative) -> list[Message]:
    """Say what another reading changes, one line each; who would gain and who would lose."""
    said = [change.sentence for change in alternative.changes]
    if alternative.gained:
        said.append(
            m("would be elected: {persons}", persons=_with_codes(contest, alternative.gained))
        )
    if alternative.lost:
        said.append(
            m("would not be elected: {persons}", persons=_with_codes(contest, alternative.lost))
        )
    if said:
        return said
    return [m("reserves only") if alternative.reserves_changed else m("nothing")]


def only_with(outcome: SeatOutcome) -> Iterator[Message]:
    """Say without which answers this result does not come about, question by question."""
    whole_parts = any(reading.quota_rounding is QuotaRounding.DOWN for reading in outcome.readings)
    for question in OF_THE_LAW:
        # Whole parts never give too many, so the question is not asked there.
        if question is Overallocation and whole_parts:
            continue
        present = list(dict.fromkeys(reading.answer(question) for reading in outcome.readings))
        if len(present) < len(question):
            yield m(
                "{question}: {answers}",
                question=QUESTIONS[question].text,
                answers=reduce(_or, (reading.label for reading in present)),
            )


def command(contest: ContestVotesRead, parameters: SeatParameters) -> str:
    """Write the command that gives the same from `votes.json`; what is default is left out."""
    default = SeatParameters(parameters.seats, "")
    words = ["amin", "election", "seats", "--votes", "votes.json"]
    if parameters.seed:
        words += ["--seed", parameters.seed]
    for question, about in QUESTIONS.items():
        answer = parameters.answer(question)
        if answer is not default.answer(question):
            words += [f"--{about.option}", answer.value]
    if parameters.threshold != default.threshold:
        words += ["--threshold", str(parameters.threshold)]
    if parameters.reserve_share != default.reserve_share:
        words += ["--reserve-share", str(parameters.reserve_share)]
    if contest.votes.ballots is not None:
        words += ["--ballots", str(contest.votes.ballots)]
    return shlex.join(words)


def _or(one: Message, other: Message) -> Message:
    return m("{one} or {other}", one=one, other=other)


def _with_codes(contest: ContestVotesRead, members: Sequence[Member]) -> Items:
    """Name members with their codes, because two persons may have one name."""
    return names(
        [
            m("{name} ({code})", name=member.name, code=Code(contest.format_code(member.code)))
            for member in members
        ]
    )
