"""Operators at the console: who is one, which package is taken, and what takes two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from crypto.election import make_election
from drivers.media.lock import FolderLock, only_one
from drivers.media.room import RESERVE
from drivers.threads import worker
from election.answers import questions_for
from election.definition import PERSIAN, Role, Rules
from election.package.portraits import PACKAGE_FILE
from election.papers import Report, ReportKind
from election.polls import ActKind, PollsState
from election.register import REGISTER_FILE, in_groups, number_of
from election.signing_in import (
    EnterPin,
    NeedCard,
    Rejected,
    Rejection,
    SignedIn,
    UnblockChosen,
    Unblocking,
)
from headquarters.authority import Validity, create_authority
from headquarters.definition_builder import new_election_uuid
from kiosk.flows.operator.events import (
    ActChosen,
    Cancelled,
    CodeEntered,
    ConfirmAnswered,
    DevicesWanted,
)
from kiosk.flows.operator.states import Away, Console, ConsoleAct, SecondSignature, allowed
from kiosk.station.cards import CardReaderService
from simulators.cards.piv import PivCard
from tests.headquarters.unlocking import authority_of, unlock
from tests.kiosk.station.bench import IdentityBench, TerminalBench
from tests.kiosk.station.office import (
    NOON,
    NUMBERS,
    OTHER_BRANCH,
    PIN,
    VALIDITY,
    WRONG_PIN,
    Office,
    people,
)
from words.languages import installed

# ---------------------------------------------------------------- signing in


def rejection(bench: TerminalBench | IdentityBench, card: PivCard) -> Rejection:
    bench.present(card)
    bench.until_signin(Rejected)
    assert isinstance(bench.signin, Rejected)
    return bench.signin.reason


def test_an_operator_signs_in_and_out(new_terminal: TerminalBench) -> None:
    new_terminal.sign_in()
    state = new_terminal.console
    assert isinstance(state, Console)
    assert (state.operator.name, state.operator.role) == (NUMBERS[Role.OFFICER], Role.OFFICER)
    assert state.view.polls is PollsState.UNCONFIGURED
    new_terminal.sign_out()


def test_wrong_pins_until_the_card_is_blocked(new_terminal: TerminalBench, office: Office) -> None:
    card = office.operator(Role.OFFICER)
    new_terminal.present(card, WRONG_PIN)
    new_terminal.until(lambda: new_terminal.signin == EnterPin(2), "two tries left")
    new_terminal.enter(WRONG_PIN)
    new_terminal.until(lambda: new_terminal.signin == EnterPin(1), "one try left")
    new_terminal.enter(WRONG_PIN)
    new_terminal.until_signin(Rejected)
    assert new_terminal.signin == Rejected(Rejection.PIN_BLOCKED)
    new_terminal.sign_out()
    assert rejection(new_terminal, card) is Rejection.PIN_BLOCKED, "the right PIN is too late"


def _block(bench: TerminalBench, card: PivCard) -> None:
    bench.present(card, WRONG_PIN)
    bench.until(lambda: bench.signin == EnterPin(2), "two tries left")
    bench.enter(WRONG_PIN)
    bench.until(lambda: bench.signin == EnterPin(1), "one try left")
    bench.enter(WRONG_PIN)
    bench.until(lambda: bench.signin == Rejected(Rejection.PIN_BLOCKED), "the blocked card")
    bench.station.console.loop.post(UnblockChosen())


def test_the_letter_unblocks_a_card(new_terminal: TerminalBench, office: Office) -> None:
    """A wrong PUK costs one of its tries; then the card signs in with the new PIN, and it is logged."""
    card, bench = office.operator(Role.OFFICER), new_terminal
    _block(bench, card)
    for digits in ("87654321", "135790", "135790"):
        bench.enter(digits)
    bench.until(lambda: bench.signin == Unblocking(tries_left=2), "a wrong PUK")
    for digits in ("1234567", "12345678", "135790", "135791", "135790", "135790"):
        bench.enter(digits)
    bench.until(lambda: bench.signin == EnterPin(), "the PIN of the unblocked card")
    bench.enter("135790")
    bench.until(lambda: isinstance(bench.console, Console), "the console")
    assert isinstance(bench.console, Console)
    assert bench.logged("pin-unblocked") == [bench.console.operator.logged_as]
    assert b"135790" not in bench.files.audit.read_bytes()
    assert b"12345678" not in bench.files.audit.read_bytes()


def test_a_card_whose_letter_was_tried_too_often_is_lost(
    new_terminal: TerminalBench, office: Office
) -> None:
    bench = new_terminal
    _block(bench, office.operator(Role.OFFICER))
    for _ in range(3):
        for digits in ("87654321", "135790", "135790"):
            bench.enter(digits)
        bench.until(
            lambda: (
                isinstance(bench.signin, Unblocking | Rejected)
                and getattr(bench.signin, "puk", "") == ""
            ),
            "the answer of the card",
        )
    bench.until(lambda: bench.signin == Rejected(Rejection.PUK_BLOCKED), "a lost card")
    bench.station.console.loop.post(UnblockChosen())
    bench.settle()
    assert bench.signin == Rejected(Rejection.PUK_BLOCKED), "nothing unblocks it any more"


def test_the_letter_of_a_stranger_unblocks_nothing(
    new_terminal: TerminalBench, office: Office
) -> None:
    """A card of another branch is refused before its PUK is shown to it."""
    card = office.operator(Role.OFFICER, branch=OTHER_BRANCH)
    bench = new_terminal
    bench.operators.insert(card)
    bench.until_signin(EnterPin)
    before = card.piv.puk.tries
    bench.enter()
    bench.until(lambda: bench.signin == Rejected(Rejection.OTHER_BRANCH), "another branch")
    bench.station.console.loop.post(UnblockChosen())
    bench.settle()
    assert bench.signin == Rejected(Rejection.OTHER_BRANCH)
    assert card.piv.puk.tries == before


def test_the_right_pin_after_a_wrong_one(new_terminal: TerminalBench, office: Office) -> None:
    new_terminal.present(office.operator(Role.OFFICER), WRONG_PIN)
    new_terminal.until(lambda: new_terminal.signin == EnterPin(2), "two tries left")
    new_terminal.enter(PIN)
    new_terminal.until(lambda: isinstance(new_terminal.console, Console), "the console")


def test_a_pin_of_another_form_costs_no_try(new_terminal: TerminalBench, office: Office) -> None:
    new_terminal.present(office.operator(Role.OFFICER), "12")
    new_terminal.until(lambda: new_terminal.signin == EnterPin(3), "three tries left")


def _expired(office: Office) -> PivCard:
    past = Validity(NOON - timedelta(days=60), NOON - timedelta(days=1))
    return office.operator(Role.OFFICER, validity=past)


def _early(office: Office, role: Role = Role.OFFICER) -> PivCard:
    future = Validity(NOON + timedelta(days=1), NOON + timedelta(days=60))
    return office.operator(role, validity=future)


def _other_issuer(office: Office) -> PivCard:
    folder = office.folder / "others"
    if not folder.exists():
        create_authority(folder, "somebody else", VALIDITY, lambda _: True, unlock)
    return office.operator(Role.OFFICER, authority=authority_of(folder))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (
            lambda office: office.operator(Role.OFFICER, branch=OTHER_BRANCH),
            Rejection.OTHER_BRANCH,
        ),
        (_expired, Rejection.EXPIRED),
        (_other_issuer, Rejection.OTHER_ISSUER),
        (
            lambda office: office.operator(
                Role.OFFICER, key=ec.generate_private_key(ec.SECP256R1())
            ),
            Rejection.WRONG_PROOF,
        ),
    ],
    ids=["branch", "expired", "issuer", "copied certificate"],
)
def test_who_is_no_operator_here(
    new_terminal: TerminalBench,
    office: Office,
    make: Callable[[Office], PivCard],
    reason: Rejection,
) -> None:
    assert rejection(new_terminal, make(office)) is reason
    new_terminal.enter(PIN)
    new_terminal.settle()
    assert new_terminal.signin == Rejected(reason)
    new_terminal.sign_out()
    new_terminal.sign_in()


def test_a_card_that_is_not_valid_yet_sets_the_clock_and_nothing_else(
    new_terminal: TerminalBench, office: Office
) -> None:
    """Headquarters signed it later than the clock shows, so the clock is behind: no package is there yet."""
    bench, began = new_terminal, NOON + timedelta(days=1)
    typed = (began + timedelta(hours=1)).astimezone().strftime("%Y%m%d%H%M")
    office.bring(office.package(), bench.config.usb)
    bench.sign_in()
    bench.station.console.loop.post(ActChosen(ConsoleAct.LOAD_PACKAGE))
    bench.until_signin(SignedIn)
    bench.operators.remove()
    bench.until_signin(NeedCard)
    bench.present(_early(office, Role.SUPERVISOR))
    bench.until_signin(Rejected)
    assert bench.signin == Rejected(Rejection.NOT_YET_VALID), "the second card of another act"
    bench.operators.remove()
    bench.until_signin(NeedCard)
    bench.station.console.loop.post(Cancelled())
    bench.until(lambda: isinstance(bench.console, Away), "nobody at the console")

    bench.present(_early(office))
    bench.until(lambda: isinstance(bench.console, Console), "the console")
    here = bench.console
    assert isinstance(here, Console)
    assert allowed(here.view, here.operator) == {ConsoleAct.SET_CLOCK}
    for act in (each for each in ConsoleAct if each is not ConsoleAct.SET_CLOCK):
        bench.station.console.loop.post(ActChosen(act))
    bench.station.console.loop.post(DevicesWanted())
    bench.settle()
    assert bench.console == here, "no other act begins"
    bench.station.console.loop.post(ActChosen(ConsoleAct.SET_CLOCK))
    bench.station.console.loop.post(CodeEntered(typed))
    bench.until_signin(SignedIn)
    bench.operators.remove()
    bench.until_signin(NeedCard)
    bench.present(_early(office))
    bench.until_signin(Rejected)
    assert bench.signin == Rejected(Rejection.SAME_ROLE), "two roles still"
    bench.operators.remove()
    bench.until_signin(NeedCard)
    bench.present(_early(office, Role.SUPERVISOR))
    bench.until(lambda: bench.console != here and isinstance(bench.console, Console), "the end")
    assert bench.station.context.clock.now() > began
    (line,) = bench.logged("doubt-confirmed")
    assert line.startswith("clock-typed ")
    after = bench.console
    assert isinstance(after, Console)
    assert allowed(after.view, after.operator) == {ConsoleAct.SET_CLOCK}, "until the card came out"
    bench.sign_out()
    bench.present(_early(office))
    bench.until(lambda: isinstance(bench.console, Console), "the console")
    again = bench.console
    assert isinstance(again, Console)
    assert not again.operator.clock_only


def _unregistered(office: Office) -> PivCard:
    """Certified by headquarters, and not in the register."""
    validity = Validity(NOON - timedelta(days=59), NOON + timedelta(days=60))
    return office.operator(Role.SUPERVISOR, validity=validity)


def test_who_is_not_registered_is_no_operator(terminal: TerminalBench, office: Office) -> None:
    assert rejection(terminal, _unregistered(office)) is Rejection.NOT_REGISTERED
    terminal.sign_out()
    stranger = office.operator(Role.SUPERVISOR, branch=None)
    assert rejection(terminal, stranger) is Rejection.NOT_REGISTERED, (
        "of another district's reserve"
    )
    terminal.sign_out()
    terminal.sign_in()


def test_a_reserve_acts_where_the_register_says(terminal: TerminalBench, office: Office) -> None:
    terminal.present(office.operator(Role.OFFICER, branch=None))
    terminal.until(lambda: isinstance(terminal.console, Console), "the console")


def test_a_reserve_does_not_load(new_terminal: TerminalBench, office: Office) -> None:
    card = office.operator(Role.OFFICER, branch=None)
    assert rejection(new_terminal, card) is Rejection.NOT_REGISTERED, "there is no register yet"


def test_operators_whom_the_register_does_not_name_do_not_load(
    new_terminal: TerminalBench, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = Office.register
    monkeypatch.setattr(
        Office,
        "register",
        lambda self, package: named(
            self, package, lambda register: replace(register, operators=())
        ),
    )
    outcome = new_terminal.load(office.package(office.election))
    assert not outcome.ok
    assert "register does not name" in str(outcome)


def test_a_card_pulled_while_the_pin_is_checked(
    new_terminal: TerminalBench, office: Office
) -> None:
    new_terminal.operators.insert(office.operator(Role.OFFICER))
    new_terminal.until_signin(EnterPin)
    new_terminal.operators.pull_after(3)
    new_terminal.enter()
    new_terminal.until(lambda: isinstance(new_terminal.console, Away), "nobody")


def test_a_card_that_is_no_operators(new_terminal: TerminalBench, office: Office) -> None:
    """Where the second role is asked for."""
    office.bring(office.package(), new_terminal.config.usb)
    new_terminal.sign_in()
    new_terminal.terminal.console.loop.post(ActChosen(ConsoleAct.LOAD_PACKAGE))
    new_terminal.until_signin(SignedIn)
    new_terminal.operators.remove()
    new_terminal.until_signin(NeedCard)
    new_terminal.operators.insert(office.blank())
    new_terminal.until_signin(Rejected)
    assert new_terminal.signin == Rejected(Rejection.UNKNOWN_CARD)


# ---------------------------------------------------------------- the package


def changed(place: float) -> Callable[[Office], bytes]:
    def make(office: Office) -> bytes:
        data = bytearray(office.package())
        data[int(place * (len(data) - 1))] ^= 0x01
        return bytes(data)

    return make


def wrong_branch(office: Office) -> bytes:
    election = office.election
    return office.package(
        replace(
            election,
            branches=tuple(b for b in election.branches if b.id == OTHER_BRANCH),
            devices=tuple(d for d in election.devices if d.branch == OTHER_BRANCH),
        )
    )


def not_enrolled(office: Office) -> bytes:
    devices = tuple(d for d in office.election.devices if "t1" not in d.id)
    return office.package(replace(office.election, devices=devices))


def other_election(office: Office) -> bytes:
    """Of the same headquarters; the card keys were sealed for the first election."""
    election, uuid = office.election, new_election_uuid()
    belenios = make_election(
        name="other",
        description="",
        public_key=office.trustees.election_key,
        questions=questions_for(election.contests),
        uuid=uuid,
    )
    return office.package(replace(election, uuid=uuid, belenios_election=belenios.text))


def foreign_election(office: Office) -> bytes:
    """Of another headquarters."""
    folder = office.folder / "foreign"
    if not folder.exists():
        create_authority(folder, "foreign", VALIDITY, lambda _: True, unlock)
    return office.package(authority=authority_of(folder))


REFUSED: list[tuple[Callable[[Office], bytes], str, str]] = [
    (changed(0.0), "format", "is damaged, or no election package"),
    (changed(0.5), "signature", "was altered"),
    (changed(0.7), "signature", "was altered"),
    (changed(0.98), "untrusted-signer", "not signed by this election's headquarters"),
    (lambda _: b"", "format", "is damaged, or no election package"),
    (lambda office: office.package()[:-100], "format", "is damaged, or no election package"),
    (wrong_branch, "wrong-branch", "another branch"),
    (not_enrolled, "not-enrolled", "enrolment list"),
    (other_election, "wrong-key", "another key"),
    (foreign_election, "untrusted-signer", "not signed by this election's headquarters"),
    (Office.late_package, "expired-certificate", "has expired"),
]


def check_refused(bench: TerminalBench, outcome_en: str, reason: str, sentence: str) -> None:
    assert sentence in outcome_en
    assert bench.logged("act-failed") == [f"load-package {reason}"]
    assert bench.package is None
    assert not bench.files.package.exists()
    state = bench.console
    assert isinstance(state, Console)
    assert state.view.polls is PollsState.UNCONFIGURED
    assert bench.terminal.context.polls.package_digest is None
    assert bench.terminal.context.polls.acts() == ()


@pytest.mark.parametrize(("make", "reason", "sentence"), REFUSED, ids=[r for _, r, _ in REFUSED])
def test_a_package_that_is_refused(
    new_terminal: TerminalBench,
    office: Office,
    make: Callable[[Office], bytes],
    reason: str,
    sentence: str,
) -> None:
    outcome = new_terminal.load(make(office))
    assert not outcome.ok
    check_refused(new_terminal, str(outcome.message), reason, sentence)
    assert installed().speaker(PERSIAN)(outcome.message) != str(outcome.message)
    new_terminal.sign_out()
    assert new_terminal.load(office.package()).ok, "the right one is taken afterwards"


def test_no_package_on_the_stick(new_terminal: TerminalBench) -> None:
    new_terminal.sign_in()
    outcome = new_terminal.act(ConsoleAct.LOAD_PACKAGE)
    assert not outcome.ok
    check_refused(
        new_terminal, str(outcome.message), "missing", "no election package on the USB drive"
    )


def test_a_clock_long_before_the_election(new_terminal: TerminalBench, office: Office) -> None:
    new_terminal.clock.set(NOON - timedelta(days=40))
    outcome = new_terminal.load(office.package())
    assert not outcome.ok
    check_refused(new_terminal, str(outcome.message), "clock", "clock does not fit")


def test_a_refused_package_leaves_the_loaded_one(
    new_terminal: TerminalBench, office: Office
) -> None:
    assert new_terminal.load(office.package()).ok
    new_terminal.sign_out()
    before = new_terminal.files.package.read_bytes()
    assert not new_terminal.load(changed(0.5)(office)).ok
    assert new_terminal.files.package.read_bytes() == before
    assert new_terminal.package is not None
    new_terminal.sign_out()
    new_terminal.restart()
    assert new_terminal.package is not None


def test_loading_shows_every_check(new_terminal: TerminalBench, office: Office) -> None:
    assert new_terminal.load(office.package()).ok
    state = new_terminal.console
    assert isinstance(state, Console)
    assert state.view.polls is PollsState.READY
    assert all(check.passed for check in state.view.checks)
    assert len(state.view.checks) >= 8
    assert len({check.name for check in state.view.checks}) == len(state.view.checks)
    digest = new_terminal.terminal.context.installed().digest
    assert state.view.package.replace(" ", "") == digest.hex()[:16]
    register = (new_terminal.config.usb / REGISTER_FILE).read_bytes()
    number = number_of(register)
    assert state.view.number == in_groups(number)
    assert new_terminal.logged("package-loaded") == [f"{digest.hex()[:16]} {number[:16]}"]


@pytest.mark.parametrize("damage", [lambda p: p.write_bytes(b"other"), Path.unlink])
def test_an_installed_package_that_was_exchanged(
    new_terminal: TerminalBench, office: Office, damage: Callable[[Path], object]
) -> None:
    assert new_terminal.load(office.package()).ok
    new_terminal.sign_out()
    new_terminal.terminal.stop()
    damage(new_terminal.files.package)
    damage(new_terminal.files.mirror / PACKAGE_FILE)
    new_terminal.boot()
    assert type(new_terminal.state).__name__ == "OutOfService"
    assert new_terminal.package is None
    assert new_terminal.load(office.package()).ok, "loading it again mends"
    new_terminal.sign_out()
    new_terminal.settle()
    assert type(new_terminal.state).__name__ == "Closed"


# ---------------------------------------------------------------- two roles


@pytest.mark.parametrize("act", [ConsoleAct.LOAD_PACKAGE, ConsoleAct.OPEN])
def test_one_role_is_not_enough(
    new_terminal: TerminalBench, office: Office, act: ConsoleAct
) -> None:
    if act is ConsoleAct.OPEN:
        assert new_terminal.load(office.package()).ok
        new_terminal.sign_out()
    office.bring(office.package(), new_terminal.config.usb)
    new_terminal.sign_in(Role.OFFICER)
    post = new_terminal.terminal.console.loop.post
    post(ActChosen(act))
    post(ConfirmAnswered(True))
    new_terminal.until(lambda: isinstance(new_terminal.console, SecondSignature), "second")
    new_terminal.operators.remove()
    new_terminal.until_signin(NeedCard)
    assert rejection(new_terminal, office.operator(Role.OFFICER)) is Rejection.SAME_ROLE
    kinds = [statement.kind.value for statement in new_terminal.terminal.context.polls.statements()]
    assert kinds == ([ActKind.LOAD] if act is ConsoleAct.OPEN else [])


def test_opening_makes_an_all_zero_report(new_terminal: TerminalBench, office: Office) -> None:
    assert new_terminal.load(office.package()).ok
    assert new_terminal.act(ConsoleAct.OPEN).ok
    state = new_terminal.console
    assert isinstance(state, Console)
    assert state.view.polls is PollsState.OPEN
    report = state.view.report
    assert report is not None
    assert report.kind is ReportKind.ZERO
    values = {str(line.label): line.value for line in report.lines}
    assert values["Ballots cast"] == values["Ballots challenged (spoiled)"] == 0
    assert values["Capacity"] == 12
    register = new_terminal.station.context.register
    assert register is not None
    cards = len(register.register.operators_of(new_terminal.config.branch))
    assert values["Operators' cards of the branch"] == cards >= 2, "people can count them"
    assert values["Rehearsal; votes that count"] == 0
    assert NUMBERS[Role.OFFICER] in str(values["Opened by"])
    assert NUMBERS[Role.SUPERVISOR] in str(values["Opened by"])
    (signed,) = new_terminal.logged("polls-opened")
    assert len(signed.split()) == 2


def test_pausing_and_resuming(terminal: TerminalBench, office: Office) -> None:
    assert terminal.do(ConsoleAct.PAUSE).ok
    terminal.until(lambda: type(terminal.state).__name__ == "Closed", "paused")
    terminal.reader.insert(office.voting_card())
    terminal.settle()
    assert type(terminal.state).__name__ == "Closed"
    terminal.reader.remove()
    terminal.settle()
    assert terminal.do(ConsoleAct.RESUME).ok
    terminal.vote(office.voting_card())


def test_the_self_test(terminal: TerminalBench) -> None:
    outcome = terminal.do(ConsoleAct.SELF_TEST)
    assert outcome.ok, str(outcome.message)
    assert terminal.logged("self-test") == ["failed 0"]


def test_a_defect_in_an_act_ends_it_and_puts_out_of_service(
    new_terminal: TerminalBench, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> object:
        raise RuntimeError("a defect")

    monkeypatch.setattr(CardReaderService, "check", broken)
    new_terminal.sign_in()
    outcome = new_terminal.act(ConsoleAct.SELF_TEST)
    assert not outcome.ok
    new_terminal.until(lambda: type(new_terminal.state).__name__ == "OutOfService", "the fault")


# ---------------------------------------------------------------- two readers


def test_the_identity_station_has_the_same_console(
    new_station: IdentityBench, office: Office
) -> None:
    assert not new_station.load(changed(0.5)(office)).ok
    new_station.sign_out()
    assert new_station.open_polls().ok
    report = new_station.console
    assert isinstance(report, Away)
    assert new_station.identity.context.closed() is None


def test_a_session_ends_with_its_own_card(new_station: IdentityBench, office: Office) -> None:
    """Another operator card in the other reader does not keep it alive."""
    new_station.sign_in()
    new_station.reader.insert(office.operator(Role.SUPERVISOR))
    new_station.settle()
    new_station.until(
        lambda: new_station.identity.identity_card_service.kind is not None, "the other"
    )
    new_station.operators.remove()
    new_station.until(lambda: isinstance(new_station.console, Away), "nobody")


def test_an_operator_may_use_the_identity_reader(
    new_station: IdentityBench, office: Office
) -> None:
    new_station.operators = new_station.reader
    new_station.sign_in()
    new_station.cards.insert(office.identity_card(people(1)[0]))
    new_station.cards.remove()
    new_station.settle()
    assert isinstance(new_station.console, Console)
    new_station.sign_out()


def test_a_wrong_clock_does_not_keep_a_started_day_from_going_on(
    new_terminal: TerminalBench,
) -> None:
    """The installed package and both roles are judged by the day it was loaded."""
    assert new_terminal.open_polls().ok
    new_terminal.clock.set(new_terminal.clock.now() + timedelta(days=400))
    new_terminal.restart()
    assert new_terminal.do(ConsoleAct.CONFIRM).ok
    new_terminal.until(lambda: type(new_terminal.state).__name__ == "Idle", "open polls")


def test_a_status_report_is_no_zero_report(new_terminal: TerminalBench) -> None:
    assert new_terminal.open_polls().ok
    new_terminal.restart()
    assert new_terminal.do(ConsoleAct.PRINT_REPORT).ok
    report = new_terminal.station.console._acts.report
    assert report is not None
    assert report.kind is ReportKind.STATUS


class Jam:
    """A printer that does not print until it is mended."""

    def __init__(self) -> None:
        self.mended = False
        self.kinds: list[ReportKind] = []

    def print(self, report: Report, done: Callable[[bool], None]) -> None:
        self.kinds.append(report.kind)
        done(self.mended)


def test_a_zero_report_that_was_not_printed_is_printed_later(
    new_terminal: TerminalBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer = Jam()
    monkeypatch.setattr(new_terminal.station.console, "_paper", printer)
    assert "not printed" in str(new_terminal.open_polls().message)
    printer.mended = True
    assert new_terminal.do(ConsoleAct.PRINT_REPORT).ok
    assert new_terminal.do(ConsoleAct.PRINT_REPORT).ok
    assert printer.kinds == [ReportKind.ZERO, ReportKind.ZERO, ReportKind.STATUS]


def test_the_polls_do_not_open_before_their_hour(
    new_terminal: TerminalBench, office: Office
) -> None:
    assert new_terminal.load(office.package()).ok
    new_terminal.clock.set(office.election.opens - timedelta(minutes=1))
    outcome = new_terminal.act(ConsoleAct.OPEN)
    assert not outcome.ok
    assert "clock" in str(outcome.message)
    new_terminal.clock.set(office.election.opens)
    assert new_terminal.act(ConsoleAct.OPEN).ok


def test_a_damaged_package_is_put_back_and_no_other(
    new_terminal: TerminalBench, office: Office
) -> None:
    package = office.package()
    assert new_terminal.load(package).ok
    assert new_terminal.act(ConsoleAct.OPEN).ok
    new_terminal.sign_out()
    installed = new_terminal.station.context.files.package
    damaged = installed.read_bytes()[:-1] + b"x"
    installed.write_bytes(damaged)
    new_terminal.restart()
    new_terminal.until(lambda: type(new_terminal.state).__name__ == "Idle", "the second copy")
    assert installed.read_bytes() == package
    new_terminal.terminal.stop()
    for folder in (new_terminal.files.data, new_terminal.files.mirror):
        (folder / PACKAGE_FILE).write_bytes(damaged)
    new_terminal.boot()
    new_terminal.until(lambda: type(new_terminal.state).__name__ == "OutOfService", "the fault")
    other = replace(office.election, rules=Rules(min_age=16))
    refused = office.package(other)
    outcome = new_terminal.load(refused)
    assert not outcome.ok
    assert "same package" in str(outcome.message)
    assert installed.read_bytes() != refused
    new_terminal.sign_out()
    assert new_terminal.load(package).ok
    new_terminal.sign_out()
    new_terminal.until(lambda: type(new_terminal.state).__name__ == "Idle", "open polls")


def test_who_gives_up_closing_still_has_room_for_it(terminal: TerminalBench) -> None:
    """What was kept for the closing is given back once both cards have signed."""
    kept = [folder / RESERVE for folder in (terminal.config.data, terminal.config.mirror)]
    assert all(path.exists() for path in kept)
    terminal.sign_in()
    post = terminal.station.console.loop.post
    post(ActChosen(ConsoleAct.CLOSE))
    post(ConfirmAnswered(True))
    terminal.until(lambda: isinstance(terminal.console, SecondSignature), "the second card")
    post(Cancelled())
    terminal.settle()
    terminal.sign_out()
    assert all(path.exists() for path in kept)
    assert terminal.do(ConsoleAct.CLOSE).ok
    assert not any(path.exists() for path in kept)


@pytest.mark.parametrize("hangs", [True, False])
def test_a_device_that_ends_while_its_memory_hangs_stays_locked(
    new_terminal: TerminalBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hangs: bool
) -> None:
    """Another program would begin on what this one's store may still write to."""
    monkeypatch.setattr(worker, "STOP_S", 0.05 if hangs else 5.0)
    free = Event()
    with only_one("device", [tmp_path], tmp_path) as lock:
        new_terminal.terminal.guard(lock)
        if hangs:
            new_terminal.terminal.context.store.submit(lambda: assert_set(free))
        new_terminal.terminal.stop()
    try:
        assert FolderLock(tmp_path).take() is not hangs
    finally:
        free.set()
        for folder in lock.memories.values():
            folder.let_go()


def assert_set(event: Event) -> None:
    assert event.wait(20)
