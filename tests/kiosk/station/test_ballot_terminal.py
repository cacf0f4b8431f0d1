"""The ballot terminal at work: cards, votes, faults."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crypto.election import parse_election
from crypto.sealing import SealingKey
from drivers.media.errors import MediumFullError, MediumLostError
from drivers.smartcard.authorization import (
    NOTE_OBJECT,
    TOKEN_OBJECT,
    AuthorizationCard,
    encode_token,
)
from election.acts import read_statement
from election.authorization import AuthorizationRefusal
from election.bundle import read_bundle
from election.challenge import read_ticket, tracking_code
from election.definition import DeviceId, Role, StyleId
from election.incidents import Incident
from election.records import RecordKind, StoredRecord, spent_hash
from election.sealed import unseal
from election.voucher import (
    Note,
    Receipt,
    encode_note,
    intent_of,
    is_receipt_valid,
    sign_receipt,
    voucher_station,
)
from headquarters.authority import load_sealing_key
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot import states as at
from kiosk.flows.ballot.flow import REMINDER_S
from kiosk.flows.common import ClosedReason
from kiosk.flows.operator.events import ActChosen
from kiosk.flows.operator.states import ConsoleAct
from kiosk.station.export import BUNDLE_SUFFIX
from kiosk.station.vault import Vault
from kiosk.storage.audit import AuditLog
from kiosk.storage.medium import Medium
from simulators.cards.base import IsoCard, atr
from simulators.cards.piv import PivCard
from simulators.local_reader import VirtualCard
from tests.election.reading import marks_behind
from tests.headquarters.unlocking import unlock
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import (
    BRANCH,
    NOON,
    OTHER_BRANCH,
    OTHER_STATION,
    STATION,
    TERMINAL,
    Office,
    note_on,
    people,
    token_on,
)
from tests.needs import missing

ROOT = Path(__file__).resolve().parents[3]


def nonce(number: int) -> bytes:
    return number.to_bytes(16, "big")


def card(office: Office, number: int) -> VirtualCard:
    return office.voting_card(office.authorization(number))


class MuteCard:
    """Put in the wrong way round."""

    atr = b""

    def process(self, apdu: bytes) -> bytes:
        raise AssertionError("a mute card gets no commands")

    def reset(self) -> None: ...


@contextmanager
def held(bench: TerminalBench) -> Iterator[None]:
    """The store worker does nothing meanwhile."""
    go = threading.Event()
    bench.terminal.context.store.submit(lambda: assert_set(go))
    try:
        yield
    finally:
        go.set()


def intent_written(bench: TerminalBench, voting: PivCard) -> None:
    """Wait until the intent is on the card and was read back."""
    bench.until(lambda: note_on(voting) is not None, "the intent")
    done = threading.Event()
    bench.terminal.card_service.run(lambda _: done.set(), lambda _: None, lambda _: None)
    assert_set(done)


def assert_set(event: threading.Event) -> None:
    assert event.wait(30)


# ---------------------------------------------------------------- a voter


def test_a_voter_end_to_end(terminal: TerminalBench, office: Office) -> None:
    voting = office.voting_card()
    tracking = terminal.vote(voting)
    assert token_on(voting) is None, "the card is wiped"
    assert terminal.cast() == terminal.terminal.counts.cast == 1
    assert terminal.logged("vote-recorded") == [""]
    seen = (replace(s, since=None) for s in terminal.shown if isinstance(s, at.Recorded))
    busy, recorded = dict.fromkeys(seen)  # a tick between the two says since when, and nothing else
    assert busy == replace(recorded, card_busy=True)
    assert recorded.tracking == tracking
    assert not recorded.card_out


def test_the_records_open_at_headquarters(terminal: TerminalBench, office: Office) -> None:
    tracking = terminal.vote(office.voting_card())
    votes = terminal.terminal.loaded.votes
    assert votes is not None
    records: list[StoredRecord] = []
    terminal.terminal.context.store.submit(lambda: records.extend(votes.records()))
    terminal.until(lambda: bool(records), "the records")
    (record,) = records
    election = parse_election(office.election.belenios_election)
    key: SealingKey = load_sealing_key(office.folder / "keys", unlock)
    opened = unseal(election, record.kind, record.digest, record.sealed, key)
    assert opened.ballot.tracking == tracking
    assert opened.opening is None


def test_a_challenge_then_a_vote(terminal: TerminalBench, office: Office) -> None:
    voting = office.voting_card()
    first = terminal.to_the_cast_question(voting)
    terminal.touch(voter.ChallengeChosen())
    state = terminal.see(at.Challenged)
    assert isinstance(state, at.Challenged)
    assert state.tracking == first
    election = parse_election(office.election.belenios_election)
    ticket = read_ticket(election, state.opening)
    assert tracking_code(ticket.digest) == first
    assert marks_behind(office.election, ticket.opening.answers)
    assert token_on(voting) is not None
    terminal.mark()
    terminal.touch(voter.CastChosen())
    recorded = terminal.see(at.Recorded)
    assert isinstance(recorded, at.Recorded)
    assert recorded.tracking != first
    counts = terminal.terminal.counts
    assert (counts.cast, counts.spoiled) == (1, 1)


def test_leaving_before_casting(terminal: TerminalBench, office: Office) -> None:
    voting = office.voting_card()
    terminal.to_the_cast_question(voting)
    terminal.take_card()
    terminal.see(at.Abandoned)
    assert terminal.cast() == 0
    terminal.settle()
    vault = terminal.terminal.loaded.vault
    assert vault is not None
    assert vault._making._pending is None, "the sealed ballot is forgotten"
    terminal.vote(voting)


# ---------------------------------------------------------------- cards that are no good


def forged(office: Office) -> VirtualCard:
    return office.voting_card(signer=TERMINAL)


def with_token(data: bytes) -> Callable[[Office], VirtualCard]:
    def make(office: Office) -> VirtualCard:
        made = office.blank()
        made.piv.store_object(TOKEN_OBJECT, encode_token(data))
        return made

    return make


def changed(**values: object) -> Callable[[Office], VirtualCard]:
    signer = OTHER_STATION if values.get("issuer") == OTHER_STATION else None

    def make(office: Office) -> VirtualCard:
        authorization = replace(office.authorization(), **values)  # type: ignore[arg-type]
        return office.voting_card(authorization, *([signer] if signer else []))

    return make


NO_GOOD: dict[str, tuple[Callable[[Office], VirtualCard], object]] = {
    "blank": (Office.blank, AuthorizationRefusal.NO_TOKEN),
    "garbage": (with_token(b"garbage"), AuthorizationRefusal.MALFORMED),
    "forged": (forged, AuthorizationRefusal.BAD_SIGNATURE),
    "expired": (
        changed(expires=NOON - timedelta(seconds=1)),
        AuthorizationRefusal.EXPIRED,
    ),
    "other branch": (
        changed(branch=OTHER_BRANCH, issuer=OTHER_STATION),
        AuthorizationRefusal.WRONG_BRANCH,
    ),
    "station of another branch": (
        changed(issuer=OTHER_STATION),
        AuthorizationRefusal.UNKNOWN_STATION,
    ),
    "other election": (changed(election="another"), AuthorizationRefusal.WRONG_ELECTION),
    "unknown station": (
        changed(issuer=DeviceId("nobody")),
        AuthorizationRefusal.UNKNOWN_STATION,
    ),
    "a terminal as issuer": (changed(issuer=TERMINAL), AuthorizationRefusal.UNKNOWN_STATION),
    "unknown style": (changed(style=StyleId("other")), AuthorizationRefusal.UNKNOWN_STYLE),
    "identity card": (lambda o: o.identity_card(people(1)[0]), at.CardProblem.IDENTITY),
    "unknown card": (lambda _: IsoCard(atr(b"bus pass"), (), {}), at.CardProblem.UNKNOWN),
    "mute card": (lambda _: MuteCard(), at.CardProblem.UNREADABLE),
}


@pytest.mark.parametrize("name", NO_GOOD)
def test_cards_that_open_no_ballot(terminal: TerminalBench, office: Office, name: str) -> None:
    make, reason = NO_GOOD[name]
    assert terminal.refused(make(office)) is reason
    assert terminal.summed("card-refused") == {str(reason): 1}
    assert terminal.logged("card-refused") == []
    assert not any(isinstance(state, at.Preferences) for state in terminal.shown)
    terminal.vote(office.voting_card())


def test_a_spent_authorization_opens_no_second_ballot(
    terminal: TerminalBench, office: Office
) -> None:
    """Not as a copy on another card, not after a restart."""
    terminal.vote(card(office, 1))
    for _ in range(2):
        copy = office.voting_card(office.authorization(1))
        assert terminal.refused(copy) is AuthorizationRefusal.SPENT
        terminal.settle()
        terminal.restart()
        assert terminal.cast() == 1
    terminal.vote(card(office, 2))
    assert terminal.cast() == 2
    assert len(terminal.logged("vote-recorded")) == 2, (
        "one line for a vote, however often it is shown"
    )


def test_a_spent_card_is_wiped(terminal: TerminalBench, office: Office) -> None:
    terminal.vote(card(office, 1))
    copy = office.voting_card(office.authorization(1))
    terminal.reader.insert(copy)
    terminal.see(at.Refused)
    terminal.until(lambda: token_on(copy) is None, "the wiped card")


def test_a_restart_in_the_middle_of_a_vote(terminal: TerminalBench, office: Office) -> None:
    voting = office.voting_card()
    terminal.to_the_cast_question(voting)
    terminal.restart()
    assert isinstance(terminal.state, at.Idle)
    terminal.vote(voting)
    assert terminal.cast() == 1


# ---------------------------------------------------------------- a card that is pulled


@pytest.mark.parametrize("command", range(1, 7))
def test_pulled_while_it_is_read(terminal: TerminalBench, office: Office, command: int) -> None:
    voting = office.voting_card()
    terminal.reader.insert_and_pull(voting, command)
    terminal.until(lambda: terminal.reader.card is None, "the pulled card")
    terminal.settle()
    assert isinstance(terminal.state, at.Idle | at.Refused)
    assert not any(isinstance(state, at.Preferences) for state in terminal.shown)
    terminal.vote(voting)


def test_pulled_while_it_is_recorded(terminal: TerminalBench, office: Office) -> None:
    """The vote counts, the voter sees it, and the card is worth nothing any more."""
    voting = office.voting_card()
    tracking = terminal.to_the_cast_question(voting)
    with held(terminal):
        terminal.touch(voter.CastChosen())
        intent_written(terminal, voting)
        terminal.take_card()
        terminal.until(lambda: getattr(terminal.state, "card_out", False), "the card to be out")
        assert isinstance(terminal.state, at.Recording)
    assert terminal.see(at.Recorded) == at.Recorded(tracking, at.Presentation(), card_out=True)
    terminal.settle()
    assert isinstance(terminal.state, at.Recorded), "it is shown for a while"
    assert terminal.cast() == 1
    assert token_on(voting) is not None
    terminal.reader.insert(voting)
    assert terminal.see(at.Refused) == at.Refused(AuthorizationRefusal.SPENT)
    terminal.until(lambda: token_on(voting) is None, "the wiped card")
    spent = spent_hash(nonce(1))
    assert is_receipt_valid(office.election, BRANCH, receipt_on(voting))
    assert (receipt_on(voting).terminal, receipt_on(voting).spent) == (TERMINAL, spent)


def receipt_on(voting: PivCard) -> Receipt:
    note = note_on(voting)
    assert isinstance(note, Receipt)
    return note


INTENT_COMMANDS = 5
"""Select, authenticate in two, write, read back."""


@pytest.mark.parametrize("command", range(1, INTENT_COMMANDS + 1))
def test_pulled_before_the_vote_is_recorded(
    terminal: TerminalBench, office: Office, command: int
) -> None:
    """Nothing is recorded, and the card is still good here."""
    voting = office.voting_card()
    terminal.to_the_cast_question(voting)
    terminal.reader.pull_after(command)
    terminal.touch(voter.CastChosen())
    state = terminal.see(at.NotRecorded, at.Recorded)
    assert isinstance(state, at.NotRecorded)
    assert state.reason is at.RecordingProblem.CARD
    terminal.settle()
    assert terminal.cast() == 0
    terminal.vote(voting)
    assert terminal.cast() == 1


def test_the_voter_is_told_though_the_reader_says_later_that_the_card_is_out(
    terminal: TerminalBench, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    voting = office.voting_card()
    terminal.to_the_cast_question(voting)
    with monkeypatch.context() as patch:
        patch.setattr(terminal.terminal, "card_out", lambda _: None)
        terminal.reader.pull_after(1)
        terminal.touch(voter.CastChosen())
        terminal.see(at.NotRecorded)
        terminal.settle()
    terminal.touch(voter.CardRemoved())
    terminal.settle()
    assert isinstance(terminal.state, at.NotRecorded), "the message stands"
    terminal.vote(voting)
    assert terminal.cast() == 1


@pytest.mark.parametrize("command", range(INTENT_COMMANDS + 1, 3 * INTENT_COMMANDS + 1))
def test_pulled_while_it_is_wiped(terminal: TerminalBench, office: Office, command: int) -> None:
    terminal.to_the_cast_question(office.voting_card())
    terminal.reader.pull_after(command)
    terminal.touch(voter.CastChosen())
    terminal.see(at.Recorded)
    terminal.settle()
    state = terminal.state
    assert isinstance(state, at.Recorded)
    assert state.card_out is (terminal.reader.card is None)
    assert terminal.cast() == 1


def written(office: Office, note: Note) -> VirtualCard:
    made = office.voting_card()
    made.piv.store_object(NOTE_OBJECT, encode_token(encode_note(note)))
    return made


def test_another_terminal_has_begun(terminal: TerminalBench, office: Office) -> None:
    """Its intent for this token is on the card; the intent for another token is nobody's."""
    data = token_on(office.voting_card())
    assert data is not None
    begun = written(office, intent_of(DeviceId("another"), data))
    assert terminal.refused(begun) is AuthorizationRefusal.ELSEWHERE
    terminal.vote(written(office, intent_of(DeviceId("another"), data + b"x")))


