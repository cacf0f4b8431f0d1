"""Issue and check the signed token on the authorization card (`election.authorization`: its meaning).

    [version, [election, branch, issuer, style, [contest …], expires, nonce, handle, voucher,
               [receipts …]], signature]

Canonical CBOR; `expires` in whole seconds since 1970; `handle` is 16 bytes, all zero unless the
ballot is provisional; `voucher` is the issuer's (`election.voucher`); `receipts` counts those the
issuer held of the branch's terminals, in the order of the package; the signature is the identity
station's, over the version and the inner list. Nothing in it names the voter.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from crypto import canonical
from crypto.certificates import read_subject
from crypto.errors import CryptoError, DecodeError
from crypto.signing import SIGNATURE_SIZE, SigningKey
from election.authorization import Authorization, AuthorizationRefusal
from election.definition import BranchId, ContestId, DeviceId, Election, Role, StyleId
from election.errors import ElectionError
from election.provisional import HANDLE_SIZE, ORDINARY
from election.records import spent_hash
from election.voucher import MAX_TERMINALS, sign_voucher, voucher_station
from words.message import m

VERSION = 3
NONCE_SIZE = 16
MAX_SIZE = 1_200
"""Bytes a token may take on the card."""
_CONTEXT = "amin ballot authorization"
_MAX_RECEIPTS = 1_000_000
_LAST_SECOND = int(datetime(2200, 1, 1, tzinfo=UTC).timestamp())


class TokenRefusedError(ElectionError):
    """The card's authorization is not accepted; `reason` says why."""

    def __init__(self, reason: AuthorizationRefusal) -> None:
        super().__init__(m("the authorization is refused: {reason}", reason=reason.sentence))
        self.args = (reason,)
        self.reason = reason


def issue(authorization: Authorization, station_key: SigningKey) -> bytes:
    """Encode and sign on the identity station, with its voucher. `ValueError` if it would not fit."""
    if len(authorization.nonce) != NONCE_SIZE:
        raise ValueError(f"a nonce has {NONCE_SIZE} bytes")
    handle = authorization.handle
    if handle is not None and (len(handle) != HANDLE_SIZE or handle == ORDINARY):
        raise ValueError(f"a handle has {HANDLE_SIZE} bytes that are not all zero")
    if len(authorization.receipts) > MAX_TERMINALS:
        raise ValueError(f"a token counts the receipts of at most {MAX_TERMINALS} terminals")
    spent = spent_hash(authorization.nonce)
    voucher = sign_voucher(station_key, authorization.election, authorization.branch, spent)
    fields = _fields(replace(authorization, voucher=voucher))
    signature = station_key.sign(_CONTEXT, _to_be_signed(fields))
    data = canonical.encode([VERSION, fields, signature])
    if len(data) > MAX_SIZE:
        raise ValueError(f"a token of {len(data)} bytes does not fit on the card")
    return data


def check(data: bytes, election: Election, branch: BranchId, now: datetime) -> Authorization:
    """Return the authorization, if an identity station of this branch gave it and it is still valid.

    The vote store alone knows whether it is spent. Raises `TokenRefusedError`.
    """
    authorization = read(data, election, branch)
    if now >= authorization.expires:
        raise TokenRefusedError(AuthorizationRefusal.EXPIRED)
    return authorization


def read(data: bytes, election: Election, branch: BranchId) -> Authorization:
    """Return the authorization, if an identity station of this branch gave it; it may have expired.

    Raises `TokenRefusedError`.
    """
    if not data:
        raise TokenRefusedError(AuthorizationRefusal.NO_TOKEN)
    try:
        fields, signature = _split(canonical.decode(data, MAX_SIZE))
        authorization = _authorization(fields)
    except DecodeError as error:
        raise TokenRefusedError(AuthorizationRefusal.MALFORMED) from error
    if authorization.election != election.uuid:
        raise TokenRefusedError(AuthorizationRefusal.WRONG_ELECTION)
    if authorization.branch != branch:
        raise TokenRefusedError(AuthorizationRefusal.WRONG_BRANCH)
    station = election.device(authorization.issuer)
    if station is None or (station.role, station.branch) != (Role.IDENTITY_STATION, branch):
        raise TokenRefusedError(AuthorizationRefusal.UNKNOWN_STATION)
    try:
        key = read_subject(station.certificate).signing_key.classical
        key.verify(_CONTEXT, _to_be_signed(fields), signature)
    except CryptoError as error:
        raise TokenRefusedError(AuthorizationRefusal.BAD_SIGNATURE) from error
    spent = spent_hash(authorization.nonce)
    if voucher_station(election, branch, spent, authorization.voucher) != station.id:
        raise TokenRefusedError(AuthorizationRefusal.BAD_SIGNATURE)
    style = election.style(authorization.style)
    if style is None or not set(authorization.contests) <= set(style.contests):
        raise TokenRefusedError(AuthorizationRefusal.UNKNOWN_STYLE)
    return authorization


def _fields(authorization: Authorization) -> list[canonical.CanonicalValue]:
    return [
        authorization.election,
        authorization.branch,
        authorization.issuer,
        authorization.style,
        list(authorization.contests),
        int(authorization.expires.timestamp()),
        authorization.nonce,
        ORDINARY if authorization.handle is None else authorization.handle,
        authorization.voucher,
        list(authorization.receipts),
    ]


def _to_be_signed(fields: list[canonical.CanonicalValue]) -> bytes:
    return canonical.encode([VERSION, fields])


def _split(value: canonical.CanonicalValue) -> tuple[list[canonical.CanonicalValue], bytes]:
    match value:
        case [int(version), list(fields), bytes(signature)] if (
            version == VERSION and version is not True and len(signature) == SIGNATURE_SIZE
        ):
            return fields, signature
        case _:
            raise DecodeError("not a token of this version")


def _authorization(fields: list[canonical.CanonicalValue]) -> Authorization:
    match fields:
        case [
            str(election),
            str(branch),
            str(issuer),
            str(style),
            [str(), *_] as contests,
            int(expires),
            bytes(nonce),
            bytes(handle),
            bytes(voucher),
            list(receipts),
        ] if (
            (len(nonce), len(handle), len(voucher)) == (NONCE_SIZE, HANDLE_SIZE, SIGNATURE_SIZE)
            and len(receipts) <= MAX_TERMINALS
            and 0 < expires < _LAST_SECOND
            and expires is not True
        ):
            texts = [contest for contest in contests if isinstance(contest, str)]
            if len(set(texts)) != len(contests):
                raise DecodeError("the contests of a token are different texts")
            counts = [
                count
                for count in receipts
                if isinstance(count, int)
                and not isinstance(count, bool)
                and 0 <= count <= _MAX_RECEIPTS
            ]
            if len(counts) != len(receipts):
                raise DecodeError("the receipts of a token are counted in numbers")
            return Authorization(
                election,
                BranchId(branch),
                DeviceId(issuer),
                StyleId(style),
                tuple(ContestId(text) for text in texts),
                datetime.fromtimestamp(expires, UTC),
                nonce,
                None if handle == ORDINARY else handle,
                tuple(counts),
                voucher,
            )
        case _:
            raise DecodeError("not the content of a token")
