"""Keep the voters of one election on an identity station: pollbook, counters, issuing of cards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from election.acts import Closing
from election.bundle import Bundle, CheckIns, GrantedCount, ReasonCount
from election.cards_back import CardsBack, seal_cards_back
from kiosk.flows.identity.events import Count, CountKind, IdentityEvent
from kiosk.reports import ReportKind, ReportLine
from kiosk.station.base import DeviceContext
from kiosk.station.cards import CardReaderService
from kiosk.station.issuing import Issuing
from kiosk.storage.counters import CounterKind
from kiosk.storage.pollbook import LocalRegistry, Registry
from kiosk.words import OVERRIDES, REFUSALS, named
from words.message import m

_STORED = {CountKind.REFUSED: CounterKind.REFUSAL, CountKind.OVERRIDE: CounterKind.OVERRIDE}


class LoadedIdentity:
    """`Loaded` of an identity station."""

    def __init__(
        self,
        context: DeviceContext,
        card_service: CardReaderService,
        post: Callable[[IdentityEvent], None],
        registry: Callable[[LocalRegistry], Registry] | None,
    ) -> None:
        """Open the pollbook. Raises `CryptoError` (card key), `StorageError`."""
        self._context = context
        self.pollbook = LocalRegistry(context.files.pollbook, context.pollbook_key())
        self.counters = context.counters
        self.issuing = Issuing(
            context,
            card_service,
            self.pollbook,
            context.card_key(),
            post,
            None if registry is None else registry(self.pollbook),
        )
        self.today: Counter[CountKind] = Counter(
            {
                CountKind.CHECKED_IN: sum(each.issued for each in self.pollbook.counts()),
                CountKind.REFUSED: _sum(self.counters.read(CounterKind.REFUSAL)),
                CountKind.OVERRIDE: _sum(self.counters.read(CounterKind.OVERRIDE)),
            }
        )
        """Sums for the status line; the store worker alone changes them."""

    def close(self) -> None:
        """Close the pollbook."""
        self.pollbook.close()

    def count(self, effect: Count) -> None:
        """Add one. Raises `StorageError`."""
        self.today[effect.kind] += 1
        if effect.reason is not None:
            self.counters.add(_STORED[effect.kind], effect.reason.value)

    def opening(self) -> None:
        """Do nothing: the pollbook grows by little more than a hundred bytes a voter."""

    def report_lines(self, _kind: ReportKind, /) -> tuple[ReportLine, ...]:
        """List voters checked in, claims without a card, refusals and overrides by reason."""
        issued = sum(each.issued for each in self.pollbook.counts())
        waiting = sum(each.claimed for each in self.pollbook.counts())
        provisional = len(self.pollbook.provisional())
        refusals = self.counters.read(CounterKind.REFUSAL)
        overrides = self.counters.read(CounterKind.OVERRIDE)
        return (
            ReportLine(m("Checked in"), issued),
            ReportLine(m("Claimed, no card written"), waiting),
            *([ReportLine(m("Provisional, no answer"), provisional)] if provisional else []),
            ReportLine(m("Refused"), _sum(refusals)),
            *(ReportLine(named(REFUSALS, reason), n) for reason, n in refusals),
            ReportLine(m("Overrides"), _sum(overrides)),
            *(ReportLine(named(OVERRIDES, reason), n) for reason, n in overrides),
        )

    def cast(self) -> int:
        """Count the authorizations given. Raises `StorageError`."""
        return sum(each.issued for each in self.pollbook.counts())

    def closing(self) -> Closing:
        """Give no roots: a station has no records."""
        return Closing(None, None, 0, ())

    def bundle(self) -> Bundle:
        """Collect check-ins, refusals and overrides by reason, and what was issued and came back."""
        counts, election = self.pollbook.counts(), self._context.election
        back = CardsBack(self.pollbook.receipts(), self.pollbook.returned())
        config = self._context.config
        sealed = seal_cards_back(
            back, election.uuid, config.branch, config.device, election.seal_public_key
        )
        return self._context.bundle(
            check_ins=CheckIns(
                by_contests=tuple(GrantedCount(each.contests, each.issued) for each in counts),
                claimed_not_issued=sum(each.claimed for each in counts),
                refusals=self._reasons(CounterKind.REFUSAL),
                overrides=self._reasons(CounterKind.OVERRIDE),
                provisional=self.pollbook.provisional(),
                issued=self.pollbook.issued(),
                receipts=len(back.receipts),
                returned=len(back.returned),
                cards_back=sealed,
            )
        )

    def _reasons(self, kind: CounterKind) -> tuple[ReasonCount, ...]:
        return tuple(ReasonCount(reason, number) for reason, number in self.counters.read(kind))


def _sum(numbers: tuple[tuple[str, int], ...]) -> int:
    return sum(number for _, number in numbers)