def test_a_card_with_a_receipt_opens_no_ballot(terminal: TerminalBench, office: Office) -> None:
    """It was pulled before the token was wiped, and the terminal has lost the vote since."""
    key = office.signing[TERMINAL].classical
    receipt = sign_receipt(key, office.election.uuid, TERMINAL, spent_hash(nonce(1)))
    assert terminal.refused(written(office, receipt)) is AuthorizationRefusal.SPENT
    terminal.vote(written(office, Receipt(TERMINAL, receipt.spent, bytes(64))))


def test_the_next_voter_need_not_wait_for_the_message(
    terminal: TerminalBench, office: Office
) -> None:
    terminal.to_the_cast_question(card(office, 1))
    terminal.take_card()
    terminal.see(at.Abandoned)
    terminal.vote(card(office, 2))


def test_no_ballot_after_the_close_although_a_message_still_stands(
    terminal: TerminalBench, office: Office
) -> None:
    terminal.to_the_cast_question(card(office, 1))
    terminal.take_card()
    terminal.see(at.Abandoned)
    assert terminal.do(ConsoleAct.CLOSE).ok
    terminal.see(at.Abandoned)
    terminal.reader.insert(card(office, 2))
    terminal.see(at.Closed)
    terminal.settle()
    assert terminal.see(at.Closed) == at.Closed(ClosedReason.CLOSED)


