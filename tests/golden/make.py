"""Write the golden files again: `python -m tests.golden.make`.

Run it after a format was changed on purpose (with its version), and read the difference. What was
signed or sealed before and is the same now keeps its stored bytes.
"""

from __future__ import annotations

import shutil
from functools import cache
from unittest.mock import patch

from crypto import casting
from crypto.errors import CryptoError
from crypto.scalar_mult import FixedBase
from drivers.media.errors import StorageError
from election.errors import ElectionError
from headquarters.tally.archive_reader import read_archive
from tests.golden.day import World, build_world, world
from tests.golden.document import MESSAGES, Document, stored, stored_files, unpack_into
from tests.golden.documents import DOCUMENTS
from tests.golden.public_files import ARCHIVE, tally
from tests.golden.readers import READERS
from tests.golden.subject import make_table, table_file
from tests.golden.vault import FOLDER, VAULT_FILE, load_vault, vault_json
from tests.golden.view import notes_text, tree_text

_TABLES = cache(FixedBase)
"""Multiples of the election's key: a fifth of a second each time, and the same."""
_NOTICED = (AssertionError, CryptoError, ElectionError, StorageError, ValueError, KeyError)


def golden_files(made: World, document: Document) -> dict[str, bytes]:
    """All files of a document's folder, written now."""
    made.vault.noted.clear()
    files = dict(document.write(made))
    views = {
        name.removesuffix(".cbor") + ".txt": tree_text(data)
        for name, data in files.items()
        if name.endswith(".cbor")
    }
    return {**files, **views, MESSAGES: notes_text(made.vault.noted)}


def holds(document: Document) -> bool:
    """Whether the document is written as it is stored, and the stored one is read."""
    try:
        with patch.object(casting, "FixedBase", _TABLES):
            written = golden_files(world(), document) == stored(document.name)
            read = document.read(world(), stored_files(document.name))
            return written and read == document.says(world())
    except _NOTICED:
        return False


def main() -> None:
    made = build_world(load_vault(making=True))
    if not _archive_fits(made):
        tally(made, ARCHIVE)
    for document in DOCUMENTS:
        files = golden_files(made, document)
        shutil.rmtree(FOLDER / document.name, ignore_errors=True)
        unpack_into(FOLDER / document.name, files)
        read = document.read(made, stored_files(document.name))
        assert read == document.says(made), document.name
    VAULT_FILE.write_bytes(vault_json(made.vault))
    for path in FOLDER.glob("*.refusals.json"):
        path.unlink()
    for group in READERS.values():
        for subject in group():
            table_file(subject).write_bytes(make_table(subject).text)


def _archive_fits(made: World) -> bool:
    try:
        return read_archive(ARCHIVE).election.fingerprint == made.encrypted.fingerprint
    except (OSError, CryptoError):
        return False


if __name__ == "__main__":
    main()
