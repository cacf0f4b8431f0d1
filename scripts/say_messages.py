"""Turn the English of raised errors into messages with values: `f"no {x.id}"` → `m("no {id}", id=x.id)`.

    python scripts/say_messages.py election kiosk headquarters commands

For each error class that carries a message, the argument that is a string becomes `m(…)`. What a
person has to look at is printed: conversions, format specifications, values that are exceptions.
Repeatable: what is a message already is left alone. Types and imports are left to mypy and ruff.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

CARRIERS = {
    "ElectionError": 0, "ManifestError": 0, "PackageError": 1, "PollsStateError": 0,
    "EnrolmentError": 1, "BundleError": 1, "TicketError": 0, "SignatureRefused": 1,
    "StorageError": 0, "MigrationError": 0, "TamperedStore": 0, "MediumFull": 0, "MediumLost": 0,
    "AlreadyRecorded": 0, "ForeignStore": 0,
    "ConfigurationError": 0, "AllocationError": 0, "AuthorityError": 0,
    "ReportError": 0, "TrusteeError": 0, "ReconciliationError": 0, "DecisionError": 1,
    "RelayError": 0, "BatchError": 0, "FolderError": 0, "CeremonyError": 1,
}  # fmt: skip
"""Class to the place of its message among the arguments."""


def convert(source: str, name: str) -> str:
    """Return the source with the messages of its raised errors as `m(…)`."""
    raw = source.encode()
    starts = [0]
    for line in raw.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)

    def span(node: ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return starts[node.lineno - 1] + node.col_offset, starts[
            node.end_lineno - 1
        ] + node.end_col_offset

    edits: list[tuple[int, int, str]] = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        place = CARRIERS.get(called)
        if place is None or len(node.args) <= place:
            continue
        argument = node.args[place]
        start, end = span(argument)
        match argument:
            case ast.Constant(value=str()):
                edits.append((start, end, f"m({raw[start:end].decode()})"))
            case ast.JoinedStr():
                edits.append((start, end, message(argument, source, f"{name}:{node.lineno}")))
            case _:
                pass
    for start, end, text in sorted(edits, reverse=True):
        raw = raw[:start] + text.encode() + raw[end:]
    return raw.decode()


def message(node: ast.JoinedStr, source: str, where: str) -> str:
    """Return the call of `m` for an f-string."""
    text, values = "", {}
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value).replace("{", "{{").replace("}", "}}")
            continue
        assert isinstance(part, ast.FormattedValue)
        code = ast.get_source_segment(source, part.value) or ""
        if part.conversion != -1 or part.format_spec is not None:
            print(f"{where}: {ast.unparse(part)} is formatted")
        wanted = called(part.value)
        while values.get(wanted, code) != code:
            wanted += "_2"
        values[wanted] = code
        text += f"{{{wanted}}}"
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return f"m({quoted}, {', '.join(f'{x}={code}' for x, code in values.items())})"


def called(node: ast.expr) -> str:
    """Return a name for a value."""
    match node:
        case ast.Name(id=name):
            return name.strip("_").lower()
        case ast.Attribute(attr="value" | "name" as attr, value=inner) if attr == "value":
            return called(inner)
        case ast.Attribute(attr=attr):
            return attr.strip("_").lower()
        case ast.Call(func=ast.Name(id="len")):
            return "count"
        case ast.Call(func=ast.Name(id="str" | "repr" | "sum" | "min" | "max"), args=[inner, *_]):
            return called(inner)
        case ast.Call(func=ast.Attribute(attr="hex" | "strip" | "lower", value=inner)):
            return called(inner)
        case ast.Call(func=ast.Attribute(attr="join"), args=[inner, *_]):
            return called(inner)
        case ast.Call(func=ast.Name(id="sorted" | "set" | "tuple" | "list"), args=[inner, *_]):
            return called(inner)
        case ast.Subscript(value=inner):
            return called(inner)
        case _:
            return "value"


def main() -> None:
    """Convert the files of the named rooms in place."""
    for room in sys.argv[1:]:
        for file in sorted(Path(room).rglob("*.py")):
            source = file.read_text("utf-8")
            converted = convert(source, str(file))
            if converted != source:
                file.write_text(converted, "utf-8")


if __name__ == "__main__":
    main()
