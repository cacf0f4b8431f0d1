"""Scans from bytes: framing, limits, and nothing but events for whatever comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner.seam import RejectedScan, ScanEvent, Scanned, ScanRejection
from drivers.scanner.wire import MAX_LENGTH, Aim, Assembler, Framing, decode

PLAIN = Framing(aim=Aim.KEEP)
TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=60)


def events(data: bytes, framing: Framing = PLAIN) -> list[ScanEvent]:
    return list(Assembler(framing).feed(data))


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_message_ends_with_either_mark(end: bytes) -> None:
    assert events(b"AMIN-1" + end + b"AMIN-2" + end) == [Scanned("AMIN-1"), Scanned("AMIN-2")]


@pytest.mark.parametrize(
    ("framing", "message", "event"),
    [
        (Framing(), b"]Q1abc", Scanned("abc", "Q")),
        (Framing(), b"]C0abc", Scanned("abc", "C")),
        (Framing(), b"abc", Scanned("abc")),
        (Framing(aim=Aim.KEEP), b"]Q1abc", Scanned("]Q1abc")),
        (Framing(aim=Aim.REQUIRE), b"abc", RejectedScan(ScanRejection.FRAME)),
        (Framing(aim=Aim.REQUIRE), b"]Q1abc", Scanned("abc", "Q")),
        (Framing(b"<", b">"), b"<]Q1abc>", Scanned("abc", "Q")),
        (Framing(b"<", b">"), b"<abc", RejectedScan(ScanRejection.FRAME)),
        (Framing(b"aa", b"aa"), b"aaa", RejectedScan(ScanRejection.FRAME)),
        (Framing(), b"]Q1", RejectedScan(ScanRejection.CHARACTERS)),
        (Framing(), b"ab\tc", RejectedScan(ScanRejection.CHARACTERS)),
        (Framing(), "کد".encode(), RejectedScan(ScanRejection.CHARACTERS)),
        (Framing(), "abc".encode("utf-16"), RejectedScan(ScanRejection.CHARACTERS)),
        (Framing(allowed=frozenset("abc")), b"abd", RejectedScan(ScanRejection.CHARACTERS)),
        (Framing(max_length=3), b"]Q1abc", Scanned("abc", "Q")),
        (Framing(max_length=3), b"abcd", RejectedScan(ScanRejection.TOO_LONG)),
    ],
)
def test_what_one_message_is(framing: Framing, message: bytes, event: ScanEvent) -> None:
    assert decode(message, framing) == event


def test_a_text_too_long_is_told_once_and_dropped_to_its_end() -> None:
    framing = Framing(aim=Aim.KEEP, max_length=4)
    assert events(b"abcdefgh\rabcd\r", framing) == [
        RejectedScan(ScanRejection.TOO_LONG),
        Scanned("abcd"),
    ]


def test_what_breaks_off_is_told_once() -> None:
    assembler = Assembler(PLAIN)
    assert list(assembler.feed(b"abc")) == []
    assert assembler.unfinished
    assert assembler.silence() == RejectedScan(ScanRejection.NO_END)
    assert assembler.silence() is None
    assert list(assembler.feed(b"x" * (MAX_LENGTH + 1))) == [RejectedScan(ScanRejection.TOO_LONG)]
    # It has been told already.
    assert assembler.silence() is None
    assert list(assembler.feed(b"def\n")) == [Scanned("def")]


def test_a_scan_does_not_show_its_text_to_a_log() -> None:
    assert "secret" not in repr(Scanned("secret"))


@pytest.mark.parametrize(
    "wrong",
    [{"max_length": 0}, {"max_length": MAX_LENGTH + 1}, {"prefix": b"\r"}, {"allowed": {"é"}}],
)
def test_an_impossible_framing_is_a_mistake(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"text|ASCII|mark"):
        Framing(**wrong)  # type: ignore[arg-type]


@given(st.lists(TEXT, min_size=1, max_size=5), st.sampled_from([b"\r", b"\n", b"\r\n"]))
def test_texts_come_out_as_they_went_in_however_they_are_cut(texts: list[str], end: bytes) -> None:
    data = b"".join(text.encode() + end for text in texts)
    whole = events(data)
    assembler = Assembler(PLAIN)
    assert [event for byte in data for event in assembler.feed(bytes((byte,)))] == whole
    assert whole == [Scanned(text) for text in texts]


@pytest.mark.fuzz
@given(st.lists(st.binary(max_size=80), max_size=12), st.integers(1, 40))
def test_no_bytes_bring_it_down_or_fill_the_memory(chunks: list[bytes], longest: int) -> None:
    framing = Framing(b"[", b"]", max_length=longest)
    assembler = Assembler(framing)
    for chunk in chunks:
        for event in assembler.feed(chunk):
            match event:
                case Scanned(text, symbology):
                    assert 1 <= len(text) <= longest
                    assert text.isascii()
                    assert text.isprintable()
                    assert len(symbology) <= 1
                case RejectedScan(reason):
                    assert reason is not ScanRejection.NO_END
        assert len(assembler._message) <= framing.max_message
    assembler.silence()
    assert not assembler.unfinished
