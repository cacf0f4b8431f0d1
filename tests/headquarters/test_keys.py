"""Each step opens the package once, and no private key but those it signs or unseals with."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from election.marks import Marks
from election.package import open_sent_package
from election.provisional import new_handle
from election.register import REGISTER_FILE, number_of
from headquarters.decisions import read_decisions
from headquarters.operator_cards import REQUESTS_FOLDER
from headquarters.workspace import ElectionFolder, open_workspace
from tests.headquarters.day import Terminal
from tests.headquarters.test_operator_cards import ask
from tests.headquarters.test_provisional import (
    COUNCIL,
    begin,
    box,
    bundle,
    check_ins,
    fine,
    headquarters,
    make_devices,
    run,
)

ROOT, SIGNER, SEALING = "e/keys/root/root.key", "e/keys/signer.key", "e/keys/sealing.key"
TRUSTEES = ("e/trustees/trustee-1.key", "e/trustees/trustee-2.key")
OFFICER = ("officer/sealing.key", "officer/signing.key")
OBSERVER = "observer/signing.key"
VOTER = "0013542419"

Words = Callable[[Path], tuple[str | Path, ...]]
"""The command's words for a copy of the election."""


@dataclass(frozen=True, slots=True)
class Step:
    words: Words
    keys: tuple[str, ...] = ()
    """The private keys it needs."""
    packages: int = 0
    """How often it verifies the package."""
    decisions: int = 0
    """How often headquarters reads a file of decisions."""


def _root(at: Path) -> tuple[str | Path, ...]:
    """The option that names the published root, without which nothing of devices is checked."""
    return ("--root", at / "e" / "public" / "root.der")


def _number(at: Path) -> tuple[str, ...]:
    """The option that gives the number of the register."""
    return ("--number", number_of((at / "e" / REGISTER_FILE).read_bytes()))


