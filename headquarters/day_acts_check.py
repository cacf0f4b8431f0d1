"""Judge the acts of every device's day by the register.

Wrong: a signature, a card or a number that the register does not name, a broken chain, a device that is in
without its closing. Told with its number: what went back, odd times, a closing that is not what was handed
in, revoked cards, reserves. No rule about acts takes a vote out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Final

from crypto.certificates import MAX_CERTIFICATE_SIZE, named_pair
from crypto.errors import DecodeError
from crypto.hybrid import HybridPublicKey
from election.acts import FIRST, ActRefusedError, SignedAct, SignedActKind, Statement, act_hash
from election.audit_events import AuditEvent
from election.definition import DeviceId
from election.definition_file import DEFINITION_FILE, PublishedDefinition
from election.files import read_file
from election.reasons import ActReason, Agreement, DayActReason, Notice
from election.register import PublishedRegister
from election.registered_acts import RegisteredAct, check_registered_acts
from election.schema import MAX_JSON, SchemaError, from_json
from headquarters.acts_check import EARLY, LATE
from headquarters.completeness import PublishedNumbers
from headquarters.day_acts import ACTS_FILE, read_day_acts
from headquarters.finding import Finding, told, wrong
from headquarters.index_document import ArchiveIndex, IndexedBatch
from headquarters.published_acts import PublishedActs
from headquarters.supplement import SUPPLEMENT_FOLDER

_REFUSED: Final = {
    ActReason.FORMAT: DayActReason.ACTS_FORMAT,
    ActReason.CERTIFICATE: DayActReason.ACTS_CERTIFICATE,
    ActReason.ROLES: DayActReason.ACTS_ROLES,
    ActReason.BRANCH: DayActReason.ACTS_BRANCH,
    ActReason.SIGNATURE: DayActReason.ACTS_SIGNATURE,
    ActReason.SAME_KEY: DayActReason.ACTS_SAME_KEY,
    ActReason.DEVICE: DayActReason.ACTS_DEVICE,
    ActReason.CHAIN: DayActReason.ACTS_CHAIN,
    ActReason.ORDER: DayActReason.ACTS_ORDER,
    ActReason.OPERATOR: DayActReason.ACTS_OPERATOR,
    ActReason.NUMBER: DayActReason.ACTS_NUMBER,
    ActReason.VOTERS: DayActReason.ACTS_VOTERS,
}
_YEARS: Final = range(1971, 2200)
"""In which acts can have a time (`election.fields.LAST_SECOND`)."""
_AWAY: Final = timedelta(hours=14)
"""From UTC to the time of any country."""


def check_day_acts(
    folder: Path,
    index: ArchiveIndex,
    published: PublishedRegister,
    acts: PublishedActs,
    numbers: PublishedNumbers,
) -> Iterator[Finding]:
    """Yield what the acts of all devices of a publication come to; `folder`: of the index."""
    check = _Check(published, acts, numbers, _day_of(folder))
    for batch in index.batches:
        yield from check.batch(folder / batch.name / SUPPLEMENT_FOLDER, batch)
    yield from check.chains_about_others()
    if check.right:
        yield Finding.right(Agreement.RIGHT_DAY_ACTS, ACTS_FILE, check.right)


class _Check:
    def __init__(
        self,
        published: PublishedRegister,
        acts: PublishedActs,
        numbers: PublishedNumbers,
        day: date | None,
    ) -> None:
        self._published, self._acts, self._numbers = published, acts, numbers
        self._day = day
        self._revoked = acts.revoked
        self._hashes: dict[DeviceId, tuple[bytes, ...]] = {}
        """Of the acts that hold, by device."""
        self._last: dict[DeviceId, Statement] = {}
        self.right = 0

    def batch(self, place: Path, batch: IndexedBatch) -> Iterator[Finding]:
        """Yield what is wrong with the acts of a batch's devices, and what they tell."""
        try:
            items = read_day_acts(place)
        except OSError:
            yield wrong(DayActReason.ACTS_MISSING, ACTS_FILE, len(batch.devices), batch.name)
            return
        except SchemaError:
            yield wrong(DayActReason.ACTS_FORMAT, ACTS_FILE, batch=batch.name)
            return
        for device, times in Counter(item.device for item in items).items():
            if times > 1 or device not in batch.devices:
                yield wrong(DayActReason.ACTS_FORMAT, device, times, batch.name)
        found = {item.device: item.acts for item in items}
        for device in map(DeviceId, batch.devices):
            for finding in self._device(device, found.get(device, ()), place):
                yield replace(finding, batch=batch.name)

    def chains_about_others(self) -> Iterator[Finding]:
        """Yield where take-overs and rescues do not continue the acts of the devices they are about."""
        for takeover in (each.statement for each in self._acts.takeovers):
            hashes = self._hashes.get(takeover.replaces)
            if hashes and takeover.predecessor not in (FIRST, *hashes):
                yield wrong(DayActReason.ACTS_CHAIN, takeover.spare)
            box = self._numbers.boxes.get(takeover.replaces)
            if box is not None and takeover.cast > box.cast:
                yield told(Notice.ACTS_SET_BACK, takeover.replaces, takeover.cast - box.cast)
        for device, rescue in self._acts.rescued.items():
            said, last = rescue.statement, self._last.get(device)
            if last is not None and last.kind is SignedActKind.CLOSE:
                continue
            if last is None or said.predecessor != self._hashes[device][-1]:
                yield told(Notice.ACTS_LOST, device)
            elif back := max(0, last.cast - said.found.cast):
                yield told(Notice.ACTS_SET_BACK, device, back)

    # ------------------------------------------------------------ one device

    def _device(
        self, device: DeviceId, acts: Sequence[SignedAct], place: Path
    ) -> Iterator[Finding]:
        key, branch = self._key(device, place), self._acts.branches.get(device)
        if key is None or branch is None:
            return  # a device that is not registered is named elsewhere
        try:
            verified = check_registered_acts(acts, key, device, branch, self._published)
        except ActRefusedError as error:
            yield wrong(_REFUSED[error.reason], device)
            return
        statements = [each.statement for each in verified]
        closed = bool(statements) and statements[-1].kind is SignedActKind.CLOSE
        if not closed and device not in self._acts.rescued:
            yield wrong(DayActReason.ACTS_MISSING, device)
            return
        if not statements:
            return
        self.right += len(acts)
        self._hashes[device] = tuple(map(act_hash, acts))
        self._last[device] = statements[-1]
        yield from self._tell(device, verified)

    def _tell(self, device: DeviceId, verified: Sequence[RegisteredAct]) -> Iterator[Finding]:
        statements = [each.statement for each in verified]
        registered = self._published.register.device(device)
        own = () if registered is None else (registered.certificate,)
        revoked = sum(
            any(
                each.statement.at >= self._revoked[certificate]
                for certificate in (*each.cards, *own)
                if certificate in self._revoked
            )
            for each in verified
        )
        for reason, number in (
            (Notice.ACTS_SET_BACK, _gone_back(statements)),
            (Notice.ACTS_TIME, _odd_times(statements, self._day)),
            (Notice.ACTS_DIFFER, self._differs(device, statements[-1])),
            (Notice.ACTS_REVOKED, revoked),
            (Notice.ACTS_RESERVE, sum(each.by_reserves for each in verified)),
        ):
            if number:
                yield told(reason, device, number)

    def _differs(self, device: DeviceId, last: Statement) -> int:
        """Return by how many votes or authorizations a closing differs from what is published."""
        closing, box = last.closing, self._numbers.boxes.get(device)
        issued = self._numbers.issued.get(device)
        if closing is None:
            return 0
        if box is not None:
            said = (last.cast, closing.spoiled, closing.records, closing.spent)
            if said == (box.cast, box.spoiled, box.records, box.spent):
                return 0
            return max(1, abs(last.cast - box.cast))
        return 0 if issued is None else abs(last.cast - issued[0])

    def _key(self, device: DeviceId, place: Path) -> HybridPublicKey | None:
        registered = self._published.register.device(device)
        try:
            certificate = read_file(place / "devices" / f"{device}.der", MAX_CERTIFICATE_SIZE)
            if registered is None or sha256(certificate).digest() != registered.certificate:
                return None
            return named_pair(certificate)
        except (OSError, DecodeError):
            return None


