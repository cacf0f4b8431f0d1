"""Errors of what a device keeps on its media.

    StorageError ─ MigrationError, TamperedStoreError, MediumFullError, StoreInUseError
                 └ MediumLostError ─ DamagedStoreError

Devices that are driven, cryptography and election data have roots of their own (`drivers.errors`,
`crypto.errors`, `election.errors`). Messages hold no secrets and no personal data, and say what to do next.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from words.errors import MessageError
from words.message import m


class StorageError(MessageError):
    """The local databases fail, or are not what they have to be."""


class MigrationError(StorageError):
    """The database was written by another version of the program."""


class TamperedStoreError(StorageError):
    """A stored record does not carry a valid signature of this device."""


class MediumFullError(StorageError):
    """No room left on a medium; nothing was recorded."""


class MediumLostError(StorageError):
    """A medium vanished or cannot be written."""


class DamagedStoreError(MediumLostError):
    """A database on a medium can be read no more; the other medium may hold the same."""


class StoreInUseError(StorageError):
    """Another program uses the database."""


@contextmanager
def written(name: str) -> Iterator[None]:
    """Write a file of this name: what the system says against it is a `MediumLostError`."""
    try:
        yield
    except OSError as error:
        raise MediumLostError(m("{name} cannot be written: check its medium", name=name)) from error
