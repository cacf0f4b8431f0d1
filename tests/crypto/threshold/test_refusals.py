"""What a dishonest trustee, or whoever carries the USB drive, could write; each is refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.compact_json import dump
from crypto.decryption import lagrange
from crypto.elgamal import encrypt
from crypto.errors import CryptoError, DecodeError
from crypto.group import ORDER, mul_base, point_text, system_scalar, total
from crypto.threshold.certificates import (
    Certificates,
    TrusteePlace,
    check_certificate,
    check_certificates,
    make_certificate,
    parse_certificate,
)
from crypto.threshold.dealing import (
    Dealing,
    Polynomial,
    check_commitments,
    collect_input,
    deal,
    parse_dealing,
    secret_text,
)
from crypto.threshold.messages import (
    SealedMessage,
    SignedMessage,
    StepRefusedError,
    TrusteeSecret,
    open_sealed,
    seal_to,
    sign_text,
)
from crypto.threshold.parameters import ThresholdTrustees, check_parameters, make_parameters
from crypto.threshold.shares import (
    Share,
    VerificationKey,
    compute_share,
    open_decryption_key,
    parse_share,
)
from tests.crypto.threshold.vectors import INDICES, SIZE, THRESHOLD, secret, step_file

SECRETS = [TrusteeSecret.generate() for _ in range(SIZE)]


def certs_of(secrets: list[TrusteeSecret], threshold: int = THRESHOLD) -> Certificates:
    signed = [
        make_certificate(secret, TrusteePlace(len(secrets), threshold, i), system_scalar)
        for i, secret in enumerate(secrets, 1)
    ]
    return check_certificates(signed, threshold)


CERTS = certs_of(SECRETS)
DEALINGS = [deal(secret, i, CERTS, system_scalar) for i, secret in enumerate(SECRETS, 1)]


def share_of(index: int, dealings: list[Dealing]) -> Share:
    return compute_share(
        SECRETS[index - 1], index, CERTS, collect_input(index, dealings), system_scalar
    )


SHARES = [share_of(i, DEALINGS) for i in INDICES]


def refused(reason: str, act: Callable[[], object], trustee: int | None = None) -> None:
    with pytest.raises(StepRefusedError) as caught:
        act()
    assert caught.value.reason == reason
    assert trustee is None or caught.value.trustee == trustee


# ---------------------------------------------------------------- certificates


@pytest.mark.parametrize(
    "place", [TrusteePlace(3, 2, 2), TrusteePlace(4, 2, 1), TrusteePlace(4, 3, 1)]
)
def test_certificate_of_another_place(place: TrusteePlace) -> None:
    refused("context", lambda: check_certificate(CERTS.of(1).signed, place), place.index)


def test_certificate_with_another_key() -> None:
    message = CERTS.of(1).signed.message.replace(
        point_text(SECRETS[0].encryption), point_text(SECRETS[1].encryption)
    )
    forged = SignedMessage(message, CERTS.of(1).signed.signature)
    refused("signature", lambda: check_certificate(forged, TrusteePlace(3, 2, 1)))


def test_one_secret_in_two_places() -> None:
    refused("keys", lambda: certs_of([SECRETS[0], SECRETS[0], SECRETS[1]]))


def test_a_dealing_needs_the_own_certificate() -> None:
    refused("keys", lambda: deal(SECRETS[0], 2, CERTS, system_scalar))
    dealt = collect_input(2, DEALINGS)
    refused("keys", lambda: compute_share(SECRETS[0], 2, CERTS, dealt, system_scalar))


# ---------------------------------------------------------------- dealings


def with_secret(dealer: int, recipient: int, sealed: SealedMessage) -> list[Dealing]:
    old = DEALINGS[dealer - 1]
    row = [*old.secrets]
    row[recipient - 1] = sealed
    dealings = [*DEALINGS]
    dealings[dealer - 1] = Dealing(old.polynomial, tuple(row), old.coefexps, old.signature)
    return dealings


def test_a_part_off_the_polynomial() -> None:
    bad = seal_to(SECRETS[1], SECRETS[0].encryption, secret_text(5), system_scalar)
    refused("share", lambda: share_of(1, with_secret(2, 1, bad)), 2)


def test_a_part_that_somebody_else_sealed() -> None:
    bad = seal_to(SECRETS[2], SECRETS[0].encryption, secret_text(5), system_scalar)
    refused("signature", lambda: share_of(1, with_secret(2, 1, bad)), 2)


def test_a_part_that_cannot_be_opened() -> None:
    refused("sealed", lambda: share_of(1, with_secret(2, 1, DEALINGS[1].secrets[2])), 2)
    old = DEALINGS[1].secrets[0]
    flipped = SealedMessage(old.key, bytes((old.data[0] ^ 1,)) + old.data[1:])
    refused("sealed", lambda: share_of(1, with_secret(2, 1, flipped)), 2)


def test_a_part_meant_for_another() -> None:
    """Trustee 1 opens it, seals it on with its own hand: the sender's signature names the recipient."""
    plain = open_sealed(SECRETS[0], SECRETS[1].verification, DEALINGS[1].secrets[0])
    bound = dump({"recipient": point_text(SECRETS[0].encryption), "message": plain}).decode()
    signed = SignedMessage.make(SECRETS[1], bound, system_scalar)
    passed_on = reseal(signed, SECRETS[2])
    refused("recipient", lambda: share_of(3, with_secret(2, 3, passed_on)), 2)


