"""The closing bundle of a device."""

from __future__ import annotations

import random
import secrets
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical, certificates
from crypto.election import parse_election
from crypto.hybrid import HybridKey
from election.bundle import (
    BallotBox,
    Bundle,
    BundleError,
    CheckIns,
    GrantedCount,
    ReasonCount,
    issued_count,
    read_bundle,
    write_bundle,
)
from election.definition import BranchId, DeviceId, Role
from election.provisional import ENTRY_SIZE
from election.records import RecordKind, RecordSigner, SpentAuthorization, spent_hash
from election.signed import SignatureRefusedError
from tests.acts import Card, PrivateKey, with_acts
from tests.election.samples import (
    BRANCH,
    COUNCIL,
    END,
    EXPERTS,
    NOW,
    OTHER_BRANCH,
    START,
    STATION,
    TERMINAL,
    UUID,
    sample,
)
from tests.long_runs import SEED, places, runs_of_certificate

SAMPLE = sample()
PHI = parse_election(SAMPLE.election.belenios_election).fingerprint
SIGNER = RecordSigner(SAMPLE.device_keys[TERMINAL], PHI, TERMINAL)
HOURS = [datetime(2026, 6, 14, hour, tzinfo=UTC) for hour in (3, 4, 15)]


def card(role: Role, key: PrivateKey | None = None, branch: str = BRANCH) -> Card:
    key = key or ec.generate_private_key(ec.SECP256R1())
    issued = certificates.issue(
        SAMPLE.root,
        SAMPLE.root_key,
        f"کارت {role}",
        key.public_key(),
        role=role,
        branch=branch,
        not_before=START,
        not_after=END,
    )
    return Card(issued, key)


CARDS = (card(Role.OFFICER), card(Role.SUPERVISOR))


def with_cards(bundle: Bundle, *cards: Card) -> Bundle:
    """Return the bundle with acts of its own numbers that these cards signed."""
    return with_acts(bundle, cards, SAMPLE.device_keys[bundle.device], HOURS)


def box(signer: RecordSigner = SIGNER, cast: int = 3, spoiled: int = 1) -> BallotBox:
    kinds = [RecordKind.CAST] * cast + [RecordKind.SPOILED] * spoiled
    records = sorted(
        (signer.sign_record(k, secrets.token_bytes(32), secrets.token_bytes(50)) for k in kinds),
        key=lambda record: record.digest,
    )
    spent = sorted(spent_hash(secrets.token_bytes(16)) for _ in range(cast))
    root = signer.sign_root(
        [r.digest for r in records if r.kind is RecordKind.CAST],
        [r.digest for r in records if r.kind is RecordKind.SPOILED],
        spent,
    )
    listed = tuple(SpentAuthorization(seconds, bytes(64)) for seconds in spent)
    handles = (secrets.token_bytes(32),) if cast else ()
    return BallotBox(tuple(records), root, listed, handles)


BOX = box()
TERMINALS = with_cards(
    Bundle(UUID, bytes(32), TERMINAL, Role.BALLOT_TERMINAL, BRANCH, (), bytes(32), BOX), *CARDS
)
CHECK_INS = CheckIns(
    (GrantedCount((COUNCIL,), 3), GrantedCount((COUNCIL, EXPERTS), 9)),
    1,
    (ReasonCount("under-age", 2),),
    (ReasonCount("no-match", 1),),
)
ENTRIES = tuple(sorted(secrets.token_bytes(ENTRY_SIZE) for _ in range(3)))
STATIONS = with_cards(
    replace(TERMINALS, device=STATION, role=Role.IDENTITY_STATION, box=None, check_ins=CHECK_INS),
    *CARDS,
)


def written(bundle: Bundle, key: HybridKey | None = None) -> bytes:
    device = SAMPLE.election.device(bundle.device) or SAMPLE.election.devices[1]
    return write_bundle(bundle, key or SAMPLE.device_keys[device.id], device.certificate)


def refused(data: bytes, now: datetime = NOW) -> str:
    with pytest.raises(BundleError) as refusal:
        read_bundle(data, SAMPLE.election, SAMPLE.root, now)
    return refusal.value.reason


@pytest.mark.parametrize(
    "bundle",
    [
        TERMINALS,
        STATIONS,
        replace(STATIONS, check_ins=replace(CHECK_INS, provisional=ENTRIES)),
        replace(TERMINALS, box=box(cast=0, spoiled=0)),
    ],
)
def test_round_trip(bundle: Bundle) -> None:
    assert read_bundle(written(bundle), SAMPLE.election, SAMPLE.root, NOW) == bundle


