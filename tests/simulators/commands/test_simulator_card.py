"""Simulated cards, from outside: pyscard in a process of its own, told only the line `env`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509

from simulators.pcscd import PrivatePcscd, unavailable_reason
from tests.needs import missing
from tests.simulators.commands.programs import ANSWER_S, Program, refused, wait_for

pytestmark = pytest.mark.pcscd

CLIENT = """
import sys
from smartcard.System import readers
from smartcard.util import toHexString
reader = next(r for r in readers() if str(r) == sys.argv[1])
connection = reader.createConnection()
connection.connect()
print(toHexString(connection.getATR(), 1))
for apdu in sys.argv[2:]:
    data, sw1, sw2 = connection.transmit(list(bytes.fromhex(apdu)))
    print(bytes(data).hex(), f"{sw1:02x}{sw2:02x}")
"""
SELECT_EID = "00A4040C07A0000002471001"
SELECT_PIV = "00A404000BA00000030800001000010000"


@pytest.fixture(autouse=True, scope="module")
def _needs_pcscd() -> None:
    reason = unavailable_reason()
    if reason is not None:
        missing(reason)


def client(
    program: Program,
    *apdus: str,
    reader: str | None = None,
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CLIENT, reader or program.where, *apdus],
        env={**os.environ, **(program.environment if environment is None else environment)},
        capture_output=True,
        text=True,
        timeout=ANSWER_S,
        check=False,
    )


def answers(program: Program, *apdus: str) -> list[str]:
    done = client(program, *apdus)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[1:]


def test_a_client_can_connect_at_once(tmp_path: Path) -> None:
    with Program(
        "card", "--own-pcscd", "--profile", "piv", "--key", "p256", "--ca", str(tmp_path)
    ) as card:
        assert card.where == "Amin card 00 00"
        socket = Path(card.environment["PCSCLITE_CSOCK_NAME"])
        assert socket.is_socket()
        assert answers(card, SELECT_PIV)[0].endswith("9000")
    assert not socket.parent.exists()
    authority = x509.load_pem_x509_certificate((tmp_path / "ca.pem").read_bytes())
    assert authority.subject == authority.issuer
    assert (tmp_path / "ca.key").stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_commands_are_done_when_they_are_answered() -> None:
    with Program("card", "--own-pcscd", "--empty", "--profile", "authorization") as card:
        assert client(card).returncode != 0
        assert not card.state()["inserted"]
        card.does("insert")
        assert answers(card, SELECT_PIV)[0].endswith("9000")
        assert card.tell("insert").startswith("error ")
        card.does("remove")
        assert card.tell("remove").startswith("error ")
        assert client(card).returncode != 0
        card.does("insert")
        card.does("swap")
        assert card.state()["card"] == 2
        assert answers(card, SELECT_PIV)[0].endswith("9000")


@pytest.mark.slow
def test_a_card_is_pulled_at_the_told_command() -> None:
    with Program("card", "--own-pcscd", "--profile", "authorization") as card:
        card.does("fault pull 2")
        done = client(card, SELECT_PIV, SELECT_PIV)
        assert done.returncode != 0
        assert done.stdout.count("9000") == 1
        wait_for(lambda: not card.state()["inserted"])
        card.does("insert")
        assert answers(card, SELECT_PIV)[0].endswith("9000")


@pytest.mark.slow
def test_a_card_is_exchanged_in_the_middle_of_a_command() -> None:
    with Program("card", "--own-pcscd", "--profile", "authorization") as card:
        card.does("fault swap at 2")
        assert client(card, SELECT_PIV, SELECT_PIV).stdout.count("9000") == 1
        assert card.state()["card"] == 2
        # The service may miss so quick an exchange altogether; a person puts the card in once more.
        card.does("remove")
        card.does("insert")
        assert card.state()["card"] == 2
        card.does("fault garbage")
        assert not answers(card, SELECT_PIV)[0].endswith("9000")
        assert answers(card, SELECT_PIV)[0].endswith("9000")


@pytest.mark.slow
def test_a_mute_card_answers_again_when_it_is_put_in_again() -> None:
    with Program("card", "--own-pcscd", "--profile", "authorization") as card:
        card.does("fault mute at 2")
        with subprocess.Popen(
            [sys.executable, "-c", CLIENT, card.where, SELECT_PIV, SELECT_PIV],
            env={**os.environ, **card.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as waiting:
            wait_for(lambda: card.state()["mute"])
            assert waiting.poll() is None
            card.does("remove")
            assert waiting.wait(ANSWER_S) != 0
        card.does("insert")
        assert not card.state()["mute"]
        assert answers(card, SELECT_PIV)[0].endswith("9000")


@pytest.mark.slow
def test_the_service_goes_and_comes_back() -> None:
    with Program("card", "--own-pcscd", "--profile", "authorization") as card:
        card.does("fault pcscd restart")
        assert answers(card, SELECT_PIV)[0].endswith("9000")
        card.does("fault reader gone")
        assert client(card).returncode != 0
        assert card.tell("insert").startswith("error ")
        card.does("fault none")
        assert answers(card, SELECT_PIV)[0].endswith("9000")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_daemon_is_left_behind(number: int) -> None:
    with Program("card", "--own-pcscd", "--profile", "authorization") as card:
        family = list(card._family)
        assert any("pcscd" in process.name() for process in family)
        card.terminate(number)
        card.process.wait(ANSWER_S)
        wait_for(lambda: not any(process.is_running() for process in family))
        if number == signal.SIGTERM:
            card.gone()
            assert not Path(card.environment["PCSCLITE_CSOCK_NAME"]).parent.exists()
        card.process.returncode = 0


def test_a_card_joins_a_running_vpcd(tmp_path: Path) -> None:
    with PrivatePcscd(["Somebody's"], tmp_path) as daemon:
        port = daemon.slot("Somebody's")._address[1]  # type: ignore[index]
        address = f"127.0.0.1:{port}"
        with Program("card", "--vpcd", address, "--profile", "authorization") as card:
            assert card.where == address
            assert not card.environment
            done = client(
                card, SELECT_PIV, reader=daemon.reader_name("Somebody's"), environment=daemon.env()
            )
            assert "9000" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--profile", "piv", "--ca", "x"), "--own-pcscd"),
        (("--profile", "piv", "--own-pcscd"), "--ca"),
        (("--profile", "piv", "--vpcd", "localhost", "--ca", "x"), "HOST:PORT"),
        (("--profile", "authorization", "--own-pcscd", "--admin-key", "12"), "--admin-key"),
        (("--profile", "eid", "--own-pcscd", "--ca", "CA", "--mrz", "I<IRN"), "--mrz"),
        (("--profile", "eid", "--own-pcscd", "--ca", "CA", "--national-number", "1"), "ten digits"),
        (("--profile", "piv", "--own-pcscd", "--ca", "CA", "--pin", "12"), "--pin"),
    ],
)
def test_options_that_cannot_be_are_named(
    tmp_path: Path, arguments: tuple[str, ...], named: str
) -> None:
    given = [str(tmp_path / "ca") if argument == "CA" else argument for argument in arguments]
    assert named in refused("card", *given)


@pytest.mark.slow
def test_a_vpcd_that_is_not_there_is_named() -> None:
    assert "127.0.0.1:9" in refused("card", "--vpcd", "127.0.0.1:9", "--profile", "authorization")