def test_messages_end_with_time(terminal: TerminalBench, office: Office) -> None:
    terminal.to_the_cast_question(office.voting_card())
    terminal.take_card()
    terminal.see(at.Abandoned)
    terminal.until(lambda: getattr(terminal.state, "since", None) is not None, "the first tick")
    terminal.clock.later(REMINDER_S)
    terminal.see(at.Idle)


# ---------------------------------------------------------------- the reader


def test_the_reader_is_gone_and_comes_back(terminal: TerminalBench, office: Office) -> None:
    terminal.reader.unplug()
    assert terminal.see(at.OutOfService) == at.OutOfService(Incident.CARD_READER)
    terminal.reader.plug()
    terminal.see(at.Idle)
    terminal.vote(office.voting_card())
    assert terminal.logged("out-of-service") == [Incident.CARD_READER]
    assert terminal.logged("mended") == [Incident.CARD_READER]


def test_the_reader_is_gone_while_somebody_votes(terminal: TerminalBench, office: Office) -> None:
    voting = office.voting_card()
    terminal.to_the_cast_question(voting)
    terminal.reader.unplug()
    terminal.see(at.OutOfService)
    terminal.reader.plug()
    terminal.see(at.Idle)
    terminal.vote(voting)


def test_the_reader_is_gone_while_a_vote_is_recorded(
    terminal: TerminalBench, office: Office
) -> None:
    voting = office.voting_card()
    terminal.to_the_cast_question(voting)
    with held(terminal):
        terminal.touch(voter.CastChosen())
        intent_written(terminal, voting)
        terminal.reader.unplug()
        terminal.until(lambda: getattr(terminal.state, "card_out", False), "the card to be out")
    state = terminal.see(at.Recorded)
    assert isinstance(state, at.Recorded)
    terminal.until(lambda: getattr(terminal.state, "since", None) is not None, "the first tick")
    terminal.clock.later(REMINDER_S)
    assert terminal.see(at.OutOfService) == at.OutOfService(Incident.CARD_READER)
    assert terminal.cast() == 1


