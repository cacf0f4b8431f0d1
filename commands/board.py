"""Show how the branches are on the day: `amin board`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import click

from commands.key_options import PASSPHRASE_FILE
from commands.lazy import LazyGroup
from commands.speaking import installed_languages, say, server_libraries
from commands.working import EXISTING_FOLDER, FILE
from drivers.private_process import keep_files_private

STEPS: Final = {name: f"commands.board:{name}" for name in ("account", "serve")}
_HOUR: Final = click.DateTime(["%Y-%m-%dT%H:%M%z"])


@click.group(cls=type("Board", (LazyGroup,), {"listed": STEPS}))
def board() -> None:
    """Show how the branches are on the day, from what stations say of themselves, and nothing of a voter.

    \b
    amin board account FOLDER maryam
    amin board serve FOLDER PUBLIC --listen 0.0.0.0:8444 --tls tls.pem tls.key
    """


@click.command()
@click.argument("folder", type=EXISTING_FOLDER)
@click.argument("name")
@click.option("--district", default="", help="Of the register; else the whole country is seen.")
@PASSPHRASE_FILE
def account(folder: Path, name: str, district: str, passphrase_file: Path | None) -> None:
    """Let somebody look: a passphrase and one-time codes.

    FOLDER is the board's own. The address that is printed goes into an application for one-time codes
    (RFC 6238) on the person's telephone, and is shown once: make a QR code of it there, or type its secret.
    Nobody can change anything on the board; who looks is written to FOLDER/looked.jsonl. To take an account
    back, remove FOLDER/accounts/NAME.json and restart the board.
    """
    from commands.trustee_keeper import ask_passphrase, passphrase_in
    from headquarters.board.accounts import add_account
    from headquarters.keepers import Asked

    chosen = passphrase_in(passphrase_file) if passphrase_file else ask_passphrase(Asked.NEW)
    keep_files_private()
    click.echo(add_account(folder, name, district, chosen, "Amin"))
    say("Next: amin board serve {folder} PUBLIC", folder=folder)


@click.command()
@click.argument("folder", type=EXISTING_FOLDER)
@click.argument("public", type=EXISTING_FOLDER)
@click.option("--listen", default="127.0.0.1:8444", show_default=True, help="Or unix:PATH.")
@click.option("--tls", nargs=2, type=FILE, metavar="CERT KEY", help="PEM; else behind a proxy.")
@click.option("--hours", nargs=2, type=_HOUR, metavar="OPENS CLOSES", help="Late is an alert.")
@click.option("--levels", type=FILE, help="A table branch,level: normal, important, sensitive.")
def serve(
    folder: Path,
    public: Path,
    listen: str,
    tls: tuple[Path, Path] | None,
    hours: tuple[datetime, datetime] | None,
    levels: Path | None,
) -> None:
    """Show the board until it is told to stop.

    FOLDER holds the accounts (amin board account); PUBLIC holds register.json and root.der, as headquarters
    publishes them. Stations send signed messages to /status, people sign in at /, everybody sees districts at
    /public. Changes are shown within two seconds. The board shows sums as of a full hour, none of fewer than
    ten check-ins, and nothing that depends on a ballot; a rehearsal has another colour.

    Start it before the day: who is silent, on battery, or runs another program is seen then, too.
    """
    with server_libraries():
        from headquarters.board.serving import serve_published
    keep_files_private()
    serve_published(folder, public, installed_languages(), listen, tls, hours, levels, say)
