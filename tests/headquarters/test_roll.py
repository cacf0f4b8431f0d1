"""A roll is made by two offices: headquarters sees no key, the evaluator sees nobody."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crypto import oprf
from election.errors import ElectionError, ManifestError
from election.files import read_file
from election.recorded import RecordedKind
from election.roll import LIST_FILE, ROLL, TABLE_FILE, find_roll, roll_input
from headquarters import roll
from headquarters.offices import Office, load_pseudonyms_key, make_office
from headquarters.preparation import new_election
from headquarters.recorded_lists import kept_recordings
from headquarters.roll import RollError, answer, ask, finish
from headquarters.tally.work import ALONE, Work
from headquarters.workspace import ElectionFolder, load_plan
from simulators.people import national_number
from tests.headquarters.unlocking import unlock
from words.message import Latin, m

ANNA, BERTA = "0499370899", "0013542419"
SPRING = date(1979, 3, 21)
NOW = datetime.now(UTC).replace(microsecond=0)
DAY = (NOW + timedelta(days=30)).date()


def people_of(*rows: str, head: str = "national_number,born") -> bytes:
    return "\r\n".join([head, *rows, ""]).encode("utf-8-sig")


class Offices:
    def __init__(self, folder: Path) -> None:
        self.election = ElectionFolder(folder / "election")
        new_election(self.election, "آزمایش", DAY, 1, NOW, lambda _: True, unlock, rehearsal=True)
        self.own = folder / "evaluator"
        make_office(self.own, Office.EVALUATOR, unlock, rehearsal=True)
        make_office(folder / "registry", Office.REGISTRY, unlock)
        self.election.offices.mkdir(exist_ok=True)
        for office, own in ((Office.EVALUATOR, self.own), (Office.REGISTRY, folder / "registry")):
            name = f"{office}.json"
            (self.election.offices / name).write_bytes((own / name).read_bytes())
        self.people, self.asked, self.answered = (folder / x for x in ("people.csv", "a", "b"))
        self.uuid = load_plan(self.election).uuid

    def ask(self, table: bytes, work: Work = ALONE) -> str:
        self.people.write_bytes(table)
        return str(ask(self.election, self.people, self.asked, work))

    def answer(self, own: Path | None = None, work: Work = ALONE) -> None:
        answer(own or self.own, self.asked, self.answered, lambda _: True, unlock, work)

    def finish(self, work: Work = ALONE) -> str:
        return str(finish(self.election, self.people, self.answered, work))

    def has(self, number: str, born: date) -> bool:
        """Ask the roll that is made, as a station does."""
        found = find_roll(self.election.roll, *kept_recordings(self.election))
        key = load_pseudonyms_key(self.own, unlock).apart(ROLL)
        blinded = oprf.blind(roll_input(self.uuid, number, born))
        with closing(found):
            (output,) = oprf.finalize([blinded], key.evaluate([blinded.element]), found.key)
            return found.has(output)


@pytest.fixture
def offices(tmp_path: Path) -> Offices:
    return Offices(tmp_path)


def test_a_roll_says_yes_to_number_and_date_together(offices: Offices) -> None:
    offices.ask(people_of(f"{ANNA},1979-03-21", f"{BERTA},1358/01/02", f"{ANNA},1979-03-21"))
    offices.answer()
    offices.finish()
    assert offices.has(ANNA, SPRING)
    assert offices.has(BERTA, date(1979, 3, 22))
    assert not offices.has(ANNA, date(1979, 3, 22))
    assert not offices.has(BERTA, SPRING)
    assert len(read_file(offices.election.roll / TABLE_FILE, 99)) == 16, (
        "who stands twice is once in it"
    )
    assert [x.kind for x in kept_recordings(offices.election)] == [RecordedKind.ROLL]
    assert {x.name for x in offices.election.roll.iterdir()} == {LIST_FILE, TABLE_FILE}


def test_several_proofs_and_cores_make_the_same_roll(offices: Offices) -> None:
    rng = random.Random(1)
    numbers = sorted({national_number(rng) for _ in range(600)})
    table = people_of(*(f"{number},1990-01-{1 + n % 28:02}" for n, number in enumerate(numbers)))
    with ThreadPoolExecutor(3) as executor:
        work = Work(executor)
        offices.ask(table, work)
        offices.answer(work=work)
        offices.finish(work)
    first = read_file(offices.election.roll / TABLE_FILE, 1 << 20)
    assert len(first) == 8 * len(numbers)
    assert offices.has(numbers[-1], date(1990, 1, 1 + (len(numbers) - 1) % 28))
    offices.ask(table)
    offices.answer()
    offices.finish()
    assert read_file(offices.election.roll / TABLE_FILE, 1 << 20) == first


def test_nothing_on_the_way_names_anybody(offices: Offices) -> None:
    """The same people are asked for in other bytes each time, and no file of it knows a number."""
    table = people_of(f"{ANNA},1979-03-21")
    offices.ask(table)
    first = offices.asked.read_bytes()
    offices.ask(table)
    assert offices.asked.read_bytes() != first
    offices.answer()
    offices.finish()
    inside = oprf.blind(roll_input(offices.uuid, ANNA, SPRING), lambda: b"\x01" + bytes(31)).element
    files = [offices.asked, offices.answered, *offices.election.roll.iterdir()]
    for path in files:
        assert ANNA.encode() not in path.read_bytes()
        assert inside not in path.read_bytes()


def test_the_key_of_the_roll_makes_no_pseudonym(offices: Offices) -> None:
    """What headquarters asks could be pseudonyms' inputs, and the evaluator could not see it."""
    offices.ask(people_of(f"{ANNA},1979-03-21"))
    offices.answer()
    pseudonyms = load_pseudonyms_key(offices.own, unlock)
    asked, answered = offices.asked.read_bytes()[16:48], offices.answered.read_bytes()
    (under_other,) = pseudonyms.evaluate([asked]).elements
    (under_own,) = pseudonyms.apart(ROLL).evaluate([asked]).elements
    assert under_other not in answered
    assert under_own in answered


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("born;national_number", "21.3.1979;499370899"),
        ("National_Number;Born", "۰۴۹۹۳۷۰۸۹۹;۱۳۵۸/۱/۱"),
        ("national_number\tborn", "499370899\t13580101"),
        ("national_number,born", '"0499370899", 1979.3.21 '),
        ("national_number,born", f"{ANNA},1979-03-21 00:00:00"),
        ("national_number,born", f"{ANNA},1979-03-21T00:00:00.000"),
        ("national_number,born", "\u200e499370899\u200f,\u200f۱۳۵۸/۰۱/۰۱\u200e"),
    ],
)
def test_tables_as_spreadsheets_write_them(offices: Offices, head: str, row: str) -> None:
    if row.startswith("21."):
        row = "1979.3.21;499370899"
    offices.ask(people_of(row, head=head))
    offices.answer()
    offices.finish()
    assert offices.has(ANNA, SPRING)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            people_of(f"{ANNA},1979-03-21", "0499370898,1979-03-21"),
            "line 3, column national_number",
        ),
        (people_of(f"{ANNA},1979-02-30"), "line 2, column born"),
        (people_of(f"{ANNA},2999-01-01"), "line 2, column born"),
        (people_of(f"{ANNA},1979-03"), "line 2, column born"),
        (people_of(f"{ANNA},²000-01-01"), "line 2, column born"),
        (people_of(f"{ANNA},1979-03-21 12:30:00"), "line 2, column born"),
        (people_of(f"{ANNA},1310/13/00"), "line 2, column born"),
        (people_of(f"{ANNA},"), "line 2, column born"),
        (people_of("²499370899,1979-03-21"), "line 2, column national_number"),
        (people_of(f"{ANNA}"), "line 2"),
        (people_of(f"{ANNA},1979-03-21", head="number,born"), "line 1"),
        (people_of(f"{ANNA},1979-03-21") + b"\xff\xfe,\n", "not UTF-8"),
        (b"", "empty"),
        (b"PK\x03\x04 a workbook", "CSV"),
        ("national_number".encode("utf-16"), "UTF-16"),
    ],
)
def test_a_table_that_cannot_be_used_is_told_by_its_line(
    offices: Offices, table: bytes, said: str
) -> None:
    with pytest.raises(ManifestError) as refused:
        offices.ask(table)
    assert said in str(refused.value)
    assert ANNA not in str(refused.value)
    assert not offices.asked.exists()


