"""Strict DER: values that asn1crypto reads and DER does not allow are refused here."""

from __future__ import annotations

from typing import Final, TypeVar

from asn1crypto import core

ASN1_ERRORS: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""Raised by asn1crypto for malformed input (AttributeError: for types it does not implement)."""

_Value = TypeVar("_Value", bound=core.Asn1Value)


def load_der(kind: type[_Value], data: bytes) -> _Value:
    """Load a value that `data` encodes in the only way DER allows. Raises one of `ASN1_ERRORS`."""
    value: _Value = kind.load(data, strict=True)
    if value.dump(force=True) != data:
        raise ValueError("not DER")
    return value
