"""Which events follow from which looks at a reader, without a reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smartcard import scard

from drivers.smartcard.channel import (
    Inserted,
    ReaderBack,
    ReaderEvent,
    ReaderGone,
    Removed,
    ServiceDown,
    Swapped,
)
from drivers.smartcard.pcsc import look_of
from drivers.smartcard.tracking import NO_READER, NO_SERVICE, UNSEEN, SlotSnapshot, events_between
from drivers.smartcard.winscard import slot_state

EMPTY = SlotSnapshot(counter=4)
CARD = SlotSnapshot(atr=b"a", counter=5)


@pytest.mark.parametrize(
    ("before", "now", "events"),
    [
        (UNSEEN, EMPTY, ()),
        (UNSEEN, CARD, (Inserted(b"a"),)),
        (UNSEEN, NO_READER, (ReaderGone(),)),
        (UNSEEN, NO_SERVICE, (ServiceDown(),)),
        (EMPTY, CARD, (Inserted(b"a"),)),
        (EMPTY, SlotSnapshot(counter=6), ()),
        (CARD, CARD, ()),
        (CARD, SlotSnapshot(counter=6), (Removed(),)),
        (CARD, SlotSnapshot(atr=b"b", counter=7), (Swapped(b"b"),)),
        (CARD, SlotSnapshot(atr=b"a", counter=7), (Swapped(b"a"),)),
        (CARD, NO_READER, (ReaderGone(),)),
        (CARD, NO_SERVICE, (ServiceDown(),)),
        (NO_SERVICE, NO_SERVICE, ()),
        (NO_SERVICE, NO_READER, (ReaderGone(),)),
        (NO_READER, NO_READER, ()),
        (NO_READER, NO_SERVICE, (ServiceDown(),)),
        (NO_READER, EMPTY, (ReaderBack(),)),
        (NO_SERVICE, CARD, (ReaderBack(), Inserted(b"a"))),
    ],
)
def test_events(before: SlotSnapshot, now: SlotSnapshot, events: tuple[ReaderEvent, ...]) -> None:
    assert events_between(before, now) == events


looks = st.one_of(
    st.just(NO_SERVICE),
    st.just(NO_READER),
    st.builds(
        SlotSnapshot, atr=st.none() | st.sampled_from([b"", b"a", b"b"]), counter=st.integers(0, 9)
    ),
)


@given(st.lists(looks, max_size=30))
def test_a_reader_of_the_events_always_knows_what_is_there(seen: list[SlotSnapshot]) -> None:
    card: bytes | None = None
    there = True
    before = UNSEEN
    for now in seen:
        for event in events_between(before, now):
            match event:
                case Inserted(atr):
                    assert there
                    assert card is None
                    card = atr
                case Swapped(atr):
                    assert card is not None
                    card = atr
                case Removed():
                    assert card is not None
                    card = None
                case ReaderGone() | ServiceDown():
                    there, card = False, None
                case ReaderBack():
                    assert not there
                    there = True
        before = now
        assert there == (now.service and now.listed)
        assert (card is None) == (now.atr is None or not there)


@given(before=looks, now=looks)
def test_one_look_tells_everything(before: SlotSnapshot, now: SlotSnapshot) -> None:
    events = events_between(before, now)
    assert len(events) <= 2
    assert events_between(now, now) == ()
    # Seen from before the first look, a card and a missing reader are told as well.
    first = events_between(UNSEEN, now)
    assert bool(first) == (not now.listed or now.atr is not None)


@pytest.mark.parametrize(
    ("state", "look"),
    [
        (scard.SCARD_STATE_EMPTY | 4 << 16, SlotSnapshot(counter=4)),
        (scard.SCARD_STATE_PRESENT | 5 << 16, SlotSnapshot(atr=b"a", counter=5)),
        (
            scard.SCARD_STATE_PRESENT | scard.SCARD_STATE_MUTE | 5 << 16,
            SlotSnapshot(atr=b"", counter=5),
        ),
        (scard.SCARD_STATE_UNAVAILABLE, NO_READER),
        (scard.SCARD_STATE_UNKNOWN, NO_READER),
    ],
)
def test_states_of_pcsc(state: int, look: SlotSnapshot) -> None:
    seen = slot_state(scard, state | scard.SCARD_STATE_CHANGED, b"a")
    assert look_of(seen) == look
