"""Rules for the count: `tally`, `shuffle`, `decryption`, `decryption-proof`, `encoding`, `result`.

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
    place,
)
from headquarters.verification.report import (
    Findings,
    FlawError,
    NoticeReason,
    Rule,
)
from headquarters.verification.rows import (
    DECRYPTION,
    SHUFFLE,
    RowTexts,
    cut_rows,
    read_rows,
)
from headquarters.verification.setup import Setup, TrusteeGroup
from headquarters.verification.strong import ProofFile, StrongClaim, is_strong_decryption_valid
from headquarters.verification.values import (
    Pair,
    ParsedProof,
    fields,
    items,
    number,
    pair,
    pair_json,
    parse_compact,
    to_json,
)
from headquarters.verification.work import in_order, portions
from words.message import Message, all_of, m

POINTS_A_CIPHERTEXT = 7
"""About as many points of a shuffle's proof are summed for each ciphertext."""
PROOF_FILE = "decryptions.json"
"""What failures about the file of strong proofs name as their entry."""
OPEN = m(
    "no strong proofs of the decryptions: one trustee alone cannot have exchanged a vote or moved a sum, "
    "several together can with much computing (about 2^63 steps for 8 trustees, 2^50 for 16)"
)
OPEN_SLOTS = m("one alone can have spoilt votes in slots of this form")
WIDE = 21
"""Integers of a slot from which on less than 2^80 tries give a wrong point that looks canonical."""


@dataclass(frozen=True, slots=True)
class _Decryption:
    """Factors of one owner, and whether all their proofs hold."""

    factors: list[list[Point]]
    valid: bool
    proven: bool
    """A strong proof of it holds."""


