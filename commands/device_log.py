"""Verify, read and hand on a device's audit log: `amin operator log`.

Exit status: 0 good, 1 something is wrong (named, one line each), 2 unusable input, 3 nothing wrong but not
everything could be checked: no key, no published number, or nothing by which the end is known.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from commands.speaking import refusal, say, speaker, usage
from commands.working import FILE, INVALID, JSON, NEW_FILE, errors, leave, now, print_json
from crypto.signing import PublicKey
from election.audit_log import (
    AUDIT_SUFFIX,
    MAX_LOG,
    AuditEntry,
    CheckedLog,
    KnownPosition,
    check_log,
    read_unchecked,
)
from election.definition import DeviceId
from election.files import PUBLIC, read_file, replace_file
from election.log_evidence import LogError, positions_in_bundle
from election.reasons import LogReason, RegisterReason
from election.register import (
    MAX_REGISTER,
    PublishedRegister,
    RegisteredDevice,
    open_published_register,
    parse_number,
)
from kiosk.audit_events import AuditEvent
from kiosk.storage import anchors
from words.message import Latin, Message, m

_MOST_BUNDLE: Final = 256 * 1024 * 1024
_LOG = click.argument("log", type=FILE)
_REGISTER = click.option(
    "--register", "register_path", type=FILE, help="The published register.json: it has the key."
)
_ROOT = click.option(
    "--root",
    type=FILE,
    help="Headquarters' root certificate; without it root.der beside the register.",
)
_NUMBER = click.option(
    "--number", help="The election's number as published before the day (64 hex digits)."
)
_DEVICE = click.option("--device", help="The device; without it, what the file's name begins with.")
_BUNDLE = click.option(
    "--bundle", type=FILE, help="Its closing bundle; without it, the one beside the log."
)
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


@dataclass(frozen=True, slots=True)
class _Device:
    """Whose log it is, by the register."""

    published: PublishedRegister
    registered: RegisteredDevice
    anchored: bool
    """The register's number is the published one."""


