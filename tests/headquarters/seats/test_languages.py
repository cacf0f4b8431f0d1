"""The report and the result of an election in any language that is there: only catalogues know which."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from election.answers import CodeVotes, ContestVotes, InvalidRow
from election.definition import PERSIAN, Contest, Language, Text
from headquarters.counting import count_contest, votes_for_seats
from headquarters.result import ContestResult, ElectionResult, write_result_files
from headquarters.seats.allocate import allocate
from headquarters.seats.compare import compare
from headquarters.seats.explain import explain, lines
from headquarters.seats.model import INDEPENDENTS, SeatParameters, Votes
from headquarters.seats.readings import (
    Independents,
    Method,
    Overallocation,
    QuotaRounding,
    QuotaRule,
    RemainderSeats,
    Surplus,
)
from headquarters.seats.report.charts import bars_chart, hemicycle
from headquarters.seats.report.page import page_html
from headquarters.seats.report.writing import Fonts, write_report
from tests.headquarters.seats.elections import WORKED, contest_of, group, votes_of
from tests.headquarters.small import council
from tests.words.pseudo import DIGITS, PSEUDO, english, foreign, pseudo_languages, write_pseudo
from words.languages import Languages
from words.message import Message

SEED = "בד"
"""A seed without letters of other languages, because it is shown as it is."""
RULES = SeatParameters(21, SEED)
CODES = re.compile(r"<(style|pre|code)>.*?</\1>|<span class=\"hash\">.*?</span>", re.DOTALL)
"""Style sheets, commands and hashes, which are the same in every language."""
IDENTIFIERS = ("SHA-256", "votes.json", "#")


@pytest.fixture(scope="module")
def languages(tmp_path_factory: pytest.TempPathFactory) -> Languages:
    return pseudo_languages(write_pseudo(tmp_path_factory.mktemp("languages")))


class _Shown(HTMLParser):
    """The texts of a page, of its charts as well."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


def shown(page: str) -> list[str]:
    parser = _Shown()
    parser.feed(CODES.sub("", page))
    return parser.texts


def drawn(document: str) -> list[str]:
    return [
        element.text
        for element in ET.fromstring(document).iter()
        if element.text and element.text.strip()
    ]


def names(votes: Votes) -> list[str]:
    """What the election gives, in all its languages."""
    texts = [x.name for x in votes.groups] + [p.name for x in votes.groups for p in x.members]
    return [name for text in texts if isinstance(text, Text) for _, name in text.by_language]


def tied() -> Votes:
    """Everything a report can tell: a lot for a seat and among persons, too few candidates, a vacant seat."""
    return Votes(
        (
            group("A", 1, [50, 50, 50, 20]),
            group("B", 100, [85, 85]),
            group("C", 200, [170]),
            group(INDEPENDENTS, 300, [9, 1]),
        ),
        600,
        21,
    )


REPORTS = {
    "worked": (contest_of(votes_of(WORKED, ballots=1000)), RULES),
    "lots": (contest_of(tied(), 6), replace(RULES, seats=6)),
    "vacant": (contest_of(tied(), 12), replace(RULES, seats=12)),
    "threshold": (
        contest_of(votes_of(WORKED)),
        replace(RULES, threshold=Fraction(1, 20), independents=Independents.EACH),
    ),
    "averages": (
        contest_of(votes_of(WORKED)),
        replace(RULES, method=Method.MODIFIED_SAINTE_LAGUE),
    ),
}


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("language", [PSEUDO, PERSIAN])
def test_a_page_is_in_its_language_alone(
    languages: Languages, name: str, language: Language
) -> None:
    contest, rules = REPORTS[name]
    page = page_html(contest, compare(contest.votes, rules), languages.speaker(language), "")
    assert f'lang="{language}" dir="rtl"' in page
    data = [*names(contest.votes), *IDENTIFIERS, "شورای شهر", "City council"]
    texts = shown(page)
    assert len(texts) > 150
    assert (foreign if language == PSEUDO else english)(texts, data) == set()


def test_lists_are_numbered_with_the_digits_of_the_language(languages: Languages) -> None:
    contest, rules = REPORTS["worked"]
    page = page_html(contest, compare(contest.votes, rules), languages.speaker(PSEUDO), "")
    assert " ".join(f'"{digit}"' for digit in DIGITS) in page


