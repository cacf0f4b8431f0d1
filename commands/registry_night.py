"""Tell how a registry stands, hand over, destroy: `amin registry status`, `export`, `destroy`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.key_options import with_keys
from commands.registry import OWN, PUBLIC, published_in
from commands.speaking import say, server_libraries, usage, write
from commands.working import EXISTING_FOLDER, NEW_FILE, YES, asker, now
from election.errors import ElectionError
from words.message import Latin, m

if TYPE_CHECKING:
    from headquarters.keepers import Unlock
    from registry.telling import Signer


@click.command()
@OWN
@PUBLIC
@click.argument("book")
@click.option("--out", type=NEW_FILE, help="Where to write it, signed, for the status board.")
@with_keys
def status(own: Path, public: Path, book: str, out: Path | None, unlock: Unlock) -> None:
    """Say how many voters have a claim in BOOK, and which stations are suspended or out of step.

    The registry may go on running. No voter and no branch is told, sums below ten are "few", and the time is
    the full hour: what is told every minute would say when somebody came.
    """
    with server_libraries():
        from registry import telling
        from registry.running import in_book
    from election.files import PUBLIC, replace_file

    signer = _signer(own, public, unlock)
    found = in_book(book, partial(telling.status, signer, now()))
    if out is not None:
        replace_file(out, signer.sign(found), PUBLIC)
    for line in telling.lines(found):
        write(line)


@click.command()
@OWN
@PUBLIC
@click.argument("book")
@click.argument("target", type=NEW_FILE)
@with_keys
def export(own: Path, public: Path, book: str, target: Path, unlock: Unlock) -> None:
    """Write all claims of BOOK to TARGET, sorted, and beside it TARGET.json, which the registry signs.

    Once the polls have closed. TARGET holds pseudonyms, the stations' signed claims and what became of the
    cards: no time, and no order in which people came. It checks the stations' books, which decide.
    """
    with server_libraries():
        from registry import telling
        from registry.running import in_book

    signer = _signer(own, public, unlock)
    for line in telling.lines(in_book(book, partial(telling.export, signer, target, now()))):
        write(line)
    write("{file}: for the reconciliation office, with its .json", file=target)


@click.command()
@PUBLIC
@click.option("--book", help="The registry's file, or its postgresql:// address.")
@click.option("--keys", type=EXISTING_FOLDER, help="Folder of an office's keys: the evaluator's.")
@click.option("--record", type=NEW_FILE, required=True, help="Where the record of it is written.")
@YES
def destroy(public: Path, book: str | None, keys: Path | None, record: Path, yes: bool) -> None:
    """Destroy a registry's claims, or the evaluator's keys, on the date that was published; record it.

    Who has both can find out who voted where, by trying numbers. A file is overwritten. Of PostgreSQL the
    tables are dropped; its write-ahead log, standbys, archives and backups still hold what was there: the
    record lists them, to be destroyed by hand and ticked.

    \b
        amin registry destroy PUBLIC --book claims.db --record destroyed.json
        amin registry destroy PUBLIC --keys OWN --record keys-destroyed.json       the evaluator
    """
    if book is None and keys is None:
        raise usage(m("nothing to destroy: give --book or --keys"))
    with server_libraries():
        from registry import telling
        from registry.book import Destroyed
        from registry.running import in_book

    published = published_in(public)
    if not asker(yes)(m("Destroy it? Nothing of it comes back.")):
        raise ElectionError(m("nothing was destroyed"))
    telling.begin_record(record)
    claims, gone = (0, Destroyed((), ())) if book is None else in_book(book, telling.destroy_claims)
    done = gone.done if keys is None else (*gone.done, *telling.destroy_keys(keys))
    made = telling.DestructionRecord(published.number, now(), claims, done, gone.left)
    telling.write_record(made, record)
    for line in gone.left:
        say("to be destroyed by hand: {what}", what=Latin(line))
    write("{claims} claims and {count} things are destroyed", claims=claims, count=len(done))


def _signer(own: Path, public: Path, unlock: Unlock) -> Signer:
    from headquarters.offices import open_office
    from registry.telling import Signer

    return Signer(published_in(public), *open_office(own, unlock))
