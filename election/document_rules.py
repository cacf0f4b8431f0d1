"""Open what is trusted: parse it whole, and say what of it can be used on the day, by country.

Headquarters does so before it signs a package, a station before it takes one: what cannot be parsed is
never found on the day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from cryptography import x509

from drivers.errors import ProfileError, ProtocolError
from drivers.smartcard.certificates import country, country_of, is_valid_at
from drivers.smartcard.exempt import Exempt
from drivers.smartcard.policy import (
    MIN_ACTIVE_RSA_BITS,
    SHORT_ACTIVE_RSA_BITS,
    Exemptions,
    Floors,
    PassivePolicy,
    fingerprint,
)
from drivers.smartcard.profile import CardProfile, parse_profile
from drivers.smartcard.trust import CscaStore
from election.because import because
from election.errors import ManifestError
from election.trusted import ExceptionRow, Trusted
from words.message import Latin, Message, all_of, m


@dataclass(frozen=True, slots=True)
class DocumentRules:
    """What is trusted, parsed, as it holds on the election's day."""

    day: datetime
    """The moment at which everything has to be valid: when the polls open. No clock is asked."""
    profiles: tuple[CardProfile, ...]
    store: CscaStore
    policy: PassivePolicy
    rows: tuple[ExceptionRow, ...]
    """Rows of the table of exceptions that hold on the day."""

    def holds(self, what: Exempt, state: str) -> bool:
        """Tell whether a row lets this through for the documents of a state."""
        return self.policy.exemptions.hold(what, state)

    def active_bits(self, state: str) -> int:
        """Return the shortest RSA key of Active Authentication that documents of a state may have."""
        short = self.holds(Exempt.SHORT_CHIP_KEY, state)
        return SHORT_ACTIVE_RSA_BITS if short else MIN_ACTIVE_RSA_BITS


@dataclass(frozen=True, slots=True)
class Unusable:
    """A certificate or list that vouches for nobody, and why."""

    name: str
    why: Message


@dataclass(frozen=True, slots=True)
class CountryTrust:
    """What there is of one country, and whether it can be used on the day."""

    country: str
    authorities: int
    lists: int
    """That are current at the opening."""
    until: datetime | None
    """When the latest of them is over."""
    stale: int
    """Lists that are not current: whoever is on one is refused all the same."""
    unusable: tuple[Unusable, ...]


def open_rules(
    trusted: Trusted, opens: datetime, *, rehearsal: bool, added: Iterable[bytes] = ()
) -> DocumentRules:
    """Parse all that is trusted. Raises `ManifestError` for what is malformed or contradicts itself.

    `opens`: when the polls open, with a time zone. `added`: revocation lists beside the package's. A
    current revocation list of the document's country is needed, but for a rehearsal that has no list.
    """
    day = opens.date()
    rows = tuple(row for row in trusted.exceptions if row.until >= day)
    lists = (*trusted.revocation_lists, *added)
    profiles = tuple(map(_profile, trusted.profiles))
    _check_alike(profiles)
    denying = frozenset(row.whom for row in rows if row.what is Exempt.DENYING_AUTHORITY)
    try:
        store = CscaStore.from_der(trusted.authorities, lists, denying)
    except ProtocolError as error:
        raise ManifestError.of("identity documents: {error}", error=because(error)) from error
    policy = PassivePolicy(
        tuple(profile.kind for profile in profiles),
        require_revocation=bool(lists) or not rehearsal,
        exemptions=Exemptions(frozenset((row.whom, row.what) for row in rows)),
        floors=Floors(trusted.floors.rsa_bits, trusted.floors.curve_bits),
    )
    return DocumentRules(opens, profiles, store, policy, rows)


def by_country(rules: DocumentRules) -> tuple[CountryTrust, ...]:
    """List what there is of each country, those of the profiles first; nothing is left out."""
    store = rules.store
    wanted = list(dict.fromkeys(rules.policy.countries.values()))
    there = {country(each) for each in store.certificates}
    there |= {country_of(each.issuer) for each in store.revocation_lists}
    return tuple(_of_country(rules, letters) for letters in (*wanted, *sorted(there - set(wanted))))


def usable_of(found: CountryTrust) -> Message:
    """Say what there is of a country, and what of it cannot be used."""
    counted = m("{count} authorities", count=found.authorities)
    if found.until is None:
        lists = m("no current revocation list")
    else:
        lists = m("revocation list until {day}", day=found.until.date())
    unusable = m("{count} of no use", count=len(found.unusable))
    return all_of((counted, lists, unusable) if found.unusable else (counted, lists))


def _of_country(rules: DocumentRules, letters: str) -> CountryTrust:
    store, day = rules.store, rules.day
    authorities = [each for each in store.certificates if country(each) == letters]
    usable = [each for each in authorities if not _why_not(each, rules)]
    unusable = [
        Unusable(fingerprint(each), why)
        for each in authorities
        if (why := _why_not(each, rules)) is not None
    ]
    good = {id(list_) for each in authorities for list_ in store.usable_lists(each)}
    current, stale = [], 0
    for list_ in store.revocation_lists:
        if country_of(list_.issuer) != letters:
            continue
        name, until = _name(list_), list_.next_update_utc
        if id(list_) not in good:
            unusable.append(Unusable(name, m("no authority here signed this list well enough")))
        elif until is None or not list_.last_update_utc <= day <= until:
            stale += 1
        else:
            current.append(until)
    return CountryTrust(
        letters, len(usable), len(current), max(current, default=None), stale, tuple(unusable)
    )


def _why_not(authority: x509.Certificate, rules: DocumentRules) -> Message | None:
    if country(authority) not in rules.policy.countries.values():
        return m("documents of its country are not accepted")
    if why := rules.store.why_unusable(authority):
        return m("it cannot be used: {why}", why=Latin(why))
    if not is_valid_at(authority, rules.day):
        return m("it is not valid on the day")
    return None


def _name(list_: x509.CertificateRevocationList) -> str:
    return list_.issuer.rfc4514_string()[:100]


def _profile(text: str) -> CardProfile:
    try:
        return parse_profile(text)
    except ProfileError as error:
        raise ManifestError.of(
            "identity documents, profile: {detail}", detail=Latin(str(error))
        ) from error


def _check_alike(profiles: tuple[CardProfile, ...]) -> None:
    """Refuse families that are not found alike: a card is opened before it can say of which it is."""
    if len({profile.aid for profile in profiles}) > 1:
        raise ManifestError(m("identity documents: the profiles name different applications"))
    if len({bool(profile.secrets) for profile in profiles}) > 1:
        raise ManifestError(
            m("identity documents: either all profiles open with what is printed, or none")
        )
    pairs = {pair for profile in profiles for pair in profile.kind.states}
    if len(dict(pairs)) < len(pairs):
        raise ManifestError(m("identity documents: the profiles name two countries for one state"))
    names = [profile.name for profile in profiles]
    if len(set(names)) != len(names):
        raise ManifestError.of(
            "identity documents: profile {name} is there twice",
            name=Latin(next(name for name in names if names.count(name) > 1)),
        )
    for one, other in combinations(profiles, 2):
        if one.kind.overlaps(other.kind):
            # Else who types what opens the card would choose how its holder is known.
            raise ManifestError.of(
                "identity documents: one document could be of both {one} and {other}; leave its code to one",
                one=Latin(one.name),
                other=Latin(other.name),
            )
