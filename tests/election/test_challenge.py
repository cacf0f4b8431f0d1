"""The challenge ticket byte by byte, and the tracking number."""

from __future__ import annotations

import base64
import contextlib
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.casting import Answer, HomomorphicAnswer, SlotAnswer
from crypto.election import (
    BeleniosElection,
    HomomorphicQuestion,
    NonHomomorphicQuestion,
    slot_integers,
)
from election.challenge import (
    PREFIX,
    ChallengeTicket,
    TicketError,
    is_tracking_of,
    read_ticket,
    ticket_text,
    tracking_code,
    tracking_groups,
    tracking_number,
)
from election.sealed import Opening
from tests.crypto.elections import election_of, keys_and_trustees, small_election
from ui.widgets.qr import qr_matrix

_, TRUSTEES = keys_and_trustees()
ELECTION = small_election(TRUSTEES, slots=2, candidates=9)
OTHER = small_election(TRUSTEES, slots=3, candidates=9)
SEED = bytes(range(32))
DIGEST = hashlib.sha256(b"a ballot").digest()
ANSWERS: tuple[Answer, ...] = (
    SlotAnswer(slot_integers(0x0102)),
    SlotAnswer(slot_integers(0)),
    HomomorphicAnswer((0, 1, 0, 0, 0, 0, 0, 1, 0, 1)),
)
TICKET = ChallengeTicket(Opening(SEED, ANSWERS), DIGEST)
TEXT = ticket_text(ELECTION, TICKET)


def body_of(text: str) -> bytes:
    body = text.removeprefix(PREFIX)
    return base64.b32decode(body + "=" * (-len(body) % 8))


def text_of(body: bytes) -> str:
    """A ticket of any bytes, with a check value that fits."""
    check = hashlib.sha256(PREFIX.encode() + body).digest()[:4]
    return PREFIX + base64.b32encode(body + check).decode().rstrip("=")


def test_every_byte_of_a_ticket() -> None:
    body = (
        b"\x01"
        + hashlib.sha256(ELECTION.text).digest()[:8]
        + SEED
        + DIGEST
        + bytes.fromhex("0102 0000 4140")
    )
    assert text_of(body) == TEXT
    assert read_ticket(ELECTION, TEXT) == TICKET


def test_a_ticket_may_be_typed_from_paper() -> None:
    groups = "-".join(TEXT[i : i + 4].lower() for i in range(0, len(TEXT), 4))
    lines = "\u2066 " + "\r\n".join(groups[i : i + 30] for i in range(0, len(groups), 30)) + "\n"
    assert read_ticket(ELECTION, lines) == TICKET


def answers_of(election: BeleniosElection) -> st.SearchStrategy[tuple[Answer, ...]]:
    parts: list[st.SearchStrategy[Answer]] = []
    for question in election.questions:
        match question:
            case NonHomomorphicQuestion():
                parts.append(st.integers(0, 0xFFFF).map(lambda c: SlotAnswer(slot_integers(c))))
            case HomomorphicQuestion(width=width):
                flags = st.lists(st.integers(0, 1), min_size=width, max_size=width)
                parts.append(flags.map(lambda chosen: HomomorphicAnswer(tuple(chosen))))
    return st.tuples(*parts)


@given(st.data(), st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
@settings(max_examples=60, deadline=None)
def test_any_ticket_comes_back(data: st.DataObject, seed: bytes, digest: bytes) -> None:
    for election in (ELECTION, OTHER):
        ticket = ChallengeTicket(Opening(seed, data.draw(answers_of(election))), digest)
        assert read_ticket(election, ticket_text(election, ticket)) == ticket


@pytest.mark.fuzz
@given(st.one_of(st.text(), st.binary(max_size=200).map(lambda b: PREFIX + b.decode("latin1"))))
@settings(max_examples=200, deadline=None)
def test_random_texts_are_no_tickets(text: str) -> None:
    with pytest.raises(TicketError):
        read_ticket(ELECTION, text)


@pytest.mark.fuzz
@given(st.integers(0, len(TEXT) - 1), st.characters(), st.integers(0, 2))
@settings(max_examples=300, deadline=None)
def test_a_slip_of_the_pen_is_noticed(place: int, letter: str, kind: int) -> None:
    """One sign altered, one left out, one too many: the same ticket, or refused; never another one."""
    before, after = TEXT[:place], TEXT[place + (kind < 2) :]
    text = before + ("" if kind == 1 else letter) + after
    with contextlib.suppress(TicketError):
        assert read_ticket(ELECTION, text) == TICKET


@pytest.mark.fuzz
@given(st.binary(max_size=120))
@settings(max_examples=200, deadline=None)
def test_random_bytes_with_a_check_value(body: bytes) -> None:
    """Only what the writer writes is read."""
    head = b"\x01" + hashlib.sha256(ELECTION.text).digest()[:8]
    for content in (body, head + body):
        text = text_of(content)
        try:
            ticket = read_ticket(ELECTION, text)
        except TicketError:
            continue
        assert ticket_text(ELECTION, ticket) == text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda body: b"\x02" + body[1:], "newer format"),
        (lambda body: body[:1] + bytes(8) + body[9:], "another election"),
        (lambda body: body + b"\x00", "another length"),
        (lambda body: body[:-1], "another length"),
        (lambda body: body[:-1] + b"\x41", "does not have"),
    ],
)
def test_what_is_wrong_is_said(change: object, words: str) -> None:
    assert callable(change)
    with pytest.raises(TicketError, match=words):
        read_ticket(ELECTION, text_of(change(body_of(TEXT)[:-4])))


