"""Base classes of all rooms' errors, for the day that plays through all of them."""

from __future__ import annotations

from crypto.errors import CryptoError
from drivers.errors import DriverError
from drivers.media.errors import StorageError
from election.errors import ElectionError

AMIN_ERRORS = (DriverError, CryptoError, StorageError, ElectionError)
