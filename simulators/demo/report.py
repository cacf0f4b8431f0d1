"""Report of a day, for people and as one JSON object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from statistics import median

MS = 1000.0


@dataclass(frozen=True, slots=True)
class StepDurations:
    """Median and 99th percentile in milliseconds."""

    median: float
    p99: float


def timing(seconds: list[float]) -> StepDurations:
    """Return median and 99th percentile (nearest rank) of measured times."""
    if not seconds:
        return StepDurations(0.0, 0.0)
    ordered = sorted(seconds)
    rank = max(0, -(-99 * len(ordered) // 100) - 1)
    return StepDurations(round(median(ordered) * MS, 1), round(ordered[rank] * MS, 1))


@dataclass(slots=True)
class DayReport:
    """Outcome of a day."""

    voters: int
    seed: int
    transport: str
    election: str = ""
    """Its name, in Persian."""
    branch: str = ""
    stations: int = 1
    terminals: int = 1
    checked_in: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    terminal_refused: Counter[str] = field(default_factory=Counter)
    """Odd cards put into the ballot terminal: blank, unknown, a copy of a spent authorization."""
    overridden: int = 0
    abandoned: int = 0
    on_paper: int = 0
    """Check-ins for ballot papers that headquarters counted; the papers are counted by hand."""
    ballots_cast: int = 0
    ballots_spoiled: int = 0
    provisional: int = 0
    """Ballots that the night decided on."""
    doubles: int = 0
    """Ballots of persons who have cast one before: all but one of a person's are left out in the night."""
    excluded: int = 0
    """Ballots that were left out in the night."""
    line_cuts: int | None = None
    """How often the line to the registry was cut; None: it was left alone."""
    stored_records: int = 0
    receipts_cover: int = 0
    """Votes of which a card brought the terminal's receipt back to the identity station."""
    papers: dict[str, int] = field(default_factory=dict)
    """Paper records printed, void, and pieces in the box; empty in an election without them."""
    imported_ballots: int = 0
    tally_matches_intent: bool = False
    seats: dict[str, int] = field(default_factory=dict)
    verify: str = "not reached"
    import_findings: list[str] = field(default_factory=list)
    identity_s: list[float] = field(default_factory=list)
    cast_s: list[float] = field(default_factory=list)
    phases_s: dict[str, float] = field(default_factory=dict)
    disagreements: list[str] = field(default_factory=list)
    """Discrepancies; exit status 0 means that there are none."""
    folder: str = ""
    number: str = ""
    """The election's number, 64 hex digits."""
    index: str = ""
    """Path of the signed index, for `amin election verify INDEX --number NUMBER`."""

    def as_json(self) -> Mapping[str, object]:
        """Return the report for JSON."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        for name in ("refused", "terminal_refused"):
            told[name] = dict(sorted(told[name].items()))
        told["timings"] = {
            "identity_ms": asdict(timing(told.pop("identity_s"))),
            "cast_ms": asdict(timing(told.pop("cast_s"))),
            "phases_s": {name: round(s, 2) for name, s in told.pop("phases_s").items()},
        }
        return told

    def as_text(self) -> str:
        """Return the report as lines of text."""
        identity, cast = timing(self.identity_s), timing(self.cast_s)
        refused = ", ".join(f"{n} {reason}" for reason, n in sorted(self.refused.items()))
        seats = ", ".join(f"{name} {n}" for name, n in self.seats.items())
        lines = [
            "",
            "A polling day, end to end",
            f"  election            {self.election}",
            f"  branch              {self.branch}",
            f"  devices             {self.stations} for check-in, {self.terminals} for ballots",
            f"  visitors            {self.voters} (seed {self.seed}, cards by {self.transport})",
            f"  checked in          {self.checked_in}, of these {self.overridden} by override",
            f"  refused             {sum(self.refused.values())}"
            + (f" ({refused})" if refused else ""),
            *([f"  ballot papers       {self.on_paper}, counted by hand"] if self.on_paper else []),
            f"  left the booth      {self.abandoned}",
            (
                f"  ballots cast        {self.ballots_cast}, challenged {self.ballots_spoiled},"
                f" records stored {self.stored_records}"
            ),
            (
                f"  provisional         {self.provisional}, of these {self.excluded} left out in the night;"
                f" {self.doubles} second ballots of a person"
            ),
            *(
                [f"  line to registry    cut {self.line_cuts} times"]
                if self.line_cuts is not None
                else []
            ),
            f"  receipts            cover {self.receipts_cover} of {self.ballots_cast}",
            *(
                [f"  paper records       {', '.join(f'{n} {w}' for w, n in self.papers.items())}"]
                if self.papers
                else []
            ),
            f"  tally = intent      {'yes' if self.tally_matches_intent else 'NO'}",
            f"  archive verified    {self.verify}",
            f"  seats               {seats or '-'}",
            f"  identity check      median {identity.median:.0f} ms, p99 {identity.p99:.0f} ms",
            f"  recording a ballot  median {cast.median:.0f} ms, p99 {cast.p99:.0f} ms",
            "  time                "
            + ", ".join(f"{name} {s:.1f} s" for name, s in self.phases_s.items()),
            f"  number              {self.number}",
            f"  everything is in    {self.folder}",
        ]
        if self.disagreements:
            lines += [
                "",
                "It does not all agree:",
                *(f"  - {disagreement}" for disagreement in self.disagreements),
            ]
        return "\n".join(lines)
