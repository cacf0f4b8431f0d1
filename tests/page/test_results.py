"""Every published statement of a result, changed in every way: both verifiers refuse it or tell it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from crypto.result import QuestionCounts, QuestionResult, SlotRows, TallyResult
from election.definition import BallotForm, Text
from election.definition_file import (
    PublishedCandidate,
    PublishedContest,
    PublishedDefinition,
    PublishedList,
)
from election.register import ElectionNumber, SeatRule, number_of
from election.schema import from_json, to_json
from headquarters.anchoring import AnchorReport, check_register
from headquarters.archive_index import IndexReport, verify_index
from headquarters.following import following_result
from headquarters.index_document import published_sums, read_index
from headquarters.index_verdict import judge_index
from headquarters.result import result_json
from headquarters.result_check import check_result
from headquarters.result_file import NewerResultError, is_newer, read_votes
from headquarters.seat_rules import check_seats
from headquarters.seats.readings import Denominator, RemainderSeats
from headquarters.tally.work import ALONE
from tests.page.mutants import at_path, leaves, put
from tests.page.running import PageProcess, page_process
from tests.shares import share

EXAMPLE = Path("docs/spec/example").resolve()
INDEX = EXAMPLE / "index.json"
NUMBER = ElectionNumber(number_of((EXAMPLE / "register.json").read_bytes()))
pytestmark = pytest.mark.slow
"""Signatures in JavaScript, for every change again."""
LOT = "TEDPIX 2,413,907.6"
FEW = 8
DRAWN = int(os.environ.get("PAGE_RESULTS", FEW))
SEED = int(os.environ.get("PAGE_SEED", "1"))
Json = Any


@pytest.fixture(scope="module")
def page() -> Iterator[PageProcess]:
    """Yield one process of the page for all questions."""
    with page_process() as asked:
        yield asked


@cache
def verified() -> tuple[IndexReport, AnchorReport]:
    """Return what the program says of the example's archives and register."""
    return verify_index(INDEX), check_register(INDEX, NUMBER)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what is read of the example beside `result.json`."""
    place = tmp_path_factory.mktemp("results")
    for name in ("index.json", "definition.json", "lot-seats.json"):
        (place / name).write_bytes((EXAMPLE / name).read_bytes())
    return place


def page_says(page: PageProcess, place: Path, **others: Json) -> tuple[set[str], set[str], Json]:
    """Return what is wrong, what is told, and who is elected."""
    path = place / "changed.json"
    path.write_text(json.dumps(others), encoding="utf-8")
    page.ask(f"{INDEX}\t{NUMBER}\t{path}")
    said = page.answer()["whole"]
    assert said["kind"] == "done", said
    report = said["report"]
    wrong = {one["reason"] for one in report["findings"]}
    told = {one["reason"] for one in report["told"]}
    return wrong, told, (report["elected"], report["findings"])


def program_says(place: Path) -> tuple[set[str], set[str], Json]:
    """Return the same of the program, from what it found in the archives."""
    report, anchor = verified()
    assert anchor.published is not None
    said = check_result(place / "index.json", report, anchor)
    rules = check_seats(anchor.published.register, place)
    wrong = {str(one.reason) for one in said.failures}
    wrong |= {str(one.reason) for one in rules if one.verdict == "wrong"}
    return wrong, {str(one.reason) for one in said.told}, said


def published() -> Json:
    """Return the example's result; it has the one contest that its archive is of."""
    return json.loads((EXAMPLE / "result.json").read_bytes())


WAYS: dict[str, Callable[[Json], Json]] = {
    "a figure": lambda value: value + 1 if type(value) is int else None,
    "a name": lambda value: f"{value}x" if isinstance(value, str) else None,
    "a yes": lambda value: not value if isinstance(value, bool) else None,
    "nothing": lambda value: 0 if value is None else None,
    "another kind": lambda value: str(value) if isinstance(value, int) else 0,
    "order": lambda value: (
        value[::-1] if isinstance(value, list) and value != value[::-1] else None
    ),
    "missing": lambda value: (
        value[1:]
        if isinstance(value, list) and value
        else dict(list(value.items())[1:])
        if isinstance(value, dict) and value
        else None
    ),
    "extra": lambda value: (
        [*value, value[0] if value else 1]
        if isinstance(value, list)
        else {**value, "more": 1}
        if isinstance(value, dict)
        else None
    ),
}
"""How a statement is changed; None where it cannot be."""


