"""A device is wiped only when headquarters has what it handed in, and nothing of it is left."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

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


def wiped(device: Path) -> wiping.WipingRecord:
    bundle = check_handed_in(device / "data", device / "handed-in.bundle")
    return wipe(
        DeviceId("b0001-t1"),
        BranchId("b0001"),
        [device / "etc" / "signing.key"],
        [device / "data", device / "mirror"],
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


def test_a_record_lies_elsewhere_and_is_never_replaced(device: Path) -> None:
    bundle = check_handed_in(device / "data", device / "handed-in.bundle")
    media = [device / "data", device / "mirror"]
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
    real = wiping._overwrite

    def fails(path: Path) -> int:
        if path.name == "aside":
            raise OSError(5, "worn out")
        return real(path)

    monkeypatch.setattr(wiping, "_overwrite", fails)
    assert wiped(device).left == ("aside", "aside")
    assert json.loads((device / "record.json").read_text())["left"] == ["aside", "aside"]
