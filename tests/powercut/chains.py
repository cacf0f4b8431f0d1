"""Go on from what a cut has left: start, open, vote, close, hand in, import at headquarters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any, Final

import pytest

from election import token
from election.audit_events import AuditEvent
from election.definition import Role
from election.marks import Marks
from election.polls import ActKind, Operator, PollsState
from election.records import RecordKind, StoredRecord
from headquarters import importing, record_check
from headquarters.authority import load_sealing_key
from headquarters.import_report import ImportReport
from kiosk.flows.common import WriteAudit
from kiosk.station.acts import ActSigning
from kiosk.station.base import DeviceContext
from kiosk.station.export import closing_bundle
from kiosk.station.loaded_identity import LoadedIdentity
from kiosk.station.loaded_terminal import LoadedTerminal
from kiosk.station.vault import Vault
from kiosk.storage.votes import Spending
from tests.acts import Card
from tests.headquarters.at_once import BundleFile, import_bundles
from tests.headquarters.unlocking import unlock
from tests.kiosk.station.office import BRANCH, COUNCIL, EXPERTS, OPERATORS, Office, key_of
from tests.powercut.days import Told
from tests.powercut.judge import Judge, LostError

NEXT: Final = 11
"""Who votes after the cut."""
_LINES: Final = {
    ActKind.OPEN: AuditEvent.POLLS_OPENED,
    ActKind.CLOSE: AuditEvent.POLLS_CLOSED,
}


@dataclass(frozen=True, slots=True)
class Chain:
    """What a chain is made with: one real ballot, headquarters' key."""

    judge: Judge
    office: Office
    ballot: tuple[bytes, bytes, Spending]
    """Digest, sealed ballot, and the authorization it spends."""
    key: Any = field(repr=False)

    @classmethod
    def of(cls, judge: Judge) -> Chain:
        """Make a ballot and open headquarters' key."""
        office = judge.office
        key = load_sealing_key(office.folder / "keys", unlock)
        return cls(judge, office, _ballot(office), key)

    def follow(self, told: Told) -> int:
        """Go to the end; how many ballots, or check-ins, headquarters has. Raises `LostError`."""
        device = self.judge.start()
        try:
            context, loaded = device.context, device.loaded
            if loaded is None:
                return 0
            if context.polls.state is PollsState.READY:
                loaded.opening()
                self._act(context, loaded, ActKind.OPEN)
            expected = loaded.cast()
            if context.polls.state in {PollsState.OPEN, PollsState.PAUSED}:
                if isinstance(loaded, LoadedTerminal):
                    if not loaded.media_ready():
                        raise LostError("is out of service")
                    digest, sealed, spending = self.ballot
                    loaded.votes.record(RecordKind.CAST, digest, sealed, spending)
                    loaded.count()
                    context.log.note(WriteAudit(AuditEvent.VOTE_RECORDED))
                    expected += 1
                self._act(context, loaded, ActKind.CLOSE)
            if expected < len(told.done):
                raise LostError("lost: less is counted than was told")
            data = closing_bundle(context, loaded.bundle())
            loaded.closed()
        finally:
            device.close()
        self._hand_in(data, expected)
        return expected

    def _act(
        self, context: DeviceContext, loaded: LoadedTerminal | LoadedIdentity, kind: ActKind
    ) -> None:
        """Have both cards sign, as the console does."""
        signing = ActSigning(context, lambda: loaded)
        now = context.clock.now()
        signing.freeze(kind, context.installed(), context.register, now)
        draft = signing._draft
        assert draft is not None
        operators = []
        for role in OPERATORS:
            certificate = self.office.registered(role, BRANCH)
            operator = Operator(role, role.value, sha256(certificate).digest())
            operators.append(operator)
            signature = Card(certificate, key_of(role)).sign(draft.statement)
            signing._cards._values[operator.fingerprint] = signature.certificate, signature.value
        signing.commit(kind, operators)
        context.log.note(WriteAudit(_LINES[kind]))
        context.anchoring.write(with_state=True)
        context.copy_state()

    def _hand_in(self, data: bytes, expected: int) -> None:
        office = self.office
        report = import_bundles(
            office.election,
            sha256(_package(self.judge)).digest(),
            office.authority.root,
            self.key,
            [BundleFile("brought", data)],
            self.judge.clock.now(),
        ).report
        if report.rejected:
            raise LostError(f"headquarters rejects it: {report.rejected[0].reason}")
        if report.refused:
            raise LostError(f"headquarters refuses a record: {report.refused[0].reason}")
        counted = self._counted(report)
        if counted != expected:
            raise LostError(f"headquarters has {counted} of {expected}")

    def _counted(self, report: ImportReport) -> int:
        if self.judge.config.role is Role.BALLOT_TERMINAL:
            return report.ballots + report.provisional
        return sum(number.issued for number in report.branches)


def _package(judge: Judge) -> bytes:
    return (judge.config.data / "package.amin").read_bytes()


class _Kept:
    """In place of a store: what a vault has it record."""

    def __init__(self) -> None:
        self.found: list[tuple[bytes, bytes, Spending]] = []

    def record(self, _: RecordKind, digest: bytes, sealed: bytes, spending: Spending) -> None:
        self.found.append((digest, sealed, spending))


def _ballot(office: Office) -> tuple[bytes, bytes, Spending]:
    kept = _Kept()
    vault = Vault(office.election, kept)  # type: ignore[arg-type]
    council, experts = office.election.contests
    vault.seal(
        (
            Marks(COUNCIL, persons=(council.candidates[0].code,)),
            Marks(EXPERTS, persons=(experts.candidates[1].code,)),
        )
    )
    written = token.issue(office.authorization(NEXT), office.signing["b1-i1"].classical)  # type: ignore[index]
    given = token.read(written, office.election, BRANCH)
    vault.cast(Spending(given.nonce, given.voucher))
    return kept.found[0]


@contextmanager
def records_checked_once() -> Iterator[None]:
    """Prove a ballot once in this process, by its sealed bytes."""
    check = record_check.check_boxes
    known: dict[tuple[bytes, bytes], Any] = {}

    def one(election: Any, key: Any, work: Any, record: StoredRecord) -> Any:
        by = (record.digest, record.sealed)
        if by not in known:
            ((known[by],),) = check(election, key, [[record]], work)
        return known[by]

    def boxes(election: Any, key: Any, found: Sequence[Sequence[StoredRecord]], work: Any) -> Any:
        judged: Callable[[StoredRecord], Any] = partial(one, election, key, work)
        for box in found:
            yield tuple(map(judged, box))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importing, "check_boxes", boxes)
        yield
