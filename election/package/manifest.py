"""Does an election definition contradict itself? Everything is checked before a device uses it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping

from crypto import sealing
from crypto.certificates import read_holder
from crypto.election import parse_election
from crypto.errors import CryptoError
from election.answers import check_questions
from election.definition import BallotForm, Contest, Device, Election
from election.errors import ManifestError


def contradictions(election: Election, portraits: Mapping[str, bytes]) -> tuple[str, ...]:
    """All that is wrong, one sentence each; empty if nothing is."""
    return (
        *_times(election),
        *(problem for contest in election.contests for problem in _contest(contest)),
        *_styles(election),
        *_devices(election),
        *_portraits(election, portraits),
        *_encryption(election),
        *_provisional(election),
    )


def _times(election: Election) -> Iterator[str]:
    if election.opens.tzinfo is None or election.closes.tzinfo is None:
        yield "the hours have no time zone"
    elif election.closes <= election.opens:
        yield "the polls close before they open"
    if election.opens.date() != election.day:
        yield "the polls do not open on the election's day"


def _contest(contest: Contest) -> Iterator[str]:
    where = f"contest {contest.id}"
    persons = [candidate.code for candidate in contest.candidates]
    lists = [each.code for each in contest.lists]
    if twice := _twice([*persons, *lists, contest.blank_code]):
        yield f"{where}: the codes {twice} are given twice"
    if any(len(str(code)) > contest.code_width for code in (*persons, *lists, contest.blank_code)):
        yield f"{where}: a code is wider than {contest.code_width} digits"
    if not 1 <= contest.max_selections <= min(contest.seats, len(persons)):
        yield f"{where}: more selections than seats or candidates"
    if contest.form is BallotForm.CHOICE and lists:
        yield f"{where}: lists are only possible in a contest with slots"
    members = [code for each in contest.lists for code in each.members]
    if twice := _twice(members):
        yield f"{where}: the persons {twice} are on a list twice or on two lists"
    if any(not 1 <= len(each.members) <= contest.seats for each in contest.lists):
        yield f"{where}: a list has no members, or more than seats"
    said = {(c.code, c.list_code) for c in contest.candidates if c.list_code is not None}
    listed = {(code, each.code) for each in contest.lists for code in each.members}
    if said != listed:
        codes = sorted(code for code, _ in said ^ listed)[:5]
        yield f"{where}: lists and candidates disagree about the persons {codes}"


def _styles(election: Election) -> Iterator[str]:
    contests = [contest.id for contest in election.contests]
    if not contests or not election.styles or not election.branches:
        yield "a definition has contests, ballot styles and branches"
    for name, ids in (
        ("contests", contests),
        ("ballot styles", [style.id for style in election.styles]),
        ("branches", [branch.id for branch in election.branches]),
        ("devices", [device.id for device in election.devices]),
    ):
        if twice := _twice(ids):
            yield f"{name}: {twice} are named twice"
    for style in election.styles:
        if not style.contests or _twice(style.contests) or not set(style.contests) <= set(contests):
            yield f"ballot style {style.id}: names no contest, one twice, or one that is not there"
    places = [place for style in election.styles for place in style.residence]
    if twice := _twice(places):
        yield f"ballot styles: {len(twice)} places of residence have two styles"
    if sum(not style.residence for style in election.styles) > 1:
        yield "ballot styles: more than one is for everybody"


def _devices(election: Election) -> Iterator[str]:
    branches = {branch.id for branch in election.branches}
    keys: list[bytes] = []
    for device in election.devices:
        if device.branch not in branches:
            yield f"device {device.id}: its branch is not in the definition"
        try:
            keys.append(_device_key(device))
        except CryptoError as error:
            yield f"device {device.id}: {error}"
    if _twice(keys):
        yield "two devices have the same key"


def _device_key(device: Device) -> bytes:
    holder = read_holder(device.certificate)
    if (holder.role, holder.branch, holder.name) != (device.role, device.branch, device.id):
        raise CryptoError("its certificate is for another device, role or branch")
    return holder.signing_key.raw


def _portraits(election: Election, portraits: Mapping[str, bytes]) -> Iterator[str]:
    needed = {c.portrait for contest in election.contests for c in contest.candidates}
    if missing := needed - portraits.keys():
        yield f"{len(missing)} portraits are missing"
    if more := portraits.keys() - needed:
        yield f"{len(more)} portraits belong to nobody"
    wrong = [name for name, jpeg in portraits.items() if hashlib.sha256(jpeg).hexdigest() != name]
    if wrong:
        yield f"{len(wrong)} portraits do not fit their name"


def _encryption(election: Election) -> Iterator[str]:
    try:
        belenios = parse_election(election.belenios_election)
        if belenios.uuid != election.uuid:
            yield "the encrypted election has another identifier than the definition"
        check_questions(election.contests, belenios.questions)
        sealing.check_public_key(election.seal_public_key)
        if office := election.reconciliation_public_key:
            sealing.check_public_key(office)
    except (CryptoError, ManifestError) as error:
        yield f"encryption: {error}"


def _provisional(election: Election) -> Iterator[str]:
    office = election.reconciliation_public_key
    offline = [branch.id for branch in election.branches if branch.offline]
    if offline and not office:
        yield f"branches {offline[:5]} work without a line, but there is no reconciliation office"
    if office == election.seal_public_key:
        yield "reconciliation office and headquarters have the same sealing key"


def _twice(values: Iterable[Hashable]) -> list[Hashable]:
    return [value for value, number in Counter(values).items() if number > 1][:5]
