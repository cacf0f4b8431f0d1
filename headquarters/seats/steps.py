"""Define the steps of an allocation, as values; `sentence` says what happened, with every number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

from headquarters.seats.phrases import Name, names, percent, seats, votes
from words.message import Exact, Items, Latin, Message, Value, m, plural


class Measure(StrEnum):
    """The number that was compared to decide about one seat."""

    REMAINDER = "remainder"
    """What a group's quota still lacks, or has left over its last seat; in seats."""
    SHARE = "share"
    """Of the votes, 0…1."""
    AVERAGE = "average"
    """Votes divided by the divisor of the next seat."""


@dataclass(frozen=True, slots=True)
class ThresholdStep:
    """A group below the threshold takes no part."""

    group: Name
    votes: int
    total: int
    threshold: Fraction

    @property
    def sentence(self) -> Message:
        """Say who is left out and why."""
        return m(
            "{group} has {votes} of {total}, less than {threshold}: it takes no part.",
            group=self.group,
            votes=votes(self.votes),
            total=self.total,
            threshold=percent(self.threshold),
        )


@dataclass(frozen=True, slots=True)
class QuotaStep:
    """A group's votes as a number of seats, and what rounding makes of it."""

    group: Name
    votes: int
    denominator: int
    seats: int
    price: Fraction
    """Votes for one seat."""
    exact: bool
    """The price is denominator ÷ seats, so that quota = share × seats."""
    quota: Fraction
    given: int

    @property
    def sentence(self) -> Message:
        """Say the sum, and the seats of its result."""
        given = seats(self.given) if self.given else m("no seat yet")
        if self.exact:
            return m(
                "{group}: {votes} of {total}, times {seats}, is {quota}: {given}.",
                group=self.group,
                votes=votes(self.votes),
                total=self.denominator,
                seats=seats(self.seats),
                quota=Exact(self.quota),
                given=given,
            )
        return m(
            "{group}: {votes} at {price} votes a seat, is {quota}: {given}.",
            group=self.group,
            votes=votes(self.votes),
            price=Exact(self.price),
            quota=Exact(self.quota),
            given=given,
        )


@dataclass(frozen=True, slots=True)
class RestStep:
    """Many small groups whose quotas give them no seat, told together."""

    groups: int
    votes: int
    largest: Fraction
    """Of their quotas."""

    @property
    def sentence(self) -> Message:
        """Say how many they are, and their votes."""
        return plural(
            "{count} more group with {votes} and a quota of {largest}: no seat yet.",
            "{count} more groups with {votes} together and quotas up to {largest}: no seat yet.",
            self.groups,
            votes=votes(self.votes),
            largest=Exact(self.largest),
        )


@dataclass(frozen=True, slots=True)
class FullStep:
    """A group is due more seats than it has candidates."""

    group: Name
    due: int
    members: int
    set_aside: bool
    """The others share again; otherwise the seats become left-over seats."""

    @property
    def sentence(self) -> Message:
        """Say how many it has, and where the rest goes."""
        return plural(
            "{group} is due {due} but has only {count} candidate; {rest}.",
            "{group} is due {due} but has only {count} candidates; {rest}.",
            self.members,
            group=self.group,
            due=seats(self.due),
            rest=m("the others share again what remains")
            if self.set_aside
            else m("the rest join the left-over seats"),
        )


@dataclass(frozen=True, slots=True)
class AgainStep:
    """The groups that are not set aside share what remains."""

    seats: int
    votes: int

    @property
    def sentence(self) -> Message:
        """Say what remains."""
        return plural(
            "{count} seat is shared again by the other groups' {votes}.",
            "{count} seats are shared again by the other groups' {votes}.",
            self.seats,
            votes=votes(self.votes),
        )


@dataclass(frozen=True, slots=True)
class SumStep:
    """The sum of the rounded quotas, and the seats there are."""

    given: int
    seats: int

    @property
    def sentence(self) -> Message:
        """Say how many seats are left over or too many."""
        left = self.seats - self.given
        rest = m("none is left over")
        if left > 0:
            rest = plural("{count} is left over", "{count} are left over", left)
        elif left < 0:
            rest = m("{count} too many, to be taken back", count=-left)
        return plural(
            "Together {given} of {count} seat is given; {rest}.",
            "Together {given} of {count} seats are given; {rest}.",
            self.seats,
            given=self.given,
            rest=rest,
        )


@dataclass(frozen=True, slots=True)
class SeatStep:
    """One seat that is given by comparing the groups: a left-over seat, or one by averages."""

    number: int
    """Of all seats, from 1."""
    group: Name
    measure: Measure
    value: Fraction
    holds: int
    """Seats of the group with this one."""
    divisor: Fraction | None = None
    """Of a highest average: votes ÷ divisor = value."""

    @property
    def sentence(self) -> Message:
        """Say who gets the seat, and by which number."""
        value: Value = percent(self.value) if self.measure is Measure.SHARE else Exact(self.value)
        if self.divisor is not None:
            divisor = Exact(self.divisor)
            value = m("votes divided by {divisor} are {value}", divisor=divisor, value=value)
        return m(
            "Seat {number} goes to {group}: {why} ({value}); it now has {holds}.",
            number=self.number,
            group=self.group,
            why=_LARGEST[self.measure],
            value=value,
            holds=self.holds,
        )


