"""`amin election ceremony`: trustees make the election key, each on a machine of their own.

Exit status: 0 done, 1 something of the ceremony is refused or unfinished, 2 unusable input.
With `--json` one object goes to standard output; questions and messages go to standard error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from commands.key_options import PASSPHRASE_FILE, READER
from commands.speaking import say, speaker, usage, write, write_lines
from commands.trustee_keeper import SECRETS, choose_keeper
from commands.trustee_secret import change_secret, check_secret, export_secret
from commands.working import FILE, JSON, NEW_FILE, YES, check_bar, leave, print_json
from election.definition import Text
from words.digits import to_persian_digits
from words.message import Latin, Message, m

_STICK = click.argument("stick", type=click.Path(file_okay=False, path_type=Path))


@click.group()
def ceremony() -> None:
    """Make the election key by trustees together; no machine ever holds all of it.

    \b
    STICK is a folder on a USB drive that goes from trustee to trustee, each at an offline machine:
        amin election ceremony new STICK …           the organiser, once
        amin election ceremony step STICK …          each trustee, until nothing is due
        amin election ceremony status STICK          whose turn it is
        amin election ceremony finish STICK -o FILE  the organiser, at the end
        amin election ceremony verify STICK          anybody, any time later
        amin election ceremony check-secret …        each trustee, before the count

    The drive holds no secret. Commands can be repeated; whatever breaks off goes on from there.
    """


@ceremony.command()
@_STICK
@click.option("--title", required=True, help="What the key is for, in Persian.")
@click.option("--title-en", default="", help="The same in English.")
@click.option(
    "--trustees", "size", type=click.IntRange(1, 16), required=True, help="Number of trustees."
)
@click.option("--threshold", type=int, help="How many of them decrypt together.")
@click.option("--single", is_flag=True, help="All are needed, each with a key of their own.")
@click.option(
    "--name",
    "names",
    type=(str, str),
    multiple=True,
    metavar="FA EN",
    help="A trustee's name in Persian and English (may be ''), once for each, in order.",
)
@JSON
def new(
    stick: Path,
    title: str,
    title_en: str,
    size: int,
    threshold: int | None,
    single: bool,
    names: tuple[tuple[str, str], ...],
    as_json: bool,
) -> None:
    """Begin a ceremony in the folder STICK.

    Either --threshold K, at least 2 and fewer than there are trustees: any K can decrypt; or
    --single: all are needed.
    """
    from headquarters.ceremony.coordinator import begin_ceremony
    from headquarters.ceremony.definition import new_ceremony
    from headquarters.ceremony.phrases import begun_lines

    if names and len(names) != size:
        raise usage(m("{count} names for {size} trustees", count=len(names), size=size))
    if single and threshold not in (None, size):
        raise usage(m("with --single all trustees are needed"))
    if not single and threshold is None:
        raise usage(m("say how many are enough: --threshold K, or --single for all"))
    people = [Text(fa, en) for fa, en in names] or [
        Text(f"امین شمارهٔ {to_persian_digits(str(i))}", f"Trustee {i}") for i in range(1, size + 1)
    ]
    made = new_ceremony(
        Text(title, title_en),
        datetime.now().astimezone().date(),
        people,
        size if threshold is None else threshold,
        single=single,
    )
    begin_ceremony(stick, made)
    if as_json:
        print_json({"stick": str(stick), "ceremony": made.digest, "trustees": size})
        return
    write_lines(begun_lines(made, stick, speaker()))


@ceremony.command()
@_STICK
@SECRETS
@click.option("--trustee", type=int, help="Your number, at the first step.")
@PASSPHRASE_FILE
@click.option("--card", is_flag=True, help="At the first step: close the secret with a PIV card.")
@READER
@YES
@JSON
def step(
    stick: Path,
    folder: Path,
    trustee: int | None,
    passphrase_file: Path | None,
    card: bool,
    reader: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Do what is due for the trustee whose secret is in --secrets.

    Finds out by itself what that is, checks every file on the drive first, and says what comes
    next. The secret is made at the first step and closed with a passphrase that is asked for, or
    with a smart card and its PIN.
    """
    from election.files import real_path
    from headquarters.ceremony.phrases import visit_lines, visit_plain
    from headquarters.ceremony.trustee import run_due_steps

    if real_path(folder).is_relative_to(real_path(stick)):
        raise usage(m("the secret must not be on the USB drive that goes round"))
    person = _Person(trustee, yes)
    with check_bar() as progress:
        keeper = choose_keeper(folder, passphrase_file, reader, card=card)
        done = run_due_steps(stick, folder, keeper, person, progress=progress)
    if as_json:
        print_json(visit_plain(done))
    else:
        write_lines(visit_lines(done, stick, speaker()))


