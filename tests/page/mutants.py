"""Change valid archives wherever a rule may be about, with hashes made right again or not."""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from headquarters.verification import verify_archive
from tests.page.running import page_process

BLOCK = 512
IDENTITY = "0" * 63 + "1"
TORSION = "0" * 64
"""y = 0: a point of order 4."""
OFF_CURVE = "0" * 63 + "2"
NOT_CANONICAL = "7" + "f" * 62 + "e"
Q = 2**252 + 27742317777372353535851937790883648493


@dataclass(frozen=True)
class Entry:
    """One entry of an archive: name and content."""

    name: str
    content: bytes

    @property
    def is_event(self) -> bool:
        """Say whether the entry is an event."""
        return self.name.endswith(".event.json")


def header(name: str, size: int, time: int) -> bytes:
    """Return the 512 bytes in front of an entry."""
    block = bytearray(BLOCK)
    for at, text in (
        (0, name), (100, "0000644"), (108, "0000000"), (116, "0000000"), (124, f"{size:011o}"),
        (136, f"{time:011o}"), (148, " " * 8), (156, "0"),
    ):  # fmt: skip
        block[at : at + len(text)] = text.encode()
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block)


def read(path: Path) -> tuple[int, list[Entry]]:
    """Take an archive apart: its time and its entries."""
    data = path.read_bytes()
    entries, at, time = [], 0, 0
    while at < len(data):
        name = data[at : at + 100].rstrip(b"\0").decode()
        size = int(data[at + 124 : at + 135], 8)
        time = int(data[at + 136 : at + 147], 8)
        entries.append(Entry(name, data[at + BLOCK : at + BLOCK + size]))
        at += BLOCK + -(-size // BLOCK) * BLOCK
    return time, entries


def write(time: int, entries: list[Entry]) -> bytes:
    """Put an archive together."""
    return b"".join(
        header(one.name, len(one.content), time) + one.content + bytes(-len(one.content) % BLOCK)
        for one in entries
    )


def compact(value: Any) -> bytes:
    """Write JSON as Belenios does."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def chained(entries: list[Entry]) -> list[Entry]:
    """Make names, references, payloads, parents and heights right again."""
    renamed: dict[str, str] = {}
    result: list[Entry] = []
    waiting: list[Entry] = []
    parent, height = None, 0
    for one in entries:
        if one.name == "BELENIOS":
            result.append(one)
            continue
        content = one.content
        for old, new in renamed.items():
            if old != new:
                content = content.replace(old.encode(), new.encode())
        if one.is_event:
            try:
                event = json.loads(content)
                event.pop("parent", None)
                event["height"] = height
                if waiting:
                    event["payload"] = waiting[-1].name[:64]
                order = ("parent", "height", "type", "payload")
                event["parent"] = parent
                content = compact({k: event[k] for k in order if event.get(k) is not None})
            except (ValueError, TypeError, AttributeError, KeyError):
                pass
            waiting = []
            height += 1
            parent = hashlib.sha256(content).hexdigest()
        digest = hashlib.sha256(content).hexdigest()
        renamed[one.name[:64]] = digest
        made = Entry(digest + one.name[64:], content)
        if not one.is_event:
            waiting.append(made)
        result.append(made)
    return result


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the paths of everything in a JSON value, containers too."""
    found = [path]
    if isinstance(value, dict):
        for key, one in value.items():
            found += leaves(one, (*path, key))
    elif isinstance(value, list):
        for key, one in enumerate(value):
            found += leaves(one, (*path, key))
    return found


def at_path(value: Any, path: tuple[Any, ...]) -> Any:
    """Return what stands at a path."""
    for key in path:
        value = value[key]
    return value


def other(draw: random.Random, value: Any, pool: list[str]) -> Any:
    """Return something else that may stand in a value's place."""
    if isinstance(value, bool):
        return draw.choice([not value, 1, None])
    if isinstance(value, int):
        return draw.choice([value + 1, max(0, value - 1), 0, -1, 2**40, str(value), 1.5, None])
    if isinstance(value, str):
        if len(value) == 64 and pool:
            return draw.choice(
                [draw.choice(pool), draw.choice(pool), IDENTITY, TORSION, OFF_CURVE, NOT_CANONICAL,
                 value.upper(), value[:-1], "f" * 64, value[::-1], 7]
            )  # fmt: skip
        if value.isdigit():
            number = int(value)
            return draw.choice(
                [
                    str((number + 1) % Q),
                    "0",
                    str(number + Q),
                    "0" + value,
                    "-1",
                    "",
                    value + " ",
                    number % 2**50,
                ]
            )
        return draw.choice([value + "x", "", value[:-1], value * 2, "\u202e" + value, None, 3])
    if isinstance(value, list):
        made = list(value)
        way = draw.randrange(5)
        if way == 0 or not made:
            return [*made, made[0] if made else "x"]
        if way == 1:
            made.pop(draw.randrange(len(made)))
        elif way == 2 and len(made) > 1:
            a, b = draw.sample(range(len(made)), 2)
            made[a], made[b] = made[b], made[a]
        elif way == 3:
            return {}
        else:
            made[draw.randrange(len(made))] = draw.choice(made)
        return made
    if isinstance(value, dict):
        changed = dict(value)
        way = draw.randrange(4)
        if way == 0:
            changed["extra"] = 1
        elif way == 1 and changed:
            changed.pop(draw.choice(list(changed)))
        elif way == 2:
            changed = dict(reversed(list(changed.items())))
        else:
            return []
        return changed
    return 0


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return a value with something else at a path."""
    if not path:
        return new
    made = dict(value) if isinstance(value, dict) else list(value)
    made[path[0]] = put(value[path[0]], path[1:], new)
    return made


def spelled(draw: random.Random, content: bytes) -> bytes:
    """Spell the same JSON in another way, or break it."""
    text = content.decode()
    way = draw.randrange(8)
    if way == 0:
        return content + b"\n"
    if way == 1:
        return text.replace(":", ": ", 1).encode()
    if way == 2 and '{"' in text:
        key = text[2 : text.index('"', 2)]
        return text.replace("{", '{"' + key + '":0,', 1).encode()
    if way == 3:
        return content[: draw.randrange(len(content))]
    if way == 4:
        return b"\xef\xbb\xbf" + content
    if way == 5:
        return content.replace(b'"', b"'", 2)
    if way == 6:
        return text.replace("/", "\\/", 1).encode()
    cut = draw.randrange(len(content))
    return content[:cut] + b"\xff" + content[cut:]


def mutant(draw: random.Random, time: int, entries: list[Entry]) -> bytes:
    """Draw one changed archive."""
    way = draw.random()
    if way < 0.08:
        flipped = bytearray(write(time, entries))
        for _ in range(draw.choice([1, 1, 1, 4])):
            flipped[draw.randrange(len(flipped))] ^= 1 << draw.randrange(8)
        return bytes(flipped)
    if way < 0.12:
        data = write(time, entries)
        cut = draw.randrange(len(data))
        return draw.choice(
            [
                data[:cut],
                data[: cut // 512 * 512],
                data + bytes(512),
                data[:cut] + bytes(512) + data[cut:],
            ]
        )
    made = list(entries)
    if way < 0.25:
        i = draw.randrange(1, len(made))
        j = draw.randrange(1, len(made))
        step = draw.randrange(4)
        if step == 0:
            made.pop(i)
        elif step == 1:
            made.insert(j, made[i])
        elif step == 2:
            made[i], made[j] = made[j], made[i]
        else:
            ends = [k for k, one in enumerate(made) if one.is_event]
            a = draw.randrange(len(ends))
            begin, end = (ends[a - 1] + 1 if a else 1), ends[a] + 1
            group = made[begin:end]
            del made[begin:end]
            if draw.random() < 0.6:
                k = draw.randrange(1, len(made) + 1)
                made[k:k] = group * draw.choice([1, 1, 2])
    else:
        i = draw.randrange(len(made))
        one = made[i]
        if way < 0.32:
            made[i] = replace(one, content=spelled(draw, one.content))
        else:
            value = json.loads(one.content)
            pool = [
                v for p in leaves(value) if isinstance(v := at_path(value, p), str) and len(v) == 64
            ]
            path = draw.choice(leaves(value))
            made[i] = replace(
                one, content=compact(put(value, path, other(draw, at_path(value, path), pool)))
            )
    return write(time, chained(made) if draw.random() < 0.9 else made)


@dataclass(frozen=True)
class Compared:
    """What both verifiers say of one changed archive, by reason."""

    number: int
    program: frozenset[str]
    page: frozenset[str]

    @property
    def differ(self) -> bool:
        """Whether one refuses what the other accepts."""
        return bool(self.program) != bool(self.page)


def compared(
    bases: list[tuple[int, list[Entry]]], weights: list[int], count: int, seed: int, folder: Path
) -> Iterator[Compared]:
    """Change archives and ask both verifiers, one process of the page for all; only differences are kept."""
    draw = random.Random(seed)
    with page_process() as page:
        for number in range(count):
            path = folder / f"{number}.bel"
            path.write_bytes(mutant(draw, *draw.choices(bases, weights)[0]))
            page.ask(str(path))
            program = frozenset(one.reason.value for one in verify_archive(path).failures)
            said = page.answer()
            assert said["kind"] == "done", (path, said)
            report = said["report"]
            assert bool(report["faults"]) == bool(report["findings"])
            found = Compared(
                number, program, frozenset(one["reason"] for one in report["findings"])
            )
            if not found.differ:
                path.unlink()
            yield found
