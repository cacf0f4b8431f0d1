"""Keep the trustees of an election: each one's private key in a file of its own.

    trustee-1.key, trustee-2.key, …   one private key each, encrypted (`headquarters.key_folder`)
    lock.json                         their lock, closed by a passphrase or a card
    trustees.json                     what is published of them

All of them are needed to decrypt. On the day of the ceremony every trustee takes away one key file
with a copy of the lock; nobody keeps two. This is the way of rehearsals, where all keys are made on one
machine; in a real election each trustee makes a key of their own (`headquarters.ceremony`), any k
of n may be enough, and only the published file comes here (`adopt_trustees`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from crypto.errors import CryptoError
from crypto.group import Scalar, ScalarSource, mul_base, system_scalar
from crypto.trustees import (
    Trustees,
    check_trustees,
    generate_trustee,
    make_trustees,
    parse_trustees,
    read_private_key,
)
from election.because import because
from election.errors import ElectionError
from election.files import PUBLIC, read_file, replace_file
from headquarters.authority import Confirm
from headquarters.keepers import Unlock
from headquarters.key_folder import LOCK_FILE, KeyUse, create_key_folder, open_key_folder
from words.message import m

PUBLIC_FILE = "trustees.json"
_MAX_TRUSTEES: Final = 16 * 1024 * 1024
MAX_KEY: Final = 4096
"""Bytes of a private key's file."""


class TrusteeError(ElectionError):
    """A trustee's key is missing, damaged, or another's."""


def create_trustees(
    folder: Path,
    count: int,
    confirm: Confirm,
    unlock: Unlock,
    draw: ScalarSource = system_scalar,
    *,
    rehearsal: bool = False,
    shown: Path | None = None,
) -> Trustees:
    """Make `count` (1 … 16) keys in an empty or new folder. Raises `TrusteeError`, or what the keeper raises.

    `unlock` closes them, `rehearsal` marks them (`headquarters.key_folder`). `shown`:
    where the folder will lie, for the question; `folder` if not given.
    """
    if not 1 <= count <= 16:
        raise TrusteeError.of("an election has 1 to 16 trustees")
    if folder.exists() and any(folder.iterdir()):
        raise TrusteeError.of("{folder} is not empty; trustees' keys are made once", folder=folder)
    if not confirm(
        m(
            "Make the keys of {count} trustees in {folder}? All are needed to decrypt.",
            count=count,
            folder=shown or folder,
        )
    ):
        raise TrusteeError.of("no trustees' keys were made")
    locked = create_key_folder(folder, KeyUse.of(rehearsal), unlock)
    keys = [generate_trustee(draw) for _ in range(count)]
    for number, key in enumerate(keys, 1):
        locked.write_new(key_path(folder, number).name, key.private_text)
    trustees = make_trustees([key.trustee for key in keys])
    replace_file(folder / PUBLIC_FILE, trustees.text, PUBLIC)
    return trustees


def adopt_trustees(folder: Path, published: Path) -> Trustees:
    """Take the trustees of a key ceremony (its trustees.json) into an empty or new folder.

    No key comes with them: each stays with its trustee (`headquarters.ceremony`). Raises
    `TrusteeError`.
    """
    if folder.exists() and any(folder.iterdir()):
        raise TrusteeError.of("{folder} is not empty; trustees are chosen once", folder=folder)
    trustees = load_trustees(published)
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    replace_file(folder / PUBLIC_FILE, trustees.text, PUBLIC)
    return trustees


def key_path(folder: Path, number: int) -> Path:
    """Return the path of the key of trustee 1, 2, …."""
    return folder / f"trustee-{number}.key"


def load_trustees(path: Path) -> Trustees:
    """Read and check the published file. Raises `TrusteeError`."""
    try:
        trustees = parse_trustees(read_file(path, _MAX_TRUSTEES))
        check_trustees(trustees)
    except OSError as error:
        raise TrusteeError.of(
            "{path} cannot be read: {reason}", path=path, reason=because(error)
        ) from error
    except CryptoError as error:
        raise TrusteeError.of(
            "{path} is not a valid list of trustees: {error}", path=path, error=because(error)
        ) from error
    return trustees


def load_private_key(path: Path, unlock: Unlock) -> Scalar:
    """Load one trustee's key: locked if a lock lies beside it, else as the reference tool keeps it.

    Raises `KeyFolderError`, `CryptoError`, `OSError`, or what the keeper raises.
    """
    if (path.parent / LOCK_FILE).exists():
        return open_key_folder(path.parent, unlock).read(path.name, read_private_key)
    return read_private_key(read_file(path, MAX_KEY).strip())


def load_private_keys(folder: Path, trustees: Trustees, unlock: Unlock) -> dict[int, Scalar]:
    """Load the private keys by owner number, each compared with the published key.

    Raises `TrusteeError` or `KeyFolderError` that says whose key is missing or wrong.
    """
    if not (folder / LOCK_FILE).exists():
        raise TrusteeError.of(
            "{folder} holds no private keys of trustees; who has one works at a machine of their own: "
            "amin election batches",
            folder=folder,
        )
    locked = open_key_folder(folder, unlock)
    keys: dict[int, Scalar] = {}
    for number, owner in trustees.owners.items():
        path = key_path(folder, number)
        key = locked.read(path.name, read_private_key)
        if mul_base(key) != owner.public_key:
            raise TrusteeError.of(
                "{path} is not the key of trustee {number} of this election",
                path=path,
                number=number,
            )
        keys[number] = key
    return keys
