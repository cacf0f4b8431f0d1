"""Codes by which headquarters lets a station check more documents by eye in an hour than its package says.

A code is twelve digits, read out on the telephone and typed once. It is made of the key of the branch's
authorization cards, which headquarters and the devices of the branch alone have, of the election, the
station and a number; so it opens no other station, no other day, and never twice. Two roles use it.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from election.definition import BranchId, DeviceId, DocumentCheck, Election, Role
from election.errors import PollsStateError
from words.message import m

CODE_DIGITS: Final = 12
LISTED: Final = 20
"""Codes of a station on headquarters' list: as many times it can be allowed more in one day."""
AHEAD: Final = 3
"""A code counts although so many before it were not used: one was lost, or misheard."""
_CONTEXT: Final = b"amin more document checks"


def code_of(card_key: bytes, election: str, station: DeviceId, number: int) -> str:
    """Return a station's code of this number, from 1, as twelve Latin digits."""
    named = b"|".join((_CONTEXT, election.encode(), station.encode(), str(number).encode()))
    made = int.from_bytes(hmac.digest(card_key, named, sha256)[:16], "big")
    return f"{made % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def number_of(
    code: str, card_key: bytes, election: str, station: DeviceId, used: int
) -> int | None:
    """Return the number of a code that is not used yet; None for any other text.

    `used`: the highest number that was used at this station; no number up to it counts again.
    """
    found = None
    for number in range(used + 1, min(used + 1 + AHEAD, LISTED + 1)):
        made = code_of(card_key, election, station, number)
        if hmac.compare_digest(made.encode(), code.encode("utf-8", "replace")):
            found = number
    return found


def use_code(code: str, card_key: bytes, election: str, station: DeviceId, used: int) -> int:
    """Return the number of a code as `number_of`. Raises `PollsStateError` for any other text."""
    number = number_of(code, card_key, election, station, used)
    if number is None:
        raise PollsStateError(
            m("this code allows nothing here, or was used: ask headquarters for the next one")
        )
    return number


def listed(election: Election, card_key: Callable[[BranchId], bytes]) -> str:
    """Return headquarters' list of all codes: a line for each, to be crossed out when it was read out.

    Empty where no document is checked by eye.
    """
    if election.document_check is DocumentCheck.OFF:
        return ""
    return "".join(
        f"{device.branch}  {device.id}  {number:2}  {code[:4]} {code[4:8]} {code[8:]}\n"
        for device in sorted(election.devices, key=lambda each: (each.branch, each.id))
        if device.role is Role.IDENTITY_STATION
        for number in range(1, LISTED + 1)
        for code in (code_of(card_key(device.branch), election.uuid, device.id, number),)
    )
