"""Generate the kinds of `test_devices`: orders and pauses of scans, words, statuses, commands that miss."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import DeviceTimeoutError, ProtocolError
from drivers.fingerprint.limits import FingerprintLimits
from drivers.fingerprint.seam import ReaderState
from drivers.fingerprint.zfm import ZfmModule, ZfmSettings
from drivers.fingerprint.zfm_wire import ZfmCode, ZfmCommand
from drivers.power.nut_wire import parse_figure, parse_status
from drivers.power.seam import Supply
from drivers.printer import escpos_wire
from drivers.smartcard import mrz
from drivers.smartcard.access_text import LONGEST, TOGETHER_S, ZoneLines
from tests.cases.documents.test_devices import KNOWS_ITSELF, ZONE, Module, printer_on

# ------------------------------------------------------------ zones

TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
LINE = st.one_of(
    st.sampled_from([*ZONE, *TD3]),
    st.text("ABC0123456789<", min_size=30, max_size=30),
    st.text(max_size=50),
)
SCAN = st.tuples(LINE, st.floats(0, 2 * TOGETHER_S))


@given(before=st.lists(SCAN, max_size=8), pause=st.floats(0, TOGETHER_S / 3))
def test_any_scans_before_two_clean_passes(
    before: Sequence[tuple[str, float]], pause: float
) -> None:
    """Whatever came, in whatever rhythm: the zone opens at last, and no mixture of two ever does."""
    now = 0.0
    zone = ZoneLines(lambda: now)
    heard = []
    for line, wait in (*before, *((line, pause) for line in ZONE * 2)):
        heard.append(zone.add(line))
        now += wait
    assert "".join(ZONE) in heard
    opened = [text for text in heard if text is not None and len(text) == LONGEST and fits(text)]
    assert "".join(ZONE) == opened[-1]


def fits(text: str) -> bool:
    try:
        mrz.parse(text)
    except ProtocolError:
        return False
    return True


@given(first=st.integers(0, 2), gap=st.floats(TOGETHER_S + 0.1, 1000))
def test_lines_of_two_people_never_meet(first: int, gap: float) -> None:
    now = 0.0
    zone = ZoneLines(lambda: now)
    for line in ZONE[: first + 1]:
        zone.add(line)
    now += gap
    rest = [zone.add(line) for line in ZONE[first + 1 :]]
    assert rest == [None] * len(rest)


# ------------------------------------------------------------ fingerprint modules

QUICK = FingerprintLimits(answer_s=0.005, settle_s=0.001, poll_s=0.001)
KNOWN = st.sets(st.sampled_from(sorted(KNOWS_ITSELF)))
CODE = st.integers(1, 255)


@settings(max_examples=40, deadline=None)
@given(known=KNOWN, unknown=CODE, noise=st.binary(max_size=8), password=st.integers(0, 2**32 - 1))
def test_module_with_any_commands(
    known: set[ZfmCommand], unknown: int, noise: bytes, password: int
) -> None:
    """It is used if it lets us in and describes itself; else the status says what it answered."""
    module = Module({command: KNOWS_ITSELF[command] for command in known}, unknown, noise=noise)
    settings_ = ZfmSettings(password=password)
    status = ZfmModule(lambda: module, limits=QUICK, settings=settings_).status()
    if known == set(KNOWS_ITSELF):
        assert status.state is ReaderState.READY
    else:
        assert status.state is not ReaderState.READY
        assert status.trouble


@settings(max_examples=15, deadline=None)
@given(password=st.integers(0, 2**32 - 1), code=st.sampled_from([ZfmCode.WRONG_PASSWORD]))
def test_no_password_is_ever_tried_but_the_configured_one(password: int, code: ZfmCode) -> None:
    """A module can lock itself; whoever forgot a password asks the maker."""
    seen: list[bytes] = []

    class Listening(Module):
        def write(self, data: bytes) -> None:
            seen.append(data)
            super().write(data)

    module = Listening({**KNOWS_ITSELF, ZfmCommand.VERIFY_PASSWORD: bytes((code,))})
    ZfmModule(lambda: module, limits=QUICK, settings=ZfmSettings(password=password)).status()
    tried = {frame[10:14] for frame in seen if frame[9] == ZfmCommand.VERIFY_PASSWORD}
    assert tried == {password.to_bytes(4, "big")}


# ------------------------------------------------------------ power supplies

NAMES = "OL OB LB HB RB CHRG DISCHRG BYPASS CAL OFF OVER TRIM BOOST FSD ALARM TEST ECO COMMFAULT"
WORDS = st.sampled_from(NAMES.split(" "))


@given(words=st.lists(WORDS, max_size=8), order=st.randoms(use_true_random=False))
def test_any_words_of_a_supply_in_any_order(words: list[str], order: object) -> None:
    """On battery is said wherever it stands; on line only of a supply that feeds."""
    state = parse_status(" ".join(words), None, None)
    order.shuffle(words)  # type: ignore[attr-defined]
    for written in (" ".join(words), "  ".join(words).lower(), " ".join(words * 2)):
        assert parse_status(written, None, None) == state
    if "OB" in words:
        assert state.supply in (Supply.ON_BATTERY, Supply.LOW)
    else:
        feeds = "OL" in words and not {"OFF", "BYPASS"} & set(words)
        assert (state.supply is Supply.ON_LINE) == feeds


@given(figure=st.floats(0, 100), unit=st.sampled_from(["", "%", " %", " "]), comma=st.booleans())
def test_any_figure_with_any_unit(figure: float, unit: str, comma: bool) -> None:
    written = f"{figure:.2f}"
    text = (written.replace(".", ",") if comma else written) + unit
    assert parse_figure(text, 100) == float(written)


# ------------------------------------------------------------ printers

OTHER = st.integers(0, 255).filter(lambda byte: not escpos_wire.is_status(byte))


@settings(max_examples=40, deadline=None)
@given(before=st.lists(OTHER, max_size=12).map(bytes), flags=st.sampled_from([0, 4, 8, 32, 64]))
def test_any_bytes_before_a_status(before: bytes, flags: int) -> None:
    """Automatic statuses of four bytes, whose first is none of ours, greetings and noise."""
    status = printer_on(before + bytes((0x12 | flags,))).status()
    assert status.online == (not flags & 8)


@settings(max_examples=20, deadline=None)
@given(heard=st.lists(OTHER, max_size=12).map(bytes))
def test_any_bytes_without_a_status(heard: bytes) -> None:
    with pytest.raises(DeviceTimeoutError) as refused:
        printer_on(heard).status()
    assert (f"{2 * len(heard)} bytes" in str(refused.value)) == bool(heard)
