"""One way to verify signatures: certificates, roles, keys, message, time and branch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from crypto import certificates
from crypto.hybrid import HybridKey
from election.definition import Role
from election.reasons import SignatureReason
from election.signed import Signature, SignatureRefusedError, verify, verify_possession
from tests.election.samples import BRANCH, END, NOW, OTHER_BRANCH, START, sample

SAMPLE, ELSEWHERE = sample(), sample()
CONTEXT, MESSAGE = "a test", b"what is signed"
OFFICER, OBSERVER = Role.RECONCILIATION_OFFICER, Role.OBSERVER
ROLES = ({OFFICER}, {OBSERVER, Role.HEADQUARTERS})
KEYS = HybridKey.generate(), HybridKey.generate()


def certificate(key: HybridKey, role: Role, branch: str = BRANCH) -> bytes:
    return SAMPLE.issue(f"{role}", key, role, branch)


CERTIFICATES = certificate(KEYS[0], OFFICER), certificate(KEYS[1], OBSERVER)


def signature(key: HybridKey, der: bytes, message: bytes = MESSAGE) -> Signature:
    return Signature(der, key.sign(CONTEXT, message))


GOOD = tuple(map(signature, KEYS, CERTIFICATES))
FIRST, SECOND = GOOD


def test_who_signed_in_the_order_of_the_roles() -> None:
    found = verify(MESSAGE, CONTEXT, GOOD, ROLES, SAMPLE.root, NOW)
    assert [signer.role for signer in found] == [OFFICER, OBSERVER]
    assert [signer.signing_key for signer in found] == [key.public for key in KEYS]
    assert len(verify(MESSAGE, CONTEXT, GOOD, ROLES, SAMPLE.root, NOW, branch=BRANCH)) == 2
    assert verify(MESSAGE, CONTEXT, GOOD[:1], ROLES[:1], SAMPLE.root, NOW) == found[:1]


def refusal(
    signatures: Sequence[Signature], roles: Sequence[set[Role]] = ROLES
) -> SignatureRefusedError:
    with pytest.raises(SignatureRefusedError) as refused:
        verify(MESSAGE, CONTEXT, signatures, roles, SAMPLE.root, NOW)
    return refused.value


def test_exactly_the_signatures_that_are_needed() -> None:
    for signatures in ((), GOOD[:1], (*GOOD, FIRST)):
        assert refusal(signatures).reason is SignatureReason.SIGNERS
    assert refusal((), ()).reason is SignatureReason.SIGNERS, "nobody is enough for nothing"


@pytest.mark.parametrize(
    ("signatures", "reason", "place"),
    [
        ((SECOND, FIRST), SignatureReason.ROLE, 0),
        ((FIRST, FIRST), SignatureReason.ROLE, 1),
        ((FIRST, Signature(SECOND.certificate, FIRST.value)), SignatureReason.SIGNATURE, 1),
        ((Signature(FIRST.certificate, b""), SECOND), SignatureReason.SIGNATURE, 0),
        ((FIRST, signature(KEYS[1], CERTIFICATES[1], b"other")), SignatureReason.SIGNATURE, 1),
        ((Signature(b"", FIRST.value), SECOND), SignatureReason.CERTIFICATE, 0),
        (
            (Signature(FIRST.certificate + b"\0", FIRST.value), SECOND),
            SignatureReason.CERTIFICATE,
            0,
        ),
        ((Signature(SAMPLE.root, FIRST.value), SECOND), SignatureReason.KEY_USAGE, 0),
        ((signature(KEYS[0], ELSEWHERE.signer), SECOND), SignatureReason.CERTIFICATE_SIGNATURE, 0),
        (
            (FIRST, signature(KEYS[0], certificate(KEYS[0], OBSERVER))),
            SignatureReason.SAME_KEY,
            1,
        ),
    ],
)
def test_refusals(signatures: tuple[Signature, ...], reason: SignatureReason, place: int) -> None:
    error = refusal(signatures)
    assert (error.reason, error.place) == (reason, place)
    assert str(error)


def test_each_half_of_a_signature_counts() -> None:
    for value in (
        FIRST.value[:64],
        FIRST.value[64:],
        bytes(64) + FIRST.value[64:],
        FIRST.value[:64] + bytes(len(FIRST.value) - 64),
    ):
        error = refusal((Signature(FIRST.certificate, value), SECOND))
        assert error.reason is SignatureReason.SIGNATURE


def test_another_context_or_message() -> None:
    for message, context in ((MESSAGE, "another"), (b"other", CONTEXT)):
        with pytest.raises(SignatureRefusedError) as refused:
            verify(message, context, GOOD, ROLES, SAMPLE.root, NOW)
        assert refused.value.reason is SignatureReason.SIGNATURE


def test_another_root() -> None:
    stranger = certificates.create_root("Somebody else", HybridKey.generate(), START, END)
    for root in (stranger, ELSEWHERE.root):
        with pytest.raises(SignatureRefusedError) as refused:
            verify(MESSAGE, CONTEXT, GOOD, ROLES, root, NOW)
        assert refused.value.reason in {
            SignatureReason.ISSUER,
            SignatureReason.CERTIFICATE_SIGNATURE,
        }


def test_time_and_branch() -> None:
    for now, branch, reason in (
        (START - timedelta(days=1), None, SignatureReason.NOT_YET_VALID),
        (END + timedelta(days=1), None, SignatureReason.EXPIRED),
        (NOW, OTHER_BRANCH, SignatureReason.BRANCH),
    ):
        with pytest.raises(SignatureRefusedError) as refused:
            verify(MESSAGE, CONTEXT, GOOD, ROLES, SAMPLE.root, now, branch=branch)
        assert refused.value.reason is reason


def test_a_card_has_no_pair_of_keys() -> None:
    card = ec.generate_private_key(ec.SECP256R1()).public_key()
    der = certificates.issue(
        SAMPLE.root,
        SAMPLE.root_key,
        "card",
        card,
        role=OFFICER,
        branch=BRANCH,
        not_before=START,
        not_after=END,
    )
    error = refusal((Signature(der, FIRST.value), SECOND))
    assert error.reason is SignatureReason.KEY_USAGE


def test_possession() -> None:
    key = KEYS[0]
    value = key.sign(CONTEXT, MESSAGE)
    verify_possession(MESSAGE, CONTEXT, key.public, value)
    for message, context, public in (
        (b"other", CONTEXT, key.public),
        (MESSAGE, "another", key.public),
        (MESSAGE, CONTEXT, KEYS[1].public),
    ):
        with pytest.raises(SignatureRefusedError) as refused:
            verify_possession(message, context, public, value)
        assert refused.value.reason is SignatureReason.SIGNATURE