def reseal(signed: SignedMessage, recipient: TrusteeSecret) -> SealedMessage:
    """An envelope around a signed text that was not made for the recipient."""
    key = mul_base(system_scalar())
    envelope = encrypt(recipient.encryption, key, system_scalar())
    cipher = AESGCM(sha256(f"key|{point_text(key)}".encode()).digest())
    iv = sha256(f"iv|{point_text(envelope.alpha)}".encode()).digest()
    return SealedMessage(envelope, cipher.encrypt(iv, signed.text, None))


def test_commitments_of_another_length() -> None:
    points = [point_text(mul_base(i)) for i in (1, 2, 3)]
    long = SignedMessage.make(SECRETS[0], dump({"coefexps": points}).decode(), system_scalar)
    refused("commitments", lambda: check_commitments(CERTS, 1, long, DEALINGS[0].signature), 1)


def test_commitments_signed_over_other_certificates() -> None:
    others = certs_of([SECRETS[0], SECRETS[1], TrusteeSecret.generate()])
    dealing = deal(SECRETS[0], 1, others, system_scalar)
    refused("signature", lambda: check_commitments(CERTS, 1, dealing.coefexps, dealing.signature))
    swapped = DEALINGS[1].coefexps
    refused("signature", lambda: check_commitments(CERTS, 1, swapped, DEALINGS[0].signature))


def test_own_polynomial_exchanged() -> None:
    other = deal(SECRETS[0], 1, CERTS, system_scalar)
    old = DEALINGS[0]
    mixed = Dealing(other.polynomial, old.secrets, old.coefexps, old.signature)
    refused("polynomial", lambda: share_of(1, [mixed, *DEALINGS[1:]]), 1)


# ---------------------------------------------------------------- shares and parameters


def test_a_key_that_does_not_follow() -> None:
    key = VerificationKey.make(SECRETS[0], 7, system_scalar)
    shares = [Share(SHARES[0].private_key, key), *SHARES[1:]]
    refused("public-key", lambda: make_parameters(CERTS, DEALINGS, shares), 1)


def test_a_key_without_proof_or_signature() -> None:
    old, other = SHARES[0].public_key, SHARES[1].public_key
    for reason, pok, signature in (
        ("pok", other.pok, old.signature),
        ("signature", old.pok, other.signature),
    ):
        key = VerificationKey(old.public_key, pok, signature)
        shares = [Share(SHARES[0].private_key, key), *SHARES[1:]]
        refused(reason, partial(make_parameters, CERTS, DEALINGS, shares), 1)


def test_another_trustees_share() -> None:
    refused("sealed", lambda: open_decryption_key(SECRETS[0], SHARES[1].private_key))


def test_a_share_signed_by_somebody_else() -> None:
    bad = seal_to(SECRETS[1], SECRETS[0].encryption, '{"decryption_key":"5"}', system_scalar)
    refused("signature", lambda: open_decryption_key(SECRETS[0], bad))


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    match value:
        case dict():
            return [p for name, item in value.items() for p in leaves(item, (*path, name))]
        case list():
            return [p for i, item in enumerate(value) for p in leaves(item, (*path, i))]
    return [path]


