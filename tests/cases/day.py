"""A small day at headquarters: votes, import, publication."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner

from commands.verify import verify
from crypto.ballot import Ballot
from crypto.election import parse_election
from election.bundle import BallotBox, Bundle, read_bundle
from election.definition import DeviceId
from election.marks import Marks
from headquarters.archive_index import ListedBatch, write_index
from headquarters.counting import count_election
from headquarters.importing import BundleFile, DeviceEvidence, Imported, import_bundles
from headquarters.issued import StationEvidence
from headquarters.result import default_parameters, make_result, write_result
from headquarters.tally.record import tally_election
from headquarters.trustees import load_private_keys
from tests.headquarters.day import Terminal
from tests.headquarters.small import COUNCIL, EXPERTS, NOON, Headquarters, council, plan, set_up

_LISTS = [each.code for each in council().contest.lists]
_EXPERTS = [each.code for each in plan().contests[1].candidates]
A_VOTE = (Marks(COUNCIL, list_code=_LISTS[0]), Marks(EXPERTS, persons=(_EXPERTS[1],)))
B_VOTE = (Marks(COUNCIL, list_code=_LISTS[1]), Marks(EXPERTS, persons=(_EXPERTS[0],)))
AFTER = NOON + timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Day:
    """Headquarters and its two terminals."""

    hq: Headquarters
    one: Terminal
    two: Terminal

    @classmethod
    def begin(cls, folder: Path) -> Day:
        """Return a day on which nobody has voted yet."""
        hq = set_up(folder / "hq")
        return cls(
            hq, *(Terminal(hq, name, folder / name) for name in ("terminal-1", "terminal-2"))
        )

    @property
    def package(self) -> bytes:
        """Digest of the package that the devices loaded."""
        return hashlib.sha256(self.hq.package).digest()

    def certificate(self, name: str) -> bytes:
        """Return the certificate of a device."""
        listed = self.hq.election.device(DeviceId(name))
        assert listed is not None
        return listed.certificate

    def read(self, bundle: bytes) -> Bundle:
        """Return the bundle as headquarters reads it. Raises `BundleError`."""
        return read_bundle(bundle, self.hq.election, self.hq.authority.root, AFTER)

    def bring(self, *bundles: bytes, package: bytes | None = None) -> Imported:
        """Import bundles of `package`, or of the day's."""
        authority = self.hq.authority
        files = [BundleFile(f"{number}.bundle", data) for number, data in enumerate(bundles)]
        return import_bundles(
            self.hq.election,
            package or self.package,
            authority.root,
            authority.sealing_key,
            files,
            AFTER,
        )


def box(terminal: Terminal) -> BallotBox:
    """Return what a terminal's bundle holds."""
    store = terminal.store
    return BallotBox(store.records(), store.signed_root(), store.spent())


def publish(
    day: Day,
    folder: Path,
    ballots: Sequence[Ballot],
    evidence: Sequence[DeviceEvidence],
    stations: Sequence[StationEvidence],
) -> Path:
    """Write tally, archive, supplement and signed index as they are published; the index's path."""
    election, authority = day.hq.election, day.hq.authority
    encrypted = parse_election(election.belenios_election)
    keys = load_private_keys(day.hq.folder / "trustees", day.hq.trustees)
    by_tracking = sorted(ballots, key=lambda ballot: ballot.tracking)
    record = tally_election(encrypted, day.hq.trustees, by_tracking, keys)
    counts = count_election(election, record.result, len(ballots))
    parameters = default_parameters(election, "seed")
    result = make_result(election, encrypted.fingerprint, counts, parameters)
    time = int(AFTER.timestamp())
    write_result(folder, record, result, authority.root, evidence, (), stations, timestamp=time)
    return write_index(
        folder,
        [ListedBatch(".", ("b-1",))],
        1,
        root=authority.root,
        signer=authority.signer,
        signer_key=authority.signer_key,
    )


def verified(index: Path, root: bytes) -> tuple[int, str]:
    """Return status and output of `amin election verify` with the published root."""
    published = index.with_name("published-root.der")
    published.write_bytes(root)
    told = CliRunner().invoke(verify, [str(index), "--root", str(published)])
    return told.exit_code, told.output