_LARGEST = {
    Measure.REMAINDER: m("largest remainder"),
    Measure.SHARE: m("largest share in this round"),
    Measure.AVERAGE: m("highest average"),
}


@dataclass(frozen=True, slots=True)
class TakenBackStep:
    """One seat given back, because rounding gave out too many."""

    number: int
    """From 1."""
    group: Name
    measure: Measure
    value: Fraction
    holds: int

    @property
    def sentence(self) -> Message:
        """Say who gives a seat back, and by which number."""
        why = m("its last seat is covered by {part} of a quota only", part=Exact(self.value))
        if self.measure is Measure.SHARE:
            why = m("smallest share in this round ({share})", share=percent(self.value))
        return m(
            "{group} gives one seat back: {why}; {holds} remain.",
            group=self.group,
            why=why,
            holds=self.holds,
        )


@dataclass(frozen=True, slots=True)
class VacantStep:
    """No candidate is left in groups that have votes."""

    seats: int

    @property
    def sentence(self) -> Message:
        """Say how many seats nobody can take."""
        return plural(
            "{count} seat stays vacant: groups that have votes have no more candidates.",
            "{count} seats stay vacant: groups that have votes have no more candidates.",
            self.seats,
        )


@dataclass(frozen=True, slots=True)
class LotTicket:
    """A participant of a lot."""

    participant: str
    """As it enters the hash: a group's key, or a candidate's code without leading zeros."""
    name: Name
    digest: str
    """SHA-256, hexadecimal; the smallest comes first."""


@dataclass(frozen=True, slots=True)
class LotStep:
    """A tie that mattered, settled by lot."""

    about: Message
    context: str
    """As it enters the hash."""
    seed: str
    tickets: tuple[LotTicket, ...]
    """In the order drawn."""
    chosen: int
    """So many from the front got what the lot was about; 0 if only the order mattered."""

    @property
    def sentence(self) -> Message:
        """Say who came before whom."""
        drawn = [ticket.name for ticket in self.tickets]
        winners, others = drawn[: self.chosen], drawn[self.chosen :]
        order = m("the order is: {names}", names=names(drawn))
        if winners and others:
            order = m("{winners} before {others}", winners=names(winners), others=names(others))
        return m(
            "{about}: {number} are equal. By lot ({context}) {order}.",
            about=self.about,
            number=len(drawn),
            context=Latin(self.context),
            order=order,
        )


@dataclass(frozen=True, slots=True)
class ElectedStep:
    """The members who take a group's seats, and how many reserves there are."""

    group: Name
    elected: tuple[Name, ...]
    reserve_quota: Fraction
    """Share of the reserves × seats, before rounding."""
    due: int
    """After rounding."""
    reserves: tuple[Name, ...]
    """Fewer than `due` where the group has no more candidates."""

    @property
    def sentence(self) -> Message:
        """Name the members and the reserves."""
        count = len(self.reserves)
        reserves = m("{quota}, rounded {due}", quota=Exact(self.reserve_quota), due=self.due)
        if count < self.due:
            reserves = plural(
                "{reserves}, but only {count} candidate left",
                "{reserves}, but only {count} candidates left",
                count,
                reserves=reserves,
            )
        if count:
            reserves = m("{reserves}: {names}", reserves=reserves, names=Items(self.reserves))
        return m(
            "Elected of {group}, by votes: {elected}. Reserves: {reserves}.",
            group=self.group,
            elected=Items(self.elected),
            reserves=reserves,
        )


@dataclass(frozen=True, slots=True)
class FilledStep:
    """A vacancy is filled, or stays."""

    group: Name
    left: Name
    follows: Name | None
    of_group: Name | None
    """The group of who follows."""

    @property
    def sentence(self) -> Message:
        """Say who follows."""
        if self.follows is None or self.of_group is None:
            return m(
                "The seat of {left} of {group} stays vacant: no reserve is left.",
                left=self.left,
                group=self.group,
            )
        return m(
            "{follows} of {of_group} follows {left} of {group}.",
            follows=self.follows,
            of_group=self.of_group,
            left=self.left,
            group=self.group,
        )


AllocationStep: TypeAlias = (
    ThresholdStep
    | QuotaStep
    | RestStep
    | FullStep
    | AgainStep
    | SumStep
    | SeatStep
    | TakenBackStep
    | VacantStep
    | LotStep
    | ElectedStep
    | FilledStep
)
