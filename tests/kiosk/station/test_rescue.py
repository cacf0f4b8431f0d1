"""A terminal dies after some votes: its memory is rescued at the station, with no key of its own."""

from __future__ import annotations

import errno
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from click.testing import CliRunner, Result

from commands.main import main
from crypto.certificates import named_pair
from drivers.settings import FingerprintLine, FingerprintProtocol
from drivers.smartcard import holding
from election.definition import Role
from election.device_acts import DeviceActError
from election.device_files import Files
from election.errors import ElectionError
from election.left_behind import find
from election.pairing import Mirror, Pairing
from election.reasons import DeviceActReason
from election.rescue import check_records, open_rescue, read_rescue
from headquarters.adopting import adopt
from headquarters.workspace import ElectionFolder, Workspace
from kiosk.flows.operator import events as on
from kiosk.flows.operator.states import ActOutcome, ConsoleAct, SecondSignature
from simulators.demo.station_file import write_station
from simulators.fingerprint.sfm import SfmSimulator
from simulators.local_reader import LocalReader
from tests.kiosk.station.bench import IdentityBench, TerminalBench
from tests.kiosk.station.conftest import finger_sensor
from tests.kiosk.station.office import BRANCH, PIN, STATION, TERMINAL, Office
from words.message import m

VOTES = 3


