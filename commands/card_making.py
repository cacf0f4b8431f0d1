"""Make the cards of operators and of voters: `amin election operator-cards`, `authorization-cards`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.key_options import READER, ROOT_KEY, with_keys
from commands.speaking import say, speaker, write
from commands.working import FILE, FOLDER, JSON, leave, print_json
from words.message import Latin, Message

if TYPE_CHECKING:
    from headquarters.authorization_cards import Row
    from headquarters.keepers import Unlock


@click.command("operator-cards")
@FOLDER
@click.argument("table", type=FILE)
@click.option(
    "--letters",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder in memory for new PIN letters, to be printed and sealed.",
)
@click.option("--lost", metavar="NUMBER", help="This card is lost; its number never serves again.")
@ROOT_KEY
@JSON
@with_keys
def operator_cards(
    folder: Path,
    table: Path,
    letters: Path | None,
    lost: str | None,
    root_key: Path | None,
    as_json: bool,
    unlock: Unlock,
) -> None:
    """Write PIN letters and issue certificates for the operators' cards of TABLE.

    \b
    operators.csv    number,role,branch,district
                     1001,officer,b0001,
                     9001,supervisor,,district-1     a reserve, for a whole district

    First with --letters: PIN and PUK of each number, drawn now and kept nowhere else. Each card makes its
    key itself and signs a request for its number; put these (*.csr) into FOLDER/card-requests and give the
    command again: FOLDER/operators/NUMBER.pem then goes onto the card. It can be repeated until the
    register is made. A lost card's number never comes back: give its holder a new line.

    Exit status 1 while a card has no request yet.
    """
    from headquarters import operator_cards as cards
    from headquarters.authority import load_issuer
    from headquarters.candidate_files import MAX_SIZE
    from headquarters.workspace import ElectionFolder, read_brought_file

    place = ElectionFolder(folder)
    rows = cards.read_operators(read_brought_file(table)[:MAX_SIZE], place, table.name)
    if lost is not None:
        cards.declare_lost(place, rows, lost)
    written = 0
    if letters is not None:
        gone = cards.lost_numbers(place)
        written = cards.write_letters(rows, letters, gone, speaker()(cards.LETTER))
        for line in cards.where_kept(letters):
            say(line)
    issuer = load_issuer(place.keys, unlock, root_key)
    made = cards.make_cards(place, rows, issuer, written)
    if as_json:
        print_json(cards.as_plain(made))
    else:
        for line in cards.lines(made):
            say(line)
    leave(not made.waiting)


@click.command("authorization-cards")
@FOLDER
@click.argument("branch")
@click.option("--count", type=click.IntRange(1, 10_000), required=True, help="How many cards.")
@click.option("--at", "place", help="Part of the name of the reader for these cards.")
@with_keys
def authorization_cards(
    folder: Path, branch: str, count: int, place: str | None, unlock: Unlock
) -> None:
    """Prepare the authorization cards of BRANCH, one after the other, with a counter.

    Put a card in, wait for its number, take it out, put in the next. Each gets the branch's key and is
    blank. A card of another branch is refused and not counted. Ctrl-C ends it; what is done stays.
    """
    from drivers.smartcard.holding import one_reader
    from election.definition import BranchId
    from headquarters.authority import branch_card_key
    from headquarters.authorization_cards import prepare_row
    from headquarters.key_folder import open_key_folder
    from headquarters.workspace import ElectionFolder

    key = branch_card_key(open_key_folder(ElectionFolder(folder).keys, unlock), BranchId(branch))
    say("Put in the first of {count} cards", count=count)

    def told(row: Row, line: Message) -> None:
        write("{good} of {count}: {line}", good=row.good, count=count, line=line)

    row = prepare_row(one_reader(place), key, count, told)
    write(
        "{good} cards of branch {branch} are ready, {failed} could not be used",
        good=row.good,
        branch=Latin(branch),
        failed=row.failed,
    )
    leave(row.failed == 0)


@click.command("card-request")
@click.argument("public", type=FILE)
@click.option("--number", required=True, help="The card's number in operators.csv.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The request.")
@click.option("--pin", default="123456", show_default=True, help="A new card's PIN; never another.")
@READER
def card_request(public: Path, number: str, output: Path, pin: str, reader: str | None) -> None:
    """Let the card in the reader ask for its certificate, with the key that it just made.

    PUBLIC is the key as the card gave it (PEM). The card still has its maker's PIN, which everybody knows.
    """
    from drivers.smartcard.card_request import ask_card
    from drivers.smartcard.holding import reader_with_card
    from election.files import PUBLIC, read_file, replace_file

    request = ask_card(reader_with_card(reader), pin, read_file(public, 16 * 1024), number)
    replace_file(output, request, PUBLIC)
    write("{file}: for headquarters", file=output)
