"""Base classes of all rooms' errors, for the day that plays through all of them."""

from __future__ import annotations

from crypto.errors import CryptoError
from drivers.errors import DriverError
from election.errors import ElectionError
from kiosk.errors import StorageError

AMIN_ERRORS = (DriverError, CryptoError, StorageError, ElectionError)
