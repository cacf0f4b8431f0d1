"""What was tried against bundles, certificates and authorizations, and stays refused, for its reason."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from crypto import canonical, certificates
from crypto.certificates import verify_chain
from crypto.errors import CertificateRefusedError, DecodeError
from crypto.hybrid import HybridKey
from election import token
from election.authorization import Authorization
from election.bundle import Bundle, BundleError, read_bundle, write_bundle
from election.definition import BranchId, DeviceId, Role, StyleId
from election.envelope import Envelope, read_envelope
from election.package import encode_package
from election.reasons import AuthorizationRefusal, BundleReason
from election.records import RecordKind, RecordSigner, StoredRecord
from election.token import TokenRefusedError
from tests.acts import Card
from tests.election.samples import (
    BOTH,
    BRANCH,
    COUNCIL,
    ELSEWHERE,
    END,
    EXPERTS,
    NOW,
    ONE,
    OTHER_BRANCH,
    START,
    STATION,
    TERMINAL,
    UUID,
    sample,
)
from tests.election.test_bundle import (
    BOX,
    CARDS,
    PHI,
    SAMPLE,
    TERMINALS,
    box,
    card,
    with_cards,
    written,
)

ANOTHER = sample()


def certificate(device: DeviceId) -> bytes:
    found = SAMPLE.election.device(device)
    assert found is not None
    return found.certificate


# ---------------------------------------------------------------- closing bundles

GOOD = written(TERMINALS)


def parts(**changes: canonical.CanonicalValue) -> bytes:
    value = canonical.decode(GOOD)
    assert isinstance(value, dict)
    return canonical.encode({**value, **changes})


def envelope() -> Envelope:
    from election.bundle import form

    return read_envelope(form(), GOOD)


def signed_with(value: bytes) -> bytes:
    return parts(signatures=[value])


SIGNATURE = envelope().signatures[0].value


def content_changed() -> bytes:
    value = canonical.decode(GOOD)
    assert isinstance(value, dict)
    content = value["content"]
    assert isinstance(content, bytes)
    middle = len(content) // 2
    changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    return parts(content=changed)


def content_that_is_nothing() -> bytes:
    """Signed content would be told to be malformed; this is refused before anybody reads it."""
    return parts(content=b"\xff" * 100)


def records(change: Callable[[tuple[StoredRecord, ...]], tuple[StoredRecord, ...]]) -> bytes:
    """Signed by the device itself, with the root as it was."""
    return written(replace(TERMINALS, box=replace(BOX, records=change(BOX.records))))


def spoiled_for_cast(found: tuple[StoredRecord, ...]) -> tuple[StoredRecord, ...]:
    return tuple(replace(record, kind=RecordKind.SPOILED) for record in found)


def closed_by(*cards: Card) -> Bundle:
    return with_cards(TERMINALS, *cards)


def of_the_same_name_elsewhere() -> bytes:
    """A device that headquarters of another election enrolled under the same name."""
    device = ANOTHER.election.device(TERMINAL)
    assert device is not None
    return write_bundle(TERMINALS, ANOTHER.device_keys[TERMINAL], device.certificate)


def certified_again() -> bytes:
    """Another certificate of the same key, role and branch: not the one on the list."""
    key = SAMPLE.device_keys[TERMINAL]
    again = SAMPLE.issue(TERMINAL, key, Role.BALLOT_TERMINAL, BRANCH)
    return write_bundle(TERMINALS, key, again)


def signed_twice() -> bytes:
    mine, other = envelope().signatures[0], SAMPLE.device_keys[ELSEWHERE]
    value = other.sign("amin closing bundle", b"anything")
    return parts(
        certificates=[mine.certificate, certificate(ELSEWHERE)], signatures=[mine.value, value]
    )


def a_package() -> bytes:
    return encode_package(SAMPLE.election, SAMPLE.portraits, SAMPLE.signer_key, SAMPLE.signer)


BUNDLES: dict[str, tuple[Callable[[], bytes], BundleReason]] = {
    "signed by another device": (
        lambda: write_bundle(TERMINALS, SAMPLE.device_keys[ELSEWHERE], certificate(ELSEWHERE)),
        BundleReason.NOT_ENROLLED,
    ),
    "signed by another device with the right certificate": (
        lambda: write_bundle(TERMINALS, SAMPLE.device_keys[ELSEWHERE], certificate(TERMINAL)),
        BundleReason.SIGNATURE,
    ),
    "a terminal's, signed by the station": (
        lambda: write_bundle(TERMINALS, SAMPLE.device_keys[STATION], certificate(STATION)),
        BundleReason.NOT_ENROLLED,
    ),
    "with the box of another device": (
        lambda: written(
            replace(
                TERMINALS,
                box=box(RecordSigner(SAMPLE.device_keys[ELSEWHERE], PHI, ELSEWHERE)),
            )
        ),
        BundleReason.RECORD,
    ),
    "of a stranger with the same name": (of_the_same_name_elsewhere, BundleReason.NOT_ENROLLED),
    "with another certificate of its key": (certified_again, BundleReason.NOT_ENROLLED),
    "with a second signer": (signed_twice, BundleReason.NOT_ENROLLED),
    "Ed25519 half replaced": (
        lambda: signed_with(secrets.token_bytes(64) + SIGNATURE[64:]),
        BundleReason.SIGNATURE,
    ),
    "ML-DSA half replaced": (
        lambda: signed_with(SIGNATURE[:64] + secrets.token_bytes(len(SIGNATURE) - 64)),
        BundleReason.SIGNATURE,
    ),
    "ML-DSA half stripped": (lambda: signed_with(SIGNATURE[:64]), BundleReason.SIGNATURE),
    "cut off": (lambda: GOOD[:-1], BundleReason.FORMAT),
    "with a byte behind": (lambda: GOOD + b"\0", BundleReason.FORMAT),
    "with changed content": (content_changed, BundleReason.SIGNATURE),
    "with content that is none": (content_that_is_nothing, BundleReason.SIGNATURE),
    "without a record": (lambda: records(lambda found: found[:-1]), BundleReason.ROOT),
    "cast called spoiled": (lambda: records(spoiled_for_cast), BundleReason.RECORD),
    "with the sealed form of another record": (
        lambda: records(
            lambda found: tuple(replace(record, sealed=found[0].sealed) for record in found)
        ),
        BundleReason.RECORD,
    ),
    "closed by one role": (lambda: written(closed_by(CARDS[0], CARDS[0])), BundleReason.ACTS),
    "closed by one card in two roles": (
        lambda: written(closed_by(CARDS[0], card(Role.SUPERVISOR, CARDS[0].key))),
        BundleReason.ACTS,
    ),
    "of another election": (
        lambda: written(replace(TERMINALS, election="AnotherE1ection2")),
        BundleReason.WRONG_ELECTION,
    ),
    "that is a package": (a_package, BundleReason.FORMAT),
}


def test_the_good_one_is_read() -> None:
    assert read_bundle(GOOD, SAMPLE.election, SAMPLE.root, NOW) == TERMINALS
    assert TERMINALS.box is not None


@pytest.mark.parametrize("name", BUNDLES)
def test_bundles(name: str) -> None:
    make, reason = BUNDLES[name]
    with pytest.raises(BundleError) as refused:
        read_bundle(make(), SAMPLE.election, SAMPLE.root, NOW)
    assert refused.value.reason is reason


def test_a_bundle_for_another_headquarters() -> None:
    with pytest.raises(BundleError) as refused:
        read_bundle(GOOD, ANOTHER.election, ANOTHER.root, NOW)
    assert refused.value.reason is BundleReason.NOT_ENROLLED
    with pytest.raises(BundleError) as refused:
        read_bundle(GOOD, SAMPLE.election, ANOTHER.root, NOW)
    assert refused.value.reason is BundleReason.CERTIFICATE


def test_nothing_is_decoded_before_the_signature_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    decode = canonical.decode

    def noted(data: bytes, *limits: int) -> canonical.CanonicalValue:
        seen.append(data)
        return decode(data, *limits)

    monkeypatch.setattr(canonical, "decode", noted)
    refused = content_changed()
    for data in (refused, signed_with(bytes(len(SIGNATURE)))):
        seen.clear()
        with pytest.raises(BundleError):
            read_bundle(data, SAMPLE.election, SAMPLE.root, NOW)
        assert seen == [data]
    seen.clear()
    read_bundle(GOOD, SAMPLE.election, SAMPLE.root, NOW)
    assert seen[0] == GOOD
    assert len(seen) > 1, "now the content, and the statements of its acts"


# ---------------------------------------------------------------- certificates


@dataclass(frozen=True, slots=True)
class Chain:
    """What is tried, and why it is refused; None: its bytes are no certificate of this program."""

    certificate: Callable[[], bytes]
    roles: tuple[Role, ...]
    reason: str | None
    root: Callable[[], bytes] = lambda: SAMPLE.root
    days: int = 0
    branch: str | None = None


def terminal() -> bytes:
    return certificate(TERMINAL)


CHAINS = {
    "of a device as operator": Chain(terminal, (Role.OFFICER, Role.SUPERVISOR), "role"),
    "of a device as package signer": Chain(terminal, (Role.HEADQUARTERS,), "role"),
    "root as leaf": Chain(lambda: SAMPLE.root, (Role.HEADQUARTERS,), "key-usage"),
    "of a device as root": Chain(
        terminal, (Role.BALLOT_TERMINAL,), "issuer", root=lambda: certificate(ELSEWHERE)
    ),
    "expired": Chain(terminal, (Role.BALLOT_TERMINAL,), "expired", days=400),
    "not yet valid": Chain(terminal, (Role.BALLOT_TERMINAL,), "not-yet-valid", days=-400),
    "of another branch": Chain(terminal, (Role.BALLOT_TERMINAL,), "branch", branch=OTHER_BRANCH),
    "with a byte behind": Chain(lambda: terminal() + b"\0", (Role.BALLOT_TERMINAL,), None),
    "of another headquarters": Chain(
        terminal, (Role.BALLOT_TERMINAL,), "signature", root=lambda: ANOTHER.root
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_certificates(name: str) -> None:
    chain = CHAINS[name]
    with pytest.raises((CertificateRefusedError, DecodeError)) as refused:
        verify_chain(
            chain.certificate(),
            chain.root(),
            NOW + timedelta(days=chain.days),
            set(chain.roles),
            chain.branch,
        )
    error = refused.value
    assert (error.reason if isinstance(error, CertificateRefusedError) else None) == chain.reason


def test_a_card_with_a_devices_role_signs_nothing() -> None:
    """A card has one key; a device signs with two."""
    card = ec.generate_private_key(ec.SECP256R1()).public_key()
    made = certificates.issue(
        SAMPLE.root,
        SAMPLE.root_key,
        TERMINAL,
        card,
        role=Role.BALLOT_TERMINAL,
        branch=BRANCH,
        not_before=START,
        not_after=END,
    )
    holder = verify_chain(made, SAMPLE.root, NOW, {Role.BALLOT_TERMINAL})
    with pytest.raises(CertificateRefusedError) as refused:
        _ = holder.signing_key
    assert refused.value.reason == "key-usage"


# ---------------------------------------------------------------- authorizations on cards


def issued(signer: DeviceId = STATION, **changes: object) -> bytes:
    allowed = Authorization(
        UUID,
        BRANCH,
        STATION,
        BOTH,
        (COUNCIL, EXPERTS),
        NOW.astimezone(UTC) + timedelta(hours=1),
        secrets.token_bytes(16),
        None,
    )
    key: HybridKey = SAMPLE.device_keys[signer]
    return token.issue(replace(allowed, **changes), key.classical)  # type: ignore[arg-type]


def with_the_signature_of_a_record() -> bytes:
    value = canonical.decode(issued())
    assert isinstance(value, list)
    return canonical.encode([value[0], value[1], BOX.records[0].signature])


TOKENS: dict[str, tuple[Callable[[], bytes], AuthorizationRefusal]] = {
    "signed by a terminal": (lambda: issued(TERMINAL), AuthorizationRefusal.BAD_SIGNATURE),
    "that names a terminal as issuer": (
        lambda: issued(TERMINAL, issuer=TERMINAL),
        AuthorizationRefusal.UNKNOWN_STATION,
    ),
    "with a contest its style has not": (
        lambda: issued(style=ONE),
        AuthorizationRefusal.UNKNOWN_STYLE,
    ),
    "of an unknown style": (
        lambda: issued(style=StyleId("x")),
        AuthorizationRefusal.UNKNOWN_STYLE,
    ),
    "too large": (
        lambda: b"\x9b" + b"\xff" * 8 + bytes(700),
        AuthorizationRefusal.MALFORMED,
    ),
    "that announces two to the 64 items": (
        lambda: b"\x9b" + b"\xff" * 8,
        AuthorizationRefusal.MALFORMED,
    ),
    "nested 200 deep": (lambda: b"\x81" * 200 + b"\x00", AuthorizationRefusal.MALFORMED),
    "with the signature of a record": (
        with_the_signature_of_a_record,
        AuthorizationRefusal.BAD_SIGNATURE,
    ),
    "expired": (
        lambda: issued(expires=NOW.astimezone(UTC)),
        AuthorizationRefusal.EXPIRED,
    ),
    "of another branch": (
        lambda: issued(branch=BranchId("b-2")),
        AuthorizationRefusal.WRONG_BRANCH,
    ),
}


@pytest.mark.parametrize("name", TOKENS)
def test_authorizations(name: str) -> None:
    make, reason = TOKENS[name]
    with pytest.raises(TokenRefusedError) as refused:
        token.check(make(), SAMPLE.election, BRANCH, NOW)
    assert refused.value.reason is reason


def test_an_authorization_as_issued_is_accepted() -> None:
    assert token.check(issued(), SAMPLE.election, BRANCH, NOW).branch == BRANCH
