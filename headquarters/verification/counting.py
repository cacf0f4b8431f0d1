"""Check the count: rules `tally`, `shuffle`, `decryption`, `encoding`, `result`.

`CountCheck` follows the events; what takes long is looked at question by question (`questions`).
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from crypto.group import Point
from headquarters.progress import ProgressCallback
from headquarters.verification.container import ArchivedFile
from headquarters.verification.formulas import lagrange
from headquarters.verification.questions import (
    Decrypted,
    DecryptedRow,
    Published,
    Shuffled,
    ShuffledRow,
    check_decryption,
    check_result,
    check_shuffles,
)
from headquarters.verification.report import FailureReason, Findings, FlawError
from headquarters.verification.setup import Setup, TrusteeGroup
from headquarters.verification.values import (
    Pair,
    fields,
    items,
    number,
    pair,
    pair_json,
    parse_compact,
    to_json,
)
from headquarters.verification.work import in_order, portions

POINTS_A_CIPHERTEXT = 7
"""About as many points of a shuffle's proof are summed for each ciphertext."""


@dataclass(frozen=True, slots=True)
class _Decryption:
    """Factors of one owner, and whether all their proofs hold."""

    factors: list[list[Point]]
    valid: bool


class CountCheck:
    """Follows the ciphertexts from the tally through shuffles and decryptions to the result."""

    def __init__(
        self,
        setup: Setup,
        findings: Findings,
        progress: ProgressCallback,
        executor: Executor | None,
    ) -> None:
        self._setup = setup
        self._findings = findings
        self._progress = progress
        self._executor = executor
        self._ballots = 0
        self._lists: list[list[Pair]] = []
        self._shufflers: list[int] = []
        self._mixed = False
        self._decryptions: dict[int, _Decryption] = {}

    def add_tally(
        self, tally: ArchivedFile, sized: ArchivedFile, *, ballots: int, expected: list[list[Pair]]
    ) -> None:
        """Compare with the tally recomputed from the ballots, `expected`.

        A tally that differs is reported; what follows is checked against the published one.
        """
        self._ballots, self._lists = ballots, expected
        with self._findings.catching(sized.name):
            *counts, digest = fields(
                parse_compact(sized.content), "num_tallied total_weight encrypted_tally"
            )
            if digest != tally.digest:
                self._fail(FailureReason.CHAIN, sized, "does not name the object in front of it")
            if to_json(counts) != to_json([ballots, ballots]):
                self._fail(FailureReason.TALLY, sized, "its counts do not follow from the ballots")
        if tally.content != to_json([[pair_json(item) for item in row] for row in expected]):
            self._fail(FailureReason.TALLY, tally, "does not follow from the ballots")
            with self._findings.catching(tally.name):
                questions = self._setup.questions
                rows = items(parse_compact(tally.content), len(questions))
                self._lists = [
                    [pair(item, identity=not question.slot) for item in items(row)]
                    for question, row in zip(questions, rows, strict=True)
                ]

    def add_shuffle(self, shuffle: ArchivedFile, owned: ArchivedFile) -> None:
        """Check one trustee's shuffle of every slot question."""
        if not self._setup.slots:
            self._fail(FailureReason.SHUFFLE, owned, "a shuffle, but there is nothing to shuffle")
            return
        with self._findings.catching(owned.name):
            self._check_shuffler(_owner(owned, shuffle))
        with self._findings.catching(shuffle.name):
            ciphertexts, proofs = fields(parse_compact(shuffle.content), "ciphertexts proofs")
            slots, frame = self._setup.slots, self._setup.frame
            listed = items(ciphertexts, len(slots), FailureReason.SHUFFLE)
            evidence = items(proofs, len(slots), FailureReason.SHUFFLE)
            rows = [
                ShuffledRow(shuffle.name, i, frame.phi, frame.key, self._lists[i], row, own)
                for i, row, own in zip(slots, listed, evidence, strict=True)
            ]
            together = portions(rows, len(self._lists[slots[0]]) * POINTS_A_CIPHERTEXT)
            shuffled: list[Shuffled] = []
            for done in in_order(check_shuffles, together, self._executor):
                shuffled += done
                self._progress("shuffle", len(shuffled), len(slots))
            for i, result in zip(slots, shuffled, strict=True):
                self._findings.extend(result.findings)
                # Where the output cannot be read, what follows is compared with the input.
                self._lists[i] = self._lists[i] if result.after is None else result.after

    def end_shuffles(self, where: str) -> None:
        """Check that all trustees who have to shuffle did."""
        self._mixed = True
        if not self._setup.slots:
            self._findings.add(
                FailureReason.CHAIN, where, "EndShuffles, but there is nothing to shuffle"
            )
        else:
            self._require_shufflers(where)

    def add_decryption(self, partial: ArchivedFile, owned: ArchivedFile) -> None:
        """Check one trustee's factors of all ciphertexts."""
        self._require_mix(owned)
        with self._findings.catching(owned.name):
            owner = _owner(owned, partial)
            key = self._setup.owner_keys.get(owner)
            if key is None:
                raise FlawError(FailureReason.DECRYPTION, "by a trustee that does not exist")
            if owner in self._decryptions:
                raise FlawError(FailureReason.DECRYPTION, "a second decryption of the same trustee")
            with self._findings.catching(partial.name):
                self._decryptions[owner] = self._read_decryption(partial, key)

    def add_result(self, result: ArchivedFile) -> None:
        """Combine the decryptions and compare; every slot must be canonical."""
        self._require_mix(result)
        with self._findings.catching(result.name):
            weights: dict[int, int] = {}
            for group in self._setup.groups:
                weights |= self._weights(group)
            (published,) = fields(parse_compact(result.content), "result")
            rows = items(published, len(self._lists), FailureReason.RESULT)
            work = [
                Published(
                    result.name,
                    i,
                    self._setup.questions[i],
                    self._ballots,
                    [item.beta for item in self._lists[i]],
                    [(w, self._decryptions[owner].factors[i]) for owner, w in weights.items()],
                    row,
                )
                for i, row in enumerate(rows)
            ]
            for findings in in_order(check_result, work, self._executor):
                self._findings.extend(findings)

    def _check_shuffler(self, owner: int) -> None:
        self._shufflers.append(owner)
        if owner not in self._setup.owner_keys:
            raise FlawError(FailureReason.SHUFFLE, "by a trustee that does not exist")
        if owner in self._shufflers[:-1]:
            raise FlawError(FailureReason.SHUFFLE, "a second shuffle of the same trustee")
        only_singles = not any(group.threshold for group in self._setup.groups)
        if only_singles and owner != len(self._shufflers):
            raise FlawError(FailureReason.SHUFFLE, "not the turn of this trustee")

    def _require_mix(self, entry: ArchivedFile) -> None:
        if self._setup.slots and not self._mixed:
            self._mixed = True
            self._fail(FailureReason.CHAIN, entry, "comes before the shuffles have ended")
            self._require_shufflers(entry.name)

    def _require_shufflers(self, where: str) -> None:
        if not all(_enough(group, self._shufflers) for group in self._setup.groups):
            self._findings.add(FailureReason.SHUFFLE, where, "shuffles are missing")

    def _read_decryption(self, partial: ArchivedFile, key: Point) -> _Decryption:
        factor_rows, proof_rows = fields(
            parse_compact(partial.content), "decryption_factors decryption_proofs"
        )
        listed = items(factor_rows, len(self._lists), FailureReason.DECRYPTION)
        evidence = items(proof_rows, len(self._lists), FailureReason.DECRYPTION)
        rows = [
            DecryptedRow(partial.name, i, question, self._setup.frame.phi, key, row, values, own)
            for i, (question, row, values, own) in enumerate(
                zip(self._setup.questions, self._lists, listed, evidence, strict=True)
            )
        ]
        found: list[Decrypted] = []
        for done in in_order(check_decryption, rows, self._executor):
            found.append(done)
            self._findings.extend(done.findings)
            self._progress("decryption", len(found), len(rows))
        if any(row.factors is None for row in found):
            raise FlawError(FailureReason.DECRYPTION, "cannot be used")
        return _Decryption(
            [row.factors or [] for row in found], not any(row.findings.all() for row in found)
        )

    def _weights(self, group: TrusteeGroup) -> dict[int, int]:
        """Return the owners to use, valid ones first, with what their factors are multiplied by."""
        present = [owner for owner in group.owners if owner in self._decryptions]
        present.sort(key=lambda owner: not self._decryptions[owner].valid)
        valid = sum(self._decryptions[owner].valid for owner in present)
        if len(present) < group.needed or (group.threshold and valid < group.needed):
            raise FlawError(FailureReason.DECRYPTION, "partial decryptions are missing")
        base = group.owners[0] - 1
        used = [owner - base for owner in present[: group.needed]]
        return {base + index: lagrange(index, used) for index in used}

    def _fail(self, reason: FailureReason, entry: ArchivedFile, message: str) -> None:
        self._findings.add(reason, entry.name, message)


def _enough(group: TrusteeGroup, owners: Sequence[int]) -> bool:
    return len(set(group.owners) & set(owners)) >= group.needed


def _owner(owned: ArchivedFile, payload: ArchivedFile) -> int:
    owner, digest = fields(parse_compact(owned.content), "owner payload")
    if digest != payload.digest:
        raise FlawError(FailureReason.CHAIN, "does not name the object in front of it")
    return number(owner)
