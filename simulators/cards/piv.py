"""PIV card (NIST SP 800-73-5 part 2): operator cards, and the applet of authorization cards.

Memory: objects, keys, PIN and PUK with their tries. Power: PIN shown, administrator authenticated,
open challenges. Access: objects with personal data need the PIN, writing needs the administrator key
9B, key 9A the PIN once, key 9C the PIN before every use, key 9E nothing.

::

    piv_secrets   PIN and PUK          piv_admin    key 9B
    piv_keys      keys and their use   piv_objects  data objects     piv_vendor  YubiKey clients
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from drivers.smartcard import tlv
from drivers.smartcard.apdu import SW, Command
from drivers.smartcard.authorization import TOKEN_OBJECT
from drivers.smartcard.piv import ADMIN_KEY, PIN_REFERENCE, PIV_AID
from drivers.smartcard.piv_keys import algorithm_of
from simulators.cards.base import CommandRefusedError, IsoCard, atr
from simulators.cards.piv_admin import AdminAuthentication, AdminKey
from simulators.cards.piv_keys import (
    ALGORITHMS,
    P256,
    RSA_2048,
    PinPolicy,
    PivPrivateKey,
    StoredKey,
    agree,
    generate,
    public_template,
    use,
)
from simulators.cards.piv_objects import (
    CAPABILITY_OBJECT,
    CERTIFICATE_OF,
    CHUID_OBJECT,
    DISCOVERY_OBJECT,
    KEY_AUTHENTICATION,
    KEY_CARD,
    KEY_SIGNATURE,
    Objects,
    capability_container,
    certificate_object,
    chuid,
    discovery,
)
from simulators.cards.piv_secrets import PivSecret, is_pin, pin_bytes, puk_bytes
from simulators.cards.piv_vendor import pin_policy, vendor_command

PIV_ATR: Final = atr(b"AMIN PIV 1")

_PUK: Final = 0x81

Issue = Callable[[str, ec.EllipticCurvePublicKey | rsa.RSAPublicKey], x509.Certificate]
"""Makes a certificate for a holder's name and key."""


