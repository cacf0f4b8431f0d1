"""Read the archive as a file and as a chain: rules `format` (tar) and `chain`.

An archive is read once, front to back. `read_entries` yields the files inside, `read_events` the
events with the objects directly in front of them; both report what is wrong and go on as long as
the next thing can be found.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import SEEK_END
from typing import BinaryIO

from headquarters.verification.report import Findings, FlawError, Rule
from headquarters.verification.values import fields, number, parse_compact, text
from words.message import Latin, Message, m

BLOCK = 512
LARGEST_ENTRY = 1 << 30

_OBJECTS = {
    "Setup": 4,
    "Ballot": 1,
    "EndBallots": 0,
    "EncryptedTally": 2,
    "Shuffle": 2,
    "EndShuffles": 0,
    "PartialDecryption": 2,
    "Result": 1,
}
_FOLLOWERS = {
    None: {"Setup"},
    "Setup": {"Ballot", "EndBallots"},
    "Ballot": {"Ballot", "EndBallots"},
    "EndBallots": {"EncryptedTally"},
    "EncryptedTally": {"Shuffle", "EndShuffles", "PartialDecryption"},
    "Shuffle": {"Shuffle", "EndShuffles"},
    "EndShuffles": {"PartialDecryption"},
    "PartialDecryption": {"PartialDecryption", "Result"},
    "Result": set(),
}


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file in the archive."""

    name: str
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the content, in hex."""
        return sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """An event, with as many objects in front of it as its type demands."""

    name: str
    digest: str
    kind: str
    objects: tuple[ArchivedFile, ...]


@dataclass(frozen=True, slots=True)
class _Link:
    """The fields of an event."""

    parent: str | None
    height: int
    kind: str
    payload: str | None


def read_entries(
    stream: BinaryIO, findings: Findings, progress: Callable[[int], None]
) -> Iterator[ArchivedFile]:
    """Yield the entries after the BELENIOS one; stop where the next entry cannot be found."""
    time: int | None = None
    length = stream.seek(0, SEEK_END)
    stream.seek(0)
    if not length:
        findings.add(Rule.FORMAT, "@0", m("the file is empty"))
    while header := stream.read(BLOCK):
        where = f"@{stream.tell() - len(header)}"
        try:
            name, size, entry_time = _header_fields(header)
        except ValueError:
            findings.add(Rule.FORMAT, where, m("not a header; the rest is not read"))
            return
        if header != _header(name, size, entry_time):
            findings.add(Rule.FORMAT, name, m("header not as the format has it"))
        if size > LARGEST_ENTRY:
            findings.add(Rule.FORMAT, name, m("an entry too large to read; the rest is not read"))
            return
        if stream.tell() + size + -size % BLOCK > length:
            findings.add(Rule.FORMAT, name, m("the file ends inside this entry"))
            return
        content, padding = stream.read(size), stream.read(-size % BLOCK)
        if padding.strip(b"\0"):
            findings.add(Rule.FORMAT, name, m("padding is not zero"))
        if time is None:
            time = entry_time
            if (name, content) != ("BELENIOS", b'{"version":1,"timestamp":"%d"}' % time):
                findings.add(Rule.FORMAT, name, m("the first entry is not the header object"))
        else:
            if entry_time != time:
                findings.add(Rule.FORMAT, name, m("time differs from the header object's"))
            yield ArchivedFile(name, content)
        progress(stream.tell())


def read_events(entries: Iterator[ArchivedFile], findings: Findings) -> Iterator[ChainEvent]:
    """Yield events with their objects; those with a wrong number of objects are left out."""
    objects: list[ArchivedFile] = []
    previous: _Link | None = None
    parent: str | None = None
    for entry in entries:
        is_event = entry.name.endswith(".event.json")
        if entry.name != f"{entry.digest}.{'event' if is_event else 'data'}.json":
            findings.add(Rule.CHAIN, entry.name, m("the name is not the hash of the content"))
        if not is_event:
            objects.append(entry)
            continue
        try:
            link = _link(entry.content)
        except FlawError as flaw:
            findings.add(flaw.reason, entry.name, flaw.message)
            objects.clear()
            continue
        for message in _chain_faults(link, previous, parent, objects):
            findings.add(Rule.CHAIN, entry.name, message)
        if len(objects) == _OBJECTS.get(link.kind):
            yield ChainEvent(entry.name, entry.digest, link.kind, tuple(objects))
        previous, parent = link, entry.digest
        objects.clear()
    for leftover in objects:
        findings.add(Rule.CHAIN, leftover.name, m("an object that belongs to no event"))


def _chain_faults(
    link: _Link, previous: _Link | None, parent: str | None, objects: list[ArchivedFile]
) -> Iterator[Message]:
    if link.parent != parent:
        yield m("the parent is not the event before")
    if link.height != (0 if previous is None else previous.height + 1):
        yield m("the height is not one more than before")
    if link.kind not in _FOLLOWERS[None if previous is None else previous.kind]:
        before = m("nothing") if previous is None else Latin(previous.kind)
        yield m("{event} may not follow {before}", event=Latin(link.kind), before=before)
    if len(objects) != _OBJECTS[link.kind]:
        yield m("{count} objects in front of {event}", count=len(objects), event=Latin(link.kind))
    if link.payload != (objects[-1].digest if objects else None):
        yield m("the payload is not the object in front")


def _link(content: bytes) -> _Link:
    value = parse_compact(content)
    keys = value if isinstance(value, dict) else {}
    names = [key for key in ("parent", "height", "type", "payload") if key in keys]
    found = dict(zip(names, fields(value, " ".join(names)), strict=True))
    if not {"height", "type"} <= found.keys() or text(found["type"]) not in _OBJECTS:
        raise FlawError(Rule.CHAIN, m("an event of an unknown kind"))
    return _Link(
        text(found["parent"]) if "parent" in found else None,
        number(found["height"]),
        text(found["type"]),
        text(found["payload"]) if "payload" in found else None,
    )


def _header_fields(header: bytes) -> tuple[str, int, int]:
    """Name, size and time. Raises ValueError, also for a name that cannot stand in one line."""
    name, size, time = header[:100].rstrip(b"\0"), header[124:135], header[136:147]
    if not (size.isdigit() and time.isdigit() and name.decode("ascii").isprintable()):
        raise ValueError("size and time are octal digits, a name is printable")
    return name.decode("ascii"), int(size, 8), int(time, 8)


def _header(name: str, size: int, time: int) -> bytes:
    """Write the 512 bytes that a header has to be (POSIX ustar, as the format fixes it)."""
    start = name.encode().ljust(100, b"\0") + b"0000644\0" + 2 * b"0000000\0"
    middle = b"%011o\0%011o\0" % (size, time)
    checksum = sum(start) + sum(middle) + 8 * 0x20 + ord("0")
    return (start + middle + b"%06o\0 " % checksum + b"0").ljust(BLOCK, b"\0")
