"""A small election with a register that names stations, a spare, a registry and an evaluator, valid today."""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from crypto import certificates
from crypto.hybrid import HybridKey
from crypto.oprf import EvaluatorKey
from election import acts, takeover
from election.acts import CardSignature, Closing, LogPosition, SignedActKind, Statement
from election.definition import BranchId, DeviceId, Role
from election.device_order import CLAIMS_A_DAY, DeviceOrder, write_order
from election.register import (
    BranchOperators,
    PublishedRegister,
    Register,
    RegisteredDevice,
    RegisteredEvaluator,
    RegisteredPackage,
    RegisteredSigners,
    SeatRule,
    open_published_register,
    write_register,
)
from election.schema import to_cbor
from election.takeover import TakeOver
from registry.server import FromProxy, configuration, tls_context
from registry.service import Application
from simulators.registry.servers import nginx
from simulators.registry.stations import ELECTION, Station

NOW = datetime.now(UTC).replace(microsecond=0)
START, END = NOW - timedelta(days=2), NOW + timedelta(days=30)
B1, B2 = BranchId("b01"), BranchId("b02")
FIRST, SECOND = DeviceId("b01-s1"), DeviceId("b02-s1")
SPARE, TERMINAL = DeviceId("spare-s1"), DeviceId("b01-t1")
OTHER_SPARE = DeviceId("spare-s2")
CARD = "card"
"""The officer's of the first branch."""


@dataclass(frozen=True)
class Card:
    """An operator's card."""

    key: ec.EllipticCurvePrivateKey
    certificate: bytes

    def sign(self, statement: bytes) -> CardSignature:
        """Sign a frozen act."""
        message = acts.card_message(statement)
        return CardSignature(self.certificate, self.raw(message))

    @property
    def pem(self) -> bytes:
        """The key, as TLS reads it: a card that somebody copied."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def raw(self, message: bytes) -> bytes:
        """Sign as the card does."""
        return self.key.sign(message, ec.ECDSA(hashes.SHA256()))


@dataclass(frozen=True)
class Centre:
    """Everybody's keys."""

    root: bytes
    root_key: HybridKey
    keys: dict[str, HybridKey]
    certificates: dict[str, bytes]
    cards: dict[BranchId, tuple[Card, Card]]
    published: PublishedRegister
    register_file: bytes
    """register.json."""
    pseudonyms: EvaluatorKey = field(default_factory=EvaluatorKey.generate)
    """The evaluator's."""

    def station(self, name: DeviceId = FIRST, branch: BranchId = B1) -> Station:
        """Return a station that counts from the beginning."""
        return Station(name, branch, self.keys[name].classical)

    def issue(self, name: str, key: HybridKey, role: str, branch: str) -> bytes:
        """Certify a pair of keys."""
        return certificates.issue(
            self.root,
            self.root_key,
            name,
            key.public,
            role=role,
            branch=branch,
            not_before=START,
            not_after=END,
        )

    def act(
        self,
        kind: SignedActKind,
        device: DeviceId = FIRST,
        branch: BranchId = B1,
        cards: Sequence[Card] | None = None,
        number: str | None = None,
    ) -> bytes:
        """Write an opening or closing of a station, as the body of a request."""
        statement = Statement(
            ELECTION,
            bytes.fromhex(number or self.published.number),
            device,
            Role.IDENTITY_STATION,
            branch,
            kind,
            NOW,
            acts.FIRST,
            bytes(32),
            0,
            LogPosition(bytes(32), 1, 0),
            trusted=bytes(32) if kind is SignedActKind.OPEN else None,
            closing=Closing(None, None, 0, ()) if kind is SignedActKind.CLOSE else None,
        )
        frozen = acts.freeze(statement)
        signatures = [card.sign(frozen) for card in cards or self.cards[branch]]
        return to_cbor(acts.countersign(frozen, signatures, self.keys[device]))

    def takeover(
        self, branch: BranchId = B1, replaces: DeviceId = FIRST, spare: DeviceId = SPARE
    ) -> bytes:
        """Write the act that gives a spare its branch."""
        statement = TakeOver(
            bytes.fromhex(self.published.number),
            branch,
            spare,
            replaces,
            bytes(32),
            0,
            bytes(32),
            0,
            NOW,
        )
        cards = [(card.raw, card.certificate) for card in self.cards[branch]]
        return takeover.write_takeover(statement, cards, [self.signer(spare)])

    def order(
        self,
        device: DeviceId,
        order: int = 1,
        *,
        suspended: bool = False,
        claims: int = CLAIMS_A_DAY,
        signers: Sequence[str] = ("office", "observer"),
        number: str | None = None,
    ) -> bytes:
        """Write an order of two offices about a device."""
        said = DeviceOrder(
            bytes.fromhex(number or self.published.number), device, order, suspended, claims
        )
        return write_order(said, [self.signer(name) for name in signers])

    def signer(self, name: str) -> tuple[HybridKey, bytes]:
        """Return keys and certificate."""
        return self.keys[name], self.certificates[name]

    def files(self, name: str, folder: Path) -> tuple[Path, Path]:
        """Write certificate and key where TLS reads them."""
        certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
        certificate.write_bytes(pem(self.certificates[name]))
        key.write_bytes(
            self.cards[B1][0].pem if name == CARD else self.keys[name].classical.to_pem()
        )
        return certificate, key


def pem(der: bytes) -> bytes:
    """Write a certificate as TLS reads it."""
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


