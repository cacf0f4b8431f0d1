"""Strict DER: what asn1crypto accepts beyond it is refused here."""

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
"""What asn1crypto raises for malformed input (AttributeError: for types it does not implement)."""

_Value = TypeVar("_Value", bound=core.Asn1Value)


def load_der(kind: type[_Value], data: bytes) -> _Value:
    """A value that `data` encodes in the only way DER allows. Raises one of `ASN1_ERRORS`."""
    value: _Value = kind.load(data, strict=True)
    if value.dump(force=True) != data:
        raise ValueError("not DER")
    return value
