"""The worked examples of docs/spec are what the program computes, from the inputs in the text.

A block begins with three backticks and `example NAME`; its lines are `key = value`. Where a rule is short
it is computed here a second time, with hashlib alone, from the words of the document.
"""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto import canonical, hybrid, locked, merkle, signing
from crypto.casting import Answer, BallotMaker, HomomorphicAnswer, SlotAnswer, open_challenge
from crypto.election import BeleniosElection, parse_election
from crypto.embedding import EmbeddingTable
from crypto.group import (
    IDENTITY,
    ORDER,
    Point,
    SeededScalars,
    add,
    mul,
    mul_base,
    point_text,
)
from crypto.hybrid import HybridKey, HybridPublicKey
from crypto.packing import pack, packed_size, unpack
from crypto.signing import PublicKey, SigningKey
from crypto.strong_decryption import (
    DecryptionStatement,
    prove_strong_decryption,
    verify_strong_decryption,
)
from election.bundle import form as bundle_form
from election.challenge import ChallengeTicket, read_ticket, ticket_text, tracking_groups
from election.definition import DeviceId
from election.envelope import MAX_SIGNERS, EnvelopeFormat, read_envelope, write_envelope
from election.json_envelope import read_json_envelope
from election.package.envelope import form as package_form
from election.provisional import commitment
from election.records import RecordKind, RecordVerifier, SignedRoot, spent_hash
from election.register import Register, contradictions, in_groups, number_of, write_register
from election.register import form as register_form
from election.schema import from_json, to_json
from election.sealed import Opening, sealed_size
from headquarters.archive_index import IndexReason
from headquarters.supplement import SupplementReason
from headquarters.tally.decryption_proofs import parse_proofs
from headquarters.verification import Rule
from headquarters.verification.report import NoticeReason

SPEC = Path(__file__).parents[2] / "docs" / "spec"
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in sorted(SPEC.glob("*.md")))
_BLOCK = re.compile(r"^```example (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES: dict[str, dict[str, str]] = {
    name: dict(line.split(" = ", 1) for line in body.splitlines())
    for name, body in _BLOCK.findall(TEXT)
}


def _election() -> BeleniosElection:
    return parse_election(EXAMPLES["election"]["object"].encode())


def _answers(text: str) -> tuple[Answer, ...]:
    slot, flags = (tuple(map(int, part.split())) for part in text.split(" | "))
    return SlotAnswer(slot), HomomorphicAnswer(flags)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_there_are_examples() -> None:
    assert set(EXAMPLES) == {
        "election",
        "ballot",
        "ticket",
        "records",
        "merkle",
        "signature",
        "envelope",
        "decryption",
        "register",
        "locked-key",
    }


def test_the_locked_key() -> None:
    """With the library alone; the program opens it."""
    example = EXAMPLES["locked-key"]
    key, nonce = bytes.fromhex(example["folder's key"]), bytes.fromhex(example["nonce"])
    context = f'{{"use":"{example["use"]}","name":"{example["name"]}"}}'.encode()
    secret, head = example["secret"].encode(), b"amin-locked-1\n"
    file = head + nonce + AESGCM(key).encrypt(nonce, secret, head + context)
    assert example["file"] == file.hex()
    assert locked.unlock(key, file, context) == secret


def test_the_election() -> None:
    example = EXAMPLES["election"]
    election = _election()
    assert example["fingerprint"] == election.fingerprint
    digest = hashlib.sha256(example["object"].encode()).digest()
    assert example["fingerprint"] == base64.b64encode(digest).decode().rstrip("=")
    assert election.public_key == mul_base(int(example["private key"]))


def test_the_ballot() -> None:
    example, election = EXAMPLES["ballot"], _election()
    seed, answers = bytes.fromhex(example["seed"]), _answers(example["answers"])
    plain = "[" + ",".join(
        "[" + part.replace(" ", ",") + "]" for part in example["answers"].split(" | ")
    )
    context = f"ballot|{election.fingerprint}|{plain}]".encode()
    assert example["context"] == context.decode()
    order = 2**252 + 27742317777372353535851937790883648493
    draw = SeededScalars(seed, context)
    for i in range(2):
        data = b"amin-scalars-1" + seed + len(context).to_bytes(8, "big") + context
        block = hashlib.shake_256(data + i.to_bytes(8, "big")).digest(64)
        scalar = 1 + int.from_bytes(block, "big") % (order - 1)
        assert draw() == scalar
        assert example[f"scalar {i}"] == str(scalar)
    assert example["credential"] == point_text(mul_base(int(example["scalar 0"])))
    table = EmbeddingTable.of_vectors([answer.integers for answer in answers[:1]])  # type: ignore[union-attr]
    ballot = BallotMaker(election, table).make(answers, seed)
    assert example["credential"] == point_text(ballot.credential)
    assert example["length"] == str(len(ballot.text))
    assert example["SHA-256"] == _digest(ballot.text)
    assert example["tracking code"] == ballot.tracking
    number = int(example["SHA-256"], 16) % 10**30
    assert example["tracking number"].replace(" ", "") == f"{number:030d}"
    assert tuple(example["tracking number"].split()) == tracking_groups(ballot.tracking)
    packed = pack(ballot)
    assert example["packed length"] == str(len(packed)) == str(packed_size(election))
    assert example["packed SHA-256"] == _digest(packed)
    assert example["packed begin"] == packed[:41].hex()
    assert unpack(election, packed).text == ballot.text
    assert example["sealed length"] == str(sealed_size(election))
    open_challenge(election, ballot.text, seed, answers)


