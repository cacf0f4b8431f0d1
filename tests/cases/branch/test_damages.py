"""Damage each file of a device in each way and each state of the polls: no vote lost, none twice, a way on.

Both roles of device, with what they keep of others: a dead terminal's rescue, and a spare's take-over.
Pairwise, each file with each damage, each of both in each state: a share of it in the tests; all with
`make damages`. Where another copy has it the device serves again, whatever the file was (`must_serve`);
where it does not serve, it closes and hands in, or the second memory has everything.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from election.authorization import AuthorizationRefusal
from election.bundle import Bundle, read_bundle
from election.definition import DeviceId, Role
from election.incidents import Incident
from election.pairing import Mirror
from election.polls import PollsState
from election.records import spent_hash
from election.register import open_published_register
from election.takeover import open_takeover
from headquarters.handed_in import verified_rescue
from kiosk.flows.ballot.states import Closed as TerminalClosed
from kiosk.flows.ballot.states import Idle as TerminalIdle
from kiosk.flows.ballot.states import OutOfService as TerminalOut
from kiosk.flows.identity.states import Closed as StationClosed
from kiosk.flows.identity.states import Done, Refused, VoterRefusal
from kiosk.flows.identity.states import Idle as StationIdle
from kiosk.flows.identity.states import OutOfService as StationOut
from kiosk.flows.operator.states import Console as AtConsole
from kiosk.flows.operator.states import ConsoleAct, allowed
from kiosk.station.device import LOOK_S
from tests.cases.branch.damage import (
    BY_FUSE,
    OF_FILES,
    OF_FOLDERS,
    OF_MEDIA,
    Damage,
    another_devices,
    older,
    unreadable,
)
from tests.cases.branch.faulty import is_possible, taken_away
from tests.kiosk.station.bench import IdentityBench, TerminalBench
from tests.kiosk.station.conftest import finger_sensor
from tests.kiosk.station.office import (
    BRANCH,
    NOON,
    ROLES,
    STATION,
    TERMINAL,
    Office,
    people,
    token_on,
)
from tests.kiosk.station.test_identity_station import check_in, finger
from tests.kiosk.station.test_taking_over import ST as SPARE_TERMINAL
from tests.kiosk.station.test_taking_over import Branch, empty, with_spares
from tests.needs import missing
from tests.shares import share

SERVED = 2
"""Voters, or persons with an authorization, before the damage."""
RESCUED = 99
"""Number of the authorization that was spent at the dead terminal."""
IDLE = (TerminalIdle, StationIdle)
OUT = (TerminalOut, StationOut)
QUIET = (*IDLE, TerminalClosed, StationClosed)
READY, OPEN, PAUSED, CLOSED = STATES = (
    PollsState.READY,
    PollsState.OPEN,
    PollsState.PAUSED,
    PollsState.CLOSED,
)
BEGUN = (OPEN, PAUSED, CLOSED)
MEMORIES = ("data", "mirror")
DEAD = DeviceId("b1-t2")
RESCUE, TAKEOVER = f"{DEAD}.rescue", f"{SPARE_TERMINAL}.takeover"
KEPT = (f"rescues/{RESCUE}", f"takeovers/{TAKEOVER}")
"""What a device keeps of others, on either memory."""
FOLDERS = tuple(f"{memory}/{each.split('/')[0]}" for each in KEPT for memory in MEMORIES)
OWN = {Role.BALLOT_TERMINAL: "votes.db", Role.IDENTITY_STATION: "pollbook.db"}


def lying(role: Role) -> dict[str, tuple[PollsState, ...]]:
    """Every file of a device, and each whole memory, with the states of the polls in which it lies there."""
    own = OWN[role]
    terminal = role is Role.BALLOT_TERMINAL
    of_both = {
        own: BEGUN if terminal else STATES,
        "polls.db": STATES,
        "audit.jsonl": STATES,
        "anchor": STATES,
        "package.amin": STATES,
        "register.json": STATES,
        "amin-medium": STATES,
        "probe": BEGUN,
        "reserve": (OPEN, PAUSED),
        **dict.fromkeys(KEPT, BEGUN),
    }
    if not terminal:
        of_both["added.lists"] = STATES
    return {
        **{f"{memory}/{name}": of_both[name] for name in of_both for memory in MEMORIES},
        f"data/{own}-journal": of_both[own],
        **({f"mirror/{own}-journal": BEGUN} if terminal else {}),
        "data/polls.db-journal": STATES,
        "data/counters.db": STATES,
        "data/counters.db-journal": STATES,
        "mirror/counters.db": BEGUN,
        "mirror/counters.db-journal": BEGUN,
        "data/closing.bundle": (CLOSED,),
        **dict.fromkeys(FOLDERS, BEGUN),
        **dict.fromkeys(MEMORIES, STATES),
    }


SHARES = 4
"""Of the pairs, one share in every run; `make whole` takes all pairs, `make damages` everything."""
ALL = os.environ.get("DAMAGES") == "all"


def cases(role: Role) -> Iterator[tuple[str, Damage, PollsState]]:
    """Every file with every damage, in every state, or in one of them so that all pairs come about.

    What can be: before the opening there is nothing older.
    """
    for i, (file, states) in enumerate(lying(role).items()):
        damages = OF_FOLDERS if file in FOLDERS else OF_FILES if "/" in file else OF_MEDIA
        for j, damage in enumerate(damages):
            for k, state in enumerate(states):
                if (ALL or (i + j) % len(states) == k) and not (state is READY and damage is older):
                    yield file, damage, state


CASES = [
    pytest.param(
        role,
        file,
        damage,
        state,
        id=f"{role.value}-{file}-{damage.__name__}-{state.value}",
        marks=pytest.mark.slow,
    )
    for role in OWN
    for file, damage, state in (cases(role) if ALL else share(cases(role), SHARES))
]


@dataclass(frozen=True, slots=True)
class Days:
    """Both devices, and copies of their media in each state of the polls."""

    benches: dict[Role, TerminalBench | IdentityBench]
    copies: Path

    def bring(self, role: Role, state: PollsState) -> None:
        for name in ("data", "mirror", "usb"):
            place = self.benches[role].config.data.parent / name
            shutil.rmtree(place)
            shutil.copytree(self.copies / role.value / state.value / name, place)


def stop(bench: TerminalBench | IdentityBench) -> None:
    (bench.identity if isinstance(bench, IdentityBench) else bench.terminal).stop()


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    place = tmp_path_factory.mktemp("damages")
    office = Office.open(place / "office", {**ROLES, DEAD: (Role.BALLOT_TERMINAL, BRANCH)})
    (place / "finger").mkdir()
    with finger_sensor(place / "finger") as sensor:
        branch = Branch(office, place, {STATION: sensor}, with_spares(office))
        for device in (TERMINAL, STATION):
            branch.begin(device)
        made = Days({}, place / "copies")
        for bench in branch.running.values():
            assert isinstance(bench, TerminalBench | IdentityBench)
            made.benches[bench.config.role] = bench
        live_a_day(made, branch)
        yield made
        for bench in made.benches.values():
            stop(bench)


def live_a_day(days: Days, branch: Branch) -> None:
    def keep(name: str) -> None:
        for role, bench in days.benches.items():
            stop(bench)
            shutil.copytree(bench.config.data.parent, days.copies / role.value / name)
            bench.boot()

    benches = tuple(days.benches.values())
    for bench in benches:
        assert bench.load(bench.office.package()).ok
        bench.sign_out()
        if isinstance(bench, IdentityBench):
            add_a_list(bench)
    keep(PollsState.READY.value)
    for bench in benches:
        assert bench.do(ConsoleAct.OPEN).ok
    keep_of_others(branch)
    for number in range(1, SERVED + 1):
        for bench in benches:
            serve(bench, number)
        if number == 1:
            keep("older")
    keep(PollsState.OPEN.value)
    for bench in benches:
        assert bench.do(ConsoleAct.PAUSE).ok
    keep(PollsState.PAUSED.value)
    for bench in benches:
        assert bench.do(ConsoleAct.CLOSE).ok
    keep(PollsState.CLOSED.value)
    for bench in benches:
        stop(bench)


def keep_of_others(branch: Branch) -> None:
    """A terminal dies after a vote; both devices rescue it, and admit the spare that took over from it."""
    dead = branch.begin(DEAD)
    assert isinstance(dead, TerminalBench)
    assert dead.open_polls().ok
    dead.vote(branch.office.voting_card(branch.office.authorization(RESCUED)))
    branch.die(DEAD)
    for bench in branch.running.values():
        shutil.rmtree(bench.config.usb)
        shutil.copytree(dead.config.mirror, bench.config.usb)
        assert bench.do(ConsoleAct.RESCUE).ok
    spare = branch.take_over(STATION, SPARE_TERMINAL, DEAD)
    branch.die(spare.config.device)
    for bench in branch.running.values():
        empty(bench)


def add_a_list(bench: IdentityBench) -> None:
    """One that revokes nobody."""
    listed = bench.office.issuer.revocation_list(NOON - timedelta(days=1), [])
    (bench.config.usb / "new.crl").write_bytes(listed)
    assert bench.do(ConsoleAct.ADD_LISTS).ok


def serve(bench: TerminalBench | IdentityBench, number: int) -> None:
    if isinstance(bench, TerminalBench):
        bench.vote(bench.office.voting_card(bench.office.authorization(number)))
    else:
        check_in(bench, people(SERVED + 1)[number - 1])


@pytest.mark.parametrize("role", OWN)
def test_no_file_is_forgotten(days: Days, role: Role) -> None:
    """What the cases are made of is what lies on the memories, no more and no less."""
    for state in STATES:
        place = days.copies / role.value / state.value
        found = {
            path.relative_to(place).as_posix()
            for memory in MEMORIES
            for path in ((place / memory), *(place / memory).rglob("*"))
        }
        assert found == {file for file, states in lying(role).items() if state in states}, state


@pytest.mark.parametrize(("role", "file", "damage", "state"), CASES)
def test_damage(days: Days, role: Role, file: str, damage: Damage, state: PollsState) -> None:
    if damage in BY_FUSE and not is_possible():
        missing("FUSE")
    bench = days.benches[role]
    days.bring(role, state)
    place = bench.config.data.parent / file
    with damage(place, days.copies / role.value / "older" / file):
        bench.boot()
        try:
            serves, dead = must_serve(role, file, damage), is_dead(file, damage)
            judge(bench, state, serves=serves, dead=dead)
        finally:
            if isinstance(bench, IdentityBench):
                bench.sensor.lift()
            stop(bench)


def must_serve(role: Role, file: str, damage: Damage) -> bool:
    """Whether the device goes on with voters; otherwise two people have to look after it.

    A medium as a whole has to be put right first, so has one that reads no votes any more, and another
    device's second memory is the wrong one.
    """
    return damage not in OF_MEDIA and (file, damage) not in {
        ("data/votes.db", unreadable),
        ("data/votes.db-journal", unreadable),
        ("mirror/amin-medium", another_devices),
    }


def is_dead(file: str, damage: Damage) -> bool:
    """Whether the second memory reads no votes any more, and has to be pulled out."""
    return damage is unreadable and file in {"mirror/votes.db", "mirror/votes.db-journal"}


def judge(
    bench: TerminalBench | IdentityBench, state: PollsState, *, serves: bool, dead: bool
) -> None:
    ways_on(bench)
    if not bench.station.context.opened:
        goes_to_headquarters(bench, state)
        return
    if state is PollsState.READY:
        if serves:
            assert bench.do(ConsoleAct.OPEN).ok
            bench.settle()
            assert isinstance(bench.state, IDLE), bench.state
        return
    context = bench.station.context
    here = bench.files.rescued(context.election, context.register)
    assert spent_hash(RESCUED.to_bytes(16, "big")) in here, "it is not renewed"
    if serves:
        assert bench.station.context.polls.state is state
    if state is PollsState.PAUSED:
        assert bench.do(ConsoleAct.RESUME).ok
        ways_on(bench)
    served = SERVED
    if state is not PollsState.CLOSED:
        if dead:
            pull_out(bench)
        assert isinstance(bench.state, IDLE) or not serves, bench.state
        if isinstance(bench.state, IDLE):
            nobody_twice(bench)
        if serves:
            served += 1
            serve(bench, served)
        assert bench.do(ConsoleAct.CLOSE).ok
    outcome = bench.do(ConsoleAct.EXPORT)
    assert outcome.ok, outcome.message
    of_others(bench)
    bundle = handed_in(bench)
    if bundle.box is not None:
        assert (bundle.box.root.cast, len(bundle.box.spent)) == (served, served)
    else:
        assert bundle.check_ins is not None
        assert len(bundle.check_ins.issued) == served


def goes_to_headquarters(bench: TerminalBench | IdentityBench, state: PollsState) -> None:
    """The first memory is locked: the console says what to do, and the second memory has everything."""
    outcome = bench.do(ConsoleAct.LOAD_PACKAGE)
    assert (outcome.ok, outcome.message) == (False, Incident.NO_MEMORY.row.remedy)
    assert isinstance(bench.state, OUT), bench.state
    if state is PollsState.READY:
        return
    table = "spent WHERE state = x'01'" if isinstance(bench, TerminalBench) else "issued"
    path = bench.config.mirror / OWN[bench.config.role]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (SERVED,)


def handed_in(bench: TerminalBench | IdentityBench) -> Bundle:
    data = (bench.config.usb / f"{bench.config.device}.bundle").read_bytes()
    office = bench.office
    return read_bundle(data, office.election, office.authority.root, bench.clock.now())


def of_others(bench: TerminalBench | IdentityBench) -> None:
    """What headquarters gets of others holds; where both memories are in, both have it again."""
    office = bench.office
    published = open_published_register(office.once[office.package()], office.authority.root)
    file, _ = verified_rescue((bench.config.usb / RESCUE).read_bytes(), office.election, published)
    assert [each.hash for each in file.spent] == [spent_hash(RESCUED.to_bytes(16, "big"))]
    act = open_takeover((bench.config.usb / TAKEOVER).read_bytes(), published).statement
    assert (act.spare, act.replaces) == (SPARE_TERMINAL, DEAD)
    if bench.station.context.mirror() is Mirror.THERE:
        for name in KEPT:
            one, two = ((bench.config.data.parent / memory / name) for memory in MEMORIES)
            assert one.read_bytes() == two.read_bytes(), name


def nobody_twice(bench: TerminalBench | IdentityBench) -> None:
    """Who has voted, or has an authorization, gets nothing more; whoever comes now is served."""
    for number in range(1, SERVED + 1):
        if isinstance(bench, TerminalBench):
            card = bench.office.voting_card(bench.office.authorization(number))
            assert bench.refused(card) is AuthorizationRefusal.SPENT
        else:
            is_known(bench, number)
    if isinstance(bench, TerminalBench):
        assert bench.cast() == SERVED


def is_known(bench: IdentityBench, number: int) -> None:
    blank, person = bench.office.blank(), people(SERVED + 1)[number - 1]
    bench.cards.insert(blank)
    bench.reader.insert(bench.office.identity_card(person))
    finger(bench, person)
    state = bench.see(Done, Refused)
    assert isinstance(state, Refused)
    assert state.reason is VoterRefusal.ALREADY_VOTED
    assert token_on(blank) is None
    bench.put_away()


def pull_out(bench: TerminalBench | IdentityBench) -> None:
    """What the screen says of a second memory that does not serve: without a spare, go on with one."""
    assert bench.state == TerminalOut(Incident.MEDIA)
    taken_away(bench.config.mirror)
    bench.clock.later(LOOK_S)
    bench.sign_in()
    bench.until(lambda: can_confirm(bench), "the question")
    assert bench.act(ConsoleAct.CONFIRM).ok
    bench.sign_out()
    bench.until(lambda: isinstance(bench.state, IDLE), "service with one memory")


def can_confirm(bench: TerminalBench | IdentityBench) -> bool:
    state = bench.console
    return isinstance(state, AtConsole) and ConsoleAct.CONFIRM in allowed(state.view)


def ways_on(bench: TerminalBench | IdentityBench) -> None:
    """Do what the console offers two people who know nothing of files."""
    bench.settle()
    if isinstance(bench.state, QUIET):
        return
    bench.sign_in()
    state = bench.console
    assert isinstance(state, AtConsole)
    for act in (ConsoleAct.CONFIRM, ConsoleAct.LOAD_PACKAGE):
        if act in allowed(state.view):
            bench.act(act)
            break
    bench.sign_out()
    bench.settle()