@click.command()
@_LOG
@_REGISTER
@_ROOT
@_NUMBER
@_DEVICE
@_BUNDLE
@_ANCHOR
@_REPORT
@JSON
def verify(
    log: Path,
    register_path: Path | None,
    root: Path | None,
    number: str | None,
    device: str | None,
    bundle: Path | None,
    anchor_paths: tuple[Path, ...],
    printed: tuple[int, str] | None,
    as_json: bool,
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
    if register_path is None:
        raise usage(m("--register is needed: the device's key stands in the published register"))
    with errors():
        whose = _device(log, register_path, root, number, device)
        data = read_file(log, MAX_LOG)
        known = _known(log, whose, bundle, anchor_paths)
        if printed is not None:
            known = (*known, _printed(data, whose, *printed))
        found = check_log(data, PublicKey(whose.registered.key), known)
    _tell(found, whose, known, as_json)
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
    unknown = sorted(set(what) - {event.value for event in AuditEvent})
    if unknown:
        raise usage(m("--what: there is no event {word}", word=Latin(unknown[0])))
    with errors():
        entries, strange = read_unchecked(read_file(log, MAX_LOG))
    shown = [entry for entry in entries if not what or entry.what in what]
    if as_json:
        print_json(
            {
                "verified": False,
                "strange": strange,
                "entries": [
                    {
                        "number": entry.number,
                        "time": entry.time.isoformat(),
                        "what": entry.what,
                        "detail": entry.detail,
                        "sentence": str(_sentence(entry)),
                    }
                    for entry in shown
                ],
            }
        )
    else:
        t = speaker()
        for entry in shown:
            time, sentence = entry.time.isoformat(), t(_sentence(entry))
            click.echo(f"{entry.number}\t{time}\t{entry.what}\t{entry.detail}\t{sentence}")
    say("Nothing of this was verified: that is amin operator log verify.")
    if strange:
        say("{count} lines are no entries of a log.", count=strange)
    leave(not strange, complete=False)


@click.command()
@_LOG
@_REGISTER
@_ROOT
@_NUMBER
@_DEVICE
@_BUNDLE
@click.option("--out", type=NEW_FILE, required=True, help="The file to write.")
@click.option("--documentation", type=NEW_FILE, help="Also write what each event's word means.")
def export(
    log: Path,
    register_path: Path | None,
    root: Path | None,
    number: str | None,
    device: str | None,
    bundle: Path | None,
    out: Path,
    documentation: Path | None,
) -> None:
    """Write LOG in the common format for election event logs, NIST SP 1500-101.

    The log is verified first, as `amin operator log verify` does; one with findings is not written.
    The hash of every entry goes along, so that the export can be compared with the log itself.
    """
    from commands.nist_log import documentation_of, event_log

    if register_path is None:
        raise usage(m("--register is needed: the device's key stands in the published register"))
    with errors():
        whose = _device(log, register_path, root, number, device)
        known = _known(log, whose, bundle, ())
        found = check_log(read_file(log, MAX_LOG), PublicKey(whose.registered.key), known)
    if found.findings:
        _tell(found, whose, known, as_json=False)
        say("Nothing was written: the log is not as its device left it.")
        raise click.exceptions.Exit(INVALID)
    election = whose.published.register.election
    with errors():
        made = event_log(found.entries, whose.registered, election, now())
        replace_file(out, json.dumps(made, indent=2).encode() + b"\n", PUBLIC)
        if documentation is not None:
            page = json.dumps(documentation_of(now().date()), indent=2)
            replace_file(documentation, page.encode() + b"\n", PUBLIC)
    say("{count} entries written to {path}", count=len(found.entries), path=Latin(str(out)))
    leave(True, complete=whose.anchored and bool(known))


# ---------------------------------------------------------------- parts


def _device(
    log: Path, register_path: Path, root: Path | None, number: str | None, name: str | None
) -> _Device:
    from headquarters.published_acts import ROOT_FILE

    root_path = root or register_path.parent / ROOT_FILE
    published = open_published_register(
        read_file(register_path, MAX_REGISTER), read_file(root_path, 64 * 1024)
    )
    try:
        wanted = None if number is None else parse_number(number)
    except ValueError as error:
        raise usage(m("--number: all 64 hex digits are needed, in groups or not")) from error
    if wanted not in (None, published.number):
        raise refusal(RegisterReason.REGISTER_NUMBER.sentence)
    stem = log.name.removesuffix(AUDIT_SUFFIX)
    # A second copy on a drive is called DEVICE-2.audit.jsonl.
    for each in (name,) if name else (stem, stem.rpartition("-")[0]):
        registered = published.register.device(DeviceId(each)) if each else None
        if registered is not None:
            return _Device(published, registered, wanted is not None)
    raise LogError(LogReason.LOG_KEY)


def _known(
    log: Path, whose: _Device, bundle: Path | None, anchor_paths: tuple[Path, ...]
) -> tuple[KnownPosition, ...]:
    """Return all positions that are told beside the log; raise `LogError` for what cannot be believed."""
    beside = log.with_name(log.name.removesuffix(AUDIT_SUFFIX) + ".bundle")
    known: list[KnownPosition] = []
    if (path := bundle or (beside if beside.exists() else None)) is not None:
        data = read_file(path, _MOST_BUNDLE)
        known += positions_in_bundle(data, whose.registered, whose.published)
    for path in anchor_paths:
        anchor = anchors.find(path, PublicKey(whose.registered.key))
        if anchor is None:
            raise LogError(
                LogReason.LOG_KEY,
                m("{path} is no anchor of this device", path=Latin(str(path))),
            )
        known.append(KnownPosition(f"anchor {path.name}", anchor.log.head, anchor.log.length))
    return tuple(known)


def _printed(data: bytes, whose: _Device, length: int, digest: str) -> KnownPosition:
    """Return what a report says; the beginning of a hash is enough, because the length is there too."""
    wanted = "".join(digest.split()).lower()
    if not 8 <= len(wanted) <= 64 or set(wanted) - set("0123456789abcdef"):
        raise usage(m("--printed: 8 to 64 hex digits of the hash are needed"))
    entries = check_log(data, PublicKey(whose.registered.key)).entries
    heads = [e.hash for e in entries if e.number == length and e.hash.hex().startswith(wanted)]
    return KnownPosition("report", heads[0] if heads else bytes(31) + b"\1", length)


def _tell(
    found: CheckedLog, whose: _Device, known: tuple[KnownPosition, ...], as_json: bool
) -> None:
    if as_json:
        print_json(
            {
                "device": whose.registered.id,
                "number": whose.published.number,
                "anchored": whose.anchored,
                "entries": len(found.entries),
                "end_known_by": [each.source for each in known],
                "findings": [
                    {
                        "reason": each.reason.value,
                        "line": each.line,
                        "source": each.source,
                        "message": str(each.reason.sentence),
                    }
                    for each in found.findings
                ],
            }
        )
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


def _sentence(entry: AuditEntry) -> Message:
    try:
        return AuditEvent(entry.what).sentence
    except ValueError:
        return m("An event of another version of the program.")
