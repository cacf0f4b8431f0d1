"""A whole day with every key closed, each office's in its own folder, and the root off line."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crypto.hybrid import HybridKey
from crypto.oprf import EvaluatorKey
from crypto.sealing import SealingKey
from election.errors import ElectionError
from election.marks import Marks
from election.provisional import new_handle
from election.register import number_of
from headquarters.authority import ROOT_FOLDER
from headquarters.key_folder import KeyFolder, open_key_folder
from headquarters.offices import Office
from headquarters.preparation import make_package
from headquarters.workspace import ElectionFolder, open_workspace
from tests.headquarters.day import Terminal
from tests.headquarters.test_provisional import (
    BRANCH,
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
from tests.headquarters.unlocking import card_key_of, own_folder, unlock

pytestmark = pytest.mark.slow
"""A whole count."""

VOTER = "0013542419"
PEM = b"PRIVATE KEY-----"
SEALING_PEM = b"BEGIN AMIN SEALING KEY"


@dataclass(frozen=True, slots=True)
class Offices:
    """Headquarters, the safe where its root is, and the other offices."""

    folder: ElectionFolder
    safe: Path
    secrets: tuple[bytes, ...]
    """Everything that must be nowhere in the clear."""

    def files(self) -> Iterator[Path]:
        """All files of the offices."""
        places = (self.folder.path, self.safe, *(own_folder(self.folder, each) for each in Office))
        for place in places:
            for top, _, names in os.walk(place):
                yield from (Path(top) / name for name in names)


def spellings(raw: bytes) -> tuple[bytes, ...]:
    """Return how a key could lie in a file: as it is, in hex digits, in base64 at each offset."""
    return (
        raw,
        raw.hex().encode(),
        raw.hex().upper().encode(),
        *(base64.b64encode(raw[at:])[4:-4] for at in range(3)),
    )


def pem_parts(pem: bytes) -> Iterator[bytes]:
    """Return the DER of each key in a PEM file, without the heads that all keys share."""
    for block in pem.split(b"-----BEGIN")[1:]:
        body = block.split(b"-----")[1] if block.startswith(b" ") else block
        yield base64.b64decode(body)[-32:]


def secrets_of(keys: KeyFolder, name: str) -> Iterator[bytes]:
    """Return the private bytes of a key in a folder."""
    if name.startswith("cards/"):
        yield card_key_of(keys.path, BRANCH)
    elif name.startswith("sealing"):
        yield keys.read(name, SealingKey.from_pem).raw
    elif name.startswith("pseudonyms"):
        yield keys.read(name, EvaluatorKey).to_bytes()
    else:
        yield from pem_parts(keys.read(name, HybridKey.from_pem).to_pem())


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Offices:
    """The day through the commands; after the package the root's key is taken away."""
    at = tmp_path_factory.mktemp("rest")
    folder, devices, handle = ElectionFolder(at / "e"), make_devices(), new_handle()
    begin(folder, devices)
    hq = headquarters(folder, devices)
    found: list[bytes] = []
    for place in (
        folder.keys,
        folder.keys / ROOT_FOLDER,
        *(own_folder(folder, each) for each in Office),
    ):
        keys = open_key_folder(place, unlock)
        for path in place.rglob("*.key"):
            if path.parent == place or path.parent.name == "cards":
                found += secrets_of(keys, str(path.relative_to(place)))
    safe = at / "safe"
    shutil.move(folder.keys / ROOT_FOLDER, safe)
    fine("register", folder.path, "--yes")
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
    fine("import", folder.path, *out.glob("*.bundle"))
    fine(
        *("reconcile", own_folder(folder, "officer"), "--package", folder.package),
        *("--root", folder.path / "public" / "root.der", "--handles", folder.handles),
        *("--voted", out / "voted.txt", "--out", out / "decisions.json"),
        out / "station-1.bundle",
    )
    fine("countersign", own_folder(folder, "observer"), out / "decisions.json")
    fine("exclude", folder.path, out / "decisions.json")
    fine("tally", folder.path)
    return Offices(folder, safe, tuple(found))


def test_the_day_is_whole_without_the_root(played: Offices) -> None:
    assert not (played.folder.keys / ROOT_FOLDER).exists()
    number = number_of(played.folder.register.read_bytes())
    told = fine("verify", played.folder.result / "index.json", "--number", number, "--json")
    assert json.loads(told.stdout)["valid"] is True


def test_no_key_lies_anywhere_in_the_clear(played: Offices) -> None:
    needles = {spelling for raw in played.secrets for spelling in spellings(raw)}
    # Both halves of five pairs and of the root, two sealing keys, one card key, the evaluator's scalar.
    assert len(played.secrets) == 2 * 6 + 2 + 1 + 1
    assert all(len(needle) >= 32 for needle in needles)
    read = 0
    for path in played.files():
        data = path.read_bytes()
        read += len(data)
        assert not any(needle in data for needle in needles), path
        assert PEM not in data, path
        assert SEALING_PEM not in data, path
    assert read > 100_000


def test_the_search_finds_a_key_in_the_clear(played: Offices, tmp_path: Path) -> None:
    """So that the test above can fail."""
    keys = open_key_folder(played.folder.keys, unlock)
    pem = keys.read("signer.key", HybridKey.from_pem).to_pem()
    assert any(spelling in pem for raw in played.secrets for spelling in spellings(raw)), (
        "in base64, at some offset"
    )
    del tmp_path


def test_nobody_enrols_without_the_root(played: Offices, tmp_path: Path) -> None:
    copy = ElectionFolder(tmp_path / "e")
    shutil.copytree(played.folder.path, copy.path)
    copy.register.unlink()
    refused = run("package", copy.path, "--yes")
    assert refused.exit_code == 2
    assert "root" in refused.output
    fine("package", copy.path, "--yes", "--root-key", played.safe)


def test_a_real_election_refuses_the_keys_of_a_rehearsal(played: Offices, tmp_path: Path) -> None:
    copy = ElectionFolder(tmp_path / "e")
    shutil.copytree(played.folder.path, copy.path)
    copy.register.unlink()
    copy.package.unlink()
    text = copy.plan.read_text(encoding="utf-8")
    assert "rehearsal = true " in text
    text = text.replace("rehearsal = true ", "rehearsal = false")
    copy.plan.write_text(text, encoding="utf-8")
    with pytest.raises(ElectionError, match="rehearsal"):
        make_package(copy, unlock, datetime.now(UTC), root_folder=played.safe)


def test_the_passphrase_is_asked_for_once(played: Offices, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from commands.main import main
    from tests.headquarters.unlocking import PASSPHRASE

    copy = ElectionFolder(tmp_path / "e")
    shutil.copytree(played.folder.path, copy.path)
    shutil.copytree(played.safe, copy.keys / ROOT_FOLDER)
    copy.register.unlink()
    told = CliRunner().invoke(
        main, ["election", "package", str(copy.path), "--yes"], input=f"{PASSPHRASE}\n"
    )
    assert told.exit_code == 0, told.output
    assert told.output.count("Your passphrase") == 1


def test_a_wrong_passphrase_ends_the_command(played: Offices, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("another passphrase, long enough\n", encoding="utf-8")
    from click.testing import CliRunner

    from commands.main import main

    words = ["conclude", str(played.folder.path), str(tmp_path), "--passphrase-file", str(wrong)]
    told = CliRunner().invoke(main, ["election", *words])
    assert told.exit_code == 2
    assert "stay closed" in told.output
