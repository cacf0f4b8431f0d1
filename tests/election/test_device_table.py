"""Which plugged device serves as what: chosen, exchanged, kept, undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import looking
from drivers.plugged import Plugged
from election.device_table import (
    AsBefore,
    Choose,
    DeviceTable,
    KeptDevice,
    KeptDevices,
    Place,
    keep,
    read_kept,
    table_of,
)

SERVING = {
    Place.IDENTITY_READER: "Reader A",
    Place.AUTHORIZATION_READER: "Reader B",
    Place.FINGERPRINT: "/dev/serial/by-id/finger",
    Place.PRINTER: "/dev/serial/by-id/printer",
}
THERE = Plugged(
    ("Reader A", "Reader B", "Reader C"),
    ("/dev/serial/by-id/finger", "/dev/serial/by-id/printer", "/dev/serial/by-id/new"),
)
TABLE = table_of(SERVING, THERE, KeptDevices())


def chosen(table: DeviceTable) -> dict[Place, str]:
    return {row.place: row.chosen for row in table.rows}


def test_choosing_what_serves_elsewhere_exchanges_the_two() -> None:
    """The commonest mistake of a set-up: both readers, or finger module and printer, the wrong way round."""
    table = TABLE.after(Choose(Place.IDENTITY_READER, "Reader B"))
    assert chosen(table) == SERVING | {
        Place.IDENTITY_READER: "Reader B",
        Place.AUTHORIZATION_READER: "Reader A",
    }
    assert table.changed
    assert table.after(Choose(Place.IDENTITY_READER, "Reader A")) == TABLE


def test_a_reader_is_no_port_and_what_is_not_there_cannot_be_chosen() -> None:
    for change in (
        Choose(Place.FINGERPRINT, "Reader C"),
        Choose(Place.IDENTITY_READER, "/dev/serial/by-id/new"),
        Choose(Place.PRINTER, "/etc/passwd"),
        Choose(Place.SCANNER, "/dev/serial/by-id/new"),
    ):
        assert TABLE.after(change) == TABLE


def test_what_is_not_plugged_in_shows() -> None:
    gone = table_of(SERVING, Plugged(("Reader A 00 00",), ()), KeptDevices())
    assert [gone.is_there(row.chosen) for row in gone.rows] == [True, False, False, False]
    assert "Reader B" in gone.candidates(Place.IDENTITY_READER), "it may be plugged in again"


@given(
    st.lists(
        st.tuples(st.sampled_from(tuple(Place)), st.sampled_from((*THERE.readers, *THERE.ports))),
        max_size=12,
    )
)
def test_whatever_is_chosen_no_device_serves_twice(changes: list[tuple[Place, str]]) -> None:
    table = TABLE
    for change in changes:
        table = table.after(Choose(*change))
        names = list(chosen(table).values())
        assert len(set(names)) == len(names)
        assert [row.place for row in table.rows] == list(SERVING)


def test_kept_and_undone(tmp_path: Path) -> None:
    assert read_kept(tmp_path) == KeptDevices()
    table = TABLE.after(Choose(Place.PRINTER, "/dev/serial/by-id/new"))
    keep(tmp_path, table)
    kept = read_kept(tmp_path)
    assert KeptDevice(Place.PRINTER, "/dev/serial/by-id/new") in kept.chosen
    # After the next start it serves; "as before" chooses what served until then.
    started = table_of(chosen(table), THERE, kept)
    assert not started.changed
    assert chosen(started.after(AsBefore())) == SERVING
    assert TABLE.after(AsBefore()) == TABLE, "there was no change"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[" * 5000,
        b'{"format": "amin-devices-2"}',
        b'{"format": "amin-devices-1", "chosen": [{"place": "printer", "name": ""}], "before": []}',
        b"\0" * 20_000,
    ],
)
def test_a_damaged_file_is_none(tmp_path: Path, content: bytes) -> None:
    """The station starts with what `station.toml` says, whatever lies there."""
    (tmp_path / "devices.json").write_bytes(content)
    assert read_kept(tmp_path) == KeptDevices()
    (tmp_path / "devices.json").unlink()
    (tmp_path / "devices.json").mkdir()
    assert read_kept(tmp_path) == KeptDevices()


def test_ports_are_named_by_id(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB0").touch()
    (tmp_path / "lp0").touch()
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    (by_id / "usb-FTDI_A10K3X-if00").symlink_to(tmp_path / "ttyUSB0")
    ports = looking.look(by_id, tmp_path).ports
    assert ports[0] == str(by_id / "usb-FTDI_A10K3X-if00")
    assert ports[-1] == str(tmp_path / "lp0")
    assert (
        looking.look(tmp_path / "no", tmp_path / "no").ports
        == looking.look(tmp_path / "none", tmp_path / "none").ports
    )
