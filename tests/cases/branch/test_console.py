"""What operators read at the console when something is not as it should be."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from kiosk.flows.operator.states import Act
from tests.cases.branch.kit import flip, said
from tests.cases.runner import add, case, collect, expect, new_folder
from tests.cases.stations import Office, TerminalBench, done, open_terminal, vote

Put = Callable[[Path, bytes], object]
"""Lays something on the stick; the second is a package that fits."""


def refused(put: Put, *words: str) -> None:
    """Loading ends with a message that has one of `words` in it."""
    folder = new_folder()
    bench = TerminalBench(Office.open(folder / "office"), folder / "terminal")
    try:
        put(bench.config.usb, bench.office.package())
        bench.sign_in()
        outcome = bench.act(Act.LOAD_PACKAGE)
    finally:
        bench.terminal.stop()
    expect(not outcome.ok, "loaded")
    expect(any(word in said(outcome) for word in words), f"says «{said(outcome)}»")


def package_as(name: str, change: Callable[[bytes], bytes] = bytes) -> Put:
    return lambda stick, data: (stick / name).write_bytes(change(data))


def one_bit(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


add("empty-stick", partial(refused, lambda stick, data: None, "no election package on the stick"))
add("package-with-a-changed-bit", partial(refused, package_as("package.amin", one_bit), "altered"))
cut = package_as("package.amin", lambda data: data[:5000])
add("package-that-is-cut", partial(refused, cut, "intact"))
renamed = package_as("package (1).amin")
add("package-with-a-number-in-its-name", partial(refused, renamed, "package (1).amin"))


@case
def damaged_store_in_persian() -> None:
    with open_terminal() as bench:
        vote(bench, 1, 2, 3)
        bench.terminal.stop()
        flip(bench.files.votes)
        bench.boot()
        done(bench, Act.CLOSE)
        outcome = bench.do(Act.EXPORT)
    _, _, reason = outcome.message.fa.partition(":")
    english = [word for word in reason.split() if word.isascii() and word.isalpha()]
    expect(outcome.ok or len(english) < 3, f"the reason on a Persian screen is «{reason.strip()}»")


test_case = collect()
