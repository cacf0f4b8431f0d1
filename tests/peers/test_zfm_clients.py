"""The simulated ZFM module as two independent public drivers see it, through a real pseudo-terminal.

pyfingerprint writes byte by byte and knows the manuals' ZFM-20; the adafruit driver reads fixed lengths
and knows the R503's commands as well. Neither of them retries, so the line is good and unpaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import adafruit_fingerprint as adafruit
import pytest
import serial
from PIL import Image
from pyfingerprint.pyfingerprint import (
    FINGERPRINT_CHARBUFFER1,
    FINGERPRINT_CHARBUFFER2,
    PyFingerprint,
)

from drivers.fingerprint.seam import MatchOutcome, Template, TemplateFormat
from drivers.fingerprint.zfm import ZfmModule
from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.module import INSTANT
from simulators.fingerprint.zfm import R503, ZfmSimulator
from simulators.fingerprint.zfm_store import Flash
from simulators.fingerprint.zfm_template import TEMPLATE_BYTES

BAUD = 57600
OWN, OTHER = Finger.of(1), Finger.of(2)


@pytest.fixture
def flash() -> Flash:
    return Flash()


@pytest.fixture
def module(tmp_path: Path, flash: Flash) -> Iterator[ZfmSimulator]:
    with ZfmSimulator(
        tmp_path / "zfm", seed=3, timing=INSTANT, paced=False, flash=flash, product=R503
    ) as simulator:
        yield simulator


# ---------------------------------------------------------------- pyfingerprint


@pytest.fixture
def python(module: ZfmSimulator) -> Any:
    client = PyFingerprint(module.path, BAUD, 0xFFFFFFFF, 0)
    assert client.verifyPassword()
    return client


def test_pyfingerprint_shakes_hands(python: Any, flash: Flash) -> None:
    assert python.getStorageCapacity() == flash.capacity == 162
    assert python.getSecurityLevel() == 3
    assert python.getMaxPacketSize() == 128
    assert python.getBaudRate() == BAUD
    assert python.getTemplateCount() == 0
    assert 0 <= python.generateRandomNumber() <= 0xFFFFFFFF


def test_pyfingerprint_is_told_a_wrong_password(module: ZfmSimulator, flash: Flash) -> None:
    flash.password = 0x01020304
    module.power_cycle()
    assert not PyFingerprint(module.path, BAUD, 0xFFFFFFFF, 0).verifyPassword()
    right = PyFingerprint(module.path, BAUD, 0xFFFFFFFF, 0x01020304)
    assert right.verifyPassword()
    assert right.setPassword(0)
    assert flash.password == 0


def test_pyfingerprint_enrols_finds_and_deletes(python: Any, module: ZfmSimulator) -> None:
    assert not python.readImage()
    for buffer in (FINGERPRINT_CHARBUFFER1, FINGERPRINT_CHARBUFFER2):
        module.place(OWN, Placement.CLEAN)
        assert python.readImage()
        assert python.convertImage(buffer)
    assert python.compareCharacteristics() > 200
    assert python.createTemplate()
    assert python.storeTemplate() == 0
    assert python.storeTemplate() == 1
    assert python.getTemplateCount() == 2
    assert python.getTemplateIndex(0)[:3] == [True, True, False]
    module.place(OWN, Placement.CLEAN)
    assert python.readImage()
    assert python.convertImage(FINGERPRINT_CHARBUFFER1)
    place, score = python.searchTemplate()
    assert place == 0
    assert score > 200
    module.place(OTHER, Placement.CLEAN)
    assert python.readImage()
    assert python.convertImage(FINGERPRINT_CHARBUFFER1)
    assert python.searchTemplate() == (-1, -1)
    assert python.loadTemplate(1, FINGERPRINT_CHARBUFFER2)
    assert python.compareCharacteristics() == 0
    assert python.deleteTemplate(0)
    assert python.getTemplateCount() == 1
    assert python.clearDatabase()
    assert python.getTemplateCount() == 0


@pytest.mark.slow
def test_pyfingerprint_carries_templates_both_ways(python: Any, module: ZfmSimulator) -> None:
    module.place(OWN, Placement.CLEAN)
    assert python.readImage()
    assert python.convertImage(FINGERPRINT_CHARBUFFER1)
    template = python.downloadCharacteristics(FINGERPRINT_CHARBUFFER1)
    assert len(template) == TEMPLATE_BYTES
    # It reads the template back and compares by itself.
    assert python.uploadCharacteristics(FINGERPRINT_CHARBUFFER2, template)
    assert python.compareCharacteristics() == 1000


@pytest.mark.parametrize("code", [0, 3])
def test_pyfingerprint_sets_packet_size_and_level(
    python: Any, module: ZfmSimulator, code: int
) -> None:
    python.setMaxPacketSize((32, 64, 128, 256)[code])
    python.setSecurityLevel(5)
    assert python.getMaxPacketSize() == (32, 64, 128, 256)[code]
    assert python.getSecurityLevel() == 5
    module.place(OWN, Placement.CLEAN)
    assert python.readImage()
    assert python.convertImage(FINGERPRINT_CHARBUFFER1)
    template = python.downloadCharacteristics(FINGERPRINT_CHARBUFFER1)
    assert python.uploadCharacteristics(FINGERPRINT_CHARBUFFER2, template)


def test_pyfingerprint_fetches_an_image_with_ridges(
    python: Any, module: ZfmSimulator, tmp_path: Path
) -> None:
    module.place(OWN, Placement.CLEAN)
    assert python.readImage()
    python.downloadImage(str(tmp_path / "finger.bmp"))
    with Image.open(tmp_path / "finger.bmp") as picture:
        assert picture.size == (256, 288)
        middle = picture.crop((96, 112, 160, 176)).tobytes()
        corner = picture.crop((0, 0, 16, 16)).tobytes()
    dark = sum(grey < 128 for grey in middle) / len(middle)
    assert 0.3 < dark < 0.7, "about as much ridge as valley"
    assert min(corner) > 200, "nothing where no finger is"


@pytest.mark.parametrize(
    ("how", "words"),
    [(Placement.WET, "too messy"), (Placement.DRY, "few feature points")],
)
def test_pyfingerprint_is_told_bad_images(
    python: Any, module: ZfmSimulator, how: Placement, words: str
) -> None:
    module.place(OWN, how)
    assert python.readImage()
    with pytest.raises(Exception, match=words):
        python.convertImage(FINGERPRINT_CHARBUFFER1)


# ---------------------------------------------------------------- adafruit


@pytest.fixture
def circuit(module: ZfmSimulator) -> Iterator[Any]:
    with serial.Serial(module.path, BAUD, timeout=2) as port:
        yield adafruit.Adafruit_Fingerprint(port)


def test_adafruit_shakes_hands(circuit: Any) -> None:
    assert circuit.check_module()
    assert circuit.library_size == 162
    assert circuit.security_level == 3
    assert circuit.device_address == b"\xff\xff\xff\xff"
    assert (circuit.data_packet_size, circuit.baudrate) == (2, 6)
    assert circuit.set_led() == adafruit.OK
    circuit.soft_reset()
    assert circuit.count_templates() == adafruit.OK
    assert circuit.template_count == 0


def test_adafruit_enrols_finds_and_deletes(circuit: Any, module: ZfmSimulator) -> None:
    assert circuit.get_image() == adafruit.NOFINGER
    for slot in (1, 2):
        module.place(OWN, Placement.CLEAN)
        assert circuit.get_image() == adafruit.OK
        assert circuit.image_2_tz(slot) == adafruit.OK
    assert circuit.compare_templates() == adafruit.OK
    assert circuit.create_model() == adafruit.OK
    assert circuit.store_model(17) == adafruit.OK
    assert circuit.store_model(162) == adafruit.BADLOCATION
    assert circuit.read_templates() == adafruit.OK
    assert circuit.templates == [17]
    module.place(OWN, Placement.CLEAN)
    assert circuit.get_image() == adafruit.OK
    assert circuit.image_2_tz(1) == adafruit.OK
    for search in (circuit.finger_search, circuit.finger_fast_search):
        assert search() == adafruit.OK
        assert circuit.finger_id == 17
        assert circuit.confidence > 200
    module.place(OTHER, Placement.CLEAN)
    assert circuit.get_image() == adafruit.OK
    assert circuit.image_2_tz(1) == adafruit.OK
    assert circuit.finger_search() == adafruit.NOTFOUND
    assert circuit.load_model(17, 2) == adafruit.OK
    assert circuit.compare_templates() == adafruit.NOMATCH
    assert circuit.load_model(18, 2) == adafruit.DBRANGEFAIL
    assert circuit.delete_model(17) == adafruit.OK
    assert circuit.empty_library() == adafruit.OK
    assert circuit.count_templates() == adafruit.OK
    assert circuit.template_count == 0


def test_two_fingers_are_not_merged(circuit: Any, module: ZfmSimulator) -> None:
    for slot, finger in ((1, OWN), (2, OTHER)):
        module.place(finger, Placement.CLEAN)
        assert circuit.get_image() == adafruit.OK
        assert circuit.image_2_tz(slot) == adafruit.OK
    assert circuit.create_model() == adafruit.ENROLLMISMATCH


def test_adafruit_carries_templates_and_images_both_ways(
    circuit: Any, module: ZfmSimulator
) -> None:
    module.place(OWN, Placement.CLEAN)
    assert circuit.get_image() == adafruit.OK
    assert circuit.image_2_tz(1) == adafruit.OK
    template = circuit.get_fpdata("char", 1)
    assert len(template) == TEMPLATE_BYTES
    assert circuit.send_fpdata(template, "char", 2)
    assert circuit.get_fpdata("char", 2) == template
    assert circuit.compare_templates() == adafruit.OK
    image = circuit.get_fpdata("image")
    assert len(image) == 256 * 288 // 2
    # Another image is in the module now; this one comes back and is the same finger.
    module.place(OTHER, Placement.CLEAN)
    assert circuit.get_image() == adafruit.OK
    assert circuit.send_fpdata(image, "image")
    assert circuit.image_2_tz(1) == adafruit.OK
    assert circuit.compare_templates() == adafruit.OK


def test_what_one_driver_enrolled_the_other_and_ours_recognise(
    circuit: Any, module: ZfmSimulator
) -> None:
    module.place(OWN, Placement.CLEAN)
    assert circuit.get_image() == adafruit.OK
    assert circuit.image_2_tz(1) == adafruit.OK
    template = Template(bytes(circuit.get_fpdata("char", 1)), TemplateFormat.ZFM_OWN)
    circuit.close_uart()
    ours = ZfmModule.open(module.path)
    module.place(OWN, Placement.CLEAN)
    assert ours.verify([template], 5, lambda _: None) is MatchOutcome.MATCH
    ours.close()
    python = PyFingerprint(module.path, BAUD, 0xFFFFFFFF, 0)
    assert python.uploadCharacteristics(FINGERPRINT_CHARBUFFER1, list(template.data))
    module.place(OTHER, Placement.CLEAN)
    assert python.readImage()
    assert python.convertImage(FINGERPRINT_CHARBUFFER2)
    assert python.compareCharacteristics() == 0