@pytest.fixture(scope="module")
def dead(office: Office, opened_terminal: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Memories of a terminal that took three votes, and does not start any more."""
    folder = tmp_path_factory.mktemp("dead") / "terminal"
    shutil.copytree(opened_terminal, folder)
    bench = TerminalBench(office, folder)
    for number in range(VOTES):
        bench.vote(office.voting_card(office.authorization(number + 1)))
    bench.terminal.stop()
    return folder


@pytest.fixture(scope="module")
def sensor_of_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SfmSimulator]:
    with finger_sensor(tmp_path_factory.mktemp("finger")) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def helper(
    office: Office,
    opened_station: Path,
    tmp_path_factory: pytest.TempPathFactory,
    sensor_of_module: SfmSimulator,
) -> Iterator[IdentityBench]:
    folder = shutil.copytree(opened_station, tmp_path_factory.mktemp("helper") / "station")
    bench = IdentityBench(office, folder, sensor_of_module)
    yield bench
    bench.identity.stop()


def plug(bench: IdentityBench, memory: Path | None) -> None:
    """Put a memory into the USB port; None: an empty drive."""
    shutil.rmtree(bench.config.usb)
    if memory is None:
        bench.config.usb.mkdir()
    else:
        shutil.copytree(memory, bench.config.usb)


def rescue(bench: IdentityBench, memory: Path | None) -> ActOutcome:
    plug(bench, memory)
    return bench.do(ConsoleAct.RESCUE)


def test_the_second_memory_gives_every_vote(
    helper: IdentityBench, dead: Path, office: Office
) -> None:
    before = {path: path.read_bytes() for path in (dead / "mirror").rglob("*") if path.is_file()}
    outcome = rescue(helper, dead / "mirror")
    assert outcome.ok, outcome.message
    plugged = helper.config.usb
    assert {
        dead / "mirror" / path.relative_to(plugged): path.read_bytes()
        for path in plugged.rglob("*")
        if path.is_file()
    } == before, "it is only read"
    plug(helper, None)
    assert helper.do(ConsoleAct.EXPORT).ok, "at once, while the polls are open"
    (handed,) = helper.config.usb.iterdir()
    assert handed.name == f"{TERMINAL}.rescue"
    file = read_rescue(handed.read_bytes())
    register = helper.identity.context.register
    listed = office.election.device(TERMINAL)
    assert register is not None
    assert listed is not None
    opened = open_rescue(file.act, register)
    statement = opened.statement
    key = named_pair(listed.certificate)
    check_records(file, statement, key, register.register.fingerprint)
    assert (statement.found.cast, statement.device, statement.branch) == (VOTES, TERMINAL, BRANCH)
    assert (opened.difference, opened.witnesses) == (0, (helper.config.device,))
    assert [len(file.spent), len(file.acts)] == [VOTES, 2], "the load and the opening"
    (told,) = helper.logged("rescued")
    assert told.startswith(f"{TERMINAL} {VOTES} ")


def test_both_memories_of_two_sticks_are_joined(
    helper: IdentityBench, dead: Path, tmp_path: Path
) -> None:
    """The data folder has the log, too; a damaged copy beside it takes nothing away."""
    both = tmp_path / "both"
    shutil.copytree(dead / "data", both / "data")
    shutil.copytree(dead / "mirror", both / "mirror")
    file = both / "mirror" / "votes.db"
    data = bytearray(file.read_bytes())
    rng = random.Random(7)
    for _ in range(40):
        data[rng.randrange(100, len(data))] ^= 0xFF
    file.write_bytes(data)
    assert rescue(helper, both).ok
    draft = found_in(helper, both)
    assert (draft.cast, draft.log_length > 0) == (VOTES, True)


def found_in(bench: IdentityBench, folder: Path):  # type: ignore[no-untyped-def]
    context = bench.identity.context
    assert context.register is not None
    return find([folder], context.election, context.register)


def _sql(name: str, statement: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        with sqlite3.connect(folder / name) as connection:
            connection.execute(statement)
        connection.close()

    return change


def _link(folder: Path) -> None:
    """A link on the stick to the device's own votes."""
    (folder / "votes.db").rename(folder / "elsewhere.db")
    (folder / "votes.db").symlink_to(folder / "elsewhere.db")


def _noise(folder: Path) -> None:
    (folder / "votes.db").write_bytes(bytes(9000))


def _stranger(folder: Path) -> None:
    """Nothing that it signed is known here."""
    _sql("votes.db", "UPDATE header SET device = 'b9-t9'")(folder)
    _sql("votes.db", "UPDATE slot SET signature = zeroblob(length(signature))")(folder)


REFUSED: dict[str, tuple[Callable[[Path], None], DeviceActReason]] = {
    "an empty stick": (lambda folder: (folder / "votes.db").unlink(), DeviceActReason.ACT_FOUND),
    "noise": (
        _noise,
        DeviceActReason.ACT_FOUND,
    ),
    "a link": (_link, DeviceActReason.ACT_FOUND),
    "a stranger's": (_stranger, DeviceActReason.ACT_BRANCH),
    "a station's name": (
        _sql("votes.db", "UPDATE header SET device = 'b1-i1'"),
        DeviceActReason.ACT_BRANCH,
    ),
}


@pytest.mark.parametrize(("change", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_memory_of_a_terminal_is_refused(
    helper: IdentityBench,
    dead: Path,
    tmp_path: Path,
    change: Callable[[Path], None],
    reason: DeviceActReason,
) -> None:
    memory = Path(shutil.copytree(dead / "mirror", tmp_path / "memory"))
    change(memory)
    plug(helper, None)
    shutil.rmtree(helper.config.usb)
    shutil.copytree(memory, helper.config.usb, symlinks=True)
    outcome = helper.do(ConsoleAct.RESCUE)
    assert (outcome.ok, outcome.message) == (False, reason.sentence)


TAMPERED: dict[str, tuple[Callable[[Path], None], int, bool]] = {
    "a vote taken out": (
        _sql("votes.db", "UPDATE slot SET state = x'00' WHERE key = (SELECT min(key) FROM slot"
             " WHERE state = x'01')"),
        VOTES - 1,
        True,
    ),
    "a vote made challenged": (
        _sql("votes.db", "UPDATE slot SET state = x'02' WHERE key = (SELECT min(key) FROM slot"
             " WHERE state = x'01')"),
        VOTES - 1,
        True,
    ),
    "an authorization that nobody vouched for": (
        _sql("votes.db", "UPDATE spent SET hash = zeroblob(32) WHERE key = (SELECT min(key)"
             " FROM spent WHERE state = x'01')"),
        VOTES - 1,
        True,
    ),
    "another number in the root": (
        _sql("votes.db", "UPDATE root SET counts = x'0000000900000000'"),
        VOTES,
        False,
    ),
    "acts of nobody": (_sql("polls.db", "UPDATE signed_act SET act = x'00'"), VOTES, True),
}  # fmt: skip


@pytest.mark.parametrize(("change", "cast", "rooted"), TAMPERED.values(), ids=TAMPERED)
def test_what_was_changed_on_a_stick_shows(
    helper: IdentityBench,
    dead: Path,
    tmp_path: Path,
    change: Callable[[Path], None],
    cast: int,
    rooted: bool,
    request: pytest.FixtureRequest,
) -> None:
    """Nothing is added; what was taken out differs from the dead terminal's last root, which is told."""
    memory = Path(shutil.copytree(dead / "mirror", tmp_path / "memory"))
    change(memory)
    found = found_in(helper, memory)
    assert found.cast == cast
    assert (None if found.last is None else found.last.cast) == (VOTES if rooted else None)
    assert len(found.acts) == (0 if "acts" in request.node.callspec.id else 2)


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_memory_gives_what_verifies(
    helper: IdentityBench, dead: Path, tmp_path: Path, seed: int
) -> None:
    """Forty bytes anywhere, also in the header: nothing that was not signed, and never a crash."""
    rng = random.Random(seed)
    memory = Path(shutil.copytree(dead / "mirror", tmp_path / "memory"))
    file = memory / "votes.db"
    data = bytearray(file.read_bytes())
    for _ in range(40):
        data[rng.randrange(len(data))] = rng.randrange(256)
    file.write_bytes(data)
    whole = {record.digest for record in found_in(helper, dead / "mirror").box.records}
    found = None
    with suppress(DeviceActError):
        found = found_in(helper, memory)
    assert found is None or {record.digest for record in found.box.records} <= whole


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside a sound one"])
def test_a_name_that_damage_made_up_stops_no_rescue(
    helper: IdentityBench, dead: Path, tmp_path: Path, beside: bool
) -> None:
    """A header is not signed; the records say whose they are."""
    memory = Path(shutil.copytree(dead / "mirror", tmp_path / "both" / "one"))
    _sql("votes.db", "UPDATE header SET device = 'b1-tl'")(memory)
    if beside:
        shutil.copytree(dead / "mirror", tmp_path / "both" / "two")
    found = found_in(helper, tmp_path / "both")
    assert (found.device, found.cast) == (TERMINAL, VOTES)


def test_two_terminals_on_one_stick_are_not_mixed(
    helper: IdentityBench, dead: Path, tmp_path: Path
) -> None:
    both = tmp_path / "both"
    shutil.copytree(dead / "mirror", both / "one")
    shutil.copytree(dead / "mirror", both / "two")
    _sql("votes.db", f"UPDATE header SET device = '{STATION}'")(both / "two")
    assert rescue(helper, both).message == DeviceActReason.ACT_MIXED.sentence


def test_a_rescue_that_is_given_up_leaves_nothing(
    helper: IdentityBench, dead: Path, office: Office
) -> None:
    kept = Files(helper.config.data, helper.config.mirror).rescues
    for path in kept.values():
        path.unlink()
    plug(helper, dead / "mirror")
    helper.sign_in()
    post = helper.station.console.loop.post
    post(on.ActChosen(ConsoleAct.RESCUE))
    post(on.ConfirmAnswered(True))
    helper.until(lambda: isinstance(helper.console, SecondSignature), "the second card")
    post(on.Cancelled())
    helper.settle()
    helper.sign_out()
    files = Files(helper.config.data, helper.config.mirror)
    assert [name for name, path in files.rescues.items() if path.parent.parent == files.data] == []


def without(which: str) -> Callable[[Path], None]:
    """Take out a vote: the one of the `min` or of the `max` key."""
    return _sql("votes.db", f"UPDATE slot SET state = x'00' WHERE key = (SELECT {which}(key) FROM slot"
                " WHERE state = x'01')")  # fmt: skip


def test_a_second_rescue_takes_no_vote_away(
    helper: IdentityBench, dead: Path, office: Office, tmp_path: Path
) -> None:
    """Each memory lacks another vote: both rescues stay, until one has all of them; headquarters alike."""
    memories = {name: Path(shutil.copytree(dead / "mirror", tmp_path / name)) for name in "ABC"}
    without("min")(memories["A"])
    without("max")(memories["B"])
    files = Files(helper.config.data, helper.config.mirror)
    for path in files.rescues.values():
        shutil.rmtree(path.parent, ignore_errors=True)
    one, two = f"{TERMINAL}.rescue", f"{TERMINAL}-2.rescue"
    made: dict[str, bytes] = {}
    for memory, kept in (
        ("A", {one: 2}),
        ("B", {one: 2, two: 2}),
        ("C", {one: 3, two: 2}),
        ("A", {one: 3, two: 2}),
    ):
        assert rescue(helper, memories[memory]).ok
        found = {name: path.read_bytes() for name, path in files.rescues.items()}
        assert {name: len(read_rescue(data).records) for name, data in found.items()} == kept
        made.setdefault(memory, found[two if memory == "B" else one])
    plug(helper, None)
    assert helper.do(ConsoleAct.EXPORT).ok
    assert {path.name for path in helper.config.usb.iterdir()} == {one, two}

    register = helper.identity.context.register
    assert register is not None
    folder = ElectionFolder(tmp_path / "headquarters")
    folder.path.mkdir()
    fingerprint = register.register.fingerprint
    workspace = cast(
        Workspace,
        SimpleNamespace(
            folder=folder, election=office.election, fingerprint=fingerprint, published=register
        ),
    )
    for name, data in made.items():
        (tmp_path / f"{name}.rescue").write_bytes(data)
    place = adopt(workspace, tmp_path / "A.rescue")
    with pytest.raises(DeviceActError) as refused:
        adopt(workspace, tmp_path / "B.rescue")
    assert refused.value.reason is DeviceActReason.ACT_TWICE
    for name in "CBA":
        assert adopt(workspace, tmp_path / f"{name}.rescue") == place
    assert place.read_bytes() == read_rescue(made["C"]).act


def test_a_rescue_that_no_memory_reads_keeps_nothing_else_in(
    helper: IdentityBench, dead: Path, office: Office
) -> None:
    """The log tells of it, and the terminal is rescued once more."""
    assert rescue(helper, dead / "mirror").ok
    files, name = Files(helper.config.data, helper.config.mirror), f"{TERMINAL}.rescue"
    places = [memory / "rescues" / name for memory in (files.data, files.mirror)]
    for place in places:
        place.unlink()
        place.mkdir()
    plug(helper, None)
    assert helper.do(ConsoleAct.EXPORT).ok
    assert name not in {path.name for path in helper.config.usb.iterdir()}
    assert helper.logged("media-fault") == ["rescue"]
    assert rescue(helper, dead / "mirror").ok
    plug(helper, None)
    assert helper.do(ConsoleAct.EXPORT).ok
    assert name in {path.name for path in helper.config.usb.iterdir()}
    for place in places:
        shutil.rmtree(place.parent)


def test_a_rescue_needs_one_memory_only(
    helper: IdentityBench, dead: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The helper's second memory is out, and what is in its place is not its; or does not answer."""
    files = Files(helper.config.data, helper.config.mirror)
    for path in files.rescues.values():
        shutil.rmtree(path.parent, ignore_errors=True)
    shutil.rmtree(files.mirror / "rescues", ignore_errors=True)
    monkeypatch.setattr(Pairing, "look", lambda _: Mirror.MISSING)
    assert rescue(helper, dead / "mirror").ok
    assert list(files.rescues.values()) == [files.data / "rescues" / f"{TERMINAL}.rescue"]
    assert not (files.mirror / "rescues").exists()
    glob = Path.glob

    def dying(path: Path, pattern: str) -> Iterator[Path]:
        if path.parent == files.mirror:
            raise OSError(errno.EIO, "dying")
        return glob(path, pattern)

    monkeypatch.setattr(Path, "glob", dying)
    assert list(files.rescues) == [f"{TERMINAL}.rescue"]


def test_rescues_reach_a_second_memory_though_the_package_cannot_be_read(
    helper: IdentityBench, dead: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept of others is on one memory alone otherwise, until this one dies, too."""
    files = Files(helper.config.data, helper.config.mirror)
    assert rescue(helper, dead / "mirror").ok
    shutil.rmtree(files.mirror / "rescues")

    def damaged(*_: object) -> None:
        raise ElectionError(m("the package is damaged"))

    context = helper.identity.context
    monkeypatch.setattr(context, "_read_installed", damaged)
    context.copy_state()
    assert (files.mirror / "rescues" / f"{TERMINAL}.rescue").is_file()


def test_with_its_keys_another_machine_closes_for_it(
    office: Office, dead: Path, tmp_path: Path
) -> None:
    """Both memories and the keys go into another machine: it is the terminal, and closes as ever."""
    bench = TerminalBench(office, Path(shutil.copytree(dead, tmp_path / "elsewhere")))
    assert bench.cast() == VOTES
    assert bench.do(ConsoleAct.CLOSE).ok
    assert bench.do(ConsoleAct.EXPORT).ok
    assert {path.name for path in bench.config.usb.iterdir()} >= {f"{TERMINAL}.bundle"}
    bench.terminal.stop()


# ---------------------------------------------------------------- without a screen


def rescue_by_command(
    monkeypatch: pytest.MonkeyPatch, office: Office, folder: Path, memories: list[Path]
) -> tuple[Result, Path]:
    """Run `amin operator rescue` at a device in `folder`; the cards go into one reader, in turn."""
    config = folder / "station.toml"
    line = FingerprintLine("/dev/nothing", 115_200, FingerprintProtocol.SFM)
    write_station(replace(office.configuration(STATION, folder), fingerprint=line), config)
    reader = LocalReader("cards")
    cards = iter(office.operator(role) for role in (Role.OFFICER, Role.SUPERVISOR))

    def with_card(_: str | None) -> LocalReader:
        reader.remove()
        reader.insert(next(cards))
        return reader

    monkeypatch.setattr(holding, "reader_with_card", with_card)
    out = folder / "out.rescue"
    words = ["operator", "rescue", *map(str, memories), "--config", str(config), "--out", str(out)]
    return CliRunner().invoke(main, words, input=f"\n{PIN}\n\n{PIN}\n"), out


def test_the_command_hands_in_the_same(
    monkeypatch: pytest.MonkeyPatch,
    office: Office,
    opened_station: Path,
    dead: Path,
    helper: IdentityBench,
    tmp_path: Path,
) -> None:
    folder = Path(shutil.copytree(opened_station, tmp_path / "station"))
    told, out = rescue_by_command(monkeypatch, office, folder, [dead / "mirror", dead / "data"])
    assert told.exit_code == 0, told.output
    assert f"{VOTES} votes found" in told.output
    assert PIN not in told.output
    register = helper.identity.context.register
    assert register is not None
    statement = open_rescue(read_rescue(out.read_bytes()).act, register).statement
    assert (statement.found.cast, statement.log_length > 0) == (VOTES, True)


def test_the_command_says_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, office: Office, opened_station: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(opened_station, tmp_path / "station"))
    told, out = rescue_by_command(monkeypatch, office, folder, [tmp_path])
    assert (told.exit_code, out.exists()) == (2, False)
    assert "No votes of a terminal were found" in told.output
