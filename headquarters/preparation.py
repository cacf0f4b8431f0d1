"""Prepare an election at headquarters: keys and plan, candidates, devices, the signed package."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from election.definition import ContestId
from election.document_codes import listed
from election.enrolment import EnrolmentError, EnrolmentRequest, read_request
from election.errors import ManifestError
from election.files import PRIVATE, PUBLIC, replace_file, write_new
from election.usb_drive import GatheredFiles
from headquarters import revisions
from headquarters.authority import (
    Confirm,
    Validity,
    branch_card_key,
    create_authority,
    enrol,
    load_authority,
)
from headquarters.beginning import beginning, exchanging, recover
from headquarters.candidate_files import read_candidates, read_lists
from headquarters.candidates import ContestRules, Slate, make_slate
from headquarters.definition_builder import ElectionPlan, define_election, new_election_uuid
from headquarters.device_list import read_devices
from headquarters.documents import check_trusted, trusted_of
from headquarters.election_config import Packages, PlanFile, plan_template
from headquarters.keepers import Unlock
from headquarters.key_folder import open_key_folder
from headquarters.names import check_title
from headquarters.offices import certify_offices
from headquarters.packaging import WrittenPackage, write_package
from headquarters.plan_check import check_day, check_listed, check_plan
from headquarters.portraits import read_portrait
from headquarters.progress import ProgressCallback, no_progress
from headquarters.recorded_lists import kept_recordings
from headquarters.spares import certify_spares
from headquarters.trustees import (
    PUBLIC_FILE,
    adopt_trustees,
    create_trustees,
    load_trustees,
)
from headquarters.workspace import (
    ElectionFolder,
    FolderError,
    check_version,
    load_plan,
    read_brought_file,
    read_file,
)
from words.message import m

CERTIFICATES_BEFORE = timedelta(days=180)
CERTIFICATES_AFTER = timedelta(days=365)


def new_election(
    folder: ElectionFolder,
    name: str,
    day: date,
    trustees: int | Path,
    now: datetime,
    confirm: Confirm,
    unlock: Unlock,
    *,
    rehearsal: bool = False,
) -> None:
    """Make keys, trustees and a plan to edit, all or nothing. Raises `ElectionError`, `OSError`.

    `trustees`: how many to make here, or what a key ceremony published (its trustees.json).
    `rehearsal`: no vote will count (`election.definition.Election.rehearsal`).
    """
    check_title(name)
    check_day(day, now)

    def fill(made: ElectionFolder) -> None:
        plan = plan_template(new_election_uuid(), name, day, rehearsal=rehearsal)
        write_new(made.plan, plan.encode(), PUBLIC)

    begin_election(folder, name, trustees, now, confirm, unlock, fill, rehearsal=rehearsal)


def begin_election(
    folder: ElectionFolder,
    name: str,
    trustees: int | Path,
    now: datetime,
    confirm: Confirm,
    unlock: Unlock,
    fill: Callable[[ElectionFolder], None],
    *,
    rehearsal: bool,
) -> None:
    """Make keys, trustees and what `fill` writes, all or nothing; arguments as `new_election` has them."""
    if folder.plan.exists():
        raise FolderError.of("{plan} is there: this election was begun before", plan=folder.plan)
    validity = Validity(now - timedelta(days=1), now + CERTIFICATES_AFTER + CERTIFICATES_BEFORE)
    with beginning(folder.path) as aside:
        made = ElectionFolder(aside)
        create_authority(
            made.keys,
            name,
            validity,
            confirm,
            unlock,
            rehearsal=rehearsal,
            shown=folder.keys,
        )
        if isinstance(trustees, Path):
            adopt_trustees(made.trustees, trustees)
        else:
            create_trustees(
                made.trustees,
                trustees,
                confirm,
                unlock,
                rehearsal=rehearsal,
                shown=folder.trustees,
            )
        made.requests.mkdir()
        made.offices.mkdir()
        fill(made)


def add_candidates(
    folder: ElectionFolder,
    contest: ContestId,
    candidates: Path,
    lists: Path | None,
    portraits: Path,
) -> Slate:
    """Check the files, keep copies, and return the contest as it would be.

    The copies of an earlier call go, whole; `candidates`, `lists` and `portraits` may be those.
    Raises `ManifestError`, `FolderError`, `OSError`.
    """
    check_not_packaged(folder)
    rules = _contest_rules(load_plan(folder), contest)
    kept = [("candidates.csv", read_file(candidates))]
    if lists is not None:
        kept.append(("lists.csv", read_file(lists)))
    pictures: dict[str, bytes] = {}

    def portrait(name: str) -> bytes:
        pictures[name] = read_portrait(portraits / name)
        return pictures[name]

    people = read_candidates(kept[0][1], portrait, candidates.name)
    named = () if lists is None else read_lists(kept[1][1], lists.name)
    slate = make_slate(rules, people, named)
    with exchanging(folder.contest(contest)) as target:
        (target / "portraits").mkdir()
        kept += [(f"portraits/{name}", data) for name, data in pictures.items()]
        for name, data in kept:
            write_new(target / name, data, PUBLIC)
    return slate


def make_package(
    folder: ElectionFolder,
    unlock: Unlock,
    now: datetime,
    progress: ProgressCallback = no_progress,
    *,
    root_folder: Path | None = None,
) -> WrittenPackage:
    """Enrol the devices that asked, define the election, sign the package: the next revision of it.

    `root_folder`: where the root's key lies, if it is not with the others. Raises `ElectionError`, `OSError`.
    """
    steps = ["keys", "candidates", "devices", "definition", "package"]

    def done(step: str) -> None:
        progress("package", steps.index(step) + 1, len(steps))

    check_not_registered(folder)
    plan = load_plan(folder)
    keys = open_key_folder(folder.keys, unlock)
    keys.check_use(plan.rehearsal)
    authority = load_authority(keys, unlock, root_folder)
    recover(folder.districts)
    before = revisions.packaged(folder, authority.root)
    divided = plan.packages is Packages.DISTRICTS
    if before is not None and divided != folder.package.is_dir():
        raise FolderError.of(
            "{package} is made, and devices may have loaded it: packages stays in election.toml as it was",
            package=folder.package,
        )
    trustees = load_trustees(folder.trustees / PUBLIC_FILE)
    done("keys")
    for rules in plan.contests:
        recover(folder.contest(rules.id))
    slates = [kept_slate(rules, folder.contest(rules.id)) for rules in plan.contests]
    check_plan(plan, now, folder.plan.name)
    trusted = trusted_of(plan, folder.path, folder.documents)
    check_trusted(plan, trusted)
    done("candidates")
    validity = Validity(now - timedelta(days=1), plan.closes + CERTIFICATES_BEFORE)
    requests = load_requests(folder)
    check_listed(plan, requests, read_devices(folder))
    devices = enrol(
        authority,
        requests,
        lambda branch: branch_card_key(keys, branch),
        plan.uuid,
        validity,
        revisions.enrolled(before),
    )
    certify_spares(folder, authority, plan.uuid, plan.branches, validity, requests)
    office = certify_offices(
        folder.offices, authority, plan.name.fa, validity, rehearsal=plan.rehearsal
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
            plan.day_rules,
            trusted,
            plan.rehearsal,
        ),
        portraits,
        trustees,
        devices,
        authority.sealing_public,
        plan.uuid,
        office,
    )
    done("definition")
    if before is not None:
        revisions.keep(folder, before, election)
    written = write_package(
        folder.path,
        election,
        trustees,
        portraits,
        authority,
        kept_recordings(folder),
        divided=divided,
        progress=progress,
    )
    codes = listed(election, lambda branch: branch_card_key(keys, branch))
    replace_file(folder.document_codes, codes.encode(), PRIVATE)
    done("package")
    return written


def load_requests(folder: ElectionFolder) -> tuple[EnrolmentRequest, ...]:
    """Read the requests in the folder, without hidden files (a Mac writes one beside each).

    Raises `EnrolmentError`, or `FolderError` if there is none.
    """
    paths = sorted(x for x in folder.requests.glob("*.json") if not x.name.startswith("."))
    if not paths:
        raise FolderError.of(
            "no device has asked to be enrolled: put the requests (*.json) into {requests}",
            requests=folder.requests,
        )
    gathered = GatheredFiles()
    return tuple(_request(path, gathered) for path in paths)


# ---------------------------------------------------------------- parts


def check_not_packaged(folder: ElectionFolder) -> None:
    """Raise `FolderError` if a package is made, the election is registered, or of an earlier version."""
    check_version(folder)
    check_not_registered(folder)
    if folder.package.exists():
        raise FolderError.of(
            "{package} is made, and devices may have loaded it: it stays as it is; only if none "
            "has loaded it, delete it and repeat",
            package=folder.package,
        )


def check_not_registered(folder: ElectionFolder) -> None:
    """Raise `FolderError` if the register is made."""
    if folder.register.exists():
        raise FolderError(
            m(
                "{register} is made, and its number published: no package is made after it",
                register=folder.register,
            )
        )


def _request(path: Path, gathered: GatheredFiles) -> EnrolmentRequest:
    try:
        return read_request(read_brought_file(path, gathered))
    except EnrolmentError as error:
        detail = m("{name}: {detail}", name=path.name, detail=error.message)
        raise EnrolmentError(error.reason, detail) from error


def _contest_rules(plan: PlanFile, contest: ContestId) -> ContestRules:
    found = next((rules for rules in plan.contests if rules.id == contest), None)
    if found is None:
        known = ", ".join(rules.id for rules in plan.contests)
        raise ManifestError.of(
            "there is no contest {contest} in election.toml; there are: {known}",
            contest=contest,
            known=known,
        )
    return found


def kept_slate(rules: ContestRules, folder: Path) -> Slate:
    """Return the contest of the copies that `add_candidates` keeps in `folder`, which is read only.

    Raises `ManifestError`, `FolderError`.
    """
    candidates, lists, portraits = (
        folder / x for x in ("candidates.csv", "lists.csv", "portraits")
    )
    if not candidates.exists():
        raise FolderError.of(
            "contest {id} has no candidates; add them with: amin election add-candidates",
            id=rules.id,
        )
    people = read_candidates(
        read_file(candidates), lambda name: read_portrait(portraits / name), candidates.name
    )
    named = read_lists(read_file(lists), lists.name) if lists.exists() else ()
    return make_slate(rules, people, named)
