"""Judge an identity card: authentic, of age, entitled; pure, given what was read.

The order matters to the person: a forged card is never discussed further, and nothing of the
holder is shown before the card is known to be authentic.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from drivers.smartcard.emrtd import Identity
from drivers.smartcard.evidence import DocumentCheck, Evidence
from election.definition import Election
from election.national_number import is_national_number
from election.persons import age_on
from kiosk.flows.identity.states import CardHolder, VoterRefusal

_OTHER_KIND: Final = frozenset({DocumentCheck.CITIZEN, DocumentCheck.DOCUMENT_TYPE})
"""What fails for a genuine document that is of another kind, and nothing else."""


def refusal_of(evidence: Evidence) -> VoterRefusal | None:
    """Return why a document is none that is accepted here; None if it is."""
    if evidence.authentic:
        return None
    failed = {result.check for result in evidence.failed}
    if {DocumentCheck.TRUST_STORE, DocumentCheck.ISSUER, DocumentCheck.STATE} & failed:
        return VoterRefusal.OTHER_ISSUER
    if DocumentCheck.CITIZEN in failed and failed <= _OTHER_KIND:
        return VoterRefusal.NOT_CITIZEN
    return VoterRefusal.NOT_AUTHENTIC


def is_expired(identity: Identity, election: Election) -> bool:
    """Tell whether the document is over on the election's day."""
    return identity.expiry is not None and identity.expiry < election.day


def judge(
    identity: Identity, election: Election, *, prolonged: bool = False
) -> CardHolder | VoterRefusal:
    """Return the holder of an authentic document, or why it gives nobody a ballot.

    `prolonged`: a row of the table of exceptions accepts documents that are over. Age counts on the day
    of the election (full years; who is born on 29 February has the birthday on 1 March of other years).
    Documents may leave parts of the birth date open: of age is who is so at the latest day that it can
    be, under age who is not at the earliest; between them two roles look at the person.
    """
    if is_expired(identity, election) and not prolonged:
        return VoterRefusal.CARD_EXPIRED
    if not is_national_number(identity.national_number):
        return VoterRefusal.BAD_NUMBER
    born = identity.birth_date
    if age_on(election.day, born.earliest) < election.rules.min_age:
        return VoterRefusal.UNDER_AGE
    # A plan has its residences in normal form C, without blanks around them; cards may not.
    place = unicodedata.normalize("NFC", identity.address[0] if identity.address else "")
    style = election.style_for(place.strip(" "))
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
        age_open=age_on(election.day, born.latest) < election.rules.min_age,
    )