def test_whose_day_is_not_known_is_left_out_and_counted(offices: Offices) -> None:
    unknown = [f"{BERTA},{day}" for day in ("1310/00/00", "۱۳۱۰/۵/۰", "19310000", "0000-00-00")]
    told = offices.ask(people_of(unknown[0], f"{ANNA},1979-03-21", *unknown[1:]))
    assert "asks for 1 people" in told
    left_out = "4 people whose day of birth is not known were left out."
    assert told.endswith(left_out)
    offices.answer()
    assert offices.finish().endswith(left_out)
    assert offices.has(ANNA, SPRING)
    assert len(read_file(offices.election.roll / TABLE_FILE, 99)) == 8
    with pytest.raises(RollError, match="1 to"):
        offices.ask(people_of(*unknown))
    assert "left out" not in offices.ask(people_of(f"{ANNA},1979-03-21"))


TYPED = st.text("0123456789۰۹²௧/-.: T\u200e") | st.from_regex(
    r"[0-9²]{1,5}[-/.][0-9]{1,2}[-/.][0-9]{1,2}( 00:00:00)?", fullmatch=True
)


@given(TYPED | st.text())
@example("²000-01-01")
@example("0001/01/01")
@example("9999-12-31")
@example("1699/12/30")
def test_whatever_is_typed_is_a_day_or_refused_by_its_line(text: str) -> None:
    place, tidy = m("{name}, line 2", name=Latin("x")), roll._tidy("born", text)
    try:
        born = roll._born(tidy, DAY, place)
    except ManifestError as error:
        said = str(error)
    else:
        assert born is None or born <= DAY
        return
    assert said.startswith("x, line 2, column born")


