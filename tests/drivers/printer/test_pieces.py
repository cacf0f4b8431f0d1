"""One piece of paper at a time: what hangs out is known, or cut off before the next."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from drivers.errors import DeviceLostError
from drivers.printer.pieces import Pieces
from drivers.printer.seam import (
    PaperState,
    Piece,
    PrinterStatus,
    PrintOutcome,
    PrintResult,
    Raster,
)

DOTS = Raster(8, b"\xff")


class Fake:
    """Answers as it is told, and keeps what was asked."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.outcome = PrintOutcome.PRINTED
        self.lost = False

    def _ask(self, what: str) -> None:
        self.did.append(what)
        if self.lost:
            raise DeviceLostError("unplugged")

    def status(self) -> PrinterStatus:
        self._ask("status")
        return PrinterStatus(online=True, paper=PaperState.NEAR_END)

    def print_raster(
        self,
        bitmap: Raster,
        progress: Callable[[int], None] | None = None,
        *,
        piece: Piece = Piece.WHOLE,
    ) -> PrintResult:
        del progress
        self._ask(piece.name)
        return PrintResult(self.outcome, bitmap.height_px)

    def part(self) -> bool:
        self._ask("part")
        return True

    def cancel(self) -> None:
        raise AssertionError

    def close(self) -> None:
        raise AssertionError


def pieces() -> tuple[Fake, Pieces, list[bool]]:
    fake, told = Fake(), list[bool]()
    made = Pieces(fake, lambda: told.append(made.ready))
    made.look()
    assert told == [True]
    assert made.paper is PaperState.NEAR_END
    assert fake.did == ["part", "status"], "what an earlier run left is cut off first"
    fake.did.clear()
    return fake, made, told


def test_a_piece_hangs_from_its_beginning_to_its_end() -> None:
    fake, made, told = pieces()
    assert made.begin(DOTS) is PrintOutcome.PRINTED
    assert made.hanging
    made.look()
    assert fake.did == ["BEGIN"], "nobody looks at a piece that hangs"
    assert made.end(DOTS)
    assert not made.hanging
    made.look()
    assert fake.did == ["BEGIN", "END", "status"], "nothing is left to be cut off"
    assert told == [True]


def test_a_piece_without_an_end_is_cut_off() -> None:
    fake, made, _ = pieces()
    made.begin(DOTS)
    made.drop()
    assert fake.did == ["BEGIN", "part", "status"]
    assert not made.hanging
    assert made.ready


@pytest.mark.parametrize("outcome", [PrintOutcome.UNKNOWN, PrintOutcome.NOT_STARTED])
def test_what_is_not_known_to_be_out_is_cut_off_and_never_half_a_piece_more(
    outcome: PrintOutcome,
) -> None:
    fake, made, told = pieces()
    fake.outcome = outcome
    assert made.begin(DOTS) is outcome
    assert not made.hanging
    assert told == [True, False]
    fake.did.clear()
    made.look()
    begun = outcome is PrintOutcome.UNKNOWN
    assert fake.did == (["part", "status"] if begun else ["status"])
    assert told == [True, False, True]


def test_a_printer_that_is_gone_is_not_ready() -> None:
    fake, made, told = pieces()
    fake.lost = True
    assert made.begin(DOTS) is PrintOutcome.NOT_STARTED
    assert not made.end(DOTS)
    made.drop()
    assert told == [True, False]
