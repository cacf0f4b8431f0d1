"""After a visit nothing of it can be reached from the device: token, nonce, PIN, national number."""

from __future__ import annotations

import gc
import time
from types import FrameType, FunctionType, ModuleType

from election.definition import Role
from election.voucher import decode_note
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot import states as at
from kiosk.flows.operator.states import ConsoleAct
from simulators.cards.piv_secrets import PivSecret
from tests.kiosk.station.bench import IdentityBench, TerminalBench
from tests.kiosk.station.office import Office, people, token_on
from tests.kiosk.station.test_identity_station import check_in

LOOKS = 100


def reachable(root: object, *needles: bytes) -> list[str]:
    """Return the kinds of what holds one of these in bytes or text, from a device on."""
    seen, edge, found = {id(root)}, [root], list[str]()
    texts = [needle.decode() for needle in needles if needle.isascii()]
    while edge:
        holder = edge.pop()
        for held in gc.get_referents(holder):
            hit = isinstance(held, bytes | bytearray) and any(n in held for n in needles)
            hit |= isinstance(held, str) and any(text in held for text in texts)
            # A simulated card keeps its own secret, wherever it is put in.
            if hit and not isinstance(holder, PivSecret):
                found.append(f"{type(holder).__name__} {str(holder)[:80]}")
            if id(held) not in seen and not isinstance(held, type | ModuleType | FrameType):
                seen.add(id(held))
                if isinstance(held, FunctionType):
                    edge.extend(cell.cell_contents for cell in held.__closure__ or ())
                else:
                    edge.append(held)
    return found


def forgotten(bench: TerminalBench | IdentityBench, device: object, *needles: bytes) -> list[str]:
    """Let the device come to rest, and look; what the bench itself noted of screens is not the device's.

    A thread that has done its work may hold it for a moment longer.
    """
    found: list[str] = []
    for _ in range(LOOKS):
        bench.settle()
        bench.shown.clear()
        bench.said.clear()
        gc.collect()
        found = reachable(device, *needles)
        if not found:
            break
        time.sleep(0.1)
    return found


def test_a_cast_leaves_no_token_and_no_nonce(terminal: TerminalBench, office: Office) -> None:
    given = office.authorization(0x5EED_0F_A_70_4E2)
    card = office.voting_card(given)
    token = token_on(card)
    assert token is not None
    terminal.to_the_cast_question(card)
    assert reachable(terminal.terminal, given.nonce), "what is in use is found"
    terminal.touch(voter.CastChosen())
    terminal.see(at.Recorded)
    terminal.reader.remove()
    terminal.see(at.Idle)
    assert forgotten(terminal, terminal.terminal, given.nonce, token[8:40]) == []


def test_a_voter_who_leaves_and_one_who_challenges(terminal: TerminalBench, office: Office) -> None:
    given = office.authorization(0x5EED_0F_A_70_4E3)
    terminal.to_the_cast_question(office.voting_card(given))
    terminal.touch(voter.ChallengeChosen())
    state = terminal.see(at.Challenged)
    assert isinstance(state, at.Challenged)
    opening = state.opening.encode()
    del state
    terminal.take_card()
    terminal.see(at.Abandoned)
    terminal.until(lambda: getattr(terminal.state, "since", None) is not None, "the first tick")
    terminal.clock.later(60)
    terminal.see(at.Idle)
    assert forgotten(terminal, terminal.terminal, given.nonce, opening) == []


def test_a_card_that_opens_nothing(terminal: TerminalBench, office: Office) -> None:
    given = office.authorization(0x5EED_0F_A_70_4E4)
    terminal.vote(office.voting_card(given))
    terminal.refused(office.voting_card(given))
    assert forgotten(terminal, terminal.terminal, given.nonce) == []


def test_a_check_in_leaves_nothing_of_the_person(station: IdentityBench) -> None:
    person, other = people(2, "nothing kept")
    card = check_in(station, person)
    token = token_on(card)
    assert token is not None
    assert decode_note(token) is None
    number = person.national_number.encode()
    family = person.family.fa.encode()
    assert forgotten(station, station.identity, number, family, token[8:40]) == []
    del other


def test_an_operators_pin_is_not_kept(terminal: TerminalBench) -> None:
    """Entered and proven; and entered for an act of two."""
    pin = "86420975"
    """No other test's values have it: they can be reached as well."""

    def kept() -> list[str]:
        # The bench stands beside the device and knows the PIN.
        del terminal.pin
        found = forgotten(terminal, terminal.terminal, pin.encode())
        terminal.pin = pin
        return found

    terminal.pin = pin
    terminal.sign_in(Role.OFFICER)
    assert kept() == []
    assert terminal.act(ConsoleAct.CLOSE).ok
    terminal.sign_out()
    assert kept() == []