def test_making_it_leaves_no_entries_in_the_order_of_the_people(
    offices: Offices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is killed cleans nothing up: what has a name while it sorts would stay."""
    offices.ask(people_of(f"{ANNA},1979-03-21", f"{BERTA},1979-03-22"))
    offices.answer()
    seen: list[str] = []

    def killed(*_: object) -> tuple[int, str]:
        seen.extend(path.name for path in offices.election.roll.rglob("*"))
        raise RollError.of("killed")

    monkeypatch.setattr(roll._Sorted, "write", killed)
    with pytest.raises(RollError, match="killed"):
        offices.finish()
    assert seen == ["seed"]


def test_nobody_is_no_roll(offices: Offices) -> None:
    with pytest.raises(RollError, match="1 to"):
        offices.ask(people_of())


def test_only_the_answer_to_this_question_makes_a_roll(offices: Offices, tmp_path: Path) -> None:
    table = people_of(f"{ANNA},1979-03-21", f"{BERTA},1979-03-22")
    offices.ask(table)
    offices.answer()
    earlier = offices.answered.read_bytes()
    offices.ask(table)
    with pytest.raises(RollError, match="ask again"):
        offices.finish()
    offices.answer()
    good = offices.answered.read_bytes()
    for place in (0, 20, 60, 90, 120, 150, 200, len(good) - 3400, len(good) - 1):
        offices.answered.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        with pytest.raises(RollError):
            offices.finish()
    for cut in (earlier[:10], good[:-1], good + b"\0", b""):
        offices.answered.write_bytes(cut)
        with pytest.raises(RollError):
            offices.finish()
    offices.answered.write_bytes(good)
    for other in (
        people_of(f"{ANNA},1979-03-21"),
        people_of(f"{BERTA},1979-03-22", f"{ANNA},1979-03-21"),
        people_of(f"{ANNA},1979-03-21", f"{BERTA},1979-03-22", f"{BERTA},1979-03-23"),
    ):
        offices.people.write_bytes(other)
        with pytest.raises(RollError, match="ask again"):
            offices.finish()
    assert not (offices.election.roll / TABLE_FILE).exists()
    offices.people.write_bytes(table)
    offices.finish()
    with pytest.raises(RollError, match="nothing was asked"):
        offices.finish()


def test_another_evaluator_is_not_believed(offices: Offices, tmp_path: Path) -> None:
    offices.ask(people_of(f"{ANNA},1979-03-21"))
    make_office(tmp_path / "other", Office.EVALUATOR, unlock)
    offices.answer(tmp_path / "other")
    with pytest.raises(RollError, match="another evaluator"):
        offices.finish()
    (offices.election.offices / "evaluator.json").unlink()
    with pytest.raises(RollError, match=r"no evaluator\.json"):
        offices.ask(people_of(f"{ANNA},1979-03-21"))


def test_the_evaluator_answers_after_it_was_compared_and_no_other_file(
    offices: Offices, tmp_path: Path
) -> None:
    said = offices.ask(people_of(f"{ANNA},1979-03-21"))
    shown: list[str] = []

    def refuse(question: object) -> bool:
        shown.append(str(question))
        return False

    with pytest.raises(RollError, match="nothing was answered"):
        answer(offices.own, offices.asked, offices.answered, refuse, unlock, ALONE)
    (digest,) = {word for word in said.replace(".", " ").split() if len(word) == 64}
    assert digest in shown[0]
    assert not offices.answered.exists()
    for wrong in (b"", b"amin roll asked\n", b"amin roll asked\n" + bytes(31), b"x" * 48):
        offices.asked.write_bytes(wrong)
        with pytest.raises(RollError, match="no question"):
            offices.answer()
    offices.asked.write_bytes(b"amin roll asked\n" + b"\xff" * 32)
    with pytest.raises(RollError, match="damaged"):
        offices.answer()
    assert not offices.answered.exists()


def test_a_package_vouches_for_no_roll_with_another_table(offices: Offices) -> None:
    offices.ask(people_of(f"{ANNA},1979-03-21"))
    offices.answer()
    offices.finish()
    (offices.election.roll / TABLE_FILE).write_bytes(bytes(8))
    with pytest.raises(ElectionError, match="make the roll again"):
        kept_recordings(offices.election)
