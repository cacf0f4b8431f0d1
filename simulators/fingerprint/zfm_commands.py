"""Commands of a simulated ZFM module: what they carry, and which are answered without a password."""

from __future__ import annotations

from drivers.fingerprint.zfm_wire import NOTEPAD_BYTES, ZfmCommand

PARAMETER_BYTES = {
    ZfmCommand.EXTRACT: 1,
    ZfmCommand.SEARCH: 5,
    ZfmCommand.FAST_SEARCH: 5,
    ZfmCommand.STORE: 3,
    ZfmCommand.LOAD: 3,
    ZfmCommand.SEND_TEMPLATE: 1,
    ZfmCommand.RECEIVE_TEMPLATE: 1,
    ZfmCommand.DELETE: 4,
    ZfmCommand.WRITE_PARAMETER: 2,
    ZfmCommand.SET_PASSWORD: 4,
    ZfmCommand.VERIFY_PASSWORD: 4,
    ZfmCommand.SET_ADDRESS: 4,
    ZfmCommand.WRITE_NOTEPAD: 1 + NOTEPAD_BYTES,
    ZfmCommand.READ_NOTEPAD: 1,
    ZfmCommand.LIST: 1,
    ZfmCommand.AURA: 4,
}
"""All others have no parameters; another number of bytes is a packet error."""

WITHOUT_PASSWORD = frozenset({ZfmCommand.VERIFY_PASSWORD, ZfmCommand.HANDSHAKE, ZfmCommand.ECHO})


def score_bytes(command: ZfmCommand) -> int:
    """Return how many bytes follow the code of a forced answer: scores come also with failures."""
    return {ZfmCommand.MATCH: 2, ZfmCommand.SEARCH: 4, ZfmCommand.FAST_SEARCH: 4}.get(command, 0)
