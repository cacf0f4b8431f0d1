"""Define the election as every device sees it: contests, candidates, ballot styles, branches, devices.

Pure data. It comes out of the signed election package (`election.package`) and is never
changed afterwards. Everything that differs between elections is here, never in code.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Final, NewType, TypeAlias

from annotated_types import Interval, MaxLen

from election.fields import OneOf, Pattern, Word
from election.trusted import Trusted
from words.text import ENGLISH as ENGLISH  # noqa: PLC0414 - read by everybody from here
from words.text import PERSIAN as PERSIAN  # noqa: PLC0414 - read by everybody from here
from words.text import Language as Language  # noqa: PLC0414 - read by everybody from here
from words.text import Text as Text  # noqa: PLC0414 - read by everybody from here

ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9-]{0,31}$"
"""The form of ids of contests, styles, devices and branches."""

ContestId = NewType("ContestId", Annotated[str, Pattern(ID_PATTERN)])
StyleId = NewType("StyleId", Annotated[str, Pattern(ID_PATTERN)])
BranchId = NewType("BranchId", Annotated[str, Pattern(ID_PATTERN)])
DeviceId = NewType("DeviceId", Annotated[str, Pattern(ID_PATTERN)])
SelectionCode = NewType("SelectionCode", Annotated[int, Interval(ge=1, le=65_535)])
"""What a voter selects: a person or a list. 1…65535, one code space for a contest; 0 is an empty slot."""

Sha256Hex: TypeAlias = Annotated[str, Pattern(r"[0-9a-f]{64}")]
Address: TypeAlias = Annotated[
    str, Pattern(r"([A-Za-z0-9.-]{1,100}|\[[0-9a-f:]{2,40}\]):[0-9]{1,5}|")
]
"""host:port, or empty."""
_Word: TypeAlias = Annotated[str, MaxLen(200)]
_Count: TypeAlias = Annotated[int, Interval(ge=1, le=1_000_000)]
_Milliseconds: TypeAlias = Annotated[int, Interval(ge=1, le=86_400_000)]


class Role(StrEnum):
    """The permission that a certificate gives its holder (`crypto.certificates`)."""

    HEADQUARTERS = "headquarters"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    IDENTITY_STATION = "identity-station"
    BALLOT_TERMINAL = "ballot-terminal"
    RECONCILIATION_OFFICER = "reconciliation-officer"
    """Decides which provisional ballots count (`headquarters.decisions`)."""
    OBSERVER = "supervision-observer"
    """Of the supervision board: signs these decisions, too."""
    REGISTRY = "registry"
    """Answers stations whether a voter was claimed elsewhere (`election.claims`)."""
    EVALUATOR = "evaluator"
    """Makes voters' pseudonyms together with a station, and sees no voter (`crypto.oprf`)."""


DeviceRole: TypeAlias = Annotated[Role, OneOf((Role.IDENTITY_STATION, Role.BALLOT_TERMINAL))]


class BallotForm(StrEnum):
    """The encryption of a contest's answers (docs/adr: one election, two question kinds)."""

    SLOTS = "slots"
    """One list, or up to `max_selections` persons, as single codes in slots of random order."""
    CHOICE = "choice"
    """Few candidates: one homomorphic question, only sums become public."""


class DocumentCheck(StrEnum):
    """What a document without a chip that answers is worth, when two roles have looked at it."""

    PROVISIONAL = "provisional"
    """A provisional ballot: whoever comes with the chip takes its place."""
    ORDINARY = "ordinary"
    OFF = "off"


class Authority(StrEnum):
    """Who answers a branch's stations whether a person was claimed: one, and only its word counts."""

    ALONE = "alone"
    """The branch's only identity station: its own pollbook."""
    BRANCH = "branch"
    """A registry in the branch, which is the only one of the election."""
    CENTRE = "centre"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who stands in a contest."""

    code: SelectionCode
    name: Text
    list_code: SelectionCode | None
    """The list the person stands on; None for an independent."""
    portrait: Sha256Hex
    """SHA-256 (hex) of the JPEG in the package's portraits."""
    woman: bool


@dataclass(frozen=True, slots=True)
class CandidateList:
    """A list of candidates that is voted for as a whole, with one code."""

    code: SelectionCode
    name: Text
    members: tuple[SelectionCode, ...]


