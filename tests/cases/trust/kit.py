"""A small day at headquarters, from the set-ups of the project's own tests: votes, import,
publication.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner

from commands.verify import verify
from crypto.ballot import Ballot
from crypto.election import parse_election
from election.marks import Marks
from headquarters.archive_index import ListedBatch, write_index
from headquarters.counting import count_election
from headquarters.importing import BundleFile, DeviceEvidence, Imported, import_bundles
from headquarters.issued import StationEvidence
from headquarters.result import ElectionResult, default_parameters, make_result, write_result
from headquarters.tally.record import tally_election
from headquarters.trustees import load_private_keys
from tests.cases.runner import new_folder
from tests.headquarters.day import Terminal
from tests.headquarters.small import COUNCIL, EXPERTS, NOON, Headquarters, council, plan, set_up

LISTS = [each.code for each in council().contest.lists]
_EXPERTS = [each.code for each in plan().contests[1].candidates]
A_VOTE = (Marks(COUNCIL, list_code=LISTS[0]), Marks(EXPERTS, persons=(_EXPERTS[1],)))
B_VOTE = (Marks(COUNCIL, list_code=LISTS[1]), Marks(EXPERTS, persons=(_EXPERTS[0],)))
AFTER = NOON + timedelta(hours=8)


def headquarters() -> tuple[Headquarters, Terminal, Terminal]:
    """Headquarters and its two terminals with empty boxes."""
    folder = new_folder()
    hq = set_up(folder / "hq")
    one, two = (Terminal(hq, name, folder / name) for name in ("terminal-1", "terminal-2"))
    return hq, one, two


def package_digest(hq: Headquarters) -> bytes:
    return hashlib.sha256(hq.package).digest()


def bring(hq: Headquarters, *bundles: bytes) -> Imported:
    files = [BundleFile(f"{number}.bundle", data) for number, data in enumerate(bundles)]
    key = hq.authority.sealing_key
    return import_bundles(hq.election, package_digest(hq), hq.authority.root, key, files, AFTER)


def by_tracking(ballots: Sequence[Ballot]) -> tuple[Ballot, ...]:
    return tuple(sorted(ballots, key=lambda ballot: ballot.tracking))


def publish(
    hq: Headquarters,
    ballots: Sequence[Ballot],
    evidence: Sequence[DeviceEvidence],
    stations: Sequence[StationEvidence],
    branches: tuple[str, ...] = ("b-1",),
) -> tuple[Path, ElectionResult]:
    """Tally, archive, supplement and signed index as they are published; the index's path."""
    folder = new_folder() / "public"
    encrypted = parse_election(hq.election.belenios_election)
    keys = load_private_keys(hq.folder / "trustees", hq.trustees)
    record = tally_election(encrypted, hq.trustees, by_tracking(ballots), keys)
    counts = count_election(hq.election, record.result, len(ballots))
    result = make_result(
        hq.election, encrypted.fingerprint, counts, default_parameters(hq.election, "seed")
    )
    root = hq.authority.root
    time = int(AFTER.timestamp())
    write_result(folder, record, result, root, evidence, (), stations, timestamp=time)
    index = write_index(
        folder,
        [ListedBatch(".", branches)],
        1,
        root=root,
        signer=hq.authority.signer,
        signer_key=hq.authority.signer_key,
    )
    return index, result


def verified(file: Path, hq: Headquarters | None = None) -> tuple[int, str]:
    """Status and output of `amin election verify FILE`; `hq`: with its published root.

    An option that tells the verifier which devices there were goes in here: the signed package,
    say, which is `hq.package`.
    """
    options = []
    if hq is not None:
        root = new_folder() / "published-root.der"
        root.write_bytes(hq.authority.root)
        options = ["--root", str(root)]
    told = CliRunner().invoke(verify, [str(file), *options])
    lines = [line.split("; φ")[0] for line in told.output.strip().splitlines()]
    return told.exit_code, " | ".join(lines) or repr(told.exception)


def list_votes(result: ElectionResult) -> list[int]:
    return [each.ballots for each in result.contests[0].count.lists]
