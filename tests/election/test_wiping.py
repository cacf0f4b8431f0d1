"""A device is wiped only when headquarters has what it handed in, and nothing of it is left."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.main import main
from election import wiping
from election.definition import BranchId, DeviceId
from election.wiping import WipingError, check_handed_in, wipe

NOW = datetime(2026, 7, 1, tzinfo=UTC)
SECRET = b"sealed record of a vote" * 1000


@pytest.fixture
def device(tmp_path: Path) -> Path:
    for name in ("data", "mirror", "etc"):
        (tmp_path / name).mkdir()
    (tmp_path / "data" / "closing.bundle").write_bytes(b"bundle")
    for name in ("data", "mirror"):
        (tmp_path / name / "votes.db").write_bytes(SECRET)
        (tmp_path / name / "sub").mkdir()
        (tmp_path / name / "sub" / "aside").write_bytes(SECRET)
    (tmp_path / "etc" / "signing.key").write_bytes(b"PRIVATE KEY")
    (tmp_path / "handed-in.bundle").write_bytes(b"bundle")
    return tmp_path


def media_of(device: Path) -> list[Path]:
    return [device / "data", device / "mirror"]


def wiped(device: Path) -> wiping.WipingRecord:
    bundle = check_handed_in(media_of(device), device / "handed-in.bundle")
    return wipe(
        DeviceId("b0001-t1"),
        BranchId("b0001"),
        [device / "etc" / "signing.key"],
        media_of(device),
        bundle,
        device / "record.json",
        NOW,
    )


def test_all_is_overwritten_where_it_was_and_removed(device: Path) -> None:
    handles = [
        os.open(path, os.O_RDONLY)
        for path in (device / "data" / "votes.db", device / "mirror" / "sub" / "aside")
    ]
    record = wiped(device)
    for handle in handles:
        left = os.read(handle, len(SECRET) + 1)
        assert len(left) == len(SECRET)
        assert b"record of a vote" not in left, "the place itself was overwritten"
        os.close(handle)
    assert not [
        path for name in ("data", "mirror") for path in (device / name).rglob("*") if path.is_file()
    ]
    assert not (device / "etc" / "signing.key").exists()
    assert (record.files, record.left) == (6, ())
    read = json.loads((device / "record.json").read_text())
    assert (read["device"], read["files"]) == ("b0001-t1", 6)


def test_nothing_is_wiped_that_headquarters_does_not_have(device: Path) -> None:
    (device / "handed-in.bundle").write_bytes(b"bundlE")
    with pytest.raises(WipingError, match="bring headquarters' copy"):
        wiped(device)
    (device / "data" / "closing.bundle").unlink()
    with pytest.raises(WipingError, match="close its polls"):
        wiped(device)
    assert (device / "data" / "votes.db").read_bytes() == SECRET
    assert not (device / "record.json").exists()


def copied(device: Path) -> Path:
    path = device / "mirror" / "copy.bundle"
    path.write_bytes(b"bundle")
    return path


def joined(device: Path, how: Callable[[Path, Path], object]) -> Path:
    how(device / "data" / "closing.bundle", device / "joined.bundle")
    return device / "joined.bundle"


OWN: dict[str, Callable[[Path], Path]] = {
    "itself": lambda device: device / "data" / "closing.bundle",
    "roundabout": lambda device: device / "mirror" / ".." / "data" / "closing.bundle",
    "hard-link": lambda device: joined(device, os.link),
    "link": lambda device: joined(device, os.symlink),
    "copy-on-a-memory": copied,
}


@pytest.mark.parametrize("how", OWN)
def test_the_devices_own_bundle_is_no_copy_of_headquarters(device: Path, how: str) -> None:
    with pytest.raises(WipingError, match="the device's own"):
        check_handed_in(media_of(device), OWN[how](device))


def test_a_wiping_that_was_cut_off_can_be_given_again(
    device: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = wiping.overwrite
    total = 6
    for cut in range(total):
        count = 0

        def stops(path: Path) -> int:
            nonlocal count
            count += 1
            if count > 1:
                raise KeyboardInterrupt
            return real(path)

        monkeypatch.setattr(wiping, "overwrite", stops)
        if cut < total - 1:
            with pytest.raises(KeyboardInterrupt):
                wiped(device)
            assert (device / "record.json").read_text() == "begun\n"
        else:
            assert wiped(device).files == 1, "the bundle alone is left"
        (device / "record.json").unlink()
    assert not any(path.is_file() for folder in media_of(device) for path in folder.rglob("*"))


def test_an_empty_place_of_a_medium_is_seen(device: Path) -> None:
    assert not wiping.holds_nothing(device / "mirror")
    (device / "empty" / "lost+found").mkdir(parents=True)
    assert wiping.holds_nothing(device / "empty")


@pytest.mark.parametrize("kept", ["file", "tpm", "token"])
def test_the_command_takes_the_keys_however_they_are_kept(device: Path, kept: str) -> None:
    etc = device / "etc"
    (etc / "signing.key").unlink()
    closed = "" if kept == "file" else ".closed"
    secret = [f"signing.key{closed}", f"sealing.key{closed}"]
    if kept != "file":
        (device / "run").mkdir()
        secret += ["token-pin"] if kept == "token" else []
        (etc / "keys.toml").write_text(f'kept = "{kept}"\n')
    for name in secret:
        (etc / name).write_bytes(b"PRIVATE KEY")
    keys = device / "run" if closed else etc
    (etc / "root.der").write_bytes(b"root")
    (device / "usb").mkdir()
    (etc / "station.toml").write_text(
        f'device = "b0001-t1"\nrole = "ballot-terminal"\nbranch = "b0001"\ndata = "{device}/data"\n'
        f'mirror = "{device}/mirror"\nusb = "{device}/usb"\nroot_certificate = "root.der"\n'
        f'signing_key = "{keys}/signing.key"\nsealing_key = "{keys}/sealing.key"\n'
        '[readers.card]\nkind = "pcsc"\nname = "R*"\n'
    )
    words = ["--config", f"{etc}/station.toml", "--handed-in", f"{device}/handed-in.bundle"]
    done = CliRunner().invoke(
        main, ["operator", "wipe", *words, "--record", f"{device}/r", "--yes"]
    )
    assert done.exit_code == 0, done.output
    left = {path.name for path in etc.iterdir()}
    assert left == {"root.der", "station.toml"} | ({"keys.toml"} if closed else set())
    assert json.loads((device / "r").read_text())["files"] == 5 + len(secret)


def test_a_record_lies_elsewhere_and_is_never_replaced(device: Path) -> None:
    bundle = check_handed_in(media_of(device), device / "handed-in.bundle")
    media = media_of(device)
    own = (DeviceId("b0001-t1"), BranchId("b0001"))
    with pytest.raises(WipingError, match="wiped itself"):
        wipe(*own, [], media, bundle, device / "data" / "record.json", NOW)
    (device / "record.json").write_text("of another device")
    with pytest.raises(FileExistsError):
        wiped(device)
    assert (device / "data" / "votes.db").read_bytes() == SECRET


def test_a_link_leads_nowhere(device: Path) -> None:
    outside = device / "outside"
    outside.write_bytes(SECRET)
    (device / "data" / "link").symlink_to(outside)
    assert wiped(device).left == ()
    assert outside.read_bytes() == SECRET


def test_what_could_not_be_wiped_is_named(device: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = wiping.overwrite

    def fails(path: Path) -> int:
        if path.name == "aside":
            raise OSError(5, "worn out")
        return real(path)

    monkeypatch.setattr(wiping, "overwrite", fails)
    assert wiped(device).left == ("aside", "aside")
    assert json.loads((device / "record.json").read_text())["left"] == ["aside", "aside"]
