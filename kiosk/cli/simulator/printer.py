"""A simulated receipt printer: its paper, cover and cutter, and its receipts as pictures."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from kiosk.cli.simulator.host import Value
from kiosk.cli.simulator.serial import SerialDevice, link
from simulators.control import GOOD, Command, ControlError, Device, Turn
from simulators.printer.escpos import EscposSimulator, Receipt, Trouble

TROUBLES: Final[Mapping[tuple[str, str], Trouble]] = {
    ("paper", "out"): Trouble.PAPER_END,
    ("paper", "low"): Trouble.PAPER_NEAR_END,
    ("cover", "open"): Trouble.COVER_OPEN,
    ("cutter", "jam"): Trouble.CUTTER_JAM,
    ("head", "hot"): Trouble.HEAD_HOT,
    ("mechanics", "broken"): Trouble.MECHANICAL,
    ("button", "offline"): Trouble.OFFLINE,
}


class PrinterDevice(SerialDevice):
    device = Device.PRINTER

    def __init__(self, printer: EscposSimulator) -> None:
        super().__init__(printer)
        self._printer = printer
        self._parts = {part: GOOD for part, _ in TROUBLES}

    def obey(self, command: Command) -> None:
        match command:
            case Turn(part, state, after) if state == GOOD:
                if after:
                    raise ControlError(f"`{part} {GOOD}` is at once; leave `after` away")
                for (of, _), trouble in TROUBLES.items():
                    if of == part:
                        self._printer.mend(trouble)
                self._parts[part] = GOOD
            case Turn(part, state, after):
                self._printer.cause(TROUBLES[part, state], after_rows=after)
                self._parts[part] = state if not after else f"{state} after {after}"
            case _:
                super().obey(command)

    def state(self) -> Mapping[str, Value]:
        return {
            **super().state(),
            **self._parts,
            "paper_left_mm": round(self._printer.paper_left_mm(), 1),
            "hanging_rows": self._printer.hanging(),
            "receipts": len(self._printer.receipts()),
        }


@contextlib.contextmanager
def open_printer(
    given_link: Path | None,
    baud: int,
    *,
    width_px: int,
    paced: bool,
    holds_line: bool,
    seed: int,
    out: Path | None,
) -> Iterator[PrinterDevice]:
    """A printer that listens; its receipts go to `out` as PNG. Raises `LinkError`."""
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)

    def keep(receipt: Receipt) -> None:
        if out is not None:
            (out / f"receipt-{receipt.number:04}.png").write_bytes(receipt.png())

    with (
        link(given_link, "printer") as path,
        EscposSimulator(
            path,
            baud=baud,
            width_px=width_px,
            seed=seed,
            paced=paced,
            holds_line=holds_line,
            on_receipt=keep,
        ) as printer,
    ):
        yield PrinterDevice(printer)
