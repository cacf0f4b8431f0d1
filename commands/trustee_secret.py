"""Care for a trustee's secret between ceremony and count: check, close anew, export."""

from __future__ import annotations

from pathlib import Path

import click

from commands.key_options import PASSPHRASE_FILE, READER
from commands.speaking import write
from commands.trustee_keeper import SECRETS, choose_keeper, new_keeper
from commands.working import FILE, INVALID, YES, asker
from words.message import Latin, m


@click.command("check-secret")
@click.argument("trustees", type=FILE)
@SECRETS
@PASSPHRASE_FILE
@READER
def check_secret(
    trustees: Path, folder: Path, passphrase_file: Path | None, reader: str | None
) -> None:
    """Check that the secret still opens, and belongs to TRUSTEES (an election's trustees.json).

    Do this some days before you are needed. Shows nothing of the secret.
    """
    from headquarters.ceremony.share import open_share
    from headquarters.trustees import load_trustees

    published = load_trustees(trustees)
    key = open_share(folder, choose_keeper(folder, passphrase_file, reader))
    owner = key.owner(published)
    write("good: the secret opens, and is that of trustee {owner} of this election", owner=owner)


@click.command("change-secret")
@SECRETS
@PASSPHRASE_FILE
@click.option("--new-passphrase-file", type=FILE, help="For rehearsals; else asked.")
@click.option("--card", is_flag=True, help="Close it with a PIV card from now on.")
@READER
def change_secret(
    folder: Path,
    passphrase_file: Path | None,
    new_passphrase_file: Path | None,
    card: bool,
    reader: str | None,
) -> None:
    """Close the secret anew: with another passphrase, or with a smart card.

    Copies of the folder made before still open the old way: replace them.
    """
    from headquarters.ceremony.secret import change_keeper

    old = choose_keeper(folder, passphrase_file, reader)
    made = change_keeper(folder, old, new_keeper(new_passphrase_file, reader, card=card))
    write(
        "closed by {keeper}; now replace the copies of {folder}",
        keeper=Latin(made.keeper),
        folder=folder,
    )


@click.command("export-secret")
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
@SECRETS
@PASSPHRASE_FILE
@READER
@YES
def export_secret(
    target: Path, folder: Path, passphrase_file: Path | None, reader: str | None, yes: bool
) -> None:
    """Write your secret IN THE CLEAR into the new folder TARGET, for the reference tool.

    Only if the count has to be done without this program (belenios-tool 3.3: election decrypt, or
    decrypt-threshold). Destroy TARGET afterwards.
    """
    from headquarters.ceremony.share import export_secret as export

    question = m(
        "Anybody who reads {target} can then decrypt in your place. Write it?", target=target
    )
    if not asker(yes)(question):
        raise click.exceptions.Exit(INVALID)
    written = export(folder, choose_keeper(folder, passphrase_file, reader), target)
    for path in written:
        click.echo(str(path))
