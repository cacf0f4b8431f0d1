"""Help where devices died: `amin operator rescue`, `amin election hand-over`; two cards sign."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.key_options import READER, with_keys
from commands.speaking import say, speaker
from commands.working import EXISTING_FOLDER, FILE, FOLDER, NEW_FILE, now
from words.message import Latin, m

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.smartcard.channel import CardReader
    from election.definition import Role
    from election.operator_card import Gate
    from headquarters.keepers import Unlock


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
    from crypto.hybrid import HybridKey
    from election.files import replace_file
    from election.left_behind import find
    from election.rescue import RescueGround
    from election.rescuing import draft, hand_in, installed_at
    from kiosk import configuration

    config = configuration.read(config_path)
    root = config.root_certificate.read_bytes()
    own, election, published = installed_at(config.data, root, config.branch, config.device)
    left = find(memories, election, published)
    say("{device}: {count} votes found", device=Latin(left.device), count=left.cast)
    made = draft(left, election, published, own.id, RescueGround(ground), now())
    cards = _both_cards(reader, made.gate(own.id, root, now()), made.message)
    key = HybridKey.load(config.signing_key)
    replace_file(out, hand_in(made, cards, key, own.certificate))
    say("written to {path}", path=Latin(str(out)))


@click.command("hand-over")
@FOLDER
@click.argument("device")
@click.argument("drive", type=EXISTING_FOLDER)
@click.option("--at", "place", help="Part of the name of the reader for the operators' cards.")
@with_keys
def hand_over(folder: Path, device: str, drive: Path, place: str | None, unlock: Unlock) -> None:
    """Let a district's spare take over from DEVICE, of a branch of which no device lives any more.

    DRIVE is the spare's own, with its file on it. Officer and supervisor of the branch, or reserves of its
    district, sign with their cards. The drive then has all that the spare needs: there «Load the election
    package», «Open the polls»; the next spare admits it. Whoever verifies is told that nobody witnessed it.
    Where a device of the branch lives, that one hands over, on its own screen.

    \b
        amin election hand-over FOLDER b0001-t1 /media/drive-of-the-spare
    """
    from election.definition import DeviceId
    from headquarters.handing_over import begin_handover, finish_handover
    from headquarters.workspace import ElectionFolder, open_workspace

    workspace = open_workspace(ElectionFolder(folder))
    made, gate = begin_handover(workspace, drive, DeviceId(device), now())
    cards = _both_cards(place, gate, made.message)
    finish_handover(workspace, made, cards, drive, unlock)
    spare = Latin(made.statement.spare)
    say("{spare} can take over from {device}: load it there", spare=spare, device=Latin(device))


def _both_cards(
    reader: str | None, gate: Gate, message: bytes
) -> Mapping[Role, tuple[bytes, bytes]]:
    from commands.trustee_keeper import ask_pin
    from drivers.smartcard.holding import reader_with_card
    from election.operator_card import both_cards
    from election.roles import ROLES

    def card_of(role: Role) -> CardReader:
        asked = m("Put the card in and press Enter: {role}", role=ROLES[role])
        click.prompt(speaker()(asked), default="", show_default=False, err=True)
        return reader_with_card(reader)

    return both_cards(card_of, gate, ask_pin, message)