# ---------------------------------------------------------------- media


def full(*_: object) -> None:
    raise MediumFullError("no room")


def cast_without_room(terminal: TerminalBench) -> at.NotRecorded:
    terminal.touch(voter.CastChosen())
    state = terminal.see(at.NotRecorded, at.Recorded)
    assert isinstance(state, at.NotRecorded)
    return state


@pytest.mark.parametrize("place", ["prepare", "commit"])
def test_the_disk_is_full_at_the_cast(
    terminal: TerminalBench, office: Office, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    voting = office.voting_card()
    terminal.to_the_cast_question(voting)
    with monkeypatch.context() as patch:
        patch.setattr(Medium, place, full)
        state = cast_without_room(terminal)
        assert state.reason is at.RecordingProblem.MEDIUM_FULL
    assert terminal.lamp[-1] is True
    assert token_on(voting) is not None
    terminal.take_card()
    terminal.see(at.Idle)
    assert terminal.cast() == 0
    terminal.vote(voting)
    assert terminal.cast() == 1


def test_the_log_has_no_room_either(
    terminal: TerminalBench, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is on the same medium. Nobody is served without it; it is looked at after a self-test."""
    voting = office.voting_card()
    terminal.to_the_cast_question(voting)
    with monkeypatch.context() as patch:
        patch.setattr(Medium, "commit", full)
        patch.setattr(AuditLog, "append", full)
        assert cast_without_room(terminal).reason is at.RecordingProblem.MEDIUM_FULL
        terminal.settle()
        assert isinstance(terminal.state, at.NotRecorded), "the voter is told first"
        terminal.take_card()
        assert terminal.see(at.OutOfService) == at.OutOfService(Incident.MEDIA)
        assert not terminal.do(ConsoleAct.SELF_TEST).ok
        assert isinstance(terminal.state, at.OutOfService)
    assert terminal.do(ConsoleAct.SELF_TEST).ok
    terminal.see(at.Idle)
    terminal.vote(voting)
    assert terminal.cast() == 1


def test_a_really_full_medium(tmp_path: Path) -> None:
    """The data folder is a file system of its own, in a mount name space, and is full."""
    data = tmp_path / "terminal" / "data"
    data.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(data)]
    trial = subprocess.run(["unshare", "-rm", *mount], check=False, capture_output=True)
    if trial.returncode:
        missing("mount name spaces")
    script = f'{" ".join(mount[:-1])} "{data}" && exec "{sys.executable}" -m {__package__}.full "{tmp_path}"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == [
        "not recorded: medium-full",
        "out of service: MEDIA",
        "self-test: False",
        "the card keeps its authorization: True",
        "recorded: 1",
    ], done.stderr


def test_the_mirror_is_pulled_before_the_cast(terminal: TerminalBench, office: Office) -> None:
    voting = office.voting_card()
    terminal.to_the_cast_question(voting)
    mirror = terminal.config.mirror
    mirror.rename(mirror.with_name("pulled"))
    assert cast_without_room(terminal).reason is at.RecordingProblem.MEDIUM_LOST
    assert token_on(voting) is not None
    terminal.take_card()
    assert terminal.see(at.OutOfService) == at.OutOfService(Incident.MEDIA)
    mirror.with_name("pulled").rename(mirror)
    assert terminal.do(ConsoleAct.SELF_TEST).ok
    terminal.see(at.Idle)
    assert terminal.cast() == 0
    terminal.vote(voting)
    assert terminal.cast() == 1


def mirror_dies(terminal: TerminalBench, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The mirror vanishes between the two commits; where it is now."""
    mirror = terminal.config.mirror
    pulled = mirror.with_name("pulled")
    commit = Medium.commit

    def dying(medium: Medium) -> None:
        if medium.path == terminal.files.votes_mirror and mirror.exists():
            mirror.rename(pulled)
            raise MediumLostError("the mirror is gone")
        commit(medium)

    monkeypatch.setattr(Medium, "commit", dying)
    return pulled


def test_the_mirror_fails_at_the_cast(
    terminal: TerminalBench, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vote counts; nobody else votes here until both media are there again."""
    voting = card(office, 1)
    terminal.to_the_cast_question(voting)
    with monkeypatch.context() as patch:
        pulled = mirror_dies(terminal, patch)
        terminal.touch(voter.CastChosen())
        terminal.see(at.Recorded)
    assert terminal.logged("media-fault") == ["MirrorFailedError"]
    terminal.take_card()
    assert terminal.see(at.OutOfService) == at.OutOfService(Incident.MEDIA)
    terminal.reader.insert(card(office, 2))
    terminal.settle()
    assert isinstance(terminal.state, at.OutOfService)
    terminal.take_card()
    terminal.settle()
    assert not terminal.do(ConsoleAct.SELF_TEST).ok, "the mirror is still missing"
    assert isinstance(terminal.state, at.OutOfService)
    pulled.rename(terminal.config.mirror)
    assert terminal.do(ConsoleAct.SELF_TEST).ok
    terminal.see(at.Idle)
    assert terminal.terminal.counts.cast == 1
    assert terminal.refused(card(office, 1)) is AuthorizationRefusal.SPENT
    terminal.vote(card(office, 2))
    assert terminal.cast() == 2


def test_a_new_mirror_gets_a_copy_of_everything(
    terminal: TerminalBench, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.to_the_cast_question(office.voting_card())
    with monkeypatch.context() as patch:
        mirror_dies(terminal, patch)
        terminal.touch(voter.CastChosen())
        terminal.see(at.Recorded)
    terminal.take_card()
    terminal.see(at.OutOfService)
    terminal.config.mirror.mkdir()
    assert terminal.do(ConsoleAct.SELF_TEST).ok
    assert terminal.see(at.OutOfService) == at.OutOfService("NEW-MEMORY")
    assert terminal.do(ConsoleAct.CONFIRM).ok
    terminal.see(at.Idle)
    assert terminal.files.votes_mirror.exists()
    assert terminal.cast() == 1


def test_closing_and_exporting_after_a_medium_failed(
    terminal: TerminalBench, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.to_the_cast_question(office.voting_card())
    with monkeypatch.context() as patch:
        pulled = mirror_dies(terminal, patch)
        terminal.touch(voter.CastChosen())
        terminal.see(at.Recorded)
    terminal.take_card()
    terminal.see(at.OutOfService)
    pulled.rename(terminal.config.mirror)
    assert terminal.do(ConsoleAct.CLOSE).ok
    assert terminal.do(ConsoleAct.EXPORT).ok


def test_the_capacity_is_reached(terminal: TerminalBench, office: Office) -> None:
    """A challenge takes a slot, too: the last voter is told, the next one is not let in."""
    for number in range(1, 12):
        terminal.vote(card(office, number))
    last = office.voting_card(office.authorization(12))
    terminal.to_the_cast_question(last)
    terminal.touch(voter.ChallengeChosen())
    terminal.see(at.Challenged)
    terminal.mark()
    assert cast_without_room(terminal).reason is at.RecordingProblem.CAPACITY
    assert token_on(last) is not None
    terminal.take_card()
    assert terminal.see(at.OutOfService) == at.OutOfService(Incident.CAPACITY)
    assert terminal.cast() == 11
    assert terminal.do(ConsoleAct.CLOSE).ok


# ---------------------------------------------------------------- defects


def test_a_defect_while_recording_is_told_and_stops_the_terminal(
    terminal: TerminalBench, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    voting = office.voting_card()
    terminal.to_the_cast_question(voting)
    with monkeypatch.context() as patch:
        patch.setattr(Vault, "cast", broken)
        assert cast_without_room(terminal).reason is at.RecordingProblem.IN_DOUBT
    terminal.settle()
    assert isinstance(terminal.state, at.NotRecorded)
    terminal.take_card()
    out = terminal.see(at.OutOfService)
    assert isinstance(out, at.OutOfService)
    assert out.incident.startswith("DEFECT RuntimeError-")
    terminal.reader.unplug()
    terminal.reader.plug()
    terminal.settle()
    assert terminal.see(at.OutOfService) == out, "no cable mends a defect"
    terminal.restart()
    terminal.see(at.Idle)
    terminal.vote(voting)


def test_a_defect_after_recording_does_not_hide_that_it_is_recorded(
    terminal: TerminalBench, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    terminal.to_the_cast_question(office.voting_card())
    with monkeypatch.context() as patch:
        patch.setattr(AuthorizationCard, "erase_token", broken)
        terminal.touch(voter.CastChosen())
        terminal.see(at.Recorded)
    terminal.take_card()
    terminal.see(at.OutOfService)
    assert terminal.cast() == 1


# ---------------------------------------------------------------- the end of the day


def test_closing_exporting_and_reading_the_bundle(terminal: TerminalBench, office: Office) -> None:
    for number in (1, 2):
        terminal.vote(card(office, number))
    terminal.to_the_cast_question(card(office, 3))
    terminal.touch(voter.ChallengeChosen())
    terminal.see(at.Challenged)
    terminal.take_card()
    terminal.see(at.Abandoned)
    terminal.restart()
    terminal.sign_in()
    outcome = terminal.act(ConsoleAct.CLOSE)
    assert outcome.ok, str(outcome.message)
    report = getattr(terminal.console, "view").report  # noqa: B009
    values = {str(line.label): line.value for line in report.lines}
    assert (values["Ballots cast"], values["Ballots challenged (spoiled)"]) == (2, 1)
    outcome = terminal.act(ConsoleAct.EXPORT)
    assert outcome.ok, str(outcome.message)
    terminal.sign_out()
    assert terminal.state == at.Closed(ClosedReason.CLOSED)

    data = (terminal.config.usb / f"{TERMINAL}{BUNDLE_SUFFIX}").read_bytes()
    bundle = read_bundle(data, office.election, office.authority.root, NOON)
    assert (bundle.device, bundle.role) == (TERMINAL, Role.BALLOT_TERMINAL)
    assert [read_statement(act).kind.value for act in bundle.acts] == ["load", "open", "close"]
    box = bundle.box
    assert box is not None
    kinds = [record.kind for record in box.records]
    assert sorted(kinds) == sorted([RecordKind.CAST] * 2 + [RecordKind.SPOILED])
    assert box.spent_hashes == tuple(sorted(spent_hash(nonce(number)) for number in (1, 2)))
    assert {
        voucher_station(office.election, BRANCH, each.hash, each.voucher) for each in box.spent
    } == {STATION}


def test_nobody_reopens(terminal: TerminalBench) -> None:
    assert terminal.do(ConsoleAct.CLOSE).ok
    terminal.restart()
    terminal.until(lambda: terminal.state == at.Closed(ClosedReason.CLOSED), "closed")
    terminal.sign_in()
    terminal.terminal.console.loop.post(ActChosen(ConsoleAct.OPEN))
    terminal.settle()
    assert terminal.terminal.context.closed() is ClosedReason.CLOSED
