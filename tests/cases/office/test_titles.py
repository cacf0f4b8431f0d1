"""Names of elections, and the plan that `amin election new` makes of them."""

from functools import partial

from tests.cases.office.kit import accepted, amin, begin, rows, stand
from tests.cases.runner import add, case, collect, expect

TITLES = {
    "title-of-45-bytes": "انتخابات شورای شهر تهران",
    "title-of-65-bytes": "انتخابات شوراهای اسلامی شهر و روستا",
    "title-of-103-bytes": "انتخابات هفتمین دورهٔ شورای اسلامی شهر تهران، ری و تجریش",
    "title-of-77-latin-letters": (
        "Elections to the Council of the City of Tehran, Rey and Tajrish, seventh term"
    ),
}


def title(text: str) -> None:
    _, told = begin(text)
    accepted(told)


for name, text in TITLES.items():
    add(name, partial(title, text))


@case
def second_try_after_a_failure() -> None:
    """Whatever `new` refuses, it leaves nothing that stops the next try."""
    for text in TITLES.values():
        folder, told = begin(text)
        if told.status:
            again = amin("new", folder, "--name", "شورا", "--day", "2099-06-12", "--yes")
            expect(again.status == 0, f"after a title of {len(text.encode())} bytes: {again.line}")


def plan_can_be_read(text: str) -> None:
    """The title is refused, or the plan with it can be read again."""
    folder, told = begin(text)
    expect(not told.crashed, told.line)
    if told.status == 0:
        accepted(stand(folder, rows()))


add("title-with-a-backslash", partial(plan_can_be_read, "C:\\x"))
add("title-of-two-lines", partial(plan_can_be_read, "a\nb"))

test_case = collect()
