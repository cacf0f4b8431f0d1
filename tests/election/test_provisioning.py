"""A device is set up from nothing; whatever is brought or typed wrongly is refused, and nothing is lost."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from drivers import key_keeping
from drivers.errors import DriverError
from drivers.key_keeping import TokenKeeper, TpmKeeper
from election import files, provisioning
from election.definition import BranchId, DeviceId, Role
from election.enrolment import EnrolmentRequest, spoken
from election.errors import ElectionError, PackageError
from election.provisioning import Kept, KeptKeys, Places, configure, make_keys, open_keys
from election.register import REGISTER_FILE, RegisterError
from headquarters.authority import enrol
from kiosk import configuration
from kiosk.configuration import ConfigurationError
from tests.headquarters.unlocking import card_key_of
from tests.kiosk.station.office import BRANCH, NOON, VALIDITY, Office

DEVICE = DeviceId("b1-t9")
FILE = KeptKeys(Kept.FILE)
EQUIPMENT = '[readers.card]\nkind = "pcsc"\nname = "Reader*"\n'


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office.open(tmp_path_factory.mktemp("office"))


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    return tmp_path / "etc"


@pytest.fixture
def request_(etc: Path) -> EnrolmentRequest:
    return make_keys(etc, DEVICE, Role.BALLOT_TERMINAL, BRANCH, FILE)


@pytest.fixture
def drive(office: Office, request_: EnrolmentRequest, tmp_path: Path) -> Path:
    """What headquarters brings when it has enrolled the device."""

    def card_key(branch: BranchId) -> bytes:
        return card_key_of(office.folder / "keys", branch)

    enrolled = enrol(office.authority, [request_], card_key, office.election.uuid, VALIDITY)
    package = office.package(
        replace(office.election, devices=(*office.election.devices, *enrolled))
    )
    folder = tmp_path / "drive"
    folder.mkdir()
    (folder / "package.amin").write_bytes(package)
    (folder / REGISTER_FILE).write_bytes(office.register(package))
    (folder / "root.der").write_bytes(office.authority.root)
    (folder / "ballot-terminal.toml").write_text(EQUIPMENT)
    return folder


def set_up(etc: Path, drive: Path) -> None:
    root, _ = provisioning.root_on(drive)
    places = Places(drive / "data", drive / "mirror", drive)
    configure(etc, drive, root, places, NOON, configuration.read)


def test_a_device_is_set_up(etc: Path, drive: Path) -> None:
    set_up(etc, drive)
    read = configuration.read(etc / "station.toml")
    assert (read.device, read.role, read.branch) == (DEVICE, Role.BALLOT_TERMINAL, BRANCH)
    assert HybridKey.load(read.signing_key).public.raw == provisioning.request_in(etc).signing_key
    assert SealingKey.from_pem(read.sealing_key.read_bytes())
    assert read.root_certificate.read_bytes() == (drive / "root.der").read_bytes()
    set_up(etc, drive)
    assert not [path for path in etc.iterdir() if path.name.startswith(".")]


def test_keys_are_for_the_account_alone(etc: Path, request_: EnrolmentRequest) -> None:
    assert etc.stat().st_mode & 0o077 == 0
    for name in ("signing.key", "sealing.key"):
        assert (etc / name).stat().st_mode & 0o077 == 0
    assert b"PRIVATE" not in (etc / f"{DEVICE}.json").read_bytes()


def test_keys_are_made_once(etc: Path, request_: EnrolmentRequest) -> None:
    before = {path.name: path.read_bytes() for path in etc.iterdir()}
    with pytest.raises(ElectionError, match="made once"):
        make_keys(etc, DEVICE, Role.BALLOT_TERMINAL, BRANCH, FILE)
    assert {path.name: path.read_bytes() for path in etc.iterdir()} == before


@pytest.mark.parametrize("cut", ["signing.key", "sealing.key", f"{DEVICE}.json", "keys.toml"])
def test_what_a_power_cut_left_is_made_anew(
    etc: Path, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    real = files.replace_file

    def write(path: Path, *content: object) -> None:
        if path.name == cut:
            raise OSError(5, "cut")
        real(path, *content)  # type: ignore[arg-type]

    monkeypatch.setattr(provisioning, "replace_file", write)
    with pytest.raises(OSError, match="cut"):
        make_keys(etc, DEVICE, Role.BALLOT_TERMINAL, BRANCH, FILE)
    monkeypatch.undo()
    made = make_keys(etc, DEVICE, Role.BALLOT_TERMINAL, BRANCH, FILE)
    assert HybridKey.load(etc / "signing.key").public.raw == made.signing_key


def _no_equipment(drive: Path) -> None:
    (drive / "ballot-terminal.toml").unlink()


def _other_equipment(text: str) -> Callable[[Path], object]:
    return lambda drive: (drive / "ballot-terminal.toml").write_text(text)


def _turned(name: str) -> Callable[[Path], object]:
    def turn(drive: Path) -> None:
        data = bytearray((drive / name).read_bytes())
        data[len(data) // 2] ^= 1
        (drive / name).write_bytes(data)

    return turn


WRONG: dict[str, tuple[Callable[[Path], object], type[Exception]]] = {
    "no-equipment": (_no_equipment, ElectionError),
    "equipment-is-no-text": (_other_equipment("[readers"), ElectionError),
    "equipment-names-a-device": (_other_equipment(f'device = "other"\n{EQUIPMENT}'), ElectionError),
    "equipment-names-keys": (
        _other_equipment(f'signing_key = "/tmp/x"\n{EQUIPMENT}'),
        ElectionError,
    ),
    "equipment-of-a-station": (
        _other_equipment(EQUIPMENT.replace("card", "identity")),
        ConfigurationError,
    ),
    "package-changed": (_turned("package.amin"), PackageError),
    "register-changed": (_turned(REGISTER_FILE), Exception),
    "no-package": (lambda drive: (drive / "package.amin").unlink(), OSError),
    "no-register": (lambda drive: (drive / REGISTER_FILE).unlink(), OSError),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_on_the_drive_is_refused_and_nothing_is_written(
    etc: Path, drive: Path, wrong: str
) -> None:
    change, error = WRONG[wrong]
    change(drive)
    before = sorted(path.name for path in etc.iterdir())
    with pytest.raises(error):
        set_up(etc, drive)
    assert sorted(path.name for path in etc.iterdir()) == before


def test_another_devices_package_and_another_root_are_refused(
    etc: Path, drive: Path, office: Office, tmp_path: Path
) -> None:
    other = office.package()
    (drive / "package.amin").write_bytes(other)
    (drive / REGISTER_FILE).write_bytes(office.register(other))
    with pytest.raises(PackageError):
        set_up(etc, drive)
    stranger = Office.open(tmp_path)
    (drive / "root.der").write_bytes(stranger.authority.root)
    with pytest.raises(ElectionError):
        set_up(etc, drive)
    assert not (etc / "station.toml").exists()


def test_a_register_without_this_package_is_refused(etc: Path, drive: Path, office: Office) -> None:
    (drive / REGISTER_FILE).write_bytes(office.register(office.package()))
    with pytest.raises(RegisterError):
        set_up(etc, drive)


@given(st.text())
def test_every_path_is_written_so_that_it_is_read_again(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert tomllib.loads(f"x = {provisioning.quoted(text)}\n") == {"x": text}


@given(st.binary(min_size=2, max_size=32).filter(lambda data: len(data) % 2 == 0))
def test_words_of_a_fingerprint_say_all_of_it(data: bytes) -> None:
    words = spoken(data).split("-")
    assert len(words) == len(data) // 2
    back = b""
    for word in words:
        value = 0
        for letter in word:
            letters = "aiou" if letter in "aiou" else "bdfghjklmnprstvz"
            value = value * len(letters) + letters.index(letter)
        back += value.to_bytes(2)
    assert back == data
    # arXiv:0901.4016, 127.0.0.1
    assert spoken(bytes((127, 0, 0, 1))) == "lusab-babad"


# ---------------------------------------------------------------- closed keys


class Machine:
    """A TPM or a token in memory."""

    def __init__(self) -> None:
        self.pad = os.urandom(1)[0] | 1

    def close(self, name: str, secret: bytes) -> bytes:
        return name.encode() + bytes(byte ^ self.pad for byte in secret)

    def open(self, name: str, closed: bytes) -> bytes:
        if not closed.startswith(name.encode()):
            raise DriverError("closed under another name")
        return bytes(byte ^ self.pad for byte in closed[len(name) :])


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr(provisioning, "TpmKeeper", lambda _: made)
    return made


def test_closed_keys_are_opened_elsewhere(etc: Path, machine: Machine, tmp_path: Path) -> None:
    made = make_keys(etc, DEVICE, Role.BALLOT_TERMINAL, BRANCH, KeptKeys(Kept.TPM))
    assert not any(b"PRIVATE" in path.read_bytes() for path in etc.iterdir())
    (tmp_path / "run").mkdir()
    target = tmp_path / "run" / "keys"
    assert open_keys(etc, target) == 2
    assert HybridKey.load(target / "signing.key").public.raw == made.signing_key
    assert (target / "signing.key").stat().st_mode & 0o077 == 0
    # Exchanged files do not open: each is closed under its name.
    (etc / "signing.key.closed").rename(etc / "x")
    (etc / "sealing.key.closed").rename(etc / "signing.key.closed")
    with pytest.raises(DriverError):
        open_keys(etc, target)


def test_nothing_rests_on_what_does_not_open_again(
    etc: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "open", lambda *_: b"something else")
    with pytest.raises(DriverError, match="does not open again"):
        make_keys(etc, DEVICE, Role.BALLOT_TERMINAL, BRANCH, KeptKeys(Kept.TPM))
    assert not (etc / "keys.toml").exists()


def test_plain_keys_need_no_opening(etc: Path, request_: EnrolmentRequest, tmp_path: Path) -> None:
    assert open_keys(etc, tmp_path / "run") == 0
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("text", ["", "kept = 1", 'kept = "other"', "\x00", 'kept = "tpm"\nx = 1'])
def test_a_damaged_note_is_told(etc: Path, request_: EnrolmentRequest, text: str) -> None:
    (etc / "keys.toml").write_text(text)
    with pytest.raises(ElectionError, match="damaged"):
        open_keys(etc, etc / "run")


@given(st.binary(max_size=700))
def test_a_damaged_closed_key_is_a_failure_of_the_device(data: bytes) -> None:
    keeper = TokenKeeper(Path("/none"), "t", "k", "1234")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_keeping, "_run", lambda *_: os.urandom(32))
        with pytest.raises(DriverError):
            keeper.open("signing.key", data)


def test_a_pin_is_in_no_argument_and_in_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[object, ...]] = []

    def run(command: object, *more: object) -> bytes:
        seen.append((command, *more))
        raise DriverError("no")

    monkeypatch.setattr(key_keeping, "_run", run)
    keeper = TokenKeeper(Path("/none"), "t", "k", "87654321")
    with pytest.raises(DriverError):
        keeper.open("x", b"\x00\x01" + bytes(40))
    ((command, *_),) = seen
    assert "87654321" not in str(command)
    assert "87654321" not in repr(keeper)


def test_a_program_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DriverError, match="not installed"):
        TpmKeeper().close("x", b"secret")
