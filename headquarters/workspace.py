"""Open an election's folder at headquarters: once per command, everything checked.

    election.toml   keys/   trustees/        headquarters.preparation: new_election
    contests/<id>/candidates.csv …           add_candidates
    requests/*.json   offices/*.json         brought from the devices, and from the offices
    requests/spares/<district>/*.json        headquarters.spares: certify_spares
    documents/*.cer   documents/*.crl        headquarters.documents: add_authorities
    recordings/*.json                        headquarters.recordings: put_recordings
    survey.csv                               headquarters.readiness: whether places are ready
    inventory.csv   goods.csv                headquarters.inventory_tables: numbers, goods
    package.amin, or districts/   public/    make_package (`headquarters.sent`)
    document-codes.txt                       make_package: secret, to be read out by telephone
    operators/*.der   spares/*.der   register.json     headquarters.registering: register_election
    acts/   rescues/   missing.json   rulings.json     headquarters.adopting: adopt
    handed-over/*.handover                   headquarters.handing_over: finish_handover
    bundles/*.bundle   import.json           headquarters.intake: import_into
    arrivals/                                headquarters.arrival_board: which branches are here
    set-aside/<reason>/*.bundle              headquarters.set_aside: what was refused
    journal.db                               headquarters.journal: what was checked already
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
from election import files, usb_drive
from election.because import because
from election.definition import ContestId, Election
from election.errors import ElectionError
from election.package.portraits import PACKAGE_FILE
from election.register import REGISTER_FILE, PublishedRegister, Register, open_published_register
from headquarters.authority import load_root
from headquarters.earlier_version import is_earlier
from headquarters.election_config import PlanFile, read_plan
from headquarters.exclusion import DECISIONS_FILE
from headquarters.handed_in import with_spares
from headquarters.published_acts import NO_ACTS, PublishedActs, read_acts
from headquarters.sent import DISTRICTS_FOLDER, REVISIONS_FOLDER, Sent, SentPackage, open_sent

SET_ASIDE: Final = "set-aside"
SPARES_FOLDER: Final = "spares"
"""Certificates of the districts' spares."""
_LARGEST_FILE: Final = 256 * 1024 * 1024


class FolderError(ElectionError):
    """A step is missing or was done before; the message says which command comes first."""


class _Place:
    """A file or folder of an election's folder."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, folder: ElectionFolder, owner: type[ElectionFolder]) -> Path:
        return folder.path / self._name


@dataclass(frozen=True, slots=True)
class ElectionFolder:
    """The places of an election's files at headquarters. Nothing is opened."""

    path: Path

    plan = _Place("election.toml")
    """The plan that people edit (`headquarters.election_config`)."""
    keys = _Place("keys")
    """The folder of headquarters' keys (`headquarters.authority`)."""
    document_codes = _Place("document-codes.txt")
    """Codes that let stations check more documents by eye (`election.document_codes`): secret."""
    trustees = _Place("trustees")
    """The folder of the trustees (`headquarters.trustees`)."""
    requests = _Place("requests")
    """The folder of the devices' enrolment requests."""
    documents = _Place("documents")
    """The folder of the authorities and revocation lists of identity documents (`headquarters.documents`)."""
    recorded = _Place("recordings")
    """The lists of recordings and films that the package vouches for (`headquarters.recordings`)."""
    roll = _Place("roll")
    """The folder of the roll that the package vouches for (`headquarters.roll`)."""
    roll_seed = _Place("roll/seed")
    """The secret of its blinds, until it is made: never copied."""
    register = _Place(REGISTER_FILE)
    """The register, whose SHA-256 is the election's number (`headquarters.registering`)."""
    brought_back = _Place("brought-back")
    """There where the folder came from a copy, after the register was made (`headquarters.backup`)."""
    handed_over = _Place("handed-over")
    """The folder of what was handed over to spares (`headquarters.handing_over`)."""
    bundles = _Place("bundles")
    """The folder of the closing bundles, each under its hash."""
    set_aside = _Place(SET_ASIDE)
    """The folder of what was brought and refused (`headquarters.set_aside`)."""
    import_report = _Place("import.json")
    """The report of the last import (`headquarters.import_report`)."""
    handles = _Place("handles.json")
    """The handles for the reconciliation office (`headquarters.exclusion`)."""
    decisions = _Place(DECISIONS_FILE)
    """The decisions about provisional ballots (`headquarters.decisions`)."""
    offices = _Place("offices")
    """What other offices ask for, and their certificates (`headquarters.offices`)."""
    result = _Place("result")
    """The folder of archives, index and result."""

    @property
    def package(self) -> Path:
        """The signed election package, or the folder of those of the districts (`headquarters.sent`)."""
        return self.districts if self.districts.exists() else self.path / PACKAGE_FILE

    districts = _Place(DISTRICTS_FOLDER)
    """The packages of the districts, if there is one for each."""

    def revision(self, number: int) -> Path:
        """Return the place of an earlier package, or packages, from 1 (`headquarters.revisions`)."""
        place = self.path / REVISIONS_FOLDER / str(number)
        return place if place.is_dir() else place.with_name(f"{number}.amin")

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
    """SHA-256 of the package that was sent to the branches; of the first one, if there are several."""
    encrypted: EncryptedElection
    published: PublishedRegister | None = None
    """The register; None before it is made."""
    acts: PublishedActs = NO_ACTS
    """Acts and lists about devices that were adopted (`headquarters.adopting`)."""
    packages: tuple[SentPackage, ...] = ()
    """All packages that were sent, where there is one for each district."""

    @property
    def fingerprint(self) -> str:
        """The fingerprint φ of the encrypted election."""
        return self.encrypted.fingerprint


