"""The paper record of a vote, the word that ends it, and the voter's slip, drawn for the printer.

One form for every voter: every contest of the election in its order, codes ascending and in both digits,
unused places struck out, and one length for all votes of an election. Two papers of the same marks are the
same dots; language, text size, sound, ballot style and time are not in them.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QFont

from election.challenge import GROUPS, tracking_groups
from election.definition import Contest
from election.marks import Marks
from election.papers import PaperMark, PaperRecord, TrackingSlip
from ui.strip import (
    HEAD_PX,
    ROW_GAP,
    SMALL_PX,
    TEXT_PX,
    TITLE_PX,
    WIDTH_80_MM,
    ReceiptRaster,
    Strip,
)
from words.message import Message, m
from words.speaker import Speaker

SIDE_PER_DIGIT = 18.0
"""Dots of a column for each digit of a code."""
QR_DOTS = 300
STRUCK_OUT = "\N{EM DASH}" * 6
"""Stands in a place that is not used, so that nothing can be added by hand."""
WORDS = {
    PaperMark.RECORDED: (m("This vote is recorded"), m("Recorded")),
    PaperMark.VOID: (m("Void: does not count"), m("Void")),
}

Row = tuple[str, str, str]


def render_record(
    record: PaperRecord, t: Speaker, latin: Speaker, width_px: int = WIDTH_80_MM
) -> ReceiptRaster:
    """Return the paper of a vote. Raises RasterError.

    `t`: the election's language; `latin`: gives the second writing of codes and of the heading.
    """
    strip = Strip(t, width_px)
    strip.text(t.of(record.election), HEAD_PX, QFont.Weight.DemiBold, centred=True)
    heading = m("Paper record")
    strip.text(f"{t(heading)}  ·  {latin(heading)}", TEXT_PX, QFont.Weight.Bold, centred=True)
    if record.rehearsal:
        rehearsal = m("Rehearsal")
        strip.text(
            f"{t(rehearsal)}  ·  {latin(rehearsal)}", HEAD_PX, QFont.Weight.Bold, centred=True
        )
    strip.qr(record.code, QR_DOTS)
    for contest, marks in zip(record.contests, record.marks, strict=True):
        strip.rule()
        strip.text(t.of(contest.title), TEXT_PX, QFont.Weight.Bold, centred=False)
        end = strip.y + _longest(contest, t, strip)
        strip.text(t(_summary(contest, marks)), TEXT_PX, QFont.Weight.Normal, centred=False)
        side = _side(contest)
        for first, name, last in _rows(contest, marks, t, latin):
            strip.columns(first, name, last, side)
        strip.skip_to(end)
    strip.rule()
    return strip.raster()


def render_mark(
    mark: PaperMark, t: Speaker, latin: Speaker, width_px: int = WIDTH_80_MM
) -> ReceiptRaster:
    """Return the word that ends a paper; both are of one length. Raises RasterError."""
    strip = Strip(t, width_px)
    said, short = WORDS[mark]
    strip.skip_to(strip.y + ROW_GAP)
    strip.banner(f"{t(said)}  ·  {latin(short)}", white=mark is PaperMark.RECORDED)
    return strip.raster()


def render_slip(
    slip: TrackingSlip, t: Speaker, latin: Speaker, width_px: int = WIDTH_80_MM
) -> ReceiptRaster:
    """Return the voter's slip with the tracking number, in both digits and as QR. Raises RasterError."""
    strip = Strip(t, width_px)
    strip.text(t.of(slip.election), HEAD_PX, QFont.Weight.DemiBold, centred=True)
    if slip.rehearsal:
        strip.text(t("Rehearsal"), HEAD_PX, QFont.Weight.DemiBold, centred=True)
    strip.text(t("Your tracking number"), TITLE_PX, QFont.Weight.Bold, centred=True)
    groups = tracking_groups(slip.tracking)
    for speaker in (t, latin):
        for row in (groups[: GROUPS // 2], groups[GROUPS // 2 :]):
            strip.text(speaker.code("  ".join(row)), TITLE_PX, QFont.Weight.Bold, centred=True)
    strip.qr(slip.tracking)
    strip.text(
        t("With it you can find your sealed ballot in the public archive."),
        SMALL_PX, QFont.Weight.Normal, centred=False,
    )  # fmt: skip
    return strip.raster()


# ---------------------------------------------------------------- one contest


def _rows(contest: Contest, marks: Marks, t: Speaker, latin: Speaker) -> Iterator[Row]:
    """Yield a row for every place of the contest."""
    codes = marks.persons if marks.list_code is None else (marks.list_code,)
    for code in codes:
        found = contest.list_of(code) or contest.candidate(code)
        name = "" if found is None else t.of(found.name)
        written = contest.format_code(code)
        yield t.code(written), name, latin.code(written)
    for _ in range(contest.max_selections - len(codes)):
        yield STRUCK_OUT[:1], STRUCK_OUT, STRUCK_OUT[:1]


NO_PART = m("No part taken in this contest.")
BLANK = m("A blank vote: nobody is chosen.")
BY_LIST = m("One list chosen, with all its members.")


def _summary(contest: Contest, marks: Marks) -> Message:
    if marks.skipped:
        return NO_PART
    if marks.blank:
        return BLANK
    return BY_LIST if marks.list_code is not None else _count(contest, len(marks.persons))


def _count(contest: Contest, count: int) -> Message:
    return m("{count} of {most} chosen", count=count, most=contest.max_selections)


def _side(contest: Contest) -> float:
    return contest.code_width * SIDE_PER_DIGIT


def _longest(contest: Contest, t: Speaker, strip: Strip) -> float:
    """Return the dots that summary and rows of the longest possible vote in a contest take."""
    said = [NO_PART, BLANK, BY_LIST, _count(contest, contest.max_selections)]
    summary = max(strip.text_height(t(each)) for each in said)
    width = strip.middle_width(_side(contest))
    one = strip.height_of(STRUCK_OUT, width)
    names = [t.of(x.name) for x in contest.candidates]
    tallest = sorted(max(one, strip.height_of(name, width)) for name in names)
    persons = sum(tallest[-contest.max_selections :])
    persons += one * max(0, contest.max_selections - len(names))
    lists = [max(one, strip.height_of(t.of(x.name), width)) for x in contest.lists]
    by_list = max(lists, default=one) + one * (contest.max_selections - 1)
    return summary + max(persons, by_list) + contest.max_selections * ROW_GAP
