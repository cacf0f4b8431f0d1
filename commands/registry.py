"""Run a registry: `amin registry`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from commands.key_options import with_keys
from commands.lazy import LazyGroup
from commands.speaking import say, server_libraries, usage, write
from commands.working import EXISTING_FOLDER, FILE, FOLDER, NEW_FILE, OBSERVER, YES, asker, working
from drivers.private_process import keep_files_private, keep_memory_off_the_disk
from election.errors import ElectionError
from words.message import Latin, Message, m

if TYPE_CHECKING:
    from election.register import PublishedRegister
    from headquarters.keepers import Unlock
    from registry.running import Keys

STEPS: Final[Mapping[str, str]] = {
    "serve": "commands.registry:serve",
    "evaluate": "commands.registry:evaluate",
    "roll": "commands.registry:roll",
    "front": "commands.registry:front",
    "suspend": "commands.registry:suspend",
    "allow": "commands.registry:allow",
    "obey": "commands.registry:obey",
    "status": "commands.registry_night:status",
    "export": "commands.registry_night:export",
    "destroy": "commands.registry_night:destroy",
}
OWN: Final = click.argument("own", type=EXISTING_FOLDER)
PUBLIC: Final = click.argument("public", type=EXISTING_FOLDER)
_PROCESSES: Final = click.option(
    "--processes", type=click.IntRange(1, 64), default=1, help="At a centre, one a core."
)
_LISTEN: Final = click.option(
    "--listen", default="0.0.0.0:8443", show_default=True, help="Or unix:PATH for nginx."
)


@click.group(cls=type("Registry", (LazyGroup,), {"listed": STEPS}))
def registry() -> None:
    """Answer stations about voters: one vote per person, in whatever branch a person comes.

    \b
    At a branch  amin registry serve OWN PUBLIC --book claims.db
    At a centre  amin registry serve OWN PUBLIC --book postgresql://… --listen unix:/run/amin-registry/socket
    The board's  amin registry evaluate OWN PUBLIC
    """


@click.command()
@OWN
@PUBLIC
@click.option(
    "--book", required=True, help="A file at a branch, a postgresql:// address at a centre."
)
@_LISTEN
@_PROCESSES
@click.option("--restored/--whole", default=None, help="BOOK is a backup, and grants nothing new.")
@with_keys
def serve(own: Path, public: Path, book: str, listen: str, unlock: Unlock, **how: Any) -> None:
    """Answer stations until it is told to stop.

    OWN holds the registry's keys (amin election office-key --office registry) and the certificate that
    headquarters gave back; PUBLIC holds register.json and root.der, as headquarters publishes them. Compare
    the number that is shown with the published one. Tables that a database lacks are made. --restored holds
    until --whole says that everything that was answered is there.
    """
    with server_libraries():
        from registry.running import Place, serve
    published, place = published_in(public), Place.parse(book, listen, **how)
    serve(published, _keys(own, unlock), place, _ready)


@click.command()
@OWN
@PUBLIC
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
    from headquarters.offices import load_pseudonyms_key

    with server_libraries():
        from registry.running import evaluate, parse_listens
    published, listens = published_in(public), parse_listens(listen)
    evaluate(published, _keys(own, unlock), load_pseudonyms_key(own, unlock), listens, _ready)


@click.command()
@OWN
@click.argument("asked", type=FILE)
@click.argument("answered", type=NEW_FILE)
@YES
@with_keys
def roll(own: Path, asked: Path, answered: Path, yes: bool, unlock: Unlock) -> None:
    """Answer headquarters about the roll, as the evaluator: ASKED is what amin election roll wrote.

    OWN holds the evaluator's keys. Headquarters says the number of people and the SHA-256 of ASKED: compare
    both. Nothing in it can be read here, and nothing is kept of it. ANSWERED goes back to headquarters.
    """
    from headquarters.roll import answer

    with working() as work:
        say(answer(own, asked, answered, asker(yes), unlock, work))


@click.command()
@OWN
@PUBLIC
@click.argument("target", type=EXISTING_FOLDER)
@click.argument("nginx", type=click.Path(path_type=Path))
@click.option("--listen", default="8443", show_default=True, help="Port, or address:port.")
@_PROCESSES
@with_keys
def front(own: Path, public: Path, target: Path, nginx: Path, unlock: Unlock, **how: Any) -> None:
    """Write nginx's configuration, certificates and open key to TARGET, a folder in memory.

    For a registry or an evaluator at a centre, which listens at unix:TARGET/socket. Then: nginx -c
    TARGET/nginx.conf. TARGET's group reads them, and NGINX is nginx's folder while it runs. The package
    amin-registry does this at each start.
    """
    with server_libraries():
        from registry.front import Front, write_front
    write_front(target, published_in(public), _keys(own, unlock), Front(nginx, **how))


@click.command()
@FOLDER
@click.argument("device")
@OBSERVER
@click.option("--lift", is_flag=True, help="End a suspension.")
@YES
@with_keys
def suspend(folder: Path, device: str, lift: bool, **by: Any) -> None:
    """Order that a registry answers DEVICE nothing from now on, and that its claims refuse nobody.

    For a station that was stolen or copied. FOLDER is headquarters'; the supervision board's observer signs
    beside it. Voters whom the station claimed get provisional ballots elsewhere, and nobody loses a vote.

    \b
        amin registry suspend FOLDER b0001-i1 --observer OBSERVER
        amin registry obey PUBLIC BOOK FOLDER/orders/b0001-i1.json      at the registry
    """
    question = (
        m("Is {device} in order again? The registry answers it.", device=Latin(device))
        if lift
        else m("Suspend {device}? Its voters get provisional ballots.", device=Latin(device))
    )
    _order(folder, device, question, **by, suspended=not lift)


@click.command()
@FOLDER
@click.argument("device")
@click.argument("claims", type=click.IntRange(0, 100_000))
@OBSERVER
@YES
@with_keys
def allow(folder: Path, device: str, claims: int, **by: Any) -> None:
    """Order how many CLAIMS a registry answers DEVICE on the day, in place of 1,500.

    FOLDER is headquarters'; the supervision board's observer signs beside it. Bring the order to the
    registry: amin registry obey.
    """
    question = m(
        "May {device} have {claims} voters on the day?", device=Latin(device), claims=claims
    )
    _order(folder, device, question, **by, claims=claims)


@click.command()
@PUBLIC
@click.argument("book")
@click.argument("orders", type=FILE, nargs=-1, required=True)
def obey(public: Path, book: str, orders: tuple[Path, ...]) -> None:
    """Enter ORDERS of two offices into BOOK, the registry's file or postgresql:// address.

    The registry may go on running: it keeps to them from its next answer on. The order with the highest
    number holds, in whatever order they are brought.
    """
    with server_libraries():
        from registry.running import in_book
    from election.device_order import said
    from election.files import read_file
    from registry.ordering import obey

    published = published_in(public)
    for path in orders:
        say(said(in_book(book, partial(obey, published, read_file(path, 64 * 1024)))))


def _order(
    folder: Path, device: str, ask: Message, observer: Path, yes: bool, unlock: Unlock, **how: Any
) -> None:
    from election.definition import DeviceId
    from election.device_order import said
    from headquarters.device_orders import order_device
    from headquarters.workspace import ElectionFolder, open_workspace

    workspace = open_workspace(ElectionFolder(folder))
    if not asker(yes)(ask):
        raise ElectionError(m("nothing was ordered"))
    path, order = order_device(workspace, DeviceId(device), observer, unlock, **how)
    say(said(order))
    write("Next, at the registry: amin registry obey PUBLIC BOOK {file}", file=path)


def published_in(public: Path) -> PublishedRegister:
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


def _keys(own: Path, unlock: Unlock) -> Keys:
    from headquarters.offices import open_office
    from registry.running import Keys

    return Keys(*open_office(own, unlock))


def _ready() -> None:
    say("Stations may ask. Stop with Ctrl+C.")
