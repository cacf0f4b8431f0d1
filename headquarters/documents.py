"""Put together what devices trust about identity documents, and refuse what would fail on the day.

    documents/<SHA-256, 16 digits>.cer     authorities and links, each compared by people with what the
    documents/<SHA-256, 16 digits>.crl     state publishes; revocation lists

`amin election add-authorities` fills the folder; the profiles and the table of exceptions stand in
election.toml. A package of a real election is not made unless each state has an authority that can be
used and a revocation list that is current until the polls have closed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from drivers.errors import ProfileError
from drivers.smartcard import trust_folder
from drivers.smartcard.exempt import Exempt
from drivers.smartcard.policy import fingerprint
from drivers.smartcard.profile import parse_profile, profile_text, read_profile_file
from election.document_rules import DocumentRules, by_country, open_rules, usable_of
from election.errors import ManifestError
from election.trusted import Trusted
from headquarters.election_config import PlanFile
from words.message import Latin, Message, all_of, m


def trusted_of(plan: PlanFile, folder: Path, documents: Path) -> Trusted:
    """Collect what the plan names and what lies in the folder `documents`; nothing is judged yet.

    `folder`: of the plan. Raises `ManifestError` naming the file.
    """
    written = plan.documents
    denying = frozenset(
        row.whom for row in written.exceptions if row.what is Exempt.DENYING_AUTHORITY
    )
    try:
        profiles = tuple(_profile(name, folder) for name in written.profiles)
        content = trust_folder.FolderContent((), ())
        if documents.is_dir():
            content = trust_folder.load(documents, None, exempt=denying)
    except ProfileError as error:
        raise ManifestError.of("identity documents: {detail}", detail=Latin(str(error))) from error
    return Trusted(
        profiles,
        tuple(each.public_bytes(Encoding.DER) for each in content.certificates),
        tuple(each.public_bytes(Encoding.DER) for each in content.revocation_lists),
        written.floors,
        written.exceptions,
    )


def check_trusted(plan: PlanFile, trusted: Trusted) -> DocumentRules:
    """Refuse what cannot be used on the day, and what is not there. Raises `ManifestError`.

    A rehearsal may do without authorities and lists.
    """
    rules = open_rules(trusted, plan.opens, rehearsal=plan.rehearsal)
    problems = (*_of_rows(rules, trusted), *_of_countries(plan, rules, plan.closes))
    if problems:
        raise ManifestError(all_of(problems))
    return rules


def summary_of(rules: DocumentRules) -> tuple[Message, ...]:
    """Say what can be used of each country, and which exceptions hold."""
    countries = tuple(
        m("documents of {country}: {usable}", country=Latin(each.country), usable=usable_of(each))
        for each in by_country(rules)
    )
    rows = tuple(
        m(
            "exception: {whom}, {what}, until {until}: {reason}",
            whom=Latin(row.whom),
            what=Latin(row.what.value),
            until=row.until,
            reason=row.reason,
        )
        for row in rules.rows
    )
    return (*countries, *rows, *warnings_of(rules))


def warnings_of(rules: DocumentRules) -> tuple[Message, ...]:
    """Say what a rehearsal does without; empty for an election."""
    missing = [each.country for each in by_country(rules) if not each.authorities]
    unlisted = [each.country for each in by_country(rules) if not each.lists]
    return (
        *(
            m("{country}: no authority is there: every document will be refused", country=Latin(x))
            for x in missing
        ),
        *(
            m(
                "{country}: no revocation list is current: revoked signers are not noticed",
                country=Latin(x),
            )
            for x in unlisted
        ),
    )


def _profile(name: str, folder: Path) -> str:
    if name.endswith(".toml"):
        # The plan is read in normal form C; a file system may have the name in form D.
        found = folder / name
        other = folder / unicodedata.normalize("NFD", name)
        return read_profile_file(other if other.exists() and not found.exists() else found)
    return profile_text(name)


def _of_countries(plan: PlanFile, rules: DocumentRules, closes: datetime) -> Iterator[Message]:
    if not rules.profiles:
        yield m("documents.profiles: name at least one family of cards")
    for found in by_country(rules):
        country = Latin(found.country or "?")
        for each in found.unusable:
            yield m(
                "{country}: {name}: {why}; take it out of the folder documents",
                country=country,
                name=Latin(each.name),
                why=each.why,
            )
        states = rules.policy.states_of(found.country)
        if not states or (plan.rehearsal and not found.lists and not found.stale):
            continue
        if not found.authorities and not plan.rehearsal:
            yield m(
                "{country}: no authority is there; add it with: amin election add-authorities",
                country=country,
            )
        if any(rules.holds(Exempt.NO_REVOCATION_LIST, state) for state in states):
            continue
        if found.until is None:
            yield m("{country}: no current revocation list is there", country=country)
        elif found.until <= closes:
            yield m(
                "{country}: the revocation list ends at {until}, before the polls close; get a newer one",
                country=country,
                until=found.until.astimezone(closes.tzinfo),
            )


def _of_rows(rules: DocumentRules, trusted: Trusted) -> Iterator[Message]:
    states = rules.policy.countries
    there = set(map(fingerprint, rules.store.certificates))
    for number, row in enumerate(trusted.exceptions, 1):
        if row not in rules.rows:
            yield m("documents.exceptions, {number}: it ends before the day", number=number)
        elif row.whom.isupper() and row.whom not in states:
            yield m(
                "documents.exceptions, {number}: no profile accepts documents of {state}",
                number=number,
                state=Latin(row.whom),
            )
        elif row.what is Exempt.DENYING_AUTHORITY and row.whom not in there:
            yield m(
                "documents.exceptions, {number}: it names an authority that is not there",
                number=number,
            )


def country_of_state(plan: PlanFile, folder: Path, state: str | None) -> str:
    """Return the country in the certificates of a state that the plan's profiles accept.

    `state` None: the only one there is. Raises `ManifestError`.
    """
    try:
        profiles = [parse_profile(_profile(name, folder)) for name in plan.documents.profiles]
    except ProfileError as error:
        raise ManifestError.of("identity documents: {detail}", detail=Latin(str(error))) from error
    states = dict(pair for profile in profiles for pair in profile.kind.states)
    if state is None and len(states) == 1:
        (state,) = states
    if state is None or state not in states:
        raise ManifestError.of(
            "name one of the states that the profiles accept: {states}",
            states=Latin(", ".join(sorted(states)) or "–"),
        )
    return states[state]
