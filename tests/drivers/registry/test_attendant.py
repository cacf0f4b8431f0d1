"""One thread for a line: who waits is called back once and in time, whatever the other end does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from drivers.errors import DeviceLostError
from drivers.registry.attendant import ALIVE, Attendant, Errand
from drivers.registry.line import Post, Reply
from drivers.registry.link import FAILURES

FINE = Reply(200, b"")


class Scripted:
    """A line that does what a test says, and remembers what was sent."""

    def __init__(self, answer: Callable[[Post, float], Reply]) -> None:
        self.answer = answer
        self.sent: list[Post] = []

    def exchange(self, post: Post, seconds: float) -> Reply:
        self.sent.append(post)
        return self.answer(post, seconds)

    def close(self) -> None:
        pass


def lost(*_: object) -> Reply:
    raise DeviceLostError("cut")


def fine(*_: object) -> Reply:
    return FINE


def never(name: str, defect: BaseException) -> None:
    raise AssertionError(name) from defect


@contextmanager
def attending(line: Scripted, *, probes: bool = False) -> Iterator[tuple[Attendant, list[bool]]]:
    told: list[bool] = []
    attendant = Attendant("line", line, told.append, never, probes=probes, jitter=lambda: 0.0)
    attendant.start()
    try:
        yield attendant, told
    finally:
        attendant.stop()


def wait(done: Callable[[], bool], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until
        time.sleep(0.002)


def asked(attendant: Attendant, seconds: float = 4.0) -> list[Reply | None]:
    got: list[Reply | None] = []
    attendant.ask(Post("/claim", b"c"), got.append, seconds)
    return got


def test_an_answer_is_handed_back_once() -> None:
    with attending(Scripted(fine)) as (attendant, told):
        got = asked(attendant)
        wait(lambda: bool(got))
        assert got == [FINE]
        assert told == []


def test_after_two_failures_nobody_waits_and_nothing_is_sent() -> None:
    line = Scripted(lost)
    with attending(line) as (attendant, told):
        for _ in range(FAILURES):
            got = asked(attendant)
            wait(lambda got=got: bool(got))  # type: ignore[misc]
            assert got == [None]
        wait(lambda: told == [False])
        assert asked(attendant) == [None], "told at once"
        assert len(line.sent) == FAILURES


def test_probes_bring_it_back() -> None:
    line = Scripted(lost)
    with attending(line, probes=True) as (attendant, told):
        for _ in range(FAILURES):
            asked(attendant)
        wait(lambda: told == [False])
        line.answer = fine
        for _ in range(3):
            # What only time ends: the next probe is due now.
            attendant.link = attendant.link.__class__(
                attendant.link.up, 0, attendant.link.good, 0.0
            )
            attendant.free()
            before = len(line.sent)
            wait(lambda before=before: len(line.sent) > before)  # type: ignore[misc]
        wait(lambda: told == [False, True])
        assert line.sent[-1] == ALIVE


def test_who_waits_longer_than_the_deadline_is_told_and_the_late_answer_is_dropped() -> None:
    """An end that hangs, also against every time-out, holds up nobody: the thread alone."""
    go_on = threading.Event()

    def hang(*_: object) -> Reply:
        go_on.wait(20)
        return FINE

    with attending(Scripted(hang)) as (attendant, _):
        began = time.monotonic()
        got, second = asked(attendant, 0.1), asked(attendant, 0.1)
        wait(lambda: bool(got and second), 5)
        assert time.monotonic() - began < 3
        go_on.set()
        third = asked(attendant)
        wait(lambda: bool(third))
        assert (got, second, third) == ([None], [None], [FINE])


def test_what_can_wait_goes_between_voters_and_what_is_first_goes_before_them() -> None:
    line, done = Scripted(fine), list[Reply]()
    with attending(line) as (attendant, _):
        got = asked(attendant)
        wait(lambda: bool(got))
        attendant.hand_over(Errand(Post("/note", b"n"), done.append))
        time.sleep(0.05)
        assert not done, "a voter is being served"
        attendant.hand_over(Errand(Post("/act", b"a"), done.append, first=True))
        wait(lambda: len(done) == 1)
        assert line.sent[-1].path == "/act"
        attendant.free()
        wait(lambda: len(done) == 2)
        assert attendant.waiting == 0


def test_what_can_wait_goes_in_no_order() -> None:
    """The order in which cards were written is nobody's to know: it would be the order of the voters."""
    orders = set()
    for _ in range(6):
        line = Scripted(fine)
        with attending(line) as (attendant, _told):
            notes = [Post("/note", bytes([number])) for number in range(1, 7)]
            done: list[Reply] = []
            attendant.hand_over(*(Errand(note, done.append) for note in notes))
            wait(lambda done=done: len(done) == 6)  # type: ignore[misc]
            orders.add(tuple(post.body for post in line.sent))
    assert len(orders) > 1


def test_what_is_refused_for_the_moment_is_handed_over_later() -> None:
    replies = [Reply(503, b""), Reply(429, b""), Reply(409, b"")]
    line, done = Scripted(lambda *_: replies.pop(0)), list[Reply]()
    with attending(line) as (attendant, told):
        attendant._later = 0.0
        attendant.hand_over(Errand(Post("/note", b"n"), done.append))
        while not done:
            wait(lambda: len(line.sent) == 3 - len(replies))
            attendant._later = 0.0
            attendant.free()
            time.sleep(0.005)
        assert [each.status for each in done] == [409]
        assert told == []


def test_the_end_of_a_station_leaves_nobody_waiting() -> None:
    go_on = threading.Event()

    def hang(*_: object) -> Reply:
        go_on.wait(5)
        return FINE

    attendant = Attendant("line", Scripted(hang), lambda _: None, never, probes=False)
    attendant.start()
    asked(attendant)
    waiting = asked(attendant)
    threading.Timer(0.05, go_on.set).start()
    attendant.stop()
    wait(lambda: bool(waiting))
    assert asked(attendant) == [None]


@pytest.mark.parametrize("status", [500, 502, 504])
def test_what_a_web_server_answers_for_a_registry_that_is_down_is_no_answer(status: int) -> None:
    """An opening that is refused so would leave the station before its opening for the day."""
    down = threading.Event()
    down.set()
    line = Scripted(lambda *_: Reply(status, b"") if down.is_set() else FINE)
    done: list[Reply] = []
    with attending(line, probes=True) as (attendant, told):
        attendant.hand_over(Errand(Post("/act", b"open"), done.append, first=True))
        wait(lambda: told == [False])
        assert attendant.waiting == 1
        assert done == []
        assert asked(attendant) == [None]


@pytest.mark.parametrize("status", [429, 503])
def test_who_is_busy_is_asked_again(status: int) -> None:
    answers = iter([Reply(status, b"")])
    line = Scripted(lambda *_: next(answers, FINE))
    done: list[Reply] = []
    with attending(line) as (attendant, told):
        attendant.hand_over(Errand(Post("/note", b"n"), done.append))
        wait(lambda: bool(done))
        assert done == [FINE]
        assert told == []
        assert [post.path for post in line.sent] == ["/note", "/note"]
