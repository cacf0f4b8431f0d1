"""Rescue a dead terminal without its screen: `amin operator rescue`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.key_options import READER
from commands.speaking import say, speaker
from commands.working import EXISTING_FOLDER, FILE, NEW_FILE, now
from words.message import Latin, m

if TYPE_CHECKING:
    from drivers.smartcard.channel import CardReader
    from election.definition import Role


@click.command()
@click.argument("memories", nargs=-1, required=True, type=EXISTING_FOLDER)
@click.option(
    "--config",
    "config_path",
    type=FILE,
    required=True,
    help="station.toml of a device that lives: it has the package, and countersigns.",
)
@click.option(
    "--ground",
    type=click.Choice(["dead", "card"]),
    default="dead",
    help="It is dead, or a card that its closing takes is lost.",
)
@READER
@click.option("--out", type=NEW_FILE, required=True, help="The file for headquarters.")
def rescue(
    memories: tuple[Path, ...], config_path: Path, ground: str, reader: str | None, out: Path
) -> None:
    """Hand in what a dead terminal recorded: MEMORIES are its folders, or sticks of it.

    They are only read; no key of the dead terminal is needed. Officer and supervisor sign with their
    cards, one after the other in the same reader, and the device of --config countersigns: any other
    registered one. With the terminal's keys there is a simpler way: its memories and keys in another
    machine close and export as ever.

    \b
        amin operator rescue /media/mirror --config /etc/amin/station.toml --out terminal-2.rescue
        amin election import FOLDER terminal-2.rescue …
    """
    from commands.trustee_keeper import ask_pin
    from crypto.hybrid import HybridKey
    from drivers.smartcard.holding import reader_with_card
    from election.errors import ElectionError
    from election.files import replace_file
    from election.left_behind import find
    from election.operator_card import both_cards
    from election.rescue import RescueGround
    from election.rescuing import draft, hand_in, installed_at
    from election.roles import ROLES
    from kiosk import configuration

    config = configuration.read(config_path)
    root = config.root_certificate.read_bytes()
    election, published = installed_at(config.data, root, config.branch)
    own = election.device(config.device)
    if own is None:
        raise ElectionError(m("this device is not on the enrolment list; load its package"))
    left = find(memories, election, published)
    say("{device}: {count} votes found", device=Latin(left.device), count=left.cast)
    made = draft(left, election, published, own.id, RescueGround(ground), now())

    def card_of(role: Role) -> CardReader:
        asked = m("Put the card in and press Enter: {role}", role=ROLES[role])
        click.prompt(speaker()(asked), default="", show_default=False, err=True)
        return reader_with_card(reader)

    cards = both_cards(card_of, made.gate(own.id, root, now()), ask_pin, made.message)
    key = HybridKey.load(config.signing_key)
    replace_file(out, hand_in(made, cards, key, own.certificate))
    say("written to {path}", path=Latin(str(out)))
