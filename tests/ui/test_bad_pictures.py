"""Photos as they may come, at every place that shows one: a picture or a silhouette, and nothing stops."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from PIL import Image
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from election.definition import Text
from kiosk.flows.ballot import states as at
from kiosk.flows.common import ClosedReason
from kiosk.flows.identity import states as identity
from simulators.bench.art import Art
from simulators.bench.protocol import BenchCard, BenchCardId, BenchCardKind
from tests.shares import share
from tests.ui import gallery, samples_station
from tests.ui.hands import settle
from tests.ui.sample import Sample, make_sample, status
from tests.ui.walks import judge
from tests.ui.walks.forms import DrawnForm
from ui.ballot.portraits import PortraitCache
from ui.ballot.window import BallotWindow
from ui.identity.window import IdentityWindow
from ui.widgets import Photo, make_look
from ui.widgets.photos import LARGEST_BYTES, photo_of
from words.languages import installed
from words.text import PERSIAN

LOOK = at.Presentation(PERSIAN, at.TextSize.LARGEST)
RED, BLUE = (200, 30, 30), (30, 30, 200)


def encoded(form: str, size: tuple[int, int] = (60, 80), **how: object) -> bytes:
    """A picture whose upper half is red and whose lower half is blue."""
    picture = Image.new("RGB", size, RED)
    picture.paste(BLUE, (0, size[1] // 2, *size))
    file = io.BytesIO()
    picture.save(file, form, **how)
    return file.getvalue()


def noise(count: int) -> bytes:
    return random.Random(7).randbytes(count)


def turned(orientation: int) -> bytes:
    """As a phone writes it that was held another way (CIPA DC-008, orientation)."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded("JPEG", (80, 60), exif=exif)


def animated(form: str) -> bytes:
    more = [Image.new("RGB", (60, 80), colour) for colour in (BLUE, RED)]
    return encoded(form, save_all=True, append_images=more)


