"""A terminal that holds fewer votes than stations hold receipts for: an older copy of its media came back."""

from __future__ import annotations

from dataclasses import replace

from election.acts import read_statement
from election.doubts import Doubt
from kiosk.flows.ballot import states as at
from kiosk.flows.operator.states import Console, ConsoleAct, allowed
from simulators.local_reader import VirtualCard
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import Office

OUT = at.OutOfService(Doubt.VOTES.upper())


def telling(office: Office, number: int, receipts: int) -> VirtualCard:
    """Return a card whose token tells how many receipts a station held of this terminal."""
    return office.voting_card(replace(office.authorization(number), receipts=(receipts,)))


def test_it_goes_out_of_service_at_once_and_closes_all_the_same(
    terminal: TerminalBench, office: Office
) -> None:
    terminal.vote(telling(office, 1, 0))
    terminal.vote(telling(office, 2, 1))
    terminal.reader.insert(telling(office, 3, 3))
    assert terminal.see(at.OutOfService) == OUT
    assert terminal.logged("doubt-found") == ["votes-behind"]
    terminal.reader.remove()
    assert terminal.do(ConsoleAct.CLOSE).ok
    assert terminal.do(ConsoleAct.EXPORT).ok
    assert terminal.summed("votes-behind") == {}, "nobody let it go on"


def test_two_roles_let_it_go_on_and_closing_tells_the_number(
    terminal: TerminalBench, office: Office
) -> None:
    terminal.vote(telling(office, 1, 0))
    terminal.reader.insert(telling(office, 2, 3))
    terminal.see(at.OutOfService)
    terminal.reader.remove()
    terminal.sign_in()
    console = terminal.console
    assert isinstance(console, Console)
    assert ConsoleAct.CONFIRM in allowed(console.view)
    (line,) = (str(each.detail) for each in console.view.checks if "To confirm" in str(each.name))
    assert line.startswith("2 votes are missing here.")
    assert terminal.act(ConsoleAct.CONFIRM).ok
    terminal.sign_out()
    terminal.see(at.Idle)
    assert terminal.summed("votes-behind") == {"": 2}

    # The votes that are missing stay missing; each one more is asked anew, also after another start.
    terminal.vote(telling(office, 2, 3))
    terminal.restart()
    terminal.vote(telling(office, 3, 4))
    terminal.reader.insert(telling(office, 4, 6))
    assert terminal.see(at.OutOfService) == OUT
    terminal.reader.remove()
    assert terminal.do(ConsoleAct.CONFIRM).ok
    assert terminal.do(ConsoleAct.CLOSE).ok
    closing = read_statement(terminal.station.context.polls.acts()[-1]).closing
    assert closing is not None
    assert [each.number for each in closing.sums if each.event == "votes-behind"] == [3]


def test_one_role_is_not_enough(terminal: TerminalBench, office: Office) -> None:
    terminal.reader.insert(telling(office, 1, 1))
    terminal.see(at.OutOfService)
    terminal.reader.remove()
    terminal.sign_in()
    terminal.sign_out()
    terminal.settle()
    assert terminal.state == OUT
