"""Hold that nothing tells how somebody voted: language, size, sound, keys and switches leave no trace."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election.definition import ENGLISH
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot import states as at
from kiosk.flows.common import ClosedReason, Tick
from tests.cases.trust.test_open_device import opened, reported
from tests.kiosk.flows.samples import WALKS, pick
from tests.kiosk.flows.test_ballot_walks import ANY, FLOW, fitting
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import Office
from words.languages import installed

ROOT = Path(__file__).parents[3]
PLAIN = at.Presentation()
LANGUAGES = [language.id for language in installed()]
PRESENTATIONS = st.builds(
    at.Presentation,
    st.sampled_from(LANGUAGES),
    st.sampled_from(at.TextSize),
    st.sampled_from(at.Theme),
    st.builds(at.Hearing, st.booleans(), st.integers(60, 250), st.integers(0, 10)),
    st.sampled_from(at.Companion),
    st.sampled_from(at.Touch),
)
WAYS = st.lists(st.none() | PRESENTATIONS, min_size=1, max_size=8)
"""What a voter does to see or hear better: None is speech that is heard, or a scan that runs."""


def of_the_way(chosen: at.Presentation | None) -> voter.BallotEvent:
    return voter.Attended() if chosen is None else voter.PresentationChosen(chosen)


@settings(max_examples=60, deadline=None)
@given(WALKS, WAYS, st.integers(0, 2**32))
def test_what_is_stored_logged_and_printed_is_the_same_for_every_way(
    walk: list[int], way: list[at.Presentation | None], seed: int
) -> None:
    """The flow's effects are all that devices are told to do; time is another matter (below)."""
    rng = random.Random(seed)
    plain: at.BallotState = at.Closed(ClosedReason.NO_PACKAGE)
    other = plain
    for number in walk:
        event = pick(number, fitting(plain), ANY)
        if isinstance(event, Tick | voter.PresentationChosen):
            continue
        for chosen in rng.choices(way, k=rng.randint(0, 3)):
            step = FLOW.step(other, of_the_way(chosen))
            assert step.effects == (), "to see or hear better does nothing"
            other = step.state
        one, two = FLOW.step(plain, event), FLOW.step(other, event)
        assert one.effects == two.effects
        plain, other = one.state, two.state
        assert type(plain) is type(other)


def vote(bench: TerminalBench, number: int, way: list[at.Presentation | None]) -> None:
    bench.reader.insert(bench.office.voting_card(bench.office.authorization(number)))
    bench.see(at.Preferences)
    bench.touch(*map(of_the_way, way))
    state = bench.state
    assert isinstance(state, at.Preferences)
    council, experts = state.session.contests
    events = (
        voter.Begin(),
        voter.Toggled(council.candidates[number % 5].code),
        voter.Next(),
        voter.Toggled(experts.candidates[0].code),
        voter.Next(),
        voter.ReviewAccepted(),
    )
    for event in events:
        bench.touch(event, *map(of_the_way, way))
    bench.see(at.CastOrChallenge)
    bench.touch(voter.CastChosen())
    bench.see(at.Recorded)
    bench.reader.remove()
    bench.see(at.Idle)


def told(
    office: Office, folder: Path, brought: Path, ways: list[list[at.Presentation | None]]
) -> dict[str, object]:
    with opened(office, folder, brought) as bench:
        for number, way in enumerate(ways, start=1):
            vote(bench, number, way)
        report = reported(bench)
        bench.settle()
        files = bench.files
        return {
            "report": report,
            "log": files.audit.read_bytes(),
            "sums": bench.station.context.counters.events(),
            "status": bench.terminal.status(),
            "names": sorted(p.name for p in (*files.data.iterdir(), *files.mirror.iterdir())),
            "sizes": [p.stat().st_size for p in (files.votes, files.votes_mirror)],
        }


@pytest.mark.slow
@pytest.mark.usefixtures("same_cards", "one_moment")
def test_a_terminal_tells_the_same_whichever_way_its_voters_voted(
    office: Office, tmp_path: Path
) -> None:
    brought = tmp_path / "brought"
    brought.mkdir()
    office.bring(office.package(), brought)
    rng = random.Random(7)
    blind = at.Presentation(ENGLISH, at.TextSize.LARGEST, at.Theme.WHITE_ON_BLACK)
    deaf = at.Presentation(
        rng.choice(LANGUAGES),
        hearing=at.Hearing(dark=True, wpm=60, volume=10),
        companion=at.Companion.DARK,
        touch=at.Touch.HEARS,
    )
    plain = told(office, tmp_path / "plain", brought, [[], []])
    other = told(office, tmp_path / "other", brought, [[blind, None, deaf], [None, None]])
    assert plain == other


# ---------------------------------------------------------------- the source

SILENT = [
    *(ROOT / "drivers" / "sound").glob("*.py"),
    *(ROOT / "drivers" / "io_board").glob("*.py"),
    *(ROOT / "ui" / "keys").glob("*.py"),
    *(ROOT / "kiosk" / "station").glob("*sound*.py"),
    ROOT / "kiosk" / "station" / "board.py",
    *(ROOT / "ui" / "ballot").glob("*.py"),
    ROOT / "words" / "spoken.py",
    ROOT / "words" / "transliteration.py",
]
FORBIDDEN = {"logging", "sqlite3", "sqlite_utils", "drivers.frame_log", "election.audit_events"}
WRITES = {"write_text", "write_bytes", "print", "replace_file", "WriteAudit", "dump", "mkstemp"}


@pytest.mark.parametrize("path", SILENT, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_hears_and_what_moves_can_write_nothing(path: Path) -> None:
    """A log line for a sentence or a press would be a record of a vote: nothing can write one."""
    tree = ast.parse(path.read_text())
    imported = {
        name
        for node in ast.walk(tree)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [x.name for x in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    assert not imported & FORBIDDEN
    assert not any(name.startswith("kiosk.storage") for name in imported)
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }
    assert not called & WRITES


def test_the_tracking_slip_and_the_ticket_know_no_language_of_a_voter() -> None:
    """What is printed is made from the report and the device's language alone."""
    source = (ROOT / "ui" / "papers.py").read_text()
    drawn = source[source.index("def render(") :]
    assert drawn.count("speaker(") == 2
    assert drawn.count("speaker(PERSIAN)") == drawn.count("speaker(ENGLISH)") == 1
    # Report, challenge ticket, and the form of a checked document, which an officer prints; and what
    # slip, paper record and mark have in both languages, the same for all.
    assert drawn.count("(printed, persian, width)") == 3
    assert drawn.count("(printed, *both, width)") == 3
