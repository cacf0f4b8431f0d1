"""What is published after the day: the supplement of an archive, and the index."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from crypto.archive import read_position
from crypto.ballot import Ballot, check_ballot, parse_ballot
from crypto.decryption import parse_partial_decryption
from crypto.group import SeededScalars
from crypto.result import SlotRows, TallyResult
from crypto.strong_decryption import prove_strong_decryption, verify_strong_decryption
from election.records import RecordKind
from headquarters.archive_index import verify_index
from headquarters.authority import Signer
from headquarters.batches import make_batches
from headquarters.exclusion import settle
from headquarters.index_document import (
    ARCHIVE_FILE,
    INDEX_FILE,
    SIGNATURE_FILE,
    ListedBatch,
    write_index,
)
from headquarters.published_evidence import write_evidence
from headquarters.supplement import SUPPLEMENT_FOLDER, check_supplement, write_supplement
from headquarters.tally import relay
from headquarters.tally.archive_reader import read_archive
from headquarters.tally.archive_status import ArchiveStatus, read_status
from headquarters.tally.decryption_proofs import PROOFS_FILE, DecryptionProofs, parse_proofs
from headquarters.tally.steps import (
    after_shuffle,
    check_shuffle,
    count_result,
    parse_shuffle,
    tally_ballots,
)
from tests.golden.branch_files import bundle_file, station_bundle, terminal_bundle
from tests.golden.day import OUT, World
from tests.golden.document import Document, stored_files, unpack_into
from tests.golden.headquarters_files import package_digest
from tests.golden.office_files import decisions
from tests.golden.people import BRANCH, EVENING, OTHER_BRANCH
from tests.golden.vault import FOLDER, seed
from tests.headquarters.archives import take_apart
from tests.headquarters.at_once import BundleFile, import_bundles

ARCHIVE = FOLDER / ARCHIVE_FILE
"""Counted once: mixing draws fresh randomness."""


def _write_supplement(world: World) -> Mapping[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        supplement_into(place, world)
        (place / PROOFS_FILE).write_bytes(_prove(world).text)
        return {
            str(path.relative_to(place)): path.read_bytes()
            for path in sorted(place.rglob("*"))
            if path.is_file()
        }


def supplement_into(place: Path, world: World) -> None:
    """What headquarters publishes beside the archive, from the two bundles."""
    bundles = [
        BundleFile("terminal", bundle_file(world, terminal_bundle(world))),
        BundleFile("station", bundle_file(world, station_bundle(world))),
    ]
    key = world.people.sealing["headquarters"]
    imported = import_bundles(
        world.election, package_digest(world), world.people.root, key, bundles, EVENING
    )
    assert (imported.report.rejected, imported.report.refused) == ((), ())
    settled = settle(imported, decisions(world))
    (batch,) = make_batches(world.election, settled.imported, 1, settled.excluded)
    write_supplement(
        place,
        world.people.root,
        batch.evidence,
        batch.spoiled,
        batch.stations,
        batch.excluded,
        settled.decisions,
    )
    write_evidence(place, batch.stations, 1)


def standing() -> ArchiveStatus:
    """What the archive holds."""
    return read_status(ARCHIVE, read_position(ARCHIVE), {})


def _prove(world: World) -> DecryptionProofs:
    """The strong proofs of the archive's decryptions, with fixed nonces."""
    counted, keys = standing(), world.threshold.decryption_keys
    proofs = {
        owner: prove_strong_decryption(
            counted.statement(owner),
            keys[owner],
            SeededScalars(seed("strong decryption"), b"%d" % owner),
        )
        for owner in counted.partials
    }
    return DecryptionProofs(counted.event, proofs)


def _read_supplement(world: World, files: Mapping[str, bytes]) -> object:
    found, counted = parse_proofs(files[PROOFS_FILE]), standing()
    assert (found.event, found.proofs.keys()) == (counted.event, counted.partials.keys())
    for owner, proof in found.proofs.items():
        verify_strong_decryption(counted.statement(owner), proof)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        unpack_into(place, files)
        return check_supplement(place, ARCHIVE, world.people.root)


