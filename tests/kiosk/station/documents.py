"""Documents of the office's country that differ from the ordinary one in what their groups say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from drivers.smartcard import lds, mrz, tlv
from simulators.cards.eid import EidCard
from simulators.people import Person
from tests.kiosk.station.office import Office


def document(
    office: Office,
    person: Person,
    *,
    code: str = "I",
    nationality: str = "IRN",
    expiry: date = date(2030, 1, 1),
    born_in: int | None = None,
) -> EidCard:
    """Return a genuine document; `born_in`: a year, of which neither month nor day is told."""
    groups = dict(office.identity_card(person).groups)
    zone = replace(
        mrz.parse(lds.parse_dg1(groups[1])),
        code=code,
        nationality=nationality,
        expiry=f"{expiry:%y%m%d}",
    )
    if born_in is not None:
        zone = replace(zone, birth=f"{born_in % 100:02}<<<<")
        groups[11] = groups[11].replace(f"{person.born:%Y%m%d}".encode(), f"{born_in}0000".encode())
    text = mrz.encode_td1(zone).encode("ascii")
    groups[1] = tlv.encode(lds.GROUP_TAGS[1], tlv.encode(0x5F1F, text))
    return EidCard(groups, office.issuer.sign_groups(groups))
