"""A small day at headquarters: votes, import, publication."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner

from commands.main import main
from election.bundle import BallotBox, Bundle, read_bundle
from election.definition import DeviceId
from election.definition_file import DEFINITION_FILE, definition_bytes
from election.marks import Marks
from election.register import REGISTER_FILE, SeatRule, number_of, write_register
from headquarters.authority import load_sealing_key, load_signer
from headquarters.importing import Imported
from headquarters.index_document import ListedBatch, write_index
from headquarters.registering import Offices, make_register
from tests.headquarters.at_once import BundleFile, import_bundles
from tests.headquarters.day import Terminal, count_ballots, registered_operators
from tests.headquarters.small import COUNCIL, EXPERTS, NOON, Headquarters, council, plan, set_up
from tests.headquarters.unlocking import unlock

_LISTS = [slate.code for slate in council().contest.lists]
_EXPERTS = [candidate.code for candidate in plan().contests[1].candidates]
A_VOTE = (Marks(COUNCIL, list_code=_LISTS[0]), Marks(EXPERTS, persons=(_EXPERTS[1],)))
B_VOTE = (Marks(COUNCIL, list_code=_LISTS[1]), Marks(EXPERTS, persons=(_EXPERTS[0],)))
AFTER = NOON + timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Day:
    """Headquarters, its two terminals, and the register that was published in the morning."""

    hq: Headquarters
    one: Terminal
    two: Terminal
    register: bytes

    @classmethod
    def begin(cls, folder: Path) -> Day:
        """Return a day on which nobody has voted yet."""
        hq = set_up(folder / "hq")
        register = register_of(hq)
        hq = replace(hq, number=bytes.fromhex(number_of(register)))
        one, two = (Terminal(hq, name, folder / name) for name in ("terminal-1", "terminal-2"))
        return cls(hq, one, two, register)

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
        files = [BundleFile(f"{number}.bundle", data) for number, data in enumerate(bundles)]
        return import_bundles(
            self.hq.election,
            package or self.package,
            self.hq.authority.root,
            load_sealing_key(self.hq.folder / "keys", unlock),
            files,
            AFTER,
        )


def box(terminal: Terminal) -> BallotBox:
    """Return what a terminal's bundle holds."""
    return terminal.box()


def register_of(hq: Headquarters) -> bytes:
    """Return what headquarters registers before the day."""
    made = make_register(
        hq.election,
        [hashlib.sha256(hq.package).digest()],
        hq.authority.root,
        hq.trustees,
        Offices(hq.authority.signer, None, None),
        SeatRule("candidate-votes", "largest-remainder", "a public source"),
        "another public source",
        (registered_operators(hq),),
        minimum=1,
    )
    return write_register(made, hq.authority.signer_key, hq.authority.signer)


def publish(
    day: Day, folder: Path, imported: Imported, branches: tuple[str, ...] = ("b-1",)
) -> Path:
    """Write tally, archive, supplement, register and signed index as they are published.

    Return the index's path.
    """
    _, result = count_ballots(folder, day.hq, imported, timestamp=int(AFTER.timestamp()))
    signer = load_signer(day.hq.folder / "keys", unlock)
    (folder / DEFINITION_FILE).write_bytes(definition_bytes(day.hq.election))
    (folder / REGISTER_FILE).write_bytes(day.register)
    return write_index(folder, [ListedBatch(".", branches)], 1, signer, result)


def verified(index: Path, register: bytes) -> tuple[int, str]:
    """Return status and output of `amin election verify` with the number of a register."""
    number = number_of(register)
    told = CliRunner().invoke(main, ["election", "verify", str(index), "--number", number])
    return told.exit_code, told.output