class PivApplication:
    """PIV applet of a card."""

    def __init__(self, pin: str, puk: str, admin_key: bytes | AdminKey) -> None:
        """Create an applet without keys; `admin_key` as bytes is AES. Raises ValueError for bad secrets."""
        self.pin = PivSecret(pin_bytes(pin))
        self.puk = PivSecret(puk_bytes(puk))
        self.admin_key = AdminKey.aes(admin_key) if isinstance(admin_key, bytes) else admin_key
        self._keys: dict[int, StoredKey] = {}
        self._objects = Objects()
        self.told_of_read: Callable[[int], None] | None = None
        """Is told the tag of an object that a reader has read."""
        # Clients print it as a signed number.
        self._serial = secrets.randbits(31).to_bytes(4, "big")
        self.forget_everything()
        self.store_object(CHUID_OBJECT, chuid())
        self.store_object(CAPABILITY_OBJECT, capability_container())
        self.reset()

    @property
    def aids(self) -> Sequence[bytes]:
        """Full identifier and the two shorter forms that select the applet."""
        return (PIV_AID, PIV_AID[:9], PIV_AID[:5])

    @property
    def objects(self) -> Mapping[int, bytes]:
        """Data objects, as the personalisation sees them."""
        return self._objects.values

    @property
    def pin_shown(self) -> bool:
        """True once the PIN was verified, until reset or deselection."""
        return self._pin_shown

    @property
    def admin_shown(self) -> bool:
        """True once the administrator key was authenticated, until reset or deselection."""
        return self._admin.shown

    def store_key(self, reference: int, key: PivPrivateKey, certificate: x509.Certificate) -> None:
        """Personalise a key and its certificate. Raises ValueError if they do not belong together."""
        if certificate.public_key() != key.public_key():
            raise ValueError("the certificate is of another key")
        algorithm_of(key.public_key())
        der = certificate.public_bytes(serialization.Encoding.DER)
        self.put_key(reference, key, None)
        self.store_object(CERTIFICATE_OF[reference], certificate_object(der))

    def store_object(self, tag: int, value: bytes) -> None:
        """Personalise a data object, past access and capacity."""
        self._objects.values[tag] = value

    def put_key(self, reference: int, key: PivPrivateKey, policy: PinPolicy | None) -> None:
        """Keep a key; `policy` None is that of its place. Raises `CommandRefusedError` for another place."""
        if reference not in CERTIFICATE_OF:
            raise CommandRefusedError(SW.WRONG_P1P2)
        usual = {KEY_CARD: PinPolicy.NEVER, KEY_SIGNATURE: PinPolicy.ALWAYS}
        self._keys[reference] = StoredKey(key, policy or usual.get(reference, PinPolicy.ONCE))

    def forget_everything(self) -> None:
        """Delete all keys, and all objects but the discovery object, which nobody can write."""
        self._keys.clear()
        self._objects.values.clear()
        self.store_object(DISCOVERY_OBJECT, discovery(PIV_AID))

    def select(self) -> bytes:
        """Return the application property template (part 2, 3.1.1)."""
        known = (*ALGORITHMS, self.admin_key.algorithm)
        return tlv.encode(
            0x61,
            tlv.encode(0x4F, PIV_AID[5:]),
            tlv.encode(0x79, tlv.encode(0x4F, PIV_AID[:5])),
            tlv.encode(0x50, b"Amin PIV"),
            tlv.encode(0xAC, *(tlv.encode(0x80, bytes((a,))) for a in known), b"\x06\x01\x00"),
        )

    def deselect(self) -> None:
        """Forget what was verified."""
        self.reset()

    def reset(self) -> None:
        """Forget what was verified and open challenges; tries stay."""
        self._pin_shown = False
        self._pin_fresh = False
        self._admin = AdminAuthentication()

    def process(self, command: Command) -> bytes:
        """Answer a command of the standard or of YubiKey clients. Raises `CommandRefusedError`."""
        fresh, self._pin_fresh = self._pin_fresh, False
        match command.ins:
            case 0x20:
                return self._verify(command)
            case 0x24:
                return self._change(command)
            case 0x2C:
                return self._unblock(command)
            case 0x87:
                return self._authenticate(command, fresh=fresh)
            case 0xCB:
                return self._read(_tag(command))
            case 0xDB:
                return self._put_data(command)
            case 0x47:
                return self._generate(command)
        return vendor_command(self, self._serial, command)

    def _read(self, tag: int) -> bytes:
        value = self._objects.read(tag, pin_shown=self._pin_shown)
        # Once: the slot forgets it from another thread.
        if (told := self.told_of_read) is not None:
            told(tag)
        return value

    def _verify(self, command: Command) -> bytes:
        if command.p2 != PIN_REFERENCE:
            raise CommandRefusedError(SW.REFERENCE)
        if command.p1 == 0xFF and not command.data:
            self._pin_shown = False
            return b""
        if command.p1 != 0x00:
            raise CommandRefusedError(SW.WRONG_P1P2)
        if not command.data:
            if not self._pin_shown:
                self.pin.tell()
            return b""
        if not is_pin(command.data):
            raise CommandRefusedError(SW.WRONG_DATA)
        self._pin_shown = False
        self.pin.show(command.data)
        self._pin_shown = self._pin_fresh = True
        return b""

    def _change(self, command: Command) -> bytes:
        old, new = command.data[:8], command.data[8:]
        if command.p2 not in (PIN_REFERENCE, _PUK):
            raise CommandRefusedError(SW.REFERENCE)
        if len(command.data) != 16 or (command.p2 == PIN_REFERENCE and not is_pin(new)):
            raise CommandRefusedError(SW.WRONG_DATA)
        if command.p2 == _PUK:
            self.puk.show(old)
            self.puk.change(new)
            return b""
        self._pin_shown = False
        self.pin.show(old)
        self.pin.change(new)
        self._pin_shown = True
        return b""

    def _unblock(self, command: Command) -> bytes:
        puk, new = command.data[:8], command.data[8:]
        if command.p2 != PIN_REFERENCE:
            raise CommandRefusedError(SW.REFERENCE)
        if len(command.data) != 16 or not is_pin(new):
            raise CommandRefusedError(SW.WRONG_DATA)
        self.puk.show(puk)
        self.pin.change(new)
        self._pin_shown = False
        return b""

    def _put_data(self, command: Command) -> bytes:
        if not self._admin.shown:
            raise CommandRefusedError(SW.SECURITY_STATUS)
        tag = _tag(command)
        self._objects.write(tag, tlv.find(tlv.parse(command.data), 0x53).value)
        return b""

    def _generate(self, command: Command) -> bytes:
        if not self._admin.shown:
            raise CommandRefusedError(SW.SECURITY_STATUS)
        if command.p2 not in CERTIFICATE_OF:
            raise CommandRefusedError(SW.WRONG_P1P2)
        row = tlv.parse_one(command.data, 0xAC).children()
        algorithm = tlv.find(row, 0x80).value
        policy = pin_policy({element.tag: element.value for element in row})
        key = generate(int.from_bytes(algorithm, "big"))
        self.put_key(command.p2, key, policy)
        return public_template(key)

    def _authenticate(self, command: Command, *, fresh: bool) -> bytes:
        row = tlv.parse_one(command.data, 0x7C).children()
        fields = {element.tag: element.value for element in row}
        if command.p2 == ADMIN_KEY:
            return self._admin.answer(self.admin_key, command.p1, fields)
        key = self._keys.get(command.p2)
        if key is None:
            raise CommandRefusedError(SW.REFERENCE)
        allowed = {
            PinPolicy.NEVER: True,
            PinPolicy.ONCE: self._pin_shown,
            PinPolicy.ALWAYS: self._pin_shown and fresh,
        }
        if not allowed[key.policy]:
            raise CommandRefusedError(SW.SECURITY_STATUS)
        match fields:
            case {0x82: b"", 0x81: block}:
                answer = use(key.private, command.p1, block)
            case {0x82: b"", 0x85: point}:
                answer = agree(key.private, command.p1, point)
            case _:
                raise CommandRefusedError(SW.WRONG_DATA)
        return tlv.encode(0x7C, tlv.encode(0x82, answer))


