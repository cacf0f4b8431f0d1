"""Rules for the signer of a document: its purpose, its state, its periods and whether it was revoked.

Functions return why a rule is broken, without personal data, or an empty text. Revocation asks the lists
of the whole country (ICAO Doc 9303 part 12, 7.1.4): authorities change their names, and their successor
signs one list for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from cryptography import x509

from drivers.errors import ProtocolError
from drivers.smartcard import certificates, lds
from drivers.smartcard.trust import CscaStore


@dataclass(frozen=True, slots=True)
class Period:
    """Days on which a key may sign, both included; None without a limit."""

    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Revocation:
    """What the lists say of a signer; `why_not_done` is empty if a current list was asked."""

    is_revoked: bool
    why_not_done: str = ""


def wrong_usage(signer: x509.Certificate) -> str:
    """Return why the certificate is not for signing data, or demands what is not known here."""
    if not certificates.may_sign_data(signer):
        return "the signer may not sign data"
    if certificates.has_unknown_critical_extension(signer):
        return "the signer's certificate demands something that is not understood"
    return ""


def wrong_purpose(signer: x509.Certificate) -> str:
    """Return why the certificate is for something else than documents.

    A signer of documents has no extended key usage (Doc 9303 part 11, 5.1.1): one that is there limits
    the key to other things, such as master lists, seals or web servers, critical or not (RFC 5280
    4.2.1.12).
    """
    another = certificates.has_extended_usage(signer)
    return "the signer's certificate is for another purpose" if another else ""


def signed_outside(period: Period, days: tuple[date, ...]) -> str:
    """Return why one of the days (of issue, of signing) is outside the life of the signer's key."""
    for day in days:
        if (period.first and day < period.first) or (period.last and day > period.last):
            return "the document was signed outside the life of the signer's key"
    return ""


def key_period(signer: x509.Certificate) -> Period | None:
    """Return the privateKeyUsagePeriod, None without a usable one."""
    found = certificates.extension(signer, x509.PrivateKeyUsagePeriod)
    if found is None:
        return None
    first, last = found.not_before, found.not_after
    return Period(first.date() if first else None, last.date() if last else None)


def days_of_signing(signing_time: datetime | None, groups: Mapping[int, bytes]) -> tuple[date, ...]:
    """Return the day of issue in DG12 and the day the signer names, where they are there."""
    days = [] if signing_time is None else [signing_time.date()]
    try:
        issued = lds.parse_dg12(groups[12]) if 12 in groups else None
    except ProtocolError:
        issued = None  # no day of issue to compare
    return tuple(days if issued is None else [*days, issued])


def revocation(
    signer: x509.Certificate,
    authorities: tuple[x509.Certificate, ...],
    store: CscaStore,
    now: datetime,
) -> Revocation:
    """Ask the lists of the country for the signer, its authorities, and those that these link to.

    Listed is revoked, on a stale list too. A list whose signature cannot be verified proves nobody
    innocent, and still names the guilty: it was put among the trusted files by hand, and to leave its
    entries unheard would let a stolen key pass in silence.
    """
    lists = [store.lists_of(authority) for authority in authorities]
    above = {each.serial_number for authority in authorities for each in store.line_of(authority)}
    if any(signer.serial_number in each.named or above & each.proven for each in lists):
        return Revocation(is_revoked=True)
    usable = [list_ for each in lists for list_ in each.usable]
    unusable = [list_ for each in lists for list_ in each.unusable]
    if not usable:
        why = "no revocation list can be used" if unusable else "no revocation list is loaded"
        return Revocation(is_revoked=False, why_not_done=why)
    if not any(_is_current(list_, now) for list_ in usable):
        return Revocation(is_revoked=False, why_not_done="the revocation list is stale")
    return Revocation(is_revoked=False)


def _is_current(revocations: x509.CertificateRevocationList, now: datetime) -> bool:
    until = revocations.next_update_utc
    return until is not None and revocations.last_update_utc <= now <= until
