"""Open a trustee's secret by a passphrase that is asked for, or by a card and its PIN."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.speaking import say, speaker
from crypto.passphrase import (
    SHORTEST,
    STANDARD,
    Cost,
    WeakPassphraseError,
    check_new_passphrase,
)
from drivers.private_process import keep_memory_off_the_disk
from election.files import read_file
from words.message import Latin, m, plural

if TYPE_CHECKING:
    from headquarters.keepers import Asked, SecretKeeper

LONGEST_PASSPHRASE_FILE = 4096
SECRETS = click.option(
    "--secrets",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Your folder on this machine; made at the first step. Never on the USB drive.",
)


def choose_keeper(
    folder: Path, passphrase_file: Path | None, reader: str | None, *, card: bool = False
) -> SecretKeeper:
    """Who opens the secret in `folder`, as its file says; or who will close a new one.

    Raises CeremonyError (`secret`), or DeviceNotFoundError for a card's reader.
    """
    from headquarters.ceremony.errors import CeremonyError
    from headquarters.ceremony.secret import read_secret
    from headquarters.keepers import CARD, PASSPHRASE

    file = read_secret(folder)
    if file is None:
        return new_keeper(passphrase_file, reader, card=card)
    if file.keeper not in (CARD, PASSPHRASE) or (card and file.keeper != CARD):
        raise CeremonyError(
            "secret",
            m(
                "the secret in {folder} is closed by: {keeper}",
                folder=folder,
                keeper=Latin(file.keeper),
            ),
        )
    return new_keeper(passphrase_file, reader, card=file.keeper == CARD)


_ADVICE = m(
    "at least {count} characters: four or five words that do not belong together, "
    "drawn by lot rather than thought up, and found nowhere else",
    count=SHORTEST,
)


def new_keeper(passphrase_file: Path | None, reader: str | None, *, card: bool) -> SecretKeeper:
    """Choose a card, or a passphrase from a file or from the person at the terminal."""
    keep_memory_off_the_disk()
    from headquarters.keepers import TRIES, PassphraseKeeper

    if card:
        return card_keeper(reader, ask_pin)
    if passphrase_file is None:
        return PassphraseKeeper(ask_passphrase, STANDARD, TRIES)
    text = passphrase_in(passphrase_file)
    return PassphraseKeeper(lambda _: text, STANDARD, tries=1)


def card_keeper(reader: str | None, ask: Callable[[int | None], str]) -> SecretKeeper:
    """Choose the card in the one reader that holds one. Raises `DeviceNotFoundError`."""
    from drivers.smartcard.holding import reader_with_card
    from headquarters.card_keeper import CardKeeper

    return CardKeeper(reader_with_card(reader), ask)


def cost() -> Cost:
    """Return what a new passphrase costs whoever tries others."""
    return STANDARD


def passphrase_in(path: Path) -> str:
    """Return the first line of a file."""
    from headquarters.ceremony.errors import CeremonyError

    content = read_file(path, LONGEST_PASSPHRASE_FILE)
    try:
        return content.decode("utf-8").split("\n")[0].rstrip("\r")
    except UnicodeDecodeError as error:
        raise CeremonyError("secret", m("the passphrase is not UTF-8"), path.name) from error


def ask_passphrase(asked: Asked) -> str:
    """Ask for a passphrase, a new one until it is good and typed twice."""
    from headquarters.keepers import Asked

    if asked is not Asked.NEW:
        if asked is Asked.AGAIN:
            say("That passphrase is wrong. Mind the keyboard's language.")
        return str(click.prompt(speaker()(m("Your passphrase")), hide_input=True, err=True))
    say("Choose a passphrase: {advice}.", advice=_ADVICE)
    say("Without it your secret is lost; nobody can replace it.")
    while True:
        chosen = str(
            click.prompt(
                speaker()(m("New passphrase")), hide_input=True, confirmation_prompt=True, err=True
            )
        )
        try:
            check_new_passphrase(chosen)
        except WeakPassphraseError:
            say("This passphrase can be guessed. Choose another: {advice}.", advice=_ADVICE)
            continue
        return chosen


def ask_pin(tries_left: int | None) -> str:
    """Ask for the PIN of a card."""
    asked = m("PIN of your card")
    if tries_left is not None:
        asked = plural(
            "PIN of your card ({count} try left)",
            "PIN of your card ({count} tries left)",
            tries_left,
        )
    return str(click.prompt(speaker()(asked), hide_input=True, err=True))
