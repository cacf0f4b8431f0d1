"""Take over authorities and revocation lists of identity documents: `amin election add-authorities`."""

from __future__ import annotations

from pathlib import Path

import click

from commands.speaking import say
from commands.working import FILE, FOLDER, JSON, YES, asker, print_json
from election.errors import ElectionError
from words.message import m


@click.command("add-authorities")
@FOLDER
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option(
    "--state",
    default=None,
    help="The state, as machine readable zones write it (IRN); needed only if the profiles accept several.",
)
@click.option(
    "--issuer",
    "issuers",
    type=FILE,
    multiple=True,
    help="Certificate of the authority that issued the signer of a master list.",
)
@YES
@JSON
def add_authorities(
    folder: Path,
    files: tuple[Path, ...],
    state: str | None,
    issuers: tuple[Path, ...],
    yes: bool,
    as_json: bool,
) -> None:
    """Take one state's authorities of identity documents out of FILES, and say what is left out.

    FILES are master lists (.ml), certificates (.cer) and revocation lists (.crl). Only what is of the
    state is kept, in FOLDER/documents, and only after you have compared each fingerprint, on paper, with
    what the state publishes: the signature of a master list proves nothing of it. Nothing that was kept
    before goes away. `package` is not made without an authority and a revocation list that is current
    until the polls have closed; profiles and exceptions stand in election.toml, under [documents].
    """
    from drivers.smartcard.exempt import Exempt
    from headquarters.country_authorities import keep, propose
    from headquarters.documents import country_of_state
    from headquarters.workspace import ElectionFolder, load_plan

    place = ElectionFolder(folder)
    plan = load_plan(place)
    denying = frozenset(
        row.whom for row in plan.documents.exceptions if row.what is Exempt.DENYING_AUTHORITY
    )
    found = propose(
        files,
        country_of_state(plan, folder, state),
        plan.opens,
        issuers=issuers,
        there=place.documents,
        exempt=denying,
    )
    for line in found.told():
        say(line)
    if not found.authorities and not found.lists:
        raise ElectionError(m("there is nothing to keep"))
    question = m("Do all fingerprints agree with what the state publishes?")
    if found.authorities and not asker(yes)(question):
        raise ElectionError(m("nothing was kept"))
    kept = keep(place.documents, found)
    if as_json:
        print_json(
            {
                "country": found.country,
                "authorities": [each.fingerprint for each in found.authorities],
                "lists": len(found.lists),
                "left_out": [str(line) for line in found.left_out],
                "files": [str(path) for path in kept],
            }
        )
        return
    say("{count} files are kept in {folder}", count=len(kept), folder=place.documents)
