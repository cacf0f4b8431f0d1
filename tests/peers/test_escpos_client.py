"""python-escpos, an independent client, prints on the simulated printer over its real lines."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from escpos.escpos import Escpos
from escpos.printer import File, Network, Serial
from PIL import Image, ImageDraw

from simulators.printer.escpos import EscposSimulator, Receipt, Trouble
from simulators.serial_server import SerialServer

WIDTH = 384
HEIGHT = 200


@pytest.fixture
def device(tmp_path: Path) -> Iterator[EscposSimulator]:
    with EscposSimulator(tmp_path / "printer", width_px=WIDTH, paced=False) as simulator:
        yield simulator


@pytest.fixture(params=["serial", "network"])
def client(request: pytest.FixtureRequest, device: EscposSimulator) -> Iterator[Escpos]:
    if request.param == "serial":
        serial = Serial(device.path, baudrate=115_200, timeout=0.5)
        yield serial
        serial.close()
        return
    with SerialServer(Path(device.path)) as server:
        network = Network(server.host, server.port, timeout=5)
        yield network
        network.close()


def picture() -> Image.Image:
    image = Image.new("1", (WIDTH, HEIGHT), 1)
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 20, 180, 180), fill=0)
    draw.line((200, 10, 380, 190), fill=0, width=5)
    draw.rectangle((0, 0, WIDTH - 1, HEIGHT - 1), outline=0)
    return image


def cut_off(device: EscposSimulator, number: int = 1) -> Receipt:
    deadline = time.monotonic() + 10
    while len(device.receipts()) < number:
        assert time.monotonic() < deadline, "nothing was cut off"
        time.sleep(0.01)
    return device.receipts()[number - 1]


def dots(image: Image.Image) -> bytes:
    """As in `Raster`: 1 = black."""
    return image.point(lambda value: 0 if value else 1, "1").tobytes()


@pytest.mark.parametrize("how", ["bitImageRaster", "graphics", "bitImageColumn"])
def test_its_three_ways_to_print_a_picture_give_the_same_dots(
    client: Escpos, device: EscposSimulator, how: str
) -> None:
    # In columns it sends strips of 24 rows, the last one filled up.
    client.image(picture(), impl=how)
    client.cut()
    receipt = cut_off(device)
    assert receipt.rows[: WIDTH // 8 * HEIGHT] == dots(picture())
    assert not any(receipt.rows[WIDTH // 8 * HEIGHT :])


@pytest.mark.slow
def test_it_reads_the_states_of_paper_and_line(client: Escpos, device: EscposSimulator) -> None:
    assert client.is_online()
    assert client.paper_status() == 2
    device.cause(Trouble.PAPER_NEAR_END)
    assert client.paper_status() == 1
    assert client.is_online()
    device.cause(Trouble.PAPER_END)
    assert client.paper_status() == 0
    assert not client.is_online()
    device.mend(Trouble.PAPER_END)
    device.cause(Trouble.COVER_OPEN)
    assert not client.is_online()
    assert client.paper_status() == 2


def test_its_text_and_its_cuts_are_understood(client: Escpos, device: EscposSimulator) -> None:
    client.set(align="center", bold=True, double_height=True)
    client.text("BRANCH 12\n")
    client.set_with_default()
    client.ln(2)
    client.cut(mode="PART")
    first = cut_off(device)
    assert any(first.rows[: 24 * WIDTH // 8])
    client.text("second\n")
    client.cut(feed=False)
    assert cut_off(device, 2).height_px < first.height_px


def test_a_stopped_printer_goes_on_where_it_stopped(
    client: Escpos, device: EscposSimulator
) -> None:
    device.cause(Trouble.COVER_OPEN, after_rows=77)
    client.image(picture())
    client.cut()
    deadline = time.monotonic() + 10
    while client.is_online():
        assert time.monotonic() < deadline
    assert device.hanging() == 77
    device.mend(Trouble.COVER_OPEN)
    assert cut_off(device).rows.startswith(dots(picture()))


def test_a_plain_file_is_enough_to_print(device: EscposSimulator) -> None:
    client = File(device.path)
    client.image(picture())
    client.cut()
    assert cut_off(device).rows.startswith(dots(picture()))
    client.close()
