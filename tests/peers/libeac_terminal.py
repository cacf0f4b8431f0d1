"""A terminal of other people's making: PC/SC by pyscard, PACE and secure messaging by Debian's libeac.

Run as a program of its own, since libeac brings another OpenSSL along::

    python -m tests.peers.libeac_terminal READER can|mrz SECRET

It opens the card that is in the reader, then selects the application and reads a file under secure
messaging, and prints one JSON object. Nothing of the project is imported.
"""

from __future__ import annotations

import ctypes
import json
import sys
import time
from dataclasses import dataclass
from typing import Any, Final

LIBRARY: Final = "libeac.so.3"
KINDS: Final = {"mrz": 1, "can": 2}
ENCRYPTION_OF_PACE: Final = 0
WAIT_S: Final = 10.0


class Buffer(ctypes.Structure):
    """BUF_MEM of OpenSSL."""

    _fields_ = [
        ("length", ctypes.c_size_t),
        ("data", ctypes.c_void_p),
        ("max", ctypes.c_size_t),
        ("flags", ctypes.c_ulong),
    ]


class Refused(Exception):
    """The card answered a status word other than 9000."""


class Eac:
    """One context of libeac; functions take and give bytes."""

    def __init__(self, card_access: bytes) -> None:
        self._library = ctypes.CDLL(LIBRARY)
        self._library.EAC_init()
        new = self._library.EAC_CTX_new
        new.restype = ctypes.c_void_p
        self._context = ctypes.c_void_p(new())
        self._true(
            "EAC_CTX_init_ef_cardaccess",
            card_access,
            ctypes.c_size_t(len(card_access)),
            self._context,
        )

    def secret(self, kind: int, secret: bytes) -> ctypes.c_void_p:
        make = self._library.PACE_SEC_new
        make.restype = ctypes.c_void_p
        made = make(secret, ctypes.c_size_t(len(secret)), ctypes.c_int(kind))
        assert made, "libeac does not take the secret"
        return ctypes.c_void_p(made)

    def give_nonce(self, secret: ctypes.c_void_p) -> bytes:
        """The chip's side: a fresh encrypted nonce."""
        call = self._library.PACE_STEP1_enc_nonce
        call.restype = ctypes.POINTER(Buffer)
        result = call(self._context, secret)
        assert result, "no nonce"
        return ctypes.string_at(result[0].data, result[0].length)

    def decrypt_nonce(self, secret: ctypes.c_void_p, hidden: bytes) -> None:
        self._true("PACE_STEP2_dec_nonce", self._context, secret, self._buffer(hidden))

    def make(self, function: str, *data: bytes) -> bytes:
        call = getattr(self._library, function)
        call.restype = ctypes.POINTER(Buffer)
        result = call(self._context, *(self._buffer(part) for part in data))
        assert result, f"{function} failed"
        return ctypes.string_at(result[0].data, result[0].length)

    def do(self, function: str, *data: bytes) -> bool:
        call = getattr(self._library, function)
        call.restype = ctypes.c_int
        return bool(call(self._context, *(self._buffer(part) for part in data)) > 0)

    def protect_with_pace(self) -> None:
        self._true("EAC_CTX_set_encryption_ctx", self._context, ctypes.c_int(ENCRYPTION_OF_PACE))

    def _true(self, function: str, *arguments: Any) -> None:
        call = getattr(self._library, function)
        call.restype = ctypes.c_int
        assert call(*arguments) > 0, f"{function} failed"

    def _buffer(self, data: bytes) -> Any:
        create = self._library.BUF_MEM_create_init
        create.restype = ctypes.POINTER(Buffer)
        return create(data, ctypes.c_size_t(len(data)))


@dataclass
class Card:
    connection: Any

    def send(self, apdu: bytes) -> bytes:
        data, sw1, sw2 = self.connection.transmit(list(apdu))
        if (sw1, sw2) != (0x90, 0x00):
            raise Refused(f"{sw1:02X}{sw2:02X} to {apdu[:4].hex()}")
        return bytes(data)


