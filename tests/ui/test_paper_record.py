"""The paper record as dots: one form for all, one length, and a code that an independent reader reads."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image
from pytestqt.qtbot import QtBot

from election.definition import ENGLISH, PERSIAN, Contest, Election, Text
from election.marks import Marks
from election.paper_record import is_record_of, read_record, record_text
from election.papers import PaperMark, PaperRecord, TrackingSlip
from tests.ui.sample import TRACKING, make_sample
from ui.paper_record import render_mark, render_record, render_slip
from ui.strip import ReceiptRaster
from words.languages import installed

T, LATIN = installed().speaker(PERSIAN), installed().speaker(ENGLISH)
FEW = 240


@pytest.fixture(scope="module")
def election() -> Election:
    from tests.election.samples import sample

    made = make_sample(FEW)
    return replace(
        sample().election, contests=(made.council, made.experts), name=Text("انتخابات", "Election")
    )


def drawn(election: Election, *marks: Marks, width: int = 576) -> ReceiptRaster:
    return render_record(PaperRecord.of(election, marks), T, LATIN, width)


def scanned(raster: ReceiptRaster) -> list[str]:
    page = Image.frombytes(
        "1", (raster.width_px, raster.height_px), bytes(255 ^ x for x in raster.rows)
    )
    return [each.text for each in zxingcpp.read_barcodes(page.convert("L"))]


def any_marks(rng: random.Random, contest: Contest) -> Marks:
    kind = rng.choice("PPPLBN")
    if kind == "L" and contest.lists:
        return Marks(contest.id, list_code=rng.choice(contest.lists).code)
    if kind in "BN":
        return Marks(contest.id, blank=kind == "B", skipped=kind == "N")
    most = rng.choice([1, contest.max_selections, rng.randint(1, contest.max_selections)])
    return Marks(contest.id, tuple(c.code for c in rng.sample(contest.candidates, most)))


@pytest.mark.parametrize("width", [576, 384])
def test_all_votes_have_one_length_and_their_codes_are_read_from_the_dots(
    qtbot: QtBot, election: Election, width: int
) -> None:
    rng = random.Random(width)
    lengths = set()
    for _ in range(12):
        vote = tuple(any_marks(rng, contest) for contest in election.contests)
        raster = drawn(election, *vote, width=width)
        lengths.add(raster.height_px)
        (text,) = scanned(raster)
        assert is_record_of(read_record(election, text), vote)
        assert text == record_text(election, vote)
    assert len(lengths) == 1


def test_the_order_of_marking_and_the_ballot_style_are_not_on_it(
    qtbot: QtBot, election: Election
) -> None:
    council, experts = election.contests
    codes = tuple(c.code for c in council.candidates[3:60:9])
    skipped = Marks(experts.id, skipped=True)
    one = drawn(election, Marks(council.id, codes), skipped)
    assert drawn(election, Marks(council.id, codes[::-1]), skipped).rows == one.rows
    assert drawn(election, Marks(council.id, codes)).rows == one.rows


def test_a_name_of_sixty_letters_and_a_list_lengthen_no_single_paper(
    qtbot: QtBot, election: Election
) -> None:
    council, experts = election.contests
    long = replace(council.candidates[0], name=Text("نام بسیار دراز " * 4, "Long"))
    other = replace(council, candidates=(long, *council.candidates[1:]))
    longer = replace(election, contests=(other, experts))
    lengths = {
        drawn(longer, *marks).height_px
        for marks in (
            (Marks(council.id, (long.code,)),),
            (Marks(council.id, (council.candidates[1].code,)),),
            (Marks(council.id, list_code=council.lists[0].code),),
            (Marks(council.id, blank=True),),
        )
    }
    assert len(lengths) == 1
    assert lengths.pop() > drawn(election, Marks(council.id, blank=True)).height_px


def test_every_place_is_filled_so_that_nothing_can_be_added_by_hand(
    qtbot: QtBot, election: Election
) -> None:
    council, _ = election.contests
    blank = drawn(election, Marks(council.id, blank=True))
    width = blank.width_px // 8
    inked = [any(blank.rows[y * width : (y + 1) * width]) for y in range(blank.height_px)]
    longest = max(len(run) for run in "".join("x" if i else " " for i in inked).split("x"))
    assert longest < 60, "no white place of the height of a name"


def test_the_two_words_are_unlike_and_of_one_length(qtbot: QtBot) -> None:
    recorded, void = (render_mark(each, T, LATIN) for each in PaperMark)
    assert recorded.height_px == void.height_px

    def black(raster: ReceiptRaster) -> int:
        return sum(byte.bit_count() for byte in raster.rows)

    assert black(void) > 4 * black(recorded)


def test_a_rehearsal_is_not_a_paper_of_the_day(qtbot: QtBot, election: Election) -> None:
    rehearsal, real = (replace(election, rehearsal=each) for each in (True, False))
    assert drawn(rehearsal).height_px > drawn(real).height_px


def test_the_slip_holds_the_tracking_code_and_nothing_of_the_vote(qtbot: QtBot) -> None:
    slip = TrackingSlip(Text("انتخابات", "Election"), TRACKING)
    one = render_slip(slip, T, LATIN)
    assert scanned(one) == [TRACKING]
    assert render_slip(slip, T, LATIN).rows == one.rows
