"""A station that serves voters tells a status board how it is: to a real board, over real TLS."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from crypto.passphrase import Cost
from election.board_client import EVERY_S, StatusBoardSettings
from election.polls import PollsState
from election.register import open_published_register
from election.station_status import Power
from headquarters.board import accounts
from headquarters.board.app import Board, Setting, make_app
from headquarters.board.pages import BoardPages
from headquarters.board.serving import BoardServer
from headquarters.board.watching import Watch
from simulators.fingerprint.sfm import SfmSimulator
from tests.headquarters.board.test_app import person
from tests.kiosk.station.bench import IdentityBench
from tests.kiosk.station.office import BRANCH, NOON, STATION, Office, people
from tests.kiosk.station.test_identity_station import check_in
from words.languages import installed

pytestmark = pytest.mark.slow

(VOTER,) = people(1)


@dataclass
class Told:
    """A board that serves, and a station that speaks to it."""

    watch: Watch
    bench: IdentityBench

    def until(self, state: PollsState, power: Power = Power.UNKNOWN) -> None:
        """Wait until the board knows."""

        def known() -> bool:
            heard = self.watch.heard.get(STATION)
            return heard is not None and (heard.status.state, heard.status.power) == (state, power)

        self.bench.until(known, f"the board to know of {state}")


def _tls(folder: Path, name: str) -> tuple[Path, Path]:
    """Write a certificate that another authority signed, and its key."""
    above, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    named, issuer = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (name, "somebody")
    )
    signed = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_TODAY - timedelta(days=1))
        .not_valid_after(_TODAY + timedelta(days=1))
        .sign(above, hashes.SHA256())
    )
    certificate, private = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(signed.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, private


_TODAY = datetime.now(UTC)


@contextmanager
def _board(
    watch: Watch, folder: Path, tls: tuple[Path, Path], listening: socket.socket
) -> Iterator[None]:
    def board() -> Board:
        return Board(watch, BoardPages(watch, installed()), Setting(None, None, {}), lambda: NOON)

    app = make_app(board, person(folder).door)
    server = BoardServer(app, lambda: None, ssl_certfile=str(tls[0]), ssl_keyfile=str(tls[1]))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(20)


class Speaking(IdentityBench):
    """A station that has a board in its station.toml."""

    settings: StatusBoardSettings

    def boot(self) -> None:
        self.config = replace(self.config, status_board=self.settings)
        super().boot()


@pytest.fixture
def told(
    office: Office, tmp_path: Path, sensor: SfmSimulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Told]:
    monkeypatch.setattr(accounts, "COST", Cost(8192, 1, 1))
    tls = _tls(tmp_path, "board")
    register = office.register(office.package())
    watch = Watch(open_published_register(register, office.authority.root))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        monkeypatch.setattr(Speaking, "settings", StatusBoardSettings(address, str(tls[0])), False)
        (tmp_path / "board").mkdir()
        with _board(watch, tmp_path / "board", tls, listening):
            bench = Speaking(office, tmp_path / "station", sensor)
            try:
                yield Told(watch, bench)
            finally:
                bench.identity.stop()


def test_a_real_board_knows_how_a_station_is_and_nothing_of_a_voter(told: Told) -> None:
    bench = told.bench
    assert bench.open_polls().ok
    told.until(PollsState.OPEN)
    heard = told.watch.heard[STATION]
    assert (heard.status.branch, heard.status.sums, heard.forked) == (BRANCH, None, False)
    assert check_in(bench, VOTER) is not None
    bench.clock.later(EVERY_S)
    bench.until(lambda: told.watch.heard[STATION].status.number > heard.status.number, "the next")
    after = told.watch.heard[STATION].status
    assert replace(after, number=0, at=heard.status.at) == replace(heard.status, number=0)


def test_a_full_hour_later_sums_are_told(told: Told) -> None:
    bench = told.bench
    assert bench.open_polls().ok
    told.until(PollsState.OPEN)
    assert check_in(bench, VOTER) is not None
    bench.clock.later(3600)
    bench.until(lambda: told.watch.heard[STATION].status.sums is not None, "sums")
    sums = told.watch.heard[STATION].status.sums
    assert sums is not None
    assert (sums.issued, sums.outstanding, sums.refused) == (None, None, None), "few"