def claiming(width: int, height: int) -> bytes:
    """A small file that says it is large: the sides in the frame header (ITU-T T.81, B.2.2)."""
    whole = bytearray(encoded("JPEG"))
    frame = whole.index(b"\xff\xc0")
    whole[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(whole)


GOOD: dict[str, Callable[[], bytes]] = {
    "plain": lambda: encoded("JPEG"),
    "progressive": lambda: encoded("JPEG", progressive=True),
    "grey": lambda: _grey("L"),
    "four-colours": lambda: _grey("CMYK"),
    "twelve-million-pixels": lambda: encoded("JPEG", (3000, 4000)),
    **{f"turned-{number}": partial(turned, number) for number in range(2, 9)},
    "turned-by-99": lambda: turned(99),
    "two-in-one": lambda: encoded("JPEG") * 2,
    "with-a-tail": lambda: encoded("JPEG") + bytes(500),
}
BAD: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "noise": lambda: noise(5000),
    "noise-after-a-true-start": lambda: encoded("JPEG")[:20] + noise(3000),
    "text": lambda: b"<svg xmlns='http://www.w3.org/2000/svg' width='60' height='80'/>",
    "cut-in-half": lambda: encoded("JPEG")[: len(encoded("JPEG")) // 2],
    "cut-at-its-end": lambda: encoded("JPEG", (300, 400))[:-30],
    "cut-and-progressive": lambda: encoded("JPEG", (300, 400), progressive=True)[:-30],
    "of-one-pixel": lambda: encoded("JPEG", (1, 1)),
    "a-line": lambda: encoded("JPEG", (2000, 20)),
    "twenty-megabytes": lambda: encoded("JPEG") + bytes(20_000_000),
    "claims-to-be-huge": lambda: claiming(65_000, 65_000),
    "of-no-height": lambda: claiming(60, 0),
    "png": lambda: encoded("PNG"),
    "gif": lambda: animated("GIF"),
    "animated-png": lambda: animated("PNG"),
    "animated-webp": lambda: animated("WEBP"),
    "bmp": lambda: encoded("BMP"),
    "tiff": lambda: encoded("TIFF"),
}


def _grey(mode: str) -> bytes:
    file = io.BytesIO()
    Image.open(io.BytesIO(encoded("JPEG"))).convert(mode).save(file, "JPEG")
    return file.getvalue()


KINDS = GOOD | BAD


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_or_none(qtbot: QtBot, kind: str) -> None:
    found = photo_of(KINDS[kind](), 40)
    assert (found is not None) is (kind in GOOD)
    if found is not None:
        assert min(found.width(), found.height()) >= 1
        assert found.width() <= 60


@pytest.mark.parametrize(
    ("orientation", "red"),
    [(1, "top"), (3, "bottom"), (6, "right"), (8, "left")],
)
def test_a_picture_is_turned_as_it_says(qtbot: QtBot, orientation: int, red: str) -> None:
    found = photo_of(turned(orientation), 1000)
    assert found is not None
    image = found.toImage()
    wide, high = image.width(), image.height()
    assert (wide, high) == ((60, 80) if orientation >= 5 else (80, 60))
    places = {
        "top": (wide // 2, 5),
        "bottom": (wide // 2, high - 5),
        "left": (5, high // 2),
        "right": (wide - 5, high // 2),
    }
    reds = {where for where, spot in places.items() if image.pixelColor(*spot).red() > 150}
    assert reds >= {red}
    opposite = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}[red]
    assert opposite not in reds


def test_the_largest_file_is_still_read_and_one_byte_more_is_not(qtbot: QtBot) -> None:
    whole = encoded("JPEG")
    assert photo_of(whole + bytes(LARGEST_BYTES - len(whole)), 40) is not None
    assert photo_of(whole + bytes(LARGEST_BYTES + 1 - len(whole)), 40) is None


def test_every_cut_and_every_turned_bit_is_a_picture_or_none(qtbot: QtBot) -> None:
    whole = encoded("JPEG")
    rng = random.Random(11)
    assert all(photo_of(whole[:end], 40) is None for end in range(len(whole)))
    for _ in range(400):
        damaged = bytearray(whole)
        damaged[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        photo_of(bytes(damaged), 40)


# ---------------------------------------------------------------- at every place

PLACES = {
    "all": "08-marking-all",
    "search": "05-marking-name",
    "code": "06-marking-code-found",
    "over": "10-question-over-one",
    "review": "14-review-some",
    "only": "13-marking-one",
}


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample(candidates=240)


@pytest.fixture(scope="module")
def bytes_of() -> dict[str, bytes]:
    return {kind: make() for kind, make in KINDS.items()}


@pytest.mark.parametrize("place", PLACES)
def test_every_kind_at_every_place_of_the_ballot_terminal(
    qtbot: QtBot, sample: Sample, bytes_of: dict[str, bytes], place: str
) -> None:
    """Everybody has a photo of one kind: a bad one looks as none at all, a good one does not."""
    now = [b""]
    look = at.Presentation(PERSIAN)
    window = BallotWindow(96, lambda _digest: now[0])
    qtbot.addWidget(window)
    window.resize(1280, 803)
    window.show()
    state, touches = gallery.situations(sample, look)[PLACES[place]]

    def drawn(kind: str) -> bytes:
        now[0] = bytes_of[kind]
        window.show_state(at.Closed(ClosedReason.NOT_OPENED), status())
        window.show_state(state, status())
        settle()
        for name in touches:
            gallery.touch(window, name)
        picture = window.grab().toImage()
        return bytes(picture.constBits())

    number = list(PLACES).index(place)
    none = drawn("empty")
    for kind in share(BAD, len(PLACES), number):
        assert drawn(kind) == none, kind
    for kind in share(GOOD, len(PLACES), number):
        assert drawn(kind) != none, kind


@pytest.mark.parametrize("place", PLACES)
def test_no_photo_cuts_nothing(qtbot: QtBot, sample: Sample, place: str) -> None:
    form = DrawnForm(LOOK, (340, 212))
    data = BAD["noise"]()
    window = BallotWindow(96, lambda _digest: data)
    qtbot.addWidget(window)
    window.resize(*form.px)
    window.show()
    state, touches = gallery.situations(sample, LOOK)[PLACES[place]]
    window.show_state(state, status())
    settle()
    for name in touches:
        gallery.touch(window, name)
    assert judge.faults(window, form, pixels=False) == []


def test_every_kind_at_the_identity_station(qtbot: QtBot, bytes_of: dict[str, bytes]) -> None:
    window = IdentityWindow(96, LOOK)
    qtbot.addWidget(window)
    window.resize(1280, 803)
    window.show()
    for kind in share(KINDS, 3):
        data = bytes_of[kind]
        who = replace(samples_station.holder(), photo=data)
        window.show_state(identity.Idle(), samples_station.status())
        window.show_state(identity.Fingerprint(who, 1), samples_station.status())
        settle()
        photos = [p for p in window.findChildren(Photo) if p.isVisible()]
        assert len(photos) == 1, kind
        assert (photos[0]._picture is not None) is (kind in GOOD), kind


def test_every_kind_on_the_bench(qtbot: QtBot, bytes_of: dict[str, bytes]) -> None:
    art = Art(make_look(96.0, LOOK, installed().load()))
    for kind, data in bytes_of.items():
        card = BenchCard(BenchCardId(kind), BenchCardKind.PERSON, Text("نام", "Name"), photo=data)
        assert (art.photo(card) is not None) is (kind in GOOD)
        image = QImage(400, 260, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        art.card(painter, QRectF(image.rect()), card)
        painter.end()


def test_a_bad_photo_is_asked_for_once(qtbot: QtBot) -> None:
    asked: list[str] = []

    def give(digest: str) -> bytes:
        asked.append(digest)
        return BAD["cut-at-its-end"]()

    cache = PortraitCache(give)
    assert [cache.get("aa", 30) for _ in range(3)] == [None] * 3
    assert asked == ["aa"]
