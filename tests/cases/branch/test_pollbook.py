"""The list of those who have got an authorization, which exists once."""

from kiosk.flows.identity.states import Done, Refusal, Refused
from tests.cases.branch.kit import serves
from tests.cases.runner import case, collect, expect
from tests.cases.stations import open_station
from tests.kiosk.station.test_identity_station import VOTER, check_in, finger


def again(bench) -> object:
    """The same person once more, with a blank card: what the station says."""
    bench.cards.insert(bench.office.blank())
    bench.reader.insert(bench.office.identity_card(VOTER))
    finger(bench, VOTER)
    return bench.see(Done, Refused)


@case
def nobody_gets_two_authorizations() -> None:
    with open_station() as bench:
        check_in(bench, VOTER)
        state = again(bench)
    expect(getattr(state, "reason", None) is Refusal.ALREADY_VOTED, f"{state}")


@case
def lost_pollbook() -> None:
    """pollbook.db is gone while the polls are open: out of service, and never begun anew."""
    with open_station() as bench:
        check_in(bench, VOTER)
        bench.identity.stop()
        bench.files.pollbook.unlink()
        bench.boot()
        if not serves(bench):
            return
        state = type(again(bench)).__name__
        entries = [entry.what for entry in bench.log()]
    silent = "no word in the log" if not any("pollbook" in each for each in entries) else "logged"
    expect(False, f"serves, {silent}; who has voted gets a second authorization: {state}")


@case
def second_copy_of_the_pollbook() -> None:
    with open_station() as bench:
        check_in(bench, VOTER)
        held = [path.name for path in bench.config.mirror.iterdir()]
    expect(held, "the station's mirror stays empty: the pollbook is lost with one medium")


test_case = collect()
