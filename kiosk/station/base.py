"""Hold what both devices have: keys, the installed package, the state of the polls, the audit log.

All databases of a device live on one thread, the `store` worker; the methods here are called
on it, unless they say otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, assert_never

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.canonical import MAX_SIZE
from crypto.errors import CryptoError
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from drivers.examined.finding import DoctorFinding
from drivers.file_system import format_anew, keeps_old_blocks, overwrite_in_place
from drivers.looking import look
from drivers.media.errors import StorageError, written
from drivers.media.parents import Apart, apart
from drivers.media.presence import MediaWatch
from drivers.media.room import RESERVE, release, reserve
from drivers.plugged import Plugged
from drivers.threads.worker import OnCrash, Worker
from election.aside import put, set_aside
from election.audit_events import AuditEvent
from election.blocked_cards import blocked_by
from election.bundle import BallotBox, Bundle, CheckIns
from election.definition import DeviceId, DocumentCheck, Election, Role
from election.device_files import Files
from election.device_table import Place
from election.document_trust import DocumentTrust
from election.doubts import Doubt
from election.errors import ElectionError, PackageError, PollsStateError
from election.files import read_file, replace_file
from election.package import Expected, LoadedPackage, open_package
from election.package.portraits import files_of, read_installed
from election.pairing import Mirror, Pairing
from election.polls import PollsState
from election.purpose import check_purpose, why_not_ready
from election.reasons import PackageReason
from election.recovery import Found, Pair, recover
from election.register import (
    MAX_REGISTER,
    REGISTER_FILE,
    PublishedRegister,
    hash_in_groups,
    in_groups,
    open_published_register,
    open_register,
)
from election.register_match import compare
from election.roll import bring_roll
from election.sealed import open_card_key
from election.spare import SPARE
from election.taken_over import TakeOvers
from election.typed_clock import bounds, typed_time
from kiosk.clock import Clock, OwnClock
from kiosk.flows.common import ClosedReason, WriteAudit
from kiosk.settings import StationConfiguration
from kiosk.station.anchoring import Anchoring
from kiosk.station.clock_watch import AFTER_CLOSING, TOLERANCE, ClockWatch
from kiosk.station.device_log import DeviceLog
from kiosk.station.trust_keeper import TrustKeeper
from kiosk.storage.audit import AuditLog
from kiosk.storage.counters import Counters
from kiosk.storage.polls import Polls
from words.message import Message, m

ONE_DISK: Final = m("both memories are one disk: put the second memory on another one")
ACT_S: Final = 60.0
"""How much longer storage may be busy for an act of operators, which the console shows, and for a start."""

_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Workbench:
    """How plugged devices are looked for, and tried out before they serve."""

    look: Callable[[], Plugged] = look
    try_out: Callable[[StationConfiguration, Collection[Place]], Sequence[DoctorFinding]] = (
        lambda *_: ()
    )
    apart: Callable[[Path, Path], Apart] = apart
    """Whether both memories are two disks."""
    keeps: Callable[[Path], str | None] = keeps_old_blocks
    """Which file system of a folder keeps what was overwritten."""


class DeviceContext:
    """Keys, files, package, polls and log of one device."""

    def __init__(
        self,
        config: StationConfiguration,
        clock: Clock,
        on_crash: OnCrash,
        *,
        simulated: bool = False,
    ) -> None:
        """On any thread. Raises `OSError` or `CryptoError` if the device's own keys are unusable.

        `simulated`: simulators are installed on this machine, so it takes part in rehearsals only.
        """
        self.config = config
        self.clock = OwnClock(clock)
        self.simulated = simulated
        self.is_spare = config.branch == SPARE
        """A district's spare: it has a branch once it took over."""
        self.files = Files(config.data, config.mirror)
        self.takeovers = TakeOvers(config.device, config.data, config.mirror)
        self.trust_keeper = TrustKeeper(config.identity, self.files.added_lists)
        self.pairing = Pairing(config.data, config.mirror, config.usb, config.device)
        self.clock_watch = ClockWatch(self.clock)
        self.one_disk = False
        """Of the start: both memories are one."""
        self.is_alone = False
        """Two roles let it go on with one memory, and there is no second one: as last looked."""
        self._told_alone_s: float | None = None
        self.loaded_at: datetime | None = None
        """When the package was loaded."""
        self.signing = HybridKey.load(config.signing_key)
        self.sealing = SealingKey.load(config.sealing_key)
        self.root = config.root_certificate.read_bytes()
        self.store = Worker("store", on_crash, clock.monotonic)
        self.media = MediaWatch(config.data, config.mirror, clock.monotonic)
        self.package: LoadedPackage | None = None
        self.register: PublishedRegister | None = None
        """There whenever the package is."""
        self.opened = False
        """The databases are open; says nothing of the package."""
        self.log = DeviceLog(self.clock)
        self.workbench = Workbench()

    def open(self) -> None:
        """Open the databases and the installed package.

        Raises `StorageError`, `PackageError` (the installed file is not what was loaded) …
        """
        self.files.data.mkdir(parents=True, exist_ok=True)
        found = self._recover()
        self.polls = Polls(self.files.polls)
        self.audit = AuditLog(self.files.audit, self.signing.classical, self._log_copy)
        self.counters = Counters(self.files.counters)
        self._keep_sums(there=self.pairing.look() is Mirror.THERE)
        self.anchoring = Anchoring(
            self.polls,
            self.audit,
            self.files.anchors,
            self.signing,
            self.root,
            lambda: self.mirror() is Mirror.THERE,
        )
        self.opened = True
        self.one_disk = self.is_one_disk()
        self.log.begin(self.audit, self.counters, self.anchoring)
        self.log.note(WriteAudit(AuditEvent.STARTED))
        self.log.note_damaged(found.damaged)
        if found.caught_up:
            self.log.note(WriteAudit(AuditEvent.MEDIA_RECONCILED))
        for event in self.anchoring.unlogged:
            self.log.note(WriteAudit(AuditEvent.FOUND_AT_START, event))
        installed = self.polls.package_digest
        if installed is None:
            return
        # Judged by the day it was loaded: a clock that is wrong, or a certificate that has run out
        # since, must not keep the device from closing and handing over what it holds.
        self.loaded_at = self.anchoring.loaded_at
        try:
            self.package, self.register, *_ = self._read_installed(self.files.data, installed)
        except (ElectionError, OSError):
            if not self._bring_back(installed):
                raise
        self.check_trust()

    def _read_installed(
        self, folder: Path, installed: bytes
    ) -> tuple[LoadedPackage, PublishedRegister, bytes, bytes]:
        """Verify package and register of a folder. Raises `ElectionError`, `OSError`."""
        data = read_installed(folder, installed)
        registered = read_file(folder / REGISTER_FILE, MAX_REGISTER)
        self.takeovers.read(open_published_register(registered, self.root))
        self.serve_branch()
        package = self.check_package(data, folder, self.loaded_at)
        register = self.check_register(registered, package, self.loaded_at)
        return self.takeovers.join(package), register, data, registered

    def _bring_back(self, installed: bytes) -> bool:
        """Go on with package and register of the second memory; False if they do not verify there.

        What was here instead is set aside, and the log says so.
        """
        self.takeovers.read_second_key()
        try:
            found = self._read_installed(self.files.mirror, installed)
            package, register, data, registered = found
            _put_back(self.files.register, registered)
            for name, content in files_of(data, package).items():
                _put_back(self.files.data / name, content)
        except (ElectionError, OSError):
            return False
        self.package, self.register = package, register
        self.log.note_damaged(("primary",))
        return True

    def _recover(self) -> Found:
        """Join state and log of both memories. Raises `StorageError`."""
        files, there = self.files, self.pairing.look() is Mirror.THERE
        polls = Pair(files.polls, files.polls_mirror if there else None)
        log = Pair(files.audit, self._log_copy())
        return recover(polls, log, files.counters, self.signing.public, self.root)

    def _log_copy(self) -> Path | None:
        return self.files.audit_mirror if self.pairing.look() is Mirror.THERE else None

    def copy_state(self) -> None:
        """Keep state, package, register and acts on the second memory, too; one that fails gets the next.

        Package and register only as they verify: what was exchanged meanwhile replaces no good copy.
        """
        installed = self.polls.package_digest if self.opened else None
        if installed is None or self.register is None or self.mirror() is not Mirror.THERE:
            return
        with suppress(StorageError, ElectionError, OSError):
            self.polls.copy_to(self.files.polls_mirror)
            package, _, data, registered = self._read_installed(self.files.data, installed)
            for name, content in {REGISTER_FILE: registered, **files_of(data, package)}.items():
                kept = self.files.mirror / name
                if not kept.exists() or read_file(kept, MAX_SIZE) != content:
                    put(kept, content)
        # Of others, and nowhere else: they do not wait until this device's package can be read.
        with suppress(StorageError, ElectionError, OSError):
            self.takeovers.keep(mirrored=True)
            self.files.join_rescues(self.election, self.register)

    def close(self) -> None:
        """Close what `open` has opened."""
        if self.opened:
            self.polls.close_store()
            self.audit.close()
            self.counters.close()

    @property
    def election(self) -> Election:
        """Raises `PollsStateError` before a package is loaded."""
        return self.installed().election

    def check_package(self, data: bytes, folder: Path, at: datetime | None = None) -> LoadedPackage:
        """Verify a package for this device, as of now or `at`. Raises `PackageError` with the reason.

        `folder`: where it was read from.
        """
        expected = Expected(
            root_certificate=self.root,
            election_uuid=None,
            branch=self.config.branch,
            device_id=self.config.device,
            device_public_key=self.signing.public_bytes,
            spare=self.takeovers.own,
        )
        package = open_package(data, expected, at or self.clock.now(), beside=folder)
        check_purpose(package.election, simulated=self.simulated, ready=self.is_ready)
        if self.config.role is Role.IDENTITY_STATION:
            self.trust_keeper.trust_in(package.election).rules()
        try:
            self._card_key_of(package.election)
        except CryptoError as error:
            raise PackageError(
                PackageReason.WRONG_KEY, m("the package's card key is not sealed to this device")
            ) from error
        return package

    @property
    def trust(self) -> DocumentTrust:
        """What is trusted about identity documents now. Raises `PackageError`, `PollsStateError`."""
        return self.trust_keeper.trust_in(self.election)

    def check_trust(self) -> None:
        """Raise `PackageError` unless it is what two roles signed at the opening, or added since then."""
        # Acts that were tampered with are told as such, and say nothing about trust.
        is_open = self.polls.state.is_running
        if is_open and self.anchoring.trouble is None:
            self.trust_keeper.check(self.polls, self.audit, self.trust)

    @property
    def takes_lists(self) -> bool:
        """Whether revocation lists can be added: it reads documents, and its polls are not closed."""
        of_documents = self.package is not None and self.config.role is Role.IDENTITY_STATION
        return of_documents and self.polls.state is not PollsState.CLOSED

    @property
    def takes_codes(self) -> bool:
        """Whether documents are checked by eye here now, so that a code can allow more of them."""
        here = self.config.role is Role.IDENTITY_STATION and self.polls.state.is_running
        return here and self.election.document_check_at(self.config.branch) is not DocumentCheck.OFF

    def add_lists(self, lists: Iterable[bytes]) -> bool:
        """Trust more revocation lists; False if all were known before. Raises `PackageError`, `OSError`."""
        return self.trust_keeper.add(self.polls, self.audit, self.trust, lists, self.log.write)

    def check_register(
        self, data: bytes, package: LoadedPackage, at: datetime | None = None
    ) -> PublishedRegister:
        """Verify a register, and that it names this package. Raises `RegisterError`."""
        published = open_register(data, self.root, at or self.clock.now())
        compare(published, package, self.config.branch)
        return published

    @property
    def is_ready(self) -> bool:
        """Ready for the day: provisioning has ended, and with it the time of rehearsals."""
        return self.audit.has(AuditEvent.READY_FOR_THE_DAY)

    def why_not_ready(self) -> ElectionError | None:
        """Why this device cannot be made ready for the day now; None if it can."""
        loaded = None if self.package is None else self.package.election
        found = why_not_ready(
            loaded, self.polls.state, simulated=self.simulated, ready=self.is_ready
        )
        if found is None and self.is_one_disk():
            return PollsStateError(ONE_DISK)
        media = () if self.simulated else (self.config.data, self.config.mirror)
        if found is None and (kept := [x for x in media if self.workbench.keeps(x) is not None]):
            # Raw, old blocks are a list of votes in the order of casting (ADR 0045).
            return PollsStateError(format_anew(kept[0]))
        return found

    def is_one_disk(self) -> bool:
        """Tell whether one disk that dies takes both memories with it; in a simulation one may serve."""
        one = self.workbench.apart(self.config.data, self.config.mirror) is Apart.ONE
        return one and not self.simulated

    def make_ready(self, entry: WriteAudit) -> None:
        """Write the entry that ends the time of rehearsals on this device, for good.

        `entry`: of kind `READY_FOR_THE_DAY`, naming both operators. Raises `ElectionError` (`why_not_ready`).
        """
        trouble = self.why_not_ready()
        if trouble is not None:
            raise trouble
        self.log.write(entry)

    def install(
        self, data: bytes, package: LoadedPackage, registered: bytes, register: PublishedRegister
    ) -> None:
        """Keep a verified package and its register: the files first, then the state that names them.

        Before the polls were open both memories are named by it. Raises `StorageError`, `OSError`.
        """
        if self.polls.state.is_before_opening:
            self.pairing.make()
            self.loaded_at = self.clock.now()
        self.takeovers.read(register)
        self.keep_takeovers()
        put(self.files.register, registered)
        for name, content in files_of(data, package).items():
            put(self.files.data / name, content)
        if self.config.role is Role.IDENTITY_STATION:
            bring_roll(self.config.usb, self.files.data, package.recorded)
        self.package, self.register = self.takeovers.join(package), register

    def serve_branch(self) -> None:
        """Be of the branch in which this spare took over, if it has."""
        if self.is_spare:
            self.config = replace(self.config, branch=self.takeovers.branch or SPARE)

    @property
    def replaceable(self) -> tuple[DeviceId, ...]:
        """The devices from which a spare may take over by the hand of this one."""
        return () if self.package is None else self.takeovers.replaceable(self.election)

    def keep_takeovers(self) -> None:
        """Keep who took over on the memories, and have them among the enrolled devices. Raises `OSError`."""
        self.takeovers.keep(mirrored=self.pairing.look() is Mirror.THERE)
        if self.package is not None:
            self.package = self.takeovers.join(self.package)

    @property
    def blocked(self) -> frozenset[str]:
        """Numbers of the operator cards that are blocked here. On any thread."""
        return blocked_by(self.audit.blocked) if self.opened else frozenset()

    def judged_at(self, now: datetime) -> datetime:
        """At which moment operators' certificates are judged: with a wrong clock nobody could mend it.

        On any thread.
        """
        if self.package is None or self.loaded_at is None:
            return now
        latest = self.package.election.closes + AFTER_CLOSING
        return now if self.loaded_at <= now <= latest else self.loaded_at

    def mirror(self) -> Mirror:
        """Say what is in the second memory's place; before the opening, whatever it is will do."""
        if self.polls.state.is_before_opening:
            return Mirror.THERE
        return self.pairing.look()

    def media_state(self) -> Mirror:
        """Look at the second memory, and tell how it is where two roles let the device go on without it.

        Every hour while it does, and once when there are two again. Raises `StorageError`.
        """
        mirror, kept = self.mirror(), self.files.one_memory
        alone = mirror in {Mirror.MISSING, Mirror.FOREIGN} and kept.exists()
        now = self.clock.monotonic()
        since = self._told_alone_s
        if alone and (since is None or now - since >= _HOUR_S):
            self.log.note(WriteAudit(AuditEvent.ONE_MEMORY))
            self.log.note(WriteAudit(AuditEvent.ONE_MEMORY_HOURS))
            self._told_alone_s = now
        self.is_alone = alone
        if self.polls.state.is_running:
            self._keep_sums(there=mirror is Mirror.THERE)
        return mirror

    def _keep_sums(self, *, there: bool) -> None:
        """Keep the sums of the day on the second memory, too; one that fails is tried again."""
        with suppress(StorageError, OSError):
            self.counters.keep_also(self.files.counters_mirror if there else None)

    def is_whole(self) -> None:
        """End what two roles allowed: both memories have everything. Raises `StorageError`."""
        if self.files.one_memory.exists():
            with written(self.files.one_memory.name):
                self.files.one_memory.unlink()
            self.log.note(WriteAudit(AuditEvent.ONE_MEMORY_ENDED))
        self._told_alone_s = None

    def pair(self) -> None:
        """Before the opening: name a second memory that has no name yet. Raises `StorageError`."""
        with written(RESERVE):
            for folder in (self.files.data, self.files.mirror):
                overwrite_in_place(folder)
                reserve(folder)
        if self.pairing.look() is not Mirror.THERE:
            self.pairing.make()

    def use_reserve(self) -> None:
        """Give the room back that was kept for the closing."""
        for folder in (self.files.data, self.files.mirror):
            release(folder)

    def doubts(self) -> tuple[Doubt, ...]:
        """List what two roles have to confirm before anybody is served."""
        if self.package is None or not self.polls.state.is_running:
            return ()
        doubtful = self.clock_watch.is_doubtful(self.package.election, self.floor)
        mirror = self.mirror()
        found = {
            Doubt.CLOCK: doubtful,
            Doubt.CLOCK_SET: self.clock_watch.was_set(self.package.election),
            Doubt.MEMORY: mirror is Mirror.NEW,
            Doubt.ONE_MEMORY: mirror is Mirror.MISSING and not self.files.one_memory.exists(),
        }
        return tuple(doubt for doubt, is_there in found.items() if is_there)

    @property
    def floor(self) -> datetime | None:
        """The latest time that log and acts told of before this start; None if they tell nothing."""
        return max((x for x in (self.audit.floor, self.anchoring.floor) if x), default=None)

    def typed_clock(self, digits: str) -> datetime:
        """Return the time that two roles typed. Raises `PollsStateError`.

        An earlier one than before, too; but not one before the polls' hour and the time they have been open.
        """
        election, floor = None if self.package is None else self.package.election, None
        if self.polls.state.is_running:
            # Without a package: not before the last act of two roles.
            floor = election.opens + self.audit.running.span if election else self.anchoring.floor
        return typed_time(digits, bounds(election, self.root, floor))

    def set_clock(self, at: datetime) -> None:
        """Go on with the time that two roles said."""
        known = self.clock.now() if self.clock.is_kept else self.floor or at
        if at < known - TOLERANCE and self.polls.state.is_running:
            self.log.note(WriteAudit(AuditEvent.CLOCK_BACK))
        self.clock.keep(at)

    def offered(self, doubt: Doubt) -> datetime | None:
        """Return the time with which the device would go on; None if a doubt is about no clock."""
        of_clock = doubt in {Doubt.CLOCK, Doubt.CLOCK_SET}
        return self.clock_watch.proposed(self.election, self.floor) if of_clock else None

    def sentence(self, doubt: Doubt) -> Message:
        """Say what was found, what to do, and of a clock with which time the device would go on."""
        if (time := self.offered(doubt)) is None:
            return doubt.sentence
        return m("{what} Confirmed, it is {time}.", what=doubt.sentence, time=time.astimezone())

    def confirm(self, doubt: Doubt) -> None:
        """Go on with what was found. Raises `StorageError`."""
        match doubt:
            case Doubt.CLOCK | Doubt.CLOCK_SET:
                self.set_clock(self.clock_watch.proposed(self.election, self.floor))
            case Doubt.MEMORY:
                self.pairing.make()
            case Doubt.ONE_MEMORY:
                with written(self.files.one_memory.name):
                    replace_file(self.files.one_memory, b"")
            case Doubt.POLLBOOK | Doubt.VOTES:
                pass  # The matter of pollbook and votes.
            case _:
                assert_never(doubt)

    def card_key(self) -> bytes:
        """Open the branch's authorization-card management key with this device's own key."""
        return self._card_key_of(self.election)

    def _card_key_of(self, election: Election) -> bytes:
        device = self.takeovers.own or election.device(self.config.device)
        if device is None:
            raise PollsStateError(m("this device is not on the enrolment list; load its package"))
        return open_card_key(
            device.sealed_card_key,
            election.uuid,
            self.config.branch,
            self.config.device,
            self.sealing,
        )

    def pollbook_key(self) -> bytes:
        """Key of the pollbook's voter references, from the device's own key: no other device has it."""
        return HKDF(SHA256(), 32, None, b"amin-pollbook-v1|" + self.election.uuid.encode()).derive(
            self.sealing.raw
        )

    def installed(self) -> LoadedPackage:
        """Return the package. Raises `PollsStateError` before one is loaded."""
        if self.package is None:
            raise PollsStateError(m("no election package is loaded; load it first"))
        return self.package

    def closed(self) -> ClosedReason | None:
        """Why nobody can be served now; None: the polls are open."""
        if self.takeovers.is_replaced and self.polls.state is not PollsState.CLOSED:
            return ClosedReason.REPLACED
        match self.polls.state:
            case PollsState.UNCONFIGURED:
                return ClosedReason.NO_PACKAGE
            case PollsState.READY:
                return ClosedReason.NOT_OPENED
            case PollsState.PAUSED:
                return ClosedReason.PAUSED
            case PollsState.CLOSED:
                return ClosedReason.CLOSED
            case PollsState.OPEN:
                return ClosedReason.PAUSED if self.log.is_held else None

    def bundle(self, *, box: BallotBox | None = None, check_ins: CheckIns | None = None) -> Bundle:
        """Put together what headquarters gets. Raises `PollsStateError` before a package is loaded."""
        return Bundle(
            election=self.election.uuid,
            package_digest=self.installed().digest,
            device=self.config.device,
            role=self.config.role,
            branch=self.config.branch,
            acts=self.polls.acts(),
            audit_tail=self.audit.tail,
            box=box,
            check_ins=check_ins,
            sums=self.counters.of_voters(),
        )

    def package_name(self) -> str:
        """Return the first characters of the package's digest, in groups, to compare by eye."""
        if self.package is None:
            return ""
        return hash_in_groups(self.package.digest[:8])

    def number(self) -> str:
        """Return the election's number in groups, computed from the register; empty without one."""
        return "" if self.register is None else in_groups(self.register.number)


def _put_back(path: Path, data: bytes) -> None:
    """Write what belongs here; anything else is kept under another name. Raises `OSError`."""
    if path.is_symlink() or path.exists():
        with suppress(OSError):
            if read_file(path, MAX_SIZE) == data:
                return
        set_aside(path)
    put(path, data)
