"""Make an office's own keys, and close keys anew: `amin election office-key`, `change-lock`."""

from __future__ import annotations

from pathlib import Path

import click

from commands.key_options import CARD_OPTION, PASSPHRASE_FILE, READER
from commands.speaking import server_libraries, usage, write
from commands.working import FILE
from words.message import Latin, m


@click.command("office-key")
@click.argument("own", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--office",
    type=click.Choice(["officer", "observer", "registry", "evaluator"]),
    help="Whose keys: the reconciliation officer's, the supervision board's observer's, a registry's, or "
    "those of the evaluator of pseudonyms, which the supervision board runs.",
)
@click.option("--certificate", type=FILE, help="What headquarters gave back for your request.")
@click.option(
    "--rehearsal", is_flag=True, help="The keys are for rehearsals; no real election takes them."
)
@CARD_OPTION
@PASSPHRASE_FILE
@READER
def office_key(
    own: Path,
    office: str | None,
    certificate: Path | None,
    rehearsal: bool,
    card: bool,
    passphrase_file: Path | None,
    reader: str | None,
) -> None:
    """Make an office's keys in OWN, a folder that stays with the office, or take the certificate.

    \b
    First   --office officer             makes the keys, and OWN/officer.json for headquarters
    Later   --certificate officer.der    puts in what headquarters made of it

    Headquarters puts the requests of both offices into FOLDER/offices before `package`, and compares
    the fingerprints. The keys are encrypted: with a passphrase, or with --card for a PIV card.
    """
    from commands.office_keeper import office_unlock
    from headquarters import offices

    if (office is None) == (certificate is None):
        raise usage(m("say either --office or --certificate"))
    unlock = office_unlock(passphrase_file, reader, card=card)
    if certificate is not None:
        offices.take_certificate(own, offices.read_certificate(certificate), unlock)
        write("The certificate belongs to the key in {folder}.", folder=own)
        return
    with server_libraries():
        made = offices.make_office(own, offices.Office(str(office)), unlock, rehearsal=rehearsal)
    write(
        "Bring {request} to headquarters; fingerprint: {fingerprint}",
        request=own / f"{made.office}.json",
        fingerprint=Latin(made.fingerprint),
    )


@click.command("change-lock")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@PASSPHRASE_FILE
@click.option("--new-passphrase-file", type=FILE, default=None, help="For rehearsals; else asked.")
@click.option("--card", is_flag=True, help="Close them with a PIV card from now on.")
@READER
def change_lock(
    folder: Path,
    passphrase_file: Path | None,
    new_passphrase_file: Path | None,
    card: bool,
    reader: str | None,
) -> None:
    """Close the keys in FOLDER anew: with another passphrase, or with a PIV card.

    FOLDER holds a lock.json: headquarters' keys, keys/root, or an office's own. Copies of lock.json
    made before still open the old way: replace them.
    """
    from commands.office_keeper import office_unlock
    from commands.trustee_keeper import new_keeper
    from headquarters import key_folder

    old = office_unlock(passphrase_file, reader)(folder)
    made = key_folder.change_lock(folder, old, new_keeper(new_passphrase_file, reader, card=card))
    write(
        "closed by {keeper}; now replace the copies of {folder}",
        keeper=Latin(made),
        folder=folder,
    )
