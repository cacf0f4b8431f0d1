"""What is typed and scanned to open a card, and traces of cards: made of any answers, read and imitated."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Literal

from crypto.errors import CryptoError
from drivers.fingerprint.module_recording import record_module
from drivers.fingerprint.module_trace import (
    MAX_MODULE_TRACE,
    ModuleExchange,
    ModuleSetting,
    ModuleTrace,
)
from drivers.fingerprint.seam import FingerprintReader
from drivers.fingerprint.sfm import SfmModule
from drivers.fingerprint.zfm import ZfmModule
from drivers.serial_line import ByteLine
from drivers.smartcard import lds, shapes
from drivers.smartcard.access_text import LONGEST, ZoneLines, fields_text, secret_of
from drivers.smartcard.profile import load_profile
from drivers.smartcard.recording import record_card
from drivers.smartcard.trace import MAX_TRACE, CardTrace
from election.schema import from_json, to_json
from kiosk.flows.identity.states import AccessWay
from simulators.cards.replay import replay
from simulators.fingerprint.replay import replay_module
from simulators.local_reader import LocalReader
from tests.fuzz import frames
from tests.fuzz.card_sessions import CAN, Player, Recorder
from tests.fuzz.devices import LIMITS, sfm_sessions, zfm_sessions
from tests.fuzz.lines import AnsweringLine, Clock, timeless
from tests.fuzz.target import Make, Target
from tests.fuzz.world import NOW, in_group, world

WAYS: Final = (AccessWay.CAN, AccessWay.MRZ)
ZONE: Final = (
    "IDUTO123456789<07<<<<<<<<<<<<<",
    "8601012M3001019UTO<<<<<<<<<<<6",
    "SPECIMEN<<JANE<<<<<<<<<<<<<<<<",
)
TD3: Final = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)


def zone_lines() -> Target:
    """Never raises, holds no more than a zone, and resynchronises: a clean pass after it is whole."""

    def read(data: bytes) -> None:
        clock = Clock()
        zone = ZoneLines(clock.monotonic)
        texts = data.decode("utf-8", "replace").split("\n")
        for text in texts:
            if text.startswith("#"):
                clock.sleep(len(text))
            whole = zone.add(text)
            if whole is not None:
                secret_of(whole, WAYS)
        fields_text(*(texts * 3)[:3])
        passes = [zone.add(line) for line in ZONE * 2]
        assert "".join(ZONE) in passes
        assert all(whole is None or len(whole) <= LONGEST for whole in passes)

    corpus = ("\n".join(ZONE), "\n".join((*TD3, "####", *ZONE)), "271828\n۲۷۱۸۲۸\n" + TD3[0])
    return Target(read, tuple(text.encode() for text in corpus), ())


def recorded_sessions() -> Target:
    """Whatever a card answers, its trace can be written, and holds no value of its files."""
    profile, store, card = load_profile(), world().store, world().card
    number = world().person.national_number

    def record(channel: Recorder | Player) -> CardTrace:
        return record_card(channel, profile, None, store, NOW)

    recorder = Recorder(card)
    card.reset()
    record(recorder)

    def read(data: bytes) -> None:
        written = to_json(record(Player(data)))
        assert len(written) <= MAX_TRACE
        assert number.encode() not in written

    return Target(read, (frames.pack(recorder.answers),), (), framed=True, short_share=0.1)


def file_shapes() -> Target:
    """Words of any file, by any number."""

    def read(data: bytes) -> None:
        for number in (*lds.GROUP_TAGS, 0x1D, 0x1E):
            for shape in shapes.files({lds.group_file(number): data}):
                assert all(len(word) <= 40 and word.isascii() for word in shape.form)
        shapes.protocols(data)
        shapes.protocols(data, in_group=True)
        shapes.announced(data)

    return Target(read, (*in_group(1, 2, 11, 13, 14, 15), world().card.sod), ())


def card_traces() -> Target:
    """A file for `--replay`: refused, or made into a card; never anything else."""
    card = world().card
    reader = LocalReader("fuzz")
    reader.insert(card)
    good = record_card(reader.open(), load_profile(), None, world().store, NOW)

    def read(data: bytes) -> None:
        try:
            replay(from_json(CardTrace, data, MAX_TRACE), world().person, CAN)
        except ValueError as error:
            if isinstance(error, UnicodeError):
                raise

    return Target(read, (to_json(good),), (CryptoError,))


def recorded_modules() -> Target:
    """Whatever a module answers, its trace can be written, and a copy is made or refused."""
    seeds = [said for make in (sfm_sessions, zfm_sessions) for said in make().corpus]

    def recorded(protocol: Literal["sfm", "zfm"], data: bytes) -> ModuleTrace:
        def make(opened: Callable[[], ByteLine]) -> FingerprintReader:
            if protocol == "sfm":
                return SfmModule(opened, limits=LIMITS)
            return ZfmModule(opened, limits=LIMITS)

        with timeless() as clock:
            line = AnsweringLine(data, clock)
            return record_module(protocol, 57_600, lambda: line, make, finger_s=1.0)

    def read(data: bytes) -> None:
        for trace in (recorded("sfm", data), recorded("zfm", data)):
            written = to_json(trace)
            assert len(written) <= MAX_MODULE_TRACE
            with contextlib.suppress(ValueError):
                replay_module(from_json(ModuleTrace, written), Path("/nowhere/module"))

    return Target(read, tuple(seeds), (), framed=True, short_share=0.1)


def module_traces() -> Target:
    """A file for `--replay` of a module: refused, or made into one; never anything else."""
    exchanges = (ModuleExchange(0x13, None, 4, 0, 0), ModuleExchange(0x0F, None, 0, None, None))
    good = ModuleTrace(
        "amin-module-trace", 1, "zfm", 57_600, "ready", ("taken",), False, 128,
        (ModuleSetting(0, 162), ModuleSetting(4, 6)), exchanges, "",
    )  # fmt: skip

    def read(data: bytes) -> None:
        trace = from_json(ModuleTrace, data, MAX_MODULE_TRACE)
        with contextlib.suppress(ValueError):
            replay_module(trace, Path("/nowhere/module"))

    return Target(read, (to_json(good),), (CryptoError,))


TARGETS: Final[Mapping[str, Make]] = {
    "recorded-module": recorded_modules,
    "module-trace": module_traces,
    "zone-lines": zone_lines,
    "recorded-session": recorded_sessions,
    "file-shapes": file_shapes,
    "card-trace": card_traces,
}
