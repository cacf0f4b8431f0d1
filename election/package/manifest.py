"""Check that an election definition does not contradict itself, before a device uses it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping

from crypto import sealing
from crypto.certificates import read_subject
from crypto.election import parse_election
from crypto.errors import CryptoError
from election.answers import check_questions
from election.because import because
from election.definition import Authority, BallotForm, Contest, Election, EnrolledDevice, Role
from election.errors import ManifestError
from election.paper_record import LONGEST_RECORD, record_length
from words.message import Code, Items, Message, m


def contradictions(
    election: Election, portraits: Mapping[str, bytes] | None
) -> tuple[Message, ...]:
    """Return all that is wrong, one sentence each; empty if nothing is.

    `portraits`: None where they lie beside the package (`election.package.portraits`).
    """
    return (
        *_times(election),
        *(problem for contest in election.contests for problem in _contest(contest)),
        *_styles(election),
        *_devices(election),
        *(() if portraits is None else _portraits(election, portraits)),
        *_encryption(election),
        *_provisional(election),
        *_registries(election),
        *_paper(election),
        *_on_paper(election),
    )


def _times(election: Election) -> Iterator[Message]:
    if election.opens.tzinfo is None or election.closes.tzinfo is None:
        yield m("the hours have no time zone")
    elif election.closes <= election.opens:
        yield m("the polls close before they open")
    if election.opens.date() != election.day:
        yield m("the polls do not open on the election's day")


def _contest(contest: Contest) -> Iterator[Message]:
    persons = [candidate.code for candidate in contest.candidates]
    lists = [slate.code for slate in contest.lists]
    if twice := _twice([*persons, *lists, contest.blank_code]):
        yield m(
            "contest {contest}: the codes {twice} are given twice",
            contest=contest.id,
            twice=_items(twice),
        )
    if any(len(str(code)) > contest.code_width for code in (*persons, *lists, contest.blank_code)):
        yield m(
            "contest {contest}: a code is wider than {code_width} digits",
            contest=contest.id,
            code_width=contest.code_width,
        )
    if not 1 <= contest.max_selections <= min(contest.seats, len(persons)):
        yield m("contest {contest}: more selections than seats or candidates", contest=contest.id)
    if contest.form is BallotForm.CHOICE and lists:
        yield m(
            "contest {contest}: lists are only possible in a contest with slots", contest=contest.id
        )
    members = [code for slate in contest.lists for code in slate.members]
    if twice := _twice(members):
        yield m(
            "contest {contest}: the persons {twice} are on a list twice or on two lists",
            contest=contest.id,
            twice=_items(twice),
        )
    if any(not 1 <= len(slate.members) <= contest.seats for slate in contest.lists):
        yield m("contest {contest}: a list has no members, or more than seats", contest=contest.id)
    claimed = {(c.code, c.list_code) for c in contest.candidates if c.list_code is not None}
    listed = {(code, slate.code) for slate in contest.lists for code in slate.members}
    if claimed != listed:
        codes = sorted(code for code, _ in claimed ^ listed)[:5]
        yield m(
            "contest {contest}: lists and candidates disagree about the persons {codes}",
            contest=contest.id,
            codes=_items(codes),
        )


def _styles(election: Election) -> Iterator[Message]:
    contests = [contest.id for contest in election.contests]
    if not contests or not election.styles or not election.branches:
        yield m("a definition has contests, ballot styles and branches")
    for group, ids in (
        (m("contests"), contests),
        (m("ballot styles"), [style.id for style in election.styles]),
        (m("branches"), [branch.id for branch in election.branches]),
        (m("devices"), [device.id for device in election.devices]),
    ):
        if twice := _twice(ids):
            yield m("{group}: {twice} are named twice", group=group, twice=_items(twice))
    for style in election.styles:
        if not style.contests or _twice(style.contests) or not set(style.contests) <= set(contests):
            yield m(
                "ballot style {id}: names no contest, one twice, or one that is not there",
                id=style.id,
            )
    places = [place for style in election.styles for place in style.residence]
    if twice := _twice(places):
        yield m("ballot styles: {count} places of residence have two styles", count=len(twice))
    if sum(not style.residence for style in election.styles) > 1:
        yield m("ballot styles: more than one is for everybody")


def _devices(election: Election) -> Iterator[Message]:
    branches = {branch.id for branch in election.branches}
    keys: list[bytes] = []
    for device in election.devices:
        if device.branch not in branches:
            yield m("device {id}: its branch is not in the definition", id=device.id)
        try:
            keys.append(_device_key(device))
        except CryptoError as error:
            yield m("device {id}: {error}", id=device.id, error=because(error))
    if _twice(keys):
        yield m("two devices have the same key")


def _device_key(device: EnrolledDevice) -> bytes:
    holder = read_subject(device.certificate)
    if (holder.role, holder.branch, holder.name) != (device.role, device.branch, device.id):
        raise CryptoError("its certificate is for another device, role or branch")
    return holder.signing_key.raw


def _portraits(election: Election, portraits: Mapping[str, bytes]) -> Iterator[Message]:
    needed = {c.portrait for contest in election.contests for c in contest.candidates}
    if missing := needed - portraits.keys():
        yield m("{count} portraits are missing", count=len(missing))
    if more := portraits.keys() - needed:
        yield m("{count} portraits belong to nobody", count=len(more))
    wrong = [name for name, jpeg in portraits.items() if hashlib.sha256(jpeg).hexdigest() != name]
    if wrong:
        yield m("{count} portraits do not fit their name", count=len(wrong))


def _encryption(election: Election) -> Iterator[Message]:
    try:
        belenios = parse_election(election.belenios_election)
        if belenios.uuid != election.uuid:
            yield m("the encrypted election has another identifier than the definition")
        check_questions(election.contests, belenios.questions)
        sealing.check_public_key(election.seal_public_key)
        if office := election.reconciliation_public_key:
            sealing.check_public_key(office)
    except (CryptoError, ManifestError) as error:
        yield m("encryption: {error}", error=because(error))


def _provisional(election: Election) -> Iterator[Message]:
    office = election.reconciliation_public_key
    offline = [branch.id for branch in election.branches if branch.offline]
    if offline and not office:
        yield m(
            "branches {branches} work without a line, but there is no reconciliation office",
            branches=_items(offline[:5]),
        )
    if office == election.seal_public_key:
        yield m("reconciliation office and headquarters have the same sealing key")


def _registries(election: Election) -> Iterator[Message]:
    for branch in election.branches:
        asks = branch.authority is not Authority.ALONE
        if asks and not (branch.registry and election.reconciliation_public_key):
            yield m(
                "branch {branch}: a registry has an address, and a reconciliation office that decides"
                " in the night",
                branch=branch.id,
            )
        if not asks and (branch.registry or branch.evaluator):
            yield m(
                "branch {branch}: an address of a registry that it does not ask", branch=branch.id
            )
        if branch.authority is Authority.CENTRE and not branch.evaluator:
            yield m(
                "branch {branch}: a centre is asked with an evaluator's pseudonyms",
                branch=branch.id,
            )
        if branch.authority is Authority.BRANCH and (
            len(election.branches) > 1 or branch.evaluator
        ):
            yield m(
                "branch {branch}: a branch's registry is for an election of this branch alone, and has"
                " no evaluator",
                branch=branch.id,
            )


def _items(values: Iterable[object]) -> Items:
    return Items(tuple(Code(str(value)) for value in values))


def _twice(values: Iterable[Hashable]) -> list[Hashable]:
    return [value for value, number in Counter(values).items() if number > 1][:5]


def _paper(election: Election) -> Iterator[Message]:
    if election.rules.paper_record and record_length(election) > LONGEST_RECORD:
        yield m("the code of a paper record would be too long: fewer contests, or no paper record")


def _on_paper(election: Election) -> Iterator[Message]:
    """Judge branches that vote on paper: nothing in a box of papers can be taken out again."""
    for branch in (each for each in election.branches if each.paper_ballots):
        if branch.offline:
            yield m(
                "branch {branch}: a ballot paper cannot be provisional, so nobody is checked in without"
                " the registry's answer (offline)",
                branch=branch.id,
            )
        here = [device for device in election.devices if device.branch == branch.id]
        stations = sum(device.role is Role.IDENTITY_STATION for device in here)
        if branch.authority is Authority.ALONE and stations > 1:
            yield m(
                "branch {branch} votes on paper, and its {count} stations ask no registry: somebody could"
                " get two ballot papers",
                branch=branch.id,
                count=stations,
            )
        for device in here:
            if device.role is Role.BALLOT_TERMINAL:
                yield m(
                    "branch {branch} votes on paper, and {device} is a ballot terminal",
                    branch=branch.id,
                    device=Code(device.id),
                )