def connect(reader: str) -> Card:
    from smartcard.Exceptions import CardConnectionException, NoCardException
    from smartcard.System import readers

    limit = time.monotonic() + WAIT_S
    while True:
        try:
            found = next(candidate for candidate in readers() if str(candidate) == reader)
            connection = found.createConnection()
            connection.connect()
            return Card(connection)
        except (StopIteration, CardConnectionException, NoCardException):
            if time.monotonic() > limit:
                raise
            time.sleep(0.05)


def general(card: Card, tag: int, value: bytes, *, last: bool = False) -> bytes:
    inner = bytes((tag,)) + _length(value) + value if value else b""
    data = b"\x7c" + _length(inner) + inner
    cla = 0x00 if last else 0x10
    answer = card.send(bytes((cla, 0x86, 0, 0, len(data))) + data + b"\x00")
    at = 2 if answer[1] < 0x80 else 3
    return answer[at + 2 :] if answer[at + 1] < 0x80 else answer[at + 3 :]


def _length(value: bytes) -> bytes:
    return bytes((len(value),)) if len(value) < 0x80 else bytes((0x81, len(value)))


def pace(card: Card, kind: int, secret: bytes) -> Eac:
    card.send(bytes.fromhex("00A4020C02011C"))
    access = card.send(bytes.fromhex("00B0000000"))
    eac = Eac(access)
    at = access.index(b"\x06\x0a")
    protocol, number = access[at + 2 : at + 12], access[at + 17]
    data = b"\x80\x0a" + protocol + b"\x83\x01" + bytes((kind,)) + b"\x84\x01" + bytes((number,))
    card.send(bytes((0x00, 0x22, 0xC1, 0xA4, len(data))) + data)
    eac.decrypt_nonce(eac.secret(kind, secret), general(card, 0x80, b""))
    mine = eac.make("PACE_STEP3A_generate_mapping_data")
    assert eac.do("PACE_STEP3A_map_generator", general(card, 0x81, mine)), "no mapping"
    theirs = general(card, 0x83, eac.make("PACE_STEP3B_generate_ephemeral_key"))
    assert eac.do("PACE_STEP3B_compute_shared_secret", theirs), "no shared secret"
    assert eac.do("PACE_STEP3C_derive_keys"), "no keys"
    token = eac.make("PACE_STEP3D_compute_authentication_token", theirs)
    answer = general(card, 0x85, token, last=True)
    assert eac.do("PACE_STEP3D_verify_authentication_token", answer), "the card's token is wrong"
    eac.protect_with_pace()
    return eac


def protected(card: Card, eac: Eac, header: bytes, data: bytes, le: int | None) -> bytes:
    assert eac.do("EAC_increment_ssc")
    objects = b""
    if data:
        hidden = eac.make("EAC_encrypt", eac.make("EAC_add_iso_pad", data))
        objects += b"\x87" + _length(b"\x01" + hidden) + b"\x01" + hidden
    if le is not None:
        objects += bytes((0x97, 0x01, le))
    signed = eac.make("EAC_add_iso_pad", header) + eac.make("EAC_add_iso_pad", objects)
    body = objects + b"\x8e\x08" + eac.make("EAC_authenticate", signed)
    answer = card.send(header + bytes((len(body),)) + body + b"\x00")
    assert eac.do("EAC_increment_ssc")
    objects, checksum = answer[:-10], answer[-8:]
    padded = eac.make("EAC_add_iso_pad", objects)
    assert eac.make("EAC_authenticate", padded) == checksum, "the checksum of the answer is wrong"
    if not objects.startswith(b"\x87"):
        return b""
    size = objects[1]
    return eac.make("EAC_decrypt", objects[3 : 2 + size]).rstrip(b"\x00")[:-1]


def main(reader: str, kind: str, secret: str) -> None:
    card = connect(reader)
    try:
        eac = pace(card, KINDS[kind], secret.encode("ascii"))
        aid = bytes.fromhex("A0000002471001")
        protected(card, eac, bytes.fromhex("0CA4040C"), aid, None)
        protected(card, eac, bytes.fromhex("0CA4020C"), bytes.fromhex("011E"), None)
        read = protected(card, eac, bytes.fromhex("0CB00000"), b"", 0x19)
        print(json.dumps({"read": read.hex()}))
    except Refused as refused:
        print(json.dumps({"refused": str(refused)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