@dataclass(frozen=True, slots=True)
class Contest:
    """A contest: its seats, its rules of marking, and who stands."""

    id: ContestId
    title: Text
    seats: _Count
    max_selections: _Count
    form: BallotForm
    code_width: Annotated[int, Interval(ge=1, le=5)]
    """Codes are shown and typed with this many digits, leading zeros kept."""
    blank_code: SelectionCode
    """Stands for an explicit blank vote (a ballot with nothing chosen, confirmed as such)."""
    candidates: tuple[Candidate, ...]
    lists: tuple[CandidateList, ...] = ()

    @property
    def only(self) -> SelectionCode | None:
        """The one that stands alone: the only candidate, or the only list if everybody is on it."""
        if len(self.lists) == 1 and len(self.lists[0].members) == len(self.candidates):
            return self.lists[0].code
        return self.candidates[0].code if len(self.candidates) == 1 else None

    def candidate(self, code: SelectionCode) -> Candidate | None:
        """Return the candidate with this code; None for any other code."""
        return next((c for c in self.candidates if c.code == code), None)

    def list_of(self, code: SelectionCode) -> CandidateList | None:
        """Return the list whose own code this is; None for any other code."""
        return next((x for x in self.lists if x.code == code), None)

    def format_code(self, code: SelectionCode) -> str:
        """Write a code with its leading zeros: `7` → `0007`.

        The digits are Latin; the screen turns them into the language's own.
        """
        return f"{code:0{self.code_width}d}"


@dataclass(frozen=True, slots=True)
class BallotStyle:
    """The contests that a group of voters may vote in."""

    id: StyleId
    name: Text
    contests: tuple[ContestId, ...]
    residence: tuple[Word, ...] = ()
    """First component of the address on the identity card (Doc 9303-10, DG11 5F42) of those who
    vote this style; empty: everybody no other style claims."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A polling place, fixed or mobile."""

    id: BranchId
    name: Text
    district: Word
    mobile: bool = False
    offline: bool = False
    """Check in also without the registry's answer; such ballots are provisional (`election.provisional`)."""
    authority: Authority = Authority.ALONE
    registry: Address = ""
    """Where the authority answers."""
    evaluator: Address = ""
    """Where the supervision board's half of pseudonyms is made; of `CENTRE` alone."""
    paper_ballots: bool = False
    """Identity stations only: voters are checked in, and get a ballot paper in place of a card."""


@dataclass(frozen=True, slots=True)
class EnrolledDevice:
    """One entry of the enrolment list."""

    id: DeviceId
    role: DeviceRole
    branch: BranchId
    certificate: bytes
    """X.509 DER: the device's Ed25519 key, its role and branch."""
    sealed_card_key: bytes
    """The branch's authorization-card management key (AES-256), sealed (HPKE) to this device alone."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings of the day that are data, not code."""

    min_age: Annotated[int, Interval(ge=0, le=150)] = 18
    finger_tries: Annotated[int, Interval(ge=1, le=20)] = 4
    first_capture_ms: _Milliseconds = 30_000
    next_capture_ms: _Milliseconds = 15_000
    authorization_minutes: Annotated[int, Interval(ge=1, le=1440)] = 30
    clock_tolerance_minutes: Annotated[int, Interval(ge=0, le=60)] = 10
    """How far the clocks of a branch's devices may be apart."""
    inactivity_ms: _Milliseconds = 150_000
    inactivity_alert_ms: _Milliseconds = 30_000
    ballots_per_terminal: Annotated[int, Interval(ge=1, le=100_000)] = 1500
    """Capacity reserved on the medium when the polls open (see docs/adr on storage)."""
    challenge_allowed: bool = True
    challenges_per_voter: Annotated[int, Interval(ge=1, le=100)] = 3
    """Every challenged ballot takes a slot of the terminal's."""
    document_check: DocumentCheck = DocumentCheck.PROVISIONAL
    document_checks_per_hour: Annotated[int, Interval(ge=1, le=10_000)] = 30
    """Of a branch, shared among its identity stations; typing a person anew counts again."""
    paper_record: bool = False
    """Terminals print what was marked, and nothing is recorded before the voter has compared it."""

    @property
    def longest_authorization(self) -> timedelta:
        """How far away the end of a token may be, by the clock of a terminal."""
        return timedelta(minutes=self.authorization_minutes + self.clock_tolerance_minutes)

    @property
    def first_capture_s(self) -> float:
        """The time limit of the first capture of a finger, in seconds."""
        return self.first_capture_ms / 1000

    @property
    def next_capture_s(self) -> float:
        """The time limit of every further capture of a finger, in seconds."""
        return self.next_capture_ms / 1000

    @property
    def inactivity_s(self) -> float:
        """The time without input until the voter is asked to go on, in seconds."""
        return self.inactivity_ms / 1000

    @property
    def inactivity_alert_s(self) -> float:
        """The time from that question until an officer is called, in seconds."""
        return self.inactivity_alert_ms / 1000


