"""Explain the example archive byte by byte: docs/spec/example.md, computed from its files alone.

`python -m tests.docs.example_archive` makes both anew; `tests/docs/test_example.py` computes the page again.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from crypto import canonical
from crypto.errors import CryptoError

SPEC: Final = Path(__file__).parents[2] / "docs" / "spec"
EXAMPLE, PAGE = SPEC / "example", SPEC / "example.md"
LONG: Final = 72
"""Characters of a value that are shown whole."""
Json = Any

_HEAD = """\
# The example archive

[A tiny election](example/), as it is published, and what cards and closing reports of its day held.
Nobody votes in it: it is a rehearsal. This page was computed from the files;
`tests/docs/test_example.py` computes it again. It says what each byte is; what it *means* stands on the
pages that are named. Check it with our program, or with [a script that uses nothing of
ours](../auditing.md#a-reading-script):

    $ amin election verify docs/spec/example/index.json --number {number}

One branch. `terminal-1` has two ordinary votes, two provisional ones of one person (the lot lets one
count) and a challenge; `terminal-2` burnt with a vote and is finally missing; the spare `spare-1` took
over; `terminal-3` died and was rescued.

In a table of bytes stand the place of an item's head in the file, its head in hex, and what it is. In
canonical CBOR a head of one byte holds type and a value up to 23 (`a5` is a map of five pairs, `83` a
list of three, `67` a text of seven bytes, `58 20` a byte string of 32). Long values are shown by their
beginning and their length. What lies *inside* a byte string and is CBOR again is indented below it.
"""


def page(folder: Path = EXAMPLE) -> str:
    """Return the page's text."""
    number = _sha256((folder / "register.json").read_bytes())
    parts = [_HEAD.format(number=number), *_sections(folder)]
    return "\n".join(parts)


def _sections(folder: Path) -> Iterator[str]:
    yield _files(folder)
    yield _section("Register and number", "[The register](register.md)", _register(folder))
    yield _section("Index", "[What is published](publication.md#index)", _index(folder))
    act = "[Devices](devices.md#acts)"
    yield _section("Take-over", act, _act(folder / "acts" / "spare-1.takeover"))
    yield _section("Rescue", act, _act(folder / "acts" / "terminal-3.rescue"))
    lists = "[Lists of two offices](devices.md#lists-of-two-offices)"
    yield _section(
        "Missing devices", lists, _enveloped(folder / "missing.json", "amin missing devices")
    )
    lots = "[Lots](devices.md#lots)"
    yield _section("Lot of decisions", lots, _enveloped(folder / "lot-decisions.json", "amin lot"))
    yield _section("Lot of seats", lots, _enveloped(folder / "lot-seats.json", "amin lot"))
    yield _section("Acts of the day", "[Acts](evidence.md#acts)", _day_acts(folder / "supplement"))
    evidence = (
        "[The terminal's evidence](evidence.md) and [the supplement](publication.md#supplement)"
    )
    yield _section("Supplement", evidence, _supplement(folder / "supplement"))
    yield _section("Cards", "[Vouchers, receipts, handles](evidence.md)", _cards(folder / "cards"))
    yield _section(
        "Codes of the closing reports",
        "[The code of a closing report](devices.md#the-code-of-a-closing-report)",
        _reports(folder / "reports.txt"),
    )


# ---------------------------------------------------------------- parts


def _files(folder: Path) -> str:
    rows = [
        f"| `{path.relative_to(folder).as_posix()}` | {len(data)} | `{_sha256(data)}` |"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (data := path.read_bytes())
    ]
    return "\n".join(("## Files", "", "| file | bytes | SHA-256 |", "|---|---|---|", *rows, ""))


def _section(title: str, where: str, blocks: Iterator[str]) -> str:
    return "\n".join((f"## {title}", "", f"{where}.", "", *blocks))


def _register(folder: Path) -> Iterator[str]:
    path = folder / "register.json"
    register = json.loads(json.loads(path.read_bytes())["content"])
    yield from _enveloped(path, "amin register")
    number = _sha256(path.read_bytes())
    definition = _sha256((folder / "definition.json").read_bytes())
    yield _block(
        f"number                    {number}",
        f"SHA-256 definition.json   {definition}",
        f"  in the register         {register['definition']}",
        f"SHA-256 of the package    {register['packages'][0]['sha256']}   (it is not public)",
        f"SHA-256 root.der          {_sha256((folder / 'root.der').read_bytes())}",
    )


def _index(folder: Path) -> Iterator[str]:
    data = (folder / "index.json").read_bytes()
    yield _block(_pretty(json.loads(data)))
    signature = (folder / "index.sig").read_bytes()
    yield _block(
        "signed with two keys, context: amin archive index",
        f"over the {len(data)} bytes of index.json",
        f"signature: Ed25519 {_short(signature[:64])}, ML-DSA {_short(signature[64:])}",
    )


def _act(path: Path) -> Iterator[str]:
    data = path.read_bytes()
    yield _block(*_walk(data))
    content: Json = canonical.decode(data)
    signed: Json = canonical.decode(content["content"])
    digest = hashlib.sha256(signed["statement"]).digest()
    context = content["format"].replace("-", " ")
    yield _block(
        f"each card signs     {canonical.encode([context, digest]).hex()}",
        f"each device signs   {_to_be_signed(content, content['content'], content['certificates'])}",
    )


def _enveloped(path: Path, context: str) -> Iterator[str]:
    """An envelope in JSON: its content as it is, and what both signers sign."""
    envelope = json.loads(path.read_bytes())
    content = envelope["content"].encode()
    yield _block(_pretty(json.loads(content)))
    certificates = [base64.b64decode(each) for each in envelope["certificates"]]
    yield _block(
        f"format, version         {envelope['format']}, {envelope['version']}",
        f"context                 {context}",
        f"SHA-256 of the content  {_sha256(content)}",
        *(f"SHA-256 of certificate  {_sha256(each)}" for each in certificates),
        f"signed                  {_to_be_signed(envelope, content, certificates)}",
        *(
            f"signature               {_short(base64.b64decode(each))}"
            for each in envelope["signatures"]
        ),
    )


def _to_be_signed(envelope: Json, content: bytes, certificates: Sequence[bytes]) -> str:
    hashes: Json = [hashlib.sha256(each).digest() for each in certificates]
    values = [envelope["format"], envelope["version"], hashlib.sha256(content).digest(), hashes]
    return canonical.encode(values).hex()


def _day_acts(folder: Path) -> Iterator[str]:
    """The statements of terminal-1, and what cards and device sign of each."""
    items = json.loads((folder / "acts.json").read_bytes())["items"]
    (acts,) = (day["acts"] for day in items if day["device"] == "terminal-1")
    for act in acts:
        statement = base64.b64decode(act["statement"])
        yield _block(*_walk(statement))
        cards: Json = [
            [
                hashlib.sha256(base64.b64decode(card[key])).digest()
                for key in ("certificate", "value")
            ]
            for card in act["cards"]
        ]
        said: Json = ["amin act", 1, hashlib.sha256(statement).digest()]
        yield _block(
            f"each card signs    {canonical.encode(said).hex()}",
            f"the device signs   {canonical.encode([*said, *cards]).hex()}",
        )


def _supplement(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.json")):
        yield f"`{path.name}`"
        yield ""
        yield _block(_pretty(json.loads(path.read_bytes())))


def _cards(folder: Path) -> Iterator[str]:
    for name in ("token", "intent", "receipt"):
        data = (folder / f"{name}.cbor").read_bytes()
        yield f"`{name}.cbor`, {len(data)} bytes"
        yield ""
        yield _block(*_walk(data))
    token: Json = canonical.decode((folder / "token.cbor").read_bytes())
    intent: Json = canonical.decode((folder / "intent.cbor").read_bytes())
    digest = _sha256((folder / "token.cbor").read_bytes())
    yield _block(
        f"SHA-256 of the token    {digest}",
        f"  in the intent         {intent[2].hex()}",
        f"parts of the token      {len(token)}",
    )


def _reports(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="ascii").splitlines():
        device, text = line.split("\t")
        body = text.removeprefix("AMINR1:")
        data = base64.b32decode(body + "=" * (-len(body) % 8))
        yield f"`{device}`, {len(text)} characters"
        yield ""
        yield _block(
            text, "", *_walk(data[:-64]), f"{len(data) - 64:6d}  signature {data[-64:].hex()}"
        )


# ---------------------------------------------------------------- bytes


def _walk(data: bytes, base: int = 0, depth: int = 0) -> Iterator[str]:
    """Yield a line for each item of canonical CBOR: place, head, what it is. `base`: where `data` begins."""
    end, lines = _item(data, 0, base, depth)
    assert end == len(data)
    yield from lines


def _item(data: bytes, at: int, base: int, depth: int) -> tuple[int, list[str]]:
    start, kind, low = at, data[at] >> 5, data[at] & 31
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(low, 0)
    value = int.from_bytes(data[at + 1 : at + 1 + size], "big") if size else low
    at += 1 + size
    head, pad = data[start:at].hex(" "), "  " * depth

    def line(text: str) -> str:
        return f"{base + start:6d}  {head:<15} {pad}{text}"

    match kind:
        case 0:
            return at, [line(f"number {value}")]
        case 1:
            return at, [line(f"number {-1 - value}")]
        case 2:
            content = data[at : at + value]
            return at + value, [
                line(f"bytes {_short(content)}"),
                *_inside(content, base + at, depth + 1),
            ]
        case 3:
            return at + value, [line(f"text {_shorter(data[at : at + value].decode())}")]
        case 4 | 5:
            count = value * (kind - 3)
            lines = [line(f"list of {value}" if kind == 4 else f"map of {value} pairs")]
            for _ in range(count):
                at, more = _item(data, at, base, depth + 1)
                lines += more
            return at, lines
        case _:
            return at, [line({20: "false", 21: "true", 22: "null"}[value])]


def _inside(content: bytes, base: int, depth: int) -> Iterator[str]:
    """Yield the items of a byte string that is a map or a list in CBOR again."""
    if len(content) < LONG or content[0] >> 5 not in (4, 5):
        return
    try:
        canonical.decode(content)
    except CryptoError:
        return
    yield from _walk(content, base, depth)


def _pretty(value: Json) -> str:
    return json.dumps(_cut(value), ensure_ascii=False, indent=1)


def _cut(value: Json) -> Json:
    match value:
        case dict():
            return {name: _cut(item) for name, item in value.items()}
        case list():
            return [_cut(item) for item in value]
        case str():
            return _shorter(value)
        case _:
            return value


def _shorter(text: str) -> str:
    return text if len(text) <= LONG else f"{text[:24]}… ({len(text)} characters)"


def _short(data: bytes) -> str:
    return data.hex() if len(data) <= LONG // 2 else f"{data[:12].hex()}… ({len(data)} bytes)"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _block(*lines: str) -> str:
    return "\n".join(("```text", *lines, "```", ""))
