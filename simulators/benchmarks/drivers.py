"""Cost and leaks of cards through a card service and fingers through serial lines.

Card, modules and service run in other processes. "Ours" is the processor time of this process: what the
drivers take, whatever the wire, the card and other programs take meanwhile. "Wall" is the clock.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import click

from drivers.errors import DriverError
from drivers.fingerprint.seam import Capture, SensorFeedback, Template, TemplateFormat
from drivers.fingerprint.sfm import SfmModule
from drivers.fingerprint.zfm import ZfmModule
from drivers.smartcard.access import PaceAccess
from drivers.smartcard.access_secret import Can
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.chip import ProofResult
from drivers.smartcard.emrtd import IdentityCard
from drivers.smartcard.pcsc import PcscReader
from drivers.smartcard.profile import CardProfile, load_profile
from drivers.smartcard.trust import CscaStore
from simulators.benchmarks.events import event_figures
from simulators.benchmarks.far_side import CAN, FarSide, FarSideError
from simulators.benchmarks.habits import habit_figures
from simulators.benchmarks.holdings import MIB, Holdings
from simulators.benchmarks.large_lists import list_figures
from simulators.benchmarks.measure import Figure, StatusCallback, sampled
from simulators.pcscd import SOCKET_VARIABLE, PcscdError, PrivatePcscd

READER: Final = "Amin bench"
SEEN_S: Final = 10.0
FINGER_S: Final = 5.0
WARM_UP: Final = 0.1
"""Share of the runs after which the process is taken to hold what it will hold for good."""
EVENTS: Final = 50
TOLD: Final = 20
"""Runs between two words about how far it is."""

READ_MS, MATCH_MS = 80, 5
GROWTH_PERCENT: Final = 5
FULL_READ: Final = ("open", "access", "read", "check", "close")

T = TypeVar("T")


@dataclass(slots=True)
class Times:
    """Milliseconds of every step of every run, by the wall clock and by our processor time."""

    wall: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    ours: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def step(self, name: str, work: Callable[[], T]) -> T:
        """Do `work`, record both times under `name` and return its result."""
        wall, ours = time.perf_counter(), time.process_time()
        done = work()
        self.ours[name].append(1000 * (time.process_time() - ours))
        self.wall[name].append(1000 * (time.perf_counter() - wall))
        return done

    def figures(self, about: dict[str, str]) -> Iterator[Figure]:
        """Return both times of each step; `about` describes the steps."""
        for step, text in about.items():
            yield sampled(f"{text}, ours", self.ours[step], "ms")
            yield sampled(f"{text}, wall", self.wall[step], "ms")


def bench_drivers(runs: int, reads: int, tell: StatusCallback) -> Iterator[Figure]:
    """Yield all figures. `reads` card reads and captures with each module; `runs` scales the insertions.

    Raises `click.ClickException` that says what to install where no card service can be had.
    """
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="amin-bench-") as home:
        folder = Path(home)
        try:
            with PrivatePcscd([READER], folder) as service:
                # Read when the PC/SC library is first used, which has not happened in this program.
                os.environ[SOCKET_VARIABLE] = str(service.socket_path)
                tell("making a card")
                with FarSide(service.slot(READER), folder, now) as far:
                    reader = PcscReader(service.reader_name(READER))
                    if reader.wait_event(SEEN_S) is None:
                        raise click.ClickException(
                            f"the card service does not see the card within {SEEN_S:.0f} s; "
                            "see whether pcscd runs on this machine by itself"
                        )
                    held = lambda: Holdings.now(service.pid)  # noqa: E731
                    store = CscaStore.from_der([far.equipment.authority])
                    yield from _cards(reader, store, far.equipment.photo_bytes, reads, held, tell)
                    reader.close()
                    yield from habit_figures(tell)
                    yield from list_figures(tell)
                    yield from _fingers(far, reads, held, tell)
                    count = max(2, min(EVENTS, runs * 10, reads // 10))
                    yield from event_figures(service.reader_name(READER), far, count, tell)
        except PcscdError as trouble:
            raise click.ClickException(f"no card service for the bench: {trouble}") from trouble
        except FarSideError as trouble:
            raise click.ClickException(str(trouble)) from trouble
        except DriverError as trouble:
            raise click.ClickException(f"the drivers failed at the bench: {trouble}") from trouble


def _cards(
    reader: PcscReader,
    store: CscaStore,
    photo_bytes: int,
    reads: int,
    held: Callable[[], Holdings],
    tell: StatusCallback,
) -> Iterator[Figure]:
    profile = load_profile()
    times = Times()
    begin = max(1, int(WARM_UP * reads))
    before = held()
    for run in range(reads):
        if run == begin:
            before = held()
        if run % TOLD == 0:
            tell(f"reading a card, {run} of {reads}")
        _read(reader, profile, store, times)
    after = held()
    full = [sum(steps) for steps in zip(*(times.ours[step] for step in FULL_READ), strict=True)]
    wall = [sum(steps) for steps in zip(*(times.wall[step] for step in FULL_READ), strict=True)]
    kilobytes = photo_bytes / 1000
    yield sampled(
        "card: read and check it whole, ours",
        full,
        "ms",
        target=READ_MS,
        note=f"PACE, EF.SOD, DG1, DG2 of {kilobytes:.0f} kB, DG11, DG14, DG15",
    )
    yield sampled("card: read and check it whole, wall", wall, "ms", note="with card and wire")
    yield from times.figures(
        {
            "open": "card: open the reader",
            "access": "card: PACE and SELECT",
            "read": "card: read and parse the files",
            "check": "card: passive authentication",
            "genuine": "card: active and chip authentication",
            "close": "card: close",
        }
    )
    yield from _growth("cards", before, after, reads - begin)


def _read(reader: PcscReader, profile: CardProfile, store: CscaStore, times: Times) -> None:
    """Read a card from opening to the check of authenticity. Raises `DriverError` if that fails."""
    now = datetime.now(UTC)
    channel = times.step("open", lambda: ApduChannel(reader.open()))
    card = IdentityCard(channel, profile, access=PaceAccess(Can(CAN), profile.chunk))
    times.step("access", card.open)
    times.step("read", card.read)
    evidence = times.step("check", lambda: card.verify_authenticity(store, now))
    evidence.require()
    proof = times.step("genuine", card.verify_genuineness)
    if proof.chip.result is not ProofResult.PASSED or proof.active.result is not ProofResult.PASSED:
        raise click.ClickException("the simulated card does not prove its chip")
    times.step("parse", lambda: card.identity(now.date()))
    times.step("close", channel.close)


def _fingers(
    far: FarSide, captures: int, held: Callable[[], Holdings], tell: StatusCallback
) -> Iterator[Figure]:
    times = Times()
    template = Template(far.equipment.zfm_template, TemplateFormat.ZFM_OWN)
    zfm = ZfmModule.open(str(far.equipment.zfm))
    sfm = SfmModule.open(str(far.equipment.sfm))
    begin = max(1, int(WARM_UP * captures))
    before = held()
    taken = 0
    for run in range(captures):
        if run == begin:
            before = held()
        if run % TOLD == 0:
            tell(f"taking fingers, {run} of {captures}")
        times.step("zfm", lambda: zfm.verify([template], FINGER_S, _silent))
        taken += isinstance(times.step("sfm", lambda: sfm.capture(FINGER_S, _silent)), Capture)
    after = held()
    zfm.close()
    sfm.close()
    if taken != captures:
        raise click.ClickException(f"only {taken} of {captures} fingers were captured")
    yield sampled(
        "ZFM: one match, ours", times.ours["zfm"], "ms", target=MATCH_MS, note="image to score"
    )
    yield sampled("ZFM: one match, wall", times.wall["zfm"], "ms", note="line not slowed to a baud")
    yield from times.figures({"sfm": "SFM: one capture"})
    yield from _growth("fingers", before, after, captures - begin)


def _silent(_: SensorFeedback) -> None:
    """Ignore the message: nobody stands at the bench."""


def _growth(what: str, before: Holdings, after: Holdings, runs: int) -> Iterator[Figure]:
    note = f"over the last {runs:,} runs"
    for name, grown in (
        ("open files", after.files - before.files),
        ("threads", after.threads - before.threads),
        ("connections to pcscd", after.service_files - before.service_files),
    ):
        yield Figure(f"{what}: {name} more", grown, "", target=0, note=note)
    percent = 100 * (after.memory - before.memory) / before.memory
    yield Figure(
        f"{what}: resident memory grown",
        percent,
        "%",
        target=GROWTH_PERCENT,
        note=f"{before.memory / MIB:.1f} to {after.memory / MIB:.1f} MiB",
    )