@dataclass(frozen=True)
class Election:
    """The definition of an election, as the signed package carries it.

    Without slots: the dictionaries of its devices and branches are made once, when they are needed.
    """

    uuid: _Word
    name: Text
    day: date
    opens: datetime
    closes: datetime
    contests: tuple[Contest, ...]
    styles: tuple[BallotStyle, ...]
    branches: tuple[Branch, ...]
    devices: tuple[EnrolledDevice, ...]
    rules: Rules
    belenios_election: bytes
    """The election object of the public archive, exact bytes; its hash is the fingerprint φ."""
    seal_public_key: bytes
    """Headquarters' HPKE key (MLKEM768_X25519): records are sealed to it."""
    trusted: Trusted
    """All that is believed of identity documents."""
    reconciliation_public_key: bytes = b""
    """The reconciliation office's HPKE key: who holds a provisional ballot's handle is sealed to it.
    Empty where no branch is `offline`."""
    rehearsal: bool = False
    """No vote counts: the only kind of election that simulated devices take part in."""

    @property
    def document_check(self) -> DocumentCheck:
        """What a document without a chip is worth here; provisional takes a reconciliation office."""
        policy = self.rules.document_check
        judged = bool(self.reconciliation_public_key) or policy is not DocumentCheck.PROVISIONAL
        return policy if judged else DocumentCheck.OFF

    def is_on_paper(self, branch_id: BranchId) -> bool:
        """Tell whether voters of this branch get ballot papers, which cannot be told apart later."""
        branch = self.branch(branch_id)
        return branch is not None and branch.paper_ballots

    def hears_protests(self, branch_id: BranchId) -> bool:
        """Tell whether who is said to have voted may get a provisional ballot, by two roles.

        Where a registry is asked: every check-in leaves an entry there, by which the night decides.
        """
        branch = self.branch(branch_id)
        asks = branch is not None and branch.authority is not Authority.ALONE
        return asks and not self.is_on_paper(branch_id)

    def document_check_at(self, branch_id: BranchId) -> DocumentCheck:
        """Return what a document without a chip is worth in a branch: no ballot paper is provisional."""
        policy = self.document_check
        refused = policy is DocumentCheck.PROVISIONAL and self.is_on_paper(branch_id)
        return DocumentCheck.OFF if refused else policy

    def document_checks(self, station: DeviceId) -> int:
        """Return how many a station may begin in an hour: its share of the branch's number."""
        here = self.device(station)
        if here is None:
            return 0
        stations = sorted(
            each.id
            for each in self.devices
            if (each.role, each.branch) == (Role.IDENTITY_STATION, here.branch)
        )
        share, rest = divmod(self.rules.document_checks_per_hour, len(stations))
        return share + (stations.index(station) < rest)

    def contest(self, contest_id: ContestId) -> Contest:
        """Return the contest with this id, which must exist."""
        return next(c for c in self.contests if c.id == contest_id)

    def style(self, style_id: StyleId) -> BallotStyle | None:
        """Return the ballot style with this id; None if there is none."""
        return next((s for s in self.styles if s.id == style_id), None)

    def style_for(self, residence: str) -> BallotStyle | None:
        """Return the ballot style of a person registered at `residence`; None if they may not vote."""
        named = next((s for s in self.styles if residence in s.residence), None)
        return named or next((s for s in self.styles if not s.residence), None)

    def device(self, device_id: DeviceId) -> EnrolledDevice | None:
        """Return the enrolled device with this id; None if there is none."""
        return self._devices.get(device_id)

    def holder_of(self, certificate: bytes) -> EnrolledDevice | None:
        """Return the device enrolled with this certificate (DER); None if there is none."""
        return self._holders.get(certificate)

    def branch(self, branch_id: BranchId) -> Branch | None:
        """Return the branch with this id; None if there is none."""
        return self._branches.get(branch_id)

    # A list that names something twice is searched from its beginning: the first one counts.

    @cached_property
    def _devices(self) -> dict[DeviceId, EnrolledDevice]:
        return {device.id: device for device in reversed(self.devices)}

    @cached_property
    def _holders(self) -> dict[bytes, EnrolledDevice]:
        return {device.certificate: device for device in reversed(self.devices)}

    @cached_property
    def _branches(self) -> dict[BranchId, Branch]:
        return {branch.id: branch for branch in reversed(self.branches)}

    def __getstate__(self) -> dict[str, object]:
        """Return the members alone: another process makes its dictionaries itself."""
        return {each.name: getattr(self, each.name) for each in fields(self)}
