"""What an office keeps and sends: the lock of its folder, a locked key, its request."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from crypto.compact_json import ParsedJson, as_fields, as_text
from election.schema import to_json
from headquarters.key_folder import (
    LOCK_FILE,
    KeyFolder,
    KeyUse,
    create_key_folder,
    open_key_folder,
    parse_lock,
)
from headquarters.offices import Office, OfficeRequest, make_request, read_request
from tests.golden.day import World
from tests.golden.document import Document
from tests.golden.vault import replaying, sealing_key

SECRET = b"a private key of the office"
KEY, REQUEST = "signing.key", "officer.json"


class _Keeper:
    """Shows what it is given to close."""

    name = "golden"

    def wrap(self, secret: bytearray, context: bytes) -> ParsedJson:
        return {"context": context.decode(), "secret": secret.hex()}

    def unwrap(self, box: ParsedJson, context: bytes) -> bytearray:
        bound, secret = as_fields(box, "context", "secret")
        assert bound == context.decode()
        return bytearray.fromhex(as_text(secret))


def request(world: World) -> OfficeRequest:
    """Return the request of the reconciliation officer."""
    key = world.people.keys["reconciliation"]
    return make_request(
        Office.OFFICER, key, sealing_key("reconciliation").public_bytes, rehearsal=False
    )


def _write(world: World) -> Mapping[str, bytes]:
    with replaying(world.vault, "key folder"), tempfile.TemporaryDirectory() as folder:
        keys = create_key_folder(Path(folder), KeyUse.ELECTION, lambda _: _Keeper())
        keys.write_new(KEY, SECRET)
        files = {name: (keys.path / name).read_bytes() for name in (LOCK_FILE, KEY)}
    return {**files, REQUEST: to_json(request(world))}


def _read(world: World, files: Mapping[str, bytes]) -> object:
    with tempfile.TemporaryDirectory() as folder:
        for name in (LOCK_FILE, KEY):
            (Path(folder) / name).write_bytes(files[name])
        keys: KeyFolder = open_key_folder(Path(folder), lambda _: _Keeper())
        plain = keys.read(KEY, bytes)
    return parse_lock(files[LOCK_FILE]).use, plain, read_request(files[REQUEST])


def _says(world: World) -> object:
    return KeyUse.ELECTION, SECRET, request(world)


DOCUMENTS = (Document("office", _write, _read, _says),)
