"""Refuse closing bundles that somebody changed, borrowed or signed in another's place."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from crypto import canonical
from election.bundle import Bundle, BundleError, write_bundle
from election.definition import DeviceId, Role
from election.polls import PollsAct
from election.records import RecordKind, StoredRecord
from tests.cases.day import A_VOTE, B_VOTE, Day, box
from tests.headquarters.day import ACTS, bundle_of, station_bundle
from tests.headquarters.small import BRANCH, set_up

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
        ACTS,
        bytes(32),
        box(day.one),
    )


def signed(day: Day, bundle: Bundle, key: str = "terminal-1", named: str = "terminal-1") -> bytes:
    """Return the bundle signed by `key`, with the certificate of `named`."""
    return write_bundle(bundle, day.hq.devices[key].signing, day.certificate(named))


def records(day: Day, change: Callable[[Records], Records]) -> bytes:
    """Return a bundle with other records, signed by its device, with the root as it was."""
    stored = box(day.one)
    changed = replace(stored, records=change(stored.records))
    return signed(day, replace(unsigned(day), box=changed))


def acts(day: Day, change: Callable[[PollsAct], PollsAct]) -> bytes:
    """Return a bundle with other acts, signed by its device."""
    return signed(day, replace(unsigned(day), acts=tuple(map(change, ACTS))))


def cast_called_spoiled(all_: Records) -> Records:
    return tuple(replace(record, kind=RecordKind.SPOILED) for record in all_)


def one_card_in_two_roles(act: PollsAct) -> PollsAct:
    officer = act.operators[0]
    return replace(act, operators=(officer, replace(officer, role=Role.SUPERVISOR)))


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
    "closed-by-one-role": (
        "not-closed",
        lambda day: acts(day, lambda act: replace(act, operators=act.operators[:1])),
    ),
    "closed-by-one-card-in-two-roles": ("not-closed", lambda day: acts(day, one_card_in_two_roles)),
}


def test_bundle_as_it_should_be(voted: Day) -> None:
    assert voted.read(good(voted)) == unsigned(voted)
    assert signed(voted, unsigned(voted)) != good(voted), "one half of the signature is random"
    assert voted.read(signed(voted, unsigned(voted))) == unsigned(voted)


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
