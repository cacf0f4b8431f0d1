"""Run a registry: `amin registry`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from commands.key_options import with_keys
from commands.lazy import LazyGroup
from commands.speaking import say, server_libraries, usage
from commands.working import EXISTING_FOLDER
from drivers.private_process import keep_files_private, keep_memory_off_the_disk
from words.message import Latin, m

if TYPE_CHECKING:
    from election.register import PublishedRegister
    from headquarters.keepers import Unlock

STEPS: Final[Mapping[str, str]] = {
    "serve": "commands.registry:serve",
    "evaluate": "commands.registry:evaluate",
}
_OWN: Final = click.argument("own", type=EXISTING_FOLDER)
_PUBLIC: Final = click.argument("public", type=EXISTING_FOLDER)
_LISTEN: Final = click.option(
    "--listen", default="0.0.0.0:8443", show_default=True, help="Or unix:PATH for nginx."
)


class _Registry(LazyGroup):
    listed = STEPS


@click.group(cls=_Registry)
def registry() -> None:
    """Answer stations about voters: one vote per person, in whatever branch a person comes.

    \b
    At a branch     amin registry serve OWN PUBLIC --book claims.db
    At a centre     amin registry serve OWN PUBLIC --book postgresql://… --listen unix:/run/amin/registry.sock
    The board's     amin registry evaluate OWN PUBLIC
    """


@click.command()
@_OWN
@_PUBLIC
@click.option(
    "--book", required=True, help="A file at a branch, a postgresql:// address at a centre."
)
@_LISTEN
@with_keys
def serve(own: Path, public: Path, book: str, listen: str, unlock: Unlock) -> None:
    """Answer stations until it is told to stop.

    OWN holds the registry's keys (amin election office-key --office registry) and the certificate that
    headquarters gave back; PUBLIC holds register.json and root.der, as headquarters publishes them. Compare
    the number that is shown with the published one. Tables that a database lacks are made.
    """
    from headquarters.offices import open_office

    with server_libraries():
        from registry.running import Keys, Place, serve
    published, place = _published(public), Place.parse(book, listen)
    serve(published, Keys(*open_office(own, unlock)), place, _ready)


@click.command()
@_OWN
@_PUBLIC
@_LISTEN
@with_keys
def evaluate(own: Path, public: Path, listen: str, unlock: Unlock) -> None:
    """Make voters' pseudonyms together with stations, until it is told to stop.

    For the supervision board, which sees no voter: a station blinds what it asks, and checks by a proof that
    the key of the register answered. OWN holds the evaluator's keys (amin election office-key --office
    evaluator) and the certificate that headquarters gave back; PUBLIC holds register.json and root.der, as
    headquarters publishes them. Compare the number that is shown with the published one.

    Nothing is kept, and nothing is logged of a request. Two machines may run it with the same keys. Destroy
    the keys on the date on which the registry's table is destroyed: whoever has both can try numbers.
    """
    from headquarters.offices import load_pseudonyms_key, open_office

    with server_libraries():
        from registry.running import Keys, evaluate, parse_listens
    published, listens = _published(public), parse_listens(listen)
    keys, key = Keys(*open_office(own, unlock)), load_pseudonyms_key(own, unlock)
    evaluate(published, keys, key, listens, _ready)


def _published(public: Path) -> PublishedRegister:
    """Read the register, say its number, and keep what is opened next off the disk."""
    from election.register import in_groups
    from headquarters.published_acts import register_in

    keep_files_private()
    keep_memory_off_the_disk()
    published = register_in(public)
    if published is None:
        raise usage(m("{folder} has no register.json with its root.der", folder=public))
    say("election's number: {number}", number=Latin(in_groups(published.number)))
    return published


def _ready() -> None:
    say("Stations may ask. Stop with Ctrl+C.")
