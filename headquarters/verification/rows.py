"""Read what a trustee adds question by question: an object of two lists, which have a row for each.

A whole shuffle takes five times its size in memory when it is parsed, and is parsed by one process. So its
text is cut first, and each row is parsed where it is checked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from headquarters.verification.report import Rule
from headquarters.verification.values import fields, items, parse_compact, to_json

RowTexts: TypeAlias = Callable[[int], tuple[bytes, bytes]]
"""Returns the texts of row i (from 0) of both lists."""


@dataclass(frozen=True, slots=True)
class TwoLists:
    """An object of two lists."""

    first: str
    second: str
    between: bytes
    """What parts two rows of the second list, the same on both sides of its comma."""
    rule: Rule
    """What lists of another length break."""


FLAT: Final = b"],["
"""Parts rows that hold no lists."""
SHUFFLE: Final = TwoLists("ciphertexts", "proofs", b"]],[[", Rule.SHUFFLE)
"""A proof begins with a list in a list and ends with one; no other place in it has this between."""
DECRYPTION: Final = TwoLists("decryption_factors", "decryption_proofs", FLAT, Rule.DECRYPTION)


def cut_rows(content: bytes, lists: TwoLists, count: int) -> RowTexts | None:
    """Cut a text into `count` rows of each list; None for a text that is not parted so.

    What is around the rows is compared here, so that a text is compact JSON if all its rows are.
    """
    head, middle, tail = f'{{"{lists.first}":[', f'],"{lists.second}":[', b"]}"
    end = content.find(middle.encode())
    start, last = end + len(middle), len(content) - len(tail)
    if end < 0 or not content.startswith(head.encode()) or not content.endswith(tail):
        return None
    first = _spans(content, (len(head), end), FLAT, count)
    second = _spans(content, (start, last), lists.between, count)
    if first is None or second is None:
        return None

    def texts(index: int) -> tuple[bytes, bytes]:
        (a, b), (c, d) = first[index], second[index]
        return content[a:b], content[c:d]

    return texts


def read_rows(content: bytes, lists: TwoLists, count: int) -> RowTexts:
    """Parse a text as a whole, and give the same rows. Raises FlawError for what is wrong around them."""
    both = fields(parse_compact(content), f"{lists.first} {lists.second}")
    first, second = (items(value, count, lists.rule) for value in both)
    return lambda index: (to_json(first[index]), to_json(second[index]))


def _spans(
    content: bytes, within: tuple[int, int], between: bytes, count: int
) -> list[tuple[int, int]] | None:
    # Counted first: a stranger's text may be parted a hundred million times.
    start, end = within
    if content.count(between, start, end) != count - 1:
        return None
    half = len(between) // 2
    spans: list[tuple[int, int]] = []
    for _ in range(count - 1):
        at = content.index(between, start, end) + half
        spans.append((start, at))
        start = at + 1
    return [*spans, (start, end)]
