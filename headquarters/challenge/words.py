"""Say a verdict in words, for the voter who asked: Persian or English, plain lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from election.challenge import tracking_code, tracking_groups, tracking_number
from election.definition import Text
from headquarters.challenge.check import ChallengeFault, ChallengeVerdict
from headquarters.challenge.reading import ChosenCandidate, ContestReading, ReadingKind
from words.message import Message, m
from words.speaker import Speaker

_SAME: Final = m("The machine had sealed exactly this ballot.")
_FAULTS: Final[dict[ChallengeFault, Message]] = {
    ChallengeFault.DIFFERENT: m("The machine was NOT honest: what it had sealed is not this."),
    ChallengeFault.IMPOSSIBLE: m("The ballot holds what no honest machine writes."),
    ChallengeFault.NOTED: m(
        "The tracking number is not the one that was noted before the challenge."
    ),
    ChallengeFault.UNPUBLISHED: m("The ballot is not among the published challenged ballots."),
    ChallengeFault.PUBLISHED_OTHERWISE: m("The ballot is published with another content."),
}
_COMPLAIN: Final = m(
    "Keep the ticket and your photograph, and show them to the branch's observer or headquarters."
)
_COMPARE: Final = m(
    "Now compare two things yourself: is this what you had chosen? Is this the number you saw "
    "before you asked for the check?"
)
_NUMBER: Final = m("Tracking number")
_CODE: Final = m("Tracking code")
_SAYS: Final = m("The ballot says:")
_KINDS: Final[dict[ReadingKind, Message]] = {
    ReadingKind.SKIPPED: m("took no part"),
    ReadingKind.BLANK: m("blank vote"),
    ReadingKind.LIST: m("list"),
    ReadingKind.PERSONS: m("candidates"),
    ReadingKind.CODES: m("codes"),
    ReadingKind.IMPOSSIBLE: m("impossible"),
}
_UNKNOWN: Final = m("unknown code")


def verdict_lines(verdict: ChallengeVerdict, t: Speaker) -> Iterator[str]:
    """Yield what is wrong or right first, then what the ballot says and what is left to the voter."""
    if verdict.honest:
        yield t(_SAME)
    else:
        for fault in verdict.faults:
            yield t(_FAULTS[fault])
        yield t(_COMPLAIN)
    code = tracking_code(verdict.ticket.digest)
    yield ""
    yield f"{t(_NUMBER)}: {t.code(' '.join(tracking_groups(code)))}"
    yield f"{t(_CODE)}: {t.latin(code)}"
    yield ""
    yield t(_SAYS)
    for reading in verdict.readings:
        yield from _reading(reading, t)
    if verdict.honest:
        yield ""
        yield t(_COMPARE)


def _reading(reading: ContestReading, t: Speaker) -> Iterator[str]:
    yield f"  {t.of(reading.title)}: {t(_KINDS[reading.kind])}"
    for candidate in reading.chosen:
        yield f"    {_chosen(candidate, reading, t)}"


def _chosen(chosen: ChosenCandidate, reading: ContestReading, t: Speaker) -> str:
    code = t.digits(chosen.code)
    if chosen.name is not None:
        return f"{code}  {t.of(chosen.name)}".strip()
    return code if reading.kind is ReadingKind.CODES else f"{code}  {t(_UNKNOWN)}"


def verdict_plain(verdict: ChallengeVerdict) -> dict[str, object]:
    """Return the verdict, and what the ballot says, as plain values for JSON."""
    return {
        "honest": verdict.honest,
        "faults": [fault.value for fault in verdict.faults],
        "tracking": tracking_code(verdict.ticket.digest),
        "number": tracking_number(verdict.ticket.digest),
        "made": None if verdict.made is None else tracking_code(verdict.made),
        "contests": [
            {
                "title": _both(reading.title),
                "kind": reading.kind.value,
                "chosen": [
                    {
                        "code": one.code,
                        "name": None if one.name is None else _both(one.name),
                    }
                    for one in reading.chosen
                ],
            }
            for reading in verdict.readings
        ],
    }


def _both(text: Text) -> dict[str, str]:
    return {"fa": text.fa, "en": text.en}
