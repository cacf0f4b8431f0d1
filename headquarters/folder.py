"""An election's folder at headquarters, and the acts that lead from one step to the next.

    election.toml   keys/   trustees/        new_election
    contests/<id>/candidates.csv …           add_candidates
    requests/*.json                          brought from the devices
    package.amin   public/                   make_package
    bundles/*.bundle   import.json           import_into
    handles.json       decisions.json        import_into, adopt_decisions: provisional ballots
    result/                                  tally_into

Every act reads what the earlier ones left, checks it again, and can be repeated until the next.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from crypto import canonical
from crypto.certificates import read_holder
from crypto.election import parse_election
from crypto.errors import CryptoError
from election.because import because
from election.definition import ContestId, Election
from election.enrolment import EnrolmentRequest, read_request
from election.errors import ElectionError, ManifestError
from election.package import Expected, open_package
from election.package.wire import decode_content
from headquarters.authority import (
    Confirm,
    Validity,
    branch_card_key,
    create_authority,
    enrol,
    load_authority,
)
from headquarters.candidate_files import portraits_in, read_candidates, read_lists
from headquarters.candidates import ContestRules, Slate, make_slate
from headquarters.decisions import Signed, check_successor, read_decisions, verify
from headquarters.define import ElectionPlan, define_election, new_election_uuid
from headquarters.exclusion import DECISIONS_FILE, Settled, settle, write_handles
from headquarters.import_report import ImportReport, report_json
from headquarters.importing import BundleFile, Imported, import_bundles
from headquarters.packaging import PACKAGE_FILE, WrittenPackage, write_package
from headquarters.plan_file import PlanFile, plan_template, read_plan
from headquarters.reconciliation import create_office, public_key
from headquarters.tally.work import Progress, silent
from headquarters.trustees import (
    PUBLIC_FILE,
    adopt_trustees,
    create_trustees,
    load_trustees,
)
from words.message import Latin, m

CERTIFICATES_BEFORE = timedelta(days=180)
CERTIFICATES_AFTER = timedelta(days=365)
_FOR_EVER = timedelta(days=36500)
_LARGEST_BUNDLE = 256 * 1024 * 1024


class FolderError(ElectionError):
    """A step is missing or was done before; the message says which command comes first."""


@dataclass(frozen=True, slots=True)
class ElectionFolder:
    path: Path

    @property
    def plan(self) -> Path:
        return self.path / "election.toml"

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def trustees(self) -> Path:
        return self.path / "trustees"

    @property
    def requests(self) -> Path:
        return self.path / "requests"

    @property
    def package(self) -> Path:
        return self.path / PACKAGE_FILE

    @property
    def bundles(self) -> Path:
        return self.path / "bundles"

    @property
    def import_report(self) -> Path:
        return self.path / "import.json"

    @property
    def handles(self) -> Path:
        return self.path / "handles.json"

    @property
    def decisions(self) -> Path:
        return self.path / DECISIONS_FILE

    @property
    def reconciliation(self) -> Path:
        return self.path / "reconciliation"

    @property
    def result(self) -> Path:
        return self.path / "result"

    def contest(self, contest: ContestId) -> Path:
        return self.path / "contests" / contest


def new_election(
    folder: ElectionFolder,
    name: str,
    day: date,
    trustees: int | Path,
    now: datetime,
    confirm: Confirm,
) -> None:
    """Keys, trustees and a plan to edit. Raises `ElectionError`.

    `trustees`: how many to make here, or what a key ceremony published (its trustees.json).
    """
    if folder.plan.exists():
        raise FolderError(m("{plan} is there: this election was begun before", plan=folder.plan))
    folder.path.mkdir(parents=True, exist_ok=True)
    validity = Validity(now - timedelta(days=1), now + CERTIFICATES_AFTER + CERTIFICATES_BEFORE)
    authority = create_authority(folder.keys, name, validity, confirm)
    create_office(folder.reconciliation, authority, name, validity)
    if isinstance(trustees, Path):
        adopt_trustees(folder.trustees, trustees)
    else:
        create_trustees(folder.trustees, trustees, confirm)
    folder.requests.mkdir(exist_ok=True)
    folder.plan.write_text(plan_template(new_election_uuid(), name, day), encoding="utf-8")


def add_candidates(
    folder: ElectionFolder,
    contest: ContestId,
    candidates: Path,
    lists: Path | None,
    portraits: Path,
) -> Slate:
    """Check the files, keep copies, and return the contest as it would be. Raises `ManifestError`."""
    rules = _contest_rules(load_plan(folder), contest)
    slate = _slate(rules, candidates, lists, portraits)
    target = folder.contest(contest)
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(candidates, target / "candidates.csv")
    (target / "lists.csv").unlink(missing_ok=True)
    if lists is not None:
        shutil.copyfile(lists, target / "lists.csv")
    (target / "portraits").mkdir(exist_ok=True)
    for path in sorted(portraits.iterdir()):
        if path.is_file():
            shutil.copyfile(path, target / "portraits" / path.name)
    return slate


def make_package(
    folder: ElectionFolder, now: datetime, progress: Progress = silent
) -> WrittenPackage:
    """Enrol the devices that asked, define the election, sign the package."""
    steps = ["keys", "candidates", "devices", "definition", "package"]

    def done(step: str) -> None:
        progress("package", steps.index(step) + 1, len(steps))

    plan = load_plan(folder)
    authority = load_authority(folder.keys)
    trustees = load_trustees(folder.trustees / PUBLIC_FILE)
    done("keys")
    slates = [
        _slate(
            rules,
            folder.contest(rules.id) / "candidates.csv",
            _if_there(folder.contest(rules.id) / "lists.csv"),
            folder.contest(rules.id) / "portraits",
        )
        for rules in plan.contests
    ]
    done("candidates")
    validity = Validity(now - timedelta(days=1), plan.closes + CERTIFICATES_BEFORE)
    devices = enrol(
        authority,
        load_requests(folder),
        lambda branch: branch_card_key(folder.keys, branch),
        plan.uuid,
        validity,
    )
    done("devices")
    portraits = {digest: data for slate in slates for digest, data in slate.portraits.items()}
    election = define_election(
        ElectionPlan(
            plan.name,
            plan.day,
            plan.opens,
            plan.closes,
            tuple(slate.contest for slate in slates),
            plan.styles,
            plan.branches,
            plan.rules,
            tuple(_read(folder.path / name) for name in plan.country_signers),
        ),
        portraits,
        trustees,
        devices,
        authority.sealing_key.public_bytes,
        plan.uuid,
        public_key(folder.reconciliation),
    )
    done("definition")
    written = write_package(folder.path, election, trustees, portraits, authority)
    done("package")
    return written


def load_requests(folder: ElectionFolder) -> tuple[EnrolmentRequest, ...]:
    """The requests in the folder. Raises `EnrolmentError`, or `FolderError` if there is none."""
    paths = sorted(folder.requests.glob("*.json"))
    if not paths:
        raise FolderError(
            m(
                "no device has asked to be enrolled: put the requests (*.json) into {requests}",
                requests=folder.requests,
            )
        )
    return tuple(read_request(_read(path)) for path in paths)


def load_plan(folder: ElectionFolder) -> PlanFile:
    """Raises `ManifestError`, or `FolderError` if the election was not begun."""
    if not folder.plan.exists():
        raise FolderError(m("{plan} is missing; begin with: amin election new", plan=folder.plan))
    return read_plan(_read(folder.plan), folder.plan.name)


def load_election(folder: ElectionFolder) -> tuple[Election, bytes]:
    """The packaged definition and the package's digest; everything is verified like on a device."""
    if not folder.package.exists():
        raise FolderError(
            m("{package} is missing; make it with: amin election package", package=folder.package)
        )
    return open_sent_package(folder.package, load_authority(folder.keys).root)


