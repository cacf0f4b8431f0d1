"""Play a day of a terminal and of a station under the recorder, with a note of everything that is promised.

What a person was told, and what is on a card, stands between the writes as a mark: a line of JSON.

    begun     somebody wants something: {"begun": "vote", "who": 3}, {"begun": "open"}
    told      the screen says it is done: {"told": "vote", "who": 3}, {"told": "open"}
    named     the screen names the ballot papers: {"named": 3}
    card      what is on a card from now on: {"card": 3, "token": hex or null, "note": hex or null}
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest

from drivers.media.errors import MediumLostError
from drivers.registry.line import TlsLine
from drivers.smartcard.authorization import NOTE_OBJECT, TOKEN_OBJECT, decode_token
from election.polls import PollsState
from election.registry_client import Connect
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot import states as ballot
from kiosk.flows.identity import states as identity
from kiosk.flows.operator.states import ConsoleAct
from kiosk.station.device import LOOK_S
from kiosk.storage.medium import Medium
from simulators.cards.piv import PivApplication, PivCard
from simulators.fingerprint.module import INSTANT
from simulators.fingerprint.sfm import SfmSimulator
from tests.kiosk.station.bench import Bench, IdentityBench, TerminalBench
from tests.kiosk.station.office import Office, people
from tests.kiosk.station.test_identity_station import check_in, finger
from tests.powercut.recording import Did, Event, Recording, mark, recording

AFTER: Final = {
    ConsoleAct.LOAD_PACKAGE: PollsState.READY,
    ConsoleAct.OPEN: PollsState.OPEN,
    ConsoleAct.PAUSE: PollsState.PAUSED,
    ConsoleAct.RESUME: PollsState.OPEN,
    ConsoleAct.CLOSE: PollsState.CLOSED,
}


@dataclass(slots=True)
class Told:
    """What holds at one moment of the day, by the marks before it."""

    states: tuple[PollsState, ...] = (PollsState.UNCONFIGURED,)
    """The one that was told, and the one that is being reached."""
    begun: set[int] = field(default_factory=set)
    done: set[int] = field(default_factory=set)
    """Of those: whom the device told that it is done."""
    named: set[int] = field(default_factory=set)
    """Whose papers were named on the screen."""
    challenged: int = 0
    challenging: int = 0
    cards: dict[int, dict[str, str | None]] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Go on to the next event."""
        if event.did is Did.MARK:
            self._take(json.loads(event.data))

    def _take(self, content: dict[str, Any]) -> None:
        match content:
            case {"begun": "vote", "who": int(who)}:
                self.begun.add(who)
            case {"told": "vote", "who": int(who)}:
                self.done.add(who)
            case {"named": int(who)}:
                self.named.add(who)
            case {"begun": "challenge"}:
                self.challenging += 1
            case {"told": "challenge"}:
                self.challenged += 1
            case {"begun": "state", "is": str(state)}:
                self.states = (*self.states, PollsState(state))
            case {"told": "state", "is": str(state)}:
                self.states = (PollsState(state),)
            case {"states": list(states)}:
                self.states = tuple(map(PollsState, states))
                self.begun, self.done = set(content["begun"]), set(content["done"])
                self.named = set(content["named"])
                self.challenged, self.challenging = content["challenged"], content["challenging"]
                self.cards = {int(who): card for who, card in content["cards"].items()}
            case {"card": int(who)}:
                card = self.cards.setdefault(who, {})
                card.update((name, value) for name, value in content.items() if name != "card")


def told_at(recording: Recording, point: int) -> Told:
    """Return what holds after so many events."""
    told = Told()
    for event in recording.events[:point]:
        told.take(event)
    return told


NEXT_VOTER: Final = b'{"next": true}'
"""Mark before a judge lets one more voter in."""


def as_mark(told: Told) -> bytes:
    """Return all that holds as one mark, for a recording that begins there."""
    return json.dumps(
        {
            "states": [state.value for state in told.states],
            "begun": sorted(told.begun),
            "done": sorted(told.done),
            "named": sorted(told.named),
            "challenged": told.challenged,
            "challenging": told.challenging,
            "cards": {str(who): card for who, card in told.cards.items()},
        }
    ).encode()


def say(**content: Any) -> None:
    """Put a mark between two writes."""
    mark(json.dumps(content))


@dataclass(slots=True)
class _Served:
    """Whose turn it is; cards are known by their application."""

    who: int = 0
    cards: dict[int, int] = field(default_factory=dict)


@contextmanager
def _cards_told(served: _Served) -> Iterator[None]:
    """Say what is on a card whenever a device has written on it."""
    put = PivApplication._put_data
    names = {TOKEN_OBJECT: "token", NOTE_OBJECT: "note"}

    def told(card: PivApplication, command: Any) -> bytes:
        before = {tag: card.objects.get(tag) for tag in names}
        done = put(card, command)
        who = served.cards.get(id(card), served.who)
        for tag, name in names.items():
            if card.objects.get(tag) != before[tag]:
                content = decode_token(card.objects.get(tag))
                say(card=who, **{name: None if content is None else content.hex()})
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PivApplication, "_put_data", told)
        yield


class _Shown(list[ballot.BallotState]):
    """What a terminal draws; what it promises is marked."""

    def __init__(self, served: _Served) -> None:
        super().__init__()
        self._served = served

    def append(self, state: ballot.BallotState) -> None:
        again = bool(self) and type(self[-1]) is type(state)
        super().append(state)
        if isinstance(state, ballot.Recorded):
            say(told="vote", who=self._served.who)
        if isinstance(state, ballot.Challenged) and not again:
            say(told="challenge")


