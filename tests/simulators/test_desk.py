"""The desk of a branch: a card is in one reader at most, and a rehearsal is played as it was made."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election.definition import (
    BallotForm,
    Candidate,
    CandidateList,
    Contest,
    ContestId,
    DeviceId,
    Role,
    SelectionCode,
    Text,
)
from election.errors import ElectionError
from headquarters.device_list import DEVICES_FILE
from headquarters.rehearsing import new_from
from headquarters.workspace import ElectionFolder, load_plan
from simulators.demo import hands as hands_module
from simulators.demo import hardware as hardware_module
from simulators.demo import intents, rehearsal
from simulators.demo.desk import Desk, Lane, Reader, lanes_of
from simulators.demo.electorate import VisitKind
from simulators.demo.hands import Hands, StoppedError, StuckError
from simulators.demo.hardware import READER_NAMES, CardPlace, Hardware
from simulators.demo.intents import SearchWay
from simulators.demo.office import devices_of
from simulators.pcscd import PcscdError
from tests.headquarters.unlocking import run_election, unlock
from ui.ballot.contest_view_state import Tab, tabs_of

NOW = datetime.now(UTC).replace(microsecond=0)
COUNTS = st.integers(0, 7)


@given(COUNTS, COUNTS)
def test_every_device_stands_in_one_lane(stations: int, terminals: int) -> None:
    devices = devices_of(stations, terminals)
    lanes = lanes_of(random.sample(devices, len(devices)))
    assert len(lanes) == max(stations, terminals)
    there = [device for lane in lanes for device in (lane.station, lane.terminal) if device]
    assert sorted(there) == sorted(device for device, _ in devices)
    roles = dict(devices)
    assert all(roles[lane.station] is Role.IDENTITY_STATION for lane in lanes if lane.station)
    assert all(roles[lane.terminal] is Role.BALLOT_TERMINAL for lane in lanes if lane.terminal)


class Slot:
    """A reader's slot that tells how many hold the same card."""

    def __init__(self, seen: list[object]) -> None:
        self.card: Any = None
        self._seen = seen

    def insert(self, card: object) -> None:
        assert card not in self._seen, "the card is in another reader still"
        if self.card is not None:
            self.remove()
        self._seen.append(card)
        self.card = card

    def remove(self) -> None:
        if self.card is not None:
            self._seen.remove(self.card)
        self.card = None


def desk_of(stations: int, terminals: int, held: list[object]) -> Desk:
    lanes = lanes_of(devices_of(stations, terminals))
    hardware = [SimpleNamespace(slots={place: Slot(held) for place in CardPlace}) for _ in lanes]
    return Desk(lanes, cast(tuple[Hardware, ...], tuple(hardware)), "in-process")


