"""Verify, read and hand on a device's audit log: `amin operator log`.

Exit status: 0 good, 1 something is wrong (named, one line each), 2 unusable input, 3 nothing wrong but not
everything could be checked: no key, no published number, or nothing by which the end is known.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.speaking import say, speaker, usage
from commands.working import FILE, INVALID, JSON, NEW_FILE, NUMBER, leave, now, print_json
from words.message import Latin, m

if TYPE_CHECKING:
    from election.audit_log import CheckedLog, KnownPosition
    from election.register import ElectionNumber
    from headquarters.device_log import LogOwner

_LOG = click.argument("log", type=FILE)


def _of_the_device(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say whose log it is, and where it ended."""
    for option in (
        click.option(
            "--bundle", type=FILE, help="Its closing bundle; without it, the one beside the log."
        ),
        click.option("--device", help="The device; without it, what the file's name begins with."),
        click.option(
            "--number",
            type=NUMBER,
            help="The election's number as published before the day (64 hex digits).",
        ),
        click.option(
            "--root",
            type=FILE,
            help="Headquarters' root certificate; without it root.der beside the register.",
        ),
        click.option(
            "--register",
            type=FILE,
            required=True,
            help="The published register.json: it has the key.",
        ),
        _LOG,
    ):
        command = option(command)
    return command


_ANCHOR = click.option(
    "--anchor",
    "anchor_paths",
    type=FILE,
    multiple=True,
    help="A file `anchor` of the device's media.",
)
_REPORT = click.option(
    "--printed",
    "printed",
    nargs=2,
    type=(click.IntRange(0), str),
    metavar="LENGTH HASH",
    help="Length and hash (or its beginning) of the log, as a printed report shows them.",
)


@click.command()
@_of_the_device
@_ANCHOR
@_REPORT
@JSON
def verify(
    anchor_paths: tuple[Path, ...],
    printed: tuple[int, str] | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Check every entry of LOG, their chain, and that nothing is missing at its end.

    \b
    Each finding is one line: word, line number, what names the place, sentence.
        log-line    not written by this device, or changed
        log-order   lines taken out, put in or exchanged
        log-torn    the last line is cut off, as a power cut does
        log-cut     an act, anchor, bundle or report names an entry that is not there

    Exit status: 0 all is good; 1 something is wrong; 2 unusable input; 3 nothing is wrong, but there was
    no --number, or neither bundle nor anchor nor report by which the end of the log is known.
    """
    found, whose, known = _checked(anchor_paths, printed, **given)
    _tell(found, whose, known, as_json=as_json)
    leave(not found.findings, complete=whose.anchored and bool(known))


@click.command()
@_LOG
@click.option("--what", multiple=True, metavar="WORD", help="Only events of this word.")
@JSON
def show(log: Path, what: tuple[str, ...], as_json: bool) -> None:
    """Say what happened on a device, entry by entry.

    One line an entry: number, time (UTC), word, detail, sentence. Nothing is verified here: that is
    `amin operator log verify`, and so the exit status is 3. With --json the entries are one object.
    Lines that are no entries are counted at the end, and then the status is 1.
    """
    from election.audit_events import AuditEvent
    from election.audit_log import MAX_LOG, read_unchecked
    from election.files import read_file
    from headquarters.device_log import entries_json, sentence_of

    unknown = sorted(set(what) - {event.value for event in AuditEvent})
    if unknown:
        raise usage(m("--what: there is no event {word}", word=Latin(unknown[0])))
    entries, strange = read_unchecked(read_file(log, MAX_LOG))
    shown = [entry for entry in entries if not what or entry.what in what]
    if as_json:
        print_json(entries_json(shown, strange))
    else:
        t = speaker()
        for entry in shown:
            time, sentence = entry.time.isoformat(), t(sentence_of(entry))
            click.echo(f"{entry.number}\t{time}\t{entry.what}\t{entry.detail}\t{sentence}")
    say("Nothing of this was verified: that is amin operator log verify.")
    if strange:
        say("{count} lines are no entries of a log.", count=strange)
    leave(not strange, complete=False)


@click.command()
@_of_the_device
@click.option("--out", type=NEW_FILE, required=True, help="The file to write.")
@click.option("--documentation", type=NEW_FILE, help="Also write what each event's word means.")
def export(out: Path, documentation: Path | None, **given: Any) -> None:
    """Write LOG in the common format for election event logs, NIST SP 1500-101.

    The log is verified first, as `amin operator log verify` does; one with findings is not written.
    The hash of every entry goes along, so that the export can be compared with the log itself.
    """
    from election.files import PUBLIC, replace_file
    from headquarters.nist_log import documentation_of, event_log

    found, whose, known = _checked((), None, **given)
    if found.findings:
        _tell(found, whose, known, as_json=False)
        say("Nothing was written: the log is not as its device left it.")
        raise click.exceptions.Exit(INVALID)
    election = whose.published.register.election
    made = event_log(found.entries, whose.registered, election, now())
    replace_file(out, json.dumps(made, indent=2).encode() + b"\n", PUBLIC)
    if documentation is not None:
        page = json.dumps(documentation_of(now().date()), indent=2)
        replace_file(documentation, page.encode() + b"\n", PUBLIC)
    say("{count} entries written to {path}", count=len(found.entries), path=Latin(str(out)))
    leave(True, complete=whose.anchored and bool(known))


def _checked(
    anchors: tuple[Path, ...],
    printed: tuple[int, str] | None,
    log: Path,
    register: Path,
    root: Path | None,
    number: ElectionNumber | None,
    device: str | None,
    bundle: Path | None,
) -> tuple[CheckedLog, LogOwner, Sequence[KnownPosition]]:
    """Check a log by everything that says where it ended."""
    from election.audit_log import MAX_LOG
    from election.files import read_file
    from headquarters.device_log import checked, known_positions, owner_of, printed_position

    whose = owner_of(log, register, root, number, device)
    data = read_file(log, MAX_LOG)
    known = known_positions(log, whose, bundle, anchors)
    if printed is not None:
        try:
            known = (*known, printed_position(data, whose, *printed))
        except ValueError as error:
            raise usage(m("--printed: 8 to 64 hex digits of the hash are needed")) from error
    return checked(data, whose, known), whose, known


def _tell(
    found: CheckedLog, whose: LogOwner, known: Sequence[KnownPosition], *, as_json: bool
) -> None:
    """Say every finding, or print one JSON object."""
    from headquarters.device_log import findings_json

    if as_json:
        print_json(findings_json(found, whose, known))
        return
    t = speaker()
    for each in found.findings:
        click.echo(f"{each.reason}\t{each.line}\t{each.source}\t{t(each.reason.sentence)}")
    say(
        "{device}: {count} entries, {wrong} findings",
        device=Latin(whose.registered.id),
        count=len(found.entries),
        wrong=len(found.findings),
    )
    if not known:
        say("Nothing says where the log ended: give its bundle, an anchor or a printed report.")
