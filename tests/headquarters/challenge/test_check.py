"""An honest ticket passes; whatever is not what the terminal sealed is found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.casting import Answer, HomomorphicAnswer, SlotAnswer
from crypto.election import parse_election, slot_integers
from crypto.errors import CryptoError
from election.answers import answers_for
from election.challenge import TicketError, ticket_text, tracking_code, tracking_number
from election.definition import ENGLISH, PERSIAN, DeviceId, SelectionCode, Text
from election.definition_file import PublishedDefinition, published_definition
from election.errors import ManifestError
from election.marks import Marks
from election.schema import to_json
from election.sealed import Opening
from headquarters.challenge.check import ChallengeFault, check_ticket, read_election_file
from headquarters.challenge.definition import read_definition
from headquarters.challenge.reading import ChosenCandidate, ReadingKind
from headquarters.challenge.words import verdict_lines
from headquarters.importing import SpoiledBallot
from headquarters.supplement import write_supplement
from tests.headquarters.challenge.tickets import Challenged, challenged, public_folder, voted
from tests.headquarters.small import COUNCIL, EXPERTS, Headquarters, set_up
from words.languages import installed

PERSONS = (SelectionCode(1000), SelectionCode(1003), SelectionCode(1007))


@pytest.fixture(scope="module")
def hq(tmp_path_factory: pytest.TempPathFactory) -> Headquarters:
    return set_up(tmp_path_factory.mktemp("hq"))


@pytest.fixture(scope="module")
def definition(hq: Headquarters) -> PublishedDefinition:
    election = parse_election(hq.election.belenios_election)
    return read_definition(to_json(published_definition(hq.election)), election)


@pytest.fixture(scope="module")
def honest(hq: Headquarters) -> Challenged:
    return voted(hq, Marks(COUNCIL, PERSONS), Marks(EXPERTS, blank=True))


def test_an_honest_terminal(
    hq: Headquarters, definition: PublishedDefinition, honest: Challenged, tmp_path: Path
) -> None:
    election = read_election_file(public_folder(hq, tmp_path) / "election.json")
    verdict = check_ticket(election, honest.text, definition, tracking_code(honest.ballot.digest))
    assert verdict.honest
    assert verdict.made == honest.ballot.digest
    council, experts = verdict.readings
    assert (council.kind, experts.kind) == (ReadingKind.PERSONS, ReadingKind.BLANK)
    assert [candidate.code for candidate in council.chosen] == ["1000", "1003", "1007"]
    assert council.chosen[0].name == Text("نامزد شمارهٔ 0", "Candidate 0")
    english = "\n".join(verdict_lines(verdict, installed().speaker(ENGLISH)))
    assert "1003  Candidate 3" in english
    assert "Is this the number" in english
    persian = "\n".join(verdict_lines(verdict, installed().speaker(PERSIAN)))
    assert "۱۰۰۳  نامزد شمارهٔ 3" in persian


@pytest.mark.parametrize(
    ("marks", "kinds", "chosen"),
    [
        (
            (Marks(COUNCIL, list_code=SelectionCode(1)),),
            (ReadingKind.LIST, ReadingKind.SKIPPED),
            ["0001"],
        ),
        ((Marks(COUNCIL, blank=True),), (ReadingKind.BLANK, ReadingKind.SKIPPED), []),
        ((), (ReadingKind.SKIPPED, ReadingKind.SKIPPED), []),
        ((Marks(EXPERTS, (SelectionCode(11),)),), (ReadingKind.SKIPPED, ReadingKind.PERSONS), []),
    ],
)
def test_every_way_of_voting_is_read(
    hq: Headquarters,
    definition: PublishedDefinition,
    marks: tuple[Marks, ...],
    kinds: tuple[ReadingKind, ReadingKind],
    chosen: list[str],
) -> None:
    case = voted(hq, *marks)
    verdict = check_ticket(parse_election(hq.election.belenios_election), case.text, definition)
    assert verdict.honest
    assert tuple(reading.kind for reading in verdict.readings) == kinds
    assert [candidate.code for candidate in verdict.readings[0].chosen] == chosen


def test_without_a_definition_there_are_codes(hq: Headquarters, honest: Challenged) -> None:
    verdict = check_ticket(parse_election(hq.election.belenios_election), honest.text)
    council, experts = verdict.readings
    assert council.title == Text("شورا")
    assert council.kind is ReadingKind.CODES
    assert council.chosen == tuple(ChosenCandidate(str(code), None) for code in PERSONS)
    assert experts.kind is ReadingKind.BLANK


def test_a_terminal_that_sealed_other_votes(hq: Headquarters, honest: Challenged) -> None:
    """It shows what the voter chose, but the code was of a ballot with other answers."""
    election = parse_election(hq.election.belenios_election)
    other = answers_for(hq.election, [Marks(COUNCIL, list_code=SelectionCode(2))])
    lie = replace(honest.ticket, opening=Opening(honest.ticket.opening.seed, other))
    verdict = check_ticket(election, ticket_text(election, lie))
    assert verdict.faults == (ChallengeFault.DIFFERENT,)
    assert "NOT honest" in "\n".join(verdict_lines(verdict, installed().speaker(ENGLISH)))


@settings(max_examples=8, deadline=None)
@given(place=st.integers(0, 255))
def test_any_other_seed_gives_another_ballot(
    hq: Headquarters, honest: Challenged, place: int
) -> None:
    election = parse_election(hq.election.belenios_election)
    seed = bytearray(honest.ticket.opening.seed)
    seed[place // 8] ^= 1 << place % 8
    opening = Opening(bytes(seed), honest.ticket.opening.answers)
    text = ticket_text(election, replace(honest.ticket, opening=opening))
    assert check_ticket(election, text).faults == (ChallengeFault.DIFFERENT,)


def test_a_ticket_made_after_the_fact(hq: Headquarters, honest: Challenged) -> None:
    """A terminal may open another ballot rightly; its number is not the one shown before."""
    election = parse_election(hq.election.belenios_election)
    second = challenged(election, honest.ticket.opening.answers, bytes(32))
    shown = tracking_number(honest.ballot.digest)
    assert check_ticket(election, second.text).honest
    assert check_ticket(election, second.text, noted=shown).faults == (ChallengeFault.NOTED,)
    with pytest.raises(TicketError):
        check_ticket(election, second.text, noted="12345")


COUNCIL_SLOTS = 5


@pytest.mark.parametrize(
    ("codes", "flags", "faults"),
    [
        ((1000, 1000), (0, 0, 0, 0), (ChallengeFault.IMPOSSIBLE,)),
        ((1, 1000), (0, 0, 0, 0), (ChallengeFault.IMPOSSIBLE,)),
        ((40000,), (0, 0, 0, 0), (ChallengeFault.IMPOSSIBLE,)),
        ((), (1, 1, 0, 0), (ChallengeFault.DIFFERENT, ChallengeFault.IMPOSSIBLE)),
        ((), (0, 1, 1, 0), (ChallengeFault.DIFFERENT, ChallengeFault.IMPOSSIBLE)),
    ],
)
def test_what_no_honest_terminal_writes(
    hq: Headquarters,
    definition: PublishedDefinition,
    honest: Challenged,
    codes: tuple[int, ...],
    flags: tuple[int, ...],
    faults: tuple[ChallengeFault, ...],
) -> None:
    """Slots prove nothing about their content; more marks than allowed cannot be proven at all."""
    election = parse_election(hq.election.belenios_election)
    all_codes = (*codes, *(0,) * (COUNCIL_SLOTS - len(codes)))
    answers: tuple[Answer, ...] = (
        *(SlotAnswer(slot_integers(code)) for code in all_codes),
        HomomorphicAnswer(flags),
    )
    if ChallengeFault.DIFFERENT in faults:
        opening = Opening(honest.ticket.opening.seed, answers)
        text = ticket_text(election, replace(honest.ticket, opening=opening))
    else:
        text = challenged(election, answers).text
    verdict = check_ticket(election, text, definition)
    assert verdict.faults == faults
    assert "no honest machine" in "\n".join(verdict_lines(verdict, installed().speaker(ENGLISH)))


def test_the_published_list_of_challenged_ballots(
    hq: Headquarters, honest: Challenged, tmp_path: Path
) -> None:
    election = parse_election(hq.election.belenios_election)
    spoiled = SpoiledBallot(DeviceId("terminal-1"), honest.ballot, honest.ticket.opening)
    write_supplement(tmp_path / "full" / "supplement", b"root", [], [spoiled])
    write_supplement(tmp_path / "empty", b"root", [], [])
    for place in ("full", "full/supplement", "full/supplement/challenged.json"):
        assert check_ticket(election, honest.text, supplement=tmp_path / place).honest
    empty = check_ticket(election, honest.text, supplement=tmp_path / "empty")
    assert empty.faults == (ChallengeFault.UNPUBLISHED,)
    file = tmp_path / "full" / "supplement" / "challenged.json"
    value = json.loads(file.read_bytes())
    value["items"][0]["answers"][0][-1] ^= 1
    file.write_text(json.dumps(value))
    changed = check_ticket(election, honest.text, supplement=file)
    assert changed.faults == (ChallengeFault.PUBLISHED_OTHERWISE,)
    file.write_text("[]")
    with pytest.raises(ManifestError, match="challenged"):
        check_ticket(election, honest.text, supplement=file)
    with pytest.raises(OSError, match="No such file"):
        check_ticket(election, honest.text, supplement=tmp_path / "nothing")


def test_one_line_end_more_is_the_same_election(hq: Headquarters, tmp_path: Path) -> None:
    file = public_folder(hq, tmp_path) / "election.json"
    file.write_bytes(hq.election.belenios_election + b"\n")
    assert read_election_file(file).text == hq.election.belenios_election
    file.write_bytes(b"{}")
    with pytest.raises(CryptoError):
        read_election_file(file)


@pytest.mark.parametrize("change", ["uuid", "title", "name", "number"])
def test_a_definition_of_another_election(hq: Headquarters, change: str) -> None:
    value = json.loads(to_json(published_definition(hq.election)))
    council, experts = value["contests"]
    match change:
        case "uuid":
            value["uuid"] = "another-election"
        case "title":
            council["title"]["fa"] += "x"
        case "name":
            experts["candidates"][0]["name"]["fa"] = "کسی دیگر"
        case "number":
            council["max_selections"] -= 1
    election = parse_election(hq.election.belenios_election)
    with pytest.raises(ManifestError, match="not of this election"):
        read_definition(json.dumps(value).encode(), election)


@pytest.mark.fuzz
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_damaged_definitions_are_refused_or_read(hq: Headquarters, data: st.DataObject) -> None:
    election = parse_election(hq.election.belenios_election)
    whole = to_json(published_definition(hq.election))
    start = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(start, min(len(whole), start + 20)))
    damaged = whole[:start] + data.draw(st.binary(max_size=8)) + whole[end:]
    for text in (damaged, data.draw(st.binary(max_size=100))):
        try:
            read_definition(text, election)
        except ManifestError:
            continue
