"""Open an election's folder at headquarters: once per command, everything checked.

    election.toml   keys/   trustees/        headquarters.preparation: new_election
    contests/<id>/candidates.csv …           add_candidates
    requests/*.json   offices/*.json         brought from the devices, and from the offices
    package.amin   public/                   make_package
    operators/*.der   register.json          headquarters.registering: register_election
    bundles/*.bundle   import.json           headquarters.intake: import_into
    handles.json       decisions.json        import_into, adopt_decisions: provisional ballots
    result/                                  headquarters.batch_tally: tally

Every step reads what the earlier ones left, checks it again, and can be repeated until the next. A
`Workspace` holds what all steps after the package share, and no key: those are loaded where
something is signed or unsealed, and there only (`headquarters.authority`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crypto.election import BeleniosElection as EncryptedElection
from crypto.election import parse_election
from election import files, package, usb_drive
from election.because import because
from election.definition import ContestId, Election
from election.errors import ElectionError
from election.register import REGISTER_FILE
from headquarters.authority import load_root
from headquarters.election_config import PlanFile, read_plan
from headquarters.exclusion import DECISIONS_FILE
from headquarters.packaging import PACKAGE_FILE
from words.message import m

_LARGEST_FILE: Final = 256 * 1024 * 1024


class FolderError(ElectionError):
    """A step is missing or was done before; the message says which command comes first."""


@dataclass(frozen=True, slots=True)
class ElectionFolder:
    """The places of an election's files at headquarters. Nothing is opened."""

    path: Path

    @property
    def plan(self) -> Path:
        """The plan that people edit (`headquarters.election_config`)."""
        return self.path / "election.toml"

    @property
    def keys(self) -> Path:
        """The folder of headquarters' keys (`headquarters.authority`)."""
        return self.path / "keys"

    @property
    def trustees(self) -> Path:
        """The folder of the trustees (`headquarters.trustees`)."""
        return self.path / "trustees"

    @property
    def requests(self) -> Path:
        """The folder of the devices' enrolment requests."""
        return self.path / "requests"

    @property
    def package(self) -> Path:
        """The signed election package."""
        return self.path / PACKAGE_FILE

    def revision(self, number: int) -> Path:
        """Return the place of an earlier package, from 1 (`headquarters.revisions`)."""
        return self.path / "packages" / f"{number}.amin"

    @property
    def register(self) -> Path:
        """The register, whose SHA-256 is the election's number (`headquarters.registering`)."""
        return self.path / REGISTER_FILE

    @property
    def bundles(self) -> Path:
        """The folder of the closing bundles, each under its hash."""
        return self.path / "bundles"

    @property
    def import_report(self) -> Path:
        """The report of the last import (`headquarters.import_report`)."""
        return self.path / "import.json"

    @property
    def handles(self) -> Path:
        """The handles for the reconciliation office (`headquarters.exclusion`)."""
        return self.path / "handles.json"

    @property
    def decisions(self) -> Path:
        """The decisions about provisional ballots (`headquarters.decisions`)."""
        return self.path / DECISIONS_FILE

    @property
    def offices(self) -> Path:
        """The folder of what other offices ask for, and their certificates (`headquarters.offices`)."""
        return self.path / "offices"

    @property
    def result(self) -> Path:
        """The folder of archives, index and result."""
        return self.path / "result"

    def contest(self, contest: ContestId) -> Path:
        """Return the folder of a contest's candidate files."""
        return self.path / "contests" / contest


@dataclass(frozen=True, slots=True)
class Workspace:
    """An election's folder whose package was verified. It holds public data only."""

    folder: ElectionFolder
    root: bytes
    """Headquarters' root certificate (DER)."""
    election: Election
    package_digest: bytes
    """SHA-256 of the package that was sent to the branches."""
    encrypted: EncryptedElection

    @property
    def fingerprint(self) -> str:
        """The fingerprint φ of the encrypted election."""
        return self.encrypted.fingerprint


def open_workspace(folder: ElectionFolder) -> Workspace:
    """Verify the package like a device does, and keep what the steps after it need.

    Raises `FolderError` if there is no package yet, `AuthorityError`, `PackageError`.
    """
    if not folder.package.exists():
        raise FolderError(
            m("{package} is missing; make it with: amin election package", package=folder.package)
        )
    root = load_root(folder.keys)
    election, digest = open_sent_package(folder.package, root)
    return Workspace(folder, root, election, digest, parse_election(election.belenios_election))


def open_sent_package(path: Path, root: bytes) -> tuple[Election, bytes]:
    """Open a package that was sent to the branches, as no device does; return definition and digest.

    `root`: headquarters' root certificate. Raises `FolderError`, `PackageError`.
    """
    loaded = package.open_sent_package(read_file(path), root)
    return loaded.election, loaded.digest


def load_plan(folder: ElectionFolder) -> PlanFile:
    """Load the plan. Raises `ManifestError`, or `FolderError` if the election was not begun."""
    if not folder.plan.exists():
        raise FolderError(m("{plan} is missing; begin with: amin election new", plan=folder.plan))
    return read_plan(read_file(folder.plan), folder.plan.name)


def read_file(path: Path) -> bytes:
    """Read a file of the folder. Raises `FolderError`."""
    return _read(path, files.read_file)


def read_brought_file(path: Path) -> bytes:
    """Read a file that somebody brought, as from a USB drive (`usb_drive`). Raises `FolderError`."""
    return _read(path, usb_drive.read_brought)


def _read(path: Path, read: Callable[[Path, int], bytes]) -> bytes:
    try:
        return read(path, _LARGEST_FILE)
    except OSError as error:
        raise FolderError(
            m("{path} cannot be read: {reason}", path=path, reason=because(error))
        ) from error
