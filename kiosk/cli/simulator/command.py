"""`amin simulator card | fingerprint | printer | scanner | ups`: options and help.

Nothing of the simulators is imported here: a production installation leaves them out.
"""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from kiosk.cli.simulator.host import Controlled

YUBIKEY_ADMIN_KEY: Final = "010203040506070801020304050607080102030405060708"
"""What YubiKey clients try if nobody tells them another one."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


@click.group()
def simulator() -> None:
    """One simulated device on a real wire, for any client in any language.

    Each program prints `ready WHERE` once a client can connect, obeys commands on standard input, one
    a line, and answers each with one line: `ok`, or `error` and what to do. It ends at the end of
    its input, or by SIGTERM, and leaves nothing behind.

    \b
    Try one:
        amin simulator fingerprint --link /tmp/finger
        ready /tmp/finger
        finger Ali                 (you write this; the module now feels Ali's finger)
        ok
        fault corrupt at 2         (the answer after the next has a wrong check sum)
        ok
        help                       (what else can be written)
    """
    if importlib.util.find_spec("simulators") is None:
        raise click.ClickException("this installation has no simulators; install them with Amin")


def _common(command: _Command) -> _Command:
    command = click.option(
        "--stay", is_flag=True, help="Go on after the end of input, until a signal."
    )(command)
    return click.option(
        "--seed", default=0, show_default=True, help="Same seed, same people, same luck."
    )(command)


def _serial(baud: int | None, usual: str = "") -> Callable[[_Command], _Command]:
    def add(command: _Command) -> _Command:
        command = click.option(
            "--unpaced", is_flag=True, help="As fast as the machine can, not as the baud rate says."
        )(command)
        command = click.option(
            "--baud",
            default=baud,
            show_default=usual or True,
            type=click.IntRange(300, 4_000_000),
            help="Of the line; the simulator delivers bytes at this rate.",
        )(command)
        return click.option(
            "--link",
            type=click.Path(path_type=Path),
            metavar="PATH",
            help="Where the serial device appears. Default: a new place, as `ready` says.",
        )(command)

    return add


# ---------------------------------------------------------------- card


@simulator.command()
@click.option(
    "--profile", required=True, type=click.Choice(["eid", "piv", "authorization"]), help="Its kind."
)
@click.option("--vpcd", metavar="HOST:PORT", help="Join the vpcd that listens there.")
@click.option("--own-pcscd", is_flag=True, help="Start a private pcscd with one reader.")
@click.option(
    "--reader-name", default="Amin card", show_default=True, help="Of the private reader."
)
@click.option("--empty", is_flag=True, help="Begin without the card in the reader.")
@click.option(
    "--ca",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of the issuing authority; made if it is missing. eid: DIR/csca.pem, piv: DIR/ca.pem.",
)
@click.option("--mrz", metavar="TEXT", help="eid: machine readable zone, TD1, TD2 or TD3.")
@click.option("--can", default="123456", show_default=True, help="eid: number printed on the card.")
@click.option("--photo", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="eid.")
@click.option(
    "--finger",
    "fingers",
    multiple=True,
    metavar="NAME",
    help="eid: this person's finger, the same as `finger NAME` on the sensor. May be repeated.",
)
@click.option("--name", help="eid: Persian name, `GIVEN SURNAME` or `SURNAME<<GIVEN NAMES`.")
@click.option("--national-number", metavar="DIGITS", help="eid: ten digits.")
@click.option("--expired", is_flag=True, help="eid: a card of yesterday.")
@click.option("--pin", default="123456", show_default=True, help="piv: six to eight digits.")
@click.option("--puk", default="12345678", show_default=True, help="piv: eight digits.")
@click.option(
    "--key",
    default="rsa2048",
    show_default=True,
    type=click.Choice(["rsa2048", "p256"]),
    help="piv.",
)
@click.option("--holder", default="Amin test holder", show_default=True, help="piv: common name.")
@click.option(
    "--admin-key",
    default=YUBIKEY_ADMIN_KEY,
    metavar="HEX",
    help="piv, authorization: AES key 9B. Default: what YubiKey clients try.",
)
@_common
def card(
    *,
    profile: str,
    vpcd: str | None,
    own_pcscd: bool,
    reader_name: str,
    empty: bool,
    ca: Path | None,
    mrz: str | None,
    can: str,
    photo: Path | None,
    fingers: tuple[str, ...],
    name: str | None,
    national_number: str | None,
    expired: bool,
    pin: str,
    puk: str,
    key: str,
    holder: str,
    admin_key: str,
    seed: int,
    stay: bool,
) -> None:
    """A smart card in a reader: identity card, PIV card, or blank ballot authorization card.

    The card is in when `ready` comes. With --own-pcscd a line `env PCSCLITE_CSOCK_NAME=PATH` comes
    before it: set that for the client, and it sees the reader that `ready` names.

    \b
    An identity card, and a client:
        amin simulator card --own-pcscd --profile eid --ca /tmp/ca --finger ali
        env PCSCLITE_CSOCK_NAME=/tmp/…/pcscd.comm
        ready Amin card 00 00
    \b
        PCSCLITE_CSOCK_NAME=/tmp/…/pcscd.comm opensc-tool -l
    \b
    A PIV card in a vpcd that runs already:
        amin simulator card --vpcd localhost:35963 --profile piv --pin 123456 --ca /tmp/ca
    \b
    Commands: insert, remove, swap (at once, for another card of the same kind), state, help,
    fault pull|swap|mute|slow|garbage [at N | rate R]   with the N-th command to the card
    fault reader gone|pcscd restart|none
    """
    address = _address(vpcd) if vpcd is not None else None
    if (address is None) != own_pcscd:
        raise click.UsageError("say where the reader is: --vpcd HOST:PORT or --own-pcscd")
    if ca is None and profile != "authorization":
        raise click.UsageError("--ca DIR is missing: the folder of the authority that issues")

    def make() -> contextlib.AbstractContextManager[Controlled]:
        from kiosk.cli.simulator import personalise
        from kiosk.cli.simulator.card import open_card

        now = datetime.now(UTC)
        if profile == "eid":
            cards = personalise.eid_cards(
                personalise.EidOptions(
                    ca=ca or Path(),
                    seed=seed,
                    can=can,
                    mrz=mrz,
                    name=name,
                    national_number=national_number,
                    photo=photo,
                    fingers=fingers,
                    expired=expired,
                ),
                now,
            )
        elif profile == "piv":
            cards = personalise.piv_cards(
                personalise.PivOptions(
                    ca=ca or Path(),
                    pin=pin,
                    puk=puk,
                    admin_key=personalise.read_key(admin_key),
                    key=personalise.CardKey(key),
                    holder=holder,
                ),
                now,
            )
        else:
            cards = personalise.authorization_cards(personalise.read_key(admin_key))
        return open_card(address, cards, reader_name=reader_name, empty=empty, seed=seed)

    _serve(make, stay=stay)


# ---------------------------------------------------------------- serial devices


@simulator.command()
@click.option(
    "--protocol", required=True, type=click.Choice(["zfm", "sfm"]), help="What it speaks."
)
@_serial(None, "57600 for zfm, 115200 for sfm")
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
@_common
def fingerprint(
    *,
    protocol: str,
    link: Path | None,
    baud: int | None,
    unpaced: bool,
    stored: tuple[str, ...],
    password: int | None,
    flash: Path | None,
    population: str,
    seed: int,
    stay: bool,
) -> None:
    """A fingerprint module: ZFM/R30x packets or Suprema's SFM packets, with real matching.

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

    def make() -> contextlib.AbstractContextManager[Controlled]:
        from kiosk.cli.simulator.fingerprint import Memory, open_fingerprint

        return open_fingerprint(
            protocol,
            link,
            baud,
            paced=not unpaced,
            seed=seed,
            population=population,
            memory=Memory(flash, password, stored),
        )

    _serve(make, stay=stay)


@simulator.command()
@_serial(115_200)
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
@_common
def printer(
    *,
    link: Path | None,
    baud: int,
    unpaced: bool,
    width: int,
    holds_line: bool,
    out: Path | None,
    seed: int,
    stay: bool,
) -> None:
    """A receipt printer that speaks ESC/POS.

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
        from kiosk.cli.simulator.printer import open_printer

        return open_printer(
            link,
            baud,
            width_px=width,
            paced=not unpaced,
            holds_line=holds_line,
            seed=seed,
            out=out,
        )

    _serve(make, stay=stay)


@simulator.command()
@_serial(9600)
@click.option("--aim", default="]Q1", show_default=True, help="Before each text; empty for none.")
@click.option("--prefix", default="", help="Before that.")
@click.option("--suffix", default="", help="Behind the text.")
@click.option(
    "--end", default="crlf", show_default=True, type=click.Choice(["crlf", "cr", "lf", "none"])
)
@_common
def scanner(
    *,
    link: Path | None,
    baud: int,
    unpaced: bool,
    aim: str,
    prefix: str,
    suffix: str,
    end: str,
    seed: int,
    stay: bool,
) -> None:
    """A QR and barcode scanner that sends what it is shown.

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
        from kiosk.cli.simulator.scanner import Frame, open_scanner

        return open_scanner(
            link, baud, Frame(prefix, suffix, aim, end), paced=not unpaced, seed=seed
        )

    _serve(make, stay=stay)


@simulator.command()
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
@_common
def ups(*, listen: str, name: str, capacity: float, drain: float, seed: int, stay: bool) -> None:
    """A UPS behind NUT's upsd, for `upsc` and every other client of NUT.

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
        from kiosk.cli.simulator.ups import open_ups

        address = _address(listen, any_port=True)
        return open_ups(address, name, capacity_s=capacity, drain=drain)

    _serve(make, stay=stay)


def _address(text: str, *, any_port: bool = False) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    first = 0 if any_port else 1
    if not host or not (port.isascii() and port.isdigit()) or int(port) not in range(first, 65_536):
        raise click.UsageError(f"{text!r} is no address: write HOST:PORT")
    return host.strip("[]"), int(port)


def _serve(
    make: Callable[[], contextlib.AbstractContextManager[Controlled]], *, stay: bool
) -> None:
    from kiosk.cli.simulator.authority import AuthorityError
    from kiosk.cli.simulator.fingerprint import ModuleError
    from kiosk.cli.simulator.host import serve
    from kiosk.cli.simulator.personalise import CardError
    from kiosk.cli.simulator.serial import LinkError
    from kiosk.cli.simulator.ups import UpsError
    from simulators.pcscd import PcscdError

    try:
        serve(make, stay=stay)
    except (
        AuthorityError,
        CardError,
        LinkError,
        ModuleError,
        PcscdError,
        UpsError,
        OSError,
    ) as trouble:
        raise click.ClickException(str(trouble)) from trouble
