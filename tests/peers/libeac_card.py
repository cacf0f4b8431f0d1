"""A card of other people's making: the chip's side of PACE and secure messaging by Debian's libeac.

Run as a program of its own::

    python -m tests.peers.libeac_card PROTOCOL PARAMETER-ID can|mrz SECRET

It reads commands in hexadecimal, one a line, and answers likewise. It knows MSE:SET AT, the four steps of
PACE, and then any protected command, which it answers with the plain command it understood. Nothing of
the project is imported but the binding beside it.
"""

from __future__ import annotations

import sys

from tests.peers.libeac_terminal import KINDS, Eac

OK = b"\x90\x00"


class Card:
    def __init__(self, protocol: bytes, number: int, kind: str, secret: str) -> None:
        info = b"\x06\x0a" + protocol + b"\x02\x01\x02\x02\x01" + bytes((number,))
        entry = b"\x30" + bytes((len(info),)) + info
        self._eac = Eac(b"\x31" + bytes((len(entry),)) + entry)
        self._secret = self._eac.secret(KINDS[kind], secret.encode("ascii"))
        self._theirs = b""
        self._protected = False

    def answer(self, apdu: bytes) -> bytes:
        if self._protected:
            return self._answer_protected(apdu)
        if apdu[1] == 0x22:
            return OK
        tag, value = _inside(apdu[5:-1])
        match tag:
            case 0x80:
                return self._step(0x80, self._eac.give_nonce(self._secret))
            case 0x81:
                mine = self._eac.make("PACE_STEP3A_generate_mapping_data")
                assert self._eac.do("PACE_STEP3A_map_generator", value)
                return self._step(0x82, mine)
            case 0x83:
                self._theirs = value
                mine = self._eac.make("PACE_STEP3B_generate_ephemeral_key")
                assert self._eac.do("PACE_STEP3B_compute_shared_secret", value)
                assert self._eac.do("PACE_STEP3C_derive_keys")
                return self._step(0x84, mine)
        if not self._eac.do("PACE_STEP3D_verify_authentication_token", value):
            return b"\x63\x00"
        token = self._eac.make("PACE_STEP3D_compute_authentication_token", self._theirs)
        self._eac.protect_with_pace()
        self._protected = True
        return self._step(0x86, token)

    @staticmethod
    def _step(tag: int, value: bytes) -> bytes:
        inner = bytes((tag,)) + _length(value) + value
        return b"\x7c" + _length(inner) + inner + OK

    def _answer_protected(self, apdu: bytes) -> bytes:
        header, body = apdu[:4], apdu[5:-1]
        assert self._eac.do("EAC_increment_ssc")
        objects, checksum = body[:-10], body[-8:]
        signed = b"".join(self._eac.make("EAC_add_iso_pad", part) for part in (header, objects))
        if self._eac.make("EAC_authenticate", signed) != checksum:
            return b"\x69\x88"
        plain = b""
        if objects[0] == 0x87:
            size = objects[1]
            plain = self._eac.make("EAC_decrypt", objects[3 : 2 + size]).rstrip(b"\x00")[:-1]
        assert self._eac.do("EAC_increment_ssc")
        padded = self._eac.make("EAC_add_iso_pad", header + plain)
        hidden = b"\x01" + self._eac.make("EAC_encrypt", padded)
        answer = b"\x87" + _length(hidden) + hidden + b"\x99\x02" + OK
        mac = self._eac.make("EAC_authenticate", self._eac.make("EAC_add_iso_pad", answer))
        return answer + b"\x8e\x08" + mac + OK


def _inside(data: bytes) -> tuple[int, bytes]:
    """Tag and value of what is in 7C."""
    inner = data[2:] if data[1] < 0x80 else data[3:]
    if not inner:
        return 0x80, b""
    return inner[0], inner[2:] if inner[1] < 0x80 else inner[3:]


def _length(value: bytes) -> bytes:
    return bytes((len(value),)) if len(value) < 0x80 else bytes((0x81, len(value)))


def main(protocol: str, number: str, kind: str, secret: str) -> None:
    card = Card(bytes.fromhex(protocol), int(number), kind, secret)
    for line in sys.stdin:
        print(card.answer(bytes.fromhex(line)).hex(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
