"""The election package: whole, from the right hands, for this device, or refused with the reason."""

from __future__ import annotations

import random
import time
from dataclasses import fields, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import canonical, certificates
from crypto.errors import DecodeError
from crypto.hybrid import HybridKey
from election.definition import (
    Authority,
    BallotForm,
    BallotStyle,
    Candidate,
    Contest,
    DeviceId,
    Election,
    Role,
    Rules,
    SelectionCode,
    StyleId,
    Text,
)
from election.errors import ManifestError, PackageError
from election.package import Expected, PackageCheck, encode_package, open_package
from election.package.envelope import VERSION, sign_payload
from election.package.wire import Content, decode_content, encode_content
from tests.election.samples import (
    BRANCH,
    CLOSES,
    COUNCIL,
    END,
    NOW,
    OPENS,
    OTHER_BRANCH,
    START,
    TERMINAL,
    Sample,
    sample,
)
from tests.long_runs import SEED, places, runs_of_certificate

SAMPLE = sample()
DATA = encode_package(SAMPLE.election, SAMPLE.portraits, SAMPLE.signer_key, SAMPLE.signer)


def refused(data: bytes, expected: Expected | None = None, now: datetime = NOW) -> str:
    with pytest.raises(PackageError) as refusal:
        open_package(data, expected or SAMPLE.expected(), now)
    return refusal.value.reason


def signed(
    election: Election, by: Sample = SAMPLE, portraits: dict[str, bytes] | None = None
) -> bytes:
    """A package that headquarters would not make."""
    content = Content(election, SAMPLE.portraits if portraits is None else portraits)
    return sign_payload(encode_content(content), by.signer_key, by.signer)


# ---------------------------------------------------------------- good ones


def test_round_trip() -> None:
    seen: list[PackageCheck] = []
    loaded = open_package(DATA, SAMPLE.expected(), NOW, seen.append)
    assert loaded.election == SAMPLE.election
    assert loaded.portraits == SAMPLE.portraits
    assert tuple(seen) == loaded.checks
    assert all(check.passed and check.detail for check in seen)
    assert [check.name for check in seen] == [
        "format",
        "signer",
        "signature",
        "content",
        "election",
        "definition",
        "branch",
        "enrolment",
        "clock",
    ]


def test_no_field_of_the_definition_is_lost() -> None:
    """The sample sets every field that has a default to something else, so equality above counts."""
    asking = replace(
        SAMPLE.election.branches[0],
        authority=Authority.CENTRE,
        registry="10.0.0.1:8443",
        evaluator="10.0.0.2:8443",
        paper_ballots=True,
    )
    election = replace(SAMPLE.election, branches=(asking, *SAMPLE.election.branches[1:]))
    samples = (election.rules, election.branches[0], election.styles[0], election.contests[0])
    for part in samples:
        for field in fields(part):
            assert getattr(part, field.name) != field.default, field.name
    assert decode_content(encode_content(Content(election, {}))).election == election


def test_a_package_says_whether_it_is_a_rehearsal() -> None:
    real = open_package(signed(replace(SAMPLE.election, rehearsal=False)), SAMPLE.expected(), NOW)
    assert not real.election.rehearsal
    assert open_package(DATA, SAMPLE.expected(), NOW).election.rehearsal


@pytest.mark.parametrize("change", ["missing", "a number", "a text"])
def test_a_package_that_leaves_open_whether_it_is_a_rehearsal_is_refused(change: str) -> None:
    payload = canonical.decode(encode_content(Content(SAMPLE.election, SAMPLE.portraits)))
    assert isinstance(payload, dict)
    election = payload["election"]
    assert isinstance(election, dict)
    if change == "missing":
        del election["rehearsal"]
    else:
        election["rehearsal"] = 1 if change == "a number" else "true"
    data = sign_payload(canonical.encode(payload), SAMPLE.signer_key, SAMPLE.signer)
    assert refused(data) == "format"


