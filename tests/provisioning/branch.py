"""A branch of two stations and three terminals, from nothing, by the commands of the operator's guide."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crypto.certificates import read_subject
from crypto.hybrid import HybridKey
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.authorization import TOKEN_OBJECT, AuthorizationCard
from election.audit_events import AuditEvent
from election.definition import DeviceId, Role
from election.enrolment import read_request
from headquarters.authority import branch_card_key
from headquarters.key_folder import open_key_folder
from headquarters.workspace import ElectionFolder
from kiosk import configuration
from kiosk.flows.operator.states import ConsoleAct
from kiosk.settings import StationConfiguration
from kiosk.storage.audit import verify
from simulators.cards.issuer import Issuer
from simulators.cards.piv import PivCard, piv_card
from simulators.cards.piv_vendor import DEFAULT_ADMIN_KEY
from simulators.fingerprint.module import INSTANT
from simulators.fingerprint.sfm import SfmSimulator
from simulators.local_reader import LocalReader, VirtualCard
from simulators.pcscd import PrivatePcscd, unavailable_reason
from simulators.vpcd import VpcdSlot
from tests.headquarters.small import jpeg
from tests.headquarters.unlocking import unlock
from tests.kiosk.station.bench import Bench, Clock, IdentityBench, TerminalBench
from tests.needs import BUSY_S, missing
from tests.peers.piv_cards import Powered, self_issued
from tests.provisioning.guide import GUIDE, files, steps

pytestmark = [pytest.mark.slow, pytest.mark.pcscd, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
READER = "Amin Cards"
NUMBERS = ("1001", "1002", "1003", "1004")
PROGRAMS = (
    *("yubico-piv-tool", "pkcs15-tool", "pkcs11-tool", "softhsm2-util", "swtpm"),
    *("swtpm_setup", "systemd-creds", "mkfs.ext4", "losetup", "openssl"),
)
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
DEVICES = {
    "b0001-s1": ("identity-station", "tpm"),
    "b0001-s2": ("identity-station", "file"),
    "b0001-t1": ("ballot-terminal", "tpm"),
    "b0001-t2": ("ballot-terminal", "token"),
    "b0001-t3": ("ballot-terminal", "file"),
}
FACTORY_PIN, FACTORY_PUK = "123456", "12345678"
MIB = 1024 * 1024


def new_card() -> PivCard:
    return piv_card(FACTORY_PIN, self_issued, puk=FACTORY_PUK, admin_key=DEFAULT_ADMIN_KEY)


@dataclass
class Hall:
    """Folders, variables and commands of the guide."""

    folder: Path
    text: str
    daemon: PrivatePcscd | None = None
    """It ends by itself where nobody uses it for a minute: there while cards are made."""
    common: dict[str, str] = field(default_factory=dict)
    cards: dict[str, PivCard] = field(default_factory=dict)
    tpms: dict[str, SoftwareTpm] = field(default_factory=dict)
    slots: dict[str, VpcdSlot] = field(default_factory=dict)

    def run(self, step: str, **more: str) -> str:
        """Run a block as it stands."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", steps(self.text)[step]],
            cwd=self.folder,
            env={**os.environ, **self.service(), **self.common, **more},
            capture_output=True,
            text=True,
            timeout=250,
            check=False,
        )
        assert done.returncode == 0, f"{step} {more}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def device(self, name: str) -> dict[str, str]:
        own = self.folder / name
        tpm = self.tpms.get(name)
        return {
            "TPM": tpm.name if tpm else "",
            "DEVICE": name,
            "ROLE": DEVICES[name][0],
            "ETC": str(own / "etc"),
            "DATA": str(own / "data"),
            "MIRROR": str(own / "mirror"),
            "KEYS": str(own / "run"),
            "PRIMARY_DISK": str(own / "primary.img"),
            "MIRROR_DISK": str(own / "mirror.img"),
        }

    def service(self) -> dict[str, str]:
        return {} if self.daemon is None else self.daemon.env()

    def boot(self, name: str) -> None:
        if (tpm := self.tpms.get(name)) is not None:
            tpm.start()

    def put_in(self, reader: str, card: PivCard) -> str:
        """Until the card service powers the card up; the reader's whole name."""
        assert self.daemon is not None
        powered = Powered(card)
        slot = self.slots.setdefault(reader, self.daemon.slot(reader))
        slot.insert(powered)
        limit = time.monotonic() + BUSY_S
        name = f"{reader} 00 00"
        while not (powered.asked and (reader == READER or self._answers(name))):
            assert time.monotonic() < limit, "the card service did not power the card up"
            time.sleep(0.1)
        return name

    def _answers(self, reader: str) -> bool:
        looked = ["yubico-piv-tool", "-r", reader, "-a", "version"]
        env = {**os.environ, **self.service()}
        return not subprocess.run(looked, env=env, capture_output=True, check=False).returncode

    def take_out(self, reader: str) -> None:
        self.slots[reader].remove()


