"""NUT's lines, against answers recorded of upsd 2.8.0, and against anything else."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DriverError, ProtocolError
from drivers.power import nut_wire as wire
from drivers.power.nut_wire import NutCode, NutError
from drivers.power.seam import Doubt, PowerState, Supply

VECTORS = Path(__file__).parents[2] / "vectors" / "hardware"
RECORDED = json.loads((VECTORS / "nut_upsd.json").read_text())
LATER = RECORDED["later_answers_to_GET_VAR_kiosk_ups.status"]
WORD = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)


@pytest.mark.parametrize(("question", "answer"), RECORDED["exchanges"], ids=str)
def test_every_recorded_line_is_understood(question: str, answer: list[str]) -> None:
    for line in answer:
        if line.startswith("ERR "):
            with pytest.raises(NutError) as refused:
                wire.expect(line, "VAR")
            assert refused.value.code is NutCode(line[4:])
            assert refused.value.code is not NutCode.OTHER
        else:
            assert wire.split_words(line)
    if question.startswith("GET VAR") and answer[0].startswith("VAR"):
        beginning = question.removeprefix("GET ").split()
        assert wire.take_value(wire.expect(answer[0], *beginning)) in {"OL CHRG", "97", "1500"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (LATER["on_battery"], PowerState(Supply.ON_BATTERY)),
        (LATER["low_battery"], PowerState(Supply.LOW, low_battery=True)),
    ],
)
def test_recorded_states(answer: str, expected: PowerState) -> None:
    status = wire.take_value(wire.expect(answer, "VAR", "kiosk", "ups.status"))
    assert wire.parse_status(status, None, None) == expected


@pytest.mark.parametrize(
    ("code", "doubt"),
    [
        ("DATA-STALE", Doubt.STALE),
        ("DRIVER-NOT-CONNECTED", Doubt.NO_DRIVER),
        ("UNKNOWN-UPS", Doubt.NO_DEVICE),
        ("ACCESS-DENIED", Doubt.REFUSED),
        ("SOMETHING-NEW", Doubt.REFUSED),
    ],
)
def test_a_refusal_is_a_doubt(code: str, doubt: Doubt) -> None:
    with pytest.raises(NutError) as refused:
        wire.expect(f"ERR {code}", "VAR")
    assert wire.state_of_error(refused.value) == PowerState(Supply.UNKNOWN, doubt=doubt)
    assert wire.state_of_error(ProtocolError("")).doubt is Doubt.NONSENSE


@pytest.mark.parametrize(
    ("status", "supply", "closing"),
    [
        ("OL", Supply.ON_LINE, False),
        ("OL CHRG RB", Supply.ON_LINE, False),
        ("OL LB CHRG", Supply.ON_LINE, False),
        ("OL BOOST", Supply.ON_LINE, False),
        ("OB", Supply.ON_BATTERY, False),
        ("OL OB", Supply.ON_BATTERY, False),
        ("LB OB", Supply.LOW, False),
        ("FSD OL", Supply.ON_LINE, True),
        ("FSD OB LB", Supply.LOW, True),
        ("OL BYPASS", Supply.UNKNOWN, False),
        ("OFF", Supply.UNKNOWN, False),
        ("WAIT", Supply.UNKNOWN, False),
        ("", Supply.UNKNOWN, False),
        ("OLD", Supply.UNKNOWN, False),
    ],
)
def test_words_of_a_status(status: str, supply: Supply, closing: bool) -> None:
    state = wire.parse_status(status, None, None)
    assert (state.supply, state.closing) == (supply, closing)
    assert state.replace_battery is ("RB" in status.split())
    assert (state.doubt is None) is (supply is not Supply.UNKNOWN)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('VAR a b "c d"', ("VAR", "a", "b", "c d")),
        ('UPS a "say \\"no\\" to \\\\"', ("UPS", "a", 'say "no" to \\')),
        ('  x   ""  ', ("x", "")),
        ("", ()),
    ],
)
def test_words_and_quotes(line: str, words: tuple[str, ...]) -> None:
    assert wire.split_words(line) == words


@pytest.mark.parametrize(
    "line", ['"', '"a', '"a\\', 'a"b"', '"a"b', "a\\b", "a\tb", '"a\x00"', "x" * 3000]
)
def test_a_line_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(ProtocolError):
        wire.split_words(line)


@pytest.mark.parametrize(
    ("value", "figure"),
    [("97", 97.0), ("97.50", 97.5), ("0", 0.0), ("-1", None), ("101", None), ("nan", None)]
    + [("inf", None), ("", None), ("full", None), ("1e400", None)],
)
def test_a_figure_out_of_bounds_is_not_told(value: str, figure: float | None) -> None:
    assert wire.parse_figure(value, 100) == figure


@given(st.lists(WORD, max_size=6))
def test_words_survive_the_way_there_and_back(words: list[str]) -> None:
    assert wire.split_words(" ".join(map(wire.quote, words))) == tuple(words)


@pytest.mark.fuzz
@given(st.text(max_size=60) | st.text('VAR "\\ab', max_size=40))
def test_no_line_brings_anything_but_our_errors(line: str) -> None:
    try:
        words = wire.expect(line, "VAR", "a")
    except DriverError:
        return
    assert wire.split_words(" ".join(map(wire.quote, ("VAR", "a", *words)))) == ("VAR", "a", *words)


@pytest.mark.fuzz
@given(st.text(max_size=40))
def test_any_status_is_a_state(status: str) -> None:
    assert (wire.parse_status(status, None, None).supply is Supply.UNKNOWN) or "O" in status