@ceremony.command()
@_STICK
@JSON
def status(stick: Path, as_json: bool) -> None:
    """Say who has done what, whose turn it is, and what is wrong. Changes nothing."""
    from headquarters.ceremony.coordinator import standing
    from headquarters.ceremony.phrases import status_lines, status_plain

    with check_bar() as progress:
        found = standing(stick, progress)
    if as_json:
        print_json(status_plain(found))
    else:
        write_lines(status_lines(found, speaker()))
    leave(not found.refused)


@ceremony.command()
@_STICK
@click.option("-o", "--output", type=NEW_FILE, help="Where to put a copy of trustees.json.")
@JSON
def finish(stick: Path, output: Path | None, as_json: bool) -> None:
    """Check everything; write trustees.json and transcript.json. Can be repeated."""
    from headquarters.ceremony.ceremony_files import write_file
    from headquarters.ceremony.coordinator import finish_ceremony

    with check_bar() as progress:
        result = finish_ceremony(stick, progress)
        if output is not None:
            write_file(output, result.trustees.text)
    if as_json:
        print_json({"key": result.key, "trustees": len(result.trustees.owners)})
        return
    write("election key: {key}", key=Latin(result.key))
    write(
        "{count} trustees signed; keep the whole of {stick}",
        count=len(result.trustees.owners),
        stick=stick,
    )


@ceremony.command()
@_STICK
@click.option(
    "--trustees", "published", type=FILE, help="trustees.json of an election, to compare."
)
@JSON
def verify(stick: Path, published: Path | None, as_json: bool) -> None:
    """Check a finished ceremony: every proof, signature, promise and hash. Needs no secret.

    \b
    Exit status: 0 valid, 1 not valid or not finished, 2 no ceremony is there.
    """
    from election.files import read_file
    from headquarters.ceremony.ceremony_files import LARGEST_FILE
    from headquarters.ceremony.coordinator import check_ceremony
    from headquarters.ceremony.phrases import refusal_plain

    with check_bar() as progress:
        compared = None if published is None else read_file(published, LARGEST_FILE)
        result, refused = check_ceremony(stick, compared, progress)
    if as_json:
        print_json(
            {
                "valid": not refused,
                "key": None if result is None else result.key,
                "refused": [refusal_plain(error) for error in refused],
            }
        )
    else:
        for error in refused:
            write(f"{error.reason}\t{speaker()(error.message)}")
        if result is not None and not refused:
            write(
                "valid: {size} trustees; election key {key}",
                size=result.ceremony.size,
                key=Latin(result.key),
            )
    leave(not refused)


ceremony.add_command(check_secret)
ceremony.add_command(change_secret)
ceremony.add_command(export_secret)


# ---------------------------------------------------------------- parts


@dataclass(frozen=True, slots=True)
class _Person:
    """The trustee at this terminal."""

    number: int | None
    yes: bool

    def chooses(self, free: Mapping[int, Text]) -> int:
        from headquarters.ceremony.trustee import label

        if self.number is not None:
            return self.number
        if self.yes:
            return min(free)
        for index, name in free.items():
            say(f"  {index}  {label(name)}")
        choice = click.Choice([str(index) for index in free])
        return int(click.prompt(speaker()(m("Which trustee are you?")), type=choice, err=True))

    def agrees(self, question: Message) -> bool:
        if self.yes:
            say(question)
            return True
        return click.confirm(speaker()(question), err=True)

    def reads(self, line: Message) -> None:
        say(line)
