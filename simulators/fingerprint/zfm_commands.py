"""What a simulated ZFM module knows of its commands: parameters, order, and which room does them."""

from __future__ import annotations

from drivers.fingerprint.zfm_wire import NOTEPAD_BYTES, Command

PARAMETER_BYTES = {
    Command.EXTRACT: 1,
    Command.SEARCH: 5,
    Command.FAST_SEARCH: 5,
    Command.STORE: 3,
    Command.LOAD: 3,
    Command.SEND_TEMPLATE: 1,
    Command.RECEIVE_TEMPLATE: 1,
    Command.DELETE: 4,
    Command.WRITE_PARAMETER: 2,
    Command.SET_PASSWORD: 4,
    Command.VERIFY_PASSWORD: 4,
    Command.SET_ADDRESS: 4,
    Command.WRITE_NOTEPAD: 1 + NOTEPAD_BYTES,
    Command.READ_NOTEPAD: 1,
    Command.LIST: 1,
    Command.AURA: 4,
}
"""All others have no parameters; another number of bytes is a packet error."""

WITHOUT_PASSWORD = frozenset({Command.VERIFY_PASSWORD, Command.HANDSHAKE, Command.ECHO})

FINGER = frozenset(
    {
        Command.TAKE_IMAGE,
        Command.EXTRACT,
        Command.MATCH,
        Command.SEARCH,
        Command.FAST_SEARCH,
        Command.MERGE,
        Command.SEND_TEMPLATE,
        Command.RECEIVE_TEMPLATE,
        Command.SEND_IMAGE,
        Command.RECEIVE_IMAGE,
    }
)
LIBRARY = frozenset(
    {
        Command.STORE,
        Command.LOAD,
        Command.DELETE,
        Command.EMPTY,
        Command.COUNT,
        Command.LIST,
        Command.WRITE_NOTEPAD,
        Command.READ_NOTEPAD,
    }
)


def score_bytes(command: Command) -> int:
    """How many bytes follow the code of a forced answer: scores come also with failures."""
    return {Command.MATCH: 2, Command.SEARCH: 4, Command.FAST_SEARCH: 4}.get(command, 0)