class CountCheck:
    """Follows the ciphertexts from the tally through shuffles and decryptions to the result."""

    def __init__(
        self,
        setup: Setup,
        findings: Findings,
        progress: ProgressCallback,
        executor: Executor | None,
        proofs: ProofFile | None,
    ) -> None:
        self._setup = setup
        self._proofs = proofs
        self._event = ""
        self._findings = findings
        self._progress = progress
        self._executor = executor
        self._ballots = 0
        self._lists: list[list[Pair]] = []
        self._shufflers: list[int] = []
        self._mixed = False
        self._decryptions: dict[int, _Decryption] = {}
        self.told = Findings()
        self.irregular: list[tuple[int, int]] = []

    @property
    def lists(self) -> tuple[tuple[Pair, ...], ...]:
        """The ciphertexts after the last shuffle, by question."""
        return tuple(map(tuple, self._lists))

    @property
    def shufflers(self) -> tuple[int, ...]:
        """The owners who have shuffled, in their order."""
        return tuple(self._shufflers)

    @property
    def factors(self) -> dict[int, tuple[tuple[Point, ...], ...]]:
        """The factors of the decryptions, by owner."""
        return {
            owner: tuple(map(tuple, decryption.factors))
            for owner, decryption in self._decryptions.items()
        }

    @property
    def proofs(self) -> dict[int, ParsedProof]:
        """The strong proofs that hold, by owner."""
        given = {} if self._proofs is None else self._proofs.proofs
        return {owner: given[owner] for owner, found in self._decryptions.items() if found.proven}

    def add_tally(
        self,
        event: str,
        tally: ArchivedFile,
        sized: ArchivedFile,
        *,
        ballots: int,
        expected: list[list[Pair]],
    ) -> None:
        """Compare with the tally recomputed from the ballots, `expected`; `event`: its digest.

        A tally that differs is reported; what follows is checked against the published one.
        """
        self._event, self._ballots, self._lists = event, ballots, expected
        with self._findings.catching(sized.name):
            *counts, digest = fields(
                parse_compact(sized.content), "num_tallied total_weight encrypted_tally"
            )
            if digest != tally.digest:
                self._fail(Rule.CHAIN, sized, m("does not name the object in front of it"))
            if to_json(counts) != to_json([ballots, ballots]):
                self._fail(Rule.TALLY, sized, m("its counts do not follow from the ballots"))
        if not _is_tally(tally.content, expected):
            self._fail(Rule.TALLY, tally, m("does not follow from the ballots"))
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
            self._fail(Rule.SHUFFLE, owned, m("a shuffle, but there is nothing to shuffle"))
            return
        with self._findings.catching(owned.name):
            self._check_shuffler(_owner(owned, shuffle))
        with self._findings.catching(shuffle.name):
            slots = self._setup.slots
            texts = cut_rows(shuffle.content, SHUFFLE, len(slots))
            shuffled = [] if texts is None else self._check_shuffle(shuffle.name, texts)
            if not shuffled or any(result.findings.all() for result in shuffled):
                texts = read_rows(shuffle.content, SHUFFLE, len(slots))
                shuffled = self._check_shuffle(shuffle.name, texts)
            for i, result in zip(slots, shuffled, strict=True):
                self._findings.extend(result.findings)
                # Where the output cannot be read, what follows is compared with the input.
                self._lists[i] = self._lists[i] if result.after is None else result.after

    def end_shuffles(self, where: str, event: str) -> None:
        """Check that all trustees who have to shuffle did."""
        self._mixed, self._event = True, event
        if not self._setup.slots:
            self._findings.add(Rule.CHAIN, where, m("EndShuffles, but there is nothing to shuffle"))
        else:
            self._require_shufflers(where)

    def add_decryption(self, partial: ArchivedFile, owned: ArchivedFile) -> None:
        """Check one trustee's factors of all ciphertexts."""
        self._require_mix(owned)
        with self._findings.catching(owned.name):
            owner = _owner(owned, partial)
            key = self._setup.owner_keys.get(owner)
            if key is None:
                raise FlawError(Rule.DECRYPTION, m("by a trustee that does not exist"))
            if owner in self._decryptions:
                raise FlawError(Rule.DECRYPTION, m("a second decryption of the same trustee"))
            with self._findings.catching(partial.name):
                self._decryptions[owner] = self._read_decryption(partial, owner, key)

    def end(self, final: bool) -> None:
        """Check the proofs after the archive was read; a final one needs exactly those of its decryptions.

        Without a file of proofs, tell that the decryptions are unproven.
        """
        unproven = [
            owner for owner, decryption in self._decryptions.items() if not decryption.proven
        ]
        if self._proofs is None:
            if unproven:
                spoilt = any(
                    q.width >= WIDE and not q.padding for q in self._setup.questions if q.slot
                )
                message = all_of([OPEN, OPEN_SLOTS] if spoilt else [OPEN])
                self.told.add(NoticeReason.UNPROVEN, "PartialDecryption", message)
            return
        given = set(self._proofs.proofs)
        for owner in sorted(self._decryptions.keys() - given) if final else ():
            self._fail_proof(
                m("the decryption of trustee {trustee} has no strong proof", trustee=owner)
            )
        for owner in sorted(given - self._decryptions.keys()) if final else ():
            self._fail_proof(
                m("a proof of trustee {trustee}, whose decryption is not there", trustee=owner)
            )

    def add_result(self, result: ArchivedFile) -> None:
        """Combine the decryptions and compare; without strong proofs every slot must be canonical."""
        self._require_mix(result)
        proven = all(decryption.proven for decryption in self._decryptions.values())
        with self._findings.catching(result.name):
            weights: dict[int, int] = {}
            for group in self._setup.groups:
                weights |= self._weights(group)
            (published,) = fields(parse_compact(result.content), "result")
            rows = items(published, len(self._lists), Rule.RESULT)
            work = [
                Published(
                    result.name,
                    i,
                    self._setup.questions[i],
                    self._ballots,
                    [item.beta for item in self._lists[i]],
                    [(w, self._decryptions[owner].factors[i]) for owner, w in weights.items()],
                    row,
                    proven,
                )
                for i, row in enumerate(rows)
            ]
            for i, compared in enumerate(in_order(check_result, work, self._executor)):
                self._findings.extend(compared.findings)
                for j in compared.irregular:
                    self.irregular.append((i, j))
                    where = place(i, j + 1)
                    message = m("{where}: no honest terminal encrypts this", where=where)
                    self.told.add(NoticeReason.CROOKED_ROW, result.name, message)

    def _check_shuffler(self, owner: int) -> None:
        self._shufflers.append(owner)
        if owner not in self._setup.owner_keys:
            raise FlawError(Rule.SHUFFLE, m("by a trustee that does not exist"))
        if owner in self._shufflers[:-1]:
            raise FlawError(Rule.SHUFFLE, m("a second shuffle of the same trustee"))
        only_singles = not any(group.threshold for group in self._setup.groups)
        if only_singles and owner != len(self._shufflers):
            raise FlawError(Rule.SHUFFLE, m("not the turn of this trustee"))

    def _check_shuffle(self, name: str, texts: RowTexts) -> list[Shuffled]:
        frame, slots = self._setup.frame, self._setup.slots
        together = portions(range(len(slots)), len(self._lists[slots[0]]) * POINTS_A_CIPHERTEXT)
        pieces = (
            [
                ShuffledRow(
                    name, slots[at], frame.phi, frame.key, self._lists[slots[at]], *texts(at)
                )
                for at in portion
            ]
            for portion in together
        )
        shuffled: list[Shuffled] = []
        for done in in_order(check_shuffles, pieces, self._executor):
            shuffled += done
            self._progress("shuffle", len(shuffled), len(slots))
        return shuffled

    def _require_mix(self, entry: ArchivedFile) -> None:
        if self._setup.slots and not self._mixed:
            self._mixed = True
            self._fail(Rule.CHAIN, entry, m("comes before the shuffles have ended"))
            self._require_shufflers(entry.name)

    def _require_shufflers(self, where: str) -> None:
        if not all(_enough(group, self._shufflers) for group in self._setup.groups):
            self._findings.add(Rule.SHUFFLE, where, m("shuffles are missing"))

    def _read_decryption(self, partial: ArchivedFile, owner: int, key: Point) -> _Decryption:
        count = len(self._lists)
        texts = cut_rows(partial.content, DECRYPTION, count)
        found = [] if texts is None else self._check_decryption(partial.name, key, texts)
        if not found or any(row.findings.all() for row in found):
            texts = read_rows(partial.content, DECRYPTION, count)
            found = self._check_decryption(partial.name, key, texts)
        for row in found:
            self._findings.extend(row.findings)
        if any(row.factors is None for row in found):
            raise FlawError(Rule.DECRYPTION, m("cannot be used"))
        factors = [row.factors or [] for row in found]
        valid = not any(row.findings.all() for row in found)
        return _Decryption(factors, valid, self._is_proven(owner, key, factors))

    def _check_decryption(self, name: str, key: Point, texts: RowTexts) -> list[Decrypted]:
        phi, questions = self._setup.frame.phi, self._setup.questions
        rows = (
            DecryptedRow(name, i, questions[i], phi, key, values, *texts(i))
            for i, values in enumerate(self._lists)
        )
        found: list[Decrypted] = []
        for done in in_order(check_decryption, rows, self._executor):
            found.append(done)
            self._progress("decryption", len(found), len(self._lists))
        return found

    def _is_proven(self, owner: int, key: Point, factors: list[list[Point]]) -> bool:
        """Return whether the strong proof of a decryption is there and holds; report one that does not."""
        if self._proofs is None or owner not in self._proofs.proofs:
            return False
        if self._proofs.event != self._event:
            self._fail_proof(
                m("the proof of trustee {trustee} is about another archive", trustee=owner)
            )
            return False
        claim = StrongClaim(
            self._setup.frame.phi,
            self._event,
            owner,
            key,
            [item.alpha for row in self._lists for item in row],
            [factor for row in factors for factor in row],
        )
        holds = is_strong_decryption_valid(claim, self._proofs.proofs[owner], self._executor)
        if not holds:
            self._fail_proof(
                m("the strong proof of trustee {trustee} does not hold", trustee=owner)
            )
        return holds

    def _weights(self, group: TrusteeGroup) -> dict[int, int]:
        """Return the owners to use, valid ones first, with what their factors are multiplied by."""
        present = [owner for owner in group.owners if owner in self._decryptions]
        present.sort(key=lambda owner: not self._decryptions[owner].valid)
        valid = sum(self._decryptions[owner].valid for owner in present)
        if len(present) < group.needed or (group.threshold and valid < group.needed):
            raise FlawError(Rule.DECRYPTION, m("partial decryptions are missing"))
        base = group.owners[0] - 1
        used = [owner - base for owner in present[: group.needed]]
        return {base + index: lagrange(index, used) for index in used}

    def _fail_proof(self, message: Message) -> None:
        self._findings.add(Rule.DECRYPTION_PROOF, PROOF_FILE, message)

    def _fail(self, reason: Rule, entry: ArchivedFile, message: Message) -> None:
        self._findings.add(reason, entry.name, message)


def _is_tally(content: bytes, expected: list[list[Pair]]) -> bool:
    """Compare the text of a tally question by question: the whole would take its size twice more."""
    at, between = 0, b"["
    for row in expected:
        text = between + to_json([pair_json(item) for item in row])
        if not content.startswith(text, at):
            return False
        at, between = at + len(text), b","
    return content[at:] == (b"]" if expected else b"[]")


def _enough(group: TrusteeGroup, owners: Sequence[int]) -> bool:
    return len(set(group.owners) & set(owners)) >= group.needed


def _owner(owned: ArchivedFile, payload: ArchivedFile) -> int:
    owner, digest = fields(parse_compact(owned.content), "owner payload")
    if digest != payload.digest:
        raise FlawError(Rule.CHAIN, m("does not name the object in front of it"))
    return number(owner)
