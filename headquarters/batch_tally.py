"""Lead from imported ballots to the signed result: begin → mix → decrypt → conclude.

    TARGET/batches.json                 which branches are in which batch (`headquarters.batch_list`)
    TARGET/batch-001/election.bel       grows with every step (`headquarters.tally.relay`)
    TARGET/batch-001/supplement/        what the terminals signed
    TARGET/index.json, index.sig …      signed at the end (`headquarters.archive_index`)
    TARGET/provisional.json             how many provisional ballots were counted and how many not
    TARGET/result.json, result.*.txt    the sums, and the seats (the commands add a report in seats/)
    TARGET/lot-seats.json               the value that separates equals, recorded last (`headquarters.lots`)

A lone batch lies in TARGET itself. TARGET is carried from trustee to trustee, who run `mix` and
`decrypt` (`headquarters.trustee_steps`); every step can be repeated, and what is done already is left
alone. `tally` takes the same steps at one machine, batch after batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from crypto.result import TallyResult, add_up
from election.files import PUBLIC, replace_file
from headquarters.adopting import publish_acts
from headquarters.authority import Signer, load_signer
from headquarters.batch_list import (
    LIST_FILE,
    BatchList,
    archives_in,
    read_batch_list,
    write_batch_list,
)
from headquarters.batch_plan import BatchPlan, plan_count
from headquarters.batches import MINIMUM_BALLOTS
from headquarters.election_config import PlanFile
from headquarters.exclusion import NUMBERS_FILE, FinalBallots, numbers_json
from headquarters.index_document import ARCHIVE_FILE, interim_index, write_index
from headquarters.intake import Accept, settle_stored
from headquarters.keepers import Unlock
from headquarters.lots import check_no_lot, write_result
from headquarters.progress import no_progress
from headquarters.published_evidence import write_evidence
from headquarters.registering import publish_register
from headquarters.result import ElectionResult, Interim
from headquarters.supplement import SUPPLEMENT_FOLDER, write_supplement
from headquarters.tally import relay
from headquarters.tally.archive_status import ArchiveStatus
from headquarters.tally.work import ALONE, Work
from headquarters.trustees import PUBLIC_FILE, load_private_keys, load_trustees
from headquarters.workspace import FolderError, Workspace, load_plan


def begin(
    workspace: Workspace,
    unlock: Unlock,
    target: Path,
    now: datetime,
    accept: Accept,
    *,
    minimum: int = MINIMUM_BALLOTS,
    work: Work = ALONE,
) -> BatchList:
    """Check all bundles again and write one archive per batch, up to the encrypted tally.

    With a register, branches wait whose devices are pending, and a target with an interim index is gone on
    with (`headquarters.batch_plan`). Raises `FolderError` for an import that is neither sound nor accepted, a
    target in use, or nothing to publish yet.
    """
    check_no_lot(target)
    if (target / LIST_FILE).exists() and interim_index(target) is None:
        raise FolderError.of(
            "{target} holds batches already; go on with: amin election mix", target=target
        )
    ballots = settle_stored(workspace, unlock, now, accept, work)
    plan = plan_count(workspace, target, ballots, minimum)
    for _ in _begin_each(workspace, target, ballots, plan, now, work):
        pass
    return plan.listed


def conclude(
    workspace: Workspace, unlock: Unlock, target: Path, work: Work = ALONE
) -> ElectionResult:
    """Add the results that are missing, sum them up, allocate the seats, and sign the index.

    Raises `RelayError` if an archive is not decrypted yet, or a decryption has no strong proof.
    """
    end = _End.prepare(workspace, unlock, target)
    listed = read_batch_list(target)
    archives = archives_in(target)
    results, ballots = [], 0
    for done, archive in enumerate(archives, 1):
        standing = relay.open_archive(archive, replace(work, progress=no_progress))
        results.append(relay.conclude(standing))
        ballots += standing.ballots
        work.progress("conclude", done, len(archives))
    return end.publish(listed, results, ballots)


def tally(
    workspace: Workspace,
    unlock: Unlock,
    trustees_folder: Path,
    target: Path,
    now: datetime,
    accept: Accept,
    *,
    minimum: int = MINIMUM_BALLOTS,
    work: Work = ALONE,
) -> ElectionResult:
    """Take all steps at one machine, for rehearsals and for trustees who come together.

    `trustees_folder`: holds the private key of every trustee. What an earlier count left in the
    target is replaced, but for the batches of an interim index. Raises what the steps raise, and
    `TrusteeError` for a missing key.
    """
    trustees = load_trustees(workspace.folder.trustees / PUBLIC_FILE)
    keys = load_private_keys(trustees_folder, trustees, unlock)
    end = _End.prepare(workspace, unlock, target)
    ballots = settle_stored(workspace, unlock, now, accept, work)
    plan = plan_count(workspace, target, ballots, minimum)
    (target / LIST_FILE).unlink(missing_ok=True)
    published = [
        relay.open_archive(target / batch.name / ARCHIVE_FILE, work) for batch in plan.published
    ]
    results = [
        *map(relay.conclude, published),
        *(
            relay.finish(standing, keys.values(), work)
            for standing in _begin_each(workspace, target, ballots, plan, now, work)
        ),
    ]
    counted = sum(each.ballots for each in published)
    counted += sum(len(batch.ballots) for batch in plan.batches)
    return end.publish(plan.listed, results, counted)


# ---------------------------------------------------------------- parts


def _begin_each(
    workspace: Workspace,
    target: Path,
    ballots: FinalBallots,
    plan: BatchPlan,
    now: datetime,
    work: Work,
) -> Iterator[ArchiveStatus]:
    """Begin one archive after the other; the list that makes the target usable comes last."""
    trustees = load_trustees(workspace.folder.trustees / PUBLIC_FILE)
    names = plan.listed.batches[len(plan.published) :]
    for batch, named in zip(plan.batches, names, strict=True):
        place = target / named.name
        place.mkdir(parents=True, exist_ok=True)
        write_supplement(
            place / SUPPLEMENT_FOLDER,
            workspace.root,
            batch.evidence,
            batch.spoiled,
            batch.stations,
            batch.excluded,
            ballots.decisions,
        )
        write_evidence(place / SUPPLEMENT_FOLDER, batch.stations, plan.listed.minimum)
        yield relay.begin(
            place / ARCHIVE_FILE,
            workspace.encrypted,
            trustees,
            batch.ballots,
            timestamp=int(now.timestamp()),
            progress=work.progress,
        )
    replace_file(target / NUMBERS_FILE, numbers_json(workspace.election, ballots), PUBLIC)
    write_batch_list(target, plan.listed)


@dataclass(frozen=True, slots=True)
class _End:
    """The concluding step, whose inputs are opened before the long work so that none is missing after it."""

    workspace: Workspace
    target: Path
    plan: PlanFile
    signer: Signer

    @classmethod
    def prepare(cls, workspace: Workspace, unlock: Unlock, target: Path) -> _End:
        """Open plan and signing key. Raises `AuthorityError`, `ManifestError` or `FolderError`.

        An index of which the lot was recorded is not written again.
        """
        folder = workspace.folder
        check_no_lot(target)
        return cls(workspace, target, load_plan(folder), load_signer(folder.keys, unlock))

    def publish(
        self, listed: BatchList, results: Sequence[TallyResult], ballots: int
    ) -> ElectionResult:
        """Count and allocate what the batches give together; write the result, sign the index."""
        together = add_up(results)
        election = self.workspace.election
        counted = sum(len(batch.branches) for batch in listed.batches)
        interim = Interim(counted, len(election.branches)) if listed.interim else None
        result = write_result(
            self.workspace, self.plan.seats, self.target, together, ballots, interim=interim
        )
        publish_register(self.workspace, self.target)
        publish_acts(self.workspace.folder, self.target)
        write_index(
            self.target,
            listed.batches,
            listed.minimum,
            self.signer,
            together,
            interim=listed.interim,
            missing=sorted(self.workspace.acts.finally_missing),
        )
        return result
