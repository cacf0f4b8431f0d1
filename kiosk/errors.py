"""The errors of a branch's storage and of claiming a voter.

    StorageError  ─ MigrationError, TamperedStore, MediumFull, MediumLost
    RegistryError ─ RegistryUnreachable, RegistryRejected

Devices, cryptography and election data have roots of their own (`drivers.errors`, `crypto.errors`,
`election.errors`). Messages hold no secrets and no personal data, and say what to do next.
"""

from __future__ import annotations

from words.errors import MessageError


class StorageError(MessageError):
    """The local databases fail, or are not what they have to be."""


class MigrationError(StorageError):
    """The database was written by another version of the program."""


class TamperedStore(StorageError):
    """A stored record does not carry a valid signature of this device."""


class MediumFull(StorageError):
    """No room left on a medium; nothing was recorded."""


class MediumLost(StorageError):
    """A medium vanished or cannot be written."""


class RegistryError(MessageError):
    """A voter could not be claimed."""


class RegistryUnreachable(RegistryError):
    """No line to the registry."""


class RegistryRejected(RegistryError):
    """The registry answered, and refused the request itself."""
