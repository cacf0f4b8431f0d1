"""Simulators at the far end of the benchmarks' wires: a card, two fingerprint modules, and fingers.

They run in a process of their own, so that their time and memory are not taken for the drivers'.
"""

from __future__ import annotations

import io
import multiprocessing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, Self

from PIL import Image

from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import ChipKeys
from simulators.cards.eid import EidCard, PersonData
from simulators.cards.issuer import Issuer
from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.module import INSTANT
from simulators.fingerprint.sfm import SfmSimulator
from simulators.fingerprint.zfm import ZfmSimulator
from simulators.fingerprint.zfm_template import enrolled
from simulators.vpcd import VpcdSlot

CAN: Final = "271828"
PHOTO_PX: Final = (240, 320)
PHOTO_BYTES: Final = 20_000
MOST_GRAIN: Final = 128
VALID: Final = timedelta(days=365)
FINGER_SEED: Final = 7
READY_S: Final = 60.0
ANSWER_S: Final = 30.0
STOP_S: Final = 5.0

INSERT: Final = "insert"
REMOVE: Final = "remove"
STOP: Final = "stop"


class FarSideError(Exception):
    """The simulators ended or do not answer."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """Data of the card and the finger for the near side; `sfm` and `zfm` are serial lines."""

    authority: bytes
    photo_bytes: int
    sfm: Path
    zfm: Path
    zfm_template: bytes = field(repr=False)


class FarSide:
    """Context manager of the process with the simulators, controlled over a pipe."""

    def __init__(self, slot: VpcdSlot, folder: Path, now: datetime) -> None:
        """Start the process. Raises `FarSideError` if it does not come up."""
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, slot, folder, now), name="far side", daemon=True
        )
        self._process.start()
        theirs.close()
        equipment = self._answer(READY_S)
        if not isinstance(equipment, Equipment):
            raise FarSideError("the simulators of the bench did not start")
        self.equipment = equipment

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.is_alive():
            self._pipe.send(STOP)
            self._process.join(STOP_S)
        self._process.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()

    def insert(self) -> None:
        """Put the card into the reader. Raises `FarSideError`, as does `remove`."""
        self._order(INSERT)

    def remove(self) -> None:
        """Take the card out of the reader."""
        self._order(REMOVE)

    def _order(self, order: str) -> None:
        self._pipe.send(order)
        self._answer(ANSWER_S)

    def _answer(self, limit_s: float) -> object:
        try:
            if self._pipe.poll(limit_s):
                return self._pipe.recv()
        except EOFError:
            raise FarSideError("the simulators of the bench ended before it did") from None
        raise FarSideError(f"the simulators of the bench did not answer within {limit_s:.0f} s")


def _serve(pipe: Connection, slot: VpcdSlot, folder: Path, now: datetime) -> None:
    """Run the other process from its start to its end."""
    issuer = Issuer.create("Bench", now)
    photo = _photo()
    card = _card(issuer, photo, now)
    finger = Finger.of(FINGER_SEED)
    # Lines as fast as the machine: what a real one waits for would only make the bench longer.
    sfm = SfmSimulator(folder / "sfm", seed=1, timing=INSTANT, paced=False)
    zfm = ZfmSimulator(folder / "zfm", seed=1, timing=INSTANT, paced=False)
    with sfm, zfm:
        for module in (sfm, zfm):
            module.place(finger, Placement.CLEAN)
        slot.insert(card)
        pipe.send(
            Equipment(
                authority=issuer.authority_der,
                photo_bytes=len(photo),
                sfm=Path(sfm.path),
                zfm=Path(zfm.path),
                zfm_template=enrolled(finger),
            )
        )
        try:
            while (order := pipe.recv()) != STOP:
                if order == INSERT:
                    slot.insert(card)
                else:
                    slot.remove()
                pipe.send(order)
        except EOFError:
            pass
        slot.remove()


def _card(issuer: Issuer, photo: bytes, now: datetime) -> EidCard:
    return issuer.issue(
        PersonData(
            national_number="9990000002",
            surname="سنجش",
            given_names="نمونه",
            latin_surname="SANJESH",
            latin_given_names="NEMUNEH",
            birth_date=date(1990, 3, 21),
            sex="F",
            document_number="B00000001",
            expiry=(now + VALID).date(),
            photo=photo,
            photo_size=PHOTO_PX,
            birth_place="تهران",
        ),
        access=CardAccess(AccessMode.PACE, CAN),
        keys=ChipKeys.create(),
    )


def _photo() -> bytes:
    """Return a grainy JPEG that is at least as long as a usual portrait on a card."""
    for grain in range(2, MOST_GRAIN):
        out = io.BytesIO()
        picture = Image.effect_noise(PHOTO_PX, grain).convert("RGB")
        picture.save(out, "JPEG", quality=85)
        if out.tell() >= PHOTO_BYTES:
            break
    return out.getvalue()
