"""`amin registry suspend` and `allow`: two offices order, and each order says all that holds then."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

from commands.main import main
from election.device_order import CLAIMS_A_DAY, DeviceOrder, open_order
from headquarters.registering import load_register
from headquarters.workspace import ElectionFolder
from tests.headquarters.test_provisional import begin, fine, make_devices
from tests.headquarters.unlocking import CHEAP, PASSPHRASE_FILE, own_folder

STATION, TERMINAL = "station-1", "terminal-1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ElectionFolder:
    made = ElectionFolder(tmp_path_factory.mktemp("orders") / "e")
    begin(made, make_devices())
    fine("register", made.path, "--yes")
    return made


def ordered(*words: object, folder: ElectionFolder, typed: str | None = None) -> Result:
    observer = own_folder(folder, "observer")
    step, *rest = words
    all_words = ["registry", step, folder.path, *rest, "--observer", observer]
    all_words += ["--passphrase-file", PASSPHRASE_FILE]
    with patch("commands.trustee_keeper.STANDARD", CHEAP):
        return CliRunner().invoke(main, list(map(str, all_words)), input=typed, env={"LC_ALL": "C"})


def last(folder: ElectionFolder) -> DeviceOrder:
    published = load_register(folder)
    assert published is not None
    return open_order((folder.path / "orders" / f"{STATION}.json").read_bytes(), published)


def test_orders_one_after_the_other(folder: ElectionFolder) -> None:
    for step, number, suspended, claims in (
        (("suspend", STATION), 1, True, CLAIMS_A_DAY),
        (("allow", STATION, 2_000), 2, True, 2_000),
        (("suspend", STATION, "--lift"), 3, False, 2_000),
        (("allow", STATION, 0), 4, False, 0),
    ):
        done = ordered(*step, "--yes", folder=folder)
        assert done.exit_code == 0, done.output
        assert "amin registry obey PUBLIC BOOK" in done.output
        found = last(folder)
        assert (found.order, found.suspended, found.claims) == (number, suspended, claims)


@pytest.mark.parametrize("device", [TERMINAL, "nobody", "../station-1", ""])
def test_of_no_station_nothing_is_ordered(folder: ElectionFolder, device: str) -> None:
    before = sorted(folder.path.rglob("*.json"))
    done = ordered("suspend", device, "--yes", folder=folder)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    assert sorted(folder.path.rglob("*.json")) == before


def test_nothing_is_ordered_without_a_yes(folder: ElectionFolder) -> None:
    before = sorted(Path(folder.path / "orders").glob("*"))
    assert ordered("suspend", STATION, folder=folder, typed="n\n").exit_code == 2
    assert sorted(Path(folder.path / "orders").glob("*")) == before