def test_the_same_definition_gives_the_same_bytes() -> None:
    """All but the signature, which has fresh randomness in it."""
    again = encode_package(SAMPLE.election, SAMPLE.portraits, SAMPLE.signer_key, SAMPLE.signer)
    one, other = canonical.decode(DATA), canonical.decode(again)
    assert isinstance(one, dict)
    assert isinstance(other, dict)
    assert one.pop("signatures") != other.pop("signatures")
    assert one == other
    assert open_package(again, SAMPLE.expected(), NOW).election == SAMPLE.election


def test_any_election_is_taken_first() -> None:
    expected = replace(SAMPLE.expected(), election_uuid=None)
    assert open_package(DATA, expected, NOW).election.uuid == SAMPLE.election.uuid


# ---------------------------------------------------------------- changed bytes


@pytest.mark.slow
@pytest.mark.fuzz
def test_every_changed_byte_is_refused() -> None:
    rng = random.Random(SEED)
    reasons = set()
    envelope = canonical.decode(DATA)
    assert isinstance(envelope, dict)
    ders = (SAMPLE.signer, *(device.certificate for device in SAMPLE.election.devices))
    runs = [run for der in ders for run in runs_of_certificate(der)]
    (signature,) = envelope["signatures"]
    assert isinstance(signature, bytes)
    for place in places(DATA, [*runs, signature[64:]]):
        changed = bytearray(DATA)
        changed[place] ^= rng.randrange(1, 256)
        reasons.add(refused(bytes(changed)))
    assert {"format", "signature", "untrusted-signer"} <= reasons


@pytest.mark.fuzz
@given(st.binary(max_size=300))
def test_random_bytes_are_refused(data: bytes) -> None:
    assert refused(data) == "format"


@pytest.mark.parametrize("data", [b"", DATA[:-1], DATA + b"\x00", b"\x00" + DATA, DATA * 2])
def test_cut_and_lengthened_files(data: bytes) -> None:
    assert refused(data) == "format"


@pytest.mark.fuzz
@settings(max_examples=200)
@given(st.data())
def test_changed_content_is_a_decode_error(data: st.DataObject) -> None:
    """The content's parser holds by itself, without the signature in front of it."""
    payload = bytearray(encode_content(Content(SAMPLE.election, {})))
    for _ in range(data.draw(st.integers(1, 3))):
        payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        decode_content(bytes(payload))
    except DecodeError:
        return


def test_a_large_package_opens_quickly_and_no_byte_can_change() -> None:
    large = sample(2294, 21, 3500)
    data = encode_package(large.election, large.portraits, large.signer_key, large.signer)
    assert len(data) > 8_000_000
    start = time.process_time()
    loaded = open_package(data, large.expected(), NOW)
    seconds = time.process_time() - start
    assert len(loaded.portraits) == 2297
    assert seconds < 1.5
    rng = random.Random(2)
    for _ in range(30):
        place = rng.randrange(len(data))
        changed = data[:place] + bytes([data[place] ^ rng.randrange(1, 256)]) + data[place + 1 :]
        refused(changed, large.expected())


# ---------------------------------------------------------------- wrong hands


def test_other_format_or_version() -> None:
    envelope = canonical.decode(DATA)
    assert isinstance(envelope, dict)
    for version in (VERSION - 1, VERSION + 1, True, "3"):
        assert refused(canonical.encode({**envelope, "version": version})) == "version"
    assert refused(canonical.encode({**envelope, "format": "another"})) == "format"
    assert refused(canonical.encode({**envelope, "more": 1})) == "format"
    assert refused(canonical.encode({**envelope, "certificates": []})) == "format"


def test_certificates_belong_to_what_is_signed() -> None:
    envelope = canonical.decode(DATA)
    assert isinstance(envelope, dict)
    again = SAMPLE.issue("ستاد", SAMPLE.signer_key, Role.HEADQUARTERS, "")
    assert open_package(
        sign_payload(
            encode_content(Content(SAMPLE.election, SAMPLE.portraits)), SAMPLE.signer_key, again
        ),
        SAMPLE.expected(),
        NOW,
    )
    assert refused(canonical.encode({**envelope, "certificates": [again]})) == "signature"
    more = [SAMPLE.signer, again]
    assert refused(canonical.encode({**envelope, "certificates": more})) == "format"


