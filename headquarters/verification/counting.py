"""Rules for the count: `tally`, `shuffle`, `decryption`, `encoding`, `result`."""

from collections.abc import Sequence
from dataclasses import dataclass

from crypto.group import Point, mul, mul_base, sub
from headquarters.verification.container import Entry
from headquarters.verification.formulas import (
    Generators,
    ShuffleProof,
    decrypts,
    is_canonical,
    lagrange,
    shuffles,
    slot_integers,
)
from headquarters.verification.report import Findings, Flaw, Progress, Reason
from headquarters.verification.setup import Group, Setup
from headquarters.verification.values import (
    Json,
    Pair,
    fields,
    items,
    number,
    pair,
    pair_json,
    parse_compact,
    point,
    proof,
    scalar,
    to_json,
)


@dataclass(frozen=True, slots=True)
class _Decryption:
    """Factors of one owner, and whether all their proofs hold."""

    factors: list[list[Point]]
    valid: bool


class Count:
    """Follows the ciphertexts from the tally through shuffles and decryptions to the result."""

    def __init__(self, setup: Setup, findings: Findings, progress: Progress) -> None:
        self._setup = setup
        self._findings = findings
        self._progress = progress
        self._ballots = 0
        self._lists: list[list[Pair]] = []
        self._generators = Generators()
        self._shufflers: list[int] = []
        self._mixed = False
        self._decryptions: dict[int, _Decryption] = {}

    def add_tally(
        self, tally: Entry, sized: Entry, *, ballots: int, expected: list[list[Pair]]
    ) -> None:
        """Compare with the tally recomputed from the ballots, `expected`.

        A tally that differs is reported; what follows is checked against the published one.
        """
        self._ballots, self._lists = ballots, expected
        counts: Json = {
            "num_tallied": ballots,
            "total_weight": ballots,
            "encrypted_tally": tally.digest,
        }
        if sized.content != to_json(counts):
            self._fail(Reason.TALLY, sized, "its counts do not follow from the ballots")
        if tally.content != to_json([[pair_json(item) for item in row] for row in expected]):
            self._fail(Reason.TALLY, tally, "does not follow from the ballots")
            with self._findings.catching(tally.name):
                questions = self._setup.questions
                rows = items(parse_compact(tally.content), len(questions))
                self._lists = [
                    [pair(item, identity=not question.slot) for item in items(row)]
                    for question, row in zip(questions, rows, strict=True)
                ]

    def add_shuffle(self, shuffle: Entry, owned: Entry) -> None:
        """Check one trustee's shuffle of every slot question."""
        if not self._setup.slots:
            self._fail(Reason.SHUFFLE, owned, "a shuffle, but there is nothing to shuffle")
            return
        with self._findings.catching(owned.name):
            self._check_shuffler(_owner(owned, shuffle))
        with self._findings.catching(shuffle.name):
            ciphertexts, proofs = fields(parse_compact(shuffle.content), "ciphertexts proofs")
            slots = self._setup.slots
            listed = items(ciphertexts, len(slots), Reason.SHUFFLE)
            outputs = [[pair(item) for item in items(row)] for row in listed]
            evidence = items(proofs, len(slots), Reason.SHUFFLE)
            for done, i in enumerate(slots):
                before, self._lists[i] = self._lists[i], outputs[done]
                with self._findings.catching(shuffle.name):
                    self._check_slot_shuffle(i, before, outputs[done], evidence[done])
                self._progress("shuffle", done + 1, len(slots))

    def end_shuffles(self, where: str) -> None:
        """All trustees who have to shuffle did."""
        self._mixed = True
        if not self._setup.slots:
            self._findings.add(Reason.CHAIN, where, "EndShuffles, but there is nothing to shuffle")
        else:
            self._require_shufflers(where)

    def add_decryption(self, partial: Entry, owned: Entry) -> None:
        """Check one trustee's factors of all ciphertexts."""
        self._require_mix(owned)
        with self._findings.catching(owned.name):
            owner = _owner(owned, partial)
            key = self._setup.owner_keys.get(owner)
            if key is None:
                raise Flaw(Reason.DECRYPTION, "by a trustee that does not exist")
            if owner in self._decryptions:
                raise Flaw(Reason.DECRYPTION, "a second decryption of the same trustee")
            with self._findings.catching(partial.name):
                self._decryptions[owner] = self._read_decryption(partial, key)

    def add_result(self, result: Entry) -> None:
        """Combine the decryptions and compare; every slot must be canonical."""
        self._require_mix(result)
        with self._findings.catching(result.name):
            weights: dict[int, int] = {}
            for group in self._setup.groups:
                weights |= self._weights(group)
            plain = [
                [self._plain(weights, i, j) for j in range(len(row))]
                for i, row in enumerate(self._lists)
            ]
            (published,) = fields(parse_compact(result.content), "result")
            rows = items(published, len(plain), Reason.RESULT)
            for i, (points, row) in enumerate(zip(plain, rows, strict=True)):
                listed = items(row, len(points), Reason.RESULT)
                if self._setup.questions[i].slot:
                    self._check_slot_result(result, i, points, listed)
                else:
                    self._check_counts(result, i, points, listed)

    def _check_shuffler(self, owner: int) -> None:
        self._shufflers.append(owner)
        if owner not in self._setup.owner_keys:
            raise Flaw(Reason.SHUFFLE, "by a trustee that does not exist")
        if owner in self._shufflers[:-1]:
            raise Flaw(Reason.SHUFFLE, "a second shuffle of the same trustee")
        only_singles = not any(group.threshold for group in self._setup.groups)
        if only_singles and owner != len(self._shufflers):
            raise Flaw(Reason.SHUFFLE, "not the turn of this trustee")

    def _check_slot_shuffle(
        self, index: int, before: list[Pair], after: list[Pair], value: Json
    ) -> None:
        if len(after) != len(before):
            raise Flaw(Reason.SHUFFLE, f"question {index + 1}: not as many ciphertexts as before")
        evidence = _shuffle_proof(value, len(before))
        setup = self._setup
        if not shuffles(
            setup.phi, setup.key, before, after, proof=evidence, generators=self._generators
        ):
            raise Flaw(Reason.SHUFFLE, f"question {index + 1}: the proof does not hold")

    def _require_mix(self, entry: Entry) -> None:
        if self._setup.slots and not self._mixed:
            self._mixed = True
            self._fail(Reason.CHAIN, entry, "comes before the shuffles have ended")
            self._require_shufflers(entry.name)

    def _require_shufflers(self, where: str) -> None:
        if not all(_enough(group, self._shufflers) for group in self._setup.groups):
            self._findings.add(Reason.SHUFFLE, where, "shuffles are missing")

    def _read_decryption(self, partial: Entry, key: Point) -> _Decryption:
        factor_rows, proof_rows = fields(
            parse_compact(partial.content), "decryption_factors decryption_proofs"
        )
        questions, lists = self._setup.questions, self._lists
        listed = items(factor_rows, len(lists), Reason.DECRYPTION)
        evidence = items(proof_rows, len(lists), Reason.DECRYPTION)
        factors, valid = [], True
        for i, row in enumerate(lists):
            values = items(listed[i], len(row), Reason.DECRYPTION)
            proofs = items(evidence[i], len(row), Reason.DECRYPTION)
            factors.append([point(item, identity=not questions[i].slot) for item in values])
            for j, item in enumerate(row):
                checked = proof(proofs[j])
                if not decrypts(self._setup.phi, key, item.alpha, factors[i][j], checked):
                    valid = False
                    message = f"question {i + 1}, row {j + 1}: the proof does not hold"
                    self._fail(Reason.DECRYPTION, partial, message)
            self._progress("decryption", i + 1, len(lists))
        return _Decryption(factors, valid)

    def _weights(self, group: Group) -> dict[int, int]:
        """Owners to use, valid ones first, with what their factors are multiplied by."""
        present = [owner for owner in group.owners if owner in self._decryptions]
        present.sort(key=lambda owner: not self._decryptions[owner].valid)
        valid = sum(self._decryptions[owner].valid for owner in present)
        if len(present) < group.needed or (group.threshold and valid < group.needed):
            raise Flaw(Reason.DECRYPTION, "partial decryptions are missing")
        base = group.owners[0] - 1
        used = [owner - base for owner in present[: group.needed]]
        return {base + index: lagrange(index, used) for index in used}

    def _plain(self, weights: dict[int, int], i: int, j: int) -> Point:
        result = self._lists[i][j].beta
        for owner, weight in weights.items():
            factor = self._decryptions[owner].factors[i][j]
            result = sub(result, factor if weight == 1 else mul(weight, factor))
        return result

    def _check_slot_result(
        self, entry: Entry, i: int, points: Sequence[Point], rows: list[Json]
    ) -> None:
        for j, (plain, row) in enumerate(zip(points, rows, strict=True)):
            integers = slot_integers(plain, self._setup.questions[i].width)
            where = f"question {i + 1}, row {j + 1}"
            if not is_canonical(plain, integers):
                self._fail(Reason.ENCODING, entry, f"{where}: a decryption nobody encrypted")
            if to_json(row) != to_json(integers):
                self._fail(Reason.RESULT, entry, f"{where}: not what was decrypted")

    def _check_counts(
        self, entry: Entry, i: int, points: Sequence[Point], counts: list[Json]
    ) -> None:
        for j, (plain, value) in enumerate(zip(points, counts, strict=True)):
            count = number(value)
            if count > self._ballots or mul_base(count) != plain:
                message = f"question {i + 1}, answer {j + 1}: not what was decrypted"
                self._fail(Reason.RESULT, entry, message)

    def _fail(self, reason: Reason, entry: Entry, message: str) -> None:
        self._findings.add(reason, entry.name, message)


