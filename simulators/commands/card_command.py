"""`amin simulator card`: options and help."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulators.commands.options import common_options, read_address, serve_device

if TYPE_CHECKING:
    from simulators.cards.habits import CardHabit
    from simulators.commands.host import Controlled


@click.command()
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
@click.option(
    "--access",
    default="pace-and-bac",
    show_default=True,
    type=click.Choice(["none", "bac", "pace", "pace-and-bac"]),
    help="eid: what it demands before it can be read.",
)
@click.option(
    "--aa",
    default="p256",
    show_default=True,
    type=click.Choice(["p256", "p384", "rsa2048"]),
    help="eid: key of Active Authentication.",
)
@click.option("--no-aa", is_flag=True, help="eid: without Active Authentication.")
@click.option("--no-ca", is_flag=True, help="eid: without Chip Authentication.")
@click.option(
    "--fingers-on-card", is_flag=True, help="eid: the card compares fingers; no template on it."
)
@click.option("--fingers-readable", is_flag=True, help="eid: DG3 can be read without more ado.")
@click.option(
    "--habit",
    metavar="NAME",
    help="eid: how its chip departs from the standards, such as `le-192`; a wrong NAME lists all.",
)
@click.option(
    "--replay",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="eid: a chip that answers as the one recorded by `amin doctor --record FILE`.",
)
@click.option("--expired", is_flag=True, help="eid: a card of yesterday.")
@click.option("--pin", default="123456", show_default=True, help="piv: six to eight digits.")
@click.option("--puk", default="12345678", show_default=True, help="piv: eight digits.")
@click.option(
    "--key",
    default="rsa2048",
    show_default=True,
    type=click.Choice(["rsa2048", "rsa3072", "p256", "p384"]),
    help="piv: of 9A, for logging in.",
)
@click.option("--holder", default="Amin test holder", show_default=True, help="piv: common name.")
@click.option(
    "--admin-key",
    metavar="HEX",
    help="piv, authorization: AES key 9B. Default: the one YubiKey clients try, 3DES 0102…0708 thrice.",
)
@click.option("--admin-3des", is_flag=True, help="The administrator key is a 3DES key.")
@common_options
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
    access: str,
    aa: str,
    no_aa: bool,
    no_ca: bool,
    fingers_on_card: bool,
    fingers_readable: bool,
    habit: str | None,
    replay: Path | None,
    expired: bool,
    pin: str,
    puk: str,
    key: str,
    holder: str,
    admin_key: str | None,
    admin_3des: bool,
    seed: int,
    stay: bool,
) -> None:
    """Simulate a smart card in a reader: identity card, PIV card, or blank ballot authorization card.

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
    address = read_address(vpcd) if vpcd is not None else None
    if (address is None) != own_pcscd:
        raise click.UsageError("say where the reader is: --vpcd HOST:PORT or --own-pcscd")
    if ca is None and profile != "authorization":
        raise click.UsageError("--ca DIR is missing: the folder of the authority that issues")
    chip_habit = read_habit(habit)
    if replay is not None and (profile != "eid" or habit is not None):
        raise click.UsageError("--replay is for an eid card, whose habits come from the file")

    def make() -> contextlib.AbstractContextManager[Controlled]:
        from simulators.cards.access import AccessMode
        from simulators.commands import identity, personalise
        from simulators.commands.card import open_card

        now = datetime.now(UTC)
        if profile == "eid":
            options = identity.EidOptions(
                ca=ca or Path(),
                seed=seed,
                can=can,
                mrz=mrz,
                name=name,
                national_number=national_number,
                photo=photo,
                fingers=fingers,
                expired=expired,
                access=AccessMode(access),
                active_authentication=None if no_aa else personalise.CardKeyType(aa),
                chip_authentication=not no_ca,
                fingers_on_card=fingers_on_card,
                fingers_readable=fingers_readable,
                habit=chip_habit,
            )
            if replay is None:
                cards = identity.eid_cards(options, now)
            else:
                from simulators.commands.replaying import replayed_cards

                cards = replayed_cards(replay, options, now)
        elif profile == "piv":
            cards = personalise.piv_cards(
                personalise.PivOptions(
                    ca=ca or Path(),
                    pin=pin,
                    puk=puk,
                    admin_key=personalise.read_key(admin_key, triple_des=admin_3des),
                    key=personalise.CardKeyType(key),
                    holder=holder,
                ),
                now,
            )
        else:
            cards = personalise.authorization_cards(
                personalise.read_key(admin_key, triple_des=admin_3des)
            )
        return open_card(address, cards, reader_name=reader_name, empty=empty, seed=seed)

    serve_device(make, stay=stay)


def read_habit(name: str | None) -> CardHabit:
    """Return the habit of that name, the plain one for None. Raises `click.UsageError` that lists all."""
    from simulators.cards.habits import HABITS, PLAIN

    if name is None:
        return PLAIN
    if name not in HABITS:
        raise click.UsageError(f"--habit {name!r} is none of {', '.join(HABITS)}")
    return HABITS[name]