def test_a_card_is_in_one_reader_at_most_whoever_moves_it() -> None:
    held: list[object] = []
    desk = desk_of(3, 5, held)
    readers, cards = list(desk.readers()), [cast(Any, f"card {n}") for n in range(4)]
    assert len(readers) == 3 * 2 + 5
    assert len({str(reader) for reader in readers}) == len(readers)
    wrong: list[BaseException] = []

    def move(seed: int) -> None:
        rng = random.Random(seed)
        try:
            for _ in range(200):
                if rng.random() < 0.8:
                    desk.put(rng.choice(cards), rng.choice(readers))
                else:
                    desk.take(rng.choice(cards))
        except BaseException as error:  # noqa: BLE001 - of a thread
            wrong.append(error)

    threads = [threading.Thread(target=move, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    there = [desk.card_in(reader) for reader in readers]
    assert sorted(str(card) for card in there if card) == sorted(map(str, held))
    desk.put(cards[0], readers[0])
    desk.clear(readers[0])
    assert desk.card_in(readers[0]) is None


def test_a_device_that_is_not_there_has_no_reader() -> None:
    desk = desk_of(1, 2, [])
    assert not [x for x in desk.readers() if x.place is not CardPlace.TERMINAL and "2" in x.device]
    with pytest.raises(KeyError):
        desk.put(cast(Any, "card"), Reader(DeviceId("terminal-9"), CardPlace.TERMINAL))
    assert Lane(None, DeviceId("t")).device(CardPlace.IDENTITY) is None


# ---------------------------------------------------------------- what voters mean


@st.composite
def contests(draw: st.DrawFn) -> Contest:
    """Any contest an office may have: one person alone or hundreds, with lists or without."""
    count = draw(st.sampled_from([1, 2, 3, 12, 30, 31, 90, 200]))
    form = draw(st.sampled_from(BallotForm))
    codes = [SelectionCode(1000 + n) for n in range(count)]
    lists: list[CandidateList] = []
    if form is BallotForm.SLOTS and draw(st.booleans()):
        most = draw(st.integers(1, count))
        lists = [CandidateList(SelectionCode(1), Text("امید"), tuple(codes[:most]))]
    of_list = set(lists[0].members) if lists else set()
    people = tuple(
        Candidate(
            code, Text(f"نامزد {code}"), SelectionCode(1) if code in of_list else None, "", False
        )
        for code in codes
    )
    seats = draw(st.integers(1, 21))
    most = draw(st.integers(1, min(seats, count)))
    return Contest(
        ContestId("c"), Text("x"), seats, most, form, 4, SelectionCode(9999), people, tuple(lists)
    )


WAYS = {
    SearchWay.ONE: Tab.ONE,
    SearchWay.NAME: Tab.NAME,
    SearchWay.CODE: Tab.CODE,
    SearchWay.LIST: Tab.LIST,
    SearchWay.ALL: Tab.ALL,
}


@settings(max_examples=300)
@given(contests(), st.integers(0, 10**6), st.sampled_from(VisitKind))
def test_everybody_means_what_the_screen_offers(
    contest: Contest, seed: int, kind: VisitKind
) -> None:
    (choice,) = intents.make_intent(random.Random(seed), kind, (contest,)).choices
    assert len(choice.persons) == len(set(choice.persons)) <= contest.max_selections
    assert all(contest.candidate(code) is not None for code in choice.persons)
    assert not (choice.persons and choice.list_code)
    if choice.list_code is not None:
        assert contest.list_of(choice.list_code) is not None
    if choice.persons or choice.list_code:
        assert WAYS[choice.way] in tabs_of(contest)


# ---------------------------------------------------------------- a rehearsal at the desk


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> ElectionFolder:
    """An office's folder with a rehearsal in it that has no candidates yet."""
    folder = ElectionFolder(tmp_path_factory.mktemp("office") / "e")
    begun = run_election(
        "new", folder.path, "--name", "شورا", "--day", f"{NOW:%Y-%m-%d}", "--rehearsal", "--yes"
    )
    assert begun.exit_code == 0
    table = "device,role,branch\n" + "".join(
        f"b-{role[0]}{n},{role},branch-1\n"
        for role, count in (("identity-station", 2), ("ballot-terminal", 3))
        for n in range(count)
    )
    (folder.path / DEVICES_FILE).write_text(table)
    return folder


def counted(played: rehearsal.Played) -> tuple[int, int]:
    roles = [role for _, role in played.devices]
    return roles.count(Role.IDENTITY_STATION), roles.count(Role.BALLOT_TERMINAL)


def test_the_desk_has_as_many_devices_as_are_listed(office: ElectionFolder) -> None:
    played = rehearsal.chosen(office, None, None, None)
    assert played.branch == "branch-1"
    assert counted(played) == (2, 3)
    assert {device for device, _ in played.devices} == {"b-i0", "b-i1", "b-b0", "b-b1", "b-b2"}
    for stations in range(1, 5):
        for terminals in range(1, 6):
            more = rehearsal.chosen(office, "branch-1", stations, terminals)
            assert counted(more) == (stations, terminals)
            assert len(dict(more.devices)) == stations + terminals


def test_without_a_list_there_is_one_of_each(office: ElectionFolder, tmp_path: Path) -> None:
    bare = copied(office, tmp_path)
    (bare.path / DEVICES_FILE).unlink()
    assert counted(rehearsal.chosen(bare, None, None, None)) == (1, 1)
    assert counted(rehearsal.chosen(bare, None, 3, 5)) == (3, 5)


def copied(folder: ElectionFolder, place: Path) -> ElectionFolder:
    import shutil

    return ElectionFolder(Path(shutil.copytree(folder.path, place / "copy")))


def real(folder: ElectionFolder) -> None:
    text = folder.plan.read_text(encoding="utf-8")
    folder.plan.write_text(text.replace("rehearsal = true ", "rehearsal = false "), "utf-8")


REFUSED: dict[str, tuple[Callable[[ElectionFolder], object], str, str]] = {
    "an election": (real, "branch-1", "--from"),
    "trustees elsewhere": (lambda f: (f.trustees / "lock.json").unlink(), "branch-1", "--ceremony"),
    "another branch": (lambda _: None, "branch-9", "branch-1"),
    "a broken list": (
        lambda f: (f.path / DEVICES_FILE).write_text("device,role,branch\nx\n"),
        "branch-1",
        "line 2",
    ),
    "no plan": (lambda f: f.plan.unlink(), "branch-1", "election.toml"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_played_is_said_before_anything_begins(
    office: ElectionFolder, tmp_path: Path, what: str
) -> None:
    spoil, branch, named = REFUSED[what]
    folder = copied(office, tmp_path)
    spoil(folder)
    with pytest.raises(ElectionError, match=named):
        rehearsal.chosen(folder, branch, None, None)


def test_a_rehearsal_is_copied_and_stays(office: ElectionFolder, tmp_path: Path) -> None:
    def content(folder: ElectionFolder) -> dict[Path, bytes]:
        return {x: x.read_bytes() for x in folder.path.rglob("*") if x.is_file()}

    (office.path / "documents").mkdir(exist_ok=True)
    (office.path / "documents" / "state.cer").write_bytes(b"a state's")
    (office.path / "register.json").write_bytes(b"{}")
    before = content(office)
    there = ElectionFolder(tmp_path / "there")
    rehearsal.bring(office, there, NOW)
    assert content(office) == before
    ours, theirs = load_plan(there), load_plan(office)
    assert (ours.contests, ours.styles, ours.branches, ours.uuid, ours.rules) == (
        theirs.contests,
        theirs.styles,
        theirs.branches,
        theirs.uuid,
        theirs.rules,
    )
    assert ours.opens < NOW < ours.closes
    assert ours.closes - NOW > timedelta(hours=1)
    assert not there.documents.exists(), "cards of a state are on no laptop"
    assert not there.register.exists()
    assert (there.keys / "root" / "root.key").exists()


def test_the_rehearsal_of_a_rehearsal_can_be_made(office: ElectionFolder, tmp_path: Path) -> None:
    """Without candidates it is refused, by name."""
    with pytest.raises(ElectionError, match="council"):
        new_from(office, ElectionFolder(tmp_path / "r"), 2, NOW, lambda _: True, unlock)


def test_every_device_has_readers_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon takes eight readers, and what is pulled at a station stays in at the terminal beside it."""
    started: list[tuple[str, ...]] = []
    pulled: list[tuple[str, ...]] = []

    class Daemon:
        def __init__(self, names: list[str], _home: Path) -> None:
            self.names = tuple(names)

        def start(self) -> None:
            started.append(self.names)

        def stop(self) -> None:
            pulled.append(self.names)

        def env(self) -> dict[str, str]:
            return {"SOCKET": "+".join(self.names)}

    monkeypatch.setattr(hardware_module, "PrivatePcscd", Daemon)
    both = hardware_module.PcscdTransport()
    station, terminal = READER_NAMES[:2], READER_NAMES[2:]
    assert started == [station, terminal]
    assert both.environment(CardPlace.IDENTITY) == both.environment(CardPlace.AUTHORIZATION)
    assert both.environment(CardPlace.IDENTITY) != both.environment(CardPlace.TERMINAL)
    assert both.connect(CardPlace.AUTHORIZATION, plugged=False)
    assert pulled == [station]
    started.clear()
    alone = hardware_module.PcscdTransport([CardPlace.TERMINAL])
    assert started == [terminal]
    for transport in (both, alone):
        transport.stop()


def test_a_daemon_that_does_not_start_leaves_none_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    running: set[tuple[str, ...]] = set()

    class Daemon:
        def __init__(self, names: list[str], _home: Path) -> None:
            self.names = tuple(names)

        def start(self) -> None:
            if len(self.names) == 1:
                raise PcscdError("no more")
            running.add(self.names)

        def stop(self) -> None:
            running.discard(self.names)

    monkeypatch.setattr(hardware_module, "PrivatePcscd", Daemon)
    with pytest.raises(PcscdError):
        hardware_module.PcscdTransport()
    assert not running


def test_a_card_that_is_not_taken_back_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It went on silently after two seconds, and the day closed with a receipt on the card."""
    monkeypatch.setattr(hands_module, "HAND_S", 0.0)
    monkeypatch.setattr(hands_module, "has_receipt", lambda _: True)
    tried: list[object] = []
    slot = SimpleNamespace(insert=tried.append, remove=lambda: None)
    hands = Hands(
        cast(Any, SimpleNamespace(device="identity-1")),
        cast(Any, SimpleNamespace(slots={CardPlace.AUTHORIZATION: slot})),
        Path(),
        {},
        CardPlace.AUTHORIZATION,
    )
    cards: list[Any] = [object(), object()]
    with pytest.raises(StuckError, match="identity-1 did not take"):
        hands.hand_back(cards, 0.01)
    assert tried == cards, "one card that is not taken hides no other"
    hands.stopped.set()
    with pytest.raises(StoppedError):
        hands.hand_back(cards)
