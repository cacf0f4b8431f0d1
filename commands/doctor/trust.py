"""Examine what a station trusts of identity documents: its digest, and what can be used, by country."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from drivers.examined.finding import DoctorFinding, bad, good
from election.added_lists import read_added
from election.because import because
from election.definition import Role
from election.device_files import Files
from election.document_rules import CountryTrust, DocumentRules, by_country, usable_of
from election.document_trust import trust_of, with_own
from election.errors import ElectionError
from election.package.looking import installed_election
from election.trusted import Trusted
from kiosk.settings import StationConfiguration
from words.message import Items, Latin, Message, m

NAME: Final = m("trusted documents")


def examine(config: StationConfiguration) -> tuple[DoctorFinding, ...]:
    """Say what the installed package trusts, and lists beside it. Never raises.

    Nothing is left out: what cannot be used is named with its reason.
    """
    files = Files(config.data, config.mirror)
    election = installed_election(files.package)
    try:
        if election is None:
            with_own(Trusted(), config.identity)
            return (good(NAME, m("no package is loaded yet: nobody's documents are accepted")),)
        trust = trust_of(election, config.identity, read_added(files.added_lists))
        rules = trust.rules()
    except ElectionError as error:
        detail = because(error)
        return (bad(NAME, detail, m("load the right package, or call headquarters")),)
    if config.role is not Role.IDENTITY_STATION:
        return (good(NAME, Latin(trust.shown)),)
    own = config.identity.is_set
    advice = m("the settings trust documents of their own: for rehearsals only") if own else None
    return (
        good(NAME, Latin(trust.shown), advice),
        *(_country(found) for found in by_country(rules)),
        *_rows(rules),
    )


def _country(found: CountryTrust) -> DoctorFinding:
    name = m("documents of {country}", country=Latin(found.country))
    usable = usable_of(found)
    if not found.authorities:
        return good(name, usable, m("no document of this country is accepted"))
    if found.unusable:
        named = tuple(_unusable(each.name, each.why) for each in found.unusable)
        return good(name, usable, m("of no use: {items}", items=Items(named)))
    if not found.lists:
        return good(name, usable, m("who was revoked lately is not noticed"))
    return good(name, usable)


def _unusable(name: str, why: Message) -> Message:
    return m("{name}: {why}", name=Latin(name[:16]), why=why)


def _rows(rules: DocumentRules) -> Iterator[DoctorFinding]:
    for row in rules.rows:
        detail = m(
            "{whom}: {what} until {until}",
            whom=Latin(row.whom[:16]),
            what=Latin(row.what.value),
            until=row.until,
        )
        yield good(m("exception"), detail)
