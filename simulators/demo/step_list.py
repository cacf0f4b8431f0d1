"""The steps of a day at the bench, in order, and the sentences that say how one ended."""

from __future__ import annotations

from simulators.bench.protocol import StepKey
from words.message import Message, m

PREPARE, OPEN_STATION, TRAIN, OPEN_TERMINAL, VOTE, CLOSE_TERMINAL, CLOSE_STATION, COUNT = map(
    StepKey,
    (
        "prepare",
        "open-station",
        "train",
        "open-terminal",
        "vote",
        "close-terminal",
        "close-station",
        "count",
    ),
)
STEPS: tuple[tuple[StepKey, Message, Message], ...] = (
    (
        PREPARE,
        m("Headquarters: election package"),
        m("Keys, candidates and the signed package are written to the USB drive."),
    ),
    (
        OPEN_STATION,
        m("Open the identity station"),
        m("Officer's card and PIN, load the package, supervisor's card; then test and open."),
    ),
    (
        TRAIN,
        m("Train at the ballot terminal"),
        m("Officer's card and PIN, then Training: plants instead of people, and nothing counts."),
    ),
    (
        OPEN_TERMINAL,
        m("Open the ballot terminal"),
        m("The same on the ballot terminal."),
    ),
    (
        VOTE,
        m("Voters"),
        m(
            "Identity card in the first reader, authorization card in the second, finger on the"
            " sensor; then that card into the terminal, and back into the second reader."
        ),
    ),
    (
        CLOSE_TERMINAL,
        m("Close the ballot terminal"),
        m("Both cards, close, and export the bundle to the USB drive."),
    ),
    (
        CLOSE_STATION,
        m("Close the identity station"),
        m("The same on the identity station, last: it asks for the terminal and the cards."),
    ),
    (
        COUNT,
        m("Headquarters: count"),
        m("Mix, decrypt, count, allocate seats and verify the archive."),
    ),
)

_BOOTH = {TRAIN, OPEN_TERMINAL, CLOSE_TERMINAL}
_ON_PAPER = {
    VOTE: m(
        "Identity card in the first reader, finger on the sensor; the screen names the papers."
    ),
    CLOSE_STATION: m("Both cards, close, and export the bundle to the USB drive."),
    COUNT: m("Import and sign how many were checked in; the papers are counted by hand."),
}


def steps_of(*, terminals: bool) -> tuple[tuple[StepKey, Message, Message], ...]:
    """Return the steps of a branch, with titles and hints; without terminals it votes on paper."""
    if terminals:
        return STEPS
    return tuple(
        (key, title, _ON_PAPER.get(key, hint)) for key, title, hint in STEPS if key not in _BOOTH
    )


STUCK = m(
    "Not done: a screen did not come to what the step needs. Take the cards out, bring the device to "
    "where the step begins, and try again."
)
STOPPED = m(
    "Stopped. The cards are out and lie on the table: go on by hand, or begin the step again."
)
NO_STATION = m("Not done: a device's program has ended. Close this window and begin a new day.")
BROKEN_OFF = m("Not done: the step broke off. The terminal this was started from says why.")
