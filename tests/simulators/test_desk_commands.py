"""A desk by hand: each line does one thing or says what to write, and nobody's cards get lost."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.definition import DeviceId
from election.incidents import spoken
from kiosk.station.export import BUNDLE_SUFFIX
from simulators.control import MAX_LINE, ControlError
from simulators.demo import by_hand
from simulators.demo.branch_day import BranchDay
from simulators.demo.by_hand import HandDesk, as_object, reader
from simulators.demo.desk import Reader
from simulators.demo.desk_commands import HOWS, DeskCommand, DeskNames, parse, usage
from simulators.demo.hands import StuckError
from simulators.demo.hardware import CardPlace
from simulators.demo.live_drill import AT_TERMINALS, STRIKES, UNDONE, LiveDrill
from simulators.demo.office import Prepared
from tests.simulators.test_desk import desk_of

THERE = DeskNames(
    ("officer", "card-1"), ("person-1",), ("identity-1", "identity-2"), ("terminal-1",)
)
GOOD = {
    "put officer terminal-1": DeskCommand("put", {"card": "officer", "reader": "terminal-1"}),
    "  PUT card-1 identity-2.identity ": DeskCommand(
        "put", {"card": "card-1", "reader": "identity-2.identity"}
    ),
    "take card-1": DeskCommand("take", {"card": "card-1"}),
    "finger person-1 identity-1": DeskCommand(
        "finger", {"person": "person-1", "station": "identity-1"}
    ),
    "finger person-1 identity-1 WET": DeskCommand(
        "finger", {"person": "person-1", "station": "identity-1"}, "wet"
    ),
    "vote person-1 identity-2 terminal-1": DeskCommand(
        "vote", {"person": "person-1", "station": "identity-2", "terminal": "terminal-1"}
    ),
    "open terminal-1": DeskCommand("open", {"device": "terminal-1"}),
    "count": DeskCommand("count"),
}


@pytest.mark.parametrize("line", GOOD)
def test_a_line_is_a_command(line: str) -> None:
    assert parse(line, THERE) == GOOD[line]


@pytest.mark.parametrize("line", ["", "   ", "# put officer terminal-1", "\t#"])
def test_what_says_nothing_is_not_answered(line: str) -> None:
    assert parse(line, THERE) is None


WRONG = {
    "place officer terminal-1": "no such command",
    "put officer": "put CARD READER",
    "put officer terminal-1 now": "put CARD READER",
    "put officer identity-1": "identity-1.authorization",
    "put officer terminal-1.identity": "terminal-1",
    "put nobody terminal-1": "card-1, officer",
    "finger person-1 identity-1 sticky": "clean",
    "finger officer identity-1": "person-1",
    "vote person-1 terminal-1 identity-1": "identity-1, identity-2",
    "open branch": "terminal-1",
    "x" * (MAX_LINE + 1): str(MAX_LINE),
}


@pytest.mark.parametrize("line", WRONG, ids=str.split)
def test_what_is_no_command_is_answered_by_what_to_write(line: str) -> None:
    with pytest.raises(ControlError) as told:
        parse(line, THERE)
    assert WRONG[line] in str(told.value)
    assert "\n" not in str(told.value)


WORDS = st.sampled_from(
    [
        *usage().replace("|", " ").split(),
        *THERE.cards,
        *THERE.stations,
        "terminal-1",
        *HOWS,
        "#",
        "x",
    ]
)


@given(st.lists(WORDS, max_size=6).map(" ".join) | st.text(max_size=80))
def test_no_line_ends_the_program(line: str) -> None:
    try:
        command = parse(line, THERE)
    except ControlError:
        return
    if command is not None:
        assert all(name in THERE.of(kind) for kind, name in command.names.items())


def test_a_reader_is_known_by_its_name() -> None:
    for each in (
        Reader(DeviceId("a-1.b"), CardPlace.IDENTITY),
        Reader(DeviceId("a-1"), CardPlace.AUTHORIZATION),
        Reader(DeviceId("b0001-t1"), CardPlace.TERMINAL),
    ):
        assert reader(str(each)) == each


# ---------------------------------------------------------------- the table


@pytest.fixture
def hands() -> HandDesk:
    """A desk of two stations and three terminals, without their programs."""
    desk = desk_of(2, 3, [])

    def device(name: str) -> Any:
        view = SimpleNamespace(flow="Idle", console="Away")
        return SimpleNamespace(station=SimpleNamespace(device=DeviceId(name)), look=lambda: view)

    terminals = [device(f"terminal-{n}") for n in (1, 2, 3)]
    stations = [SimpleNamespace(hands=device(f"identity-{n}")) for n in (1, 2)]
    branch = SimpleNamespace(
        stations=stations, terminals=terminals, hands=[*(x.hands for x in stations), *terminals]
    )
    prepared = SimpleNamespace(operators={}, card_key=bytes(32))
    made = HandDesk(desk, cast(BranchDay, branch), cast(Prepared, prepared), (), dict)
    made.lay_out()
    return made


def state(hands: HandDesk) -> dict[str, str | None]:
    told = json.loads(hands.answer("state") or "")
    assert set(told["devices"]) == set(hands.names.of("device"))
    return cast(dict[str, str | None], told["cards"])


def test_cards_go_from_reader_to_reader_and_are_told(hands: HandDesk) -> None:
    assert set(state(hands).values()) == {None}
    assert len(state(hands)) == 8, "four cards for each station"
    rng = random.Random(3)
    where: dict[str, str | None] = dict.fromkeys(state(hands))
    readers = list(hands.names.of("reader"))
    for _ in range(200):
        card = rng.choice(list(where))
        if rng.random() < 0.7:
            place = rng.choice(readers)
            assert hands.answer(f"put {card} {place}") == "ok"
            where = {x: None if at == place else at for x, at in where.items()} | {card: place}
        else:
            assert hands.answer(f"take {card}") == "ok"
            where[card] = None
        assert state(hands) == where


def test_what_goes_wrong_is_one_line_and_the_desk_goes_on(hands: HandDesk) -> None:
    def stuck() -> None:
        raise StuckError("terminal-1: waited\nfor Idle")

    hands.branch.terminals[0].open_polls = stuck  # type: ignore[method-assign]
    assert hands.answer("open terminal-1") == "error terminal-1: waited for Idle"
    assert (hands.answer("put x terminal-1") or "").startswith("error there is no card 'x'")
    assert (hands.answer("help") or "").startswith("ok put CARD READER")
    assert hands.answer("# nothing") is None
    assert hands.answer("put card-1 terminal-1") == "ok"


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("voted", [0, 2])
def test_devices_are_closed_in_any_order(
    hands: HandDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, voted: int
) -> None:
    """Cards go to stations alone: a terminal in a lane of its own has no reader for them."""
    with_receipts = [hands._cards[f"card-{number + 1}"] for number in range(voted)]
    monkeypatch.setattr(by_hand, "brings_receipt", lambda card: card in with_receipts)
    hands.branch.places = cast(Any, SimpleNamespace(usb=tmp_path))
    done: list[tuple[str, str, list[object]]] = []

    def close(name: str, cards: Sequence[object]) -> None:
        done.append(("closed", name, list(cards)))
        (tmp_path / f"{name}{BUNDLE_SUFFIX}").touch()

    for each in hands.branch.hands:
        name = each.station.device
        monkeypatch.setattr(each, "close_polls", partial(close, name), raising=False)
        took = partial(lambda name, cards: done.append(("took", name, list(cards))), name)
        monkeypatch.setattr(each, "hand_back", took, raising=False)
    order = list(hands.names.of("device"))
    random.Random(seed).shuffle(order)
    assert [hands.answer(f"close {name}") for name in order] == ["ok"] * len(order)
    first, last = (name for name in order if name in hands.names.stations)
    expected: list[tuple[str, str, list[object]]] = []
    for closed in order:
        if closed == first and voted:
            expected.append(("took", closed, [*with_receipts]))
        expected.append(("closed", closed, [*with_receipts] if closed == last else []))
    assert done == expected
    still = {each.station.device: set(each.still_open) for each in hands.branch.hands}
    assert (still[DeviceId(first)], still[DeviceId(last)]) == ({last}, set())


@pytest.mark.parametrize("code", [incident.row.code for incident in STRIKES])
def test_a_fault_that_a_device_does_not_notice_is_undone(
    hands: HandDesk, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stayed: the next person at the desk had a device with a memory that nobody had pulled."""
    incident = spoken(code)
    assert incident is not None
    device = "terminal-1" if incident in AT_TERMINALS else "identity-1"
    done: list[str] = []
    real = HandDesk._do

    def do(desk: HandDesk, command: DeskCommand) -> str:
        if command.verb in {"drill", "score"}:
            return real(desk, command)
        done.append(command.verb)
        return "ok"

    monkeypatch.setattr(HandDesk, "_do", do)
    monkeypatch.setattr(LiveDrill, "wait_until_shown", lambda _: False)
    assert "does not notice" in (hands.answer(f"drill {code} {device}") or "")
    assert done == [STRIKES[incident], UNDONE[STRIKES[incident]]]
    assert (hands.answer("score") or "").startswith("error begin with")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("ok", {"ok": True, "answer": ""}),
        ("ok recorded", {"ok": True, "answer": "recorded"}),
        ("ready b0001", {"ok": True, "answer": "ready b0001"}),
        ('{"ballots": 3}', {"ok": True, "answer": {"ballots": 3}}),
        ("error there is no card", {"ok": False, "error": "there is no card"}),
    ],
)
def test_an_answer_as_an_object(answer: str, said: object) -> None:
    assert json.loads(as_object(answer)) == said


def test_every_answer_of_a_desk_is_an_object_if_asked_for(hands: HandDesk) -> None:
    for line in ("state", "help", "put card-1 terminal-1", "put x y", "nonsense", "count"):
        answer = as_object(hands.answer(line) or "")
        assert "\n" not in answer
        assert set(json.loads(answer)) in ({"ok", "answer"}, {"ok", "error"})