def test_signer_of_another_headquarters() -> None:
    other = sample()
    assert refused(signed(SAMPLE.election, other)) == "untrusted-signer"


def test_a_device_signs_no_package() -> None:
    device = SAMPLE.election.devices[1].certificate
    key = SAMPLE.device_keys[TERMINAL]
    data = sign_payload(encode_content(Content(SAMPLE.election, SAMPLE.portraits)), key, device)
    assert refused(data) == "untrusted-signer"


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (START, NOW - timedelta(days=1), "expired-certificate"),
        (NOW + timedelta(days=1), END, "not-yet-valid"),
    ],
)
def test_signer_out_of_its_time(start: datetime, end: datetime, reason: str) -> None:
    signer = SAMPLE.issue("packages", SAMPLE.signer_key, Role.HEADQUARTERS, "", start, end)
    assert refused(signed(SAMPLE.election, replace(SAMPLE, signer=signer))) == reason


def test_another_key_than_the_certificates() -> None:
    assert refused(signed(SAMPLE.election, replace(SAMPLE, signer_key=HybridKey.generate()))) == (
        "signature"
    )


# ---------------------------------------------------------------- wrong place


def test_wrong_election() -> None:
    expected = replace(SAMPLE.expected(), election_uuid="AnotherE1ection2")
    assert refused(DATA, expected) == "wrong-election"


def test_wrong_branch() -> None:
    assert refused(DATA, replace(SAMPLE.expected(), branch=OTHER_BRANCH)) == "wrong-branch"
    branches = SAMPLE.election.branches[1:]
    devices = SAMPLE.election.devices[2:]
    elsewhere = replace(SAMPLE.election, branches=branches, devices=devices)
    assert refused(signed(elsewhere)) == "wrong-branch"


def test_device_not_enrolled() -> None:
    expected = replace(SAMPLE.expected(), device_id=DeviceId("b0001-t9"))
    assert refused(DATA, expected) == "not-enrolled"


def test_device_with_another_key() -> None:
    expected = replace(SAMPLE.expected(), device_public_key=HybridKey.generate().public_bytes)
    assert refused(DATA, expected) == "wrong-key"


@pytest.mark.parametrize("place", [0, 1])
def test_a_device_of_the_branch_with_an_expired_certificate(place: int) -> None:
    device = SAMPLE.election.devices[place]
    key = SAMPLE.device_keys[device.id]
    old = SAMPLE.issue(device.id, key, device.role, BRANCH, START, NOW - timedelta(days=1))
    devices = list(SAMPLE.election.devices)
    devices[place] = replace(device, certificate=old)
    assert refused(signed(replace(SAMPLE.election, devices=tuple(devices)))) == (
        "expired-certificate"
    )


def test_a_peer_certified_by_somebody_else() -> None:
    other = sample()
    stranger = other.election.devices[0]
    devices = (stranger, *SAMPLE.election.devices[1:])
    assert refused(signed(replace(SAMPLE.election, devices=devices))) == "not-enrolled"


@pytest.mark.parametrize(
    "now", [OPENS - timedelta(days=30, seconds=1), CLOSES + timedelta(days=7, seconds=1)]
)
def test_clock_far_from_the_day(now: datetime) -> None:
    assert refused(DATA, now=now) == "clock"


def test_clock_before_all_certificates() -> None:
    assert refused(DATA, now=START - timedelta(days=400)) == "not-yet-valid"


# ---------------------------------------------------------------- contradictions


def _contest(**changes: object) -> Election:
    council, experts = SAMPLE.election.contests
    return replace(SAMPLE.election, contests=(replace(council, **changes), experts))  # type: ignore[arg-type]


def _council() -> Contest:
    return SAMPLE.election.contest(COUNCIL)


def _recoded(place: int, **changes: object) -> tuple[Candidate, ...]:
    candidates = list(_council().candidates)
    candidates[place] = replace(candidates[place], **changes)  # type: ignore[arg-type]
    return tuple(candidates)