def test_of_another_election() -> None:
    with pytest.raises(TicketError, match="another election"):
        read_ticket(OTHER, TEXT)


def test_a_text_of_unreasonable_length() -> None:
    with pytest.raises(TicketError, match="too long"):
        read_ticket(ELECTION, PREFIX + "A" * 30_000)


@pytest.mark.parametrize(
    "answers",
    [
        ANSWERS[:2],
        (ANSWERS[0], SlotAnswer((1,) + (0,) * 29), ANSWERS[2]),
        (ANSWERS[0], SlotAnswer((0, 1)), ANSWERS[2]),
        (ANSWERS[0], ANSWERS[1], HomomorphicAnswer((2,) + (0,) * 9)),
        (ANSWERS[0], ANSWERS[1], HomomorphicAnswer((0,) * 9)),
        (ANSWERS[2], ANSWERS[1], ANSWERS[0]),
    ],
)
def test_answers_that_fit_no_ticket(answers: tuple[Answer, ...]) -> None:
    with pytest.raises(TicketError):
        ticket_text(ELECTION, ChallengeTicket(Opening(SEED, answers), DIGEST))


def test_a_ticket_of_a_whole_ballot_is_a_small_qr_symbol() -> None:
    """21 slots and a choice among ten: 49 modules, which a phone reads from a screen."""
    election = small_election(TRUSTEES, slots=21, candidates=10)
    answers = (*(SlotAnswer(slot_integers(0xFFFF)),) * 21, HomomorphicAnswer((0,) * 11))
    text = ticket_text(election, ChallengeTicket(Opening(b"\xff" * 32, answers), DIGEST))
    assert len(text) == 200
    assert len(qr_matrix(text)) <= 49


def test_a_ticket_of_a_very_large_ballot_still_fits_one_symbol() -> None:
    question = HomomorphicQuestion("q", tuple(map(str, range(4000))), True, 0, 3)
    election = election_of(TRUSTEES, [*OTHER.questions[:3] * 30, question])
    answers: list[Answer] = [SlotAnswer(slot_integers(65535))] * 90
    answers.append(HomomorphicAnswer((0, 1) * 2000 + (1,)))
    text = ticket_text(election, ChallengeTicket(Opening(SEED, tuple(answers)), DIGEST))
    assert len(qr_matrix(text)) <= 177


def test_the_tracking_number_is_the_hash_in_digits() -> None:
    digest = (7 * 10**30 + 42).to_bytes(32, "big")
    assert tracking_number(digest) == "0" * 28 + "42"
    assert tracking_groups(tracking_code(digest)) == ("00000",) * 5 + ("00042",)
    number = tracking_number(DIGEST)
    assert int.from_bytes(DIGEST, "big") % 10**30 == int(number)
    with pytest.raises(TicketError):
        tracking_groups("short")


def test_what_a_person_noted_is_compared_in_any_digits() -> None:
    number, code = tracking_number(DIGEST), tracking_code(DIGEST)
    persian = number.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    spaced = "  ".join(number[i : i + 5] for i in range(0, 30, 5))
    for noted in (number, persian, spaced, spaced.replace("  ", "-"), code, f" {code}\n"):
        assert is_tracking_of(noted, DIGEST)
        assert not is_tracking_of(noted, bytes(32))
    for noted in ("", "123", "۱۲", code[:-1], "x" * 30, number + "1"):
        with pytest.raises(TicketError):
            is_tracking_of(noted, DIGEST)