@pytest.mark.parametrize("name", REPORTS)
def test_charts_are_in_the_language_and_mirrored(languages: Languages, name: str) -> None:
    contest, rules = REPORTS[name]
    t = languages.speaker(PSEUDO)
    for chart in (bars_chart, hemicycle):
        document = chart(allocate(contest.votes, rules), t, "x").document()
        assert foreign(drawn(document), names(contest.votes)) == set()
        assert 'text-anchor="end"' in document


STEPS = (
    replace(RULES, seats=8, quota_rounding=QuotaRounding.HALF_UP, surplus=Surplus.SHARE_AGAIN),
    replace(
        RULES,
        seats=5,
        quota_rounding=QuotaRounding.HALF_UP,
        quota_rule=QuotaRule.IMPERIALI,
        overallocation=Overallocation.SMALLEST_SHARE,
    ),
    replace(RULES, seats=5, quota_rounding=QuotaRounding.HALF_UP, quota_rule=QuotaRule.IMPERIALI),
    replace(RULES, seats=6, remainder_seats=RemainderSeats.LARGEST_SHARE),
    replace(RULES, seats=6, remainder_seats=RemainderSeats.HIGHEST_AVERAGE),
)


@pytest.mark.parametrize("rules", STEPS)
@pytest.mark.parametrize("language", [PSEUDO, PERSIAN])
def test_every_reading_is_explained_in_the_language(
    languages: Languages, rules: SeatParameters, language: Language
) -> None:
    told = lines(explain(allocate(tied(), rules)), languages.speaker(language))
    assert (foreign if language == PSEUDO else english)(told, names(tied())) == set()


# ---------------------------------------------------------------- the result


def counted(contest: Contest) -> ContestResult:
    """A count that breaks every bound it can, with its seats."""
    count = count_contest(
        contest,
        ContestVotes(
            contest.id,
            contest.form,
            20,
            tuple(
                CodeVotes(candidate.code, 21 + i) for i, candidate in enumerate(contest.candidates)
            ),
            tuple(CodeVotes(slate.code, 19) for slate in contest.lists),
            3,
            2,
            (InvalidRow((0, 7), 1),),
        ),
    )
    votes = replace(votes_for_seats(contest, count), ballots=None)
    comparison = compare(votes, SeatParameters(contest.seats, SEED))
    return ContestResult(contest, count, comparison.given, comparison)


@pytest.mark.parametrize("language", [PSEUDO, PERSIAN])
def test_a_result_is_in_its_language_alone(
    tmp_path: Path, languages: Languages, language: Language
) -> None:
    contest = council().contest
    good = counted(contest)
    refused = ContestResult(contest, good.count, None, None, _why(contest))
    result = ElectionResult("u", Text("نام", "name"), "φ", 20, (good, refused))
    write_result_files(tmp_path, result, languages.speakers())
    assert {path.name for path in tmp_path.glob("result.*.txt")} == {
        "result.fa.txt",
        "result.en.txt",
        "result.qps.txt",
    }
    told = (tmp_path / f"result.{language}.txt").read_text("utf-8").splitlines()
    texts = [contest.title, result.name, *(x.name for x in contest.candidates)]
    texts += [x.name for x in contest.lists]
    data = [name for text in texts for _, name in text.by_language]
    assert (foreign if language == PSEUDO else english)(told, [*data, "φ"]) == set()


def _why(contest: Contest) -> Message:
    from headquarters.errors import AllocationError

    nobody = Votes((group("A", 1, [0]),), None, 1)
    with pytest.raises(AllocationError) as caught:
        compare(nobody, SeatParameters(contest.seats, SEED))
    return caught.value.message


def test_a_report_has_every_language(tmp_path: Path, languages: Languages) -> None:
    fonts = Path(__file__).parents[3] / "ui" / "fonts"
    contest, rules = REPORTS["lots"]
    files = write_report(
        tmp_path,
        contest,
        compare(contest.votes, rules),
        Fonts(fonts / "Vazirmatn-Regular.ttf", fonts / "Vazirmatn-Bold.ttf"),
        languages.speakers(),
    )
    assert {path.name for path in files if path.suffix == ".html"} == {
        "report.fa.html",
        "report.en.html",
        "report.qps.html",
    }
    assert {path.name for path in files if path.suffix == ".svg"} >= {"seats.qps.svg"}