STEPS = {
    "new": Step(
        lambda at: ("new", at / "other", "--name", "x", "--day", "2099-01-01", "--yes"),
    ),
    "add-candidates": Step(
        lambda at: (
            *("add-candidates", at / "e", "council"),
            *("--candidates", at / "people" / "candidates.csv"),
            *("--portraits", at / "people" / "portraits"),
        ),
    ),
    "package": Step(lambda at: ("package", at / "e", "--yes"), (ROOT, SIGNER)),
    "recordings": Step(
        lambda at: ("recordings", at / "e", "--films", at / "films"),
    ),
    "operator-cards": Step(lambda at: ("operator-cards", at / "e", at / "cards.csv"), (ROOT,)),
    "accuracy-deck": Step(lambda at: ("accuracy-deck", at / "e", at / "deck"), packages=1),
    "backup": Step(lambda at: ("backup", at / "e", at / "copy")),
    "register": Step(lambda at: ("register", at / "e", "--yes"), (SIGNER,), packages=1),
    "import": Step(
        lambda at: ("import", at / "e", *(at / "out").glob("*.bundle")), (SEALING,), packages=1
    ),
    "reconcile": Step(
        lambda at: (
            *("reconcile", at / "officer"),
            *("--package", at / "e" / "package.amin", "--root", at / "e" / "public" / "root.der"),
            *("--handles", at / "e" / "handles.json", "--voted", at / "out" / "voted.txt"),
            *("--out", at / "again.json", at / "out" / "station-1.bundle"),
        ),
        OFFICER,
        packages=1,
    ),
    "countersign": Step(
        lambda at: (
            *("countersign", at / "observer"),
            at / "out" / "decisions.json",
        ),
        (OBSERVER,),
    ),
    "exclude": Step(
        lambda at: ("exclude", at / "e", at / "out" / "decisions.json"),
        (SEALING,),
        packages=1,
        decisions=2,
    ),
    "batches": Step(
        lambda at: ("batches", at / "e", at / "target"), (SEALING,), packages=1, decisions=1
    ),
    "mix": Step(lambda at: ("mix", at / "begun", "--trustee", "1")),
    "decrypt": Step(lambda at: ("decrypt", at / "mixed", "--key", at / TRUSTEES[1]), TRUSTEES[1:]),
    "conclude": Step(lambda at: ("conclude", at / "e", at / "decrypted"), (SIGNER,), packages=1),
    "tally": Step(
        lambda at: ("tally", at / "e"), (SEALING, *TRUSTEES, SIGNER), packages=1, decisions=1
    ),
    "seats": Step(lambda at: ("seats", at / "e", "--seed", "s")),
    "verify": Step(lambda at: ("verify", at / "e" / "result" / "election.bel", *_root(at))),
    "index": Step(lambda at: ("verify", at / "e" / "result" / "index.json", *_number(at))),
    "check-page": Step(lambda at: ("check-page", at / "e", "-o", at / "page.html")),
}
NEEDED = [(name, key) for name, step in STEPS.items() for key in step.keys]


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An election after its last step, and the target after each step of the trustees."""
    at = tmp_path_factory.mktemp("keys")
    folder, devices, handle = ElectionFolder(at / "e"), make_devices(), new_handle()
    begin(folder, devices)
    fine(*STEPS["register"].words(at))
    hq = headquarters(folder, devices)
    digest = open_workspace(folder).package_digest
    terminal = Terminal(hq, "terminal-1", at / "media")
    person = hq.election.contests[0].candidates[0].code
    for chosen in (None, handle):
        terminal.vote(Marks(COUNCIL, persons=(person,)), handle=chosen)
    out = at / "out"
    out.mkdir()
    station = bundle(hq, digest, "station-1", check_ins(hq, 2, (handle, VOTER)))
    (out / "station-1.bundle").write_bytes(station)
    (out / "terminal-1.bundle").write_bytes(bundle(hq, digest, "terminal-1", box(terminal)))
    (out / "voted.txt").write_text("", encoding="utf-8")
    fine(*STEPS["import"].words(at))
    fine(*STEPS["reconcile"].words(at))
    (at / "again.json").rename(out / "decisions.json")
    for name in ("countersign", "exclude"):
        fine(*STEPS[name].words(at))
    fine("batches", folder.path, at / "begun")
    shutil.copytree(at / "begun", at / "mixed")
    for number in ("1", "2"):
        fine("mix", at / "mixed", "--trustee", number)
    shutil.copytree(at / "mixed", at / "decrypted")
    for key in TRUSTEES:
        fine("decrypt", at / "decrypted", "--key", at / key)
    fine("tally", folder.path)
    (at / "cards.csv").write_text("number,role,branch,district\n2001,officer,branch-1,\n")
    (folder.path / REQUESTS_FOLDER).mkdir()
    ask(folder, "2001")
    (at / "films").mkdir()
    (at / "films" / "films.csv").write_text("step,language,file\nmarking,psc,1.webp\n")
    (at / "films" / "1.webp").write_bytes(b"RIFF\x04\0\0\0WEBP")
    return at


@pytest.fixture
def at(counted: Path, tmp_path: Path) -> Path:
    return shutil.copytree(counted, tmp_path / "copy")


def words(at: Path, name: str) -> tuple[str | Path, ...]:
    """Return a step's words, after what is made once was taken away for the steps before it."""
    if name in {"add-candidates", "recordings", "operator-cards", "package", "register"}:
        (at / "e" / REGISTER_FILE).unlink()
    if name in {"add-candidates", "recordings", "package"}:
        (at / "e" / "package.amin").unlink()
    return STEPS[name].words(at)


@pytest.mark.parametrize("name", STEPS)
def test_a_step_works_without_every_key_it_does_not_need(at: Path, name: str) -> None:
    needed = {at / key for key in STEPS[name].keys}
    keys = set(at.rglob("*.key"))
    assert needed < keys
    for path in keys - needed:
        path.unlink()
    fine(*words(at, name))


@pytest.mark.parametrize(("name", "key"), NEEDED)
def test_a_missing_key_is_named(at: Path, name: str, key: str) -> None:
    (at / key).unlink()
    done = run(*words(at, name))
    assert done.exit_code == 2
    assert Path(key).name in done.output


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often a package was verified, and a file of decisions read."""
    times = {"packages": 0, "decisions": 0}

    def count_package(*arguments: object) -> object:
        times["packages"] += 1
        return open_sent_package(*arguments)  # type: ignore[arg-type]

    def count_decisions(data: bytes) -> object:
        times["decisions"] += 1
        return read_decisions(data)

    monkeypatch.setattr("election.package.open_sent_package", count_package)
    monkeypatch.setattr("headquarters.intake.read_decisions", count_decisions)
    return times


@pytest.mark.parametrize("name", STEPS)
def test_package_and_decisions_are_opened_once(at: Path, name: str, opened: dict[str, int]) -> None:
    step = STEPS[name]
    fine(*words(at, name))
    assert opened == {"packages": step.packages, "decisions": step.decisions}