@cache
def centre(stations: int = 0) -> Centre:
    """Make it once; `stations`: further ones of the second branch, for load."""
    root_key = HybridKey.generate()
    root = certificates.create_root("ستاد", root_key, START, END, rehearsal=True)
    roles = {
        FIRST: (Role.IDENTITY_STATION, B1),
        SECOND: (Role.IDENTITY_STATION, B2),
        SPARE: (Role.IDENTITY_STATION, None),
        OTHER_SPARE: (Role.IDENTITY_STATION, None),
        TERMINAL: (Role.BALLOT_TERMINAL, B1),
    }
    roles |= {DeviceId(f"b02-x{n:05}"): (Role.IDENTITY_STATION, B2) for n in range(stations)}
    keys: dict[str, HybridKey] = {
        name: HybridKey.generate()
        for name in (*roles, "registry", "evaluator", "office", "observer", "stranger")
    }
    half = Centre(root, root_key, dict(keys), {}, {}, None, b"")  # type: ignore[arg-type]
    made: dict[str, bytes] = {
        name: half.issue(name, keys[name], role, branch or "")
        for name, (role, branch) in roles.items()
    }
    for name, role in (
        ("registry", Role.REGISTRY),
        ("evaluator", Role.EVALUATOR),
        ("office", Role.HEADQUARTERS),
        ("observer", Role.OBSERVER),
    ):
        made[name] = half.issue(name, keys[name], role, "")
    made["stranger"] = half.issue("b01-s1", keys["stranger"], Role.IDENTITY_STATION, B1)
    cards = {
        branch: (_card(half, Role.OFFICER, branch), _card(half, Role.SUPERVISOR, branch))
        for branch in (B1, B2)
    }
    made[CARD] = cards[B1][0].certificate
    register = Register(
        election=ELECTION,
        fingerprint="A" * 43,
        rehearsal=True,
        definition=bytes(32),
        seats=SeatRule("candidate-votes", "largest-remainder", "a public source"),
        decision_lot="another public source",
        minimum=1,
        groups=((B1,), (B2,)),
        packages=(RegisteredPackage(1, (B1, B2), bytes(32)),),
        root=root,
        trustees=("0" * 64,),
        devices=tuple(
            RegisteredDevice(
                name,
                role,
                branch,
                keys[name].public.classical.raw,
                hashlib.sha256(made[name]).digest(),
            )
            for name, (role, branch) in sorted(roles.items())
        ),
        operators=tuple(
            BranchOperators(
                branch, tuple(sorted(hashlib.sha256(c.certificate).digest() for c in pair))
            )
            for branch, pair in cards.items()
        ),
        reserves=(),
        signers=RegisteredSigners(
            (made["office"],), (), (made["observer"],), (made["office"], made["observer"]), ()
        ),
        split_keys=(),
        registry=(made["registry"],),
        evaluator=(RegisteredEvaluator(made["evaluator"], half.pseudonyms.public),),
        branch_authorities=(),
    )
    data = write_register(register, keys["office"], made["office"])
    return Centre(
        root,
        root_key,
        dict(keys),
        made,
        cards,
        open_published_register(data, root),
        data,
        half.pseudonyms,
    )


def _card(world: Centre, role: Role, branch: BranchId) -> Card:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = certificates.issue(
        world.root,
        world.root_key,
        f"{role} {branch}",
        key.public_key(),
        role=role,
        branch=branch,
        not_before=START,
        not_after=END,
    )
    return Card(key, certificate)


class Line:
    """A station's line: real TLS 1.3, both certificates verified, the server's pinned."""

    def __init__(
        self,
        port: int,
        world: Centre,
        name: str | None,
        folder: Path,
        host: str = "127.0.0.1",
        seconds: float = 20,
    ) -> None:
        """`seconds`: within which something is heard, or the line is given up."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname = False
        context.load_verify_locations(cadata=world.root)
        if name is not None:
            context.load_cert_chain(*world.files(name, folder))
        self._context, self._port, self._host, self._seconds = context, port, host, seconds
        self._connection: http.client.HTTPSConnection | None = None
        self.retry_after: str | None = None
        """Of the last answer."""

    def post(
        self, path: str, body: bytes, headers: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[int, bytes]:
        """Send a body, return status and answer."""
        if self._connection is None:
            self._connection = http.client.HTTPSConnection(
                self._host, self._port, context=self._context, timeout=self._seconds
            )
        try:
            self._connection.request("POST", path, body, headers)
            response = self._connection.getresponse()
            self.retry_after = response.headers["Retry-After"]
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def close(self) -> None:
        """End the line; the next request makes a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextmanager
def serving(app: Application, world: Centre, folder: Path, name: str = "registry") -> Iterator[int]:
    """Serve over mutual TLS on loopback, in a thread, as a branch does; give the port."""
    context = tls_context(*world.files(name, folder), None, world.root)
    listening = socket.create_server(("127.0.0.1", 0))
    config = configuration(app, ssl_context_factory=lambda *_: context)
    with _running(config, listening):
        yield int(listening.getsockname()[1])


@contextmanager
def serving_behind_nginx(
    app: Application, world: Centre, folder: Path, seconds: int = 10
) -> Iterator[int]:
    """Serve on a Unix socket behind a real nginx, as the centre does; give nginx's port.

    `seconds`: for a request to be complete.
    """
    certificate, key = world.files("registry", folder)
    root = folder / "root.pem"
    root.write_bytes(pem(world.root))
    path = folder / "registry.sock"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen(1024)
    config = configuration(FromProxy(app))
    with (
        _running(config, listening),
        nginx(folder / "nginx", path, certificate, key, root, seconds) as port,
    ):
        yield port


@contextmanager
def _running(config: uvicorn.Config, listening: socket.socket) -> Iterator[None]:
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()