def changes() -> Iterator[tuple[str, Json]]:
    """Yield every way of changing every part of the example's result."""
    result = published()
    for path in leaves(result):
        value = at_path(result, path)
        for way, change in WAYS.items():
            changed = change(value)
            if changed is not None and not is_newer(put(result, path, changed)):
                yield f"{way} at {path}", put(result, path, changed)


def test_no_part_of_a_result_can_be_changed(page: PageProcess, folder: Path) -> None:
    """Every figure, name, order, kind, missing or further part is refused by name in both."""
    every = list(changes())
    assert len(every) > 500
    for what, result in share(every, 1 if DRAWN > FEW else 40, SEED):
        text = json.dumps(result, ensure_ascii=False)
        (folder / "result.json").write_text(text, encoding="utf-8")
        wrong, _, said = program_says(folder)
        assert "result-differs" in wrong, what
        assert [one.code for one in said.elected] == ["10"], what
        theirs, _, (elected, findings) = page_says(page, folder, files={"result.json": text})
        # The rule of lots is asked apart.
        assert theirs - {"lot-result"} == wrong, (what, wrong ^ theirs)
        assert [one["code"] for one in elected] == ["10"], what
        told = sorted(str(one.message) for one in said.failures)
        assert len(told) == sum(one["reason"] == "result-differs" for one in findings), what
        assert all(" in place of " in one or one == "and more" for one in told), what


def test_same_result_in_another_spelling(page: PageProcess, folder: Path) -> None:
    """Blanks and the order of members are free."""
    text = json.dumps(published(), sort_keys=True, indent=3)
    (folder / "result.json").write_text(text, encoding="utf-8")
    assert program_says(folder)[:2] == (set(), set())
    wrong, told, _ = page_says(page, folder, files={"result.json": text})
    assert wrong == set()
    assert "result-missing" not in told


@pytest.mark.parametrize(
    "text", ["", "{", "[1, 2", '{"contests": [], "contests": []}', '{"ballots": 1.5}', "\ufeff{}"]
)
def test_result_that_cannot_be_read(page: PageProcess, folder: Path, text: str) -> None:
    """It is refused by the rule of seats; who is elected is said all the same."""
    (folder / "result.json").write_text(text, encoding="utf-8")
    wrong, _, said = program_says(folder)
    theirs, _, (elected, _) = page_says(page, folder, files={"result.json": text})
    assert wrong == theirs == {"register-seats"}
    assert [one.code for one in said.elected] == [one["code"] for one in elected] == ["10"]


@pytest.mark.parametrize("version", [2, 1000])
def test_result_of_a_newer_version(page: PageProcess, folder: Path, version: int) -> None:
    """Nobody can compare it here, so it must not pass; who is elected is said all the same."""
    said = {**published(), "version": version, "ballots": 0, "more": [], "contests": [{}]}
    text = json.dumps(said)
    (folder / "result.json").write_text(text, encoding="utf-8")
    wrong, told, ours = program_says(folder)
    theirs, also, (elected, _) = page_says(page, folder, files={"result.json": text})
    assert wrong == theirs == {"result-newer"}
    assert told == also & {"result-missing", "result-unread"} == set()
    assert [one.code for one in ours.elected] == [one["code"] for one in elected] == ["10"]
    with pytest.raises(NewerResultError, match="newer version"):
        read_votes(text.encode())


@pytest.mark.parametrize(
    "changed", [{"version": 0}, {"version": True}, {"version": "2"}, {"format": "x", "version": 2}]
)
def test_only_a_later_version_is_not_compared(
    page: PageProcess, folder: Path, changed: dict[str, Json]
) -> None:
    text = json.dumps({**published(), **changed})
    (folder / "result.json").write_text(text, encoding="utf-8")
    wrong, _, _ = program_says(folder)
    theirs, _, _ = page_says(page, folder, files={"result.json": text})
    assert wrong == theirs == {"result-differs"}


@pytest.mark.parametrize("text", ["{}", "[]", "null", "5", '"x"', '{"contests": [1]}'])
def test_result_that_says_something_else(page: PageProcess, folder: Path, text: str) -> None:
    (folder / "result.json").write_text(text, encoding="utf-8")
    wrong, _, _ = program_says(folder)
    theirs, _, _ = page_says(page, folder, files={"result.json": text})
    assert wrong == theirs == {"register-seats", "result-differs"}