def script(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def people(folder: Path) -> None:
    rows = [
        f"r{i},نامزد شمارهٔ {i},Candidate {i},{'hope' if i < 3 else ''},no,{i}.jpg" for i in range(6)
    ]
    head = "key,name_fa,name_en,list,woman,portrait"
    (folder / "candidates.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    (folder / "lists.csv").write_text("key,name_fa,name_en\nhope,امید,Hope\n", encoding="utf-8")
    (folder / "portraits").mkdir()
    for i in range(6):
        (folder / "portraits" / f"{i}.jpg").write_bytes(jpeg(i))


def documents(folder: Path, now: datetime) -> None:
    issuer = Issuer.create("Test country", now)
    (folder / "csca.cer").write_bytes(issuer.authority_der)
    (folder / "csca.crl").write_bytes(issuer.revocation_list(now - timedelta(days=1)))


EDITOR = """#!/usr/bin/env bash
sed -i -e 's/branch-1/b0001/; s/^seats = 21/seats = 3/; s/selections = 21/selections = 3/' \\
    -e 's/^seats = "[^"]*"/seats = "index of the day after"/' \\
    -e 's/^decisions = "[^"]*"/decisions = "index of the second day after"/' "$1"
"""


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    for program in PROGRAMS:
        if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
            missing(f"{program} is not installed")
    if not Path(MODULE).exists():
        missing("softhsm2 is not installed")
    if (reason := unavailable_reason()) is not None:
        missing(reason)
    if os.geteuid() != 0 or not Path("/dev/loop-control").exists():
        missing("media are loop devices, which root mounts")
    folder = tmp_path_factory.mktemp("hall")
    text = GUIDE.read_text(encoding="utf-8")
    with ExitStack() as stack:
        (folder / "bin").mkdir()
        script(
            folder / "bin" / "amin",
            f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m tests.provisioning.hands "$@"\n',
        )
        script(folder / "bin" / "editor", EDITOR)
        for name, content in files(text).items():
            (folder / name).write_text(content, encoding="utf-8")
        (folder / "token-pin").write_text("4711")
        (folder / "token-so-pin").write_text("471147")
        (folder / "tokens").mkdir()
        conf = folder / "softhsm.conf"
        conf.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
        people(folder)
        now = datetime.now(UTC)
        documents(folder, now)
        (folder / "drive").mkdir()
        ready = Hall(folder, text)
        ready.common = {
            "PATH": f"{folder}/bin:{os.environ['PATH']}:/usr/sbin:/sbin",
            "LANG": "C.UTF-8",
            "HQ": str(folder / "hq"),
            "OFFICER": str(folder / "officer"),
            "OBSERVER": str(folder / "observer"),
            "DRIVE": str(folder / "drive"),
            "LETTERS": str(folder / "letters"),
            "DAY": f"{now + timedelta(days=20):%Y-%m-%d}",
            "EDITOR": str(folder / "bin" / "editor"),
            "MODULE": MODULE,
            "SOFTHSM2_CONF": str(conf),
        }
        for name in DEVICES:
            own = ready.device(name)
            (folder / name).mkdir()
            for disk, place in (("PRIMARY_DISK", "DATA"), ("MIRROR_DISK", "MIRROR")):
                Path(own[place]).mkdir()
                with Path(own[disk]).open("wb") as image:
                    image.truncate(12 * MIB)
                stack.callback(_umount, own[place])
            Path(own["ETC"]).mkdir(mode=0o700)
            if DEVICES[name][1] == "tpm":
                ready.tpms[name] = SoftwareTpm(folder / name / "tpm")
                stack.callback(ready.tpms[name].stop)
        yield ready


def _umount(place: str) -> None:
    subprocess.run(["umount", "--lazy", place], capture_output=True, check=False)


class SoftwareTpm:
    """A TPM in software. Without a kernel that manages its sessions it is restarted, as a machine is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        author = ["swtpm_setup", "--tpm2", "--tpmstate", str(folder), "--pcr-banks", "sha256"]
        subprocess.run(author, check=True, capture_output=True)
        self.daemon: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        return f"swtpm:path={self.folder}/s"

    def start(self) -> None:
        self.stop()
        socket = self.folder / "s"
        self.daemon = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.folder}"]
            + ["--server", f"type=unixio,path={socket}"]
            + ["--ctrl", f"type=unixio,path={socket}.ctrl"]
            + ["--flags", "not-need-init,startup-clear"],
            stderr=subprocess.DEVNULL,
        )
        limit = time.monotonic() + 10
        while not Path(f"{socket}.ctrl").exists():
            assert time.monotonic() < limit, "swtpm did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        if self.daemon is not None:
            self.daemon.terminate()
            self.daemon.wait()
            for name in ("s", "s.ctrl"):
                (self.folder / name).unlink(missing_ok=True)


def operators(hall: Hall) -> list[str]:
    return [row["number"] for row in csv.DictReader((hall.folder / "operators.csv").open())]


def test_a_branch_from_nothing(hall: Hall) -> None:
    hall.run("begin")
    hall.run("contents")
    hq = ElectionFolder(hall.folder / "hq")
    for name, (_, keys) in DEVICES.items():
        own = hall.device(name)
        told = hall.run("media", **own)
        assert "came back as they were written" in told
        hall.boot(name)
        said = hall.run(f"keys-{keys}", **own)
        hall.run("request", **own)
        request = read_request((hall.folder / "drive" / f"{name}.json").read_bytes())
        assert request.fingerprint in said
        assert request.spoken in said
        plain = keys == "file"
        etc = Path(own["ETC"])
        assert (etc / "signing.key").exists() is plain
        kept = b"".join(path.read_bytes() for path in etc.iterdir())
        assert (b"PRIVATE KEY" in kept) is plain, "on the disk only what is meant to be"
    hall.run("package")
    with PrivatePcscd([READER, *NUMBERS]) as hall.daemon:
        blanks = make_cards(hall)
    hall.daemon = None
    hall.run("register")
    key = branch_card_key(open_key_folder(hq.keys, unlock), "b0001")  # type: ignore[arg-type]
    for card in blanks:
        reader = LocalReader("blank")
        reader.insert(card)
        assert AuthorizationCard.select(ApduChannel(reader.open()), key).read_token() is None
    for name in DEVICES:
        ready_for_the_day(hall, name)


def make_cards(hall: Hall) -> list[PivCard]:
    assert all(hall.run("letters") for _ in range(2)), "again: nothing is drawn anew"
    readers = {}
    for number in operators(hall):
        hall.cards[number] = new_card()
        readers[number] = hall.put_in(number, hall.cards[number])
        hall.run("card-request", NUMBER=number, READER=readers[number])
    hall.run("certificates")
    for number, reader in readers.items():
        assert number in hall.run("card-finish", NUMBER=number, READER=reader)
    hall.run("lost")
    return prepare_authorizations(hall)


def prepare_authorizations(hall: Hall) -> list[PivCard]:
    """Three new cards go through the reader, one after the other, while the command waits."""
    blanks = [new_card() for _ in range(3)]
    done = threading.Event()

    def feed() -> None:
        for card in blanks:
            hall.put_in(READER, card)
            while card.piv.admin_key == DEFAULT_ADMIN_KEY or TOKEN_OBJECT not in card.piv.objects:
                if done.wait(0.1):
                    return
            time.sleep(1)
            hall.take_out(READER)
            time.sleep(1)

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        told = hall.run("authorization-cards", READER=f"{READER} 00 00")
    finally:
        done.set()
        thread.join()
    assert "3 of 3" in told
    assert "0 could not be used" in told
    return blanks


# ---------------------------------------------------------------- at the screens


class Cards:
    """Stands for the office of a bench: its settings and its operators' cards."""

    def __init__(self, hall: Hall, config: StationConfiguration) -> None:
        self.hall = hall
        self.config = config

    def configuration(self, device: DeviceId, folder: Path) -> StationConfiguration:
        return self.config

    def operator(self, role: Role, pin: str | None = None) -> VirtualCard:
        return self.hall.cards["1001" if role is Role.OFFICER else "1002"]


class BenchOfPins:
    """Types the PIN of the letter of whichever card is in."""

    office: Cards

    def present(self, card: VirtualCard, pin: str | None = None) -> None:
        numbers = {id(one): number for number, one in self.office.hall.cards.items()}
        letter = (self.office.hall.folder / "letters" / f"{numbers[id(card)]}.txt").read_text()
        (line,) = (line for line in letter.splitlines() if line.startswith("PIN "))
        super().present(card, line.removeprefix("PIN "))  # type: ignore[misc]


class Terminal(BenchOfPins, TerminalBench):  # type: ignore[misc]
    pass


class Station(BenchOfPins, IdentityBench):  # type: ignore[misc]
    pass


def ready_for_the_day(hall: Hall, name: str) -> None:
    own = hall.device(name)
    hall.boot(name)
    hall.run("configure", **own)
    config = configuration.read(Path(own["ETC"]) / "station.toml")
    assert (config.signing_key.parent == Path(own["KEYS"])) is (DEVICES[name][1] != "file")
    cards = Cards(hall, config)
    with ExitStack() as stack:
        bench: Bench
        if config.fingerprint is None:
            bench = Terminal(cards, hall.folder)  # type: ignore[arg-type]
        else:
            finger = SfmSimulator(hall.folder / name / "finger", timing=INSTANT, paced=False)
            sensor = stack.enter_context(finger)
            bench = Station(cards, hall.folder, sensor)  # type: ignore[arg-type]
        bench.clock = Clock(datetime.now(UTC))
        bench.restart()
        stack.callback(bench.station.stop)
        loaded = bench.do(ConsoleAct.LOAD_PACKAGE)
        assert loaded.ok, loaded
        assert bench.do(ConsoleAct.READY_FOR_DAY).ok
    entries = verify(
        Path(own["DATA"]) / "audit.jsonl", HybridKey.load(config.signing_key).classical.public
    )
    (entry,) = (entry for entry in entries if entry.what == AuditEvent.READY_FOR_THE_DAY)
    certificates = [
        (hall.folder / "hq" / "operators" / f"{n}.der").read_bytes() for n in ("1001", "1002")
    ]
    prints = [read_subject(certificate).fingerprint.hex() for certificate in certificates]
    named = entry.detail.split()
    assert len(named) == 2
    assert all(any(whole.startswith(short) for whole in prints) for short in named)
    assert "ready-for-the-day" in hall.run("ready", **own)
