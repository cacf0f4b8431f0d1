"""`amin simulator fingerprint | printer | scanner | ups | io-board`: options and help."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulators.commands.options import (
    SerialWire,
    common_options,
    read_address,
    serial_options,
    serve_device,
)

if TYPE_CHECKING:
    from simulators.commands.host import Controlled


@click.command()
@click.option("--protocol", type=click.Choice(["zfm", "sfm"]), help="What it speaks.")
@click.option(
    "--replay",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="A module that answers as the one that `amin doctor --record FILE --finger` has recorded.",
)
@serial_options("57600 for zfm, 115200 for sfm")
@click.option(
    "--store",
    "stored",
    multiple=True,
    metavar="NAME",
    help="zfm: this finger is in the library, from place 0 on. May be repeated.",
)
@click.option(
    "--password", type=click.IntRange(0, 0xFFFFFFFF), help="zfm: what a client has to show first."
)
@click.option(
    "--flash",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="zfm: keep library and settings in this file.",
)
@click.option(
    "--population",
    default="clean",
    show_default=True,
    type=click.Choice(["clean", "field", "rio-2022"]),
    help="How well fingers can be read: always, or as measured in the field.",
)
@common_options
def fingerprint(
    *,
    protocol: str | None,
    replay: Path | None,
    wire: SerialWire,
    stored: tuple[str, ...],
    password: int | None,
    flash: Path | None,
    population: str,
    seed: int,
    stay: bool,
) -> None:
    """Simulate a fingerprint module: ZFM/R30x packets or Suprema's SFM packets, with real matching.

    \b
        amin simulator fingerprint --protocol sfm --link /tmp/finger
        ready /tmp/finger
        finger ali                     a good placement of ali's finger, which stays there
        finger ali wet                 clean, wet, dry, partial, turned, moved, worn, right (as the skin is)
        lift
        unplug                         the device node vanishes, and comes back with `replug`
        fault corrupt at 2             also drop, late, split, garbage, duplicate, silence, short, cut
        fault drop rate 0.1            each answer with one tenth
        fault corrupt to device        damages commands instead of answers
        fault none
        state
    """
    if (protocol is None) == (replay is None):
        raise click.UsageError("name --protocol, or --replay a file")

    def make() -> contextlib.AbstractContextManager[Controlled]:
        from simulators.commands.fingerprint import ModuleMemory, open_fingerprint

        return open_fingerprint(
            protocol,
            wire,
            replay=replay,
            seed=seed,
            population=population,
            memory=ModuleMemory(flash, password, stored),
        )

    serve_device(make, stay=stay)


@click.command()
@serial_options("115200")
@click.option(
    "--width", default=576, show_default=True, type=click.IntRange(8, 1024), help="Dots in a row."
)
@click.option("--holds-line", is_flag=True, help="Deaf while it is off line with a full buffer.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder for the receipts, as PNG.",
)
@common_options
def printer(
    *,
    wire: SerialWire,
    width: int,
    holds_line: bool,
    out: Path | None,
    seed: int,
    stay: bool,
) -> None:
    """Simulate a receipt printer that speaks ESC/POS.

    \b
        amin simulator printer --link /tmp/printer --out /tmp/receipts
        ready /tmp/printer
        paper out                  also paper near end, paper out after 200 (rows); paper ok
        cover open                 cover closed
        jam                        the cutter, at the next cut; jam cleared
        head hot                   head cool
        broken                     repaired
        off line                   by its button; on line
        power cut                  power on
        unplug                     replug
        fault corrupt              on the line, as with the fingerprint module
        state                      paper left, number of receipts, …
    """
    if width % 8:
        raise click.UsageError("--width is a multiple of 8")

    def make() -> contextlib.AbstractContextManager[Controlled]:
        from simulators.commands.printer import open_printer

        return open_printer(
            wire,
            width_px=width,
            holds_line=holds_line,
            seed=seed,
            out=out,
        )

    serve_device(make, stay=stay)


@click.command()
@serial_options("9600")
@click.option("--aim", default="]Q1", show_default=True, help="Before each text; empty for none.")
@click.option("--prefix", default="", help="Before that.")
@click.option("--suffix", default="", help="Behind the text.")
@click.option(
    "--end", default="crlf", show_default=True, type=click.Choice(["crlf", "cr", "lf", "none"])
)
@common_options
def scanner(
    *,
    wire: SerialWire,
    aim: str,
    prefix: str,
    suffix: str,
    end: str,
    seed: int,
    stay: bool,
) -> None:
    """Simulate a QR and barcode scanner that sends what it is shown.

    \b
        amin simulator scanner --link /tmp/scanner
        ready /tmp/scanner
        scan B1-7F3A-2291          sent as ]Q1B1-7F3A-2291 and CR LF; `ok` when it is out
        noise                      random bytes, now
        no end                     the next code without its end mark
        repeated | glued           the next code three times, or twice in one piece
        encoding | cut off         the next code in UTF-16, or with the cable pulled in its middle
        unplug                     replug
        fault drop                 on the line, as with the fingerprint module
    """

    def make() -> contextlib.AbstractContextManager[Controlled]:
        from simulators.commands.scanner import ScanFrame, open_scanner

        return open_scanner(wire, ScanFrame(prefix, suffix, aim, end), seed=seed)

    serve_device(make, stay=stay)


@click.command()
@click.option(
    "--listen",
    default="127.0.0.1:0",
    show_default=True,
    metavar="HOST:PORT",
    help="Port 0 takes a free one, as `ready` says.",
)
@click.option("--name", default="ups", show_default=True, help="What clients call it.")
@click.option(
    "--capacity",
    default=1800.0,
    show_default=True,
    type=click.FloatRange(1, 1_000_000),
    help="Seconds that a full battery lasts.",
)
@click.option(
    "--drain",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0, 10_000),
    help="How many times as fast as the clock it drains.",
)
@common_options
def ups(*, listen: str, name: str, capacity: float, drain: float, seed: int, stay: bool) -> None:
    """Simulate a UPS behind NUT's upsd, for `upsc` and every other client of NUT.

    \b
        amin simulator ups --listen 127.0.0.1:3493
        ready 127.0.0.1:3493
        battery                    line power fails, the battery drains; `line` brings all back
        charge 40                  percent
        low                        nearly empty
        replace | shutdown         the battery is worn, or the device will switch off
        stale | gone               the service hears nothing of the device, or lost its driver
        unplug                     the service ends; replug

    \b
        upsc ups@127.0.0.1:3493
    """
    del seed  # nothing here is left to luck

    def make() -> contextlib.AbstractContextManager[Controlled]:
        from simulators.commands.ups import open_ups

        address = read_address(listen, any_port=True)
        return open_ups(address, name, capacity_s=capacity, drain=drain)

    serve_device(make, stay=stay)


@click.command("io-board")
@serial_options("9600")
@click.option(
    "--address", default=1, show_default=True, type=click.IntRange(1, 247), help="Of Modbus."
)
@common_options
def io_board(*, wire: SerialWire, address: int, seed: int, stay: bool) -> None:
    """Simulate a booth's I/O board: switches, headphones' socket, lamp, buzzer over Modbus RTU.

    \b
        amin simulator io-board --link /tmp/board
        ready /tmp/board
        press 1                    switch 1 is down for a moment
        headphones in              headphones out
        state                      also whether lamp and buzzer are on
        silent | busy              it answers nothing, or refuses; `fault none` ends it
        unplug                     replug
        fault corrupt              on the line, as with the fingerprint module
    """

    def make() -> contextlib.AbstractContextManager[Controlled]:
        from simulators.commands.io_board import open_io_board

        return open_io_board(wire, address, seed=seed)

    serve_device(make, stay=stay)
