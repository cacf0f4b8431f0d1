"""What operators are told when something fails: in Persian, and nothing of the exception's own text."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from crypto import errors as crypto
from drivers import errors as drivers
from drivers.media import errors as storage
from election.because import because, reason_of
from election.errors import ElectionError, PackageError, PollsStateError
from election.reasons import PackageReason
from kiosk.flows.ballot.states import Presentation
from kiosk.flows.operator.states import Console, ConsoleAct
from kiosk.station.loaded_terminal import LoadedTerminal
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import NUMBERS, Office
from tests.ui.hands import texts
from tests.words.pseudo import english
from ui.operator.panel import OperatorPanel
from words.languages import installed
from words.message import m
from words.text import PERSIAN

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

DETAIL = "Traceback detail of /dev/ttyUSB0"


def failures() -> Iterator[Exception]:
    """One of each class that can end an operator's act."""
    made: dict[type[Exception], Exception] = {
        drivers.ApduError: drivers.ApduError(0x6982, DETAIL),
        drivers.WrongPinError: drivers.WrongPinError(2),
        drivers.AuthenticityError: drivers.AuthenticityError("sod", DETAIL),
        crypto.CertificateRefusedError: crypto.CertificateRefusedError("expired", DETAIL),
        drivers.CaptureError: drivers.CaptureError("dry", DETAIL),
    }
    for module in (drivers, crypto):
        for found in vars(module).values():
            if isinstance(found, type) and issubclass(found, Exception):
                yield made[found] if found in made else found(DETAIL)
    for kind in (storage.MediumFullError, storage.MediumLostError, storage.TamperedStoreError):
        yield kind(m("no room on the medium of {name}", name="votes.sqlite"))
    yield ElectionError(m("the log is not open"))
    yield PollsStateError(m("no election package is loaded; load it first"))
    yield from (PackageError(reason, DETAIL) for reason in PackageReason)
    yield OSError(errno.ENOSPC, DETAIL)
    yield OSError(errno.EIO, DETAIL)
    yield FileNotFoundError(errno.ENOENT, DETAIL, DETAIL)
    yield PermissionError(errno.EACCES, DETAIL, DETAIL)


FAILURES = list(failures())


def test_every_class_has_a_reason_of_its_own() -> None:
    plain = [x for x in FAILURES if not isinstance(x, (ElectionError, storage.StorageError))]
    reasons = {reason_of(x) for x in plain}
    assert len(reasons) >= len({type(x) for x in plain})
    assert all(DETAIL not in str(x) for x in reasons)
    assert DETAIL in str(because(plain[0]))


def test_an_act_that_fails_is_told_in_persian(
    new_terminal: TerminalBench, office: Office, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    panel = OperatorPanel(96.0, Presentation(PERSIAN))
    qtbot.addWidget(panel)
    panel.show()
    now: list[Exception] = []

    def opening(_: LoadedTerminal) -> None:
        raise now[-1]

    monkeypatch.setattr(LoadedTerminal, "opening", opening)
    office.bring(office.package(), new_terminal.config.usb)
    assert new_terminal.do(ConsoleAct.LOAD_PACKAGE).ok
    for failure in FAILURES:
        now.append(failure)
        new_terminal.sign_in()
        outcome = new_terminal.act(ConsoleAct.OPEN)
        state = new_terminal.console
        new_terminal.sign_out()
        assert not outcome.ok
        assert isinstance(state, Console)
        panel.show_state(state)
        shown = texts(panel)
        assert installed().speaker(PERSIAN)(outcome.message) in shown
        named = {*NUMBERS.values(), "[identity]", "station.toml", "(.crl)", "portraits.cbor"}
        assert english(shown.split("\n"), named) == set(), failure
        assert DETAIL not in shown
        assert type(failure).__name__ not in shown


def test_a_defect_is_told_in_persian(
    new_terminal: TerminalBench, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opening(_: LoadedTerminal) -> None:
        raise KeyError(DETAIL)

    monkeypatch.setattr(LoadedTerminal, "opening", opening)
    office.bring(office.package(), new_terminal.config.usb)
    assert new_terminal.do(ConsoleAct.LOAD_PACKAGE).ok
    outcome = new_terminal.do(ConsoleAct.OPEN)
    text = installed().speaker(PERSIAN)(outcome.message)
    assert english([text]) == set()
    assert DETAIL not in str(outcome.message)