def open_sent_package(path: Path, root: bytes) -> tuple[Election, bytes]:
    """Definition and digest of a package that was sent to the branches, read by no device.

    `root`: headquarters' root certificate. Raises `FolderError`, `PackageError`.
    """
    data = _read(path)
    try:
        envelope = canonical.decode(data)
        payload = envelope["payload"] if isinstance(envelope, dict) else None
        if not isinstance(payload, bytes):
            raise FolderError(m("{path} is damaged; make it again", path=path))
        election = decode_content(payload).election
        if not election.devices:
            raise FolderError(m("{path} has no devices; make it again", path=path))
        device = election.devices[0]
        key = read_holder(device.certificate).signing_key
    except (CryptoError, KeyError) as error:
        raise FolderError(m("{path} is damaged; make it again", path=path)) from error
    # Headquarters reads its own package long after the day, so it looks at it as of that day.
    expected = Expected(root, election.uuid, device.branch, device.id, key.raw, late=_FOR_EVER)
    loaded = open_package(data, expected, election.opens)
    return loaded.election, loaded.digest


def import_into(
    folder: ElectionFolder,
    bundles: Iterable[Path],
    now: datetime,
    *,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> ImportReport:
    """Keep copies of bundles under their hash, and check all that are there by now."""
    load_election(folder)
    folder.bundles.mkdir(exist_ok=True)
    for path in bundles:
        data = _read(path)
        name = f"{path.stem[:40]}-{hashlib.sha256(data).hexdigest()[:12]}.bundle"
        (folder.bundles / name).write_bytes(data)
    imported = import_stored(folder, now, executor, progress)
    folder.import_report.write_bytes(report_json(imported.report))
    election, _ = load_election(folder)
    fingerprint = parse_election(election.belenios_election).fingerprint
    handles = (each.handle for each in imported.provisional)
    folder.handles.write_bytes(write_handles(election.uuid, fingerprint, handles))
    return imported.report


def adopt_decisions(
    folder: ElectionFolder,
    file: Path,
    now: datetime,
    *,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> Settled:
    """Keep the decisions about provisional ballots, if they fit the ballots that were imported.

    Raises `DecisionError`; then nothing is kept. Decisions that were kept before stay.
    """
    data = _read(file)
    signed = _verified(folder, data, now)
    before = stored_decisions(folder, now)
    if before is not None:
        check_successor(before.statement, signed.statement)
    settled = settle(import_stored(folder, now, executor, progress), signed)
    unfinished = folder.decisions.with_suffix(".unfinished")
    unfinished.write_bytes(data)
    unfinished.replace(folder.decisions)
    return settled


def stored_decisions(folder: ElectionFolder, now: datetime) -> Signed | None:
    """The decisions that were kept, verified again; None if there are none. `DecisionError`."""
    if not folder.decisions.exists():
        return None
    return _verified(folder, _read(folder.decisions), now)


# ---------------------------------------------------------------- parts


def import_stored(
    folder: ElectionFolder, now: datetime, executor: Executor | None, progress: Progress
) -> Imported:
    """All bundles in the folder, checked again. Raises `FolderError` if there is none."""
    election, digest = load_election(folder)
    authority = load_authority(folder.keys)
    files = [BundleFile(path.name, _read(path)) for path in folder.bundles.glob("*.bundle")]
    if not files:
        raise FolderError(m("no bundle was imported; begin with: amin election import"))
    return import_bundles(
        election,
        digest,
        authority.root,
        authority.sealing_key,
        files,
        now,
        executor=executor,
        progress=progress,
    )


def _verified(folder: ElectionFolder, data: bytes, now: datetime) -> Signed:
    election, _ = load_election(folder)
    fingerprint = parse_election(election.belenios_election).fingerprint
    signed = read_decisions(data)
    verify(signed, load_authority(folder.keys).root, now, election.uuid, fingerprint)
    return signed


def _contest_rules(plan: PlanFile, contest: ContestId) -> ContestRules:
    found = next((rules for rules in plan.contests if rules.id == contest), None)
    if found is None:
        known = ", ".join(rules.id for rules in plan.contests)
        raise ManifestError(
            m(
                "there is no contest {contest} in election.toml; there are: {known}",
                contest=Latin(contest),
                known=Latin(known),
            )
        )
    return found


def _slate(rules: ContestRules, candidates: Path, lists: Path | None, portraits: Path) -> Slate:
    if not candidates.exists():
        raise FolderError(
            m(
                "contest {id} has no candidates; add them with: amin election add-candidates",
                id=rules.id,
            )
        )
    people = read_candidates(_read(candidates), portraits_in(portraits), candidates.name)
    named = () if lists is None else read_lists(_read(lists), lists.name)
    return make_slate(rules, people, named)


def _if_there(path: Path) -> Path | None:
    return path if path.exists() else None


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_BUNDLE:
            raise FolderError(m("{path} is too large", path=path))
        return path.read_bytes()
    except OSError as error:
        raise FolderError(
            m("{path} cannot be read: {reason}", path=path, reason=because(error))
        ) from error
