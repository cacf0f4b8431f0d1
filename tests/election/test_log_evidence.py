"""What is laid beside a log and is not its device's closing is refused, whatever its bytes are."""

from __future__ import annotations

import pytest

from crypto import canonical
from election.log_evidence import LogError, positions_in_bundle
from election.reasons import LogReason
from tests.golden.day import world
from tests.golden.device_files import published
from tests.golden.document import stored_files
from tests.golden.people import STATION, TERMINAL

REGISTER = published(world())
OURS = stored_files("bundle-terminal")["file.cbor"]


def unsigned() -> bytes:
    """An envelope of the right form without a signature."""
    value = canonical.decode(OURS)
    assert isinstance(value, dict | list)
    members = value if isinstance(value, list) else list(value.values())
    lists = [each for each in members if isinstance(each, list)]
    for each in lists:
        each.clear()
    return canonical.encode(value)


BROUGHT = {
    "nothing": b"",
    "noise": b"\xff" * 40,
    "half of it": OURS[: len(OURS) // 2],
    "another device's": stored_files("bundle-station")["file.cbor"],
    "of another election: its acts name another number": OURS,
    "one byte of it": OURS[:-1] + bytes([OURS[-1] ^ 1]),
    "no signature": unsigned(),
}


@pytest.mark.parametrize("name", BROUGHT)
def test_what_is_no_closing_of_this_device_is_refused(name: str) -> None:
    device = REGISTER.register.device(TERMINAL)
    assert device is not None
    with pytest.raises(LogError) as refusal:
        positions_in_bundle(BROUGHT[name], device, REGISTER)
    assert refusal.value.reason is LogReason.LOG_BUNDLE


def test_a_stations_bundle_is_not_a_terminals() -> None:
    device = REGISTER.register.device(STATION)
    assert device is not None
    with pytest.raises(LogError):
        positions_in_bundle(OURS, device, REGISTER)
