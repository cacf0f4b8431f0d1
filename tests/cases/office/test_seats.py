"""`amin election seats` with files of votes whose result is not what the file says."""

from functools import partial

from tests.cases.office.kit import Told, amin, refused
from tests.cases.runner import add, case, collect, expect, new_folder

HEAD = "code,name_fa,name_en,list,votes\n"


def seats(text: str, *options: object) -> Told:
    path = new_folder() / ("votes.json" if text.startswith("{") else "votes.csv")
    path.write_text(text, encoding="utf-8")
    return amin("seats", "--votes", path, "--seats", "1", "--language", "en", *options)


def json_refused(text: str) -> None:
    path = new_folder() / "votes.json"
    path.write_text(text, encoding="utf-8")
    refused(amin("seats", "--votes", path, "--language", "en"))


ONE = '{"code":"1","name":{"fa":"a"},"votes":10}'
TWO = '{"code":"2","name":{"fa":"b"},"votes":20}'
add(
    "member-twice-candidates",
    partial(json_refused, f'{{"seats":1,"candidates":[{ONE}],"candidates":[{TWO}]}}'),
)
add(
    "member-twice-votes",
    partial(json_refused, f'{{"seats":1,"candidates":[{ONE[:-1]},"votes":1000}},{TWO}]}}'),
)


@case
def list_in_two_spellings() -> None:
    """«hope» and «Hope» have 12 of 20 votes; counted as two lists they lose to a third."""
    told = seats(HEAD + "1,a,,hope,5\n2,b,,Hope,7\n3,c,,noor,8\n")
    expect(told.status, "two lists, and the seat goes to the third")


@case
def more_votes_than_ballots() -> None:
    """A candidate with 50 votes on 10 ballots."""
    told = seats(HEAD + "1,a,,,50\n2,b,,,3\n", "--ballots", "10", "--selections", "21")
    expect(told.status, "allocated without a word")


@case
def tie_without_a_seed() -> None:
    """Lots from an empty seed can be computed by everybody beforehand."""
    told = seats(HEAD + "1,a,,x,5\n2,b,,y,5\n")
    expect(
        told.status or "seed" in told.text,
        "the lot is drawn with an empty seed, and nobody is told",
    )


@case
def terminal_escapes_in_names() -> None:
    """Names of strangers go to a terminal: no control sequence, no override of direction."""
    told = seats(HEAD + "1,a\x1b[31mred,,,50\n2,b\u202ec,,,3\n")
    raw = [f"U+{ord(each):04X}" for each in "\x1b\x9b\u202e" if each in told.text]
    expect(not raw, f"written as they are: {' '.join(raw)}")


test_case = collect()