def test_a_station_signs_its_numbers_by_themselves() -> None:
    read = read_bundle(written(STATIONS), SAMPLE.election, SAMPLE.root, NOW)
    assert read.check_ins is not None
    device = SAMPLE.election.device(STATION)
    assert device is not None
    count = issued_count(read, read.check_ins)
    assert (count.issued, count.claimed) == (12, 1)
    signed = device.certificate, read.check_ins.signature, SAMPLE.root, NOW
    assert count.verify(*signed).name == STATION
    for other in (
        replace(count, issued=13),
        replace(count, claimed=0),
        replace(count, branch=BranchId("b-9")),
        replace(count, device=TERMINAL),
        replace(count, election="another"),
    ):
        with pytest.raises(SignatureRefusedError):
            other.verify(*signed)


@pytest.mark.slow
def test_every_changed_byte() -> None:
    for bundle in (TERMINALS, STATIONS):
        data = written(bundle)
        rng = random.Random(SEED)
        envelope = canonical.decode(data)
        assert isinstance(envelope, dict)
        (certificate,), (signature,) = envelope["certificates"], envelope["signatures"]
        assert isinstance(certificate, bytes)
        assert isinstance(signature, bytes)
        runs = [*runs_of_certificate(certificate), signature[64:]]
        if bundle is TERMINALS:
            runs.append(BOX.root.signature[64:])
        else:
            check_ins = read_bundle(data, SAMPLE.election, SAMPLE.root, NOW).check_ins
            assert check_ins is not None
            runs.append(check_ins.signature[64:])
        for place in places(data, runs):
            changed = bytearray(data)
            changed[place] ^= rng.randrange(1, 256)
            refused(bytes(changed))


@pytest.mark.fuzz
@given(st.binary(max_size=300))
def test_random_bytes(data: bytes) -> None:
    assert refused(data) == "format"


def test_signed_by_another_key() -> None:
    assert refused(written(TERMINALS, HybridKey.generate())) == "signature"


@pytest.mark.parametrize(
    ("bundle", "reason"),
    [
        (replace(TERMINALS, device=DeviceId("b0001-t9")), "not-enrolled"),
        (replace(TERMINALS, branch=OTHER_BRANCH), "not-enrolled"),
        (replace(TERMINALS, election="AnotherE1ection2"), "wrong-election"),
        (replace(TERMINALS, acts=TERMINALS.acts[:2]), "not-closed"),
        (replace(TERMINALS, acts=()), "not-closed"),
        (replace(TERMINALS, acts=TERMINALS.acts[1:]), "acts"),
        (replace(TERMINALS, acts=STATIONS.acts), "acts"),
        (replace(TERMINALS, package_digest=bytes(31) + b"1"), "acts"),
        (with_cards(TERMINALS, CARDS[0], CARDS[0]), "acts"),
        (replace(TERMINALS, box=replace(BOX, records=BOX.records[1:])), "root"),
        (replace(TERMINALS, box=replace(BOX, spent=BOX.spent[1:])), "root"),
        (replace(TERMINALS, box=replace(BOX, root=box().root)), "root"),
        (
            replace(TERMINALS, box=replace(BOX, root=replace(BOX.root, cast=2, spoiled=2))),
            "root",
        ),
        (replace(TERMINALS, box=replace(BOX, records=BOX.records[::-1])), "record"),
        (replace(TERMINALS, box=replace(BOX, records=BOX.records[:1] * 2)), "record"),
        (
            replace(
                TERMINALS,
                box=replace(
                    BOX, records=(replace(BOX.records[0], sealed=bytes(50)), *BOX.records[1:])
                ),
            ),
            "record",
        ),
        (
            replace(
                TERMINALS,
                box=box(RecordSigner(SAMPLE.device_keys[TERMINAL], "another", TERMINAL)),
            ),
            "record",
        ),
        (
            replace(STATIONS, check_ins=replace(CHECK_INS, by_contests=(GrantedCount((), 1),))),
            "numbers",
        ),
        (
            replace(
                STATIONS,
                check_ins=replace(CHECK_INS, refusals=(ReasonCount("a", 1), ReasonCount("a", 2))),
            ),
            "numbers",
        ),
        (
            replace(STATIONS, check_ins=replace(CHECK_INS, provisional=ENTRIES[::-1])),
            "numbers",
        ),
    ],
)
def test_contents_that_do_not_hold(bundle: Bundle, reason: str) -> None:
    assert refused(written(bundle)) == reason


def test_spent_and_cast_differ_in_number() -> None:
    spent = BOX.spent[:-1]
    root = SIGNER.sign_root(
        [r.digest for r in BOX.records if r.kind is RecordKind.CAST],
        [r.digest for r in BOX.records if r.kind is RecordKind.SPOILED],
        [seconds.hash for seconds in spent],
    )
    assert refused(written(replace(TERMINALS, box=BallotBox(BOX.records, root, spent)))) == (
        "numbers"
    )


def test_content_and_role_must_fit() -> None:
    with pytest.raises(ValueError, match="role"):
        written(replace(TERMINALS, check_ins=CHECK_INS))


def test_expired_device_certificate() -> None:
    assert refused(written(TERMINALS), datetime(2027, 1, 1, tzinfo=UTC)) == "certificate"
