"""Simulated receipt printer: its paper, cover and cutter, and its receipts as pictures."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from drivers.printer.escpos import BAUD_DEFAULT
from simulators.commands.host import ControlValue
from simulators.commands.options import SerialWire
from simulators.commands.serial import SerialDevice, link
from simulators.control import ControlCommand, Happen, SimulatedDevice
from simulators.printer.escpos import EscposSimulator, Receipt


class PrinterDevice(SerialDevice):
    """Receipt printer that obeys control commands."""

    device = SimulatedDevice.PRINTER

    def __init__(self, printer: EscposSimulator) -> None:
        super().__init__(printer)
        self._printer = printer

    def obey(self, command: ControlCommand) -> None:
        """Begin or end a trouble, or do what any serial device can. Raises `ControlError`."""
        match command:
            case Happen(what, after):
                self._printer.strike(what, after_rows=after)
            case _:
                super().obey(command)

    def state(self) -> Mapping[str, ControlValue]:
        """Return the state of the printer and its paper, lengths in mm."""
        view = self._printer.view(0)
        return {
            **super().state(),
            "printer": view.state.value,
            "troubles": [trouble.value for trouble in view.troubles],
            "printed_mm": round(view.printed_mm, 1),
            "paper_left_mm": round(view.paper_left_mm, 1),
            "waiting_bytes": view.waiting_bytes,
            "receipts": view.strips,
        }


@contextlib.contextmanager
def open_printer(
    wire: SerialWire,
    *,
    width_px: int,
    holds_line: bool,
    seed: int,
    out: Path | None,
) -> Iterator[PrinterDevice]:
    """Start a printer that listens; its receipts go to `out` as PNG. Raises `OptionsError`."""
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)

    def keep(receipt: Receipt) -> None:
        if out is not None:
            (out / f"receipt-{receipt.number:04}.png").write_bytes(receipt.png())

    with (
        link(wire.link, "printer") as path,
        EscposSimulator(
            path,
            baud=wire.baud or BAUD_DEFAULT,
            width_px=width_px,
            seed=seed,
            paced=wire.paced,
            holds_line=holds_line,
            on_receipt=keep,
        ) as printer,
        PrinterDevice(printer).on_network(wire.tcp) as device,
    ):
        yield device