def test_the_ticket() -> None:
    ballot, election = EXAMPLES["ballot"], _election()
    ticket = ChallengeTicket(
        Opening(bytes.fromhex(ballot["seed"]), _answers(ballot["answers"])),
        bytes.fromhex(ballot["SHA-256"]),
    )
    text = EXAMPLES["ticket"]["text"]
    assert text == ticket_text(election, ticket)
    assert read_ticket(election, text) == ticket
    body = bytes.fromhex(EXAMPLES["ticket"]["bytes"])
    short = hashlib.sha256(EXAMPLES["election"]["object"].encode()).digest()[:8]
    assert body[:-7] == b"\1" + short + ticket.opening.seed + ticket.digest
    assert body[-7:-4].hex() == EXAMPLES["ticket"]["answers"]
    assert body[-4:] == hashlib.sha256(b"AMIN1:" + body[:-4]).digest()[:4]
    assert text == "AMIN1:" + base64.b32encode(body).decode().rstrip("=")


def test_the_records() -> None:
    example, election = EXAMPLES["records"], _election()
    digest = bytes.fromhex(EXAMPLES["ballot"]["SHA-256"])
    handle, salt = bytes.fromhex(example["handle"]), bytes.fromhex(example["salt"])
    for key, named in (("commitment, provisional", handle), ("commitment, ordinary", bytes(16))):
        joined = b"amin provisional handle v1\0" + digest + named + salt
        assert example[key] == _digest(joined)
    assert example["commitment, provisional"] == commitment(digest, handle, salt).hex()
    assert example["commitment, ordinary"] == commitment(digest, None, salt).hex()
    pair = HybridPublicKey(SigningKey.generate().public, bytes(hybrid.MLDSA_PUBLIC_KEY_SIZE))
    verifier = RecordVerifier(pair, election.fingerprint, DeviceId(example["device"]))
    sealed = example["sealed"].encode()
    message = verifier.record_message(RecordKind.CAST, digest, sealed)
    assert example["record message"] == message.hex()
    hashed = hashlib.sha256(sealed).digest()
    values: list[canonical.CanonicalValue] = [election.fingerprint, example["device"], "cast"]
    assert message == canonical.encode([*values, digest, hashed])
    spent = spent_hash(bytes.fromhex(example["nonce"]))
    assert example["spent"] == spent.hex()
    assert example["spent"] == _digest(
        b"amin spent authorization\0" + bytes.fromhex(example["nonce"])
    )
    root = SignedRoot(1, 0, merkle.root([digest]), merkle.root([spent]), b"")
    assert example["root message"] == verifier.root_message(root).hex()


def test_the_tree() -> None:
    example = EXAMPLES["merkle"]
    values = [bytes.fromhex(value) * 32 for value in example["values, 32 times each"].split()]
    assert example["root"] == merkle.root(values).hex()
    one, two, three = (hashlib.sha256(b"\0" + value).digest() for value in sorted(values))
    pair = hashlib.sha256(b"\1" + one + two).digest()
    assert example["root"] == _digest(b"\1" + pair + three)
    assert example["root of nothing"] == merkle.root([]).hex() == _digest(b"")


def test_the_signature() -> None:
    example = EXAMPLES["signature"]
    message = bytes.fromhex(EXAMPLES["records"]["record message"])
    context = example["context"]
    signed = b"amin-signature-v1\0" + bytes([len(context)]) + context.encode() + message
    assert example["signed SHA-256"] == _digest(signed)
    public = PublicKey(bytes.fromhex(example["public key"]))
    public.verify(context, message, bytes.fromhex(example["signature"]))
    assert len(bytes.fromhex(example["signature"])) == signing.SIGNATURE_SIZE
    pair = HybridPublicKey(public, bytes(hybrid.MLDSA_PUBLIC_KEY_SIZE))
    root = bytes.fromhex(EXAMPLES["records"]["root message"])
    name = example["context of a root"].encode()
    framed = b"amin-hybrid-signature-v1\0" + bytes([len(name)]) + name
    framed += hashlib.sha256(pair.raw).digest() + root
    assert example["hybrid, ML-DSA key of zeros, SHA-256"] == _digest(framed)
    assert hybrid._framed(pair, example["context of a root"], root) == framed


