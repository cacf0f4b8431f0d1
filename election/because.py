"""Say in words why something failed, by the class of the exception.

Exceptions of devices, cryptography and the system are English and made for logs; here stands what
people are told for each class. What carries a message of its own (`words.errors`) says that.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Final

from crypto import errors as crypto
from drivers.because import DRIVER_REASONS
from election.files import FileRefusedError
from election.reasons import CERTIFICATES
from words.errors import MessageError
from words.message import Detail, Message, m

_REASONS: Final[Mapping[type[object], Message]] = {
    **DRIVER_REASONS,
    crypto.DecodeError: m("the content is not in its allowed form"),
    crypto.UnsupportedVersionError: m(
        "the content is of a version that this program does not know"
    ),
    crypto.SignatureError: m("a signature does not fit what it signs"),
    crypto.ProofError: m("a proof does not hold"),
    crypto.UntrustedKeyError: m("no trusted authority vouches for a key"),
    crypto.UnsealError: m("it cannot be unsealed: another key, or it was altered on the way"),
    crypto.CryptoError: m("a cryptographic check failed"),
    FileNotFoundError: m("a file or folder is missing"),
    FileExistsError: m("a file of this name is there already"),
    PermissionError: m("the system does not allow it"),
    IsADirectoryError: m("there is a folder where a file is expected"),
    NotADirectoryError: m("there is a file where a folder is expected"),
    OSError: m("a file cannot be read or written"),
    UnicodeError: m("the content is not text in UTF-8"),
    ValueError: m("the content is not in its allowed form"),
}
_NO_ROOM: Final = m("there is no room left")
_UNKNOWN: Final = m("an unexpected fault happened")


def reason_of(error: Exception) -> Message:
    """Return what people are told; nothing of the exception's own text is in it."""
    if isinstance(error, MessageError):
        return error.message
    if isinstance(error, crypto.CertificateRefusedError):
        return CERTIFICATES[error.reason].sentence
    if isinstance(error, FileRefusedError):
        return error.reason.sentence
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return _NO_ROOM
    return next((_REASONS[x] for x in type(error).__mro__ if x in _REASONS), _UNKNOWN)


def because(error: Exception) -> Message:
    """Return the reason with the exception's English detail, which is said in English only."""
    detail = (error.strerror or "") if isinstance(error, OSError) else str(error)
    if isinstance(error, MessageError) or not detail:
        return reason_of(error)
    return m("{reason}{detail}", reason=reason_of(error), detail=Detail(detail))