def test_missing_and_other_statements_are_told(page: PageProcess, folder: Path) -> None:
    (folder / "result.json").unlink(missing_ok=True)
    wrong, told, _ = program_says(folder)
    theirs, also, _ = page_says(page, folder, files={"result.json": None})
    assert wrong == theirs == set()
    assert told == also & {"result-missing", "result-unread"} == {"result-missing"}
    text = json.dumps(published())
    (folder / "result.json").write_text(text, encoding="utf-8")
    names = ("result.en.txt", "seats/report.en.html", "seats-1/votes.json")
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("somebody else is elected", encoding="utf-8")
    assert program_says(folder)[:2] == (set(), {"result-unread"})
    files = dict.fromkeys(names, "somebody else is elected")
    _, also, _ = page_says(page, folder, files=files)
    assert "result-unread" in also
    for name in names:
        (folder / name).unlink()


@pytest.mark.parametrize("member", ["ballots", "sums", "minimum", "uuid", "fingerprint"])
def test_no_figure_of_the_index_can_be_changed(
    page: PageProcess, tmp_path: Path, member: str
) -> None:
    """The index states sums, too; its signature is another matter."""
    index = json.loads(INDEX.read_bytes())
    value = index[member]
    other = value + 1 if isinstance(value, int) else f"x{value}" if isinstance(value, str) else []
    text = json.dumps({**index, member: other})
    wrong, _, (said, _) = page_says(
        page, tmp_path, index={member: other}, files={"index.json": text}
    )
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "index.json").write_text(text, encoding="utf-8")
    verdict = judge_index(tmp_path / "index.json", None, NUMBER, None, ALONE)
    assert wrong == {str(one.reason) for one in verdict.failures}
    assert wrong - {"index-signature", "lot-after", "lot-result"}
    assert "result-differs" not in wrong
    assert verdict.elected == ()
    assert said == []


# ---------------------------------------------------------------- nothing follows from what is wrong


def _sign_otherwise(place: Path) -> None:
    (place / "index.sig").write_bytes(bytes(len((place / "index.sig").read_bytes())))


def _list_another_archive(place: Path) -> None:
    data = (place / "index.json").read_bytes()
    listed = json.loads(data)["batches"][0]["sha256"].encode()
    (place / "index.json").write_bytes(data.replace(listed, b"0" * len(listed)))


@dataclass(frozen=True, slots=True)
class Wrong:
    """How a publication is spoilt, for the program on disk and for the page in what it found."""

    spoil: Callable[[Path], object]
    reason: str
    files: tuple[str, ...] = ()
    """Files beside the index that the page is given again."""
    report: dict[str, Json] = field(default_factory=dict)
    """What the page's workers say of the archive."""


