"""A device that is started with a wrong clock while the polls are open. Only loading a package
looks at the clock.
"""

from datetime import timedelta
from functools import partial

from kiosk.flows.identity.states import Refused
from tests.cases.branch.kit import serves
from tests.cases.runner import add, case, collect, expect
from tests.cases.stations import Bench, open_station, open_terminal, try_to_vote, vote
from tests.kiosk.station.test_identity_station import OTHER, VOTER, check_in


def started(bench: Bench, ahead: timedelta) -> None:
    bench.clock.set(bench.clock.now() + ahead)
    bench.restart()
    bench.settle()


def told(bench: Bench) -> bool:
    """Nobody is served, or the log has an entry about the clock."""
    return not serves(bench) or any("clock" in entry.what for entry in bench.log())


def terminal_notices(ahead: timedelta) -> None:
    with open_terminal() as bench:
        vote(bench, 1)
        started(bench, ahead)
        if not told(bench):
            seen = try_to_vote(bench, 2)
            expect(
                False,
                f"{bench.clock.now():%Y-%m-%d %H:%M}: serves without a word, a voter sees {seen}",
            )


for name, ahead in {
    "terminal-a-year-ahead": timedelta(days=365),
    "terminal-a-year-behind": timedelta(days=-365),
    "terminal-after-the-closing-hour": timedelta(hours=13),
    "terminal-before-the-opening-hour": timedelta(hours=-8),
}.items():
    add(name, partial(terminal_notices, ahead))


@case
def terminal_before_its_own_last_entry() -> None:
    """Two hours back, within the day: the log runs backwards."""
    terminal_notices(timedelta(hours=-2))


@case
def station_a_year_behind() -> None:
    """Genuine cards must not be called forged because the station's clock is wrong."""
    with open_station() as bench:
        check_in(bench, VOTER)
        started(bench, timedelta(days=-365))
        if told(bench):
            return
        bench.cards.insert(bench.office.blank())
        bench.reader.insert(bench.office.identity_card(OTHER))
        state = bench.see(Refused)
    expect("clock" in str(state.reason), f"a genuine card is refused as «{state.reason}»")


test_case = collect()
