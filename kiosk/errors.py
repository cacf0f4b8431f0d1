"""The errors of a branch's own rules and storage.

    StorageError  ─ MigrationError, TamperedStore, MediumFull, MediumLost
    ElectionError ─ ManifestError, PackageError, PollsStateError, AllocationError
    RegistryError ─ RegistryUnreachable, RegistryRejected

Devices and cryptography have roots of their own (`drivers.errors`, `crypto.errors`), because
those rooms import nothing local. `AMIN_ERRORS` names all roots for the few places that catch
whatever can go wrong at a boundary. Messages hold no secrets and no personal data, and say
what to do next.
"""

from __future__ import annotations

from crypto.errors import CryptoError
from drivers.errors import DriverError


class StorageError(Exception):
    """The local databases."""


class MigrationError(StorageError):
    """The database was written by another version of the program."""


class TamperedStore(StorageError):
    """A stored record does not carry a valid signature of this device."""


class MediumFull(StorageError):
    """No room left on a medium; nothing was recorded."""


class MediumLost(StorageError):
    """A medium vanished or cannot be written."""


class ElectionError(Exception):
    """Election data and the state of the polls."""


class ManifestError(ElectionError):
    """The election definition contradicts itself."""


class PackageError(ElectionError):
    """An election package is refused; `reason` is a short stable word for tests and reports."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class PollsStateError(ElectionError):
    """The step is not allowed in the present state of the polls."""


class AllocationError(ElectionError):
    """Seats cannot be allocated from the given votes."""


class RegistryError(Exception):
    """Claiming a voter."""


class RegistryUnreachable(RegistryError):
    """No line to the registry."""


class RegistryRejected(RegistryError):
    """The registry answered, and refused the request itself."""


AMIN_ERRORS = (DriverError, CryptoError, StorageError, ElectionError, RegistryError)
