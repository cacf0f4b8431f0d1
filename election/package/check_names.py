"""Name the checks of a package in few words, for lists on a screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from words.message import Message, m

PACKAGE_CHECKS: Final[Mapping[str, Message]] = {
    "format": m("format"),
    "signer": m("signer"),
    "signature": m("signature over every byte"),
    "content": m("content"),
    "election": m("election"),
    "definition": m("definition"),
    "branch": m("branch"),
    "enrolment": m("enrolment"),
    "clock": m("clock"),
    "register": m("register"),
}
"""By `PackageCheck.name`, and that of the register beside it."""
