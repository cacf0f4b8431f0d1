"""Judge what is published of an election with `amin election verify`."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from crypto.archive import ArchiveWriter, read_entries, tar_header
from crypto.compact_json import dump
from election.register import number_of
from headquarters.authority import load_signer
from headquarters.index_document import (
    ARCHIVE_FILE,
    CONTEXT,
    INDEX_FILE,
    SIGNATURE_FILE,
    ListedBatch,
    write_index,
)
from headquarters.tally.archive_reader import read_archive
from headquarters.tally.decryption_proofs import proofs_path
from headquarters.trustees import load_private_keys, load_trustees
from headquarters.workspace import ElectionFolder
from tests.cases.trust.test_usb_drive import GIB
from tests.crypto.elections import VECTORS
from tests.headquarters import archives
from tests.headquarters.archives import take_apart
from tests.headquarters.forged import force_proofs, grind, status_of
from tests.headquarters.test_cli import day, people, run
from tests.headquarters.unlocking import unlock
from tests.page.running import run_page

__all__ = ["day", "people"]


def test_honest_publication(day: ElectionFolder) -> None:
    """Two ballots through all commands are valid, by the index and by the archive; no card came back."""
    number = number_of(day.register.read_bytes())
    for name, *option in (
        ("index.json", "--number", number),
        ("election.bel", "--root", day.keys / "root.der"),
    ):
        told = run("verify", day.result / name, *option)
        assert told.exit_code == 0, told.output
        lines = [line.split("\t") for line in told.stdout.splitlines()]
        assert {line[1] for line in lines if line[0] == "told"} <= {
            "register-rehearsal",
            "receipts-cover",
            "result-unread",
        }


def _a_vote(archive: Path) -> tuple[int, int]:
    """Question and row of a slot that is not blank."""
    rows = json.loads(take_apart(archive)[-1].objects[0])["result"]
    return next((i, j) for i, all_ in enumerate(rows) for j, row in enumerate(all_) if any(row))


def test_ground_decryption_in_an_archive(tmp_path: Path) -> None:
    """One trustee has made a vote an invalid row, with a proof that the reference tool accepts."""
    folder = VECTORS / "single-wide"
    archive = Path(shutil.copy(folder / "archive.bel", tmp_path / "election.bel"))
    owner = max(status_of(archive).partials)
    grind(
        archive,
        int(json.loads((folder / f"trustee{owner}.privkey").read_text())),
        *_a_vote(archive),
    )
    told = run("verify", archive)
    assert told.exit_code == 1
    assert told.output.startswith("encoding\t")
    assert "something in front of the code" in told.output


def test_ground_decryption_in_a_whole_election(
    day: ElectionFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Supplement and signed index are those of headquarters, which has not looked."""
    published = tmp_path / "result"
    shutil.copytree(day.result, published)
    archive = published / ARCHIVE_FILE
    keys = load_private_keys(day.trustees, load_trustees(day.trustees / "trustees.json"), unlock)
    with archive.open("rb") as stream:
        time = next(iter(read_entries(stream))).time
    monkeypatch.setattr(archives, "ArchiveWriter", lambda stream, _: ArchiveWriter(stream, time))
    grind(archive, keys[max(keys)], *_a_vote(archive))
    result = read_archive(archive).result
    assert result is not None
    minimum = json.loads((published / INDEX_FILE).read_bytes())["minimum"]
    write_index(
        published, [ListedBatch(".", ("branch-1",))], minimum, load_signer(day.keys, unlock), result
    )
    honest = proofs_path(archive).read_bytes()
    force_proofs(archive, {max(keys): keys[max(keys)]})
    forced = proofs_path(archive).read_bytes()
    assert forced != honest
    for proofs in (honest, forced):
        proofs_path(archive).write_bytes(proofs)
        told = run("verify", published / INDEX_FILE, "--root", day.keys / "root.der")
        assert told.exit_code == 1
        assert f"decryption-proof\t./decryptions.json\tthe strong proof of trustee {max(keys)}" in (
            told.output
        )


def test_an_election_without_its_strong_proofs(day: ElectionFolder, tmp_path: Path) -> None:
    published = tmp_path / "result"
    shutil.copytree(day.result, published)
    proofs_path(published / ARCHIVE_FILE).unlink()
    for name in (INDEX_FILE, ARCHIVE_FILE):
        told = run("verify", published / name, "--json")
        assert told.exit_code == 1
        reasons = [failure["reason"] for failure in json.loads(told.stdout)["failures"]]
        assert reasons == ["decryption-proof"] * 2