PARAMETERS = make_parameters(CERTS, DEALINGS, SHARES)
ALTERABLE = leaves(json.loads(PARAMETERS.text))


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(ALTERABLE), st.data())
def test_every_field_of_the_parameters_counts(
    path: tuple[str | int, ...], data: st.DataObject
) -> None:
    """One digit anywhere: in a key, a proof, a signed text, a number."""
    value = json.loads(PARAMETERS.text)
    target: Any = value
    for part in path[:-1]:
        target = target[part]
    old = target[path[-1]]
    if isinstance(old, int):
        target[path[-1]] = old + data.draw(st.sampled_from([-1, 1]))
    else:
        digits = [i for i, letter in enumerate(old) if letter.isdigit()]
        at = data.draw(st.sampled_from(digits))
        target[path[-1]] = old[:at] + str((int(old[at]) + 1) % 10) + old[at + 1 :]
    with pytest.raises(CryptoError):
        check_parameters(ThresholdTrustees.from_json(value))


# ---------------------------------------------------------------- any k of n


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_any_k_of_n(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 5))
    threshold = data.draw(st.integers(1, size))
    secrets = [TrusteeSecret.generate() for _ in range(size)]
    certs = certs_of(secrets, threshold)
    dealings = [deal(secret, i, certs, system_scalar) for i, secret in enumerate(secrets, 1)]
    keys = {}
    for i, member_secret in enumerate(secrets, 1):
        share = compute_share(member_secret, i, certs, collect_input(i, dealings), system_scalar)
        keys[i] = open_decryption_key(member_secret, share.private_key)
        assert mul_base(keys[i]) == share.public_key.public_key
    public = [dealing.coefexps for dealing in dealings]
    whole = [check_commitments(certs, i, public[i - 1], dealings[i - 1].signature) for i in keys]
    election_key = total(row[0] for row in whole)
    chosen = data.draw(st.permutations(sorted(keys)))
    enough, few = chosen[:threshold], chosen[: threshold - 1]
    assert mul_base(sum(lagrange(i, enough) * keys[i] for i in enough)) == election_key
    assert mul_base(sum(lagrange(i, few) * keys[i] for i in few)) != election_key


# ---------------------------------------------------------------- bytes from outside

PARSERS: dict[str, Callable[[bytes], object]] = {
    "cert": lambda text: check_certificate(
        parse_certificate(text), TrusteePlace(SIZE, THRESHOLD, 1)
    ),
    "polynomial": lambda text: parse_dealing(text, SIZE),
    "voutput": parse_share,
    "dkey": lambda text: open_decryption_key(
        secret(1), SealedMessage.parse(text.decode("latin-1"))
    ),
}


@pytest.mark.parametrize("step", PARSERS)
def test_spelling_is_fixed(step: str) -> None:
    text = step_file(1, step)
    for other in (text + b"\n", b" " + text, text.replace(b":", b": ", 1), b"", b"{}", b"[]"):
        with pytest.raises(DecodeError):
            PARSERS[step](other)


@pytest.mark.fuzz
@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(PARSERS)), st.integers(0, 10**4), st.binary(max_size=3))
def test_mutated_step_files(step: str, at: int, replacement: bytes) -> None:
    text = step_file(1, step)
    at %= len(text)
    mutated = text[:at] + replacement + text[at + 1 :]
    try:
        PARSERS[step](mutated)
    except CryptoError:
        return
    assert step != "cert" or mutated == text


@pytest.mark.fuzz
@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(PARSERS)), st.binary(max_size=200))
def test_random_bytes(step: str, content: bytes) -> None:
    with pytest.raises(CryptoError):
        PARSERS[step](content)


def test_polynomial_text() -> None:
    polynomial = Polynomial((3, ORDER - 1, 5))
    assert Polynomial.parse(polynomial.text) == polynomial
    assert polynomial.at(2) == 3 - 2 + 20
    assert "20" not in repr(polynomial)


def test_seeds() -> None:
    with pytest.raises(DecodeError):
        TrusteeSecret("0OIl" + "1" * 18)
    assert len(TrusteeSecret.generate().seed) == 22
    assert TrusteeSecret.generate() != TrusteeSecret.generate()
    assert SECRETS[0].seed not in repr(SECRETS[0])
    assert sign_text(SECRETS[0], "text", system_scalar)
