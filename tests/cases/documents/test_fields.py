"""Fields of real documents that end the reading, or are understood wrongly."""

from datetime import date
from functools import partial

from drivers.smartcard import fields, lds, mrz, tlv
from drivers.smartcard.profile import GroupField
from tests.cases.documents.kit import works
from tests.cases.runner import collect

TODAY = date(2026, 6, 1)
NUMBER = 0x5F10
WANTED = "1234567891"


def group11(tag: int, value: bytes) -> bytes:
    return tlv.encode(0x6B, tlv.encode(0x5C, tag.to_bytes(2, "big")), tlv.encode(tag, value))


def anything(found: object) -> bool:
    """Read to its end; what stands for unknown parts is the product's choice."""
    return True


def still_good(found: object) -> bool:
    """A date after today, or None for a card without an end."""
    return found is None or (isinstance(found, date) and found > TODAY)


def national_number(value: bytes) -> str:
    return fields.national_number(GroupField(11, (NUMBER,)), None, {11: group11(NUMBER, value)})


for name, text in {"day-and-month": "85<<<<", "month": "85<<15", "all": "<<<<<<"}.items():
    works(f"birth-date-{name}-unknown", partial(mrz.birth_date, text, TODAY), anything)
for name, text in {"991231": "991231", "990101": "990101", "fillers": "<<<<<<"}.items():
    works(f"no-expiry-written-as-{name}", partial(mrz.expiry_date, text, TODAY), still_good)
works("expiry-of-this-year", partial(mrz.expiry_date, "261231", TODAY), still_good)
for name, value in {
    "birth-date-19850000": (0x5F2B, b"19850000"),
    "birth-date-1985-and-fillers": (0x5F2B, b"1985<<<<"),
    "place-of-birth-in-latin-1": (0x5F11, "København".encode("latin-1")),
}.items():
    works(f"group-11-{name}", lambda value=value: lds.parse_dg11(group11(*value)), anything)
for name, value in {
    "as-it-should-be": WANTED.encode(),
    "with-fillers-behind": b"1234567891<<<<",
    "in-persian-digits": "۱۲۳۴۵۶۷۸۹۱".encode(),
    "in-groups": b"123-456789-1",
    "with-blanks-behind": b"1234567891  ",
}.items():
    works(f"national-number-{name}", partial(national_number, value), lambda found: found == WANTED)
test_case = collect()