class _Terminal(TerminalBench):
    def __init__(self, office: Office, folder: Path) -> None:
        self.served = _Served()
        super().__init__(office, folder)

    def boot(self) -> None:
        self.shown = _Shown(self.served)
        super().boot()


def act(bench: Bench, *acts: ConsoleAct) -> None:
    """Do what two roles do, with the marks of it; nobody is signed in afterwards."""
    bench.sign_in()
    for each in acts:
        if each in AFTER:
            say(begun="state", **{"is": AFTER[each].value})
        outcome = bench.act(each)
        assert outcome.ok, outcome.message
        if each in AFTER:
            say(told="state", **{"is": AFTER[each].value})
    bench.sign_out()


def load(bench: Bench) -> None:
    """Bring the package, and load it with both roles."""
    bench.office.bring(bench.office.package(), bench.config.usb)
    act(bench, ConsoleAct.LOAD_PACKAGE)


def _vote(bench: _Terminal, who: int, *, challenge: bool = False, handle: bool = False) -> None:
    given = bench.office.authorization(who)
    if handle:
        given = replace(given, handle=bytes([who]) * 16)
    card = bench.office.voting_card(given)
    _present(bench.served, card, who)
    say(begun="vote", who=who)
    bench.to_the_cast_question(card)
    if challenge:
        say(begun="challenge")
        bench.touch(voter.ChallengeChosen())
        bench.see(ballot.Challenged)
        bench.mark()
    bench.touch(voter.CastChosen())
    bench.see(ballot.Recorded)
    bench.take_card()
    bench.settle()


def _present(served: _Served, card: PivCard, who: int) -> None:
    served.who = who
    served.cards[id(card.piv)] = who
    token = decode_token(card.piv.objects.get(TOKEN_OBJECT))
    say(card=who, token=None if token is None else token.hex(), note=None)


def terminal_day(
    office: Office, folder: Path, *, votes: int = 3, one_medium: bool = False
) -> Recording:
    """From a device that has nothing to the closed polls; a challenge, a handle and a pause among them.

    `one_medium`: the second memory fails at the commit of a vote, which is then recorded on one.
    """
    config = office.configuration("b1-t1", folder)  # type: ignore[arg-type]
    with recording(folder, (config.data, config.mirror)) as made:
        bench = _Terminal(office, folder)
        with _cards_told(bench.served):
            load(bench)
            act(bench, ConsoleAct.OPEN)
            for who in range(1, votes + 1):
                _vote(bench, who, challenge=who == 2, handle=who == 3)
            if one_medium:
                _mirror_fails(bench, votes + 1)
            else:
                act(bench, ConsoleAct.PAUSE, ConsoleAct.RESUME)
                _vote(bench, votes + 1)
            act(bench, ConsoleAct.CLOSE, ConsoleAct.EXPORT)
            bench.terminal.stop()
    return made


def _mirror_fails(bench: _Terminal, who: int) -> None:
    """Let the second memory fail at one commit, and be there again."""
    commit = Medium.commit

    def failing(medium: Medium) -> None:
        if medium.path == bench.files.votes_mirror:
            medium.rollback()
            raise MediumLostError("pulled")
        commit(medium)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Medium, "commit", failing)
        _vote(bench, who)
    say(told="one-medium")
    bench.clock.later(LOOK_S)
    bench.see(ballot.Idle)
    bench.settle()


def station_day(
    office: Office, folder: Path, *, voters: int = 3, connect: Connect = TlsLine
) -> Recording:
    """From a device that has nothing to the closed polls; a card comes back between them.

    `connect`: to the registry of an office whose stations ask one.
    """
    config = office.configuration("b1-i1", folder)  # type: ignore[arg-type]
    served = _Served()
    with (
        SfmSimulator(folder / "finger", seed=1, timing=INSTANT, paced=False) as sensor,
        recording(folder, (config.data, config.mirror)) as made,
    ):
        bench = IdentityBench(office, folder, sensor, connect)
        with _cards_told(served):
            load(bench)
            act(bench, ConsoleAct.OPEN)
            for who, person in enumerate(people(voters), start=1):
                card = office.blank()
                _present(served, card, who)
                say(begun="vote", who=who)
                check_in(bench, person, card=card)
                say(told="vote", who=who)
                bench.settle()
                if who == 1:
                    # It comes back unused: noted, and nobody else's.
                    bench.cards.insert(card)
                    bench.settle()
                    bench.cards.remove()
                    bench.settle()
            act(bench, ConsoleAct.PAUSE, ConsoleAct.RESUME, ConsoleAct.CLOSE, ConsoleAct.EXPORT)
            bench.identity.stop()
    return made


def paper_day(office: Office, folder: Path, *, voters: int = 3) -> Recording:
    """From a device that has nothing to the closed polls, where voters get ballot papers and no card."""
    config = office.configuration("b1-i1", folder)  # type: ignore[arg-type]
    with (
        SfmSimulator(folder / "finger", seed=1, timing=INSTANT, paced=False) as sensor,
        recording(folder, (config.data, config.mirror)) as made,
    ):
        bench = IdentityBench(office, folder, sensor)
        load(bench)
        act(bench, ConsoleAct.OPEN)
        for who, person in enumerate(people(voters), start=1):
            say(begun="vote", who=who)
            bench.reader.insert(office.identity_card(person))
            finger(bench, person)
            bench.see(identity.Done)
            say(named=who)
            bench.put_away()
            bench.settle()
            say(told="vote", who=who)
        act(bench, ConsoleAct.CLOSE, ConsoleAct.EXPORT)
        bench.identity.stop()
    return made