def _write_index(world: World) -> Mapping[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / ARCHIVE_FILE).write_bytes(ARCHIVE.read_bytes())
        unpack_into(place / SUPPLEMENT_FOLDER, stored_files("supplement"))
        write_index(
            place,
            [ListedBatch(".", (BRANCH, OTHER_BRANCH))],
            2,
            Signer(
                world.people.root,
                world.people.certificates["signer"],
                world.people.keys["signer"],
            ),
            _result(),
        )
        names = (INDEX_FILE, SIGNATURE_FILE)
        return {name: (place / name).read_bytes() for name in names}


def _result() -> TallyResult:
    result = read_archive(ARCHIVE).result
    assert result is not None
    return result


def _read_index(world: World, files: Mapping[str, bytes]) -> object:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        index_into(place, world, files)
        report = verify_index(place / INDEX_FILE, world.people.root)
    return report.fingerprint, report.ballots, report.failures


def index_into(place: Path, world: World, files: Mapping[str, bytes]) -> None:
    """The published folder: index, archive, supplement and certificates."""
    unpack_into(place, files)
    (place / ARCHIVE_FILE).write_bytes(ARCHIVE.read_bytes())
    (place / "root.der").write_bytes(world.people.root)
    (place / "signer.der").write_bytes(world.people.certificates["signer"])
    unpack_into(place / SUPPLEMENT_FOLDER, stored_files("supplement"))


def _counted(world: World) -> list[Ballot]:
    """The ballots that are not left out, in the archive's order."""
    return sorted(
        (c.ballot for c in world.cast if c.kind is RecordKind.CAST and c.handle != OUT),
        key=lambda ballot: ballot.digest,
    )


def tally(world: World, path: Path) -> None:
    """Count the ballots, and write the archive."""
    keys = world.threshold.decryption_keys
    trustees = world.threshold.trustees
    timestamp = int(EVENING.timestamp())
    begun = relay.begin(path, world.encrypted, trustees, _counted(world), timestamp=timestamp)
    relay.finish(begun, keys.values())


def _write_tally(world: World) -> Mapping[str, bytes]:
    found = tally_ballots(world.encrypted, _counted(world))
    return {"tally.json": found.text, "sized.json": found.sized_text}


def _read_archive(world: World, files: Mapping[str, bytes]) -> object:
    """Check every step of the archive as a trustee does (`index` has the independent verifier)."""
    steps = take_apart(ARCHIVE)
    (tallied,) = (step for step in steps if step.kind == "EncryptedTally")
    assert tallied.objects == [files["tally.json"]]
    ballots = [
        parse_ballot(world.encrypted, step.objects[0]) for step in steps if step.kind == "Ballot"
    ]
    for ballot in ballots:
        check_ballot(world.encrypted, ballot)
    lists = tally_ballots(world.encrypted, ballots).lists
    for step in steps:
        if step.kind == "Shuffle":
            shuffle = parse_shuffle(step.objects[0])
            check_shuffle(world.encrypted, lists, shuffle)
            lists = after_shuffle(world.encrypted, lists, shuffle)
    partials = {
        step.owner: parse_partial_decryption(step.objects[0])
        for step in steps
        if step.kind == "PartialDecryption" and step.owner is not None
    }
    trustees = world.threshold.trustees
    result = count_result(world.encrypted, trustees, lists, len(ballots), partials)
    assert [step.objects for step in steps if step.kind == "Result"] == [[result.text]]
    return [
        sorted(question.codes) if isinstance(question, SlotRows) else question.counts
        for question in result.questions
    ]


DOCUMENTS = (
    Document(
        "archive",
        _write_tally,
        _read_archive,
        lambda _: [[1, 1002, 9999], [0, 0, 1000], (1, 1, 1)],
    ),
    Document("supplement", _write_supplement, _read_supplement, lambda _: ()),
    Document(
        "index",
        _write_index,
        _read_index,
        lambda world: (world.encrypted.fingerprint, 3, []),
    ),
)
