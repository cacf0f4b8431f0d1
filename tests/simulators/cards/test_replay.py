"""A recorded chip is imitated: the copy's own trace is the same, for every habit and way of access."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.smartcard import curves, tlv
from drivers.smartcard.suites import Suite
from drivers.smartcard.trace import CardTrace, Exchange, FileShape, ProtocolShape
from election.schema import from_json, to_json
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import NO_KEYS, ChipKeys
from simulators.cards.eid import EidCard
from simulators.cards.habits import HABITS, CardHabit
from simulators.cards.replay import differences
from simulators.commands.errors import OptionsError
from simulators.commands.identity import EidOptions
from simulators.commands.replaying import recorded, replayed, replayed_cards
from tests.cases.documents.kit import NOW, person
from tests.cases.documents.test_habits import ACCESS, CAN, FOR_BAC, HABIT, ISSUER, QUICK

OPTIONS = EidOptions(ca=Path(), can=CAN)
CHIP = ChipKeys.create()
SAME_TO_A_READER = {"common-too-long", "no-common-file"}
"""Habits that no reading shows, for EF.COM is not read."""


def again(trace: CardTrace) -> CardTrace:
    """Trace of the copy."""
    read = from_json(CardTrace, to_json(trace))
    assert read == trace
    return recorded(replayed(read, OPTIONS, ISSUER, NOW), CAN, ISSUER, NOW)


def issued(access: CardAccess, habit: CardHabit, keys: ChipKeys = CHIP) -> EidCard:
    return ISSUER.issue(person(), access=access, keys=keys, habit=habit)


MODES = (AccessMode.BAC, AccessMode.PACE, AccessMode.NONE)


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (name, AccessMode.BAC if name in FOR_BAC else MODES[number % 3])
        for number, name in enumerate(QUICK)
    ],
)
def test_habit_is_imitated(name: str, mode: AccessMode) -> None:
    trace = recorded(issued(ACCESS[mode], HABITS[name]), CAN, ISSUER, NOW)
    assert trace.ended == ""
    assert differences(trace, again(trace)) == []


def test_traces_tell_habits_apart() -> None:
    """Else the equality above says nothing: what two habits have in common is one trace."""
    mode = CardAccess(AccessMode.BAC)
    traces = {
        name: to_json(recorded(issued(mode, habit), CAN, ISSUER, NOW))
        for name, habit in QUICK.items()
        if name not in SAME_TO_A_READER
    }
    plain = to_json(recorded(issued(mode, CardHabit()), CAN, ISSUER, NOW))
    shared = {name for name, trace in traces.items() if trace == plain}
    # Extended lengths are used where they are announced, so nothing is asked for in pieces of 223 bytes;
    # and EF.CardAccess is missing on a plain card with BAC.
    assert shared <= {name for name in traces if name.startswith(("le-", "gives-", "pace-63"))}


@settings(max_examples=8, deadline=None)
@given(habit=HABIT, mode=st.sampled_from(sorted(ACCESS)))
def test_habits_together_are_imitated(habit: CardHabit, mode: AccessMode) -> None:
    trace = recorded(issued(ACCESS[mode], habit), CAN, ISSUER, NOW)
    told = differences(trace, again(trace))
    assert told == []


@pytest.mark.parametrize(
    ("keys", "ways"),
    [
        (NO_KEYS, ((Suite.AES_256, curves.P384),)),
        (ChipKeys.create_rsa(), ((Suite.AES_128, curves.P256), (Suite.AES_256, curves.P521))),
        (ChipKeys.create(curve=curves.P384, suite=Suite.AES_256), ((Suite.AES_192, curves.P256),)),
        (replace(ChipKeys.create(suite=Suite.TDES), key_id=3), ((Suite.AES_128, curves.P256),)),
        (replace(ChipKeys.create(), digest="sha512"), ((Suite.AES_128, curves.P256),)),
    ],
)
def test_keys_and_ways_are_imitated(
    keys: ChipKeys, ways: tuple[tuple[Suite, curves.Curve], ...]
) -> None:
    access = CardAccess(AccessMode.PACE, CAN, ways)
    trace = recorded(issued(access, CardHabit(), keys), CAN, ISSUER, NOW)
    assert differences(trace, again(trace)) == []


@pytest.mark.parametrize(
    "zone",
    [
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10",
        "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6",
    ],
)
def test_zones_of_two_lines_are_imitated(zone: str) -> None:
    access = ACCESS[AccessMode.BAC]
    groups = {**ISSUER.issue(person(), access=access, keys=CHIP).groups}
    groups[1] = tlv.encode(0x61, tlv.encode(0x5F1F, zone.encode()))
    card = EidCard(groups, ISSUER.sign_groups(groups), access=access, keys=CHIP)
    trace = recorded(card, CAN, ISSUER, NOW)
    told = differences(trace, again(trace))
    # The zone is of another state, so this card came to no proof of its chip; the copy does.
    proofs = ("880000", "2241A4", "860000")
    assert [line for line in told if not any(proof in line for proof in proofs)] == []


def test_what_is_not_imitated_is_told() -> None:
    trace = recorded(issued(ACCESS[AccessMode.PACE], CardHabit()), CAN, ISSUER, NOW)
    changed = replace(trace, announced=(), exchanges=trace.exchanges[1:], ended="ApduError")
    assert len(differences(changed, trace)) == 3
    assert differences(trace, trace) == []


def test_command_makes_two_cards_and_says_what_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = issued(ACCESS[AccessMode.PACE], HABITS["extended-6982"])
    trace = recorded(card, CAN, ISSUER, NOW)
    path = tmp_path / "trace.json"
    options = replace(OPTIONS, ca=tmp_path / "ca")
    path.write_bytes(to_json(trace))
    first, second = replayed_cards(path, options, NOW)
    assert capsys.readouterr().err == ""
    assert isinstance(first, EidCard)
    assert isinstance(second, EidCard)
    assert first.groups[1] not in (second.groups[1], card.groups[1])
    path.write_bytes(to_json(replace(trace, announced=(256, 256))))
    replayed_cards(path, options, NOW)
    assert "not as recorded: " in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff" * 40])
def test_file_that_is_no_trace(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "trace.json"
    path.write_bytes(content)
    with pytest.raises(OptionsError, match="no trace"):
        replayed_cards(path, OPTIONS, NOW)


REAL = recorded(issued(ACCESS[AccessMode.PACE], HABITS["extended-6982"]), CAN, ISSUER, NOW)
WORD = st.one_of(
    st.sampled_from(["", "B0", "B1", "22C1A4", "840000", "A4020C", "011C", "2F01", "9000", "6982"]),
    st.sampled_from(
        ["04007F00070202040202", "secp256r1", "rsa-1024", "rsa-x", "dg-14", "-5F", "5F/"]
    ),
    st.text(max_size=12),
)
NUMBER = st.one_of(st.none(), st.integers(0, 65_536))
EXCHANGE = st.builds(
    Exchange,
    WORD,
    WORD,
    st.booleans(),
    st.booleans(),
    NUMBER,
    NUMBER,
    st.sampled_from(["", "6700"]),
)
SHAPE = st.builds(
    ProtocolShape, WORD, st.lists(st.integers(0, 65_536), max_size=4).map(tuple), WORD
)
FILE = st.builds(
    FileShape,
    st.sampled_from(["0101", "0102", "010B", "010D", "010E", "010F", "011D", "x"]),
    st.lists(WORD, max_size=6).map(tuple),
)


@settings(max_examples=30, deadline=None)
@given(
    exchanges=st.lists(st.one_of(EXCHANGE, st.sampled_from(REAL.exchanges)), max_size=30),
    entries=st.lists(st.one_of(SHAPE, st.sampled_from(REAL.protocols)), max_size=6),
    files=st.lists(st.one_of(FILE, st.sampled_from(REAL.files)), max_size=8),
    announced=st.lists(st.integers(0, 65_536), max_size=3),
)
def test_any_trace_makes_a_card_or_is_refused(
    exchanges: list[Exchange],
    entries: list[ProtocolShape],
    files: list[FileShape],
    announced: list[int],
) -> None:
    """A file that somebody wrote by hand harms nobody."""
    trace = replace(
        REAL,
        exchanges=tuple(exchanges),
        protocols=tuple(entries),
        card_access=tuple(entries),
        files=tuple(files),
        announced=tuple(announced),
    )
    try:
        card = replayed(trace, OPTIONS, ISSUER, NOW)
    except OptionsError:
        return
    differences(trace, recorded(card, CAN, ISSUER, NOW))
