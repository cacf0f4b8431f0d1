"""Commands of YubiKey clients beyond the standard, so that they can use the simulated card.

Numbers and forms from the public documentation of the YubiKey's PIV application. Reported is version
5.2.4: from 5.3 on clients would ask for metadata, which this card does not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from drivers.smartcard import tlv
from drivers.smartcard.apdu import SW, Command
from simulators.cards.base import CommandRefusedError
from simulators.cards.piv_admin import AdminKey
from simulators.cards.piv_keys import PinPolicy, PivPrivateKey, import_key
from simulators.cards.piv_secrets import MAX_TRIES, PivSecret

VERSION: Final = bytes((5, 2, 4))
DEFAULT_PIN: Final = b"123456\xff\xff"
DEFAULT_PUK: Final = b"12345678"
DEFAULT_ADMIN_KEY: Final = AdminKey(0x03, bytes.fromhex("0102030405060708" * 3))

TAG_PIN_POLICY: Final = 0xAA


class VendorMemory(Protocol):
    """Parts of the application that these commands change."""

    pin: PivSecret
    puk: PivSecret
    admin_key: AdminKey

    @property
    def admin_shown(self) -> bool:
        """True once the administrator key was authenticated."""

    @property
    def pin_shown(self) -> bool:
        """True once the PIN was verified."""

    def put_key(self, reference: int, key: PivPrivateKey, policy: PinPolicy | None) -> None:
        """Keep a key; `policy` None is that of its place. Raises `CommandRefusedError` for another place."""

    def forget_everything(self) -> None:
        """Delete keys and objects; the caller sets PIN, PUK and key 9B."""


def vendor_command(memory: VendorMemory, serial: bytes, command: Command) -> bytes:
    """Answer a command of YubiKey clients. Raises `CommandRefusedError`."""
    match command.ins:
        case 0xFD:  # version
            return VERSION
        case 0xF8:  # serial number
            return serial
        case 0xFB:  # reset the applet
            _reset(memory)
        case 0xFA:  # set the tries
            _retries(memory, command)
        case 0xFF:  # set the administrator key
            _admin_key(memory, command)
        case 0xFE:  # import a key
            _import(memory, command)
        case _:
            raise CommandRefusedError(SW.WRONG_INS)
    return b""


def pin_policy(fields: Mapping[int, bytes]) -> PinPolicy | None:
    """Return the policy a client wants for a new key, None for that of its place.

    Raises `CommandRefusedError`.
    """
    wanted = fields.get(TAG_PIN_POLICY, b"\x00")
    if wanted == b"\x00":
        return None
    try:
        return PinPolicy(int.from_bytes(wanted, "big"))
    except ValueError:
        raise CommandRefusedError(SW.WRONG_DATA) from None


def _reset(memory: VendorMemory) -> None:
    """Return to the factory's state; only for a card whose PIN and PUK are both blocked."""
    if memory.pin.tries or memory.puk.tries:
        raise CommandRefusedError(SW.CONDITIONS)
    memory.forget_everything()
    memory.pin, memory.puk = PivSecret(DEFAULT_PIN), PivSecret(DEFAULT_PUK)
    memory.admin_key = DEFAULT_ADMIN_KEY


def _retries(memory: VendorMemory, command: Command) -> None:
    """Set other numbers of tries; PIN and PUK become the factory's."""
    if not (memory.admin_shown and memory.pin_shown):
        raise CommandRefusedError(SW.SECURITY_STATUS)
    if not (1 <= command.p1 <= MAX_TRIES and 1 <= command.p2 <= MAX_TRIES):
        raise CommandRefusedError(SW.WRONG_P1P2)
    memory.pin = PivSecret(DEFAULT_PIN, command.p1)
    memory.puk = PivSecret(DEFAULT_PUK, command.p2)


def _admin_key(memory: VendorMemory, command: Command) -> None:
    """Replace key 9B from ``algorithm 9B length key``; P2 may want a touch, which nobody gives here."""
    if not memory.admin_shown:
        raise CommandRefusedError(SW.SECURITY_STATUS)
    data = command.data
    if command.p1 != 0xFF or len(data) < 3 or data[1] != 0x9B or data[2] != len(data) - 3:
        raise CommandRefusedError(SW.WRONG_DATA)
    try:
        memory.admin_key = AdminKey(data[0], data[3:])
    except ValueError:
        raise CommandRefusedError(SW.WRONG_DATA) from None


def _import(memory: VendorMemory, command: Command) -> None:
    """Import a key: algorithm in P1, key reference in P2, its parts as data objects."""
    if not memory.admin_shown:
        raise CommandRefusedError(SW.SECURITY_STATUS)
    parts = {element.tag: element.value for element in tlv.parse(command.data)}
    key = import_key(command.p1, parts)
    memory.put_key(command.p2, key, pin_policy(parts))