WRONG = {
    "another archive": Wrong(
        _list_another_archive, "index-archive", ("index.json",), {"digest": "0" * 64}
    ),
    "signature": Wrong(_sign_otherwise, "index-signature", ("index.sig",)),
    "supplement": Wrong(
        lambda place: shutil.rmtree(place / "supplement"),
        "index-archive",
        report={"supplement": False, "devices": []},
    ),
    "strong proofs": Wrong(
        lambda place: (place / "supplement" / "decryptions.json").unlink(),
        "decryption-proof",
        report={"faults": 1},
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_nobody_is_elected_by_what_is_wrong(page: PageProcess, tmp_path: Path, name: str) -> None:
    """Whose archives they are nobody knows then, and a forger's winner must not be said."""
    case = WRONG[name]
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    spoilt = published()
    spoilt["ballots"] += 1
    (tmp_path / "result.json").write_text(json.dumps(spoilt, ensure_ascii=False), encoding="utf-8")
    case.spoil(tmp_path)
    verdict = judge_index(tmp_path / "index.json", None, NUMBER, None, ALONE)
    reasons = {str(one.reason) for one in verdict.failures}
    assert case.reason in reasons
    assert "result-differs" not in reasons
    assert verdict.elected == ()
    files = {
        each: (tmp_path / each).read_bytes().decode("latin-1" if "sig" in each else "utf-8")
        for each in ("result.json", *case.files)
    }
    wrong, _, (said, _) = page_says(page, tmp_path, files=files, report=case.report)
    assert case.reason in wrong or "faults" in case.report
    assert "result-differs" not in wrong
    assert said == []


@pytest.mark.parametrize("older", [False, True])
def test_index_of_any_name_is_judged(tmp_path: Path, older: bool) -> None:
    """A downloaded `index (1).json`, alone or beside another index, is the one that is read."""
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    index = (tmp_path / "index.json").rename(tmp_path / "index (1).json")
    if older:
        other = json.loads(index.read_bytes())
        other["batches"][0]["name"] = "batch-of-another"
        (tmp_path / "index.json").write_text(json.dumps(other), encoding="utf-8")
    verdict = judge_index(index, None, NUMBER, None, ALONE)
    assert verdict.failures == ()
    assert [person.code for person in verdict.elected] == ["10"]
    result = published()
    result["ballots"] += 1
    (tmp_path / "result.json").write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")
    verdict = judge_index(index, None, NUMBER, None, ALONE)
    assert {str(one.reason) for one in verdict.failures} == {"result-differs"}


# ---------------------------------------------------------------- drawn contests


def drawn_contest(draw: Random, place: int) -> PublishedContest:
    """Draw a contest of either form, with lists or without, and names of all kinds."""
    form = draw.choice(list(BallotForm))
    people, slates = draw.randint(1, 7), draw.randint(0, 3) if form is BallotForm.SLOTS else 0
    width = 3
    of = [draw.choice([None, *range(slates)]) for _ in range(people)]

    def name(kind: str, number: int) -> Text:
        fa = f"{kind} {number}" + draw.choice(["", "", " \u202e{x}", "\n'"])
        return Text(fa, draw.choice(["", f"{kind} {number} in English"]))

    codes = [f"{code:0{width}d}" for code in draw.sample(range(10, 90), people)]
    lists = [f"{900 + number}" for number in range(slates)]
    return PublishedContest(
        f"contest-{place}",
        name("انتخابات", place),
        draw.randint(1, 5),
        draw.randint(1, 4),
        form,
        "099",
        tuple(
            PublishedList(
                code,
                name("فهرست", number),
                tuple(each for each, own in zip(codes, of, strict=True) if own == number),
            )
            for number, code in enumerate(lists)
        ),
        tuple(
            PublishedCandidate(code, name("نامزد", number), None if own is None else lists[own])
            for number, (code, own) in enumerate(zip(codes, of, strict=True))
        ),
    )


def drawn_questions(draw: Random, contest: PublishedContest, ballots: int) -> list[QuestionResult]:
    """Draw what was decrypted, bounds broken or not."""
    if contest.form is BallotForm.CHOICE:
        most = max(1, ballots * (2 if draw.random() < 0.1 else 1) // 2)
        return [
            QuestionCounts(tuple(draw.randint(0, most) for _ in range(len(contest.candidates) + 1)))
        ]
    persons = [int(each.code) for each in contest.candidates]
    lists = [int(each.code) for each in contest.lists]
    pool = [0, 0, 0, *persons, *persons, *lists, 99]
    if draw.random() < 0.3:
        pool += [7, 1 << 200]
    found: list[QuestionResult] = []
    for _ in range(contest.questions):
        rows = tuple(tuple(draw.choice(pool).to_bytes(30, "big")) for _ in range(ballots))
        crooked = [row for row in range(ballots) if draw.random() < 0.05]
        found.append(SlotRows(rows, tuple(crooked) if draw.random() < 0.4 else ()))
    return found


def crooked_of(question: QuestionResult) -> dict[str, int]:
    """Return the irregular rows as the page has them."""
    found: dict[str, int] = {}
    if isinstance(question, SlotRows):
        for place in question.irregular:
            key = ",".join(map(str, question.rows[place]))
            found[key] = found.get(key, 0) + 1
    return found


def of_the_page(
    definition: str, result: str, rule: SeatRule, ballots: int, together: TallyResult
) -> dict[str, Json]:
    """Return what the page is given in the example's places, with an index that fits."""
    index = json.loads(INDEX.read_bytes())
    sums = published_sums(together)
    return {
        "files": {"result.json": result, "definition.json": definition},
        "index": {
            "ballots": ballots,
            "sums": sums,
            "batches": [{**each, "ballots": ballots} for each in index["batches"]],
        },
        "register": {
            "definition": hashlib.sha256(definition.encode()).hexdigest(),
            "seats": {
                "denominator": rule.denominator,
                "remainder": rule.remainder,
                "lot": rule.lot,
            },
        },
        "report": {
            "ballots": ballots,
            "sums": sums,
            "crooked": [crooked_of(one) for one in together.questions],
        },
    }


@pytest.mark.parametrize("seed", [LOT, "", "another"])
def test_recorded_lot_decides_the_last_seat(page: PageProcess, folder: Path, seed: str) -> None:
    """Two are equal for one seat: the lot that is recorded decides, whatever seed the file names."""
    report, anchor = verified()
    assert anchor.published is not None
    register, index = anchor.published.register, read_index(INDEX)
    definition = from_json(PublishedDefinition, (EXAMPLE / "definition.json").read_bytes())
    ((name, archive),) = report.archives.items()
    ballots = len(archive.ballots)
    codes = ([11, 12] * ballots)[: ballots // 2 * 2] + [0] * (ballots % 2)
    rows = tuple(tuple(code.to_bytes(30, "big")) for code in codes)
    together = TallyResult((SlotRows(rows, ()),))
    text = to_json(definition).decode()
    digest = hashlib.sha256(text.encode()).digest()
    known = replace(register, definition=digest)
    (folder / "definition.json").write_text(text, encoding="utf-8")
    follows = following_result(definition, known, index, together, ballots, [LOT])
    assert follows is not None
    said = json.loads(result_json(follows))
    assert "By lot" in json.dumps(said)
    (allocation,) = (contest["allocation"] for contest in said["contests"])
    (group,) = allocation["groups"]
    chosen = [one["code"] for one in group["elected"]]
    allocation["parameters"]["seed"] = seed
    result = json.dumps(said, ensure_ascii=False)
    (folder / "result.json").write_text(result, encoding="utf-8")
    forged = replace(report, archives={name: replace(archive, result=together)})
    believed = replace(anchor, published=replace(anchor.published, register=known))
    ours = check_result(folder / "index.json", forged, believed)
    others = of_the_page(text, result, register.seats, ballots, together)
    wrong, _, (elected, _) = page_says(page, folder, **others)
    (folder / "definition.json").write_bytes((EXAMPLE / "definition.json").read_bytes())
    assert bool(ours.failures) == ("result-differs" in wrong) == (seed != LOT)
    assert [one.code for one in ours.elected] == [one["code"] for one in elected] == chosen
    assert chosen in (["11"], ["12"])


def test_both_compute_the_same_result(page: PageProcess, tmp_path: Path) -> None:
    """Of any contests, votes and rules: counts, seats, lots, sentences, readings and outcomes."""
    draw = Random(SEED)
    _, anchor = verified()
    assert anchor.published is not None
    register, index = anchor.published.register, read_index(INDEX)
    base = from_json(PublishedDefinition, (EXAMPLE / "definition.json").read_bytes())
    elected = tied = 0
    for _ in range(DRAWN):
        contests = tuple(drawn_contest(draw, place) for place in range(draw.randint(1, 3)))
        ballots = draw.choice([0, 1, 3, 8, 20, 60])
        questions = [one for each in contests for one in drawn_questions(draw, each, ballots)]
        rule = SeatRule(
            draw.choice(list(Denominator)).value,
            draw.choice(list(RemainderSeats)).value,
            register.seats.lot,
        )
        definition = replace(base, contests=contests)
        seeds = [draw.choice(["", LOT]) for _ in contests]
        together = TallyResult(tuple(questions))
        known = replace(register, seats=rule)
        follows = following_result(definition, known, index, together, ballots, seeds)
        assert follows is not None
        # Where nobody is elected, no seed stands in the file: then the recorded lot is drawn.
        seeds = [
            LOT if one.allocation is None else seed
            for one, seed in zip(follows.contests, seeds, strict=True)
        ]
        follows = following_result(definition, known, index, together, ballots, seeds)
        assert follows is not None
        result, text = result_json(follows).decode(), to_json(definition).decode()
        others = of_the_page(text, result, rule, ballots, together)
        _, _, (said, findings) = page_says(page, tmp_path, **others)
        assert [one for one in findings if one["reason"] == "result-differs"] == [], others
        # The recorded lot decides who is elected, whatever the file drew with.
        lots = [LOT for _ in contests]
        drawn = following_result(definition, known, index, together, ballots, lots)
        assert drawn is not None
        groups = [each.allocation.groups for each in drawn.contests if each.allocation]
        persons = [person for of in groups for group in of for person in group.elected]
        assert [int(one["code"]) for one in said] == [int(person.code) for person in persons]
        elected += len(persons)
        tied += "By lot" in result
    assert elected
    assert tied or DRAWN <= FEW


# ---------------------------------------------------------------- archives of other contests


def _more_contests(contests: list[PublishedContest]) -> list[PublishedContest]:
    return [*contests, replace(contests[0], id="another")]


def _other_form(contests: list[PublishedContest]) -> list[PublishedContest]:
    return [replace(contests[0], form=BallotForm.CHOICE, max_selections=1)]


@dataclass(frozen=True, slots=True)
class OtherContests:
    """What the definition asks, and what the archives were asked, from the example's own."""

    contests: Callable[[list[PublishedContest]], list[PublishedContest]] = list
    questions: Callable[[tuple[QuestionResult, ...]], tuple[QuestionResult, ...]] = tuple


COUNTS = QuestionCounts((1, 1, 1))
OTHER_CONTESTS = {
    "a contest more than the archives have": OtherContests(_more_contests),
    "archives of no contest": OtherContests(questions=lambda _: ()),
    "archives of one contest more": OtherContests(questions=lambda own: (*own, *own)),
    "rows where the contest has counts": OtherContests(_other_form),
    "counts where the contest has rows": OtherContests(questions=lambda _: (COUNTS,)),
    "a choice among other people": OtherContests(_other_form, lambda _: (COUNTS,)),
    "a row less than there are ballots": OtherContests(
        questions=lambda own: tuple(
            SlotRows(one.rows[1:], ()) for one in own if isinstance(one, SlotRows)
        )
    ),
}


@pytest.mark.parametrize("name", OTHER_CONTESTS)
def test_nobody_is_elected_by_archives_of_other_contests(
    page: PageProcess, folder: Path, name: str
) -> None:
    """Neither in the contest that they lack nor in the others: whose votes they are nobody knows."""
    case = OTHER_CONTESTS[name]
    report, anchor = verified()
    assert anchor.published is not None
    ((batch, archive),) = report.archives.items()
    assert archive.result is not None
    ballots, register = len(archive.ballots), anchor.published.register
    own = from_json(PublishedDefinition, (EXAMPLE / "definition.json").read_bytes())
    questions = case.questions(archive.result.questions)
    definition = replace(own, contests=tuple(case.contests(list(own.contests))))
    text, result = to_json(definition).decode(), json.dumps(published(), ensure_ascii=False)
    known = replace(register, definition=hashlib.sha256(text.encode()).digest())
    (folder / "definition.json").write_text(text, encoding="utf-8")
    (folder / "result.json").write_text(result, encoding="utf-8")
    together = TallyResult(questions)
    forged = replace(report, archives={batch: replace(archive, result=together)})
    believed = replace(anchor, published=replace(anchor.published, register=known))
    said = check_result(folder / "index.json", forged, believed)
    others = of_the_page(text, result, register.seats, ballots, together)
    _, _, (elected, findings) = page_says(page, folder, **others)
    (folder / "definition.json").write_bytes((EXAMPLE / "definition.json").read_bytes())
    of_result = [one["entry"] for one in findings if one["reason"] == "result-differs"]
    assert [one.entry for one in said.failures] == of_result == ["definition.json"]
    assert said.elected == ()
    assert elected == []


def test_archives_that_were_asked_different_questions(page: PageProcess, tmp_path: Path) -> None:
    """What two archives give is not added up, and the page says so by name."""
    (batch,) = json.loads(INDEX.read_bytes())["batches"]
    other = {**batch, "name": "another"}
    for sums in ([], [[1, 2]], [[1, 2], [3]]):
        wrong, _, (elected, _) = page_says(
            page, tmp_path, index={"batches": [batch, other]}, more={"another": {"sums": sums}}
        )
        assert "index-sums" in wrong
        assert "result-differs" not in wrong
        assert elected == []


def test_rule_that_is_none_is_kept_by_nobody(page: PageProcess, folder: Path) -> None:
    """A register that names another rule than there are has no seats, whatever the result says."""
    _, anchor = verified()
    assert anchor.published is not None
    register, result = anchor.published.register, published()
    rule = {"denominator": "x", "remainder": "x", "lot": register.seats.lot}
    for contest in result["contests"]:
        parameters = contest["allocation"]["parameters"]
        parameters |= {"denominator": "x", "remainder_seats": "x"}
    text = json.dumps(result, ensure_ascii=False)
    (folder / "result.json").write_text(text, encoding="utf-8")
    known = replace(register, seats=SeatRule(**rule))
    ours = {str(one.reason) for one in check_seats(known, folder)}
    wrong, _, (elected, _) = page_says(
        page, folder, files={"result.json": text}, register={"seats": rule}
    )
    assert ours == {"register-seats"}
    assert wrong >= {"register-seats", "result-differs"}
    assert elected == []
