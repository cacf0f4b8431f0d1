"""Run a registry: `amin registry`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from commands.key_options import with_keys
from commands.lazy import LazyGroup
from commands.speaking import refusal, say, usage
from commands.working import EXISTING_FOLDER
from drivers.private_process import keep_files_private, keep_memory_off_the_disk
from words.message import Latin, m

if TYPE_CHECKING:
    from headquarters.keepers import Unlock

STEPS: Final[Mapping[str, str]] = {
    "serve": "commands.registry:serve",
}


class _Registry(LazyGroup):
    listed = STEPS


@click.group(cls=_Registry)
def registry() -> None:
    """Answer stations about voters: one vote per person, in whatever branch a person comes.

    \b
    At a branch     amin registry serve OWN PUBLIC --book claims.db
    At a centre     amin registry serve OWN PUBLIC --book postgresql://… --listen unix:/run/amin/registry.sock
    """


@click.command()
@click.argument("own", type=EXISTING_FOLDER)
@click.argument("public", type=EXISTING_FOLDER)
@click.option(
    "--book", required=True, help="A file at a branch, a postgresql:// address at a centre."
)
@click.option("--listen", default="0.0.0.0:8443", show_default=True, help="Or unix:PATH for nginx.")
@with_keys
def serve(own: Path, public: Path, book: str, listen: str, unlock: Unlock) -> None:
    """Answer stations until it is told to stop.

    OWN holds the registry's keys (amin election office-key --office registry) and the certificate that
    headquarters gave back; PUBLIC holds register.json and root.der, as headquarters publishes them. Compare
    the number that is shown with the published one. Tables that a database lacks are made.
    """
    from election.register import in_groups
    from headquarters.offices import open_office
    from headquarters.published_acts import register_in

    try:
        from registry.running import Keys, Place, serve
    except ModuleNotFoundError as error:
        missing = Latin((error.name or "").partition(".")[0])
        raise refusal(
            m("{library} is not installed: pip install 'amin[registry]'", library=missing)
        ) from error
    keep_files_private()
    keep_memory_off_the_disk()
    published = register_in(public)
    if published is None:
        raise usage(m("{folder} has no register.json with its root.der", folder=public))
    say("election's number: {number}", number=Latin(in_groups(published.number)))
    keys, place = Keys(*open_office(own, unlock)), Place.parse(book, listen)
    serve(published, keys, place, lambda: say("Stations may ask. Stop with Ctrl+C."))