class PivCard(IsoCard):
    """Card with the applet; `piv` gives the personalisation access past all rules."""

    def __init__(self, pin: str, puk: str, admin_key: bytes | AdminKey) -> None:
        self.piv = PivApplication(pin, puk, admin_key)
        self.taken: bytes | None = None
        """The note that a station read last: it leaves a receipt on the card."""
        super().__init__(PIV_ATR, (self.piv,), {})


def operator_card(
    pin: str,
    key: PivPrivateKey,
    certificate: x509.Certificate,
    *,
    puk: str = "12345678",
    admin_key: bytes | AdminKey | None = None,
) -> PivCard:
    """Return an operator's card: key 9A with its certificate, PIN and PUK set."""
    card = PivCard(pin, puk, admin_key or secrets.token_bytes(32))
    card.piv.store_key(KEY_AUTHENTICATION, key, certificate)
    return card


def piv_card(
    pin: str,
    issue: Issue,
    *,
    holder: str = "Amin test holder",
    puk: str = "12345678",
    algorithm: int = RSA_2048,
    admin_key: bytes | AdminKey | None = None,
) -> PivCard:
    """Return a card with the keys 9A and 9E and their certificates, both issued to `holder`.

    `algorithm` of 9A: one of `piv_keys.ALGORITHMS`. `issue` signs the certificates.
    """
    key = generate(algorithm)
    card = operator_card(pin, key, issue(holder, key.public_key()), puk=puk, admin_key=admin_key)
    card_key = generate(P256)
    card.piv.store_key(KEY_CARD, card_key, issue(holder, card_key.public_key()))
    return card


def authorization_card(admin_key: bytes | AdminKey) -> PivCard:
    """Return a blank authorization card: object 5FFF10 with its version only, PIN unknown to all."""
    pin = "".join(secrets.choice("0123456789") for _ in range(8))
    puk = "".join(secrets.choice("0123456789") for _ in range(8))
    card = PivCard(pin, puk, admin_key)
    card.piv.store_object(TOKEN_OBJECT, tlv.encode(0x80, b"\x01"))
    return card


def _tag(command: Command) -> int:
    if (command.p1, command.p2) != (0x3F, 0xFF):
        raise CommandRefusedError(SW.WRONG_P1P2)
    return int.from_bytes(tlv.find(tlv.parse(command.data), 0x5C).value, "big")
