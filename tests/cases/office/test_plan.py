"""election.toml as people fill it in, on its way into the package."""

from functools import partial

from tests.cases.office.kit import DAY, begin, package, prepared, refused
from tests.cases.runner import add, case, collect, expect

AGE = "min_age = 18"


def plan(*changes: tuple[str, str]) -> None:
    refused(package(prepared(plan=changes)))


for name, change in {
    "jalali-dates": (DAY, "1405-03-22"),
    "day-that-is-over": (DAY, "2020-06-12"),
    "inactivity-without-end": (AGE, f"{AGE}\ninactivity_s = inf"),
    "inactivity-of-1e300-s": (AGE, f"{AGE}\ninactivity_s = 1e300"),
    "inactivity-of-0.0001-s": (AGE, f"{AGE}\ninactivity_s = 0.0001"),
}.items():
    add(name, partial(plan, change))


@case
def jalali_day_of_a_new_election() -> None:
    refused(begin(day="1405-03-22")[1])


@case
def two_offsets_on_one_day() -> None:
    """+04:30 was Iran's summer time, given up in 2022: refused, or told."""
    told = package(prepared(plan=[("20:00:00+03:30", "20:00:00+04:30")]))
    expect(
        told.status or "04:30" in told.text,
        "packaged without a word: the polls are an hour shorter",
    )


@case
def lot_seed_of_the_template() -> None:
    """Everybody can compute the lots of an election whose seed was never exchanged."""
    told = package(prepared())
    expect(
        told.status or "lot_seed" in told.text, "packaged with the template's sentence as the seed"
    )


@case
def device_names_that_differ_by_case() -> None:
    """Their bundles and certificates cannot lie in one folder of a FAT, exFAT or Windows medium."""
    refused(package(prepared(devices=("Terminal-1", "terminal-1", "station-1"))))


@case
def device_name_windows_keeps_for_itself() -> None:
    refused(package(prepared(devices=("CON", "station-1"))))


test_case = collect()