def test_an_archive_alone_says_what_stays_open(day: ElectionFolder, tmp_path: Path) -> None:
    archive = shutil.copy(day.result / ARCHIVE_FILE, tmp_path)
    told = run("verify", archive)
    assert told.exit_code == 3
    assert told.stdout.startswith("told\tdecryption-unproven\tPartialDecryption\t")
    value = json.loads(run("verify", archive, "--json").stdout)
    assert (value["valid"], value["supplement"]) == (True, None)
    assert [notice["reason"] for notice in value["told"]] == ["decryption-unproven"]
    (page,) = run_page([str(archive)])
    assert page["report"]["findings"] == []
    assert [notice["reason"] for notice in page["report"]["told"]] == ["decryption-unproven"]


def test_the_archive_of_others_is_proven_afterwards(tmp_path: Path) -> None:
    """From key and archive alone, whoever made the decryptions; then nothing is open."""
    folder = VECTORS / "single-wide"
    archive = Path(shutil.copy(folder / "archive.bel", tmp_path / "election.bel"))
    before = archive.read_bytes()
    for owner in (1, 2):
        key = folder / f"trustee{owner}.privkey"
        done = run("decrypt", archive, "--key", key, "--json")
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout) == {"decrypted": 1, "done already": 0}
        again = run("decrypt", archive, "--key", key, "--json")
        assert json.loads(again.stdout) == {"decrypted": 0, "done already": 1}
    assert archive.read_bytes() == before
    told = run("verify", archive)
    assert (told.exit_code, told.stdout.split(":")[0]) == (3, "valid")
    assert "device signatures" not in told.stdout


# ---------------------------------------------------------------- a member twice: two readers


@pytest.fixture
def published(day: ElectionFolder, tmp_path: Path) -> Path:
    """A copy of what is published."""
    return Path(shutil.copytree(day.result, tmp_path / "published"))


@pytest.mark.parametrize("name", ["boxes", "challenged", "stations", "spent", "lost", "acts"])
def test_member_twice_in_a_supplement(published: Path, name: str) -> None:
    """An empty list first, then the true one, which some readers would take alone."""
    path = published / "supplement" / f"{name}.json"
    text = path.read_text(encoding="utf-8")
    assert '"items"' in text
    path.write_text(text.replace("{", '{"items": [],', 1), encoding="utf-8")
    assert run("verify", published / INDEX_FILE).exit_code == 1


def test_member_twice_in_a_signed_index(day: ElectionFolder, published: Path) -> None:
    """Headquarters signs an index that says one thing to one reader, and another to the next."""
    index = published / INDEX_FILE
    text = index.read_text(encoding="utf-8").replace("{", '{"ballots": 900, "sums": [],', 1)
    index.write_text(text, encoding="utf-8")
    signer = load_signer(day.keys, unlock)
    (published / SIGNATURE_FILE).write_bytes(signer.key.sign(CONTEXT, text.encode()))
    told = run("verify", index)
    assert told.exit_code == 1
    assert "index-unreadable" in told.output


# ---------------------------------------------------------------- without bound


@pytest.mark.parametrize("name", ["boxes.json", "spent.json", "acts.json", "decryptions.json"])
def test_supplement_of_three_gib(published: Path, name: str) -> None:
    """A file of it is one large hole: refused by its size, and never read."""
    (path,) = published.rglob(name)
    with path.open("r+b") as file:
        file.truncate(3 * GIB)
    told = run("verify", published / INDEX_FILE)
    assert told.exit_code in {1, 2}
    assert len(told.output) < 20_000


def test_one_fault_is_told_once(tmp_path: Path) -> None:
    """An archive of 0.9 MB whose list of credentials is 300,000 empty texts."""
    vectors = VECTORS / "single"
    election, trustees = (
        (vectors / name).read_bytes().strip() for name in ("election.json", "trustees.json")
    )
    credentials = b"[" + b",".join([b'""'] * 300_000) + b"]"
    parts = {"election": election, "trustees": trustees, "credentials": credentials}
    link = dump({name: sha256(data).hexdigest() for name, data in parts.items()})
    event = dump({"height": 0, "type": "Setup", "payload": sha256(link).hexdigest()})
    time = 1_795_328_752
    path = tmp_path / "flood.bel"
    with path.open("wb") as file:
        for content, kind in (
            (b'{"version":1,"timestamp":"%d"}' % time, ""),
            *((data, ".data.json") for data in (*parts.values(), link)),
            (event, ".event.json"),
        ):
            name = sha256(content).hexdigest() + kind if kind else "BELENIOS"
            file.write(tar_header(name, len(content), time) + content + bytes(-len(content) % 512))
    told = run("verify", path, "--in-progress")
    assert told.exit_code == 1
    assert told.output.count("\n") < 1000


def test_index_in_capitals(published: Path) -> None:
    """As a USB drive that was written elsewhere has it."""
    capitals = (published / INDEX_FILE).rename(published / INDEX_FILE.upper())
    told = run("verify", capitals)
    assert told.exit_code in {0, 3, 4}, told.output
    assert "not a header" not in told.output
