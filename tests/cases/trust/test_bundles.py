"""Refuse closing bundles that somebody changed, borrowed or signed in another's place."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from crypto import canonical
from election.bundle import Bundle, BundleError, write_bundle
from election.definition import BranchId, DeviceId, Role
from election.records import RecordKind, StoredRecord
from headquarters.authority import create_authority
from tests.acts import Card, with_acts
from tests.cases.day import A_VOTE, B_VOTE, Day, box
from tests.headquarters.day import bundle_of, hours_of, operator_cards, station_bundle
from tests.headquarters.small import BRANCH, VALIDITY, set_up
from tests.headquarters.unlocking import authority_of, unlock

Records = tuple[StoredRecord, ...]


def good(day: Day) -> bytes:
    """Return the bundle of terminal-1 as it should be."""
    return day.one.close(day.package)


def signature(day: Day, change: Callable[[bytes], bytes]) -> bytes:
    """Return the good bundle under another signature."""
    fields = canonical.decode(good(day))
    assert isinstance(fields, dict)
    (signature_,) = fields["signatures"]
    return canonical.encode({**fields, "signatures": [change(signature_)]})


def content(day: Day, change: Callable[[bytes], bytes]) -> bytes:
    """Return the good bundle with other content under its signature."""
    fields = canonical.decode(good(day))
    assert isinstance(fields, dict)
    return canonical.encode({**fields, "content": change(fields["content"])})


def one_bit(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def unsigned(day: Day) -> Bundle:
    """Return the content of terminal-1 before it is signed."""
    return Bundle(
        day.hq.election.uuid,
        day.package,
        DeviceId("terminal-1"),
        Role.BALLOT_TERMINAL,
        BRANCH,
        (),
        bytes(32),
        box(day.one),
    )


def with_the_days_acts(day: Day, bundle: Bundle) -> Bundle:
    """Return the bundle with the acts of its day, signed by two cards."""
    cards = operator_cards(day.hq.authority)
    key = day.hq.devices["terminal-1"].signing
    return with_acts(bundle, cards, key, hours_of(day.hq.election))


def signed(day: Day, bundle: Bundle, key: str = "terminal-1", named: str = "terminal-1") -> bytes:
    """Return the bundle signed by `key`, with the certificate of `named`."""
    whole = bundle if bundle.acts else with_the_days_acts(day, bundle)
    return write_bundle(whole, day.hq.devices[key].signing, day.certificate(named))


def records(day: Day, change: Callable[[Records], Records]) -> bytes:
    """Return a bundle with other records, signed by its device, with the root as it was."""
    stored = box(day.one)
    changed = replace(stored, records=change(stored.records))
    return signed(day, replace(unsigned(day), box=changed))


def acts(day: Day, *cards: Card) -> bytes:
    """Return a bundle whose acts these cards signed, signed by its device."""
    key, hours = day.hq.devices["terminal-1"].signing, hours_of(day.hq.election)
    return signed(day, with_acts(unsigned(day), cards, key, hours))


def cast_called_spoiled(all_: Records) -> Records:
    return tuple(replace(record, kind=RecordKind.SPOILED) for record in all_)


def officer(day: Day) -> Card:
    return operator_cards(day.hq.authority)[0]


def supervisor(day: Day) -> Card:
    return operator_cards(day.hq.authority)[1]


def ghosts(day: Day) -> bytes:
    """Return a bundle that two cards of nobody closed; whoever writes to the polls' medium can name them."""
    folder = day.hq.folder / "nobody"
    if not folder.exists():
        create_authority(folder, "nobody", VALIDITY, lambda _: True, unlock)
    return acts(day, *operator_cards(authority_of(folder)))


