"""What a station trusts of documents: the package's, more lists by two roles, in a rehearsal its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from drivers.smartcard.exempt import Exempt
from drivers.smartcard.profile import profile_text
from election.acts import SignedActKind, read_statement
from election.added_lists import write_added
from election.definition import ENGLISH, Role
from election.document_trust import OwnDocuments
from election.papers import ReportKind
from election.trusted import ExceptionRow, Trusted
from election.trusted_digest import trusted_digest
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.states import OverrideReason, VoterRefusal
from kiosk.flows.operator import events as operator
from kiosk.flows.operator.states import ActOutcome, Console, ConsoleAct, SecondSignature, allowed
from kiosk.station.reporting import make_report
from kiosk.status import Mode
from kiosk.storage.counters import CounterKind
from simulators.cards.issuer import Issuer
from tests.kiosk.station.bench import IdentityBench, TerminalBench
from tests.kiosk.station.documents import document
from tests.kiosk.station.office import NOON, Office, people
from tests.kiosk.station.test_identity_cards import VOTER, card_of, zone_text
from tests.kiosk.station.test_identity_station import finger, numbers, overriding
from words.languages import installed
from words.message import Value

HOLDER = people(1, "trusting")[0]


def trusting(office: Office, **changes: object) -> bytes:
    """A package whose trust differs in these parts."""
    trusted = replace(office.election.trusted, **changes)  # type: ignore[arg-type]
    return office.package(replace(office.election, trusted=trusted))


def revoked(issuer: Issuer, *, days_ago: int = 0) -> bytes:
    return issuer.revocation_list(NOON - timedelta(days=days_ago), [issuer.signer.serial_number])


def load(bench: IdentityBench | TerminalBench, package: bytes) -> ActOutcome:
    outcome = bench.load(package)
    bench.sign_out()
    return outcome


def opened(bench: IdentityBench, package: bytes) -> None:
    assert load(bench, package).ok
    assert bench.do(ConsoleAct.OPEN).ok


def add_lists(bench: IdentityBench | TerminalBench) -> ActOutcome:
    """Two roles add the lists on the drive."""
    return bench.do(ConsoleAct.ADD_LISTS)


def put(bench: IdentityBench | TerminalBench, data: bytes, name: str = "new.crl") -> None:
    """On the drive there are lists alone."""
    for file in bench.config.usb.iterdir():
        file.unlink()
    (bench.config.usb / name).write_bytes(data)


def signed_digest(bench: IdentityBench | TerminalBench) -> bytes | None:
    opening = [read_statement(act) for act in bench.station.context.polls.acts()]
    (found,) = [each.trusted for each in opening if each.kind is SignedActKind.OPEN]
    return found


def seen(bench: IdentityBench, card: object) -> at.IdentityState:
    bench.reader.insert(card)  # type: ignore[arg-type]
    return bench.see(at.Fingerprint, at.Refused, at.Overriding)


# ---------------------------------------------------------------- what is signed and printed


def test_the_opening_signs_what_is_trusted(
    station: IdentityBench, terminal: TerminalBench, office: Office
) -> None:
    """Both devices sign the same; whoever changed a byte of it signed something else."""
    expected = trusted_digest(office.election.trusted)
    assert signed_digest(station) == signed_digest(terminal) == expected


def zero_report(bench: IdentityBench) -> dict[str, str]:
    found: list[dict[str, str]] = []
    speaker = installed().speaker(ENGLISH)

    def plain(value: Value) -> str:
        return speaker.say(value).translate({0x2066: None, 0x2069: None, 0x2068: None})

    def read() -> None:
        report = make_report(bench.station.context, bench.identity.loaded, ReportKind.ZERO)
        found.append({plain(line.label): plain(line.value) for line in report.lines})

    bench.station.context.store.submit(read)
    bench.until(lambda: bool(found), "the report")
    return found[0]


def test_the_zero_report_says_what_can_be_used(new_station: IdentityBench, office: Office) -> None:
    listed = (office.issuer.revocation_list(NOON - timedelta(days=1)),)
    opened(new_station, trusting(office, revocation_lists=listed))
    told, digest = zero_report(new_station), signed_digest(new_station)
    assert digest is not None
    assert told["Trusted about documents"].replace(" ", "") == digest.hex()[:32]
    assert told["Documents of IR"] == "1 authorities; revocation list until 11 July 2026"


# ---------------------------------------------------------------- settings of a station's own


@pytest.mark.parametrize("part", ["profile", "csca"])
def test_own_documents_and_a_real_election_exclude_each_other(
    new_station: IdentityBench, office: Office, part: str, tmp_path: Path
) -> None:
    """One technician puts an authority into a folder, or another profile: no real package is loaded."""
    (tmp_path / "csca").mkdir()
    (tmp_path / "csca" / "mine.cer").write_bytes(Issuer.create("Mine", NOON).authority_der)
    own = OwnDocuments("icao") if part == "profile" else OwnDocuments(csca=tmp_path / "csca")
    new_station.config = replace(new_station.config, identity=own)
    new_station.restart()
    real = office.package(replace(office.election, rehearsal=False))
    assert not load(new_station, real).ok
    assert new_station.logged("act-failed") == ["load-package own-documents"]
    assert load(new_station, office.package()).ok, "for rehearsals they are there"
    assert new_station.identity.status().mode is Mode.OWN_DOCUMENTS


def test_own_documents_that_come_later_stop_the_station(
    new_station: IdentityBench, office: Office
) -> None:
    assert load(new_station, office.package(replace(office.election, rehearsal=False))).ok
    new_station.config = replace(new_station.config, identity=OwnDocuments("icao"))
    new_station.restart()
    new_station.see(at.OutOfService)
    assert new_station.logged("start-failed")[0].startswith("own-documents ")


def test_a_folder_of_its_own_in_a_rehearsal(
    new_station: IdentityBench, office: Office, tmp_path: Path
) -> None:
    (tmp_path / "csca").mkdir()
    (tmp_path / "csca" / "mine.cer").write_bytes(office.other_issuer.authority_der)
    new_station.config = replace(new_station.config, identity=OwnDocuments(csca=tmp_path / "csca"))
    new_station.restart()
    opened(new_station, office.package())
    card = office.identity_card(HOLDER, issuer=office.other_issuer)
    assert isinstance(seen(new_station, card), at.Fingerprint)
    assert signed_digest(new_station) != trusted_digest(office.election.trusted), "and it shows"


@pytest.mark.parametrize(
    "trusted",
    [
        Trusted(("nonsense",)),
        Trusted((profile_text("standard"), profile_text("standard"))),
        Trusted((profile_text("standard"), profile_text("icao"))),
        Trusted((profile_text("standard"),), (b"no certificate",)),
        Trusted((profile_text("standard"),), (), (b"no list",)),
    ],
    ids=["no profile", "twice", "open and closed", "no certificate", "no list"],
)
def test_what_cannot_be_used_is_found_when_it_is_loaded(
    new_station: IdentityBench, office: Office, trusted: Trusted
) -> None:
    outcome = load(new_station, office.package(replace(office.election, trusted=trusted)))
    assert not outcome.ok
    assert new_station.logged("act-failed") == ["load-package documents"]
    assert new_station.package is None


# ---------------------------------------------------------------- lists by USB drive and two roles


def test_a_newer_list_adds_and_an_older_one_takes_nothing_back(
    new_station: IdentityBench, office: Office
) -> None:
    """A signer is revoked in the morning: its cards are refused from then on, also after a restart."""
    listed = office.issuer.revocation_list(NOON - timedelta(days=1))
    opened(new_station, trusting(office, revocation_lists=(listed,)))
    assert isinstance(seen(new_station, office.identity_card(HOLDER)), at.Fingerprint)
    new_station.put_away()
    before = signed_digest(new_station)

    put(new_station, revoked(office.issuer))
    assert add_lists(new_station).ok
    new_station.reader.insert(office.identity_card(HOLDER))
    assert new_station.refused() is VoterRefusal.NOT_AUTHENTIC
    new_station.put_away()
    (logged,) = new_station.logged("lists-added")
    assert before is not None
    assert not before.hex().startswith(logged)

    put(new_station, office.issuer.revocation_list(NOON - timedelta(days=3)), "older.crl")
    assert add_lists(new_station).ok
    new_station.restart()
    new_station.see(at.Idle)
    new_station.reader.insert(office.identity_card(HOLDER))
    assert new_station.refused() is VoterRefusal.NOT_AUTHENTIC
    new_station.put_away()
    assert len(new_station.logged("lists-added")) == 2
    assert signed_digest(new_station) == before, "what was signed at the opening stays"


@pytest.mark.parametrize("lost", [(0,), (1,), (0, 1)])
def test_a_list_that_was_taken_away(
    new_station: IdentityBench, office: Office, lost: tuple[int, ...]
) -> None:
    """From one memory: it is still known. From both: nobody is served until it is back."""
    listed = revoked(office.issuer)
    assert load(new_station, office.package()).ok
    put(new_station, listed)
    assert add_lists(new_station).ok
    assert new_station.do(ConsoleAct.OPEN).ok
    for place in lost:
        new_station.files.added_lists[place].unlink()
    new_station.restart()
    if len(lost) == 1:
        new_station.see(at.Idle)
        return
    new_station.see(at.OutOfService)
    assert new_station.logged("start-failed")[0].startswith("lists-missing ")
    put(new_station, office.issuer.revocation_list(NOON - timedelta(days=2)))
    assert not add_lists(new_station).ok, "another list alone is not enough"
    new_station.see(at.OutOfService)
    put(new_station, listed)
    assert add_lists(new_station).ok
    new_station.see(at.Idle)


@pytest.mark.parametrize("data", ["stranger", "nonsense"])
def test_a_list_that_nobody_here_signed(
    new_station: IdentityBench, office: Office, data: str
) -> None:
    opened(new_station, office.package())
    before = new_station.files.added_lists[0].exists()
    stranger = Issuer.create("Test country", NOON)
    foreign = stranger.revocation_list(NOON, [office.issuer.signer.serial_number])
    put(new_station, foreign if data == "stranger" else b"nonsense")
    assert not add_lists(new_station).ok
    assert new_station.logged("act-failed") == ["add-lists foreign-list"]
    assert isinstance(seen(new_station, office.identity_card(HOLDER)), at.Fingerprint)
    assert not before


def test_a_list_put_into_the_file_by_hand_does_nothing(
    new_station: IdentityBench, office: Office
) -> None:
    """Whoever can write the memory cannot make a list; what nobody signed is left out."""
    opened(new_station, office.package())
    forged = Issuer.create("Test country", NOON)
    for place in new_station.files.added_lists:
        write_added(
            place, [forged.revocation_list(NOON, [office.issuer.signer.serial_number]), b"nonsense"]
        )
    new_station.restart()
    new_station.see(at.Idle)
    assert isinstance(seen(new_station, office.identity_card(HOLDER)), at.Fingerprint)


def test_lists_take_two_roles(new_station: IdentityBench, office: Office) -> None:
    opened(new_station, office.package())
    put(new_station, revoked(office.issuer))
    new_station.sign_in()
    new_station.station.console.loop.post(operator.ActChosen(ConsoleAct.ADD_LISTS))
    new_station.settle()
    assert isinstance(new_station.console, SecondSignature)
    assert new_station.logged("lists-added") == []
    new_station.operators.remove()
    assert isinstance(seen(new_station, office.identity_card(HOLDER)), at.Fingerprint)


def test_a_terminal_takes_no_lists(terminal: TerminalBench) -> None:
    terminal.sign_in()
    assert isinstance(terminal.console, Console)
    assert ConsoleAct.ADD_LISTS not in allowed(terminal.console.view)


# ---------------------------------------------------------------- whose documents


def test_the_clock_decides_nothing(new_station: IdentityBench, office: Office) -> None:
    """A list that ends an hour from now is current, and a document of today good, past midnight, too."""
    ends = office.issuer.revocation_list(NOON - timedelta(days=30, hours=3), days=30)
    opened(new_station, trusting(office, revocation_lists=(ends,)))
    card = document(office, HOLDER, expiry=NOON.date())
    assert isinstance(seen(new_station, card), at.Fingerprint)
    new_station.put_away()
    new_station.clock.later(13 * 3600)
    assert isinstance(seen(new_station, card), at.Fingerprint)


def test_the_signed_zone_says_of_which_family_a_document_is(
    new_station: IdentityBench, office: Office
) -> None:
    """A card whose fingers can be compared is not read as a passport, which has none, whatever is typed."""
    as_passport = profile_text("icao").replace('["P", "PP", "I", "ID"]', '["P", "PP"]')
    national = (
        profile_text("icao")
        .replace('name = "icao"', 'name = "national"')
        .replace('["P", "PP", "I", "ID"]', '["I", "ID"]')
        .replace('templates = "none"', 'templates = "group:13"')
        .replace("optional_groups = [11, 12]", "optional_groups = [11, 12, 13]")
    )
    opened(new_station, trusting(office, profiles=(as_passport, national)))
    card = card_of(office, VOTER)
    new_station.reader.insert(card)
    new_station.see(at.AwaitingAccess)
    new_station.identity.loop.post(on.AccessEntered(zone_text(card)))
    assert isinstance(new_station.see(at.Fingerprint, at.Refused, at.Overriding), at.Fingerprint)


@pytest.mark.parametrize(
    "parts", [{"code": "AR"}, {"code": "IR"}, {"code": "P"}, {"nationality": "AFG"}]
)
def test_a_document_that_is_no_citizens(
    station: IdentityBench, office: Office, parts: dict[str, str]
) -> None:
    """A residence permit, genuine, of a state that is accepted: refused by its own name, and counted."""
    station.reader.insert(document(office, HOLDER, **parts))  # type: ignore[arg-type]
    assert station.refused() is VoterRefusal.NOT_CITIZEN
    station.put_away()
    assert not any(getattr(state, "holder", None) for state in station.shown)
    assert numbers(station, CounterKind.REFUSAL) == {"not-citizen": 1}


# ---------------------------------------------------------------- exceptions, counted


def row(what: Exempt, whom: str = "IRN", until: date | None = None) -> ExceptionRow:
    return ExceptionRow(whom, what, until or NOON.date(), "a test")


@pytest.mark.parametrize("until", [NOON.date(), NOON.date() - timedelta(days=1)])
@pytest.mark.parametrize("over", [False, True])
def test_a_row_prolongs_documents_is_counted_and_ends(
    new_station: IdentityBench, office: Office, over: bool, until: date
) -> None:
    rows = (row(Exempt.EXPIRED_DOCUMENT, until=until),)
    opened(new_station, trusting(office, exceptions=rows))
    expiry = NOON.date() - timedelta(days=1) if over else NOON.date()
    new_station.reader.insert(document(office, HOLDER, expiry=expiry))
    if over and until < NOON.date():
        assert new_station.refused() is VoterRefusal.CARD_EXPIRED
    else:
        new_station.see(at.Fingerprint)
    new_station.put_away()
    counted = {"expired-document": 1} if over and until == NOON.date() else {}
    assert new_station.summed("exception-used") == counted
    assert new_station.logged("exception-used") == [], "no line tells whose it was"


@pytest.mark.parametrize("whom", ["IRN", "XOM"])
def test_a_row_prolongs_documents_of_the_state_that_it_names(
    new_station: IdentityBench, office: Office, whom: str
) -> None:
    """And of no other that the same family reads, even by the same authority."""
    both = profile_text("standard").replace('{ IRN = "IR" }', '{ IRN = "IR", XOM = "IR" }')
    prolonged = replace(row(Exempt.EXPIRED_DOCUMENT), whom=whom)
    opened(new_station, trusting(office, profiles=(both,), exceptions=(prolonged,)))
    over = NOON.date() - timedelta(days=1)
    new_station.reader.insert(document(office, HOLDER, expiry=over))
    if whom == "IRN":
        new_station.see(at.Fingerprint)
    else:
        assert new_station.refused() is VoterRefusal.CARD_EXPIRED


# ---------------------------------------------------------------- of age


def test_two_roles_say_of_age_and_then_the_finger_is_compared(
    station: IdentityBench, office: Office
) -> None:
    year = office.election.day.year - office.election.rules.min_age
    station.reader.insert(document(office, HOLDER, born_in=year))
    assert overriding(station).reason is OverrideReason.OF_AGE
    station.sign_override(Role.OFFICER)
    assert isinstance(station.state, at.Overriding), "one role is not enough"
    station.sign_override(Role.SUPERVISOR)
    station.cards.insert(office.blank())
    finger(station, HOLDER)
    station.see(at.Done)
    station.put_away()
    assert numbers(station, CounterKind.OVERRIDE) == {"of-age": 1}


def test_an_open_age_that_is_not_confirmed(station: IdentityBench, office: Office) -> None:
    year = office.election.day.year - office.election.rules.min_age
    station.reader.insert(document(office, HOLDER, born_in=year))
    overriding(station)
    station.identity.loop.post(on.ReasonChosen(OverrideReason.WORN))
    assert overriding(station).reason is OverrideReason.OF_AGE, "nobody chooses another reason"
    station.identity.loop.post(on.OverrideDenied())
    assert station.refused() is VoterRefusal.AGE_UNKNOWN
    station.put_away()
    station.reader.insert(document(office, HOLDER, born_in=year + 1))
    assert station.refused() is VoterRefusal.UNDER_AGE
