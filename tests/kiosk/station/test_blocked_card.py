"""An operator card is lost: two others block it at a device, and whoever found it can do nothing there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.acts import read_statement
from election.blocked_cards import blocked_by, line, told
from election.day_sums import is_about_device
from election.definition import Role
from election.errors import PollsStateError
from election.polls import Operator
from election.signing_in import NeedCard, Rejected, Rejection, UnblockChosen
from headquarters.acts_check import _went_on
from kiosk.flows.operator.events import ActChosen, CodeEntered
from kiosk.flows.operator.states import Away, Console, ConsoleAct, SecondSignature
from simulators.cards.piv import PivCard
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import NUMBERS, PIN, RESERVE_NUMBER, WRONG_PIN, Office

SIGNERS = tuple(Operator(role, NUMBERS[role], bytes([n]) * 32) for n, role in enumerate(NUMBERS))


def is_blocked(bench: TerminalBench, card: PivCard, pin: str) -> None:
    bench.present(card, pin)
    bench.until_signin(Rejected)
    assert bench.signin == Rejected(Rejection.BLOCKED)


def test_a_blocked_card_does_nothing_here_until_the_end(
    terminal: TerminalBench, office: Office
) -> None:
    card = office.operator(Role.OFFICER, branch=None)
    terminal.present(card)
    terminal.until(lambda: isinstance(terminal.console, Console), "the reserve, before it is lost")
    terminal.sign_out()
    tries = card.piv.pin.tries

    outcome = terminal.do(ConsoleAct.BLOCK_CARD, RESERVE_NUMBER)
    assert outcome.ok, outcome.message
    (entry,) = terminal.logged("card-blocked")
    assert entry.split(" ")[0] == RESERVE_NUMBER
    assert len(entry.split(" ")) == 3, "who blocked it stands there"
    for pin in (WRONG_PIN, WRONG_PIN, WRONG_PIN, PIN):
        is_blocked(terminal, card, pin)
        terminal.station.console.loop.post(UnblockChosen())
        terminal.enter("12345678")
        terminal.settle()
        assert terminal.signin == Rejected(Rejection.BLOCKED), "nor has its letter a way"
        terminal.sign_out()
    assert card.piv.pin.tries == tries, "no PIN was shown to it: whoever found it tries none"

    # As the second card it signs nothing either.
    terminal.sign_in(Role.SUPERVISOR)
    terminal.station.console.loop.post(ActChosen(ConsoleAct.BLOCK_CARD))
    terminal.station.console.loop.post(CodeEntered("7"))
    terminal.until(lambda: isinstance(terminal.console, SecondSignature), "the second signature")
    terminal.operators.remove()
    terminal.until_signin(NeedCard)
    is_blocked(terminal, card, PIN)
    terminal.operators.remove()
    terminal.restart()
    terminal.until(lambda: isinstance(terminal.console, Away), "the console")
    assert terminal.logged("card-blocked") == [entry]

    # Another start, with the log from the second memory alone.
    terminal.terminal.stop()
    terminal.files.audit.unlink()
    terminal.boot()
    terminal.settle()
    is_blocked(terminal, card, PIN)
    terminal.sign_out()
    for number in (RESERVE_NUMBER, NUMBERS[Role.OFFICER], NUMBERS[Role.SUPERVISOR]):
        assert not terminal.do(ConsoleAct.BLOCK_CARD, number).ok
    assert len(terminal.logged("card-blocked")) == 1
    assert terminal.do(ConsoleAct.CLOSE).ok, "the two that are left close it"
    last = read_statement(terminal.station.context.polls.acts()[-1])
    said = [str(message) for message in _went_on(last)]
    assert said == [f"two roles blocked the operator card {RESERVE_NUMBER} there"]


@given(st.lists(st.from_regex(r"[0-9]{1,12}", fullmatch=True), unique=True, max_size=6))
def test_what_is_blocked_is_what_the_lines_say(numbers: list[str]) -> None:
    blocked: frozenset[str] = frozenset()
    lines: list[str] = []
    for number in numbers:
        if number in NUMBERS.values():
            continue
        lines.append(line(number, SIGNERS, blocked))
        blocked = blocked_by(lines)
        with pytest.raises(PollsStateError):
            line(number, SIGNERS, blocked)
    assert blocked == set(numbers) - set(NUMBERS.values())
    assert all(map(is_about_device, told(blocked)))
    assert [each.reason for each in told(blocked)] == sorted(blocked)


@pytest.mark.parametrize(
    "number", ["", "1" * 13, "12a", "١٢", "1 2", " 1", "1\n", *NUMBERS.values()]
)
def test_no_number_and_nobody_who_signs_is_blocked(number: str) -> None:
    with pytest.raises(PollsStateError):
        line(number, SIGNERS, frozenset())