CONTRADICTIONS: dict[str, Election] = {
    "two persons with one code": _contest(candidates=_recoded(4, code=SelectionCode(1003))),
    "a person with a list's code": _contest(candidates=_recoded(4, code=SelectionCode(1))),
    "blank code in use": _contest(blank_code=SelectionCode(1003)),
    "code wider than allowed": _contest(blank_code=SelectionCode(12345)),
    "member that is not there": _contest(
        lists=(replace(_council().lists[0], members=(SelectionCode(1000), SelectionCode(1077))),)
    ),
    "person on a list that does not say so": _contest(candidates=_recoded(0, list_code=None)),
    "person on two lists": _contest(
        lists=(*_council().lists, replace(_council().lists[0], code=SelectionCode(2)))
    ),
    "person on an unknown list": _contest(candidates=_recoded(4, list_code=SelectionCode(7))),
    "more selections than candidates": _contest(max_selections=6, seats=6),
    "other form than the questions": _contest(form=BallotForm.CHOICE, lists=()),
    "other title than the questions": _contest(title=Text("مجلس")),
    "style of an unknown contest": replace(
        SAMPLE.election, styles=(BallotStyle(StyleId("x"), Text("x"), (COUNCIL, COUNCIL)),)
    ),
    "no styles": replace(SAMPLE.election, styles=()),
    "two styles of one name": replace(
        SAMPLE.election, styles=(SAMPLE.election.styles[0], SAMPLE.election.styles[0])
    ),
    "two contests of one name": replace(
        SAMPLE.election, contests=(SAMPLE.election.contests[0],) * 2
    ),
    "a device twice": replace(
        SAMPLE.election, devices=(*SAMPLE.election.devices, SAMPLE.election.devices[0])
    ),
    "a device with another's certificate": replace(
        SAMPLE.election,
        devices=(
            replace(SAMPLE.election.devices[0], certificate=SAMPLE.election.devices[1].certificate),
            *SAMPLE.election.devices[1:],
        ),
    ),
    "a device of no branch": replace(SAMPLE.election, branches=SAMPLE.election.branches[:1]),
    "closing before opening": replace(SAMPLE.election, closes=OPENS),
    "another day": replace(SAMPLE.election, day=SAMPLE.election.day + timedelta(days=1)),
    "another identifier": replace(SAMPLE.election, uuid="AnotherE1ection2"),
    "no encryption": replace(SAMPLE.election, belenios_election=b"{}"),
    "no sealing key": replace(SAMPLE.election, seal_public_key=bytes(10)),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_contradictions(name: str) -> None:
    election = CONTRADICTIONS[name]
    expected = replace(SAMPLE.expected(), election_uuid=election.uuid)
    assert refused(signed(election), expected) == "manifest"
    with pytest.raises(ManifestError):
        encode_package(election, SAMPLE.portraits, SAMPLE.signer_key, SAMPLE.signer)


def test_portraits() -> None:
    some = dict(SAMPLE.portraits)
    first = next(iter(some))
    for portraits in (
        {name: jpeg for name, jpeg in some.items() if name != first},
        {**some, first: b"\xff\xd8 another"},
        {**some, "0" * 64: b"\xff\xd8"},
    ):
        assert refused(signed(SAMPLE.election, portraits=portraits)) == "manifest"


@pytest.mark.parametrize(
    "election",
    [
        replace(SAMPLE.election, name=Text("")),
        replace(SAMPLE.election, rules=Rules(finger_tries=0)),
        replace(SAMPLE.election, rules=Rules(ballots_per_terminal=10_000_000)),
        _contest(code_width=9),
        _contest(blank_code=SelectionCode(0)),
        _contest(id="a b"),
    ],
)
def test_values_out_of_bounds_are_not_even_written(election: Election) -> None:
    with pytest.raises(ValueError, match="outside its bounds"):
        encode_content(Content(election, {}))


def test_root_of_somebody_else() -> None:
    stranger = certificates.create_root("ستاد", HybridKey.generate(), START, END)
    expected = replace(SAMPLE.expected(), root_certificate=stranger)
    assert refused(DATA, expected) == "untrusted-signer"
