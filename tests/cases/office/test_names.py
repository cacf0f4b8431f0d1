"""Names of persons and lists on the ballot: two that look the same, and what nobody can see."""

from collections.abc import Callable
from functools import cache, partial

from tests.cases.office.kit import Told, accepted, begin, refused, rows, stand
from tests.cases.runner import add, case, collect

NAME = "رضا{}یی"
INVISIBLE = {
    "zero-width-space": "\u200b",
    "word-joiner": "\u2060",
    "byte-order-mark": "\ufeff",
    "tag-letter": "\U000e0041",
    "line-separator": "\u2028",
    "deprecated-format": "\u206a",
    "hangul-filler": "\u3164",
    "braille-blank": "\u2800",
    "private-use": "\ue000",
    "unassigned": "\u0378",
    "soft-hyphen": "\u00ad",
    "annotation-anchor": "\ufff9",
}
NOTHING_TO_SEE = {
    "of-a-non-joiner": "\u200c",
    "of-a-hangul-filler": "\u3164",
    "of-two-marks": "\u064b\u064c",
    "of-119-marks-on-a-letter": "ب" + "\u0651" * 119,
}
RIGHT = {
    "with-a-non-joiner-inside": "علی‌اکبر نمونه",
    "with-a-shadda": "محمّد نمونه",
    "with-a-madda": "آرش نمونه",
}
LOOK_ALIKE = {
    "arabic-and-persian-yeh": ("فهرست امیدی", "فهرست اميدي"),
    "zero-width-space": ("فهرست امید", "فهرست\u200b امید"),
    "tatweel": ("فهرست امید", "فهرست امـید"),
}


@cache
def office():
    return begin()[0]


def person(name: str, judge: Callable[[Told], object] = refused) -> None:
    judge(stand(office(), rows(lambda i, row: [row[0], name, *row[2:]] if i == 3 else row)))


def two_lists(one: str, other: str) -> None:
    body = rows(lambda i, row: [*row[:3], ("a", "b")[i % 2], *row[4:]])
    refused(stand(office(), body, [["a", one, ""], ["b", other, ""]]))


for what, character in INVISIBLE.items():
    add(f"name-with-{what}", partial(person, NAME.format(character)))
for what, name in NOTHING_TO_SEE.items():
    add(f"name-{what}", partial(person, name))
for what, name in RIGHT.items():
    add(f"name-{what}-is-accepted", partial(person, name, accepted))
for what, pair in LOOK_ALIKE.items():
    add(f"lists-that-differ-by-{what}", partial(two_lists, *pair))


@case
def registration_numbers_that_differ_by_case() -> None:
    """r1 and R1 are one person who stands twice."""
    refused(stand(office(), rows(lambda i, row: ["R1", *row[1:]] if i == 5 else row)))


test_case = collect()
