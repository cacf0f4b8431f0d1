"""The state of a line: what any sequence of answers and failures leads to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.registry.link import FAILURES, GOOD, JITTER_S, PROBE_S, Link

HAPPENED = st.lists(
    st.tuples(st.booleans(), st.floats(0, 10), st.floats(-3, 3)), min_size=1, max_size=40
)


def expected(answers: list[bool]) -> bool:
    """Whether the line is up, from the whole history: said once more, in another way."""
    up, run = True, 0
    for answer in answers:
        if answer is up:
            run = 0
            continue
        run += 1
        if run == (FAILURES if up else GOOD):
            up, run = not up, 0
    return up


@given(HAPPENED)
def test_two_failures_down_three_answers_up(happened: list[tuple[bool, float, float]]) -> None:
    link, now = Link(), 0.0
    for at, (answer, later, jitter) in enumerate(happened, 1):
        now += later
        link = link.answered(now, 0.01, jitter) if answer else link.failed(now, jitter)
        assert link.up is expected([each for each, *_ in happened[:at]])
        assert abs(link.probe_at - now - PROBE_S) <= JITTER_S + 1e-6
        assert not link.is_due(now)
        assert link.is_due(now + PROBE_S + JITTER_S + 1e-6)
        assert (link.answered_at == now) is answer or not answer
        assert 0 <= link.failures < FAILURES
        assert 0 <= link.good < GOOD


def test_it_is_probed_at_the_start() -> None:
    assert Link().is_due(0.0)