def open_workspace(folder: ElectionFolder) -> Workspace:
    """Verify the package like a device does, and keep what the steps after it need.

    Spares that took over are among the devices, with the branch that their act gives them. Raises
    `FolderError` if there is no package yet or one is lost, `AuthorityError`, `PackageError`,
    `RegisterError`.
    """
    check_version(folder)
    if not folder.package.exists():
        raise FolderError.of(
            "{package} is missing; make it with: amin election package", package=folder.package
        )
    root = load_root(folder.keys)
    sent = open_sent_package(folder.package, root)
    election, digest = sent.election, sent.packages[0].digest
    encrypted = parse_election(election.belenios_election)
    if not folder.register.exists():
        return Workspace(folder, root, election, digest, encrypted, packages=sent.packages)
    published = open_published_register(read_file(folder.register), root)
    _check_whole(folder, election, published.register)
    acts = read_acts(folder.path, published)
    if acts.problems:
        ((reason, entry), *_) = acts.problems
        raise FolderError.of("{name}: {error}", name=entry, error=reason.sentence)
    election = with_spares(election, acts.takeovers, published.register)
    return Workspace(folder, root, election, digest, encrypted, published, acts, sent.packages)


def open_sent_package(path: Path, root: bytes) -> Sent:
    """Open what was sent to the branches, as no device does: a package, or the folder of the districts'.

    `root`: headquarters' root certificate. Raises `FolderError`, `ManifestError`, `PackageError`.
    """
    return open_sent(path, root, read_file)


def _check_whole(folder: ElectionFolder, election: Election, register: Register) -> None:
    """Raise `FolderError` where registered branches are in no package: nobody would miss their devices."""
    here = {branch.id for branch in election.branches}
    lost = sorted(branch for group in register.groups for branch in group if branch not in here)
    if lost:
        raise FolderError.of(
            "{package} lacks branch {branch}, which is registered: bring it back whole, from a copy",
            package=folder.package,
            branch=lost[0],
        )


def load_plan(folder: ElectionFolder) -> PlanFile:
    """Load the plan. Raises `ManifestError`, or `FolderError` if the election was not begun."""
    check_version(folder)
    if not folder.plan.exists():
        raise FolderError.of("{plan} is missing; begin with: amin election new", plan=folder.plan)
    return read_plan(read_file(folder.plan), folder.plan.name)


def check_version(folder: ElectionFolder) -> None:
    """Raise `FolderError` for the folder of an earlier version (`docs/adr/0064`)."""
    if is_earlier(folder.path):
        raise FolderError.of(
            "{folder} was begun with an earlier version of Amin, whose keys lie open; nothing is signed "
            "with them any more. Make the election anew of what people wrote there: amin election new NEW "
            "--from {folder}. An election that devices hold already is finished with that version",
            folder=folder.path,
        )


def read_file(path: Path) -> bytes:
    """Read a file of the folder. Raises `FolderError`."""
    return _read(path, files.read_file)


def read_brought_file(path: Path, gathered: usb_drive.GatheredFiles | None = None) -> bytes:
    """Read a file that somebody brought, as from a USB drive (`usb_drive`). Raises `FolderError`.

    `gathered`: the same for all files of a command, so that many of one folder cost what each alone costs.
    """
    return _read(path, usb_drive.read_brought if gathered is None else gathered.read)


def _read(path: Path, read: Callable[[Path, int], bytes]) -> bytes:
    try:
        return read(path, _LARGEST_FILE)
    except OSError as error:
        raise FolderError.of(
            "{path} cannot be read: {reason}", path=path, reason=because(error)
        ) from error
