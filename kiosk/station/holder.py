"""Judge an identity card: authentic, of age, entitled; pure, given what was read.

The order matters to the person: a forged card is never discussed further, and nothing of the
holder is shown before the card is known to be authentic.
"""

from __future__ import annotations

from datetime import date

from drivers.smartcard.emrtd import Identity
from drivers.smartcard.sod import DocumentCheck, Evidence
from election.definition import Election
from election.national_number import is_national_number
from kiosk.flows.identity.states import CardHolder, VoterRefusal


def judge(
    identity: Identity, evidence: Evidence, election: Election, today: date
) -> CardHolder | VoterRefusal:
    """Return the holder, or why this card gives nobody a ballot.

    Age counts on the day of the election (full years; who is born on 29 February has the
    birthday on 1 March of other years). Documents may leave parts of the birth date open: of age is who
    is so at the latest day that it can be, under age who is not at the earliest.
    """
    if not evidence.authentic:
        failed = {result.check for result in evidence.failed}
        foreign = {DocumentCheck.TRUST_STORE, DocumentCheck.ISSUER, DocumentCheck.STATE} & failed
        return VoterRefusal.OTHER_ISSUER if foreign else VoterRefusal.NOT_AUTHENTIC
    if identity.expiry is not None and identity.expiry < today:
        return VoterRefusal.CARD_EXPIRED
    if not is_national_number(identity.national_number):
        return VoterRefusal.BAD_NUMBER
    born = identity.birth_date
    if age_on(election.day, born.earliest) < election.rules.min_age:
        return VoterRefusal.UNDER_AGE
    if age_on(election.day, born.latest) < election.rules.min_age:
        return VoterRefusal.AGE_UNKNOWN
    style = election.style_for(identity.address[0] if identity.address else "")
    if style is None:
        return VoterRefusal.NOT_ELIGIBLE
    return CardHolder(
        name=identity.name,
        latin_name=identity.latin_name,
        national_number=identity.national_number,
        born=born.earliest if born.is_exact else None,
        photo=identity.photo,
        templates=tuple(finger.record for finger in identity.fingers),
        style=style.id,
        style_name=style.name,
    )


def age_on(day: date, born: date) -> int:
    """Count full years on `day`."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