# ---------------------------------------------------------------- parts


def _day_of(folder: Path) -> date | None:
    """Return the day of the polls by the definition beside the index; None if that cannot be read."""
    try:
        day = from_json(PublishedDefinition, read_file(folder / DEFINITION_FILE, MAX_JSON)).day
    except (OSError, SchemaError):
        return None
    return day if day.year in _YEARS else None


def _gone_back(statements: Sequence[Statement]) -> int:
    """Return how many votes and log entries fewer there were than at an act before, or starts with less."""
    back = sum(
        max(0, before.cast - after.cast) + max(0, before.log.length - after.log.length)
        for before, after in pairwise(statements)
    )
    last = statements[-1]
    sums = last.closing.sums if last.closing else ()
    starts = sum(each.number for each in sums if each.event == AuditEvent.SET_BACK)
    return back + starts + max(0, last.log.votes - last.cast)


def _odd_times(statements: Sequence[Statement], day: date | None) -> int:
    backwards = sum(after.at < before.at for before, after in pairwise(statements))
    if day is None:
        return backwards
    begins = datetime.combine(day, time(), UTC) - _AWAY
    ends = begins + 2 * _AWAY + timedelta(days=1) + LATE
    earliest: Mapping[SignedActKind, datetime] = {SignedActKind.LOAD: begins - EARLY}
    return backwards + sum(
        not earliest.get(each.kind, begins) <= each.at <= ends for each in statements
    )
