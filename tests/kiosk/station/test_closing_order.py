"""A station asks in which order its branch closes, takes the cards that come back, and always closes."""

from __future__ import annotations

from functools import partial

import pytest

from drivers.smartcard.authorization import NOTE_OBJECT, TOKEN_OBJECT, encode_token
from election.acts import read_statement
from election.audit_events import AuditEvent, EventForm
from election.closing_order import Said, Standing
from election.records import spent_hash
from election.voucher import encode_note, sign_receipt
from headquarters.acts_check import act_findings
from headquarters.import_report import FindingKind
from kiosk.flows.operator import events as on
from kiosk.flows.operator.states import AskingCards, AskingDevices, Away, Console, ConsoleAct
from simulators.cards.piv import PivCard
from tests.kiosk.station.bench import IdentityBench
from tests.kiosk.station.office import TERMINAL, Office


def issue(station: IdentityBench, *numbers: int) -> None:
    """Enter authorizations among those the station issued, as a claim does."""
    pollbook = station.identity.loaded.pollbook
    for number in numbers:
        station.station.context.store.submit(partial(pollbook.fix, spent_hash(nonce(number))))
    station.settle()


def nonce(number: int) -> bytes:
    return number.to_bytes(16, "big")


def voted(office: Office, number: int) -> PivCard:
    """Return a card with the receipt of a recorded vote."""
    spent = spent_hash(nonce(number))
    receipt = sign_receipt(
        office.signing[TERMINAL].classical, office.election.uuid, TERMINAL, spent
    )
    card = office.blank()
    card.piv.store_object(NOTE_OBJECT, encode_token(encode_note(receipt)))
    return card


def sums(station: IdentityBench) -> list[tuple[str, str, int]]:
    """Return what CLOSE tells that the station went on without."""
    closing = read_statement(station.station.context.polls.acts()[-1]).closing
    assert closing is not None
    told = {"closed-without", "cards-missing"}
    return [(e.event, e.reason, e.number) for e in closing.sums if e.event in told]


def test_everything_is_back(station: IdentityBench) -> None:
    assert station.do(ConsoleAct.CLOSE).ok
    assert sums(station) == []


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.CLOSED])
def test_a_station_closes_without_a_terminal_and_says_so(
    station: IdentityBench, office: Office, standing: Standing
) -> None:
    station.standings = {TERMINAL: standing}
    issue(station, 1, 2)
    assert station.do(ConsoleAct.CLOSE).ok
    assert station.do(ConsoleAct.EXPORT).ok
    assert sums(station) == [
        ("cards-missing", "", 2),
        ("closed-without", f"{TERMINAL} {standing.value}", 1),
    ]
    bundle = station.identity.loaded.bundle()
    found = [
        str(each.message)
        for each in act_findings(office.election, [bundle])
        if each.kind is FindingKind.WENT_ON
    ]
    assert found == [
        "it closed last, and 2 of its cards had not come back",
        f"it closed without {TERMINAL} {standing.value}",
    ]


def test_close_tells_nothing_about_voters(station: IdentityBench) -> None:
    """Acts are published: where one person was refused, a sum would say why."""
    add = station.station.context.counters.add_event
    for what, why in (
        (AuditEvent.REFUSED, "under-age"),
        (AuditEvent.OVERRIDE, "worn"),
        (AuditEvent.NO_TEMPLATE, ""),
        (AuditEvent.SET_BACK, "log"),
    ):
        station.station.context.store.submit(partial(add, what, why))
    station.settle()
    assert station.do(ConsoleAct.CLOSE).ok
    context = station.station.context
    closing = read_statement(context.polls.acts()[-1]).closing
    assert closing is not None
    assert [each.event for each in closing.sums] == ["set-back"]
    told = {(each.event, each.reason) for each in station.identity.loaded.bundle().sums}
    assert told >= {("refused", "under-age"), ("override", "worn"), ("no-template", "")}
    assert "set-back" not in {event for event, _ in told}
    published = b"".join(act.statement for act in context.polls.acts())
    words = [each.value for each in AuditEvent if each.form in {EventForm.SUM, EventForm.VOTER}]
    assert [word for word in words if word.encode() in published] == []


def test_the_last_station_counts_the_cards_that_come_back(
    station: IdentityBench, office: Office
) -> None:
    """The operator's card is in the other reader, so that cards can be taken while it is asked."""
    issue(station, 1, 2, 3)
    station.operators = station.reader
    station.sign_in()
    post = station.station.console.loop.post
    post(on.ActChosen(ConsoleAct.CLOSE))
    station.until(lambda: isinstance(station.console, AskingDevices), "the devices")
    post(on.WentOn())
    station.station.drain()
    assert isinstance(station.console, AskingDevices), "nothing is said of the terminal yet"
    post(on.StandingSaid(Said(TERMINAL, Standing.CLOSED)))
    station.settle()
    post(on.WentOn())
    station.until(lambda: isinstance(station.console, AskingCards), "the cards")

    def out() -> int:
        state = station.console
        assert isinstance(state, AskingCards)
        assert state.view.order is not None
        return state.view.order.cards_out

    def is_out(number: int) -> bool:
        return out() == number

    assert out() == 3
    for left, number in ((2, 1), (1, 2)):
        station.cards.insert(voted(office, number))
        station.until(partial(is_out, left), "the card to be counted")
        station.cards.remove()
        station.settle()
    unused = office.voting_card(office.authorization(3))
    station.cards.insert(unused)
    station.until(lambda: out() == 0, "the card that was not used")
    assert TOKEN_OBJECT in unused.piv.objects
    station.cards.remove()
    station.settle()
    post(on.Cancelled())
    post(on.Cancelled())
    station.until(lambda: isinstance(station.console, Console), "the console")
    assert station.act(ConsoleAct.CLOSE).ok
    assert sums(station) == []


def test_the_card_that_is_pulled_ends_the_questions(station: IdentityBench) -> None:
    station.sign_in()
    station.station.console.loop.post(on.ActChosen(ConsoleAct.CLOSE))
    station.until(lambda: isinstance(station.console, AskingDevices), "the devices")
    station.operators.remove()
    station.until(lambda: isinstance(station.console, Away), "nobody")