def _enough(group: Group, owners: Sequence[int]) -> bool:
    return len(set(group.owners) & set(owners)) >= group.needed


def _owner(owned: Entry, payload: Entry) -> int:
    owner, digest = fields(parse_compact(owned.content), "owner payload")
    if digest != payload.digest:
        raise Flaw(Reason.CHAIN, "does not name the object in front of it")
    return number(owner)


def _shuffle_proof(value: Json, size: int) -> ShuffleProof:
    commitments, responses, c, c_hat = items(value, 4)
    t1, t2, t3, t4, t_hat = items(commitments, 5)
    s1, s2, s3, s4, s_hat, s_prime = items(responses, 6)
    return ShuffleProof(
        t=_points([t1, t2, t3, *items(t4, 2)], 5),
        t_hat=_points(t_hat, size),
        s=_scalars([s1, s2, s3, s4], 4),
        s_hat=_scalars(s_hat, size),
        s_prime=_scalars(s_prime, size),
        c=_points(c, size),
        c_hat=_points(c_hat, size),
    )


def _points(value: Json, size: int) -> tuple[Point, ...]:
    return tuple(point(item) for item in items(value, size, Reason.SHUFFLE))


def _scalars(value: Json, size: int) -> tuple[int, ...]:
    return tuple(scalar(item) for item in items(value, size, Reason.SHUFFLE))
