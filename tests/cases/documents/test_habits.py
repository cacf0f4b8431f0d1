"""Read cards with the habits of real chips; each is selectable by `amin simulator card --habit`."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import ApduError, DriverError, WrongAccessSecretError
from drivers.smartcard import lds
from drivers.smartcard.access_secret import AccessSecret, Can, MrzKey
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.bac import INS_GET_CHALLENGE
from drivers.smartcard.chip import ProofResult
from drivers.smartcard.emrtd import Identity, IdentityCard
from drivers.smartcard.profile import Access, Genuineness, load_profile
from drivers.smartcard.trust import CscaStore
from simulators.cards.access import OPEN, AccessMode, CardAccess
from simulators.cards.chip import NO_KEYS, ChipKeys
from simulators.cards.eid import EidCard
from simulators.cards.habits import HABITS, PLAIN, CardHabit, CommonFile
from simulators.cards.issuer import Issuer
from simulators.commands.card_command import read_habit
from simulators.commands.identity import EidOptions, eid_cards
from simulators.local_reader import LocalReader
from tests.cases.documents.kit import NOW, person
from tests.reading import read_identity
from tests.shares import share

CAN = "123456"
QUICK = {name: habit for name, habit in HABITS.items() if not habit.wrong_delay_s}
FOR_BAC = {
    name: habit for name, habit in QUICK.items() if habit.card_access or habit.card_access_content
}
"""Habits of cards that have no PACE, or none that is allowed here."""
ISSUER = Issuer.create("Invented country", NOW)
STORE = CscaStore((ISSUER.authority,))
ACCESS = {
    AccessMode.NONE: OPEN,
    AccessMode.BAC: CardAccess(AccessMode.BAC),
    AccessMode.PACE: CardAccess(AccessMode.PACE, can=CAN),
}


class Counted(EidCard):
    """A card that counts the commands it answers."""

    commands = 0
    restarts = -1
    """The first is putting it in."""

    def process(self, apdu: bytes) -> bytes:
        self.commands += 1
        return super().process(apdu)

    def reset(self) -> None:
        self.restarts += 1
        super().reset()


def issued(mode: AccessMode, habit: CardHabit, keys: ChipKeys = NO_KEYS) -> Counted:
    card = ISSUER.issue(person(), access=ACCESS[mode], keys=keys)
    return Counted(card.groups, card.sod, access=ACCESS[mode], keys=keys, habit=habit)


def secret_of(card: EidCard) -> AccessSecret | None:
    match card.access.mode:
        case AccessMode.NONE:
            return None
        case AccessMode.BAC:
            return MrzKey.from_zone(lds.parse_dg1(card.groups[1]))
        case _:
            return Can(CAN)


def session_with(card: EidCard, access: Access = Access.PACE_OR_BAC) -> IdentityCard:
    reader = LocalReader("slot")
    reader.insert(card)
    secret = secret_of(card)
    profile = load_profile("standard" if secret is None else "icao")
    if secret is not None:
        profile = replace(profile, access=access)
    return IdentityCard(ApduChannel(reader.open()), profile, secret)


def read(card: EidCard) -> tuple[IdentityCard, Identity]:
    session = session_with(card)
    identity = read_identity(session, NOW.date())
    assert session.verify_authenticity(STORE, NOW).authentic
    return session, identity


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (name, mode)
        for name in QUICK
        for mode in ACCESS
        if not (name in FOR_BAC and mode is AccessMode.PACE)
    ],
)
def test_habit(name: str, mode: AccessMode) -> None:
    """A genuine card with the habit is read whole, whatever opens it."""
    card = issued(mode, HABITS[name])
    _, identity = read(card)
    assert identity.groups[2] == card.groups[2]


@pytest.mark.parametrize("name", [name for name in QUICK if name not in FOR_BAC])
def test_chip_with_habit_proves_itself(name: str) -> None:
    card = issued(AccessMode.PACE, HABITS[name], ChipKeys.create())
    session, _ = read(card)
    proof = session.verify_genuineness()
    assert (proof.active.result, proof.chip.result) == (ProofResult.PASSED, ProofResult.PASSED)


def test_long_signature_where_pieces_are_short() -> None:
    """A signature of 2048 bits needs an extended length, also after pieces had to become smaller."""
    card = issued(AccessMode.PACE, HABITS["le-192-drops-keys"], ChipKeys.create_rsa())
    session, _ = read(card)
    assert session.verify_genuineness().active.result is ProofResult.PASSED


def test_no_habit_costs_no_command() -> None:
    """A card that keeps its word is asked as before; one that gives less is asked a few times more."""
    plain, less = issued(AccessMode.PACE, PLAIN), issued(AccessMode.PACE, HABITS["le-128"])
    read(plain)
    read(less)
    assert plain.commands < less.commands
    assert plain.restarts == less.restarts == 0


@pytest.mark.parametrize(
    ("habit", "mode", "restarts"),
    [
        ("pace-refused-restart", AccessMode.BAC, 1),
        ("le-192-restart", AccessMode.BAC, 2),
        ("le-192-restart", AccessMode.PACE, 2),
        ("pace-refused", AccessMode.BAC, 0),
    ],
)
def test_power_is_cut_only_where_it_helps(habit: str, mode: AccessMode, restarts: int) -> None:
    card = issued(mode, HABITS[habit])
    read(card)
    assert card.restarts == restarts


@pytest.mark.parametrize("status", [0x6982, 0x6985, 0x6D00, 0x6F00])
def test_card_that_never_opens_is_restarted_once(status: int) -> None:
    class Shut(Counted):
        def process(self, apdu: bytes) -> bytes:
            answer = super().process(apdu)
            return status.to_bytes(2, "big") if apdu[1] == INS_GET_CHALLENGE else answer

    bac = ACCESS[AccessMode.BAC]
    made = ISSUER.issue(person(), access=bac)
    card = Shut(made.groups, made.sod, access=bac)
    with pytest.raises(ApduError):
        session_with(card).read()
    assert (card.restarts, card.commands < 20) == (1, True)


def test_wrong_zone_is_no_reason_to_restart() -> None:
    card = issued(AccessMode.BAC, PLAIN)
    reader = LocalReader("slot")
    reader.insert(card)
    profile = replace(load_profile("icao"), access=Access.BAC)
    other = MrzKey.from_zone(
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    )
    with pytest.raises(WrongAccessSecretError):
        IdentityCard(ApduChannel(reader.open()), profile, other).open()
    assert card.restarts == 0


HABIT = st.builds(
    CardHabit,
    most=st.integers(96, 256),
    gives=st.integers(16, 256),
    drops_keys=st.booleans(),
    leaves_application=st.booleans(),
    after_session=st.sampled_from([None, 0x6985, 0x6D00]),
    extended=st.sampled_from([None, 0x6700, 0x6982, 0x6985, 0x6D00, 0x6F00, 0x9000]),
    master=st.sampled_from([None, 0x6982, 0x6985, 0x6A81, 0x6A82, 0x6A86, 0x6A87, 0x6D00]),
    past_end=st.sampled_from([None, 0x6282, 0x6B00, 0x6700]),
    common=st.sampled_from(CommonFile),
)


@settings(max_examples=60, deadline=None)
@given(habit=HABIT, mode=st.sampled_from(sorted(ACCESS)))
def test_habits_together(habit: CardHabit, mode: AccessMode) -> None:
    """Any of them at once: the card is read whole."""
    card = issued(mode, habit)
    _, identity = read(card)
    assert identity.groups == {number: card.groups[number] for number in identity.groups}


@pytest.mark.parametrize("drops_keys", [False, True])
@pytest.mark.parametrize("mode", ACCESS)
def test_file_that_cannot_be_read(mode: AccessMode, drops_keys: bool) -> None:
    """It ends after a few tries, with an error of the room."""
    card = issued(mode, CardHabit(most=3, drops_keys=drops_keys))
    with pytest.raises(DriverError):
        read(card)
    assert card.commands < 60


def test_pace_that_cannot_begin_is_told_where_it_is_signed() -> None:
    """BAC opens the card; DG14 lists the way of PACE, so it counts as hidden."""
    keys, habit = ChipKeys.create(), HABITS["pace-refused"]
    listed = issued(AccessMode.PACE, PLAIN, keys)
    card = EidCard(listed.groups, listed.sod, access=ACCESS[AccessMode.BAC], keys=keys, habit=habit)
    session, _ = read(card)
    refusal = session.verify_genuineness().refusal(Genuineness.IF_OFFERED)
    assert refusal.startswith("access parameters: ")


def test_pace_that_cannot_begin_without_bac() -> None:
    """Where the profile allows PACE only, nothing else is tried."""
    card = issued(AccessMode.PACE, CardHabit(environment=0x6A80))
    with pytest.raises(ApduError, match="6A80"):
        read_identity(session_with(card, Access.PACE), NOW.date())


def test_card_that_is_slow_after_a_wrong_secret() -> None:
    """It is waited for, and opens with the right one."""
    card = issued(AccessMode.PACE, replace(PLAIN, wrong_delay_s=0.2))
    reader = LocalReader("slot")
    reader.insert(card)
    channel = ApduChannel(reader.open())
    profile, begun = load_profile("icao"), time.monotonic()
    with pytest.raises(WrongAccessSecretError):
        IdentityCard(channel, profile, Can("654321")).open()
    assert time.monotonic() - begun >= 0.2
    assert read_identity(IdentityCard(channel, profile, Can(CAN)), NOW.date()).sod == card.sod


@pytest.mark.parametrize("name", HABITS)
def test_habit_by_its_name(name: str) -> None:
    assert read_habit(name) == HABITS[name]
    assert read_habit(None) == PLAIN
    with pytest.raises(click.UsageError, match=name):
        read_habit("no-such-habit")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("authority")


@pytest.mark.parametrize("name", share(QUICK, 4))
def test_card_of_the_command_is_read(name: str, authority: Path) -> None:
    """What `amin simulator card --habit NAME` serves: both holders' cards, as they leave the command."""
    mode = AccessMode.BAC if name in FOR_BAC else AccessMode.PACE
    options = EidOptions(ca=authority, can=CAN, access=mode, habit=read_habit(name))
    for made in eid_cards(options, NOW):
        assert isinstance(made, EidCard)
        identity = read_identity(session_with(made), NOW.date())
        assert identity.groups[1] == made.groups[1]


def test_the_page_names_every_habit() -> None:
    """`master-6982`, `-6985` stands for both of them."""
    page = (Path(__file__).parents[3] / "docs/devices.md").read_text("utf-8")
    table = page.split("### Habits of chips")[1].split("\n### ")[0]
    named: set[str] = set()
    for row in (line for line in table.splitlines() if line.startswith("| ")):
        before = ""
        for name in re.findall(r"`([a-z0-9-]+)`", row.split("|")[2]):
            whole = before + name if name.startswith("-") else name
            before = before if name.startswith("-") else name.rsplit("-", 1)[0]
            named.add(whole)
    assert named == set(HABITS)
