"""Say a verdict in words, for the voter who asked: Persian or English, plain lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from election.challenge import tracking_code, tracking_groups
from election.definition import PERSIAN, Language, Text
from headquarters.challenge.check import ChallengeFault, ChallengeVerdict
from headquarters.challenge.reading import ChosenCandidate, ContestReading, ReadingKind
from words.digits import to_persian_digits

_SAME: Final = Text(
    "دستگاه درست همین برگه را مهر و موم کرده بود.",
    "The machine had sealed exactly this ballot.",
)
_FAULTS: Final[dict[ChallengeFault, Text]] = {
    ChallengeFault.DIFFERENT: Text(
        "دستگاه راست نگفته است: آنچه مهر و موم کرده بود این نیست.",
        "The machine was NOT honest: what it had sealed is not this.",
    ),
    ChallengeFault.IMPOSSIBLE: Text(
        "در این برگه چیزی هست که هیچ دستگاه درستی نمی‌نویسد.",
        "The ballot holds what no honest machine writes.",
    ),
    ChallengeFault.NOTED: Text(
        "شمارهٔ رهگیری با آنچه پیش از آزمون یادداشت شده یکی نیست.",
        "The tracking number is not the one that was noted before the challenge.",
    ),
    ChallengeFault.UNPUBLISHED: Text(
        "این برگه در میان برگه‌های آزمودهٔ منتشرشده نیست.",
        "The ballot is not among the published challenged ballots.",
    ),
    ChallengeFault.PUBLISHED_OTHERWISE: Text(
        "این برگه به گونه‌ای دیگر منتشر شده است.", "The ballot is published with another content."
    ),
}
_COMPLAIN: Final = Text(
    "این برگه و عکس خود را نگه دارید و به ناظر شعبه یا ستاد نشان دهید.",
    "Keep the ticket and your photograph, and show them to the branch's observer or headquarters.",
)
_COMPARE: Final = Text(
    "اکنون خودتان دو چیز را بسنجید: آیا همین‌ها را برگزیده بودید؟ آیا پیش از آزمون همین شماره را دیدید؟",
    "Now compare two things yourself: is this what you had chosen? Is this the number you saw "
    "before you asked for the check?",
)
_NUMBER: Final = Text("شمارهٔ رهگیری", "Tracking number")
_CODE: Final = Text("کد رهگیری", "Tracking code")
_SAYS: Final = Text("این برگه می‌گوید:", "The ballot says:")
_KINDS: Final[dict[ReadingKind, Text]] = {
    ReadingKind.SKIPPED: Text("شرکت نکرده", "took no part"),
    ReadingKind.BLANK: Text("رأی سفید", "blank vote"),
    ReadingKind.LIST: Text("فهرست", "list"),
    ReadingKind.PERSONS: Text("نامزدها", "candidates"),
    ReadingKind.CODES: Text("کدها", "codes"),
    ReadingKind.IMPOSSIBLE: Text("نادرست", "impossible"),
}
_UNKNOWN: Final = Text("کد ناشناخته", "unknown code")


def verdict_lines(verdict: ChallengeVerdict, language: Language) -> Iterator[str]:
    """Yield what is wrong or right first, then what the ballot says and what is left to the voter."""
    if verdict.honest:
        yield _SAME.in_(language)
    else:
        for fault in verdict.faults:
            yield _FAULTS[fault].in_(language)
        yield _COMPLAIN.in_(language)
    code = tracking_code(verdict.ticket.digest)
    groups = _digits(" ".join(tracking_groups(code)), language)
    yield ""
    yield f"{_NUMBER.in_(language)}: \u2066{groups}\u2069"
    yield f"{_CODE.in_(language)}: \u2066{code}\u2069"
    yield ""
    yield _SAYS.in_(language)
    for reading in verdict.readings:
        yield from _reading(reading, language)
    if verdict.honest:
        yield ""
        yield _COMPARE.in_(language)


def _reading(reading: ContestReading, language: Language) -> Iterator[str]:
    yield f"  {reading.title.in_(language)}: {_KINDS[reading.kind].in_(language)}"
    for each in reading.chosen:
        yield f"    {_chosen(each, reading, language)}"


def _chosen(chosen: ChosenCandidate, reading: ContestReading, language: Language) -> str:
    code = _digits(chosen.code, language)
    if chosen.name is not None:
        return f"{code}  {chosen.name.in_(language)}".strip()
    return code if reading.kind is ReadingKind.CODES else f"{code}  {_UNKNOWN.in_(language)}"


def _digits(text: str, language: Language) -> str:
    return to_persian_digits(text) if language == PERSIAN else text