def test_the_envelope() -> None:
    example = EXAMPLES["envelope"]
    plain = {name: bytes.fromhex(text) for name, text in example.items() if name not in _WORDS}
    content, certificate = plain["content"], plain["certificate"]
    value: dict[str, canonical.CanonicalValue] = {
        "format": example["format"],
        "version": int(example["version"]),
        "content": content,
        "signatures": [plain["signature"]],
        "certificates": [certificate],
    }
    parts = ("head", "content part", "version part", "signatures part", "certificates part")
    file = b"".join(plain[part] for part in parts)
    assert file == canonical.encode(value)
    form = EnvelopeFormat(example["format"], int(example["version"]), "any")
    (signature,) = read_envelope(form, file).signatures
    assert (signature.certificate, signature.value) == (certificate, plain["signature"])
    key = _Noting()
    write_envelope(form, content, [(key, certificate)])
    assert key.messages == [plain["signed"]]
    assert _digest(content) in plain["signed"].hex()
    assert _digest(certificate) in plain["signed"].hex()


def test_the_register() -> None:
    """Taken apart with nothing but JSON, Base64 and SHA-256; then by the program."""
    example = EXAMPLES["register"]
    page = (SPEC / "register.md").read_text(encoding="utf-8")
    shown, file = re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    value = json.loads(file)
    assert value["content"] == shown
    assert example["SHA-256 of the content"] == _digest(shown.encode())
    assert example["number"] == _digest(file.encode()) == number_of(file.encode())
    assert example["in groups"] == in_groups(number_of(file.encode()))
    (certificate,) = (base64.b64decode(certificate) for certificate in value["certificates"])
    head = [value["format"], value["version"], hashlib.sha256(shown.encode()).digest()]
    to_be_signed = canonical.encode([*head, [hashlib.sha256(certificate).digest()]])
    assert example["signed"] == to_be_signed.hex()

    (signature,) = read_json_envelope(register_form(), file.encode()).signatures
    assert signature.certificate == certificate
    register = from_json(Register, shown.encode())
    assert contradictions(register) == ()
    assert to_json(register) == shown.encode()
    key = _Noting()
    write_register(register, key, certificate)
    assert key.messages == [to_be_signed]
    table = page.split("## The content")[1].split("## What a device")[0]
    named = [
        name
        for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for name in row.split(", ")
    ]
    assert [name.strip("`") for name in named] == list(json.loads(shown))


_WORDS = ("format", "version")


class _Noting(HybridKey):
    """A key that remembers what it signs."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    def sign(self, context: str, message: bytes) -> bytes:
        self.messages.append(message)
        return b""


def test_the_documents_in_envelopes() -> None:
    assert f"at most {1 + 2 * 5 + 2 * MAX_SIGNERS} items" in TEXT
    for form in (package_form(), bundle_form(), register_form()):
        row = f"| `{form.name}` | {form.version} | `{form.context}` |"
        assert row in TEXT
        assert f"{form.max_size >> 20} MiB |" in TEXT


def test_the_strong_proof() -> None:
    """Every number by hashing and the group alone, then by the program."""
    example = EXAMPLES["decryption"]
    label, secret = b"amin-strong-decryption-1", int(example["private key"])
    alphas, factors = (
        [Point(bytes.fromhex(example[f"{name} {i}"])) for i in range(3)]
        for name in ("alpha", "factor")
    )
    key, event = mul_base(secret), bytes.fromhex(example["event"])
    assert example["key"] == key.hex()
    assert factors == [mul(secret, alpha) for alpha in alphas]
    head = label + b"\0" + example["fingerprint"].encode() + event + (1).to_bytes(8, "big") + key
    joined = head + (3).to_bytes(8, "big") + b"".join(alphas) + b"".join(factors)
    seed = hashlib.sha512(joined).digest()
    assert example["seed"] == seed.hex()
    sums = [IDENTITY, IDENTITY]
    for i in range(3):
        weighed = label + b"\1" + seed + i.to_bytes(8, "big")
        weight = int.from_bytes(hashlib.sha512(weighed).digest()[:16], "big")
        assert example[f"weight {i}"] == str(weight)
        for place, points in enumerate((alphas, factors)):
            sums[place] = add(sums[place], mul(weight, points[i]))
    assert [example["A"], example["F"]] == [point.hex() for point in sums]
    nonce = int(example["r"])
    commitments = [mul_base(nonce), mul(nonce, sums[0])]
    assert [example["r·G"], example["r·A"]] == [point.hex() for point in commitments]
    hashed = hashlib.sha512(label + b"\2" + seed + b"".join([*sums, *commitments])).digest()
    challenge = int.from_bytes(hashed, "big") % ORDER
    assert example["challenge"] == str(challenge)
    assert example["response"] == str((nonce - challenge * secret) % ORDER)
    found = parse_proofs(example["file"].encode())
    assert found.text == example["file"].encode()
    assert found.event == example["event"]
    statement = DecryptionStatement(
        example["fingerprint"], event, 1, key, tuple(alphas), tuple(factors)
    )
    verify_strong_decryption(statement, found.proofs[1])
    assert prove_strong_decryption(statement, secret, lambda: nonce) == found.proofs[1]


@pytest.mark.parametrize("reasons", [Rule, NoticeReason, SupplementReason, IndexReason])
def test_every_reason_is_explained(
    reasons: type[Rule | NoticeReason | SupplementReason | IndexReason],
) -> None:
    for reason in reasons:
        assert f"| `{reason.value}` |" in TEXT, reason