CHANGES: dict[str, tuple[str, Callable[[Day], bytes]]] = {
    "signed-by-another-device": (
        "not-enrolled",
        lambda day: signed(day, unsigned(day), "terminal-2", "terminal-2"),
    ),
    "signed-by-another-device-with-the-right-certificate": (
        "signature",
        lambda day: signed(day, unsigned(day), "terminal-2"),
    ),
    "with-a-box-of-another-device": (
        "record",
        lambda day: bundle_of(day.hq, day.hq.devices["terminal-2"], box(day.one), day.package),
    ),
    "ed25519-half-replaced": (
        "signature",
        lambda day: signature(day, lambda old: secrets.token_bytes(64) + old[64:]),
    ),
    "ml-dsa-half-replaced": (
        "signature",
        lambda day: signature(day, lambda old: old[:64] + secrets.token_bytes(len(old) - 64)),
    ),
    "ml-dsa-half-stripped": ("signature", lambda day: signature(day, lambda old: old[:64])),
    "cut-off": ("format", lambda day: good(day)[:-1]),
    "with-a-byte-behind": ("format", lambda day: good(day) + b"\0"),
    "with-changed-content": (
        "signature",
        lambda day: content(day, one_bit),
    ),
    "without-a-record": ("root", lambda day: records(day, lambda all_: all_[:-1])),
    "cast-called-spoiled": ("record", lambda day: records(day, cast_called_spoiled)),
    "with-a-sealed-form-of-another-record": (
        "record",
        lambda day: records(
            day, lambda all_: tuple(replace(record, sealed=all_[0].sealed) for record in all_)
        ),
    ),
    "without-acts": (
        "not-closed",
        lambda day: write_bundle(
            unsigned(day), day.hq.devices["terminal-1"].signing, day.certificate("terminal-1")
        ),
    ),
    "closed-by-one-role": ("acts", lambda day: acts(day, officer(day), officer(day))),
    "closed-by-one-key-in-two-roles": (
        "acts",
        lambda day: acts(day, officer(day), replace(supervisor(day), key=officer(day).key)),
    ),
    "closed-by-nobody-of-this-election": ("acts", ghosts),
    "closed-by-the-cards-of-another-branch": (
        "acts",
        lambda day: acts(day, *operator_cards(day.hq.authority, BranchId("b-2"))),
    ),
}


def test_bundle_as_it_should_be(voted: Day) -> None:
    assert replace(voted.read(good(voted)), acts=(), sums=()) == unsigned(voted)
    assert signed(voted, unsigned(voted)) != good(voted), "one half of the signature is random"
    whole = with_the_days_acts(voted, unsigned(voted))
    assert voted.read(signed(voted, whole)) == whole


@pytest.mark.parametrize(
    ("reason", "change"), CHANGES.values(), ids=[f"bundle-{name}" for name in CHANGES]
)
def test_changed_bundle_is_refused(voted: Day, reason: str, change: Callable[[Day], bytes]) -> None:
    data = change(voted)
    with pytest.raises(BundleError) as refused:
        voted.read(data)
    assert refused.value.reason == reason


def test_bundle_of_another_election(voted: Day, tmp_path: Path) -> None:
    other = set_up(tmp_path)
    with pytest.raises(BundleError) as refused:
        replace(voted, hq=other).read(good(voted))
    assert refused.value.reason == "not-enrolled"


def test_bundle_of_another_package(voted: Day) -> None:
    assert not voted.bring(good(voted)).report.rejected
    (rejected,) = voted.bring(good(voted), package=b"\1" * 32).report.rejected
    assert rejected.reason == "other-package"


def test_ballot_copied_to_another_terminal(tmp_path: Path) -> None:
    """A record of terminal-1 is cast again at terminal-2: it counts once, and is a finding."""
    day = Day.begin(tmp_path)
    day.one.vote(*A_VOTE)
    day.two.vote(*B_VOTE)
    copied = day.one.store.records()[0]
    spending = day.hq.spending(secrets.token_bytes(16))
    day.two.store.record(RecordKind.CAST, copied.digest, copied.sealed, spending)
    station = station_bundle(day.hq, 5, day.package)
    found = day.bring(station, day.one.close(day.package), day.two.close(day.package))
    assert not found.report.sound
    assert len(found.ballots) == 2
