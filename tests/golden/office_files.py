"""What people sign or keep: decisions about provisional ballots, key ceremonies, secrets."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from crypto.card_box import open_with_card, seal_to_card
from crypto.compact_json import ParsedJson, as_fields, as_text, dump
from crypto.group import SeededScalars
from crypto.passphrase import Cost, decrypt_with_passphrase, encrypt_with_passphrase
from crypto.strict_json import read_json
from headquarters.ceremony.coordinator import check_ceremony
from headquarters.ceremony.definition import TrusteeMode
from headquarters.ceremony.journal import parse_journal
from headquarters.ceremony.secret import create_secret, parse_secret_file
from headquarters.ceremony.trustee import key_fingerprint
from headquarters.decisions import (
    Signed,
    add_signature,
    read_decisions,
    sign,
    verify,
    write_decisions,
)
from headquarters.exclusion import read_handles, write_handles
from tests.golden.ceremonies import Held, hold_ceremony
from tests.golden.day import IN, OUT, UUID, World
from tests.golden.document import Document
from tests.golden.people import EVENING
from tests.golden.vault import card_key, replaying, rsa_key, seed

SECRET, BOUND = b"the secret of a trustee", b"bound to it"
PASSPHRASE = "چراغ پیمانه درنا سنجاق"


def decisions(world: World) -> Signed:
    signed = Signed(world.statement, ())
    for name in ("reconciliation", "observer"):
        key, certificate = world.people.keys[name], world.people.certificates[name]
        signed = add_signature(signed, sign(world.statement, key, certificate))
    return signed


def _write_decisions(world: World) -> Mapping[str, bytes]:
    handles = write_handles(UUID, world.encrypted.fingerprint, (OUT, IN))
    return {"handles.json": handles, "file.json": write_decisions(decisions(world))}


def _read_decisions(world: World, files: Mapping[str, bytes]) -> object:
    phi = world.encrypted.fingerprint
    signed = read_decisions(files["file.json"])
    holders = verify(signed, world.people.root, EVENING, UUID, phi)
    names = [holder.name for holder in holders]
    return names, signed, sorted(read_handles(files["handles.json"], UUID, phi))


def _decided(world: World) -> object:
    return ["reconciliation", "observer"], decisions(world), sorted((OUT, IN))


def _ceremony(name: str, mode: TrusteeMode, held: Callable[[World], Held]) -> Document:
    def read(world: World, files: Mapping[str, bytes]) -> object:
        with tempfile.TemporaryDirectory() as folder:
            for file, data in files.items():
                (Path(folder) / file).write_bytes(data)
            result, refused = check_ceremony(Path(folder), files["trustees.json"])
        assert result is not None
        return result.ceremony, result.trustees, result.key, refused

    def says(world: World) -> object:
        office = held(world)
        return office.board.ceremony, office.trustees, key_fingerprint(office.found), ()

    return Document(name, lambda _: hold_ceremony(mode).files(), read, says)


class _Keeper:
    """Shows what it is given to close."""

    name = "golden"

    def wrap(self, secret: bytearray, context: bytes) -> ParsedJson:
        return {"context": context.decode(), "secret": secret.decode()}

    def unwrap(self, box: ParsedJson, context: bytes) -> bytearray:
        bound, secret = as_fields(box, "context", "secret")
        assert bound == context.decode()
        return bytearray(as_text(secret).encode())


def _write_kept(world: World) -> Mapping[str, bytes]:
    files = {}
    for mode, held in (
        (TrusteeMode.THRESHOLD, world.threshold),
        (TrusteeMode.SINGLE, world.single),
    ):
        with tempfile.TemporaryDirectory() as folder:
            ceremony = held.board.ceremony
            made = create_secret(Path(folder), ceremony, 2, held.secrets[2], _Keeper())
        files[f"secret-{mode}.json"] = made.text
        files[f"journal-{mode}.json"] = held.journals[2].text
    return files


def _read_kept(world: World, files: Mapping[str, bytes]) -> object:
    return [
        (
            parse_secret_file(files[f"secret-{mode}.json"]).open(_Keeper()),
            parse_journal(files[f"journal-{mode}.json"]),
        )
        for mode in (TrusteeMode.THRESHOLD, TrusteeMode.SINGLE)
    ]


def _kept(world: World) -> object:
    return [(held.secrets[2], held.journals[2]) for held in (world.threshold, world.single)]


def _write_secrets(world: World) -> Mapping[str, bytes]:
    draw = SeededScalars(seed("boxes"), b"")
    with replaying(world.vault, "boxes"):
        boxes = {
            "passphrase.json": encrypt_with_passphrase(
                PASSPHRASE, SECRET, BOUND, Cost(8192, 1, 1), lambda size: seed("salt", size)
            ),
            "card-p256.json": seal_to_card(card_key("officer").public_key(), SECRET, BOUND),
            "card-rsa.json": seal_to_card(
                rsa_key(world.vault).public_key(), SECRET, BOUND, lambda _: draw()
            ),
        }
    return {name: dump(box) for name, box in boxes.items()}


def _read_secrets(world: World, files: Mapping[str, bytes]) -> object:
    boxes = {name: read_json(data) for name, data in files.items()}
    card, p256, numbers = _Card(world), card_key("officer"), rsa_key(world.vault)
    return (
        bytes(decrypt_with_passphrase(PASSPHRASE, boxes["passphrase.json"], BOUND)),
        bytes(open_with_card(p256.public_key(), card, boxes["card-p256.json"], BOUND)),
        bytes(open_with_card(numbers.public_key(), card, boxes["card-rsa.json"], BOUND)),
    )


class _Card:
    """What the keys inside two cards compute."""

    def __init__(self, world: World) -> None:
        self._world = world

    def agree(self, point: bytes) -> bytes:
        other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        return card_key("officer").exchange(ec.ECDH(), other)

    def decipher(self, block: bytes) -> bytes:
        numbers = rsa_key(self._world.vault).private_numbers()
        plain = pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n)
        return plain.to_bytes(256, "big")


DOCUMENTS = (
    Document("decisions", _write_decisions, _read_decisions, _decided),
    _ceremony("ceremony-threshold", TrusteeMode.THRESHOLD, lambda world: world.threshold),
    _ceremony("ceremony-single", TrusteeMode.SINGLE, lambda world: world.single),
    Document("trustee", _write_kept, _read_kept, _kept),
    Document("secrets", _write_secrets, _read_secrets, lambda _: (SECRET,) * 3),
)
