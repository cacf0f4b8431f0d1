"""Every step file of the reference tool is read, accepted and made again."""

import hashlib

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.compact_json import dump, load_compact
from crypto.group import ORDER, mul, mul_base, point_text, sub
from crypto.threshold.certificates import TrusteePlace, make_certificate
from crypto.threshold.dealing import (
    Polynomial,
    check_commitments,
    collect_input,
    open_dealt,
)
from crypto.threshold.messages import (
    SealedMessage,
    SignedMessage,
    TrusteeSecret,
    open_sealed,
    sign_text,
)
from crypto.threshold.parameters import make_parameters
from crypto.threshold.shares import (
    VerificationKey,
    check_dealt,
    check_public_share,
    compute_share,
    open_decryption_key,
)
from crypto.trustees import parse_trustees
from tests.crypto.elections import VECTORS
from tests.crypto.threshold.vectors import (
    INDICES,
    SIZE,
    THRESHOLD,
    certificates,
    dealings,
    input_text,
    nonce,
    replay,
    secret,
    shares,
    step_file,
)


def sealed_again(owner: TrusteeSecret, sealed: SealedMessage) -> bytes:
    """The data of a sealed text from its K and alpha: the signed text inside, sealed once more."""
    key = sub(sealed.key.beta, mul(owner.opening_key, sealed.key.alpha))
    cipher = AESGCM(hashlib.sha256(f"key|{point_text(key)}".encode()).digest())
    iv = hashlib.sha256(f"iv|{point_text(sealed.key.alpha)}".encode()).digest()
    signed = SignedMessage.from_json(load_compact(cipher.decrypt(iv, sealed.data, None)))
    return cipher.encrypt(iv, signed.text, None)


@pytest.mark.parametrize("index", INDICES)
def test_certificate(index: int) -> None:
    owner, published = secret(index), certificates().of(index)
    drawn = nonce(published.signed.signature, owner.signing_key)
    again = make_certificate(owner, TrusteePlace(SIZE, THRESHOLD, index), replay([drawn]))
    assert again.text == step_file(index, "cert")


@pytest.mark.parametrize("index", INDICES)
def test_dealing(index: int) -> None:
    owner, certs, dealing = secret(index), certificates(), dealings()[index - 1]
    assert dealing.text == step_file(index, "polynomial")
    text = open_sealed(owner, owner.verification, dealing.polynomial)
    polynomial = Polynomial.parse(text)
    assert polynomial.text == text
    points = check_commitments(certs, index, dealing.coefexps, dealing.signature)
    assert polynomial.commitments() == points
    message = dump({"coefexps": [point_text(point) for point in points]}).decode()
    drawn = nonce(dealing.coefexps.signature, owner.signing_key)
    assert SignedMessage.make(owner, message, replay([drawn])) == dealing.coefexps
    statement = dump({"certs": certs.as_json(), "coefexps": [point_text(p) for p in points]})
    drawn = nonce(dealing.signature, owner.signing_key)
    again = sign_text(owner, f"certs_sig|{statement.decode()}", replay([drawn]))
    assert again == dealing.signature
    assert sealed_again(owner, dealing.polynomial) == dealing.polynomial.data
    for recipient, sealed in enumerate(dealing.secrets, 1):
        plain = open_sealed(secret(recipient), owner.verification, sealed)
        assert plain == f'{{"secret":"{polynomial.at(recipient)}"}}'
        assert sealed_again(secret(recipient), sealed) == sealed.data


@pytest.mark.parametrize("index", INDICES)
def test_share_input(index: int) -> None:
    text = step_file(index, "vinput")
    assert input_text(collect_input(index, dealings())) == text


@pytest.mark.parametrize("index", INDICES)
def test_share(index: int) -> None:
    owner, certs, share = secret(index), certificates(), shares()[index - 1]
    dealt = collect_input(index, dealings())
    commitments = check_dealt(certs, dealt)
    assert share.text == step_file(index, "voutput")
    check_public_share(share.public_key, index, certs, commitments)
    key = open_decryption_key(owner, share.private_key)
    assert share.private_key.text.encode() == step_file(index, "dkey")
    assert sealed_again(owner, share.private_key) == share.private_key.data
    assert key == sum(open_dealt(owner, index, certs, dealt, commitments)) % ORDER
    drawn = replay(
        [
            nonce(share.public_key.pok, key),
            nonce(share.public_key.signature, owner.signing_key),
        ]
    )
    assert VerificationKey.make(owner, key, drawn) == share.public_key
    ours = compute_share(owner, index, certs, dealt, replay(range(5, 20)))
    assert ours.public_key.public_key == mul_base(key) == share.public_key.public_key
    assert open_decryption_key(owner, ours.private_key) == key


def test_parameters() -> None:
    made = make_parameters(certificates(), dealings(), shares())
    assert made.text == (VECTORS / "pedersen" / "threshold.json").read_bytes().rstrip(b"\n")
    published = (VECTORS / "pedersen" / "trustees.json").read_bytes().rstrip(b"\n")
    assert parse_trustees(published).items == (made,)
