"""Ballots, archives, and what trustees exchange."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from crypto import canonical, compact_json
from crypto.archive import read_entries, read_position
from crypto.ballot import Ballot, check_ballot, parse_ballot
from crypto.card_box import needed_key
from crypto.casting import BallotMaker, HomomorphicAnswer, SlotAnswer
from crypto.certificates import read_subject
from crypto.decryption import parse_partial_decryption
from crypto.election import BeleniosElection, parse_election, slot_integers
from crypto.embedding import EmbeddingTable
from crypto.errors import CryptoError
from crypto.hybrid import HybridKey, HybridPublicKey
from crypto.packing import pack, unpack
from crypto.strict_json import read_json
from crypto.threshold.certificates import TrusteePlace, check_certificate, parse_certificate
from crypto.threshold.dealing import parse_dealing
from crypto.threshold.messages import SealedMessage
from crypto.threshold.shares import open_decryption_key, parse_share
from crypto.trustee_key import read_private_key
from crypto.trustees import Trustees, check_trustees, parse_trustees
from headquarters.tally import relay
from headquarters.tally.archive_reader import read_archive
from headquarters.tally.decryption_proofs import parse_proofs, proofs_path
from headquarters.tally.steps import parse_shuffle
from headquarters.verification import verify_archive
from headquarters.verification.report import Findings
from headquarters.verification.strong import read_proof_file
from tests.crypto.elections import keys_and_trustees, small_election
from tests.crypto.threshold.vectors import SIZE, THRESHOLD, secret, step_file
from tests.election import samples
from tests.fuzz import frames
from tests.fuzz.target import Make, Target, scratch
from tests.headquarters.archives import rewrite, take_apart

TIMESTAMP: Final = 1_795_328_752
CODES: Final = range(1, 6)


@dataclass(frozen=True, slots=True)
class Counted:
    """A small election that was counted: one slot, one question with two candidates, two ballots."""

    election: BeleniosElection
    ballots: tuple[Ballot, ...]
    trustees: Trustees
    shuffles: tuple[bytes, ...]
    decryptions: tuple[bytes, ...]
    archive: bytes
    proofs: bytes
    """Of the decryptions."""


@cache
def counted(people: int = 2) -> Counted:
    """With so many trustees."""
    keys, trustees = keys_and_trustees(people)
    election = small_election(trustees, slots=1, candidates=2)
    table = EmbeddingTable.of_vectors(slot_integers(code) for code in (0, *CODES))
    maker = BallotMaker(election, table)
    ballots = tuple(
        maker.make(
            [SlotAnswer(slot_integers(code)), HomomorphicAnswer((0, 1, 0))], bytes([code]) * 32
        )
        for code in (1, 4)
    )
    with tempfile.TemporaryDirectory(prefix="amin-fuzz-") as folder:
        path = Path(folder) / "election.bel"
        begun = relay.begin(path, election, trustees, ballots, timestamp=TIMESTAMP)
        relay.finish(begun, [key.private_key for key in keys])
        steps = take_apart(path)
        return Counted(
            election,
            ballots,
            trustees,
            tuple(step.objects[0] for step in steps if step.kind == "Shuffle"),
            tuple(step.objects[0] for step in steps if step.kind == "PartialDecryption"),
            path.read_bytes(),
            proofs_path(path).read_bytes(),
        )


def crypto(read: Callable[[bytes], object], *corpus: bytes, share: float = 1.0) -> Target:
    """A parser that raises errors of the crypto room and nothing else."""
    return Target(read, corpus, (CryptoError,), share=share, short_share=share)


# ---------------------------------------------------------------- spellings


def canonicals() -> Target:
    value: canonical.CanonicalValue = {"a": [1, -2, b"bytes", "متن", True, None], "b": {"c": []}}

    def read(data: bytes) -> None:
        # One spelling for each value: what is read is what is written.
        assert canonical.encode(canonical.decode(data)) == data

    return crypto(read, canonical.encode(value), canonical.encode([list(range(40))] * 3))


def jsons() -> Target:
    texts = (b'{"a":[1,2,{"b":"\\\\"}],"c":null,"d":true}', b"[[[[]]]]", b'"text"')

    def read(data: bytes) -> None:
        with suppress(CryptoError):
            read_json(data)
        compact_json.load_compact(data)

    return crypto(read, *texts)


# ---------------------------------------------------------------- ballots


def elections() -> Target:
    return crypto(parse_election, counted().election.text)


def ballot_texts() -> Target:
    election, ballots = counted().election, counted().ballots
    good = {ballot.text for ballot in ballots}

    def read(data: bytes) -> None:
        # Whatever can be read is no ballot unless it is one of those that were cast.
        check_ballot(election, parse_ballot(election, data))
        assert data in good

    return crypto(read, *good)


def packed_ballots() -> Target:
    election, ballots = counted().election, counted().ballots

    def read(data: bytes) -> None:
        assert pack(unpack(election, data)) == data

    return crypto(read, *map(pack, ballots))


# ---------------------------------------------------------------- tally


def trustee_lists() -> Target:
    pedersen = Path("tests/vectors/belenios/pedersen/trustees.json")
    threshold = (Path(__file__).parents[2] / pedersen).read_bytes().rstrip(b"\n")

    def read(data: bytes) -> None:
        check_trustees(parse_trustees(data))

    return crypto(read, counted().trustees.text, threshold, share=0.3)


def decryptions() -> Target:
    return crypto(parse_partial_decryption, *counted().decryptions)


def shuffles() -> Target:
    return crypto(parse_shuffle, *counted().shuffles)


def private_keys() -> Target:
    return crypto(read_private_key, b'"12345678901234567890"', b'"1"')


def threshold_certificates() -> Target:
    place = TrusteePlace(SIZE, THRESHOLD, 1)
    return crypto(
        lambda data: check_certificate(parse_certificate(data), place),
        step_file(1, "cert"),
        share=0.5,
    )


def threshold_steps() -> Target:
    def read(data: bytes) -> None:
        with suppress(CryptoError):
            parse_dealing(data, SIZE)
        with suppress(CryptoError):
            parse_share(data)

    steps = (step_file(1, step) for step in ("polynomial", "voutput"))
    return crypto(read, *steps, share=0.3)


def decryption_keys() -> Target:
    trustee = secret(1)
    return crypto(
        lambda data: open_decryption_key(trustee, SealedMessage.parse(data.decode("latin-1"))),
        step_file(1, "dkey"),
        share=0.5,
    )


def card_boxes() -> Target:
    box: compact_json.ParsedJson = {
        "algorithm": "ecdh-p256",
        "key": "ab" * 32,
        "exchange": "cd" * 65,
        "data": "ef" * 40,
    }
    return crypto(lambda data: needed_key(read_json(data)), compact_json.dump(box))


# ---------------------------------------------------------------- keys


def device_certificates() -> Target:
    sample = samples.sample()
    return crypto(read_subject, sample.signer, sample.election.devices[0].certificate)


def device_keys() -> Target:
    return crypto(HybridPublicKey.from_bytes, HybridKey.generate().public_bytes)


# ---------------------------------------------------------------- archives


def archive_entries() -> Target:
    archive = counted().archive

    def read(data: bytes) -> None:
        list(read_entries(io.BytesIO(data)))

    return crypto(read, archive)


def archive_files() -> Target:
    """Where an archive goes on, and what an index takes from it."""
    path = scratch("archive-file") / "election.bel"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        with suppress(CryptoError):
            read_position(path)
        read_archive(path)

    return crypto(read, counted().archive, share=0.05)


def proof_files() -> Target:
    """The strong proofs of decryptions: both readers take the same files, in one spelling each."""
    path = scratch("proofs") / "decryptions.json"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        findings = Findings()
        with findings.catching(path.name):
            read_proof_file(path)
        try:
            assert parse_proofs(data).text == data
        except CryptoError:
            assert findings.all()
            raise
        assert not findings.all()

    return crypto(read, counted().proofs)


def archives() -> Target:
    """The verifier never raises, and accepts nothing but the archive that was written."""
    path = scratch("archive") / "election.bel"
    good = counted().archive

    def read(data: bytes) -> None:
        path.write_bytes(data)
        assert verify_archive(path).ok == (data == good)

    return Target(read, (good,), (), share=0.01, short_share=0.015)


def archives_inside() -> Target:
    """Changed contents under hashes that are right again, so that every rule gets to see them."""
    folder = scratch("archive-inside")
    source, path = folder / "good.bel", folder / "election.bel"
    source.write_bytes(counted().archive)
    with source.open("rb") as stream:
        contents = [entry.content for entry in list(read_entries(stream))[1:]]

    def read(data: bytes) -> None:
        changed = frames.unpack(data)[: len(contents)]
        changed += contents[len(changed) :]
        rewrite(path, source, lambda number, _: changed[number - 1])
        assert not verify_archive(path).ok or changed == contents

    return Target(read, (frames.pack(contents),), (), framed=True, share=0.01, short_share=0.015)


TARGETS: Final[Mapping[str, Make]] = {
    "canonical": canonicals,
    "json": jsons,
    "election": elections,
    "ballot": ballot_texts,
    "packed-ballot": packed_ballots,
    "trustees": trustee_lists,
    "decryption": decryptions,
    "shuffle": shuffles,
    "private-key": private_keys,
    "threshold-certificate": threshold_certificates,
    "threshold-step": threshold_steps,
    "decryption-key": decryption_keys,
    "card-box": card_boxes,
    "device-certificate": device_certificates,
    "device-key": device_keys,
    "archive-entries": archive_entries,
    "archive-file": archive_files,
    "decryption-proofs": proof_files,
    "archive": archives,
    "archive-inside": archives_inside,
}
